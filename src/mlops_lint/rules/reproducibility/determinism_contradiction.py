"""Program asks for determinism and gives it up again.

With ``cudnn.benchmark = True`` cuDNN times its algorithms at the start and takes the fastest, which may be another one in the next run; that undoes what
``cudnn.deterministic``, ``use_deterministic_algorithms`` or ``Trainer(deterministic=True)`` were set for. Whoever reads the code believes that results
repeat, pays for it in speed, and gets neither.

Set ``benchmark`` to False where determinism is asked for, or stop asking for it.

Both must be certain to meet: in one function, or in one program (an entry point with all it reaches), or in a program and the configuration beside it.
Different branches of one condition do not meet, nor does a benchmark that depends on a switch for determinism, or that is turned off again afterwards;
values that are computed are left alone. A deterministic mode that is turned off for a few lines and on again is fine.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from mlops_lint.api import Confidence, Edit, Finding, Fix, Location, Project, Rule, Safety, Severity
from mlops_lint.facts.determinism import (
    ALLOWS,
    ASKS,
    BREAKS,
    HERE,
    IN_FINALLY,
    KEEPS,
    ConfiguredDeterminism,
    DeterminismSetting,
    conditions,
    is_exclusive,
)
from mlops_lint.facts.programs import REQUIRES, Program, modules, programs
from mlops_lint.facts.randomness import RandomSeed
from mlops_lint.knowledge.determinism import CONFIG_LOADERS, TORCH

rule = Rule(
    code="RP308",
    summary="determinism is asked for and given up in the same program",
    consideration="randomness",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    fix=Safety.SAFE,
    requires=(DeterminismSetting, ConfiguredDeterminism, RandomSeed, *REQUIRES),
    references=("https://docs.pytorch.org/docs/stable/notes/randomness.html#cuda-convolution-benchmarking",),
)

_SWITCHED = re.compile(r"determin|seed|reprod|debug|benchmark", re.IGNORECASE)
_CONFIG_FOLDERS = re.compile(r"^(?:config\w*|confs?|cfgs?|params|parameters|settings|trainers?|hydra|experiments?|hparams)$", re.IGNORECASE)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each place that gives determinism up, once, with a place that asks for it."""
    roles = {one.path: one.role for one in project.files}
    settings = [one for one in project.facts(DeterminismSetting) if roles.get(one.path) not in ("test", "vendored")]
    configured = [one for one in project.facts(ConfiguredDeterminism) if roles.get(one.path, "code") in ("code", "example")]
    asking = [one for one in settings if one.meaning == ASKS]
    choices = _choices(configured)
    asking_files = [one for one in configured if one.meaning == ASKS and posixpath.dirname(one.path) not in choices]
    for given in settings:
        if given.meaning not in (BREAKS, ALLOWS):
            continue
        met = sorted((one for one in asking if one.library == given.library), key=lambda one: _distance(one, given))
        found = next((finding for one in met if (finding := _contradiction(one, given, settings, project)) is not None), None)
        if found is None and given.meaning == BREAKS and given.library == TORCH and not _is_optional(given):
            met_file = next((one for one in asking_files if _program_reading(one, given, project) is not None), None)
            if met_file is not None:
                found = _finding(
                    given, Location(met_file.path, met_file.span, "determinism is asked for here"), f"{met_file.key} in {met_file.path}", None
                )
        if found is not None:
            yield found
    yield from _in_files(configured, choices, asking, project)


def _distance(one: DeterminismSetting, other: DeterminismSetting) -> tuple[bool, bool, str, int]:
    return one.path != other.path, one.function != other.function, one.path, one.span.start


def _contradiction(ask: DeterminismSetting, given: DeterminismSetting, settings: list[DeterminismSetting], project: Project) -> Finding | None:
    if is_exclusive(ask, given) or not _meet(ask, given, project):
        return None
    is_near = (ask.path, ask.function) == (given.path, given.function)
    confidence: Confidence | None = None
    own, others = conditions(given), conditions(ask)
    if own and not (ask.path == given.path and own <= others):
        if _is_optional(given):
            return None
        confidence = Confidence.MEDIUM
    if not is_near and any(_SWITCHED.search(test) for test in others) and ask.function not in ("", "__main__"):
        confidence = Confidence.MEDIUM
    if given.switch.startswith(HERE) and "cudnn" not in given.what:
        confidence = Confidence.MEDIUM
    if given.meaning == ALLOWS:
        if not _is_turned_off_after(ask, given, settings, project):
            return None
        confidence = confidence if is_near else Confidence.MEDIUM
    else:
        kept = [one for one in settings if one.meaning == KEEPS and one.switch == given.switch]
        if any(_is_after(given, one) and conditions(one) <= others for one in kept):
            return None
        if not is_near and any((one.path, one.function) == (ask.path, ask.function) and conditions(one) <= others for one in kept):
            order = _helper_position(ask, given, project)
            if order == "after" or (order == "" and given.function == ""):
                return None
            confidence = confidence if order else Confidence.MEDIUM
    return _finding(given, Location(ask.path, ask.span, "determinism is asked for here"), ask.what, confidence)


def _meet(ask: DeterminismSetting, given: DeterminismSetting, project: Project) -> bool:
    """Whether one run makes both settings."""
    if ask.switch.startswith(HERE) or given.switch.startswith(HERE):
        return (ask.path, ask.call) == (given.path, given.call)
    if (ask.path, ask.function) == (given.path, given.function):
        return True
    return any(
        (ask.path, ask.function) in one.closure.reached and (given.path, given.function) in one.closure.reached for one in project.derive(programs)
    )


def _is_optional(given: DeterminismSetting) -> bool:
    """Whether a setting depends on a switch that has to do with determinism, so that the author has thought of it."""
    return any(_SWITCHED.search(test) for test in conditions(given))


def _is_after(one: DeterminismSetting, other: DeterminismSetting) -> bool:
    """Whether the other setting is made later in the same function."""
    return (one.path, one.function) == (other.path, other.function) and one.span.start < other.span.start


def _is_turned_off_after(ask: DeterminismSetting, given: DeterminismSetting, settings: list[DeterminismSetting], project: Project) -> bool:
    """Whether a mode is turned off once it is on, and stays off; another mode, and one put back at the end, are no contradiction."""
    if ask.switch != given.switch or any(guard.branch == IN_FINALLY for guard in given.guards):
        return False
    if any(_is_after(given, one) for one in settings if one.meaning == ASKS and one.switch == given.switch):
        return False
    if (ask.path, ask.function) == (given.path, given.function):
        return _is_after(ask, given) or given.call == ask.call != -1
    return _helper_position(ask, given, project) == "before"


def _helper_position(ask: DeterminismSetting, given: DeterminismSetting, project: Project) -> str:
    """Whether the function that asks is called ``before`` or ``after`` a setting in the setting's own function; empty when that cannot be seen."""
    known = project.derive(modules)
    for call in project.facts(RandomSeed, given.path):
        definition = known.definition(call.name, call.path) if call.name and call.function == given.function else None
        if definition is not None and (definition.path, definition.qualname) == (ask.path, ask.function):
            return "before" if call.span.start < given.span.start else "after"
    return ""


def _finding(given: DeterminismSetting, place: Location, ask: str, confidence: Confidence | None) -> Finding:
    if given.meaning == ALLOWS:
        message = f"{given.what} turns off the determinism that {ask} asks for"
        return rule.finding(Location(given.path, given.span), message, related=[place], confidence=confidence)
    message = f"{given.what} undoes the determinism that {ask} asks for"
    fix = None
    if given.value_span is not None and given.library == TORCH:
        fix = Fix("Turn the benchmark off", (Edit(given.path, given.value_span, "False"),), Safety.SAFE)
    return rule.finding(Location(given.path, given.span), message, related=[place], confidence=confidence, fix=fix)


def _choices(configured: list[ConfiguredDeterminism]) -> frozenset[str]:
    """Folders in which one file asks for determinism and another does not: options to choose from, of which none is known to be taken."""
    said: dict[str, set[str]] = {}
    for one in configured:
        if one.meaning in (ASKS, ALLOWS):
            said.setdefault(posixpath.dirname(one.path), set()).add(one.meaning)
    return frozenset(folder for folder, meanings in said.items() if len(meanings) > 1)


def _program_reading(config: ConfiguredDeterminism, given: DeterminismSetting, project: Project) -> Program | None:
    """A program below the configuration's folder that reads some configuration and reaches a setting."""
    parts = posixpath.dirname(config.path).split("/")
    while parts and (not parts[-1] or _CONFIG_FOLDERS.match(parts[-1])):
        parts.pop()
    base = "".join(part + "/" for part in parts)
    known: tuple[Program, ...] = project.derive(programs)
    for program in known:
        if (
            program.path.startswith(base)
            and (given.path, given.function) in program.closure.reached
            and not program.closure.calls.isdisjoint(CONFIG_LOADERS)
        ):
            return program
    return None


def _in_files(
    configured: list[ConfiguredDeterminism], choices: frozenset[str], asking: list[DeterminismSetting], project: Project
) -> Iterator[Finding]:
    """Report benchmarks that configuration turns on beside a wish for determinism, in the same section or in the code that reads it."""
    for given in configured:
        if given.meaning != BREAKS:
            continue
        beside = next((one for one in configured if one.meaning == ASKS and (one.path, one.section) == (given.path, given.section)), None)
        if beside is not None:
            place, ask = Location(beside.path, beside.span, "determinism is asked for here"), beside.key
        else:
            met = [one for one in asking if one.library == TORCH and not conditions(one) and _program_reading(given, one, project) is not None]
            if not met or posixpath.dirname(given.path) in choices:
                continue
            place, ask = Location(met[0].path, met[0].span, "determinism is asked for here"), met[0].what
        fix = Fix("Turn the benchmark off", (Edit(given.path, given.value_span, "false"),), Safety.SAFE)
        yield rule.finding(Location(given.path, given.span), f"{given.key} undoes the determinism that {ask} asks for", related=[place], fix=fix)
