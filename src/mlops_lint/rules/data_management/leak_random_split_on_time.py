"""Rows that follow each other in time are split at random.

Each row of the test part then has neighbours from just before and just after it among the rows that were learnt from. In use, only the past is known:
the score of such a split says how well the model fills gaps, not how well it predicts.

Hold out the last rows: ``train_test_split(..., shuffle=False)``, a date to cut at, or ``TimeSeriesSplit`` for cross-validation.

Speaks of tables that are sorted or indexed by time, read as a series, or that hold features of earlier rows (``shift``, ``rolling`` and the like). A
column with a date alone says nothing about the order of rows, and after grouping by customer or another entity a row is no longer a point in time.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.runs import REQUIRES, Runs, runs
from mlops_lint.facts.time_order import LAGGED, Clock, Sign, random_splits

rule = Rule(
    code="DM209",
    summary="rows that follow each other in time are split at random",
    consideration="data-quality",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/modules/cross_validation.html#time-series-split",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each random split of rows in order of time."""
    every: Runs = project.derive(runs)
    reported: set[object] = set()
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        clock: Clock | None = None
        for split, data in random_splits(run):
            if split.site in reported:
                continue
            clock = clock or Clock(run)
            sign = next((found for one in data if (found := clock.sign(one)) is not None), None)
            if sign is None:
                continue
            reported.add(split.site)
            note = "features of neighbouring rows are made here" if sign.kind == LAGGED else "the rows are in order of time from here on"
            confidence = Confidence.LOW if run.role == "example" else Confidence.MEDIUM
            yield rule.finding(
                every.location(split),
                _message(every.written(split) or "the split", sign),
                related=[every.location(sign.event, note)],
                confidence=confidence,
            )


def _message(called: str, sign: Sign) -> str:
    if sign.kind == LAGGED:
        return f"{called} splits rows at random that hold features of their neighbours in time, so that the test part is partly known"
    return f"{called} splits rows at random that follow each other in time, so that the model learns from what comes after its test rows"
