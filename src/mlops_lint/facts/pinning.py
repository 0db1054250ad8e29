"""Which direct dependencies of a project are left open: no exact version, and no lock or constraints file that the installation uses holds them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mlops_lint.documents.classify import role_of
from mlops_lint.documents.specifiers import exact_version
from mlops_lint.facts.distributions import DISTRIBUTION_FACTS, Distributions
from mlops_lint.facts.image_installs import ImageInstall, ImageInstalls, ResolvedInstall
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.requirements import LockedVersion, Requirement, RequirementInclude
from mlops_lint.facts.resolved_versions import REQUIREMENTS_FOLDERS, ResolvedVersions, environment_of
from mlops_lint.knowledge.packages import CONDA_NAMES, DEV_WORDS, DOCS_WORDS, LINT_WORDS, LOCK_WORDS, TEST_WORDS
from mlops_lint.text.span import Span

REQUIRES = (Requirement, LockedVersion, ImageInstall, *DISTRIBUTION_FACTS)
"""The facts that :meth:`Pinning.of` reads."""

MAX_INCLUDED = 200

_MANIFEST_KINDS = ("requirements", "pyproject", "setup.cfg", "setup.py", "pipfile", "conda", "script")
_LOCKS_OF_FOLDER = re.compile(r"(?:poetry|uv|pdm|pipfile|pixi)\.lock|pylock(?:\.[\w.-]+)?\.toml|conda-lock\.ya?ml|.*\.conda\.lock|conda-.*\.lock")


@lru_cache(maxsize=4096)
def purpose_of(name: str) -> str:
    """What a requirements file, group or extra is for by the words of its name: ``test``, ``docs``, ``lint``, ``dev``, ``lock``, or empty."""
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    if "pre" in words and "commit" in words:
        return "lint"
    for purpose, known in (("lock", LOCK_WORDS), ("docs", DOCS_WORDS), ("test", TEST_WORDS), ("lint", LINT_WORDS), ("dev", DEV_WORDS)):
        if words & known:
            return purpose
    return ""


def package_of(row: Requirement) -> str:
    """A row's package by its name on the Python index."""
    return CONDA_NAMES.get(row.name, row.name) if row.manager == "conda" else row.name


def is_exact(row: Requirement) -> bool:
    """Whether the row alone always installs the same release: an exact version, a hash, a folder of the project, or a commit.

    The address of an archive without its hash is not exact: what lies there can be replaced.
    """
    return row.hashed if row.source == "url" else row.is_exact


@dataclass(frozen=True, slots=True)
class OpenManifest:
    """A manifest with rows that nothing pins. ``rows`` are all that count, ``loose`` those left open.

    ``ignoring`` is the command of an image that installs the manifest past the lock that covers it, or a library's manifest as if it were an
    application's. ``is_weak``: an example, a development file, or a file beside a published library, where open versions do little harm.
    ``has_lock``: there is a lock all the same. ``is_library``: only that command makes the open rows matter.
    """

    manifest: Manifest
    rows: tuple[Requirement, ...]
    loose: tuple[Requirement, ...]
    ignoring: ResolvedInstall | None = None
    is_weak: bool = False
    has_lock: bool = False
    is_library: bool = False


class Pinning:
    """Answers about what is pinned, for the manifests of one project."""

    def __init__(self, project: Any) -> None:
        self._resolved: ResolvedVersions = project.derive(ResolvedVersions.of)
        self._distributions: Distributions = project.derive(Distributions.of)
        self._images: ImageInstalls = project.derive(ImageInstalls.of)
        self._manifests: dict[str, list[Manifest]] = {}
        for manifest in project.facts(Manifest):
            if manifest.kind in _MANIFEST_KINDS:
                self._manifests.setdefault(manifest.path, []).append(manifest)
        self._rows: dict[str, list[Requirement]] = {}
        self._exact_markers: dict[tuple[str, str, str], set[str]] = {}
        for row in project.facts(Requirement):
            self._rows.setdefault(row.path, []).append(row)
            if is_exact(row):
                self._exact_markers.setdefault((row.path, package_of(row), row.group), set()).add(row.marker)
        self._exact: dict[str, frozenset[str]] = {}
        self._read_together: dict[str, frozenset[str]] = {}
        self._pinned_by_image: dict[tuple[str, Span, str], frozenset[str] | None] = {}
        self._includes: dict[str, list[str]] = {}
        self._included_by: dict[str, list[str]] = {}
        for include in project.facts(RequirementInclude):
            if include.target:
                self._includes.setdefault(include.path, []).append(include.target)
                self._included_by.setdefault(include.target, []).append(include.path)
        self._locked = {one.path for one in project.facts(LockedVersion)}
        self._lock_files: dict[str, list[str]] = {}
        for path in {*(one.path for one in project.files), *project.repository.tracked()}:
            folder, name = posixpath.split(path)
            if _LOCKS_OF_FOLDER.fullmatch(name.lower()) or name in ("requirements.lock", "requirements-dev.lock"):
                self._lock_files.setdefault(folder, []).append(name)
        self._siblings: dict[str, list[str]] = {}
        for path, (manifest, *_) in self._manifests.items():
            if manifest.kind == "requirements":
                self._siblings.setdefault(environment_of(path), []).append(path)

    @classmethod
    def of(cls, project: Any) -> Pinning:
        """That of a project whose run requires :data:`REQUIRES`; meant for ``project.derive``."""
        return cls(project)

    def open_manifests(self) -> Iterator[OpenManifest]:
        """The manifests that have direct dependencies of their own, in path order; ``loose`` is empty where all is pinned.

        Constraints files, tests, documentation, vendored code, and libraries that no image installs are left out.
        """
        for path, manifests in sorted(self._manifests.items()):
            manifest = manifests[0]
            role = role_of(path)
            stem = posixpath.splitext(posixpath.basename(path))[0] if manifest.kind in ("requirements", "conda") else ""
            purpose = purpose_of(stem)
            if manifest.is_constraints or role in ("test", "docs", "vendored") or purpose in ("test", "docs", "lint"):
                continue
            rows = tuple(self._direct(path))
            is_weak = role == "example" or purpose == "dev"
            if manifest.kind in ("setup.py", "setup.cfg") or self._distributions.is_library_file(path):
                if (found := self._library(manifest, rows, is_weak)) is not None:
                    yield found
                continue
            if manifest.kind in ("requirements", "conda") and self._distributions.library(_served_folder(path)) == "published":
                # What lies beside a published library serves its developers, unless an image is made of it.
                is_weak = is_weak or not self._images.of_manifest(path)
            if rows:
                yield self._state(manifest, rows, is_weak)

    def locks_of_folder(self, folder: str) -> tuple[str, ...]:
        """The names of the lock files in a folder, also of those that nothing reads."""
        return tuple(self._lock_files.get(folder, ()))

    def has_locked_commit(self, row: Requirement) -> bool:
        """Whether a lock that the installation uses records the commit of a row from a repository."""
        name = package_of(row)
        if not name:
            # A bare address is compared with the addresses that were compiled of it.
            return any(other.url == row.url and is_exact(other) for path in self._resolved.covers(row.path) for other in self._rows.get(path, ()))
        held = any(
            (one.source != "git" and one.source != "registry") or re.fullmatch(r"[0-9a-fA-F]{7,64}", one.revision)
            for path in self._resolved.covers(row.path, name)
            for one in self._resolved.locked(path, name)
        ) or any(name in self._exact_in(path) for path in self._resolved.covers(row.path, name))
        if not (held or self._included_pin(row)):
            return False
        return not any(self._passes_by(one, row) for one in self._images.of_manifest(row.path))

    # -- rows ------------------------------------------------------------------------------------------------------------------------------------

    def _direct(self, path: str) -> Iterator[Requirement]:
        for row in self._rows.get(path, ()):
            group = row.group.partition(":")[2]
            if row.group in ("build", "constraint") or not row.name:
                continue
            if not group or not (purpose_of(group) or (row.group.startswith("env:") and group.startswith("hatch-"))):
                yield row

    def _library(self, manifest: Manifest, rows: tuple[Requirement, ...], is_weak: bool) -> OpenManifest | None:
        """A library may leave its versions open, but an image that installs it as it stands gets whatever is newest."""
        for one in self._images.of_manifest(manifest.path):
            extras = next((extras for path, extras in one.projects if path == manifest.path), ())
            wanted = {"", *(f"extra:{extra}" for extra in extras)}
            chosen = tuple(row for row in rows if wanted.intersection(row.groups))
            loose = tuple(row for row in chosen if not is_exact(row) and not self._included_pin(row) and self._passes_by(one, row))
            if loose:
                return OpenManifest(manifest, chosen, loose, one, is_weak, self._has_lock(manifest), True)
        return None

    def _state(self, manifest: Manifest, rows: tuple[Requirement, ...], is_weak: bool) -> OpenManifest:
        loose: list[Requirement] = []
        ignoring: ResolvedInstall | None = None
        has_lock = self._has_lock(manifest)
        for row in rows:
            if is_exact(row) or self._included_pin(row):
                continue
            locked = self._held_by_lock(manifest, row)
            images = [one for one in self._images.of_manifest(row.path) if not one.install.no_deps]
            if locked:
                past = next((one for one in images if self._passes_by(one, row)), None)
                if past is None:
                    continue
                ignoring = ignoring or past
            elif images:
                if not any(self._passes_by(one, row) for one in images):
                    continue
            elif self._pinned_beside(row):
                continue
            loose.append(row)
        return OpenManifest(manifest, rows, tuple(loose), ignoring, is_weak, has_lock)

    def _has_lock(self, manifest: Manifest) -> bool:
        return any(path in self._locked or path.lower().endswith(".lock") for path in self._resolved.covers(manifest.path)) or any(
            self._is_lock_for(manifest, name) for name in self._lock_files.get(posixpath.dirname(manifest.path), ())
        )

    def _is_lock_for(self, manifest: Manifest, name: str) -> bool:
        """Whether a lock file of the same folder is one of this manifest, by its name."""
        name = name.lower()
        if manifest.kind == "conda":
            return name.startswith(("conda-lock", "pixi", "conda-")) or name.endswith(".conda.lock")
        if manifest.kind == "pipfile":
            return name == "pipfile.lock"
        if manifest.kind == "requirements":
            return name == "requirements.lock"
        if manifest.kind == "script":
            return False
        return name.startswith(("poetry", "uv", "pdm", "pylock", "pixi", "requirements"))

    # -- cover -----------------------------------------------------------------------------------------------------------------------------------

    def _included_pin(self, row: Requirement) -> bool:
        """Whether a file that is read in the same run of pip pins the package: an include, a constraints file, or the file that includes this one."""
        name = package_of(row)
        if not self._exact_markers.get((row.path, name, row.group), frozenset()).isdisjoint(("", row.marker)):
            return True
        if row.path not in self._read_together:
            above = self._reached([row.path], self._included_by)
            files = {*above, *self._reached(above, self._includes)} - {row.path}
            self._read_together[row.path] = frozenset(name for path in files for name in self._exact_in(path))
        return name in self._read_together[row.path]

    def _held_by_lock(self, manifest: Manifest, row: Requirement) -> bool:
        if manifest.cutoff or self._resolved.covers(row.path, package_of(row)):
            return True
        # A lock that cannot be read, or of a kind that nothing reads, gets the benefit of the doubt.
        folder = posixpath.dirname(row.path)
        return any(
            self._is_lock_for(manifest, name) and posixpath.join(folder, name) not in self._locked for name in self._lock_files.get(folder, ())
        )

    def _pinned_beside(self, row: Requirement) -> bool:
        """Whether a file of the same folder that is meant to be used with this one pins the package, where no image shows how it is installed."""
        manifest = self._manifests[row.path][0]
        if manifest.kind in ("conda", "script"):
            return False
        name = package_of(row)
        for path in self._siblings.get(environment_of(row.path), ()):
            if path == row.path:
                continue
            other = self._manifests[path][0]
            stem = posixpath.splitext(posixpath.basename(path))[0]
            is_twin = other.is_constraints or other.is_compiled or purpose_of(stem) == "lock"
            if (is_twin or (manifest.kind != "requirements" and not purpose_of(stem))) and name in self._exact_in(path):
                return True
        return False

    def _passes_by(self, one: ResolvedInstall, row: Requirement) -> bool:
        """Whether an image that installs the row's manifest leaves the package open: nothing else that goes into it pins the package."""
        if one.install.no_deps:
            return False
        key = (one.install.path, one.install.span, row.path)
        if key not in self._pinned_by_image:
            self._pinned_by_image[key] = self._names_pinned_by(one, row.path)
        pinned = self._pinned_by_image[key]
        return pinned is not None and package_of(row) not in pinned

    def _names_pinned_by(self, one: ResolvedInstall, manifest: str) -> frozenset[str] | None:
        """The packages that all else in the environment of an image command pins; ``None`` when a lock or an unknown file has a part in it."""
        if any(other.install.from_lock and other.install.path == one.install.path for other in self._images.installs):
            return None
        found: set[str] = set()
        for other in self._images.beside(one):
            if other.unknown:
                return None
            found.update(package.name for package in other.install.packages if exact_version(package.specifier) is not None)
            for path in self._reached([*other.requirements, *other.constraints], self._includes):
                if path != manifest:
                    found |= self._exact_in(path)
        return frozenset(found)

    def _reached(self, starts: list[str], edges: dict[str, list[str]]) -> list[str]:
        found = dict.fromkeys(starts)
        stack = list(found)
        while stack and len(found) < MAX_INCLUDED:
            for path in edges.get(stack.pop(), ()):
                if path not in found:
                    found[path] = None
                    stack.append(path)
        return list(found)

    def _exact_in(self, path: str) -> frozenset[str]:
        if path not in self._exact:
            self._exact[path] = frozenset(package_of(row) for row in self._rows.get(path, ()) if is_exact(row))
        return self._exact[path]


def _served_folder(path: str) -> str:
    """The folder that a manifest serves: what stands anywhere below a folder ``requirements`` belongs to the one above it."""
    folders = path.split("/")[:-1]
    for place, folder in enumerate(folders):
        if folder.lower() in REQUIREMENTS_FOLDERS:
            return "/".join(folders[:place])
    return "/".join(folders)


def is_minor_file(path: str) -> bool:
    """Whether a manifest serves examples, tests, documentation or linting alone."""
    stem = posixpath.splitext(posixpath.basename(path))[0]
    return role_of(path) != "code" or purpose_of(stem) in ("test", "docs", "lint")
