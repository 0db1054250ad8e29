"""Dotenv files: ``KEY=value`` lines, quoted values over several lines, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from mlops_lint.documents.document import Comment, Document
from mlops_lint.text.span import Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_ENTRY = re.compile(r"[ \t]*(?:(export)[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*")
_COMMENT = re.compile(r"[ \t]*#")
_DOUBLE = re.compile(r"\"([^\"\\]*(?:\\.[^\"\\]*)*)\"", re.DOTALL)
_SINGLE = re.compile(r"'([^']*)'")
_TRAILING = re.compile(r"(?<=[ \t])#")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


@dataclass(frozen=True, slots=True)
class DotenvEntry:
    """One variable. ``value`` is without quotes and with its escapes read; ``value_span`` covers what is written, quotes included."""

    key: str
    value: str
    key_span: Span
    value_span: Span
    exported: bool = False

    @property
    def span(self) -> Span:
        """The entry from its key to the end of its value."""
        return Span(self.key_span.start, self.value_span.end)


class DotenvDocument(Document):
    """A ``.env`` file. Lines that set nothing (those of an ``.envrc``) are passed over."""

    kind: ClassVar[str] = "dotenv"

    @cached_property
    def entries(self) -> tuple[DotenvEntry, ...]:
        """The variables in the order they are written; a key may come twice, then the last one counts."""
        return self._parsed[0]

    def get(self, key: str) -> str | None:
        """The value of a variable, or ``None``."""
        return next((entry.value for entry in reversed(self.entries) if entry.key == key), None)

    def parse(self) -> None:
        _ = self._parsed

    def comments(self) -> Iterator[Comment]:
        yield from self._parsed[1]

    def locate(self, anchor: Any) -> Span:
        """The span of an entry, or a span itself."""
        return anchor.span if isinstance(anchor, DotenvEntry) else super().locate(anchor)

    @cached_property
    def _parsed(self) -> tuple[tuple[DotenvEntry, ...], tuple[Comment, ...]]:
        text, position = self.text, 0
        entries: list[DotenvEntry] = []
        comments: list[Comment] = []
        # A quote that no later one closes is an ordinary character; looking for the last one once keeps this linear.
        last = {'"': text.rfind('"'), "'": text.rfind("'")}
        while position < len(text):
            line_end = _end_of_line(text, position)
            hash_sign = _COMMENT.match(text, position, line_end)
            entry = _ENTRY.match(text, position, line_end)
            if hash_sign is not None:
                comments.append(_comment(text, hash_sign.end() - 1, line_end, own_line=True))
            elif entry is not None:
                start = entry.end()
                quote = text[start : start + 1]
                quoted = None
                if last.get(quote, -1) > start:
                    quoted = (_DOUBLE if quote == '"' else _SINGLE).match(text, start)
                if quoted is not None:
                    value = _ESCAPE.sub(_character, quoted[1]) if quote == '"' else quoted[1]
                    end = quoted.end()
                    line_end = _end_of_line(text, end)
                    rest = end
                else:
                    trailing = _TRAILING.search(text, start, line_end)
                    rest = trailing.start() if trailing is not None else line_end
                    value = text[start:rest].strip()
                    end = start + len(text[start:rest].rstrip())
                key_span = Span(entry.start(2), entry.end(2))
                entries.append(DotenvEntry(entry[2], value, key_span, Span(start, end), entry[1] is not None))
                sign = text.find("#", rest, line_end)
                if sign >= 0 and not text[rest:sign].strip():
                    comments.append(_comment(text, sign, line_end, own_line=False))
            match = _LINE.match(text, line_end)
            position = max(match.end() if match is not None else len(text), line_end + 1)
        return tuple(entries), tuple(comments)


def _end_of_line(text: str, position: int) -> int:
    match = _LINE.match(text, position)
    end = match.end() if match is not None else len(text)
    while end > position and text[end - 1] in "\r\n":
        end -= 1
    return end


def _comment(text: str, start: int, end: int, *, own_line: bool) -> Comment:
    return Comment(Span(start, end), text[start:end].lstrip("#").strip(), own_line)


def _character(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[0])
