"""Training steps: what backward passes, gradient resets, clips and optimiser steps do to one another, and which loops they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from mlops_lint.facts.runs import Run
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Branch, Event, Loop

STEP_ROLES: Final = ("backward", "optimizer-step", "zero-grad", "clip", "unscale", "scheduler-step")
"""The roles of the events of a training step."""

_RESETTING = re.compile(r"(zero|clear|reset|clean|clr).*grad|grad.*(zero|clear|reset|clean)", re.IGNORECASE)
_FILLS = frozenset({"zero_", "fill_", "copy_"})
_MOVES = frozenset({"sub_", "add_", "addcdiv_"})
_STEPS_ONLY = ("torch.", "torch_xla.", "apex.", "transformers.", "accelerate.", "builtins.")
"""Libraries whose functions are known not to reset gradients when they are given an optimiser, by the start of their names."""


def is_reset(event: Event) -> bool:
    """Whether an event sets gradients back: ``zero_grad()``, ``p.grad = None``, ``p.grad.zero_()``, or a call that says so by its name."""
    if "zero-grad" in event.roles:
        return True
    if event.what == "store":
        return event.method == "grad"
    if event.what != "call":
        return False
    if event.method in _FILLS and _is_gradient(event):
        return True
    if "_foreach_zero_" in event.method or _RESETTING.search(event.method):
        return True
    return any("zero_grad" in name or "reset_grad" in name for name in event.keywords)


def may_reset(event: Event) -> bool:
    """Whether a call of something unknown is handed an optimiser, and so may set gradients back."""
    if event.what != "call" or event.roles or any(name.startswith(_STEPS_ONLY) for name in event.names):
        return False
    return any(one.is_a("optimizer") for one in event.inputs())


def may_be_reset(event: Event) -> bool:
    """Whether an event sets gradients back, or is one that may."""
    return is_reset(event) or may_reset(event)


def _is_gradient(event: Event) -> bool:
    """Whether a method is called on ``p.grad`` or ``p.grad.data``."""
    code = event.code[1][1] if event.code and event.code[0] == "c" and event.code[1][0] == "a" else None
    if code is None or code[0] != "a":
        return False
    return bool(code[2] == "grad" or (code[2] == "data" and code[1][0] == "a" and code[1][2] == "grad"))


def steps_by_hand(run: Run) -> list[Event]:
    """The places that move weights along their gradients without an optimiser: ``w -= rate * w.grad``."""
    found = list(run.trace.select(_moves_in_loop))
    # Networks that are written in plain NumPy work out their gradients anew in each step.
    if any(event.what == "call" for event in found) or (found and run.trace.select(_is_of_torch)):
        return found
    return []


def _is_of_torch(event: Event) -> bool:
    return any(name.startswith("torch.") for name in event.names)


def _moves_in_loop(event: Event) -> bool:
    return bool(event.loops) and _moves_by_hand(event)


def _moves_by_hand(event: Event) -> bool:
    if event.what == "augment":
        return event.method == "-" and _of_gradient(event.args[0].thing)
    if event.what == "store":
        value = event.args[-1].thing
        return event.method == "data" and value.how[:2] == ("binary", "-") and _of_gradient(value)
    return event.what == "call" and event.method in _MOVES and not _is_gradient(event) and any(_of_gradient(one.thing) for one in event.inputs())


def _of_gradient(thing: Thing) -> bool:
    """Whether a value is worked out from ``w.grad``, which was not made by hand."""
    return any(one.how[:2] == ("attribute", "grad") for one in (thing, *thing.ancestors(20)))


def moved_by_hand(event: Event) -> list[Thing]:
    """What a step by hand moves: ``w`` of ``w.data -= rate * w.grad``, and the networks that it is a part of."""
    thing = event.receiver.thing if event.receiver is not None else None
    while thing is not None and thing.how[:1] == ("attribute",):
        thing = thing.how[2]
    return [*thing.each(), *(one for one in thing.ancestors(60) if one.is_a("module"))] if thing is not None else []


def optimizer_of(step: Event) -> Thing | None:
    """The optimiser that a step moves; for ``scaler.step(optimizer)`` that is what it is given."""
    if "scaled-step" in step.roles and step.args:
        return step.args[0].thing
    return step.receiver.thing if step.receiver is not None else None


def networks_of(thing: Thing) -> set[int]:
    """The networks that an optimiser, a list of parameters or a gradient reset is about, and those inside them, by identity; empty when they are unknown."""
    found: set[int] = set()
    waiting = [one for one in (thing, *thing.ancestors(120)) if one.is_a("module")]
    while waiting and len(found) < 200:
        one = waiting.pop()
        if id(one) not in found:
            found.add(id(one))
            waiting.extend(inner for inner in (one.fields or {}).values() if inner.is_a("module"))
    return found


def same(one: Thing | None, other: Thing | None) -> bool:
    """Whether two things may be the same object."""
    if one is None or other is None:
        return False
    return bool({id(part) for part in one.each()} & {id(part) for part in other.each()})


def concerns(event: Event, optimizer: Thing | None) -> bool:
    """Whether a reset or clip is certainly about the weights that an optimiser moves."""
    about = event.receiver.thing if "clip" not in event.roles and event.receiver is not None else (event.args[0].thing if event.args else None)
    if about is None or optimizer is None:
        return False
    return same(about, optimizer) or bool(networks_of(about) & networks_of(optimizer))


def strange(event: Event, optimizer: Thing | None) -> bool:
    """Whether a reset or clip is certainly about other weights than those that an optimiser moves."""
    about = event.receiver.thing if "clip" not in event.roles and event.receiver is not None else (event.args[0].thing if event.args else None)
    if about is None or optimizer is None or same(about, optimizer):
        return False
    ours, theirs = networks_of(optimizer), networks_of(about)
    return bool(ours and theirs) and not ours & theirs


def share(one: Event, other: Event) -> bool:
    """Whether two events belong to one course of things: they stand in one running of a loop, or, without loops, in one running of a function."""
    if shared_loop(one, other) is not None:
        return True
    return not one.loops and not other.loops and one.function == other.function and one.stack == other.stack and one.site.path == other.site.path


def shared_loop(one: Event, other: Event) -> Loop | None:
    """The innermost running of a loop that has both events."""
    found = None
    for mine, theirs in zip(one.loops, other.loops, strict=False):
        if mine is not theirs:
            break
        found = mine
    return found


def further(event: Event, other: Event) -> list[Branch]:
    """The conditions that an event stands under and another one does not."""
    arms = {(branch.site, branch.arm) for branch in other.branches}
    return [branch for branch in event.branches if (branch.site, branch.arm) not in arms]


def apart(event: Event, other: Event) -> bool:
    """Whether an event stands under a condition that another one does not stand under."""
    return bool(further(event, other))


def came_from(thing: Thing | None, source: Thing | None) -> bool:
    """Whether a thing is taken out of another one: an element of what a loop goes through."""
    if thing is None or source is None:
        return False
    return any(one is source for part in thing.each() for one in (part, *part.ancestors(60))) or any(
        part is inside for inside in _inside(source) for part in thing.each()
    )


def _inside(thing: Thing, depth: int = 4) -> Iterator[Thing]:
    for one in (*(thing.items or ()), *([inner] if (inner := thing.field("[*]")) is not None else [])):
        yield from one.each()
        if depth:
            yield from _inside(one, depth - 1)


def steps_of(run: Run) -> list[Event]:
    """The events of a run that make up its training steps, in order; gradient resets of all manners have a place among them."""
    found = {event.order: event for event in run.trace.with_role(*STEP_ROLES)}
    for event in run.trace.select(is_reset):
        if event.what in ("call", "store"):
            found[event.order] = event
    return [found[order] for order in sorted(found)]


def root_of(event: Event) -> tuple[str, str]:
    """The function that was run first to get to an event: what does not share it need not happen in one process."""
    first = event.stack[0] if event.stack else event
    return (first.site.path, first.function)


def latest(events: Iterable[Event], before: Event) -> Event | None:
    """The last of some events that comes before another one, on the same course and not in another arm of an ``if``."""
    found = None
    for event in events:
        if event.order >= before.order:
            break
        if share(event, before) and not event.excludes(before):
            found = event
    return found
