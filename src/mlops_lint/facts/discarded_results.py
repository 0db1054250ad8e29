"""Discarded results: calls that only make a changed copy of a table, and whose copy nobody keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlops_lint.facts.loose_expressions import LooseExpressions
from mlops_lint.facts.purity import is_pure
from mlops_lint.facts.runs import Run
from mlops_lint.facts.tables import certainly, is_hinted
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.frames import CALLING_METHODS, IN_PLACE_SWITCHES, RESULT_FUNCTIONS, RESULT_METHODS, SPARK_FRAME_METHODS

_PANDAS = ("dataframe", "series")
_ACCESSORS = ("str", "dt", "cat")
_CLOCKS = frozenset(
    [f"time.{name}" for name in ("time", "perf_counter", "monotonic", "process_time", "time_ns", "perf_counter_ns")]
    + ["timeit.default_timer", "datetime.datetime.now"]
)
_TIMERS = ("time", "profile", "bench", "raises", "assertRaises", "warns")


def discarded_results(run: Run, loose: Mapping[str, LooseExpressions]) -> Iterator[Event]:
    """The calls of a run whose result is lost, and with it all they did; the same place may come up several times."""
    for event in run.trace.select(_is_lost):
        kept = loose.get(event.site.path)
        if kept is not None and kept.keeps(event.site.start, not event.function):
            continue
        if not _is_measured(event, run.trace.events):
            yield event


def _is_lost(event: Event) -> bool:
    if event.what != "call" or not event.discarded:
        return False
    return not event.names.isdisjoint(RESULT_FUNCTIONS) if event.receiver is None else _only_gives(event, event.receiver.thing)


def _only_gives(event: Event, receiver: Thing) -> bool:
    """Whether a call changes nothing."""
    if event.unpacks or _is_in_place(event):
        return False
    if certainly(receiver, "spark-frame"):
        return event.method in SPARK_FRAME_METHODS
    if receiver.how[:1] == ("attribute",) and receiver.how[1] in _ACCESSORS and _is_labels_or_column(receiver.how[2]):
        return True
    if not certainly(receiver, *_PANDAS):
        return False
    if event.method == "append":
        return certainly(receiver, "dataframe") and not is_hinted(receiver)
    if event.method in CALLING_METHODS:
        given = event.args[0] if event.args else next(iter(event.keywords.values()), None)
        return given is not None and is_pure(given.thing)
    return event.method in RESULT_METHODS


def _is_labels_or_column(thing: Thing) -> bool:
    return certainly(thing, "series") or (
        thing.how[:1] == ("measure",) and thing.how[1] in ("columns", "index") and certainly(thing.how[2], "dataframe")
    )


def _is_in_place(event: Event) -> bool:
    """Whether the call may change the frame itself: it says so, or does not say in so many words that it does not."""
    if any(name in event.keywords and event.keywords[name].constant is not False for name in IN_PLACE_SWITCHES):
        return True
    return any(one.constant is True for one in event.args[1:])


def _is_measured(event: Event, events: Sequence[Event]) -> bool:
    """Whether a call is made to see how long it takes, or whether it fails."""
    if any(word in name for context in event.contexts for name in context.names for word in _TIMERS):
        return True
    before = next((one for one in reversed(events) if one.order < event.order and _beside(one, event)), None)
    after = next((one for one in events if one.order > event.order and _beside(one, event)), None)
    return before is not None and after is not None and bool(before.names & _CLOCKS) and bool(after.names & _CLOCKS)


def _beside(one: Event, event: Event) -> bool:
    return one.what == "call" and one.function == event.function and one.site.path == event.site.path and one.statement != event.statement
