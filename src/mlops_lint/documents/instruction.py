"""The instructions of a Dockerfile: continued lines joined, here-documents read, every word with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from mlops_lint.documents.json import JsonError, parse_json
from mlops_lint.documents.shell import Command, Script, Word, inner_commands
from mlops_lint.text.span import Span

INSTRUCTIONS = frozenset(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split()
)
_EXEC_FORM = frozenset(("RUN", "CMD", "ENTRYPOINT", "SHELL", "VOLUME", "COPY", "ADD", "HEALTHCHECK"))
_WITH_HEREDOC = frozenset(("RUN", "COPY", "ADD"))


@dataclass(frozen=True, slots=True)
class Flag:
    """``--name=value`` between an instruction's name and its arguments; ``value`` is ``None`` where none is written."""

    name: str
    value: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document: the name it ends with, its text as it stands in the file, and that text's span."""

    name: str
    quoted: bool
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Setting:
    """One ``name=value`` of ``ENV``, ``ARG`` or ``LABEL``: value without quotes, ``None`` for an ``ARG`` without default."""

    name: str
    value: str | None
    span: Span
    value_span: Span | None


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. ``arguments`` is its logical text, continued lines joined, without the flags.

    ``name`` is in upper case; for ``ONBUILD RUN …`` it is ``RUN`` and ``onbuild`` is set. ``json`` are the words of an exec form. ``stage`` is the
    index of the stage it belongs to, ``None`` before the first ``FROM``. ``span`` covers everything, here-documents included.
    """

    name: str
    body: Script
    span: Span
    index: int
    stage: int | None
    flags: tuple[Flag, ...] = ()
    json: tuple[Word, ...] | None = None
    heredocs: tuple[Heredoc, ...] = ()
    onbuild: bool = False
    name_span: Span = field(default=Span(0, 0))

    @property
    def arguments(self) -> str:
        """The logical text after the flags."""
        return self.body.text

    def flag(self, name: str) -> Flag | None:
        """The first flag of a name, given without its dashes."""
        return next((flag for flag in self.flags if flag.name == name), None)

    def locate(self, span: Span) -> Span:
        """The place in the file of a span of ``arguments``."""
        return self.body.locate(span)

    def words(self) -> tuple[Word, ...]:
        """The arguments split at blanks (or the exec form's items), with places in the file. Quotes around a word are taken off."""
        if self.json is not None:
            return self.json
        return tuple(
            Word(_unquote(match[0]), self.locate(Span(match.start(), match.end())), "$" in match[0]) for match in _ARGUMENT.finditer(self.arguments)
        )

    def settings(self) -> tuple[Setting, ...]:
        """What an ``ENV``, ``ARG`` or ``LABEL`` sets."""
        if self.name not in ("ENV", "ARG", "LABEL"):
            return ()
        return tuple(_settings(self))

    def scripts(self) -> tuple[Script, ...]:
        """The shell scripts that a ``RUN``, ``CMD``, ``ENTRYPOINT`` or ``HEALTHCHECK`` in shell form hands to a shell."""
        if self.name not in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK") or self.json is not None:
            return ()
        found = [self.body] if self.arguments.strip() else []
        if self.name == "RUN" and self.heredocs and _runs_heredocs(self.arguments):
            for heredoc in self.heredocs:
                if heredoc.text.startswith("#!") and not _SHELL_SHEBANG.match(heredoc.text):
                    continue
                found.append(Script(heredoc.text, heredoc.span, ((0, heredoc.span.start),), where="RUN"))
        return tuple(found)

    def commands(self) -> tuple[Command, ...]:
        """The commands that a ``RUN``, ``CMD``, ``ENTRYPOINT`` or ``HEALTHCHECK`` runs, in either form, with places in the file."""
        if self.json is not None and self.name in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
            if not self.json:
                return ()
            # An exec form has no shell: nothing in it is expanded, unless it starts one.
            command = Command(self.json, Span(self.json[0].span.start, self.json[-1].span.end))
            return (command, *inner_commands(command))
        return tuple(command for script in self.scripts() for command in script.commands())


_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*([A-Za-z]+)[ \t]*=(.*)")
_NAME = re.compile(r"[ \t]*([A-Za-z]+)(?=[ \t]|$)[ \t]*")
_FLAG = re.compile(r"--([A-Za-z][\w-]*)(?:=((?:\"[^\"]*\"|[^\s\"])*))?(?=\s|$)[ \t]*")
_ARGUMENT = re.compile(r"(?:\"[^\"]*\"|'[^']*'|\S)+")
_HEREDOC = re.compile(r"(?<!\S)\d*<<(-?)(?:'([^'\s]+)'|\"([^\"\s]+)\"|([A-Za-z_][\w.-]*))")
_PAIR = re.compile(r"(?<!\S)([^\s=\"']+)=((?:\"[^\"\\]*(?:\\.[^\"\\]*)*\"|'[^']*'|\\.|[^\s\"'\\])*)", re.DOTALL)
_SHELL_SHEBANG = re.compile(r"#![^\n]*\b(?:ba|z|da|a)?sh\b")
_HEREDOC_SHELL = re.compile(r"(?:\S*/)?(?:(?:ba|z|da|a)?sh\b[^;&|]*)?\Z")
_ESCAPED_IN_QUOTES = re.compile(r"\\([\"\\])")
_QUOTED_PART = re.compile(r"\"([^\"\\]*(?:\\.[^\"\\]*)*)\"|'([^']*)'|\\(.)", re.DOTALL)


def _runs_heredocs(arguments: str) -> bool:
    """Whether the here-documents of a ``RUN`` are what the shell runs: nothing but a shell stands beside them."""
    return _HEREDOC_SHELL.match(_HEREDOC.sub("", arguments).strip()) is not None


def _unquote(text: str) -> str:
    if '"' not in text and "'" not in text and "\\" not in text:
        return text
    return _QUOTED_PART.sub(_unquoted_part, text)


def _unquoted_part(match: re.Match[str]) -> str:
    if match[1] is not None:
        return _ESCAPED_IN_QUOTES.sub(r"\1", match[1])
    if match[2] is not None:
        return match[2]
    # An escaped dollar sign keeps its escape, or it would be replaced later on.
    return match[0] if match[3] == "$" else match[3]


def _settings(instruction: Instruction) -> Iterator[Setting]:
    text = instruction.arguments
    pairs = list(_PAIR.finditer(text))
    first = _ARGUMENT.search(text)
    if instruction.name == "ARG":
        taken = {match.start() for match in pairs}
        for match in _ARGUMENT.finditer(text):
            if match.start() not in taken and "=" not in match[0]:
                yield Setting(match[0], None, instruction.locate(Span(match.start(), match.end())), None)
    elif first is not None and "=" not in first[0]:
        # The old form: one name, and the rest of the line is its value.
        start = first.end() + len(text[first.end() :]) - len(text[first.end() :].lstrip())
        end = len(text.rstrip())
        if start < end:
            place = instruction.locate(Span(start, end))
            yield Setting(first[0], text[start:end], instruction.locate(Span(first.start(), end)), place)
        return
    for match in pairs:
        yield Setting(
            match[1], _unquote(match[2]), instruction.locate(Span(match.start(), match.end())), instruction.locate(Span(match.start(2), match.end(2)))
        )


def directives(text: str) -> Iterator[tuple[str, str]]:
    """The parser directives at the top: comments of the form ``name=value`` before anything else."""
    position = 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        match = _DIRECTIVE.match(text[position:end].rstrip("\r"))
        if match is None:
            return
        yield match[1].lower(), match[2].strip()
        position = end + 1


@dataclass(slots=True)
class _Logical:
    """One logical line: its text, where its pieces stand, and the index of the physical line after it."""

    text: str
    pieces: list[tuple[int, int]]
    start: int
    end: int
    following: int


class InstructionReader:
    """Joins continued lines and cuts instructions out of them. Each physical line is read once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines: list[tuple[int, int]] = []
        position = 0
        while position < len(text):
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            self.lines.append((position, end - 1 if end > position and text[end - 1] == "\r" else end))
            position = end + 1
        escape = dict(directives(text)).get("escape", "\\")
        self.escape = escape if escape in ("\\", "`") else "\\"

    @cached_property
    def last_line_of(self) -> dict[str, int]:
        """By text: the last physical line that has it, so that a here-document without end is found out at once."""
        found: dict[str, int] = {}
        for index, (start, end) in enumerate(self.lines):
            if end - start <= 200:
                line = self.text[start:end]
                found[line] = index
                found[line.lstrip("\t")] = index
        return found

    def instructions(self) -> Iterator[Instruction]:
        index, stage, line = 0, None, 0
        while line < len(self.lines):
            logical = self._logical(line)
            if logical is None:
                line += 1
                continue
            line = logical.following
            match = _NAME.match(logical.text)
            onbuild = False
            name_start = match.start(1) if match is not None else 0
            if match is not None and match[1].upper() == "ONBUILD":
                onbuild = True
                match = _NAME.match(logical.text, match.end())
            if match is None or match[1].upper() not in INSTRUCTIONS:
                continue
            name = match[1].upper()
            if name == "FROM" and not onbuild:
                stage = 0 if stage is None else stage + 1
            heredocs: tuple[Heredoc, ...] = ()
            end = logical.end
            if name in _WITH_HEREDOC and "<<" in logical.text:
                heredocs, line = self._heredocs(logical.text, line)
                if heredocs:
                    end = self.lines[line - 1][1]
            whole = Script(logical.text, Span(logical.start, end), tuple(logical.pieces), where=name)
            yield self._instruction(name, whole, match, index, stage, heredocs, onbuild, name_start)
            index += 1

    def _logical(self, line: int) -> _Logical | None:
        """The logical line that starts at a physical one; ``None`` for blank lines and comments."""
        start, end = self.lines[line]
        stripped = self.text[start:end].strip()
        if not stripped or stripped.startswith("#"):
            return None
        parts: list[str] = []
        pieces: list[tuple[int, int]] = []
        length = 0
        last = end
        first_start = start
        while True:
            part = self.text[start:end]
            bare = part.rstrip(" \t")
            continued = bare.endswith(self.escape) and not bare.endswith(self.escape * 2)
            if continued:
                part = bare[:-1]
            if part:
                pieces.append((length, start))
                parts.append(part)
                length += len(part)
            last = end
            line += 1
            if not continued:
                break
            # Comments and blank lines inside a continued line drop out.
            while line < len(self.lines):
                start, end = self.lines[line]
                stripped = self.text[start:end].strip()
                if stripped and not stripped.startswith("#"):
                    break
                line += 1
            if line >= len(self.lines):
                break
        text = "".join(parts)
        return _Logical(text, pieces or [(0, first_start)], first_start, last, line)

    def _heredocs(self, text: str, line: int) -> tuple[tuple[Heredoc, ...], int]:
        """The here-documents that a logical line opens, and the physical line after them."""
        found: list[Heredoc] = []
        for match in _HEREDOC.finditer(text):
            name = match[2] or match[3] or match[4]
            if self.last_line_of.get(name, -1) < line:
                continue
            first = line
            while line < len(self.lines):
                start, end = self.lines[line]
                written = self.text[start:end]
                line += 1
                if (written.lstrip("\t") if match[1] else written) == name:
                    begin = self.lines[first][0]
                    found.append(Heredoc(name, match[4] is None, self.text[begin:start], Span(begin, start)))
                    break
        return tuple(found), line

    def _instruction(
        self,
        name: str,
        whole: Script,
        match: re.Match[str],
        index: int,
        stage: int | None,
        heredocs: tuple[Heredoc, ...],
        onbuild: bool,
        name_start: int,
    ) -> Instruction:
        text, position = whole.text, match.end()
        flags: list[Flag] = []
        while True:
            flag = _FLAG.match(text, position)
            if flag is None:
                break
            value = None if flag[2] is None else flag[2].replace('"', "")
            flags.append(Flag(flag[1], value, whole.locate(Span(flag.start(), len(flag[0].rstrip()) + flag.start()))))
            position = flag.end()
        if name == "HEALTHCHECK":
            inner = _NAME.match(text, position)
            if inner is not None and inner[1].upper() == "CMD":
                position = inner.end()
        body = _cut(whole, position)
        return Instruction(
            name,
            body,
            whole.span,
            index,
            stage,
            tuple(flags),
            _exec_form(body) if name in _EXEC_FORM else None,
            heredocs,
            onbuild,
            whole.locate(Span(name_start, match.end(1))),
        )


def _cut(whole: Script, position: int) -> Script:
    """The script from an offset on, without the white space at its end."""
    text = whole.text[position:].rstrip()
    pieces: list[tuple[int, int]] = []
    for ours, theirs in whole.pieces:
        if ours <= position:
            pieces = [(0, theirs + position - ours)]
        else:
            pieces.append((ours - position, theirs))
    return replace(whole, text=text, pieces=tuple(pieces))


def _exec_form(body: Script) -> tuple[Word, ...] | None:
    """The words of a JSON array of strings, or ``None`` when the text is none and therefore in shell form."""
    if not body.text.lstrip().startswith("["):
        return None
    try:
        root = parse_json(body.text)
    except JsonError:
        return None
    if not isinstance(root.items, list) or not all(isinstance(item.value, str) for item in root.items):
        return None
    return tuple(Word(item.text, body.locate(item.span)) for item in root.items)
