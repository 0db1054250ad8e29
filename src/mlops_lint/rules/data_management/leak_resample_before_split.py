"""Rows are resampled before they are split.

Oversampling copies or blends rows. When the split comes afterwards, copies of one row stand on both sides, and the model is tested on rows that it
has learnt by heart. Undersampling before the split changes the share of classes that the test is meant to have.

Split first and resample the training part alone; in cross-validation put the sampler into an ``imblearn.pipeline.Pipeline``.

Knows the samplers of imbalanced-learn and ``sklearn.utils.resample``. Augmentation written by hand is not recognised.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.leaks import RESAMPLED, leaks
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="DM205",
    summary="rows are resampled before they are split",
    consideration="data-quality",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/common_pitfalls.html#data-leakage",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each resampling whose rows are split, or judged in folds, later on."""
    every: Runs = project.derive(runs)
    for leak in project.derive(leaks):
        if leak.kind == RESAMPLED:
            message = f"{leak.what} makes other rows before the split, so that held-out rows resemble those learnt from"
            yield rule.finding(every.location(leak.learnt), message, related=leak.steps, confidence=leak.confidence)
