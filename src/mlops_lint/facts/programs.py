"""Programs: an entry point with everything its run can reach."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from functools import cached_property, partial

from mlops_lint.core.finding import Location
from mlops_lint.documents.classify import role_of
from mlops_lint.facts.definitions import FUNCTION, MAIN, MAIN_NAME, MODULE, Definition
from mlops_lint.facts.entrypoints import EntryPoint
from mlops_lint.facts.modules import Key, Modules
from mlops_lint.facts.reach import Members, Reach
from mlops_lint.project.project import Project

_NO_PROGRAMS = ("setup.py", "conftest.py", "conf.py", "noxfile.py", "tasks.py", "__init__.py", "fabfile.py")


@dataclass(frozen=True)
class Closure:
    """What a program may run.

    ``reached`` are the definitions it certainly runs or may run by what it imports, calls, instantiates and hands on. ``calls`` are all qualified names that
    are called, ``attributes`` the methods called on unknown objects.
    """

    reached: Set[Key]
    calls: Set[str]
    attributes: Set[str]

    @cached_property
    def files(self) -> frozenset[str]:
        """The files of what is reached."""
        return frozenset(path for path, _ in self.reached)

    def may_run(self, path: str, qualname: str) -> bool:
        """Whether a function is reached, or may be what a method called on an unknown object means: enough to stay silent, not enough to complain.

        A function that is no method can only be meant where its module is imported, and ``__init__`` is asked of objects (``super()``) whose class is known.
        """
        owner, _, name = qualname.rpartition(".")
        if (path, qualname) in self.reached:
            return True
        return name in self.attributes and ((path, "") in self.reached if not owner else name != "__init__")


@dataclass(frozen=True)
class Program:
    """One program: the file it starts in, and the place of its entry: the main guard, the console script's function, or the whole file."""

    path: str
    how: str
    entry: Location
    role: str
    work_out: Callable[[], Closure] = field(compare=False, repr=False)

    @cached_property
    def closure(self) -> Closure:
        """What it may run, worked out when somebody asks."""
        return self.work_out()


REQUIRES: tuple[type, ...] = (Definition, EntryPoint)
"""The facts that :func:`programs` needs; a rule that calls it names them in its ``requires``."""


def modules(project: Project) -> Modules:
    """The project's modules and their definitions."""
    return Modules(project.facts(Definition))


def programs(project: Project) -> tuple[Program, ...]:
    """The programs of a project by path: main guards, notebooks, started scripts and console scripts. Tests and vendored code are none, and programs that
    cannot reach what is in focus are left out.
    """
    known: Modules = project.derive(modules)
    focus = project.derive(in_focus)
    reach = Reach(known, partial(_leads, known))
    found: dict[str, Program] = {}
    for start in _starts(project, known):
        if focus is not None and start.path not in focus:
            continue
        if start.path not in found and role_of(start.path) not in ("test", "vendored"):
            found[start.path] = Program(start.path, start.how, start.entry, role_of(start.path), partial(_closure, start, reach))
    return tuple(found[path] for path in sorted(found))


@dataclass(frozen=True, slots=True)
class _Start:
    path: str
    how: str
    keys: tuple[Key, ...]
    entry: Location


def _starts(project: Project, known: Modules) -> Iterator[_Start]:
    bodies = [one for one in project.facts(Definition) if one.kind == MODULE]
    imported = {path for one in project.facts(Definition) for name in one.imports if (path := _imported_path(name, one.path, known)) is not None}
    started = _started_files(project, known)
    for body in bodies:
        name = posixpath.basename(body.path)
        guard = known.by_key.get((body.path, MAIN_NAME))
        if name in _NO_PROGRAMS:
            continue
        if guard is not None and guard.kind == MAIN and guard.span is not None:
            yield _Start(body.path, "main", ((body.path, ""), (body.path, MAIN_NAME)), Location(body.path, guard.span))
        elif body.path.endswith(".ipynb"):
            yield _Start(body.path, "notebook", ((body.path, ""),), Location(body.path))
        elif body.path in started or (body.acts and body.path not in imported):
            yield _Start(body.path, "script", ((body.path, ""),), Location(body.path))
    for point in project.facts(EntryPoint):
        if point.how == "function":
            found = known.definition(point.target.replace(":", "."), point.path)
            if found is not None and found.kind == FUNCTION:
                yield _Start(found.path, "console", ((found.path, ""), (found.path, found.qualname)), Location(found.path, found.span))


def in_focus(project: Project) -> frozenset[str] | None:
    """The files that ``project.focus`` holds or that import one of them, directly or by way of others; ``None`` when everything is in focus.

    Whatever happens in a file happens in a program that starts in one of these.
    """
    if project.focus is None:
        return None
    known: Modules = project.derive(modules)
    importers: dict[str, set[str]] = {}
    for one in project.facts(Definition):
        for name in one.imports:
            for path in (known.module(name, one.path), _imported_path(name, one.path, known)):
                if path is not None:
                    importers.setdefault(path, set()).add(one.path)
    found: set[str] = set()
    waiting = sorted(project.focus)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(importers.get(path, ()))
    return frozenset(found)


def _imported_path(name: str, importer: str, known: Modules) -> str | None:
    """The module that an import names, whole or as the holder of what is imported from it."""
    return known.module(name, importer) or (known.module(name.rpartition(".")[0], importer) if "." in name else None)


def _started_files(project: Project, known: Modules) -> set[str]:
    """The files that commands start, as far as their paths can be followed from the file that names them or from the root."""
    files = {one.path for one in project.files}
    found: set[str] = set()
    for point in project.facts(EntryPoint):
        if point.how == "module":
            path = known.module(point.target, point.path) or known.module(point.target + ".__main__", point.path)
            found.update([path] if path else ())
        elif point.how == "script":
            target = posixpath.normpath(point.target.lstrip("/"))
            folder = posixpath.dirname(point.path)
            candidates = [posixpath.normpath(posixpath.join(folder, target)), target]
            hit = next((one for one in candidates if one in files), None)
            if hit is None:
                ends = [one for one in files if one.endswith("/" + target)]
                hit = ends[0] if len(ends) == 1 else None
            found.update([hit] if hit else ())
    return found


def _leads(known: Modules, one: Definition) -> tuple[list[Definition], set[str], tuple[str, ...]]:
    """Where a definition leads: the definitions it calls, names or imports, the qualified names it calls, and the attributes it asks of unknown objects."""
    targets: list[Definition | None] = []
    external: set[str] = set(one.calls)
    for name in (*one.calls, *one.references):
        targets.append(known.definition(name, one.path))
        external.update(_external(name, one.path, known))
    for name in one.imports:
        for path in (_imported_path(name, one.path, known), known.module(name, one.path)):
            if path is not None:
                targets.append(known.by_key.get((path, "")))
    if one.kind != MODULE:
        targets.append(known.by_key.get((one.path, "")))
    if one.kind == FUNCTION:
        # Nested functions run in, or are handed out by, the function around them.
        targets.extend(inner for inner in known.methods(one) if inner.kind == FUNCTION)
    return [target for target in targets if target is not None and target.kind != MAIN], external, one.attributes


def _closure(start: _Start, reach: Reach) -> Closure:
    found = reach.of(start.keys)
    return Closure(Members(reach.keys, found.keys), Members(reach.names, found.calls), Members(reach.names, found.attributes))


def _external(name: str, importer: str, known: Modules) -> Iterator[str]:
    """What a name re-exported by the project's own modules stands for outside it."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        path = known.module(".".join(parts[:length]), importer)
        if path is not None:
            body = known.by_key.get((path, ""))
            for exported, target in body.exports if body is not None else ():
                if exported == parts[length]:
                    yield ".".join([target, *parts[length + 1 :]])
            return
