"""Silent losses: rows or values that a program lets go of without ever looking at how many they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mlops_lint.facts.runs import Run
from mlops_lint.facts.tables import certainly, literal_strings
from mlops_lint.flow.models.learning import held_learners
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.frames import FRAME_READERS
from mlops_lint.knowledge.learners import AGGREGATES
from mlops_lint.knowledge.sinks import LOG_METHODS, PRINTERS

COERCED: Final = "coerced"
SKIPPED: Final = "skipped"
DROPPED: Final = "dropped"

_CONVERTERS = frozenset(
    f"{module}.{name}" for module in ("pandas", "modin.pandas", "dask.dataframe", "cudf") for name in ("to_numeric", "to_datetime", "to_timedelta")
)
_ASKS_NULLS = frozenset({"isna", "isnull", "notna", "notnull", "info", "describe", "count", "value_counts", "isin"})
_FILLS = frozenset({"fillna", "ffill", "bfill", "interpolate", "pad", "backfill", "dropna"})
_EDGES = frozenset("shift rolling pct_change diff ewm expanding resample asfreq".split())
_FIGURES_ONLY = (
    frozenset("plot hist boxplot unique nunique tolist to_list describe corr cov mode value_counts groupby sample head any all size".split())
    | AGGREGATES
)
# Functions that say which values are missing, or put the whole table on a page.
_SHOW_NULLS = frozenset(
    [f"pandas.{name}" for name in ("isna", "isnull", "notna", "notnull")]
    + ["numpy.isnan"]
    + [f"streamlit.{name}" for name in ("dataframe", "table", "data_editor", "write")]
)
_REPORTS = frozenset(
    {"write", "writelines", "metric", "metrics", "log_metric", "log_metrics", "append", "warn", "text", "markdown", "echo", "send", "gauge", "incr"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Loss:
    """A call that lets values go.

    ``is_seen``: the run looks at how many, deals with them by name, or uses nothing of it. ``is_filled``: something fills all gaps of the frame.
    """

    kind: str
    event: Event
    is_seen: bool
    is_filled: bool = False


def losses(run: Run) -> Iterator[Loss]:
    """The losses of a run; the same place may come up several times."""
    found = [(_kind_of_loss(event), event) for event in run.trace.select(_loses)]
    looks = _Looks(run) if found else None
    for kind, event in found:
        if looks is None:
            return
        if kind == COERCED:
            yield looks.at_coerced(event)
        elif kind == SKIPPED:
            yield Loss(kind, event, looks.at_rows(event, frozenset({event})))
        else:
            yield Loss(kind, event, looks.at_dropped(event))


def _loses(event: Event) -> bool:
    return event.what == "call" and bool(_kind_of_loss(event))


def _kind_of_loss(event: Event) -> str:
    given = event.keywords.get("errors")
    if given is not None and given.constant == "coerce":
        if event.names & _CONVERTERS:
            first = event.argument("arg", 0)
            return COERCED if first is not None and _is_column(first.thing) else ""
        if event.method == "apply" and event.args and event.args[0].thing.names & _CONVERTERS:
            return COERCED
    if event.names & FRAME_READERS:
        lines, errors = event.keywords.get("on_bad_lines"), event.keywords.get("error_bad_lines")
        return SKIPPED if (lines is not None and lines.constant == "skip") or (errors is not None and errors.constant is False) else ""
    return DROPPED if event.method == "dropna" and _is_bare(event) else ""


def _is_column(thing: Thing) -> bool:
    """Whether something is a column, or was made of one value by value."""
    return certainly(thing, "series", "dataframe") or any(one.how[:1] == ("column",) for one in thing.ancestors(8))


def _is_bare(event: Event) -> bool:
    """Whether ``dropna`` drops every row of a frame in which anything is missing."""
    if event.receiver is None or event.unpacks or not certainly(event.receiver.thing, "dataframe"):
        return False
    if event.discarded and not event.operands.get("inplace"):
        return False
    for name, seen in event.keywords.items():
        if (
            name in ("inplace", "ignore_index")
            or (name == "axis" and seen.constant in (0, "index", "rows"))
            or (name == "how" and seen.constant == "any")
        ):
            continue
        return False
    if any(one.constant != 0 or isinstance(one.constant, bool) for one in event.args):
        return False
    frame = event.receiver.thing
    if frame.how[:1] in (("columns",), ("column",)) or (frame.how[:1] == ("rows",) and literal_strings(frame.how[1]) is not None):
        return False  # the columns are chosen by name
    return _is_from_outside(frame) and not any(one.event is not None and one.event.method in _EDGES for one in frame.ancestors(200))


def _is_from_outside(frame: Thing) -> bool:
    """Whether a frame was read, or given to a function, rather than put together by the program."""
    for _ in range(40):
        if frame.alternatives:
            return any(_is_from_outside(one) for one in frame.alternatives)
        how = frame.how
        while how[:1] == ("inplace",):
            how = how[2]
        made = frame.event
        if how[:1] in (("column",), ("columns",), ("rows",)) and isinstance(how[2], Thing):
            frame = how[2]
        elif how[:1] == ("attribute",) and made is None:
            if not isinstance(how[2], Thing) or not how[2].is_a("dataframe", "series"):
                return True  # an attribute of an object that somebody else fills
            frame = how[2]
        elif made is None:
            return bool(frame.origins)
        elif "read" in made.roles or made.what == "parameter":
            return True
        elif made.receiver is not None and made.receiver.is_a("dataframe", "series"):
            frame = made.receiver.thing
        elif made.method == "DataFrame" and made.args and made.args[0].is_a("dataframe"):
            frame = made.args[0].thing
        elif made.method in ("concat", "merge") and made.args:
            first = made.args[0].thing
            frame = first.items[0] if first.items else first.field("[*]") or first
        else:
            return made.receiver is None and made.method not in ("DataFrame", "from_dict", "from_records", "json_normalize")
    return False


class _Looks:
    """What a run looks at: how many rows there are, and how many values are missing."""

    def __init__(self, run: Run) -> None:
        self._events = run.trace.events
        self._nulls: list[tuple[Event, Thing]] = []
        self._rows: list[tuple[Event, Thing]] = []
        for event in self._events:
            for table in _asked_for_nulls(event):
                self._nulls.append((event, table))
            for thing in _reported(event):
                self._rows.extend((event, table) for table in _counted_in(thing))

    def at_rows(self, loss: Event, origins: frozenset[Event]) -> bool:
        """Whether rows that come from these reads are counted after the loss."""
        return any(event.order > loss.order and not origins.isdisjoint(table.origins) for event, table in [*self._rows, *self._nulls])

    def at_dropped(self, loss: Event) -> bool:
        """Whether the program looks at what is missing before it drops that, or counts what is left; or only makes a figure of it."""
        frame = loss.receiver.thing if loss.receiver is not None else Thing()
        rest = frame if loss.operands.get("inplace") else loss.result
        if self._makes_figures_only(loss, rest):
            return True
        if any(table is frame or not frame.origins.isdisjoint(table.origins) for _, table in self._nulls):
            return True
        left = _Descent(rest)
        return any(event.order > loss.order and (left.holds(table) or not frame.origins.isdisjoint(table.origins)) for event, table in self._rows)

    def _makes_figures_only(self, loss: Event, rest: Thing) -> bool:
        """Whether what is left is used in the same statement, for a figure or a plot."""
        for event in self._events:
            if event.order <= loss.order or event.statement != loss.statement:
                continue
            if event.receiver is not None and event.receiver.thing is rest:
                return event.method in _FIGURES_ONLY
            if event.names & PRINTERS and any(seen.thing is rest for seen in event.args):
                return True
        return False

    def at_coerced(self, loss: Event) -> Loss:
        """A coercion: its gaps may be looked for, or dealt with by name."""
        made = _Descent(loss.result)
        if any(event.order > loss.order and made.holds(table) for event, table in self._nulls):
            return Loss(COERCED, loss, True)
        is_filled, is_used = False, bool(loss.function)
        for event in self._events:
            if event.order <= loss.order:
                continue
            is_used = is_used or made.touches(event)
            if event.what == "check" or "validate" in event.roles:
                if made.touches(event):
                    return Loss(COERCED, loss, True)
            elif event.what == "call" and event.method in _FILLS and event.receiver is not None and made.holds(event.receiver.thing):
                if _is_by_name(event):
                    return Loss(COERCED, loss, True)
                is_filled |= event.method != "dropna"
            elif event.what == "call" and "fit" in event.roles and _imputes(event):
                features = event.operands.get("features")
                if isinstance(features, Thing) and made.holds(features):
                    return Loss(COERCED, loss, True)
        return Loss(COERCED, loss, not is_used, is_filled)


def _asked_for_nulls(event: Event) -> Iterator[Thing]:
    """The tables in which an event asks for what is missing."""
    if event.what != "call":
        return
    if event.method in _ASKS_NULLS and event.receiver is not None and event.receiver.thing.origins | event.receiver.kinds:
        yield event.receiver.thing
    if any(name in _SHOW_NULLS or name.startswith("missingno.") for name in event.names):
        yield from (seen.thing for seen in event.args[:1])


def _reported(event: Event) -> Iterator[Thing]:
    """What an event tells somebody, or decides by."""
    for branch in event.branches[-1:]:
        if branch.test is not None:
            yield branch.test
    if event.what in ("check", "raise", "expression"):
        yield from (seen.thing for seen in event.args)
        made = event.args[0].thing.event if event.what == "raise" and event.args else None
        yield from (seen.thing for seen in (made.inputs() if made is not None else ()))
    elif event.what == "store" and event.receiver is not None and not event.receiver.is_a("dataframe", "series", "array"):
        yield event.args[-1].thing
    elif event.what == "call" and (
        event.names & PRINTERS or event.method in LOG_METHODS | _REPORTS or any(name.startswith("streamlit.") for name in event.names)
    ):
        yield from (seen.thing for seen in event.inputs())


def _counted_in(thing: Thing) -> Iterator[Thing]:
    """The tables whose rows are counted on the way to a figure."""
    for one in (thing, *thing.ancestors(60)):
        if one.how[:1] == ("measure",) and one.how[1] in ("shape", "size", "index", "empty"):
            yield one.how[2]
        elif one.event is not None and one.event.method == "len" and one.parents and one.is_a("number"):
            yield one.parents[0]


class _Descent:
    """Which things are, or were made of, one thing."""

    def __init__(self, source: Thing) -> None:
        self._source = source
        self._others: set[int] = set()

    def holds(self, thing: Thing) -> bool:
        """Whether a thing is the source or was made of it. What was not is remembered, so that all questions together cost one walk."""
        waiting, seen = [thing], {id(thing)}
        while waiting:
            one = waiting.pop()
            if one is self._source:
                return True
            if id(one) in self._others:
                continue
            for parent in (*one.parents, *one.alternatives):
                if id(parent) not in seen:
                    seen.add(id(parent))
                    waiting.append(parent)
        self._others |= seen
        return False

    def touches(self, event: Event) -> bool:
        """Whether an event works on such a thing."""
        return any(self.holds(seen.thing) for seen in [*event.inputs(), *([event.receiver] if event.receiver is not None else [])])


def _is_by_name(event: Event) -> bool:
    """Whether gaps are dealt with in columns that are named, not in the whole frame."""
    if event.receiver is None or not event.receiver.is_a("dataframe"):
        return True
    if isinstance(event.code, list) and event.code[1][0] == "a" and event.code[1][1][0] == "s":
        return True  # ``df[column].fillna(…)``
    if "subset" in event.keywords:
        return True
    value = event.argument("value", 0)
    return event.method != "dropna" and value is not None and value.is_a("dict")


def _imputes(event: Event) -> bool:
    learner = event.operands.get("learner")
    return isinstance(learner, Thing) and (learner.is_a("imputer") or any(one.is_a("imputer") for one in held_learners(learner)))
