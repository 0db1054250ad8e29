"""Model is judged only on the rows it was fitted on.

A model that has learnt its training rows by heart answers them perfectly and is worth nothing on new ones. A figure of those rows says how well the
model can remember, not how well it predicts, and without a second figure from rows it has not seen nobody can tell the one from the other.

Hold rows out before the fit (``train_test_split``, a later period, another file) and judge by those, or use ``cross_val_score``; a training figure
is fine beside a held-out one.

Rows are the same when they are one value, or were chosen or transformed in the same way from one. Silent when the model is judged on any other rows
anywhere in the project: a metric, cross-validation, out-of-bag or best score, validation data of the fit, predictions compared by hand, a plot from
held-out rows; when a model that is loaded elsewhere is judged there; when another model of the same class is judged on other rows in the same
program; and for clustering, outlier detection, label propagation and weighted errors inside a boosting algorithm. Fits of a regression that holds
nothing back have medium confidence, because R² may be meant to describe the rows, and those of a single feature low.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.runs import REQUIRES, Runs, apart, runs
from mlops_lint.facts.training_metrics import WITHIN, training_metrics

rule = Rule(
    code="CL101",
    summary="model is judged only on the rows it was fitted on",
    consideration="feedback-loops",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/modules/cross_validation.html",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each model that is judged on its training rows alone, at the first such metric."""
    every: Runs = project.derive(runs)
    for one in project.derive(training_metrics):
        related = [every.location(one.fit, "fitted on these rows here")]
        related.extend(every.location(call, "judged from here") for call in apart(one.event.stack, one.fit.stack)[-2:])
        related.extend(every.location(other, "judged on them here too") for other in one.others[:3])
        rows = "rows among which are those that it was fitted on" if one.how == WITHIN else "the rows that it was fitted on"
        message = f"{every.written(one.event)} judges the model by {rows}, and nothing judges it by others"
        yield rule.finding(every.location(one.event), message, related=related, confidence=one.confidence)
