"""Personal sinks: places where a program shows personal data to whoever reads its output, its logs, its errors or its tracker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mlops_lint.facts.loose_expressions import LooseExpressions
from mlops_lint.facts.personal_names import is_masking
from mlops_lint.facts.personal_values import is_masked, personal
from mlops_lint.facts.runs import Run
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Seen
from mlops_lint.knowledge.sinks import LOG_METHODS, LOGGER_NAMES, LOGGING_PACKAGES, PRINTERS, TRACKER_METHODS, TRACKERS

PRINTED: Final = "is printed"
LOGGED: Final = "is logged"
RAISED: Final = "goes into the message of an exception"
TRACKED: Final = "is sent to the experiment tracker"
SHOWN: Final = "is shown in the notebook"

_LOOKS = frozenset({"head", "tail", "sample", "unique"})
_RESPONSES = ("HTTPException", "abort", "ValidationError", "RequestValidationError")


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Personal data that a program shows: what it is (``kind``), the ``name`` that says so, and ``how`` it is shown."""

    event: Event
    how: str
    kind: str
    name: str


def shown(every: Iterable[Run], loose: Mapping[str, LooseExpressions]) -> Iterator[tuple[Run, Shown]]:
    """What runs show of persons; the same place may come up several times."""

    def shows(event: Event) -> bool:
        return _shown(event, loose) is not None

    for run in every:
        for event in run.trace.select(shows):
            if (found := _shown(event, loose)) is not None:
                yield run, found


def _shown(event: Event, loose: Mapping[str, LooseExpressions]) -> Shown | None:
    for how, given in _sinks(event, loose):
        found = next((one for code, thing in given if (one := personal(code, thing)) is not None), None)
        if found is not None:
            return Shown(event, how, *found)
    return None


def _sinks(event: Event, loose: Mapping[str, LooseExpressions]) -> Iterator[tuple[str, list[tuple[Any, Thing]]]]:
    """How an event shows what it is given, and that with the code that says it."""
    if event.what == "raise":
        if (given := _raised(event)) is not None:
            yield RAISED, given
        return
    if event.what != "call" or not isinstance(event.code, list) or event.code[0] != "c":
        return
    if event.names & PRINTERS:
        yield PRINTED, _given(event)
    elif _is_logging(event):
        yield LOGGED, _given(event)
    elif _is_tracking(event):
        yield TRACKED, _tracked(event)
    elif event.discarded and event.method in _LOOKS and event.receiver is not None:
        kept = loose.get(event.site.path)
        # Only what is chosen on the spot: a frame that is looked at has its names somewhere else.
        if kept is not None and event.site.start in kept.shown and event.code[1][1][0] in ("s", "a"):
            yield SHOWN, [(event.code[1][1], event.receiver.thing)]


def _given(event: Event) -> list[tuple[Any, Thing]]:
    """The arguments with their code, as far as they stand side by side."""
    codes, things = event.code[2], [seen.thing for seen in event.args]
    if len(codes) != len(things):
        return []
    named = [(code, event.keywords[name].thing) for name, code in event.code[3] if name in event.keywords]
    return [*zip(codes, things, strict=True), *named]


def _is_logging(event: Event) -> bool:
    if event.method not in LOG_METHODS:
        return False
    if any(name.partition(".")[0] in LOGGING_PACKAGES for name in event.names):
        return True
    callee = event.code[1]
    if callee[0] != "a":
        return False
    base = callee[1]
    while base[0] == "c":  # logger.bind(…).info(…), logging.getLogger().info(…)
        base = base[1][1] if base[1][0] == "a" else base[1]
    name = base[2] if base[0] == "a" else base[1] if base[0] == "n" else ""
    return isinstance(name, str) and name.strip("_").lower() in LOGGER_NAMES


def _is_tracking(event: Event) -> bool:
    if any(name.partition(".")[0] in TRACKERS for name in event.names):
        return event.method in TRACKER_METHODS
    return event.method in ("log_param", "log_params", "set_tag", "set_tags", "log_parameter", "log_parameters")


def _tracked(event: Event) -> list[tuple[Any, Thing]]:
    """What a tracker is given, and for a name with a value the value under that name."""
    given = _given(event)
    key = event.args[0].constant if event.args else None
    if isinstance(key, str) and len(given) > 1 and not _is_plain(event.args[1]):
        # ``log_param("email", address)``: the name of the parameter says what the value is.
        return [*given, (["s", ["u"], ["k", key], 0, 0], event.args[1].thing)]
    return given


def _is_plain(seen: Seen) -> bool:
    return seen.thing.constant is None or is_masked(seen.thing) or is_masking(str(seen.thing.how[1:2]))


def _raised(event: Event) -> list[tuple[Any, Thing]] | None:
    """What the message of an exception is made of."""
    made = event.args[0].thing.event if event.args else None
    if made is None or not isinstance(made.code, list) or made.code[0] != "c" or made.method in _RESPONSES:
        return None
    return _given(made)
