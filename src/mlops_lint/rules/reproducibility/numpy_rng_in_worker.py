"""Workers of a DataLoader all draw the same NumPy numbers.

Before torch 1.9 the workers of a ``DataLoader`` start as copies of the main process, NumPy's generator included. Each of them then makes the same "random"
crops, flips and noise, and makes them again in every epoch, so the data are augmented far less than it seems; nothing fails.

Upgrade torch to 1.9 or newer, or give the loader a ``worker_init_fn`` that seeds NumPy from ``torch.initial_seed()``; or draw with ``torch`` in the dataset.

Only loaders count whose torch is known to be older (by a lock, a pin or an upper bound) and whose workers are not known to be none. What a dataset calls is
followed through the project's own functions, its transforms and its ``collate_fn``. A dataset that seeds NumPy or asks for its worker, and a project that calls
Lightning's ``seed_everything(workers=True)``, are left alone. Generators that a dataset keeps for itself are not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Event, Finding, Location, Project, Rule, Seen, Severity
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.randomness import RandomSeed, RandomUse
from mlops_lint.facts.requirements import LockedVersion, Requirement, RequirementInclude
from mlops_lint.facts.resolved_versions import ResolvedVersions
from mlops_lint.facts.runs import REQUIRES, Runs, runs
from mlops_lint.facts.worker_randomness import drawn_by_workers
from mlops_lint.knowledge.loading import LOADERS, NUMPY_SEEDED_SINCE, WORKER_SEEDERS

rule = Rule(
    code="RP306",
    summary="workers of a DataLoader all draw the same NumPy numbers",
    consideration="randomness",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=(RandomUse, RandomSeed, Requirement, LockedVersion, RequirementInclude, Manifest, *REQUIRES),
    references=("https://docs.pytorch.org/docs/stable/notes/faq.html#my-data-loader-workers-return-identical-random-numbers",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report the first draw of each dataset that is read by such workers, once."""
    every: Runs = project.derive(runs)
    versions: ResolvedVersions = project.derive(ResolvedVersions.of)
    loaders = [(run, event) for run in every for event in run.trace.events if event.what == "call" and not event.names.isdisjoint(LOADERS)]
    if not loaders or _lightning_seeds(every):
        return
    reported: set[Location] = set()
    for run, event in loaders:
        if run.role in ("test", "vendored") or (workers := _workers(event)) is None:
            continue
        row = versions.is_below("torch", event.site.path, NUMPY_SEEDED_SINCE)
        dataset = event.argument("dataset", 0)
        if row is None or dataset is None:
            continue
        collate = event.argument("collate_fn", 6)
        draws = drawn_by_workers(dataset.thing, collate.thing if collate is not None else None, project)
        place = Location(draws[0].path, draws[0].span) if draws else None
        if place is None or place in reported:
            continue
        reported.add(place)
        message = f"{draws[0].what} draws the same numbers in every worker of the DataLoader, as torch before {NUMPY_SEEDED_SINCE} does not seed NumPy there"
        related = [every.location(event, "the loader whose workers read this"), Location(row.path, row.span, "the version of torch")]
        related += [Location(one.path, one.span, "drawn there as well") for one in draws[1:4]]
        is_weak = run.role in ("example", "docs")
        yield rule.finding(place, message, related=related, confidence=Confidence.LOW if is_weak else workers)


def _workers(event: Event) -> Confidence | None:
    """How sure it is that a loader has workers which nobody seeds."""
    number, seeding = event.argument("num_workers", 5), event.argument("worker_init_fn", 10)
    if number is None or not (seeding is None or _is_nothing(seeding)):
        return None
    if event.unpacks and "num_workers" not in event.keywords:
        return None
    if isinstance(number.constant, int):
        return Confidence.HIGH if number.constant > 0 else None
    return None if _is_nothing(number) else Confidence.MEDIUM


def _is_nothing(seen: Seen) -> bool:
    return seen.constant is None and not seen.thing.alternatives


def _lightning_seeds(every: Runs) -> bool:
    return any(
        (given := event.argument("workers", 1)) is not None and given.constant is not False
        for run in every
        for event in run.trace.called(*WORKER_SEEDERS)
    )
