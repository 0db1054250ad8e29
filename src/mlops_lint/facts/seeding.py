"""Calls that seed, and where their seeds come from, inside one document."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlops_lint.documents.python import PythonDocument
from mlops_lint.knowledge.seeding import GLOBAL_SEEDERS, SEED_HOLDERS, SEED_PARAMETERS
from mlops_lint.python.names import Binding
from mlops_lint.python.values import evaluate

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class SeedCall:
    """A call that takes a seed: its qualified name, the expression given as seed (``None``: no argument), and whether it sets a global generator.

    ``is_keyword``: all that is known of the call is that it has an argument of that name.
    """

    call: ast.Call
    name: str
    seed: ast.expr | None
    is_global: bool
    is_keyword: bool = False


def seed_calls(document: PythonDocument) -> Iterator[SeedCall]:
    """The calls of known seeding functions and of constructors of generators, in source order; those that unpack arguments are left out."""
    for call in document.scopes.calls:
        name = next((one for one in document.scopes.names(call.func) if one in GLOBAL_SEEDERS or one in SEED_HOLDERS), "")
        if not name or any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
            continue
        yield SeedCall(call, name, seed_of(call), name in GLOBAL_SEEDERS)


def seed_of(call: ast.Call) -> ast.expr | None:
    """The expression that a call of a seeding function gets as its seed."""
    if call.args:
        return call.args[0]
    return next((one.value for one in call.keywords if one.arg in SEED_PARAMETERS or one.arg == "a"), None)


def last_word(node: ast.expr) -> str:
    """What stands behind the last dot of a callee: ``seed_all`` of ``self.tools().seed_all``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ast.unparse(node).rpartition(".")[2]


def value_of(document: PythonDocument, node: ast.expr) -> Any:
    """The value of an ``ast`` expression of the document, or ``UNKNOWN``."""
    return evaluate(node, document.scopes)


def only_binding(document: PythonDocument, node: ast.Name) -> Binding | None:
    """The binding of a name that is bound exactly once where it is read, if that is so."""
    found = document.scopes.scope_of(node).lookup(node.id)
    if found is None or len(found[1]) != 1:
        return None
    return found[1][0]


def own_function(document: PythonDocument, call: ast.Call) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function of the same file that a call by a plain name calls, if it is defined exactly once."""
    if not isinstance(call.func, ast.Name):
        return None
    binding = only_binding(document, call.func)
    return binding.node if binding is not None and isinstance(binding.node, _FUNCTIONS) else None


def around(document: PythonDocument, node: ast.AST) -> Iterator[ast.AST]:
    """The nodes around a node, from the inside out, up to and with the function it stands in."""
    for above in document.scopes.ancestors(node):
        yield above
        if isinstance(above, (*_FUNCTIONS, ast.Lambda)):
            return
