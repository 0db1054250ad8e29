"""Markdown: fenced code blocks and HTML comments, nothing more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from mlops_lint.documents.document import Comment, Document
from mlops_lint.text.span import Span

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([^\r\n]*)")
_LINE_END = re.compile(r"[ \t]*(?=[\r\n]|\Z)")
_LANGUAGE = re.compile(r"[\w+#-]+")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A fenced code block: its language in lower case (empty when none is named), the rest of its info line, its content and the content's span."""

    language: str
    info: str
    content: str
    span: Span
    fence_span: Span


class MarkdownDocument(Document):
    """A Markdown file. Its comments are HTML comments outside of code."""

    kind: ClassVar[str] = "markdown"

    @cached_property
    def code_blocks(self) -> tuple[CodeBlock, ...]:
        """The fenced code blocks in order; one that is not closed reaches to the end of the text."""
        return tuple(self._blocks())

    def parse(self) -> None:
        _ = self.code_blocks

    def locate(self, anchor: Any) -> Span:
        """The span of a code block's content, or a span itself."""
        return anchor.span if isinstance(anchor, CodeBlock) else super().locate(anchor)

    def comments(self) -> Iterator[Comment]:
        text, position, block = self.text, 0, 0
        blocks = self.code_blocks
        # What stands on the line so far, counted forward so that a long line is read once.
        line_start, counted, in_code, blank = -1, 0, False, True
        while True:
            start = text.find("<!--", position)
            if start < 0:
                return
            while block < len(blocks) and blocks[block].span.end <= start:
                block += 1
            if block < len(blocks) and blocks[block].fence_span.start <= start:
                position = max(blocks[block].span.end, start + 4)
                continue
            line = self.line_map.line_span(self.line_map.position(start)[0])
            if line.start != line_start:
                line_start, counted, in_code, blank = line.start, line.start, False, True
            in_code ^= text.count("`", counted, start) % 2 == 1
            blank = blank and not text[counted:start].strip()
            counted = start
            if in_code:
                position = start + 4
                continue
            close = text.find("-->", start + 4)
            if close < 0:
                return
            position = close + 3
            own_line = blank and _LINE_END.match(text, position) is not None
            yield Comment(Span(start, position), text[start + 4 : close].strip("- \t\r\n"), own_line)
            blank = False
            counted = position

    def _blocks(self) -> Iterator[CodeBlock]:
        text = self.text
        mark = ""
        opened: re.Match[str] | None = None
        content_start = 0
        position = 0
        while position < len(text):
            line_end = text.find("\n", position)
            following = len(text) if line_end < 0 else line_end + 1
            match = _FENCE.match(text, position, following)
            if opened is None:
                # A backtick in the info line makes it inline code: ```x```.
                if match is not None and not (match[1][0] == "`" and "`" in match[2]):
                    opened, mark, content_start = match, match[1], following
            elif match is not None and match[1][0] == mark[0] and len(match[1]) >= len(mark) and not match[2].strip():
                yield self._block(opened, content_start, position)
                opened = None
            position = following
        if opened is not None:
            yield self._block(opened, content_start, len(text))

    def _block(self, opened: re.Match[str], start: int, end: int) -> CodeBlock:
        info = opened[2].strip()
        named = _LANGUAGE.match(info.lstrip("{. "))
        fence = Span(opened.start(1), max(opened.start(1), opened.start(2) + len(opened[2].rstrip())))
        return CodeBlock(named[0].lower() if named is not None else "", info, self.text[start:end], Span(start, end), fence)
