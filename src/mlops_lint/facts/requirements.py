"""What a project declares to need: one row per direct dependency of any manifest, the files manifests include, and what locks hold."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.documents import specifiers
from mlops_lint.documents.document import Document
from mlops_lint.text.span import Span

MANIFEST_KINDS = ("requirements", "toml", "ini", "python", "yaml")
"""The document kinds that can be a manifest."""

_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A direct dependency as one manifest declares it.

    ``name`` is canonical, and empty where only a URL or path stands. ``specifier`` is PEP 440, whatever dialect the manifest speaks (one that has
    no such form, as Poetry's ``||``, stays as written and answers every question with "unknown"). ``source`` is ``registry``, ``git`` (or another
    version control), ``url``, ``path`` or ``workspace``; ``revision`` is the commit, tag or branch. ``hashed`` tells that the artefact's hash is given.

    ``group`` is ``""`` for what is always installed, ``extra:NAME``, ``group:NAME``, ``env:NAME`` (Hatch), ``build``, or ``constraint`` for what
    is not installed by this row but held to it. ``groups`` are all groups that install the row: its own, and those that include it.
    ``manager`` is ``pip`` or ``conda``; conda's names are conda's own (``pytorch``).
    """

    kinds: ClassVar[tuple[str, ...]] = MANIFEST_KINDS

    path: str
    name: str
    span: Span
    specifier: str = ""
    marker: str = ""
    extras: tuple[str, ...] = ()
    url: str = ""
    revision: str = ""
    editable: bool = False
    hashed: bool = False
    group: str = ""
    source: str = "registry"
    manager: str = "pip"
    groups: tuple[str, ...] = ("",)

    @classmethod
    def collect(cls, document: Document) -> Iterator[Requirement]:
        """The rows of one manifest; of any other file, nothing."""
        from mlops_lint.facts import declarations

        yield from declarations.of(document).requirements

    @property
    def location(self) -> Location:
        """Where the row stands."""
        return Location(self.path, self.span)

    @property
    def exact(self) -> str | None:
        """The one version the row admits: ``==`` without wildcard, ``===``, or the version in an archive's file name."""
        return specifiers.exact_version(self.specifier)

    @property
    def is_exact(self) -> bool:
        """Whether the row always installs the same thing: an exact version, a hash, a commit, or a folder of the project itself."""
        if self.exact is not None or self.hashed or self.source in ("path", "workspace"):
            return True
        return self.source not in ("registry", "url") and _COMMIT.fullmatch(self.revision) is not None

    @property
    def lower_bound(self) -> str | None:
        """The lowest version the row admits, or ``None`` where it has no floor."""
        return specifiers.lower_bound(self.specifier)

    @property
    def has_upper_bound(self) -> bool:
        """Whether the row keeps out later versions."""
        return specifiers.has_upper_bound(self.specifier)

    def admits(self, version: str) -> bool | None:
        """Whether the row lets a version in; ``None`` means unknown."""
        return specifiers.admits(self.specifier, version)

    def conflicts_with(self, other: Requirement) -> bool | None:
        """Whether no version satisfies both rows, their markers aside; ``None`` means unknown."""
        return specifiers.disjoint(self.specifier, other.specifier)


@dataclass(frozen=True, slots=True)
class RequirementInclude:
    """A file that a manifest reads: ``kind`` is ``requirement`` or ``constraint``.

    ``target`` is its POSIX path relative to the project root, empty when it leaves the project, is a URL or holds a variable; ``raw`` is as written.
    """

    kinds: ClassVar[tuple[str, ...]] = MANIFEST_KINDS

    path: str
    kind: str
    target: str
    raw: str
    span: Span

    @classmethod
    def collect(cls, document: Document) -> Iterator[RequirementInclude]:
        """The files that one manifest reads."""
        from mlops_lint.facts import declarations

        yield from declarations.of(document).includes

    @property
    def location(self) -> Location:
        """Where the file is named."""
        return Location(self.path, self.span)


@dataclass(frozen=True, slots=True)
class LockedVersion:
    """A package of a lock, as :class:`~mlops_lint.documents.lockfile.LockedPackage` describes it; ``span`` covers the name."""

    kinds: ClassVar[tuple[str, ...]] = ("lockfile",)

    path: str
    name: str
    version: str
    span: Span
    version_span: Span
    source: str = "registry"
    revision: str = ""
    hashed: bool = False
    marker: str = ""
    manager: str = "pip"
    platform: str = ""

    @classmethod
    def collect(cls, document: Document) -> Iterator[LockedVersion]:
        """The packages of one lock."""
        from mlops_lint.documents.lockfile import LockfileDocument

        if not isinstance(document, LockfileDocument):
            return
        for one in document.packages:
            yield cls(
                document.path,
                one.name,
                one.version,
                one.span,
                one.version_span,
                one.source,
                one.revision,
                one.hashed,
                one.marker,
                one.manager,
                one.platform,
            )

    @property
    def location(self) -> Location:
        """Where the package stands."""
        return Location(self.path, self.span)


def inside_project(path: str, raw: str) -> str:
    """A file named in the file ``path`` as a POSIX path relative to the project root; empty when it is none of the project's."""
    target = raw.strip().replace("\\", "/")
    if target.startswith("file:") and "://" not in target:
        target = target[5:]
    if not target or "://" in target or "${" in target or target.startswith(("/", "~")) or re.match(r"[A-Za-z]:", target):
        return ""
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return "" if joined in (".", "..") or joined.startswith("../") else joined
