"""The state of an abstract run: which function is running, under which loops, branches and contexts, and what has been run so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mlops_lint.flow.lower import Code
from mlops_lint.flow.models.library import Library
from mlops_lint.flow.scopes import Arguments, ClassInfo, Function, FunctionKey, Module, Scope, Source
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Branch, Context, Event, Loop, Site, Trace


class Exhausted(Exception):
    """The budget of a run is spent."""


@dataclass(slots=True)
class Frame:
    """A running function: what it has returned and yielded so far."""

    function: Function | None = None
    returns: list[Thing] = field(default_factory=list)
    yields: list[Thing] = field(default_factory=list)


class State:
    """Where a run is. The halves that work on it are :mod:`~mlops_lint.flow.attributes`, :mod:`~mlops_lint.flow.calls`, :mod:`~mlops_lint.flow.evaluate` and
    :mod:`~mlops_lint.flow.statements`; what one asks of another is declared here.
    """

    source: Source
    trace: Trace

    def __init__(self) -> None:
        self.models = Library(self)
        self.scope: Scope = Scope(Module("", ""))
        self.frame = Frame()
        self.class_stack: list[ClassInfo] = []
        self.stack: tuple[Event, ...] = ()
        self.loops: tuple[Loop, ...] = ()
        self.branches: tuple[Branch, ...] = ()
        self.contexts: tuple[Context, ...] = ()
        self.passing = 0
        self.statement = 0
        self._order = 0
        self._sites: dict[tuple[str, int, int], Site] = {}
        self._words: dict[int, tuple[Code, frozenset[str]]] = {}
        self._running: list[Function] = []
        self._runs: Counter[FunctionKey] = Counter()
        self._runs_of_project: Counter[FunctionKey] = Counter()
        self._gave: dict[FunctionKey, Thing] = {}
        self._gave_last: dict[FunctionKey, Thing] = {}
        self._external: dict[str, Thing] = {}
        self._made: list[ClassInfo] = []
        self._steps = 0

    # -- where we are --------------------------------------------------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """The file that is being run."""
        return self.scope.module.path

    def step(self) -> None:
        """Spend one step of the budget."""
        self._steps -= 1
        if self._steps < 0:
            raise Exhausted

    def load(self, path: str) -> Module | None:
        """A module of the project, run when it is first asked for."""
        raise NotImplementedError

    def block(self, body: list[Code]) -> str:
        """Run statements."""
        raise NotImplementedError

    def bind(self, target: Code, value: Thing, start: int, end: int) -> None:
        """Give a value to a target."""
        raise NotImplementedError

    def next_order(self) -> int:
        """The number of the next event."""
        self._order += 1
        return self._order

    def reset(self) -> None:
        """Leave all loops, branches and calls (after something was given up, or before a new root is run)."""
        self.stack = self.loops = self.branches = self.contexts = ()
        self.passing = 0
        self._running.clear()
        self.class_stack.clear()
        self.frame = Frame()

    def forget(self) -> None:
        """Forget what functions were run and what they gave: another run begins."""
        self.reset()
        self._runs.clear()
        self._gave.clear()
        for info in self._made:
            info.instances.clear()
        self._made.clear()
        self.models.forget()

    @contextmanager
    def detached(self, scope: Scope) -> Iterator[None]:
        """Run something as if nothing were around it: the body of a module that is imported."""
        saved = (self.scope, self.frame, self.class_stack, self.stack, self.loops, self.branches, self.contexts, self.passing)
        self.scope, self.frame, self.class_stack = scope, Frame(), []
        self.stack, self.loops, self.branches, self.contexts, self.passing = (), (), (), (), 0
        try:
            yield
        finally:
            (self.scope, self.frame, self.class_stack, self.stack, self.loops, self.branches, self.contexts, self.passing) = saved

    def site(self, start: int, end: int) -> Site:
        """A place in the file that is being run, the same one each time."""
        place = (self.scope.module.path, start, end)
        site = self._sites.get(place)
        if site is None:
            site = self._sites[place] = Site(*place)
        return site

    def event(self, what: str, start: int, end: int) -> Event:
        """A new event here and now."""
        function = self.scope.function
        self._order += 1
        name = function.qualname if function is not None else ""
        event = Event(what, self._order, self.site(start, end), name, self.stack, self.loops, self.branches, self.contexts)
        event.passing, event.statement = self.passing, self.statement
        if function is not None:
            event.owner = function.owner
        return event

    def keep(self, event: Event) -> None:
        """Put an event into the trace."""
        self.trace.own.append(event)

    def enter(self, thing: Thing) -> None:
        """Enter a context; the caller leaves it again."""
        names = thing.event.names if thing.event is not None else thing.names
        self.contexts = (*self.contexts, Context(names, thing))

    # -- what the halves ask of each other -----------------------------------------------------------------------------------------------------------

    def evaluate(self, code: Code) -> Thing:
        """What an expression may be."""
        raise NotImplementedError

    def words(self, code: Code) -> frozenset[str]:
        """The names and attributes that an expression speaks of."""
        raise NotImplementedError

    def attribute(self, thing: Thing, name: str) -> Thing:
        """What an attribute of a thing may be."""
        raise NotImplementedError

    def typed(self, annotation: Code | None) -> Thing:
        """An unknown thing of the type that an annotation names."""
        raise NotImplementedError

    def imported(self, dotted: str) -> Thing:
        """What a qualified name stands for when it is imported here."""
        raise NotImplementedError

    def call(self, code: Code, discarded: bool = False) -> Thing:
        """Run a call."""
        raise NotImplementedError

    def invoke(self, callee: Thing, receiver: Thing | None, method: str, arguments: Arguments, event: Event) -> Thing:
        """Call something with things."""
        raise NotImplementedError

    def run(self, function: Function, args: list[Thing], keywords: dict[str, Thing], event: Event | None) -> Thing:
        """Run a function of the project with these arguments; what it gives."""
        raise NotImplementedError
