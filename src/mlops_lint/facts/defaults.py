"""Usual values: what an expression is unless somebody says otherwise.

A value that is written in the program reaches a call in other ways than by a name that is assigned once: as the default of a parameter, of a command-line
option or of a field, and through an attribute of ``self``. Only the document at hand is read, and what has two possible values has none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from mlops_lint.python.names import Names, Scope
from mlops_lint.python.values import UNKNOWN, argument, evaluate, keyword

_MAX_STEPS = 6
_FIELDS = frozenset({"field", "Field", "Option", "Argument", "Parameter"})
_OPTION_MAKERS = frozenset({"add_argument", "add_option"})
_DECORATORS = frozenset({"option", "argument"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Usual:
    """A value, and whether it is only a default, which a caller or a user may replace."""

    value: Any
    is_default: bool = False


def usual(node: ast.expr | None, names: Names) -> Usual:
    """The usual value of an expression; its ``value`` is ``UNKNOWN`` where nobody knows."""
    for origin, is_default in origins(node, names):
        value = evaluate(origin, names)
        if value is not UNKNOWN:
            return Usual(value, is_default)
    return Usual(UNKNOWN)


def given_to(call: ast.Call, parameter: str, position: int | None = None) -> ast.expr | None:
    """The expression that a call gives to a parameter; ``None`` when it gives none that can be seen."""
    return argument(call, parameter, position)


def origins(node: ast.expr | None, names: Names) -> Iterator[tuple[ast.expr, bool]]:
    """An expression, the one that it gets its value from, and so on, each with whether a default lies in between."""
    is_default = False
    for _ in range(_MAX_STEPS):
        if node is None:
            return
        yield node, is_default
        source = _source(node, names)
        if source is None:
            return
        node, weaker = source
        is_default = is_default or weaker


def _source(node: ast.expr, names: Names) -> tuple[ast.expr, bool] | None:
    if isinstance(node, ast.Name):
        return _of_name(node, names)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return _of_attribute(node.value, node.attr, names)
    if isinstance(node, ast.Call) and _last(node.func) in _FIELDS:
        given = argument(node, "default", 0)
        return (given, True) if given is not None else None
    return None


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


# -- names ---------------------------------------------------------------------------------------------------------------------------------------------


def _of_name(node: ast.Name, names: Names) -> tuple[ast.expr, bool] | None:
    found = names.scope_of(node).lookup(node.id)
    if found is None or len(found[1]) != 1:
        return None
    scope, (binding,) = found
    if binding.how == "assign" and binding.value is not None:
        return binding.value, False
    if binding.how == "parameter" and isinstance(scope.node, _FUNCTIONS):
        default = default_of(scope.node, node.id)
        return (default, True) if default is not None else None
    return None


def default_of(function: ast.FunctionDef | ast.AsyncFunctionDef, parameter: str) -> ast.expr | None:
    """The default of a parameter: its own, or that of the command-line option which a decorator makes of it."""
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    for place, one in enumerate(reversed(positional)):
        if one.arg == parameter:
            return given.defaults[-1 - place] if place < len(given.defaults) else _decorated(function, parameter)
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if one.arg == parameter:
            return default if default is not None else _decorated(function, parameter)
    return None


def _decorated(function: ast.FunctionDef | ast.AsyncFunctionDef, parameter: str) -> ast.expr | None:
    for one in function.decorator_list:
        if isinstance(one, ast.Call) and _last(one.func) in _DECORATORS and _destination(one) == parameter:
            return keyword(one, "default")
    return None


# -- attributes ----------------------------------------------------------------------------------------------------------------------------------------


def _of_attribute(owner: ast.Name, name: str, names: Names) -> tuple[ast.expr, bool] | None:
    if owner.id in ("self", "cls"):
        holder = _class_around(owner, names)
        return _attribute_of(holder, name, names) if holder is not None else None
    found = names.scope_of(owner).lookup(owner.id)
    if found is None or len(found[1]) != 1:
        return None
    binding = found[1][0]
    if binding.how == "class" and isinstance(binding.node, ast.ClassDef):
        return _attribute_of(binding.node, name, names)
    if binding.how == "parameter" and isinstance(binding.node, ast.arg) and binding.node.annotation is not None:
        holder = _class_named(binding.node.annotation, names)
        if holder is not None:
            source = _attribute_of(holder, name, names)
            return (source[0], True) if source is not None else None
    if binding.how == "assign" and isinstance(binding.value, ast.Call):
        holder = _class_named(binding.value.func, names)
        if holder is not None:
            given = keyword(binding.value, name)
            source = (given, False) if given is not None else _attribute_of(holder, name, names)
            return None if source is None or (given is None and binding.value.args) else source
    option = option_default(name, names) if binding.how in ("parameter", "assign") else None
    return (option, True) if option is not None and not _is_set(owner.id, name, names) else None


def option_default(name: str, names: Names) -> ast.expr | None:
    """The default of the only command-line option of the document that ends up in this attribute."""
    makers = [one for one in names.calls if isinstance(one.func, ast.Attribute) and one.func.attr in _OPTION_MAKERS and _destination(one) == name]
    return keyword(makers[0], "default") if len(makers) == 1 else None


def _destination(call: ast.Call) -> str:
    """The name under which an option's value is found."""
    given = keyword(call, "dest")
    if isinstance(given, ast.Constant):
        return str(given.value)
    written = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    chosen = next((one for one in written if one.startswith("--")), written[0] if written else "")
    return chosen.lstrip("-").replace("-", "_")


def _class_around(node: ast.AST, names: Names) -> ast.ClassDef | None:
    return next((above for above in names.ancestors(node) if isinstance(above, ast.ClassDef)), None)


def _class_named(node: ast.expr, names: Names) -> ast.ClassDef | None:
    """The class of this document that an expression names."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        found = names.root.lookup(node.value)
    elif isinstance(node, ast.Name):
        scope: Scope = names.scope_of(node)
        found = scope.lookup(node.id)
    else:
        return None
    if found is None or len(found[1]) != 1 or not isinstance(found[1][0].node, ast.ClassDef):
        return None
    return found[1][0].node


def _attribute_of(holder: ast.ClassDef, name: str, names: Names) -> tuple[ast.expr, bool] | None:
    """The only value that a class or its methods give an attribute."""
    known = _STORED.setdefault(names, {})
    stored = known.get(id(holder))
    if stored is None:
        stored = known[id(holder)] = _stored(holder)
    values = stored.get(name, [])
    return (values[0], False) if len(values) == 1 and values[0] is not None else None


# By program and class: the values that each attribute gets, ``None`` for one that cannot be told.
_STORED: WeakKeyDictionary[Names, dict[int, dict[str, list[ast.expr | None]]]] = WeakKeyDictionary()
# By program: the attributes of variables that it writes.
_WRITTEN: WeakKeyDictionary[Names, frozenset[tuple[str, str]]] = WeakKeyDictionary()


def _stored(holder: ast.ClassDef) -> dict[str, list[ast.expr | None]]:
    found: dict[str, list[ast.expr | None]] = {}
    for statement in holder.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value is not None:
            found.setdefault(statement.target.id, []).append(statement.value)
        elif isinstance(statement, ast.Assign):
            for written in {one.id for one in statement.targets if isinstance(one, ast.Name)}:
                found.setdefault(written, []).append(statement.value)
    for node in ast.walk(holder):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, (ast.AnnAssign, ast.AugAssign)) else []
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in ("self", "cls"):
                    whole = part is target and not isinstance(node, ast.AugAssign)
                    found.setdefault(part.attr, []).append(node.value if whole else None)  # type: ignore[attr-defined]
    return found


def _is_set(owner: str, name: str, names: Names) -> bool:
    """Whether anything in the document writes this attribute of a variable."""
    written = _WRITTEN.get(names)
    if written is None:
        written = _WRITTEN[names] = frozenset(
            (one.value.id, one.attr) for one in names.nodes(ast.Attribute) if isinstance(one.ctx, ast.Store) and isinstance(one.value, ast.Name)
        )
    return (owner, name) in written
