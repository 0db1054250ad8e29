"""Program draws random numbers that it never seeds.

Every run of such a program gives another split, another initialisation, another order of batches. A result that nobody can repeat can be neither debugged
nor compared: a gain of half a point may be the luck of the draw.

Seed each library once, before it is first used, from one configured value (``random.seed``, ``np.random.seed`` or a passed-on ``default_rng(seed)``,
``torch.manual_seed``, ``tf.keras.utils.set_random_seed``), or call the helper of the framework (``seed_everything``, ``set_seed``).

A program is an entry point (main guard, console script, started script, notebook) with all it imports and calls. A seed anywhere in it counts, also under
a condition; what unknown packages do is given the benefit of the doubt. Layers and shuffled loaders count only where the program trains, and tensors that
may be mere inputs of the right shape have low confidence elsewhere. Numbers that only feed a sleep, name a run or choose a port, a colour or a seed are no
use, and a generator made for callers that give none counts only where none is given. Hugging Face datasets that are shuffled or split without a seed draw
it from NumPy. JAX has no global generator: its keys are seeds. Draws in a library
that no entry point reaches are not reported; programs in example folders have low confidence.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Event, Finding, Location, Project, Rule, Severity, Thing
from mlops_lint.facts.programs import Program, programs
from mlops_lint.facts.randomness import EVERYTHING, RandomSeed, RandomUse, is_trained, seeded_by
from mlops_lint.facts.runs import REQUIRES, Runs, runs
from mlops_lint.facts.seed_order import draws_of_datasets, is_seeded_before, seedings
from mlops_lint.knowledge.randomness import DRAWS, LIBRARY_TITLES, NUMPY, SEED_ADVICE

rule = Rule(
    code="RP301",
    summary="program draws random numbers of a library that it never seeds",
    consideration="randomness",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=(RandomUse, RandomSeed, *REQUIRES),
    references=(
        "https://docs.pytorch.org/docs/stable/notes/randomness.html",
        "https://numpy.org/doc/stable/reference/random/legacy.html",
    ),
)


_OWN_GENERATORS = ("generator", "fallback")


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each program once per library that it uses unseeded, at its entry."""
    every: Runs = project.derive(runs)
    for program in project.derive(programs):
        seeded = _seeded(program, every, project)
        for library in DRAWS:
            uses = [use for use in _uses(program, project) if use.library == library and _counts(use, program, every)]
            if library in seeded or EVERYTHING in seeded:
                # No global seed reaches a generator object that was made without one.
                uses = [use for use in uses if use.how in _OWN_GENERATORS]
            if library == NUMPY:
                uses.extend(_of_datasets(program, every, project))
            if uses:
                yield _finding(program, library, uses, every)


def _finding(program: Program, library: str, uses: list[RandomUse], every: Runs) -> Finding:
    first, event = _first_draw(program, uses, every)
    title, what = LIBRARY_TITLES[library], "program"
    if program.how == "notebook":
        what = "notebook"
    if all(use.how in _OWN_GENERATORS for use in uses):
        message = f"{what} makes a generator of {title} without a seed, so its results cannot be repeated"
        advice = f"give the generator a seed: {first.what}(SEED)"
    else:
        message = f"{what} draws random numbers with {title} but never seeds it, so its results cannot be repeated"
        advice = f"seed it before the first use: {SEED_ADVICE[library]}"
    related = [Location(first.path, first.span, f"{first.what} is drawn here")]
    related += [every.location(call, f"{every.written(call)} leads there") for call in (event.stack[-3:] if event is not None else ())]
    is_weak = program.role in ("example", "docs") or (all(use.how == "probe" for use in uses) and not _trains(program, library))
    return rule.finding(program.entry, message, related=related, help=advice, confidence=Confidence.LOW if is_weak else None)


def _first_draw(program: Program, uses: list[RandomUse], every: Runs) -> tuple[RandomUse, Event | None]:
    """The draw that comes first when the program is run, with what happened there; where the run meets none, one in the program's own file."""
    places = {(use.path, use.span.start): use for use in uses}
    run = every.of(program.path)
    for event in run.trace.events if run is not None else ():
        if event.what == "call" and (use := places.get((event.site.path, event.site.start))) is not None:
            return use, event
    return min(uses, key=lambda use: (use.path != program.path, use.path, use.span)), None


def _uses(program: Program, project: Project) -> list[RandomUse]:
    return [use for use in project.facts(RandomUse) if (use.path, use.function) in program.closure.reached]


def _of_datasets(program: Program, every: Runs, project: Project) -> list[RandomUse]:
    """The unseeded draws of Hugging Face datasets. A Trainer seeds when it is made, which is after its data have been shuffled and split."""
    run = every.of(program.path)
    found = [one for one in draws_of_datasets(run) if not (one[0].stack[0] if one[0].stack else one[0]).function] if run is not None else []
    if run is None or not found or not _seeded(program, every, project, trainers=False).isdisjoint((NUMPY, EVERYTHING)):
        return []
    return [use for event, use in found if not is_seeded_before(event, NUMPY, run, project)]


def _seeded(program: Program, every: Runs, project: Project, trainers: bool = True) -> set[str]:
    found: set[str] = set()
    run = every.of(program.path)
    for event, libraries in seedings(run, project) if run is not None else ():
        # What is run on its own because nobody calls it is no part of the program.
        if not (event.stack[0] if event.stack else event).function and (trainers or not event.method.endswith("Trainer")):
            found.update(libraries)
    for seed in project.facts(RandomSeed):
        if program.closure.may_run(seed.path, seed.function) and (trainers or not seed.name.endswith("Trainer")):
            found.update(seed.libraries)
    for name in program.closure.calls:
        if trainers or not name.endswith("Trainer"):
            found.update(seeded_by(name))
    return found


def _counts(use: RandomUse, program: Program, every: Runs) -> bool:
    """Initial weights and orders matter only where a model is trained, and a fallback only where a caller surely gives no generator."""
    if use.how == "fallback":
        return _is_taken(use, program, every)
    return use.how != "training" or _trains(program, use.library)


def _is_taken(use: RandomUse, program: Program, every: Runs) -> bool:
    run = every.of(program.path)
    for event in run.trace.events if run is not None else ():
        if event.site.path == use.path and event.site.start == use.span.start and event.branches:
            test = event.branches[-1].test
            if test is not None and test.how[:1] == ("compare",) and any(_is_nothing(part) for part in test.how[2][:1]):
                return True
    return False


def _is_nothing(thing: Thing) -> bool:
    """Whether a value surely is ``None``."""
    return thing.constant is None and not thing.alternatives


def _trains(program: Program, library: str) -> bool:
    return is_trained(program.closure.calls, program.closure.attributes, library)
