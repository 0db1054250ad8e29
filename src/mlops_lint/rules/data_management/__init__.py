"""Data Management (DM)."""
