"""Repositories that tables of ``pyproject.toml`` and ``Pipfile`` name as sources of packages, and which key says what is taken of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.documents.document import Document
from mlops_lint.documents.mapping import MappingDocument, Node
from mlops_lint.documents.pep508 import canonical_name
from mlops_lint.text.span import Span

_KEYS = ("rev", "tag", "ref", "branch")


@dataclass(frozen=True, slots=True)
class GitReference:
    """One table with a ``git`` key: ``key`` is ``rev``, ``tag``, ``ref``, ``branch`` or empty, ``revision`` its value.

    ``span`` covers the key that says it, or the name of the package where none does.
    """

    kinds: ClassVar[tuple[str, ...]] = ("toml",)

    path: str
    name: str
    span: Span
    key: str = ""
    revision: str = ""

    @classmethod
    def collect(cls, document: Document) -> Iterator[GitReference]:
        """The references of one project file, whatever tool the table belongs to."""
        if not isinstance(document, MappingDocument) or document.name.lower() not in ("pyproject.toml", "pipfile") or "git" not in document.text:
            return
        for path, node in document.walk():
            if node.kind != "mapping" or not isinstance(node.get("git"), str):
                continue
            name = next((step for step in reversed(path) if isinstance(step, str)), "")
            key = next((key for key in _KEYS if node.get(key) is not None), "")
            yield cls(document.path, canonical_name(name), _place(node, key), key, str(node.get(key)) if key else "")

    @property
    def location(self) -> Location:
        """Where it stands."""
        return Location(self.path, self.span)


def _place(node: Node, key: str) -> Span:
    said = node.child(key) if key else node.child("git")
    if said is None:
        return node.key_span or node.span
    start = said.key_span.start if said.key_span is not None else said.span.start
    return Span(start, max(said.span.end, start))
