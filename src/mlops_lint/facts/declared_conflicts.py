"""Extras and groups that a project declares never to be installed together (``tool.uv.conflicts``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.documents.document import Document
from mlops_lint.documents.mapping import MappingDocument


@dataclass(frozen=True, slots=True)
class DeclaredConflict:
    """One set of groups of which at most one is installed; they are named as :class:`~mlops_lint.facts.requirements.Requirement` names them."""

    kinds: ClassVar[tuple[str, ...]] = ("toml",)

    path: str
    groups: tuple[str, ...]

    @classmethod
    def collect(cls, document: Document) -> Iterator[DeclaredConflict]:
        """The sets of one ``pyproject.toml``."""
        if not isinstance(document, MappingDocument) or document.name.lower() != "pyproject.toml":
            return
        conflicts = document.node("tool", "uv", "conflicts")
        for _, entry in conflicts.children() if conflicts is not None and conflicts.kind == "sequence" else ():
            groups = []
            for _, item in entry.children():
                for key in ("extra", "group"):
                    if isinstance(name := item.get(key), str):
                        groups.append(f"{key}:{name}")
            if len(groups) > 1:
                yield cls(document.path, tuple(groups))
