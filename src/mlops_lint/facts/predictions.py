"""Predictions: what a value is that a model gave, as far as only known steps lie between the two."""

from __future__ import annotations

from dataclasses import dataclass

from mlops_lint.flow.things import Tag, Thing
from mlops_lint.flow.trace import Event

_PASSES = frozenset(
    "ravel flatten reshape squeeze copy tolist to_list array asarray Series to_numpy cpu detach numpy list tuple concatenate hstack vstack stack concat append "
    "cat expand_dims astype float values compute view label_binarize".split()
)
_PASSING_HOWS = frozenset({"rows", "item", "part", "attribute", "column", "columns", "inplace", "element"})
_CHOOSES = frozenset({"argmax", "round", "rint", "around", "where", "inverse_transform", "astype"})
_COUNTS = frozenset({"int", "long", "bool"})


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a value is as a prediction: ``labels``, ``probabilities``, ``scores``, ``values`` or ``rounded``, and the call that predicted it."""

    detail: str
    event: Event


def prediction_in(thing: Thing, limit: int = 40) -> Prediction | None:
    """What kind of prediction a value is; ``None`` if something unknown was done to it on the way."""
    if limit <= 0:
        return None
    if thing.alternatives:
        return _agreed([prediction_in(one, limit // 2) for one in thing.alternatives])
    if thing.how[:1] == ("compare",):
        return _as_labels([prediction_in(part, limit - 1) for part in thing.how[2]])
    event = thing.event
    if event is not None and thing.how[:1] == ("activation",):
        return Prediction("probabilities", event) if thing.how[1] in ("sigmoid", "softmax") else None
    if event is not None and thing.how[:1] not in (("rows",), ("item",), ("attribute",), ("column",)):
        return _by_event(thing, event, limit)
    if thing.how[:1] and thing.how[0] in _PASSING_HOWS and thing.parents:
        return prediction_in(thing.parents[0], limit - 1)
    return _inside(thing, limit)


def _by_event(thing: Thing, event: Event, limit: int) -> Prediction | None:
    marks = [tag for tag in thing.tags if tag.name == "predicted" and tag.event is not None]
    mine = next((tag for tag in marks if tag.event is event), None)
    if mine is not None:
        return Prediction(mine.detail, event)
    if event.method in _CHOOSES and (event.method != "astype" or any(tag.detail == "rounded" for tag in marks)):
        return _only(marks)
    if event.method in _COUNTS and thing.parents:
        inner = prediction_in(thing.parents[0], limit - 1)
        return inner if inner is not None and inner.detail == "labels" else None
    if event.method in _PASSES:
        return prediction_in(thing.parents[0], limit - 1) if thing.parents else _inside(thing, limit)
    return _inside(thing, limit)


def _inside(thing: Thing, limit: int) -> Prediction | None:
    """What the elements of a list are."""
    if not thing.is_a("list", "tuple"):
        return None
    inside = [*(thing.items or ()), *([thing.fields["[*]"]] if thing.fields and "[*]" in thing.fields else [])]
    return _agreed([prediction_in(one, limit // 2) for one in inside[:4]]) if inside else None


def _agreed(found: list[Prediction | None]) -> Prediction | None:
    real = [one for one in found if one is not None]
    return real[0] if real and len(real) == len(found) and len({one.detail for one in real}) == 1 else None


def _as_labels(found: list[Prediction | None]) -> Prediction | None:
    """A comparison of one prediction with something that is none gives labels."""
    real = [one for one in found if one is not None]
    return Prediction("labels", real[0].event) if len(real) == 1 else None


def _only(marks: list[Tag]) -> Prediction | None:
    details = {tag.detail for tag in marks}
    event = marks[0].event if marks else None
    return Prediction(marks[0].detail, event) if len(details) == 1 and event is not None else None
