"""Cost Management (CM)."""
