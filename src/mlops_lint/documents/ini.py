"""INI files (``setup.cfg``, ``tox.ini`` and their like) with the place of every option.

The standard library's reader gives no positions and refuses what many tools write (sections twice, lines without a value), so lines are read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from mlops_lint.documents.document import Comment, Document
from mlops_lint.text.span import Span

_STRICT_NAMES = {"setup.cfg", "tox.ini", "pytest.ini", "mypy.ini", ".pypirc"}
"""Files that their tools read with ``configparser``; others with such suffixes need not be INI at all."""
_SEPARATOR = re.compile(r"[=:]")


@dataclass(frozen=True, slots=True)
class IniLine:
    """One line of a value, without the blanks around it."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class IniOption:
    """One option: ``lines`` are those of its value that are neither empty nor comments; ``span`` reaches from the first to the last of them."""

    section: str
    key: str
    key_span: Span
    span: Span
    lines: tuple[IniLine, ...]
    has_separator: bool = True

    @property
    def value(self) -> str:
        """The value's lines joined by line feeds."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class IniSection:
    """One section: the span of its header (empty for what stands before the first) and its options in file order."""

    name: str
    span: Span
    options: tuple[IniOption, ...]

    def option(self, key: str) -> IniOption | None:
        """The last option with that key, whose case does not matter."""
        return next((option for option in reversed(self.options) if option.key.lower() == key.lower()), None)


class IniDocument(Document):
    """An INI file. Sections of one name stay apart in ``sections``; queries by name see them together, later ones first."""

    kind: ClassVar[str] = "ini"

    def parse(self) -> None:
        _ = self.sections

    @cached_property
    def sections(self) -> tuple[IniSection, ...]:
        """The sections in file order; options before the first header are in a section without a name."""
        sections: list[IniSection] = []
        name, header = "", Span(0, 0)
        options: list[_Open] = []
        for number in range(1, self.line_map.line_count + 1):
            span = self.line_map.line_span(number)
            line = self.text[span.start : span.end]
            bare = line.strip()
            if not bare or bare[0] in "#;":
                continue
            start = span.start + len(line) - len(line.lstrip())
            stop = start + len(bare)
            if options and start - span.start > options[-1].indent:
                options[-1].lines.append(IniLine(bare, Span(start, stop)))
                continue
            if bare[0] == "[":
                closing = bare.find("]")
                if closing > 0:
                    if header.end or options:
                        sections.append(IniSection(name, header, tuple(one.close() for one in options)))
                    name, header, options = bare[1:closing], Span(start, start + closing + 1), []
                    continue
                self._refuse("section header is not closed", Span(start, stop))
                continue
            if not header.end:
                self._refuse("option stands before the first section", Span(start, stop))
            options.append(_Open(name, start - span.start, bare, start))
        if header.end or options:
            sections.append(IniSection(name, header, tuple(one.close() for one in options)))
        return tuple(sections)

    def section(self, name: str) -> IniSection | None:
        """The last section of that name."""
        return next((section for section in reversed(self.sections) if section.name == name), None)

    def option(self, section: str, key: str) -> IniOption | None:
        """The option that counts, or ``None``."""
        for one in reversed(self.sections):
            if one.name == section and (found := one.option(key)) is not None:
                return found
        return None

    def get(self, section: str, key: str) -> str | None:
        """The value that counts, its lines joined by line feeds, or ``None``."""
        option = self.option(section, key)
        return None if option is None else option.value

    def comments(self) -> Iterator[Comment]:
        """Comments open with ``#`` or, at the start of a line, with ``;``."""
        found = list(super().comments())
        inside = {self.line_map.position(comment.span.start)[0] for comment in found}
        for number in range(1, self.line_map.line_count + 1):
            span = self.line_map.line_span(number)
            line = self.text[span.start : span.end]
            if line.lstrip().startswith(";") and number not in inside:
                found.append(Comment(Span(span.end - len(line.lstrip()), span.end), line.strip().lstrip(";#").strip(), True))
        yield from sorted(found, key=lambda comment: comment.span)

    def locate(self, anchor: Any) -> Span:
        """The span of an option or section, of ``(section, key)`` (its key), or a span itself.

        Raises:
            KeyError: there is no such option.
        """
        if isinstance(anchor, IniOption):
            return anchor.key_span
        if isinstance(anchor, IniSection):
            return anchor.span
        if isinstance(anchor, tuple):
            option = self.option(*anchor)
            if option is None:
                raise KeyError(anchor)
            return option.key_span
        return super().locate(anchor)

    def _refuse(self, message: str, span: Span) -> None:
        if self.name.lower() in _STRICT_NAMES and not self.problems:
            self.add_problem("E906", message, span)


class _Open:
    """An option whose value may go on in the next line."""

    __slots__ = ("has_separator", "indent", "key", "key_span", "lines", "place", "section")

    def __init__(self, section: str, indent: int, bare: str, start: int) -> None:
        self.section = section
        self.indent = indent
        separator = _SEPARATOR.search(bare)
        self.has_separator = separator is not None
        written = bare[: separator.start()] if separator is not None else bare
        self.key = written.rstrip()
        self.key_span = Span(start, start + len(self.key))
        self.lines: list[IniLine] = []
        rest = bare[separator.end() :] if separator is not None else ""
        self.place = start + len(bare) - len(rest.lstrip()) if rest.strip() else start + (separator.end() if separator is not None else len(bare))
        if rest.strip():
            self.lines.append(IniLine(rest.strip(), Span(self.place, start + len(bare))))

    def close(self) -> IniOption:
        span = Span(self.lines[0].span.start, self.lines[-1].span.end) if self.lines else Span(self.place, self.place)
        return IniOption(self.section, self.key, self.key_span, span, tuple(self.lines), self.has_separator)
