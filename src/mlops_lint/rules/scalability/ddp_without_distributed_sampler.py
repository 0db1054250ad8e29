"""Distributed training gives every process the same rows.

Each process of a ``DistributedDataParallel`` job draws batches from its own loader. Without a ``DistributedSampler`` each of them goes through the whole
data set: an epoch takes as long as on one GPU, every row counts once per process, and the machines that were added bring next to nothing.

Give the training loader ``sampler=DistributedSampler(dataset)`` (and drop ``shuffle=True``, which the sampler does), and call
``sampler.set_epoch(epoch)`` in each epoch.

Judged for loaders that feed a training loop of a program that wraps its network or joins a process group, and, with medium confidence, for those that shuffle
where the loop is out of sight. Data sets that stream, that are split by rank, or
that are built by an unknown sampler, loaders made in a branch that asks for the number of processes, and programs that leave the loop to Accelerate, Fabric,
Lightning, Ray, DeepSpeed or tensor and pipeline parallelism are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlops_lint.api import Confidence, Event, Finding, Loop, Project, Rule, Severity, Site
from mlops_lint.facts.distributed_training import (
    deals_out_all_rows,
    distributed_samplers,
    feeds,
    groups,
    is_handed_over,
    is_self_driving,
    shuffled_loaders,
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


@dataclass(frozen=True, slots=True, eq=False)
class _Shared:
    """A loader that gives every process all rows; ``reason`` makes the training a distributed one, ``loop`` is fed by the loader (``None`` is out of sight)."""

    made: Event
    reason: Event
    wrapped: bool
    loop: Loop | None
    run: Run


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each training loader of a distributed program that has no sampler, once."""
    every: Runs = project.derive(runs)
    found: dict[Site, _Shared] = {}
    spared: set[Site] = set()
    fed: set[tuple[str, Site]] = set()
    rivals: dict[tuple[str, Site], list[Event]] = {}
    for run in every:
        if run.role in ("test", "vendored") or run.trace.truncated:
            continue
        wraps, joins = groups(run)
        if not (wraps or joins) or is_self_driving(run):
            continue
        seen = feeds(run)
        for together in seen:
            for one in together:
                reason = _reason(one.made, one.backward, wraps, joins)
                if reason is None:
                    continue
                if any(distributed_samplers(other.made) for other in together) or is_handed_over(run, one.loader):
                    spared.add(one.made.site)
                    fed.add((run.path, one.loop.site))
                elif deals_out_all_rows(one.made) and one.made.site not in found:
                    found[one.made.site] = _Shared(one.made, reason, bool(wraps), one.loop, run)
                    rivals.setdefault((run.path, one.loop.site), []).append(one.made)
        if not seen and wraps:
            for made in _out_of_sight(run):
                reason = _reason(made, made, wraps, joins)
                if reason is not None:
                    found.setdefault(made.site, _Shared(made, reason, True, None, run))
    for site, shared in sorted(found.items(), key=_place):
        if site in spared:
            continue
        if shared.loop is not None:
            fed_there = (shared.run.path, shared.loop.site)
            if fed_there in fed or _for_training(rivals[fed_there]) is not shared.made:
                continue
        note = "the network is trained in several processes from here on" if shared.wrapped else "the processes are joined here"
        related = [every.location(shared.reason, note)]
        if shared.loop is not None:
            related.append(every.location(shared.loop.site, "the loader feeds this loop"))
        confidence = Confidence.HIGH if shared.wrapped and shared.loop is not None else Confidence.MEDIUM
        yield rule.finding(
            every.location(shared.made),
            "training loader has no DistributedSampler, so every process of the distributed training goes through all the rows",
            related=related,
            confidence=Confidence.LOW if shared.run.role == "example" else confidence,
        )


def _out_of_sight(run: Run) -> Iterator[Event]:
    """The shuffling loaders of a run whose training loop is elsewhere and which knows no sampler for several processes."""
    if run.trace.select(_gives_sampler):
        return
    for made in shuffled_loaders(run):
        if deals_out_all_rows(made) and not is_handed_over(run, made.result):
            yield made


def _gives_sampler(event: Event) -> bool:
    return event.result.is_a("distributed-sampler")


def _reason(made: Event, used: Event, wraps: Sequence[Event], joins: Sequence[Event]) -> Event | None:
    """The call that makes the training with a loader a distributed one; ``None`` where they may not belong together."""
    for event in wraps or joins:
        if not root_of(event) == root_of(made) == root_of(used) or event.excludes(made) or event.excludes(used):
            continue
        if not any(part in word.lower() for branch in further(made, event) for word in branch.words for part in _ASKING):
            return event
    return None


def _for_training(loaders: Sequence[Event]) -> Event:
    """Of the loaders that go through one loop, which may serve the validation too, the one for training: the first that shuffles, or the first."""
    for made in loaders:
        shuffle = made.argument("shuffle", 2)
        if shuffle is not None and shuffle.constant is True:
            return made
    return loaders[0]


def _place(item: tuple[Site, object]) -> Site:
    return item[0]
