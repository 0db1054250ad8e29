"""Training loops: which loops of a document train one model step by step, as opposed to those that make a new one each time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

Loop = ast.For | ast.AsyncFor | ast.While
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# Counters of a loop: `epoch`, `batch_idx`, `global_step`; not `batch_size` or `n_epochs`, which name settings to compare.
_COUNTER = re.compile(
    r"^(?!n_|num_|max_|nb_)(?:\w+_)?(?:ep|epoch|step|iter|iteration|itr|batch|minibatch)(?:_?(?:idx|i|index|id|num|no|nr|number))?$", re.IGNORECASE
)
_ITERATED = re.compile(r"loader|train_?ds\b|\bbatches\b|train_?(?:dl|iter)\b", re.IGNORECASE)
_COUNTED = re.compile(r"range\(.*(?:epochs?|steps|iters|iterations|batches)\b", re.IGNORECASE)
_RANGE = re.compile(r"^(?:enumerate\(|tqdm\(|trange\(|tqdm\.tqdm\()*(?:range|trange|count|itertools\.count)?\(")
_COMPARED = re.compile(
    r"seed|model|fold|config|trial|experiment|repeat|param|method|setting|optimizer|(?:^|_)lr|size|rate|variant|split|(?:^|_)run(?:_|$|s)",
    re.IGNORECASE,
)
_MODEL = re.compile(
    r"^(?:self\.)?(?:\w+_)?(?:model|net|network|clf|classifier|regressor|estimator|learner|agent|generator|discriminator|opt|optim|optimi[sz]er)$",
    re.IGNORECASE,
)
_CHOSEN = re.compile(r"model|net|clf|classifier|regressor|estimator|agent|opti|lr|rate|config|param|seed|setting", re.IGNORECASE)
_TRAINS = re.compile(
    r"^_?(?:train|fit)(?:_|$)|^_?train[A-Z]|train_(?:one_)?(?:epoch|step|batch)|(?:^|_)training_step|optimi[sz]e_(?:step|model)"
    r"|^_?update_(?:mini_?)?(?:batch|bunch|weights|params|parameters|network|policy)"
)
_STEPS = frozenset("backward apply_gradients train_on_batch partial_fit minimize manual_backward".split())
_TRAINING_METHODS = _STEPS | {"fit", "training_step"}


def is_training_loop(loop: Loop) -> bool:
    """Whether a loop goes over epochs, steps or batches of one training, and does not make or choose a new model each time."""
    passes, targets = _passes(loop)
    if passes is None:
        return False
    trains = steps = False
    for node in _inside(loop):
        if isinstance(node, ast.Assign) and _makes_model(node):
            return False
        if isinstance(node, ast.Subscript) and _CHOSEN.search(ast.unparse(node.value)) and targets & set(bound_names(node.slice, ast.Load)):
            return False
        trains = trains or is_training(node)
        steps = steps or is_step(node)
    return trains if passes else steps


def _passes(loop: Loop) -> tuple[bool | None, set[str]]:
    """Whether a loop says that it passes over epochs or batches, and what it counts; ``None`` where it compares things."""
    if isinstance(loop, ast.While):
        return any(_COUNTER.match(name) for name in bound_names(loop.test, ast.Load)), set()
    targets, iterated = set(bound_names(loop.target, ast.Store)), ast.unparse(loop.iter)
    if isinstance(loop.iter, (ast.List, ast.Tuple, ast.Set)) or any(_COMPARED.search(name) for name in targets):
        return None, targets
    if any(_COUNTER.match(name) for name in targets) or _ITERATED.search(iterated) or _COUNTED.search(iterated):
        return True, targets
    return (False if _RANGE.match(iterated) else None), targets


def bound_names(target: ast.expr, context: type[ast.expr_context]) -> list[str]:
    """The plain names in an expression that are read, or bound."""
    return [one.id for one in ast.walk(target) if isinstance(one, ast.Name) and isinstance(one.ctx, context)]


def _inside(loop: Loop) -> Iterator[ast.AST]:
    """The nodes of a loop's body that run in it."""
    stack: list[ast.AST] = list(loop.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            continue
        yield node
        stack.extend(ast.iter_child_nodes(node))


def _makes_model(node: ast.Assign) -> bool:
    value = node.value
    # `model = train(model, …)` hands the same model on; `model = Net()` and `model = build_model()` make one.
    if not isinstance(value, ast.Call):
        return False
    read = {ast.unparse(one) for one in ast.walk(value) if isinstance(one, (ast.Name, ast.Attribute))}
    return any(_MODEL.match(written) and written not in read for written in map(ast.unparse, node.targets))


def is_training(node: ast.AST) -> bool:
    """Whether a node is a call that updates a model."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return bool(_TRAINS.search(node.func.id)) and not node.func.id.startswith("train_test")
    if isinstance(node.func, ast.Attribute):
        name = node.func.attr
        return is_step(node) or name in _TRAINING_METHODS or (bool(_TRAINS.search(name)) and (name != "train" or len(node.args) > 1))
    return False


def is_step(node: ast.AST) -> bool:
    """Whether a node is a call that takes one step of a training, and so does not begin a new one."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    name = node.func.attr
    if name == "step":
        return bool(re.search(r"optim|opt\b|scaler", ast.unparse(node.func.value), re.IGNORECASE))
    if name in ("fit", "fit_generator"):
        return any(one.arg in ("epochs", "nb_epoch") and isinstance(one.value, ast.Constant) and one.value.value == 1 for one in node.keywords)
    return name in _STEPS
