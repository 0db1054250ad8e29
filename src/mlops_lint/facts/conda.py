"""conda's ``environment.yml`` as declarations."""

from __future__ import annotations

import re
from dataclasses import replace

from mlops_lint.documents.constraint_dialects import conda_specifier
from mlops_lint.documents.document import Document
from mlops_lint.documents.mapping import Node
from mlops_lint.documents.pep508 import ParsedRequirement, canonical_name
from mlops_lint.documents.requirements import RequirementsDocument
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.facts.declarations import Declarations
from mlops_lint.facts.manifests import Manifest
from mlops_lint.text.span import Span

_SPEC = re.compile(r"(?:[^\s:\[\]]+::)?\s*([A-Za-z0-9_][A-Za-z0-9_.-]*)\s*(.*)", re.DOTALL)
_BRACKET_VERSION = re.compile(r"version\s*=\s*[\"']?([^\"'\]]*)")


def read_conda(document: Document, found: Declarations) -> None:
    """The rows of a conda environment, those of its pip section too; Python itself is none."""
    if not isinstance(document, YamlDocument) or document.flavour != "conda":
        return
    root = document.root
    dependencies = root.child("dependencies") if root is not None else None
    if root is None or dependencies is None:
        return
    for _, item in dependencies.children():
        if item.kind == "scalar" and isinstance(item.value, str):
            _add_conda(item, found)
        elif (pip := item.child("pip")) is not None and pip.kind == "sequence":
            for _, line in pip.children():
                if line.kind == "scalar" and line.value is not None:
                    add_pip_line(line.text, inner_span(document.text, line.span), found, "")
    channels = root.child("channels")
    prefix = root.child("prefix")
    found.manifests.append(
        Manifest(
            document.path,
            "conda",
            dependencies.key_span or dependencies.span,
            str(root.get("name") or ""),
            "conda",
            channels=tuple(text for text, _ in channels.strings()) if channels is not None else (),
            prefix=None if prefix is None or prefix.key_span is None else Span(prefix.key_span.start, max(prefix.span.end, prefix.key_span.end)),
        )
    )


def _add_conda(item: Node, found: Declarations) -> None:
    match = _SPEC.fullmatch(item.text.strip()[:1000])
    if match is None:
        return
    name = canonical_name(match[1])
    if name == "python":
        return
    written = match[2].partition(" #")[0].strip()
    if written.startswith("["):
        bracket = _BRACKET_VERSION.search(written)
        written = bracket[1] if bracket is not None else ""
    specifier = conda_specifier(written.partition("[")[0])
    found.add(ParsedRequirement(name, specifier), inner_span(found.document.text, item.span), "", manager="conda")


def add_pip_line(text: str, span: Span, found: Declarations, group: str) -> None:
    """Add one line as it could stand in a requirements file; ``-r`` and ``-c`` become includes."""
    lines = RequirementsDocument(found.document.path, text.encode("utf-8", "replace"))
    # Where the text stands in the file as it is written, so do its parts.
    exact = found.document.text[span.start : span.end] == lines.text

    def place(inner: Span) -> Span:
        return Span(span.start + inner.start, span.start + inner.end) if exact else span

    before = len(found.requirements)
    for entry in lines.entries:
        found.add_line(entry, group)
    if len(found.requirements) > before:
        found.requirements[before:] = [replace(row, span=place(row.span)) for row in found.requirements[before:]]
    for include in lines.includes:
        found.include(include.kind, include.target, place(include.span))


def inner_span(text: str, span: Span) -> Span:
    """The span of a quoted scalar without its quotes, of any other scalar as it is."""
    first = text[span.start : span.start + 1]
    if not first or first not in "\"'":
        return span
    width = 3 if len(span) >= 6 and text.startswith(first * 3, span.start) else 1
    closed = len(span) >= 2 * width and text.endswith(first * width, span.start + width, span.end)
    return Span(span.start + width, span.end - width) if closed else span
