"""Logins through a constant of another module or of a class: ``OpenAI(api_key=settings.KEY)`` with the key written in ``settings.py``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.documents.python import PythonDocument
from mlops_lint.facts.credentials import find_credentials
from mlops_lint.facts.definitions import Definition
from mlops_lint.facts.login_places import handings
from mlops_lint.facts.modules import Modules
from mlops_lint.facts.programs import modules
from mlops_lint.facts.secret_values import is_chosen, is_drawn, is_issued
from mlops_lint.knowledge.credentials import ACCESS_WORDS
from mlops_lint.project.project import Project
from mlops_lint.python.names import Names, Scope, dotted_name
from mlops_lint.python.values import UNKNOWN, evaluate
from mlops_lint.text.span import Span

# What the name of such a constant holds.
_WORDS = (*ACCESS_WORDS, "pass", "auth", "wandb", "openai", "comet", "neptune", "secret")


@dataclass(frozen=True, slots=True)
class WrittenConstant:
    """A constant of a module or class whose text may be a credential; the text itself is not kept.

    ``issued``, ``chosen`` and ``drawn`` say what it may be (``facts.secret_values``), ``known`` that its own file gives it away.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python",)
    path: str
    qualname: str
    span: Span
    length: int
    issued: bool
    chosen: bool
    drawn: bool
    known: bool

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[WrittenConstant]:
        """The constants of one module, and those of the objects it makes of its classes."""
        lower = document.code.lower()
        if not any(word in lower for word in _WORDS):
            return
        names, written = document.scopes, None
        instances = dict(_instances(names))
        for scope in names.root.walk():
            if scope.kind not in ("module", "class") or _in_function(scope):
                continue
            for name, bindings in scope.bindings.items():
                if len(bindings) != 1 or bindings[0].how != "assign" or not any(word in name.lower() for word in _WORDS):
                    continue
                value, node = evaluate(bindings[0].value, names, scope), bindings[0].value
                if not isinstance(value, str) or node is None or not (is_issued(value) or is_chosen(value)):
                    continue
                if written is None:
                    written = {document.code[span.start : span.end] for one in find_credentials(document.code) for span in one.secrets}
                known = any(text in value for text in written)
                owners = [".".join(scope.path), *instances.get(".".join(scope.path), ())]
                for owner in owners:
                    yield cls(
                        document.path,
                        f"{owner}.{name}" if owner else name,
                        document.span_of(node),
                        len(value),
                        is_issued(value),
                        is_chosen(value),
                        is_drawn(value),
                        known,
                    )


@dataclass(frozen=True, slots=True)
class NamedLogin:
    """A login with a value that some other module or class holds: ``names`` are its possible qualified names, the rest is as for ``facts.logins.Login``."""

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    names: tuple[str, ...]
    what: str
    place: str
    variable: str
    span: Span
    password: bool
    random: bool
    local: bool
    assigned: bool

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[NamedLogin]:
        """The logins of one program whose value its own assignments do not tell."""
        names = document.scopes
        for one in handings(document):
            if one.address or evaluate(one.value, names) is not UNKNOWN:
                continue
            meant = _meant(one.value, names)
            if meant:
                span = document.span_of(one.node)
                yield cls(
                    document.path, tuple(sorted(meant)), one.what, one.place, one.variable, span, one.password, one.random, one.local, one.assigned
                )


REQUIRES: tuple[type, ...] = (Definition, WrittenConstant, NamedLogin)
"""The facts that :func:`logins_through_constants` needs."""


def logins_through_constants(project: Project) -> Iterator[tuple[NamedLogin, WrittenConstant]]:
    """The logins of a project that are given a constant which is a credential, with the constant."""
    constants = {(one.path, one.qualname): one for one in project.facts(WrittenConstant)}
    if not constants:
        return
    known: Modules = project.derive(modules)
    for login in project.facts(NamedLogin):
        for name in login.names:
            constant = _constant(name, login.path, known, constants)
            if constant is None:
                continue
            fits = constant.chosen if login.password else constant.issued and (constant.drawn or not login.random)
            if fits:
                yield login, constant
                break


def _constant(name: str, importer: str, known: Modules, constants: dict[tuple[str, str], WrittenConstant]) -> WrittenConstant | None:
    if name.startswith("."):
        return constants.get((importer, name[1:]))
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        path = known.module(".".join(parts[:length]), importer)
        if path is not None:
            return constants.get((path, ".".join(parts[length:])))
    return None


def _meant(node: ast.expr, names: Names) -> frozenset[str]:
    """The qualified names of a value, also of an attribute of an object that is made on the spot: ``Settings().key``."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
        return frozenset(f"{one}.{node.attr}" for one in names.names(node.value.func))
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        bound = names.scope_of(node).lookup(node.value.id)
        made = bound[1][0].value if bound is not None and len(bound[1]) == 1 and bound[1][0].how == "assign" else None
        if isinstance(made, ast.Call):
            return frozenset(f"{one}.{node.attr}" for one in names.names(made.func))
    return names.names(node)


def _instances(names: Names) -> Iterator[tuple[str, list[str]]]:
    """The classes of a module with the names of the module's objects of each."""
    found: dict[str, list[str]] = {}
    for name, bindings in names.root.bindings.items():
        if len(bindings) == 1 and bindings[0].how == "assign" and isinstance(bindings[0].value, ast.Call):
            found.setdefault(dotted_name(bindings[0].value.func), []).append(name)
    yield from found.items()


def _in_function(scope: Scope) -> bool:
    around: Scope | None = scope
    while around is not None:
        if around.kind == "function":
            return True
        around = around.parent
    return False
