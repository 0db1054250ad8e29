"""A plugin of mlops-lint with one rule."""
