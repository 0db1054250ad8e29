"""Poetry's tables and Pipenv's Pipfile: dependencies as keys, their versions and sources as values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlops_lint.documents.constraint_dialects import poetry_specifier
from mlops_lint.documents.document import Document
from mlops_lint.documents.mapping import MappingDocument, Node
from mlops_lint.documents.pep508 import ParsedRequirement, canonical_name, parse_requirement, parse_url, without_user
from mlops_lint.documents.specifiers import clauses
from mlops_lint.facts.declarations import Declarations
from mlops_lint.facts.manifests import Manifest
from mlops_lint.text.span import Span

_NOT_CATEGORIES = {"source", "requires", "scripts", "pipenv"}
_MARKER_KEYS = (
    "sys_platform",
    "platform_machine",
    "platform_system",
    "os_name",
    "python_version",
    "python_full_version",
    "implementation_name",
    "platform_python_implementation",
)


def read_poetry(document: MappingDocument, poetry: Node, found: Declarations) -> None:
    """The rows of ``[tool.poetry]``. What ``[project]`` declares already is only given its source here."""
    declared = {row.name for row in found.requirements if row.group == "" or row.group.startswith("extra:")}
    extras = _extras_by_name(poetry.child("extras"))
    main = poetry.child("dependencies")
    for name, node in _entries(main):
        for parsed, editable, span in _poetry_rows(document, name, node):
            if name in declared:
                if parsed.source != "registry":
                    found.requirements[:] = [
                        replace(row, url=parsed.url, revision=parsed.revision, source=parsed.source, editable=editable)
                        if row.name == name and (row.group == "" or row.group.startswith("extra:"))
                        else row
                        for row in found.requirements
                    ]
                continue
            groups = tuple(f"extra:{extra}" for extra in extras.get(name, [""])) if _is_optional(node) else ("",)
            found.add(parsed, span, groups[0], editable=editable, groups=groups)
    sections = [("dev", poetry.child("dev-dependencies"))]
    if (tables := poetry.child("group")) is not None:
        sections.extend((str(key), table.child("dependencies")) for key, table in tables.children())
    for key, section in sections:
        for name, node in _entries(section):
            for parsed, editable, span in _poetry_rows(document, name, node):
                found.add(parsed, span, f"group:{key}", editable=editable)


def _entries(section: Node | None) -> Iterator[tuple[str, Node]]:
    if section is None or section.kind != "mapping":
        return
    for key, node in section.children():
        if (name := canonical_name(str(key))) != "python":
            yield name, node


def _is_optional(node: Node) -> bool:
    return node.get("optional") is True or any(item.get("optional") is True for _, item in node.children())


def _extras_by_name(extras: Node | None) -> dict[str, list[str]]:
    """The extras that bring in each optional dependency."""
    found: dict[str, list[str]] = {}
    if extras is not None and extras.kind == "mapping":
        for extra, names in extras.children():
            for text, _ in names.strings():
                found.setdefault(canonical_name(text.partition("[")[0].partition(" ")[0]), []).append(str(extra))
    return found


def _poetry_rows(document: MappingDocument, name: str, node: Node) -> Iterator[tuple[ParsedRequirement, bool, Span]]:
    """The rows of one dependency: a constraint, a table, or an array of either (multiple constraints)."""
    if node.kind == "sequence":
        for _, item in node.children():
            if item.kind != "sequence":
                yield _poetry_row(name, item), item.get("develop") is True, item.span
        return
    yield _poetry_row(name, node), node.get("develop") is True, entry_span(document, node)


def _poetry_row(name: str, node: Node) -> ParsedRequirement:
    if node.kind == "scalar":
        return ParsedRequirement(name, poetry_specifier(str(node.text)))
    version = node.get("version")
    marker = _markers(node)
    row = ParsedRequirement(name, poetry_specifier(version) if isinstance(version, str) else "", _strings(node, "extras"), marker)
    return _with_source(row, node)


def _markers(node: Node) -> str:
    """A table's ``markers``, ``python`` and ``platform`` as one marker."""
    parts = [text] if isinstance(text := node.get("markers"), str) and text else []
    if isinstance(python := node.get("python"), str):
        for operator, version in clauses(poetry_specifier(python)) or ():
            parts.append(f'python_version {operator} "{version}"')
    if isinstance(platform := node.get("platform"), str) and platform:
        parts.append(f'sys_platform == "{platform}"')
    return parts[0] if len(parts) == 1 else " and ".join(f"({part})" if " or " in part else part for part in parts)


def _strings(node: Node, key: str) -> tuple[str, ...]:
    child = node.child(key)
    return tuple(sorted(text for text, _ in child.strings())) if child is not None else ()


def _with_source(row: ParsedRequirement, node: Node) -> ParsedRequirement:
    """The row with the repository, archive or folder that its table names."""
    for key in ("git", "hg", "svn", "bzr"):
        if isinstance(url := node.get(key), str):
            revision = next((str(value) for name in ("rev", "tag", "ref", "branch") if (value := node.get(name)) is not None), "")
            return replace(row, url=without_user(url), revision=revision, source=key)
    if isinstance(url := node.get("url"), str):
        found = parse_url(url)
        return replace(row, url=found.url, specifier=row.specifier or found.specifier, hashed=found.hashed, source="url")
    for key in ("path", "file"):
        if isinstance(path := node.get(key), str):
            found = parse_url(path) if "://" in path else parse_requirement("./" + path[:4000])
            url = found.url if "://" in path else path
            return replace(row, url=url, specifier=row.specifier or found.specifier, source="url" if "://" in path else "path")
    return row


def entry_span(document: MappingDocument, node: Node) -> Span:
    """The span of a key with its value; of a table with a header of its own, the key in the header."""
    key = node.key_span
    if key is None:
        return node.span
    between = document.text[key.end : node.span.start] if key.end <= node.span.start else ""
    return Span(key.start, node.span.end) if between.strip() == "=" else key


def read_pipfile(document: Document, found: Declarations) -> None:
    """The rows of a Pipfile; its ``packages`` are of no group, ``dev-packages`` of ``group:dev``, other categories of their own."""
    if not isinstance(document, MappingDocument) or document.root is None:
        return
    for key, section in document.root.children():
        if key in _NOT_CATEGORIES or section.kind != "mapping":
            continue
        group = {"packages": "", "dev-packages": "group:dev"}.get(str(key), f"group:{key}")
        for name, node in section.children():
            found.add(_pipfile_row(canonical_name(str(name)), node), entry_span(document, node), group, editable=node.get("editable") is True)
    packages = document.root.child("packages")
    found.manifests.append(Manifest(document.path, "pipfile", packages.key_span if packages is not None else None, manager="pipenv"))


def _pipfile_row(name: str, node: Node) -> ParsedRequirement:
    if node.kind != "mapping":
        return ParsedRequirement(name, _pipfile_specifier(node.value))
    markers = [text] if isinstance(text := node.get("markers"), str) and text else []
    markers += [f"{key} {value}" for key in _MARKER_KEYS if isinstance(value := node.get(key), str)]
    hashes = node.child("hashes") or node.child("hash")
    row = ParsedRequirement(name, _pipfile_specifier(node.get("version")), _strings(node, "extras"), " and ".join(markers))
    row = _with_source(row, node)
    return replace(row, hashed=True) if hashes is not None else row


def _pipfile_specifier(value: object) -> str:
    text = "".join(value.split()) if isinstance(value, str) else ""
    if text in ("", "*"):
        return ""
    return f"=={text}" if text[0].isdigit() else text
