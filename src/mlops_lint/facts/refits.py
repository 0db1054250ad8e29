"""Refits: fits in a loop that start over where they are meant to go on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlops_lint.core.finding import Confidence
from mlops_lint.facts.runs import Run, Runs, runs
from mlops_lint.facts.same_value import is_same
from mlops_lint.flow.scopes import Function
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Loop, Site
from mlops_lint.knowledge.learners import INCREMENTAL
from mlops_lint.project.project import Project

BATCHES, WINDOWS, FILES, EPOCHS = "batches", "windows", "files", "epochs"
"""What the loop goes through: parts of the rows, rows from one place to another, files of them, or rounds over the same rows."""

_LEARNERS = frozenset({"classifier", "regressor", "clusterer", "detector", "transformer", "composite", "search"})
_LEFT_ALONE = frozenset({"keras-model", "trainer", "stateless", "label-encoder", "spark-estimator", "adapting-layer"})
_BATCH = re.compile(
    r"(?:^|_)(?:mini_?)?(?:batch|chunk)(?:e?s|_?idx|_?size|er|ed)?(?:$|_|\d)|minibatch|(?:^|_)(?:data_?)?loader$|(?:^|_)shards?$", re.IGNORECASE
)
_AGAIN = re.compile(r"drift|retrain|refit|warm_?up|first|reset", re.IGNORECASE)
_EPOCH = re.compile(r"^(?:n_?|num_?|max_?)?epochs?$|^n_?iter(?:ation)?s?$", re.IGNORECASE)
_CUTTERS = frozenset(
    "iter_batches to_batches get_chunk array_split batched chunked flow flow_from_directory gen_batches minibatches iterate_batches".split()
)
_CONTINUES = ("xgb_model", "init_model", "init_score", "base_margin")
_JOINS = frozenset({"vstack", "hstack", "concatenate", "concat", "append", "extend", "union"})


@dataclass(frozen=True, slots=True, eq=False)
class Refit:
    """A fit that forgets what the rounds before it have taught: ``over`` what its loop goes, ``learner`` as a user calls it, and whether it could go on."""

    event: Event
    loop: Loop
    run: Run
    over: str
    learner: str
    can_go_on: bool
    confidence: Confidence


def refits(project: Project) -> tuple[Refit, ...]:
    """The fits of a project that start over for each batch, each place once."""
    every: Runs = project.derive(runs)
    found: dict[Site, Refit] = {}
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for one in _of_run(run):
            found.setdefault(one.event.site, one)
    return tuple(found[site] for site in sorted(found))


def _of_run(run: Run) -> Iterator[Refit]:
    fits = [event for event in run.trace.with_role("fit") if event.loops and event.method in ("fit", "fit_transform", "fit_predict")]
    for event in fits:
        learner, features = event.operands.get("learner"), event.operands.get("features")
        if not isinstance(learner, Thing) or not isinstance(features, Thing) or not _forgets(learner, event, run):
            continue
        for loop in reversed(event.loops):
            if _is_made_in(learner, loop):
                break
            over = _over(event, features, loop, fits)
            if over and _is_meant_to_go_on(event, learner, loop, over, run):
                name = _name_of(learner)
                confidence = Confidence.HIGH if over in (BATCHES, WINDOWS) else Confidence.MEDIUM
                if run.role == "example":
                    confidence = Confidence.LOW
                yield Refit(event, loop, run, over, name, name in INCREMENTAL, confidence)
                break


def _forgets(learner: Thing, event: Event, run: Run) -> bool:
    """Whether a fit of this learner certainly starts over."""
    if not learner.kinds & _LEARNERS or learner.kinds & _LEFT_ALONE or learner.owner is not None:
        return False
    if any(event.argument(name) is not None for name in _CONTINUES) or event.unpacks:
        return False
    for one in learner.each():
        made = one.event
        if made is None or made.what != "call" or not made.names:
            if not one.alternatives:
                return False
            continue
        warm = made.argument("warm_start")
        if (warm is not None and warm.constant is not False) or (made.unpacks and not made.keywords):
            return False
    if event.branches and any(map(_AGAIN.search, event.branches[-1].words)):
        return False
    return not any(_goes_on(other, learner, event) for other in run.trace.events)


def _goes_on(event: Event, learner: Thing, fit: Event) -> bool:
    """Whether a call lets a learner go on: the rest of the rows by ``partial_fit``, a setting, or the other arm of an ``if`` that fits the first rows only."""
    if event.receiver is None or event.receiver.thing is not learner:
        return False
    if event.method == "partial_fit" or (event.method == "set_params" and event.argument("warm_start") is not None):
        return True
    return "fit" not in event.roles and event.what == "call" and event.excludes(fit)


def _is_made_in(learner: Thing, loop: Loop) -> bool:
    return any(one.event is not None and loop in one.event.loops for one in (learner, *learner.alternatives))


def _over(event: Event, features: Thing, loop: Loop, fits: list[Event]) -> str:
    """What a loop goes through, if that is parts of the rows; empty if it is something else."""
    source = loop.iterable
    if source is not None and source.event is not None and source.event.roles & {"folds", "split"}:
        return ""
    if any(tag.event is not None and "folds" in tag.event.roles for tag in features.tags if tag.name == "part"):
        return ""
    if source is not None and (source.is_a("groupby") or any(one.is_a("groupby") for one in source.ancestors(6))):
        return ""
    again = [other for other in fits if other.site == event.site and loop in other.loops and other.statement == event.statement]
    shown = [one.operands.get("features") for one in again]
    rows = [one for one in shown if isinstance(one, Thing)]
    if len(rows) > 1 and all(is_same(one, rows[0], calls=False) for one in rows) and not _is_renewed(rows[0], loop):
        return EPOCHS if any(map(_EPOCH.search, loop.words)) and "train" in event.roles else ""
    if any(_grows(one, rows, loop) for one in rows):
        return ""
    if _is_cut(features, source, loop) or any(map(_BATCH.search, loop.words)) or _is_called_batch(event, source):
        return BATCHES
    if _is_window(features, source):
        return WINDOWS
    return FILES if any("read" in origin.roles and loop in origin.loops for origin in features.origins) else ""


def _is_renewed(rows: Thing, loop: Loop) -> bool:
    """Whether what is one thing to us is another one in each round: an element of what the loop goes through."""
    source = loop.iterable
    if source is None:
        return False
    inside = [*(source.items or ()), *([field] if (field := source.field("[*]")) is not None else [])]
    parts = [part for one in inside for part in (one, *(one.items or ()))]
    return any(part is one for part in parts for one in (rows, *rows.ancestors(30)))


def _grows(features: Thing, all_rows: list[Thing], loop: Loop) -> bool:
    """Whether the rows of earlier rounds are among those of this one."""
    near = [features, *features.ancestors(60)]
    if any(one is other for one in near[1:] for other in all_rows if other is not features):
        return True
    for one in near:
        made = one.event
        if made is not None and made.method in _JOINS and loop in made.loops and made.what == "call":
            outside = [seen.thing for seen in made.inputs() if not _is_of_loop(seen.thing, loop)]
            inside = [part for seen in made.inputs() for part in (seen.thing.items or ())]
            if outside or any(not _is_of_loop(part, loop) for part in inside):
                return True
        if one.is_a("list") and one.event is None and one.field("[*]") is not None and one.items is None:
            return True
    return False


def _is_of_loop(thing: Thing, loop: Loop) -> bool:
    """Whether something is made anew in each round."""
    for one in (thing, *thing.ancestors(40)):
        if one is loop.iterable or (one.event is not None and loop in one.event.loops):
            return True
        key = _key_of(one)
        if key is not None and loop.iterable is not None and any(part is loop.iterable for part in key.ancestors(20)):
            return True
    return _is_renewed(thing, loop)


def _is_cut(features: Thing, source: Thing | None, loop: Loop) -> bool:
    for one in (source, *(source.ancestors(12) if source is not None else ())):
        if one is None:
            continue
        if one.is_a("loader"):
            return True
        made = one.event
        if made is None:
            continue
        if made.method in _CUTTERS or made.argument("chunksize") is not None or (made.argument("iterator") is not None and "read" in made.roles):
            return True
    return any(one.event is not None and one.event.method in _CUTTERS and loop in one.event.loops for one in features.ancestors(20))


def _is_called_batch(event: Event, source: Thing | None) -> bool:
    """Whether the rows are called a batch: by the name of a variable, or by that of the project's generator that gives them."""
    if source is not None and source.how[:1] == ("generator",) and isinstance(source.how[1], Function) and _BATCH.search(source.how[1].qualname):
        return True
    code = event.code[2][0] if isinstance(event.code, list) and event.code[0] == "c" and event.code[2] else None
    return code is not None and any(map(_BATCH.search, _names_in(code)))


def _names_in(code: Any) -> list[str]:
    if code[0] == "n":
        return [code[1]]
    if code[0] == "a":
        return [code[2], *_names_in(code[1])]
    if code[0] == "s":
        return _names_in(code[1])
    return []


def _is_window(features: Thing, source: Thing | None) -> bool:
    """Whether the rows are ``x[i:i + n]`` in a loop over ``range(start, end, n)``."""
    made = source.event if source is not None else None
    if made is None or "builtins.range" not in made.names or len(made.args) < 3:
        return False
    for one in (features, *features.ancestors(8)):
        key = _key_of(one)
        if key is not None:
            rows = key.items[0] if key.items else key
            if rows.how[:1] == ("slice",) and rows.how[1] and rows.how[2]:
                return True
    return False


def _key_of(thing: Thing) -> Thing | None:
    """What rows were taken by, where some were."""
    key = thing.how[1] if thing.how[:1] == ("rows",) else thing.how[-1] if thing.how[:1] == ("item",) else None
    return key if isinstance(key, Thing) else None


# -- what the model is used for ------------------------------------------------------------------------------------------------------------------------


def _is_meant_to_go_on(event: Event, learner: Thing, loop: Loop, over: str, run: Run) -> bool:
    """Whether the model of all rounds is wanted, rather than one of each: it is not kept, saved or asked about the rows of its round."""
    after = own = elsewhere = kept = False
    last = max((one.order for one in run.trace.with_role("fit") if loop in one.loops), default=event.order)
    for other in run.trace.events:
        if other is event or "fit" in other.roles:
            continue
        uses = [seen.thing for seen in (*other.inputs(), *([other.receiver] if other.receiver is not None else []))]
        if not any(one is learner or learner in one.alternatives for one in uses) and not _answers_of(other, learner):
            continue
        if loop not in other.loops:
            after = after or other.order > last
            continue
        if other.roles & {"save", "grow"} or "copy" in other.method or other.method in ("dump", "dumps", "log_model"):
            kept = True
        elif other.roles & {"predict", "score", "transform"}:
            rows = other.operands.get("features")
            is_own = isinstance(rows, Thing) and _is_of_loop(rows, loop)
            own, elsewhere = own or is_own, elsewhere or not is_own
    if kept:
        return False
    if over == FILES:
        return after and not own and not elsewhere
    if over == EPOCHS:
        return True
    if over == WINDOWS:
        return not own
    return after or not own or elsewhere


def _answers_of(event: Event, learner: Thing) -> bool:
    return event.operands.get("learner") is learner


def _name_of(learner: Thing) -> str:
    for one in learner.each():
        if one.event is not None and one.event.names:
            return min(one.event.names).rpartition(".")[2]
    return "the model"
