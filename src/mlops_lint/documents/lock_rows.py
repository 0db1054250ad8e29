"""The packages of TOML and YAML locks as flat rows, by a scanner of lines or from a parsed tree.

A scanner answers ``None`` as soon as it meets a line that does not belong to the layout the lock's tool writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlops_lint.documents.mapping import Node
from mlops_lint.text.span import Span


@dataclass(frozen=True, slots=True)
class Value:
    """A value as written and the span of its text: without the quotes, if it has some."""

    raw: str
    span: Span

    @property
    def text(self) -> str:
        """The value without quotes; escapes stay, which names, versions and markers hardly ever hold."""
        raw = self.raw
        if len(raw) >= 2 and raw[0] in "\"'" and raw[-1] == raw[0]:
            return raw[1:-1].replace('\\"', '"').replace("\\\\", "\\") if raw[0] == '"' and "\\" in raw else raw[1:-1]
        return raw

    def strings(self) -> list[str]:
        """The strings of an array."""
        return [(match[1] or match[2] or "").replace('\\"', '"') for match in _STRING.finditer(self.raw)]


Row = dict[str, Value]
"""One package; the fields of its tables under dotted keys (``source.git``)."""

_STRING = re.compile(r'"([^"\\\n]*(?:\\.[^"\\\n]*)*)"|\'([^\'\n]*)\'')
_TOML_LINE = re.compile(
    r"(?P<blank>[ \t]*(?:\#[^\n]*)?)$"
    r"|\[\[(?P<array>[^\]\"'\n]+)\]\][ \t]*$"
    r"|\[(?P<table>[^\[\]\n]+)\][ \t]*$"
    r"|(?P<key>[A-Za-z0-9_-]+|\"[^\"\n]*\")[ \t]*=[ \t]*(?P<value>(?:[^ \t\n](?:[^\n]*[^ \t\n])?)?)[ \t]*$",
    re.MULTILINE,
)
_TOML_VALUE = re.compile(
    r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|\'[^\'\n]*\'|true|false|[-+0-9][-+:.0-9A-Za-z]*'
    r"|(?P<inline>\{[^\n]*\})|\[[^\n]*\]|(?P<open>\[)"
)
_INLINE_PAIR = re.compile(r"([A-Za-z0-9_-]+|\"[^\"\n]*\")[ \t]*=[ \t]*(\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\n]*'|[^\s,{}\[\]]+)")
_ARRAY_END = re.compile(r"^\][ \t]*\r?$", re.MULTILINE)
_UNINDENTED = re.compile(r"^[^\s#]", re.MULTILINE)
_MAX_ROWS = 100_000


def _value(raw: str, start: int) -> Value:
    quoted = len(raw) >= 2 and raw[0] in "\"'" and raw[-1] == raw[0] and not raw.startswith(('"""', "'''"))
    return Value(raw, Span(start + 1, start + len(raw) - 1) if quoted else Span(start, start + len(raw)))


def toml_rows(text: str) -> list[Row] | None:
    """The rows of a lock whose packages are ``[[package]]`` or ``[[packages]]`` tables; the last row may be ``[metadata.files]``."""
    if '"""' in text or "'''" in text or "\r" in text:
        return None
    rows: list[Row] = []
    current: Row | None = None
    prefix = ""
    position, length = 0, len(text)
    while position < length:
        match = _TOML_LINE.match(text, position)
        if match is None:
            return None
        position = match.end() + 1
        kind = match.lastgroup
        if kind == "blank":
            continue
        if kind in ("array", "table"):
            parts = match[kind].strip().split(".")
            if parts[0] in ("package", "packages"):
                if len(parts) == 1 and kind == "array":
                    current, prefix = {}, ""
                    rows.append(current)
                    if len(rows) > _MAX_ROWS:
                        return None
                else:
                    prefix = ".".join(parts[1:]) + "."
            elif parts == ["metadata", "files"]:
                current, prefix = {}, "files."
                rows.append(current)
            else:
                current = None
            continue
        raw, start = match["value"], match.start("value")
        value = _TOML_VALUE.match(raw)
        if value is None:
            return None
        rest = raw[value.end() :].lstrip()
        if value.lastgroup == "open":
            if rest:
                return None
            closing = _ARRAY_END.search(text, match.end())
            if closing is None:
                return None
            raw = text[start : closing.end()]
            if not _array_is_sound(text, match.end(), closing.start()):
                return None
            position = closing.end() + 1
        elif rest and not rest.startswith("#"):
            return None
        elif rest:
            raw = value[0]
        if current is None:
            continue
        key = prefix + match["key"].strip('"')
        current[key] = _value(raw, start)
        if value.lastgroup == "inline":
            for pair in _INLINE_PAIR.finditer(text, start, start + len(raw)):
                current.setdefault(f"{key}.{pair[1]}", _value(pair[2], pair.start(2)))
    return rows


def _array_is_sound(text: str, start: int, end: int) -> bool:
    """Whether every line of an array is indented: neither a conflict marker nor a header stands in it."""
    return _UNINDENTED.search(text, start + 1, end) is None


def toml_rows_of(root: Node, text: str) -> list[Row]:
    """The same rows from a parsed tree."""
    rows: list[Row] = []
    for name in ("package", "packages"):
        packages = root.child(name)
        if packages is not None and packages.kind == "sequence":
            rows.extend(_flat(package, text) for _, package in packages.children() if package.kind == "mapping")
    files = root.at("metadata", "files")
    if files is not None and files.kind == "mapping":
        rows.append({f"files.{key}": _value(text[child.span.start : child.span.end], child.span.start) for key, child in files.children()})
    return rows


def _flat(package: Node, text: str) -> Row:
    """A package's fields, those of its tables under dotted keys."""
    row: Row = {}
    for key, child in package.children():
        row[str(key)] = _value(text[child.span.start : child.span.end], child.span.start)
        if child.kind == "mapping":
            for inner_key, inner in child.children():
                row[f"{key}.{inner_key}"] = _value(text[inner.span.start : inner.span.end], inner.span.start)
    return row


_CONDA_ITEM = re.compile(r"[ ]*- (?P<key>[A-Za-z_]+):(?: +(?P<value>[^ \t\n](?:[^\n]*[^ \t\n])?))?[ \t]*$", re.MULTILINE)
_CONDA_FIELD = re.compile(r"[ ]*(?P<key>[A-Za-z_][\w.-]*|'[^'\n]*'|\"[^\"\n]*\"):(?: +(?P<value>[^ \t\n](?:[^\n]*[^ \t\n])?))?[ \t]*$", re.MULTILINE)
_CONDA_PLAIN = re.compile(r"[^\s\[\]{}|>&*!%#\"'][^\n]*|'[^'\n]*'|\"[^\"\n]*\"|\{\}|\[\]")
_CONDA_PACKAGES = re.compile(r"^package:[ \t]*$", re.MULTILINE)


def conda_rows(text: str) -> list[Row] | None:
    """The rows of ``conda-lock.yml``; the lines below ``dependencies`` of a package are passed over."""
    if "\r" in text or "\t" in text:
        return None
    start = _CONDA_PACKAGES.search(text)
    if start is None:
        return None
    rows: list[Row] = []
    row: Row = {}
    indent, field_indent, table = -1, -1, ""
    position = start.end() + 1
    while position < len(text):
        line_end = text.find("\n", position)
        line_end = len(text) if line_end < 0 else line_end
        line_start, position = position, line_end + 1
        if not text[line_start:line_end].strip() or text[line_start:line_end].lstrip().startswith("#"):
            continue
        depth = line_end - line_start - len(text[line_start:line_end].lstrip(" "))
        if depth > field_indent >= 0 and table and table != "hash":
            continue
        match = _CONDA_ITEM.match(text, line_start)
        if match is not None and (indent < 0 or depth == indent):
            indent, row, table = depth, {}, ""
            field_indent = indent + 2
            rows.append(row)
            if len(rows) > _MAX_ROWS:
                return None
        elif depth == 0:
            # A top-level key ends the list of packages.
            if _CONDA_FIELD.match(text, line_start) is None:
                return None
            break
        else:
            match = _CONDA_FIELD.match(text, line_start)
            if match is None or depth < field_indent or (depth > field_indent and not table):
                return None
            if depth > field_indent:
                _keep(row, f"hash.{match['key']}", match)
                continue
        if not match["value"]:
            table = match["key"]
            continue
        table = ""
        if not _keep(row, match["key"], match):
            return None
    return rows


def _keep(row: Row, key: str, match: re.Match[str]) -> bool:
    """Put a plain or quoted scalar into the row; false for anything else."""
    written = match["value"] or ""
    value = _CONDA_PLAIN.fullmatch(written)
    if value is None:
        return False
    row[key] = _value(written, match.start("value"))
    return True


def conda_rows_of(root: Node, text: str) -> list[Row]:
    """The same rows from a parsed tree."""
    packages = root.child("package")
    if packages is None or packages.kind != "sequence":
        return []
    return [_flat(package, text) for _, package in packages.children() if package.kind == "mapping"]
