"""Model Drift and Monitoring (MO)."""
