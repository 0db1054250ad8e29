"""Which version of a package a place of the project runs with, as far as locks and pins say so.

Pure functions over facts. An *environment* is a folder with its manifests and locks (a folder named ``requirements`` belongs to the one above it)
and the files those include. Whatever disagrees is unknown, and unknown is ``None``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from mlops_lint.core.finding import Location
from mlops_lint.documents import specifiers
from mlops_lint.documents.classify import role_of
from mlops_lint.documents.pep508 import canonical_name
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.requirements import LockedVersion, Requirement, RequirementInclude
from mlops_lint.knowledge.packages import CONDA_NAMES
from mlops_lint.text.span import Span

MAX_INCLUDED = 200
"""Files that are followed from one manifest along its includes, and against them."""

REQUIREMENTS_FOLDERS = frozenset({"requirements", "requirement", "reqs", "constraints"})
"""Folders that hold manifests of the folder above them."""

_PROJECT_LOCKS = ("poetry.lock", "uv.lock", "pdm.lock")
_CONDA_LOCKS = ("conda-lock.yml", "conda-lock.yaml")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A version and the place that says so: ``how`` is ``lock`` or ``pin``."""

    name: str
    version: str
    how: str
    path: str
    span: Span

    @property
    def location(self) -> Location:
        """The row of the lock or manifest."""
        return Location(self.path, self.span)


class ResolvedVersions:
    """Answers about versions for the files of one project."""

    def __init__(
        self,
        requirements: Iterable[Requirement],
        locked: Iterable[LockedVersion] = (),
        includes: Iterable[RequirementInclude] = (),
        manifests: Iterable[Manifest] = (),
    ) -> None:
        self._rows: dict[str, dict[str, list[Requirement]]] = {}
        for row in requirements:
            self._rows.setdefault(row.path, {}).setdefault(_common_name(row.name, row.manager), []).append(row)
        self._locked: dict[str, dict[str, list[LockedVersion]]] = {}
        for one in locked:
            self._locked.setdefault(one.path, {}).setdefault(_common_name(one.name, one.manager), []).append(one)
        self._includes: dict[str, list[RequirementInclude]] = {}
        self._included_by: dict[str, list[str]] = {}
        for include in includes:
            if include.target:
                self._includes.setdefault(include.path, []).append(include)
                self._included_by.setdefault(include.target, []).append(include.path)
        self._manifests = {manifest.path: manifest for manifest in manifests}
        self._environments: dict[str, list[str]] = {}
        for path in sorted({*self._rows, *self._manifests, *self._locked}):
            if not self._is_constraints(path):
                self._environments.setdefault(environment_of(path), []).append(path)
        self._evidence: dict[tuple[str, str], list[_Mention]] = {}
        self._elsewhere: dict[str, list[_Mention]] = {}
        self._closures: dict[tuple[str, bool], list[tuple[str, str]]] = {}
        self._parents: dict[str, list[str]] = {}
        self._declared: dict[tuple[str, str], list[_Mention]] = {}
        self._compiled = self._compiled_files()

    @classmethod
    def of(cls, project: Any) -> ResolvedVersions:
        """Those of a project whose run requires all four fact types; meant for ``project.derive(ResolvedVersions.of)``."""
        return cls(project.facts(Requirement), project.facts(LockedVersion), project.facts(RequirementInclude), project.facts(Manifest))

    # -- versions --------------------------------------------------------------------------------------------------------------------------------

    def version_of(self, name: str, near: str) -> Resolved | None:
        """The exact version of a package in the environment of the file ``near``.

        That is the nearest environment upward that mentions the package, or else the project's only one that does (tests, examples and
        documentation aside). Its locks and pins must agree, and its ranges let the version in. Build labels (``+cu118``) are left out where
        locks and pins differ in them alone.
        """
        mentions = self._mentions(name, near)
        pinned = sorted((one for one in mentions if one.version), key=lambda one: (one.how != "lock", one.path, one.span))
        version = specifiers.same_public_version([one.version for one in pinned])
        if version is None or not all(one.version or one.agrees_with(version) for one in mentions):
            return None
        best = pinned[0]
        return Resolved(canonical_name(name), version, best.how, best.path, best.span)

    def lower_bound(self, name: str, near: str) -> str | None:
        """The lowest version a package can have in the environment of the file ``near``; ``None`` where some manifest sets no floor."""
        found = self.version_of(name, near)
        if found is not None:
            return found.version
        mentions = self._mentions(name, near)
        locks = [one for one in mentions if one.how == "lock"]
        floors = [one.version or one.floor for one in (locks or mentions)]
        parsed = [specifiers.parse_version(floor or "") for floor in floors]
        known = [version for version in parsed if version is not None]
        return str(min(known)) if known and len(known) == len(floors) else None

    def is_below(self, name: str, near: str, version: str) -> Location | None:
        """The row that keeps a package below a version in the environment of the file ``near``; ``None`` where that is not so, or not known."""
        found = self.version_of(name, near)
        limit = specifiers.parse_version(version)
        if found is not None:
            exact = specifiers.parse_version(found.version)
            return found.location if exact is not None and limit is not None and exact < limit else None
        mentions = self._mentions(name, near)
        held = [one for one in mentions if one.specifier and not one.version and specifiers.disjoint(one.specifier, f">={version}") is True]
        return Location(held[0].path, held[0].span) if held and len(held) == len(mentions) else None

    def _mentions(self, name: str, near: str) -> list[_Mention]:
        name = canonical_name(name)
        folder = posixpath.dirname(near)
        while True:
            if found := self._in_environment(folder, name):
                return found
            if not folder:
                break
            folder = posixpath.dirname(folder)
        if name not in self._elsewhere:
            others = [found for one in self._environments if (found := self._in_environment(one, name)) and role_of(found[0].path) == "code"]
            self._elsewhere[name] = others[0] if len(others) == 1 else []
        return self._elsewhere[name]

    def _in_environment(self, folder: str, name: str) -> list[_Mention]:
        """What the locks and manifests of one folder say of a package."""
        if folder not in self._environments:
            return []
        key = (folder, name)
        if key not in self._evidence:
            self._evidence[key] = list(self._read_environment(folder, name))
        return self._evidence[key]

    def _read_environment(self, folder: str, name: str) -> Iterator[_Mention]:
        paths = dict.fromkeys(self._environments[folder])
        for path in list(paths):
            paths.update(dict.fromkeys(reached for reached, kind in self._closure(path) if kind == "requirement"))
            paths.update(dict.fromkeys(lock for lock in self._workspace_locks(path)))
        for path in paths:
            for one in self._locked.get(path, {}).get(name, ()):
                if one.source == "registry" and one.version:
                    yield _Mention(one.version, one.version, "lock", path, one.version_span)
                else:
                    # A branch or folder has no version that its number tells.
                    yield _Mention("", "", "lock", path, one.span, None)
            if (path, name) not in self._declared:
                rows = [row for row in self._rows_of(path, name) if row.group not in ("build", "constraint")]
                held = self._constraints(path, name) if rows else []
                self._declared[path, name] = [_mention(row, held) for row in rows]
            yield from self._declared[path, name]

    def _constraints(self, path: str, name: str) -> list[Requirement]:
        """The constraint rows for a package that an installation from a manifest, or from one that includes it, obeys."""
        starts = self._ancestors(path)
        found = [row for start in starts for row in self._rows_of(start, name) if row.group == "constraint"]
        for reached, kind in self._closure(path, with_ancestors=True):
            if kind == "constraint":
                found.extend(self._rows_of(reached, name))
        return found

    def _rows_of(self, path: str, name: str) -> list[Requirement]:
        """A manifest's rows for a package, by its name on the Python index."""
        return self._rows.get(path, {}).get(name, [])

    # -- cover -----------------------------------------------------------------------------------------------------------------------------------

    def covers(self, manifest_path: str, name: str = "") -> tuple[str, ...]:
        """The locks, compiled files and constraints files that fix what a manifest leaves open; with a name, those that hold that package.

        A constraints file, or a file that is included, only counts for a package that it pins.
        """
        found: dict[str, None] = {}
        for path in self._ancestors(manifest_path):
            for lock in self._locks_of(path):
                found[lock] = None
        for reached, kind in self._closure(manifest_path, with_ancestors=True):
            if kind == "constraint" or name or self._compiled_itself(reached):
                found[reached] = None
        if name:
            name = canonical_name(name)
            return tuple(path for path in found if self._holds(path, name))
        return tuple(found)

    def is_covered(self, row: Requirement) -> bool:
        """Whether a row is exact itself, or a lock or constraints file that its installation uses holds the package."""
        return row.is_exact or (bool(row.name) and bool(self.covers(row.path, _common_name(row.name, row.manager))))

    def locked(self, lock_path: str, name: str) -> tuple[LockedVersion, ...]:
        """The rows of one lock for a package."""
        return tuple(self._locked.get(lock_path, {}).get(canonical_name(name), ()))

    def environment(self, near: str) -> tuple[str, ...]:
        """The manifests and locks of the nearest folder upward of a file that has some."""
        folder = posixpath.dirname(near)
        while folder and folder not in self._environments:
            folder = posixpath.dirname(folder)
        return tuple(self._environments.get(folder, ()))

    def _holds(self, path: str, name: str) -> bool:
        if path in self._locked:
            return name in self._locked[path]
        return any(row.is_exact for row in self._rows_of(path, name))

    def _locks_of(self, path: str) -> Iterator[str]:
        """The locks and compiled files made from one manifest."""
        folder, _, name = path.rpartition("/")
        lower = name.lower()
        kind = self._manifests[path].kind if path in self._manifests else ""
        for lock in self._locked:
            lock_folder, _, lock_name = lock.rpartition("/")
            if lock_folder != folder or (lock_name.lower().endswith(".py.lock") and lock_name != f"{name}.lock"):
                continue
            lock_name = lock_name.lower()
            is_pylock = lock_name.startswith("pylock.") and lock_name.endswith(".toml")
            if kind == "script":
                if lock_name == f"{lower}.lock":
                    yield lock
            elif lower in ("pyproject.toml", "setup.py", "setup.cfg"):
                if is_pylock or lock_name in _PROJECT_LOCKS:
                    yield lock
            elif kind == "requirements":
                # "pip lock" reads requirements files as well.
                if is_pylock and posixpath.join(folder, "pyproject.toml") not in self._manifests:
                    yield lock
            elif (lower == "pipfile" and lock_name == "pipfile.lock") or (kind == "conda" and lock_name in _CONDA_LOCKS):
                yield lock
        yield from self._workspace_locks(path)
        yield from self._compiled.get(path, ())

    def _workspace_locks(self, path: str) -> Iterator[str]:
        """The lock of the uv workspace that a project file is a member of."""
        if posixpath.basename(path).lower() != "pyproject.toml":
            return
        folder = posixpath.dirname(path)
        root = folder
        while root:
            root = posixpath.dirname(root)
            manifest = self._manifests.get(posixpath.join(root, "pyproject.toml"))
            lock = posixpath.join(root, "uv.lock")
            if manifest is None or not manifest.members or lock not in self._locked:
                continue
            inner = folder[len(root) :].lstrip("/")
            if _matches(inner, manifest.members) and not _matches(inner, manifest.excluded):
                yield lock

    def _compiled_files(self) -> dict[str, tuple[str, ...]]:
        """The compiled files of each manifest, by their comments, or by their names when those say nothing."""
        found: dict[str, list[str]] = {}
        for path, manifest in self._manifests.items():
            if not manifest.is_compiled:
                continue
            candidates = [self._near(path, raw) for raw in manifest.compiled_from]
            sources = [source for source in candidates if source is not None and source != path]
            if not sources and path.endswith(".txt") and (source := path[:-4] + ".in") in self._manifests:
                sources = [source]
            for source in sources:
                found.setdefault(source, []).append(path)
        return {source: tuple(dict.fromkeys(compiled)) for source, compiled in found.items()}

    def _near(self, path: str, raw: str) -> str | None:
        """The manifest a compiled file's comment means: its path is relative to wherever the command ran, some folder upward."""
        folder = posixpath.dirname(path)
        while True:
            candidate = posixpath.normpath(posixpath.join(folder, raw))
            if candidate in self._manifests:
                return candidate
            if not folder:
                return None
            folder = posixpath.dirname(folder)

    # -- the graph of includes -------------------------------------------------------------------------------------------------------------------

    def _closure(self, path: str, *, with_ancestors: bool = False) -> list[tuple[str, str]]:
        """The files that one manifest includes (or those that include it), directly or not, each with its kind.

        What a constraints file includes constrains too. At most :data:`MAX_INCLUDED` files are followed.
        """
        key = (path, with_ancestors)
        if key not in self._closures:
            starts = self._ancestors(path) if with_ancestors else [path]
            found: dict[tuple[str, str], None] = {}
            stack = [(start, "requirement") for start in reversed(starts)]
            while stack and len(found) < MAX_INCLUDED:
                current, kind = stack.pop()
                for include in reversed(self._includes.get(current, ())):
                    reached = (include.target, "constraint" if "constraint" in (kind, include.kind) else "requirement")
                    if reached not in found and include.target != path:
                        found[reached] = None
                        stack.append(reached)
            self._closures[key] = list(found)
        return self._closures[key]

    def _ancestors(self, path: str) -> list[str]:
        """A manifest, and those that include it, directly or not."""
        if path in self._parents:
            return self._parents[path]
        found = {path: None}
        stack = [path]
        while stack and len(found) < MAX_INCLUDED:
            for parent in self._included_by.get(stack.pop(), ()):
                if parent not in found:
                    found[parent] = None
                    stack.append(parent)
        self._parents[path] = list(found)
        return self._parents[path]

    def _is_constraints(self, path: str) -> bool:
        return path in self._manifests and self._manifests[path].is_constraints

    def _compiled_itself(self, path: str) -> bool:
        return path in self._manifests and self._manifests[path].is_compiled


@dataclass(frozen=True, slots=True)
class _Mention:
    """One row about a package: its exact version, or the floor of its range, empty where unknown; ``specifier`` is ``None`` for a repository or folder."""

    version: str
    floor: str
    how: str
    path: str
    span: Span
    specifier: str | None = ""

    def agrees_with(self, version: str) -> bool:
        """Whether the row lets a version in as far as can be told."""
        return self.specifier is not None and specifiers.admits(self.specifier, version) is not False


def _mention(row: Requirement, constraints: list[Requirement]) -> _Mention:
    """One row with what the constraints that its manifest uses add to it."""
    held = [row, *constraints]
    if row.source != "registry" and (row.source != "url" or row.exact is None):
        return _Mention("", "", "pin", row.path, row.span, None)
    for one in held:
        if (exact := one.exact) is not None and specifiers.parse_version(exact) is not None:
            return _Mention(exact, exact, "pin", one.path, one.span)
    floors = [version for one in held if (version := specifiers.parse_version(one.lower_bound or "")) is not None]
    return _Mention("", str(max(floors)) if floors else "", "range", row.path, row.span, row.specifier)


def environment_of(path: str) -> str:
    """The folder whose environment a manifest or lock belongs to."""
    folder = posixpath.dirname(path)
    return posixpath.dirname(folder) if posixpath.basename(folder).lower() in REQUIREMENTS_FOLDERS else folder


def _common_name(name: str, manager: str) -> str:
    """A package's name on the Python index."""
    return CONDA_NAMES.get(name, name) if manager == "conda" else name


def _matches(folder: str, patterns: tuple[str, ...]) -> bool:
    """Whether a folder meets a glob of a workspace, part by part."""
    parts = folder.split("/")
    for pattern in patterns:
        wanted = posixpath.normpath(pattern).split("/") if pattern else []
        if wanted and wanted[-1] == "**" and len(parts) >= len(wanted) and _meets(parts[: len(wanted) - 1], wanted[:-1]):
            return True
        if len(wanted) == len(parts) and _meets(parts, wanted):
            return True
    return False


def _meets(parts: list[str], wanted: list[str]) -> bool:
    return all(fnmatchcase(part, pattern[:200]) for part, pattern in zip(parts, wanted, strict=True))
