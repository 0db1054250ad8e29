"""Feature columns: which columns are certainly in what a program hands to a learner, as far as its own code names them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops_lint.facts.runs import Run
from mlops_lint.facts.tables import INDEXERS, frames_of, literal_strings, selects_many
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.frames import FRAME_READERS

Columns = dict[str, Thing | None]
"""Columns by name, with what was put into them where the program itself did that."""

_DEPTH = 25
_SAME_COLUMNS = frozenset(
    "applymap astype bfill clip copy dropna drop_duplicates explode ffill fillna head infer_objects convert_dtypes interpolate loc mask nlargest nsmallest "
    "query reindex replace reset_index round sample shift sort_index sort_values tail to_numpy where filter_rows compute persist".split()
)
_SAME_VALUES = frozenset({"values", "array", "T", "loc", "iloc", "data"})
_WRAPPERS = frozenset(
    {"array", "asarray", "DMatrix", "QuantileDMatrix", "Dataset", "Pool", "get_dummies", "csr_matrix", "tensor", "from_pandas", "shuffle"}
)
_MENTIONING = ("subset", "on", "by", "left_on", "right_on")


class FeatureColumns:
    """What is known of the columns of the frames of one run."""

    def __init__(self, run: Run) -> None:
        self._mentioned: dict[int, set[str]] = {}
        self._known: dict[int, Columns] = {}
        for event in run.trace.events:
            for thing in _looked_at(event):
                self._note(thing)
            if event.what == "call" and event.receiver is not None and event.receiver.is_a("dataframe") and event.method != "drop":
                for name in _MENTIONING:
                    given = event.keywords.get(name)
                    self._mentioned.setdefault(id(event.receiver.thing), set()).update(
                        literal_strings(given.thing if given is not None else None) or ()
                    )

    def _note(self, thing: Thing) -> None:
        for one in frames_of(thing):
            if one.how[:1] == ("column",) and isinstance(one.how[1], str):
                self._mentioned.setdefault(id(one.how[2]), set()).add(one.how[1])

    def of(self, thing: Thing, depth: int = _DEPTH) -> Columns:
        """The columns that are certainly in a table; what is not known of it is simply absent."""
        if depth <= 0:
            return {}
        if id(thing) in self._known:
            return self._known[id(thing)]
        self._known[id(thing)] = {}  # for what is made from itself
        self._known[id(thing)] = found = self._columns(thing, depth)
        return found

    def _columns(self, thing: Thing, depth: int) -> Columns:
        changes: list[Event] = []
        how = thing.how
        while how[:1] == ("inplace",):
            changes.append(how[1])
            how = how[2]
        found = dict(self._made(thing, how, depth))
        for name in self._mentioned.get(id(thing), ()):
            found.setdefault(name, None)
        for name, value in (thing.fields or {}).items():
            if name.startswith("['") and thing.is_a("dataframe"):
                found[name[2:-2]] = value
        for event in reversed(changes):
            found = _changed(event, found)
        return found

    def _made(self, thing: Thing, how: tuple[Any, ...], depth: int) -> Columns:
        kind = how[0] if how else ""
        if kind == "column":
            return {how[1]: self._value(how[2], how[1], thing)} if isinstance(how[1], str) else {}
        if kind == "columns":
            return {name: self._value(how[2], name, None) for name in how[1] if isinstance(name, str)}
        if kind == "rows":
            return self._of_rows(how[1], how[2], depth)
        if kind == "attribute" and len(how) > 2 and how[1] in _SAME_VALUES:
            return self.of(how[2], depth - 1)
        if kind in ("slice", "element", "item", "compare", "binary", "text"):
            return {}
        if thing.alternatives:
            every = [self.of(one, depth - 1) for one in thing.alternatives]
            return {name: value for name, value in every[0].items() if all(name in other for other in every)}
        return self._of_call(thing, depth)

    def _value(self, frame: Thing, name: str, column: Thing | None) -> Thing | None:
        """What the program put into a column, if it did."""
        for one in frames_of(frame):
            stored = one.field(f"[{name!r}]")
            if stored is not None:
                return stored
            if one.event is not None and one.event.result is one and one.event.receiver is not None and one.event.method in _SAME_COLUMNS:
                return self._value(one.event.receiver.thing, name, column)
        return None

    def _of_rows(self, key: Thing, frame: Thing, depth: int) -> Columns:
        """What ``frame[key]`` has: some columns, or some rows with all of them."""
        located = frame.how[:1] == ("attribute",) and frame.how[1] in INDEXERS
        whole = frame.how[2] if located else frame
        if located and key.items is not None and len(key.items) == 2:
            names = literal_strings(key.items[1])
            if names is not None:
                return {name: self._value(whole, name, None) for name in names}
            return self.of(whole, depth - 1) if key.items[1].how == ("slice", "", "", "") else {}
        names = literal_strings(key)
        if names is not None and not located:
            return {name: self._value(whole, name, None) for name in names}
        if located or key.is_a("mask") or key.how[:1] == ("slice",) or key.how[:2] == ("unary", "~"):
            return self.of(whole, depth - 1)
        return {} if not selects_many(key) or key.is_a("list") else self.of(whole, depth - 1)

    def _of_call(self, thing: Thing, depth: int) -> Columns:
        event = thing.event
        if event is None or event.what != "call":
            return {}
        if event.roles & {"split"} and thing.parents:
            return self.of(thing.parents[0], depth - 1)
        if event.result is not thing:
            return {}
        receiver = event.receiver.thing if event.receiver is not None else None
        if event.roles & {"transform"} and thing.parents:
            mixes = receiver is not None and receiver.is_a("stateless", "composite", "vectorizer", "reducer")
            return {} if mixes else self.of(thing.parents[0], depth - 1)
        if receiver is not None and receiver.is_a("dataframe", "series", "array"):
            return self._of_method(event, receiver, depth)
        if event.names & FRAME_READERS:
            return dict.fromkeys(_read_columns(event))
        if event.method in ("DataFrame", "from_dict"):
            return self._of_frame(event, depth)
        if event.method == "concat" and event.args and event.args[0].thing.items:
            return {name: value for one in event.args[0].thing.items for name, value in self.of(one, depth - 1).items()}
        return self.of(event.args[0].thing, depth - 1) if event.method in _WRAPPERS and event.args else {}

    def _of_method(self, event: Event, receiver: Thing, depth: int) -> Columns:
        found = self.of(receiver, depth - 1)
        if event.method in ("merge", "join") and event.args:
            return {**found, **self.of(event.args[0].thing, depth - 1)}
        return _changed(event, found)

    def _of_frame(self, event: Event, depth: int) -> Columns:
        names = literal_strings(event.keywords["columns"].thing) if "columns" in event.keywords else None
        if names is not None:
            return dict.fromkeys(names)
        data = event.argument("data", 0)
        if data is None or "columns" in event.keywords:
            return {}
        row = data.thing.items[0] if data.thing.items else data.thing
        if row.is_a("dict"):
            return {name[2:-2]: value for name, value in (row.fields or {}).items() if name.startswith("['")}
        return self.of(data.thing, depth - 1) if data.is_a("dataframe") else {}


def _changed(event: Event, columns: Columns) -> Columns:
    """The columns after a method; none where it may leave others."""
    if event.method == "drop":
        labels = event.keywords.get("columns")
        by_axis = event.argument("axis", 1)
        if labels is None and (by_axis is None or by_axis.constant not in (1, "columns")):
            return columns  # rows
        labels = labels if labels is not None else event.argument("labels", 0)
        names = literal_strings(labels.thing) if labels is not None else None
        return {name: value for name, value in columns.items() if name not in names} if names is not None else {}
    if event.method == "rename":
        mapping = event.keywords.get("columns")
        if mapping is None or not mapping.thing.fields:
            return {}
        renamed = {name[2:-2]: value.constant for name, value in mapping.thing.fields.items() if name.startswith("['")}
        return {str(renamed.get(name, name)): value for name, value in columns.items()}
    if event.method == "assign":
        return {**columns, **{name: seen.thing for name, seen in event.keywords.items()}}
    if event.method == "set_index":
        names = literal_strings(seen.thing) if (seen := event.argument("keys", 0)) is not None else None
        return {name: value for name, value in columns.items() if name not in names} if names is not None else {}
    if event.method == "dropna" and (axis := event.argument("axis")) is not None and axis.constant not in (0, "index", "rows"):
        return {}
    return columns if event.method in _SAME_COLUMNS else {}


def _read_columns(event: Event) -> tuple[str, ...]:
    """The columns that a reader is told to read."""
    for name in ("usecols", "columns", "names"):
        given = event.keywords.get(name)
        if given is not None and (names := literal_strings(given.thing)) is not None:
            return names
    return ()


def _looked_at(event: Event) -> Iterator[Thing]:
    """What an event works on."""
    if event.what not in ("call", "store", "augment"):
        return
    if event.receiver is not None and event.what == "call":
        yield event.receiver.thing
    for seen in event.inputs():
        yield seen.thing


def dropped_columns(run: Run) -> set[str]:
    """The columns that the run takes out of some frame, by ``drop``, ``pop`` or ``del``."""
    found: set[str] = set()
    for event in run.trace.events:
        if event.what == "delete" or (event.what == "call" and event.method in ("drop", "pop")):
            for name in ("labels", "columns", "item"):
                given = event.argument(name, 0)
                found.update(literal_strings(given.thing if given is not None else None) or ())
    return found
