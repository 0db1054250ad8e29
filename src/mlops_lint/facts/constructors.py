"""Constructors: how the classes of a program set themselves up, and when they hand over to the constructor of their base."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.documents.python import PythonDocument
from mlops_lint.python.names import Names, Scope
from mlops_lint.text.span import Span

_HOOKS = ("__init__", "__post_init__")
_REGISTERING = frozenset({"register_buffer", "register_parameter", "add_module", "register_module"})
_MAX_STORES = 60


@dataclass(frozen=True, slots=True)
class Store:
    """One attribute of ``self`` that a constructor sets before it hands over: the qualified names of what is called for the value, and the place.

    ``names`` is empty and ``attribute`` the method where something is registered (``self.register_buffer(…)``).
    """

    attribute: str
    names: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Constructor:
    """The ``__init__`` of a class (``__post_init__`` of a dataclass).

    ``qualname`` is the class's. ``hands_over`` says that it, or a method of the class that may stand for it, calls the constructor of a base; ``early`` are the
    stores before that call, all of them when there is none. ``forgets_call``: ``super().__init__`` is named and not called. ``raises``: it does nothing but
    raise. ``span`` is the header.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    qualname: str
    span: Span
    hands_over: bool
    forgets_call: bool
    raises: bool
    early: tuple[Store, ...] = ()

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[Constructor]:
        """The constructors of one program in source order."""
        if "Module" not in document.code and "__init__" not in document.code:
            return
        for scope in document.scopes.root.walk():
            if isinstance(scope.node, ast.ClassDef) and scope.node.bases and (found := _of_class(scope.node, scope, document)) is not None:
                yield found


def _of_class(node: ast.ClassDef, scope: Scope, document: PythonDocument) -> Constructor | None:
    methods = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
    if "__new__" in methods or "metaclass" in {one.arg for one in node.keywords}:
        return None
    name = next((one for one in _HOOKS if one in methods), "")
    if not name or (name == "__post_init__" and not node.decorator_list):
        return None
    function = methods[name]
    if function.decorator_list:
        return None
    myself = function.args.args[0].arg if function.args.args else "self"
    inside = document.scopes.inside
    over = [_position(call) for call in inside(function, ast.Call) if _hands_over(call, myself)]
    elsewhere = any(_hands_over(call, myself) for other in methods.values() if other is not function for call in inside(other, ast.Call))
    first = min(over, default=None)
    early = tuple(store for store in _stores(function, myself, document) if first is None or store[0] < first)
    start = document.span_of(function).start
    return Constructor(
        document.path,
        scope.qualname,
        Span(start, document.text.index(name, start) + len(name)),
        bool(over) or elsewhere,
        not over and any(_names_super(statement.value) for statement in inside(function, ast.Expr)),
        _only_raises(function),
        () if not over and elsewhere else tuple(store for _, store in early[:_MAX_STORES]),
    )


def _hands_over(call: ast.Call, myself: str) -> bool:
    """Whether a call is that of a base's constructor: ``super().__init__()``, ``Base.__init__(self)``, or one that is given the object itself and may be."""
    target = call.func
    if isinstance(target, ast.Attribute) and target.attr == "__init__":
        if isinstance(target.value, ast.Name) and target.value.id == "super":
            return False
        return _is_super(target.value) or any(isinstance(one, ast.Name) and one.id == myself for one in call.args)
    # ``setup(self)``, ``self.__dict__.update(…)``: what somebody else does to the object is not known.
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Attribute) and target.value.attr in ("__dict__", "__class__"):
        return True
    return isinstance(target, ast.Attribute) and target.attr in ("__setstate__", "__attrs_init__")


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _names_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "__init__" and _is_super(node.value)


def _only_raises(function: ast.FunctionDef) -> bool:
    body = [one for one in function.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    return bool(body) and isinstance(body[-1], ast.Raise)


def _stores(function: ast.FunctionDef, myself: str, document: PythonDocument) -> list[tuple[tuple[int, int], Store]]:
    names = document.scopes
    found: list[tuple[tuple[int, int], Store]] = []
    for node in names.inside(function, ast.Assign, ast.AnnAssign, ast.Call):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == myself:
                    found.append((_position(node), Store(target.attr, _made_by(node.value, names), document.span_of(node))))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _REGISTERING:
            holder = node.func.value
            if isinstance(holder, ast.Name) and holder.id == myself:
                found.append((_position(node), Store(node.func.attr, (), document.span_of(node))))
    return sorted(found, key=lambda pair: pair[0])


def _made_by(value: ast.expr, names: Names) -> tuple[str, ...]:
    """The qualified names of the callee when a value is a call; ``(model.to(device)`` is what ``model`` is)."""
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in ("to", "cuda", "double", "float", "half"):
        value = value.func.value
    return tuple(sorted(names.names(value.func))) if isinstance(value, ast.Call) else ()


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
