"""Code: a program's statements as plain data, for an abstract run across files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.documents.notebook import NotebookDocument
from mlops_lint.documents.python import PythonDocument
from mlops_lint.flow.lower import lower


@dataclass(frozen=True, slots=True)
class Code:
    """The lowered statements of one program (``flow.lower`` says how they look), as JSON text: compact, and read only when the program is run.

    ``cells`` are, for a notebook, the number of each code cell and where it starts in the file. Tests and vendored code are left out.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    module: str
    statements: str
    cells: tuple[tuple[int, int], ...] = ()

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[Code]:
        """The code of one program, if it has any."""
        if document.role in ("test", "vendored") or not document.tree.body:
            return
        statements = lower(document.tree, document.offsets_of)
        if not statements:
            return
        cells: tuple[tuple[int, int], ...] = ()
        if isinstance(document, NotebookDocument):
            cells = tuple((cell.number, cell.node.span.start) for cell in document.cells if cell.code_start is not None)
        yield cls(document.path, document.module, json.dumps(statements, separators=(",", ":")), cells)
