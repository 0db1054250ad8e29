"""Images that the project runs or builds on, and what is installed into them and on CI machines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.documents.dockerfile import Dockerfile, substitute
from mlops_lint.documents.document import Document
from mlops_lint.documents.installs import PipInstall, installs_in
from mlops_lint.documents.instruction import Instruction
from mlops_lint.documents.mapping import Node
from mlops_lint.documents.shell import Command, Word
from mlops_lint.documents.workflow import GitlabPipeline, Workflow, containers, run_commands
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.text.span import Span


@dataclass(frozen=True, slots=True)
class ImageReference:
    """One place that names a container image.

    ``image`` has its variables replaced as far as the document says what they are, ``raw`` is as written. ``source`` is ``dockerfile``,
    ``compose``, ``kubernetes``, ``github-workflow``, ``github-action`` or ``gitlab-ci``. ``stage_reference``: the name is that of an earlier build
    stage. ``unresolved``: a variable, a template expression or a placeholder like ``<project>`` is left in ``image``. ``stage`` is the index of the
    Dockerfile stage.
    """

    kinds: ClassVar[tuple[str, ...]] = ("dockerfile", "yaml")

    path: str
    image: str
    raw: str
    span: Span
    source: str
    stage_reference: bool = False
    unresolved: bool = False
    stage: int | None = None

    @property
    def digest(self) -> str | None:
        """The digest behind ``@``, e.g. ``sha256:…``."""
        return self.image.partition("@")[2] or None

    @property
    def tag(self) -> str | None:
        """The tag, ``None`` when none is written."""
        return self.image.partition("@")[0].rpartition("/")[2].partition(":")[2] or None

    @property
    def repository(self) -> str:
        """The image without tag and digest."""
        name = self.image.partition("@")[0]
        return name[: len(name) - len(self.tag) - 1] if self.tag is not None else name

    @classmethod
    def collect(cls, document: Document) -> Iterator[ImageReference]:
        """The images that one Dockerfile or YAML file names."""
        if isinstance(document, Dockerfile):
            yield from _dockerfile_images(document)
        elif isinstance(document, YamlDocument):
            yield from _yaml_images(document)


@dataclass(frozen=True, slots=True)
class InstallCommand:
    """One package that a command installs.

    ``package`` is the requirement as the tool gets it, variables replaced as far as they are known (``dynamic``: one is left). ``span`` is the
    argument, ``command_span`` the command. ``source`` is as for :class:`ImageReference`, or ``dvc`` or ``mlproject``. The files and ``options``
    (name and value) are those of the same command.
    """

    kinds: ClassVar[tuple[str, ...]] = ("dockerfile", "yaml")

    path: str
    tool: str
    package: str
    span: Span
    source: str
    command_span: Span
    requirement_files: tuple[str, ...] = ()
    constraint_files: tuple[str, ...] = ()
    options: tuple[tuple[str, str | None], ...] = ()
    stage: int | None = None
    dynamic: bool = False

    @classmethod
    def collect(cls, document: Document) -> Iterator[InstallCommand]:
        """The packages that one Dockerfile or YAML file has installed."""
        for install, source, stage, expand in _installs(document):
            requirements = tuple(expand(word)[0] for word in install.requirement_files)
            constraints = tuple(expand(word)[0] for word in install.constraint_files)
            options = tuple((option.name, option.value.text if option.value is not None else None) for option in install.options)
            for word in install.packages:
                package, dynamic = expand(word)
                yield cls(document.path, install.tool, package, word.span, source, install.span, requirements, constraints, options, stage, dynamic)


@dataclass(frozen=True, slots=True)
class InstallFile:
    """One file or folder that a command installs from.

    ``kind`` is ``-r`` (requirements, conda environments too), ``-c`` (constraints), ``-e`` (editable) or ``.`` (a folder or archive).
    """

    kinds: ClassVar[tuple[str, ...]] = ("dockerfile", "yaml")

    path: str
    kind: str
    target: str
    span: Span
    source: str
    tool: str = "pip"
    stage: int | None = None
    dynamic: bool = False

    @classmethod
    def collect(cls, document: Document) -> Iterator[InstallFile]:
        """The files that one Dockerfile or YAML file installs from."""
        for install, source, stage, expand in _installs(document):
            for kind, words in (
                ("-r", install.requirement_files),
                ("-c", install.constraint_files),
                ("-e", install.editable),
                (".", install.local_paths),
            ):
                for word in words:
                    target, dynamic = expand(word)
                    yield cls(document.path, kind, target, word.span, source, install.tool, stage, dynamic)


_PLACEHOLDER = re.compile(r"\{\{|\{%|[<>\s]")
_Expand = Callable[[Word], tuple[str, bool]]


def _installs(document: Document) -> Iterator[tuple[PipInstall, str, int | None, _Expand]]:
    """The installation commands of a document with their source, their stage and what replaces the variables of a word."""
    if isinstance(document, Dockerfile):
        for instruction in document.instructions:
            if instruction.name == "RUN":
                for install in installs_in(instruction.commands()):
                    yield install, "dockerfile", instruction.stage, _expander(document, instruction)
    elif isinstance(document, YamlDocument):
        found: tuple[Command, ...] = run_commands(document)
        for install in installs_in(found):
            yield install, document.flavour, None, _as_written


def _expander(document: Dockerfile, instruction: Instruction) -> _Expand:
    return lambda word: document.expand(word.text, instruction) if word.dynamic else (word.text, False)


def _as_written(word: Word) -> tuple[str, bool]:
    return word.text, word.dynamic


def _dockerfile_images(document: Dockerfile) -> Iterator[ImageReference]:
    names: set[str] = set()
    for stage in document.stages:
        yield ImageReference(
            document.path, stage.image, stage.raw_image, stage.image_span, "dockerfile", stage.parent is not None, stage.dynamic, stage.index
        )
        for instruction in stage.instructions:
            origin = instruction.flag("from")
            if instruction.name != "COPY" or origin is None or not origin.value:
                continue
            image, unresolved = substitute(origin.value, lambda name: None)
            known = image.isdecimal() or image.lower() in names
            yield ImageReference(document.path, image, origin.value, origin.span, "dockerfile", known, unresolved, stage.index)
        if stage.name is not None:
            names.add(stage.name.lower())


def _yaml_images(document: YamlDocument) -> Iterator[ImageReference]:
    flavour = document.flavour
    if flavour in ("github-workflow", "github-action"):
        workflow = Workflow(document)
        for job in workflow.jobs:
            for node in job.images:
                # The image of an action is a Dockerfile of the project unless it says otherwise.
                if flavour == "github-workflow" or node.text.startswith("docker://"):
                    yield _reference(document, node, flavour)
            for step in job.steps:
                if step.uses is not None and step.uses.text.startswith("docker://"):
                    yield _reference(document, step.uses, flavour)
    elif flavour == "gitlab-ci":
        pipeline = GitlabPipeline(document)
        for node in pipeline.images:
            yield _reference(document, node, flavour, pipeline.variable)
    elif flavour == "compose":
        for _, service in document.find("services.*"):
            image = service.child("image")
            # With a build, the image is the name of what is built.
            if image is not None and image.kind == "scalar" and image.text and service.child("build") is None:
                yield _reference(document, image, flavour)
    elif flavour == "kubernetes" or document.node("deploymentSpec") is not None:
        for container in containers(document):
            image = container.child("image")
            if image is not None and image.kind == "scalar" and image.text:
                yield _reference(document, image, "kubernetes")


def _reference(document: Document, node: Node, source: str, look_up: Callable[[str], str | None] = lambda name: None) -> ImageReference:
    raw = node.text.removeprefix("docker://")
    image, unresolved = (raw, "$" in raw) if source == "kubernetes" else substitute(raw, look_up)
    return ImageReference(document.path, image, raw, node.span, source, unresolved=unresolved or _PLACEHOLDER.search(raw) is not None)
