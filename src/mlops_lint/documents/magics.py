"""IPython's own syntax in a cell: magics, shell escapes and help, blanked at equal length so that the rest stays Python with its places."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

from mlops_lint.text.span import Span

# Cell magics whose body runs as Python in the kernel's own namespace (IPython 9 documentation, "Built-in magic commands"; memory_profiler, line_profiler).
_PYTHON_CELLS = frozenset(
    {"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "snakeviz", "px", "local", "wandb", "pyinstrument", "scalene"}
)

# What stands before "=" starts with no blank, so that there is one way to read the blanks before it and the pattern stays linear.
_CANDIDATE = re.compile(r"^[ \t]*(?:[%!?]|[\w,.\[\]()'\"][\w, .\[\]()'\"]*=[ \t]*[%!])|\?[ \t]*(?:#.*)?$", re.MULTILINE)
_FIRST = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r(?!\n)))*[ \t]*%%(?P<name>[\w.-]+|!)(?P<argument>[^\r\n]*)")
_MAX_CELL_MAGICS = 8
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_MAGIC = re.compile(r"(?P<indent>[ \t]*)(?P<sign>%%|%|!!|!|\?\??|)(?P<rest>.*)")
_ASSIGNED = re.compile(r"(?P<target>[ \t]*[A-Za-z_\[(][\w, .\[\]()'\"]*=[ \t]*)(?P<sign>[%!])(?P<rest>.*)")
_HELP = re.compile(r"[ \t]*[%\w.*]+\?{1,2}[ \t]*(?:#.*)?$")
_NAME = re.compile(r"[\w.*-]+")
# Words that IPython takes for a line magic without its sign ("automagic"), in a cell of one line that is no Python (IPython 9, core/prefilter.py).
_AUTOMATIC = re.compile(
    r"(?P<name>pip|conda|mamba|micromamba|uv|cd|ls|ll|cat|cp|mv|rm|mkdir|rmdir|less|more|man|run|load_ext|reload_ext|autoreload|matplotlib|env)"
    r"[ \t]+(?P<argument>[^\s=,][^\r\n]*)(?:\r\n|\n|\r)?"
)


@dataclass(frozen=True, slots=True)
class Magic:
    """One piece of IPython syntax in a cell.

    ``kind``: ``cell`` (``%%name``), ``line`` (``%name``, or ``name`` alone where IPython adds the sign), ``shell`` (``!command``) or ``help``. ``name``
    is the magic's name (for a shell escape the command's first word), ``argument`` what follows it, ``body`` the rest of a cell under a cell magic;
    ``span`` covers all of it in the cell's text.
    """

    kind: str
    name: str
    argument: str
    span: Span
    argument_start: int
    body: str = ""


def blank_magics(text: str, above: int = 0) -> tuple[str, tuple[Magic, ...]]:
    """The Python of a cell at equal length, and the magics it held; ``above`` counts the cell magics that it is the body of."""
    if (automatic := _AUTOMATIC.fullmatch(text)) is not None and not _is_python(text):
        name, argument = automatic["name"], automatic["argument"].rstrip()
        install = Magic("line", name, argument, Span(0, automatic.start("argument") + len(argument)), automatic.start("argument"))
        return "0" + _blank(text[1:]), (install,)
    if not _CANDIDATE.search(text):
        return text, ()
    first = _FIRST.match(text)
    if first is not None:
        return _cell_magic(text, first, above)
    if _is_python(text):
        return text, ()
    pieces: list[str] = []
    magics: list[Magic] = []
    position = 0
    while position < len(text):
        line = _LINE.match(text, position).group()  # type: ignore[union-attr]
        blanked, magic = _line(line, position)
        if magic is not None and line.rstrip("\r\n").endswith("\\"):
            # A magic goes on where a backslash says so; the continuation of anything else may hold anything.
            line = _joined_line(text, position)
            blanked, magic = _line(line, position)
        pieces.append(blanked)
        if magic is not None:
            magics.append(magic)
        position += max(1, len(line))
    return "".join(pieces), tuple(magics)


def _cell_magic(text: str, first: re.Match[str], above: int) -> tuple[str, tuple[Magic, ...]]:
    name, argument = first["name"], first["argument"]
    body_start = first.end()
    sign = text.index("%%", first.start())
    argument_start = first.start("argument") + len(argument) - len(argument.lstrip())
    magic = Magic("cell", name, argument.strip(), Span(sign, len(text)), argument_start, text[body_start:])
    if name not in _PYTHON_CELLS or above >= _MAX_CELL_MAGICS:
        return _blank(text), (magic,)
    line_end = _LINE.match(text, body_start)
    start = body_start if line_end is None else line_end.end()
    body, magics = blank_magics(text[start:], above + 1)
    shifted = tuple(
        Magic(one.kind, one.name, one.argument, Span(one.span.start + start, one.span.end + start), one.argument_start + start, one.body)
        for one in magics
    )
    return _blank(text[:start]) + body, (magic, *shifted)


def _joined_line(text: str, position: int) -> str:
    """The line at a position with the lines that a trailing backslash joins to it."""
    end = position
    while True:
        match = _LINE.match(text, end)
        assert match is not None
        end = match.end()
        if not match.group().rstrip("\r\n").endswith("\\") or end >= len(text):
            return text[position:end]


def _line(line: str, offset: int) -> tuple[str, Magic | None]:
    content = line.rstrip("\r\n")
    if match := _ASSIGNED.match(content):
        start = match.start("sign")
        magic = _magic(match["sign"], match["rest"].split("\r")[0], line[start:].rstrip("\r\n"), offset + start)
        return line[:start] + "0" + _blank(line[start + 1 :]), magic
    match = _MAGIC.match(content)
    if match is not None and match["sign"]:
        start = match.start("sign")
        magic = _magic(match["sign"], match["rest"], line[start:].rstrip("\r\n"), offset + start)
        if magic.kind == "line" and magic.name == "time" and _is_python(magic.argument) and "\\" not in line:
            # The statement that is timed runs like any other.
            keep = line.index(magic.argument, start) if magic.argument else len(line)
            return line[:start] + "0;" + " " * (keep - start - 2) + line[keep:], magic
        return line[:start] + "0" + _blank(line[start + 1 :]), magic
    if _HELP.match(content):
        start = len(content) - len(content.lstrip())
        return line[:start] + "0" + _blank(line[start + 1 :]), Magic(
            "help", "?", content.strip(), Span(offset + start, offset + len(content)), offset + start
        )
    return line, None


def _magic(sign: str, rest: str, whole: str, start: int) -> Magic:
    kind = {"!": "shell", "!!": "shell", "%": "line", "%%": "cell"}.get(sign, "help")
    text = whole[len(sign) :]
    name = _NAME.match(text.lstrip())
    word = name.group() if name else ""
    lead = len(text) - len(text.lstrip())
    skip = lead + (len(word) if kind == "line" else 0)
    skip += len(text[skip:]) - len(text[skip:].lstrip())
    return Magic(kind, word, text[skip:].strip(), Span(start, start + len(whole)), start + len(sign) + skip)


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)


def _is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
