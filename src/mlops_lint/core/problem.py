"""What the tool itself has to say: files it could not read, rules that failed, suppressions that do not hold."""

from __future__ import annotations

from dataclasses import dataclass

from mlops_lint.core.finding import Severity
from mlops_lint.text.span import Span


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One of the tool's own codes. ``unread`` ones mean that (a part of) the file was not analysed."""

    code: str
    name: str
    summary: str
    advice: str
    severity: Severity = Severity.WARNING
    unread: bool = True


PROBLEMS: dict[str, ProblemKind] = {
    kind.code: kind
    for kind in (
        ProblemKind(
            "E901", "undecodable-file", "file is not valid text in its encoding", "save it as UTF-8, or declare its encoding in the first line"
        ),
        ProblemKind("E902", "binary-content", "text file holds NUL bytes", "remove the NUL bytes, or exclude the file"),
        ProblemKind("E903", "syntax-error", "file is not valid Python", "mend the syntax, or exclude the file"),
        ProblemKind("E904", "too-complex-file", "file is nested too deeply or broke its worker", "flatten the nesting, or exclude the file"),
        ProblemKind("E905", "malformed-notebook", "notebook cannot be read", "save it again from Jupyter, or exclude it"),
        ProblemKind("E906", "malformed-document", "configuration or lock file cannot be read", "mend the file, or exclude it"),
        ProblemKind("E907", "unreadable-file", "file cannot be opened", "check its permissions, or exclude it"),
        ProblemKind("E908", "rule-failed", "a rule crashed on this file", "report it with the file that shows it; the other results hold"),
        ProblemKind("E909", "budget-exceeded", "file took more than its budget", "split the file, or exclude it"),
        ProblemKind(
            "E910", "nameless-suppression", "suppression names no rule", "name the rules in brackets: ignore[rule-name] -- reason", unread=False
        ),
        ProblemKind("E911", "unused-suppression", "suppression has nothing to suppress", "remove it", severity=Severity.NOTE, unread=False),
        ProblemKind("E912", "unknown-rule-in-suppression", "suppression names an unknown rule", "correct the name, or remove it", unread=False),
    )
}
PROBLEM_BY_NAME: dict[str, ProblemKind] = {kind.name: kind for kind in PROBLEMS.values()}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps (a part of) one file from being analysed, at a span of its text or for the whole file."""

    code: str
    message: str
    span: Span | None = None

    def __post_init__(self) -> None:
        if self.code not in PROBLEMS:
            raise ValueError(f"no such problem code: {self.code}")
