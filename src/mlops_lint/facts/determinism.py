"""Determinism: where code and configuration ask for repeatable kernels, and where they give them up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.documents.document import Document
from mlops_lint.documents.mapping import MappingDocument, Node
from mlops_lint.documents.python import PythonDocument
from mlops_lint.facts.definitions import guarded_nodes, owner_of
from mlops_lint.knowledge.determinism import (
    ASKING_CALLS,
    ATTRIBUTES,
    CONFIG_ASKS,
    CONFIG_BREAKS,
    ENVIRONMENT,
    FULL_DETERMINISM_CALLS,
    SWITCHES,
    TENSORFLOW,
    TORCH,
    TRAINER_KEYS,
    TRAINERS,
)
from mlops_lint.python.names import Names
from mlops_lint.python.values import argument, evaluate, keyword
from mlops_lint.text.span import Span

ASKS, BREAKS, ALLOWS, KEEPS = "asks", "breaks", "allows", "keeps"
IN_FINALLY, TRY = 2, "try"
HERE = "argument."
"""How the switch of an argument begins that means something to its own call only."""
_WORDS = ("determinis", "benchmark", "DETERMINISTIC", "AUTOTUNE")
_NO_CONDITION = re.compile(r"cuda|gpu|is_available|device|__name__|\brank\b|backends", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition under which a statement runs: ``place`` is the offset of its ``if`` or ``try``.

    ``branch`` is 0 for the body, 1 for ``else`` and ``except``, and ``IN_FINALLY``.
    """

    place: int
    branch: int
    test: str


@dataclass(frozen=True, slots=True)
class DeterminismSetting:
    """A switch that is set to a known value.

    ``meaning``: ``asks`` for determinism, ``breaks`` it (cuDNN's benchmark on), ``allows`` nondeterminism (a deterministic mode turned off), or ``keeps`` it
    (the benchmark turned off). ``switch`` is what is set, ``what`` how it is written. ``function`` is the definition it runs in, ``call`` the offset of the
    call whose argument it is (-1 for a statement). ``guards`` are the conditions around it, ``value_span`` the literal
    ``True`` that decides, if it is one.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    function: str
    meaning: str
    library: str
    switch: str
    what: str
    guards: tuple[Guard, ...]
    call: int
    span: Span
    value_span: Span | None

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[DeterminismSetting]:
        """The settings of one program in source order."""
        if not any(word in document.code for word in _WORDS):
            return
        names = document.scopes
        guarded = guarded_nodes(document)
        for node, meaning, library, switch, value in _settings(names):
            call = document.span_of(node).start if isinstance(node, ast.Call) else -1
            yield cls(
                document.path,
                owner_of(node, names, guarded),
                meaning,
                library,
                switch,
                _written(node, switch, value[0]),
                tuple(_guards(node, names, document)),
                call,
                document.span_of(node) if isinstance(node, ast.stmt) or value[0] is node else _argument_span(value[0], document),
                document.span_of(value[1]) if isinstance(value[1], ast.Constant) and value[1].value is True else None,
            )


@dataclass(frozen=True, slots=True)
class ConfiguredDeterminism:
    """A configuration file that asks for determinism or breaks it. ``section`` is the key path of the mapping that holds the switch."""

    kinds: ClassVar[tuple[str, ...]] = ("yaml", "toml", "json")
    path: str
    section: str
    meaning: str
    key: str
    span: Span
    value_span: Span

    @classmethod
    def collect(cls, document: Document) -> Iterator[ConfiguredDeterminism]:
        """The settings of one configuration file in document order."""
        if not isinstance(document, MappingDocument) or not any(word in document.text for word in _WORDS):
            return
        for path, node in document.walk():
            if not path or node.kind != "scalar" or not isinstance(path[-1], str) or node.key_span is None:
                continue
            parent = document.node(*path[:-1]) if len(document.roots) == 1 else None
            meaning = _configured(path[-1], node, parent)
            if meaning:
                section = ".".join(str(part) for part in path[:-1])
                yield cls(document.path, section, meaning, path[-1], Span(node.key_span.start, node.span.end), node.span)


def _configured(key: str, node: Node, parent: Node | None) -> str:
    """What a key of a configuration file says of determinism, if anything."""
    if not isinstance(node.value, bool) and node.value != "warn":
        return ""
    if key in CONFIG_ASKS:
        return ASKS if node.value else ALLOWS
    beside = {str(one) for one, _ in parent.children()} if parent is not None else set()
    if key in CONFIG_BREAKS or (key == "benchmark" and ("deterministic" in beside or beside & TRAINER_KEYS)):
        return BREAKS if node.value else KEEPS
    return ""


_Setting = tuple[ast.AST, str, str, str, tuple[ast.expr, ast.expr | None]]
"""The node that sets, its meaning, library and switch, the expression to show and the one that decides."""


def _settings(names: Names) -> Iterator[_Setting]:
    for node in names.nodes(ast.Assign):
        for target in node.targets:
            yield from _assigned(node, target, node.value, names)
    for call in names.calls:
        yield from _called(call, names)


def _assigned(node: ast.Assign, target: ast.expr, value: ast.expr, names: Names) -> Iterator[_Setting]:
    if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)) and len(target.elts) == len(value.elts):
        for one, part in zip(target.elts, value.elts, strict=True):
            if not isinstance(one, (ast.Tuple, ast.List)):
                yield from _assigned(node, one, part, names)
        return
    if isinstance(target, ast.Attribute):
        known = evaluate(value, names)
        for name in names.names(target):
            if name in ATTRIBUTES and isinstance(known, bool):
                contrary = {ASKS: ALLOWS, BREAKS: KEEPS}
                meaning = ATTRIBUTES[name] if known else contrary[ATTRIBUTES[name]]
                yield node, meaning, TORCH, name, (target, value)
    if isinstance(target, ast.Subscript) and "os.environ" in names.names(target.value):
        yield from _environment(node, target, target.slice, value, names)


def _called(call: ast.Call, names: Names) -> Iterator[_Setting]:
    found = names.names(call.func)
    if not found & TRAINERS:
        given = {one.arg: one.value for one in call.keywords if one.arg in ("deterministic", "benchmark") and evaluate(one.value, names) is True}
        if len(given) == 2:
            yield call, ASKS, TORCH, f"{HERE}deterministic", (given["deterministic"], given["deterministic"])
            yield call, BREAKS, TORCH, f"{HERE}benchmark", (given["benchmark"], given["benchmark"])
    for name in sorted(found):
        if name in ASKING_CALLS:
            given_seed = argument(call, "seed", 0)
            if given_seed is not None and evaluate(given_seed, names) is None:
                continue
            yield call, ASKS, ASKING_CALLS[name], name, (call, None)
            if ASKING_CALLS[name] == TORCH:
                yield call, KEEPS, TORCH, "torch.backends.cudnn.benchmark", (call, None)
        elif name in SWITCHES:
            value = argument(call, SWITCHES[name], 0)
            known = evaluate(value, names) if value is not None else None
            if isinstance(known, bool):
                yield call, ASKS if known else ALLOWS, TORCH, "torch.use_deterministic_algorithms", (call, value)
        elif name == "torch.set_deterministic_debug_mode":
            known = evaluate(argument(call, "debug_mode", 0), names)
            if known in (1, 2, "warn", "error"):
                yield call, ASKS, TORCH, "torch.use_deterministic_algorithms", (call, None)
        elif name in TRAINERS:
            for parameter, on, off in (("deterministic", ASKS, ALLOWS), ("benchmark", BREAKS, KEEPS)):
                value = keyword(call, parameter)
                known = evaluate(value, names) if value is not None else None
                if value is not None and (known is True or known is False or known == "warn"):
                    yield call, on if known else off, TORCH, f"Trainer.{parameter}", (value, value)
        elif name in FULL_DETERMINISM_CALLS:
            value = keyword(call, "full_determinism")
            if value is not None and evaluate(value, names) is True:
                yield call, ASKS, TORCH, "full_determinism", (value, value)
        elif name in ("os.environ.setdefault", "os.putenv") and len(call.args) == 2:
            yield from _environment(call, call, call.args[0], call.args[1], names)


def _environment(node: ast.AST, shown: ast.expr, key: ast.expr, value: ast.expr, names: Names) -> Iterator[_Setting]:
    variable, known = evaluate(key, names), evaluate(value, names)
    if isinstance(variable, str) and isinstance(known, str):
        meaning = ENVIRONMENT.get(variable, {}).get(known.lower())
        if meaning:
            yield node, meaning, TENSORFLOW, variable, (shown, value)


def _argument_span(value: ast.expr, document: PythonDocument) -> Span:
    """The span of ``name=value`` of an argument."""
    span = document.span_of(value)
    match = re.search(r"[A-Za-z_]\w*\s*=\s*$", document.text[max(0, span.start - 60) : span.start])
    return Span(span.start - (len(match[0]) if match else 0), span.end)


def _written(node: ast.AST, switch: str, shown: ast.expr) -> str:
    """What is set, as the file writes it."""
    if isinstance(node, ast.Assign):
        return f"{ast.unparse(shown)} = {ast.unparse(node.value)}" if len(node.targets) == 1 and node.targets[0] is shown else ast.unparse(shown)
    if shown is node:
        return ast.unparse(node)
    return f"{ast.unparse(node.func) if isinstance(node, ast.Call) else ''}({switch.rpartition('.')[2]}={ast.unparse(shown)})"


def _guards(node: ast.AST, names: Names, document: PythonDocument) -> Iterator[Guard]:
    """The conditions around a statement inside its function."""
    child: ast.AST = node
    for above in names.ancestors(node):
        if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return
        if isinstance(above, ast.If) and child is not above.test:
            test = ast.unparse(above.test)
            yield Guard(document.program.span(above).start, 0 if any(child is one for one in above.body) else 1, test)
        elif isinstance(above, ast.Try):
            branch = IN_FINALLY if any(child is one for one in above.finalbody) else 1 if isinstance(child, ast.ExceptHandler) else 0
            yield Guard(document.program.span(above).start, branch, TRY)
        child = above


def is_exclusive(one: DeterminismSetting, other: DeterminismSetting) -> bool:
    """Whether two settings of one file stand in different branches of the same condition, so that never both are made."""
    if one.path != other.path:
        return False
    branches = {guard.place: guard.branch for guard in one.guards}
    return any({branches.get(guard.place, guard.branch), guard.branch} == {0, 1} for guard in other.guards)


def conditions(setting: DeterminismSetting) -> frozenset[str]:
    """The tests that decide whether a setting is made; those on hardware, and the main guard, decide nothing that matters here."""
    return frozenset(f"{guard.branch}:{guard.test}" for guard in setting.guards if guard.test != TRY and not _NO_CONDITION.search(guard.test))
