"""Governance and Compliance (GV)."""
