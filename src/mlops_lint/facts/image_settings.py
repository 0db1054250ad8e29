"""Settings that end up in an image or its containers: ``ENV`` and ``ARG`` of a Dockerfile, ``environment`` and ``build.args`` of a compose file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.documents.dockerfile import Dockerfile
from mlops_lint.documents.document import Document
from mlops_lint.documents.instruction import Instruction
from mlops_lint.documents.mapping import Node
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.text.span import Span


@dataclass(frozen=True, slots=True)
class ImageSetting:
    """One variable. ``where`` is ``ENV``, ``ARG``, ``environment`` or ``build argument``; ``value`` is ``None`` for an ``ARG`` without a default.

    ``span`` covers the setting, ``value_span`` its value as it is written. ``instruction`` is the Dockerfile's, ``service`` the compose service.
    """

    name: str
    value: str | None
    where: str
    span: Span
    value_span: Span
    instruction: Instruction | None = None
    service: str = ""


def image_settings(document: Document) -> Iterator[ImageSetting]:
    """The settings of a Dockerfile or a compose file in order; nothing for other documents."""
    if isinstance(document, Dockerfile):
        for instruction in document.instructions:
            if instruction.name in ("ENV", "ARG"):
                for one in instruction.settings():
                    yield ImageSetting(one.name, one.value, instruction.name, one.span, one.value_span or one.span, instruction)
    elif isinstance(document, YamlDocument) and document.flavour == "compose":
        for path, service in document.find("services.*"):
            for where, node in (("environment", service.at("environment")), ("build argument", service.at("build", "args"))):
                if node is not None:
                    yield from _of_compose(node, where, str(path[-1]))


def _of_compose(node: Node, where: str, service: str) -> Iterator[ImageSetting]:
    for key, child in node.children():
        if child.kind != "scalar" or child.value is None:
            continue
        if node.kind == "mapping":
            span = Span(min(child.key_span.start, child.span.start), child.span.end) if child.key_span is not None else child.span
            yield ImageSetting(str(key), child.text, where, span, child.span, None, service)
        elif "=" in child.text:
            name, _, value = child.text.partition("=")
            yield ImageSetting(name.strip(), value, where, child.span, child.span, None, service)
