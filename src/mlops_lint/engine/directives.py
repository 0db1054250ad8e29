"""Suppressions as they are written: directives in comments and cell metadata, and the lines that each covers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.core.outcome import Region
from mlops_lint.documents.document import Comment, Document
from mlops_lint.documents.notebook import Cell, NotebookDocument
from mlops_lint.documents.python import PythonDocument
from mlops_lint.engine.statements import END, Line, Statements
from mlops_lint.text.span import Span

_DIRECTIVE = re.compile(r"(?:^|[\s#])mlops-lint:\s*(ignore-file|ignore|disable|enable)\b\s*(?:\[([^][]*)\])?(?:\s*--\s*(.*))?")
_HASH = re.compile(r"(?:^|(?<=\s))#[^\r\n]*", re.MULTILINE)
_HTML = re.compile(r"<!--(.*?)-->", re.DOTALL)
_ENOUGH = 1 << 60


@dataclass(frozen=True, slots=True)
class Directive:
    """One suppression. Lines are (cell or 0, line), so that a range may cross the cells of a notebook; ``last`` is inclusive.

    ``kind`` is ``ignore``, ``ignore-file``, ``disable``, ``enable`` or ``metadata``. ``names`` are codes or rule names as they are written. ``is_head``
    tells that nothing but comments stands before it in its file or cell, so that it also speaks of findings about the file or cell as a whole.
    """

    kind: str
    names: tuple[str, ...]
    reason: str
    span: Span
    region: Region
    first: Line
    last: Line
    is_head: bool = False


def read_directives(document: Document) -> list[Directive]:
    """The directives of a document, in order, with the lines that each covers."""
    if b"mlops-lint" not in document.data:
        return []
    found: list[Directive] = []
    statements = Statements(document)
    for comment in _comments(document):
        matches = list(_DIRECTIVE.finditer(comment.text))
        if not matches:
            continue
        # Of the comment, which may hold many: asked once.
        region, is_head = document.position(comment.span).region, statements.is_head(comment)
        covered = {kind: _covered(kind, comment, document, statements) for kind in {match[1] for match in matches}}
        for match in matches:
            names = tuple(one.strip() for one in (match[2] or "").split(",") if one.strip())
            first, last = covered[match[1]]
            found.append(Directive(match[1], names, _reason(match[3]), comment.span, region, first, last, is_head))
    if isinstance(document, NotebookDocument):
        for cell, node in document.ignored_in_metadata():
            names = tuple(text for text, _ in node.strings())
            region = document.position(node.span).region
            found.append(Directive("metadata", names, "", node.span, region, (cell.number, 0), (cell.number, _ENOUGH)))
    return found


def _reason(text: str | None) -> str:
    return (text or "").partition("# ")[0].strip()


def _covered(kind: str, comment: Comment, document: Document, statements: Statements) -> tuple[Line, Line]:
    position = document.position(comment.span)
    line = (position.cell or 0, position.region.line)
    if kind == "ignore-file":
        return (0, 0), END
    if kind != "ignore":
        return line, END
    if not comment.own_line:
        return statements.first_line(line), line
    return statements.after(comment) or (line, line)


def _comments(document: Document) -> Iterator[Comment]:
    """The comments of a document, those among them that only another language than the document's knows."""
    if isinstance(document, NotebookDocument):
        found = list(document.comments())
        found += [comment for cell in document.cells for comment in _foreign(cell, document)]
        yield from sorted(found, key=lambda one: one.span)
    elif isinstance(document, PythonDocument) and any(one.code == "E903" for one in document.problems):
        # The tokenizer gives up where the syntax does; rules that look at the text do not.
        yield from Document.comments(document)
    elif document.kind == "dockerfile":
        # Behind an instruction the sign opens a comment of the shell that runs it.
        yield from Document.comments(document)
    else:
        yield from document.comments()


def _foreign(cell: Cell, document: NotebookDocument) -> Iterator[Comment]:
    """The comments of a cell where it is not Python: magics and what they run, another kernel's language, Markdown."""
    text = cell.source.text
    if "mlops-lint" not in text or cell.kind not in ("code", "markdown"):
        return
    if cell.kind == "markdown":
        for match in _HTML.finditer(text):
            yield _comment(cell, Span(match.start(), match.end()), match[1].strip("- \t\r\n"))
        return
    for match in _HASH.finditer(text):
        # Python's own comments are still there when the magics are blanked.
        if cell.code_start is None or not document.code.startswith("#", cell.code_start + match.start()):
            start = match.start()
            if cell.code_start is None or not document.code[cell.code_start + start : cell.code_start + match.end()].strip():
                yield _comment(cell, Span(start, match.end()), match[0].lstrip("#").strip())


def _comment(cell: Cell, span: Span, words: str) -> Comment:
    text = cell.source.text
    line_start = max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start)) + 1
    rest = re.split(r"[\r\n]", text[span.end :], maxsplit=1)[0]
    own_line = not text[line_start : span.start].strip() and not rest.strip()
    return Comment(cell.source.file_span(span), words, own_line)
