"""Modes: whether a network is in training or evaluation mode when data pass through it, and whether its layers care."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlops_lint.facts.networks import Networks, Pass, covered, family, is_read_whole
from mlops_lint.flow.scopes import ClassInfo, FunctionKey
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.inference import CONTAINER_LAYERS, HARMLESS_CALLEES, MODE_FUNCTIONS, MODE_LAYERS, MODE_LAYERS_WITH, MODEL_ZOOS
from mlops_lint.knowledge.torch import OUTSIDE_BASES

TRAIN, EVAL, UNSURE = "train", "eval", "unsure"
SAVED, MADE = "saved", "made"
"""How a network begins whose class nobody knows: read whole from a file, or made and then given a saved state."""

SOME, NONE = "some", "none"

_KNOWN_METHODS = frozenset(
    "prepare setup update watch add_graph register log_model save save_model unwrap_model append add insert extend add_module register_module to "
    "load_state_dict parameters named_parameters print info count step zero_grad store update_parameters log_params number_of_parameters setdefault".split()
)
"""Methods of unknown objects that leave the mode of a network they are handed as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Switch:
    """A change of mode: of which things, to what; ``UNSURE`` where it cannot be told."""

    event: Event
    things: frozenset[Thing]
    mode: str


class Modes:
    """The changes of mode in one run."""

    def __init__(self, found: Networks) -> None:
        self.found = found
        self.switches: list[Switch] = sorted(self._collect(), key=_order)
        self._layers: dict[Thing, str] = {}

    # -- changes of mode -----------------------------------------------------------------------------------------------------------------------------

    def _collect(self) -> Iterator[Switch]:
        switchers: set[tuple[str, str]] = set()
        for event in self.found.switches:
            yield from self._switched(event)
            switchers.update((one.site.path, one.function) for one in (*event.stack, event))
        for event in self.found.trace.events:
            if event.what == "again":
                key: FunctionKey = event.operands["function"]
                if (key[0], key[2]) in switchers:
                    yield Switch(event, _covered_by(seen.thing for seen in event.args), UNSURE)
            elif event.what == "store" and event.method == "training" and event.receiver is not None and event.args:
                value = event.args[-1].constant
                mode = (TRAIN if value else EVAL) if isinstance(value, bool) else UNSURE
                yield Switch(event, _covered_by([event.receiver.thing]), mode)
            elif event.what == "call" and (handed := self._handed_on(event)):
                yield Switch(event, _covered_by(handed), UNSURE)

    def _switched(self, event: Event) -> Iterator[Switch]:
        if event.receiver is None:
            return
        thing = event.receiver.thing
        given = event.argument("mode", 0)
        mode = EVAL if "eval-mode" in event.roles else TRAIN
        if given is not None and not isinstance(given.constant, bool):
            mode = UNSURE
        yield Switch(event, frozenset(covered(thing)), mode)
        if not thing.is_a("module"):
            # One of the layers of a network, taken out one by one: the network is neither in the one mode nor in the other.
            around = {one for one in thing.ancestors(12) if one.is_a("module") or one in self.found.presumed}
            if around:
                yield Switch(event, frozenset(around), UNSURE)
        for outer in event.stack:
            if outer.method == "apply" and outer.receiver is not None:
                yield Switch(event, frozenset(covered(outer.receiver.thing)), UNSURE)

    def _handed_on(self, event: Event) -> list[Thing]:
        """The networks that are handed to something that nobody knows."""
        if event.roles & {"wrap", "prepare", "state-load", "apply", "loss"} or event.result.is_a("optimizer", "scheduler", "module"):
            return []
        if event.names and any(name.startswith(HARMLESS_CALLEES) for name in event.names) and not _quantizes(event):
            return []
        if not event.names and (event.method in _KNOWN_METHODS or (event.callee is not None and event.callee.is_a("module"))):
            return []
        return [seen.thing for seen in event.inputs() if seen.is_a("module") or seen.thing in self.found.presumed]

    # -- asking --------------------------------------------------------------------------------------------------------------------------------------

    def at(self, one: Pass) -> set[str]:
        """The modes in which a network may be when data pass through it: ``TRAIN``, ``EVAL``, ``UNSURE``, ``SAVED``, ``MADE``."""
        things = family(one.network)
        modes = self.initial(one.network)
        root, applied = one.root(), one.inner[0]
        arms = {(branch.site, branch.arm) for branch in applied.branches}
        elsewhere: set[str] = set()
        settled = False
        for switch in self.switches:
            if things.isdisjoint(switch.things) or switch.event.excludes(applied):
                continue
            if _root_of(switch.event) != root and root[1] and not _is_before_all(switch.event):
                elsewhere.add(switch.mode)
            elif switch.event.order < applied.order:
                is_certain = all((branch.site, branch.arm) in arms for branch in switch.event.branches)
                modes = {switch.mode} if is_certain else modes | {switch.mode}
                settled = settled or is_certain
        # What other functions did before counts only where this one did not set the mode itself.
        return modes if settled else modes | elsewhere

    def last(self, one: Pass) -> Switch | None:
        """The change of mode that a pass sees."""
        things = family(one.network)
        applied = one.inner[0]
        before = [
            switch
            for switch in self.switches
            if switch.event.order < applied.order and not things.isdisjoint(switch.things) and not switch.event.excludes(applied)
        ]
        return before[-1] if before else None

    def is_ever(self, network: Thing, mode: str) -> bool:
        """Whether a network is ever put into a mode in so many words."""
        things = family(network)
        return any(switch.mode == mode and not things.isdisjoint(switch.things) for switch in self.switches)

    def is_loaded(self, network: Thing) -> bool:
        """Whether a network is given weights that were learnt before."""
        things = covered(network)
        if any(event.receiver is not None and not things.isdisjoint(family(event.receiver.thing)) for event in self.found.loads):
            return True
        return any(is_read_whole(one) or _is_pretrained(one) for one in things)

    def initial(self, network: Thing) -> set[str]:
        """The modes in which a network may begin."""
        return {self._begins(one) for one in family(network) if not one.alternatives}

    def _begins(self, thing: Thing, depth: int = 0) -> str:
        if depth > 6:
            return UNSURE
        event = thing.event
        names = event.names if event is not None else frozenset()
        if names & {"copy.deepcopy", "copy.copy"} or thing.how[:1] in (("attribute",), ("join",)):
            begun = {self._begins(parent, depth + 1) for parent in thing.parents}
            return begun.pop() if len(begun) == 1 else UNSURE
        if thing.how[:1] == ("instance",) and thing.is_a("module"):
            return TRAIN
        if thing.is_a("pretrained"):
            return EVAL if any(name.endswith("from_pretrained") for name in names) else TRAIN
        if any(name.startswith((*MODEL_ZOOS, "torch.nn.")) for name in names):
            return TRAIN
        if is_read_whole(thing):
            return SAVED
        if event is not None and event.what == "call" and any(name.rpartition(".")[2][:1].isupper() for name in names) and self._has_state(thing):
            return MADE
        return UNSURE

    def _has_state(self, thing: Thing) -> bool:
        return any(event.receiver is not None and thing in family(event.receiver.thing) for event in self.found.loads)

    # -- layers --------------------------------------------------------------------------------------------------------------------------------------

    def layers(self, network: Thing) -> str:
        """Whether a network has ``SOME`` layers that heed the mode, has ``NONE``, or is ``UNSURE``."""
        if network not in self._layers:
            self._layers[network] = self._layers_of(network)
        return self._layers[network]

    def _layers_of(self, network: Thing) -> str:
        said = set()
        for one in covered(network):
            if one.alternatives:
                continue
            if one.owner is not None and one.is_a("module"):
                said.add(self._layers_of_class(one.owner))
            elif one.event is not None and one.event.what == "call" and (one.is_a("module", "loaded") or one is network):
                said.add(_layers_of_call(one.event))
            elif one is network:
                said.add(UNSURE)
        return SOME if SOME in said else UNSURE if UNSURE in said or not said else NONE

    def _layers_of_class(self, info: ClassInfo) -> str:
        lineage = info.lineage()
        for event in self.found.trace.called(*MODE_FUNCTIONS):
            if event.owner in lineage:
                return SOME
        return NONE if all(name.startswith("torch.nn.") or name in ("builtins.object", "abc.ABC") for name in info.outside) else UNSURE


def layers_nearby(everything: Iterable[Networks]) -> dict[str, str]:
    """By folder: whether any class of networks that is written there has ``SOME`` layers that heed the mode, or has ``NONE`` for sure.

    A network that is read whole from a file is of a class that the reader can import, and mostly of one that lies beside it.
    """
    said: dict[str, set[str]] = {}
    for found in everything:
        for event in found.trace.events:
            owner = event.owner
            if owner is None or event.what != "call" or not _is_network_class(owner):
                continue
            verdicts = said.setdefault(posixpath.dirname(event.site.path), set())
            if not event.names.isdisjoint(MODE_FUNCTIONS):
                verdicts.add(SOME)
            elif event.result.is_a("module") or any(name.startswith("torch.nn.") for name in event.names):
                verdicts.add(_layers_of_call(event) if event.names else UNSURE)
    return {folder: SOME if SOME in verdicts else UNSURE if UNSURE in verdicts or not verdicts else NONE for folder, verdicts in said.items()}


def _is_network_class(info: ClassInfo) -> bool:
    return any("module" in OUTSIDE_BASES.get(name, ()) for name in info.outside)


def _layers_of_call(event: Event) -> str:
    said = set()
    for name in event.names:
        last = name.rpartition(".")[2]
        if name.startswith(MODEL_ZOOS):
            said.add(SOME)
        elif not name.startswith("torch.nn."):
            said.add(SOME if "from_pretrained" in last or "from_config" in last else UNSURE)
        elif last in MODE_LAYERS:
            rate = event.argument("p", 0) if "Dropout" in last else None
            said.add(NONE if rate is not None and rate.constant == 0 and not isinstance(rate.constant, bool) else SOME)
        elif last in MODE_LAYERS_WITH:
            given = event.argument(MODE_LAYERS_WITH[last])
            said.add(SOME if given is not None and given.constant not in (0, 0.0, False, None) else NONE)
        elif last in CONTAINER_LAYERS:
            # What is in it is looked at by itself, as far as it is known.
            said.add(UNSURE if event.unpacks and not any(seen.is_a("module") for seen in event.args) else NONE)
        else:
            said.add(NONE)
    return SOME if SOME in said else UNSURE if UNSURE in said or not said else NONE


def _is_pretrained(thing: Thing) -> bool:
    event = thing.event
    if event is None or event.what != "call":
        return False
    if any(name.endswith("from_pretrained") for name in event.names):
        return True
    if not any(name.startswith(MODEL_ZOOS) for name in event.names):
        return False
    for name in ("pretrained", "weights"):
        given = event.argument(name)
        if given is not None and (given.constant is True or (name == "weights" and given.constant not in (None, False))):
            return True
    return False


def _quantizes(event: Event) -> bool:
    return any(name.startswith(("torch.ao.", "torch.quantization.", "torch.export.")) for name in event.names)


def _covered_by(things: object) -> frozenset[Thing]:
    found: set[Thing] = set()
    for thing in things:  # type: ignore[attr-defined]
        found |= covered(thing)
    return frozenset(found)


def _root_of(event: Event) -> tuple[str, str]:
    first = event.stack[0] if event.stack else event
    return (first.site.path, first.function)


def _is_before_all(event: Event) -> bool:
    """Whether something happens in the body of a module or while an object is made: before any function that is called from outside."""
    function = _root_of(event)[1]
    return not function or function.endswith("__init__")


def _order(switch: Switch) -> int:
    return switch.event.order
