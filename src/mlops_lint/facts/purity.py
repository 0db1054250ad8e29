"""Purity: whether calling a function of the project, or one from outside, has no effect beside what it gives."""

from __future__ import annotations

from typing import Any

from mlops_lint.flow.lower import Code
from mlops_lint.flow.scopes import Function
from mlops_lint.flow.things import Thing
from mlops_lint.python.values import UNKNOWN

_BUILTINS = frozenset(
    "abs all any bool dict enumerate float frozenset getattr hasattr int isinstance len list max min ord range repr reversed round set sorted str sum tuple "
    "type zip".split()
)
_MODULES = frozenset({"np", "numpy", "pd", "pandas", "math", "re", "datetime", "string", "unicodedata"})
_METHODS = frozenset(
    "astype capitalize casefold ceil clip count date encode decode endswith fillna find floor format get group index isalnum isalpha isdigit islower isna "
    "isnull isnumeric items join keys lower lstrip map match max mean median min mode normalize notna notnull replace round rstrip search split startswith std "
    "strftime strip sub sum title total_seconds upper values zfill".split()
)
_EFFECTS = frozenset({"raise", "assert", "global", "nonlocal", "with", "y", "Y", "A", "del", "try", "def", "class", "import", "from", "while"})


def is_pure(thing: Thing) -> bool:
    """Whether a value that is handed over to be called certainly has no effect; what is not to be called (a name, a table) has none."""
    if thing.callees:
        return all(isinstance(one, Function) and _is_pure_function(one) for one in thing.callees)
    if thing.names:
        return all(_is_pure_name(name) for name in thing.names)
    return thing.constant is not UNKNOWN or thing.is_a("dict", "series", "dataframe", "list")


def _is_pure_name(name: str) -> bool:
    package, _, last = name.partition(".")
    if package == "builtins":
        return last in _BUILTINS or last.startswith("str.")
    return package in _MODULES


def _is_pure_function(function: Function) -> bool:
    own = {parameter[0] for parameter in function.parameters}
    return all(_is_pure_statement(code, own) for code in function.body)


def _is_pure_statement(code: Code, own: set[str]) -> bool:
    kind = code[0]
    if kind in _EFFECTS:
        return False
    if kind in ("=", "+=", "ann"):
        targets = code[1] if kind == "=" else [code[1]]
        if not all(_is_own(target, own) for target in targets):
            return False
        own.update(target[1] for target in targets if target[0] == "n")
    if kind == "if":
        arms = [*code[1], [None, code[2]]]
        return all((test is None or _is_pure_expression(test)) and all(_is_pure_statement(one, own) for one in body) for test, body in arms)
    if kind == "for":
        own |= _names(code[1])
        return _is_pure_expression(code[2]) and all(_is_pure_statement(one, own) for one in [*code[3], *code[4]])
    return _is_pure_expression(code)


def _is_own(target: Code, own: set[str]) -> bool:
    """Whether a target is a variable of the function, or a part of one."""
    if target[0] in ("t", "l"):
        return all(_is_own(one, own) for one in target[1])
    if target[0] == "n":
        return True
    while target[0] == "s":
        target = target[1]
    return bool(target[0] == "n" and target[1] in own)


def _names(code: Any) -> set[str]:
    if not isinstance(code, list):
        return set()
    return {code[1]} if code and code[0] == "n" else {name for part in code for name in _names(part)}


def _is_pure_expression(code: Any) -> bool:
    """Whether all that an expression calls is known to have no effect."""
    waiting = [code]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, list):
            continue
        if one and isinstance(one[0], str) and one[0] in ("y", "Y", "A", "w", "L", "u"):
            return False
        if one and one[0] == "c" and not _calls_pure(one[1]):
            return False
        waiting.extend(one)
    return True


def _calls_pure(callee: Code) -> bool:
    if callee[0] == "n":
        return callee[1] in _BUILTINS
    if callee[0] != "a":
        return False
    root = callee[1]
    while root[0] == "a":
        root = root[1]
    return callee[2] in _METHODS or (root[0] == "n" and root[1] in _MODULES)
