"""The same seed is set again inside the training loop.

Setting a constant seed starts the random numbers over. Done in every epoch, batch or ``__getitem__``, it gives each of them the same shuffling, the same
dropout masks and the same augmentation, so the model sees far less variety than it seems to, and nothing fails.

Set the seed once, before the loop; where each pass needs its own, derive it: ``seed + epoch``, ``seed + index``, or a generator made once.

A seed set before each of several models, folds or settings is right and stays silent, as does one under a condition, one whose state is restored
afterwards, and a loop in which the model is made or chosen anew. Helpers of other files are known by their names (``set_seed`` and the like), and a seed
that is computed counts when all parts of it stay the same (``config.seed + fold`` in a loop over epochs).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.api import UNKNOWN, Confidence, Finding, PythonDocument, Rule, Severity
from mlops_lint.facts.seeding import SeedCall, around, last_word, own_function, seed_calls, seed_of, value_of
from mlops_lint.facts.training_loops import FUNCTIONS, Loop, is_training, is_training_loop
from mlops_lint.knowledge.randomness import SEEDING_WORDS

rule = Rule(
    code="RP313",
    summary="constant seed is set again in the training loop",
    consideration="randomness",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    references=("https://pytorch.org/docs/stable/notes/randomness.html",),
)

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Place = Loop | _Function

_PER_BATCH = re.compile(
    r"^(?:__getitem__|__getitems__|\w*collate(?:_fn|_batch)?|(?:train|training)_(?:step|batch)|train_one_(?:batch|step|epoch|iter)|train_(?:epoch|per_epoch)"
    r"|on_(?:train_)?(?:batch|epoch|step)_(?:start|begin))$"
)
_RESTORES = re.compile(r"\b(?:get_?state|get_rng_state|set_?state|set_rng_state|fork_rng|isolate_rng|temp_seed|preserve_rng\w*)\s*\(")
_HELPER = re.compile(SEEDING_WORDS)
_SEED = re.compile(r"^(?:random_?|manual_?|global_?|base_?|train_?)?(?:seed|random_?state)$|^random_?seed$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Reseed:
    """A call that sets a seed, and the expression that it comes from."""

    call: ast.Call
    seed: ast.expr


@rule.on_document(PythonDocument)
def check(doc: PythonDocument) -> Iterator[Finding]:
    """Flag the first constant seed in each training loop and in each function that runs for every item, batch or epoch."""
    if "seed" not in doc.code or doc.role in ("vendored", "test"):
        return
    found: dict[int, tuple[str, list[_Reseed]]] = {}
    for one in _reseeds(doc):
        place = _place(doc, one.call)
        if place is not None and _is_constant(doc, one.seed, place[0]):
            found.setdefault(id(place[0]), (place[1], []))[1].append(one)
    for when, reseeds in found.values():
        first, *others = reseeds
        message = f"{ast.unparse(first.call.func)} sets the same seed ({ast.unparse(first.seed)}) again {when}"
        yield rule.finding(doc.at(first.call), message, related=[doc.at(one.call, "set again here too") for one in others])


def _reseeds(doc: PythonDocument) -> Iterator[_Reseed]:
    """The calls that set a global generator: directly, through a function of the same file, or through a helper that is named so."""
    direct = {id(one.call): one for one in seed_calls(doc) if one.is_global}
    helpers: dict[int, list[SeedCall]] = {}
    for one in direct.values():
        function = next((above for above in around(doc, one.call) if isinstance(above, FUNCTIONS)), None)
        if function is not None and not any(isinstance(above, Loop) for above in around(doc, one.call)):
            helpers.setdefault(id(function), []).append(one)
    for call in doc.scopes.calls:
        if seeding := direct.get(id(call)):
            if seeding.seed is not None:
                yield _Reseed(call, seeding.seed)
            continue
        function = own_function(doc, call)
        if function is None:
            seed = seed_of(call) if _is_named_helper(doc, call) else None
        elif id(function) not in helpers or _PER_BATCH.match(function.name) or _does_more(function):
            continue
        else:
            seed = next((given for one in helpers[id(function)] if (given := _given(one, function, call)) is not None), None)
        if seed is not None:
            yield _Reseed(call, seed)


def _is_named_helper(doc: PythonDocument, call: ast.Call) -> bool:
    """Whether a call is one of an imported function, or of a method of the object itself, whose name says that it seeds."""
    if not _HELPER.search(last_word(call.func)):
        return False
    is_own = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "self"
    return is_own or bool(doc.scopes.names(call.func))


def _does_more(function: _Function) -> bool:
    """Whether a function is no mere seed helper: it is long, loops, or trains."""
    inside = list(ast.walk(function))
    return sum(isinstance(one, ast.stmt) for one in inside) > 25 or any(isinstance(one, (ast.For, ast.While)) or is_training(one) for one in inside)


def _given(seeding: SeedCall, function: _Function, call: ast.Call) -> ast.expr | None:
    """The seed that a call of a helper ends up setting: the helper's own constant, the argument, or the parameter's default."""
    seed = seeding.seed
    if isinstance(seed, ast.Constant):
        return seed
    positional = [*function.args.posonlyargs, *function.args.args]
    if not isinstance(seed, ast.Name) or any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
        return None
    for place, parameter in enumerate(positional):
        if parameter.arg == seed.id:
            if place < len(call.args):
                return call.args[place]
            named = next((one.value for one in call.keywords if one.arg == seed.id), None)
            default = place - (len(positional) - len(function.args.defaults))
            return named if named is not None or default < 0 else function.args.defaults[default]
    return None


def _is_constant(doc: PythonDocument, seed: ast.expr, place: _Place) -> bool:
    """Whether a seed is the same number each time: a known one, or put together from a ``seed`` and what else stays the same."""
    value = value_of(doc, seed)
    if value is not UNKNOWN:
        return isinstance(value, int) and not isinstance(value, bool) and _stays(doc, seed, place)
    parts = list(_parts(doc, seed))
    return (
        any(_is_seed(one) for one in parts)
        and all(_is_seed(one) or isinstance(one, (ast.Constant, ast.Name)) for one in parts)
        and all(_stays(doc, one, place) for one in parts)
    )


def _parts(doc: PythonDocument, node: ast.expr) -> Iterator[ast.expr]:
    """What a seed is computed from."""
    if isinstance(node, ast.BinOp):
        yield from _parts(doc, node.left)
        yield from _parts(doc, node.right)
    elif isinstance(node, ast.Call) and doc.scopes.names(node.func) == {"builtins.int"} and len(node.args) == 1:
        yield from _parts(doc, node.args[0])
    else:
        yield node


def _is_seed(node: ast.expr) -> bool:
    """Whether an expression is called a seed: ``args.seed``, ``SEED``, ``config["seed"]``."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) and bool(_SEED.match(node.slice.value))
    return isinstance(node, (ast.Attribute, ast.Name)) and bool(_SEED.match(last_word(node)))


def _stays(doc: PythonDocument, node: ast.expr, place: _Place) -> bool:
    """Whether nothing that runs in the place, or is handed to it, changes what an expression is read from."""
    if isinstance(node, ast.Constant):
        return True
    written = ast.unparse(node)
    root = written.partition(".")[0].partition("[")[0]
    if _binds(place, written) or _binds(place, root):
        return False
    if isinstance(place, FUNCTIONS):
        given = place.args
        every = (*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg)))
        if root != "self" and any(one.arg == root for one in every):
            return False  # handed in for each item: may well differ
    if isinstance(node, ast.Name):
        found = doc.scopes.scope_of(node).lookup(node.id)
        return found is not None and found[0].kind != "comprehension" and not any(one.how == "augment" for one in found[1])
    functions = [above for above in doc.scopes.ancestors(place) if isinstance(above, FUNCTIONS)]
    return not _changes(doc.tree if root == "self" or not functions else functions[-1], written)


def _changes(tree: ast.AST, written: str) -> bool:
    """Whether a dotted name is counted up, or set inside a loop."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, in_loop = waiting.pop()
        if isinstance(node, ast.AugAssign) and ast.unparse(node.target) == written:
            return True
        in_loop = in_loop or isinstance(node, Loop)
        if in_loop and _sets(node, written):
            return True
        waiting.extend((child, in_loop) for child in ast.iter_child_nodes(node))
    return False


def _binds(tree: ast.AST, written: str) -> bool:
    """Whether a tree assigns to a name."""
    return any(_sets(one, written) for one in ast.walk(tree))


def _sets(node: ast.AST, written: str) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store) and ast.unparse(node) == written


def _place(doc: PythonDocument, call: ast.Call) -> tuple[_Place, str] | None:
    """The loop or function that runs a seeding call again and again during training, and how to say so."""
    for above in around(doc, call):
        if isinstance(above, (ast.If, ast.IfExp, ast.BoolOp, ast.Try, ast.Match, ast.Lambda, ast.ExceptHandler)):
            return None
        if isinstance(above, Loop):
            if not is_training_loop(above) or _RESTORES.search(ast.unparse(above)):
                return None
            return above, "in every round of the training loop"
        if isinstance(above, FUNCTIONS):
            if not _PER_BATCH.match(above.name) or _RESTORES.search(ast.unparse(above)):
                return None
            return above, f"each time {above.name} runs"
    return None
