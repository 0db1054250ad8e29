"""Frame is changed while a loop goes through it.

The row that ``iterrows()`` gives is a copy: what is written to it never reaches the frame. Writing to the frame itself is no better an idea. When
rows or columns come or go, the loop goes on over what was there before and hands out rows that are gone; when cells are written, the rows that are
still to come keep their old values.

Work out the new column from whole columns, collect the changes in a list and apply them after the loop, or write to another frame.

A row that is used after it was written to (put into a list, written to a file) is left alone, and so are writes to other frames or to copies, ``df =
df.drop(i)``, and loops that are left after the write. Each loop is reported once for each kind of write.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity
from mlops_lint.facts.iterated_frames import SHAPE, FrameWrite, frame_writes
from mlops_lint.facts.row_writes import RowWrite
from mlops_lint.facts.runs import REQUIRES, Runs, runs
from mlops_lint.facts.tables import is_left_out

rule = Rule(
    code="DM216",
    summary="frame changed while a loop goes through it",
    consideration="data-quality",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=(*REQUIRES, RowWrite),
    references=("https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.iterrows.html",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report the lost writes to rows, and the writes to the frame itself."""
    for write in project.facts(RowWrite):
        related = [Location(write.path, write.loop, "the loop over the rows"), *(Location(write.path, one, "and here") for one in write.others[:5])]
        confidence = Confidence.LOW if write.role == "example" else None
        yield rule.finding(write.location, "row is a copy, so what is written to it never reaches the frame", related=related, confidence=confidence)
    every: Runs = project.derive(runs)
    found: dict[tuple[object, str], list[FrameWrite]] = {}
    examples = set()
    for run in every:
        if not is_left_out(run.role):
            for frame_write in frame_writes(run):
                found.setdefault((frame_write.loop.site, frame_write.kind), []).append(frame_write)
                if run.role == "example":
                    examples.add(frame_write.loop.site)
    for writes in found.values():
        yield _finding(writes, every, writes[0].loop.site in examples)


def _finding(writes: list[FrameWrite], every: Runs, is_example: bool) -> Finding:
    first = writes[0]
    sites = dict.fromkeys(write.event.site for write in writes if write.event.site != first.event.site)
    related = [every.location(first.loop.site, "the loop over the frame"), *(every.location(site, "and here") for site in list(sites)[:5])]
    confidence = Confidence.HIGH if first.kind == SHAPE else Confidence.MEDIUM
    if first.kind == SHAPE:
        message = "rows or columns of the frame come or go while the loop goes through it"
    else:
        message = "frame is written to while the loop goes through its rows, which keep their old values"
    return rule.finding(every.location(first.event), message, related=related, confidence=Confidence.LOW if is_example else confidence)
