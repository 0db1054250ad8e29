"""Training loop never resets the gradients.

``backward()`` adds to the gradients that are there already. In a loop that steps without resetting them, every step follows the sum of all batches so far:
the first ones go on pulling for ever, the steps grow, and the model diverges or learns something else than the data of the batch.

Call ``optimizer.zero_grad()`` once per step, before ``backward()`` or right after ``step()``. To accumulate gradients over several batches on purpose, reset
them each time the optimizer has stepped.

A reset counts wherever the loop reaches it: in a helper of another module, in the closure given to ``step``, on the model, by ``p.grad = None``; one before the
loop does not. Weights that are moved by hand (``w -= rate * w.grad``) are judged too, with medium confidence. Loops that build a new optimizer in each
round, libraries that reset by themselves (DeepSpeed, MXNet, Jittor) and unknown functions that are handed the optimizer are left alone, and so are single
steps outside any loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.api import Confidence, Event, Finding, Location, Loop, Project, Rule, Severity, Site, Thing
from mlops_lint.facts.runs import REQUIRES, Run, Runs, runs
from mlops_lint.facts.training_steps import came_from, is_reset, latest, may_be_reset, moved_by_hand, networks_of, optimizer_of, same, steps_by_hand
from mlops_lint.knowledge.torch import RESETS_BY_ITSELF

rule = Rule(
    code="SC304",
    summary="training loop never resets the gradients",
    consideration="resource-utilization",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html",),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Unreset:
    """A step in a loop in which nothing resets its gradients; ``others`` are reset there when ``partly``."""

    backward: Event
    step: Event
    loop: Loop
    outside: Event | None
    partly: bool
    by_hand: bool
    run: Run


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report the backward call of each loop in which gradients are never reset, on whatever way the loop is reached."""
    every: Runs = project.derive(runs)
    found: dict[Site, _Unreset] = {}
    reset: set[tuple[Site, Site]] = set()
    for run in every:
        if run.role in ("test", "vendored") or run.trace.truncated:
            continue
        for one in _steps(run, reset):
            found.setdefault(one.backward.site, one)
    for one in sorted(found.values(), key=_place):
        if (one.step.site, one.loop.site) in reset:
            continue
        related = [every.location(one.loop.site, "nothing in this loop resets the gradients" if not one.partly else "this loop resets others only")]
        if one.step.site != one.backward.site:
            related.append(every.location(one.step, "the optimizer steps here" if not one.by_hand else "the weights are moved here"))
        if one.outside is not None:
            related.append(every.location(one.outside, "this reset stands outside the loop"))
        yield rule.finding(every.location(one.backward), _message(one), related=_distinct(related), confidence=_confidence(one))


def _message(one: _Unreset) -> str:
    if one.partly:
        return "gradients of the stepped optimizer are never reset in this loop, only those of another one, so its steps add up all batches so far"
    return "gradients are never reset in this loop, so every step follows the sum of all batches so far"


def _confidence(one: _Unreset) -> Confidence:
    if one.run.role == "example":
        return Confidence.LOW
    return Confidence.MEDIUM if one.partly or one.by_hand else Confidence.HIGH


def _steps(run: Run, reset: set[tuple[Site, Site]]) -> Iterator[_Unreset]:
    """The steps of a run whose loop has no reset; ``reset`` takes the places of those whose loop has one."""
    by_hand = steps_by_hand(run)
    steps = [*run.trace.with_role("optimizer-step"), *by_hand]
    backwards = run.trace.with_role("backward")
    if not steps or not backwards:
        return
    resets = run.trace.select(may_be_reset)
    resets_in: dict[Loop, list[Event]] = {}
    for event in resets:
        for loop in event.loops:
            resets_in.setdefault(loop, []).append(event)
    backwards_in: dict[Loop, list[Event]] = {}
    for event in backwards:
        for loop in event.loops:
            backwards_in.setdefault(loop, []).append(event)
    for step in steps:
        optimizer = optimizer_of(step) if step not in by_hand else None
        if optimizer is not None and any(name.startswith(RESETS_BY_ITSELF) for one in optimizer.each() if one.event for name in one.event.names):
            continue
        found = _loop_of(step, optimizer, backwards_in)
        if found is None:
            continue
        loop = found
        inside = resets_in.get(loop, [])
        partly = bool(inside)
        if inside and not _only_others(optimizer, inside):
            reset.add((step.site, loop.site))
            continue
        made = [optimizer] if optimizer is not None else moved_by_hand(step) if step in by_hand else []
        if any(one.event is not None and loop in one.event.loops for one in made):
            continue
        backward = latest(backwards_in[loop], step) or backwards_in[loop][0]
        outside = latest((event for event in resets if is_reset(event)), step) if not partly else None
        yield _Unreset(backward, step, loop, outside, partly, step in by_hand, run)


def _loop_of(step: Event, optimizer: Thing | None, backwards_in: dict[Loop, list[Event]]) -> Loop | None:
    """The innermost loop that has both the step and a backward pass, and does not go through optimizers or networks."""
    networks = networks_of(optimizer) if optimizer is not None else set()
    for loop in reversed(step.loops):
        if loop not in backwards_in:
            continue
        source = loop.iterable
        if source is not None and (came_from(optimizer, source) or networks & networks_of(source)):
            continue
        return loop
    return None


def _only_others(optimizer: Thing | None, resets: list[Event]) -> bool:
    """Whether all resets are those of other networks, or of optimizers over other networks."""
    ours = networks_of(optimizer) if optimizer is not None and _is_made(optimizer) else set()
    if optimizer is None or not ours:
        return False
    for event in resets:
        other = event.receiver.thing if event.receiver is not None and "zero-grad" in event.roles else None
        if other is None or not _is_made(other) or same(other, optimizer):
            return False
        theirs = networks_of(other)
        if not theirs or ours & theirs:
            return False
    return True


def _is_made(optimizer: Thing) -> bool:
    """Whether it is certainly one optimizer or network, built in sight."""
    return optimizer.is_a("optimizer", "module") and not optimizer.alternatives and optimizer.event is not None and optimizer.event.what == "call"


def _distinct(places: list[Location]) -> list[Location]:
    return list({(place.path, place.span): place for place in reversed(places)}.values())[::-1]


def _place(one: _Unreset) -> tuple[str, int]:
    return (one.backward.site.path, one.backward.site.start)
