"""Rules about experiment tracking."""
