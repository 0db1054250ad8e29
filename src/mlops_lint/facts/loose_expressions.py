"""Loose expressions: statements that are a bare expression, and yet do something: a notebook shows their value, or a ``try`` asks whether they fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.documents.notebook import NotebookDocument
from mlops_lint.documents.python import PythonDocument

_MARKERS = ("%%", "In[", "In [", "<codecell>", "COMMAND ---")
_HEADING = re.compile(r"^# #{1,4} \S", re.MULTILINE)
_FAR = 3
_INTERACTIVE = "ast_node_interactivity"


@dataclass(frozen=True, slots=True)
class LooseExpressions:
    """The bare expressions of one program that are not lost, by where they start.

    ``shown`` stand last in a notebook cell (or in a cell of a script that is marked up as one), ``tried`` are all that a ``try`` does, whose handlers react.
    ``all_shown``: the notebook was told to show every expression of a cell.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    shown: frozenset[int]
    tried: frozenset[int]
    all_shown: bool = False

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[LooseExpressions]:
        """Those of one program, if it has any."""
        if document.role in ("test", "vendored"):
            return
        shown = frozenset(_shown(document))
        tried = frozenset(_tried(document)) if "try:" in document.code else frozenset[int]()
        all_shown = _INTERACTIVE in document.code
        if shown or tried or all_shown:
            yield cls(document.path, shown, tried, all_shown)

    def keeps(self, start: int, is_top_level: bool) -> bool:
        """Whether the bare expression that starts at an offset is looked at; ``is_top_level``: it stands in no function."""
        return start in self.shown or start in self.tried or (self.all_shown and is_top_level)


def _shown(document: PythonDocument) -> Iterator[int]:
    """The last expression of each cell."""
    if isinstance(document, NotebookDocument):
        last: dict[int, ast.stmt] = {}
        for node in document.tree.body:
            cell = document.cell_at(document.span_of(node).start)
            if cell is not None:
                last[cell.number] = node
        yield from _starts(document, list(last.values()))
        return
    if _HEADING.search(document.code):
        # Exported without marks: headings are comments, and cells stand far apart.
        spans = [document.span_of(node) for node in document.tree.body]
        gaps = [document.text[span.end : span.end + 200] for span in spans]
        apart = [node for node, gap in zip(document.tree.body, gaps, strict=True) if _ends_a_cell(gap)]
        yield from _starts(document, [*apart, *document.tree.body[-1:]])
    if not any(marker in document.code for marker in _MARKERS):
        return
    seams = [one.span.start for one in document.comments() if one.own_line and one.text.startswith(_MARKERS)]
    body = document.tree.body
    if not body:
        return
    starts = [document.span_of(node).start for node in body]
    ends = [
        node
        for node, start, following in zip(body, starts, [*starts[1:], len(document.text)], strict=True)
        if any(start < seam <= following for seam in seams) or (seams and following == len(document.text))
    ]
    yield from _starts(document, ends)


def _ends_a_cell(gap: str) -> bool:
    """Whether what follows a statement is another cell: far below, or under a heading."""
    rest = gap.lstrip()
    return gap[: len(gap) - len(rest)].count("\n") > _FAR or _HEADING.match(rest) is not None


def _starts(document: PythonDocument, nodes: list[ast.stmt]) -> Iterator[int]:
    for node in nodes:
        if isinstance(node, ast.Expr):
            yield document.span_of(node.value).start


def _tried(document: PythonDocument) -> Iterator[int]:
    """Expressions that are all that a ``try`` does, where whatever follows depends on whether they fail."""
    for node in document.scopes.nodes(ast.Try):
        if len(node.body) != 1 or not isinstance(node.body[0], ast.Expr):
            continue
        if node.orelse or any(isinstance(one, (ast.Return, ast.Raise, ast.Assign, ast.Continue, ast.Break)) for one in _handled(node)):
            yield document.span_of(node.body[0].value).start


def _handled(node: ast.Try) -> Iterator[ast.stmt]:
    for handler in node.handlers:
        yield from handler.body
