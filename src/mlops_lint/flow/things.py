"""Things: what an expression may be while a program is run abstractly.

A thing is one object of the program, so two variables may share it, and what is done to it in place is done for both. What is not known about it is
simply absent: no kinds, no constant, no fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from mlops_lint.python.values import UNKNOWN

if TYPE_CHECKING:
    from mlops_lint.flow.scopes import Callee, ClassInfo
    from mlops_lint.flow.trace import Event

_T = TypeVar("_T")

NO_TAGS: Final[frozenset[Tag]] = frozenset()
NO_KINDS: Final[frozenset[str]] = frozenset()
NO_ORIGINS: Final[frozenset[Event]] = frozenset()
_KNOWN_KINDS: Final[dict[frozenset[str], frozenset[str]]] = {}
"""Each set of kinds once: there are few of them, and a set takes more room than a thing."""
MAX_ALTERNATIVES = 6
MAX_FIELDS = 64
MAX_TAGS = 48
"""Beyond so many marks a value is a mixture of everything, and says nothing."""


class Tag(NamedTuple):
    """A mark that travels with a value: its ``name`` (``part``, ``learned`` …), the event that set it, and a detail (``test``, a column …)."""

    name: str
    event: Event | None
    detail: str = ""


class Thing:
    """One value.

    ``kinds``: what it is (``dataframe``, ``classifier`` … of the tables in ``knowledge``). ``names``: the qualified names it may have, for modules, classes
    and functions from outside the project. ``constant``: its literal value or UNKNOWN. ``tags``: marks that travel with it. ``origins``: the events its data
    come from. ``items``: the elements of a tuple or list whose elements are known. ``fields``: attributes by name, entries of a dictionary by ``[key]``, the
    element of a container by ``[*]``. ``callees``: functions and classes of the project it stands for; ``owner``: the project's class it is an instance of.
    ``alternatives``: the things it may be, where paths met. ``event``: the call that made it, ``how`` what else made it, ``parents`` the things it was made
    from. ``learned``: the fits it went through.
    """

    __slots__ = (
        "_fields",
        "_unmet",
        "alternatives",
        "callees",
        "constant",
        "event",
        "how",
        "items",
        "kinds",
        "learned",
        "names",
        "origins",
        "owner",
        "parents",
        "tags",
    )

    def __init__(
        self,
        kinds: frozenset[str] = NO_KINDS,
        *,
        names: frozenset[str] = NO_KINDS,
        constant: Any = UNKNOWN,
        tags: frozenset[Tag] = NO_TAGS,
        origins: frozenset[Event] = NO_ORIGINS,
        items: list[Thing] | None = None,
        event: Event | None = None,
        how: tuple[Any, ...] = (),
        parents: tuple[Thing, ...] = (),
    ) -> None:
        self.kinds = _KNOWN_KINDS.setdefault(kinds, kinds) if kinds else NO_KINDS
        self.names = names
        self.constant = constant
        self.tags = tags or NO_TAGS
        self.origins = origins
        self.items = items
        self.event = event
        self.how = how
        self.parents = parents
        self._fields: dict[str, Thing] | None = None
        self._unmet: tuple[Thing, ...] = ()
        self.callees: tuple[Callee, ...] = ()
        self.owner: ClassInfo | None = None
        self.alternatives: tuple[Thing, ...] = ()
        self.learned: list[Event] | None = None

    def __repr__(self) -> str:
        said = [*sorted(self.kinds), *sorted(self.names)]
        if self.constant is not UNKNOWN:
            said.append(repr(self.constant))
        return f"<{' '.join(said) or 'unknown'} {sorted({tag.name + ':' + tag.detail for tag in self.tags})}>"

    @property
    def fields(self) -> dict[str, Thing] | None:
        """What is known to be in its attributes and under its keys. Where paths met, the fields are joined when somebody asks, one level at a time."""
        if self._unmet:
            holders = [thing.fields for thing in self._unmet]
            self._unmet = ()
            names = {name: None for held in holders for name in held or ()}
            if names and len(names) <= MAX_FIELDS:
                self._fields = {name: join_all([held[name] for held in holders if held and name in held]) for name in names}
        return self._fields

    @fields.setter
    def fields(self, value: dict[str, Thing] | None) -> None:
        self._unmet = ()
        self._fields = value

    # -- asking --------------------------------------------------------------------------------------------------------------------------------------

    def is_a(self, *kinds: str) -> bool:
        """Whether it is certainly of one of these kinds: every alternative that is known is."""
        return not self.kinds.isdisjoint(kinds)

    def each(self) -> Iterator[Thing]:
        """The thing and all that it may be."""
        yield self
        yield from self.alternatives

    def tagged(self, name: str, detail: str | None = None) -> tuple[Tag, ...]:
        """Its marks of a name (and a detail), in the order in which they were set."""
        found = [tag for tag in self.tags if tag.name == name and (detail is None or tag.detail == detail)]
        return tuple(sorted(found, key=_tag_order))

    def fits(self) -> tuple[Event, ...]:
        """The learning calls it went through, first one first."""
        found = {event for one in self.each() for event in one.learned or ()}
        return tuple(sorted(found, key=_event_order))

    def field(self, name: str) -> Thing | None:
        """What is known to be in an attribute or under a key (``[key]``)."""
        held = self.fields
        return held.get(name) if held is not None else None

    def ancestors(self, limit: int = 400) -> Iterator[Thing]:
        """The things it was made from, nearest first, each once; at most ``limit`` of them."""
        seen = {id(self)}
        waiting = [self]
        place = 0
        while place < len(waiting) and place < limit:
            for parent in (*waiting[place].parents, *waiting[place].alternatives):
                if id(parent) not in seen:
                    seen.add(id(parent))
                    waiting.append(parent)
                    yield parent
            place += 1

    # -- changing in place ---------------------------------------------------------------------------------------------------------------------------

    def set_field(self, name: str, value: Thing) -> None:
        """Put something under an attribute or key."""
        held = self.fields
        if held is None:
            held = self.fields = {}
        held[name] = value
        for one in self.alternatives:
            one.set_field(name, join(one.field(name), value) if one.field(name) is not None else value)

    def absorb(self, other: Thing) -> None:
        """Take on the marks and origins of what was put into it."""
        if not other.tags <= self.tags and len(self.tags) < MAX_TAGS:
            self.tags |= other.tags
        self.origins = united(self.origins, other.origins)
        if len(self.parents) < 40 and other not in self.parents and other is not self:
            self.parents = (*self.parents, other)

    def mark(self, *tags: Tag) -> None:
        """Set marks on it and on all that it may be."""
        for one in self.each():
            one.tags = one.tags.union(tags)

    def learn(self, event: Event) -> None:
        """Note that a learning call went through it."""
        for one in self.each():
            if one.learned is None:
                one.learned = []
            if event not in one.learned:
                one.learned.append(event)


def _tag_order(tag: Tag) -> tuple[int, str]:
    return (tag.event.order if tag.event is not None else -1, tag.detail)


def _event_order(event: Event) -> int:
    return event.order


def united(one: frozenset[_T], other: frozenset[_T]) -> frozenset[_T]:
    """What is in either of two sets: one of the two itself, where it holds the other, since most of the sets of a run say the same."""
    if one is other or not other or other <= one:
        return one
    return other if one <= other else one | other


def unmarked(tags: frozenset[Tag], *names: str) -> frozenset[Tag]:
    """Marks but for those of some names: the very set, where it has none of them."""
    if not tags or not any(tag.name in names for tag in tags):
        return tags
    return frozenset(tag for tag in tags if tag.name not in names)


def join(one: Thing | None, other: Thing | None) -> Thing:
    """The thing that is one or the other, depending on the path taken."""
    if one is None or one is other:
        return other if other is not None else Thing()
    if other is None:
        return one
    found: list[Thing] = []
    for thing in (one, other):
        for part in thing.alternatives or (thing,):
            if part not in found:
                found.append(part)
    if len(found) == 1:
        return found[0]
    # ``None`` beside something else is a default that has not been filled yet.
    real = [thing for thing in found if thing.constant is not None] or found
    if len(real) == 1:
        return real[0]
    real = real[:MAX_ALTERNATIVES]
    result = derive(real, how=("join",))
    for thing in real:
        result.kinds = united(result.kinds, thing.kinds)
        result.names = united(result.names, thing.names)
    result.kinds = _KNOWN_KINDS.setdefault(result.kinds, result.kinds)
    first = real[0]
    if first.constant is not UNKNOWN and all(type(thing.constant) is type(first.constant) and thing.constant == first.constant for thing in real):
        result.constant = first.constant
    if first.items is not None and all(thing.items is not None and len(thing.items) == len(first.items) for thing in real):
        result.items = [join_all(parts) for parts in zip(*(thing.items or () for thing in real), strict=True)]
    if any(thing.callees for thing in real):
        result.callees = tuple(dict.fromkeys(callee for thing in real for callee in thing.callees))[:MAX_ALTERNATIVES]
    owners = {thing.owner for thing in real if thing.owner is not None}
    result.owner = next(iter(owners)) if len(owners) == 1 else None
    result.alternatives = tuple(real)
    result._unmet = result.alternatives
    return result


def join_all(things: Iterable[Thing]) -> Thing:
    """The thing that is one of several."""
    result: Thing | None = None
    for thing in things:
        result = thing if result is None else join(result, thing)
    return result if result is not None else Thing()


def derive(
    parents: Iterable[Thing],
    *,
    kinds: frozenset[str] = NO_KINDS,
    event: Event | None = None,
    how: tuple[Any, ...] = (),
    without: frozenset[str] = NO_KINDS,
) -> Thing:
    """A new thing made from others: their marks (those named in ``without`` left out) and origins travel on to it."""
    made_from = tuple(parents)
    tags: frozenset[Tag] = NO_TAGS
    origins: frozenset[Event] = NO_ORIGINS
    for parent in made_from:
        if parent.tags and parent.tags is not tags:
            tags = united(tags, parent.tags)
        if parent.origins and parent.origins is not origins:
            origins = united(origins, parent.origins)
    if without and tags:
        tags = unmarked(tags, *without)
    if len(tags) > MAX_TAGS:
        tags = NO_TAGS
    return Thing(kinds, tags=tags, origins=origins, event=event, how=how, parents=made_from)
