"""What Dockerfiles, workflows and container manifests install with pip or uv, command by command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.documents.dockerfile import Dockerfile
from mlops_lint.documents.document import Document
from mlops_lint.documents.installs import PipInstall, installs_in
from mlops_lint.documents.instruction import Instruction
from mlops_lint.documents.shell import Word
from mlops_lint.documents.workflow import run_commands
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.facts.package_pins import BOUNDED, PackagePin, is_cut, pip_pin
from mlops_lint.text.span import Span

SOURCES = ("dockerfile", "github-workflow", "github-action", "gitlab-ci", "compose", "kubernetes")

_CONSTRAINT_VARIABLES = ("PIP_CONSTRAINT", "UV_CONSTRAINT")
_Expand = Callable[[Word], tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class CommandInstall:
    """One ``pip install`` or ``uv pip install``; those that start on one line count as one.

    ``source`` is one of :data:`SOURCES`, ``command`` the words up to the verb (``uv pip install``). ``packages`` are in written order.
    ``requirement_files`` are as written. ``is_constrained``: a constraints file, hashes or a local folder of wheels say which versions are taken.
    ``is_prerelease``: the newest build is asked for (``--pre``, an index of nightly builds). ``at_start``: it runs whenever a container starts.
    """

    kinds: ClassVar[tuple[str, ...]] = ("dockerfile", "yaml")

    path: str
    span: Span
    source: str
    command: str
    packages: tuple[PackagePin, ...]
    requirement_files: tuple[str, ...] = ()
    is_constrained: bool = False
    is_prerelease: bool = False
    at_start: bool = False

    @property
    def location(self) -> Location:
        """Where the command stands."""
        return Location(self.path, self.span)

    @classmethod
    def collect(cls, document: Document) -> Iterator[CommandInstall]:
        """The installations of one Dockerfile or YAML file in order."""
        if "install" not in document.text:
            return
        by_line: dict[int, CommandInstall] = {}
        for source, install, expand, at_start in _installs(document):
            found = replace(_read(document, source, install, expand), at_start=at_start)
            line = document.line_map.position(found.span.start)[0]
            by_line[line] = _joined(by_line[line], found) if line in by_line else found
        yield from by_line.values()


def _installs(document: Document) -> Iterator[tuple[str, PipInstall, _Expand, bool]]:
    """The source of each installation, the installation, what replaces its variables, and whether it runs at the start of a container."""
    if isinstance(document, Dockerfile):
        for instruction in document.instructions:
            if instruction.name in ("RUN", "CMD", "ENTRYPOINT"):
                for install in installs_in(instruction.commands()):
                    if _counts(install):
                        yield "dockerfile", install, _expander(document, instruction), instruction.name != "RUN"
    elif isinstance(document, YamlDocument) and document.flavour in SOURCES:
        for install in installs_in(run_commands(document)):
            if _counts(install):
                yield document.flavour, install, _as_written, document.flavour in ("compose", "kubernetes")


def _counts(install: PipInstall) -> bool:
    return install.verb == "install" and (install.tool == "pip" or (install.tool == "uv" and any(word.text == "pip" for word in install.words)))


def _expander(document: Dockerfile, instruction: Instruction) -> _Expand:
    return lambda word: document.expand(word.text, instruction) if word.dynamic else (word.text, False)


def _as_written(word: Word) -> tuple[str, bool]:
    return word.text, word.dynamic


def _read(document: Document, source: str, install: PipInstall, expand: _Expand) -> CommandInstall:
    packages = tuple(_pin(document, word, expand) for word in install.packages)
    return CommandInstall(
        document.path,
        install.span,
        source,
        "uv pip install" if install.tool == "uv" else "pip install",
        packages,
        tuple(expand(word)[0] for word in install.requirement_files),
        _is_constrained(document, install),
        _is_prerelease(install),
    )


def _pin(document: Document, word: Word, expand: _Expand) -> PackagePin:
    text, dynamic = expand(word)
    pin = pip_pin(text, word.span, dynamic)
    return replace(pin, state=BOUNDED) if pin.is_open and is_cut(document.text, word.span.end) else pin


def _is_constrained(document: Document, install: PipInstall) -> bool:
    if install.constraint_files or install.option("--require-hashes", "--no-index") is not None:
        return True
    folders = [option.value.text for option in install.options if option.name in ("-f", "--find-links") and option.value is not None]
    if any("://" not in folder for folder in folders):
        return True
    return any(name in document.text for name in _CONSTRAINT_VARIABLES)


def _is_prerelease(install: PipInstall) -> bool:
    if install.option("--pre", "--prerelease") is not None:
        return True
    return any(option.value is not None and "nightly" in option.value.text for option in install.index_options)


def _joined(first: CommandInstall, second: CommandInstall) -> CommandInstall:
    """Two commands of one line as one; what holds for one alone does not hold for both."""
    held = [one for one in (first, second) if not one.is_constrained]
    return CommandInstall(
        first.path,
        Span(first.span.start, max(first.span.end, second.span.end)),
        first.source,
        first.command,
        tuple(package for one in held for package in one.packages),
        first.requirement_files + second.requirement_files,
        not held,
        first.is_prerelease and second.is_prerelease,
        first.at_start,
    )
