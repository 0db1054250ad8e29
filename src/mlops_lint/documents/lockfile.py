"""Lock files of all managers as one list of packages.

Locks are long and written by tools, so TOML and YAML locks are read by scanners that know their layout. A file that a scanner does not
understand goes to the full parser, which either reads it or says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from mlops_lint.documents.document import Document
from mlops_lint.documents.lock_rows import Row, Value, conda_rows, conda_rows_of, toml_rows, toml_rows_of
from mlops_lint.documents.mapping import MappingDocument, Node
from mlops_lint.documents.pep508 import canonical_name, parse_url, without_user
from mlops_lint.text.span import Span

_FORMATS = {
    "poetry.lock": "poetry",
    "uv.lock": "uv",
    "pdm.lock": "pdm",
    "pipfile.lock": "pipenv",
    "conda-lock.yml": "conda-lock",
    "conda-lock.yaml": "conda-lock",
}
_HASH = re.compile(r"\bhash(?:es)?\s*=")


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One package of a lock.

    ``version`` may be empty (uv leaves it out for the project itself). ``source`` is ``registry``, ``git``, ``url`` or ``path``; ``revision`` is
    git's. ``span`` covers the name, ``version_span`` the version (the name again where there is none), both without quotes. ``platform`` is
    conda's (``linux-64``).
    """

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


class LockfileDocument(Document):
    """A lock file; ``packages`` is empty, with an E906 problem, where it is malformed."""

    kind: ClassVar[str] = "lockfile"

    def parse(self) -> None:
        _ = self.packages

    @cached_property
    def format(self) -> str:
        """Who wrote it: ``poetry``, ``uv``, ``pdm``, ``pipenv``, ``pylock`` (PEP 751) or ``conda-lock``."""
        # uv locks a script in a file of its own beside it.
        return "uv" if self.name.lower().endswith(".py.lock") else _FORMATS.get(self.name.lower(), "pylock")

    @cached_property
    def packages(self) -> tuple[LockedPackage, ...]:
        """The packages in file order; one of several versions or platforms is there several times."""
        if not self.text.strip():
            return ()
        if self.format == "pipenv":
            return tuple(self._pipenv())
        if self.format == "conda-lock":
            return tuple(_conda(row) for row in self._conda_rows() if "name" in row)
        rows = self._toml_rows()
        hashed = {canonical_name(name) for row in rows for name in _names_with_files(row)}
        read = {"poetry": _poetry, "uv": _uv, "pdm": _pdm, "pylock": _pylock}[self.format]
        return tuple(read(row, hashed) for row in rows if "name" in row)

    def _toml_rows(self) -> list[Row]:
        rows = toml_rows(self.text)
        if rows is not None:
            return rows
        from mlops_lint.documents.toml import TomlDocument

        root = self._full(TomlDocument(self.path, self.data))
        return toml_rows_of(root, self.text) if root is not None else []

    def _conda_rows(self) -> list[Row]:
        rows = conda_rows(self.text)
        if rows is not None:
            return rows
        from mlops_lint.documents.yaml import YamlDocument

        document = YamlDocument(self.path, self.data)
        if document.too_large:
            self.add_problem("E906", "lock file is not laid out as conda-lock writes it and is too large to be read as YAML")
            return []
        root = self._full(document)
        rows = conda_rows_of(root, self.text) if root is not None else []
        if root is not None and root.child("package") is None:
            self.add_problem("E906", "lock file has no list of packages")
        return rows

    def _full(self, document: MappingDocument) -> Node | None:
        """The tree of the full parser, whose problems become this document's."""
        document.parse()
        for problem in document.problems:
            self.add_problem(problem.code, problem.message, problem.span)
        return document.root

    def _pipenv(self) -> Iterator[LockedPackage]:
        from mlops_lint.documents.json import JsonError, parse_json

        try:
            root = parse_json(self.text)
        except JsonError as error:
            offset = min(error.offset, len(self.text))
            self.add_problem("E906", f"not valid JSON: {error.message}", Span(offset, min(offset + 1, len(self.text))))
            return
        for section, packages in root.children():
            if section == "_meta" or packages.kind != "mapping":
                continue
            for key, package in packages.children():
                if package.kind != "mapping" or package.key_span is None:
                    continue
                name = str(key)
                span = Span(package.key_span.start + 1, package.key_span.end - 1)
                written = package.child("version")
                version, version_span = "", span
                if written is not None and isinstance(written.value, str):
                    version = written.value.lstrip("=").strip()
                    version_span = Span(written.span.end - 1 - len(version), written.span.end - 1)
                git = package.get("git")
                source = "git" if git else "path" if package.get("path") else "url" if package.get("file") else "registry"
                yield LockedPackage(
                    canonical_name(name),
                    "" if version == "*" else version,
                    span,
                    version_span,
                    source,
                    _text(package.get("ref")),
                    bool((hashes := package.child("hashes")) is not None and hashes.items),
                    _text(package.get("markers")),
                )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _names_with_files(row: Row) -> Iterator[str]:
    """Packages that a row of older Poetry and PDM locks (``[metadata.files]``) lists with hashes."""
    if "name" in row:
        return
    for key, value in row.items():
        if key.startswith("files.") and _HASH.search(value.raw):
            yield key[len("files.") :].partition(" ")[0]


def _package(row: Row, source: str, revision: str, hashed: bool, marker: str, **rest: str) -> LockedPackage:
    name = row["name"]
    version = row.get("version") or Value("", name.span)
    return LockedPackage(canonical_name(name.text), version.text, name.span, version.span, source, revision, hashed, marker, **rest)


def _field(row: Row, *keys: str) -> str:
    """The first of these fields that is there, as text."""
    return next((row[key].text for key in keys if key in row and row[key].raw[:1] not in ("{", "[")), "")


def _has_hash(row: Row, *keys: str) -> bool:
    return any(".hash" in key or _HASH.search(value.raw) for key, value in row.items() if key.startswith(keys))


def _poetry(row: Row, hashed: set[str]) -> LockedPackage:
    kind = _field(row, "source.type")
    source = {"git": "git", "directory": "path", "file": "path", "url": "url"}.get(kind, "registry")
    revision = _field(row, "source.resolved_reference", "source.reference") if source == "git" else ""
    name = canonical_name(row["name"].text)
    return _package(row, source, revision, _has_hash(row, "files") or name in hashed, _field(row, "markers", "marker"))


def _uv(row: Row, hashed: set[str]) -> LockedPackage:
    source, revision = "registry", ""
    if "source.git" in row:
        source, revision = "git", row["source.git"].text.partition("#")[2]
    elif "source.url" in row:
        source = "url"
    elif any(key in row for key in ("source.path", "source.directory", "source.editable", "source.virtual")):
        source = "path"
    markers = row["resolution-markers"].strings() if "resolution-markers" in row else []
    marker = " or ".join(f"({one})" if len(markers) > 1 else one for one in markers)
    return _package(row, source, revision, _has_hash(row, "sdist", "wheels"), marker)


def _pdm(row: Row, hashed: set[str]) -> LockedPackage:
    source = "git" if "git" in row else "path" if "path" in row else "url" if "url" in row else "registry"
    revision = _field(row, "revision", "ref") if source == "git" else ""
    name = canonical_name(row["name"].text)
    return _package(row, source, revision, _has_hash(row, "files") or name in hashed, _field(row, "marker", "markers"))


def _pylock(row: Row, hashed: set[str]) -> LockedPackage:
    source, revision = "registry", ""
    if any(key.startswith("vcs.") for key in row):
        source, revision = "git", _field(row, "vcs.commit-id", "vcs.requested-revision")
    elif any(key.startswith("directory.") for key in row):
        source = "path"
    elif any(key.startswith("archive.") for key in row):
        source = "url" if "archive.url" in row else "path"
    return _package(row, source, revision, _has_hash(row, "sdist", "wheels", "archive"), _field(row, "marker"))


def _conda(row: Row) -> LockedPackage:
    manager = _field(row, "manager") or "conda"
    source, revision = "registry", ""
    url = _field(row, "url")
    if manager == "pip" and "+" in url.partition("://")[0]:
        found = parse_url(without_user(url))
        source, revision = "git", found.revision
    return _package(row, source, revision, any(key.startswith("hash.") for key in row), "", manager=manager, platform=_field(row, "platform"))
