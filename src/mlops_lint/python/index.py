"""The index of a libcst tree: nodes by type and their parents, trivia left out.

libcst's own metadata costs several times its parse; this index costs a fraction of one. Positions are computed only when a place is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

_N = TypeVar("_N", bound=cst.CSTNode)

_TRIVIA: tuple[type[cst.CSTNode], ...] = (
    cst.BaseParenthesizableWhitespace,
    cst.TrailingWhitespace,
    cst.EmptyLine,
    cst.Comment,
    cst.Newline,
    cst.Comma,
    cst.Dot,
    cst.Colon,
    cst.Semicolon,
    cst.AssignEqual,
    cst.LeftParen,
    cst.RightParen,
    cst.LeftSquareBracket,
    cst.RightSquareBracket,
    cst.LeftCurlyBrace,
    cst.RightCurlyBrace,
)
_TRIVIA_FIELDS = frozenset(
    {"lpar", "rpar", "lbracket", "rbracket", "lbrace", "rbrace", "comma", "semicolon", "colon", "equal", "leading_lines", "header", "footer"}
)
SCOPE_TYPES: dict[type[cst.CSTNode], str] = {
    cst.FunctionDef: "function",
    cst.ClassDef: "class",
    cst.Lambda: "lambda",
    cst.ListComp: "comprehension",
    cst.SetComp: "comprehension",
    cst.DictComp: "comprehension",
    cst.GeneratorExp: "comprehension",
}
"""The nodes that open a scope, and what :class:`~mlops_lint.python.names.Scope` calls it."""

_fields: dict[type[cst.CSTNode], tuple[str, ...]] = {}


def _child_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    known = _fields.get(kind)
    if known is None:
        known = tuple(
            name for name in kind.__dataclass_fields__ if name not in _TRIVIA_FIELDS and "whitespace" not in name and not name.startswith("__slots__")
        )
        _fields[kind] = known
    return known


class Index:
    """Nodes by type in source order, and the parent of each, over one parsed program.

    ``module`` is kept whole; nodes are known by identity.
    """

    def __init__(self, module: cst.Module) -> None:
        self.module = module
        self._by_type: dict[type[cst.CSTNode], list[cst.CSTNode]] = {}
        self._parents: dict[int, cst.CSTNode] = {}
        self._positions: dict[int, tuple[int, int, int, int]] | None = None
        self._order: list[cst.CSTNode] = []
        by_type, parents, order = self._by_type, self._parents, self._order
        stack: list[cst.CSTNode] = [module]
        while stack:
            node = stack.pop()
            order.append(node)
            by_type.setdefault(type(node), []).append(node)
            found: list[cst.CSTNode] = []
            for name in _child_fields(type(node)):
                value = getattr(node, name)
                if isinstance(value, cst.CSTNode):
                    if not isinstance(value, _TRIVIA):
                        found.append(value)
                elif isinstance(value, (tuple, list)):
                    found.extend(one for one in value if isinstance(one, cst.CSTNode) and not isinstance(one, _TRIVIA))
            for child in found:
                parents[id(child)] = node
            stack.extend(reversed(found))

    def nodes(self, kind: type[_N]) -> Iterator[_N]:
        """All nodes of exactly this type, in the order of the fields that hold them (source order but for a few shapes)."""
        yield from self._by_type.get(kind, ())  # type: ignore[misc]

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node around a node; ``None`` for the module and for nodes of another tree."""
        return self._parents.get(id(node))

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, from the inside out."""
        above = self._parents.get(id(node))
        while above is not None:
            yield above
            above = self._parents.get(id(above))

    def position(self, node: cst.CSTNode) -> tuple[int, int, int, int] | None:
        """The 1-based start line, start column, end line and end column of a node, columns in code points, end exclusive."""
        if self._positions is None:
            ranges = MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)
            self._positions = {
                id(one): (where.start.line, where.start.column + 1, where.end.line, where.end.column + 1) for one, where in ranges.items()
            }
        return self._positions.get(id(node))

    def every(self) -> Iterator[cst.CSTNode]:
        """All nodes, parents before children and siblings in source order."""
        yield from self._order


def name_of(node: cst.CSTNode) -> str:
    """The name of a function or class; empty for other nodes."""
    return node.name.value if isinstance(node, (cst.FunctionDef, cst.ClassDef)) else ""


def evaluated_around(child: cst.CSTNode, owner: cst.CSTNode) -> bool:
    """Whether a direct child of a scope-opening node is evaluated in the scope around it."""
    if isinstance(owner, cst.FunctionDef):
        return isinstance(child, cst.Decorator) or child is owner.returns
    if isinstance(owner, cst.ClassDef):
        return isinstance(child, (cst.Decorator, cst.Arg))
    return False


def parse(code: str) -> cst.Module | None:
    """The tree of a program; ``None`` where libcst cannot make one. Only for code that passed the gate of the skim."""
    # libcst ends no line at a lone CR and drops form feeds; equal-length stand-ins keep every offset. Where a form feed opens a line a blank would be an
    # indentation, so there it stays.
    if "\f" in code or "\r" in code:
        code = re.sub(r"(?<![\r\n\f])(?<!^)\f", " ", re.sub(r"\r(?!\n)", "\n", code))
    try:
        return cst.parse_module(code)
    except (cst.ParserSyntaxError, RecursionError, ValueError):
        return None
    except cst.CSTValidationError:
        return None
