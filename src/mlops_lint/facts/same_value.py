"""Same value: whether two expressions hold the same rows, because they are one object or were worked out in the same way from one."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Seen
from mlops_lint.python.values import UNKNOWN

_WRAPPERS = frozenset({"DMatrix", "QuantileDMatrix", "Dataset", "Pool", "DeviceQuantileDMatrix"})
_DRAWS = frozenset(
    {"sample", "next", "permutation", "shuffle", "choice", "resample", "rand", "randn", "normal", "randint", "train_test_split", "pop"}
)
_TRANSFORMS = frozenset({"transform", "fit_transform", "texts_to_sequences", "texts_to_matrix"})
_BY_PLACE = (("attribute", "loc"), ("attribute", "iloc"), ("attribute", "at"), ("attribute", "iat"))
_LOOKS = frozenset({"column", "columns", "attribute", "rows", "item"})


def unwrapped(thing: Thing) -> Thing:
    """The rows inside a data set of a boosting library."""
    event = thing.event
    if event is not None and event.method in _WRAPPERS and event.names and (inner := event.argument("data", 0)) is not None:
        return inner.thing
    return thing


def is_same(one: Thing, other: Thing, depth: int = 8, calls: bool = True) -> bool:
    """Whether two things hold the same rows, as far as that can be told; without ``calls``, two calls never give the same."""
    one, other = unwrapped(one), unwrapped(other)
    if one is other:
        return True
    if depth <= 0 or one.kinds != other.kinds:
        return False
    if one.constant is not UNKNOWN or other.constant is not UNKNOWN:
        return type(one.constant) is type(other.constant) and bool(one.constant == other.constant)
    if one.how[:1] and one.how[0] in _LOOKS and one.how[:1] == other.how[:1]:
        return _is_same_look(one, other, depth, calls)
    if one.how[:1] == ("slice",) and one.how == other.how:
        return _all_same(one.parents, other.parents, depth, calls)
    if one.items is not None and other.items is not None and one.event is None and other.event is None:
        return _all_same(one.items, other.items, depth, calls)
    if not calls or one.event is None or other.event is None or one.how[:1] != other.how[:1]:
        return False
    return _is_same_call(one.event, other.event, depth)


def _all_same(one: Sequence[Thing], other: Sequence[Thing], depth: int, calls: bool) -> bool:
    return len(one) == len(other) and all(is_same(mine, its, depth - 1, calls) for mine, its in zip(one, other, strict=True))


def _is_same_look(one: Thing, other: Thing, depth: int, calls: bool) -> bool:
    if len(one.how) < 3 or len(other.how) < 3:
        return False
    key, its = (one.how[3], other.how[3]) if one.how[0] == "item" and one.how[1] is None and len(one.how) > 3 else (one.how[1], other.how[1])
    holder, whose = one.how[2], other.how[2]
    if one.how[0] in ("column", "columns") and isinstance(holder, Thing) and holder.how[:2] in _BY_PLACE:
        return False  # which rows were taken beside the column is not known any more
    same_key = is_same(key, its, depth - 1, calls) if isinstance(key, Thing) and isinstance(its, Thing) else (key is not None and key == its)
    return same_key and isinstance(holder, Thing) and isinstance(whose, Thing) and is_same(holder, whose, depth - 1, calls)


def _is_same_call(one: Event, other: Event, depth: int) -> bool:
    if one is other or one.method in _DRAWS:
        return False
    both_transform = one.method in _TRANSFORMS and other.method in _TRANSFORMS
    if one.names != other.names or (one.method != other.method and not both_transform):
        return False
    if not _are_same([one.receiver], [other.receiver], depth):
        return False
    if both_transform:
        return bool(one.args and other.args) and is_same(one.args[0].thing, other.args[0].thing, depth - 1)
    if one.keywords.keys() != other.keywords.keys() or len(one.args) != len(other.args) or not (one.inputs() or one.receiver):
        return False
    return _are_same(one.args, other.args, depth) and all(_are_same([one.keywords[name]], [other.keywords[name]], depth) for name in one.keywords)


def _are_same(one: list[Seen | None] | tuple[Seen, ...], other: list[Seen | None] | tuple[Seen, ...], depth: int) -> bool:
    for mine, its in zip(one, other, strict=True):
        if mine is None or its is None:
            if mine is not its:
                return False
        elif not is_same(mine.thing, its.thing, depth - 1):
            return False
    return True
