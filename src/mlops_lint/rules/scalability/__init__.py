"""Scalability (SC)."""
