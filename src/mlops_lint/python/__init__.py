"""Python source as the rules need it: skimmed by ``ast``, walked by libcst, named, valued. Knows nothing of files."""
