"""Where the project and the pages of its rules stand on the web, and in the repository."""

from __future__ import annotations

from mlops_lint.core.problem import ProblemKind
from mlops_lint.core.rule import LoadedRule

PROJECT_URL = "https://github.com/mlops-lint/mlops-lint"
_PAGES = f"{PROJECT_URL}/blob/main"


def page_path(subject: LoadedRule | ProblemKind) -> str:
    """The path in the project's repository of the generated page of a rule, or of one of the tool's own codes."""
    folder = "tool" if isinstance(subject, ProblemKind) else subject.area.package
    return f"docs/rules/{folder}/{subject.name.replace('-', '_')}.md"


def page_url(subject: LoadedRule | ProblemKind) -> str:
    """The address that explains a rule or one of the tool's own codes; a plugin's rule is explained by its own first reference, if it has one."""
    if isinstance(subject, LoadedRule) and subject.plugin:
        return next((one for one in subject.rule.references if one.startswith(("https://", "http://"))), PROJECT_URL)
    return f"{_PAGES}/{page_path(subject)}"
