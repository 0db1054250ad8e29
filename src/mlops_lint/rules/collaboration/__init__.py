"""Cross-functional Collaboration (CO)."""
