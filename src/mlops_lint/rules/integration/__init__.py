"""Tool Integration (TI)."""
