"""Preprocessing step is fitted outside cross-validation.

Cross-validation holds out one fold after the other, but a step that was fitted before has seen all folds. Every score is then a little too good, and
a search may choose the candidate that profits most.

Put the step and the model into a ``Pipeline`` and cross-validate that.

Knows ``cross_val_score`` and its kin and the searches of scikit-learn. A leak that also passes through a split is reported there.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.leaks import OUTSIDE_FOLDS, leaks
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="DM207",
    summary="preprocessing step is fitted outside cross-validation",
    consideration="data-quality",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/common_pitfalls.html#data-leakage",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each step whose result is cross-validated or searched over."""
    every: Runs = project.derive(runs)
    for leak in project.derive(leaks):
        if leak.kind == OUTSIDE_FOLDS:
            message = f"{leak.what} learns outside the folds that judge it"
            yield rule.finding(every.location(leak.learnt), message, related=leak.steps, confidence=leak.confidence)
