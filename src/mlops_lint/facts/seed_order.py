"""Seedings and draws in the order in which an abstract run meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlops_lint.facts.randomness import EVERYTHING, RandomSeed, RandomUse, seeded_by
from mlops_lint.facts.runs import Run
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.randomness import NUMPY
from mlops_lint.project.project import Project

Place = tuple[str, int]


def seeds_by_place(project: Project) -> dict[Place, RandomSeed]:
    """The calls that seed, by file and offset; meant for ``project.derive``."""
    return {(seed.path, seed.span.start): seed for seed in project.facts(RandomSeed)}


def uses_by_place(project: Project) -> dict[Place, RandomUse]:
    """The draws, by file and offset; meant for ``project.derive``."""
    return {(use.path, use.span.start): use for use in project.facts(RandomUse)}


def seedings(run: Run, project: Project) -> Iterator[tuple[Event, frozenset[str]]]:
    """The calls of a run that seed, in order, each with the libraries that it seeds (``*``: unknown code whose name says so)."""
    places: dict[Place, RandomSeed] = project.derive(seeds_by_place)
    for event in run.trace.select(project.derive(_test)):
        seed = places.get((event.site.path, event.site.start))
        libraries = {library for name in event.names for library in seeded_by(name)}
        if seed is not None and (not libraries or EVERYTHING not in seed.libraries):
            libraries.update(seed.libraries)
        if libraries:
            yield event, frozenset(libraries)


def _test(project: Project) -> Callable[[Event], bool]:
    """Whether a call may seed, as a question to be asked of all runs of a project."""
    places: dict[Place, RandomSeed] = project.derive(seeds_by_place)

    def seeds(event: Event) -> bool:
        return event.what == "call" and ((event.site.path, event.site.start) in places or any(seeded_by(name) for name in event.names))

    return seeds


def is_seeded_before(event: Event, library: str, run: Run, project: Project) -> bool:
    """Whether something has seeded a library's global generator when an event happens."""
    return any(seed.order < event.order and (library in libraries or EVERYTHING in libraries) for seed, libraries in seedings(run, project))


def draws_of_datasets(run: Run) -> Iterator[tuple[Event, RandomUse]]:
    """The shuffles and splits of Hugging Face datasets that are given no seed: it is then drawn from NumPy's global generator."""
    for event in run.trace.events:
        if event.what != "call" or event.unpacks or event.receiver is None or not event.receiver.is_a("hf-dataset"):
            continue
        if event.method == "shuffle":
            given = [event.argument("seed", 0), event.argument("generator", 1), event.keywords.get("generators")]
        elif event.method == "train_test_split":
            shuffle = event.argument("shuffle", 2)
            if shuffle is not None and shuffle.constant is not True:
                continue
            given = [event.argument("seed", 4), event.keywords.get("generator")]
        else:
            continue
        if all(one is None or (one.constant is None and not one.thing.alternatives) for one in given):
            yield event, RandomUse(event.site.path, event.function, NUMPY, "draw", event.method, event.site.span)
