"""The order of a training step: what of it comes too early or too late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mlops_lint.core.finding import Confidence
from mlops_lint.documents.specifiers import parse_version
from mlops_lint.facts.resolved_versions import ResolvedVersions
from mlops_lint.facts.runs import Run
from mlops_lint.facts.training_steps import apart, concerns, further, latest, optimizer_of, root_of, same, share, shared_loop, steps_of, strange
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Branch, Event
from mlops_lint.knowledge.torch import SCHEDULERS_STEP_LAST_SINCE

SCHEDULER_FIRST: Final = "scheduler-first"
CLIP_AFTER_STEP: Final = "clip-after-step"
CLIP_BEFORE_BACKWARD: Final = "clip-before-backward"
CLIP_BEFORE_UNSCALE: Final = "clip-before-unscale"
CLIP_WITHOUT_UNSCALE: Final = "clip-without-unscale"
RESET_BEFORE_STEP: Final = "reset-before-step"
RESET_EACH_ROUND: Final = "reset-each-round"
STEP_BEFORE_BACKWARD: Final = "step-before-backward"

_PLAIN_CLIPS = ("torch.nn.utils.",)
_SCHEDULED = ("sched", "warmup", "none")


@dataclass(frozen=True, slots=True, eq=False)
class Misplaced:
    """One call of a training step that stands in the wrong place: ``event`` is the call, ``other`` what it should have come before or after."""

    kind: str
    event: Event
    other: Event
    confidence: Confidence


def misplaced(run: Run) -> Iterator[Misplaced]:
    """What is out of order in the training steps of a run; the same place may come up several times."""
    events = steps_of(run)
    steps = [event for event in events if "optimizer-step" in event.roles]
    if not steps:
        return
    backwards = [event for event in events if "backward" in event.roles]
    yield from _schedulers(events, steps, backwards)
    if backwards:
        yield from _clips(events, steps, backwards)
        yield from _resets(events, steps, backwards)


def schedulers_come_first(versions: ResolvedVersions, near: str) -> bool:
    """Whether the torch of a file's environment is so old that a scheduler steps before the optimizer."""
    found = versions.version_of("torch", near)
    version, since = parse_version(found.version if found is not None else ""), parse_version(SCHEDULERS_STEP_LAST_SINCE)
    return version is not None and since is not None and version < since


# -- schedulers --------------------------------------------------------------------------------------------------------------------------------------


def _schedulers(events: list[Event], steps: list[Event], backwards: list[Event]) -> Iterator[Misplaced]:
    """The first step of each scheduler, where it comes before the first step of its optimizer."""
    begun: list[Thing] = []
    for event in events:
        if "scheduler-step" not in event.roles or event.receiver is None:
            continue
        scheduler = event.receiver.thing
        if any(same(scheduler, one) for one in begun):
            continue
        begun.append(scheduler)
        if event.inputs() or event.unpacks:
            continue  # told the epoch or the metric
        moved = _moved_by(scheduler, [step for step in steps if root_of(step) == root_of(event)])
        first = moved[0] if moved else None
        if first is None or first.order < event.order or not share(event, first) or event.excludes(first):
            continue
        loop = shared_loop(event, first)
        if not any(loop in one.loops if loop is not None else share(one, first) for one in backwards):
            continue
        if all(_asks_for_scheduler(branch) or _is_shared(branch, first) for branch in further(event, first)):
            yield Misplaced(SCHEDULER_FIRST, event, first, Confidence.HIGH)


def _moved_by(scheduler: Thing, steps: list[Event]) -> list[Event]:
    """The steps of the optimizer that a scheduler was made for; of the only optimizer there is, where that is not known."""
    optimizers = [one for one in (scheduler, *scheduler.ancestors(80)) if one.is_a("optimizer")]
    if optimizers:
        return [step for step in steps if any(same(optimizer_of(step), one) for one in optimizers)]
    found = {id(optimizer_of(step)) for step in steps}
    return steps if len(found) == 1 else []


def _is_shared(branch: Branch, other: Event) -> bool:
    """Whether another event stands under a condition that says the same: ``phase == "train"``."""
    return branch.arm == 0 and bool(branch.words) and any(one.arm == 0 and one.words == branch.words for one in other.branches)


def _asks_for_scheduler(branch: Branch) -> bool:
    """Whether a condition only asks if there is a scheduler."""
    return (
        bool(branch.words)
        and any(part in word.lower() for word in branch.words for part in _SCHEDULED)
        and not ({"epoch", "step", "i", "iteration", "batch_idx"} & {word.lower() for word in branch.words})
    )


# -- clips -------------------------------------------------------------------------------------------------------------------------------------------


def _clips(events: list[Event], steps: list[Event], backwards: list[Event]) -> Iterator[Misplaced]:
    unscales = [event for event in events if "unscale" in event.roles]
    for clip in events:
        if "clip" not in clip.roles or _only_measures(clip):
            continue
        following = _next(steps, clip)
        backward_after = _next(backwards, clip)
        comes_before_step = following is not None and (backward_after is None or following.order < backward_after.order)
        backward = latest(backwards, clip)
        step = latest([one for one in steps if not strange(clip, optimizer_of(one))], clip)
        if not comes_before_step and step is not None and (backward is None or backward.order < step.order):
            if apart(clip, step) and clip.discarded is False:
                continue
            early = backward_after is not None and clip.loops == backward_after.loops and clip.passing == backward_after.passing
            early = early and not (step.loops == clip.loops and step.passing == clip.passing)
            if early and backward_after is not None:
                yield Misplaced(CLIP_BEFORE_BACKWARD, clip, backward_after, Confidence.HIGH)
            else:
                yield Misplaced(CLIP_AFTER_STEP, clip, step, Confidence.HIGH)
        elif backward is not None and comes_before_step and following is not None:
            yield from _scaled(clip, backward, following, unscales, backwards, steps)


def _scaled(clip: Event, backward: Event, step: Event, unscales: list[Event], backwards: list[Event], steps: list[Event]) -> Iterator[Misplaced]:
    """A clip by plain PyTorch of gradients that a scaler has blown up and not yet scaled back."""
    if not any(name.startswith(_PLAIN_CLIPS) for name in clip.names):
        return
    before = latest(steps, clip)
    scaled = [
        one
        for one in backwards
        if one.order < clip.order and (before is None or one.order > before.order) and share(one, clip) and not one.excludes(clip) and is_scaled(one)
    ]
    if not scaled:
        return
    if any(scaled[0].order < one.order < clip.order and share(one, clip) for one in unscales):
        return
    taken = [one for one in steps if one.order > clip.order and share(one, clip) and not one.excludes(scaled[-1])]
    if not taken or "scaled-step" not in taken[0].roles:
        return
    later = [one for one in unscales if clip.order < one.order < taken[0].order and share(one, clip)]
    if later:
        yield Misplaced(CLIP_BEFORE_UNSCALE, clip, later[0], Confidence.HIGH)
    else:
        yield Misplaced(CLIP_WITHOUT_UNSCALE, clip, taken[0], Confidence.HIGH)


def is_scaled(backward: Event) -> bool:
    """Whether what goes backward is a loss that a gradient scaler has scaled."""
    loss = backward.operands.get("loss")
    made = loss.event if isinstance(loss, Thing) else None
    return made is not None and made.method == "scale" and (made.receiver is None or not made.receiver.is_a("tensor", "loss"))


def _only_measures(clip: Event) -> bool:
    """Whether a clip has no bound, and is there to give the norm."""
    limit = clip.argument("max_norm", 1)
    if limit is None:
        return False
    names = {name.rpartition(".")[2] for one in limit.thing.each() for name in one.names}
    made = limit.thing.event
    return "inf" in names or (made is not None and made.what == "call" and made.method == "float")


def _next(events: list[Event], after: Event) -> Event | None:
    for event in events:
        if event.order > after.order and share(event, after) and not event.excludes(after):
            return event
    return None


# -- resets ------------------------------------------------------------------------------------------------------------------------------------------


def _resets(events: list[Event], steps: list[Event], backwards: list[Event]) -> Iterator[Misplaced]:
    resets = [event for event in events if "zero-grad" in event.roles]
    for step in steps:
        optimizer = optimizer_of(step)
        backward = latest(backwards, step)
        reset = latest([one for one in resets if concerns(one, optimizer)], step)
        if reset is None or backward is None or apart(reset, step):
            continue
        if reset.order > backward.order:
            stepped = latest([one for one in steps if same(optimizer_of(one), optimizer)], reset)
            if (stepped is not None and stepped.order > backward.order) or reset.excludes(backward) or step in reset.stack:
                continue  # [backward, step, reset] and then another step: nothing is lost by the reset
            if reset.loops == step.loops and reset.passing == step.passing and backward.passing != step.passing and backward.loops == step.loops:
                yield Misplaced(STEP_BEFORE_BACKWARD, step, backward, Confidence.HIGH)
            else:
                yield Misplaced(RESET_BEFORE_STEP, reset, step, Confidence.HIGH)
        elif (
            reset.loops
            and reset.loops == backward.loops == step.loops
            and not apart(reset, backward)
            and any(_takes_turns(branch) for branch in further(step, backward))
            and not apart(backward, step)
        ):
            yield Misplaced(RESET_EACH_ROUND, reset, step, Confidence.MEDIUM)


def _takes_turns(branch: Branch) -> bool:
    """Whether a condition holds only every so many rounds: its test has a remainder in it."""
    if branch.test is None or branch.arm:
        return False
    return any(one.how[:2] == ("binary", "%") for one in (branch.test, *branch.test.ancestors(20)))
