"""Row writes: assignments to the row that ``iterrows()`` gives, where nothing uses the changed row afterwards."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.documents.python import PythonDocument
from mlops_lint.text.span import Span

_INDEXERS = ("loc", "iloc", "at", "iat")
_WRAPPERS = ("tqdm", "track", "progress_bar", "tqdm_notebook", "trange", "progressbar")
_UNKNOWN = object()


@dataclass(frozen=True, slots=True)
class RowWrite:
    """A write to a row that is lost: where it stands, and the loop over the rows."""

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    role: str
    span: Span
    loop: Span
    others: tuple[Span, ...] = ()

    @property
    def location(self) -> Location:
        """The write."""
        return Location(self.path, self.span)

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[RowWrite]:
        """The first lost write of each loop over the rows of a frame, with those that follow."""
        if "iterrows" not in document.code or document.role in ("test", "vendored"):
            return
        loops: list[ast.For | ast.AsyncFor] = [*document.scopes.nodes(ast.For), *document.scopes.nodes(ast.AsyncFor)]
        for node in loops:
            if (row := _row_of(node.target, node.iter)) is not None:
                lost = [document.span_of(one) for one in _lost_writes(node, row)]
                if lost:
                    start = document.span_of(node).start
                    yield cls(document.path, document.role, lost[0], Span(start, document.span_of(node.iter).end), tuple(lost[1:]))


def _row_of(target: ast.expr, iterable: ast.expr) -> str | None:
    """The variable that holds the row in a loop over ``frame.iterrows()``."""
    if not isinstance(iterable, ast.Call):
        return None
    called = iterable.func
    if isinstance(called, ast.Attribute) and called.attr == "iterrows":
        last = target.elts[1] if isinstance(target, ast.Tuple) and len(target.elts) == 2 else None
        return last.id if isinstance(last, ast.Name) else None
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    if name == "enumerate" and iterable.args and isinstance(target, ast.Tuple) and len(target.elts) == 2:
        return _row_of(target.elts[1], iterable.args[0])
    return _row_of(target, iterable.args[0]) if name in _WRAPPERS and iterable.args else None


def _lost_writes(loop: ast.For | ast.AsyncFor, row: str) -> Iterator[ast.stmt]:
    """The statements of a loop's body that write to the row, where the body does not use what was written after that."""
    writes: list[tuple[ast.stmt, Any, tuple[int, int]]] = []
    bases: set[int] = set()
    for inner, statement in _statements(loop.body, None):
        for target in _targets(statement):
            if isinstance(target, ast.Name) and target.id == row:
                return  # the row is another thing from here on
            found = _written(target, row)
            if found is not None:
                bases.add(id(found[1]))
                since = (inner.lineno, inner.col_offset) if inner is not None else (statement.end_lineno or 0, statement.end_col_offset or 0)
                writes.append((statement, found[0], since))
    reads = [(key, (name.lineno, name.col_offset)) for key, name in _reads(loop.body, row) if id(name) not in bases]
    for statement, key, since in writes:
        if not any(place > since and (read is _UNKNOWN or key is _UNKNOWN or read == key) for read, place in reads):
            yield statement


def _statements(body: list[ast.stmt], inner: ast.stmt | None) -> Iterator[tuple[ast.stmt | None, ast.stmt]]:
    """Every statement below, with the outermost loop inside the body around it."""
    for statement in body:
        yield inner, statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        around = statement if inner is None and isinstance(statement, (ast.For, ast.AsyncFor, ast.While)) else inner
        for name in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, name, []), around)
        for handler in getattr(statement, "handlers", []):
            yield from _statements(handler.body, around)


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return [inner for one in statement.targets for inner in (one.elts if isinstance(one, (ast.Tuple, ast.List)) else [one])]
    if isinstance(statement, (ast.AugAssign, ast.AnnAssign)):
        return [statement.target]
    return []


def _written(target: ast.expr, row: str) -> tuple[Any, ast.Name] | None:
    """The key under which a target writes to the row, and the name of the row in it."""
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == row:
        return target.attr, target.value
    if not isinstance(target, ast.Subscript):
        return None
    base = target.value
    if isinstance(base, ast.Attribute) and base.attr in _INDEXERS:
        base = base.value
    if not isinstance(base, ast.Name) or base.id != row:
        return None
    return target.slice.value if isinstance(target.slice, ast.Constant) else _UNKNOWN, base


def _reads(body: list[ast.stmt], row: str) -> Iterator[tuple[Any, ast.Name]]:
    """Every use of the row: the literal key that is asked for, where it is one."""
    known: set[int] = set()
    for statement in body:
        for node in ast.walk(statement):
            key: Any = _UNKNOWN
            base: ast.AST | None = None
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                key, base = node.slice.value, node.value
                base = base.value if isinstance(base, ast.Attribute) and base.attr in _INDEXERS else base
            elif isinstance(node, ast.Attribute) and node.attr not in _INDEXERS:
                key, base = node.attr, node.value
            if isinstance(base, ast.Name) and base.id == row and id(base) not in known and not _is_method(key, statement, base):
                known.add(id(base))
                yield key, base
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id == row and id(node) not in known:
                yield _UNKNOWN, node


def _is_method(key: Any, statement: ast.stmt, base: ast.Name) -> bool:
    """Whether an attribute is called: a method sees the whole row."""
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.value is base and node.func.attr == key
        for node in ast.walk(statement)
    )
