"""The library: all models together, and what the machine asks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_lint.flow.models import agent_tools, commands, containers, distributed, frames, interfaces, jax, learning, networks, training, validation
from mlops_lint.flow.models.call import ROW_TAGS, Call, Model
from mlops_lint.flow.scopes import ClassInfo, Function, FunctionKey
from mlops_lint.flow.things import Tag, Thing, derive, join_all
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge import learners as learners_table
from mlops_lint.knowledge import torch as torch_table
from mlops_lint.knowledge.torch import PROCESS_VARIABLES
from mlops_lint.python.values import UNKNOWN

if TYPE_CHECKING:
    from mlops_lint.flow.state import State

_MODELS = (
    learning,
    training,
    distributed,
    frames,
    containers,
    commands,
    jax,
    networks,
    agent_tools,
    interfaces,
)
"""The modules of models; for a method of an unknown object an earlier one is asked first."""
FUNCTIONS: dict[str, Model] = {name: model for module in _MODELS for name, model in module.FUNCTIONS.items()}
METHODS: dict[tuple[str, str], Model] = {key: model for module in _MODELS for key, model in module.METHODS.items()}
ANY_METHODS: dict[str, tuple[Model, ...]] = {
    name: tuple(module.ANY_METHODS[name] for module in _MODELS if name in module.ANY_METHODS) for one in _MODELS for name in one.ANY_METHODS
}
_MAKERS: tuple[Model, ...] = (learning.made_learner, learning.measured, training.made, jax.made)
_FOR_COLUMN: frozenset[str] = frozenset({"predicted"})
_KEPT = frozenset(f"builtins.{name}" for name in ("print", "exec", "eval", "__import__", "open"))
"""Builtins whose calls are kept in the trace."""
_DATA = frozenset({"dataframe", "series", "array", "tensor", "spark-frame", "loss"})
_HINTS: dict[str, frozenset[str]] = {
    "optimizer": frozenset({"optimizer", "hinted"}),
    "optim": frozenset({"optimizer", "hinted"}),
    "scheduler": frozenset({"scheduler", "hinted"}),
    "lr_scheduler": frozenset({"scheduler", "hinted"}),
    "criterion": frozenset({"loss-function", "hinted"}),
    "loss_fn": frozenset({"loss-function", "hinted"}),
    "scaler": frozenset(),
    "df": frozenset({"dataframe", "hinted"}),
    "dataframe": frozenset({"dataframe", "hinted"}),
    "train_loader": frozenset({"loader", "hinted"}),
    "val_loader": frozenset({"loader", "hinted"}),
    "valid_loader": frozenset({"loader", "hinted"}),
    "test_loader": frozenset({"loader", "hinted"}),
    "dataloader": frozenset({"loader", "hinted"}),
    "data_loader": frozenset({"loader", "hinted"}),
}
"""Names of parameters and attributes that tell what an unknown thing is."""


class Library:
    """What the machine asks of the models: calls, operators, items, attributes, elements."""

    def __init__(self, machine: State) -> None:
        self.machine = machine
        self._handed_on: set[FunctionKey] = set()

    def forget(self) -> None:
        """Another run begins."""
        self._handed_on.clear()

    # -- calls ---------------------------------------------------------------------------------------------------------------------------------------

    def called(self, event: Event, receiver: Thing | None, args: list[Thing], keywords: dict[str, Thing], callee: Thing) -> Thing:
        """What a call of something outside the project gives."""
        call = Call(self, event, receiver, args, keywords, callee)
        found = self._modelled(call)
        validation.note(call)
        if found is not None:
            if found.event is None and found.constant is UNKNOWN and found is not receiver and found not in args and not found.names:
                found.event = event
            return found
        return self._unmodelled(call)

    def _modelled(self, call: Call) -> Thing | None:
        event = call.event
        for name in sorted(event.names):
            model = FUNCTIONS.get(name)
            if model is not None and (found := model(call)) is not None:
                return found
        if event.names:
            for maker in _MAKERS:
                if (found := maker(call)) is not None:
                    return found
        receiver = call.receiver
        if receiver is None:
            return None
        if receiver.is_a("key-initializer", "gradient-function"):
            return jax.called(call)
        if event.method == "__call__":
            return training.applied(call)
        for kind in sorted(receiver.kinds):
            model = METHODS.get((kind, event.method))
            if model is not None and (found := model(call)) is not None:
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
            result = call.gives()
        else:
            result = derive([*call.everything(), *made], event=event)
            if not result.origins:
                result.origins = frozenset({event})
        if call.receiver is not None and call.event.method.startswith(
            ("with", "cache", "persist", "repartition", "option", "format", "select", "filter", "where")
        ):
            result.kinds = call.receiver.kinds & {"spark-frame", "dataframe", "hf-dataset"}
        if call.receiver is not None and call.receiver.is_a("hf-dataset"):
            result.kinds = frozenset({"hf-dataset"})
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
            event.roles.add("apply")
            result = derive([inner], kinds=inner.kinds or frozenset({"tensor"}), event=event)
            result.items, result.fields, result.how = inner.items, inner.fields, inner.how or ("output", callee)
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
            thing.kinds = _HINTS.get(name.lower(), frozenset())
        distributed.mark_process(thing, name)

    def filled(self, function: Function, parameter: Any) -> Thing | None:
        """What a decorator gives to a parameter that the caller leaves out."""
        return commands.filled(self.machine, function, parameter)

    def named(self, name: str, thing: Thing) -> None:
        """A variable got a value."""

    # -- operators -----------------------------------------------------------------------------------------------------------------------------------

    def binary(self, operator: str, parts: list[Thing]) -> Thing:
        """Arithmetic: what the rows hold, with the figures that were worked into them."""
        if operator == "|" and all(part.is_a("dict") for part in parts):
            result = derive(parts, kinds=frozenset({"dict"}))
            for part in parts:
                for name, thing in (part.fields or {}).items():
                    result.set_field(name, thing)
            return result
        kinds: frozenset[str] = frozenset()
        for kind in ("loss", "tensor", "dataframe", "series", "array", "text", "list"):
            if any(part.is_a(kind) for part in parts):
                kinds = frozenset({kind})
                break
        result = derive(parts, kinds=kinds, how=("binary", operator))
        result.tags = frames.learnt_from_figures(result.tags, parts)
        constants = [part.constant for part in parts]
        if operator == "+" and all(isinstance(constant, str) for constant in constants):
            result.constant = "".join(constants)
        elif operator == "/" and not kinds and any(isinstance(constant, str) for constant in constants):
            result.how = ("path", constants[-1] if isinstance(constants[-1], str) else "")
        elif operator == "+" and all(part.items is not None for part in parts):
            result.items = [item for part in parts for item in part.items or ()]
        return result

    def compared(self, operators: list[str], parts: list[Thing]) -> Thing:
        """A comparison: of predictions it makes labels."""
        result = derive(
            parts,
            kinds=frozenset({"mask"}) if any(part.kinds & _DATA for part in parts) else frozenset(),
            how=("compare", tuple(operators), tuple(parts)),
        )
        result.tags = learning.relabelled(frozenset(tag for tag in result.tags if tag.name != "aggregate"), "labels")
        if len(parts) == 2 and operators == ["=="]:
            side = frames.part_by_key(parts[1])
            if side is not None and parts[0].kinds & _DATA:
                result.tags |= {Tag("part", None, side)}
        return result

    # -- items, attributes, elements -----------------------------------------------------------------------------------------------------------------

    def item(self, holder: Thing, key: Thing, code: Any) -> Thing:
        """``holder[key]``."""
        column = key.constant
        if holder.is_a("rng-keys"):
            return jax.item(holder, key, self.machine)
        if isinstance(column, str) and (stored := holder.field(f"[{column!r}]")) is not None:
            result = derive(
                [stored, holder],
                kinds=stored.kinds & _DATA | (frozenset({"series"}) if holder.is_a("dataframe") else frozenset()),
                how=("column", column, holder),
            )
            result.items, result.owner = stored.items, stored.owner
            return result
        self._note_slice(holder, key)
        found = frames.item(holder, key)
        if found is not None:
            self._note_part(holder, key, found)
            return found
        if not isinstance(column, (str, int)) and (inside := holder.field("[*]")) is not None:
            return self.renewed(inside)
        if column is UNKNOWN and (entries := containers.functions_in(holder)):
            return join_all(entries)
        if holder.items and not isinstance(column, int) and key.how[:1] != ("slice",):
            return join_all(holder.items)
        parents = [holder, key] if key.tags or key.origins else [holder]
        result = derive(
            parents,
            kinds=holder.kinds & (_DATA | {"prediction", "list", "hf-dataset"}),
            how=("item", column if isinstance(column, (str, int)) else None, holder),
        )
        if holder.items is not None and key.how[:1] == ("slice",):
            result.set_field("[*]", self.element(holder))
        if isinstance(column, str) and column in PROCESS_VARIABLES and "os.environ" in holder.names:
            result.mark(Tag(distributed.OF_PROCESS, None))
        if (side := frames.part_by_key(key)) is not None and holder.is_a("hf-dataset", "dict"):
            result.tags |= {Tag("part", None, side)}
        self._note_part(holder, key, result)
        if isinstance(column, (str, int)) and not holder.kinds & _DATA and not isinstance(column, bool):
            # The same entry is the same thing when it is asked for again.
            (holder.fields if holder.fields is not None else _new_fields(holder))[f"[{column!r}]"] = result
        return result

    def _note_slice(self, holder: Thing, key: Thing) -> None:
        """Nothing is known of a slice until its other half is taken too."""

    def _note_part(self, holder: Thing, key: Thing, part: Thing) -> None:
        """``x[:n]`` and ``x[n:]`` of one thing are the two parts of a split, as are ``x[mask]`` and ``x[~mask]``."""
        half = _half(key)
        root = holder.how[2] if holder.how[:1] == ("attribute",) and len(holder.how) > 2 and isinstance(holder.how[2], Thing) else holder
        if half is None or not root.origins:
            return
        side, bound = half
        if root.fields is None:
            root.fields = {}
        seen = root.fields.setdefault(f"<halves {bound}>", Thing(frozenset({"halves"})))
        other = seen.field("head" if side == "tail" else "tail")
        seen.set_field(side, part)
        if other is None:
            return
        event = self.machine.event("split", *_place(self.machine))
        event.roles.update(("split", "sliced"))
        event.operands.update(data=[root], manner="slice", random=False)
        self.machine.keep(event)
        for name, thing in (("head", part if side == "head" else other), ("tail", part if side == "tail" else other)):
            thing.mark(Tag("part", event, "train" if name == "head" else "test"))

    def item_set(self, holder: Thing, key: Thing, value: Thing, event: Event) -> None:
        """``holder[key] = value``: what is put in becomes part of it."""
        tags = frozenset(tag for tag in value.tags if tag.name not in _FOR_COLUMN) if holder.is_a("dataframe") else value.tags
        tags = frames.learnt_from_figures(tags | holder.tags, [holder, value]) if any(tag.name == "aggregate" for tag in tags) else tags
        for one in holder.each():
            one.tags |= tags
            one.origins |= value.origins
            if len(one.parents) < 60 and value is not one:
                one.parents = (*one.parents, value)
        if not isinstance(key.constant, (str, int)) and not holder.is_a("dataframe", "series", "array", "tensor"):
            known = holder.field("[*]")
            if holder.fields is None:
                holder.fields = {}
            holder.fields["[*]"] = value if known is None else join_all([known, value])

    def attribute_set(self, holder: Thing, name: str, value: Thing) -> None:
        """``holder.name = value``."""

    def attribute(self, thing: Thing, name: str) -> Thing:
        """An attribute of something that is not the project's own."""
        found = frames.attribute(thing, name) or training.attribute(thing, name)
        if found is not None:
            return found
        result = derive([thing], kinds=_HINTS.get(name.lower(), frozenset()), how=("attribute", name, thing))
        distributed.mark_process(result, name)
        if not thing.kinds & _DATA and thing.constant is UNKNOWN and thing.how[:1] != ("exception",):
            # Memoised, so that ``self.model`` is the same thing each time.
            (thing.fields if thing.fields is not None else _new_fields(thing))[name] = result
        return result

    def element(self, thing: Thing) -> Thing:
        """What an iteration over something gives."""
        if thing.is_a("rng-keys"):
            return jax.new_key(self.machine, [thing])
        return self.renewed(self._element(thing))

    def renewed(self, thing: Thing) -> Thing:
        """What a container gives this time, where that is another thing each time."""
        return jax.renewed(thing, self.machine)

    def _element(self, thing: Thing) -> Thing:
        found = thing.field("[*]")
        if thing.items:
            return join_all([*thing.items, *([found] if found is not None else [])])
        if found is not None:
            return found
        if thing.alternatives:
            inner = [self.element(one) for one in thing.alternatives if one.items or one.field("[*]") is not None]
            if inner:
                return join_all(inner)
        if thing.is_a("dataframe", "dict"):
            return derive([thing], without=ROW_TAGS, how=("element",))
        kinds = frozenset({"tensor"}) if thing.is_a("loader") else thing.kinds & {"array", "tensor"}
        return derive([thing], kinds=kinds, how=("element", thing))

    def entered(self, thing: Thing) -> Thing:
        """What ``with x as y`` gives."""
        if thing.owner is not None:
            member = thing.owner.member("__enter__")
            for callee in member.callees if member is not None else ():
                if isinstance(callee, Function):
                    return self.machine.run(callee.bind(thing), [], {}, thing.event)
        if thing.is_a("generator") and (inside := thing.field("[*]")) is not None:
            return inside
        return thing

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

    def comprehended(self, result: Thing, sources: list[Thing]) -> None:
        """A comprehension has gone through these."""


def _new_fields(thing: Thing) -> dict[str, Thing]:
    thing.fields = {}
    return thing.fields


def _half(key: Thing) -> tuple[str, str] | None:
    """``head`` or ``tail`` with the bound, for a key that takes one half of the rows."""
    rows = key.items[0] if key.items else key
    if rows.how[:1] == ("slice",):
        _, lower, upper, step = rows.how
        if step or bool(lower) == bool(upper):
            return None
        return ("tail", lower) if lower else ("head", upper)
    if rows.how[:2] == ("unary", "~"):
        return ("tail", f"mask {id(rows.how[2])}")
    if rows.is_a("mask"):
        return ("head", f"mask {id(rows)}")
    return None


def _place(machine: State) -> tuple[int, int]:
    """Where the machine is: the statement's place is not known here, so that of the last event."""
    events = machine.trace.events
    return (events[-1].site.start, events[-1].site.end) if events and events[-1].site.path == machine.path else (0, 0)
