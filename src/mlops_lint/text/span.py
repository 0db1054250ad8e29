"""Half-open ranges of a text, and the map from offsets to lines and columns."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

# The line ends Python itself knows. Form feeds and Unicode separators do not start a line, so that our numbers equal those of ``ast``.
_WIDE = re.compile(r"[^\x00-\x7f]+")
_LINE_END = re.compile(r"\r\n|\n|\r")

_set = object.__setattr__


@dataclass(frozen=True, slots=True, order=True, init=False)
class Span:
    """A half-open range ``[start, end)`` of code-point offsets into one document's text."""

    start: int
    end: int

    def __init__(self, start: int, end: int) -> None:
        # There are more spans than of anything else: written out, this takes a fifth less time.
        if start < 0 or end < start:
            raise ValueError(f"not a span: [{start}, {end})")
        _set(self, "start", start)
        _set(self, "end", end)

    def __len__(self) -> int:
        return self.end - self.start

    def contains(self, other: Span) -> bool:
        """Whether the other span lies wholly inside this one."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one character."""
        return self.start < other.end and other.start < self.end


class LineMap:
    """Offsets of one text as 1-based lines and columns, both counted in code points."""

    __slots__ = ("_starts", "_wide", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        # The lines in which a character may be more than a byte.
        self._wide = frozenset() if text.isascii() else frozenset(bisect_right(self._starts, match.start()) for match in _WIDE.finditer(text))

    @property
    def line_count(self) -> int:
        """How many lines there are; a final line end opens an empty last line, which is not counted unless it is the only one."""
        if len(self._starts) > 1 and self._starts[-1] == len(self.text):
            return len(self._starts) - 1
        return len(self._starts)

    def position(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of an offset; the end of the text is a place too."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int = 1) -> int:
        """The offset of a 1-based line and column, held inside the text."""
        if line < 1:
            return 0
        if line > len(self._starts):
            return len(self.text)
        return min(self._starts[line - 1] + max(column, 1) - 1, len(self.text))

    def offset_of_bytes(self, line: int, column: int) -> int:
        """The offset of a 1-based line and a 0-based column in UTF-8 bytes, as ``ast`` counts; a column beyond the line is held at its end."""
        if line not in self._wide and 1 <= line < len(self._starts):
            return min(self._starts[line - 1] + column, self._starts[line])
        start = self.offset(line)
        text = self.line_text(line)
        if not text.isascii():
            column = len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))
        return start + min(column, len(text) + 1)

    def line_span(self, line: int) -> Span:
        """The span of one line without its line end; an empty span beyond the text."""
        if line < 1 or line > len(self._starts):
            return Span(len(self.text), len(self.text))
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        return Span(start, end)

    def line_text(self, line: int) -> str:
        """One line without its line end."""
        span = self.line_span(line)
        return self.text[span.start : span.end]
