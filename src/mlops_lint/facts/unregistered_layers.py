"""Layers that a network holds where torch does not look for them: in a plain list, tuple, set or dictionary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlops_lint.facts.runs import Run
from mlops_lint.flow.scopes import ClassInfo, Function
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.module_contract import OWN_BOOKKEEPING, REGISTERING_METHODS, WEIGHTLESS

CONTAINERS = {"list": "list", "dict": "dict", "tuple": "tuple", "set": "set"}
_SETTERS = frozenset({"builtins.setattr", "setattr"})
_MAX_DEPTH = 3


@dataclass(frozen=True, slots=True, eq=False)
class Unregistered:
    """A plain container of layers: the ``store`` that puts it under an ``attribute`` of the network, one of the ``layers`` in it, and how it is ``held``.

    ``trained``: the layers hold the optimizer of their weights, so that they are only not moved and not saved with the network.
    """

    store: Event
    layer: Event | None
    attribute: str
    held: str
    owner: ClassInfo
    trained: bool = False


def unregistered(run: Run) -> Iterator[Unregistered]:
    """The plain containers of layers in one run, by the networks that hold them."""
    if run.trace.truncated:
        return
    last: dict[tuple[Thing, str], Event] = {}
    proper: set[tuple[Thing, str]] = set()
    for event in run.trace.select(_sets_attribute):
        if event.receiver is not None:
            key = (event.receiver.thing, event.method)
            if key not in last or event.args[0].thing.how[:2] != ("binary", "+"):
                last[key] = event  # what ``+=`` adds to stands in the container that was there
            if event.args[0].is_a("module"):
                proper.add(key)
    for (network, attribute), store in last.items():
        value = network.field(attribute)
        owner = network.owner
        if value is None or owner is None or (network, attribute) in proper or value.is_a("module"):
            continue
        held = next((word for kind, word in CONTAINERS.items() if value.is_a(kind)), "")
        layers = list(_layers(value)) if held else []
        if not layers or _keeps_own_books(owner) or not _uses(owner, attribute) or _hides_one(value, store):
            continue
        registered = _registered(network, run)
        left = [layer for layer in layers if registered.isdisjoint(id(one) for one in layer.each())]
        trained = any(_trains_itself(layer) for layer in left)
        if len(left) == len(layers) and (not trained or _is_asked_for_state(network, run)):
            yield Unregistered(store, left[0].event, attribute, held, owner, trained)


def _sets_attribute(event: Event) -> bool:
    """Whether something is put into an attribute of a network of the project."""
    network = event.receiver
    if event.what != "store" or network is None or network.thing.owner is None or not isinstance(event.code, list) or event.code[0] != "a":
        return False
    return network.is_a("module") and not network.is_a("keras-model")


def _layers(holder: Thing, depth: int = _MAX_DEPTH) -> Iterator[Thing]:
    """The layers with weights (or modes) inside a container, also one level further down."""
    inside = [*(holder.items or ()), *(thing for name, thing in (holder.fields or {}).items() if name.startswith("["))]
    for thing in inside:
        if thing.is_a("module"):
            made = [one for one in thing.each() if one.is_a("module") and one.event is not None]
            if any(not _is_weightless(one) for one in made):
                yield thing
        elif depth > 1 and any(thing.is_a(kind) for kind in CONTAINERS):
            yield from _layers(thing, depth - 1)


def _trains_itself(layer: Thing) -> bool:
    """Whether a layer holds the optimizer of its own weights, so that nobody has to find them."""
    return any(held.is_a("optimizer") for one in layer.each() for held in (one.fields or {}).values())


def _is_asked_for_state(network: Thing, run: Run) -> bool:
    """Whether somebody wants the weights of a network, to save them."""
    return any(event.method == "state_dict" and event.receiver is not None and event.receiver.thing is network for event in run.trace.events)


def _is_weightless(layer: Thing) -> bool:
    names = layer.event.names if layer.event is not None and layer.owner is None else frozenset()
    return bool(names) and all(name.rpartition(".")[2].startswith(WEIGHTLESS) for name in names)


def _hides_one(value: Thing, store: Event) -> bool:
    """``self.teacher = [teacher]``: a network made elsewhere is hidden from torch on purpose."""
    if value.items is None or len(value.items) != 1:
        return False
    made = value.items[0].event
    return made is None or made.site.path != store.site.path or not store.site.start <= made.site.start < store.site.end


def _registered(network: Thing, run: Run) -> set[int]:
    """The things that torch finds in a network: what its attributes hold, what these were made of, and what is registered by name."""
    found: set[int] = set()
    waiting = [(thing, 0) for thing in (network.fields or {}).values() if thing.is_a("module")]
    for event in run.trace.events:
        if event.what == "call" and event.receiver is not None and event.receiver.thing is network and event.method in REGISTERING_METHODS:
            waiting.extend((seen.thing, 0) for seen in event.inputs())
        elif event.what == "call" and event.names & _SETTERS and len(event.args) > 2 and event.args[0].thing is network:
            waiting.append((event.args[2].thing, 0))
        elif event.what == "store" and event.receiver is not None and event.receiver.thing is network.field("_modules"):
            waiting.append((event.args[-1].thing, 0))
    while waiting:
        thing, depth = waiting.pop()
        if id(thing) in found:
            continue
        found.add(id(thing))
        found.update(id(one) for one in thing.alternatives)
        waiting.extend((one, depth) for one in thing.ancestors(200))
        if depth < _MAX_DEPTH:
            waiting.extend((one, depth + 1) for one in (*(thing.fields or {}).values(), *(thing.items or ())))
    return found


def _keeps_own_books(owner: ClassInfo) -> bool:
    """Whether a class itself says what its parameters are, or how they move."""
    return any(owner.member(name) is not None for name in OWN_BOOKKEEPING)


def _uses(owner: ClassInfo, attribute: str) -> bool:
    """Whether a method beside the constructor looks at the attribute."""
    for one in owner.lineage():
        for name, thing in one.scope.variables.items():
            for callee in thing.callees:
                if not isinstance(callee, Function) or callee.owner is not one or name == "__init__" or not callee.parameters:
                    continue
                if _mentions(callee.body, callee.parameters[0][0], attribute):
                    return True
    return False


def _mentions(body: Any, myself: str, attribute: str) -> bool:
    waiting = [body]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            if len(one) > 2 and one[0] == "a" and one[2] == attribute and one[1] == ["n", myself]:
                return True
            waiting.extend(one)
    return False
