"""Talent and Skill Gap (TS)."""
