"""Leaks: where something is learnt from rows that are later held out to judge it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlops_lint.core.finding import Confidence, Location
from mlops_lint.facts.label_columns import Columns
from mlops_lint.facts.runs import Run, Runs, apart, runs
from mlops_lint.flow.things import Tag, Thing
from mlops_lint.flow.trace import Event, Seen
from mlops_lint.project.project import Project

BEFORE_SPLIT, RESAMPLED, OUTSIDE_FOLDS, ON_HELD_OUT = "before-split", "resampled", "outside-folds", "on-held-out"

_USES = ("predict", "score", "metric", "fit", "apply", "cross-validate")


@dataclass(frozen=True, slots=True, eq=False)
class Leak:
    """One leak.

    ``learnt`` is the call that learns, ``split`` the split (or cross-validation) whose held-out rows it has seen; they stand ``together`` when both are in one
    function, module body or cell. ``what`` names the learner as a user would; ``steps`` lead from the one to the other.
    """

    kind: str
    learnt: Event
    split: Event
    run: Run
    together: bool
    confidence: Confidence
    what: str
    steps: tuple[Location, ...]


def leaks(project: Project) -> tuple[Leak, ...]:
    """The leaks of a project, each learning call once, in order of place."""
    every: Runs = project.derive(runs)
    found: dict[tuple[str, int, str], Leak] = {}
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for leak in _leaks_of(run, every):
            group = BEFORE_SPLIT if leak.kind in (BEFORE_SPLIT, OUTSIDE_FOLDS) else leak.kind
            # What one statement boils down in several figures is one defect.
            place = leak.learnt.statement if "aggregate" in leak.learnt.roles else leak.learnt.site.start
            key = (leak.learnt.site.path, place, group)
            known = found.get(key)
            # One defect, one finding: a split comes before folds, and what stands close together before what is far apart.
            if known is None or (leak.kind == BEFORE_SPLIT and known.kind == OUTSIDE_FOLDS):
                found[key] = leak
    return tuple(sorted(found.values(), key=_place))


def _leaks_of(run: Run, every: Runs) -> Iterator[Leak]:
    trace = run.trace
    for split in trace.with_role("split"):
        for data in _features_of_split(split):
            for tag in data.tagged("learned"):
                if tag.event is not None and _saw_whole(tag.event, split):
                    yield _leak(BEFORE_SPLIT, tag.event, split, run, every)
            for tag in data.tagged("resampled"):
                if tag.event is not None:
                    yield _leak(RESAMPLED, tag.event, split, run, every)
    for use in trace.with_role("transform", "fit", "predict", "score"):
        features = _seen(use, use.operands.get("features"))
        if features is None:
            continue
        learnt = {tag.event for tag in features.tagged("learned")}
        if "transform" in use.roles and "fit" not in use.roles and use.receiver is not None:
            learnt |= {event for event in use.receiver.thing.fits() if event.order < use.order and "learn" in event.roles}
        learnt.update(_adapted(use))
        for part in features.tagged("part"):
            for event in sorted((one for one in learnt if one is not None), key=_order):
                if part.event is None or not _same_rows(event, part.event):
                    continue
                if _saw_whole(event, part.event) or _saw_what_was_split(event, part.event):
                    yield _leak(BEFORE_SPLIT, event, part.event, run, every)
    for judged in (*trace.with_role("cross-validate"), *trace.with_role("search")):
        features = _seen(judged, judged.operands.get("features"))
        for tag in features.tagged("learned") if features is not None else ():
            if (
                tag.event is not None
                and tag.event.order < judged.order
                and "embedding" not in _kinds_of_learner(tag.event)
                and _is_outside_folds(tag.event)
            ):
                yield _leak(OUTSIDE_FOLDS, tag.event, judged, run, every)
        for tag in features.tagged("resampled") if features is not None else ():
            if tag.event is not None and tag.event.order < judged.order:
                yield _leak(RESAMPLED, tag.event, judged, run, every)
    yield from _on_held_out(run, every)


def _adapted(use: Event) -> Iterator[Event]:
    """What the layers of a network have learnt from rows before the network was trained."""
    learner = use.operands.get("learner")
    if isinstance(learner, Thing) and learner.is_a("keras-model"):
        for layer in learner.ancestors(120):
            if layer.is_a("adapting-layer"):
                yield from (event for event in layer.fits() if event.order < use.order)


def _on_held_out(run: Run, every: Runs) -> Iterator[Leak]:
    for fit in run.trace.with_role("fit"):
        features = _seen(fit, fit.operands.get("features"))
        learner = fit.operands.get("learner")
        kinds = learner.kinds if isinstance(learner, Thing) else frozenset()
        if features is None or not kinds or kinds & {"stateless", "label-encoder", "calibrator", "embedding", "detector", "clusterer"}:
            continue
        learns = bool(fit.roles & {"learn", "resample"})
        for tag in (*features.tagged("part", "test"), *features.tagged("told", "test")):
            split = tag.event
            if split is None or "sliced" in split.roles:
                continue
            joined = any(other.event is split and other.detail == "train" for other in features.tagged(tag.name))
            if joined and (not learns or tag.name == "told"):
                continue  # fitted once more on everything, after judging; or learnt from whatever was at hand
            if learns and not _is_used(fit, run) and not _is_fitted_anew(fit, tag, run):
                continue  # looked at, not judged with
            yield _leak(ON_HELD_OUT, fit, split, run, every)
            break


def _is_used(fit: Event, run: Run) -> bool:
    """Whether what a fit gave is judged or learnt from further on."""
    learner = fit.operands.get("learner")
    for use in run.trace.with_role(*_USES):
        if use.order <= fit.order:
            continue
        for seen in (*use.inputs(), *([use.receiver] if use.receiver is not None else [])):
            if any(tag.event is fit for tag in seen.tags):
                return True
            if seen.thing is learner and "predict" in use.roles:
                return True
    return False


def _is_fitted_anew(fit: Event, held_out: Tag, run: Run) -> bool:
    """Whether the same step was fitted on the training part too: then both are meant to become input of one model."""
    kinds = _kinds_of_learner(fit)
    if not kinds & {"scaler", "imputer", "vectorizer", "selector", "target-encoder", "category-encoder"}:
        return False
    for other in run.trace.with_role("learn"):
        features = _seen(other, other.operands.get("features"))
        if other.order > fit.order or features is None or _kinds_of_learner(other) != kinds or features.tagged(held_out.name, "test"):
            continue
        if any(tag.event is held_out.event for tag in features.tagged(held_out.name, "train")):
            return True
    return False


def _features_of_split(split: Event) -> Iterator[Seen]:
    """What a split takes apart, as it was then, the target left out."""
    data = [thing for thing in split.operands.get("data", ()) if isinstance(thing, Thing)]
    if len(data) > 1:
        data = data[:-1]
    for thing in data:
        seen = _seen(split, thing)
        yield seen if seen is not None else Seen(thing, thing.kinds, thing.tags, thing.origins)
        if thing.owner is not None:
            # A dataset of the project's own: its rows are what it holds.
            for held in (thing.fields or {}).values():
                yield Seen(held, held.kinds, held.tags, held.origins)


def _seen(event: Event, thing: object) -> Seen | None:
    """A thing as an event saw it."""
    if not isinstance(thing, Thing):
        return None
    for seen in (*event.inputs(), *([event.receiver] if event.receiver is not None else [])):
        if seen.thing is thing:
            return seen
    return None


def _saw_whole(learnt: Event, split: Event) -> bool:
    """Whether something was learnt before a split, from rows that no split had touched."""
    if learnt.order >= split.order or learnt.excludes(split):
        return False
    if "embedding" in _kinds_of_learner(learnt) or "stateless" in _kinds_of_learner(learnt):
        return False
    source = learnt.operands.get("features", learnt.operands.get("data"))
    seen = _seen(learnt, source)
    return seen is not None and not seen.tagged("part")


def _saw_what_was_split(learnt: Event, split: Event) -> bool:
    """Whether something was learnt after a split, but from the very table that was split."""
    if learnt.order < split.order or learnt.excludes(split) or _kinds_of_learner(learnt) & {"embedding", "stateless", "label-encoder"}:
        return False
    source = learnt.operands.get("features", learnt.operands.get("data"))
    seen = _seen(learnt, source)
    if seen is None or seen.tagged("part") or "folds" in split.roles:
        return False
    whole = {id(one) for one in split.operands.get("data", ())}
    return any(id(one) in whole for one in (seen.thing, *seen.thing.ancestors(8)))


def _same_rows(learnt: Event, split: Event) -> bool:
    source = _seen(learnt, learnt.operands.get("features", learnt.operands.get("data")))
    rows = {origin for data in split.operands.get("data", ()) if isinstance(data, Thing) for origin in data.origins}
    return source is not None and not rows.isdisjoint(source.origins)


def _is_outside_folds(learnt: Event) -> bool:
    """Whether something was learnt from rows that were not folds themselves."""
    source = _seen(learnt, learnt.operands.get("features", learnt.operands.get("data")))
    parts = source.tagged("part") if source is not None else ()
    # A predictor is worked into features only by a selector that chooses by it.
    learns = bool(learnt.roles & {"learn", "aggregate", "train"})
    return learns and not any(tag.event is not None and "folds" in tag.event.roles for tag in parts)


def _kinds_of_learner(event: Event) -> frozenset[str]:
    learner = event.operands.get("learner")
    return learner.kinds if isinstance(learner, Thing) else frozenset()


def _leak(kind: str, learnt: Event, split: Event, run: Run, every: Runs) -> Leak:
    together = every.together(learnt, split)
    confidence = Confidence.HIGH if together else Confidence.MEDIUM
    if "category-encoder" in _kinds_of_learner(learnt):
        confidence = Confidence.LOW if kind == OUTSIDE_FOLDS else Confidence.MEDIUM
    if "aggregate" in learnt.roles or not _kinds_of_learner(learnt):
        confidence = min(confidence, Confidence.MEDIUM)
    if "aggregate" in learnt.roles and _is_of_groups(learnt) and not _is_of_target(learnt, run):
        confidence = Confidence.LOW  # what a customer has bought so far is a feature like any other
    if run.role == "example":
        confidence = Confidence.LOW
    return Leak(kind, learnt, split, run, together, confidence, _name_of(learnt), tuple(_steps(learnt, split, every)))


def _is_of_groups(figure: Event) -> bool:
    """Whether a figure was worked out for each group of rows, by ``groupby`` or in a loop over the groups."""
    source = figure.operands.get("data")
    if not isinstance(source, Thing):
        return False
    if source.is_a("groupby"):
        return True
    for _ in range(6):
        if source.how[:1] not in (("rows",), ("column",), ("attribute",), ("columns",)) or not isinstance(source.how[2], Thing):
            return False
        key = source.how[1]
        if (
            isinstance(key, Thing)
            and (key.is_a("mask") or key.how[:1] == ("compare",))
            and any(one.how[:1] in (("element",), ("part",)) for one in (key, *key.ancestors(12)))
        ):
            return True
        source = source.how[2]
    return False


def _is_of_target(figure: Event, run: Run) -> bool:
    """Whether a figure was worked out of the column that a model of the run is to predict."""
    source = figure.operands.get("data")
    name = source.how[1] if isinstance(source, Thing) and source.how[:1] in (("column",), ("item",)) else None
    if not isinstance(name, str):
        return False
    columns = Columns(run.trace)
    for event in run.trace.with_role("split", "train", "cross-validate"):
        data = event.operands.get("data", ())
        target = data[-1] if len(data) > 1 else event.operands.get("target")
        if isinstance(target, Thing) and any(label.column == name for label in columns.labels(target)):
            return True
    return False


def _name_of(event: Event) -> str:
    """How a user calls what learns: the class of the learner, or the method that boils rows down."""
    learner = event.operands.get("learner")
    made = learner.event if isinstance(learner, Thing) else None
    if made is not None and made.names:
        name = min(made.names).rpartition(".")[2]
        # `Normalization`, `Imputer`, `Lasso` would look like the first word of a sentence.
        return name if any(letter.isupper() for letter in name[1:]) else f"the step {name}"
    return f"{event.method}()" if event.method else "a fitted step"


def _steps(learnt: Event, split: Event, every: Runs) -> Iterator[Location]:
    """From where the rows come to where they are taken apart, by way of the calls of the project's own functions."""
    shown = {learnt.site}
    source = learnt.operands.get("features", learnt.operands.get("data"))
    origins: Iterable[Event] = source.origins if isinstance(source, Thing) else ()
    for origin in sorted((one for one in origins if "read" in one.roles), key=_order)[:1]:
        shown.add(origin.site)
        yield every.location(origin, "the rows are read here")
    for call in apart(learnt.stack, split.stack):
        if call.site not in shown:
            shown.add(call.site)
            yield every.location(call, f"{call.method or 'this call'} leads to what learns")
    if split.site not in shown:
        shown.add(split.site)
        note = "and held out here" if "split" in split.roles else "and judged in folds here"
        if split.what == "parameter" or "read" in split.roles:
            note = "the rows to learn from come in here"
        yield every.location(split, note)
    for call in apart(split.stack, learnt.stack):
        if call.site not in shown:
            shown.add(call.site)
            yield every.location(call, f"{call.method or 'this call'} leads to the split")


def _place(leak: Leak) -> tuple[str, int, str]:
    return (leak.learnt.site.path, leak.learnt.site.start, leak.kind)


def _order(event: Event) -> int:
    return event.order
