"""Provenance: from a value back to where it came from, through the calls that only hand a text, a path or its content on.

The machine keeps, for each thing, what it was made from. Not every maker hands its arguments on: a model that was read from a path is no path. So a rule says
which calls do, and everything else ends the search: unknown is silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mlops_lint.facts.runs import Run
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.outside import ALLOW_FUNCTIONS, ALLOW_METHODS
from mlops_lint.python.calls import CallPattern

_ENDS = frozenset({"instance", "recursion", "again", "compare", "unary", "super", "super method", "exception", "module"})
_HOLDERS = frozenset({"list", "tuple", "set", "generator", "dict"})
_ACCESS = frozenset({"attribute", "item", "element", "part", "column", "rows", "output"})
_MAX_THINGS = 400
_ALLOWED = CallPattern(ALLOW_FUNCTIONS)


@dataclass(frozen=True, slots=True, eq=False)
class Carriers:
    """The calls that hand on a value: by qualified name, by method of that value, and by method of something else that is ``given`` it."""

    functions: CallPattern
    methods: frozenset[str]
    given: frozenset[str] = frozenset()

    def parents(self, thing: Thing) -> Iterator[Thing]:
        """What a thing was made from, as far as it says the same."""
        how = thing.how[0] if thing.how and isinstance(thing.how[0], str) else ""
        if how in _ENDS:
            return
        if thing.alternatives:
            yield from thing.alternatives
            return
        if how == "item":
            yield from thing.parents[:1]
            return
        made = thing.event
        if made is not None and made.what == "call" and not how:
            if made.names:
                if self.functions.matches(made.names):
                    yield from thing.parents
                return
            if made.method in self.methods and made.receiver is not None:
                yield from (thing.parents if made.method in ("join", "format", "joinpath") else (made.receiver.thing,))
                if made.method in ("join", "joinpath"):
                    yield from (one.thing for one in made.inputs())
                return
            if made.method in self.given:
                yield from (one.thing for one in made.args)
                return
            if made.receiver is not None or made.method:
                return
        if thing.kinds & _HOLDERS and how != "text":
            yield from thing.items or ()
            inside = thing.field("[*]")
            if inside is not None:
                yield inside
            elif thing.items is None and "dict" not in thing.kinds:
                yield from thing.parents
            return
        yield from thing.parents


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """How a value goes back to a source: ``things`` from the value to the source, ``kind`` what the search says the source is, ``event`` where it stands."""

    kind: str
    things: tuple[Thing, ...]
    event: Event | None

    def texts(self) -> tuple[Thing, ...]:
        """The things that are the value itself, the answer or request that it was taken from left out."""
        place = len(self.things) - 1
        while place > 0 and self.things[place - 1].how[:1] and self.things[place - 1].how[0] in _ACCESS:
            place -= 1
        return self.things[: place + 1]


Asked = Callable[[Thing], str]
"""What kind of source a thing is; empty when it is none."""


def trace_back(start: Thing, asked: Asked, carriers: Carriers) -> Chain | None:
    """The nearest source that a value comes from."""
    before: dict[int, Thing | None] = {id(start): None}
    waiting = [start]
    place = 0
    while place < len(waiting) and place < _MAX_THINGS:
        thing = waiting[place]
        place += 1
        kind = asked(thing)
        if kind:
            return Chain(kind, tuple(_way(thing, before)), _event_of(thing, before))
        for parent in carriers.parents(thing):
            if id(parent) not in before:
                before[id(parent)] = thing
                waiting.append(parent)
    return None


def _way(thing: Thing, before: dict[int, Thing | None]) -> list[Thing]:
    found = []
    one: Thing | None = thing
    while one is not None:
        found.append(one)
        one = before[id(one)]
    return found[::-1]


def _event_of(thing: Thing, before: dict[int, Thing | None]) -> Event | None:
    """The event nearest to the source."""
    for one in reversed(_way(thing, before)):
        if one.event is not None:
            return one.event
    return None


# -- checks ----------------------------------------------------------------------------------------------------------------------------------------------


def tests_around(sink: Event) -> Iterator[Thing]:
    """What was tested by the branches in which something stands, its callers' included."""
    for branch in sink.branches:
        if branch.test is not None:
            yield branch.test


def tests_before(sink: Event, run: Run) -> Iterator[Thing]:
    """What was tested before something happened, so that the function, a caller or a helper ended when the test failed."""
    places = [(call.site.path, call.function, call.site.start) for call in (*sink.stack, sink)]
    running = {(path, function) for path, function, _ in places}
    for (site, _), end in run.trace.ends.items():
        if end.test is None or end.how == "":
            continue
        if (site.path, end.function) in running:
            if any(site.path == path and end.function == function and site.start < start for path, function, start in places):
                yield end.test
        else:
            yield end.test
    for event in run.trace.events:
        if event.what == "check" and event.order < sink.order:
            yield from (seen.thing for seen in event.args)


def is_of(thing: Thing, texts: set[int], carriers: Carriers) -> bool:
    """Whether a value is what is used later on, or a form of it; its ending alone says nothing."""
    waiting, place = [thing], 0
    while place < len(waiting) and place < 40:
        one = waiting[place]
        place += 1
        if id(one) in texts:
            return True
        made = one.event if not one.how else None
        if one.how[:2] in (("attribute", "suffix"), ("attribute", "content_type")) or (
            made is not None and made.method in ("splitext", "rsplit", "exists")
        ):
            continue
        waiting.extend(carriers.parents(one))
    return False


def allows(test: Thing, texts: set[int], carriers: Carriers) -> bool:
    """Whether a test holds a path against a list, a folder or a pattern of what is allowed."""
    if test.how[:1] == ("compare",):
        operators, parts = test.how[1], test.how[2]
        if len(parts) != 2 or operators[0] not in ("in", "not in"):
            return False
        if parts[1].how[:2] == ("attribute", "parents") or parts[0].constant in ("..", "/", "\\", ".", "../"):
            return is_of(parts[1].how[2] if parts[1].how[:2] == ("attribute", "parents") else parts[1], texts, carriers)
        return not isinstance(parts[0].constant, str) and is_of(parts[0], texts, carriers) and not is_of(parts[1], texts, carriers)
    made = test.event
    if made is None or made.what != "call" or test.how:
        return False
    given = made.args[0].constant if made.args else None
    if made.names:
        return _ALLOWED.matches(made.names) and any(is_of(seen.thing, texts, carriers) for seen in made.inputs())
    if made.method not in ALLOW_METHODS or made.receiver is None or (isinstance(given, str) and given.startswith(("http", "s3:", "gs:", "hf:"))):
        return False
    return is_of(made.receiver.thing, texts, carriers) or any(is_of(seen.thing, texts, carriers) for seen in made.inputs())
