"""Notebook was run out of order.

What the outputs show came from a kernel in which the cells ran in another order, or some of them twice. Whoever runs the file from top to bottom may get
an error or other numbers, and nobody can tell from the file which.

Restart the kernel, run all cells from the top, and save the notebook.

Only the saved execution counts are read: a gap, a first count above 1 and cells that never ran (no count, or the 0 that Colab writes) are no sign of
disorder and stay silent.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from mlops_lint.api import Cell, Confidence, Finding, NotebookDocument, Rule, Severity, Span

rule = Rule(
    code="RP104",
    summary="notebook cells were run out of order or more than once",
    consideration="environments",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    references=("https://doi.org/10.1109/MSR.2019.00077",),
)


@rule.on_document(NotebookDocument)
def check(doc: NotebookDocument) -> Iterator[Finding]:
    """Report the first code cell whose count is not above that of the code cell before it."""
    executed = [cell for cell in doc.cells if cell.kind == "code" and _count(cell) > 0 and cell.source.text.strip()]
    steps = [(before, cell) for before, cell in itertools.pairwise(executed) if _count(cell) <= _count(before)]
    if not steps:
        return
    before, cell = steps[0]
    if _count(cell) == _count(before):
        message = f"execution count [{cell.count}] stands at two cells, so the saved outputs come from different runs"
    else:
        message = f"cell [{cell.count}] was run before cell [{before.count}] above it, so the outputs do not show a run from top to bottom"
    related = [doc.at(before.node.span, f"cell [{before.count}] above")]
    related += [doc.at(later.node.span, f"cell [{later.count}] is out of order too") for _, later in steps[1:6]]
    yield rule.finding(doc.at(_anchor(cell)), message, related=related)


def _count(cell: Cell) -> int:
    return cell.count or 0


def _anchor(cell: Cell) -> Span:
    """The first line of the cell's source."""
    text = cell.source.text
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    return cell.source.file_span(Span(start, len(text) if end < 0 else end))
