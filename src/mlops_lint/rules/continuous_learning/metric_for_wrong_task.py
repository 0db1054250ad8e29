"""Metric judges another task than the model's.

An accuracy of numbers counts exact hits, a squared error of class labels depends on how the classes happen to be numbered, and an AUC of labels
knows one threshold where it should know all: it ranks nothing, and comes out lower than that of the same model's probabilities. Some of these fail,
most of them give a figure that says little, and models are chosen by it.

Judge classes by ``predict``, AUC, average precision and log loss by ``predict_proba`` or ``decision_function``, and numbers by errors or R². A
regression model that stands for a classifier needs a threshold first.

Known are the models of scikit-learn, XGBoost, LightGBM, CatBoost and Keras (by the last layer), also inside pipelines and searches, the
``scoring=`` of cross-validation and searches, and ``make_scorer``. Predictions to which something unknown was done are left alone, and so are
unknown models, squared errors of probabilities (a Brier score) and an AUC of a regression model's values (a ranking as well). Where the same metric
of the same model is worked out from probabilities beside it, the difference is shown on purpose: low confidence.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.metric_tasks import mismatches
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="CL103",
    summary="metric judges another task than the model's",
    consideration="feedback-loops",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/modules/model_evaluation.html",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each metric that does not fit what it judges."""
    every: Runs = project.derive(runs)
    reported = set()
    for one in project.derive(mismatches):
        if one.event.site in reported:
            continue
        reported.add(one.event.site)
        note = "predicted here" if one.source is not None and "predict" in one.source.roles else "the model is made here"
        related = [every.location(one.source, note)] if one.source is not None and one.source.site != one.event.site else []
        metric = one.metric or every.written(one.event)
        confidence = Confidence.LOW if one.run.role == "example" else one.confidence
        yield rule.finding(every.location(one.event), f"{metric} {one.wants}, and is given {one.given}", related=related, confidence=confidence)
