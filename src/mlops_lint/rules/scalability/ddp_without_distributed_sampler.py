"""Distributed training gives every process the same rows.

Each process of a ``DistributedDataParallel`` job draws batches from its own loader. Without a ``DistributedSampler`` each of them goes through the whole
data set: an epoch takes as long as on one GPU, every row counts once per process, and the machines that were added bring next to nothing.

Give the training loader ``sampler=DistributedSampler(dataset)`` (and drop ``shuffle=True``, which the sampler does), and call
``sampler.set_epoch(epoch)`` in each epoch.

Judged for loaders that feed a training loop of a program that wraps its network or joins a process group. Data sets that stream, that are split by rank, or
that are built by an unknown sampler, loaders made in a branch that asks for the number of processes, and programs that leave the loop to Accelerate, Fabric,
Lightning, Ray, DeepSpeed or tensor and pipeline parallelism are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Event, Finding, Project, Rule, Severity, Site
from mlops_lint.facts.distributed_training import (
    Feed,
    deals_out_all_rows,
    distributed_samplers,
    feeds,
    groups,
    is_handed_over,
    is_self_driving,
)
from mlops_lint.facts.runs import REQUIRES, Run, Runs, runs
from mlops_lint.facts.training_steps import further, root_of

rule = Rule(
    code="SC103",
    summary="distributed training gives every process the same rows",
    consideration="scaling-infrastructure",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=(
        "https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler",
        "https://docs.pytorch.org/tutorials/intermediate/ddp_tutorial.html",
    ),
)

_ASKING = ("dist", "ddp", "world", "rank", "gpu", "parallel", "nproc", "num_processes", "fsdp")


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each training loader of a distributed program that has no sampler, once."""
    every: Runs = project.derive(runs)
    found: dict[Site, tuple[Feed, Event, bool, Run]] = {}
    spared: set[Site] = set()
    fed: set[Site] = set()
    for run in every:
        if run.role in ("test", "vendored") or run.trace.truncated:
            continue
        wraps, joins = groups(run)
        if not (wraps or joins) or is_self_driving(run):
            continue
        for together in feeds(run):
            for one in together:
                reason = _reason(one, wraps, joins)
                if reason is None:
                    continue
                if any(distributed_samplers(other.made) for other in together) or is_handed_over(run, one.loader):
                    spared.add(one.made.site)
                    fed.add(one.loop.site)
                elif deals_out_all_rows(one.made):
                    found.setdefault(one.made.site, (one, reason, bool(wraps), run))
    loops = {one.loop.site for one, *_ in found.values()}
    rivals = {loop: [one for one, *_ in found.values() if one.loop.site == loop] for loop in loops}
    for site, (one, reason, wrapped, run) in sorted(found.items(), key=_place):
        if site in spared or one.loop.site in fed or _for_training(rivals[one.loop.site]) is not one:
            continue
        note = "the network is trained in several processes from here on" if wrapped else "the processes are joined here"
        related = [every.location(reason, note), every.location(one.loop.site, "the loader feeds this loop")]
        confidence = Confidence.HIGH if wrapped else Confidence.MEDIUM
        yield rule.finding(
            every.location(one.made),
            "training loader has no DistributedSampler, so every process of the distributed training goes through all the rows",
            related=related,
            confidence=Confidence.LOW if run.role == "example" else confidence,
        )


def _reason(feed: Feed, wraps: list[Event], joins: list[Event]) -> Event | None:
    """The call that makes the loop of a loader a distributed one; ``None`` where they may not belong together."""
    for event in wraps or joins:
        if not root_of(event) == root_of(feed.made) == root_of(feed.backward) or event.excludes(feed.made) or event.excludes(feed.backward):
            continue
        if not any(part in word.lower() for branch in further(feed.made, event) for word in branch.words for part in _ASKING):
            return event
    return None


def _for_training(feeds_of_loop: list[Feed]) -> Feed:
    """Of the loaders that go through one loop, which may serve the validation too, the one for training: the first that shuffles, or the first."""
    for one in feeds_of_loop:
        shuffle = one.made.argument("shuffle", 2)
        if shuffle is not None and shuffle.constant is True:
            return one
    return feeds_of_loop[0]


def _place(item: tuple[Site, object]) -> Site:
    return item[0]
