"""Prediction and truth have changed places in a metric.

Most metrics are not the same both ways: precision becomes recall, the columns of a report count the wrong class, R² is measured against the spread
of the predictions, and an AUC is worked out with the predictions as labels. Nothing fails; the model is judged, and chosen, by another figure than
the one that is reported.

Give scikit-learn and Keras the truth first, ``metric(y_true, y_pred)``, and TorchMetrics the prediction first, ``metric(preds, target)``; or name
both.

Follows values from ``predict`` (or a network's output) through functions, modules and cells; what a variable is called decides nothing. Silent
where the order changes nothing (accuracy, squared and absolute errors, F1 unless it is weighted by class, Matthews, kappa), and where both sides
are predictions, as when two models are compared, or where either side is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.judgements import Judgement, answers, is_known_truth, is_said_to_be_true, judgements, order_matters
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="CL102",
    summary="prediction and truth have changed places in a metric",
    consideration="feedback-loops",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/modules/model_evaluation.html", "https://lightning.ai/docs/torchmetrics/stable/"),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each metric that is given a prediction where the truth belongs, and the truth where the prediction does."""
    every: Runs = project.derive(runs)
    reported = set()
    for one in project.derive(judgements):
        if one.event.site in reported or not order_matters(one):
            continue
        truth, predicted = one.written
        made = answers(one.truth)
        if not made or is_said_to_be_true(truth) or not is_known_truth(one.predicted, predicted) or _is_turned(one):
            continue
        reported.add(one.event.site)
        order = "second" if one.metric.predicted_first else "first"
        message = f"{every.written(one.event)} takes the truth {order}, and is given the prediction there"
        confidence = Confidence.LOW if one.run.role == "example" else Confidence.HIGH
        related = [every.location(made[0], "predicted here")] if made[0].site != one.event.site else []
        yield rule.finding(every.location(one.event), message, related=related, confidence=confidence)


def _is_turned(one: Judgement) -> bool:
    """Whether a confusion matrix is turned on purpose: transposed, or shown with its axes named that way."""
    if not one.event.method.startswith(("confusion_matrix", "binary_confusion", "multiclass_confusion")):
        return False
    if one.event.result.field("T") is not None:
        return True
    for event in one.run.trace.events:
        if event.method in ("xlabel", "set_xlabel") and event.site.path == one.event.site.path and event.args:
            said = event.args[0].constant
            if isinstance(said, str) and any(word in said.lower() for word in ("true", "actual", "truth")):
                return True
        if event.method == "transpose" and any(
            seen.thing is one.event.result for seen in (*event.inputs(), *([event.receiver] if event.receiver else []))
        ):
            return True
    return False
