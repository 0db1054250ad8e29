"""A plugin of mlops-lint that cannot be imported: what it needs was never installed."""

import mlops_lint_broken_needs_this  # noqa: F401
