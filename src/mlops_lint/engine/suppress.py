"""Suppressions: directives in comments and cell metadata, and what they do to results."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from mlops_lint.core.finding import Status
from mlops_lint.core.outcome import Region, Result
from mlops_lint.core.problem import PROBLEM_BY_NAME, PROBLEMS
from mlops_lint.core.rule import Ruleset
from mlops_lint.documents.document import Comment, Document
from mlops_lint.documents.notebook import NotebookDocument
from mlops_lint.documents.python import PythonDocument
from mlops_lint.text.span import Span

_DIRECTIVE = re.compile(r"(?:^|[\s#])mlops-lint:\s*(ignore-file|ignore|disable|enable)\b\s*(?:\[([^\[\]]*)\])?(?:\s*--\s*(.*))?")
_Line = tuple[int, int]
_END: _Line = (1 << 60, 0)
_HYGIENE = frozenset({"E910", "E911", "E912"})
_MOST_IN_COMMENT = 20
"""Directives that are read of one comment."""
_MOST_NAMES = 20
"""Unknown names of one directive that are complained of."""


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
    statements = _Statements(document)
    for comment in document.comments():
        for match in islice(_DIRECTIVE.finditer(comment.text), _MOST_IN_COMMENT):
            names = tuple(one.strip() for one in (match[2] or "").split(",") if one.strip())
            first, last = _covered(match[1], comment, document, statements)
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


def _covered(kind: str, comment: Comment, document: Document, statements: _Statements) -> tuple[_Line, _Line]:
    position = document.position(comment.span)
    line = (position.cell or 0, position.region.line)
    if kind == "ignore-file":
        return (0, 0), _END
    if kind != "ignore":
        return line, _END
    if not comment.own_line:
        return line, line
    return statements.after(comment) or (line, line)


class _Statements:
    """Where the statement after a comment stands; what is found out for one comment serves the next."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._spans: list[tuple[int, int]] | None = None
        self._run = (0, 0)

    def after(self, comment: Comment) -> tuple[_Line, _Line] | None:
        """The lines of the statement after a comment on its own line."""
        if isinstance(self._document, PythonDocument):
            return self._in_python(comment, self._document)
        lines = self._document.line_map
        number = lines.position(comment.span.end)[0] + 1
        begin, following = self._run
        if begin < number <= following:
            # Inside a run of blank lines and comments that was gone over before.
            number = following
        else:
            begin = number - 1
            while number <= lines.line_count and _says_nothing(lines.line_text(number)):
                number += 1
            self._run = (begin, number)
        if number > lines.line_count:
            return None
        end = number
        while end < lines.line_count and lines.line_text(end).rstrip().endswith("\\"):
            end += 1
        return (0, number), (0, end)

    def _in_python(self, comment: Comment, document: PythonDocument) -> tuple[_Line, _Line] | None:
        if self._spans is None:
            # By start, and of those that start together the longest first.
            self._spans = sorted((span.start, -span.end) for span in _statement_spans(document))
        place = bisect_left(self._spans, (comment.span.end, -len(document.text) - 1))
        if place == len(self._spans):
            return None
        start, end = self._spans[place]
        position = document.position(Span(start, -end))
        cell = position.cell or 0
        if isinstance(document, NotebookDocument) and cell != document.position(comment.span).cell:
            return None
        return (cell, position.region.line), (cell, position.region.end_line)


def _says_nothing(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith(("#", "<!--"))


def _statement_spans(document: PythonDocument) -> Iterator[Span]:
    for node in ast.walk(document.tree):
        if isinstance(node, ast.stmt):
            span = document.span_of(node)
            if decorators := getattr(node, "decorator_list", None):
                span = Span(min(document.span_of(one).start for one in decorators), span.end)
            yield span


class _Cover:
    """What the directives that name one code cover; answers with the place of the first of them in the file."""

    def __init__(self) -> None:
        self._lines: dict[_Line, int] = {}
        self._everywhere: int | None = None
        # Ranges that lie apart or inside each other, by their start; each with the one around it.
        self._ranges: list[tuple[_Line, _Line, int]] = []
        self._starts: list[_Line] = []
        self._around: list[int] = []
        # Disabled ranges, which lie apart.
        self._disabled: list[tuple[_Line, _Line, int]] = []
        self._disabled_starts: list[_Line] = []

    def add(self, first: _Line, last: _Line, place: int, disables: bool) -> None:
        """Take one directive, in the order of the file."""
        if disables:
            if not self._disabled or first >= self._disabled[-1][1]:
                # Inside a range that is disabled already, the earlier directive counts.
                self._disabled.append((first, last, place))
                self._disabled_starts.append(first)
        elif last == _END:
            self._everywhere = place if self._everywhere is None else self._everywhere
        elif first == last:
            self._lines.setdefault(first, place)
        else:
            self._ranges.append((first, last, place))

    def close(self) -> None:
        """All directives have been taken."""
        self._ranges.sort(key=lambda one: (one[0], (-one[1][0], -one[1][1]), one[2]))
        self._starts = [first for first, _, _ in self._ranges]
        stack: list[int] = []
        for index, (first, _, _) in enumerate(self._ranges):
            while stack and self._ranges[stack[-1]][1] < first:
                stack.pop()
            self._around.append(stack[-1] if stack else -1)
            stack.append(index)

    def first(self, start: _Line, end: _Line) -> int | None:
        """The first directive that covers a result's first or last line; a disabled range must hold the first."""
        found = [self._lines[line] for line in (start, end) if line in self._lines]
        if self._everywhere is not None:
            found.append(self._everywhere)
        at = bisect_right(self._disabled_starts, start) - 1
        if at >= 0 and start <= self._disabled[at][1]:
            found.append(self._disabled[at][2])
        for line in (start, end):
            index = bisect_right(self._starts, line) - 1
            while index >= 0:
                if line <= self._ranges[index][1]:
                    found.append(self._ranges[index][2])
                index = self._around[index]
        return min(found, default=None)


class Suppressions:
    """The directives of one file, applied to its results."""

    def __init__(self, directives: Sequence[Directive], ruleset: Ruleset) -> None:
        self._directives = directives
        self._codes = [{_code(name, ruleset) for name in one.names} - {""} for one in directives]
        self._used: list[set[str]] = [set() for _ in directives]
        self._covers: dict[str, _Cover] = {}
        # A ``disable`` ends at the next ``enable`` that names the rule, or names none.
        enabled: dict[str, _Line] = {}
        everything = _END
        ends: dict[tuple[int, str], _Line] = {}
        for place in range(len(directives) - 1, -1, -1):
            one = directives[place]
            if one.kind == "enable":
                enabled.update(dict.fromkeys(self._codes[place], one.first))
                if not one.names:
                    everything, enabled = one.first, {}
            elif one.kind == "disable":
                for code in self._codes[place]:
                    ends[(place, code)] = enabled.get(code, everything)
        for place, one in enumerate(directives):
            if one.kind != "enable":
                for code in self._codes[place]:
                    self._covers.setdefault(code, _Cover()).add(one.first, ends.get((place, code), one.last), place, one.kind == "disable")
        for cover in self._covers.values():
            cover.close()

    def apply(self, result: Result) -> Result:
        """The result, marked when a directive covers it."""
        cover = self._covers.get(result.code)
        if cover is None:
            return result
        cell = result.place.cell or 0
        place = cover.first((cell, result.place.region.line), (cell, result.place.region.end_line))
        if place is None:
            return result
        self._used[place].add(result.code)
        return replace(result, status=Status.SUPPRESSED, reason=self._directives[place].reason)

    def complaints(self, active: frozenset[str], ruleset: Ruleset) -> Iterator[tuple[str, str, Directive]]:
        """What is wrong with the directives themselves, as (E9xx code, message, directive); after all results were applied."""
        for place, directive in enumerate(self._directives):
            if not directive.names:
                if directive.kind != "enable":
                    yield "E910", f"{_written(directive)} names no rule, so it suppresses nothing", directive
                continue
            unknown = [name for name in directive.names if not _code(name, ruleset)]
            for name in unknown[:_MOST_NAMES]:
                yield "E912", f"{_written(directive)} names {name[:100]!r}, which is no rule", directive
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
