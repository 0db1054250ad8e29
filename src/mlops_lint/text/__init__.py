"""Places in a text and edits of it, and words that are nearly alike. Standard library only; knows nothing of files or rules."""
