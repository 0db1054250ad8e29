"""The children of an ``ast`` node in the order in which they are written."""

from __future__ import annotations

import ast
from collections.abc import Iterable

# Fields that hold contexts, operators, names and numbers.
_NO_CHILDREN = frozenset(
    (
        "ctx",
        "op",
        "ops",
        "id",
        "attr",
        "arg",
        "asname",
        "level",
        "module",
        "type_comment",
        "kind",
        "conversion",
        "is_async",
        "simple",
        "rest",
        "kwd_attrs",
    )
)
_NO_CHILD = frozenset(
    {
        *((ast.Constant, "value"), (ast.MatchSingleton, "value"), (ast.Global, "names"), (ast.Nonlocal, "names"), (ast.alias, "name")),
        *((kind, "name") for kind in (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)),
    }
)
_FUNCTION = ("decorator_list", "type_params", "args", "returns", "body")
# The nodes whose own fields are in another order than what is written. Type parameters are there from Python 3.12 on.
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.FunctionDef: _FUNCTION,
    ast.AsyncFunctionDef: _FUNCTION,
    ast.ClassDef: ("decorator_list", "type_params", "bases", "keywords", "body"),
    ast.IfExp: ("body", "test", "orelse"),
}


def child_fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a type of node that hold nodes or lists of them."""
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = tuple(name for name in kind._fields if name not in _NO_CHILDREN and (kind, name) not in _NO_CHILD)
    return fields


def ordered_children(node: ast.AST) -> list[ast.AST]:
    """The child nodes in source order (contexts and operators left out)."""
    kind = type(node)
    if kind is ast.Dict:
        return [one for pair in zip(node.keys, node.values, strict=True) for one in pair if one is not None]  # type: ignore[attr-defined]
    children: list[ast.AST] = []
    for name in _FIELDS.get(kind) or child_fields(kind):
        value = getattr(node, name, None)
        if type(value) is list:
            children += value
        elif isinstance(value, ast.AST):
            children.append(value)
    if kind is ast.arguments:
        children = [one for one in children if one is not None]  # keywords without a default
        if len(children) > 1:
            children.sort(key=_start)
    elif kind is ast.Call:
        # Only ``f(a=1, *b)`` is written in another order than it is kept.
        if node.keywords and node.args and _start(node.args[-1]) > _start(node.keywords[0]):  # type: ignore[attr-defined]
            children.sort(key=_start)
    elif kind is ast.ClassDef and node.keywords and node.bases and _start(node.bases[-1]) > _start(node.keywords[0]):  # type: ignore[attr-defined]
        children.sort(key=_start)
    return children


def _start(node: ast.AST) -> tuple[int, int]:
    line = getattr(node, "lineno", None)
    if line is None:
        if isinstance(node, ast.arguments):
            every: Iterable[ast.AST] = [*node.posonlyargs, *node.args, *node.kwonlyargs, *filter(None, (node.vararg, node.kwarg))]
            return min((_start(one) for one in every), default=(0, 0))
        return (0, 0)
    return (line, getattr(node, "col_offset", 0))
