"""Continuous Learning and Improvement (CL)."""
