"""A program: one text of Python with its skim, its names and, on demand, its libcst tree; knows nothing of files.

The two trees meet here. Rules see libcst nodes; names, values and kinds are worked out on ``ast``. A libcst node is carried over by its own text and
by the scope in which it stands, so that one resolver answers for both. libcst takes a third of a second to load and few programs need it: it is loaded for
the first program whose tree is asked for.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from mlops_lint.python.calls import CallPattern
from mlops_lint.python.kinds import Kinds
from mlops_lint.python.names import Names, Scope
from mlops_lint.python.skim import Skim, SkimProblem, token_problem
from mlops_lint.python.values import UNKNOWN, evaluate
from mlops_lint.text.span import LineMap, Span

if TYPE_CHECKING:
    import libcst as cst

    from mlops_lint.python.index import Index

_N = TypeVar("_N", bound="cst.CSTNode")

# Syntax that a newer Python reads and the running one may not: type parameters, the type statement, except*, bare exception lists, template strings,
# stars in subscripts, nested quotes in f-strings.
_NEWER = re.compile(
    r"\b(?:def|class)\s+\w+\s*\[|^\s*type\s+\w+|\bexcept\s*\*|\bexcept\s+[\w.]+\s*,|\b[rR]?[tTfF][rR]?[\"']|\[\*|\*\w+: ?\*", re.MULTILINE
)
_MAX_UNGATED = 500_000


class Program:
    """Python source with everything that can be asked of it.

    ``code`` is the source, ``module`` its dotted name (for relative imports and its own definitions). All spans are offsets into ``code``. A program
    that cannot be parsed has a ``problem`` and answers every query with nothing. ``skim`` is that of the very code, where it is at hand.
    """

    def __init__(self, code: str, module: str = "", is_package: bool = False, skim: Skim | None = None) -> None:
        self.code = code
        self.module = module
        self._is_package = is_package
        self._expressions: dict[int, ast.expr | None] = {}
        self._scopes: dict[int, Scope] | None = None
        if skim is not None:
            self.skim = skim

    # -- trees ---------------------------------------------------------------------------------------------------------------------------------------

    @cached_property
    def line_map(self) -> LineMap:
        """Offsets of ``code`` as lines and columns."""
        return LineMap(self.code)

    @cached_property
    def skim(self) -> Skim:
        """The ``ast`` of the program, or why there is none."""
        return Skim(self.code)

    @cached_property
    def problem(self) -> SkimProblem | None:
        """Why the program cannot be analysed, if it cannot."""
        if self.skim.problem is not None and self._newer_module is None:
            return self.skim.problem
        return None

    @cached_property
    def _newer_module(self) -> cst.Module | None:
        """The libcst tree of code that only a newer Python's ``ast`` would read, if token counts say it is safe to try."""
        problem = self.skim.problem
        if problem is None or problem.code != "E903" or sys.version_info >= (3, 15) or len(self.code) > _MAX_UNGATED:
            return None
        if not _NEWER.search(self.code) or token_problem(self.code) is not None:
            return None
        from mlops_lint.python.index import parse

        return parse(self.code)

    @cached_property
    def tree(self) -> ast.Module:
        """The ``ast``; of code that only libcst can read, its imports alone; an empty module where there is nothing."""
        if self.skim.tree is not None:
            return self.skim.tree
        return self._imports_of_newer() if self._newer_module is not None else ast.Module(body=[], type_ignores=[])

    def _imports_of_newer(self) -> ast.Module:
        import libcst as cst

        from mlops_lint.python.index import Index

        assert self._newer_module is not None
        index = Index(self._newer_module)
        body: list[ast.stmt] = []
        for node in (*index.nodes(cst.Import), *index.nodes(cst.ImportFrom)):
            body.extend(ast.parse(self._newer_module.code_for_node(node)).body)
        return ast.Module(body=body, type_ignores=[])

    @cached_property
    def names(self) -> Names:
        """The scopes of the program and what its names may mean."""
        return Names(self.tree, self.module, self._is_package)

    def release(self) -> None:
        """Take apart the circles of scopes, which only the garbage collector would find. Nothing more is asked of the program."""
        if "names" in self.__dict__:
            self.names.release()

    @cached_property
    def kinds(self) -> Kinds:
        """What kind of thing an expression is (DataFrame, estimator …)."""
        return Kinds(self.names)

    @cached_property
    def index(self) -> Index | None:
        """The libcst tree with its index; ``None`` where the program must not or cannot be parsed by libcst."""
        from mlops_lint.python.index import Index, parse

        module = parse(self.code) if self.skim.tree is not None else self._newer_module
        return Index(module) if module is not None else None

    # -- queries on libcst nodes ---------------------------------------------------------------------------------------------------------------------

    def nodes(self, kind: type[_N]) -> Iterator[_N]:
        """All libcst nodes of exactly this type, in source order."""
        if self.index is not None:
            yield from self.index.nodes(kind)

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node around a node."""
        return self.index.parent(node) if self.index is not None else None

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, from the inside out."""
        if self.index is not None:
            yield from self.index.ancestors(node)

    def enclosing(self, node: cst.CSTNode, types: tuple[type[_N], ...]) -> _N | None:
        """The nearest node around this one that has one of these types."""
        return next((one for one in self.ancestors(node) if isinstance(one, types)), None)

    def qualified(self, node: cst.CSTNode) -> frozenset[str]:
        """The qualified names a name or attribute expression may have; empty when unknown."""
        dotted = dotted_of(node)
        return self.names.resolve(dotted, self.scope(node)) if dotted else frozenset()

    def calls(self, pattern: CallPattern) -> Iterator[cst.Call]:
        """The calls whose callee may be one of the names of a pattern."""
        import libcst as cst

        for call in self.nodes(cst.Call):
            if pattern.matches(self.qualified(call.func), attribute_of(call.func)):
                yield call

    def expression(self, node: cst.CSTNode) -> ast.expr | None:
        """The ``ast`` of a libcst expression, on its own (positions are relative to it)."""
        if id(node) not in self._expressions:
            found = None
            if self.index is not None:
                try:
                    found = ast.parse(f"({self.index.module.code_for_node(node)}\n)", mode="eval").body
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    found = None
            self._expressions[id(node)] = found
        return self._expressions[id(node)]

    def value(self, node: cst.CSTNode | None) -> Any:
        """The value of a libcst expression as far as literals and single assignments tell, or UNKNOWN."""
        if node is None or (expression := self.expression(node)) is None:
            return UNKNOWN
        return evaluate(expression, self.names, self.scope(node))

    def kind(self, node: cst.CSTNode) -> str:
        """What kind of thing a libcst expression is; empty when unknown."""
        expression = self.expression(node)
        return self.kinds.of(expression, self.scope(node)) if expression is not None else ""

    def source(self, node: cst.CSTNode) -> str:
        """The source text of a node, without surrounding white space."""
        return self.index.module.code_for_node(node).strip() if self.index is not None else ""

    def scope(self, node: cst.CSTNode) -> Scope:
        """The scope in which a libcst node is evaluated."""
        if self.index is None or self.skim.tree is None:
            return self.names.root
        if self._scopes is None:
            self._scopes = self._pair_scopes(self.index)
        from mlops_lint.python.index import evaluated_around

        child = node
        for above in self.index.ancestors(node):
            scope = self._scopes.get(id(above))
            if scope is not None and not evaluated_around(child, above):
                return scope
            child = above
        return self.names.root

    def _pair_scopes(self, index: Index) -> dict[int, Scope]:
        """Each scope-opening libcst node with its scope: the next one of its kind and name inside the same outer scope, in source order."""
        from mlops_lint.python.index import SCOPE_TYPES, evaluated_around, name_of

        paired: dict[int, Scope] = {}
        taken: dict[tuple[int, str, str], int] = {}
        stack: list[tuple[cst.CSTNode, Scope]] = [(index.module, self.names.root)]
        children: dict[int, list[cst.CSTNode]] = {}
        opening = [node for kind in SCOPE_TYPES for node in index.nodes(kind)]
        order = {id(node): place for place, node in enumerate(index.every())}
        for node in sorted(opening, key=lambda one: order[id(one)]):
            child: cst.CSTNode = node
            owner: cst.CSTNode = index.module
            for above in index.ancestors(node):
                if type(above) in SCOPE_TYPES and not evaluated_around(child, above):
                    owner = above
                    break
                child = above
            children.setdefault(id(owner), []).append(node)
        while stack:
            node, scope = stack.pop()
            for child in children.get(id(node), ()):
                kind = SCOPE_TYPES[type(child)]
                name = name_of(child)
                alike = [one for one in scope.children if one.kind == kind and one.name == name]
                place = taken.get((id(scope), kind, name), 0)
                taken[(id(scope), kind, name)] = place + 1
                if place < len(alike):
                    paired[id(child)] = alike[place]
                    stack.append((child, alike[place]))
        return paired

    # -- places --------------------------------------------------------------------------------------------------------------------------------------

    def span(self, node: cst.CSTNode | ast.AST) -> Span:
        """The span of a node of either tree in ``code``.

        Raises:
            KeyError: the node is not of this program's tree.
        """
        if isinstance(node, ast.AST):
            return self._span_of_ast(node)
        where = self.index.position(node) if self.index is not None else None
        if where is None:
            raise KeyError(node)
        return Span(self._offset(where[0], where[1]), self._offset(where[2], where[3]))

    def _offset(self, line: int, column: int) -> int:
        """The offset of a place as libcst counts it: it drops the form feeds that open a line."""
        start = self.line_map.offset(line)
        skipped = 0
        while self.code.startswith("\f", start + skipped):
            skipped += 1
        return self.line_map.offset(line, column + skipped)

    def _span_of_ast(self, node: ast.AST) -> Span:
        return Span(*self.offsets(node))

    def offsets(self, node: ast.AST) -> tuple[int, int]:
        """Where an ``ast`` node starts and ends in ``code``."""
        offset = self.line_map.offset_of_bytes
        start = offset(getattr(node, "lineno", 1), getattr(node, "col_offset", 0))
        end_line = getattr(node, "end_lineno", None)
        return start, (max(start, offset(end_line, node.end_col_offset)) if end_line else start)  # type: ignore[attr-defined]

    def offset_of_bytes(self, line: int, column: int) -> int:
        """The offset of a 1-based line and a 0-based column in UTF-8 bytes, as ``ast`` counts."""
        return self.line_map.offset_of_bytes(line, column)


def attribute_of(node: cst.CSTNode) -> str:
    """The last word of a callee when it is an attribute (``fit`` of ``make().fit``), else empty."""
    import libcst as cst

    return node.attr.value if isinstance(node, cst.Attribute) else ""


def dotted_of(node: cst.CSTNode | None) -> str:
    """``a.b.c`` of a libcst name or attribute; empty for anything else."""
    import libcst as cst

    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return ""
    parts.append(node.value)
    return ".".join(reversed(parts))


def arguments(call: cst.Call) -> Iterable[tuple[str | None, int | None, cst.Arg]]:
    """The arguments of a call as (keyword, position, argument); unpacked ones have neither, and hide the positions after them."""
    position: int | None = 0
    for arg in call.args:
        if arg.star:
            position = None if arg.star == "*" else position
            yield None, None, arg
        elif arg.keyword is not None:
            yield arg.keyword.value, None, arg
        else:
            yield None, position, arg
            position = None if position is None else position + 1


def argument_of(call: cst.Call, name: str, position: int | None = None) -> cst.Arg | None:
    """The argument given to a parameter by its name or position, if it is given visibly."""
    for keyword, place, arg in arguments(call):
        if keyword == name or (place is not None and place == position):
            return arg
    return None


def unpacks(call: cst.Call) -> bool:
    """Whether the call passes ``*args`` or ``**kwargs``, so that any parameter may be given."""
    return any(arg.star for arg in call.args)
