"""Row counts: functions that take the difference of two numbers of rows, or compare them, whatever they do with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.documents.python import PythonDocument
from mlops_lint.text.span import Span


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Where in one program numbers of rows are set against each other: in which functions, and whether outside of them."""

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    functions: tuple[Span, ...]
    in_body: bool

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[RowCounts]:
        """Those of one program that drops or skips rows."""
        if document.role in ("test", "vendored") or not any(word in document.code for word in ("dropna", "bad_lines")):
            return
        names = document.scopes
        functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = [*names.nodes(ast.FunctionDef), *names.nodes(ast.AsyncFunctionDef)]
        spans = tuple(document.span_of(node) for node in functions if _compares(node.body))
        body = [node for node in document.tree.body if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]
        if spans or _compares(body):
            yield cls(document.path, spans, _compares(body))

    def covers(self, offset: int, function: str) -> bool:
        """Whether rows are counted in the function in which something stands (in the body of the program where that is empty)."""
        return any(span.start <= offset < span.end for span in self.functions) if function else self.in_body


def _compares(body: list[ast.stmt]) -> bool:
    """Whether two numbers of rows meet in a difference, a ratio or a comparison."""
    counts: set[str] = set()
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign) and _is_count(node.value, set()):
                counts.update(target.id for target in node.targets if isinstance(target, ast.Name))
    for statement in body:
        for node in ast.walk(statement):
            sides: list[ast.expr] = []
            if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div)):
                sides = [node.left, node.right]
            elif isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
            if len(sides) > 1 and all(_is_count(side, counts) for side in sides):
                return True
    return False


def _is_count(node: ast.expr, counts: set[str]) -> bool:
    """Whether an expression speaks of a number of rows."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "len":
            return True
        if isinstance(one, ast.Attribute) and one.attr == "shape":
            return True
        if isinstance(one, ast.Name) and one.id in counts:
            return True
    return False
