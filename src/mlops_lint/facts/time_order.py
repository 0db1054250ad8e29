"""Order of time: whether the rows of a table follow each other in time, and what says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlops_lint.facts.runs import Run
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.time import LAG_FUNCTIONS, LAG_METHODS, TIME_INDEX_MAKERS, TIME_READERS, is_time_name
from mlops_lint.python.values import UNKNOWN

_TABLES = frozenset({"dataframe", "series", "groupby", "spark-frame"})
_FIGURES = frozenset({"aggregate", "number", "measure", "mask", "transformer", "classifier", "regressor", "composite"})
_ENTITIES = frozenset("agg aggregate first last nth sum mean median count size nunique min max std var apply head tail sample".split())
"""Methods of groups after which a row is a group."""
_MAX_THINGS = 400

LAGGED, ORDERED = "lagged", "ordered"


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign that rows follow each other in time: the call that says so, and whether rows are ``ordered`` or earlier ones worked in (``lagged``)."""

    kind: str
    event: Event


class Clock:
    """Asks about the order of rows in one run."""

    def __init__(self, run: Run) -> None:
        self._parsed: set[str] = set()
        for event in run.trace.events:
            if event.what == "store" and len(event.args) == 2 and isinstance(event.args[0].constant, str):
                made = event.args[1].thing.event
                if made is not None and made.names & TIME_INDEX_MAKERS:
                    self._parsed.add(event.args[0].constant)
            elif "read" in event.roles:
                dates = event.argument("parse_dates")
                self._parsed.update(one for one in _listed(dates.constant if dates is not None else None) if isinstance(one, str))

    def sign(self, rows: Thing) -> Sign | None:
        """What says that rows follow each other in time; features made of earlier rows first."""
        found: Sign | None = None
        for thing in _made_from(rows, self):
            for event in _events_of(thing):
                kind = self._kind(event)
                if kind == LAGGED:
                    return Sign(kind, event)
                if kind is not None and found is None:
                    found = Sign(kind, event)
            if found is None and (index := thing.field("index")) is not None and index.event is not None and index.event.names & TIME_INDEX_MAKERS:
                found = Sign(ORDERED, index.event)
        return found

    def _kind(self, event: Event) -> str | None:
        if event.names & LAG_FUNCTIONS:
            return LAGGED
        if event.names & TIME_READERS:
            return ORDERED
        if "read" in event.roles:
            index, dates = event.argument("index_col"), event.argument("parse_dates")
            if index is not None and (
                self._is_time(index.constant) or (dates is not None and dates.constant not in (None, False) and index.constant is not None)
            ):
                return ORDERED
            return None
        index = event.argument("index")
        if event.names & {"pandas.DataFrame", "pandas.Series"} and index is not None and index.thing.event is not None:
            return ORDERED if index.thing.event.names & TIME_INDEX_MAKERS else None
        if event.receiver is None or not event.receiver.kinds & _TABLES or event.names:
            return None
        if event.method in LAG_METHODS:
            axis = event.argument("axis")
            return LAGGED if axis is None or axis.constant in (0, "index") else None
        if event.method in ("sort_values", "sort", "orderBy"):
            by = event.argument("by", 0)
            return ORDERED if by is not None and any(self._is_time(one) for one in _listed(by.constant)) else None
        if event.method == "set_index":
            keys = event.argument("keys", 0)
            if keys is None:
                return None
            made = keys.thing.event
            return (
                ORDERED
                if any(self._is_time(one) for one in _listed(keys.constant)) or (made is not None and bool(made.names & TIME_INDEX_MAKERS))
                else None
            )
        if event.method in ("resample", "asfreq"):
            rule = event.argument("rule", 0) or event.argument("freq")
            return ORDERED if rule is not None and isinstance(rule.constant, str) else None
        return ORDERED if event.method == "groupby" and self.is_by_time(event) else None

    def is_by_time(self, group: Event) -> bool:
        """Whether a ``groupby`` makes one row for each point in time."""
        by = group.argument("by", 0)
        return by is not None and any(self._is_time(one) for one in _listed(by.constant))

    def _is_time(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._parsed or is_time_name(name))


def is_shuffled(rows: Thing) -> Event | None:
    """The call that has put rows into random order, if any has."""
    for thing in (rows, *rows.ancestors(60)):
        event = thing.event
        if event is None or event.what != "call":
            continue
        if "sklearn.utils.shuffle" in event.names:
            return event
        share = event.argument("frac")
        if event.method == "sample" and share is not None and share.constant in (1, 1.0):
            return event
    return None


def random_splits(run: Run) -> Iterator[tuple[Event, list[Thing]]]:
    """The random splits of a run, each with what it splits."""
    for event in run.trace.with_role("split", "cross-validate", "search"):
        if "split" in event.roles:
            data = [one for one in event.operands.get("data", ()) if isinstance(one, Thing)]
            if "sliced" in event.roles:
                shuffles = [found for one in data if (found := is_shuffled(one)) is not None]
                if shuffles:
                    yield shuffles[0], data
            elif event.operands.get("random") and not _is_grouped(event.receiver.thing if event.receiver is not None else None):
                yield event, data
            continue
        features = event.operands.get("features")
        if isinstance(features, Thing) and _shuffles(event):
            yield event, [features]


def _shuffles(judged: Event) -> bool:
    """Whether a cross-validation or search is told to shuffle its folds."""
    learner = judged.operands.get("learner")
    made = learner.event if "search" in judged.roles and isinstance(learner, Thing) else judged
    folds = made.argument("cv") if made is not None else None
    splitter = folds.thing.event if folds is not None and folds.is_a("splitter") else None
    if splitter is None or folds is None or _is_grouped(folds.thing):
        return False
    shuffle = splitter.argument("shuffle")
    return (shuffle is not None and shuffle.constant is True) or any("ShuffleSplit" in name or "Repeated" in name for name in splitter.names)


def _is_grouped(splitter: Thing | None) -> bool:
    return splitter is not None and splitter.event is not None and any("Group" in name for name in splitter.event.names)


def _made_from(rows: Thing, clock: Clock) -> Iterator[Thing]:
    """A value and what its rows were made from, as long as a row stays a row."""
    seen = {id(rows)}
    waiting = [rows]
    place = 0
    while place < len(waiting) and place < _MAX_THINGS:
        thing = waiting[place]
        place += 1
        if _is_cut_off(thing):
            return
        yield thing
        if _is_entity(thing, clock):
            continue
        for parent in (*thing.parents, *thing.alternatives, *(thing.items or ())):
            if id(parent) not in seen and not (parent.kinds & _FIGURES):
                seen.add(id(parent))
                waiting.append(parent)


def _is_entity(thing: Thing, clock: Clock) -> bool:
    """Whether a row is no longer a row of the table that a value was made from, but a group or a thing that was met several times."""
    inside = thing.field("[*]")
    if inside is not None and (thing.is_a("dict") or (thing.is_a("list") and not inside.kinds & {"dataframe", "series", "array", "tensor"})):
        return True  # rows were put together one by one
    for event in _events_of(thing):
        if event.method == "drop_duplicates" and (event.args or "subset" in event.keywords):
            return True
        if event.method in ("pivot", "pivot_table"):
            return True
        if event.receiver is not None and event.receiver.is_a("groupby") and event.method in _ENTITIES:
            group = event.receiver.thing
            made = next((one.event for one in (group, *group.ancestors(8)) if one.event is not None and one.event.method == "groupby"), None)
            if made is not None and not clock.is_by_time(made):
                return True
    return False


def _is_cut_off(thing: Thing) -> bool:
    """Whether rows were taken up to a point in time, so that later ones are left for the test: ``df[df["date"] < cutoff]``."""
    if thing.how[:1] != ("rows",):
        return False
    key = thing.how[1]
    if key.how[:1] != ("compare",) or list(key.how[1])[:1] not in (["<"], ["<="]):
        return False
    compared = key.how[2][0]
    return any(
        one.how[:1] in (("column",), ("measure",)) and (one.how[1] == "index" or is_time_name(one.how[1]))
        for one in (compared, *compared.ancestors(4))
    )


def _events_of(thing: Thing) -> Iterator[Event]:
    how: tuple[Any, ...] = thing.how
    while how[:1] == ("inplace",):
        yield how[1]
        how = how[2]
    if thing.event is not None and thing.event.what == "call":
        yield thing.event


def _listed(constant: Any) -> list[Any]:
    if constant is UNKNOWN:
        return []
    return list(constant) if isinstance(constant, (list, tuple)) else [constant]
