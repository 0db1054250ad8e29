"""What a Dockerfile installs, command by command, with the files of the project that it means."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.documents.classify import role_of
from mlops_lint.documents.constraint_dialects import conda_specifier
from mlops_lint.documents.dockerfile import Dockerfile
from mlops_lint.documents.document import Document
from mlops_lint.documents.installs import PipInstall, read_install
from mlops_lint.documents.instruction import Instruction
from mlops_lint.documents.pep508 import ParsedRequirement, RequirementError, canonical_name, parse_requirement
from mlops_lint.documents.shell import Command, Word
from mlops_lint.facts.manifests import Manifest
from mlops_lint.text.span import Span

MAX_COPIES = 200
"""``COPY`` entries of one image that are looked through for a file."""

_LOCK_TOOLS = {
    "uv": ("sync", "export", "run"),
    "poetry": ("install", "sync", "export"),
    "pipenv": ("install", "sync"),
    "pdm": ("install", "sync", "export"),
}
_LOCK_TOOLS |= {"pixi": ("install", "run"), "conda-lock": ("install",), "rye": ("sync",), "pip-sync": ("",)}
_VERSIONED = re.compile(r"(?:python|pip)\d+\.\d+")
_CONDA = re.compile(r"(?:[\w./-]+::)?([A-Za-z0-9_][\w.-]*)(.*)", re.DOTALL)
_EXTRAS = re.compile(r"\[([\w., -]*)\]$")


@dataclass(frozen=True, slots=True)
class InstallTarget:
    """A file or folder that a command installs from.

    ``kind`` is ``requirement``, ``constraint`` or ``folder``. ``candidates`` are the paths it may have in the build context, likeliest first; empty
    where a variable or URL keeps it unknown. ``extras`` are those of a folder.
    """

    kind: str
    raw: str
    span: Span
    candidates: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstallArgument:
    """A package named on the command line: canonical ``name``, PEP 440 ``specifier`` and ``marker``; ``source`` as for a requirement."""

    name: str
    specifier: str
    span: Span
    marker: str = ""
    source: str = "registry"


@dataclass(frozen=True, slots=True)
class ImageInstall:
    """One installation command of a Dockerfile.

    ``stages`` are the index of its stage and those that this one is built on. ``interpreter`` tells environments inside one image apart (a virtual
    environment, a named conda environment, ``--target``); empty is the image's own. ``reinstalls``: it says that it overrides what is there.
    ``from_lock``: it installs what a lock holds (``uv sync``, ``poetry install``) and names nothing itself.
    """

    kinds: ClassVar[tuple[str, ...]] = ("dockerfile",)

    path: str
    span: Span
    tool: str
    stages: tuple[int, ...]
    interpreter: str = ""
    targets: tuple[InstallTarget, ...] = ()
    packages: tuple[InstallArgument, ...] = ()
    no_deps: bool = False
    reinstalls: bool = False
    from_lock: bool = False

    @classmethod
    def collect(cls, document: Document) -> Iterator[ImageInstall]:
        """The installation commands of one Dockerfile, in order."""
        if isinstance(document, Dockerfile):
            yield from _Reader(document).read()

    @property
    def location(self) -> Location:
        """The command."""
        return Location(self.path, self.span)

    def shares_environment(self, other: ImageInstall) -> bool:
        """Whether both install into the same environment of the same image."""
        return (
            self.path == other.path and self.interpreter == other.interpreter and (self.stages[0] in other.stages or other.stages[0] in self.stages)
        )


@dataclass(frozen=True, slots=True)
class ResolvedInstall:
    """An installation command with the manifests it reads. ``unknown``: a file it names is none of the project's manifests."""

    install: ImageInstall
    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    projects: tuple[tuple[str, tuple[str, ...]], ...]
    unknown: bool


class ImageInstalls:
    """The installation commands of the project's images; those of tests and vendored code are left out."""

    def __init__(self, installs: Iterable[ImageInstall], manifests: Iterable[Manifest]) -> None:
        self._manifests = {manifest.path for manifest in manifests}
        self.installs = tuple(
            self._resolve(one) for one in installs if role_of(one.path) not in ("test", "vendored") and "devcontainer" not in one.path
        )
        self._by_manifest: dict[str, list[ResolvedInstall]] = {}
        for one in self.installs:
            for path in dict.fromkeys((*one.requirements, *(project for project, _ in one.projects))):
                self._by_manifest.setdefault(path, []).append(one)

    @classmethod
    def of(cls, project: Any) -> ImageInstalls:
        """Those of a project whose run requires :class:`ImageInstall` and ``Manifest``; meant for ``project.derive``."""
        return cls(project.facts(ImageInstall), project.facts(Manifest))

    def of_manifest(self, path: str) -> tuple[ResolvedInstall, ...]:
        """The commands that install from a manifest, as a requirements file or as a project."""
        return tuple(self._by_manifest.get(path, ()))

    def beside(self, one: ResolvedInstall) -> tuple[ResolvedInstall, ...]:
        """The commands that install into the same environment, itself among them."""
        return tuple(other for other in self.installs if one.install.shares_environment(other.install))

    def _resolve(self, install: ImageInstall) -> ResolvedInstall:
        found: dict[str, list[str]] = {"requirement": [], "constraint": []}
        projects: list[tuple[str, tuple[str, ...]]] = []
        unknown = False
        for target in install.targets:
            paths = list(self._paths(install.path, target))
            unknown = unknown or not paths
            if target.kind == "folder":
                projects.extend((path, target.extras) for path in paths)
            else:
                found[target.kind].extend(paths)
        return ResolvedInstall(install, tuple(found["requirement"]), tuple(found["constraint"]), tuple(projects), unknown)

    def _paths(self, dockerfile: str, target: InstallTarget) -> Iterator[str]:
        """The manifests a target means: the build context is the Dockerfile's folder or one above it."""
        context = posixpath.dirname(dockerfile)
        while True:
            for candidate in target.candidates:
                path = posixpath.normpath(posixpath.join(context, candidate))
                if path in self._manifests:
                    yield path
                    return
                if target.kind == "folder":
                    inside = [posixpath.normpath(posixpath.join(path, name)) for name in ("pyproject.toml", "setup.cfg", "setup.py")]
                    if known := [one for one in inside if one in self._manifests]:
                        yield from known
                        return
            if not context:
                return
            context = posixpath.dirname(context)


@dataclass(frozen=True, slots=True)
class _Copy:
    """One source of a ``COPY`` or bind mount and where it lands, absolute in the image."""

    source: str
    target: str


class _Reader:
    """Reads one Dockerfile from top to bottom: working folders, what is copied where, what is installed."""

    def __init__(self, document: Dockerfile) -> None:
        self.document = document
        self.copies: dict[int, list[_Copy]] = {}
        self.folders: dict[int, str] = {}

    def read(self) -> Iterator[ImageInstall]:
        for stage in self.document.stages:
            chain = self._chain(stage.index)
            self.folders[stage.index] = self.folders.get(stage.parent, "/") if stage.parent is not None else "/"
            self.copies[stage.index] = list(self.copies.get(stage.parent, ())) if stage.parent is not None else []
            for instruction in stage.instructions:
                if instruction.name == "WORKDIR" and (words := instruction.words()):
                    folder, unknown = self.document.expand(words[0].text, instruction)
                    self.folders[stage.index] = "/" if unknown else posixpath.join(self.folders[stage.index], folder)
                elif instruction.name in ("COPY", "ADD") and instruction.flag("from") is None:
                    self._copy(instruction, stage.index)
                elif instruction.name == "RUN":
                    yield from self._run(instruction, chain)

    def _chain(self, index: int) -> tuple[int, ...]:
        found = [index]
        while (parent := self.document.stages[found[-1]].parent) is not None and parent not in found and len(found) < 50:
            found.append(parent)
        return tuple(found)

    def _absolute(self, path: str, stage: int) -> str:
        return posixpath.normpath(posixpath.join(self.folders[stage], path))

    def _copy(self, instruction: Instruction, stage: int) -> None:
        words = [self.document.expand(word.text, instruction) for word in instruction.words()]
        if len(words) < 2 or any(unknown for _, unknown in words) or len(self.copies[stage]) > MAX_COPIES:
            return
        target = words[-1][0]
        for source, _ in words[:-1]:
            self._land(source, target, stage, self.copies[stage])

    def _land(self, source: str, target: str, stage: int, into: list[_Copy]) -> None:
        if "://" in source:
            return
        source = posixpath.normpath(source.lstrip("/") or ".")
        landed = self._absolute(target, stage)
        # Whether the source is a file or a folder is not known here: it may become the target, or lie in it.
        into.append(_Copy(source, landed))
        if source not in (".", ".."):
            into.append(_Copy(source, posixpath.join(landed, posixpath.basename(source))))

    def _run(self, instruction: Instruction, stages: tuple[int, ...]) -> Iterator[ImageInstall]:
        copies = list(self.copies[stages[0]])
        for flag in instruction.flags:
            if flag.name == "mount" and flag.value:
                options = dict(part.partition("=")[::2] for part in flag.value.split(","))
                target = options.get("target") or options.get("dst") or options.get("destination")
                if options.get("type", "bind") == "bind" and "from" not in options and target:
                    self._land(options.get("source") or options.get("src") or ".", target, stages[0], copies)
        activated = ""
        for command in instruction.commands():
            texts = command.texts
            if len(texts) > 1 and texts[0] in (".", "source") and texts[1].endswith("activate"):
                activated = texts[1]
            install = read_install(command)
            if install is None:
                if _uses_lock(command):
                    yield ImageInstall(self.document.path, command.span, command.name, stages, activated, from_lock=True)
                continue
            words = tuple(word.text for word in install.words)
            if install.tool == "uv" and "tool" in words[:3]:
                continue
            yield self._install(install, instruction, stages, _interpreter(install) or activated, copies)

    def _install(self, install: PipInstall, instruction: Instruction, stages: tuple[int, ...], interpreter: str, copies: list[_Copy]) -> ImageInstall:
        targets = [
            self._target(kind, word, instruction, stages[0], copies)
            for kind, words in (
                ("requirement", install.requirement_files),
                ("constraint", install.constraint_files),
                ("folder", (*install.editable, *install.local_paths)),
            )
            for word in words
        ]
        packages = [one for word in install.packages if (one := self._package(word, instruction, install.tool)) is not None]
        return ImageInstall(
            self.document.path,
            install.span,
            install.tool,
            stages,
            interpreter,
            tuple(targets),
            tuple(packages),
            install.no_deps,
            install.option("--force-reinstall", "--ignore-installed", "-I", "--reinstall") is not None,
            not install.packages and not targets,
        )

    def _package(self, word: Word, instruction: Instruction, tool: str) -> InstallArgument | None:
        text, unknown = self.document.expand(word.text, instruction) if word.dynamic else (word.text, False)
        if unknown:
            return None
        if tool in ("conda", "mamba"):
            match = _CONDA.fullmatch(text)
            parsed = ParsedRequirement(canonical_name(match[1]), conda_specifier(match[2])) if match is not None and match[1] != "python" else None
        else:
            try:
                parsed = parse_requirement(text)
            except RequirementError:
                return None
        if parsed is None or not parsed.name or parsed.variable:
            return None
        return InstallArgument(parsed.name, parsed.specifier, word.span, parsed.marker, parsed.source)

    def _target(self, kind: str, word: Word, instruction: Instruction, stage: int, copies: list[_Copy]) -> InstallTarget:
        text, unknown = self.document.expand(word.text, instruction) if word.dynamic else (word.text, False)
        if unknown or "://" in text:
            return InstallTarget(kind, word.text, word.span)
        extras: tuple[str, ...] = ()
        if kind == "folder" and (match := _EXTRAS.search(text)) is not None:
            extras = tuple(part.strip() for part in match[1].split(",") if part.strip())
            text = text[: match.start()] or "."
        return InstallTarget(kind, word.text, word.span, tuple(dict.fromkeys(self._candidates(kind, text, stage, copies))), extras)

    def _candidates(self, kind: str, text: str, stage: int, copies: list[_Copy]) -> Iterator[str]:
        absolute = self._absolute(text, stage)
        # What was copied last lies on top.
        for copy in reversed(copies[-MAX_COPIES:]):
            if copy.target == absolute:
                yield copy.source
            elif absolute.startswith(copy.target.rstrip("/") + "/"):
                yield posixpath.join(copy.source, absolute[len(copy.target.rstrip("/")) + 1 :])
        if kind == "folder":
            # A project file may be copied alone.
            for copy in reversed(copies[-MAX_COPIES:]):
                if posixpath.dirname(copy.target) == absolute and posixpath.basename(copy.source) in ("pyproject.toml", "setup.py", "setup.cfg"):
                    yield copy.source
            return
        name = posixpath.basename(text)
        for copy in reversed(copies[-MAX_COPIES:]):
            # "cd app && pip install -r requirements.txt": the folder is not known, the name is.
            if posixpath.basename(copy.target) == name:
                yield copy.source
        if not text.startswith("/"):
            yield text


def _uses_lock(command: Command) -> bool:
    texts = [text.rpartition("/")[2] for text in command.texts[:12]]
    return any(name in texts and any(not verb or verb in texts for verb in verbs) for name, verbs in _LOCK_TOOLS.items())


def _interpreter(install: PipInstall) -> str:
    """What tells the environment of a command from the image's own."""
    for option in install.options:
        if option.name in ("--target", "-t", "--prefix", "-p", "--python", "--root", "-n", "--name") and option.value is not None:
            return f"{option.name} {option.value.text}"
    texts = [word.text for word in install.words]
    if "run" in texts[:2]:
        return " ".join(texts[: next((index for index, text in enumerate(texts) if "pip" in text), 0)])
    first = texts[0] if texts else ""
    own = posixpath.dirname(first) in ("", "/usr/bin", "/usr/local/bin", "/bin")
    return "" if own and not _VERSIONED.match(first) else first
