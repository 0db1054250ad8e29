"""Seed is set after random numbers have been drawn.

A seed says where the random numbers start from then on. Data that were shuffled, or weights that were initialised, before it differ at every run although the
program looks seeded, and what follows differs with them.

Set the seeds first thing: before data are split, before models are built, and before modules that draw when they are imported.

The order is that of the program from its entry on, through the project's own functions and modules. A draw in another arm of an ``if`` than the seed, one
that only names a run or feeds a sleep, and layers in programs that train nothing do not count; nor does a later seed of a library that something has
seeded already, or may have. Loaders draw their order when they are gone through, not when they are made. Where a Trainer sets the seed itself, a model
that was made before it is not looked at. Tensors that may be mere inputs of the right shape have low confidence, as have notebooks in which a cell seeds
its own draws.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mlops_lint.api import Confidence, Event, Finding, Location, Project, Rule, Severity, Site
from mlops_lint.facts.frames import both_happen, own_call
from mlops_lint.facts.programs import Program
from mlops_lint.facts.randomness import EVERYTHING, RandomSeed, RandomUse, is_trained
from mlops_lint.facts.runs import REQUIRES, Run, Runs, runs
from mlops_lint.facts.seed_order import seedings, uses_by_place
from mlops_lint.knowledge.randomness import DRAWS, LIBRARY_TITLES, SEEDING_WORDS
from mlops_lint.knowledge.seeding import GLOBAL_SEEDERS

rule = Rule(
    code="RP312",
    summary="seed is set after random numbers have been drawn",
    consideration="randomness",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    requires=(RandomUse, RandomSeed, *REQUIRES),
    references=("https://docs.pytorch.org/docs/stable/notes/randomness.html",),
)

_SEEDING_NAME = re.compile(SEEDING_WORDS, re.IGNORECASE)
_DRAWN_LATER = ("DataLoader", "RandomSampler", "WeightedRandomSampler", "Dropout")


@dataclass(frozen=True, slots=True, eq=False)
class _Draw:
    """A draw from a library's global generator in one run."""

    event: Event
    library: str
    what: str
    is_probe: bool = False
    is_weak: bool = False


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each late seed once, with the libraries that were used before it."""
    every: Runs = project.derive(runs)
    reported: set[Site] = set()
    for run in every:
        if run.program is None or run.role in ("test", "vendored") or run.trace.truncated:
            continue
        late: dict[Site, list[tuple[Event, _Draw]]] = {}
        for seed, draw in _late(run, run.program, every, project):
            late.setdefault(_place(seed, draw.event).site, []).append((seed, draw))
        for site, found in late.items():
            if site not in reported:
                reported.add(site)
                yield _finding(site, found, run, every)


def _finding(site: Site, found: list[tuple[Event, _Draw]], run: Run, every: Runs) -> Finding:
    seed, draw = found[0]
    titles = " and ".join(dict.fromkeys(LIBRARY_TITLES[one.library] for _, one in found))
    drawing = own_call(draw.event, seed)
    message = f"seed of {titles} comes after {every.written(drawing)} has drawn random numbers, so those differ at every run"
    related: list[Location] = [every.location(drawing, "random numbers are drawn here")]
    if draw.event is not drawing:
        related.append(every.location(draw.event, f"{draw.what} is the first draw"))
    if seed.site != site:
        related.append(every.location(seed, "the seed is set here"))
    is_weak = run.role in ("example", "docs") or all(one.is_weak for _, one in found)
    return rule.finding(every.location(site), message, related=related, confidence=Confidence.LOW if is_weak else None)


def _is_aside(seed: Event, draw: _Draw, draws: list[_Draw], run: Run, every: Runs) -> bool:
    """Whether a draw may be for show: inputs made by a helper that checks something, or another section of a notebook, where a cell seeds its own draws."""
    if draw.is_probe and own_call(draw.event, seed) is not draw.event:
        return True
    cell = every.cell(own_call(seed, draw.event)) if run.path.endswith(".ipynb") else 0
    if not cell:
        return False
    later = [one.event for one in draws if one.event.order > seed.order]
    # A network that is made again after the seed was made for show before.
    return any(one.site == draw.event.site or (not seed.function and every.cell(own_call(one, draw.event)) == cell) for one in later)


def _place(seed: Event, draw: Event) -> Event:
    """Where the finding stands: the seed, or the call of the helper that sets it, in the function that leads to the draw too."""
    if draw.stack or draw.site.path == seed.site.path:
        return own_call(seed, draw)
    caller = seed.stack[-1] if seed.stack else seed
    return caller if _SEEDING_NAME.search(caller.method) else seed


def _late(run: Run, program: Program, every: Runs, project: Project) -> Iterator[tuple[Event, _Draw]]:
    """The first seed of each library that is drawn from before, with the first draw."""
    seeds = list(seedings(run, project))
    for library in DRAWS:
        mine = [(event, libraries) for event, libraries in seeds if library in libraries or EVERYTHING in libraries]
        if not mine:
            continue
        first, libraries = mine[0]
        if library not in libraries or not _seeds_from_here(first):
            continue  # what a helper of unknown code seeds is not known
        every_draw = list(_draws(run, program, library, project))
        draw = next((one for one in every_draw if one.event.order < first.order and _comes_before(one.event, first, run)), None)
        if draw is not None:
            yield first, replace(draw, is_weak=True) if _is_aside(first, draw, every_draw, run, every) else draw


def _seeds_from_here(event: Event) -> bool:
    """Whether a call sets a seed, rather than bringing back a state or making a Trainer."""
    return not event.names or not event.names.isdisjoint(GLOBAL_SEEDERS)


def _comes_before(draw: Event, seed: Event, run: Run) -> bool:
    """Whether a draw surely comes before a seed in one running of the program."""
    if not both_happen(draw, seed, run.trace) or any(call.code is None for call in (*draw.stack, *seed.stack)):
        return False  # what a decorator leads to is run whenever its function is called
    if _graphs(seed) != _graphs(draw):
        return False  # a graph of TensorFlow 1 has a seed of its own
    if draw.stack or draw.function or draw.site.path == run.path:
        return True
    # The body of a module that is imported: it comes before what the program's own functions do, but a seed in a module's body may precede the import.
    return bool(seed.function or seed.stack) and seed.site.path == run.path


def _graphs(event: Event) -> list[int]:
    """The graphs of TensorFlow under which something happens (``with graph.as_default()``)."""
    made = [context.thing.event for context in event.contexts]
    return [id(one.receiver.thing) for one in made if one is not None and one.method == "as_default" and one.receiver is not None]


def _draws(run: Run, program: Program, library: str, project: Project) -> Iterator[_Draw]:
    places = project.derive(uses_by_place)
    trains = is_trained(program.closure.calls, program.closure.attributes, library)
    for event in run.trace.events:
        if event.what != "call":
            continue
        use = places.get((event.site.path, event.site.start))
        if use is not None and use.library == library:
            if use.how in ("generator", "fallback") or (use.how == "training" and (not trains or use.what.rpartition(".")[2] in _DRAWN_LATER)):
                continue
            yield _Draw(event, library, use.what, use.how == "probe", use.how == "probe" and not trains)
