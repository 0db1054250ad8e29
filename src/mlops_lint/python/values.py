"""Values: what an expression evaluates to, as far as literals and single assignments tell. UNKNOWN is an answer."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from mlops_lint.python.names import Names, Scope

MAX_DEPTH = 12
MAX_ITEMS = 2_000
MAX_TEXT = 100_000


class Unknown(Enum):
    """The type of :data:`UNKNOWN`; false in conditions, equal to nothing but itself."""

    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def evaluate(node: ast.expr | None, names: Names, scope: Scope | None = None, depth: int = MAX_DEPTH) -> Any:
    """The value of an expression, or :data:`UNKNOWN`.

    Knows constants, signs, arithmetic of numbers and strings, tuples, lists, sets and dictionaries (of which unknown items are UNKNOWN), f-strings of
    known parts, and names bound exactly once. Nothing is executed.
    """
    if node is None or depth <= 0:
        return UNKNOWN
    scope = scope or names.scope_of(node)
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return _named(node.id, names, scope, depth)
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        if len(node.elts) > MAX_ITEMS or any(isinstance(one, ast.Starred) for one in node.elts):
            return UNKNOWN
        items = [evaluate(one, names, scope, depth - 1) for one in node.elts]
        if isinstance(node, ast.Set):
            return UNKNOWN if any(not isinstance(one, (str, int, float, bool, bytes)) for one in items) else set(items)
        return tuple(items) if isinstance(node, ast.Tuple) else items
    if isinstance(node, ast.Dict):
        return _dictionary(node, names, scope, depth)
    if isinstance(node, ast.UnaryOp):
        value = evaluate(node.operand, names, scope, depth - 1)
        if isinstance(node.op, ast.USub) and isinstance(value, (int, float)) and not isinstance(value, bool):
            return -value
        if isinstance(node.op, ast.Not) and value is not UNKNOWN:
            return not value
        return UNKNOWN
    if isinstance(node, ast.BinOp):
        return _arithmetic(node, names, scope, depth)
    if isinstance(node, ast.JoinedStr):
        parts = [evaluate(one, names, scope, depth - 1) for one in node.values]
        return UNKNOWN if any(one is UNKNOWN for one in parts) else "".join(str(one) for one in parts)
    if isinstance(node, ast.FormattedValue):
        return UNKNOWN if node.format_spec is not None else evaluate(node.value, names, scope, depth - 1)
    return UNKNOWN


def _named(name: str, names: Names, scope: Scope, depth: int) -> Any:
    found = scope.lookup(name)
    if found is None:
        return UNKNOWN
    owner, bindings = found
    if len(bindings) != 1 or bindings[0].how != "assign" or _assigned_from_inside(name, owner):
        return UNKNOWN
    return evaluate(bindings[0].value, names, owner, depth - 1)


def _assigned_from_inside(name: str, owner: Scope) -> bool:
    """Whether an inner function declares the name ``global`` or ``nonlocal``, and so may set it."""
    return any(name in inner.outer_names for inner in owner.walk() if inner is not owner)


def _dictionary(node: ast.Dict, names: Names, scope: Scope, depth: int) -> Any:
    if len(node.keys) > MAX_ITEMS:
        return UNKNOWN
    result: dict[Any, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        known = evaluate(key, names, scope, depth - 1)
        if not isinstance(known, (str, int, float, bool, bytes, type(None))):
            return UNKNOWN
        result[known] = evaluate(value, names, scope, depth - 1)
    return result


def _arithmetic(node: ast.BinOp, names: Names, scope: Scope, depth: int) -> Any:
    left = evaluate(node.left, names, scope, depth - 1)
    right = evaluate(node.right, names, scope, depth - 1)
    apply = _BINARY.get(type(node.op))
    if apply is None or left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    both = (left, right)
    if all(isinstance(one, str) for one in both) and isinstance(node.op, ast.Add):
        return left + right if len(left) + len(right) <= MAX_TEXT else UNKNOWN
    if all(isinstance(one, (int, float)) and not isinstance(one, bool) and abs(one) < 1e15 for one in both):
        try:
            return apply(left, right)
        except (ArithmeticError, ValueError):
            return UNKNOWN
    return UNKNOWN


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The expression given to a keyword of a call, if it is given by name."""
    return next((one.value for one in call.keywords if one.arg == name), None)


def argument(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """The expression given to a parameter by name or position; ``None`` when it is absent or hidden behind ``*args``."""
    found = keyword(call, name)
    if found is None and position is not None and position < len(call.args):
        if any(isinstance(one, ast.Starred) for one in call.args[: position + 1]):
            return None
        found = call.args[position]
    return found


def has_unpacking(call: ast.Call) -> bool:
    """Whether ``*args`` or ``**kwargs`` are passed, so that any parameter may be given."""
    return any(one.arg is None for one in call.keywords) or any(isinstance(one, ast.Starred) for one in call.args)
