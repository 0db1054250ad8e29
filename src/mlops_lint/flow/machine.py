"""The machine: runs a program abstractly, once, from its entry on.

Statements are followed in order; the arms of an ``if`` are both taken and their variables joined; a loop's body is run twice, so that what its end leaves
reaches its start. A call of a function of the project runs that function with the very things it is given, up to a depth; a function that is already
running, or has run often enough, gives what it gave before. What a library does stands in ``flow.models``.

Nothing is executed: a statement only moves things between variables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlops_lint.flow.lower import Code
from mlops_lint.flow.scopes import ClassInfo, Function, FunctionKey, Module, Source
from mlops_lint.flow.state import Exhausted
from mlops_lint.flow.statements import Statements
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Site, Trace, joined

STEPS_PER_RUN = 150_000
"""Statements and calls that one run may take; beyond it the rest is unknown."""


class Machine(Statements):
    """Runs the programs of one project, one after the other.

    The body of a module that is imported is run once and shared by all programs; the module in which a program starts is run anew, as ``__main__``.
    Between :meth:`begin` and :meth:`finish` everything that happens goes into one trace.
    """

    def __init__(self, source: Source, names_of_modules: Callable[[str], str]) -> None:
        super().__init__()
        self.source = source
        self._dotted = names_of_modules
        self.trace = Trace()
        self.modules: dict[str, Module] = {}
        self._steps = STEPS_PER_RUN
        self._entry = ""
        self._again = False
        self._loaded: set[str] = set()
        self._loading: list[Module] = []
        self._bodies: dict[frozenset[str], Trace] = {}

    # -- what is run ---------------------------------------------------------------------------------------------------------------------------------

    def begin(self, steps: int = STEPS_PER_RUN) -> None:
        """Start a new run with a budget of its own."""
        self.trace = Trace()
        self._steps = steps
        self._entry = ""
        self._loaded = set()
        self.forget()

    def finish(self) -> Trace:
        """End the run: its trace, with what happened in the bodies of the modules it imports."""
        waiting, reached = list(self._loaded), set(self._loaded)
        while waiting:
            module = self.modules.get(waiting.pop())
            for path in module.imports if module is not None else ():
                if path not in reached:
                    reached.add(path)
                    waiting.append(path)
        imported = frozenset(reached & self.modules.keys())
        if imported not in self._bodies:
            self._bodies[imported] = joined(self.modules[path].trace for path in sorted(imported))
        self.trace.imported(self._bodies[imported])
        self.modules.pop("", None)
        return self.trace

    def run_main(self, path: str) -> Module | None:
        """Run the body of a module as a program's entry, with its main guard."""
        self._entry = path
        found: Module | None = self.guarded(lambda: self._run_body(path, "__main__"))
        return found

    def run_function(self, function: Function, arguments: list[Thing] | None = None) -> Thing | None:
        """Run a function on its own, as somebody outside would call it: what it is not given is unknown."""
        found: Thing | None = self.guarded(lambda: self.run_as_root(function, arguments or []))
        return found

    def guarded(self, work: Callable[[], Any]) -> Any:
        """Do some work unless the budget is spent; what is too deep or too much is given up, and the trace says so."""
        if self._steps <= 0:
            self.trace.truncated = True
            return None
        try:
            return work()
        except (Exhausted, RecursionError):
            self.trace.truncated = True
            self._again = False
            self.reset()
            return None

    def load(self, path: str) -> Module | None:
        """A module of the project, its body run if this is the first time that it is asked for."""
        if path == self._entry and "" in self.modules:
            return self.modules[""]
        self._loaded.add(path)
        for module in self._loading[-1:]:
            module.imports.add(path)
        known = self.modules.get(path)
        if known is not None:
            return known
        trace, self.trace = self.trace, Trace()
        again, self._again = self._again, False
        try:
            return self._run_body(path, None)
        finally:
            loaded = self.modules.get(path)
            if loaded is not None:
                loaded.trace = self.trace
            self.trace, self._again = trace, again

    def _run_body(self, path: str, name: str | None) -> Module | None:
        code = self.source.code(path)
        if code is None:
            return None
        module = Module(path, self._dotted(path), is_package=path.endswith("__init__.py"))
        self.modules["" if name else path] = module
        module.scope.variables["__name__"] = Thing(constant=name or module.name)
        module.scope.variables["__file__"] = Thing(frozenset({"text"}), how=("file",))
        if not name:
            self._loading.append(module)
        try:
            with self.detached(module.scope):
                self.block(code)
        finally:
            if not name:
                self._loading.pop()
        return module

    # -- roots ---------------------------------------------------------------------------------------------------------------------------------------

    def run_as_root(self, function: Function, arguments: list[Thing]) -> Thing:
        """Call a function with these arguments and unknown ones for the rest."""
        self.reset()
        bound = len(function.bound) + len(arguments)
        given = list(arguments)
        keywords: dict[str, Thing] = {}
        for place, parameter in enumerate(function.parameters):
            name, default, annotation, kind = parameter
            if kind in ("*", "**") or place < bound:
                continue
            thing = self.parameter(function, name, annotation, default)
            keywords[name] = thing
        return self.run(function, given, keywords, None)

    def parameter(self, function: Function, name: str, annotation: Code | None, default: Code | None) -> Thing:
        """An unknown argument: what its annotation says of it, and an origin of its own."""
        scope, self.scope = self.scope, function.closure
        thing = self.typed(annotation) if annotation is not None else Thing()
        self.scope = scope
        event = Event("parameter", self.next_order(), Site(function.path, function.start, function.start), function.qualname)
        event.method = name
        event.note({"function": function, "annotation": self.words(annotation or []), "default": self.words(default or [])})
        event.result = thing
        thing.origins = frozenset({event})
        thing.event = event
        self.models.parameter(thing, name, default)
        self.keep(event)
        return thing

    def ran(self) -> set[FunctionKey]:
        """The functions that were run."""
        return set(self._runs)

    def has_run(self, function: Function) -> bool:
        """Whether a function was run at all."""
        return function.key in self._runs

    def new_instance(self, info: ClassInfo) -> Thing | None:
        """An instance of a class that nobody makes, with unknown arguments."""
        member = info.member("__init__")
        function = next((one for one in member.callees if isinstance(one, Function)), None) if member is not None else None

        def make() -> Thing:
            self.reset()
            keywords: dict[str, Thing] = {}
            for name, default, annotation, kind in function.parameters[1:] if function is not None else ():
                if kind in ("p", "k"):
                    keywords[name] = self.parameter(function, name, annotation, default)  # type: ignore[arg-type]
            return self.instantiate(info, [], keywords, None)

        found: Thing | None = self.guarded(make)
        return found
