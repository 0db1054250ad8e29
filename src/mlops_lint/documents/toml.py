"""TOML: values by tomli, places by a scanner of its own.

tomli gives no positions, so a lenient scanner finds every key and value first and tomli's result is laid over its tree. The scanner keeps an
explicit stack and refuses deep nesting before tomli, which recurses, sees the text.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from functools import cached_property
from typing import Any, ClassVar

import tomli

from mlops_lint.documents.mapping import MappingDocument, Node
from mlops_lint.text.span import Span

MAX_DEPTH = 100
"""Brackets inside each other, or parts of one dotted key, beyond which a file is refused."""

_BLANK = re.compile(r"[ \t\r\n]*(?:#[^\r\n]*[ \t\r\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY_PART = re.compile(r"\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\n]*'|[^\s\[\]{}=.,\"'#]+")
_SCALAR = re.compile(
    r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""(?:"{0,2})'
    r"|'''[^']*(?:'(?!'')[^']*)*'''(?:'{0,2})"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    r"|'[^'\n]*'"
    r"|\d{4}-\d\d-\d\d[Tt ]\d\d:[^\s,\]}#]+"
    r"|[^\s,\]\[{}#\"']+",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_SHORT_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}
_PLACE = re.compile(r"\s*\((?:at line (\d+), column (\d+)|at end of document)\)\s*$")

_KeyPart = tuple[str, Span]
_Slot = tuple[Node, list[_KeyPart]]
"""A table and the dotted key below it under which a value stands."""


class _ScanError(Exception):
    """The scanner cannot go on; tomli will say why."""


class _TooDeep(Exception):
    """The nesting is beyond :data:`MAX_DEPTH` at an offset."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class TomlDocument(MappingDocument):
    """A TOML file. Dates and times are strings as written; everything else has tomli's value.

    The span of a table is its section: from its header to the end of its last own value.
    """

    kind: ClassVar[str] = "toml"

    @cached_property
    def roots(self) -> tuple[Node, ...]:
        text = self.text
        root: Node | None = None
        try:
            root = _Scanner(text).scan()
        except _TooDeep as error:
            self.add_problem("E906", f"TOML is nested more than {MAX_DEPTH} levels deep", self._point(error.offset))
            return ()
        except _ScanError:
            pass
        try:
            data = tomli.loads(text)
        except (ValueError, RecursionError) as error:
            if "{{" in text or "{%" in text:
                # What only a template engine can turn into TOML is none yet.
                return ()
            reason, span = self._reason(error)
            self.add_problem("E906", f"not valid TOML: {reason}", span)
            return ()
        if root is None or not _fill(root, data):
            self.add_problem("E906", "the places of its TOML keys cannot be told")
            return ()
        return (root,)

    def _point(self, offset: int) -> Span:
        offset = min(offset, len(self.text))
        return Span(offset, min(offset + 1, len(self.text)))

    def _reason(self, error: Exception) -> tuple[str, Span | None]:
        """tomli's reason without its place, and the place as a span."""
        if isinstance(error, RecursionError):
            return "nested too deeply", None
        message = str(error)
        place = _PLACE.search(message)
        reason = (message[: place.start()] if place else message.partition(";")[0]).strip() or "unknown reason"
        reason = reason[:1].lower() + reason[1:]
        if place is None:
            return reason, None
        if place[1] is None:
            return reason, self._point(len(self.text))
        return reason, self._point(self.line_map.offset(int(place[1]), int(place[2])))


class _Scanner:
    """Finds keys and values of TOML that need not be valid; what it accepts and tomli refuses does no harm."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = Node("mapping", Span(0, len(text)))

    def scan(self) -> Node:
        text, position = self.text, 0
        table = self.root
        section: list[Node] = []
        while True:
            position = _skip(_BLANK, text, position)
            if position >= len(text):
                return self.root
            if text[position] == "[":
                table, section, position = self._header(position)
            else:
                key, position = self._key(position)
                position = self._value(position, table, key)
                for node in section:
                    node.span = Span(node.span.start, position)

    def _header(self, start: int) -> tuple[Node, list[Node], int]:
        """The table a header opens, the nodes whose span grows with it, and the offset after the header."""
        text = self.text
        array = text.startswith("[[", start)
        key, position = self._dotted(_skip(_SPACE, text, start + 1 + array))
        closing = "]]" if array else "]"
        if not text.startswith(closing, position):
            raise _ScanError
        position += len(closing)
        span = Span(start, position)
        parent = self.root
        for name, key_span in key[:-1]:
            parent = self._enter(parent, name, key_span, span)
        name, key_span = key[-1]
        known = parent.items.get(name) if isinstance(parent.items, dict) else None
        if array:
            if known is None:
                known = Node("sequence", span, key_span=key_span, items=[])
                self._put(parent, name, known)
            if not isinstance(known.items, list):
                raise _ScanError
            table = Node("mapping", span, key_span=key_span)
            known.items.append(table)
            return table, [known, table], position
        if known is None:
            known = Node("mapping", span, key_span=key_span)
            self._put(parent, name, known)
        elif known.kind != "mapping":
            raise _ScanError
        known.span, known.key_span = span, key_span
        return known, [known], position

    def _enter(self, parent: Node, name: str, key_span: Span, span: Span) -> Node:
        """The table below ``parent`` on the way of a dotted key; of an array of tables, the last one."""
        child = parent.items.get(name) if isinstance(parent.items, dict) else None
        if child is None:
            child = Node("mapping", span, key_span=key_span)
            self._put(parent, name, child)
        if isinstance(child.items, list) and child.items:
            child = child.items[-1]
        if child.kind != "mapping":
            raise _ScanError
        return child

    @staticmethod
    def _put(parent: Node, name: str, child: Node) -> None:
        if not isinstance(parent.items, dict) or parent.kind != "mapping":
            raise _ScanError
        parent.items[name] = child

    def _dotted(self, position: int) -> tuple[list[_KeyPart], int]:
        """A dotted key and the offset after it and its blanks."""
        parts: list[_KeyPart] = []
        text = self.text
        while True:
            match = _KEY_PART.match(text, position)
            if match is None:
                raise _ScanError
            parts.append((_unquote(match[0]), Span(match.start(), match.end())))
            if len(parts) > MAX_DEPTH:
                raise _TooDeep(match.start())
            position = _skip(_SPACE, text, match.end())
            if not text.startswith(".", position):
                return parts, position
            position = _skip(_SPACE, text, position + 1)

    def _key(self, position: int) -> tuple[list[_KeyPart], int]:
        """A dotted key with its equals sign, and the offset of the value."""
        parts, position = self._dotted(position)
        if not self.text.startswith("=", position):
            raise _ScanError
        return parts, _skip(_SPACE, self.text, position + 1)

    def _value(self, position: int, table: Node, key: list[_KeyPart]) -> int:
        """Scan one value of any depth into ``table`` under ``key``; the offset after it."""
        text = self.text
        # Each open bracket with the place it stands in, so that dotted keys on the way reach to its end.
        stack: list[tuple[Node, _Slot | None]] = []
        slot: _Slot | None = (table, key)
        while True:
            mark = text[position : position + 1]
            if mark in ("[", "{"):
                node = Node("sequence", Span(position, position + 1), items=[]) if mark == "[" else Node("mapping", Span(position, position + 1))
                self._attach(node, slot, stack[-1][0] if stack else None)
                stack.append((node, slot))
                if len(stack) > MAX_DEPTH:
                    raise _TooDeep(position)
                position += 1
            else:
                match = _SCALAR.match(text, position)
                if match is None:
                    raise _ScanError
                position = match.end()
                self._attach(Node("scalar", Span(match.start(), position), text=match[0]), slot, stack[-1][0] if stack else None)
                self._widen(slot, position)
            while stack:
                position = _skip(_BLANK, text, position)
                if text.startswith(",", position):
                    position = _skip(_BLANK, text, position + 1)
                top, place = stack[-1]
                if text.startswith("]" if top.kind == "sequence" else "}", position):
                    position += 1
                    top.span = Span(top.span.start, position)
                    self._widen(place, position)
                    stack.pop()
                    continue
                if top.kind == "mapping":
                    inner, position = self._key(position)
                    slot = (top, inner)
                else:
                    slot = None
                break
            else:
                return position

    def _attach(self, node: Node, slot: _Slot | None, sequence: Node | None) -> None:
        """Put a node under its dotted key, or at the end of the sequence it is an item of."""
        if slot is None:
            if sequence is not None and isinstance(sequence.items, list):
                sequence.items.append(node)
            return
        table, key = slot
        for name, key_span in key[:-1]:
            table = self._enter(table, name, key_span, Span(key_span.start, node.span.end))
        name, node.key_span = key[-1]
        self._put(table, name, node)

    @staticmethod
    def _widen(slot: _Slot | None, end: int) -> None:
        """Let the tables that a dotted key passes through reach to the end of its value."""
        if slot is None:
            return
        node, key = slot
        for name, _ in key[:-1]:
            child = node.child(name)
            if child is None or child.kind != "mapping":
                return
            child.span = Span(child.span.start, max(child.span.end, end))
            node = child


def _skip(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match is not None else position


def _unquote(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    if part[0] == '"':
        return _ESCAPE.sub(_unescape, part[1:-1]) if "\\" in part else part[1:-1]
    return part


def _unescape(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3]
    if digits is None:
        return _SHORT_ESCAPES.get(match[4], match[4])
    code = int(digits, 16)
    return chr(code) if code < 0x110000 else "\ufffd"


def _fill(root: Node, data: dict[str, Any]) -> bool:
    """Lay tomli's values over the scanned tree; false when the two differ in shape."""
    stack: list[tuple[Node, Any]] = [(root, data)]
    while stack:
        node, value = stack.pop()
        if isinstance(value, dict):
            if node.kind != "mapping" or not isinstance(node.items, dict) or node.items.keys() != value.keys():
                return False
            stack.extend((child, value[name]) for name, child in node.items.items())
        elif isinstance(value, list):
            if not isinstance(node.items, list) or len(node.items) != len(value):
                return False
            stack.extend(zip(node.items, value, strict=True))
        elif node.kind != "scalar":
            return False
        elif isinstance(value, (datetime, date, time)):
            node.value = node.text
        else:
            node.value = value
            if isinstance(value, str):
                node.text = value
    return True
