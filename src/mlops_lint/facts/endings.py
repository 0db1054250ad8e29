"""Endings: what became of a network's scores last (softmax, sigmoid, nothing …), read off a value or off a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlops_lint.facts.runs import Run
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Site
from mlops_lint.knowledge.activations import (
    ACTIVATION_METHODS,
    ACTIVATION_PREFIXES,
    HEADS,
    KERAS,
    KERAS_ACTIVATIONS,
    KERAS_OPEN_ENDED,
    KERAS_PASSING,
    LOG_SOFTMAX,
    OPEN_ENDED,
    PASSING_FUNCTIONS,
    PASSING_LAYERS,
    PASSING_METHODS,
    RAW,
    READY_MADE,
    SEQUENTIAL,
    SOFTMAX,
)
from mlops_lint.knowledge.torch import ACTIVATIONS
from mlops_lint.python.values import UNKNOWN

_MAX_DEPTH = 30
_CHANGES = frozenset({"append", "add_module", "register_module", "insert", "extend", "pop", "add", "__setitem__", "__delitem__"})


@dataclass(frozen=True, slots=True, eq=False)
class Ending:
    """What happened last: its ``name`` (empty: nobody knows), the ``event`` where it did, and the size of a last layer that says it (``units``)."""

    name: str
    event: Event | None = None
    units: object = None


_UNKNOWN = Ending("")


class Endings:
    """How the values and networks of one run end."""

    def __init__(self, run: Run) -> None:
        self._changes: dict[int, list[Event]] = {}
        for event in run.trace.events:
            if event.receiver is not None and (event.what == "store" or (event.what == "call" and event.method in _CHANGES)):
                for one in event.receiver.thing.each():
                    self._changes.setdefault(id(one), []).append(event)

    def of_value(self, value: Thing) -> list[Ending]:
        """How a value ends, on every way in which it may have come about."""
        return _known(self._value(value, 0))

    def of_model(self, model: Thing) -> list[Ending]:
        """How the answers of a Keras model end."""
        return _known(self._model(model, 0))

    # -- values --------------------------------------------------------------------------------------------------------------------------------------

    def _value(self, thing: Thing, depth: int) -> list[Ending]:
        if depth > _MAX_DEPTH or thing.constant is not UNKNOWN:
            return [_UNKNOWN]
        if thing.alternatives:
            return [ending for one in thing.alternatives for ending in self._value(one, depth + 1)]
        how, made = thing.how, thing.event
        if made is not None and made.what == "call" and _is_own_network(made):
            return self._value(thing.parents[0], depth + 1) if thing.parents else [_UNKNOWN]
        if how[:1] == ("activation",):
            return [Ending(how[1], made)]
        if how[:1] == ("output",) and isinstance(how[1], Thing):
            return self._layer(how[1], [seen.thing for seen in made.args] if made is not None else [], made, depth + 1)
        if how[:1] == ("item",) and thing.parents:
            return self._value(thing.parents[0], depth + 1)
        if how or made is None or made.what != "call":
            return [_UNKNOWN]
        return self._call(made, depth)

    def _call(self, made: Event, depth: int) -> list[Ending]:
        last = made.method
        if made.names:
            if made.names & PASSING_FUNCTIONS:
                given = made.args[0].thing if made.args else None
                parts = given.items if given is not None and last in ("cat", "concat", "concatenate", "stack") else None
                several = parts if parts else [given] if given is not None else []
                return [ending for one in several for ending in self._value(one, depth + 1)] or [_UNKNOWN]
            if last in ACTIVATION_METHODS and any(name.startswith(ACTIVATION_PREFIXES) for name in made.names):
                return [Ending(ACTIVATION_METHODS[last], made)]
            if last == "log" and made.args:
                return [Ending(LOG_SOFTMAX, made) if one.name == SOFTMAX else _UNKNOWN for one in self._value(made.args[0].thing, depth + 1)]
            if made.names & OPEN_ENDED:
                return [Ending(RAW, made)]
            if _keras_layer(made.names) in KERAS_OPEN_ENDED and last.islower():
                return self._activation_of(made, made)
            return [_UNKNOWN]
        if made.receiver is None:
            return [_UNKNOWN]
        receiver = made.receiver.thing
        if "apply" in made.roles:
            return self._model(receiver, depth + 1)
        callee = made.callee
        if callee is not None and callee.event is not None and _keras_layer(callee.event.names):
            return self._keras(callee, [seen.thing for seen in made.args], made, depth + 1)
        if last in PASSING_METHODS:
            return self._value(receiver, depth + 1)
        if last in ACTIVATION_METHODS:
            return [Ending(ACTIVATION_METHODS[last], made)]
        if last == "log":
            return [Ending(LOG_SOFTMAX, made) if one.name == SOFTMAX else _UNKNOWN for one in self._value(receiver, depth + 1)]
        return [_UNKNOWN]

    # -- layers of PyTorch ---------------------------------------------------------------------------------------------------------------------------

    def _layer(self, layer: Thing, given: list[Thing], applied: Event | None, depth: int) -> list[Ending]:
        """How the output of a layer ends that is given these things."""
        if depth > _MAX_DEPTH:
            return [_UNKNOWN]
        if layer.alternatives:
            return [ending for one in layer.alternatives for ending in self._layer(one, given, applied, depth + 1)]
        if layer.how[:1] == ("activation",):
            return [Ending(layer.how[1], applied or layer.event)]
        made = layer.event
        if layer.owner is not None or made is None or made.what != "call":
            return [_UNKNOWN]
        if made.names & OPEN_ENDED:
            return [Ending(RAW, applied or made)]
        if made.names & PASSING_LAYERS:
            return self._value(given[0], depth + 1) if given else [_UNKNOWN]
        if SEQUENTIAL in made.names:
            return self._stacked(self._layers_of(layer, made), given, depth)
        if any(name.startswith(READY_MADE) for name in made.names):
            return self._ready_made(layer, made, depth)
        return [_UNKNOWN]

    def _stacked(self, stacks: list[list[Thing | None]], given: list[Thing], depth: int) -> list[Ending]:
        """How stacks of layers end; a ``None`` in a stack is a layer that nobody knows."""
        found: list[Ending] = []
        for stack in stacks:
            for layer in reversed(stack):
                if layer is None:
                    found.append(_UNKNOWN)
                    break
                made = layer.event
                if made is not None and made.what == "call" and made.names & PASSING_LAYERS and not layer.how:
                    continue
                found.extend(self._layer(layer, [], None, depth + 1))
                break
            else:
                found.extend(self._value(given[0], depth + 1) if given else [_UNKNOWN])
        return found or [_UNKNOWN]

    def _layers_of(self, stack: Thing, made: Event) -> list[list[Thing | None]]:
        """The layers that a Sequential may hold, as far as its end is known."""
        layers: list[Thing | None]
        unpacked = made.operands.get("unpacked")
        if isinstance(unpacked, Thing):
            layers = list(unpacked.items) if unpacked.items else [None]
            endings = self._grown(unpacked, made) if unpacked.items is None or id(unpacked) in self._changes else [layers]
        else:
            layers = [seen.thing for seen in made.args]
            if made.unpacks:
                layers = [None]
            elif len(layers) == 1 and layers[0] is not None and layers[0].event is not None and layers[0].event.method == "OrderedDict":
                layers = _named_layers(layers[0].event)
            endings = [layers]
        changes = self._changes.get(id(stack), ())
        if not changes:
            return endings
        return self._last_of(changes, None) or [[None]]

    def _grown(self, layers: Thing, user: Event) -> list[list[Thing | None]]:
        """How a list ends that grew by ``append`` before it was used."""
        things = {id(one) for one in layers.each()}
        grown = [event for one in things for event in self._changes.get(one, ()) if event.order < user.order]
        grown = sorted({event.order: event for event in grown}.values(), key=lambda event: event.order)
        if not grown and layers.how[:2] == ("binary", "+") and layers.parents[-1].items:
            return [[*layers.parents[-1].items]]
        return self._last_of(grown, user) or [list(layers.items) if layers.items else [None]]

    def _last_of(self, changes: Sequence[Event], user: Event | None) -> list[list[Thing | None]]:
        """What was appended last; several, where that stands in different arms."""
        found: list[list[Thing | None]] = []
        latest: list[Event] = []
        around = {(branch.site, branch.arm) for branch in user.branches} if user is not None else set()
        for event in reversed(changes):
            arms = {(branch.site, branch.arm) for branch in event.branches}
            if any({(branch.site, branch.arm) for branch in one.branches} <= arms for one in latest):
                continue  # something else was appended after it
            latest.append(event)
            known = event.what == "call" and event.method in ("append", "add_module", "add") and bool(event.args)
            found.append([event.args[-1].thing if known else None])
            if arms <= around or _covers(latest, around):
                return found
        return [*found, [None]] if found else []

    def _ready_made(self, model: Thing, made: Event, depth: int) -> list[Ending]:
        heads = [name for name in HEADS if model.fields is not None and name in model.fields]
        changes = [event for event in self._changes.get(id(model), ()) if event.what == "store"]
        if not changes and not heads:
            return [Ending(RAW, made)] if any(name.startswith("torchvision.") for name in made.names) else [_UNKNOWN]
        if len(changes) != 1 or changes[0].method not in HEADS:
            return [_UNKNOWN]
        return self._layer(changes[0].args[0].thing, [], None, depth + 1)

    # -- Keras ---------------------------------------------------------------------------------------------------------------------------------------

    def _keras(self, layer: Thing, given: list[Thing], applied: Event | None, depth: int) -> list[Ending]:
        made = layer.event
        if depth > _MAX_DEPTH or layer.owner is not None or made is None or made.what != "call":
            return [_UNKNOWN]
        name = _keras_layer(made.names)
        if name in KERAS_ACTIVATIONS:
            return [Ending(KERAS_ACTIVATIONS[name], applied or made)]
        if name == "Activation":
            ending = self._activation_of(made, applied or made, 0)
            if ending[0].name == RAW:
                return self._value(given[0], depth + 1) if given else [_UNKNOWN]
            return ending
        if name in KERAS_OPEN_ENDED:
            return self._activation_of(made, applied or made)
        if name == "TimeDistributed" and made.args:
            return self._keras(made.args[0].thing, [], applied, depth + 1)
        if name in KERAS_PASSING and given:
            return self._value(given[0], depth + 1)
        return [_UNKNOWN]

    def _activation_of(self, made: Event, place: Event, position: int | None = None) -> list[Ending]:
        """The activation that a layer is made with."""
        if made.unpacks:
            return [_UNKNOWN]
        name = _keras_layer(made.names)
        if position is None and name in ("Dense", "dense"):
            position = 1 if name == "Dense" else 2
        given = made.argument("activation", position)
        units = made.args[0].constant if made.args else (made.keywords["units"].constant if "units" in made.keywords else None)
        if given is None or given.constant is None or given.constant == "linear":
            return [Ending(RAW, place, units)]
        if isinstance(given.constant, str):
            return [Ending(given.constant if given.constant in ACTIVATION_METHODS else "", place, units)]
        made_from = given.thing.event.names if given.thing.event is not None else given.thing.names
        words = {word.rpartition(".")[2] for word in made_from}
        known = {ACTIVATIONS[word] for word in words if word in ACTIVATIONS}
        if words == {"linear"}:
            return [Ending(RAW, place, units)]
        return [Ending(next(iter(known)), place, units)] if len(known) == len(words) == 1 else [_UNKNOWN]

    def _model(self, model: Thing, depth: int) -> list[Ending]:
        if depth > _MAX_DEPTH:
            return [_UNKNOWN]
        if model.alternatives:
            return [ending for one in model.alternatives for ending in self._model(one, depth + 1)]
        made = model.event
        if model.owner is not None or made is None or made.what != "call" or not any(name.startswith(KERAS) for name in made.names):
            return [_UNKNOWN]
        if made.method == "Sequential":
            return self._keras_sequential(model, made, depth)
        if made.method in ("Model", "Functional"):
            outputs = made.argument("outputs", 1)
            if outputs is None:
                return [_UNKNOWN]
            several = outputs.thing.items
            if several is None:
                return self._value(outputs.thing, depth + 1)
            return self._value(several[0], depth + 1) if len(several) == 1 else [_UNKNOWN]
        return [_UNKNOWN]

    def _keras_sequential(self, model: Thing, made: Event, depth: int) -> list[Ending]:
        first = made.argument("layers", 0)
        base: list[Thing | None] = []
        if first is not None:
            base = list(first.thing.items) if first.thing.items is not None else [None]
            grown = self._changes.get(id(first.thing))
            if grown:
                return self._ends(self._grown(first.thing, made), depth)
        changes = [event for event in self._changes.get(id(model), ()) if event.what == "call"]
        if not changes:
            return self._ends([base], depth)
        stacks: list[list[Thing | None]] = []
        passing = 0
        for event in reversed(changes):
            layer = event.args[0].thing.event if event.args else None
            if event.method == "add" and layer is not None and not event.branches and _keras_layer(layer.names) in KERAS_PASSING and passing < 4:
                passing += 1
                continue
            if _is_linear(layer) and event.method == "add" and passing < 4:
                passing += 1
                continue
            stacks = self._last_of(changes[: changes.index(event) + 1], made)
            break
        return self._ends(stacks or [base], depth)

    def _ends(self, stacks: list[list[Thing | None]], depth: int) -> list[Ending]:
        found: list[Ending] = []
        for stack in stacks:
            for layer in reversed(stack):
                made = layer.event if layer is not None else None
                if layer is not None and made is not None and (_keras_layer(made.names) in KERAS_PASSING or _is_linear(made)):
                    continue
                if layer is None:
                    found.append(_UNKNOWN)
                elif layer.alternatives:
                    found.extend(ending for one in layer.alternatives for ending in self._keras(one, [], None, depth + 1))
                elif layer.is_a("keras-model"):
                    found.extend(self._model(layer, depth + 1))
                else:
                    found.extend(self._keras(layer, [], None, depth + 1))
                break
            else:
                found.append(_UNKNOWN)
        return found or [_UNKNOWN]


def _known(endings: list[Ending]) -> list[Ending]:
    """The endings, each once; none where one of them is unknown."""
    if not endings or any(not one.name for one in endings):
        return []
    return list({(one.name, id(one.event)): one for one in endings}.values())


def _is_own_network(made: Event) -> bool:
    """Whether a network of the project's own was called, so that its own code said what it gives."""
    receiver = made.receiver
    if made.method != "__call__" or receiver is None or receiver.thing.owner is None or "apply" not in made.roles:
        return False
    return any(receiver.thing.owner.member(name) is not None for name in ("__call__", "forward", "call"))


def _named_layers(made: Event) -> list[Thing | None]:
    """The layers of ``OrderedDict([("name", layer), …])``."""
    given = made.args[0].thing if made.args else None
    if given is None or given.items is None:
        return [None]
    return [pair.items[1] if pair.items is not None and len(pair.items) == 2 else None for pair in given.items]


def _keras_layer(names: frozenset[str]) -> str:
    """The name of a layer of Keras."""
    for name in names:
        if name.startswith((*KERAS, "tensorflow.layers.", "tensorflow.compat.v1.layers.")):
            return name.rpartition(".")[2]
    return ""


def _is_linear(made: Event | None) -> bool:
    """Whether a layer is ``Activation("linear")``, which only sets a dtype."""
    if made is None or _keras_layer(made.names) != "Activation":
        return False
    given = made.argument("activation", 0)
    return given is not None and given.constant == "linear"


def _covers(events: list[Event], around: set[tuple[Site, int]]) -> bool:
    """Whether the arms in which events stand are an ``if`` and its ``else``, as far as can be seen: at least two arms of one ``if``, one of them the last."""
    sites: dict[Site, set[int]] = {}
    last: set[Site] = set()
    for event in events:
        for branch in event.branches:
            if (branch.site, branch.arm) not in around:
                sites.setdefault(branch.site, set()).add(branch.arm)
                if branch.test is None:
                    last.add(branch.site)
    return any(len(arms) > 1 and site in last for site, arms in sites.items())
