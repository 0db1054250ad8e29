"""Preprocessing step is fitted before the data are split.

A scaler, imputer, encoder or selector that is fitted on all rows has seen the rows that are held out to judge the model: their mean, their spread,
their words, their link with the target. The score on them is then better than the score on data that nobody has seen, and the model is worse than it
looks.

Split first and fit on the training part alone, or put the step into a ``Pipeline`` together with the model.

Followed through variables, attributes and library calls inside one function, module body or notebook cell; ``leak-across-functions`` has the rest.
``LabelEncoder`` and steps that learn nothing from the rows (``Normalizer``, ``HashingVectorizer`` …) are left alone, and so is a step that only feeds
a plot.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.leaks import BEFORE_SPLIT, Leak, leaks
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="DM202",
    summary="preprocessing step is fitted before the data are split",
    consideration="data-quality",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/common_pitfalls.html#data-leakage",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each learning call whose rows are split later on in the same place."""
    every: Runs = project.derive(runs)
    for leak in project.derive(leaks):
        if leak.kind == BEFORE_SPLIT and leak.together:
            yield rule.finding(every.location(leak.learnt), message(leak), related=leak.steps, confidence=leak.confidence)


def message(leak: Leak) -> str:
    """What was learnt, and from which rows."""
    if leak.learnt.order > leak.split.order:
        return f"{leak.what} learns from all rows, though some of them were held out before"
    return f"{leak.what} learns from all rows before they are split, so it has seen the held-out ones"
