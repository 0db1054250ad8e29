"""Configuration: what can be set, where it is read from, and which rules it turns on. Knows no concrete rule, no console."""
