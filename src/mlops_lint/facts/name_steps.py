"""Name steps: what a piece of a program does to the names of its module, in the order in which it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mlops_lint.knowledge.notebooks import (
    CATCHES_NAME_ERRORS,
    CATCHING_CONTEXTS,
    HARMLESS_LINE_MAGICS,
    INJECTING_CALLS,
    READING_CALLS,
    RUNNING_CALLS,
)
from mlops_lint.python.children import ordered_children
from mlops_lint.python.names import Names

READ, CALL, BIND, UNBIND, DEFINE, GUARD, UNKNOWN = "read", "call", "bind", "unbind", "define", "guard", "unknown"

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``read``, ``call`` (of a function or class by its name), ``bind``, ``unbind``, ``define`` (a function, class or lambda whose body runs later),
    ``guard`` (the name is asked for, as in ``"x" in globals()``), ``unknown`` (any name may be defined here).

    ``conditional``: it may not run even though the code around it does.
    """

    what: str
    name: str
    node: ast.AST
    conditional: bool = False


def steps_of(body: Iterable[ast.AST], names: Names) -> list[Step]:
    """The steps of statements (or of the expression of a lambda)."""
    walk = _Walk(names)
    walk.block(list(body))
    return walk.steps


class _Walk:
    def __init__(self, names: Names) -> None:
        self.names = names
        self.steps: list[Step] = []
        self._conditional = 0
        self._guarded = 0

    def _add(self, what: str, name: str, node: ast.AST) -> None:
        if self._guarded and what in (READ, CALL):
            return
        self.steps.append(Step(what, name, node, self._conditional > 0))

    # -- statements ----------------------------------------------------------------------------------------------------------------------------------

    def block(self, body: list[ast.AST]) -> None:
        """Statements in order, up to one that always leaves; what stands after one that may leave is conditional."""
        maybe = 0
        for node in body:
            self._statement(node)
            if isinstance(node, _LEAVING):
                break
            if not maybe and isinstance(node, (ast.If, ast.For, ast.While, ast.Try, ast.With)) and _may_leave(node):
                maybe = 1
                self._conditional += 1
        self._conditional -= maybe

    def _arm(self, body: list[Any], certain: bool = False) -> None:
        self._conditional += not certain
        self.block(body)
        self._conditional -= not certain

    def _statement(self, node: ast.AST) -> None:
        if isinstance(node, _FUNCTIONS):
            self._function(node)
        elif isinstance(node, ast.ClassDef):
            self._class(node)
        elif isinstance(node, ast.If):
            self._if(node)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self.expression(node.iter)
            self._target(node.target)
            self._arm(node.body, certain=True)
            self._arm(node.orelse)
        elif isinstance(node, ast.While):
            self.expression(node.test)
            self._arm(node.body, certain=isinstance(node.test, ast.Constant))
            self._arm(node.orelse)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            self._with(node)
        elif type(node).__name__ in ("Try", "TryStar"):
            self._try(node)
        elif isinstance(node, ast.Match):
            self.expression(node.subject)
            for case in node.cases:
                self._conditional += 1
                self.expression(case.pattern)
                self._conditional -= 1
                if case.guard is not None:
                    self.expression(case.guard)
                self._arm(case.body)
        elif isinstance(node, ast.stmt):
            self._simple(node)
        else:
            self.expression(node)

    def _simple(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign):
            if isinstance(node.value, ast.Lambda) and all(isinstance(one, ast.Name) for one in node.targets):
                self._defaults(node.value.args)
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._bind(target.id, target)
                        self._add(DEFINE, target.id, node.value)
                return
            self.expression(node.value)
            for target in node.targets:
                self._target(target)
        elif isinstance(node, ast.AugAssign):
            if isinstance(node.target, ast.Name):
                self._read(node.target)
            self.expression(node.value)
            self._target(node.target)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self.expression(node.value)
                self._target(node.target)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    if self._is_global(target):
                        self._add(READ, target.id, target)
                        self._add(UNBIND, target.id, target)
                else:
                    self.expression(target)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if alias.name == "*" or alias.name == "__main__":
                    self._add(UNKNOWN, alias.name, node)
                else:
                    name = alias.asname or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)
                    self._bind(name, node)
        elif not isinstance(node, (ast.Global, ast.Nonlocal)):
            for child in ordered_children(node):
                self.expression(child)

    def _if(self, node: ast.If) -> None:
        while True:
            self.expression(node.test)
            dead = isinstance(node.test, ast.Constant) and not node.test.value
            if dead:
                self._guarded += 1
            self._arm(node.body, certain=isinstance(node.test, ast.Constant) or _is_main_test(node.test))
            if dead:
                self._guarded -= 1
            if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
                node = node.orelse[0]
                continue
            self._arm(node.orelse, certain=dead)
            return

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        catching = False
        for item in node.items:
            self.expression(item.context_expr)
            called = item.context_expr.func if isinstance(item.context_expr, ast.Call) else None
            catching = catching or _last_word(called) in CATCHING_CONTEXTS
            if item.optional_vars is not None:
                self._target(item.optional_vars)
        self._guarded += catching
        self.block(list(node.body))
        self._guarded -= catching

    def _try(self, node: Any) -> None:
        catches = any(_catches(handler) for handler in node.handlers)
        self._guarded += catches
        self.block(node.body)
        self._guarded -= catches
        for handler in node.handlers:
            if handler.type is not None:
                self._conditional += 1
                self.expression(handler.type)
                self._conditional -= 1
            if handler.name:
                self._bind(handler.name, handler)
            self._arm(handler.body)
        self._arm(node.orelse)
        self.block(node.finalbody)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.expression(decorator)
        self._defaults(node.args)
        self._bind(node.name, node)
        self._add(DEFINE, node.name if self._is_module(node) else "", node)

    def _is_module(self, node: ast.AST) -> bool:
        return self.names.scope_of(node) is self.names.root

    def _defaults(self, args: ast.arguments) -> None:
        for default in (*args.defaults, *args.kw_defaults):
            if default is not None:
                self.expression(default)

    def _class(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)):
            self.expression(part)
        self.block(list(node.body))
        self._bind(node.name, node)
        self._add(DEFINE, node.name if self._is_module(node) else "", node)

    # -- expressions ---------------------------------------------------------------------------------------------------------------------------------

    def expression(self, root: ast.AST) -> None:
        """An expression: its reads, then what it binds and calls. Chains may be long, so that there is no recursion."""
        stack: list[tuple[ast.AST, int, bool]] = [(root, 0, False)]
        base = self._conditional
        while stack:
            node, depth, leaving = stack.pop()
            self._conditional = base + depth
            if leaving:
                self._left(node)
                continue
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Load):
                    self._read(node)
                continue
            if isinstance(node, ast.Lambda):
                self._defaults(node.args)
                if self._is_run_at_once(node):
                    stack.append((node.body, depth, False))
                else:
                    self._add(DEFINE, "", node)
                continue
            if isinstance(node, (ast.Call, ast.NamedExpr)) or type(node).__name__ in ("MatchAs", "MatchStar", "MatchMapping"):
                stack.append((node, depth, True))
            children = ordered_children(node)
            if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
                children.sort(key=lambda one: not isinstance(one, ast.comprehension))
            later = isinstance(node, (ast.BoolOp, ast.IfExp))
            first = node.test if isinstance(node, ast.IfExp) else children[0] if children else None
            stack.extend((child, depth + (later and child is not first), False) for child in reversed(children))
        self._conditional = base

    def _left(self, node: ast.AST) -> None:
        if isinstance(node, ast.NamedExpr):
            self._target(node.target)
        elif isinstance(node, ast.Call):
            self._called(node)
        else:
            for field in ("name", "rest"):
                if isinstance(name := getattr(node, field, None), str):
                    self._bind(name, node)

    def _called(self, node: ast.Call) -> None:
        word = _last_word(node.func)
        if isinstance(node.func, ast.Name) and self._is_global(node.func):
            self._add(CALL, node.func.id, node)
        if word in RUNNING_CALLS:
            for given in (*node.args, *(keyword.value for keyword in node.keywords)):
                if isinstance(given, ast.Name) and self._is_global(given):
                    self._add(CALL, given.id, node)
        if word in ("globals", "vars", "locals") and not node.args:
            self._namespace(node)
        elif self._injects(node, word):
            self._add(UNKNOWN, word, node)

    def _injects(self, node: ast.Call, word: str) -> bool:
        if not INJECTING_CALLS.isdisjoint(self.names.names(node.func)) or word in ("load_session", "init_session"):
            return True
        if "get_ipython" in ast.dump(node.func)[:400] and isinstance(node.func, ast.Attribute):
            if word in ("run_line_magic", "run_cell_magic", "magic", "line_magic"):
                first = node.args[0] if node.args else None
                text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else "?"
                return text.lstrip("%").split(" ")[0] not in HARMLESS_LINE_MAGICS
            return word in ("run_cell", "ex", "push", "run_code", "safe_execfile", "safe_run_module", "enable_pylab", "run_cell_async")
        return False

    def _namespace(self, node: ast.Call) -> None:
        """``globals()`` and its like: asked for a name, only read, or written to."""
        above = self.names.parent(node)
        if isinstance(above, ast.Compare) and isinstance(above.left, ast.Constant):
            self._add(GUARD, str(above.left.value), node)
        elif isinstance(above, ast.Subscript) and isinstance(above.ctx, ast.Load):
            return
        elif isinstance(above, ast.Attribute) and above.attr not in ("update", "setdefault", "__setitem__", "pop", "clear"):
            around = self.names.parent(above)
            given = around.args[0] if isinstance(around, ast.Call) and around.args else None
            if above.attr == "get" and isinstance(given, ast.Constant):
                self._add(GUARD, str(given.value), node)
        elif isinstance(above, ast.Call):
            if _last_word(above.func) not in READING_CALLS:
                self._add(UNKNOWN, "globals", node)
        elif not isinstance(above, (ast.Compare, ast.For, ast.comprehension, ast.FormattedValue, ast.keyword)):
            self._add(UNKNOWN, "globals", node)

    def _is_run_at_once(self, node: ast.Lambda) -> bool:
        above = self.names.parent(node)
        if isinstance(above, ast.keyword):
            above = self.names.parent(above)
        return isinstance(above, ast.Call) and (_last_word(above.func) in RUNNING_CALLS or above.func is node)

    # -- names ---------------------------------------------------------------------------------------------------------------------------------------

    def _is_global(self, node: ast.Name) -> bool:
        scope = self.names.scope_of(node)
        found = scope.lookup(node.id)
        if found is not None and found[0] is not self.names.root:
            return False
        # Defaults and first iterables are evaluated in the class around them, which a look-up from inside does not see.
        above = scope.parent
        while above is not None:
            if above.kind == "class" and node.id in above.bindings:
                return False
            above = above.parent
        return True

    def _read(self, node: ast.Name) -> None:
        if self._is_global(node):
            self._add(READ, node.id, node)

    def _bind(self, name: str, node: ast.AST) -> None:
        scope = self.names.scope_of(node)
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        if scope is self.names.root or scope.outer_names.get(name) == "global":
            self._add(BIND, name, node)

    def _target(self, target: ast.AST) -> None:
        stack = [target]
        while stack:
            one = stack.pop()
            if isinstance(one, ast.Name):
                self._bind(one.id, one)
            elif isinstance(one, (ast.Tuple, ast.List)):
                stack.extend(reversed(one.elts))
            elif isinstance(one, ast.Starred):
                stack.append(one.value)
            else:
                for child in ordered_children(one):
                    self.expression(child)


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(_last_word(kind) in CATCHES_NAME_ERRORS for kind in kinds)


def _may_leave(root: ast.AST) -> bool:
    """Whether a compound statement may end the block it stands in."""
    stack: list[ast.AST] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Return, ast.Raise)):
            return True
        if isinstance(node, ast.stmt) and not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            stack.extend(child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.ExceptHandler)))
        elif isinstance(node, ast.ExceptHandler):
            stack.extend(node.body)
    return False


def _is_main_test(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _last_word(node: ast.AST | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
