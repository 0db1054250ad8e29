"""JSON with a place for everything: a scanner of its own, because the standard library's gives none.

It is lenient where editors and notebooks are: a byte-order mark, comments, trailing commas, ``NaN`` and ``Infinity`` pass; of duplicate keys the
last one counts. It never recurses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from mlops_lint.documents.mapping import MappingDocument, Node
from mlops_lint.text.span import Span

MAX_DEPTH = 200
"""Brackets inside each other beyond which a text is refused."""
MAX_SIZE = 1_000_000
"""Bytes beyond which a :class:`JsonDocument` is data rather than configuration and is not parsed."""

# An array of nothing but numbers, as outputs of notebooks hold by the megabyte.
_NUMBERS = re.compile(r"\[[-+.eE\d\s,]{40,}\]")
_BLANK = re.compile(r"[ \t\r\n\ufeff]*(?:(?://[^\r\n]*|/\*[^*]*(?:\*(?!/)[^*]*)*\*/)[ \t\r\n]*)*")
# A string without escapes is the common case, and its value is a slice. Blanks are read with what stands before them, in one step.
_STRING = re.compile(r'"([^"\\\r\n]*)(?:(")[ \t\r\n]*)?')
_KEY = re.compile(r'"([^"\\\r\n]*)"[ \t\r\n]*:[ \t\r\n]*')
_ESCAPED = re.compile(r'[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"')
_MAY_BE_BLANK = frozenset(" \t\r\n/\ufeff")
_WORD = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?![\w.])|-?Infinity\b|NaN\b|true\b|false\b|null\b")
_WORDS: dict[str, Any] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})(?:(?<=[dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|([\"\\/bfnrt]))")
_SHORT_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_REPLACEMENT = "\ufffd"


class JsonError(ValueError):
    """A text that is not JSON: the reason as one clause, and the offset it speaks of."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class JsonTooLarge(JsonError):
    """A text of more values than there is time for."""


class JsonDocument(MappingDocument):
    """A JSON file, comments and trailing commas allowed.

    JSON Lines under this name are data, and a text that only a template engine can turn into JSON is none yet: both answer with nothing.
    """

    kind: ClassVar[str] = "json"

    @cached_property
    def too_large(self) -> bool:
        """Whether the file is beyond :data:`MAX_SIZE` and therefore was left alone."""
        return len(self.data) > MAX_SIZE

    @cached_property
    def roots(self) -> tuple[Node, ...]:
        if self.too_large or not self.text.strip():
            return ()
        try:
            return (parse_json(self.text),)
        except JsonError as error:
            if _is_template(self.text) or _is_lines(self.text):
                return ()
            end = min(error.offset + 1, len(self.text))
            self.add_problem("E906", f"not valid JSON: {error.message}", Span(min(error.offset, end), end))
            return ()


def _is_template(text: str) -> bool:
    return "{{" in text or "{%" in text


def _is_lines(text: str) -> bool:
    """Whether the first two lines that are not blank are values of their own."""
    lines = [line for line in text.split("\n") if line.strip()][:2]
    try:
        return len(lines) == 2 and all(parse_json(line).kind != "scalar" for line in lines)
    except JsonError:
        return False


def parse_json(text: str, limit: int = 0) -> Node:
    """The tree of a JSON text. A string's ``text`` is its decoded value, its span includes the quotes.

    With a ``limit`` on its nodes, long arrays of numbers are passed over and come back empty.

    Raises:
        JsonError: the text is not JSON, or is nested deeper than :data:`MAX_DEPTH`.
        JsonTooLarge: it has more nodes than the limit.
    """
    count = 0
    string, word, plain_key, skip = _STRING.match, _WORD.match, _KEY.match, _skip
    root: Node | None = None
    stack: list[Node] = []
    top: Node | None = None
    key = ""
    key_span: Span | None = None
    position = skip(text, 0)
    while True:
        # A value starts here.
        mark = text[position : position + 1]
        if mark == '"':
            match = string(text, position)
            assert match is not None
            if match[2] is None:
                after = end = _string_end(text, position, match.end())
                value = _decode(text, position + 1, end - 1)
            else:
                end, after, value = match.end(2), match.end(), match[1]
            node = Node("scalar", Span(position, end), value, value, key_span)
        elif limit and mark == "[" and (match := _NUMBERS.match(text, position)) is not None:
            after = end = match.end()
            node = Node("sequence", Span(position, end), None, "", key_span, [])
        elif mark in ("{", "["):
            after = end = position + 1
            node = (
                Node("mapping", Span(position, end), None, "", key_span)
                if mark == "{"
                else Node("sequence", Span(position, end), None, "", key_span, [])
            )
        else:
            match = word(text, position)
            if match is None:
                raise JsonError("expected a value", position)
            after = end = match.end()
            node = Node("scalar", Span(position, end), _typed(match), match[0], key_span)
        if top is None:
            root = node
        elif top.kind == "mapping":
            top.items[key] = node  # type: ignore[call-overload]
        else:
            top.items.append(node)  # type: ignore[union-attr]
        count += 1
        if limit and count > limit:
            raise JsonTooLarge(f"has more than {limit:,} values", node.span.start)
        position = after
        if text[position : position + 1] in _MAY_BE_BLANK:
            position = skip(text, position)
        opened = False
        if mark in ("{", "[") and end == node.span.start + 1:
            opened = True
            stack.append(node)
            top = node
            if len(stack) > MAX_DEPTH:
                raise JsonError(f"nested more than {MAX_DEPTH} levels deep", node.span.start)
        # Commas and closing brackets up to the next value.
        while top is not None:
            mark = text[position : position + 1]
            is_mapping = top.kind == "mapping"
            if mark == "," and not opened:
                position = skip(text, position + 1)
                mark = text[position : position + 1]
            elif not opened and mark != ("}" if is_mapping else "]"):
                raise JsonError("expected ',' or the closing bracket" if mark else "text ends inside brackets", position)
            opened = False
            if mark == ("}" if is_mapping else "]"):
                position += 1
                top.span = Span(top.span.start, position)
                stack.pop()
                top = stack[-1] if stack else None
                position = skip(text, position)
                continue
            if is_mapping:
                match = plain_key(text, position)
                if match is not None and text[match.end() : match.end() + 1] not in _MAY_BE_BLANK:
                    key, key_span, position = match[1], Span(position, match.end(1) + 1), match.end()
                else:
                    key, key_span, position = _key(text, position)
            else:
                key_span = None
            break
        else:
            if position < len(text):
                raise JsonError("text goes on after the value", position)
            assert root is not None
            return root


@lru_cache(maxsize=4)
def string_offsets(text: str, span: Span) -> Sequence[int]:
    """Where each character of a decoded string stands in the raw text.

    ``span`` is that of the string with its quotes. Item ``i`` is the offset of decoded character ``i``; one more item is the closing quote's.
    A range when nothing is escaped, so the common case costs nothing.
    """
    start, end = span.start + 1, max(span.end - 1, span.start + 1)
    if text.find("\\", start, end) < 0:
        return range(start, end + 1)
    offsets: list[int] = []
    position = start
    for match in _ESCAPE.finditer(text, start, end):
        offsets.extend(range(position, match.start()))
        # Every match is one character, a surrogate pair too.
        offsets.append(match.start())
        position = match.end()
    offsets.extend(range(position, end + 1))
    return offsets


def _skip(text: str, position: int) -> int:
    if text[position : position + 1] in _MAY_BE_BLANK:
        match = _BLANK.match(text, position)
        return match.end() if match is not None else position
    return position


def _key(text: str, position: int) -> tuple[str, Span, int]:
    """A key, its span with the quotes, and the offset of its value."""
    match = _STRING.match(text, position)
    if match is None:
        raise JsonError("expected a key in double quotes", position)
    end = match.end(2) if match[2] is not None else _string_end(text, position, match.end())
    key = match[1] if match[2] is not None else _decode(text, position + 1, end - 1)
    colon = _skip(text, end)
    if not text.startswith(":", colon):
        raise JsonError("expected ':' after the key", colon)
    return key, Span(position, end), _skip(text, colon + 1)


def _string_end(text: str, start: int, position: int) -> int:
    """The offset after the closing quote of a string with escapes, read on from ``position``."""
    match = _ESCAPED.match(text, position)
    if match is None:
        raise JsonError("string is not closed on its line", start)
    return match.end()


def _decode(text: str, start: int, end: int) -> str:
    pieces: list[str] = []
    position = start
    for match in _ESCAPE.finditer(text, start, end):
        between = text[position : match.start()]
        if "\\" in between:
            raise JsonError("unknown escape in a string", position + between.index("\\"))
        pieces.append(between)
        pieces.append(_character(match))
        position = match.end()
    rest = text[position:end]
    if "\\" in rest:
        raise JsonError("unknown escape in a string", position + rest.index("\\"))
    pieces.append(rest)
    return "".join(pieces)


def _character(match: re.Match[str]) -> str:
    if match[3] is not None:
        return _SHORT_ESCAPES[match[3]]
    code = int(match[1], 16)
    if match[2] is not None:
        return chr(0x10000 + ((code - 0xD800) << 10) + (int(match[2], 16) - 0xDC00))
    # Half a surrogate pair is no character: no file and no parser downstream could hold it.
    return _REPLACEMENT if 0xD800 <= code < 0xE000 else chr(code)


def _typed(match: re.Match[str]) -> Any:
    written = match[0]
    if written in _WORDS:
        return _WORDS[written]
    if match[1] is None and match[2] is None:
        # Integers beyond what Python converts (4,300 digits) are infinite for every purpose here.
        return int(written) if len(written) < 4000 else float(written)
    return float(written)
