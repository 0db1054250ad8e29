"""Training metrics: models that are judged on the rows they were fitted on, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlops_lint.core.finding import Confidence
from mlops_lint.facts.judgements import seen_by
from mlops_lint.facts.runs import Run, Runs, runs
from mlops_lint.facts.same_value import is_same, unwrapped
from mlops_lint.flow.models.learning import held_learners
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Site
from mlops_lint.project.project import Project

SAME, WITHIN = "same", "within"
"""The very rows of the fit are judged, or rows among which they are."""

_JUDGED_KINDS = frozenset({"classifier", "regressor", "keras-model", "booster", "search"})
_LEFT_ALONE = frozenset({"clusterer", "detector", "calibrator", "trainer"})
_TRANSDUCTIVE = frozenset({"LabelPropagation", "LabelSpreading", "SelfTrainingClassifier"})
_ANY_MODEL = frozenset({"Pipeline", "make_pipeline", "Sequential", "Model", "GridSearchCV", "RandomizedSearchCV", "train", "clone", "fit"})
_HELD_OUT_KEYWORDS = ("validation_data", "validation_split", "eval_set", "evals", "valid_sets", "X_val", "eval_data")
_HELD_OUT_FIGURES = (
    "best_score_",
    "cv_results_",
    "oob_score_",
    "oob_prediction_",
    "oob_decision_function_",
    "best_validation_score_",
    "evals_result_",
)
_SHOWS = ("matplotlib.", "seaborn.", "plotly.", "pandas.", "builtins.", "numpy.save", "joblib.", "pickle.")

Key = Site | int
"""What tells one model from another: where it is made, or the thing itself."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingMetric:
    """A metric (``event``) of a model on rows that its ``fit`` saw; ``others`` are further ones of the same model."""

    event: Event
    fit: Event
    run: Run
    how: str
    others: tuple[Event, ...]
    confidence: Confidence


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """A model that is asked about some rows, in a metric or on the way to it."""

    learner: Thing
    features: Thing | None
    asked: Event


def training_metrics(project: Project) -> tuple[TrainingMetric, ...]:
    """The models of a project that are judged on their own training rows only, each at its first metric."""
    every: Runs = project.derive(runs)
    if not any(run.trace.with_role("metric") for run in every):
        return ()
    strangers = {path for run in every for path in _judged_strangers(run)}
    loaded_are_judged = any(_is_loaded(look.learner) for run in every for metric in run.trace.with_role("metric") for look in _looks(metric))
    elsewhere = {key for run in every if run.role != "vendored" for key in _judged(run)}
    found: dict[Site, TrainingMetric] = {}
    for run in every:
        if run.role in ("test", "vendored") or run.trace.truncated:
            continue
        for one in _of_run(run, elsewhere, loaded_are_judged, strangers):
            found.setdefault(one.event.site, one)
    return tuple(found[site] for site in sorted(found))


def _of_run(run: Run, judged: set[Key], loaded_are_judged: bool, strangers: set[str]) -> Iterator[TrainingMetric]:
    saved = {key for event in run.trace.with_role("save") for thing in event.operands.get("saved", ()) for key in _keys(thing)}
    classes = _judged_classes(run)
    groups: dict[frozenset[Key], list[tuple[Event, Event, str]]] = {}
    for metric in run.trace.with_role("metric"):
        looks = list(_looks(metric))
        seen = [_seen_rows(look) for look in looks]
        if not looks or not all(seen) or not all(_can_be_judged(look.learner) for look in looks) or _is_weighted(metric):
            continue
        keys = frozenset(key for look in looks for key in _keys(look.learner))
        if keys & judged or metric.site.path in strangers or (loaded_are_judged and keys & saved) or "vif" in metric.function.lower():
            continue
        if any(_classes(look.learner) & classes for look in looks):
            continue
        fit, how = next(one for one in seen if one is not None)
        groups.setdefault(keys, []).append((metric, fit, how))
    for found in groups.values():
        metric, fit, how = found[0]
        others = tuple(dict.fromkeys(event for event, _, _ in found[1:] if event.site != metric.site))
        yield TrainingMetric(metric, fit, run, how, others, _confidence(metric, fit, how, run))


def _confidence(metric: Event, fit: Event, how: str, run: Run) -> Confidence:
    if run.role == "example":
        return Confidence.LOW
    learner = fit.operands.get("learner")
    is_regression = isinstance(learner, Thing) and learner.is_a("regressor") and not learner.is_a("classifier")
    if is_regression and _is_curve(fit.operands.get("features")):
        return Confidence.LOW
    if how == WITHIN or run.program is None or (is_regression and not run.trace.with_role("split")):
        return Confidence.MEDIUM
    return Confidence.HIGH


def _is_curve(features: object) -> bool:
    """Whether there is a single feature, so that the fit may be meant as a line through the points."""
    if not isinstance(features, Thing):
        return False
    for one in (features, *features.ancestors(6)):
        if one.how[:1] == ("columns",) and isinstance(one.how[1], tuple):
            return len(one.how[1]) == 1
        if one.event is not None and one.event.method == "reshape" and [seen.constant for seen in one.event.args[-2:]] == [-1, 1]:
            return True
    return False


# -- who is asked about what ---------------------------------------------------------------------------------------------------------------------------


def _looks(metric: Event) -> Iterator[_Look]:
    """The models whose answers a metric judges, with the rows they were asked about."""
    if "score" in metric.roles:
        learner, features = metric.operands.get("learner"), metric.operands.get("features")
        if isinstance(learner, Thing):
            yield _Look(learner, features if isinstance(features, Thing) else None, metric)
        return
    predicted = seen_by(metric, metric.operands.get("predicted"))
    truth = seen_by(metric, metric.operands.get("truth"))
    for side in (predicted, truth):
        events = [tag.event for tag in side.tagged("predicted") if tag.event is not None] if side is not None else []
        for asked in events:
            learner = asked.operands.get("learner")
            features = asked.operands.get("asked", asked.operands.get("features"))
            if isinstance(learner, Thing):
                yield _Look(learner, features if isinstance(features, Thing) else None, asked)
        if events:
            return


def _seen_rows(look: _Look) -> tuple[Event, str] | None:
    """The fit that saw the rows that a model is asked about, and how: as the very same, or among others."""
    fits = [event for event in look.learner.fits() if event.order < look.asked.order]
    if not fits or look.features is None or "cross-validate" in look.asked.roles:
        return None
    fit = fits[-1]
    learnt = fit.operands.get("features")
    if not isinstance(learnt, Thing):
        return None
    if is_same(learnt, look.features):
        return fit, SAME
    learnt = unwrapped(learnt)
    for tag in learnt.tagged("part", "train"):
        data = tag.event.operands.get("data", ()) if tag.event is not None else ()
        if any(isinstance(one, Thing) and is_same(one, look.features) for one in data) and not look.features.tagged("part"):
            return fit, WITHIN
    return None


def _can_be_judged(learner: Thing) -> bool:
    if _classes(learner) & _TRANSDUCTIVE or not learner.kinds & _JUDGED_KINDS or learner.kinds & _LEFT_ALONE:
        return False
    if any(learner.field(name) is not None for name in _HELD_OUT_FIGURES):
        return False
    fits = learner.fits()
    if any(fit.argument(name) is not None for fit in fits for name in _HELD_OUT_KEYWORDS):
        return False
    return bool(learner.kinds & {"keras-model", "booster", "spark-estimator"}) or any(isinstance(fit.operands.get("target"), Thing) for fit in fits)


def _is_weighted(metric: Event) -> bool:
    """Whether rows are weighted, as a boosting algorithm does that looks at its own training error."""
    return metric.argument("sample_weight") is not None


# -- who is judged elsewhere -------------------------------------------------------------------------------------------------------------------------------


def _judged(run: Run) -> Iterator[Key]:
    """The models that are judged on other rows than those of their fit, somehow."""
    for metric in run.trace.with_role("metric"):
        for look in _looks(metric):
            if _seen_rows(look) is None:
                yield from _keys(look.learner)
    for event in run.trace.with_role("cross-validate"):
        learner = event.operands.get("learner")
        if isinstance(learner, Thing):
            yield from _keys(learner)
            for inner in held_learners(learner):
                yield from _keys(inner)
    for event in run.trace.with_role("search"):
        learner = event.operands.get("learner")
        if isinstance(learner, Thing) and any(learner.field(name) is not None for name in _HELD_OUT_FIGURES):
            for inner in held_learners(learner):
                yield from _keys(inner)
    yield from _judged_by_hand(run)


def _judged_classes(run: Run) -> frozenset[str]:
    """The classes of models of which another one is judged on other rows: what came before was a first step."""
    found: set[str] = set()
    for metric in run.trace.with_role("metric"):
        for look in _looks(metric):
            if _seen_rows(look) is None and look.learner.fits():
                found |= _classes(look.learner)
    return frozenset(found - _ANY_MODEL)


def _classes(learner: Thing) -> set[str]:
    return {name.rpartition(".")[2] for one in learner.each() if one.event is not None for name in one.event.names}


def _judged_by_hand(run: Run) -> Iterator[Key]:
    """Models whose predictions for other rows are compared, subtracted or handed to a stranger beside something else, or that are handed on with such rows."""
    asked: dict[Event, Thing] = {}
    for event in run.trace.with_role("predict"):
        learner, features = event.operands.get("learner"), event.operands.get("features")
        if not isinstance(learner, Thing):
            continue
        if _seen_rows(_Look(learner, features if isinstance(features, Thing) else None, event)) is None:
            asked[event] = learner
            seen = seen_by(event, features)
            if seen is not None and seen.tagged("part", "test"):
                yield from _keys(learner)
    for event in run.trace.select(_is_run_again):
        # The function would have run once more, and nobody looked with which rows.
        for seen in event.args:
            yield from _keys(seen.thing)
    for event in run.trace.select(_may_judge):
        yield from _judged_with(event, asked)


def _is_run_again(event: Event) -> bool:
    return event.what == "again"


def _may_judge(event: Event) -> bool:
    """Whether a call is given a model or predictions, and none of the tables knows what it does with them."""
    if event.what != "call" or event.roles & {"fit", "predict", "save", "transform"}:
        return False
    given = event.inputs() if event.receiver is None else (*event.inputs(), event.receiver)
    return any(seen.tagged("predicted") or any(one.learned for one in seen.thing.each()) for seen in given)


def _judged_with(event: Event, asked: dict[Event, Thing]) -> Iterator[Key]:
    inputs = [*event.inputs(), *([event.receiver] if event.receiver is not None else [])]
    for seen in inputs:
        answered = [tag.event for tag in seen.tags if tag.name == "predicted" and tag.event in asked]
        if not answered:
            if seen.thing.fits() and seen is not event.receiver and event.names and not all(name.startswith(_SHOWS) for name in event.names):
                yield from _shown(seen.thing, event)
            continue
        is_worked_on = any(one.how[:1] in (("compare",), ("binary",)) for one in (seen.thing, *seen.thing.ancestors(15)))
        beside = [other for other in event.inputs() if other is not seen and other.origins and not other.tagged("predicted")]
        is_handed_on = bool(beside and event.names) and not any(name.startswith(_SHOWS) for name in event.names)
        if is_worked_on or is_handed_on:
            for one in answered:
                if one is not None:
                    yield from _keys(asked[one])


def _shown(learner: Thing, event: Event) -> Iterator[Key]:
    """A fitted model is handed to a stranger with other rows than those it was fitted on: a plot, a report."""
    for other in event.inputs():
        if other.thing is learner or not other.origins or other.thing.fits():
            continue
        if _seen_rows(_Look(learner, other.thing, event)) is None and other.is_a("dataframe", "series", "array"):
            fits = learner.fits()
            targets = [fit.operands.get("target") for fit in fits]
            if not any(isinstance(target, Thing) and is_same(target, other.thing) for target in targets):
                yield from _keys(learner)


def _judged_strangers(run: Run) -> Iterator[str]:
    """The files in which a model that somebody hands over is judged: it may be any of those that are fitted there."""
    if run.role == "vendored":
        return
    for metric in run.trace.with_role("metric"):
        for look in _looks(metric):
            if not look.learner.fits() and not _is_loaded(look.learner):
                yield metric.site.path
    for event in run.trace.select(_scores):
        yield event.site.path


def _scores(event: Event) -> bool:
    return event.method in ("score", "evaluate") and not event.roles and event.receiver is not None and not event.names and bool(event.args)


def _is_loaded(learner: Thing) -> bool:
    return any(one.is_a("loaded") or (one.event is not None and "load" in one.event.roles) for one in (learner, *learner.ancestors(12)))


def _keys(learner: Thing) -> Iterable[Key]:
    for one in learner.each():
        if one.event is not None and one.event.what == "call":
            yield one.event.site
        elif not one.alternatives:
            yield id(one)
