"""The library: all models together, and what the machine asks of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mlops_lint.flow.models import (
    agent_tools,
    answers,
    commands,
    containers,
    distributed,
    fitted,
    frames,
    halves,
    interfaces,
    jax,
    learning,
    measuring,
    networks,
    order,
    selection,
    training,
    validation,
)
from mlops_lint.flow.models.access import HINTS, Access
from mlops_lint.flow.models.call import UNORDERED, Call, Model
from mlops_lint.flow.models.halves import Halves
from mlops_lint.flow.scopes import ClassInfo, Function, FunctionKey
from mlops_lint.flow.things import Thing, derive
from mlops_lint.flow.trace import Event, Site
from mlops_lint.knowledge import learners as learners_table
from mlops_lint.knowledge import torch as torch_table
from mlops_lint.knowledge.metrics import metric_of, metric_of_class
from mlops_lint.python.values import UNKNOWN

if TYPE_CHECKING:
    from mlops_lint.flow.state import State

_MODELS = (
    learning,
    measuring,
    fitted,
    training,
    distributed,
    frames,
    answers,
    containers,
    commands,
    jax,
    selection,
    networks,
    agent_tools,
    interfaces,
    halves,
    order,
)
"""The modules of models; for a method of an unknown object an earlier one is asked first."""
FUNCTIONS: dict[str, Model] = {name: model for module in _MODELS for name, model in module.FUNCTIONS.items()}
METHODS: dict[tuple[str, str], Model] = {key: model for module in _MODELS for key, model in module.METHODS.items()}
_METHOD_NAMES = frozenset(method for _, method in METHODS)
ANY_METHODS: dict[str, tuple[Model, ...]] = {
    name: tuple(module.ANY_METHODS[name] for module in _MODELS if name in module.ANY_METHODS) for one in _MODELS for name in one.ANY_METHODS
}
_MAKERS: tuple[tuple[Callable[[str], object], Model], ...] = (
    (learning.makes_learner, learning.made_learner),
    (metric_of, measuring.measured),
    (metric_of_class, measuring.made),
    (torch_table.kinds_of_torch, training.made),
    (jax.is_known, jax.made),
)
"""Models that know what they make by a whole table of names, each with the question whether a name stands in it."""
_KEPT = frozenset(f"builtins.{name}" for name in ("print", "exec", "eval", "__import__", "open"))
"""Builtins whose calls are kept in the trace."""
_UNORDERED: frozenset[str] = frozenset({UNORDERED})
_DATA = frozenset({"dataframe", "series", "array", "tensor", "spark-frame", "loss"})


@lru_cache(maxsize=8192)
def _models_of(names: frozenset[str]) -> tuple[Model, ...]:
    """The models that may know a call by its qualified names, in the order in which they are asked."""
    named = [FUNCTIONS[name] for name in sorted(names) if name in FUNCTIONS]
    return (*named, *(maker for knows, maker in _MAKERS if any(knows(name) for name in names)))


class Library(Access):
    """What the machine asks of the models: calls, operators, items, attributes, elements."""

    def __init__(self, machine: State) -> None:
        self.machine = machine
        self._handed_on: set[FunctionKey] = set()
        self.halves = Halves()

    def forget(self) -> None:
        """Another run begins."""
        self._handed_on.clear()
        self.halves.forget()

    # -- calls ---------------------------------------------------------------------------------------------------------------------------------------

    def called(self, event: Event, receiver: Thing | None, args: list[Thing], keywords: dict[str, Thing], callee: Thing) -> Thing:
        """What a call of something outside the project gives."""
        call = Call(self, event, receiver, args, keywords, callee)
        found = self._modelled(call)
        validation.note(call)
        selection.note(call)
        if found is not None:
            if found.event is None and found.constant is UNKNOWN and found is not receiver and found not in args and not found.names:
                found.event = event
            return found
        return self._unmodelled(call)

    def _modelled(self, call: Call) -> Thing | None:
        event = call.event
        if event.names:
            for model in _models_of(event.names):
                if (found := model(call)) is not None:
                    return found
        receiver = call.receiver
        if receiver is None:
            return None
        if receiver.is_a("key-initializer", "key-dropout", "gradient-function"):
            return jax.called(call)
        if event.method == "__call__":
            return measuring.filled(call) or training.applied(call)
        for kind in sorted(receiver.kinds) if event.method in _METHOD_NAMES else ():
            if (of_kind := METHODS.get((kind, event.method))) is not None and (found := of_kind(call)) is not None:
                return found
        if any(name.startswith("builtins.") for name in event.names):
            return None
        for model in ANY_METHODS.get(event.method, ()):
            if (found := model(call)) is not None:
                return found
        return None

    def _unmodelled(self, call: Call) -> Thing:
        """An unknown call hands on what it is given, and runs the functions it is given."""
        event = call.event
        made: list[Thing] = []
        for one in call.inputs():
            if one.callees:
                result = self.run_callback(one, [], event)
                if result is not None:
                    made.append(result)
        if call.callee.names and any(name.startswith("builtins.") for name in call.callee.names):
            result = call.gives(without=_UNORDERED)
        else:
            result = derive([*call.everything(), *made], event=event, without=_UNORDERED if "sort" in event.method.lower() else frozenset())
            if not result.origins:
                result.origins = frozenset({event})
        if call.receiver is not None and call.event.method.startswith(
            ("with", "cache", "persist", "repartition", "option", "format", "select", "filter", "where")
        ):
            result.kinds = call.receiver.kinds & {"spark-frame", "dataframe", "hf-dataset"}
        if call.receiver is not None and call.receiver.is_a("hf-dataset"):
            result.kinds = frozenset({"hf-dataset"})
        if len(call.args) == 1 and not call.keywords and call.args[0].callees and event.code and event.code[1][0] == "c":
            result.callees = call.args[0].callees  # ``app.task()(function)``: a decorator that is called by hand
        return result

    def run_callback(self, function: Thing, args: list[Thing], event: Event) -> Thing | None:
        """Run a function that is handed to something outside, once for each place that hands it on."""
        for callee in function.callees:
            if isinstance(callee, Function):
                if callee.key in self._handed_on and not args:
                    return None
                self._handed_on.add(callee.key)
                return self.machine.run(callee, args, {}, event)
        return None

    def applied(self, event: Event, callee: Thing, inner: Thing) -> Thing:
        """What an instance of the project's own class gives when it is called, beside what its own code says."""
        if callee.is_a("module", "keras-model"):
            event.mean("apply")
            result = derive([inner], kinds=inner.kinds or frozenset({"tensor"}), event=event)
            result.items, result.fields = inner.items, inner.fields
            # ``again`` speaks of the parents of what was given, which are not those of this thing.
            result.how = inner.how if inner.how and inner.how[0] != "again" else ("output", callee)
            if not inner.kinds and inner.items is None and inner.fields is None:
                result.parents = (*result.parents, callee)
            return result
        return inner

    def own_called(self, event: Event, callee: Thing) -> None:
        """A function of the project was run: its events speak for themselves, but what decorates it from outside may check what it is given."""
        if validation.note_own(event, callee.callees):
            self.machine.keep(event)

    def matters(self, event: Event) -> bool:
        """Whether a call is worth keeping in the trace."""
        if event.roles or (event.discarded and event.receiver is not None and event.receiver.kinds):
            return True
        if event.receiver is not None and event.receiver.kinds & _DATA:
            return True
        return (
            any(not name.startswith("builtins.") for name in event.names)
            or not event.names.isdisjoint(_KEPT)
            or (not event.names and event.receiver is not None)
        )

    def decorated(self, decorator: Thing, function: Thing, event: Event) -> Thing:
        """What a decorator makes of a function: the project's own ones are run, one from outside gives the function itself."""
        if not any(isinstance(one, Function) for one in decorator.callees):
            return function
        result = self.machine.invoke(decorator, None, "", ([function], {}, False), event)
        return result if result.callees else function

    # -- kinds ---------------------------------------------------------------------------------------------------------------------------------------

    def kinds_of_class(self, info: ClassInfo) -> frozenset[str]:
        """What the instances of a class of the project are, by its bases from outside."""
        found: frozenset[str] = frozenset()
        for name in sorted(info.outside):
            known = torch_table.OUTSIDE_BASES.get(name) or learners_table.OUTSIDE_BASES.get(name)
            if known is None:
                known = torch_table.kinds_of_torch(name) or learners_table.kinds_of_learner(name)
            found |= known
        return found

    def kinds_of_type(self, names: frozenset[str]) -> frozenset[str]:
        """What an annotation says."""
        found: frozenset[str] = frozenset()
        for name in sorted(names):
            found |= (
                frames.KINDS_OF_TYPES.get(name)
                or torch_table.OUTSIDE_BASES.get(name)
                or torch_table.kinds_of_torch(name)
                or learners_table.kinds_of_learner(name)
            )
        return found

    def parameter(self, thing: Thing, name: str, default: Any) -> None:
        """An unknown argument of a function that nobody calls: its name may tell what it is."""
        if not thing.kinds and thing.owner is None:
            thing.kinds = HINTS.get(name.lower(), frozenset())
        distributed.mark_process(thing, name)
        self.halves.parameter(thing, name)

    def filled(self, function: Function, parameter: Any) -> Thing | None:
        """What a decorator gives to a parameter that the caller leaves out."""
        return commands.filled(self.machine, function, parameter)

    def named(self, name: str, thing: Thing) -> None:
        """A variable got a value."""
        selection.named(name, thing)

    def tested(self, test: Thing, code: Any, arms: list[list[Any]]) -> None:
        """An ``if`` tests something."""
        selection.tested(self.machine, test, code, arms)

    # -- contexts, unpacking -------------------------------------------------------------------------------------------------------------------------

    def entered(self, thing: Thing) -> Thing:
        """What ``with x as y`` gives."""
        for function in self._own_methods(thing, "__enter__"):
            return self.machine.run(function, [], {}, thing.event)
        if thing.is_a("generator") and (inside := thing.field("[*]")) is not None:
            return inside
        return thing

    def left(self, thing: Thing) -> None:
        """What the end of ``with x`` does."""
        for function in self._own_methods(thing, "__exit__"):
            self.machine.run(function, [Thing(constant=None) for _ in range(3)], {}, thing.event)

    def _own_methods(self, thing: Thing, name: str) -> list[Function]:
        """The methods of a name that a thing has from a class of the project."""
        member = thing.owner.member(name) if thing.owner is not None else None
        return [callee.bind(thing) for callee in (member.callees if member is not None else ()) if isinstance(callee, Function)]

    def unpacked(self, value: Thing, count: int) -> list[Thing] | None:
        """What ``a, b = value`` gives; ``None`` when nothing particular is known."""
        if value.is_a("rng-keys"):
            return [jax.item(value, Thing(constant=place), self.machine) for place in range(count)]
        if value.is_a("parts") and value.event is not None:
            call = Call(self, value.event, None, [], {}, Thing())
            source = value.parents[0] if value.parents else value
            return learning.named_parts(source, call, count)
        inside = value.field("[*]")
        if inside is not None:
            return [inside] * count
        if value.is_a("tensor", "array", "prediction"):
            return [derive([value], kinds=value.kinds & {"tensor", "array"}, how=("part", place)) for place in range(count)]
        return None

    def comprehended(self, result: Thing, sources: list[Thing], made: tuple[Thing, Thing], site: Site) -> None:
        """A comprehension has gone through these sources; it made keys and values, or (twice the same) elements."""
        order.comprehended(self.machine, result, sources, made, site)
