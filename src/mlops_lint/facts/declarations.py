"""From a manifest to its rows: which reader reads which file.

A manifest is read once however many fact types ask for it: what the last one said is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlops_lint.documents.document import Document
from mlops_lint.documents.ini import IniDocument
from mlops_lint.documents.pep508 import ParsedRequirement, RequirementError, parse_requirement
from mlops_lint.documents.requirements import RequirementLine, RequirementsDocument
from mlops_lint.facts.requirements import Requirement, RequirementInclude, inside_project
from mlops_lint.text.span import Span

if TYPE_CHECKING:
    from mlops_lint.facts.manifests import Manifest


@dataclass(slots=True)
class Declarations:
    """All that one manifest says."""

    document: Document
    requirements: list[Requirement] = field(default_factory=list)
    includes: list[RequirementInclude] = field(default_factory=list)
    manifests: list[Manifest] = field(default_factory=list)

    def add(
        self, parsed: ParsedRequirement, span: Span, group: str, *, editable: bool = False, manager: str = "pip", groups: tuple[str, ...] = ()
    ) -> None:
        """Add a row, unless an environment variable keeps its name or version unknown."""
        if parsed.variable:
            return
        self.requirements.append(
            Requirement(
                self.document.path,
                parsed.name,
                span,
                parsed.specifier,
                parsed.marker,
                parsed.extras,
                parsed.url,
                parsed.revision,
                editable,
                parsed.hashed,
                group,
                parsed.source,
                manager,
                groups or (group,),
            )
        )

    def add_text(self, text: str, span: Span, group: str, groups: tuple[str, ...] = ()) -> None:
        """Add a requirement in PEP 508 form; what is none says nothing."""
        try:
            self.add(parse_requirement(text), span, group, groups=groups)
        except RequirementError:
            return

    def add_line(self, line: RequirementLine, group: str) -> None:
        """Add an entry of a requirements file."""
        if line.variable:
            return
        self.requirements.append(
            Requirement(
                self.document.path,
                line.name,
                line.span,
                line.specifier,
                line.marker,
                line.extras,
                line.url,
                line.revision,
                line.editable,
                bool(line.hashes) or line.url_hashed,
                group,
                line.source,
                "pip",
                (group,),
            )
        )

    def include(self, kind: str, raw: str, span: Span) -> None:
        """Add a file that is read with this one."""
        self.includes.append(RequirementInclude(self.document.path, kind, inside_project(self.document.path, raw), raw, span))


_last: Declarations | None = None


def of(document: Document) -> Declarations:
    """The declarations of a document; empty when it is no manifest."""
    global _last
    kept = _last
    if kept is not None and kept.document is document:
        return kept
    found = Declarations(document)
    _read(document, found)
    if found.manifests:
        _last = found
    return found


def _read(document: Document, found: Declarations) -> None:
    name = document.name.lower()
    if isinstance(document, RequirementsDocument):
        read_requirements(document, found)
    elif isinstance(document, IniDocument):
        if name == "setup.cfg":
            from mlops_lint.facts.setuptools import read_setup_cfg

            read_setup_cfg(document, found)
    elif document.kind == "toml":
        if name == "pyproject.toml":
            from mlops_lint.facts.pyproject import read_pyproject

            read_pyproject(document, found)
        elif name == "pipfile":
            from mlops_lint.facts.poetry import read_pipfile

            read_pipfile(document, found)
    elif document.kind == "python":
        from mlops_lint.facts.setuptools import read_script, read_setup_py

        if name == "setup.py":
            read_setup_py(document, found)
        elif "# /// script" in document.text:
            read_script(document, found)
    elif document.kind == "yaml" and "dependencies:" in document.text:
        from mlops_lint.facts.conda import read_conda

        read_conda(document, found)


def read_requirements(document: RequirementsDocument, found: Declarations) -> None:
    """A requirements or constraints file; the rows of the latter are of the group ``constraint``."""
    from mlops_lint.facts.manifests import Manifest

    group = "constraint" if document.is_constraints else ""
    for line in document.entries:
        found.add_line(line, group)
    for include in document.includes:
        found.include(include.kind, include.target, include.span)
    found.manifests.append(
        Manifest(
            document.path,
            "requirements",
            is_constraints=document.is_constraints,
            is_compiled=document.is_compiled,
            compiled_from=document.compiled_from,
        )
    )
