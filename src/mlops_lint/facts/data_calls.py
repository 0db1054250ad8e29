"""What a call or a condition means to the data that pass through it: read, checked, trained on."""

from __future__ import annotations

import ast
import re

from mlops_lint.knowledge.validation import (
    BARE_TRAINING_METHODS,
    CHECKER_MODULES,
    CHECKERS,
    CHECKING_METHODS,
    READERS,
    SPARK_READ_METHODS,
    TRAINERS,
    TRAINING_METHODS,
)
from mlops_lint.python.calls import CallPattern
from mlops_lint.python.names import Names, Scope, dotted_name

Nodes = frozenset[str]
_NOTHING: Nodes = frozenset()
_CHECKERS = CallPattern(CHECKERS)
# Objects whose names say that they prepare data rather than learn from it.
_PREPARES = re.compile(
    r"scaler|encoder|vectori[sz]er|imputer|tokeni[sz]er|normali[sz]er|preproc|processor|binari[sz]er|^(?:le|enc|pca|tfidf|bag_of_words|ohe|cv|dv)$|dummy",
    re.IGNORECASE,
)
_EXITS = frozenset({"sys.exit", "builtins.exit", "builtins.quit", "os._exit"})


def is_read(node: ast.Call, names: frozenset[str], method: str) -> bool:
    """Whether a call brings data in from outside; ``names`` are its qualified names, ``method`` its last word."""
    if names & READERS:
        return True
    if method in SPARK_READ_METHODS and isinstance(node.func, ast.Attribute):
        below: ast.expr = node.func.value
        while isinstance(below, (ast.Call, ast.Attribute)):
            if isinstance(below, ast.Attribute) and below.attr in ("read", "readStream"):
                return dotted_name(below.value) != "" or isinstance(below.value, ast.Call)
            below = below.func if isinstance(below, ast.Call) else below.value
    return False


def is_check(node: ast.Call, called: frozenset[str], method: str, has_inputs: bool, names: Names, scope: Scope) -> bool:
    """Whether a call validates the data it is given."""
    if _CHECKERS.matches(called):
        return True
    if not called and (method in CHECKING_METHODS or method.startswith("expect_")):
        return True
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and has_inputs:
        return _is_made_by_checker(node.func.value.id, names, scope)
    if isinstance(node.func, ast.Name) and has_inputs:
        return _extends_checker(node.func.id, names, scope)
    return False


def _is_made_by_checker(name: str, names: Names, scope: Scope) -> bool:
    """Whether every value of a variable comes from a validation package, or it is a class that extends one of theirs."""
    found = scope.lookup(name)
    if found is None:
        return False
    calls = [binding.value for binding in found[1] if isinstance(binding.value, ast.Call)]
    made = [names.names(call.func, found[0]) for call in calls]
    if made and len(made) == len(found[1]) and all(any(one.startswith(CHECKER_MODULES) for one in maker) for maker in made):
        return True
    return _extends_checker(name, names, scope)


def _extends_checker(name: str, names: Names, scope: Scope) -> bool:
    found = scope.lookup(name)
    for binding in found[1] if found is not None else ():
        if isinstance(binding.node, ast.ClassDef) and found is not None:
            bases = [one for base in binding.node.bases for one in names.names(base, found[0])]
            if any(one.startswith(CHECKER_MODULES) for one in bases):
                return True
    return False


def trained_on(node: ast.Call, called: frozenset[str], method: str, inputs: Nodes, receiver: Nodes, scope: Scope) -> Nodes:
    """The nodes on which a call trains; empty when it trains on none."""
    if called & TRAINERS:
        return inputs
    if not isinstance(node.func, ast.Attribute) or _PREPARES.search(dotted_name(node.func.value).rpartition(".")[2]):
        return _NOTHING
    if method in TRAINING_METHODS and inputs:
        return inputs
    if method in BARE_TRAINING_METHODS and receiver and (_is_trainer(node.func.value, scope) or (method != "train" and not inputs)):
        return receiver
    return _NOTHING


def _is_trainer(holder: ast.expr, scope: Scope) -> bool:
    """Whether an object was made by something called a trainer; ``model.train()`` of PyTorch only switches a mode."""
    made = [holder]
    if isinstance(holder, ast.Name) and (found := scope.lookup(holder.id)) is not None:
        made = [binding.value for binding in found[1] if binding.value is not None]
    return any(isinstance(one, ast.Call) and dotted_name(one.func).endswith(("Trainer", "Learner", "trainer", "learner")) for one in made)


def gates(body: list[ast.stmt], names: Names) -> bool:
    """Whether a branch ends the function or the program."""
    for node in body:
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and names.names(node.value.func) & _EXITS:
            return True
        if isinstance(node, ast.Return) and (node.value is None or (isinstance(node.value, ast.Constant) and not node.value.value)):
            return True
        if isinstance(node, ast.If) and (gates(node.body, names) or gates(node.orelse, names)):
            return True
    return False


def is_trivial(test: ast.expr) -> bool:
    """Whether a condition says nothing of the data: its presence or its type."""
    if isinstance(test, ast.BoolOp):
        return all(is_trivial(one) for one in test.values)
    if isinstance(test, ast.UnaryOp):
        return is_trivial(test.operand)
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Is, ast.IsNot)):
        return True
    return isinstance(test, ast.Call) and dotted_name(test.func) in ("isinstance", "hasattr", "callable")
