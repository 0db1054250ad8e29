"""Pairs of requirements that end up in one environment: a manifest with its includes, its image, its lock, extras that can be installed together."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

from mlops_lint.core.finding import Location
from mlops_lint.documents.classify import role_of
from mlops_lint.facts.declared_conflicts import DeclaredConflict
from mlops_lint.facts.image_installs import ImageInstall, ImageInstalls, ResolvedInstall
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.pinning import package_of, purpose_of
from mlops_lint.facts.requirements import LockedVersion, Requirement, RequirementInclude
from mlops_lint.facts.resolved_versions import ResolvedVersions, environment_of
from mlops_lint.knowledge.packages import HARDWARE_WORDS, VARIANT_WORDS
from mlops_lint.text.span import Span

REQUIRES = (Requirement, LockedVersion, RequirementInclude, Manifest, ImageInstall, DeclaredConflict)
"""The facts that :meth:`Environments.of` reads."""

MAX_INCLUDED = 200
MAX_MENTIONS = 40
"""Rows about one package that are compared with each other in one environment."""

_PROJECT_KINDS = ("pyproject", "setup.cfg", "setup.py", "pipfile")
_MAIN_FILES = re.compile(r"requirements?\.(?:txt|in|pip)|(?:conda|environment|env)\.ya?ml")
_HARDWARE = re.compile(r"(?:cu|cuda|rocm|sm)\d[\d.]*")


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """One place that says which versions of a package may be installed.

    ``package`` is the name on the Python index; ``how`` is ``manifest``, ``image`` or ``lock``.
    """

    path: str
    span: Span
    package: str
    specifier: str
    marker: str = ""
    groups: tuple[str, ...] = ("",)
    how: str = "manifest"

    @property
    def location(self) -> Location:
        """Where it stands."""
        return Location(self.path, self.span)


@dataclass(frozen=True, slots=True)
class Encounter:
    """Two mentions of a package in one environment; ``sure`` when nothing but a decision of the reader's could keep them apart."""

    first: Mention
    second: Mention
    sure: bool


class Environments:
    """All encounters of one project; what is said of markers and versions is for the asker to compare."""

    def __init__(self, project: Any) -> None:
        self._resolved: ResolvedVersions = project.derive(ResolvedVersions.of)
        self._images: ImageInstalls = project.derive(ImageInstalls.of)
        self._manifests: dict[str, Manifest] = {}
        for manifest in project.facts(Manifest):
            if manifest.kind != "script" and role_of(manifest.path) != "vendored":
                self._manifests.setdefault(manifest.path, manifest)
        self._rows: dict[str, list[Requirement]] = {}
        for row in project.facts(Requirement):
            if row.path in self._manifests and row.name and (row.source == "registry" or (row.source == "url" and row.exact is not None)):
                self._rows.setdefault(row.path, []).append(row)
        self._includes: dict[str, list[str]] = {}
        self._included: set[str] = set()
        for include in project.facts(RequirementInclude):
            if include.target in self._manifests:
                self._includes.setdefault(include.path, []).append(include.target)
                self._included.add(include.target)
        self._locked: dict[str, dict[str, list[LockedVersion]]] = {}
        for one in project.facts(LockedVersion):
            self._locked.setdefault(one.path, {}).setdefault(one.name, []).append(one)
        self._exclusive: dict[str, list[frozenset[str]]] = {}
        for conflict in project.facts(DeclaredConflict):
            self._exclusive.setdefault(conflict.path, []).append(frozenset(map(_folded, conflict.groups)))

    @classmethod
    def of(cls, project: Any) -> Environments:
        """Those of a project whose run requires :data:`REQUIRES`; meant for ``project.derive``."""
        return cls(project)

    def encounters(self) -> Iterator[Encounter]:
        """Every pair that meets, surest first; a pair that meets in several environments comes several times."""
        yield from self._with_includes()
        yield from self._in_images()
        yield from self._with_locks()
        yield from self._in_folders()

    # -- a manifest and what it includes ---------------------------------------------------------------------------------------------------------

    def _with_includes(self) -> Iterator[Encounter]:
        for path in sorted(self._manifests):
            if path in self._included and path not in self._includes:
                continue
            mentions = [one for reached in self._closure([path]) for one in self._mentions(reached)]
            for first, second in _pairs(mentions):
                if first.path != second.path:
                    yield Encounter(first, second, True)
                elif self._manifests[first.path].is_compiled:
                    # A tool wrote it: several versions beside each other are what it was asked for, such as the tools to build wheels with.
                    continue
                elif (together := self._together(first, second)) is not None:
                    yield Encounter(first, second, together)

    def _closure(self, starts: Iterable[str]) -> list[str]:
        found = dict.fromkeys(starts)
        stack = list(found)
        while stack and len(found) < MAX_INCLUDED:
            for path in self._includes.get(stack.pop(), ()):
                if path not in found:
                    found[path] = None
                    stack.append(path)
        return list(found)

    def _mentions(self, path: str, groups: frozenset[str] | None = None) -> Iterator[Mention]:
        """What a manifest says; of a project file, uv's overrides and constraints aside."""
        is_requirements = path in self._manifests and self._manifests[path].kind == "requirements"
        for row in self._rows.get(path, ()):
            if row.group == "constraint" and not is_requirements:
                continue
            if groups is None or groups.intersection(row.groups):
                specifier = row.specifier if row.source == "registry" else f"=={row.exact}"
                yield Mention(path, row.span, package_of(row), specifier, row.marker, row.groups)

    def _together(self, first: Mention, second: Mention) -> bool | None:
        """Whether two rows of one manifest are surely installed together; ``None`` when they never are."""
        best: bool | None = None
        for one in first.groups:
            for other in second.groups:
                if one == other or "" in (one, other):
                    if "build" not in (one, other) or one == other:
                        return True
                elif one.startswith(("extra:", "group:")) and other.startswith(("extra:", "group:")) and not self._apart(first.path, one, other):
                    best = False
        return best

    def _apart(self, path: str, one: str, other: str) -> bool:
        """Whether two extras or groups are declared, or by their names evidently meant, as alternatives."""
        pair = {_folded(one), _folded(other)}
        return any(pair <= declared for declared in self._exclusive.get(path, ())) or _are_variants(one.partition(":")[2], other.partition(":")[2])

    # -- an image --------------------------------------------------------------------------------------------------------------------------------

    def _in_images(self) -> Iterator[Encounter]:
        """What the commands of a stage, and of those it is built on, install into one environment."""
        by_image: dict[tuple[str, str], list[ResolvedInstall]] = {}
        for one in self._images.installs:
            if not one.install.reinstalls:
                by_image.setdefault((one.install.path, one.install.interpreter), []).append(one)
        for found in by_image.values():
            for stages in dict.fromkeys(one.install.stages for one in found):
                mentions = [said for one in found if one.install.stages[0] in stages for said in self._installed(one)]
                for first, second in _pairs(mentions):
                    if first.path != second.path or first.how == second.how == "image":
                        yield Encounter(first, second, True)

    def _installed(self, one: ResolvedInstall) -> Iterator[Mention]:
        for path in self._closure((*one.requirements, *one.constraints)):
            yield from self._mentions(path, None if self._is_requirements(path) else frozenset(("",)))
        if not one.install.no_deps:
            for path, extras in one.projects:
                yield from self._mentions(path, frozenset(("", *(f"extra:{extra}" for extra in extras))))
        for package in one.install.packages:
            if package.source == "registry":
                conda = one.install.tool in ("conda", "mamba")
                row = Requirement(one.install.path, package.name, package.span, manager="conda" if conda else "pip")
                yield Mention(one.install.path, package.span, package_of(row), package.specifier, package.marker, how="image")

    def _is_requirements(self, path: str) -> bool:
        return path in self._manifests and self._manifests[path].kind in ("requirements", "conda")

    # -- a lock ----------------------------------------------------------------------------------------------------------------------------------

    def _with_locks(self) -> Iterator[Encounter]:
        """Pins beside the version that the lock of the same manifest or folder holds, and open rows beside what was compiled of them."""
        for path, rows in self._rows.items():
            covers = self._resolved.covers(path)
            locks = [lock for lock in covers if lock in self._locked]
            if not locks and _MAIN_FILES.fullmatch(posixpath.basename(path).lower()):
                folder = posixpath.dirname(path)
                locks = [lock for lock in self._locked if posixpath.dirname(lock) == folder]
            # Of a project file a compiled one holds the extras and groups that its command named, which is not known here.
            mine = list(self._mentions(path, None if self._is_requirements(path) else frozenset(("",))))
            for compiled in covers:
                if compiled in self._manifests and self._manifests[compiled].is_compiled:
                    for first, second in _pairs([*mine, *self._mentions(compiled)]):
                        if first.path != second.path:
                            yield Encounter(first, second, True)
            for row in rows:
                if row.exact is None or row.source != "registry" or row.group in ("build", "constraint"):
                    continue
                for lock in locks:
                    yield from self._beside_lock(row, lock)

    def _beside_lock(self, row: Requirement, lock: str) -> Iterator[Encounter]:
        """A pin beside its lock, which may hold several versions for several platforms: one that fits is enough."""
        held = [one for name in {row.name, package_of(row)} for one in self._locked[lock].get(name, ())]
        if not held or any(one.source != "registry" or not one.version or row.admits(one.version) is not False for one in held):
            return
        mine = Mention(row.path, row.span, package_of(row), row.specifier, row.marker, row.groups)
        one = held[0]
        yield Encounter(mine, Mention(lock, one.version_span, package_of(row), f"=={one.version}", one.marker, how="lock"), True)

    # -- a folder --------------------------------------------------------------------------------------------------------------------------------

    def _in_folders(self) -> Iterator[Encounter]:
        """Manifests of different kinds that describe the same folder, its image that reads none of them, and its files for development."""
        folders: dict[str, list[list[Mention]]] = {}
        for path, manifest in sorted(self._manifests.items()):
            name = posixpath.basename(path).lower()
            if manifest.is_constraints or manifest.is_compiled:
                continue
            if manifest.kind in _PROJECT_KINDS:
                said = list(self._mentions(path, frozenset(("",))))
            elif _MAIN_FILES.fullmatch(name) or (manifest.kind == "requirements" and purpose_of(posixpath.splitext(name)[0]) in ("dev", "test")):
                said = [one for reached in self._closure([path]) for one in self._mentions(reached)]
            else:
                continue
            folders.setdefault(environment_of(path), []).append(said)
        for folder, image in self._images_apart().items():
            if folder in folders:
                folders[folder].insert(0, image)
        for found in folders.values():
            for one, other in combinations(found[:20], 2):
                for first, second in _pairs([*one, *other]):
                    aside = [_is_side(one.path) for one in (first, second)]
                    # Two files for development are alternatives, and neither goes into an image that does not name it.
                    if first.path != second.path and not all(aside) and not (any(aside) and "image" in (first.how, second.how)):
                        yield Encounter(first, second, False)

    def _images_apart(self) -> dict[str, list[Mention]]:
        """What the ``Dockerfile`` of each folder installs where its commands name packages alone, so that they say the folder's versions again."""
        by_image: dict[str, list[ResolvedInstall]] = {}
        for one in self._images.installs:
            if posixpath.basename(one.install.path) == "Dockerfile":
                by_image.setdefault(posixpath.dirname(one.install.path), []).append(one)
        found: dict[str, list[Mention]] = {}
        for folder, installs in by_image.items():
            if not any(one.install.targets or one.install.from_lock or one.install.interpreter for one in installs):
                found[folder] = [said for one in installs for said in self._installed(one)]
        return found


def _is_side(path: str) -> bool:
    return bool(purpose_of(posixpath.splitext(posixpath.basename(path))[0]))


def _pairs(mentions: list[Mention]) -> Iterator[tuple[Mention, Mention]]:
    """The pairs about one package that both limit the versions."""
    by_package: dict[str, dict[Mention, None]] = {}
    for mention in mentions:
        if mention.specifier:
            by_package.setdefault(mention.package, {})[mention] = None
    for found in by_package.values():
        if len(found) > 1:
            yield from combinations(list(found)[:MAX_MENTIONS], 2)


def _folded(group: str) -> str:
    return re.sub(r"[-_.]+", "-", group).lower()


@lru_cache(maxsize=4096)
def _are_variants(one: str, other: str) -> bool:
    """Whether two names of extras mean the same for two machines (``cpu``, ``cu118``) or two versions (``tf1``, ``tf2``)."""
    first, second = (set(re.split(r"[^a-z0-9.]+", name.lower())) for name in (one, other))
    if all(any(word in HARDWARE_WORDS or _HARDWARE.fullmatch(word) for word in words) for words in (first, second)):
        return True
    if (first | second) & VARIANT_WORDS:
        return True
    stems = [re.sub(r"[\d.]+", "", name.lower()).strip("-_") for name in (one, other)]
    return stems[0] == stems[1]
