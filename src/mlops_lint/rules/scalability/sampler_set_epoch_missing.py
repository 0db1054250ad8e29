"""Distributed sampler repeats the same order in every epoch.

A ``DistributedSampler`` shuffles by its seed and the number of the epoch, so that all processes agree on the order. It does not count the epochs itself: unless
``set_epoch`` is called, every epoch has the order of the first, batches are made of the same rows again and again, and the network learns less from each pass.

Call ``train_sampler.set_epoch(epoch)`` at the start of each epoch.

Reported at the loop of epochs around a training loop whose loader has such a sampler. Samplers that do not shuffle, that the project wrote itself, a single
epoch, and programs that leave the loop to Accelerate, Fabric, Lightning or Ray (which call it) are left alone. A ``set_epoch`` of any object inside the
loop counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Event, Finding, Loop, Project, Rule, Severity, Site, Thing
from mlops_lint.facts.distributed_training import distributed_samplers, feeds, is_handed_over, is_self_driving
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
    found: dict[Site, tuple[Event, Run]] = {}
    told: set[Site] = set()
    for run in every:
        if run.role in ("test", "vendored") or run.trace.truncated:
            continue
        told.update(loop.site for event in run.trace.with_role("set-epoch") for loop in event.loops)
        if is_self_driving(run):
            continue
        for together in feeds(run):
            for one in together:
                if one.epochs is None or one.epochs in one.made.loops or _is_single(one.epochs) or is_handed_over(run, one.loader):
                    continue
                for sampler in distributed_samplers(one.made):
                    if sampler.event is not None and _shuffles(sampler):
                        found.setdefault(one.epochs.site, (sampler.event, run))
    for site, (sampler_made, run) in sorted(found.items(), key=_place):
        if site in told:
            continue
        yield rule.finding(
            every.location(site),
            "no set_epoch in this loop, so the DistributedSampler gives every epoch the rows in the same order",
            related=[every.location(sampler_made, "the sampler is made here")],
            confidence=Confidence.LOW if run.role == "example" else None,
        )


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
