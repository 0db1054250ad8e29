"""What a suppression on a line of its own speaks of: the next statement, in every kind of file."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property

from mlops_lint.documents.dockerfile import Dockerfile
from mlops_lint.documents.document import Comment, Document
from mlops_lint.documents.dotenv import DotenvDocument
from mlops_lint.documents.ini import IniDocument
from mlops_lint.documents.mapping import MappingDocument, Node
from mlops_lint.documents.markdown import MarkdownDocument
from mlops_lint.documents.notebook import Cell, NotebookDocument
from mlops_lint.documents.python import PythonDocument
from mlops_lint.text.span import LineMap, Span

Line = tuple[int, int]
"""A line as (number of its cell or 0, number of the line in it)."""
END: Line = (1 << 60, 0)


class Statements:
    """The statements of one document, worked out when a suppression asks for them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        # By cell number, 0 for the document itself: its lines, and the offset of the first that is neither blank nor a comment.
        self._texts: dict[int, tuple[LineMap, int]] = {}

    def after(self, comment: Comment) -> tuple[Line, Line] | None:
        """The first and last line of the statement after a comment on its own line; in a notebook, of the same cell."""
        document = self._document
        cell = document.cell_at(comment.span.start) if isinstance(document, NotebookDocument) else None
        if isinstance(document, PythonDocument) and not (cell is not None and self._is_foreign(comment, cell)) and not self._is_broken:
            return self._python_after(comment, cell)
        if cell is not None:
            inside = cell.source.text_span(comment.span)
            is_prose = cell.kind == "markdown"
            lines = _block(self._text(cell)[0], inside.end, ("<!--",) if is_prose else ("#",), is_prose) if inside else None
            return None if lines is None else ((cell.number, lines[0]), (cell.number, lines[1]))
        is_prose = isinstance(document, MarkdownDocument)
        signs = ("<!--",) if is_prose else ("#", ";") if document.kind == "ini" else ("#",)
        lines = _block(document.line_map, comment.span.end, signs, is_prose)
        if lines is None:
            return None
        first, last = lines
        place = bisect_left(self._spans, (comment.span.end, 0))
        if place < len(self._spans):
            start, end = self._spans[place][0], -self._spans[place][1]
            region = document.region(Span(start, max(start, end)))
            if region.line == first:
                last = max(last, region.end_line)
        return (0, first), (0, last)

    def first_line(self, line: Line) -> Line:
        """Where what ends on a line begins: the line itself, or that of a string over several lines or of lines joined by a backslash, as in ruff."""
        first = self._strings.get(line, line)
        if isinstance(self._document, PythonDocument) and first[0] == 0:
            lines = self._document.line_map
            while first[1] > 1 and lines.line_text(first[1] - 1).endswith("\\"):
                first = (0, first[1] - 1)
        return first

    def is_head(self, comment: Comment) -> bool:
        """Whether nothing but comments and blank lines stands before a comment on its own line, in its file or cell."""
        if not comment.own_line:
            return False
        document = self._document
        if not isinstance(document, NotebookDocument):
            return comment.span.start <= self._text(None)[1]
        cell = document.cell_at(comment.span.start)
        inside = cell.source.text_span(comment.span) if cell is not None else None
        return cell is not None and inside is not None and inside.start <= self._text(cell)[1]

    def _text(self, cell: Cell | None) -> tuple[LineMap, int]:
        number = cell.number if cell is not None else 0
        if number not in self._texts:
            lines = LineMap(cell.source.text) if cell is not None else self._document.line_map
            start = _CODE.search(lines.text)
            self._texts[number] = (lines, start.start() if start is not None else len(lines.text))
        return self._texts[number]

    # -- Python --------------------------------------------------------------------------------------------------------------------------------------

    @cached_property
    def _is_broken(self) -> bool:
        return not isinstance(self._document, NotebookDocument) and any(one.code == "E903" for one in self._document.problems)

    def _is_foreign(self, comment: Comment, cell: Cell) -> bool:
        document = self._document
        inside = cell.source.text_span(comment.span)
        if not isinstance(document, NotebookDocument) or cell.code_start is None or inside is None:
            return True
        return not document.code.startswith("#", cell.code_start + inside.start)

    def _python_after(self, comment: Comment, cell: Cell | None) -> tuple[Line, Line] | None:
        place = bisect_left(self._spans, (comment.span.end, -(1 << 60)))
        if place == len(self._spans):
            return None
        start, end = self._spans[place][0], -self._spans[place][1]
        position = self._document.position(Span(start, end))
        number = position.cell or 0
        if cell is not None and number != cell.number:
            return None
        return (number, position.region.line), (number, position.region.end_line)

    @cached_property
    def _strings(self) -> dict[Line, Line]:
        """By the line on which it ends, where a string of several lines begins."""
        document = self._document
        found: dict[Line, Line] = {}
        if isinstance(document, PythonDocument):
            for node in ast.walk(document.tree):
                if isinstance(node, (ast.Constant, ast.JoinedStr)) and (node.end_lineno or 0) > node.lineno:
                    position = document.position(document.span_of(node))
                    last = (position.cell or 0, position.region.end_line)
                    found[last] = min(found.get(last, last), (position.cell or 0, position.region.line))
        return found

    # -- everything else -----------------------------------------------------------------------------------------------------------------------------

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        """The statements as (start, negative end), so that the longest of those that start together comes first."""
        return sorted((one.start, -one.end) for one in _statements(self._document))


_CODE = re.compile(r"^[ \t]*(?![#;\s]|<!--)\S", re.MULTILINE)


def _statements(document: Document) -> Iterator[Span]:
    if isinstance(document, PythonDocument):
        for statement in ast.walk(document.tree):
            if isinstance(statement, ast.stmt):
                span = document.span_of(statement)
                decorators = [document.span_of(one).start for one in getattr(statement, "decorator_list", ())]
                yield Span(min([span.start, *decorators]), span.end)
    elif isinstance(document, Dockerfile):
        yield from (one.span for one in document.instructions)
    elif isinstance(document, DotenvDocument):
        yield from (one.span for one in document.entries)
    elif isinstance(document, IniDocument):
        for section in document.sections:
            options = [Span(one.key_span.start, max(one.key_span.end, one.span.end)) for one in section.options]
            yield from options
            yield Span(section.span.start, max([section.span.end, *(one.end for one in options)]))
    elif isinstance(document, MarkdownDocument):
        yield from (Span(one.fence_span.start, one.span.end) for one in document.code_blocks)
    elif isinstance(document, MappingDocument):
        for path, node in document.walk():
            if path and not _is_list_of_tables(node):
                yield Span(min(node.key_span.start, node.span.start) if node.key_span is not None else node.span.start, node.span.end)


def _is_list_of_tables(node: Node) -> bool:
    """Whether a node of a TOML file is made of ``[[tables]]``, each of which is a statement of its own."""
    return isinstance(node.items, list) and bool(node.items) and all(item.key_span is not None for item in node.items)


def _block(lines: LineMap, offset: int, signs: tuple[str, ...], is_prose: bool) -> tuple[int, int] | None:
    """The lines of what follows an offset: one line with those that a backslash joins to it, or in prose a paragraph. ``signs`` open comments."""
    first = lines.position(offset)[0] + 1
    while first <= lines.line_count and (not lines.line_text(first).strip() or lines.line_text(first).lstrip().startswith(signs)):
        first += 1
    if first > lines.line_count:
        return None
    last = first
    while last < lines.line_count and (lines.line_text(last + 1).strip() if is_prose else lines.line_text(last).rstrip().endswith("\\")):
        last += 1
    return first, last
