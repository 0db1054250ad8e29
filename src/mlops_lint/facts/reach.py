"""Reach: what can be run from a definition on, for all programs of a project together.

Programs of one project share most of what they reach. So sets are numbers here, one bit for each member, and what a definition leads to is worked out
once; a program only unites what its starts lead to, and adds the methods that somebody asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Set
from typing import Any, Generic, NamedTuple, TypeVar

from mlops_lint.facts.definitions import CLASS, FUNCTION, Definition
from mlops_lint.facts.modules import Key, Modules

_T = TypeVar("_T", bound=Hashable)

_RUN_BY_FRAMEWORKS = frozenset(
    "forward training_step validation_step test_step predict_step configure_optimizers train_dataloader val_dataloader test_dataloader prepare_data setup "
    "on_train_start on_train_epoch_start on_fit_start build call train_step test_step step run compute_loss".split()
)


class Numbers(Generic[_T]):
    """Numbers of things, in the order in which they are met."""

    def __init__(self) -> None:
        self.things: list[_T] = []
        self._places: dict[object, int] = {}

    def bit(self, thing: _T) -> int:
        """The bit of a thing."""
        place = self._places.setdefault(thing, len(self.things))
        if place == len(self.things):
            self.things.append(thing)
        return 1 << place

    def bits(self, things: Iterable[_T]) -> int:
        """The bits of several things."""
        found = 0
        for thing in things:
            found |= self.bit(thing)
        return found

    def place(self, thing: object) -> int | None:
        """The number of a thing, if it has one."""
        return self._places.get(thing)

    def members(self, bits: int) -> Iterator[_T]:
        """The things of some bits, by number."""
        for place, bit in enumerate(reversed(bin(bits)[2:])):
            if bit == "1":
                yield self.things[place]


class Members(Set[_T]):
    """A set of numbered things."""

    __slots__ = ("_bits", "_numbers")

    def __init__(self, numbers: Numbers[_T], bits: int) -> None:
        self._numbers = numbers
        self._bits = bits

    def __contains__(self, thing: object) -> bool:
        place = self._numbers.place(thing)
        return place is not None and bool(self._bits >> place & 1)

    def __iter__(self) -> Iterator[_T]:
        return self._numbers.members(self._bits)

    def __len__(self) -> int:
        return self._bits.bit_count()

    @classmethod
    def _from_iterable(cls, it: Iterable[Any]) -> frozenset[Any]:
        return frozenset(it)


class Reached(NamedTuple):
    """The bits of definitions, of the classes in play, of the qualified names that are called, and of the methods called on unknown objects."""

    keys: int = 0
    classes: int = 0
    calls: int = 0
    attributes: int = 0

    def __or__(self, other: Reached) -> Reached:
        return Reached(self.keys | other.keys, self.classes | other.classes, self.calls | other.calls, self.attributes | other.attributes)


class _Method(NamedTuple):
    """A method with its bit and that of its name."""

    key: Key
    bit: int
    name: int


class Reach:
    """What each definition of a project leads to. ``leads`` says where one leads directly: to which definitions, and which names and attributes it calls."""

    def __init__(self, known: Modules, leads: Callable[[Definition], tuple[Iterable[Definition], Iterable[str], Iterable[str]]]) -> None:
        self.keys: Numbers[Key] = Numbers()
        self.names: Numbers[str] = Numbers()
        self._known = known
        self._leads = leads
        self._from: dict[Key, Reached] = {}
        self._methods: dict[int, tuple[Reached, list[_Method]]] = {}

    def of(self, starts: Iterable[Key]) -> Reached:
        """What a program reaches that starts with these definitions."""
        found = Reached()
        for key in starts:
            if key in self._known.by_key:
                found |= self._of_definition(key)
        asked = opened = 0
        idle: list[_Method] = []
        # Methods of the classes in play are reached when somebody asks for an attribute of their name; they may bring in further classes and attributes.
        while found.classes != opened or found.attributes != asked:
            fresh, opened, asked = found.classes & ~opened, found.classes, found.attributes
            certain, others = self._of_classes(fresh)
            found |= certain
            idle.extend(others)
            waiting, idle = idle, []
            for method in waiting:
                if not found.attributes & method.name:
                    idle.append(method)
                elif not found.keys & method.bit:
                    found |= self._of_definition(method.key)
        return found

    def _of_classes(self, classes: int) -> tuple[Reached, list[_Method]]:
        """What those methods of some classes lead to that are run without being asked for, and the others."""
        known = self._methods.get(classes)
        if known is None:
            certain, others = Reached(), []
            for owner in list(self.keys.members(classes)):
                for method in self._known.methods(self._known.by_key[owner]):
                    name = method.qualname.rpartition(".")[2]
                    key = (method.path, method.qualname)
                    if method.kind != FUNCTION:
                        continue
                    if name in _RUN_BY_FRAMEWORKS or (name.startswith("__") and name.endswith("__")):
                        certain |= self._of_definition(key)
                    else:
                        others.append(_Method(key, self.keys.bit(key), self.names.bit(name)))
            known = self._methods[classes] = certain, others
        return known

    def _of_definition(self, start: Key) -> Reached:
        """What a definition leads to, itself included. Definitions that lead to each other reach the same (Tarjan's strongly connected components)."""
        if start in self._from:
            return self._from[start]
        order: dict[Key, int] = {}
        lowest: dict[Key, int] = {}
        gathered: dict[Key, Reached] = {}
        open_ones: list[Key] = []
        path: list[tuple[Key, Iterator[Key]]] = []

        def enter(key: Key) -> None:
            targets, gathered[key] = self._directly(key)
            order[key] = lowest[key] = len(order)
            open_ones.append(key)
            path.append((key, iter(targets)))

        enter(start)
        while path:
            key, targets = path[-1]
            target = next(targets, None)
            if target is not None:
                if target in self._from:
                    gathered[key] |= self._from[target]
                elif target not in order:
                    enter(target)
                else:
                    lowest[key] = min(lowest[key], order[target])
                continue
            path.pop()
            if path:
                outer = path[-1][0]
                lowest[outer] = min(lowest[outer], lowest[key])
            if lowest[key] == order[key]:
                members = [open_ones.pop()]
                while members[-1] != key:
                    members.append(open_ones.pop())
                found = Reached()
                for member in members:
                    found |= gathered[member]
                self._from.update(dict.fromkeys(members, found))
            if path and key in self._from:
                gathered[path[-1][0]] |= self._from[key]
        return self._from[start]

    def _directly(self, key: Key) -> tuple[list[Key], Reached]:
        """The definitions that one leads to, and what it is, names and asks for itself."""
        definitions, calls, attributes = self._leads(self._known.by_key[key])
        targets = list(dict.fromkeys((one.path, one.qualname) for one in definitions))
        classes = {(base.path, base.qualname) for one in definitions if one.kind == CLASS for base in self._known.ancestry(one)}
        return targets, Reached(self.keys.bit(key), self.keys.bits(classes), self.names.bits(calls), self.names.bits(attributes))
