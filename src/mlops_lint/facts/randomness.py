"""Randomness: where a program draws random numbers, and where it seeds the generators they come from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.documents.python import PythonDocument
from mlops_lint.facts.definitions import guarded_nodes, owner_of
from mlops_lint.knowledge.randomness import (
    DRAWS,
    FILLING_METHODS,
    GENERATORS,
    NUMPY,
    PROBE_DRAWS,
    SEEDERS,
    SEEDING_FAMILIES,
    SEEDING_WORDS,
    TENSORFLOW,
    TORCH,
    TRAINING_ATTRIBUTES,
    TRAINING_CALLS,
    TRAINING_DRAWS,
    builds_weights,
)
from mlops_lint.python.names import Names
from mlops_lint.python.values import has_unpacking, keyword
from mlops_lint.text.span import Span

_DRAW_LIBRARY = {name: library for library, names in DRAWS.items() for name in names}
_TRAINING_LIBRARY = {name: library for library, names in TRAINING_DRAWS.items() for name in names}
_SEEDING_NAME = re.compile(SEEDING_WORDS, re.IGNORECASE)
# Without one of these no call is that of a seeder, nor named like one.
_MAY_SEED = ("seed", "rng", "determin", "reproducib", "trainer", *sorted({name.rpartition(".")[2].lower() for name in SEEDERS}))
_LOADER = "torch.utils.data.DataLoader"
_SLEEPERS = frozenset({"time.sleep", "asyncio.sleep", "gevent.sleep", "trio.sleep", "anyio.sleep"})
_LABEL = re.compile(
    r"(?:^|_)(?:(?:run|exp|experiment|job|study|session|request|trial|task)_?(?:id|name|tag)|(?:file|dir|folder|project|group)_?name|port|suffix|uuid|salt|nonce"
    r"|password|colou?rs?)$|seed$",
    re.IGNORECASE,
)
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class RandomUse:
    """A draw from a library's global generator, or from an explicit generator that was made without a seed.

    ``function`` is the qualname of the definition it runs in. ``how`` is ``draw``, ``generator`` (no global seed reaches it), ``fallback`` (a generator for
    callers that give none), ``training`` (initial weights or an order, which matter only where the program trains) or ``probe`` (tensors that may be mere
    inputs of the right shape). ``what`` is the callee as it is written.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    function: str
    library: str
    how: str
    what: str
    span: Span

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[RandomUse]:
        """The draws of one program in source order."""
        names = document.scopes
        guarded = guarded_nodes(document)
        may_sleep = "sleep" in document.code
        for call in names.calls:
            found = _use(call, names)
            if found is not None and not (may_sleep and _is_jitter(call, names)) and not _is_label(call, names):
                library, how = found
                yield cls(document.path, owner_of(call, names, guarded), library, how, _written(call.func), document.span_of(call))


@dataclass(frozen=True, slots=True)
class RandomSeed:
    """A call that seeds global generators: of these libraries, or of everything (``*``) where only its name says so.

    ``name`` is the qualified name that was called, for helpers whose own code may be at hand.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    function: str
    libraries: tuple[str, ...]
    name: str
    span: Span

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[RandomSeed]:
        """The seedings of one program in source order."""
        lower = document.code.lower()
        if not any(word in lower for word in _MAY_SEED):
            return
        names = document.scopes
        guarded = guarded_nodes(document)
        for call in names.calls:
            found = names.names(call.func)
            if libraries := _seeded(found):
                yield cls(document.path, owner_of(call, names, guarded), tuple(sorted(libraries)), min(found), document.span_of(call))
                continue
            for given in _given(call):
                # ``partial(np.random.seed, 0)``, ``call_all([random.seed, torch.manual_seed])``
                if isinstance(given, (ast.Name, ast.Attribute)) and (libraries := _seeded(names.names(given))):
                    owner = owner_of(call, names, guarded)
                    yield cls(document.path, owner, tuple(sorted(libraries)), min(names.names(given)), document.span_of(given))
            last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if _SEEDING_NAME.search(last):
                yield cls(document.path, owner_of(call, names, guarded), (EVERYTHING,), min(found, default=""), document.span_of(call))
        if "seed" in document.code:
            yield from _looped(document, names, guarded)


def _given(call: ast.Call) -> Iterator[ast.expr]:
    """What a call is given, alone or in a list: a function among it may be called there."""
    for one in (*call.args, *(given.value for given in call.keywords)):
        yield from one.elts if isinstance(one, (ast.List, ast.Tuple)) else [one]


def _looped(document: PythonDocument, names: Names, guarded: frozenset[int]) -> Iterator[RandomSeed]:
    """``for seed in (random.seed, np.random.seed): seed(0)``."""
    loops: list[ast.For | ast.comprehension] = [*names.nodes(ast.For), *names.nodes(ast.comprehension)]
    for node in loops:
        for one in node.iter.elts if isinstance(node.iter, (ast.List, ast.Tuple)) else ():
            if isinstance(one, (ast.Name, ast.Attribute)) and (libraries := _seeded(names.names(one))):
                owner = owner_of(one, names, guarded)
                yield RandomSeed(document.path, owner, tuple(sorted(libraries)), min(names.names(one)), document.span_of(one))


def seeded_by(name: str) -> tuple[str, ...]:
    """The libraries that a qualified call is documented to seed."""
    if name in SEEDERS:
        return SEEDERS[name]
    for start, end, libraries in SEEDING_FAMILIES:
        if name.startswith(start) and name.endswith(end):
            return libraries
    return ()


def _seeded(names: frozenset[str]) -> set[str]:
    """The libraries that a call of any of these names seeds."""
    return {library for name in names for library in seeded_by(name)}


def is_trained(calls: Set[str], methods: Set[str], library: str) -> bool:
    """Whether a program that calls these qualified names and methods trains a model of a library."""
    return any(known <= methods for known in TRAINING_ATTRIBUTES.get(library, ())) or not calls.isdisjoint(TRAINING_CALLS.get(library, frozenset()))


def _use(call: ast.Call, names: Names) -> tuple[str, str] | None:
    """The library and the manner of a draw, if the call is one."""
    for name in sorted(names.names(call.func)):
        if name in _DRAW_LIBRARY:
            library = _DRAW_LIBRARY[name]
            if library == TORCH and (given := keyword(call, "generator")) is not None and not _is_none(given):
                return None
            if library == TENSORFLOW and (given := keyword(call, "seed")) is not None and not _is_none(given):
                return None
            return library, "probe" if name in PROBE_DRAWS else "draw"
        if name in GENERATORS:
            if not _is_unseeded(call):
                return None
            return GENERATORS[name], "fallback" if _is_fallback(call, names) else "generator"
        if name in _TRAINING_LIBRARY:
            if (given := keyword(call, "generator")) is not None and not _is_none(given):
                return None
            return _TRAINING_LIBRARY[name], "training"
        if builds_weights(name):
            return None if _is_pretrained(call) else (TORCH, "training")
        if name == _LOADER and keyword(call, "generator") is None:
            shuffle = keyword(call, "shuffle")
            if isinstance(shuffle, ast.Constant) and shuffle.value is True:
                return TORCH, "training"
    if isinstance(call.func, ast.Attribute) and call.func.attr in FILLING_METHODS and keyword(call, "generator") is None:
        return TORCH, "training"
    return (NUMPY, "draw") if _is_sample_of_rows(call, names) else None


def _is_sample_of_rows(call: ast.Call, names: Names) -> bool:
    """Whether a call is ``frame.sample(frac=…)`` of pandas without a seed, or ``read_csv(…).sample(n)``, and its rows are kept.

    A number of rows of any other frame is mostly a glance at it.
    """
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "sample" or has_unpacking(call):
        return False
    if keyword(call, "frac") is None and not ((call.args or keyword(call, "n") is not None) and _is_read(call.func.value, names)):
        return False
    seed = keyword(call, "random_state")
    above = next(iter(names.ancestors(call)), None)
    shown = isinstance(above, ast.Expr) or (isinstance(above, ast.Call) and getattr(above.func, "id", "") in ("print", "display"))
    return (seed is None or _is_none(seed)) and not shown


def _is_read(node: ast.expr, names: Names) -> bool:
    """Whether an expression reads a table with pandas."""
    return isinstance(node, ast.Call) and any(name.startswith("pandas.read_") for name in names.names(node.func))


def _is_pretrained(call: ast.Call) -> bool:
    """Whether a constructor may fill its network with weights from elsewhere."""
    given = [keyword(call, name) for name in ("weights", "pretrained", "checkpoint_path")]
    first = call.args[0] if call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value is True else None
    return has_unpacking(call) or any(
        one is not None and not (isinstance(one, ast.Constant) and one.value in (None, False)) for one in (*given, first)
    )


def _is_unseeded(call: ast.Call) -> bool:
    """Whether a generator gets no seed, or an explicit ``None``."""
    if has_unpacking(call):
        return False
    given = [*call.args[:1], *(one.value for one in call.keywords if one.arg in ("seed", "x"))]
    return not given or all(_is_none(one) for one in given)


def _is_fallback(call: ast.Call, names: Names) -> bool:
    """Whether a generator is made only where nobody gave one: ``if rng is None``, ``rng or …``, ``… if rng is None else rng``."""
    for above in names.ancestors(call):
        if isinstance(above, ast.BoolOp):
            return isinstance(above.op, ast.Or) and above.values[0] is not call
        if isinstance(above, (ast.If, ast.IfExp)):
            return _asks_for_none(above.test)
        if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return False
    return False


def _asks_for_none(test: ast.expr) -> bool:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return True
    return isinstance(test, ast.Compare) and any(_is_none(one) for one in test.comparators)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_jitter(call: ast.Call, names: Names) -> bool:
    """Whether the number only feeds a sleep."""
    for above in names.ancestors(call):
        if isinstance(above, ast.Call) and names.names(above.func) & _SLEEPERS:
            return True
        if isinstance(above, ast.stmt):
            if not isinstance(above, ast.Assign) or len(above.targets) != 1 or not isinstance(above.targets[0], ast.Name):
                return False
            return _only_sleeps(above.targets[0].id, names.scope_of(above).node, names)
    return False


def _is_label(call: ast.Call, names: Names) -> bool:
    """Whether the number only makes a name, a port, a colour or a seed (which RP314 judges), going by what it is given to."""
    for above in names.ancestors(call):
        if isinstance(above, ast.keyword) and above.arg is not None and _LABEL.search(above.arg):
            return True
        if isinstance(above, ast.stmt):
            targets = above.targets if isinstance(above, ast.Assign) else [above.target] if isinstance(above, (ast.AnnAssign, ast.AugAssign)) else []
            return bool(targets) and all(_LABEL.search(_target_name(target)) for target in targets)
    return False


def _target_name(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript):
        return str(target.slice.value) if isinstance(target.slice, ast.Constant) else ""
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def _only_sleeps(name: str, scope: ast.AST, names: Names) -> bool:
    uses = [node for node in names.inside(scope, ast.Name) if node.id == name and isinstance(node.ctx, ast.Load)]
    sleeping = [use for use in uses if any(isinstance(above, ast.Call) and names.names(above.func) & _SLEEPERS for above in names.ancestors(use))]
    return bool(sleeping) and all(use in sleeping or _is_logged(use, names) for use in uses)


def _is_logged(use: ast.Name, names: Names) -> bool:
    return any(
        isinstance(above, ast.Call)
        and (getattr(above.func, "attr", "") in ("debug", "info", "warning", "error") or getattr(above.func, "id", "") == "print")
        for above in names.ancestors(use)
    )


def _written(node: ast.expr) -> str:
    return ast.unparse(node)
