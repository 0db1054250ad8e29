"""Choices: where one of several candidates is picked by its score on rows that a split had held out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlops_lint.core.finding import Location
from mlops_lint.facts.runs import Run, Runs
from mlops_lint.flow.things import Tag, Thing
from mlops_lint.flow.trace import Event, Seen

_FOR_CHOOSING = re.compile(r"val|dev|tun|calib|oof|_cv|cv_|hold_?out_?1|_v$|^v_|_va$|^va_", re.IGNORECASE)
"""Names of parts that are there to be chosen by."""
_CURVES = frozenset({"roc_curve", "precision_recall_curve", "det_curve"})
_STOPS = frozenset({"EarlyStopping", "early_stopping", "LightGBMPruningCallback", "ModelCheckpoint"})
_SHOWN = ("matplotlib.", "seaborn.", "plotly.")
_WATCHED = ("eval_set", "validation_data", "evals", "valid_sets", "eval_sets", "X_val", "validation_set")


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A choice by held-out rows: the call that ``scored`` them, what ``chose`` by it, the ``split`` they come from, and what is chosen."""

    scored: Event
    chose: Event
    split: Event
    what: str

    def steps(self, every: Runs) -> Iterator[Location]:
        """Where the rows were held out, and where the choice is made."""
        shown = {self.scored.site}
        for event, note in ((self.split, "the rows are held out here"), (self.chose, "and the choice is made here")):
            if event.site not in shown and event.site.end:
                shown.add(event.site)
                yield every.location(event, note)


def choices_of(run: Run) -> Iterator[Choice]:
    """The choices by a test part that no further held-out rows make good."""
    for chose in run.trace.with_role("choose"):
        scores = [event for event in chose.operands["scores"] if not _is_of_loaded(event)]
        if not scores or not _are_several(scores, chose, run) or _is_only_shown(chose, run):
            continue
        for scored in reversed(scores):
            split = _test_part(scored)
            if split is None or (chose.operands.get("many") and not _is_judged_after(chose, split, run)):
                continue
            if not _has_further_rows(scored, split, run):
                yield Choice(scored, chose, split, "candidates")
                break
    yield from _stopped_early(run)


def _stopped_early(run: Run) -> Iterator[Choice]:
    """Trainings that are stopped by the rows that judge them afterwards."""
    for fit in run.trace.with_role("train"):
        learner = fit.operands.get("learner")
        if not isinstance(learner, Thing) or not _stops_early(fit, learner):
            continue
        for watched in _watched(fit):
            part = _only_test(watched.tags)
            split = _judging(watched, part) if part is not None else None
            if split is None:
                continue
            later = next((one for one in run.trace.with_role("metric") if one.order > fit.order and _is_about(one, split, learner)), None)
            if later is not None and not _has_further_rows(fit, split, run):
                yield Choice(fit, later, split, "rounds")
                break


def _stops_early(fit: Event, learner: Thing) -> bool:
    made = learner.event
    for event in (fit, *([made] if made is not None else [])):
        for name, given in event.keywords.items():
            if name in ("early_stopping_rounds", "use_best_model", "early_stopping") and given.constant not in (None, False):
                return True
            if name == "callbacks" and any(_is_stop(one) for one in (given.thing, *given.thing.ancestors(40))):
                return True
    return False


def _is_stop(thing: Thing) -> bool:
    made = thing.event
    if made is None or made.what != "call":
        return False
    last = {name.rpartition(".")[2] for name in made.names}
    if "ModelCheckpoint" in last:
        best = made.argument("save_best_only")
        return best is not None and best.constant is True
    return not last.isdisjoint(_STOPS)


def _watched(fit: Event) -> Iterator[Seen]:
    """The rows that a training looks at beside those it learns from."""
    for name in _WATCHED:
        given = fit.keywords.get(name)
        if given is None:
            continue
        pairs = [given.thing]
        if name not in ("validation_data", "X_val") and given.thing.items is not None:
            pairs = given.thing.items
        for pair in pairs[-1:]:
            one = pair.items[0] if pair.items else pair
            yield Seen(one, one.kinds, one.tags, one.origins)


def _are_several(scores: list[Event], chose: Event, run: Run) -> bool:
    """Whether more than one candidate was scored, so that there was a choice."""
    if chose.operands.get("many"):
        return True
    curves = [event for event in scores if event.method in _CURVES]
    if curves:
        return any(_judges_by(curve, chose, run) for curve in curves)
    if len({event.site for event in scores}) > 1:
        subjects = {id(_subject(event)) for event in scores}
        return len(subjects) > 1 or None in subjects
    outer = {loop.site for loop in chose.loops} if chose.what != "compare" else set()
    return any(loop.site not in outer for event in scores for loop in event.loops) or len({event.order for event in scores}) > 1


def _is_judged_after(search: Event, split: Event, run: Run) -> bool:
    """Whether the rows by which a search chose judge something once more when it is over; rows that only serve the search are its validation part."""
    later = (event for event in run.trace.with_role("metric", "score") if event.order > search.order and search not in event.stack)
    return any(_test_part(event) is split for event in later)


def _judges_by(curve: Event, chose: Event, run: Run) -> bool:
    """Whether what was chosen from a curve is judged on the same rows afterwards."""
    split = _test_part(curve)
    for event in run.trace.with_role("metric"):
        predicted = _seen(event, event.operands.get("predicted"))
        if event.order > chose.order and predicted is not None and any(tag.event is curve for tag in predicted.tagged("judged")):
            return split is not None and _test_part(event) is split
    return False


def _subject(score: Event) -> Thing | None:
    """The model that a score is about."""
    learner = score.operands.get("learner")
    if isinstance(learner, Thing):
        return learner
    predicted = _seen(score, score.operands.get("predicted"))
    for tag in predicted.tagged("predicted") if predicted is not None else ():
        if tag.event is not None and isinstance(learner := tag.event.operands.get("learner"), Thing):
            return learner
    return None


def _is_of_loaded(score: Event) -> bool:
    """Whether the model that was scored comes from elsewhere: to compare with what is in use is no search."""
    subject = _subject(score)
    return subject is not None and any(one.is_a("loaded") for one in (subject, *subject.ancestors(20)))


def _is_only_shown(chose: Event, run: Run) -> bool:
    """Whether what was picked only feeds a plot."""
    result = chose.result
    if chose.what != "call":
        return False
    uses = [event for event in run.trace.events if event.order > chose.order and any(seen.thing is result for seen in event.inputs())]
    return bool(uses) and all(any(name.startswith(_SHOWN) for name in event.names) or "lim" in event.method for event in uses)


def _test_part(score: Event) -> Event | None:
    """The split whose held-out part is scored, unless that part is there to be chosen by."""
    for name in ("truth", "features"):
        rows = _seen(score, score.operands.get(name))
        part = _only_test(rows.tags) if rows is not None else None
        if rows is not None and part is not None:
            return _judging(rows, part)
    return None


def _only_test(tags: Iterable[Tag]) -> tuple[Event, ...] | None:
    """The splits that have held rows out, where none has put them among those to learn from."""
    marks = list(tags)
    parts = [tag for tag in marks if tag.name == "part"] or [tag for tag in marks if tag.name == "told"]
    if not parts or any(tag.detail != "test" or tag.event is None or tag.event.roles & {"folds", "read"} for tag in parts):
        return None
    return tuple(sorted((tag.event for tag in parts if tag.event is not None), key=_order))


def _judging(rows: Seen, splits: tuple[Event, ...]) -> Event | None:
    """The innermost split that has held rows out, if its part is not called a validation part."""
    split = splits[-1]
    names = _called(rows, split)
    if any(_FOR_CHOOSING.search(name) for name in names):
        return None
    if _is_threefold(split) and not any("test" in name.lower() for name in names):
        return None
    return split


def _is_threefold(split: Event) -> bool:
    parts = split.result.items
    return split.operands.get("manner") == "random_split" and (parts is None or len(parts) > 2)


def _has_further_rows(scored: Event, split: Event, run: Run) -> bool:
    """Whether other rows than those chosen by are predicted or judged: another held-out part, or another table."""
    chosen_by = split.operands.get("data", ())
    around = {tag.event for one in chosen_by if isinstance(one, Thing) for tag in one.tagged("part")}
    mine = {origin for one in chosen_by if isinstance(one, Thing) for origin in one.origins if "read" in origin.roles}
    for event in run.trace.with_role("predict", "metric", "score"):
        rows = _seen(event, event.operands.get("features")) or _seen(event, event.operands.get("truth"))
        if rows is None:
            continue
        tags = rows.tagged("part")
        if any(tag.event is split for tag in tags):
            if _is_threefold(split) and _called(rows, split) != _called_of(scored, split):
                return True
            continue
        if any(tag.detail == "test" and tag.event is not None and "folds" not in tag.event.roles for tag in tags):
            if any(tag.event in around for tag in tags):
                return True
            continue  # the same rows were split once more, for another model
        read = {origin for origin in rows.origins if "read" in origin.roles}
        if read and mine and read.isdisjoint(mine):
            return True
    return False


def _called(rows: Seen, split: Event) -> list[str]:
    """What the author calls rows of a part: the names of the nearest value that has one."""
    called: dict[int, list[str]] = split.operands.get("called", {})
    return next((called[id(one)][1:] for one in (rows.thing, *rows.thing.ancestors(200)) if id(one) in called), [])


def _called_of(scored: Event, split: Event) -> list[str]:
    rows = _seen(scored, scored.operands.get("features")) or _seen(scored, scored.operands.get("truth"))
    return _called(rows, split) if rows is not None else []


def _is_about(metric: Event, split: Event, learner: Thing) -> bool:
    """Whether a metric judges a learner on the part that a split has held out."""
    if _test_part(metric) is not split:
        return False
    subject = _subject(metric)
    return subject is None or subject is learner


def _seen(event: Event, thing: object) -> Seen | None:
    if not isinstance(thing, Thing):
        return None
    for one in (*event.inputs(), *([event.receiver] if event.receiver is not None else [])):
        if one.thing is thing:
            return one
    return None


def _order(event: Event) -> int:
    return event.order
