"""One source of settings as entries: a configuration table, checked for shape against the schema, or the flags of the command line.

Whether a rule or an option exists is asked later, when the rules are loaded; the entries keep the place of every leaf for that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlops_lint.config.problem import ConfigProblem, Place
from mlops_lint.config.schema import KEYS, MAX_JOBS, ONLY_FLAGS, TABLE, Key
from mlops_lint.core.finding import Severity
from mlops_lint.documents.mapping import Node
from mlops_lint.text.nearest import nearest, quote

_VERSION = re.compile(r"3\.(\d{1,3})")
_TYPE_WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "str": "a string",
    "path": "a string",
    "strings": "a list of strings",
    "selectors": "a list of rule selectors",
    "ignores": "a table of file patterns, each with a list of rule selectors",
    "levels": "a table of rules, each with a level",
    "options": "a table of rules, each with its options",
    "formats": "a format or a list of them",
    "version": 'a Python version as a string, such as "3.11"',
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One plain value inside a setting: its path of table keys, the value, its place, and the places of the keys."""

    path: tuple[str, ...]
    value: Any
    place: Place
    key_places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A setting as one source gives it. Lists and tables have one leaf per value; ``value`` is the whole (a scalar, a tuple or a mapping)."""

    key: Key
    value: Any
    place: Place
    leaves: tuple[Leaf, ...] = ()


@dataclass(frozen=True, slots=True)
class Layer:
    """All settings of one source. ``source`` is ``file``, ``inline`` or ``flag``; relative paths and patterns count from ``base``."""

    source: str
    base: Path
    entries: Mapping[str, Entry] = field(default_factory=dict)
    path: Path | None = None


class TableReader:
    """Reads one table of settings; what does not fit the schema is noted in ``problems`` and left out."""

    def __init__(self, place: Callable[[Node, bool], Place], is_date: Callable[[Node], bool]) -> None:
        self._place = place
        self._is_date = is_date
        self.problems: list[ConfigProblem] = []

    def read(self, table: Node) -> dict[str, Entry]:
        """The entries of a table of settings, by key."""
        entries: dict[str, Entry] = {}
        for name, node in table.children():
            key = KEYS.get(str(name))
            if key is None:
                self._unknown(str(name), node)
                continue
            entry = self._entry(key, node)
            if entry is not None:
                entries[key.name] = entry
        return entries

    def _unknown(self, name: str, node: Node) -> None:
        place = self._place(node, True)
        if name in ONLY_FLAGS:
            self._note(place, f"{quote(name)} can only be given on the command line")
        elif name == "tool":
            self._note(place, f"unknown key `tool`; in this file the settings stand at the top level, without `[tool.{TABLE}]`")
        else:
            self._note(place, f"unknown key {quote(name)}{nearest(name, KEYS)}")

    def _note(self, place: Place, message: str) -> None:
        self.problems.append(ConfigProblem(place, message))

    def _entry(self, key: Key, node: Node) -> Entry | None:
        place = self._place(node, True)
        if key.kind in ("strings", "selectors", "formats"):
            leaves = self._list(key, key.name, node, ())
            return None if leaves is None else Entry(key, tuple(leaf.value for leaf in leaves), place, tuple(leaves))
        if key.kind in ("ignores", "levels", "options"):
            leaves = self._table(key, node)
            return None if leaves is None else Entry(key, _nested(leaves), place, tuple(leaves))
        if not self._is_scalar(key.kind, node):
            self._wrong_type(key.name, key, node)
            return None
        complaint = complaint_about(key, node.value)
        if complaint:
            self._note(self._place(node, False), f"{quote(key.name)} {complaint}")
            return None
        leaf = Leaf((), node.value, self._place(node, False))
        return Entry(key, node.value, place, (leaf,))

    def _is_scalar(self, kind: str, node: Node) -> bool:
        if node.kind != "scalar" or self._is_date(node):
            return False
        if kind == "bool":
            return isinstance(node.value, bool)
        if kind == "int":
            return isinstance(node.value, int) and not isinstance(node.value, bool)
        return isinstance(node.value, str)

    def _list(self, key: Key, name: str, node: Node, path: tuple[str, ...]) -> list[Leaf] | None:
        if key.kind == "formats" and self._is_scalar("str", node):
            # There is mostly one, and the flag is written like that too.
            return self._items(key, name, (node,), path)
        if node.kind != "sequence":
            self._wrong_type(name, key, node)
            return None
        return self._items(key, name, (item for _, item in node.children()), path)

    def _items(self, key: Key, name: str, items: Iterable[Node], path: tuple[str, ...]) -> list[Leaf]:
        leaves: list[Leaf] = []
        for item in items:
            if not self._is_scalar("str", item):
                self._note(self._place(item, False), f"{quote(name)} holds {_written(item)}, not a string")
            elif key.choices and item.value not in key.choices:
                self._note(self._place(item, False), f"{quote(name)} holds {unknown_choice(str(item.value), key.choices)}")
            else:
                leaves.append(Leaf(path, item.value, self._place(item, False)))
        return leaves

    def _table(self, key: Key, node: Node) -> list[Leaf] | None:
        if node.kind != "mapping":
            self._wrong_type(key.name, key, node)
            return None
        leaves: list[Leaf] = []
        for name, child in node.children():
            path = (str(name),)
            full = f"{key.name}.{name}"
            places = (self._place(child, True),)
            if key.kind == "ignores":
                values = self._list(key, full, child, path)
                leaves.append(Leaf(path, tuple(one.value for one in values or ()), places[0], places))
                leaves.extend(Leaf((*path, ""), one.value, one.place) for one in values or ())
            elif key.kind == "levels":
                levels = tuple(level.word for level in Severity)
                if not self._is_scalar("str", child):
                    self._note(self._place(child, False), f"{quote(full)} is {_written(child)}, not a level")
                elif child.value not in levels:
                    self._note(self._place(child, False), f"{quote(full)} is {unknown_choice(str(child.value), levels)}")
                else:
                    leaves.append(Leaf(path, child.value, self._place(child, False), places))
            else:
                leaves.extend(self._options(full, child, path, places))
        return leaves

    def _options(self, name: str, node: Node, path: tuple[str, ...], places: tuple[Place, ...]) -> Iterator[Leaf]:
        if node.kind != "mapping":
            self._note(self._place(node, False), f"{quote(name)} is {_written(node)}, not a table of options")
            return
        yield Leaf(path, None, places[0], places)
        for option, child in node.children():
            value: Any = None
            if child.kind == "scalar" and not self._is_date(child):
                value = child.value
            elif isinstance(child.items, list) and all(self._is_scalar("str", item) for item in child.items):
                value = tuple(item.value for item in child.items)
            else:
                self._note(self._place(child, False), f"{quote(f'{name}.{option}')} is {_written(child)}, not a plain value or a list of strings")
                continue
            yield Leaf((*path, str(option)), value, self._place(child, False), (*places, self._place(child, True)))

    def _wrong_type(self, name: str, key: Key, node: Node) -> None:
        wanted = f"one of {', '.join(key.choices)}" if key.kind == "choice" else _TYPE_WORDS[key.kind]
        self._note(self._place(node, False), f"{quote(name)} is {_written(node)}, not {wanted}")


def complaint_about(key: Key, value: Any) -> str:
    """What is wrong with a scalar of the right type, as the end of a sentence; empty when nothing is."""
    if key.kind == "choice" and value not in key.choices:
        return f"is {unknown_choice(str(value), key.choices)}"
    if key.kind == "int" and not 1 <= value <= MAX_JOBS:
        return f"is not between 1 and {MAX_JOBS}"
    if key.kind == "version" and _VERSION.fullmatch(value) is None:
        return f"is {quote(value)}, not a Python version such as 3.11"
    if key.kind == "path" and (not value or "\0" in value):
        return "is not a path"
    return ""


def unknown_choice(value: str, choices: tuple[str, ...]) -> str:
    """A clause for a word that is none of the choices."""
    return f"{quote(value)}, not one of {', '.join(choices)}{nearest(value, choices)}"


def python_version(text: str) -> tuple[int, int]:
    """``3.11`` as major and minor version.

    Raises:
        ValueError: it is none.
    """
    match = _VERSION.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return 3, int(match[1])


def flag_layer(values: Mapping[str, Any], base: Path) -> Layer:
    """The settings that were given as flags: key → value, lists as tuples of strings that are already split at commas."""
    entries = {}
    for name, value in values.items():
        key = KEYS[name]
        place = Place(key.flag)
        items = value if isinstance(value, tuple) else (value,)
        entries[name] = Entry(key, value, place, tuple(Leaf((), item, place) for item in items))
    return Layer("flag", base, entries)


def _nested(leaves: list[Leaf]) -> dict[str, Any]:
    """The table that leaves were read from, as plain values."""
    table: dict[str, Any] = {}
    for leaf in leaves:
        if len(leaf.path) == 1:
            table.setdefault(leaf.path[0], {} if leaf.value is None else leaf.value)
        elif leaf.path[1]:
            table[leaf.path[0]][leaf.path[1]] = leaf.value
    return table


def _written(node: Node) -> str:
    if node.kind == "mapping":
        return "a table"
    if node.kind == "sequence":
        return "a list"
    if isinstance(node.value, bool):
        return str(node.value).lower()
    if isinstance(node.value, str):
        return f'"{node.value[:40]}"'
    if isinstance(node.value, int):
        return "a whole number"
    return "a number" if isinstance(node.value, float) else "another value"
