"""Metrics that judge another task than the model's, or that are given another kind of prediction than they are made for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.core.finding import Confidence
from mlops_lint.facts.judgements import Judgement, judgements, order_matters
from mlops_lint.facts.predictions import Prediction, prediction_in
from mlops_lint.facts.runs import Run, runs
from mlops_lint.flow.models.answers import given_by
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Seen
from mlops_lint.knowledge.metrics import (
    CLASSIFICATION,
    LABELS,
    PROBABILITIES,
    RANKING_SCORINGS,
    REGRESSION,
    SCORES,
    SCORINGS,
    VALUES,
    Metric,
    metric_of,
)
from mlops_lint.project.project import Project

_SEARCHES = frozenset({"GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "RFECV", "SequentialFeatureSelector"})
_JUDGES = frozenset({"cross_val_score", "cross_validate", "learning_curve", "validation_curve", "permutation_test_score", "permutation_importance"})
_SCORER_SETTINGS = ("response_method", "needs_proba", "needs_threshold")
_KERAS_LOSSES = frozenset({"mse", "mae", "mape", "msle", "huber", "log_cosh", "logcosh"} | {f"mean_{one}_error" for one in ("squared", "absolute")})


@dataclass(frozen=True, slots=True, eq=False)
class Mismatch:
    """A metric (``event``, as the user writes it in ``metric``) that does not fit: ``given`` says what it is given or used on, ``wants`` what it is for.

    ``source`` is the call that predicted, or that made the model.
    """

    event: Event
    run: Run
    metric: str
    given: str
    wants: str
    source: Event | None
    confidence: Confidence


def mismatches(project: Project) -> tuple[Mismatch, ...]:
    """Every metric of the project that does not fit what it judges, tests and vendored files left out."""
    every = project.derive(judgements)
    found = [one for judgement in every for one in _of_judgement(judgement, every)]
    for run in project.derive(runs):
        if run.role not in ("test", "vendored"):
            found.extend(_of_scorings(run))
            found.extend(_of_compiled(run))
    return tuple(found)


# -- metrics of predictions --------------------------------------------------------------------------------------------------------------------------


def _of_judgement(one: Judgement, others: tuple[Judgement, ...]) -> Iterator[Mismatch]:
    made = prediction_in(one.predicted.thing)
    if made is None and not order_matters(one):
        made = prediction_in(one.truth.thing)  # in the other's place, which does no harm here
    if made is None:
        return
    given, confidence = _misfit(one.metric, made, one.event)
    if given:
        if made.detail in ("labels", "rounded") and _is_beside(one, made, others):
            confidence = Confidence.LOW
        yield Mismatch(one.event, one.run, "", given, _WANTS[one.metric.takes], made.event, confidence)


def _is_beside(one: Judgement, made: Prediction, others: tuple[Judgement, ...]) -> bool:
    """Whether the same metric of the same model is worked out from scores as well: somebody shows the difference."""
    learner = made.event.operands.get("learner")
    for other in others:
        if other.run is one.run and other.event.method == one.event.method and other.event.site != one.event.site:
            scores = prediction_in(other.predicted.thing)
            if scores is not None and scores.detail in ("probabilities", "scores") and scores.event.operands.get("learner") is learner:
                return True
    return False


_WANTS = {
    LABELS: "compares classes",
    SCORES: "ranks by a score, such as a probability",
    PROBABILITIES: "needs probabilities",
    VALUES: "measures the distance between numbers",
}


def _misfit(metric: Metric, made: Prediction, event: Event) -> tuple[str, Confidence]:
    """What a metric is given that it is not made for; empty where it fits, or nobody knows."""
    learner = made.event.operands.get("learner")
    kinds = learner.kinds if isinstance(learner, Thing) else frozenset()
    detail = made.detail
    if metric.takes == LABELS:
        if metric.predicted_first or detail not in ("probabilities", "scores", "values"):
            return "", Confidence.LOW
        return _GIVEN[detail], Confidence.HIGH
    if metric.takes == SCORES and event.method != "top_k_accuracy_score" and detail in ("labels", "rounded") and "clusterer" not in kinds:
        return "labels, which have lost the ranking", Confidence.HIGH
    is_sklearn = any(name.startswith("sklearn.") for name in event.names)
    if metric.takes == PROBABILITIES and is_sklearn and detail in ("labels", "rounded", "scores", "values") and "clusterer" not in kinds:
        return _GIVEN[detail], Confidence.HIGH
    if metric.takes == VALUES and detail == "labels" and kinds & {"classifier"}:
        return "the labels of a classifier", Confidence.HIGH if metric.matters != "never" else Confidence.MEDIUM
    return "", Confidence.LOW


_GIVEN = {
    "labels": "labels",
    "rounded": "rounded predictions",
    "probabilities": "probabilities",
    "scores": "scores",
    "values": "the numbers of a regression model",
}


# -- scoring= ----------------------------------------------------------------------------------------------------------------------------------------


def _of_scorings(run: Run) -> Iterator[Mismatch]:
    for event in run.trace.events:
        if event.what != "call" or not event.names or event.method not in _SEARCHES | _JUDGES:
            continue
        if not any(name.startswith(("sklearn.", "dask_ml.", "imblearn.", "cuml.")) for name in event.names):
            continue
        learner, scoring = event.argument("estimator", 0), event.argument("scoring")
        task = _task_of(learner) if learner is not None else ""
        if not task or scoring is None:
            continue
        made = learner.thing.event if learner is not None else None
        for one in _scorers(scoring):
            yield from _of_scorer(one, event, task, made, run)


def _task_of(learner: Seen) -> str:
    is_classifier, is_regressor = "classifier" in learner.kinds, "regressor" in learner.kinds
    if is_classifier == is_regressor:
        return ""
    return CLASSIFICATION if is_classifier else REGRESSION


def _scorers(scoring: Seen) -> list[Thing]:
    """The scorers that ``scoring=`` asks for: one, several, or several by name."""
    thing = scoring.thing
    if thing.items is not None:
        return thing.items
    if thing.is_a("dict"):
        return list((thing.fields or {}).values())
    return [thing]


def _of_scorer(one: Thing, event: Event, task: str, made: Event | None, run: Run) -> Iterator[Mismatch]:
    name = one.constant
    kind = "a classifier" if task == CLASSIFICATION else "a regression model"
    if isinstance(name, str):
        judged = SCORINGS.get(name)
        if judged is not None and judged != task and name not in RANKING_SCORINGS:
            yield Mismatch(event, run, f'scoring="{name}"', kind, _WANTS[LABELS if judged == CLASSIFICATION else VALUES], made, Confidence.HIGH)
        return
    scorer = one.event
    if scorer is None or not any(known.startswith("sklearn.metrics.") and known.endswith(".make_scorer") for known in scorer.names):
        return
    function = scorer.argument("score_func", 0)
    metric = (
        next((found for known in sorted(function.thing.names) if (found := metric_of(known)) is not None), None) if function is not None else None
    )
    if metric is None or function is None:
        return
    called = min(function.thing.names).rpartition(".")[2]
    if metric.task != task and metric.takes != SCORES:
        yield Mismatch(scorer, run, called, kind, _WANTS[metric.takes], made, Confidence.HIGH)
    elif (
        task == CLASSIFICATION and metric.takes in (SCORES, PROBABILITIES) and not scorer.unpacks and not any(map(scorer.argument, _SCORER_SETTINGS))
    ):
        yield Mismatch(scorer, run, called, "labels, as make_scorer hands on what predict gives", _WANTS[metric.takes], made, Confidence.HIGH)


# -- Keras -------------------------------------------------------------------------------------------------------------------------------------------


def _of_compiled(run: Run) -> Iterator[Mismatch]:
    """``model.compile(loss="mse", metrics=["accuracy"])`` of a model whose last layer gives numbers."""
    for event in run.trace.events:
        if event.method != "compile" or event.receiver is None or not event.receiver.is_a("keras-model"):
            continue
        loss, metrics = event.argument("loss", 1), event.argument("metrics", 2)
        asked = [one.constant for one in metrics.thing.items or ()] if metrics is not None else []
        if loss is None or not isinstance(loss.constant, str) or loss.constant.lower() not in _KERAS_LOSSES:
            continue
        if any(one in ("accuracy", "acc") for one in asked) and given_by(event.receiver.thing, "predict") == "values":
            yield Mismatch(event, run, "accuracy", "the numbers of a regression model", _WANTS[LABELS], event.receiver.thing.event, Confidence.HIGH)
