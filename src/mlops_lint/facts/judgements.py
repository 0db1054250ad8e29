"""Judgements: calls that hold what a model predicts against what is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlops_lint.facts.runs import Run, Runs, runs
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Seen
from mlops_lint.knowledge.metrics import IF_WEIGHTED, NEVER, UNLESS_MICRO, Metric
from mlops_lint.project.project import Project

_NETWORKS = frozenset({"model", "net", "network", "classifier", "regressor"})
_PREDICTED = re.compile(r"pred|prob|hat|output|logit|score|estimate|forecast", re.IGNORECASE)
_TRUE = re.compile(
    r"true|truth|actual|gold|expected|(?:^|_)gt(?:$|_)|(?:^|_)y(?:_?(?:test|train|val|valid|eval|dev|holdout))?$|target", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A metric in one run: what stands in the place of the truth and of the prediction, as they were then, and as they are written."""

    event: Event
    run: Run
    metric: Metric
    truth: Seen
    predicted: Seen
    written: tuple[str, str]


def judgements(project: Project) -> tuple[Judgement, ...]:
    """Every metric of which both sides are seen, run by run; tests and vendored files are left out."""
    every: Runs = project.derive(runs)
    return tuple(one for run in every if run.role not in ("test", "vendored") for one in _judgements_of(run))


def _judgements_of(run: Run) -> Iterator[Judgement]:
    for event in run.trace.with_role("metric"):
        metric = event.operands.get("metric")
        truth, predicted = seen_by(event, event.operands.get("truth")), seen_by(event, event.operands.get("predicted"))
        if not isinstance(metric, Metric) or truth is None or predicted is None or event.unpacks:
            continue
        places = (1, 0) if metric.predicted_first else (0, 1)
        yield Judgement(
            event, run, metric, truth, predicted, (_written(event, metric.truth, places[0]), _written(event, metric.predicted, places[1]))
        )


def seen_by(event: Event, thing: object) -> Seen | None:
    """A thing as an event saw it."""
    if not isinstance(thing, Thing):
        return None
    return next((seen for seen in (*event.inputs(), *([event.receiver] if event.receiver is not None else [])) if seen.thing is thing), None)


def _written(event: Event, name: str, position: int) -> str:
    """The last word of an argument as it is written, where it is a name, an attribute or a column."""
    if not isinstance(event.code, list) or event.code[0] != "c":
        return ""
    code = next((value for keyword, value in event.code[3] if keyword == name), None)
    if code is None and position < len(event.code[2]):
        code = event.code[2][position]
    return _last_word(code)


def _last_word(code: Any) -> str:
    while code is not None:
        if code[0] == "n":
            return str(code[1])
        if code[0] == "a":
            if code[2] in ("values", "T", "array", "data"):
                code = code[1]
                continue
            return str(code[2])
        if code[0] == "s":
            if code[2][0] == "k" and isinstance(code[2][1], str):
                return str(code[2][1])
            code = code[1]
            continue
        if code[0] == "c":
            code = code[1][1] if code[1][0] == "a" else (code[2][0] if code[2] else None)
            continue
        return ""
    return ""


def order_matters(one: Judgement) -> bool:
    """Whether the metric, as it is called, changes when its arguments change places."""
    if one.metric.matters == NEVER:
        return False
    given = _setting(one, "average")
    average = given.constant if given is not None else None
    if one.metric.matters == IF_WEIGHTED:
        return average == "weighted"
    if one.metric.matters == UNLESS_MICRO:
        several = _setting(one, "task")
        if given is None and one.metric.micro_by_default:
            return several is not None and several.constant == "binary"
        return average != "micro"
    return True


def _setting(one: Judgement, name: str) -> Seen | None:
    """What the metric is told, in the call or where it was made."""
    made = one.event.receiver.thing.event if one.event.receiver is not None and one.event.receiver.is_a("metric-object") else None
    return one.event.argument(name) or (made.argument(name) if made is not None else None)


# -- what is a prediction ----------------------------------------------------------------------------------------------------------------------------


def answers(seen: Seen) -> tuple[Event, ...]:
    """The predictions that a value comes from, first one first; of a network, the calls that gave its outputs."""
    found = {tag.event for tag in seen.tagged("predicted") if tag.event is not None}
    if not found:
        for one in (seen.thing, *seen.thing.ancestors(60)):
            if one.event is not None and _is_output(one.event):
                found.add(one.event)
    return tuple(sorted(found, key=_order))


def _is_output(event: Event) -> bool:
    if "apply" in event.roles:
        return event.receiver is not None
    if event.what != "call" or event.names or not isinstance(event.code, list) or event.code[0] != "c" or not event.args:
        return False
    callee = event.code[1]
    return callee[0] in ("n", "a") and str(callee[1] if callee[0] == "n" else callee[2]).lower() in _NETWORKS


def is_known_truth(seen: Seen, written: str) -> bool:
    """Whether a value is certainly not what a model gave: no prediction led to it, and it came from somewhere."""
    column = seen.thing.how[1] if seen.thing.how[:1] == ("column",) else ""
    if answers(seen) or _PREDICTED.search(written) or _PREDICTED.search(str(column)):
        return False
    return bool(seen.origins) or bool(_TRUE.search(written)) or isinstance(seen.constant, (list, tuple))


def is_said_to_be_true(written: str) -> bool:
    """Whether a name says that it holds the truth, wherever that comes from (a teacher's answers, an oracle)."""
    return bool(re.search(r"true|truth|actual|gold|expected|ground", written, re.IGNORECASE))


def _order(event: Event) -> int:
    return event.order
