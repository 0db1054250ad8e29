"""Networks: the passes of data through them in a run, which of these are learnt from, and what becomes of the answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlops_lint.facts.runs import Run, Runs, runs
from mlops_lint.flow.scopes import Function
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Loop, Seen
from mlops_lint.knowledge.inference import (
    BOILING_CALLS,
    BOILING_METHODS,
    EVALUATION_WORDS,
    FRAMEWORK_BASES,
    GRADIENT_METHODS,
    GRADIENT_SEEKERS,
    LOOKS_ONLY,
    MADE_UP,
    PICTURING_CALLS,
    PICTURING_METHODS,
    TRAINING_WORDS,
    VARYING_WORDS,
)
from mlops_lint.knowledge.torch import OUTSIDE_BASES
from mlops_lint.project.project import Project

_SWITCHES = ("eval-mode", "train-mode")
_FORM = frozenset({"shape", "size", "device", "dtype", "ndim", "dim", "numel", "element_size"})
_LEAVES = ("module", "optimizer", "scheduler", "loader", "dataset", "tokenizer", "processor", "loss-function")
_WHOLE = frozenset({"torch.load", "torch.serialization.load"})
_MAX_PARTS = 400


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """One pass through a ``network``: the call as its user wrote it, and the ``inner`` calls in which its layers are applied (itself, if none are seen)."""

    event: Event
    inner: tuple[Event, ...]
    network: Thing

    @property
    def chain(self) -> tuple[Event, ...]:
        """The calls that led here, outermost first, and the pass itself."""
        return (*self.event.stack, self.event)

    def root(self) -> tuple[str, str]:
        """The file and function in which everything began; the function is empty for a module's body."""
        first = self.chain[0]
        return (first.site.path, first.function)

    def is_of_program(self) -> bool:
        """Whether a program led here, and not a function that was run on its own."""
        return not self.chain[0].function

    def place(self, every: Runs) -> tuple[str, str, int, object]:
        """What belongs to one defect: the function or cell, and the loop in it."""
        return (self.event.site.path, self.event.function, every.cell(self.event), self.loop.site if self.loop is not None else None)

    @property
    def loop(self) -> Loop | None:
        """The innermost loop around it."""
        return self.event.loops[-1] if self.event.loops else None


def _may_pass(event: Event) -> bool:
    return event.what == "call" and (event.callee is not None or "apply" in event.roles or event.method == "forward")


def _goes_backward(event: Event) -> bool:
    return "backward" in event.roles or (event.what == "call" and any(name.startswith("torch.autograd.") for name in event.names))


def _boils_receiver(event: Event) -> bool:
    return event.what == "call" and event.method in BOILING_METHODS and event.receiver is not None


def _boils_inputs(event: Event) -> bool:
    return event.what == "call" and any(name.startswith(BOILING_CALLS) and name not in LOOKS_ONLY for name in event.names)


def _pictures(event: Event) -> bool:
    return event.what == "call" and (event.method in PICTURING_METHODS or any(name.startswith(PICTURING_CALLS) for name in event.names))


def _optimizes(event: Event) -> bool:
    return event.what == "call" and event.result.is_a("optimizer")


def _is_volatile(event: Event) -> bool:
    return "volatile" in event.keywords


class Networks:
    """What one run does with networks."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.trace = run.trace
        self.switches = [event for event in self.trace.with_role(*_SWITCHES) if event.receiver is not None]
        self.loads = [event for event in self.trace.with_role("state-load") if event.receiver is not None and not event.receiver.is_a(*_LEAVES[1:])]
        # What is switched between training and evaluation, or loaded from a state, is a network, even if nobody knows its class.
        self.presumed: set[Thing] = {
            one
            for event in (*self.switches, *self.loads)
            if event.receiver is not None and not event.receiver.thing.kinds - {"loaded", "module"}
            for one in family(event.receiver.thing)
        }
        self.passes: list[Pass] = list(self._passes())
        self._learnt = upstream(self._losses())
        self._boiled = upstream(self._consumed())
        self._pictured = upstream(seen.thing for event in self.trace.select(_pictures) for seen in event.inputs())
        self._shown = upstream(seen.thing for event in self.trace.called("builtins.print") for seen in event.inputs())
        self._optimized = upstream(seen.thing for event in self.trace.select(_optimizes) for seen in event.inputs())
        self.volatile = {event.site.path for event in self.trace.select(_is_volatile)}
        self._seeking = {event.site.path for event in self.trace.select(_seeks_gradients)}

    # -- passes --------------------------------------------------------------------------------------------------------------------------------------

    def _passes(self) -> Iterator[Pass]:
        inside: dict[Event, list[Event]] = {}
        through: dict[Event, Thing] = {}
        for event in self.trace.select(_may_pass):
            network = self._network_of(event)
            if network is None:
                continue
            outer, thing = _outermost(event, network)
            through.setdefault(outer, thing)
            inside.setdefault(outer, []).append(event)
        for outer, events in inside.items():
            yield Pass(outer, tuple(one for one in events if one is not outer) or (outer,), through[outer])

    def _network_of(self, event: Event) -> Thing | None:
        if event.receiver is not None and ("apply" in event.roles or (event.method == "forward" and not event.names)):
            return event.receiver.thing if is_network(event.receiver) else None
        callee = event.callee
        if callee is not None and not callee.kinds - {"loaded"}:
            things = family(callee)
            if not self.presumed.isdisjoint(things) or any(is_read_whole(one) for one in things):
                return callee
        return None

    # -- what becomes of an answer -------------------------------------------------------------------------------------------------------------------

    def _losses(self) -> Iterator[Thing]:
        for event in self.trace.select(_goes_backward):
            if "backward" in event.roles:
                loss = event.operands.get("loss")
                if isinstance(loss, Thing):
                    yield loss
                yield from (seen.thing for seen in event.inputs())
                if event.receiver is not None:
                    yield event.receiver.thing
            else:
                yield from (seen.thing for seen in event.inputs())

    def _consumed(self) -> Iterator[Thing]:
        for event in self.trace.select(_boils_receiver):
            if event.receiver is not None:
                yield event.receiver.thing
        for event in self.trace.select(_boils_inputs):
            yield from (seen.thing for seen in event.inputs())

    def is_learnt_from(self, one: Pass) -> bool:
        """Whether what the network answered has a part in a loss that is sent backward."""
        return any(event.result in self._learnt for event in (one.event, *one.inner))

    def is_boiled_down(self, one: Pass) -> bool:
        """Whether what the network answered becomes figures, labels or text."""
        return any(event.result in self._boiled for event in (one.event, *one.inner))

    def is_trained(self, network: Thing) -> bool:
        """Whether the run trains a network."""
        things = covered(network)
        if not self._optimized.isdisjoint(things):
            return True
        return any(not things.isdisjoint(covered(one.network)) for one in self.learnt_passes())

    def learnt_passes(self) -> list[Pass]:
        """The passes that are learnt from."""
        return [one for one in self.passes if self.is_learnt_from(one)]

    def knows_optimizer(self) -> bool:
        """Whether any optimiser of the run is known to hold a network's parameters."""
        return any(thing.is_a("module") or thing in self.presumed for thing in self._optimized)

    def is_optimized(self, network: Thing) -> bool:
        """Whether an optimiser holds a network's parameters."""
        return not self._optimized.isdisjoint(covered(network))

    def seeks_gradients(self, one: Pass) -> bool:
        """Whether something in the same file needs gradients at inference: saliency maps, adversarial examples."""
        return any(event.site.path in self._seeking for event in (one.event, *one.inner))

    def is_left_to_framework(self, one: Pass) -> bool:
        """Whether a framework calls this in the right mode and without gradients, or whoever uses a network's own method is to see to it."""
        for event in one.chain:
            if event.owner is not None and not FRAMEWORK_BASES.isdisjoint(event.owner.outside):
                return True
            if any(name.startswith(("ignite.", "skorch.", "fastai.", "mmengine.")) for name in event.names):
                return True
        first = one.chain[0]
        owner = first.owner
        return bool(first.function) and owner is not None and any("module" in OUTSIDE_BASES.get(name, ()) for name in owner.outside)

    def is_pictured(self, one: Pass) -> bool:
        """Whether what the network answered is drawn or written as a picture."""
        return any(event.result in self._pictured for event in (one.event, *one.inner))

    def is_shown(self, one: Pass) -> bool:
        """Whether what the network answered is printed, and not just its form."""
        return any(event.result in self._shown for event in (one.event, *one.inner))

    def is_tried_out(self, one: Pass) -> bool:
        """Whether the network only sees a tensor made out of nothing."""
        inputs = one.event.inputs()
        return bool(inputs) and all(_is_made_up(seen.thing) for seen in inputs)


def networks(project: Project) -> tuple[Networks, ...]:
    """What the runs of a project do with networks; tests and vendored code left out."""
    every: Runs = project.derive(runs)
    return tuple(
        Networks(run) for run in every if run.role not in ("test", "vendored") and run.trace.with_role("apply", "state-load", "load", *_SWITCHES)
    )


# -- things ------------------------------------------------------------------------------------------------------------------------------------------


def is_network(seen: Seen) -> bool:
    """Whether a value is a PyTorch network."""
    return seen.is_a("module")


def is_read_whole(thing: Thing) -> bool:
    """Whether a thing is what ``torch.load`` gives, and not a part of it."""
    return thing.is_a("loaded") and thing.event is not None and not thing.event.names.isdisjoint(_WHOLE)


def family(thing: Thing) -> set[Thing]:
    """A thing, all that it may be, and the instance that ``super()`` stands for."""
    found: set[Thing] = set()
    waiting = [thing]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        waiting.extend(one.alternatives)
        if one.how[:1] == ("super",):
            waiting.append(one.how[2])
    return found


def covered(thing: Thing) -> set[Thing]:
    """A network with the networks inside it."""
    found: set[Thing] = set()
    waiting = list(family(thing))
    while waiting and len(found) < _MAX_PARTS:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        waiting.extend(one.alternatives)
        waiting.extend(one.items or ())
        for part in (one.fields or {}).values():
            if part.is_a("module", "list", "dict", "tuple") or not part.kinds:
                waiting.append(part)
        if one.is_a("list", "dict", "tuple") or (one.event is not None and "torch.nn.Sequential" in one.event.names):
            waiting.extend(part for part in one.parents if part.is_a("module", "list", "dict", "tuple"))
    return found


def upstream(things: Iterable[Thing]) -> set[Thing]:
    """Everything that things were made from, themselves included; networks and loaders are where it ends."""
    found: set[Thing] = set()
    waiting = list(things)
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        if one.is_a(*_LEAVES) or _is_form(one):
            continue
        # What a function gave at another call is not what it gives at this one.
        waiting.extend(one.parents[1:] if one.how[:1] == ("again",) else one.parents)
        waiting.extend(one.alternatives)
        waiting.extend(one.items or ())
    return found


def _is_form(thing: Thing) -> bool:
    """Whether a thing says no more of another one than its form: ``x.shape``, ``x.size(0)``."""
    if thing.how[:1] in (("attribute",), ("measure",)):
        return thing.how[1] in _FORM
    return thing.event is not None and thing.event.method in _FORM and not thing.event.names


def words_of(name: str) -> set[str]:
    """The words of a function's name."""
    last = name.rpartition(".")[2]
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", last)}


def is_evaluation(one: Pass) -> bool:
    """Whether the nearest function whose name says so evaluates or predicts; one that learns or needs gradients does not."""
    for event in reversed(one.chain):
        words = words_of(event.function)
        if words & TRAINING_WORDS:
            return False
        if words & EVALUATION_WORDS:
            return True
    return False


def is_meant_to_vary(one: Pass) -> bool:
    """Whether a function on the way says that the layers are to work as in training: dropout as a sample, statistics of a batch gathered anew."""
    return any(words_of(event.function) & VARYING_WORDS for event in one.chain)


def mentions(function: Function, words: frozenset[str]) -> bool:
    """Whether a function of the project speaks of something."""
    waiting: list[object] = [function.body]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str) and one in words:
            return True
        if isinstance(one, list):
            waiting.extend(one)
    return False


def _outermost(event: Event, network: Thing) -> tuple[Event, Thing]:
    """The call of a network as its user wrote it: layers inside a pass, and methods of the network that do no more than pass data on, are followed outward."""
    chain = (*event.stack, event)
    for one in event.stack:
        if one.receiver is not None and is_network(one.receiver) and ("apply" in one.roles or one.method in ("forward", "__call__")):
            if chain.index(one):
                return _outward(one, one.receiver.thing)
            return (one, one.receiver.thing)
    return _outward(event, network)


def _outward(event: Event, network: Thing) -> tuple[Event, Thing]:
    found, thing = event, network
    for outer in reversed(event.stack):
        if (
            outer.receiver is None
            or not is_network(outer.receiver)
            or len(outer.loops) != len(event.loops)
            or words_of(outer.method) & TRAINING_WORDS
            or thing not in covered(outer.receiver.thing)
        ):
            break
        found, thing = outer, outer.receiver.thing
    return found, thing


def _seeks_gradients(event: Event) -> bool:
    if event.what == "store":
        return event.method == "requires_grad" and bool(event.args) and event.args[-1].constant is True and not _is_parameter(event)
    if event.what != "call":
        return False
    if event.names and any(name.startswith(GRADIENT_SEEKERS) for name in event.names):
        return True
    if event.method in GRADIENT_METHODS and not event.names:
        given = event.argument("requires_grad", 0)
        is_module = event.receiver is not None and event.receiver.is_a("module")
        return not (event.method == "requires_grad_" and (is_module or (given is not None and given.constant is not True)))
    asked = event.keywords.get("requires_grad")
    return asked is not None and asked.constant is True and not event.function.endswith("__init__")


def _is_parameter(event: Event) -> bool:
    """Whether what is stored to is a parameter of a network: unfreezing is not looking for gradients."""
    if event.receiver is None:
        return False
    return any(one.is_a("parameters", "module") for one in event.receiver.thing.ancestors(40))


def _is_made_up(thing: Thing) -> bool:
    for one in (thing, *thing.ancestors(30)):
        if one.event is not None and not one.event.names.isdisjoint(MADE_UP):
            return True
        if one.origins and one.event is not None and ("read" in one.event.roles or one.event.what == "parameter"):
            return False
    return False
