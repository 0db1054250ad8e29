"""Kinds: what a value is, as far as constructors, annotations and assignments tell. Unknown is the empty string, and unknown is silent."""

from __future__ import annotations

import ast

from mlops_lint.knowledge.frames import FRAME_MAKERS, FRAME_METHODS, FRAME_READERS, FRAME_TYPES
from mlops_lint.python.names import Binding, FunctionNode, Names, Scope

FRAME = "dataframe"
SERIES = "series"
_MAX_DEPTH = 10


class Kinds:
    """The kinds of one program's expressions. A name has a kind when every binding of it has that kind."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._returns: dict[int, str] = {}

    def of(self, node: ast.expr, scope: Scope | None = None, depth: int = _MAX_DEPTH) -> str:
        """The kind of an expression in a scope (its own, unless it was parsed apart)."""
        if depth <= 0:
            return ""
        scope = scope or self._names.scope_of(node)
        if isinstance(node, ast.Name):
            return self._named(node.id, scope, depth)
        if isinstance(node, ast.Call):
            return self._called(node, scope, depth)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, scope, depth)
        if isinstance(node, ast.Attribute) and node.attr in ("T", "loc", "iloc"):
            return self.of(node.value, scope, depth - 1)
        if isinstance(node, ast.IfExp):
            one, other = self.of(node.body, scope, depth - 1), self.of(node.orelse, scope, depth - 1)
            return one if one == other else ""
        return ""

    def _named(self, name: str, scope: Scope, depth: int) -> str:
        found = scope.lookup(name)
        if found is None:
            return ""
        owner, bindings = found
        kinds = {self._bound(binding, owner, depth) for binding in bindings if binding.how != "augment"}
        return kinds.pop() if len(kinds) == 1 else ""

    def _bound(self, binding: Binding, owner: Scope, depth: int) -> str:
        if binding.how == "parameter" and isinstance(binding.node, ast.arg):
            return self._annotated(binding.node.annotation, owner)
        if binding.how == "assign" and binding.value is not None:
            return self.of(binding.value, owner, depth - 1)
        return ""

    def _annotated(self, annotation: ast.expr | None, scope: Scope) -> str:
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            try:
                annotation = ast.parse(annotation.value, mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return ""
        if annotation is None:
            return ""
        return FRAME if self._names.names(annotation, scope) & FRAME_TYPES else ""

    def _called(self, node: ast.Call, scope: Scope, depth: int) -> str:
        names = self._names.names(node.func, scope)
        if names & (FRAME_READERS | FRAME_MAKERS):
            return FRAME
        if isinstance(node.func, ast.Attribute) and node.func.attr in FRAME_METHODS and self.of(node.func.value, scope, depth - 1) == FRAME:
            return FRAME
        if isinstance(node.func, ast.Name):
            found = scope.lookup(node.func.id)
            if found is not None and len(found[1]) == 1 and isinstance(found[1][0].node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return self._returned(found[1][0].node, depth)
        return ""

    def _returned(self, function: FunctionNode, depth: int) -> str:
        if id(function) not in self._returns:
            self._returns[id(function)] = ""  # recursion is unknown
            inner = self._names.inner_scope(function)
            kinds = set()
            if inner is not None:
                if kind := self._annotated(function.returns, inner):
                    kinds.add(kind)
                else:
                    for statement in self._names.inside(function, ast.Return):
                        if statement.value is not None and self._names.scope_of(statement) is inner:
                            kinds.add(self.of(statement.value, inner, depth - 1))
            self._returns[id(function)] = kinds.pop() if len(kinds) == 1 else ""
        return self._returns[id(function)]

    def _subscript(self, node: ast.Subscript, scope: Scope, depth: int) -> str:
        if self.of(node.value, scope, depth - 1) != FRAME:
            return ""
        if isinstance(node.slice, (ast.List, ast.Compare, ast.Slice, ast.UnaryOp, ast.BinOp)):
            return FRAME
        return SERIES if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) else ""
