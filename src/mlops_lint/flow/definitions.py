"""Imports and definitions of an abstract run: what a name of another module is, what a function and a class of the project are."""

from __future__ import annotations

from mlops_lint.flow.evaluate import Evaluator
from mlops_lint.flow.lower import Code
from mlops_lint.flow.scopes import ClassInfo, Function, Scope
from mlops_lint.flow.things import Thing, join


class Definitions(Evaluator):
    """Runs ``import``, ``def`` and ``class``."""

    def _import(self, code: Code) -> str:
        for name, alias in code[1]:
            if alias:
                self.scope.assign(alias, self.imported(name))
            else:
                head = name.partition(".")[0]
                self.imported(name)
                self.scope.assign(head, self.imported(head))
        return ""

    def _from(self, code: Code) -> str:
        _, dotted, level, names = code
        base = self.absolute(dotted, level)
        for name, alias in names:
            if name == "*":
                self._import_all(base)
                continue
            value = self.imported(f"{base}.{name}") if base else Thing()
            known = self.scope.variables.get(alias or name)
            # A second import of a name, in a handler of the first one, is another way to the same.
            self.scope.assign(alias or name, value if known is None or not known.names else join(known, value))
        return ""

    def _import_all(self, base: str) -> None:
        path = self.source.module(base, self.path) if base else None
        module = self.load(path) if path is not None else None
        if module is not None:
            public = {name: thing for name, thing in module.scope.variables.items() if not name.startswith("_")}
            self.scope.variables.update(public)
            self.scope.module.stars.extend(module.stars)
        elif base:
            self.scope.module.stars.append(base)

    def absolute(self, dotted: str, level: int) -> str:
        """The dotted name of an import as seen from the project's root; empty when it climbs out of it."""
        if not level:
            return dotted
        module = self.scope.module
        parts = module.name.split(".") if module.name else []
        drop = level - 1 if module.is_package else level
        if drop > len(parts):
            return ""
        parts = parts[: len(parts) - drop]
        return ".".join([*parts, dotted] if dotted else parts)

    def _define(self, code: Code) -> str:
        _, name, parameters, decorators, body, returns, start, end = code
        in_class = bool(self.class_stack) and self.scope is self.class_stack[-1].scope
        # A method does not see the names of its class.
        closure = self.scope.parent if in_class and self.scope.parent is not None else self.scope
        function = Function(name, self._qualify(name), parameters, body, closure, start, end, returns=returns)
        function.decorators = tuple(self.evaluate(one) for one in decorators)
        function.owner = self.class_stack[-1] if in_class else None
        function.keywords = {
            f"={parameter[0]}": self.evaluate(parameter[1])
            for parameter in parameters
            if parameter[1] is not None and parameter[1][0] not in ("k", "u")
        }
        if self.scope.function is None or (function.owner is None and decorators):
            # A function inside another one is run by whoever calls it, or by what decorates it: the routes of an application that a function makes.
            self.scope.module.functions.append(function)
        thing = Thing()
        thing.callees = (function,)
        for decorator in reversed(function.decorators):
            thing = self.models.decorated(decorator, thing, self.event("call", start, start))
        self.scope.assign(name, thing)
        return ""

    def _class(self, code: Code) -> str:
        _, name, bases, decorators, body, start, end = code
        inherited: list[ClassInfo] = []
        outside: set[str] = set()
        for base in bases:
            thing = self.evaluate(base)
            inherited.extend(callee for callee in thing.callees if isinstance(callee, ClassInfo))
            outside.update(thing.names)
        for one in inherited:
            outside.update(one.outside)
        scope = Scope(self.scope.module, self.scope, self.scope.function)
        info = ClassInfo(name, self._qualify(name), self.scope.module, scope, start, end, tuple(inherited), frozenset(outside))
        info.decorators = tuple(self.evaluate(one) for one in decorators)
        if self.scope.function is None:
            self.scope.module.classes.append(info)
        around = self.scope
        self.scope = scope
        self.class_stack.append(info)
        try:
            self.block(body)
        finally:
            self.class_stack.pop()
            self.scope = around
        thing = Thing()
        thing.callees = (info,)
        self.scope.assign(name, thing)
        return ""

    def _qualify(self, name: str) -> str:
        if self.class_stack and self.scope is self.class_stack[-1].scope:
            return f"{self.class_stack[-1].qualname}.{name}"
        function = self.scope.function
        return f"{function.qualname}.{name}" if function is not None else name
