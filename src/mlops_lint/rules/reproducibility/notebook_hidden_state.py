"""Notebook reads a name that no cell above defines.

The name lived in the kernel when the cell was run: a cell further down had set it, or one that has been deleted since. Nobody else has that kernel. Run from
top to bottom, on another machine, in a schedule or by a reviewer, the notebook stops with a ``NameError``, or it silently works with another value.

Move the definition above its first use, restart the kernel, run all cells from the top, and save the notebook.

Cells are followed from top to bottom; what a function reads counts where it is called, and a definition under a condition counts as one. After a star
import, ``%run``, ``%pylab``, ``exec`` or writing to ``globals()`` any name may exist, and the rule is silent. Blanks of an exercise, and cells that show an
error on purpose, have low confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlops_lint.api import Cell, Confidence, Finding, NotebookDocument, Rule, Severity
from mlops_lint.facts.hidden_state import DELETED, LATER, NOWHERE, HiddenRead, cell_tags, hidden_reads

rule = Rule(
    code="RP105",
    summary="notebook reads a name that no cell above defines",
    consideration="environments",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    references=("https://doi.org/10.1109/MSR.2019.00077",),
)

_BLANKS = re.compile(
    r"YOUR[ _](CODE|ANSWER|SOLUTION|TURN)|START CODE|END CODE|CODE HERE|FILL[ _]?IN|<FILL|raise NotImplementedError|^\s*\.\.\.\s*$|=\s*\.\.\.\s*(#.*)?$"
    r"|\b___+\b|(=\s*None\s*|^\s*)#\s*(TODO|EXERCISE|COMPLETE|REPLACE|IMPLEMENT)\b[ :]*(your|the|this|code|with|implement|complete|write|$)",
    re.IGNORECASE | re.MULTILINE,
)
"""What stands where somebody who learns is to write code."""


@rule.on_document(NotebookDocument)
def check(doc: NotebookDocument) -> Iterator[Finding]:
    """Report each such name once, where it is first read; the names of one cell that nothing defines together, at the first of them."""
    if doc.role in ("test", "vendored"):
        return
    found = hidden_reads(doc)
    if not found:
        return
    has_blanks = any(_BLANKS.search(cell.source.text) for cell in doc.code_cells)
    is_parametrised = any(cell_tags(cell) & {"parameters", "injected-parameters"} for cell in doc.cells)
    unknown: dict[int, list[HiddenRead]] = {}
    for one in found:
        if one.how == NOWHERE:
            unknown.setdefault(one.cell.number, []).append(one)
    for one in found:
        beside = unknown[one.cell.number] if one.how == NOWHERE else [one]
        if beside[0] is not one:
            continue
        related = [doc.at(one.other, "deleted here" if one.how == DELETED else "defined here")] if one.other is not None else []
        if one.place is not one.read:
            related.append(doc.at(one.read, f"{one.name} is read here, in {one.reader}"))
        related.extend(doc.at(other.place, f"{other.name} is read here") for other in beside[1:])
        confidence = min(_confidence(other, has_blanks, is_parametrised) for other in beside)
        if doc.role in ("example", "docs"):
            confidence = Confidence.LOW
        message = _message(one) if len(beside) == 1 else f"names {_listed([other.name for other in beside])} are read here, but no cell defines them"
        yield rule.finding(doc.at(one.place), message, related=related, confidence=confidence)


def _listed(names: list[str]) -> str:
    shown = [*names[:3], f"{len(names) - 3} more"] if len(names) > 4 else names
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def _confidence(one: HiddenRead, has_blanks: bool, is_parametrised: bool) -> Confidence:
    if has_blanks or f"name '{one.name}' is not defined" in _errors(one.cell):
        return Confidence.LOW
    if one.how == NOWHERE and is_parametrised:
        return Confidence.LOW
    if not one.certain or one.deferred or (one.how == NOWHERE and not one.cell.count):
        return Confidence.MEDIUM
    return Confidence.HIGH


def _errors(cell: Cell) -> str:
    return "\n".join(output.text for output in cell.outputs() if "NameError" in output.text or "is not defined" in output.text)


def _message(one: HiddenRead) -> str:
    what = f"{one.reader}() reads {one.name}, which" if one.place is not one.read else f"name {one.name} is read here, but"
    number = one.other_cell.number if one.other_cell is not None else 0
    if one.how == LATER:
        return f"{what} only cell {number}, further down, defines{'' if one.place is not one.read else ' it'}"
    if one.how == DELETED:
        return f"{what} {'it was deleted' if one.place is one.read else 'was deleted'} in cell {number}"
    if one.how == NOWHERE:
        return f"name {one.name} is read here, but no cell of the notebook defines it"
    return f"{what} {'is' if one.place is not one.read else 'it is'} defined only further down in this cell"
