"""Model Reproducibility (RP)."""
