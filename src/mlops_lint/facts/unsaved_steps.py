"""Unsaved steps: preprocessing that a model was fitted behind, and that is not saved with it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from mlops_lint.core.finding import Confidence
from mlops_lint.facts.judgements import seen_by
from mlops_lint.facts.runs import Run, Runs, runs
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Seen, Site
from mlops_lint.project.project import Project

_MODELS = frozenset({"classifier", "regressor", "clusterer", "detector", "booster", "keras-model", "module", "search"})
_LEFT_ALONE = frozenset({"stateless", "label-encoder", "adapting-layer", "spark-estimator", "embedding"})
_WRITES = re.compile(
    r"^(?:save|dump|write|pickle|persist|store|export|upload|put_|serialize|to_(?:json|pickle|disk|onnx)|log_(?:artifact|model|dict)|add_(?:file|dir)|convert)"
)
_MODEL_WRITERS = re.compile(r"^(?:save|save_model|save_weights|save_pretrained|log_model|dump|dumps|export|to_onnx|convert_sklearn)$")
_STEP = re.compile(
    r"scaler|(?<!auto)(?<!auto_)encoder|vectori[sz]er|imputer|preproc|tokeni[sz]er|tfidf|normali[sz]er|(?:^|_)(?:pca|ohe|bow)(?:$|_)", re.IGNORECASE
)
_OF_TEXT = re.compile(r"vectori[sz]er|tokeni[sz]er|tfidf|(?:^|_)bow(?:$|_)", re.IGNORECASE)
"""Those of them that speak of words and their numbers, which is never what a scaler or an imputer has learnt."""
_OF_NUMBERS = frozenset({"scaler", "imputer"})
_EVERYTHING = frozenset({"dump_session", "dump_module"})
_STOPS = frozenset({"transform", "predict", "read", "split", "apply", "load"})
MAX_REACH = 300

Key = Site | int


@dataclass(frozen=True, slots=True, eq=False)
class UnsavedStep:
    """A ``save`` of a model that was fitted (``fit``) on what ``steps`` gave; each step is the call that learnt it, and none of them is saved."""

    save: Event
    fit: Event
    steps: tuple[Event, ...]
    names: tuple[str, ...]
    run: Run
    confidence: Confidence


@dataclass(slots=True)
class _Saved:
    """What the saves of a run reach: models by identity, steps by where they are made, and whether something unknown may be a step: any, or one of text."""

    models: dict[int, Event]
    steps: set[Key]
    classes: set[str]
    maybe: bool = False
    maybe_of_text: bool = False


def unsaved_steps(project: Project) -> tuple[UnsavedStep, ...]:
    """The saved models of a project whose preprocessing is saved nowhere."""
    every: Runs = project.derive(runs)
    candidates = [run for run in every if run.role not in ("test", "vendored") and not run.trace.truncated and _has_steps(run)]
    if not candidates:
        return ()
    # What is saved is looked for far and wide, which pays only where a model learns from rows that a fitted step has gone over.
    saved = {run: _saved_in(run) for run in every if run.role != "vendored"}
    found: dict[Site, UnsavedStep] = {}
    for run in candidates:
        elsewhere = {name for other, one in saved.items() if other is not run for name in one.classes}
        for step in _of_run(run, saved[run], elsewhere):
            found.setdefault(step.save.site, step)
    return tuple(found[site] for site in sorted(found))


def _of_run(run: Run, saved: _Saved, elsewhere: set[str]) -> Iterator[UnsavedStep]:
    if saved.maybe or not saved.models:
        return
    for model, fit, rows in _fitted(run):
        save = saved.models.get(id(model))
        if save is None:
            continue
        lost: dict[Key, Event] = {}
        for tag in rows.tagged("learned"):
            step = tag.event.operands.get("learner") if tag.event is not None else None
            if tag.event is None or not isinstance(step, Thing) or not _is_step(step) or step is model:
                continue
            if saved.maybe_of_text and not step.kinds & _OF_NUMBERS:
                continue
            keys, names = set(_keys(step)), set(_classes(step))
            if not keys & saved.steps and not names & elsewhere:
                lost.setdefault(min(keys, key=str), tag.event)
        if lost:
            steps = tuple(sorted(lost.values(), key=_order))
            confidence = Confidence.LOW if run.role == "example" else Confidence.MEDIUM
            yield UnsavedStep(save, fit, steps, tuple(dict.fromkeys(_name_of(step) for step in steps)), run, confidence)


def _has_steps(run: Run) -> bool:
    """Whether a model of the run meets rows that went through a fitted step."""
    return any(rows.tagged("learned") for _, _, rows in _fitted(run))


def _fitted(run: Run) -> Iterator[tuple[Thing, Event, Seen]]:
    """The models of a run with the call that fits them, or in which a network meets its rows, and these rows as they were then."""
    for event in run.trace.with_role("fit"):
        learner = event.operands.get("learner")
        rows = seen_by(event, event.operands.get("features"))
        if isinstance(learner, Thing) and learner.kinds & _MODELS and rows is not None:
            for one in (learner, *learner.alternatives):
                yield one, event, rows
    for event in run.trace.with_role("apply"):
        if event.receiver is not None and event.receiver.is_a("module", "keras-model"):
            for rows in event.args[:1]:
                yield event.receiver.thing, event, rows


def _is_step(step: Thing) -> bool:
    if step.kinds & _LEFT_ALONE or step.owner is not None:
        return False
    return step.is_a("transformer") or (step.is_a("composite") and not step.kinds & _MODELS)


def _saved_in(run: Run) -> _Saved:
    found = _Saved({}, set(), set())
    for event in run.trace.events:
        if event.what == "again":
            # A function of the project would have run once more: it may have saved what it was given.
            for one in _reached(seen.thing for seen in event.args):
                if one.is_a("transformer", "composite"):
                    found.steps.update(_keys(one))
        if event.what != "call" or not ("save" in event.roles or _WRITES.match(event.method)) or event.method in ("savefig", "log_params"):
            continue
        if event.method in _EVERYTHING:
            found.maybe = True
        knows = False
        for one in _reached(_written_by(event)):
            if one.kinds & _MODELS and _MODEL_WRITERS.match(event.method):
                found.models.setdefault(id(one), event)
            if one.is_a("transformer", "composite"):
                knows = True
                found.steps.update(_keys(one))
                found.classes.update(_classes(one))
        told = [] if knows else [word for word in _words(event.code) if _STEP.search(word)]
        found.maybe |= any(_STEP.search(_OF_TEXT.sub("_", word)) is not None for word in told)
        found.maybe_of_text |= bool(told)
    return found


def _written_by(event: Event) -> list[Thing]:
    of_receiver = [event.receiver.thing] if event.receiver is not None and not event.receiver.is_a("dataframe", "series", "array") else []
    return [*(seen.thing for seen in event.inputs()), *of_receiver]


def _reached(things: Iterable[Thing]) -> Iterator[Thing]:
    """What is inside of things or was put into them; what a step or a model gave is not the step or the model."""
    waiting = deque(things)
    seen: set[int] = set()
    while waiting and len(seen) < MAX_REACH:
        one = waiting.popleft()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting.extend(one.alternatives)
        waiting.extend(one.items or ())
        waiting.extend((one.fields or {}).values())
        if one.event is None or not one.event.roles & _STOPS:
            waiting.extend(one.parents)


def _keys(step: Thing) -> Iterator[Key]:
    for one in step.each():
        if one.event is not None and one.event.what == "call":
            yield one.event.site
        elif not one.alternatives:
            yield id(one)


def _classes(step: Thing) -> Iterator[str]:
    for one in step.each():
        if one.event is not None:
            yield from (name.rpartition(".")[2] for name in one.event.names)


def _name_of(learnt: Event) -> str:
    learner = learnt.operands.get("learner")
    names = sorted(_classes(learner)) if isinstance(learner, Thing) else []
    return names[0] if names else "a fitted step"


def _words(code: Any) -> Iterator[str]:
    """The names, attributes and texts of a call."""
    waiting = [code]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, list) or not one:
            continue
        if one[0] in ("n", "k") and isinstance(one[1], str):
            yield one[1]
        elif one[0] == "a":
            yield one[2]
        waiting.extend(part for part in one if isinstance(part, list))


def _order(event: Event) -> int:
    return event.order
