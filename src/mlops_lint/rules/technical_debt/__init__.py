"""Technical Debt (TD)."""
