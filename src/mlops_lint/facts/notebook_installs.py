"""What the cells of a notebook install, line by line, and whether it goes where the notebook runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.documents.installs import PipInstall, read_install
from mlops_lint.documents.magics import Magic
from mlops_lint.documents.notebook import Cell, NotebookDocument
from mlops_lint.documents.shell import Command, commands
from mlops_lint.facts.package_pins import BOUNDED, PackagePin, conda_pin, is_cut, pip_pin
from mlops_lint.text.span import LineMap, Span


@dataclass(frozen=True, slots=True)
class NotebookInstall:
    """The installation commands that start on one line of a cell: ``!pip install``, ``%pip install``, those of a ``%%bash`` cell.

    ``command`` is how the first one starts, as a reader would say it (``!pip``, ``%conda``). ``in_kernel``: it installs where the kernel runs, as far
    as can be told; a bare ``!pip`` does not. ``packages`` and ``requirement_files`` are those of the line. ``is_constrained``: a constraints file or
    hashes say which versions are taken. ``magic_span`` is what ``magic`` may stand for instead, so that the line installs into the kernel; ``None``
    where that is not all it takes. ``moves``: the notebook fetches a repository or changes its folder, so relative names may lead anywhere.
    """

    kinds: ClassVar[tuple[str, ...]] = ("notebook",)

    path: str
    span: Span
    command: str
    in_kernel: bool
    packages: tuple[PackagePin, ...] = ()
    requirement_files: tuple[str, ...] = ()
    is_constrained: bool = False
    magic_span: Span | None = None
    magic: str = ""
    moves: bool = False

    @property
    def location(self) -> Location:
        """Where the line stands."""
        return Location(self.path, self.span)

    @classmethod
    def collect(cls, document: NotebookDocument) -> Iterator[NotebookInstall]:
        """The installations of one notebook, cell by cell."""
        if not isinstance(document, NotebookDocument) or "install" not in document.text:
            return
        found: list[NotebookInstall] = []
        moves = False
        for cell in document.code_cells:
            text = cell.source.text
            if "install" in text:
                found.extend(_of_cell(cell, document.path))
            moves = moves or _MOVES.search(text) is not None
        if "get_ipython" in document.code:
            found = sorted([*found, *_called(document)], key=lambda one: one.span)
        yield from (replace(one, moves=moves) for one in found)


_MOVES = re.compile(r"\bgit\s+clone\b|^[ \t]*(?:[%!][ \t]*)?cd\s|\bos\.chdir\b|\bwget\b|\bcurl\b|\bgdown\b", re.MULTILINE)
_KERNEL_MAGICS = frozenset({"pip", "conda", "mamba", "micromamba", "uv"})
_SHELL_MAGICS = frozenset({"system", "sx"})
_SHELL_CELLS = frozenset({"bash", "sh", "zsh", "shell", "system", "sx", "!"})
_SHELL_NAME = re.compile(r"(?:\S*/)?(?:ba|z|da)?sh\b")
_BARE = re.compile(r"^[ \t]*(?P<tool>pip|conda|mamba)[ \t]+install[ \t]+[^=(\r\n]", re.MULTILINE)
_PIP_WORD = re.compile(r"pip[\d.]*")
_MORE_THAN_ONE = re.compile(r"[;|`]|&|\$\(|<\(")


@dataclass(frozen=True, slots=True)
class _Script:
    """A piece of a cell's text that is handed to a shell or to an installer's magic.

    ``start`` is where ``text`` starts in the cell, ``sign_start`` where its sign does. ``sign`` is what a reader sees before it.
    """

    text: str
    start: int
    sign: str
    sign_start: int
    is_line: bool = True
    is_kernel: bool = False


def _of_cell(cell: Cell, path: str) -> Iterator[NotebookInstall]:
    text = cell.source.text
    scripts = [script for magic in cell.magics if (script := _script(magic, text)) is not None]
    scripts.extend(_bare_lines(cell))
    lines = LineMap(text)
    for script in scripts:
        by_line: dict[int, NotebookInstall] = {}
        seen = commands(script.text)
        for command in seen:
            install = read_install(command)
            if install is None or not _counts(install):
                continue
            one = _read(path, cell, script, command, install, len(seen) == 1)
            # All that a magic joins by backslashes is one line to IPython.
            key = 0 if script.is_line else lines.position(script.start + command.span.start)[0]
            by_line[key] = _joined(by_line[key], one) if key in by_line else one
        yield from by_line.values()


def _script(magic: Magic, text: str) -> _Script | None:
    start, end = magic.span.start, magic.span.end
    whole = text[start:end]
    if magic.kind == "shell":
        sign = "!!" if whole.startswith("!!") else "!"
        return _Script(whole[len(sign) :], start + len(sign), sign, start)
    if magic.kind == "line" and magic.name in _KERNEL_MAGICS:
        sign = "%" if whole.startswith("%") else ""
        return _Script(whole[len(sign) :], start + len(sign), sign, start, is_kernel=True)
    if magic.kind == "line" and magic.name in _SHELL_MAGICS:
        return _Script(text[magic.argument_start : end], magic.argument_start, f"%{magic.name} ", start)
    if magic.kind == "cell" and (magic.name in _SHELL_CELLS or (magic.name == "script" and _SHELL_NAME.match(magic.argument))):
        return _Script(magic.body, end - len(magic.body), f"%%{magic.name} ", end - len(magic.body), is_line=False)
    return None


def _bare_lines(cell: Cell) -> Iterator[_Script]:
    """Lines that IPython takes for a magic although no sign stands before them; in a cell that is Python there are none."""
    if _BARE.search(cell.code) is None or _is_python(cell.code):
        return
    for match in _BARE.finditer(cell.code):
        end = cell.code.find("\n", match.start())
        line = cell.code[match.start("tool") : len(cell.code) if end < 0 else end].rstrip("\r")
        yield _Script(line, match.start("tool"), "", match.start("tool"), is_kernel=True)


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _counts(install: PipInstall) -> bool:
    """Whether the command adds packages to an environment that exists; ``uv add`` and ``poetry add`` write them down in the project as well."""
    if install.verb != "install" or install.tool == "poetry":
        return False
    return install.tool != "uv" or any(word.text == "pip" for word in install.words)


def _read(path: str, cell: Cell, script: _Script, command: Command, install: PipInstall, alone: bool) -> NotebookInstall:
    def place(span: Span) -> Span:
        return cell.source.file_span(Span(script.start + span.start, script.start + span.end))

    in_kernel = script.is_kernel or _names_kernel(install)
    start = script.sign_start if script.is_line else script.start + command.span.start
    end = script.start + command.span.end
    replaced = None if in_kernel or not alone else _replaceable(script, cell, install)
    return NotebookInstall(
        path,
        cell.source.file_span(Span(start, end)),
        script.sign + _spoken(install),
        in_kernel,
        _pins(install, script.text, place),
        tuple(word.text for word in install.requirement_files),
        _is_constrained(install),
        None if replaced is None else cell.source.file_span(replaced),
        "" if replaced is None else f"%{install.tool}",
    )


def _spoken(install: PipInstall) -> str:
    """The program as a message names it."""
    name = install.words[0].text.rpartition("/")[2]
    if install.tool == "pip" and not _PIP_WORD.fullmatch(name):
        return "python -m pip" if name.startswith("python") else "pip"
    return {"uv": "uv pip"}.get(install.tool, name if name in ("pip3", "mamba", "micromamba") else install.tool)


def _names_kernel(install: PipInstall) -> bool:
    """Whether the command itself says which interpreter it means: ``{sys.executable} -m pip``, ``conda install -p {sys.prefix}``, ``uv pip``."""
    if install.tool == "uv" or any("sys.executable" in word.text or "sys.prefix" in word.text for word in install.words):
        return True
    # A variable before "-m pip" is given the benefit of the doubt.
    return install.words[0].text.startswith(("$", "{"))


def _replaceable(script: _Script, cell: Cell, install: PipInstall) -> Span | None:
    """The part of the line that ``%pip`` or ``%conda`` can stand for: the sign and the program, where the line is that one command and nothing more."""
    if script.sign != "!" or _MORE_THAN_ONE.search(script.text):
        return None
    text = cell.source.text
    line_start = max(text.rfind("\n", 0, script.sign_start), text.rfind("\r", 0, script.sign_start)) + 1
    if text[line_start : script.sign_start].strip():
        return None
    last = install.words[0]
    if script.text[: last.span.start].strip():
        return None
    if last.text in ("python", "python3") and [word.text for word in install.words[1:3]] == ["-m", "pip"]:
        last = install.words[2]
    elif last.text not in ("pip", "pip3", "conda", "mamba"):
        # Another version of Python, or another program, is meant.
        return None
    return Span(script.sign_start, script.start + last.span.end)


def _called(document: NotebookDocument) -> Iterator[NotebookInstall]:
    """``get_ipython().system("pip install …")`` and its kin, which exported notebooks have in place of magics."""
    for call in document.scopes.calls:
        method = _method_of_ipython(call.func)
        words = [node.value for node in call.args if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        if not method or not words or len(words) != len(call.args):
            continue
        is_kernel = method in _MAGIC_METHODS
        script = " ".join(words).lstrip("%")
        if is_kernel and script.partition(" ")[0] not in _KERNEL_MAGICS:
            continue
        span = document.span_of(call)
        line: NotebookInstall | None = None
        for command in commands(script):
            install = read_install(command)
            if install is None or not _counts(install):
                continue
            one = NotebookInstall(
                document.path,
                span,
                ("%" if is_kernel else "!") + _spoken(install),
                is_kernel or _names_kernel(install),
                _pins(install, script, _fixed(span)),
                tuple(word.text for word in install.requirement_files),
                _is_constrained(install),
            )
            line = one if line is None else _joined(line, one)
        if line is not None:
            yield line


_SHELL_METHODS = frozenset({"system", "getoutput", "system_raw", "system_piped"})
_MAGIC_METHODS = frozenset({"run_line_magic", "magic"})


def _method_of_ipython(function: ast.expr) -> str:
    """The method's name where a shell's or magic's method of ``get_ipython()`` is called, else an empty string."""
    if not isinstance(function, ast.Attribute) or function.attr not in (_SHELL_METHODS | _MAGIC_METHODS) or not isinstance(function.value, ast.Call):
        return ""
    origin = function.value.func
    name = origin.id if isinstance(origin, ast.Name) else origin.attr if isinstance(origin, ast.Attribute) else ""
    return function.attr if name == "get_ipython" else ""


def _fixed(span: Span) -> Callable[[Span], Span]:
    """Every place is this one: the text of a call is not looked up in its string."""
    return lambda _: span


def _pins(install: PipInstall, text: str, place: Callable[[Span], Span]) -> tuple[PackagePin, ...]:
    read = conda_pin if install.tool in ("conda", "mamba") else pip_pin
    found: list[PackagePin] = []
    for word in install.packages:
        # IPython fills in {name} and $name before the shell sees the line.
        pin = read(word.text, place(word.span), word.dynamic or "{" in word.text or "$" in word.text)
        found.append(replace(pin, state=BOUNDED) if pin.is_open and is_cut(text, word.span.end) else pin)
    return tuple(found)


def _is_constrained(install: PipInstall) -> bool:
    return bool(install.constraint_files) or install.option("--require-hashes", "--no-index") is not None


def _joined(first: NotebookInstall, second: NotebookInstall) -> NotebookInstall:
    """Two commands of one line as one; what holds for one alone does not hold for both."""
    held = [one for one in (first, second) if not one.is_constrained]
    return replace(
        first,
        span=Span(first.span.start, max(first.span.end, second.span.end)),
        in_kernel=first.in_kernel and second.in_kernel,
        packages=tuple(package for one in held for package in one.packages),
        requirement_files=first.requirement_files + second.requirement_files,
        is_constrained=not held,
        magic_span=None,
        magic="",
    )
