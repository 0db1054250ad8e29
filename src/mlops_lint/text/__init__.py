"""Places in a text and edits of it. Standard library only; knows nothing of files or rules."""
