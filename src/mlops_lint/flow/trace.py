"""The trace of an abstract run: what was called, stored and checked, in which order, and under which loops, branches and contexts."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlops_lint.flow.things import NO_KINDS, Tag, Thing
from mlops_lint.text.span import Span

if TYPE_CHECKING:
    from mlops_lint.flow.scopes import ClassInfo


class Site(NamedTuple):
    """A place in the project: a file and the half-open offsets in its text."""

    path: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """The offsets as a span."""
        return Span(self.start, self.end)


class Seen(NamedTuple):
    """A thing as it was when something happened: later changes in place do not show here."""

    thing: Thing
    kinds: frozenset[str]
    tags: frozenset[Tag]
    origins: frozenset[Event]

    @property
    def constant(self) -> Any:
        """Its literal value, or UNKNOWN."""
        return self.thing.constant

    def is_a(self, *kinds: str) -> bool:
        """Whether it was of one of these kinds."""
        return not self.kinds.isdisjoint(kinds)

    def tagged(self, name: str, detail: str | None = None) -> tuple[Tag, ...]:
        """Its marks of a name (and a detail), in the order in which they were set."""
        found = [tag for tag in self.tags if tag.name == name and (detail is None or tag.detail == detail)]
        return tuple(sorted(found, key=lambda tag: (tag.event.order if tag.event is not None else -1, tag.detail)))


def seen(thing: Thing) -> Seen:
    """A thing as it is now."""
    return Seen(thing, thing.kinds, thing.tags, thing.origins)


class Loop:
    """One running of a loop. ``kind`` is ``for``, ``while`` or ``comprehension``; ``iterable`` is what a ``for`` goes through, as a thing; ``words`` are the
    names and attributes that a ``for`` speaks of, its target's included; ``order`` is that of the next event when it began.
    """

    __slots__ = ("iterable", "kind", "order", "site", "words")

    def __init__(self, kind: str, site: Site, iterable: Thing | None = None, words: frozenset[str] = frozenset(), order: int = 0) -> None:
        self.kind = kind
        self.site = site
        self.iterable = iterable
        self.words = words
        self.order = order


class Branch(NamedTuple):
    """One arm of an ``if``: the place of the first test, the number of the arm (the ``else`` is the last), the test's thing and its words."""

    site: Site
    arm: int
    test: Thing | None
    words: frozenset[str]


class End(NamedTuple):
    """How an arm of an ``if`` always leaves it (``break``, ``return`` …), the function it stands in, and the thing that was tested."""

    how: str
    function: str
    test: Thing | None


class Context(NamedTuple):
    """A ``with`` (or a decorator that works like one): the qualified names of what was entered, and the thing."""

    names: frozenset[str]
    thing: Thing


Path = tuple["tuple[Thing, Thing | None]", ...]

# Most events have no roles, keywords and operands, and those that have roles have one of a few sets: what is the same is shared.
_NO_ROLES: Final[frozenset[str]] = frozenset()
_KNOWN_ROLES: Final[dict[frozenset[str], frozenset[str]]] = {}
_NO_KEYWORDS: Final[Mapping[str, Seen]] = MappingProxyType({})
_NO_OPERANDS: Final[Mapping[str, Any]] = MappingProxyType({})


class Event:
    """Something that happened.

    ``what``: ``call``, ``store`` (to an item or attribute of ``receiver``; ``args`` hold the key, where it is one, and the value), ``check`` (an
    assert, or a test that ends the function), ``augment`` (``x += value``), ``delete`` (``del receiver[key]``), ``expression`` (``df.shape`` on a
    line of its own), ``parameter`` (a root function was handed something unknown) or ``start``. ``names``: the qualified names of the callee.
    ``method``: its last word. ``roles``: what it means (``fit``, ``split`` … of ``flow.models``). ``function``: the qualified name of the function
    it happened in (``""`` is a module's body). ``stack``: the calls of the project's own functions that led here. ``passing``: 0 in the first pass
    through the innermost loop, 1 in the second. ``discarded``: the result was dropped. ``statement`` is the same number for all that one statement
    did, however often it ran. ``callee``: the value that was called, where it is no function. ``path``: what the target of a store stands in, from the
    outside in: of ``a.b[0].c`` the things ``a``, ``a.b`` and ``a.b[0]``, each with the key that was asked for. ``operands``: what the models noted.
    ``owner``: the class of the project in whose method it happened. ``what`` is ``again`` where a function that has run often enough would have run
    once more (``operands["function"]`` is its key).
    """

    __slots__ = (
        "_operands",
        "args",
        "branches",
        "callee",
        "code",
        "contexts",
        "discarded",
        "function",
        "keywords",
        "loops",
        "method",
        "names",
        "order",
        "owner",
        "passing",
        "path",
        "receiver",
        "result",
        "roles",
        "site",
        "stack",
        "statement",
        "unpacks",
        "what",
    )

    def __init__(
        self,
        what: str,
        order: int,
        site: Site,
        function: str,
        stack: tuple[Event, ...] = (),
        loops: tuple[Loop, ...] = (),
        branches: tuple[Branch, ...] = (),
        contexts: tuple[Context, ...] = (),
    ) -> None:
        self.what = what
        self.order = order
        self.site = site
        self.function = function
        self.stack = stack
        self.loops = loops
        self.branches = branches
        self.contexts = contexts
        self.names: frozenset[str] = NO_KINDS
        self.method = ""
        self.roles: frozenset[str] = _NO_ROLES
        self.receiver: Seen | None = None
        self.args: tuple[Seen, ...] = ()
        self.keywords: Mapping[str, Seen] = _NO_KEYWORDS
        self.unpacks = False
        self.result: Thing = _NOTHING
        self.passing = 0
        self.statement = 0
        self.discarded = False
        self.code: Any = None
        self.callee: Thing | None = None
        self.path: Path = ()
        self._operands: dict[str, Any] | None = None
        self.owner: ClassInfo | None = None

    def __repr__(self) -> str:
        return f"<{self.what} {sorted(self.names) or self.method} {sorted(self.roles)} at {self.site.path}:{self.site.start}>"

    @property
    def operands(self) -> Mapping[str, Any]:
        """What the models noted."""
        return self._operands if self._operands is not None else _NO_OPERANDS

    def note(self, operands: Mapping[str, Any]) -> None:
        """Note something for the rules."""
        if self._operands is None:
            self._operands = {}
        self._operands.update(operands)

    def names_of(self, thing: Thing) -> list[Any]:
        """What the variables are called that a thing which it made was put into, to be added to; the thing itself comes first."""
        if "called" not in self.operands:
            self.note({"called": {}})
        # The value is kept beside its names, so that no other one gets its id.
        names: list[Any] = self.operands["called"].setdefault(id(thing), [thing])
        return names

    def mean(self, *roles: str) -> None:
        """Give it roles."""
        now = self.roles.union(roles)
        self.roles = _KNOWN_ROLES.setdefault(now, now)

    def argument(self, name: str, position: int | None = None) -> Seen | None:
        """What a parameter was given, by its name or position; ``None`` when it was not given visibly."""
        found = self.keywords.get(name)
        if found is None and position is not None and position < len(self.args):
            found = self.args[position]
        return found

    def inputs(self) -> list[Seen]:
        """All arguments."""
        return [*self.args, *self.keywords.values()]

    def under(self, *names: str) -> bool:
        """Whether it happened inside a context of one of these qualified names."""
        return any(not context.names.isdisjoint(names) for context in self.contexts)

    def excludes(self, other: Event) -> bool:
        """Whether it and another event stand in different arms of the same ``if``, so that one run has only one of them."""
        arms = {branch.site: branch.arm for branch in self.branches}
        return any(arms.get(branch.site, branch.arm) != branch.arm for branch in other.branches)


_NOTHING = Thing()


class Trace:
    """All events of one abstract run that may matter to a rule, in order.

    ``truncated``: a budget ran out, and what came after is unknown. ``ends``: the arms of an ``if`` that always leave it (by ``break``, ``return``
    …), with how. ``own`` is what happened in the run itself, ``bodies`` what happened in the bodies of the modules it imports: it belongs to all runs
    that import the same ones.
    """

    def __init__(self) -> None:
        self.own: list[Event] = []
        self.bodies: Trace | None = None
        self.truncated = False
        self._ends: dict[tuple[Site, int], End] = {}
        self._events: Sequence[Event] | None = None
        self._chosen: dict[Callable[[Event], object], Sequence[Event]] = {}
        self._by_role: dict[str, list[Event]] | None = None
        self._by_name: dict[str, list[Event]] | None = None

    @property
    def events(self) -> Sequence[Event]:
        """Everything that happened."""
        if self.bodies is None:
            return self.own
        if self._events is None:
            self._events = _in_order(self.own, self.bodies.events)
        return self._events

    @property
    def ends(self) -> Mapping[tuple[Site, int], End]:
        """The arms that always leave their ``if``."""
        return self._ends if self.bodies is None else ChainMap(self.bodies._ends, self._ends)

    def end(self, site: Site, arm: int, end: End) -> None:
        """Note that an arm always leaves its ``if``."""
        self._ends[(site, arm)] = end

    def imported(self, bodies: Trace) -> None:
        """Add what happened in the bodies of the modules that were imported; the run is over."""
        self.bodies = bodies
        self.truncated |= bodies.truncated

    def select(self, test: Callable[[Event], object]) -> Sequence[Event]:
        """The events that pass a test, in order. The test is the same function for all runs and looks at one event alone: it is asked once of each
        event, however many runs the event belongs to, and its answer is kept.
        """
        found = self._chosen.get(test)
        if found is None:
            found = [event for event in self.own if test(event)]
            others = self.bodies.select(test) if self.bodies is not None else ()
            self._chosen[test] = found = _in_order(found, others)
        return found

    def with_role(self, *roles: str) -> Sequence[Event]:
        """The events that have one of these roles, in order."""
        if self._by_role is None:
            self._by_role = _grouped((role, event) for event in self.own for role in event.roles)
        return _in_order(_named(self._by_role, roles), self.bodies.with_role(*roles) if self.bodies is not None else ())

    def called(self, *names: str) -> Sequence[Event]:
        """The calls of any of these qualified names, in order."""
        if self._by_name is None:
            self._by_name = _grouped((name, event) for event in self.own if event.what == "call" for name in event.names)
        return _in_order(_named(self._by_name, names), self.bodies.called(*names) if self.bodies is not None else ())


def joined(traces: Iterable[Trace]) -> Trace:
    """What happened in several modules, as one trace."""
    result = Trace()
    for trace in traces:
        result.own.extend(trace.own)
        result._ends.update(trace._ends)
        result.truncated |= trace.truncated
    result.own.sort(key=_order)
    return result


def _grouped(pairs: Iterable[tuple[str, Event]]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for word, event in pairs:
        found.setdefault(word, []).append(event)
    return found


def _named(groups: Mapping[str, Sequence[Event]], words: Sequence[str]) -> Sequence[Event]:
    """The events of several groups, each once, in order."""
    found = [groups[word] for word in words if word in groups]
    if len(found) < 2:
        return found[0] if found else ()
    return sorted({event for group in found for event in group}, key=_order)


def _in_order(events: Sequence[Event], others: Sequence[Event]) -> Sequence[Event]:
    """Two sequences as one."""
    if not events or not others:
        return events or others or ()
    return sorted((*events, *others), key=_order)


def _order(event: Event) -> int:
    return event.order
