"""Iterated frames: writes to a DataFrame in the body of a loop that goes through its rows or columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mlops_lint.facts.runs import Run
from mlops_lint.facts.tables import INDEXERS
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Loop, Trace

SHAPE: Final = "shape"
CELLS: Final = "cells"

_WRAPPERS = frozenset({"enumerate", "zip", "tqdm", "track"})
_RESHAPING = frozenset({"insert", "pop"})
_WRITING = frozenset({"set_value", "update"})
_LEAVES = ("break", "return", "raise", "exit")


@dataclass(frozen=True, slots=True, eq=False)
class FrameWrite:
    """A write to an iterated frame: ``kind`` is SHAPE where rows or columns come or go, else CELLS."""

    kind: str
    event: Event
    loop: Loop


def frame_writes(run: Run) -> Iterator[FrameWrite]:
    """The writes of a run to the frame that a loop around them goes through; the same place may come up several times."""
    frames: dict[int, tuple[Event, Thing] | None] = {}
    for event in run.trace.events:
        if not event.loops or event.what not in ("store", "call", "delete"):
            continue
        for loop in reversed(event.loops):
            if id(loop) not in frames:
                frames[id(loop)] = _iterated(loop.iterable)
            found = frames[id(loop)]
            if found is None:
                continue
            kind = _kind_of_write(event, found[1])
            by_column = found[0].method not in ("iterrows", "itertuples")
            if kind and not (by_column and kind == CELLS) and not _leaves(event, loop, run.trace):
                yield FrameWrite(kind, event, loop)
                break


def _iterated(iterable: Thing | None) -> tuple[Event, Thing] | None:
    """The call that gives the rows of a loop, and the frame whose rows they are."""
    for _ in range(4):
        made = iterable.event if iterable is not None else None
        if iterable is None or made is None:
            return None
        if "iterate-rows" in made.roles and made.receiver is not None:
            return made, made.receiver.thing
        if made.method not in _WRAPPERS or not iterable.parents:
            return None
        iterable = next((one for one in iterable.parents if one.event is not None), None)
    return None


def _kind_of_write(event: Event, frame: Thing) -> str:
    """How an event writes to the frame; empty when it does not."""
    receiver = event.receiver.thing if event.receiver is not None else None
    if receiver is None:
        return ""
    if event.what == "delete":
        return SHAPE if receiver is frame else ""
    if event.what == "call":
        if receiver is not frame:
            return ""
        if (in_place := event.keywords.get("inplace")) is not None and in_place.constant is True:
            return CELLS if event.method in ("fillna", "replace", "clip", "ffill", "bfill", "interpolate") else SHAPE
        return SHAPE if event.method in _RESHAPING else CELLS if event.method in _WRITING else ""
    if receiver is frame:
        return CELLS if event.code[0] == "s" else ""
    through = receiver.how[:1] == ("attribute",) and receiver.how[1] in INDEXERS and receiver.how[2] is frame
    return CELLS if through and event.code[0] == "s" else ""


def _leaves(event: Event, loop: Loop, trace: Trace) -> bool:
    """Whether the loop is left after the write."""
    inside = event.loops[event.loops.index(loop) :]
    if len(inside) > 1:
        return False
    return any((end := trace.ends.get((branch.site, branch.arm))) is not None and end.how in _LEAVES for branch in event.branches[-2:])
