"""Suppressions: directives in comments and cell metadata, and what they do to results."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mlops_lint.core.finding import Status
from mlops_lint.core.outcome import Region, Result
from mlops_lint.core.problem import PROBLEM_BY_NAME, PROBLEMS
from mlops_lint.core.rule import Ruleset
from mlops_lint.documents.document import Comment, Document
from mlops_lint.documents.notebook import NotebookDocument
from mlops_lint.documents.python import PythonDocument
from mlops_lint.text.span import Span

_DIRECTIVE = re.compile(r"(?:^|[\s#])mlops-lint:\s*(ignore-file|ignore|disable|enable)\b\s*(?:\[([^\]]*)\])?(?:\s*--\s*(.*))?")
_Line = tuple[int, int]
_END: _Line = (1 << 60, 0)
_HYGIENE = frozenset({"E910", "E911", "E912"})


@dataclass(frozen=True, slots=True)
class Directive:
    """One suppression. Lines are (cell or 0, line), so that a range may cross the cells of a notebook; ``last`` is inclusive.

    ``kind`` is ``ignore``, ``ignore-file``, ``disable``, ``enable`` or ``metadata``. ``names`` are codes or rule names as they are written.
    """

    kind: str
    names: tuple[str, ...]
    reason: str
    span: Span
    region: Region
    first: _Line
    last: _Line


def read_directives(document: Document) -> list[Directive]:
    """The directives of a document, in order, with the lines that each covers."""
    if b"mlops-lint" not in document.data:
        return []
    found: list[Directive] = []
    for comment in document.comments():
        for match in _DIRECTIVE.finditer(comment.text):
            names = tuple(one.strip() for one in (match[2] or "").split(",") if one.strip())
            first, last = _covered(match[1], comment, document)
            region = document.position(comment.span).region
            found.append(Directive(match[1], names, _reason(match[3]), comment.span, region, first, last))
    if isinstance(document, NotebookDocument):
        for cell, node in document.ignored_in_metadata():
            names = tuple(text for text, _ in node.strings())
            region = document.position(node.span).region
            found.append(Directive("metadata", names, "", node.span, region, (cell.number, 0), (cell.number, 1 << 60)))
    return found


def _reason(text: str | None) -> str:
    return (text or "").partition("# ")[0].strip()


def _covered(kind: str, comment: Comment, document: Document) -> tuple[_Line, _Line]:
    position = document.position(comment.span)
    line = (position.cell or 0, position.region.line)
    if kind == "ignore-file":
        return (0, 0), _END
    if kind != "ignore":
        return line, _END
    if not comment.own_line:
        return line, line
    return _next_statement(comment, document) or (line, line)


def _next_statement(comment: Comment, document: Document) -> tuple[_Line, _Line] | None:
    """The lines of the statement after a comment on its own line."""
    if isinstance(document, PythonDocument):
        return _next_python_statement(comment, document)
    lines = document.line_map
    number = lines.position(comment.span.end)[0] + 1
    while number <= lines.line_count and (not lines.line_text(number).strip() or lines.line_text(number).lstrip().startswith(("#", "<!--"))):
        number += 1
    if number > lines.line_count:
        return None
    end = number
    while end < lines.line_count and lines.line_text(end).rstrip().endswith("\\"):
        end += 1
    return (0, number), (0, end)


def _next_python_statement(comment: Comment, document: PythonDocument) -> tuple[_Line, _Line] | None:
    best: Span | None = None
    for node in ast.walk(document.tree):
        if isinstance(node, ast.stmt):
            span = document.span_of(node)
            if decorators := getattr(node, "decorator_list", None):
                span = Span(min(document.span_of(one).start for one in decorators), span.end)
            if span.start >= comment.span.end and (best is None or (span.start, -span.end) < (best.start, -best.end)):
                best = span
    if best is None:
        return None
    position = document.position(best)
    cell = position.cell or 0
    if isinstance(document, NotebookDocument) and cell != document.position(comment.span).cell:
        return None
    return (cell, position.region.line), (cell, position.region.end_line)


class Suppressions:
    """The directives of one file, applied to its results."""

    def __init__(self, directives: Sequence[Directive], ruleset: Ruleset) -> None:
        self._directives = directives
        self._codes = [{_code(name, ruleset) for name in one.names} - {""} for one in directives]
        self._used: list[set[str]] = [set() for _ in directives]

    def apply(self, result: Result) -> Result:
        """The result, marked when a directive covers it."""
        cell = result.place.cell or 0
        lines = {(cell, result.place.region.line), (cell, result.place.region.end_line)}
        for place, directive in enumerate(self._directives):
            if directive.kind == "enable" or result.code not in self._codes[place]:
                continue
            last = self._range_end(place, result.code) if directive.kind == "disable" else directive.last
            hit = any(directive.first <= line <= last for line in lines)
            if directive.kind == "disable":
                hit = directive.first <= (cell, result.place.region.line) <= last
            if hit:
                self._used[place].add(result.code)
                return replace(result, status=Status.SUPPRESSED, reason=directive.reason)
        return result

    def _range_end(self, place: int, code: str) -> _Line:
        """Where a ``disable`` ends: at the next ``enable`` that names the rule, or names none."""
        for later in range(place + 1, len(self._directives)):
            one = self._directives[later]
            if one.kind == "enable" and (code in self._codes[later] or not one.names):
                return one.first
        return _END

    def complaints(self, active: frozenset[str], ruleset: Ruleset) -> Iterator[tuple[str, str, Directive]]:
        """What is wrong with the directives themselves, as (E9xx code, message, directive); after all results were applied."""
        for place, directive in enumerate(self._directives):
            if not directive.names:
                if directive.kind != "enable":
                    yield "E910", f"{_written(directive)} names no rule, so it suppresses nothing", directive
                continue
            for name in directive.names:
                if not _code(name, ruleset):
                    yield "E912", f"{_written(directive)} names {name!r}, which is no rule", directive
            if directive.kind == "enable":
                continue
            # Complaints about suppressions come last, so nobody can say yet that theirs is unused.
            idle = sorted((self._codes[place] & active) - self._used[place] - _HYGIENE)
            if idle:
                names = ", ".join(idle)
                yield "E911", f"{_written(directive)} of {names} has nothing to suppress here", directive


def _written(directive: Directive) -> str:
    return "suppression in cell metadata" if directive.kind == "metadata" else f"suppression ({directive.kind})"


def _code(name: str, ruleset: Ruleset) -> str:
    """The code that a name in a directive means; empty when there is no such rule."""
    if (loaded := ruleset.get(name)) is not None:
        return loaded.code
    if name.upper() in PROBLEMS:
        return name.upper()
    return PROBLEM_BY_NAME[name.lower()].code if name.lower() in PROBLEM_BY_NAME else ""


def touches(result: Result, named: Iterable[str] | None) -> bool:
    """Whether a result stands in, or is related to, one of the named files (``None``: all are)."""
    if named is None:
        return True
    paths = named if isinstance(named, (set, frozenset)) else frozenset(named)
    return result.place.path in paths or any(place.path in paths for place in result.related)
