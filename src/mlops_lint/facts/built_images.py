"""Names that the project itself gives to images: what it builds, and what its deployment tools put other tags in for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.documents.document import Document
from mlops_lint.documents.workflow import Workflow
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.text.span import Span


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """One name of an image without its tag.

    ``how`` is ``build`` (``docker build -t``, Docker's build action, a compose service with ``build``) or ``retag`` (skaffold builds it, or kustomize
    replaces its tag, so that the tag in a manifest is none that runs).
    """

    kinds: ClassVar[tuple[str, ...]] = ("yaml", "text", "markdown")

    path: str
    name: str
    how: str
    span: Span

    @property
    def location(self) -> Location:
        """Where the name is given."""
        return Location(self.path, self.span)

    @classmethod
    def collect(cls, document: Document) -> Iterator[BuiltImage]:
        """The names that one file gives."""
        if isinstance(document, YamlDocument):
            for how, text, span in _named(document):
                if (name := _without_tag(text)) is not None:
                    yield cls(document.path, name, how, span)
        for match in _BUILD.finditer(document.text):
            for tag in _TAG.finditer(match[0]):
                if (name := _without_tag(tag[1])) is not None:
                    yield cls(document.path, name, "build", Span(match.start() + tag.start(1), match.start() + tag.end(1)))


# A build command with the lines that a backslash joins to it.
_BUILD = re.compile(r"\b(?:docker|podman|nerdctl)[ \t]+(?:image[ \t]+|buildx[ \t]+)?build\b(?:[^\r\n\\]|\\(?:\r\n|[^\r]))*")
_TAG = re.compile(r"(?<!\S)(?:-t|--tag)[ =][ \t]*[\"']?([\w./:-]+)")
_NAME = re.compile(r"[a-z0-9][a-z0-9._/:-]*")


def _without_tag(text: str) -> str | None:
    """An image's name without tag and digest, or ``None`` where it is no name of an image."""
    name = text.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    name = folder + slash + last.partition(":")[0]
    return name if len(name) < 300 and _NAME.fullmatch(name) else None


def _named(document: YamlDocument) -> Iterator[tuple[str, str, Span]]:
    root = document.root
    if root is None:
        return
    if document.flavour == "compose":
        for _, service in document.find("services.*"):
            image = service.child("image")
            if image is not None and image.kind == "scalar" and service.child("build") is not None:
                yield "build", image.text, image.span
        return
    if document.flavour in ("github-workflow", "github-action"):
        for step in Workflow(document).steps:
            if step.uses is not None and step.uses.text.startswith("docker/build-push-action@") and step.inputs is not None:
                tags = step.inputs.child("tags")
                if tags is not None and tags.kind == "scalar":
                    for tag in re.split(r"[\n,]+", tags.text):
                        yield "build", tag, tags.span
        return
    api = str(root.get("apiVersion") or "")
    if document.name.lower() in ("kustomization.yaml", "kustomization.yml") or api.startswith("kustomize.config.k8s.io"):
        for _, image in document.find("images[*]"):
            named = image.child("name")
            if named is not None and named.kind == "scalar" and (image.child("newTag") is not None or image.child("digest") is not None):
                yield "retag", named.text, named.span
    elif api.startswith("skaffold/"):
        for _, image in document.find("build.artifacts[*].image"):
            if image.kind == "scalar":
                yield "retag", image.text, image.span
