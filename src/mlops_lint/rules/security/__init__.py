"""Security (SE)."""
