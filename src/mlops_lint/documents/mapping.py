"""TOML, YAML and JSON behind one view of key paths, each of which has a place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mlops_lint.documents.document import Document
from mlops_lint.text.span import Span

Path = tuple[str | int, ...]


@dataclass(slots=True, eq=False)
class Node:
    """One value of a configuration file.

    ``kind`` is ``mapping``, ``sequence`` or ``scalar``. ``value`` is the typed scalar (str, int, float, bool, None), ``text`` how it is written
    (``3.10`` stays ``3.10``). ``span`` covers the value, ``key_span`` the key it stands under. ``items`` are a mapping's or sequence's children;
    an alias shares the node of its anchor, so a walk remembers which nodes it has seen.
    """

    kind: str
    span: Span
    value: Any = None
    text: str = ""
    key_span: Span | None = None
    items: dict[str, Node] | list[Node] = field(default_factory=dict)

    def children(self) -> Iterator[tuple[str | int, Node]]:
        """The children with their keys or indices."""
        if isinstance(self.items, dict):
            yield from self.items.items()
        else:
            yield from enumerate(self.items)

    def child(self, key: str | int) -> Node | None:
        """The child under a key or index; an index may be negative."""
        if isinstance(self.items, dict):
            return self.items.get(str(key)) if self.kind == "mapping" else None
        if isinstance(key, int) and -len(self.items) <= key < len(self.items):
            return self.items[key]
        return None

    def get(self, *path: str | int) -> Any:
        """The plain scalar at a path below this node, or ``None``."""
        node = self.at(*path)
        return node.value if node is not None and node.kind == "scalar" else None

    def at(self, *path: str | int) -> Node | None:
        """The node at a path below this one, or ``None``."""
        node: Node | None = self
        for key in path:
            if node is None:
                return None
            node = node.child(key)
        return node

    def strings(self) -> Iterator[tuple[str, Node]]:
        """This scalar, or the scalars of this sequence, as written strings (the shape of many settings: one or several)."""
        if self.kind == "scalar" and self.value is not None:
            yield self.text, self
        elif isinstance(self.items, list):
            for item in self.items:
                if item.kind == "scalar" and item.value is not None:
                    yield item.text, item


class MappingDocument(Document):
    """A configuration file. ``roots`` are its documents (several only in YAML); most queries speak of the first."""

    @cached_property
    def roots(self) -> tuple[Node, ...]:
        """The parsed documents; empty, with an E906 problem, where the file is malformed."""
        raise NotImplementedError

    @property
    def root(self) -> Node | None:
        """The first document, if there is one."""
        return self.roots[0] if self.roots else None

    def parse(self) -> None:
        _ = self.roots

    def node(self, *path: str | int) -> Node | None:
        """The node at a key path of the first document, or ``None``."""
        return self.root.at(*path) if self.root is not None else None

    def get(self, *path: str | int) -> Any:
        """The scalar at a key path of the first document, or ``None``."""
        return self.root.get(*path) if self.root is not None else None

    def find(self, pattern: str) -> Iterator[tuple[Path, Node]]:
        """The nodes that a path pattern meets in all documents, in document order.

        ``jobs.*.steps[*].run``: keys joined by dots, ``*`` for any key, ``[*]`` for any item, ``[0]`` for one, ``**`` for any depth.
        """
        steps = pattern.replace("[", ".[").lstrip(".").split(".")
        for root in self.roots:
            yield from _match(root, (), steps, set())

    def walk(self) -> Iterator[tuple[Path, Node]]:
        """Every node of all documents with its path, parents first, each node once."""
        for root in self.roots:
            stack: list[tuple[Path, Node]] = [((), root)]
            seen: set[int] = set()
            while stack:
                path, node = stack.pop()
                if id(node) in seen:
                    continue
                seen.add(id(node))
                yield path, node
                stack.extend(reversed([((*path, key), child) for key, child in node.children()]))

    def locate(self, anchor: Any) -> Span:
        """The span of a node, of a key path (a tuple; the key where it has one), or a span itself."""
        if isinstance(anchor, Node):
            return anchor.span
        if isinstance(anchor, tuple):
            node = self.node(*anchor)
            if node is None:
                raise KeyError(anchor)
            return node.key_span or node.span
        return super().locate(anchor)


def _match(node: Node, path: Path, steps: list[str], seen: set[tuple[int, int]]) -> Iterator[tuple[Path, Node]]:
    if (id(node), len(steps)) in seen:
        return
    seen.add((id(node), len(steps)))
    if not steps:
        yield path, node
        return
    step, rest = steps[0], steps[1:]
    if step == "**":
        yield from _match(node, path, rest, seen)
        for key, child in node.children():
            yield from _match(child, (*path, key), steps, seen)
        return
    for key, child in node.children():
        if step in ("*", "[*]") or step == key or step == f"[{key}]":
            yield from _match(child, (*path, key), rest, seen)
