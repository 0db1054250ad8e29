"""Choosing by a score: the score of held-out rows carries the mark ``judged``, and what picks one of several candidates by it has the role ``choose``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_lint.flow.lower import Code
from mlops_lint.flow.models.call import Call, Model
from mlops_lint.flow.things import Tag, Thing

if TYPE_CHECKING:
    from mlops_lint.flow.state import State

_CHOOSERS = frozenset({"max", "min", "argmax", "argmin", "nanargmax", "nanargmin", "idxmax", "idxmin", "nlargest", "nsmallest"})
_SORTS = frozenset({"sorted", "sort_values", "sort", "argsort"})
_KEPT = frozenset({"=", "ann", "r"})


def judged(call: Call, result: Thing, *rows: Thing | None) -> Thing:
    """Mark a score of rows that a split has held out."""
    for one in rows:
        if one is not None and any(one.tagged(mark, "test") and not one.tagged(mark, "train") for mark in ("part", "told")):
            result.tags |= {Tag("judged", call.event)}
            break
    return result


def note(call: Call) -> None:
    """Give a call the role ``choose`` when it picks the best of scores of held-out rows."""
    event = call.event
    if event.method in _CHOOSERS:
        scores = [one for one in call.everything() if not one.is_a("prediction")]
        if event.names & {"builtins.max", "builtins.min"} and len(call.args) > 1 and sum(1 for one in call.args if one.tagged("judged")) < 2:
            return  # a score is kept inside its bounds
        _choose(call, scores)


def picked(call: Call) -> Thing | None:
    """``max(candidates, key=…)``, ``min(…)``: the key is run on a candidate."""
    key = call.argument("key")
    result = call.gives()
    if key is not None and key.callees and call.args:
        scored = call.library.run_callback(key, [call.library.element(call.args[0])], call.event)
        if scored is not None:
            _choose(call, [scored])
            result.tags |= frozenset(scored.tagged("judged"))
    return result


def optimized(call: Call) -> Thing | None:
    """``study.optimize(objective)``, ``fmin(objective, …)``: the objective is run for one candidate after the other."""
    objective = call.argument("func", 0) or call.argument("fn")
    if objective is None or not objective.callees:
        return None
    scored = call.library.run_callback(objective, [Thing()], call.event)
    if scored is None:
        return None
    _choose(call, [scored])
    call.event.note({"many": True})
    result = call.gives()
    result.tags |= frozenset(scored.tagged("judged"))
    return result


def tested(machine: State, test: Thing, code: Code, arms: list[list[Code]]) -> None:
    """``if score > best: best = score``: note the choice between two scores of held-out rows."""
    start, end = code[-2:] if code[0] in ("?", "c") else (0, 0)
    for one in (test, *(test.parents if test.how[:1] == ("boolean",) else ())):
        if one.how[:1] != ("compare",) or len(one.how[2]) != 2:
            continue
        sides = [part.tagged("judged") for part in one.how[2]]
        if all(sides) and (not arms or any(code[0] in _KEPT or _saves(code) for body in arms for code in body)):
            event = machine.event("compare", start, end)
            event.mean("choose")
            event.note({"scores": tuple(dict.fromkeys(tag.event for side in sides for tag in side if tag.event is not None))})
            machine.keep(event)


def first(machine: State, holder: Thing, key: Thing, start: int, end: int) -> None:
    """``sorted(scores)[0]``, ``table.sort_values("f1").iloc[-1]``: the best one is taken."""
    row: Any = key.items[0].constant if key.items else key.constant
    source = holder.how[2] if holder.how[:1] == ("attribute",) and len(holder.how) > 2 else holder
    if row not in (0, -1) or isinstance(row, bool) or not isinstance(source, Thing):
        return
    if source.how != ("sorted",) and (source.event is None or source.event.method not in _SORTS):
        return
    scores = source.tagged("judged")
    if scores and not source.is_a("prediction"):
        event = machine.event("compare", start, end)
        event.mean("choose")
        event.note({"scores": tuple(tag.event for tag in scores if tag.event is not None)})
        machine.keep(event)


def _choose(call: Call, scores: list[Thing]) -> None:
    found = tuple(dict.fromkeys(tag.event for one in scores for tag in one.tagged("judged") if tag.event is not None))
    if found:
        call.role("choose")
        call.event.note({"scores": found})


def _saves(code: Code) -> bool:
    """Whether a statement is a call that keeps something (``torch.save``, ``joblib.dump``)."""
    if code[0] != "x" or code[1][0] != "c":
        return False
    callee = code[1][1]
    name = callee[2] if callee[0] == "a" else callee[1] if callee[0] == "n" else ""
    return isinstance(name, str) and ("save" in name or name == "dump")


def named(name: str, thing: Thing) -> None:
    """A variable got rows of a part: what the author calls them tells what they are for."""
    for tag in thing.tags:
        if tag.name in ("part", "told") and tag.event is not None:
            names = tag.event.names_of(thing)
            if name not in names and len(names) < 8:
                names.append(name)


FUNCTIONS: dict[str, Model] = {
    "builtins.max": picked,
    "builtins.min": picked,
    **dict.fromkeys(("hyperopt.fmin", "hyperopt.fmin.fmin", "skopt.gp_minimize", "skopt.forest_minimize"), optimized),
}
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {"optimize": optimized}
"""By method alone."""
