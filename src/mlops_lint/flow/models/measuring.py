"""Measuring: metrics as functions and as objects that are filled batch by batch."""

from __future__ import annotations

from mlops_lint.flow.models.call import ROW_TAGS, Call, Model
from mlops_lint.flow.models.selection import judged
from mlops_lint.flow.things import Thing
from mlops_lint.knowledge.metrics import Metric, metric_of, metric_of_class

_MEASURED = ROW_TAGS | {"predicted"}


def measured(call: Call) -> Thing | None:
    """A metric: what is predicted held against what is true."""
    metric = next((found for name in sorted(call.event.names) if (found := metric_of(name)) is not None), None)
    if metric is None:
        return None
    _note(call, metric)
    return judged(call, call.gives("number", without=_MEASURED), call.event.operands["truth"])


def made(call: Call) -> Thing | None:
    """The constructor of a metric that is an object: ``torchmetrics.Precision(…)``, ``keras.metrics.AUC()``."""
    metric = next((found for name in sorted(call.event.names) if (found := metric_of_class(name)) is not None), None)
    if metric is None:
        return None
    return Thing(frozenset({"metric-object"}), event=call.event, how=("metric", metric))


def evaluated(call: Call) -> Thing | None:
    """``BinaryClassificationEvaluator().evaluate(predictions)`` of Spark."""
    made = call.receiver.event if call.receiver is not None else None
    if made is None or not any(name.startswith("pyspark.ml.evaluation.") for name in made.names):
        return None
    call.role("metric")
    call.event.note({"predicted": call.argument("dataset", 0)})
    return call.gives("number", without=_MEASURED)


def moved(call: Call) -> Thing | None:
    """``metric.to(device)``: the same object."""
    return call.receiver


def filled(call: Call) -> Thing | None:
    """``metric(preds, target)``, ``metric.update(preds, target)``, ``metric.update_state(y_true, y_pred)``."""
    receiver = call.receiver
    if receiver is None or receiver.how[:1] != ("metric",):
        return None
    _note(call, receiver.how[1])
    return call.gives("number", without=_MEASURED)


def _note(call: Call, metric: Metric) -> None:
    call.role("metric")
    truth, predicted = (1, 0) if metric.predicted_first else (0, 1)
    call.event.note({"metric": metric, "truth": call.argument(metric.truth, truth), "predicted": call.argument(metric.predicted, predicted)})


FUNCTIONS: dict[str, Model] = {}
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {
    **{("metric-object", name): filled for name in ("__call__", "forward", "update", "update_state")},
    **{("metric-object", name): moved for name in ("to", "cpu", "cuda")},
}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {"evaluate": evaluated}
"""By method alone."""
