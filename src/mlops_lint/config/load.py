"""Where settings are read from: the file that is found or named, what it extends, and what is written on the command line."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from mlops_lint.config.paths import locate
from mlops_lint.config.problem import ConfigError, ConfigProblem, Place
from mlops_lint.config.read import Layer, TableReader
from mlops_lint.config.schema import TABLE
from mlops_lint.documents.mapping import Node
from mlops_lint.documents.toml import TomlDocument
from mlops_lint.project.folders import work_tree_of
from mlops_lint.text.nearest import quote

STANDALONE = ("mlops-lint.toml", ".mlops-lint.toml")
PYPROJECT = "pyproject.toml"
INLINE = "--config"
MAX_BYTES = 1_000_000
"""A configuration file beyond this many bytes is refused."""
MAX_EXTENDS = 32
"""How many files may extend each other in a row."""

_OUR_HEADER = re.compile(rb"^[ \t]*\[[ \t]*(tool|'tool'|\"tool\")[ \t]*\.[ \t]*(['\"]?)mlops-lint\2(?![\w-])", re.MULTILINE)


def load_layers(cwd: Path, config: Sequence[str] = (), *, isolated: bool = False, start: Path | None = None) -> list[Layer]:
    """The layers of all sources but the flags, from weak to strong: extended files, the file, each inline setting.

    ``config`` are the values of ``--config``: the path of at most one file, and any number of ``key = value``. Without a path, the file is looked for
    from ``cwd`` upward, and where that finds none, from ``start`` upward (for a project that the working directory is not in).

    Raises:
        ConfigError: a file or a setting is malformed, unknown, or not there.
    """
    path, inline = _split(cwd, config)
    if isolated and path is not None:
        raise _error(Place(INLINE), f"the file {quote(_label(path, cwd))} cannot be used with --isolated, which ignores configuration files")
    layers: list[Layer] = []
    if path is not None:
        # As in ruff, the patterns of a file that is named count from the working directory.
        layers = _load_chain(path, cwd, base=cwd)
    elif not isolated:
        found = find_config(cwd) or (find_config(start) if start is not None else None)
        layers = _load_chain(found, cwd) if found is not None else []
    return [*layers, *(_load_inline(text, cwd) for text in inline)]


def find_config(folder: Path) -> Path | None:
    """The nearest configuration file from a folder upward to the top of its git work tree, or to the top of the file system where there is none."""
    top = work_tree_of(folder)
    for place in (folder, *folder.parents):
        for name in STANDALONE:
            if os.path.isfile(place / name):  # noqa: PTH113  (a folder that cannot be entered holds no configuration)
                return place / name
        if _bears_table(place / PYPROJECT):
            return place / PYPROJECT
        if place == top:
            return None
    return None


def _bears_table(path: Path) -> bool:
    """Whether a ``pyproject.toml`` has our table; of a broken one its text is asked."""
    if not os.path.isfile(path):  # noqa: PTH113
        return False
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError:
        return False
    if TABLE.encode() not in data:
        return False
    document = TomlDocument(str(path), data[:MAX_BYTES])
    document.parse()
    if document.problems or len(data) > MAX_BYTES:
        return _OUR_HEADER.search(data) is not None
    return document.node("tool", TABLE) is not None


def _split(cwd: Path, values: Sequence[str]) -> tuple[Path | None, list[str]]:
    """The file that is named, if one is, and the inline settings."""
    paths: list[Path] = []
    inline: list[str] = []
    for value in values:
        path = locate(cwd, value) if value and "\0" not in value else None
        if path is not None and _exists(path):
            paths.append(path)
        elif "=" in value:
            inline.append(value)
        else:
            raise _error(Place(INLINE), f"{quote(value)} is neither a configuration file that exists nor a setting written as `key = value`")
    if len(paths) > 1:
        names = " and ".join(quote(_label(path, cwd)) for path in paths[:2])
        raise _error(Place(INLINE), f"only one configuration file can be named, not {names}")
    return (paths[0] if paths else None), inline


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long to be one
        return False


def _load_chain(path: Path, cwd: Path, base: Path | None = None) -> list[Layer]:
    """A file's layer after those of the files that it extends."""
    layers: list[Layer] = []
    seen: dict[str, None] = {}
    asked: Place | None = None
    following = path
    while True:
        real = os.path.realpath(following)
        if real in seen:
            chain = " -> ".join(_label(Path(one), cwd) for one in (*list(seen)[list(seen).index(real) :], real))
            raise _error(asked, f"configuration files extend each other in a circle: {chain}")
        if len(seen) == MAX_EXTENDS:
            raise _error(asked, f"more than {MAX_EXTENDS} configuration files extend each other")
        seen[real] = None
        layer = _load_file(following, cwd, base if following is path else None, asked)
        layers.insert(0, layer)
        extend = layer.entries.get("extend")
        if extend is None:
            break
        asked = extend.leaves[0].place
        following = locate(following.parent, extend.value)
    return layers


def _load_file(path: Path, cwd: Path, base: Path | None, asked: Place | None) -> Layer:
    """One file as a layer; ``asked`` is the place of the ``extend`` that names it."""
    label = _label(path, cwd)
    try:
        # FIFOs and devices are never opened: a read could hang.
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise _error(asked, f"{quote(label)} is not a regular file, so it cannot be a configuration")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _error(asked, f"cannot read the configuration file {quote(label)}: {reason}") from error
    if len(data) > MAX_BYTES:
        raise _error(asked, f"the configuration file {quote(label)} is larger than {MAX_BYTES} bytes")
    document = _parse(label, data)
    table = document.root
    if path.name == PYPROJECT:
        tool = document.node("tool")
        table = tool.child(TABLE) if tool is not None else None
        if table is not None and table.kind != "mapping":
            raise _error(_place(document, table, True), f"{quote(f'tool.{TABLE}')} is not a table")
    return _layer(document, table, "file", base or path.parent, path)


def _load_inline(text: str, cwd: Path) -> Layer:
    document = _parse(INLINE, text.encode("utf-8", "surrogateescape"))
    node = document.node("extend")
    if node is not None:
        raise _error(_place(document, node, True), "`extend` cannot be set on the command line; name the file with --config")
    return _layer(document, document.root, "inline", cwd, None)


def _parse(label: str, data: bytes) -> TomlDocument:
    document = TomlDocument(label, data)
    document.parse()
    if document.problems:
        problems = []
        for one in document.problems:
            line, column = document.line_map.position(one.span.start if one.span is not None else 0)
            problems.append(ConfigProblem(Place(label, line, column), one.message))
        raise ConfigError(problems)
    return document


def _layer(document: TomlDocument, table: Node | None, source: str, base: Path, path: Path | None) -> Layer:
    reader = TableReader(partial(_place, document), partial(_is_date, document))
    entries = reader.read(table) if table is not None else {}
    if reader.problems:
        raise ConfigError(reader.problems)
    return Layer(source, base, entries, path)


def _place(document: TomlDocument, node: Node, key: bool) -> Place:
    span = node.key_span if key and node.key_span is not None else node.span
    return Place(document.path, *document.line_map.position(span.start))


def _is_date(document: TomlDocument, node: Node) -> bool:
    """Whether a scalar is a date or time, whose value a TOML document gives as a string."""
    return isinstance(node.value, str) and document.text[node.span.start : node.span.start + 1] not in ('"', "'")


def _label(path: Path, cwd: Path) -> str:
    """A path as messages show it: relative to the working directory where it lies below it."""
    try:
        return path.relative_to(cwd).as_posix()
    except ValueError:
        return str(path)


def _error(place: Place | None, message: str) -> ConfigError:
    return ConfigError([ConfigProblem(place, message)])
