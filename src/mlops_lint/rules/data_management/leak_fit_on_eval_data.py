"""Held-out rows are learnt from.

Rows that were set aside to judge a model tell nothing about it once something was fitted on them: a scaler fitted on the test part hides a shift
between the parts, and a model fitted on it is tested on what it knows.

Fit on the training part, and only ``transform`` or ``predict`` the held-out one.

Fitting once more on both parts after the model was judged is fine, and so are label encoders, calibration, choosing a threshold and early stopping on
a validation part. A step whose result is judged nowhere is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.leaks import ON_HELD_OUT, leaks
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="DM204",
    summary="held-out rows are learnt from",
    consideration="data-quality",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/common_pitfalls.html#data-leakage",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each fit on rows that a split had held out."""
    every: Runs = project.derive(runs)
    for leak in project.derive(leaks):
        if leak.kind == ON_HELD_OUT:
            message = f"{leak.what} is fitted on rows that were held out to judge it"
            yield rule.finding(every.location(leak.learnt), message, related=leak.steps, confidence=leak.confidence)
