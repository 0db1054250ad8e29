"""The same seed is set again inside the training loop.

Setting a constant seed starts the random numbers over. Done in every epoch, batch or ``__getitem__``, it gives each of them the same shuffling, the same
dropout masks and the same augmentation, so the model sees far less variety than it seems to, and nothing fails.

Set the seed once, before the loop; where each pass needs its own, derive it: ``seed + epoch``, ``seed + index``, or a generator made once.

A seed set before each of several models, folds or settings is right and stays silent, as does one under a condition, one whose state is restored
afterwards, and a loop in which the model is made anew. Helpers are followed only inside the same file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.api import UNKNOWN, Confidence, Finding, PythonDocument, Rule, Severity
from mlops_lint.facts.seeding import SeedCall, around, own_function, seed_calls, value_of

rule = Rule(
    code="RP313",
    summary="constant seed is set again in the training loop",
    consideration="randomness",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    references=("https://pytorch.org/docs/stable/notes/randomness.html",),
)

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Loop = ast.For | ast.AsyncFor | ast.While

# Counters of a loop: `epoch`, `batch_idx`, `global_step`; not `batch_size` or `n_epochs`, which name settings to compare.
_COUNTER = re.compile(
    r"^(?!n_|num_|max_|nb_)(?:\w+_)?(?:ep|epoch|step|iter|iteration|itr|batch|minibatch)(?:_?(?:idx|i|index|id|num|no|nr|number))?$", re.IGNORECASE
)
_ITERATED = re.compile(r"loader|train_?ds\b|\bbatches\b|train_?(?:dl|iter)\b", re.IGNORECASE)
_COUNTED = re.compile(r"range\(.*(?:epochs?|steps|iters|iterations|batches)\b", re.IGNORECASE)
_COMPARED = re.compile(
    r"seed|model|fold|config|trial|experiment|repeat|param|method|setting|optimizer|(?:^|_)lr|size|rate|variant|split", re.IGNORECASE
)
_MODEL = re.compile(
    r"^(?:self\.)?(?:\w+_)?(?:model|net|network|clf|classifier|regressor|estimator|learner|agent|generator|discriminator)$", re.IGNORECASE
)
_TRAINS = re.compile(r"^_?(?:train|fit)(?:_|$)|train_(?:one_)?(?:epoch|step|batch)|(?:^|_)training_step|optimi[sz]e_(?:step|model)")
_TRAINING_METHODS = frozenset("backward apply_gradients train_on_batch partial_fit fit minimize manual_backward training_step".split())
_PER_BATCH = re.compile(
    r"^(?:__getitem__|__getitems__|\w*collate(?:_fn|_batch)?|(?:train|training)_(?:step|batch)|train_one_(?:batch|step|epoch|iter)|train_(?:epoch|per_epoch)"
    r"|on_(?:train_)?(?:batch|epoch|step)_(?:start|begin))$"
)
_RESTORES = re.compile(r"\b(?:get_?state|get_rng_state|set_?state|set_rng_state|fork_rng|isolate_rng|temp_seed|preserve_rng\w*)\s*\(")


@dataclass(frozen=True, slots=True)
class _Reseed:
    """A call that sets a constant seed, and the seed as it is written."""

    call: ast.Call
    written: str


@rule.on_document(PythonDocument)
def check(doc: PythonDocument) -> Iterator[Finding]:
    """Flag the first constant seed in each training loop and in each function that runs for every item, batch or epoch."""
    if "seed" not in doc.code or doc.role in ("vendored", "test"):
        return
    found: dict[int, tuple[str, list[_Reseed]]] = {}
    for one in _reseeds(doc):
        place = _place(doc, one)
        if place is not None:
            found.setdefault(id(place[0]), (place[1], []))[1].append(one)
    for when, reseeds in found.values():
        first, *others = reseeds
        message = f"{ast.unparse(first.call.func)} sets the same seed{first.written} again {when}"
        yield rule.finding(doc.at(first.call), message, related=[doc.at(one.call, "set again here too") for one in others])


def _reseeds(doc: PythonDocument) -> Iterator[_Reseed]:
    """The calls that set a global generator from a constant, directly or through a function of the same file."""
    direct = {id(one.call): one for one in seed_calls(doc) if one.is_global}
    helpers: dict[int, list[SeedCall]] = {}
    for one in direct.values():
        function = next((above for above in around(doc, one.call) if isinstance(above, _Function)), None)
        if function is not None and not any(isinstance(above, _Loop) for above in around(doc, one.call)):
            helpers.setdefault(id(function), []).append(one)
    for call in doc.scopes.calls:
        if seeding := direct.get(id(call)):
            if seeding.seed is not None and _is_constant(doc, seeding.seed, call):
                yield _Reseed(call, f" ({ast.unparse(seeding.seed)})")
            continue
        function = own_function(doc, call)
        if function is None or id(function) not in helpers or _PER_BATCH.match(function.name) or _does_more(function):
            continue
        seed = next((given for one in helpers[id(function)] if (given := _given(one, function, call)) is not None), None)
        if seed is not None and _is_constant(doc, seed, call):
            yield _Reseed(call, f" ({ast.unparse(seed)})")


def _does_more(function: _Function) -> bool:
    """Whether a function is no mere seed helper: it is long, loops, or trains."""
    inside = list(ast.walk(function))
    return sum(isinstance(one, ast.stmt) for one in inside) > 25 or any(isinstance(one, (ast.For, ast.While)) or _is_training(one) for one in inside)


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


def _is_constant(doc: PythonDocument, seed: ast.expr, call: ast.Call) -> bool:
    """Whether a seed is the same number each time: a known one, or a ``seed`` that nothing in the function sets."""
    value = value_of(doc, seed)
    if value is not UNKNOWN:
        return isinstance(value, int) and not _is_bound_nearby(doc, seed, call)
    if isinstance(seed, (ast.Attribute, ast.Name)):
        written = ast.unparse(seed)
        last = written.rpartition(".")[2].lower()
        if isinstance(seed, ast.Name):
            binding = doc.scopes.scope_of(call).lookup(seed.id)
            if binding is None or len(binding[1]) != 1 or binding[1][0].how not in ("parameter", "assign") or binding[0].kind == "comprehension":
                return False
            if _per_batch_function(doc, call) is not None and binding[0].node is _per_batch_function(doc, call):
                return False  # handed in or made for each item: may well differ
            if binding[1][0].how == "assign" and not isinstance(binding[1][0].value, ast.Attribute):
                return False
        return last in ("seed", "random_seed", "random_state", "manual_seed", "manualseed") and not _is_bound_nearby(doc, seed, call)
    return False


def _is_bound_nearby(doc: PythonDocument, seed: ast.expr, call: ast.Call) -> bool:
    """Whether the loop or the file changes what the seed is read from."""
    written = ast.unparse(seed)
    if isinstance(seed, ast.Constant):
        return False
    if isinstance(seed, ast.Name):
        return any(isinstance(above, _Loop) and _binds(above, written) for above in around(doc, call))
    inside = [above for above in around(doc, call) if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.For, ast.AsyncFor, ast.While))]
    outer = inside[-1] if inside else doc.tree
    root = written.partition(".")[0]
    return _changes(doc.tree if root == "self" else outer, written) or any(
        isinstance(above, (ast.For, ast.AsyncFor)) and root in _bound_names(above.target) for above in around(doc, call)
    )


def _changes(tree: ast.AST, written: str) -> bool:
    """Whether a dotted name is counted up, or set inside a loop."""
    return any(isinstance(one, ast.AugAssign) and ast.unparse(one.target) == written for one in ast.walk(tree)) or any(
        isinstance(one, _Loop) and _binds(one, written) for one in ast.walk(tree)
    )


def _binds(tree: ast.AST, written: str) -> bool:
    """Whether a tree assigns to a name."""
    return any(
        isinstance(one, (ast.Name, ast.Attribute)) and isinstance(one.ctx, ast.Store) and ast.unparse(one) == written for one in ast.walk(tree)
    )


def _bound_names(target: ast.expr) -> list[str]:
    return [one.id for one in ast.walk(target) if isinstance(one, ast.Name)]


def _per_batch_function(doc: PythonDocument, node: ast.AST) -> _Function | None:
    function = next((above for above in around(doc, node) if isinstance(above, _Function)), None)
    return function if function is not None and _PER_BATCH.match(function.name) else None


def _place(doc: PythonDocument, one: _Reseed) -> tuple[ast.AST, str] | None:
    """The loop or function that runs a seeding call again and again during training, and how to say so."""
    for above in around(doc, one.call):
        if isinstance(above, (ast.If, ast.IfExp, ast.BoolOp, ast.Try, ast.Match, ast.Lambda, ast.ExceptHandler)):
            return None
        if isinstance(above, _Loop):
            if not _is_training_loop(above) or _RESTORES.search(ast.unparse(above)):
                return None
            return above, "in every round of the training loop"
        if isinstance(above, _Function):
            if not _PER_BATCH.match(above.name) or _RESTORES.search(ast.unparse(above)):
                return None
            return above, f"each time {above.name} runs"
    return None


def _is_training_loop(loop: _Loop) -> bool:
    """Whether a loop goes over epochs, steps or batches of one training, and does not make a new model each time."""
    if isinstance(loop, ast.While):
        passes = any(_COUNTER.match(name) for name in _bound_names(loop.test))
    else:
        targets, iterated = _bound_names(loop.target), ast.unparse(loop.iter)
        if isinstance(loop.iter, (ast.List, ast.Tuple, ast.Set)) or any(_COMPARED.search(name) for name in targets):
            return False
        passes = any(_COUNTER.match(name) for name in targets) or bool(_ITERATED.search(iterated) or _COUNTED.search(iterated))
    if not passes:
        return False
    trains = False
    stack: list[ast.AST] = list(loop.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Assign) and _makes_model(node):
            return False
        trains = trains or _is_training(node)
        stack.extend(ast.iter_child_nodes(node))
    return trains


def _makes_model(node: ast.Assign) -> bool:
    value = node.value
    # `model = train(model, …)` hands the same model on; `model = Net()` and `model = build_model()` make one.
    if not isinstance(value, ast.Call):
        return False
    read = {ast.unparse(one) for one in ast.walk(value) if isinstance(one, (ast.Name, ast.Attribute))}
    return any(_MODEL.match(written) and written not in read for written in map(ast.unparse, node.targets))


def _is_training(node: ast.AST) -> bool:
    """Whether a node is a call that updates a model."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return bool(_TRAINS.search(node.func.id)) and not node.func.id.startswith("train_test")
    if isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if name == "step":
            return bool(re.search(r"optim|opt\b|scaler", ast.unparse(node.func.value), re.IGNORECASE))
        return name in _TRAINING_METHODS or (bool(_TRAINS.search(name)) and (name != "train" or len(node.args) > 1))
    return False
