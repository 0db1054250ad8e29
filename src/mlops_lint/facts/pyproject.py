"""``pyproject.toml`` as declarations: PEP 621, PEP 735, the build system, and the tables of PDM, Hatch, uv, setuptools; Poetry's stand in ``poetry.py``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mlops_lint.documents.document import Document
from mlops_lint.documents.mapping import MappingDocument, Node
from mlops_lint.documents.pep508 import canonical_name, parse_url, without_user
from mlops_lint.facts.conda import add_pip_line, inner_span
from mlops_lint.facts.declarations import Declarations
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.poetry import read_poetry
from mlops_lint.facts.requirements import Requirement
from mlops_lint.text.span import Span

_MANAGERS = ("poetry", "uv", "pdm", "hatch", "flit")
_MAX_GROUPS = 100
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PRIVATE = re.compile(r"private\s*::", re.IGNORECASE)


def read_pyproject(document: Document, found: Declarations) -> None:
    """The rows of a project file, and the manifest it is; one that only configures tools is none."""
    if not isinstance(document, MappingDocument) or document.root is None:
        return
    root = document.root
    project = _table(root, "project")
    tool = _table(root, "tool")
    if project is not None:
        _list(found, project.child("dependencies"), "")
        for extra, requirements in _children(project.child("optional-dependencies")):
            _list(found, requirements, f"extra:{extra}")
    _groups(found, _table(root, "dependency-groups"))
    build = _table(root, "build-system")
    if build is not None:
        _list(found, build.child("requires"), "build")
    poetry = _table(tool, "poetry")
    if poetry is not None:
        read_poetry(document, poetry, found)
    for group, requirements in _children(_at(tool, "pdm", "dev-dependencies")):
        _pip_list(found, requirements, f"group:{group}")
    for name, environment in _children(_at(tool, "hatch", "envs")):
        for key in ("dependencies", "extra-dependencies"):
            _list(found, environment.child(key), f"env:{name}")
    uv = _table(tool, "uv")
    if uv is not None:
        _list(found, uv.child("dev-dependencies"), "group:dev")
        for key in ("constraint-dependencies", "override-dependencies"):
            _list(found, uv.child(key), "constraint")
        apply_uv_sources(found, uv.child("sources"))
    _included_files(found, tool)
    manifest = _manifest(document, root, project, tool)
    if manifest is not None:
        found.manifests.append(manifest)


def _list(found: Declarations, node: Node | None, group: str, groups: tuple[str, ...] = ()) -> None:
    """A list of PEP 508 strings."""
    if node is None or node.kind != "sequence":
        return
    for _, item in node.children():
        if item.kind == "scalar" and isinstance(item.value, str):
            found.add_text(item.value, inner_span(found.document.text, item.span), group, groups)


def _pip_list(found: Declarations, node: Node, group: str) -> None:
    """A list of strings as pip takes them: PDM allows ``-e`` among them."""
    if node.kind != "sequence":
        return
    for _, item in node.children():
        if item.kind == "scalar" and isinstance(item.value, str):
            add_pip_line(item.value, inner_span(found.document.text, item.span), found, group)


def _groups(found: Declarations, groups: Node | None) -> None:
    """PEP 735 groups: a row belongs to the group it stands in and to all that include it, directly or not."""
    if groups is None:
        return
    names = {canonical_name(str(key)): str(key) for key, _ in groups.children()}
    included_by: dict[str, list[str]] = {}
    for key, node in groups.children():
        for _, item in node.children() if node.kind == "sequence" else ():
            included = item.get("include-group")
            if isinstance(included, str) and canonical_name(included) in names:
                included_by.setdefault(names[canonical_name(included)], []).append(str(key))
    for key, node in groups.children():
        reached = {str(key): None}
        stack = [str(key)]
        while stack and len(reached) < _MAX_GROUPS:
            for parent in included_by.get(stack.pop(), ()):
                if parent not in reached:
                    reached[parent] = None
                    stack.append(parent)
        _list(found, node, f"group:{key}", tuple(f"group:{name}" for name in reached))


def apply_uv_sources(found: Declarations, sources: Node | None) -> None:
    """Give the rows the repositories, archives, folders and workspaces that ``tool.uv.sources`` names for them."""
    table: dict[str, Node] = {}
    for key, node in _children(sources):
        if node.kind == "sequence":
            # Sources by platform: only when none of them is an index is it certain that the row comes from one of them.
            items = [item for _, item in node.children() if item.kind == "mapping"]
            if not items or any(item.child("index") is not None for item in items):
                continue
            node = items[0]
        if node.kind == "mapping":
            table[canonical_name(key)] = node
    if table:
        found.requirements[:] = [_from_uv_source(row, table[row.name]) if row.name in table else row for row in found.requirements]


def _from_uv_source(row: Requirement, node: Node) -> Requirement:
    if row.group in ("build", "constraint"):
        return row
    if isinstance(git := node.get("git"), str):
        revision = next((str(value) for key in ("rev", "tag", "branch") if (value := node.get(key)) is not None), "")
        return replace(row, url=without_user(git), revision=revision, source="git")
    if isinstance(url := node.get("url"), str):
        parsed = parse_url(url)
        return replace(row, url=parsed.url, specifier=row.specifier or parsed.specifier, hashed=parsed.hashed, source="url")
    if isinstance(path := node.get("path"), str):
        return replace(row, url=path, source="path", editable=node.get("editable") is True)
    if node.get("workspace") is True:
        return replace(row, source="workspace")
    return row


def _included_files(found: Declarations, tool: Node | None) -> None:
    """Requirements files that a build backend reads as the project's dependencies."""
    dynamic = _at(tool, "setuptools", "dynamic")
    nodes = [node.child("file") for node in (_at(dynamic, "dependencies"),) if node is not None]
    nodes += [node.child("file") for _, node in _children(_at(dynamic, "optional-dependencies"))]
    hook = _at(tool, "hatch", "metadata", "hooks", "requirements_txt")
    nodes += [_at(hook, "files"), *(node for _, node in _children(_at(hook, "optional-dependencies")))]
    for node in nodes:
        for text, item in node.strings() if node is not None else ():
            found.include("requirement", text, inner_span(found.document.text, item.span))


def _manifest(document: MappingDocument, root: Node, project: Node | None, tool: Node | None) -> Manifest | None:
    poetry = _table(tool, "poetry")
    named = [name for name in _MANAGERS if _at(tool, name) is not None]
    if project is None and poetry is None and _table(root, "dependency-groups") is None and not named and root.child("build-system") is None:
        return None
    described = project if project is not None and project.child("name") is not None else poetry if poetry is not None else project
    classifiers: tuple[str, ...] = ()
    built = published = False
    name = ""
    scripts: list[str] = []
    if described is not None:
        name = str(described.get("name") or "")
        classifiers = _texts(described.child("classifiers"))
        versioned = described.child("version") is not None or "version" in _texts(described.child("dynamic"))
        backend = root.child("build-system") is not None or poetry is not None
        packaged = (poetry is None or poetry.get("package-mode") is not False) and _get(tool, "uv", "package") is not False
        built = bool(name) and versioned and backend and packaged
        published = _looks_published(classifiers, _dress(described))
        scripts = [str(key) for key, _ in _children(described.child("scripts"))]
        if poetry is not None and described is not poetry:
            scripts += [str(key) for key, _ in _children(poetry.child("scripts"))]
    workspace = _at(tool, "uv", "workspace")
    return Manifest(
        document.path,
        "pyproject",
        described.key_span if described is not None else None,
        name,
        named[0] if named else "",
        built,
        published,
        tuple(scripts),
        members=_texts(_at(workspace, "members")),
        excluded=_texts(_at(workspace, "exclude")),
        cutoff=_cutoff(_at(tool, "uv")),
    )


_DRESS_KEYS = (("license", "license-files"), ("readme",), ("urls", "homepage", "repository", "documentation"), ("keywords",))


def _dress(described: Node) -> int:
    """How many of licence, readme, addresses and keywords a description has."""
    return sum(any(described.child(key) is not None for key in keys) for keys in _DRESS_KEYS)


def _looks_published(classifiers: tuple[str, ...], dress: int) -> bool:
    """Whether a distribution is meant for an index; a "Private ::" classifier is there to be refused by it."""
    if any(_PRIVATE.match(text) for text in classifiers):
        return False
    return bool(classifiers) or dress >= 3


def _cutoff(uv: Node | None) -> str:
    """The day that uv resolves for; an age such as "1 week" moves, and is none."""
    written = uv.child("exclude-newer") if uv is not None else None
    return written.text if written is not None and _DAY.match(written.text) else ""


def _table(node: Node | None, key: str) -> Node | None:
    child = node.child(key) if node is not None else None
    return child if child is not None and child.kind == "mapping" else None


def _at(node: Node | None, *path: str) -> Node | None:
    return node.at(*path) if node is not None else None


def _get(node: Node | None, *path: str) -> object:
    return node.get(*path) if node is not None else None


def _children(node: Node | None) -> Iterator[tuple[str, Node]]:
    if node is not None and node.kind == "mapping":
        for key, child in node.children():
            yield str(key), child


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(text for text, _ in node.strings()) if node is not None else ()


def script_rows(found: Declarations, root: Node, span: Span) -> None:
    """The rows of PEP 723 metadata, whose tree is that of a ``pyproject.toml`` in small."""
    _list(found, root.child("dependencies"), "")
    uv = _at(root, "tool", "uv")
    if uv is not None:
        for key in ("constraint-dependencies", "override-dependencies"):
            _list(found, uv.child(key), "constraint")
        apply_uv_sources(found, uv.child("sources"))
    found.manifests.append(Manifest(found.document.path, "script", span, cutoff=_cutoff(uv)))
