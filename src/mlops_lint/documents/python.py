"""A Python module as a document: the program's queries, answered with places in the file."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from mlops_lint.documents.document import Comment, Document
from mlops_lint.python.calls import CallPattern
from mlops_lint.python.names import Names, Scope
from mlops_lint.python.program import Program
from mlops_lint.python.skim import Skim
from mlops_lint.python.values import evaluate
from mlops_lint.text.edit import Edit
from mlops_lint.text.span import Span

if TYPE_CHECKING:
    import libcst as cst

_N = TypeVar("_N", bound="cst.CSTNode")
# Codecs of names of the network, quadratic in what they decode; no source code is written in them.
_NOT_FOR_FILES = frozenset(("idna", "punycode"))
# PEP 263: in the first or second line, and nothing but a comment before it.
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK_LINE = re.compile(rb"^[ \t\f]*(?:[#\r\n]|$)")


def _declares_itself(line: bytes, cookie: bytes, name: str) -> bool:
    """Whether the line still holds its cookie when it is read in the encoding that the cookie names: not in UTF-16, nor in EBCDIC."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return cookie.decode("ascii", "replace") in line.decode(name, "replace")
    except (LookupError, UnicodeError):
        return True  # whoever decodes the file says what is wrong


class PythonDocument(Document):
    """A Python file. Queries take and give libcst nodes; ``tree`` is the ``ast`` for facts that need no libcst."""

    kind: ClassVar[str] = "python"
    _skim: Skim | None = None

    @cached_property
    def encoding(self) -> str:
        """UTF-8, or what the PEP 263 cookie names."""
        lines = re.split(rb"\r\n|\n|\r", self.data[len(self.bom) : 4096 + len(self.bom)], maxsplit=2)[:2]
        for line in lines:
            if match := _COOKIE.match(line):
                name = match[1].decode("ascii", "replace").lower()
                if name.replace("_", "-") in _NOT_FOR_FILES:
                    return f"{name} of network names"
                if not _declares_itself(line, match[0], name):
                    return f"{name} behind a line of single bytes"
                # With a byte-order mark only UTF-8 may be declared; Python refuses the rest, we read on.
                return "utf-8" if self.bom or name.startswith(("utf-8", "utf8")) else name
            if not _BLANK_LINE.match(line):
                break
        return "utf-8"

    @cached_property
    def code(self) -> str:
        """The program's source; here the text itself."""
        return self.text

    @cached_property
    def module(self) -> str:
        """The file's dotted name as seen from the project root (``src.pkg.train``)."""
        stem = self.path.rpartition(".")[0]
        return re.sub(r"(^|/)__init__$", "", stem).replace("/", ".")

    @cached_property
    def program(self) -> Program:
        """The program in the file; empty where the file is no text."""
        code = self.code
        return Program(code, self.module, self.name == "__init__.py", self._skim)

    def parse(self) -> None:
        if self.text and (problem := self.program.problem):
            offset = self.program.line_map.offset(problem.line, problem.column) if problem.line else None
            span = None if offset is None else Span(min(offset, len(self.code)), min(offset + 1, len(self.code)))
            self.add_problem(problem.code, problem.message, span and self.text_span(span))

    def comments(self) -> Iterator[Comment]:
        """The comments as Python's tokenizer sees them; of code it cannot read, those before the first error."""
        for start, end in self._comment_ranges():
            yield self._comment(start, end)

    def _comment_ranges(self) -> Iterator[tuple[int, int]]:
        lines = self.program.line_map
        try:
            # The tokenizer counts lines by "\n" alone.
            code = re.sub(r"\r\n?", "\n", self.code)
            for token in tokenize.generate_tokens(io.StringIO(code).readline):
                if token.type == tokenize.COMMENT:
                    start = lines.offset(token.start[0], token.start[1] + 1)
                    yield start, start + len(token.string)
        except (tokenize.TokenError, SyntaxError, RecursionError, MemoryError):
            return

    # -- trees and names -----------------------------------------------------------------------------------------------------------------------------

    def release(self) -> None:
        super().release()
        if "program" in self.__dict__:
            self.program.release()

    @property
    def tree(self) -> ast.Module:
        """The ``ast`` of the program; empty where it cannot be parsed."""
        return self.program.tree

    @property
    def scopes(self) -> Names:
        """The scopes of the program and the resolution of its names, over ``tree``."""
        return self.program.names

    def nodes(self, kind: type[_N]) -> Iterator[_N]:
        """All libcst nodes of exactly this type, in source order."""
        return self.program.nodes(kind)

    def calls(self, *names: str) -> Iterator[cst.Call]:
        """The calls of any of these (the forms of :class:`~mlops_lint.python.calls.CallPattern`), in source order."""
        return self.program.calls(CallPattern(names))

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node around a node."""
        return self.program.parent(node)

    def enclosing(self, node: cst.CSTNode, *types: type[_N]) -> _N | None:
        """The nearest node around this one that has one of these types."""
        return self.program.enclosing(node, types)

    def names(self, node: cst.CSTNode) -> frozenset[str]:
        """The qualified names that a name or attribute expression may have; of a call, those of its callee. Empty means unknown."""
        import libcst as cst

        return self.program.qualified(node.func if isinstance(node, cst.Call) else node)

    def scope(self, node: cst.CSTNode) -> Scope:
        """The scope in which a libcst node is evaluated."""
        return self.program.scope(node)

    def value(self, node: cst.CSTNode | ast.expr | None) -> Any:
        """The value of an expression of either tree as far as literals and single assignments tell, or ``UNKNOWN``."""
        return evaluate(node, self.program.names) if isinstance(node, ast.expr) else self.program.value(node)

    def kind_of(self, node: cst.CSTNode) -> str:
        """What kind of thing an expression is (``dataframe`` …); empty means unknown."""
        return self.program.kind(node)

    def source(self, node: cst.CSTNode) -> str:
        """The source text of a node."""
        return self.program.source(node)

    # -- places --------------------------------------------------------------------------------------------------------------------------------------

    def text_span(self, span: Span) -> Span:
        """The span of the file's text that shows a span of ``code``."""
        return span

    def span_of(self, node: ast.AST) -> Span:
        """The span of an ``ast`` node of ``tree`` in the file's text."""
        return self.text_span(self.program.span(node))

    def offsets_of(self, node: ast.AST) -> tuple[int, int]:
        """Where an ``ast`` node of ``tree`` starts and ends in the file's text: :meth:`span_of` for those who ask for thousands."""
        return self.program.offsets(node)

    def locate(self, anchor: Any) -> Span:
        """The span of a libcst node, an ``ast`` node, or a span itself."""
        if isinstance(anchor, (ast.AST, Span)):
            return self.text_span(self.program.span(anchor)) if isinstance(anchor, ast.AST) else anchor
        import libcst as cst

        return self.text_span(self.program.span(anchor)) if isinstance(anchor, cst.CSTNode) else super().locate(anchor)

    def replace(self, node: cst.CSTNode, text: str) -> Edit:
        """The edit that puts a text in the place of a node."""
        return Edit(self.path, self.locate(node), text)

    def insert_after(self, node: cst.CSTNode, text: str) -> Edit:
        """The edit that puts a text right after a node."""
        end = self.locate(node).end
        return Edit(self.path, Span(end, end), text)
