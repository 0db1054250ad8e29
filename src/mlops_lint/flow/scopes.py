"""Scopes of an abstract run: modules, functions, classes, and the variables of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from mlops_lint.flow.lower import Code
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Trace


class Source(Protocol):
    """Where the modules of a project come from."""

    def module(self, dotted: str, importer: str) -> str | None:
        """The path of the module that a dotted name means when a file imports it; ``None`` for modules from outside."""
        ...

    def code(self, path: str) -> list[Code] | None:
        """The lowered statements of a module; ``None`` when there are none."""
        ...


class Scope:
    """The variables of a module, function or class. ``module`` is where globals live; ``parent`` is the scope around it."""

    __slots__ = ("elsewhere", "function", "module", "parent", "variables")

    def __init__(self, module: Module, parent: Scope | None = None, function: Function | None = None) -> None:
        self.variables: dict[str, Thing] = {}
        self.parent = parent
        self.module = module
        self.function = function
        self.elsewhere: dict[str, str] = {}

    def lookup(self, name: str) -> Thing | None:
        """The variable of a name as seen from here."""
        scope: Scope | None = self
        if self.elsewhere.get(name) == "global":
            return self.module.scope.variables.get(name)
        while scope is not None:
            found = scope.variables.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return self.module.scope.variables.get(name)

    def assign(self, name: str, value: Thing) -> None:
        """Bind a variable, here or where ``global`` and ``nonlocal`` say."""
        where = self.elsewhere.get(name)
        if where == "global":
            self.module.scope.variables[name] = value
            return
        if where == "nonlocal":
            scope = self.parent
            while scope is not None:
                if name in scope.variables:
                    scope.variables[name] = value
                    return
                scope = scope.parent
        self.variables[name] = value


@dataclass(slots=True, eq=False)
class Module:
    """A module of the project whose body was run: ``name`` is its dotted name, ``stars`` the outside modules it imports everything from.

    ``functions`` and ``classes`` are those that its body defines, methods included. ``trace`` is what happened in its body, ``imports`` the modules of the
    project that it loads.
    """

    path: str
    name: str
    scope: Scope = field(init=False)
    stars: list[str] = field(default_factory=list)
    is_package: bool = False
    functions: list[Function] = field(default_factory=list)
    classes: list[ClassInfo] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)
    imports: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.scope = Scope(self)


@dataclass(slots=True, eq=False)
class Function:
    """A function or lambda of the project, with the scope it closes over.

    ``bound`` are leading arguments that are already given (``self``, or those of a ``partial``), ``keywords`` those given by name. ``decorators`` are
    the things of its decorators; ``wraps`` says that calling it only makes a generator or coroutine.
    """

    name: str
    qualname: str
    parameters: list[Code]
    body: list[Code]
    closure: Scope
    start: int
    end: int
    is_lambda: bool = False
    owner: ClassInfo | None = None
    decorators: tuple[Thing, ...] = ()
    returns: Code | None = None
    bound: tuple[Thing, ...] = ()
    keywords: dict[str, Thing] = field(default_factory=dict)
    origin: Function | None = None

    @property
    def path(self) -> str:
        """The file it stands in."""
        return self.closure.module.path

    @property
    def root(self) -> Function:
        """The function as it was defined, before anything was bound to it."""
        return self.origin or self

    @property
    def key(self) -> FunctionKey:
        """What tells it from all other functions, however often its definition is run."""
        return (self.closure.module.path, self.start, self.qualname)

    def decorated_by(self, *names: str) -> bool:
        """Whether one of its decorators has one of these names (qualified, or the last word of it)."""
        return any(name in names or name.rpartition(".")[2] in names for one in self.decorators for name in one.names)

    def bind(self, *things: Thing, **keywords: Thing) -> Function:
        """The same function with leading arguments given."""
        return Function(
            self.name,
            self.qualname,
            self.parameters,
            self.body,
            self.closure,
            self.start,
            self.end,
            self.is_lambda,
            self.owner,
            self.decorators,
            self.returns,
            (*self.bound, *things),
            {**self.keywords, **keywords} if keywords else self.keywords,
            self.root,
        )


@dataclass(slots=True, eq=False)
class ClassInfo:
    """A class of the project. ``bases`` are its bases within the project, ``outside`` the qualified names of the others (also those of its bases)."""

    name: str
    qualname: str
    module: Module
    scope: Scope
    start: int
    end: int
    bases: tuple[ClassInfo, ...] = ()
    outside: frozenset[str] = frozenset()
    instances: list[Thing] = field(default_factory=list)
    decorators: tuple[Thing, ...] = ()
    _lineage: tuple[ClassInfo, ...] = ()

    def lineage(self) -> tuple[ClassInfo, ...]:
        """The class and its bases within the project, nearest first, each once."""
        if self._lineage:
            return self._lineage
        found: list[ClassInfo] = []
        waiting = [self]
        while waiting:
            one = waiting.pop(0)
            if one not in found:
                found.append(one)
                waiting.extend(one.bases)
        self._lineage = tuple(found)
        return self._lineage

    def member(self, name: str, after: ClassInfo | None = None) -> Thing | None:
        """What the class or a base of it defines under a name; with ``after``, only its bases beyond that one (``super``)."""
        lineage = self.lineage()
        if after is not None and after in lineage:
            lineage = lineage[lineage.index(after) + 1 :]
        for one in lineage:
            found = one.scope.variables.get(name)
            if found is not None:
                return found
        return None


Callee = Function | ClassInfo
FunctionKey = tuple[str, int, str]
Arguments = tuple[list[Thing], dict[str, Thing], bool]
"""What a call is given: by position, by name, and whether some of it was unpacked and so is not known."""


def constant_key(thing: Thing) -> str | None:
    """The name of the field under which an item with a literal key is kept; ``None`` when the key is no such literal."""
    value: Any = thing.constant
    return f"[{value!r}]" if isinstance(value, (str, int)) and not isinstance(value, bool) else None
