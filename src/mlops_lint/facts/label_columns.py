"""Label columns: from which column of which table a target was taken, and whether that column still stands among the features.

Both walk back from a value to the tables it was made from, over steps of which it is known that they leave the column where it is. Any other step ends the
search: unknown is silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Trace
from mlops_lint.python.values import UNKNOWN

_KEEPS_COLUMNS = frozenset(
    "dropna fillna sample copy reset_index sort_values sort_index head tail astype replace drop_duplicates query round clip assign merge join apply "
    "applymap map interpolate ffill bfill infer_objects convert_dtypes where mask abs nlargest nsmallest transform to_numpy tz_localize tz_convert "
    "reshape transpose".split()
)
"""Methods of a table that give all its columns again."""
_KEEPS_VALUES = frozenset(
    "astype map replace apply to_numpy reshape ravel flatten copy fillna dropna round clip squeeze tolist to_frame abs infer_objects reset_index "
    "convert_dtypes fit_transform transform sample head tail toarray cat codes values str strip lower numpy".split()
)
"""Methods of a column that say the same of each row in other words."""
_RECODES = frozenset(
    "array asarray ravel reshape squeeze expand_dims log log1p log10 sqrt where list to_categorical label_binarize column_or_1d Series DataFrame "
    "get_dummies to_numeric tensor from_numpy convert_to_tensor".split()
)
"""Functions that say the same of each row in other words, by their last word."""
_TAKES_TABLES = frozenset({"array", "asarray", "hstack", "column_stack", "concatenate", "DataFrame", "get_dummies", "concat", "nan_to_num"})
_WIDENS = frozenset({"scaler", "imputer", "reducer", "category-encoder", "target-encoder"})
_ENDLESS = 60

WHOLE = "<column>"
"""Stands for a column whose name is not known."""


class Place(NamedTuple):
    """A table that a value holds the column of: the table, when the value was taken from it, and the slices of rows on the way."""

    table: Thing
    order: float
    slices: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """Where a target comes from: the column's name (or position, or the unknown key it was asked for by) and the value it was taken from."""

    column: Any
    key: Thing | None
    holder: Thing
    stored: Thing | None
    slices: frozenset[str]

    @property
    def name(self) -> str:
        """The column as a message names it."""
        if isinstance(self.column, str):
            return f"column {self.column!r}" if self.key is None else "the column"
        return f"the column at {self.column}"


class Columns:
    """Asks about the columns of one run."""

    def __init__(self, trace: Trace) -> None:
        self._removed: dict[int, list[tuple[int, Any]]] = {}
        self._stored: dict[int, list[tuple[int, Any, Thing]]] = {}
        for event in trace.events:
            if event.receiver is None:
                continue
            holder = event.receiver.thing
            if (event.what == "delete" or (event.what == "call" and event.method in ("pop", "drop_in_place"))) and event.args:
                for one in holder.each():
                    self._removed.setdefault(id(one), []).append((event.order, event.args[0].constant))
            elif event.what == "store" and len(event.args) == 2:
                self._stored.setdefault(id(holder), []).append((event.order, event.args[0].constant, event.args[1].thing))

    # -- the target ------------------------------------------------------------------------------------------------------------------------------------

    def labels(self, target: Thing) -> list[Label]:
        """The columns that a target may be."""
        return list(self._labels(target, frozenset(), 0))

    def _labels(self, thing: Thing, slices: frozenset[str], depth: int) -> Iterator[Label]:
        if depth > _ENDLESS:
            return
        if thing.alternatives:
            for one in thing.alternatives:
                yield from self._labels(one, slices, depth + 1)
            return
        how = thing.how[0] if thing.how and isinstance(thing.how[0], str) else ""
        if how in ("column", "item") and isinstance(thing.how[1], str):
            stored = thing.parents[0] if len(thing.parents) > 1 and thing.parents[1] is thing.how[2] else None
            yield Label(thing.how[1], None, thing.how[2], stored, slices)
        elif how == "columns":
            for name in thing.how[1]:
                yield Label(name, None, thing.how[2], None, slices)
        elif how == "rows":
            yield from self._label_by_key(thing, slices, depth)
        elif how == "attribute" and thing.how[1] in ("values", "array", "cat", "str", "codes", "T"):
            yield from self._labels(thing.how[2], slices, depth + 1)
        elif how == "compare":
            parts = [part for part in thing.how[2] if part.constant is UNKNOWN and not part.is_a("aggregate")]
            if len(parts) == 1:
                yield from self._labels(parts[0], slices, depth + 1)
        elif how == "binary":
            parts = [part for part in thing.parents if part.origins]
            if len(parts) == 1:
                yield from self._labels(parts[0], slices, depth + 1)
        elif (source := _same_values(thing)) is not None:
            yield from self._labels(source, slices, depth + 1)

    def _label_by_key(self, thing: Thing, slices: frozenset[str], depth: int) -> Iterator[Label]:
        _, key, holder, *_ = thing.how
        last = key.items[-1] if key.items is not None and len(key.items) == 2 else None
        base = _without_accessor(holder)
        if last is not None and isinstance(last.constant, int) and not isinstance(last.constant, bool):
            yield Label(last.constant, None, base, None, slices | _slice_of(key))
        elif key.items is None and base is holder and holder.is_a("dataframe") and key.event is not None and key.event.what == "parameter":
            yield Label(WHOLE, key, holder, None, slices)
        elif not holder.is_a("dataframe"):
            yield from self._labels(base, slices | _slice_of(key), depth + 1)

    # -- the features ----------------------------------------------------------------------------------------------------------------------------------

    def holds(self, features: Thing, label: Label, before: Event) -> bool:
        """Whether a value that is handed to a call surely holds the column a label was taken from."""
        found = self._places(features, label, before.order, frozenset(), 0)
        if not found:
            return False
        of_label = self._places(label.holder, label, before.order, label.slices, 0)
        for place in of_label.values():
            mine = found.get(id(place.table))
            if mine is not None and mine.slices == place.slices and self._was_there(mine, label):
                return True
            if self._is_new(place.table, label):
                return False  # the column was put in here: what the table was made from did not have it
        return False

    def _places(self, thing: Thing, label: Label, order: float, slices: frozenset[str], depth: int) -> dict[int, Place]:
        """The tables whose column a value surely holds, itself included, nearest first."""
        if depth > _ENDLESS or self._is_removed(thing, label, order):
            return {}
        if thing.alternatives:
            each = [self._places(one, label, order, slices, depth + 1) for one in thing.alternatives]
            shared = set.intersection(*(set(one) for one in each))
            return {number: place for number, place in each[0].items() if number in shared}
        found = {id(thing): Place(thing, order, slices)}
        for source, taken, further in self._sources(thing, label, order):
            found.update(self._places(source, label, min(order, taken), slices | further, depth + 1))
        return found if len(found) > 1 or thing.is_a("dataframe", "array") or not thing.kinds else {}

    def _sources(self, thing: Thing, label: Label, order: float) -> Iterator[tuple[Thing, float, frozenset[str]]]:
        how: tuple[Any, ...] = thing.how
        while how[:1] == ("inplace",):
            event, how = how[1], how[2]
            if event.order < order and not _keeps(event, label):
                return
        kind = how[0] if how and isinstance(how[0], str) else ""
        nothing: frozenset[str] = frozenset()
        if kind in ("rows", "columns", "column", "attribute"):
            taken = how[3] if len(how) > 3 else order
            holder = how[2]
            if kind == "rows" and _chooses_rows(how[1], holder, label):
                yield _without_accessor(holder), taken, _slice_of(how[1])
            elif (kind == "columns" and label.column in how[1]) or (kind == "attribute" and how[1] in ("values", "array", "loc", "iloc")):
                yield holder, taken, nothing
            elif kind == "column" and how[1] == label.column:
                yield _without_accessor(holder), taken, nothing
        elif kind == "binary":
            for one in thing.parents:
                if one.is_a("dataframe", "array"):
                    yield one, order, nothing
        elif (event := thing.event) is not None and (not kind or kind == "sample"):
            for source in _handed_on(thing, event, label):
                yield source, event.order, nothing

    def _is_removed(self, thing: Thing, label: Label, order: float) -> bool:
        how: tuple[Any, ...] = thing.how
        while how[:1] == ("inplace",):
            event, how = how[1], how[2]
            if event.order < order and not _keeps(event, label):
                return True
        for when, column in self._removed.get(id(thing), ()):
            if when < order and (column == label.column or not isinstance(column, str) or label.key is not None):
                return True
        return False

    def _stores(self, table: Thing, label: Label) -> list[tuple[int, Any, Thing]]:
        return [store for store in self._stored.get(id(table), ()) if store[1] == label.column]

    def _is_new(self, table: Thing, label: Label) -> bool:
        """Whether the program itself puts the column into a table, rather than to change what the table came with."""
        stores = self._stores(table, label)
        return bool(stores) and not _derives_from_column(stores[0][2], label.column)

    def _was_there(self, place: Place, label: Label) -> bool:
        """Whether the column was in a table when the features were taken from it, and was not replaced since the label was."""
        stores = self._stores(place.table, label)
        if not stores:
            return True
        if self._is_new(place.table, label) and stores[0][0] > place.order:
            return False
        return label.holder is not place.table or label.stored is stores[-1][2]


def _same_values(thing: Thing) -> Thing | None:
    """What a value says in other words, row by row."""
    event = thing.event
    if event is None or event.what != "call" or (thing.how and thing.how[0] not in ("sample", "part")):
        return None
    if event.roles & {"split", "resample"}:
        return thing.parents[0] if thing.parents and not thing.is_a("row-numbers", "parts") else None
    if event.receiver is not None and not event.names and event.method in _KEEPS_VALUES:
        if event.method in ("fit_transform", "transform") and event.receiver.kinds:
            return event.args[0].thing if event.args and not event.receiver.is_a("dataframe", "series") else None
        return event.receiver.thing
    if event.names and min(event.names).rpartition(".")[2] in _RECODES and event.args:
        return next((one.thing for one in event.args if one.origins), None)
    return None


def _handed_on(thing: Thing, event: Event, label: Label) -> Iterator[Thing]:
    """The tables that a call hands on with all their columns, or with the one asked for."""
    if event.what != "call":
        return
    last = min(event.names).rpartition(".")[2] if event.names else ""
    if event.roles & {"split", "resample"}:
        if not thing.is_a("row-numbers", "parts") and thing.parents and thing is not event.result:
            yield thing.parents[0]
        elif event.operands.get("manner") == "sample":
            yield from (one for one in (event.receiver.thing if event.receiver is not None else None,) if one is not None)
    elif last in _TAKES_TABLES:
        for one in event.args[:1]:
            yield from one.thing.items if one.thing.items is not None and last not in ("DataFrame",) else [one.thing]
    elif event.receiver is None:
        return
    elif event.roles & {"transform"}:
        source = event.operands.get("features") or (event.args[0].thing if event.args else None)
        if event.receiver.kinds & _WIDENS and isinstance(source, Thing):
            yield source
    elif _keeps(event, label):
        yield event.receiver.thing


def _keeps(event: Event, label: Label) -> bool:
    """Whether a method of a table leaves a column in it."""
    if event.method == "drop":
        return _drop_keeps(event, label)
    if event.method == "set_index":
        keys = event.argument("keys", 0)
        return keys is not None and keys.constant is not UNKNOWN and label.column not in _listed(keys.constant)
    if event.method == "rename":
        names = event.argument("columns")
        mapping = names.thing.fields if names is not None else None
        return label.key is None and mapping is not None and all(name.startswith("['") for name in mapping) and f"[{label.column!r}]" not in mapping
    if event.method in ("astype", "apply", "transform") and event.argument("axis") is not None and event.argument("axis").constant in (1, "columns"):  # type: ignore[union-attr]
        return False
    if event.method == "dropna":
        axis = event.argument("axis")
        return axis is None or axis.constant in (0, "index", "rows")
    return event.method in _KEEPS_COLUMNS


def _drop_keeps(event: Event, label: Label) -> bool:
    columns = event.argument("columns")
    labels = event.argument("labels", 0)
    axis = event.argument("axis", 1)
    if columns is None and labels is None:
        return event.argument("index") is not None
    asked = columns if columns is not None else labels
    assert asked is not None
    if (
        columns is None
        and (axis is None or axis.constant in (0, "index"))
        and (asked.thing.how[:2] == ("measure", "index") or asked.is_a("row-numbers"))
    ):
        return True  # rows are dropped
    if label.key is not None or not isinstance(label.column, str):
        return False
    return (
        asked.constant is not UNKNOWN
        and label.column not in _listed(asked.constant)
        and all(isinstance(one, (str, int)) for one in _listed(asked.constant))
    )


def _listed(constant: Any) -> list[Any]:
    return list(constant) if isinstance(constant, (list, tuple, set, frozenset)) else [constant]


def _chooses_rows(key: Thing, holder: Thing, label: Label) -> bool:
    """Whether a key takes rows, or columns among which the label's surely is."""
    accessor = holder.how[1] if holder.how[:1] == ("attribute",) and holder.how[1] in ("loc", "iloc") else ""
    if key.items is not None and len(key.items) == 2 and (accessor or not holder.is_a("dataframe")):
        columns = key.items[1]
        if columns.how == ("slice", "", "", ""):
            return True
        return accessor == "loc" and _selects(columns, label)
    if accessor or not holder.is_a("dataframe"):
        return key.items is None or key.constant is UNKNOWN
    if key.how[:1] == ("slice",) or _is_mask(key):
        return True
    return _selects(key, label)


def _is_mask(key: Thing, depth: int = 0) -> bool:
    """Whether something says of each row whether to take it."""
    if key.is_a("mask") or key.how[:1] == ("compare",):
        return True
    if depth < 6 and key.how[:1] in (("binary",), ("unary",)):
        parts = key.parents
        return bool(parts) and all(_is_mask(part, depth + 1) for part in parts)
    return key.event is not None and key.event.method in (
        "isin",
        "notna",
        "notnull",
        "isna",
        "isnull",
        "between",
        "contains",
        "startswith",
        "duplicated",
    )


def _selects(key: Thing, label: Label) -> bool:
    """Whether a choice among ``df.columns`` surely takes the label's column too."""
    left_out = _left_out(key)
    return left_out is not None and label.key is None and isinstance(label.column, str) and label.column not in left_out


def _left_out(key: Thing, depth: int = 0) -> frozenset[Any] | None:
    """The columns that a choice among all columns leaves out; ``None`` when it is not known to be one."""
    removed: set[Any] = set()
    how: tuple[Any, ...] = key.how
    while how[:1] == ("without",):
        removed.add(how[1])
        how = how[2]
    found = _left_out_at_first(key, how, depth) if depth <= 8 else None
    return found | removed if found is not None else None


def _left_out_at_first(key: Thing, how: tuple[Any, ...], depth: int) -> frozenset[Any] | None:
    if how[:2] == ("measure", "columns"):
        return frozenset()
    if how[:1] == ("element",):
        return None
    if how[:1] == ("compare",):
        _, operators, parts = how[:3]
        if list(operators) in (["!="], ["not in"]) and len(parts) == 2 and parts[1].constant is not UNKNOWN:
            return frozenset(_listed(parts[1].constant)) if _left_out(parts[0], depth + 1) is not None or parts[0].how[:1] == ("element",) else None
        return None
    if how[:1] == ("comprehension",):
        return _left_out_by_comprehension(key, depth)
    if how[:2] == ("binary", "-") and len(key.parents) == 2:
        return _both(_left_out(key.parents[0], depth + 1), _constants(key.parents[1]))
    event = key.event
    if how or event is None or event.what != "call":
        return None
    if event.receiver is not None and event.method in ("difference", "drop") and event.args:
        return _both(_left_out(event.receiver.thing, depth + 1), _constants(event.args[0].thing))
    if event.receiver is not None and event.method in ("tolist", "to_list", "copy"):
        return _left_out(event.receiver.thing, depth + 1)
    if event.names & {"builtins.list", "builtins.set", "builtins.sorted"} and event.args:
        return _left_out(event.args[0].thing, depth + 1)
    return None


def _both(base: frozenset[Any] | None, taken: frozenset[Any] | None) -> frozenset[Any] | None:
    return base | taken if base is not None and taken is not None else None


def _left_out_by_comprehension(key: Thing, depth: int) -> frozenset[Any] | None:
    """``[c for c in df.columns if c not in ("id", "target")]``."""
    sources = [one for one in key.parents if _left_out(one, depth + 1) is not None and one.how[:1] != ("compare",)]
    tests = [one for one in key.parents if one.how[:1] != ("element",) and one not in sources]
    if len(sources) != 1 or any(one.how[:1] not in (("compare",), ("boolean",)) for one in tests):
        return None
    found = _left_out(sources[0], depth + 1)
    for test in tests:
        for one in test.parents if test.how[:1] == ("boolean",) else (test,):
            more = _left_out(one, depth + 1)
            if more is None or found is None:
                return None
            found |= more
    return found


def _constants(thing: Thing) -> frozenset[Any] | None:
    if thing.constant is not UNKNOWN:
        return frozenset(_listed(thing.constant))
    inside = thing.field("[*]")
    if thing.is_a("set") and inside is not None:
        each = inside.alternatives or (inside,)
        return frozenset(one.constant for one in each) if all(one.constant is not UNKNOWN for one in each) else None
    return None


def _without_accessor(holder: Thing) -> Thing:
    """The table behind ``.loc`` and its like."""
    while holder.how[:1] == ("attribute",) and holder.how[1] in ("loc", "iloc", "at", "iat", "values", "array") and isinstance(holder.how[2], Thing):
        holder = holder.how[2]
    return holder


def _slice_of(key: Thing) -> frozenset[str]:
    """The rows that a slice takes, as it is written."""
    rows = key.items[0] if key.items else key
    return frozenset({repr(rows.how[1:4])}) if rows.how[:1] == ("slice",) and any(rows.how[1:4]) else frozenset()


def _derives_from_column(thing: Thing, column: Any) -> bool:
    """Whether a value was made from a column of that name."""
    return any(one.how[:2] == ("column", column) for one in (thing, *thing.ancestors(60)))
