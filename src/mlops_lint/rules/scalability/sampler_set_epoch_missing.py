"""Distributed sampler repeats the same order in every epoch.

A ``DistributedSampler`` shuffles by its seed and the number of the epoch, so that all processes agree on the order. It does not count the epochs itself: unless
``set_epoch`` is called, every epoch has the order of the first, batches are made of the same rows again and again, and the network learns less from each pass.

Call ``train_sampler.set_epoch(epoch)`` at the start of each epoch.

Reported at the loop of epochs around a training loop whose loader has such a sampler. Samplers that do not shuffle, that the project wrote itself, a single
epoch, and programs that leave the loop to Accelerate, Fabric, Lightning or Ray (which call it) are left alone. A ``set_epoch`` of any object inside the
loop counts, unless that is certainly another sampler. Where the batches are handed to training code out of sight that is not told the epoch, the confidence
is medium.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Event, Finding, Loop, Project, Rule, Severity, Site, Thing
from mlops_lint.facts.distributed_training import distributed_samplers, feeds, handed_loaders, is_handed_over, is_self_driving
from mlops_lint.facts.runs import REQUIRES, Run, Runs, runs

rule = Rule(
    code="SC104",
    summary="distributed sampler repeats the same order in every epoch",
    consideration="scaling-infrastructure",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each loop of epochs in which nobody tells the sampler the epoch."""
    every: Runs = project.derive(runs)
    found: dict[Site, tuple[Event, Run, Confidence]] = {}
    told: dict[Site, list[Event]] = {}
    for run in every:
        if run.role in ("test", "vendored") or run.trace.truncated:
            continue
        for event in run.trace.with_role("set-epoch"):
            for loop in event.loops:
                told.setdefault(loop.site, []).append(event)
        if is_self_driving(run, besides="deepspeed.initialize"):  # which leaves a sampler that the project made alone
            continue
        for epochs, made, loader, confidence in _epochs(run):
            if epochs in made.loops or _is_single(epochs) or is_handed_over(run, loader):
                continue
            for sampler in distributed_samplers(made):
                if sampler.event is not None and _shuffles(sampler):
                    found.setdefault(epochs.site, (sampler.event, run, confidence))
    for site, (sampler_made, run, confidence) in sorted(found.items(), key=_place):
        if any(_may_be(event, sampler_made) for event in told.get(site, ())):
            continue
        yield rule.finding(
            every.location(site),
            "no set_epoch in this loop, so the DistributedSampler gives every epoch the rows in the same order",
            related=[every.location(sampler_made, "the sampler is made here")],
            confidence=Confidence.LOW if run.role == "example" else confidence,
        )


def _epochs(run: Run) -> Iterator[tuple[Loop, Event, Thing, Confidence]]:
    """The loops of epochs of a run, with the loader (and the call that made it) that each of them goes through again and again."""
    for together in feeds(run):
        for one in together:
            if one.epochs is not None:
                yield one.epochs, one.made, one.loader, Confidence.HIGH
    for handed in handed_loaders(run):
        yield handed.epochs, handed.made, handed.loader, Confidence.MEDIUM


def _may_be(told: Event, sampler_made: Event) -> bool:
    """Whether a ``set_epoch`` may be that of a sampler: it is not when it is certainly called on another one."""
    receiver = told.receiver
    if receiver is None or not receiver.is_a("distributed-sampler"):
        return True
    makers = [one.event for one in receiver.thing.each()]
    return any(made is None or made.site == sampler_made.site for made in makers)


def _shuffles(sampler: Thing) -> bool:
    """Whether a sampler certainly shuffles: by default, or because it is told to; the project's own classes may do as they like."""
    made = sampler.event
    if made is None or made.unpacks or sampler.owner is not None:
        return False
    shuffle = made.argument("shuffle", 3)
    return shuffle is None or shuffle.constant is True


def _is_single(loop: Loop) -> bool:
    """Whether a loop has one round: ``range(1)``."""
    made = loop.iterable.event if loop.iterable is not None else None
    return made is not None and "builtins.range" in made.names and len(made.args) == 1 and made.args[0].constant == 1


def _place(item: tuple[Site, object]) -> Site:
    return item[0]
