"""YAML, read from PyYAML's events: marks, never constructors, and never the C loader (it overflows the stack on deep input).

The tree is built here from the event stream rather than by PyYAML's composer, which recurses and keeps no duplicate keys. Scalars get the types
of the YAML 1.2 core schema, so ``on``, ``yes`` and dates stay strings, as the tools that read these files see them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from mlops_lint.documents.mapping import MappingDocument, Node
from mlops_lint.text.span import Span

MAX_DEPTH = 200
"""Collections inside each other beyond which a file is refused."""
MAX_NODES = 100_000
"""Nodes, and entries brought in by merge keys, beyond which a file is refused."""
MAX_SIZE = 1_000_000
"""Bytes beyond which a file is data rather than configuration and is not parsed."""

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_TEMPLATE = re.compile(r"\{\{|\{%|<%")


class _Events(Reader, Scanner, Parser):
    """PyYAML's pure-Python reader, scanner and parser, and nothing that builds objects."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def __iter__(self) -> Iterator[Event]:
        parser: Any = self  # its types are not known
        while parser.check_event():
            yield parser.get_event()


class _Refused(Exception):
    """The text breaks a limit at an offset."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class DuplicateKey:
    """A key that a mapping has twice: the later key's span (its value counts) and the earlier one's."""

    key: str
    span: Span
    first: Span


class YamlDocument(MappingDocument):
    """A YAML file; its roots are its documents.

    The span of a block mapping or sequence ends with its last value, without the blank lines and comments after it. An alias is a node of its own
    place and key that shares the *children* of its anchor. Merge keys are resolved: own keys first, merged ones after.
    """

    kind: ClassVar[str] = "yaml"

    @cached_property
    def too_large(self) -> bool:
        """Whether the file is beyond :data:`MAX_SIZE` and therefore was left alone."""
        return len(self.data) > MAX_SIZE

    @cached_property
    def is_template(self) -> bool:
        """Whether the file does not parse because it is a template (Helm, Jinja) of YAML rather than YAML."""
        _ = self.roots
        return self._template

    @cached_property
    def duplicate_keys(self) -> tuple[DuplicateKey, ...]:
        """The keys that stand twice in one mapping."""
        _ = self.roots
        return tuple(self._duplicates)

    @cached_property
    def roots(self) -> tuple[Node, ...]:
        self._duplicates: list[DuplicateKey] = []
        self._template = False
        if self.too_large:
            return ()
        builder = _Builder(self.text)
        message, offset = "", None
        try:
            roots = builder.build()
        except _Refused as error:
            self.add_problem("E906", error.message, self._point(error.offset))
            return ()
        except yaml.YAMLError as error:
            message, offset = _reason(error)
        except (ValueError, ArithmeticError, LookupError, RecursionError):
            # PyYAML lets such errors of its conversions through, e.g. for "\UFFFFFFFF"; their kind depends on the Python that runs us.
            message = "a value cannot be read"
        else:
            self._duplicates = builder.duplicates
            return roots
        if _TEMPLATE.search(self.text) or "templates/" in self.path:
            self._template = True
        else:
            self.add_problem("E906", f"not valid YAML: {message}", None if offset is None else self._point(offset))
        return ()

    def _point(self, offset: int) -> Span:
        offset = min(offset, len(self.text))
        return Span(offset, min(offset + 1, len(self.text)))

    @cached_property
    def flavour(self) -> str:
        """What the file configures, by its path and its keys.

        One of ``compose``, ``kubernetes``, ``github-workflow``, ``github-action``, ``gitlab-ci``, ``conda``, ``dvc``, ``mlproject``,
        ``pre-commit``, ``hydra`` and ``plain``.
        """
        return _flavour(self)


class _Builder:
    """Builds the trees of a text from its events, with an explicit stack."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.duplicates: list[DuplicateKey] = []
        self.nodes = 0
        self.merged = 0

    def build(self) -> tuple[Node, ...]:
        roots: list[Node] = []
        anchors: dict[str, Node] = {}
        heights: dict[int, int] = {}  # of anchored collections, by the identity of their items
        stack: list[_Open] = []
        for event in _Events(self.text):
            if isinstance(event, DocumentStartEvent):
                anchors = {}
                continue
            height = 0
            if isinstance(event, (MappingEndEvent, SequenceEndEvent)):
                opened = stack.pop()
                height = opened.height
                if id(opened.node.items) in heights:
                    heights[id(opened.node.items)] = height
                node = self._close(opened, event)
            elif isinstance(event, CollectionStartEvent):
                node = self._open(event)
                stack.append(_Open(node, bool(event.flow_style)))
                if len(stack) > MAX_DEPTH:
                    raise _Refused(f"YAML is nested more than {MAX_DEPTH} levels deep", node.span.start)
                if event.anchor is not None:
                    anchors[event.anchor] = node
                    heights[id(node.items)] = 0
                continue
            elif isinstance(event, ScalarEvent):
                node = self._scalar(event)
                if event.anchor is not None:
                    anchors[event.anchor] = node
            elif isinstance(event, AliasEvent):
                node = self._alias(event, anchors)
                # Aliases of aliases reach deeper than the brackets do; what they reach is walked like everything else.
                height = heights.get(id(node.items), 0)
                if len(stack) + height > MAX_DEPTH:
                    raise _Refused(f"YAML is nested more than {MAX_DEPTH} levels deep", node.span.start)
            else:
                continue
            if not stack:
                roots.append(node)
            else:
                stack[-1].height = max(stack[-1].height, height + 1)
                self._add(stack[-1], node)
        return tuple(roots)

    def _count(self, offset: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _Refused(f"YAML has more than {MAX_NODES:,} nodes", offset)

    def _open(self, event: CollectionStartEvent) -> Node:
        start, _ = _marks(event)
        self._count(start)
        if isinstance(event, SequenceStartEvent):
            return Node("sequence", Span(start, start), items=[])
        return Node("mapping", Span(start, start))

    def _scalar(self, event: ScalarEvent) -> Node:
        start, end = _marks(event)
        self._count(start)
        if event.style in ("|", ">"):
            end = start + len(self.text[start:end].rstrip())
        value = _typed(event.value) if event.style is None and event.tag is None else event.value
        return Node("scalar", Span(start, end), value, event.value)

    def _alias(self, event: AliasEvent, anchors: dict[str, Node]) -> Node:
        start, end = _marks(event)
        self._count(start)
        name = event.anchor or ""
        target = anchors.get(name)
        if target is None:
            # Its name is not repeated: cut, a secret in its place would no longer be known for one.
            raise _Refused("not valid YAML: alias of an unknown anchor", start)
        return Node(target.kind, Span(start, end), target.value, target.text, items=target.items)

    def _close(self, opened: _Open, event: Event) -> Node:
        node, start = opened.node, opened.node.span.start
        if opened.flow or not opened.last_end:
            end = max(_marks(event)[1] if opened.flow else start, start)
        else:
            end = opened.last_end
        node.span = Span(start, end)
        if opened.flow and self.text.startswith("{{", start) and self.text.endswith("}}", start, end):
            # "image: {{ name }}" is a place for a template's value, not a mapping with a mapping for a key.
            node.kind, node.items = "scalar", {}
            node.value = node.text = self.text[start:end]
            return node
        if opened.merges and isinstance(node.items, dict):
            self._merge(node.items, opened.merges, start)
        return node

    def _merge(self, items: dict[str, Node], sources: list[Node], offset: int) -> None:
        """Bring in what merge keys name; among several sources the earlier one wins."""
        flat: list[Node] = []
        for source in sources:
            flat.extend(source.items if isinstance(source.items, list) else [source])
        for source in flat:
            if source.kind != "mapping" or not isinstance(source.items, dict):
                continue
            self.merged += len(source.items) + 1
            if self.merged > MAX_NODES:
                raise _Refused(f"merge keys of the YAML bring in more than {MAX_NODES:,} entries", offset)
            for key, child in list(source.items.items()):
                items.setdefault(key, child)

    def _add(self, opened: _Open, node: Node) -> None:
        opened.last_end = node.span.end
        items = opened.node.items
        if isinstance(items, list):
            items.append(node)
        elif opened.key is None:
            opened.key = node
        else:
            key, opened.key = opened.key, None
            node.key_span = key.span
            name = key.text if key.kind == "scalar" else self.text[key.span.start : key.span.end]
            if name == "<<" and node.kind != "scalar":
                opened.merges.append(node)
                return
            earlier = items.get(name)
            if earlier is not None and earlier.key_span is not None:
                self.duplicates.append(DuplicateKey(name, key.span, earlier.key_span))
            items[name] = node


class _Open:
    """A collection that is being built: its node, the key that waits for its value, its merge keys, its height, and where its last child ended."""

    __slots__ = ("flow", "height", "key", "last_end", "merges", "node")

    def __init__(self, node: Node, flow: bool) -> None:
        self.node = node
        self.flow = flow
        self.key: Node | None = None
        self.merges: list[Node] = []
        self.height = 0
        self.last_end = 0


def _marks(event: Event) -> tuple[int, int]:
    start, end = event.start_mark, event.end_mark
    assert start is not None and end is not None
    return start.index, end.index


def _typed(written: str) -> Any:
    """The value of a plain scalar in the YAML 1.2 core schema."""
    if written in _WORDS:
        return _WORDS[written]
    if written[0] not in "-+.0123456789":
        return written
    if _INTEGER.fullmatch(written):
        if len(written) > 4000:
            return float(written) if written.lstrip("+-").isdigit() else written
        return int(written, {"0o": 8, "0x": 16}.get(written[:2], 10))
    if _FLOAT.fullmatch(written):
        return float(written)
    return written


def _reason(error: yaml.YAMLError) -> tuple[str, int | None]:
    """PyYAML's reason as one clause, and its offset."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        message = str(error.problem or error.context or "unknown reason")
        return " ".join(message.split())[:200], None if mark is None else mark.index
    if isinstance(error, yaml.reader.ReaderError):
        return f"character U+{int(error.character):04X} is not allowed", error.position
    return "unknown reason", None


_CONDA_NAME = re.compile(r"(conda[-_.]?)?env(ironment)?s?([-_.][\w.-]*)?\.ya?ml$|conda[\w.-]*\.ya?ml$")
_COMPOSE_NAME = re.compile(r"(docker-)?compose([-_.][\w.-]*)?\.ya?ml$")


def _flavour(doc: YamlDocument) -> str:
    name, path = doc.name.lower(), "/" + doc.path
    if name == "mlproject":
        return "mlproject"
    if name.endswith(".dvc") or name in ("dvc.yaml", "dvc.yml", "dvc.lock"):
        return "dvc"
    if name in (".pre-commit-config.yaml", ".pre-commit-config.yml", ".pre-commit-hooks.yaml"):
        return "pre-commit"
    if name.endswith((".gitlab-ci.yml", ".gitlab-ci.yaml")) or "/.gitlab/ci/" in path or "/.gitlab-ci/" in path:
        return "gitlab-ci"
    if "/.github/workflows/" in path:
        return "github-workflow"
    roots = [root for root in doc.roots if root.kind == "mapping"]
    if not roots:
        return "plain"
    root = roots[0]
    if name in ("action.yml", "action.yaml") and root.child("runs") is not None:
        return "github-action"
    if any(one.child("apiVersion") is not None and one.child("kind") is not None for one in roots):
        return "kubernetes"
    services = root.child("services")
    if services is not None and services.kind == "mapping" and (_COMPOSE_NAME.match(name) or _looks_like_services(services)):
        return "compose"
    dependencies = root.child("dependencies")
    if dependencies is not None and dependencies.kind == "sequence" and (_CONDA_NAME.match(name) or _looks_like_conda(root, dependencies)):
        return "conda"
    defaults = root.child("defaults")
    if (defaults is not None and defaults.kind == "sequence") or root.child("hydra") is not None:
        return "hydra"
    if "@package" in doc.text[:200] and doc.text.lstrip().startswith("#"):
        return "hydra"
    return "plain"


_CONDA_ENTRY = re.compile(r"(?:[\w./-]+::)?[A-Za-z0-9_][\w.-]*(?P<version>\s*[\s=<>!~\[].*)?", re.DOTALL)
_PYTHON_ENTRY = re.compile(r"(?:[\w./-]+::)?python(?![\w.-])")


def _looks_like_conda(root: Node, dependencies: Node) -> bool:
    """Whether a list called ``dependencies`` is one of conda packages: other tools name files and stages so."""
    entries = [item for _, item in dependencies.children()]
    texts = [item.text.strip()[:1000] for item in entries if item.kind == "scalar" and isinstance(item.value, str)]
    matches = [_CONDA_ENTRY.fullmatch(text) for text in texts]
    if not entries or not all(matches):
        return False
    channels = root.child("channels")
    if channels is not None and channels.kind == "sequence" and any(isinstance(item.value, str) for _, item in channels.children()):
        return True
    if not any(root.child(key) is not None for key in ("name", "prefix", "channels")):
        return False
    if any(_PYTHON_ENTRY.match(text) for text in texts) or any(item.child("pip") is not None for item in entries):
        return True
    return root.child("prefix") is not None and any(match is not None and match["version"] for match in matches)


def _looks_like_services(services: Node) -> bool:
    """Whether a mapping is the ``services`` of a compose file, whatever the file is called."""
    found = [child for _, child in services.children()]
    return bool(found) and all(any(child.child(key) is not None for key in ("image", "build", "extends")) for child in found)
