"""Stochastic calls: estimators, splitters and resamplers that draw random numbers and are given no random state."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from mlops_lint.documents.python import PythonDocument
from mlops_lint.facts.definitions import guarded_nodes, owner_of
from mlops_lint.knowledge.estimators import FAMILIES, NOT_ESTIMATORS, SEED_PARAMETER, SEEDING_ENSEMBLES, Stochastic
from mlops_lint.python.names import Names
from mlops_lint.python.values import UNKNOWN, evaluate
from mlops_lint.text.edit import Edit
from mlops_lint.text.span import Span

_COMMENT = re.compile(r"#[^\r\n]*")


@dataclass(frozen=True, slots=True)
class UnseededEstimator:
    """A call that draws random numbers as it is called, with ``random_state`` absent or known to be ``None``.

    ``function`` is the qualname of the definition it runs in, ``what`` the callee as it is written, ``because`` the setting that makes it draw (empty
    when it always does), ``is_none`` whether ``None`` was given. ``edit`` would seed it.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    function: str
    what: str
    because: str
    is_none: bool
    span: Span
    edit: Edit | None

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[UnseededEstimator]:
        """The calls of one program in source order."""
        if not any(family in document.code for family in FAMILIES):
            return
        names = document.scopes
        guarded = guarded_nodes(document)
        for call in names.calls:
            for when, name in _meanings(call, names):
                given = _arguments(call, when, names)
                if given is None or ((seed := given.get(SEED_PARAMETER, _Absent)) is not _Absent and not _is_none(seed, names)):
                    break
                because = _reason(when, given, names)
                if because is None or _is_seeded_otherwise(call, names):
                    continue
                is_none = seed is not _Absent
                edit = None
                if not name:
                    edit = _replaced(seed, document) if isinstance(seed, ast.Constant) else None if is_none else _added(call, document)
                what = name or ast.unparse(call.func)
                yield cls(document.path, owner_of(call, names, guarded), what, because, is_none, document.span_of(call), edit)
                break


class _Absent:
    """Stands for an argument that is not given."""


def _stochastic(callee: ast.expr, names: Names) -> Stochastic | None:
    """What the tables say of a callee whose every possible meaning they know."""
    found = names.names(callee)
    if not found:
        return None
    rows = []
    for name in found:
        head, _, rest = name.partition(".")
        module, _, last = name.rpartition(".")
        if not rest or module in NOT_ESTIMATORS or last not in FAMILIES.get(head, {}):
            return None
        rows.append(FAMILIES[head][last])
    return rows[0]


def _meanings(call: ast.Call, names: Names) -> Iterator[tuple[Stochastic, str]]:
    """What the tables say of a call; of the classes that a loop goes through, one by one, with the name of each."""
    when = _stochastic(call.func, names)
    if when is not None:
        yield when, ""
        return
    for one in _looped_classes(call, names):
        when = _stochastic(one, names)
        if when is not None:
            yield when, ast.unparse(one)


def _looped_classes(call: ast.Call, names: Names) -> Iterator[ast.expr]:
    """The classes that ``for C in (A, B): C()`` makes one after the other, unless something asks which it is."""
    if not isinstance(call.func, ast.Name):
        return
    found = names.scope_of(call.func).lookup(call.func.id)
    if found is None or len(found[1]) != 1 or (binding := found[1][0]).via != "for" or binding.value is None:
        return
    for above in names.ancestors(call):
        if above is binding.node:
            break
        if isinstance(above, (ast.If, ast.IfExp, ast.Try, ast.Match)):
            return
    if any(_is_asked_about(use, call.func.id, names) for use in ast.walk(found[0].node)):
        return
    for one in _listed(binding.value, names):
        for place in binding.index:
            one = one.elts[place] if isinstance(one, (ast.Tuple, ast.List)) and 0 <= place < len(one.elts) else one
        if isinstance(one, (ast.Name, ast.Attribute)):
            yield one


def _is_asked_about(node: ast.AST, name: str, names: Names) -> bool:
    """Whether a node is a name that is compared, or handed to something that may look at it."""
    if not isinstance(node, ast.Name) or node.id != name:
        return False
    above = names.parent(node)
    return isinstance(above, (ast.Compare, ast.keyword)) or (isinstance(above, ast.Call) and above.func is not node)


def _listed(node: ast.expr, names: Names) -> list[ast.expr]:
    """The elements of a literal list or tuple, also of one bound once to a name."""
    if isinstance(node, ast.Name):
        found = names.scope_of(node).lookup(node.id)
        if found is None or len(found[1]) != 1 or found[1][0].how != "assign" or found[1][0].value is None:
            return []
        node = found[1][0].value
    return node.elts if isinstance(node, (ast.Tuple, ast.List)) else []


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _arguments(call: ast.Call, when: Stochastic, names: Names) -> dict[str, Any] | None:
    """The arguments by parameter, dictionaries that are known unpacked; ``None`` where an argument cannot be seen."""
    given: dict[str, Any] = {}
    if any(isinstance(one, ast.Starred) for one in call.args):
        return None
    if when.parameters:
        given.update(zip(when.parameters, call.args, strict=False))
    for one in call.keywords:
        if one.arg is not None:
            given[one.arg] = one.value
            continue
        entries = _entries(one.value, names)
        if entries is None:
            return None
        given.update(entries)
    return given


def _entries(node: ast.expr, names: Names) -> dict[str, ast.expr] | None:
    """The entries of a literal dictionary, also of one bound once to a name that nobody changes afterwards."""
    if isinstance(node, ast.Name):
        found = names.scope_of(node).lookup(node.id)
        if found is None or len(found[1]) != 1 or found[1][0].how != "assign" or found[1][0].value is None:
            return None
        owner, bindings = found
        # An entry may be added wherever the name is used otherwise than by unpacking or reading.
        for other in names.inside(owner.node, ast.Name):
            if other.id == node.id and isinstance(other.ctx, ast.Load) and not _only_reads(other, names):
                return None
        value = bindings[0].value
        return _entries(value, names) if isinstance(value, (ast.Dict, ast.Call)) else None
    if isinstance(node, ast.Dict):
        entries: dict[str, ast.expr] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                return None
            entries[key.value] = value
        return entries
    if isinstance(node, ast.Call) and names.names(node.func) == {"builtins.dict"} and not node.args:
        if any(one.arg is None for one in node.keywords):
            return None
        return {one.arg: one.value for one in node.keywords if one.arg is not None}
    return None


def _only_reads(use: ast.Name, names: Names) -> bool:
    """Whether a use of a dictionary's name cannot change the dictionary: unpacked, printed or logged, or one entry read."""
    above = names.parent(use)
    if isinstance(above, ast.keyword):
        if above.arg is None:
            return True
        above = names.parent(above)
    if isinstance(above, ast.Subscript):
        return isinstance(above.ctx, ast.Load)
    if isinstance(above, ast.Call) and use is not above.func:
        name = above.func.attr if isinstance(above.func, ast.Attribute) else getattr(above.func, "id", "")
        return name in ("print", "info", "debug", "log_params", "log_param", "dumps", "dump", "len", "str", "sorted")
    if isinstance(above, ast.Attribute):
        return above.attr in ("items", "keys", "values", "get", "copy")
    return isinstance(above, (ast.FormattedValue, ast.Expr))


def _is_none(node: Any, names: Names) -> bool:
    return isinstance(node, ast.expr) and evaluate(node, names) is None


def _reason(when: Stochastic, given: dict[str, Any], names: Names) -> str | None:
    """The setting that makes a call draw (empty when it always does); ``None`` where it does not, or one cannot know."""
    for parameter, values in when.never_if:
        if parameter in given and (evaluate(given[parameter], names) is UNKNOWN or evaluate(given[parameter], names) in values):
            return None
    for parameter in when.unless_given:
        if parameter in given and not isinstance(evaluate(given[parameter], names), (str, type(None))):
            return None
    if not when.only_if:
        return ""
    for parameter, values in when.only_if:
        if parameter not in given:
            continue
        value = evaluate(given[parameter], names)
        if values and isinstance(value, (str, bool)) and value in values:
            return f"{parameter}={value!r}"
        if not values and value is not UNKNOWN and value is not None and not (isinstance(value, float) and value >= 1.0) and value != 1:
            return f"{parameter}={value!r}"
    return None


def _is_seeded_otherwise(call: ast.Call, names: Names) -> bool:
    """Whether something else gives the estimator its random state: an ensemble around it, ``set_params`` or an attribute later on."""
    if _is_handed_to_ensemble(call, names):
        return True
    name = _assigned_to(call, names)
    for other in names.calls:
        if isinstance(other.func, ast.Attribute) and other.func.attr == "set_params":
            if any(one.arg and one.arg.endswith("__" + SEED_PARAMETER) for one in other.keywords):
                return True
            is_it = (name and ast.unparse(other.func.value) == name) or other.func.value is call
            if is_it and any(one.arg in (SEED_PARAMETER, None) for one in other.keywords):
                return True
    if not name:
        return False
    owner = names.scope_of(call).function.node
    for node in names.inside(owner, ast.Attribute, ast.Name):
        if isinstance(node, ast.Attribute) and node.attr == SEED_PARAMETER and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == name:
            return True
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) and _is_handed_to_ensemble(node, names):
            return True
    return False


def _is_handed_to_ensemble(node: ast.expr, names: Names) -> bool:
    """Whether an expression is an argument of an ensemble that seeds what it is given."""
    above = names.parent(node)
    if isinstance(above, ast.keyword):
        above = names.parent(above)
    if not isinstance(above, ast.Call) or above.func is node:
        return False
    return any(name.startswith(("sklearn.", "imblearn.")) and _last(name) in SEEDING_ENSEMBLES for name in names.names(above.func))


def _assigned_to(call: ast.Call, names: Names) -> str:
    above = names.parent(call)
    if isinstance(above, ast.Assign) and len(above.targets) == 1 and isinstance(above.targets[0], (ast.Name, ast.Attribute)):
        return ast.unparse(above.targets[0])
    return ""


def _replaced(seed: ast.Constant, document: PythonDocument) -> Edit:
    return Edit(document.path, document.span_of(seed), "42")


def _added(call: ast.Call, document: PythonDocument) -> Edit:
    """The edit that adds a seed as the last argument; comments and a trailing comma stay where they are."""
    program = document.program
    whole = program.span(call)
    close = whole.end - 1
    last = max([program.span(call.func).end, *(program.span(one).end for one in (*call.args, *(item.value for item in call.keywords)))])
    tail = _COMMENT.sub(lambda match: " " * len(match[0]), document.code[last:close])
    text = f"{SEED_PARAMETER}=42"
    if not call.args and not call.keywords:
        return Edit(document.path, document.text_span(Span(close, close)), text)
    comma = tail.find(",")
    if comma < 0:
        # Closing brackets of a parenthesised argument belong to it.
        place = last + tail.rfind(")") + 1
        return Edit(document.path, document.text_span(Span(place, place)), f", {text}")
    place = last + comma + 1
    line_end = document.code.find("\n", place, close)
    if line_end >= 0 and document.kind == "python":
        line = document.code[document.code.rfind("\n", 0, last) + 1 : line_end]
        indent = line[: len(line) - len(line.lstrip())]
        return Edit(document.path, document.text_span(Span(line_end, line_end)), f"\n{indent}{text},")
    return Edit(document.path, document.text_span(Span(place, place)), f" {text},")
