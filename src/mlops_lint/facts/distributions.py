"""Whether what a folder declares is a library, which others install beside packages of their own, or an application, which is run as it is."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.documents.document import Document
from mlops_lint.documents.ini import IniDocument
from mlops_lint.documents.mapping import MappingDocument
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.requirements import RequirementInclude, inside_project
from mlops_lint.facts.resolved_versions import environment_of
from mlops_lint.text.span import Span

PROJECT_KINDS = ("pyproject", "setup.cfg", "setup.py")
"""Kinds of manifests that can describe a distribution."""

_PRIVATE = re.compile(r"private\s*::", re.IGNORECASE)
_TEXT_FILE = re.compile(r"[\w./\\-]{1,200}\.(?:txt|in|pip)")
_STARTED = re.compile(r"(?:train|main|app|serve|predict|evaluate|inference|run)(?:_\w+)?\.py|dvc\.yaml|MLproject")
# Inside a package, what is called app or main may be a command of a library; training and serving is what an application does.
_STARTED_INSIDE = re.compile(r"(?:train|serve)(?:_\w+)?\.py")
_MAX_NODES = 200_000


@dataclass(frozen=True, slots=True)
class PrivateMark:
    """A ``Private ::`` classifier: an index is to refuse the distribution."""

    kinds: ClassVar[tuple[str, ...]] = ("toml", "ini", "python")

    path: str
    span: Span | None

    @classmethod
    def collect(cls, document: Document) -> Iterator[PrivateMark]:
        """The mark of one project file, if it bears it."""
        name = document.name.lower()
        if name == "pyproject.toml" and isinstance(document, MappingDocument):
            for table in (("project",), ("tool", "poetry")):
                classifiers = document.node(*table, "classifiers")
                for text, node in classifiers.strings() if classifiers is not None else ():
                    if _PRIVATE.match(text):
                        yield cls(document.path, node.span)
        elif name == "setup.cfg" and isinstance(document, IniDocument):
            if any(_PRIVATE.match(line.strip()) for line in (document.get("metadata", "classifiers") or "").splitlines()):
                yield cls(document.path, None)
        elif name == "setup.py" and any(_PRIVATE.match(text) for text in _setup_strings(document)):
            yield cls(document.path, None)

    @property
    def location(self) -> Location:
        """Where it is marked."""
        return Location(self.path, self.span)


@dataclass(frozen=True, slots=True)
class SetupRead:
    """A text file that ``setup.py`` names in code: mostly the requirements that it hands to ``install_requires``. ``target`` as in an include."""

    kinds: ClassVar[tuple[str, ...]] = ("python",)

    path: str
    target: str

    @classmethod
    def collect(cls, document: Document) -> Iterator[SetupRead]:
        """The files that one ``setup.py`` names."""
        if document.name == "setup.py":
            for text in dict.fromkeys(_setup_strings(document)):
                if _TEXT_FILE.fullmatch(text) and (target := inside_project(document.path, text)):
                    yield cls(document.path, target)


def _setup_strings(document: Document) -> Iterator[str]:
    """The short string literals of a ``setup.py``."""
    from mlops_lint.documents.python import PythonDocument

    if not isinstance(document, PythonDocument):
        return
    for count, node in enumerate(ast.walk(document.tree)):
        if count > _MAX_NODES:
            return
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 300:
            yield node.value


DISTRIBUTION_FACTS = (Manifest, RequirementInclude, PrivateMark, SetupRead)
"""What :meth:`Distributions.of` reads."""


class Distributions:
    """What the folders of a project are, by their manifests and files.

    A *library* has build metadata and nothing that makes it an application. Dressed for an index (classifiers, or licence, readme, addresses) it is one
    for sure (``published``); without, it is one when it holds a package of its name and neither a pipeline nor a script to start stands beside it, in
    ``scripts`` or in the package. A private classifier, ``package-mode = false``, or code beside no package make an application.
    """

    def __init__(self, project: Any) -> None:
        self._private = {posixpath.dirname(mark.path) for mark in project.facts(PrivateMark)}
        self._manifests: dict[str, list[Manifest]] = {}
        for manifest in project.facts(Manifest):
            if manifest.kind in PROJECT_KINDS:
                self._manifests.setdefault(posixpath.dirname(manifest.path), []).append(manifest)
        self._files = [one.path for one in project.files if one.kind in ("python", "notebook")]
        self._started = {posixpath.dirname(one.path) for one in project.files if _STARTED.fullmatch(posixpath.basename(one.path))}
        self._started_inside = {posixpath.dirname(path) for path in self._files if _STARTED_INSIDE.fullmatch(posixpath.basename(path))}
        self._packages = {posixpath.dirname(path) for path in self._files if posixpath.basename(path) == "__init__.py"}
        self._read_by: dict[str, list[str]] = {}
        for include in project.facts(RequirementInclude):
            if posixpath.basename(include.path) in ("setup.cfg", "pyproject.toml") and include.target:
                self._read_by.setdefault(include.target, []).append(include.path)
        for read in project.facts(SetupRead):
            self._read_by.setdefault(read.target, []).append(read.path)
        self._libraries: dict[str, str] = {}

    @classmethod
    def of(cls, project: Any) -> Distributions:
        """Those of a project whose run requires :data:`DISTRIBUTION_FACTS`; meant for ``project.derive``."""
        return cls(project)

    def library(self, folder: str) -> str:
        """``published``, ``built`` (a package without the dress) or, for anything that is no library, empty."""
        if folder not in self._libraries:
            self._libraries[folder] = self._judge(folder)
        return self._libraries[folder]

    def is_below_published(self, path: str) -> bool:
        """Whether a manifest lies in a folder below that of a published library: its tools, benchmarks and parts."""
        folder = environment_of(path)
        while folder:
            folder = posixpath.dirname(folder)
            if self.library(folder) == "published":
                return True
        return False

    def readers(self, path: str) -> tuple[str, ...]:
        """The project files that take a requirements file as their list of dependencies; a folder ``requirements`` may be put before it in code."""
        found = self._read_by.get(path, [])
        folder = environment_of(path)
        if not found and folder != posixpath.dirname(path):
            found = self._read_by.get(posixpath.join(folder, posixpath.basename(path)), [])
        return tuple(found)

    def is_library_file(self, path: str) -> bool:
        """Whether a manifest declares what a library needs: its project file, or a requirements file that this one reads."""
        return any(self.library(posixpath.dirname(one)) for one in ((path,) if self._describes(path) else self.readers(path)))

    def _describes(self, path: str) -> bool:
        return any(manifest.path == path for manifest in self._manifests.get(posixpath.dirname(path), ()))

    def _judge(self, folder: str) -> str:
        manifests = self._manifests.get(folder, [])
        built = [manifest for manifest in manifests if manifest.has_build_metadata]
        if not built or folder in self._private:
            return ""
        if any(manifest.is_published for manifest in built):
            return "published"
        if self._is_run(folder):
            return ""
        if any(self._has_package(folder, manifest.project_name) for manifest in built):
            return "built"
        below = f"{folder}/" if folder else ""
        is_poetry = any(manifest.manager == "poetry" for manifest in built)
        has_code = any(path.startswith(below) and posixpath.basename(path) != "setup.py" for path in self._files)
        return "" if is_poetry or has_code else "built"

    def _is_run(self, folder: str) -> bool:
        """Whether a pipeline or a script to start stands beside the manifest, or one that trains or serves in its package."""
        if folder in self._started or posixpath.join(folder, "scripts") in self._started:
            return True
        homes = (folder, posixpath.join(folder, "src"))
        return any(inside in homes or (inside in self._packages and posixpath.dirname(inside) in homes) for inside in self._started_inside)

    def _has_package(self, folder: str, name: str) -> bool:
        """Whether a package stands below the manifest: one of its name, or any in ``src``."""
        wanted = re.sub(r"[-_.]+", "_", name).lower()
        source = posixpath.join(folder, "src")
        below = f"{folder}/" if folder else ""
        for package in self._packages:
            parent, base = posixpath.split(package)
            if parent == source or (base.lower() == wanted and f"{parent}/".startswith(below or f"{parent}/")):
                return True
        return False
