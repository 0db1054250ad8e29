"""The files that declare dependencies, and what they say of the project as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.documents.document import Document
from mlops_lint.facts.requirements import MANIFEST_KINDS
from mlops_lint.text.span import Span


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest file.

    ``kind`` is ``requirements``, ``pyproject``, ``setup.cfg``, ``setup.py``, ``pipfile``, ``conda`` or ``script`` (PEP 723). ``span`` is its table
    or call that says most, if there is one.

    ``has_build_metadata``: it describes a distribution that can be built (name, version, and a build system). ``is_published``: such a
    distribution is dressed for an index, by classifiers or by most of licence, readme, addresses and keywords. ``manager`` is the tool of the
    manifest where its tables name one (``poetry``, ``uv``, ``pdm``, ``hatch``), else empty.

    ``channels`` are conda's in order. ``is_compiled``: a tool resolved and wrote the file, from ``compiled_from`` (as its comments name them).
    ``cutoff`` is the day after which uv takes no release (``exclude-newer``), empty where none is fixed.
    ``members`` and ``excluded`` are globs of a uv workspace, relative to the manifest's folder. ``prefix`` tells of conda's exported ``prefix:``.
    """

    kinds: ClassVar[tuple[str, ...]] = MANIFEST_KINDS

    path: str
    kind: str
    span: Span | None = None
    project_name: str = ""
    manager: str = ""
    has_build_metadata: bool = False
    is_published: bool = False
    console_scripts: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    is_constraints: bool = False
    is_compiled: bool = False
    compiled_from: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    prefix: Span | None = None
    cutoff: str = ""

    @classmethod
    def collect(cls, document: Document) -> Iterator[Manifest]:
        """The manifest that a document is, if it is one."""
        from mlops_lint.facts import declarations

        yield from declarations.of(document).manifests

    @property
    def is_application(self) -> bool:
        """Whether what it declares is run rather than depended upon: only a published distribution may leave versions open to its users."""
        return not (self.has_build_metadata and self.is_published)

    @property
    def location(self) -> Location:
        """Where it says most."""
        return Location(self.path, self.span)
