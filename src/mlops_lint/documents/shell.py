"""A bounded reader of shell scripts: the simple commands of a text and the words they are made of, each with its place.

It expands nothing and runs nothing. What a shell would compute (``$x``, ``$(…)``, backticks, ``${{ … }}`` and ``{{ … }}`` of template engines) makes a
word *dynamic*. Pipelines, lists, groups, conditions and loops are flattened into their simple commands; bodies of here-documents are no commands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mlops_lint.text.span import Span

MAX_SHELLS = 3
"""How many ``sh -c "…"`` inside each other are read."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command: its text without quotes, its span with them, and whether a shell would change it."""

    text: str
    span: Span
    dynamic: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """``NAME=value`` before a command, or instead of one."""

    name: str
    value: str
    span: Span
    dynamic: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command. ``words`` is empty when there are only assignments; targets of redirections are not among the words."""

    words: tuple[Word, ...]
    span: Span
    assignments: tuple[Assignment, ...] = ()

    @property
    def name(self) -> str:
        """The program without its folders, or an empty string."""
        return self.words[0].text.rpartition("/")[2] if self.words else ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The words' texts."""
        return tuple(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Script:
    """A shell script inside a document, and the way from its text to the document's.

    ``pieces`` are pairs of offsets, in the script's text and in the document's, from where on both run alike. ``exact`` is false when the way is
    not known; then every place is ``span``. ``where`` names the script for people, e.g. ``jobs.build.steps[2].run``.
    """

    text: str
    span: Span
    pieces: tuple[tuple[int, int], ...]
    exact: bool = True
    where: str = ""

    def locate(self, span: Span) -> Span:
        """The place in the document of a span of the script's text."""
        if not self.exact:
            return self.span
        start = self._offset(span.start)
        end = self._offset(span.end - 1) + 1 if span.end > span.start else start
        return Span(start, max(start, end))

    def _offset(self, offset: int) -> int:
        index = max(bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1, 0)
        ours, theirs = self.pieces[index] if self.pieces else (0, self.span.start)
        return theirs + offset - ours

    def commands(self) -> tuple[Command, ...]:
        """The script's commands with the document's spans."""
        return tuple(moved(command, self.locate) for command in commands(self.text))


def moved(command: Command, locate: Callable[[Span], Span]) -> Command:
    """The same command with other places."""
    return Command(
        tuple(replace(word, span=locate(word.span)) for word in command.words),
        locate(command.span),
        tuple(replace(assignment, span=locate(assignment.span)) for assignment in command.assignments),
    )


def commands(text: str) -> tuple[Command, ...]:
    """The simple commands of a script in the order they stand in; those of a literal ``sh -c "…"`` follow it."""
    found: list[Command] = []
    for command in _Reader(text).commands():
        found.append(command)
        found.extend(inner_commands(command, text))
    return tuple(found)


_SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ash"))
_SHELL_FLAG = re.compile(r"-[a-zA-Z]*c[a-zA-Z]*")


def inner_commands(command: Command, text: str | None = None) -> Iterator[Command]:
    """The commands inside a ``sh -c "…"``. Where the inner text is not written as it is read, their places are the word's.

    ``text`` is the text that the command's spans speak of; without it every place is the word's.
    """
    waiting: list[tuple[Command, int, bool]] = [(command, 0, text is not None)]
    while waiting:
        outer, depth, exact = waiting.pop(0)
        script = inner_script(outer)
        if script is None or depth >= MAX_SHELLS:
            continue
        start = script.span.start + 1
        exact = exact and text is not None and text[start : script.span.end - 1] == script.text
        for found in _Reader(script.text).commands():
            inner = moved(found, _shifted(start) if exact else _fixed(script.span))
            yield inner
            waiting.append((inner, depth + 1, exact))


def _shifted(by: int) -> Callable[[Span], Span]:
    return lambda span: Span(by + span.start, by + span.end)


def _fixed(place: Span) -> Callable[[Span], Span]:
    return lambda span: place


def inner_script(command: Command) -> Word | None:
    """The word that a ``sh -c`` takes its script from, if the command is one."""
    words = command.words[unwrapped(command.words) :]
    if len(words) < 3 or words[0].text.rpartition("/")[2] not in _SHELLS:
        return None
    for index, word in enumerate(words[1:-1], 1):
        if _SHELL_FLAG.fullmatch(word.text):
            return words[index + 1]
        if not word.text.startswith("-"):
            return None
    return None


_OPENERS = frozenset(("if", "then", "else", "elif", "while", "until", "do", "!", "{", "time"))
_SILENT = frozenset(("fi", "done", "esac", "}", ";;"))
_HEADERS = frozenset(("for", "case", "select", "function"))
_PLAIN = re.compile(r"[^\s\\'\"$`;&|()<>#{}]+")
_PLAIN_IN_QUOTES = re.compile(r"[^\"\\$`{]+")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=")
_HEREDOC = re.compile(r"(-?)[ \t]*(?:'([^'\n]*)'|\"([^\"\n]*)\"|\\?([\w.!-]+))")
_REDIRECTION = re.compile(r"(?:\d*|&)(<<<|<<|<>|>>|>\||>&|<&|<|>)")
_LINE = re.compile(r"[^\n]*\n?")


class _Reader:
    """One pass over a script. Every loop moves forward, so the cost is linear."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.heredocs: list[tuple[str, bool]] = []

    def commands(self) -> Iterator[Command]:
        words: list[Word] = []
        while self.position < len(self.text):
            separated = self._gap()
            if separated:
                if words:
                    yield from _command(words)
                    words = []
                continue
            if self.position >= len(self.text):
                break
            redirect = self._redirection()
            if redirect:
                continue
            words.append(self._word())
        if words:
            yield from _command(words)

    def _gap(self) -> bool:
        """Go over blanks, comments and continued line ends; true when something that ends a command was passed."""
        text, size = self.text, len(self.text)
        ended = False
        while self.position < size:
            mark = text[self.position]
            if mark != "\n" and mark.isspace():
                self.position += 1
            elif mark == "\\" and text.startswith(("\n", "\r\n"), self.position + 1):
                self.position += 2 if text[self.position + 1] == "\n" else 3
            elif mark == "#":
                end = text.find("\n", self.position)
                self.position = size if end < 0 else end
            elif mark == "\n":
                self.position += 1
                ended = True
                self._bodies()
            elif mark == "&" and text.startswith(">", self.position + 1):
                return ended
            elif mark in ";&|()":
                self.position += 1
                ended = True
            else:
                return ended
        return ended

    def _bodies(self) -> None:
        """Go over the bodies of the here-documents that the line just read opened."""
        for name, strip in self.heredocs:
            while self.position < len(self.text):
                match = _LINE.match(self.text, self.position)
                assert match is not None
                self.position = match.end()
                line = match[0].rstrip("\r\n")
                if (line.lstrip("\t") if strip else line) == name:
                    break
        self.heredocs.clear()

    def _redirection(self) -> bool:
        """Go over a redirection and its target, if one stands here."""
        text, position = self.text, self.position
        match = _REDIRECTION.match(text, position)
        if match is None:
            return False
        self.position = match.end()
        if match[1] == "<<":
            opening = _HEREDOC.match(text, self.position)
            if opening is not None:
                self.heredocs.append((opening[2] or opening[3] or opening[4] or "", opening[1] == "-"))
                self.position = opening.end()
            return True
        if text.startswith("(", self.position):
            # Process substitution: its text is a word a shell computes.
            self.position = _balanced(text, self.position)
            return True
        while text[self.position : self.position + 1] in (" ", "\t"):
            self.position += 1
        if text[self.position : self.position + 1] not in ("", "\n", "\r", ";", "&", "|", "(", ")", "<", ">", "#"):
            self._word()
        elif text.startswith("&", self.position) and match[1] in (">", "<"):
            self.position += 1
        return True

    def _word(self) -> Word:
        text, size, start = self.text, len(self.text), self.position
        parts: list[str] = []
        dynamic = False
        position = start
        while position < size:
            plain = _PLAIN.match(text, position)
            if plain is not None:
                parts.append(plain[0])
                position = plain.end()
                continue
            mark = text[position]
            if mark in ";&|()<>" or mark.isspace():
                break
            if mark == "\\":
                if text.startswith(("\n", "\r\n"), position + 1):
                    position += 2 if text[position + 1] == "\n" else 3
                    continue
                parts.append(text[position + 1 : position + 2])
                position += 2
            elif mark == "'":
                end = text.find("'", position + 1)
                end = size if end < 0 else end
                parts.append(text[position + 1 : end])
                position = end + 1
            elif mark == '"':
                inner, changes, position = _double_quoted(text, position)
                parts.append(inner)
                dynamic = dynamic or changes
            elif mark in "$`" or text.startswith("{{", position):
                end, changes = _expansion(text, position)
                parts.append(text[position:end])
                dynamic = dynamic or changes
                position = end
            else:
                # Braces, and a hash inside a word.
                parts.append(mark)
                position += 1
        # A word has at least one character: what no branch takes is taken as it is.
        self.position = min(max(position, start + 1), size)
        return Word("".join(parts), Span(start, self.position), dynamic)


def _double_quoted(text: str, position: int) -> tuple[str, bool, int]:
    """The text of a double-quoted string, whether it is dynamic, and the offset after it."""
    parts: list[str] = []
    dynamic = False
    position += 1
    size = len(text)
    while position < size and text[position] != '"':
        plain = _PLAIN_IN_QUOTES.match(text, position)
        if plain is not None:
            parts.append(plain[0])
            position = plain.end()
        elif text[position] == "\\":
            following = text[position + 1 : position + 2]
            if following != "\n":
                parts.append(following if following in ('"', "\\", "$", "`") else "\\" + following)
            position += 2
        else:
            end, changes = _expansion(text, position)
            parts.append(text[position:end])
            dynamic = dynamic or changes
            position = end
    return "".join(parts), dynamic, min(position + 1, size)


_MAX_EXPRESSION = 1000  # characters of a template expression
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])")


def _expansion(text: str, position: int) -> tuple[int, bool]:
    """The end of what starts with ``$``, a backtick or a brace here, and whether a shell or template engine would change it."""
    if text.startswith(("${{", "{{"), position):
        end = text.find("}}", position, position + _MAX_EXPRESSION)
        line_end = text.find("\n", position, position + _MAX_EXPRESSION)
        if end >= 0 and (line_end < 0 or end < line_end):
            return end + 2, True
    if text.startswith(("$(", "${"), position):
        return _balanced(text, position + 1), True
    if text.startswith("`", position):
        return _balanced(text, position), True
    match = _VARIABLE.match(text, position)
    if match is not None:
        return match.end(), True
    return position + 1, False


_CLOSERS = {"(": ")", "{": "}"}


def _balanced(text: str, position: int) -> int:
    """The offset after the bracket or backtick at ``position`` and all that belongs to it; the end of the text when it is not closed."""
    closing = [_CLOSERS.get(text[position], text[position])]
    position += 1
    size = len(text)
    while position < size and closing:
        mark, top = text[position], closing[-1]
        if mark == "\\":
            position += 2
            continue
        if mark == top:
            closing.pop()
        elif mark == "'" and top != '"':
            end = text.find("'", position + 1)
            position = size if end < 0 else end
        elif mark in ('"', "`"):
            closing.append(mark)
        elif mark == "$" and text[position + 1 : position + 2] in _CLOSERS:
            closing.append(_CLOSERS[text[position + 1]])
            position += 1
        elif mark == "(" and top == ")":
            closing.append(")")
        position += 1
    return min(position, size)


def _command(words: list[Word]) -> Iterator[Command]:
    """The command that a run of words is, without the shell's own words and with its assignments apart."""
    index = 0
    while index < len(words) and words[index].text in _OPENERS:
        index += 1
    if index < len(words) and words[index].text in _HEADERS:
        return
    if index == len(words) or words[index].text in _SILENT:
        return
    end = len(words)
    while end > index and words[end - 1].text == "}":
        end -= 1
    span = Span(words[index].span.start, words[end - 1].span.end)
    assignments: list[Assignment] = []
    while index < end:
        match = _ASSIGNMENT.match(words[index].text)
        if match is None:
            break
        word = words[index]
        assignments.append(Assignment(match[1], word.text[match.end() :], word.span, word.dynamic))
        index += 1
    yield Command(tuple(words[index:end]), span, tuple(assignments))


_WRAPPERS = frozenset(("sudo", "env", "exec", "time", "nohup", "command", "nice", "xargs", "gosu", "su-exec", "tini", "dumb-init", "doas", "timeout"))
_RUNNERS = frozenset(("conda", "mamba", "micromamba", "poetry", "uv", "pipenv", "pdm", "hatch", "rye"))
_WRAPPER_VALUES = {
    "sudo": frozenset(("-u", "-g", "--user", "--group")),
    "env": frozenset(("-u", "-C")),
    "xargs": frozenset(("-n", "-P", "-I", "-L", "-a", "-d")),
    "nice": frozenset(("-n",)),
    "timeout": frozenset(("-s", "-k")),
}
_RUNNER_VALUES = frozenset(
    ("-n", "--name", "-p", "--prefix", "--cwd", "--with", "--with-requirements", "--extra", "--group", "--python", "--project", "--directory", "-C")
)


def unwrapped(words: tuple[Word, ...]) -> int:
    """The index of the word that names the program, past ``sudo``, ``env A=b``, ``poetry run`` and the like."""
    index = 0
    while index < len(words):
        name = words[index].text.rpartition("/")[2]
        if name in _WRAPPERS:
            values = _WRAPPER_VALUES.get(name, frozenset())
            following = _past_options(words, index + 1, values)
            # gosu and timeout take one word of their own.
            index = following + (1 if name in ("gosu", "su-exec", "timeout") else 0)
            while index < len(words) and _ASSIGNMENT.match(words[index].text):
                index += 1
        elif name in _RUNNERS and index + 1 < len(words) and words[index + 1].text == "run":
            index = _past_options(words, index + 2, _RUNNER_VALUES)
        else:
            return index
    return len(words)


def _past_options(words: tuple[Word, ...], index: int, values: frozenset[str]) -> int:
    while index < len(words) and words[index].text.startswith("-"):
        if words[index].text == "--":
            return index + 1
        index += 2 if words[index].text in values else 1
    return index
