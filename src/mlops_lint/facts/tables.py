"""Tables: what is certainly a DataFrame, what a program selects from it, and which frame a value comes from."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.flow.things import Thing
from mlops_lint.python.values import UNKNOWN

INDEXERS = frozenset({"loc", "iloc", "at", "iat", "ix"})
"""Attributes of a frame or column that take a key."""

_ROLES_LEFT_OUT = ("test", "vendored")


def certainly(thing: Thing, *kinds: str) -> bool:
    """Whether something is of one of these kinds whichever path the program took."""
    if not thing.is_a(*kinds):
        return False
    return all(one.is_a(*kinds) for one in thing.alternatives)


def is_hinted(thing: Thing) -> bool:
    """Whether only a name says what something is: of the value itself, or of what it was taken from."""
    return "hinted" in thing.kinds or any("hinted" in one.kinds for one in thing.ancestors(30))


def selects_many(key: Thing) -> bool:
    """Whether a key certainly asks for several rows or columns: a mask, a slice or a list."""
    return key.is_a("mask", "list", "array", "series") or key.how[:1] == ("slice",) or isinstance(key.constant, list) or key.how[:2] == ("unary", "~")


def is_left_out(role: str) -> bool:
    """Whether nothing is said about a program of this role."""
    return role in _ROLES_LEFT_OUT


def literal_strings(thing: Thing | None) -> tuple[str, ...] | None:
    """The strings of a literal or of a list of literals; ``None`` when some of it is unknown."""
    if thing is None:
        return None
    if isinstance(thing.constant, str):
        return (thing.constant,)
    if isinstance(thing.constant, (list, tuple)):
        return tuple(thing.constant) if all(isinstance(one, str) for one in thing.constant) else None
    if thing.items is not None and thing.constant is UNKNOWN and all(isinstance(one.constant, str) for one in thing.items):
        return tuple(one.constant for one in thing.items)
    return None


def frames_of(thing: Thing, limit: int = 12) -> Iterator[Thing]:
    """The thing, and what it was selected from, innermost first."""
    for _ in range(limit):
        yield thing
        if thing.how[:1] in (("column",), ("columns",), ("rows",), ("attribute",)) and isinstance(thing.how[2], Thing):
            thing = thing.how[2]
        else:
            return
