"""The project as a rule across files sees it: facts, the list of files, and git. Read-only; nothing here opens a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from mlops_lint.project.repository import Repository

_F = TypeVar("_F")


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """One file of the project: POSIX path, kind as in ``documents.classify``, and what it is for (``documents.classify.role_of``)."""

    path: str
    kind: str
    role: str


class Project:
    """All that a project rule may ask.

    ``files`` are the files that are read, in path order. ``focus`` are the paths whose findings are asked for, ``None`` for all: what cannot concern
    them need not be worked out.
    """

    def __init__(
        self, files: Iterable[ProjectFile], facts: Mapping[type, Iterable[Any]], repository: Repository, focus: frozenset[str] | None = None
    ) -> None:
        self.files: tuple[ProjectFile, ...] = tuple(sorted(files, key=lambda one: one.path))
        self.repository = repository
        self.focus = focus
        self._facts: dict[type, tuple[Any, ...]] = {kind: tuple(found) for kind, found in facts.items()}
        self._by_path: dict[type, dict[str, tuple[Any, ...]]] = {}
        self._derived: dict[Any, Any] = {}

    def facts(self, kind: type[_F], path: str | None = None) -> tuple[_F, ...]:
        """The facts of a type in path order, of all files or of one.

        Raises:
            LookupError: no rule of this run requires the type.
        """
        if kind not in self._facts:
            raise LookupError(f"{kind.__name__} was not collected: name it in the rule's `requires`")
        if path is None:
            return self._facts[kind]
        if kind not in self._by_path:
            table: dict[str, list[Any]] = {}
            for fact in self._facts[kind]:
                table.setdefault(fact.path, []).append(fact)
            self._by_path[kind] = {name: tuple(found) for name, found in table.items()}
        return self._by_path[kind].get(path, ())

    def documents(self, kind: str | None = None) -> tuple[ProjectFile, ...]:
        """The files of a kind, or all."""
        return tuple(one for one in self.files if kind is None or one.kind == kind)

    def derive(self, build: Any) -> Any:
        """What a function of the project alone works out (``build(project)``), kept for the next rule that asks."""
        if build not in self._derived:
            self._derived[build] = build(self)
        return self._derived[build]
