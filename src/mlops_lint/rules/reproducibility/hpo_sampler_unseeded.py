"""Search for hyper-parameters draws its trials without a seed.

Each run of such a search tries other settings and ends with another winner. Nobody can tell then whether a change to the model or another draw of settings
made the difference, and a result that was reported cannot be found again.

Give the search its seed: ``sampler=optuna.samplers.TPESampler(seed=SEED)`` for ``create_study``, ``rstate=np.random.default_rng(SEED)`` for ``fmin``, ``seed=``
for a tuner of Keras Tuner, ``random_state_seed=`` or ``seed=`` for a search algorithm of Ray Tune.

Grids and exhaustive searches are left alone, as are samplers that come from elsewhere and arguments that cannot be seen. Seeding NumPy does not reach
Optuna and Hyperopt; it does reach Ray's default search, and seeding Python's ``random`` reaches Keras Tuner, which has low confidence then. A study that
several workers take up again has low confidence, as its workers must not share a seed.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import UNKNOWN, Confidence, Event, Finding, Project, Rule, Seen, Severity, Site, Thing
from mlops_lint.facts.randomness import RandomSeed
from mlops_lint.facts.runs import REQUIRES, Run, Runs, runs
from mlops_lint.facts.seed_order import is_seeded_before
from mlops_lint.knowledge.hyperparameter_search import (
    RANDOM_DOMAINS,
    SAMPLERS,
    SEED_VARIABLES,
    SPACES,
    STUDY_LOADERS,
    STUDY_MAKERS,
    STUDY_STARTERS,
    TRAINER_SEARCHES,
    TUNER_LIBRARY,
    TUNERS,
    Seeded,
)

rule = Rule(
    code="RP316",
    summary="search for hyper-parameters without a seed",
    consideration="randomness",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=(RandomSeed, *REQUIRES),
    references=(
        "https://optuna.readthedocs.io/en/stable/faq.html#how-can-i-obtain-reproducible-optimization-results",
        "https://docs.ray.io/en/latest/tune/faq.html#how-can-i-make-my-tune-experiments-reproducible",
    ),
)

_SAMPLER_ADVICE = "give the study a seeded sampler: sampler=optuna.samplers.TPESampler(seed=SEED)"
_SEARCHES = (STUDY_MAKERS, STUDY_LOADERS, SAMPLERS, TUNERS)
_Found = tuple[str, str, Confidence]
_HIGH, _MEDIUM, _LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each search, or the sampler that is made for it, once."""
    every: Runs = project.derive(runs)
    reported: set[Site] = set()
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for event in run.trace.select(_searches):
            if event.site in reported:
                continue
            found = _unseeded(event, run, every, project)
            if found is not None:
                reported.add(event.site)
                message, advice, confidence = found
                is_weak = run.role in ("example", "docs")
                yield rule.finding(every.location(event), message, help=advice, confidence=_LOW if is_weak else confidence)


def _searches(event: Event) -> bool:
    """Whether a call makes a search or a sampler."""
    return event.what == "call" and (event.method == "hyperparameter_search" or any(name in table for table in _SEARCHES for name in event.names))


def _unseeded(event: Event, run: Run, every: Runs, project: Project) -> _Found | None:
    written = every.written(event)
    for name in sorted(event.names):
        if name in STUDY_MAKERS or name in STUDY_LOADERS:
            return _study(event, run, name in STUDY_LOADERS)
        if (how := SAMPLERS.get(name)) is not None:
            return _sampler(event, name, how, written, run, project)
        if name in TUNERS:
            return _tuner(event, TUNERS[name], written, run, project)
    if event.method == "hyperparameter_search":
        return _trainer_search(event)
    return None


def _is_absent(seen: Seen | None) -> bool:
    """Whether nothing was given, or ``None``."""
    return seen is None or (seen.constant is None and not seen.thing.alternatives)


def _study(event: Event, run: Run, is_loaded: bool) -> _Found | None:
    if not _is_absent(event.argument("sampler", 1)) or event.unpacks:
        return None
    study = event.result
    started = False
    for other in run.trace.events:
        if other.receiver is None or not _is(other.receiver.thing, study):
            continue
        if other.what == "store" and other.method == "sampler":
            return None
        started = started or other.method in STUDY_STARTERS
    if is_loaded and not started:
        return None
    given = event.keywords.get("load_if_exists")
    confidence = _LOW if is_loaded else _MEDIUM if given is not None and given.constant is not False else _HIGH
    return "study has no seeded sampler, so every run of the search tries other settings", _SAMPLER_ADVICE, confidence


def _is(thing: Thing, other: Thing) -> bool:
    return thing is other or any(one is other for one in thing.alternatives)


def _sampler(event: Event, name: str, how: Seeded, written: str, run: Run, project: Project) -> _Found | None:
    if (
        event.unpacks
        or not _is_absent(event.argument(how.keyword, how.position))
        or (how.instead and not _is_absent(event.keywords.get(how.instead)))
    ):
        return None
    if any(name in searches and _is_set(variable, run) for variable, searches in SEED_VARIABLES.items()):
        return None
    is_reached = bool(how.falls_back_on) and is_seeded_before(event, how.falls_back_on, run, project)
    seed = "np.random.default_rng(SEED)" if how.keyword == "rstate" else "SEED"
    message = f"{written} gets no {how.keyword}, so every run of the search tries other settings"
    return message, f"pass {how.keyword}={seed}", _LOW if is_reached else _HIGH


def _is_set(variable: str, run: Run) -> bool:
    """Whether a run sets an environment variable."""
    for event in run.trace.events:
        if event.what == "store" and event.receiver is not None and "os.environ" in event.receiver.thing.names and event.args[0].constant == variable:
            return True
        if event.method in ("setdefault", "putenv", "update") and any(_mentions(seen, variable) for seen in event.inputs()):
            return True
    return False


def _mentions(seen: Seen, word: str) -> bool:
    return seen.constant == word or seen.thing.field(f"[{word!r}]") is not None


def _tuner(event: Event, holder: str, written: str, run: Run, project: Project) -> _Found | None:
    settings: Event | None = event
    if holder:
        given = event.argument(holder)
        if given is not None:
            settings = given.thing.event
            if settings is None or settings.what != "call" or settings.method != "TuneConfig":
                return None
    if event.unpacks or settings is None or settings.unpacks or not _is_absent(settings.keywords.get("search_alg")):
        return None
    spaces = [event.keywords[name] for name in SPACES if name in event.keywords] or list(event.args[1:2])
    if not any(_is_random(space.thing) for space in spaces) or is_seeded_before(event, TUNER_LIBRARY, run, project):
        return None
    message = f"{written} draws its settings from NumPy's generator, which is never seeded, so every run of the search tries other ones"
    return message, "seed NumPy first (np.random.seed(SEED)), or pass search_alg=BasicVariantGenerator(random_state=SEED)", _HIGH


def _is_random(space: Thing, depth: int = 3) -> bool:
    """Whether a space of settings holds something that is drawn."""
    if space.event is not None and not space.event.names.isdisjoint(RANDOM_DOMAINS):
        return True
    inside = [*(space.fields or {}).values(), *(space.items or ()), *space.parents[:40]]
    return depth > 0 and any(_is_random(one, depth - 1) for one in inside)


def _trainer_search(event: Event) -> _Found | None:
    backend = event.argument("backend", 4)
    name = backend.constant if backend is not None else UNKNOWN
    if not isinstance(name, str) or name not in TRAINER_SEARCHES or event.unpacks or not _is_absent(event.keywords.get(TRAINER_SEARCHES[name])):
        return None
    message = "hyperparameter_search gets no seeded sampler, so every run of the search tries other settings"
    return message, "pass sampler=optuna.samplers.TPESampler(seed=SEED)", _MEDIUM
