"""Preprocessing step is fitted before the data are split in another function, module or cell.

What learns and what splits stand apart, so neither place looks wrong on its own: a helper scales the whole table, and the script that calls it splits
the result. The held-out rows have been seen all the same, and the score is better than the model.

Split first and let the helper fit on the training part alone, or hand a ``Pipeline`` with the step and the model to whoever trains.

Rows are followed through calls of the project's own functions and methods, attributes of objects, modules and notebook cells, up to a depth. What
unknown code does to them is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.leaks import BEFORE_SPLIT, leaks
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="DM203",
    summary="preprocessing step is fitted before the data are split elsewhere",
    consideration="data-quality",
    severity=Severity.ERROR,
    confidence=Confidence.MEDIUM,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/common_pitfalls.html#data-leakage",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each learning call whose rows are split in another place; the steps lead from the one to the other."""
    every: Runs = project.derive(runs)
    for leak in project.derive(leaks):
        if leak.kind == BEFORE_SPLIT and not leak.together:
            when = "split only later on" if leak.learnt.order < leak.split.order else "also split, with some held out"
            message = f"{leak.what} learns from all rows, which are {when}, in another place"
            yield rule.finding(every.location(leak.learnt), message, related=leak.steps, confidence=leak.confidence)
