"""conda's ``environment.yml`` beyond its rows: channels, the pip section's place, the exported folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.documents.document import Document
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.facts.conda import inner_span
from mlops_lint.facts.package_pins import PackagePin, conda_pin, pip_pin
from mlops_lint.text.span import Span


@dataclass(frozen=True, slots=True)
class CondaEnvironment:
    """One environment file.

    ``packages`` are conda's rows that name no channel of their own, ``pip_packages`` the rows of the pip section; ``span`` is the key
    ``dependencies``, ``pip_span`` the key ``pip``. ``has_channels``: at least one channel is listed. ``prefix_span`` is the exported ``prefix:`` with
    its value. ``prefix_line`` is the range that takes the line away when ``without_prefix`` stands in its place, ``None`` where the line holds
    something else as well.
    """

    kinds: ClassVar[tuple[str, ...]] = ("yaml",)

    path: str
    span: Span
    has_channels: bool
    packages: tuple[PackagePin, ...] = ()
    pip_packages: tuple[PackagePin, ...] = ()
    has_constraints: bool = False
    prefix_span: Span | None = None
    prefix_line: Span | None = None
    without_prefix: str = ""
    pip_span: Span | None = None

    @property
    def location(self) -> Location:
        """Where the packages are listed."""
        return Location(self.path, self.span)

    @classmethod
    def collect(cls, document: Document) -> Iterator[CondaEnvironment]:
        """The environment that a file describes, if it is one."""
        if not isinstance(document, YamlDocument) or document.flavour != "conda" or document.root is None:
            return
        root = document.root
        dependencies = root.child("dependencies")
        if dependencies is None:
            return
        packages: list[PackagePin] = []
        pip_packages: list[PackagePin] = []
        has_constraints = False
        pip_span: Span | None = None
        for _, item in dependencies.children():
            if item.kind == "scalar" and isinstance(item.value, str):
                if "::" not in item.text:
                    packages.append(conda_pin(item.text, item.span))
                continue
            pip = item.child("pip")
            pip_span = pip.key_span if pip is not None else pip_span
            for text, line in pip.strings() if pip is not None else ():
                span = inner_span(document.text, line.span)
                written = text.partition(" #")[0].strip()
                if written.startswith(("-c", "--constraint", "--require-hashes")):
                    has_constraints = True
                elif written and not written.startswith("-"):
                    requirement = written.partition(" --")[0]
                    pip_packages.append(pip_pin(requirement, span, "$" in requirement or "{{" in requirement))
        channels = root.child("channels")
        yield cls(
            document.path,
            dependencies.key_span or dependencies.span,
            channels is not None and any(True for _ in channels.strings()),
            tuple(packages),
            tuple(pip_packages),
            has_constraints,
            *_prefix(document),
            pip_span,
        )


def _prefix(document: YamlDocument) -> tuple[Span | None, Span | None, str]:
    node = document.node("prefix")
    if node is None or node.key_span is None or node.kind != "scalar" or not node.text.strip():
        return None, None, ""
    span = Span(node.key_span.start, max(node.span.end, node.key_span.end))
    lines = document.line_map
    number = lines.position(span.start)[0]
    line = lines.line_span(number)
    rest = document.text[line.start : span.start] + document.text[span.end : max(line.end, span.end)]
    if rest.strip() or lines.position(span.end)[0] != number:
        return span, None, ""
    if number > 1:
        return span, Span(lines.line_span(number - 1).end, line.end), ""
    # The first line has no line end before it to go with: the second one takes its place.
    following = lines.line_span(2)
    return span, Span(line.start, max(line.end, following.end)), document.text[following.start : following.end]
