"""Runs: every program of the project, run abstractly from its entry on; then what no program reaches, function by function."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from mlops_lint.core.finding import Location
from mlops_lint.facts.code import Code
from mlops_lint.facts.definitions import Definition
from mlops_lint.facts.entrypoints import EntryPoint
from mlops_lint.facts.programs import Program, in_focus, modules, programs
from mlops_lint.flow.machine import Machine
from mlops_lint.flow.scopes import ClassInfo, FunctionKey, Module
from mlops_lint.flow.trace import Event, Site, Trace
from mlops_lint.project.project import Project

REQUIRES: tuple[type, ...] = (Code, Definition, EntryPoint)
"""The facts that :func:`runs` needs; a rule that calls it names them in its ``requires``."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One abstract run: of a ``program``, or (``None``) of a module's functions and classes that no program reaches. ``trace`` is what happened."""

    path: str
    program: Program | None
    trace: Trace
    role: str


class Runs:
    """All runs of a project, by path of the file they start in. The place of an event as a finding gives it is asked for here."""

    def __init__(self, project: Project) -> None:
        self._code = {one.path: one for one in project.facts(Code)}
        self._parsed: dict[str, list[Any]] = {}
        self._words: dict[Any, Any] = {}
        self._known = project.derive(modules)
        words: dict[str, set[str]] = {}
        for one in project.facts(Definition):
            words.setdefault(one.path, set()).update(name.rpartition(".")[2] for name in (*one.calls, *one.attributes, *one.references))
        self._names_called = {path: frozenset(found) for path, found in words.items()}
        roles = {one.path: one.role for one in project.files}
        self._roles = roles
        self.all: tuple[Run, ...] = tuple(self._run(project))
        self._parsed.clear()
        self._words.clear()
        self._of_programs = {run.path: run for run in self.all if run.program is not None}

    def __iter__(self) -> Iterator[Run]:
        return iter(self.all)

    def of(self, path: str) -> Run | None:
        """The run of the program that starts in a file."""
        return self._of_programs.get(path)

    # -- where modules come from (flow.scopes.Source) ------------------------------------------------------------------------------------------------

    def module(self, dotted: str, importer: str) -> str | None:
        """The path of a module of the project."""
        found: str | None = self._known.module(dotted, importer)
        return found

    def code(self, path: str) -> list[Any] | None:
        """The statements of a module."""
        if path not in self._code:
            return None
        if path not in self._parsed:
            self._parsed[path] = _compact(json.loads(self._code[path].statements), self._words)
        return self._parsed[path]

    def _dotted(self, path: str) -> str:
        return self._code[path].module

    # -- running -------------------------------------------------------------------------------------------------------------------------------------

    def _run(self, project: Project) -> Iterator[Run]:
        machine = Machine(self, self._dotted)
        reached: set[FunctionKey] = set()
        started: set[str] = set()
        focus = project.derive(in_focus)
        for program in project.derive(programs):
            machine.begin()
            module = machine.run_main(program.path)
            if module is not None:
                if program.how == "console":
                    self._run_entry(machine, module, program)
                for deferred in (self._names_called.get(module.path, frozenset()), frozenset[str]()):
                    self._run_remaining(machine, module, set(), deferred)
            reached |= machine.ran()
            started.add(program.path)
            yield Run(program.path, program, machine.finish(), program.role)
        # Whoever calls others goes first, so that what is called meets real arguments before unknown ones.
        every = frozenset(word for path in self._code for word in self._names_called.get(path, ()))
        for deferred in (every, frozenset[str]()):
            for path in sorted(set(self._code) - started):
                if focus is not None and path not in focus:
                    continue
                machine.begin()
                module = machine.guarded(partial(machine.load, path))
                if module is not None:
                    self._run_remaining(machine, module, reached, deferred)
                reached |= machine.ran()
                trace = machine.finish()
                if machine.ran() or (deferred and trace.events):
                    yield Run(path, None, trace, self._roles.get(path, "code"))

    def _run_entry(self, machine: Machine, module: Module, program: Program) -> None:
        for function in module.functions:
            if program.entry.span is not None and function.start == program.entry.span.start:
                machine.run_function(function)

    def _run_remaining(self, machine: Machine, module: Module, reached: set[FunctionKey], deferred: frozenset[str]) -> None:
        """Run the functions and methods of a module that nothing has run yet, those with a deferred name left out: somebody outside may."""
        for info in module.classes:
            if info.name not in deferred:
                self._run_class(machine, module, info, reached)
        for function in module.functions:
            if function.owner is None and function.name not in deferred and function.key not in reached and not machine.has_run(function):
                machine.run_function(function)

    def _run_class(self, machine: Machine, module: Module, info: ClassInfo, reached: set[FunctionKey]) -> None:
        """Run the methods of a class on one instance, those that nothing has run yet."""
        methods = [one for one in module.functions if one.owner is info and one.key not in reached and not machine.has_run(one)]
        if not methods:
            return
        instance = info.instances[-1] if info.instances else machine.new_instance(info)
        if instance is None:
            return
        called = self._names_called.get(module.path, frozenset())
        for method in sorted(methods, key=lambda one: one.name in called):
            if not machine.has_run(method):
                machine.run_function(method if method.decorated_by("staticmethod") else method.bind(instance))

    # -- places --------------------------------------------------------------------------------------------------------------------------------------

    def location(self, place: Event | Site, note: str = "") -> Location:
        """Where something happened."""
        site = place.site if isinstance(place, Event) else place
        return Location(site.path, site.span, note)

    def written(self, event: Event) -> str:
        """The callee of a call as it is written, as far as it is made of names (``model.fit``, ``pd.read_csv``)."""
        return spelled(event.code[1]) or event.method if isinstance(event.code, list) and event.code[0] == "c" else event.method

    def cell(self, event: Event) -> int:
        """The number of the notebook cell in which something happened; 0 in modules."""
        code = self._code.get(event.site.path)
        if code is None or not code.cells:
            return 0
        place = bisect_right(code.cells, event.site.start, key=_start) - 1
        return code.cells[place][0] if place >= 0 else 0

    def together(self, one: Event, other: Event) -> bool:
        """Whether two things happened in the same function, module body or cell."""
        return (
            one.site.path == other.site.path
            and _around_lambdas(one.function) == _around_lambdas(other.function)
            and self.cell(one) == self.cell(other)
        )


def _compact(code: list[Any], known: dict[Any, Any]) -> list[Any]:
    """Lowered code that takes half the room: texts and nodes of two texts (most are names) are kept once, other lists are cut to their length."""
    waiting = [code]
    while waiting:
        node = waiting.pop()
        for place, part in enumerate(node):
            kind = type(part)
            if kind is list:
                if not part:
                    node[place] = known.setdefault((), part)
                elif len(part) == 2 and type(part[0]) is str and type(part[1]) is str:
                    node[place] = known.setdefault(tuple(part), part)
                else:
                    node[place] = copied = part[:]
                    waiting.append(copied)
            elif kind is str:
                node[place] = known.setdefault(part, part)
    return code


def _around_lambdas(function: str) -> str:
    """The function that a ``lambda`` stands in."""
    return function.partition("<lambda>")[0].rstrip(".")


def apart(stack: tuple[Event, ...], other: tuple[Event, ...]) -> tuple[Event, ...]:
    """The calls of a stack below those that both share, the innermost three: how one place is reached from where the other is too."""
    shared = 0
    for one, two in zip(stack, other, strict=False):
        if one is not two:
            break
        shared += 1
    return stack[shared:][-3:]


def spelled(code: Any) -> str:
    """A lowered expression as it would be written: names and attributes, calls as ``(…)``; empty for anything else."""
    if code[0] == "n":
        return str(code[1])
    if code[0] == "a":
        base = spelled(code[1])
        return f"{base}.{code[2]}" if base else str(code[2])
    if code[0] == "c":
        base = spelled(code[1])
        return f"{base}(…)" if base else ""
    return f"{spelled(code[1])}[…]" if code[0] == "s" and spelled(code[1]) else ""


def _start(cell: tuple[int, int]) -> int:
    return cell[1]


def runs(project: Project) -> Runs:
    """The abstract runs of a project; worked out once, for all rules that ask (``project.derive(runs)``)."""
    return Runs(project)
