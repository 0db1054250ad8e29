"""mlops-lint: a linter that reads a machine-learning repository as one system."""

__version__ = "0.1.0"
