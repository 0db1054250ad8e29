"""The document: one file's bytes, its text, and the way from anything found in it to a place.

Parsing happens on first touch. What cannot be parsed yields one :class:`Problem` and answers every query with nothing.
"""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.core.outcome import Region
from mlops_lint.core.problem import Problem
from mlops_lint.documents.classify import role_of
from mlops_lint.text.span import LineMap, Span

_BOMS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_HASH_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\r\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: its span with the comment sign, its text without, and whether nothing else stands on its line."""

    span: Span
    text: str
    own_line: bool


@dataclass(frozen=True, slots=True)
class Position:
    """A span in lines and columns. ``region`` counts inside the cell when ``cell`` is set; ``physical`` counts in the file itself."""

    region: Region
    physical: Region
    cell: int | None = None


class Document:
    """One file of the project: ``path`` is POSIX and relative to the project root, ``data`` its bytes, ``kind`` what it was classified as."""

    kind: ClassVar[str] = "text"

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self._problems: dict[Problem, None] = {}
        self._derived: dict[Any, Any] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path!r})"

    @property
    def name(self) -> str:
        """The file's name without its folders."""
        return self.path.rpartition("/")[2]

    @cached_property
    def role(self) -> str:
        """What the file is for, read off its path: ``test``, ``example``, ``docs``, ``vendored`` or ``code``."""
        return role_of(self.path)

    @cached_property
    def encoding(self) -> str:
        """The codec that decodes the bytes after a byte-order mark."""
        return "utf-8"

    @cached_property
    def bom(self) -> bytes:
        """The UTF-8 byte-order mark, if the file opens with it; it is no part of the text."""
        return codecs.BOM_UTF8 if self.data.startswith(codecs.BOM_UTF8) else b""

    @cached_property
    def text(self) -> str:
        """The decoded text with its own line ends; empty, with a problem noted, where the bytes are no text."""
        for mark, name in _BOMS:
            if self.data.startswith(mark):
                self.add_problem("E901", f"file is encoded as {name}; save it as UTF-8")
                return ""
        try:
            text = _decoded(self.data[len(self.bom) :], self.encoding)
        except (UnicodeError, LookupError) as error:
            if b"\0" in self.data:
                self.add_problem("E902", "file holds NUL bytes, it is not text")
            else:
                self.add_problem("E901", _decode_message(error, self.encoding))
            return ""
        if "\0" in text:
            self.add_problem("E902", "file holds NUL bytes, it is not text")
            return ""
        return text

    @cached_property
    def line_map(self) -> LineMap:
        """Offsets of ``text`` as lines and columns."""
        return LineMap(self.text)

    def parse(self) -> None:
        """Parse what there is to parse, so that ``problems`` is complete. Subclasses touch their own tree here."""
        _ = self.text

    def derive(self, build: Any) -> Any:
        """What a function of the document alone works out (``build(document)``), kept for the next fact or rule that asks."""
        if build not in self._derived:
            self._derived[build] = build(self)
        return self._derived[build]

    def release(self) -> None:
        """Take apart what knows each other in circles, which only the garbage collector would find. Nothing more is asked of the document."""
        self._derived.clear()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read so far; complete after :meth:`parse`."""
        return tuple(self._problems)

    def add_problem(self, code: str, message: str, span: Span | None = None) -> None:
        """Note that the document, or a part of it, could not be read."""
        self._problems[Problem(code, message, span)] = None

    def comments(self) -> Iterator[Comment]:
        """The comments of the text. By default ``#`` at the start of a line or after white space opens one."""
        for match in _HASH_COMMENT.finditer(self.text):
            yield self._comment(match.start(), match.end())

    def _comment(self, start: int, end: int) -> Comment:
        line = self.line_map.line_span(self.line_map.position(start)[0])
        own_line = not self.text[line.start : start].strip()
        return Comment(Span(start, end), self.text[start:end].lstrip("#").strip(), own_line)

    def locate(self, anchor: Any) -> Span:
        """The span of an anchor: here only a span itself; subclasses know nodes, key paths, instructions.

        Raises:
            TypeError: this kind of document has no such anchors.
        """
        if isinstance(anchor, Span):
            return anchor
        raise TypeError(f"{type(self).__name__} cannot locate a {type(anchor).__name__}")

    def at(self, anchor: Any = None, note: str = "") -> Location:
        """The location of an anchor, or of the file as a whole."""
        return Location(self.path, None if anchor is None else self.locate(anchor), note)

    def position(self, span: Span) -> Position:
        """A span in lines and columns."""
        region = self.region(span)
        return Position(region, region)

    def region(self, span: Span) -> Region:
        """A span in lines and columns of the text as it stands in the file."""
        line, column = self.line_map.position(span.start)
        end_line, end_column = self.line_map.position(span.end)
        if end_column == 1 and end_line > line:
            # A span that takes in its line end stops at the end of its own last line.
            last = self.line_map.line_span(end_line - 1)
            end_line, end_column = end_line - 1, len(last) + 1
        return Region(line, column, end_line, end_column)

    def snippet_line(self, span: Span) -> tuple[str, int]:
        """The source line that holds the start of a span, and the offset of the line's start in the text; for display only."""
        line = self.line_map.line_span(self.line_map.position(span.start)[0])
        return self.text[line.start : line.end], line.start

    def in_snippet(self, part: Span, span: Span) -> Span | None:
        """Where a part of the file stands in the line that :meth:`snippet_line` gives for a span; ``None`` when it does not."""
        line = self.line_map.line_span(self.line_map.position(span.start)[0])
        return common_part(part, line)

    def shown(self, span: Span) -> str:
        """A part of the file as a snippet shows it."""
        return self.text[span.start : span.end]


class OpaqueDocument(Document):
    """A file whose bytes are not read, known by its name and size alone (data, models, images)."""

    kind: ClassVar[str] = "opaque"

    @cached_property
    def text(self) -> str:
        return ""


def common_part(part: Span, line: Span) -> Span | None:
    """What a line holds of a part of its text, counted from the line's start."""
    start, end = max(part.start, line.start), min(part.end, line.end)
    return Span(start - line.start, end - line.start) if start < end else None


def _decoded(data: bytes, encoding: str) -> str:
    if encoding == "utf-8":
        return data.decode()
    with warnings.catch_warnings():
        # ``unicode_escape`` warns of escapes that it does not know.
        warnings.simplefilter("ignore")
        return data.decode(encoding)


def _decode_message(error: Exception, encoding: str) -> str:
    if isinstance(error, UnicodeDecodeError):
        byte = error.object[error.start]
        return f"byte 0x{byte:02x} at offset {error.start} is not valid {encoding.upper()}"
    if isinstance(error, UnicodeError):
        return f"file is not valid {encoding[:40].upper()}"
    return f"encoding {encoding[:40]!r} is not known"
