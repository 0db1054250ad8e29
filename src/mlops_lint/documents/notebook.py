"""A notebook is one program: its code cells in order, magics blanked at equal length, every place known by cell and line.

The document's text is the ``.ipynb`` file itself, so that a finding may stand in an output or in metadata too. ``code`` is the program; a span of it is
carried back through the JSON strings of the cell it came from.
"""

from __future__ import annotations

import ast
import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from mlops_lint.core.outcome import Region
from mlops_lint.documents.document import Comment, Position, common_part
from mlops_lint.documents.json import JsonError, JsonTooLarge, parse_json, string_offsets
from mlops_lint.documents.magics import Magic, blank_magics
from mlops_lint.documents.mapping import Node
from mlops_lint.documents.python import PythonDocument
from mlops_lint.python.skim import Skim
from mlops_lint.text.edit import Edit
from mlops_lint.text.span import LineMap, Span

MAX_VALUES = 500_000
"""JSON values of one notebook, numbers in long arrays apart, beyond which it is given up."""
MAX_CODE = 2_000_000
"""Characters of all code cells together beyond which a notebook is given up."""


@dataclass(frozen=True, slots=True, eq=False)
class CellText:
    """A text of a cell (its source, or one output) and where its characters stand in the file.

    ``pieces`` are the JSON strings it is made of: where each starts in the text, and its span in the file, quotes included.
    """

    text: str
    file_text: str = field(repr=False)
    pieces: tuple[tuple[int, Span], ...]

    def file_span(self, span: Span) -> Span:
        """The span of the file that shows a span of this text."""
        start = self._offset(span.start, False)
        return Span(start, max(start, self._offset(span.end, span.end > span.start)))

    def text_span(self, span: Span) -> Span | None:
        """The span of this text that a span of the file shows; ``None`` when it starts outside."""
        start = self._reverse(span.start)
        if start is None:
            return None
        end = self._reverse(span.end)
        return Span(start, max(start, len(self.text) if end is None else end))

    def _offset(self, offset: int, is_end: bool) -> int:
        if not self.pieces:
            return 0
        # An end right at a seam belongs to the piece before it.
        place = max(0, bisect_right(self.pieces, offset - (1 if is_end else 0), key=_first) - 1)
        start, span = self.pieces[place]
        offsets = string_offsets(self.file_text, span)
        return offsets[min(offset - start, len(offsets) - 1)]

    def _reverse(self, offset: int) -> int | None:
        place = bisect_right(self.pieces, offset, key=_piece_start) - 1
        if place < 0 or (place == len(self.pieces) - 1 and offset > self.pieces[place][1].end):
            return None
        start, span = self.pieces[place]
        offsets = string_offsets(self.file_text, span)
        return start + min(max(bisect_right(offsets, offset) - 1, 0), len(offsets) - 1)


def _first(piece: tuple[int, Span]) -> int:
    return piece[0]


def _piece_start(piece: tuple[int, Span]) -> int:
    return piece[1].start


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One cell: ``number`` counts all cells from 1; ``kind`` is ``code``, ``markdown`` or ``raw``; ``count`` is its execution count.

    ``code`` is the source with its magics blanked, ``code_start`` where it starts in the notebook's ``code`` (``None`` for cells that are no Python).
    """

    number: int
    kind: str
    source: CellText
    node: Node
    count: int | None = None
    code: str = ""
    code_start: int | None = None
    magics: tuple[Magic, ...] = ()

    def outputs(self) -> Iterator[CellText]:
        """The textual outputs: streams, plain text, HTML, JSON and tracebacks; never images or other base64."""
        found = self.node.at("outputs")
        for _, output in found.children() if found is not None else ():
            for key in ("text", "evalue", "traceback"):
                if (node := output.at(key)) is not None:
                    yield cell_text(self.source.file_text, node)
            data = output.at("data")
            for mime, node in data.children() if data is not None else ():
                if str(mime).startswith("text/") or str(mime) in ("application/json", "application/javascript"):
                    yield from _texts(self.source.file_text, node)
            for mime in ("html", "latex", "json", "javascript"):  # format 3 keeps them beside each other
                if data is None and (node := output.at(mime)) is not None:
                    yield from _texts(self.source.file_text, node)


class NotebookDocument(PythonDocument):
    """A Jupyter notebook of format 3 or 4 as one Python program. A notebook in another language has cells and outputs but no program."""

    kind: ClassVar[str] = "notebook"
    _last_lines: tuple[Cell, LineMap] | None = None

    @cached_property
    def root(self) -> Node | None:
        """The JSON tree of the file; ``None`` where it is no notebook."""
        if not self.text:
            if not self.problems:
                self.add_problem("E905", "notebook is empty")
            return None
        try:
            root = parse_json(self.text, MAX_VALUES)
        except JsonTooLarge as error:
            self.add_problem("E909", f"notebook {error.message}")
            return None
        except JsonError as error:
            place = min(error.offset, len(self.text))
            self.add_problem("E905", f"notebook is not valid JSON: {error.message}", Span(place, min(place + 1, len(self.text))))
            return None
        if root.kind != "mapping":
            self.add_problem("E905", "notebook is not a JSON object")
            return None
        return root

    @cached_property
    def encoding(self) -> str:
        """Notebooks are UTF-8."""
        return "utf-8"

    @cached_property
    def language(self) -> str:
        """The kernel's language, ``python`` when nothing is said."""
        root = self.root
        if root is None:
            return "python"
        said = root.get("metadata", "language_info", "name") or root.get("metadata", "kernelspec", "language")
        if not said and isinstance(kernel := root.get("metadata", "kernelspec", "name"), str):
            said = {"ir": "r"}.get(kernel) or ("julia" if kernel.startswith("julia") else "")
        return str(said or "python").lower()

    @property
    def is_python(self) -> bool:
        """Whether the cells are Python."""
        return self.language in ("python", "python2", "python3", "ipython", "pyspark", "pysparkkernel", "pyspark3kernel", "sage")

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All cells in order."""
        root = self.root
        if root is None:
            return ()
        holders = [root.at("cells")]
        if holders[0] is None and (sheets := root.at("worksheets")) is not None:
            holders = [sheet.at("cells") for _, sheet in sheets.children()]
        if all(holder is None or holder.kind != "sequence" for holder in holders):
            self.add_problem("E905", "notebook has no list of cells")
            return ()
        nodes = [node for holder in holders if holder is not None for _, node in holder.children()]
        found: list[Cell] = []
        start = 0
        for number, node in enumerate(nodes, 1):
            if node.kind != "mapping":
                if not self.problems:
                    self.add_problem("E905", f"cell {number} is not a JSON object", node.span)
                continue
            kind = str(node.get("cell_type") or "")
            source_node = node.at("source") or (node.at("input") if kind == "code" else None)
            source = cell_text(self.text, source_node) if source_node is not None else CellText("", self.text, ())
            count = node.get("execution_count") if node.at("execution_count") else node.get("prompt_number")
            code = ""
            code_start: int | None = None
            magics: tuple[Magic, ...] = ()
            if kind == "code" and self.is_python:
                code, magics = blank_magics(source.text)
                code_start = start
                start += len(source.text) + 1
            executed = count if isinstance(count, int) and not isinstance(count, bool) else None
            found.append(Cell(number, kind, source, node, executed, code, code_start, magics))
        return tuple(found)

    @cached_property
    def code_cells(self) -> tuple[Cell, ...]:
        """The cells that make the program, in order."""
        return tuple(cell for cell in self.cells if cell.code_start is not None)

    @cached_property
    def code(self) -> str:
        """The code cells joined by line ends, magics blanked; a cell that is no valid Python is blanked whole and noted as E903."""
        texts = [cell.code for cell in self.code_cells]
        if sum(len(text) for text in texts) > MAX_CODE:
            self.add_problem("E909", f"code of the notebook has more than {MAX_CODE:,} characters")
            return ""
        joined = "".join(text + "\n" for text in texts)
        skim = Skim(joined)
        if skim.problem is None:
            self._skim = skim
            return joined
        for place, cell in enumerate(self.code_cells):
            # A cell may also be sound by itself and fail with the others; that is left to the whole.
            problem = Skim(texts[place]).problem
            if problem is not None:
                lines = self._lines_of(cell)
                offset = min(lines.offset(max(problem.line, 1), max(problem.column, 1)), len(cell.source.text))
                span = cell.source.file_span(Span(offset, min(offset + 1, len(cell.source.text))))
                what = "is not valid Python" if problem.code == "E903" else "cannot be read"
                self.add_problem(problem.code, f"cell {cell.number} {what}: {problem.message}", span)
                texts[place] = re.sub(r"[^\r\n]", " ", texts[place])
        return "".join(text + "\n" for text in texts)

    def parse(self) -> None:
        _ = self.cells
        if self.cells and not self.is_python:
            return
        super().parse()

    def comments(self) -> Iterator[Comment]:
        """The comments of the code cells, as spans of the file; ``own_line`` speaks of the cell's line."""
        lines = self.program.line_map
        for start, end in self._comment_ranges():
            line = lines.line_span(lines.position(start)[0])
            own_line = not self.code[line.start : start].strip()
            yield Comment(self.text_span(Span(start, end)), self.code[start:end].lstrip("#").strip(), own_line)

    def cell_at(self, offset: int) -> Cell | None:
        """The cell of an offset of the file's text, outputs and metadata included."""
        place = bisect_right(self._node_starts, offset) - 1
        return self.cells[place] if place >= 0 and offset < self.cells[place].node.span.end else None

    def cell_of_code(self, offset: int) -> Cell | None:
        """The cell of an offset of ``code``."""
        cells = self.code_cells
        place = bisect_right(self._code_starts, offset) - 1
        return cells[place] if 0 <= place < len(cells) else None

    @cached_property
    def _code_starts(self) -> list[int]:
        return [cell.code_start or 0 for cell in self.code_cells]

    @cached_property
    def _node_starts(self) -> list[int]:
        return [cell.node.span.start for cell in self.cells]

    def _lines_of(self, cell: Cell) -> LineMap:
        """The lines of a cell's source; findings come cell by cell, so the last one is kept."""
        if self._last_lines is None or self._last_lines[0] is not cell:
            self._last_lines = (cell, LineMap(cell.source.text))
        return self._last_lines[1]

    def text_span(self, span: Span) -> Span:
        cell = self.cell_of_code(span.start)
        if cell is None or cell.code_start is None:
            return Span(0, 0)
        length = len(cell.source.text)
        start = min(span.start - cell.code_start, length)
        return cell.source.file_span(Span(start, max(start, min(span.end - cell.code_start, length))))

    def offsets_of(self, node: ast.AST) -> tuple[int, int]:
        span = self.span_of(node)
        return span.start, span.end

    def position(self, span: Span) -> Position:
        physical = self.region(span)
        cell = self.cell_at(span.start)
        if cell is None:
            return Position(physical, physical)
        inside = cell.source.text_span(span)
        if inside is None:
            return Position(Region(), physical, cell.number)
        lines = self._lines_of(cell)
        return Position(Region(*lines.position(inside.start), *lines.position(inside.end)), physical, cell.number)

    def snippet_line(self, span: Span) -> tuple[str, int]:
        cell = self.cell_at(span.start)
        inside = cell.source.text_span(span) if cell is not None else None
        if cell is None or inside is None:
            return super().snippet_line(span)
        lines = self._lines_of(cell)
        line = lines.line_span(lines.position(inside.start)[0])
        return cell.source.text[line.start : line.end], cell.source.file_span(Span(line.start, line.start)).start

    def in_snippet(self, part: Span, span: Span) -> Span | None:
        cell = self.cell_at(span.start)
        inside = cell.source.text_span(span) if cell is not None else None
        if cell is None or inside is None:
            return super().in_snippet(part, span)
        there = cell.source.text_span(part) if self.cell_at(part.start) is cell else None
        lines = self._lines_of(cell)
        return None if there is None else common_part(there, lines.line_span(lines.position(inside.start)[0]))

    def shown(self, span: Span) -> str:
        cell = self.cell_at(span.start)
        inside = cell.source.text_span(span) if cell is not None else None
        return super().shown(span) if cell is None or inside is None else cell.source.text[inside.start : inside.end]

    def ignored_in_metadata(self) -> Iterator[tuple[Cell, Node]]:
        """Cells whose metadata suppresses rules, with the node that holds the list: ``{"mlops-lint": {"ignore": […]}}``."""
        for cell in self.cells:
            node = cell.node.at("metadata", "mlops-lint", "ignore")
            if node is not None:
                yield cell, node

    def replace(self, node: Any, text: str) -> Edit:
        return Edit(self.path, self.locate(node), _escaped(text))

    def insert_after(self, node: Any, text: str) -> Edit:
        end = self.locate(node).end
        return Edit(self.path, Span(end, end), _escaped(text))


def cell_text(file_text: str, node: Node) -> CellText:
    """The text of a JSON string or list of strings of a notebook."""
    parts: list[str] = []
    pieces: list[tuple[int, Span]] = []
    length = 0
    for text, one in node.strings():
        if isinstance(one.value, str):
            pieces.append((length, one.span))
            parts.append(text)
            length += len(text)
    return CellText("".join(parts), file_text, tuple(pieces))


def _texts(file_text: str, node: Node) -> Iterator[CellText]:
    """The strings below a node of an output: itself, or those inside a JSON value."""
    stack = [node]
    while stack:
        one = stack.pop()
        if one.kind == "mapping" or (one.kind == "sequence" and any(child.kind != "scalar" for _, child in one.children())):
            stack.extend(reversed([child for _, child in one.children()]))
        else:
            yield cell_text(file_text, one)


def _escaped(text: str) -> str:
    """A text as it stands inside a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
