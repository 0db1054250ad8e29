"""Access: what operators, items, attributes and elements of things give that are not the project's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_lint.flow.models import answers, containers, distributed, fitted, frames, jax, learning, order, selection, training
from mlops_lint.flow.models.call import ROW_TAGS, UNORDERED
from mlops_lint.flow.models.halves import note_half
from mlops_lint.flow.things import Tag, Thing, derive, join_all, united, unmarked
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.learners import PREDICTORS
from mlops_lint.knowledge.torch import PROCESS_VARIABLES
from mlops_lint.python.values import UNKNOWN

if TYPE_CHECKING:
    from mlops_lint.flow.state import State

_UNORDERED: frozenset[str] = frozenset({UNORDERED})
_FOR_COLUMN: frozenset[str] = frozenset({"predicted"})
_DATA = frozenset({"dataframe", "series", "array", "tensor", "spark-frame", "loss"})
_MODELS = PREDICTORS | {"transformer", "composite", "module"}
HINTS: dict[str, frozenset[str]] = {
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


class Access:
    """The half of :class:`~mlops_lint.flow.models.library.Library` that looks into things."""

    machine: State

    # -- operators -----------------------------------------------------------------------------------------------------------------------------------

    def binary(self, operator: str, parts: list[Thing]) -> Thing:
        """Arithmetic: what the rows hold, with the figures that were worked into them."""
        if operator == "|" and all(part.is_a("dict") for part in parts):
            result = derive(parts, kinds=frozenset({"dict"}))
            for part in parts:
                for name, thing in (part.fields or {}).items():
                    result.set_field(name, thing)
            return result
        if (found := order.set_of(operator, parts)) is not None:
            return found
        kinds: frozenset[str] = frozenset()
        for kind in ("loss", "tensor", "dataframe", "series", "array", "text", "list"):
            if any(part.is_a(kind) for part in parts):
                kinds = frozenset({kind})
                break
        result = derive(parts, kinds=kinds, how=("binary", operator))
        if result.tags and any(part.kinds & _DATA and not part.tagged("aggregate") for part in parts):
            result.tags -= frames.shifted_by_bounds(operator, parts)
        result.tags = frames.learnt_from_figures(result.tags, parts)
        constants = [part.constant for part in parts]
        if operator == "+" and all(isinstance(constant, str) for constant in constants):
            result.constant = "".join(constants)
        elif operator == "/" and not kinds and any(isinstance(constant, str) for constant in constants):
            result.how = ("path", constants[-1] if isinstance(constants[-1], str) else "")
        elif operator == "+" and all(part.items is not None for part in parts):
            result.items = [item for part in parts for item in part.items or ()]
        if operator == "+" and kinds == {"list"}:
            result.tags = united(result.tags, order.of_loops(self.machine, parts[0]))
        return result

    def compared(self, operators: list[str], parts: list[Thing]) -> Thing:
        """A comparison: of predictions it makes labels."""
        result = derive(
            parts,
            kinds=frozenset({"mask"}) if any(part.kinds & _DATA for part in parts) else frozenset(),
            how=("compare", tuple(operators), tuple(parts)),
        )
        result.tags = answers.relabelled(unmarked(result.tags, "aggregate"), "labels")
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
                how=("column", column, holder, self.machine.next_order()),
            )
            result.items, result.owner = stored.items, stored.owner
            return result
        if holder.tags:
            selection.first(self.machine, holder, key, *code[-2:])
        found = frames.item(holder, key)
        if found is not None:
            found.how = (*found.how, self.machine.next_order())  # columns may be put into the table later on
            self._note_part(holder, key, found)
            return found
        inside = holder.field("[*]")
        takes_several = any(one.how[:1] == ("slice",) for one in (key, *(key.items or ())))
        # ``models[name] = model`` in a loop, and ``models["forest"]`` further on: one of those that were put in.
        is_chosen = inside is not None and holder.is_a("dict") and bool(inside.kinds & _MODELS)
        if (not isinstance(column, (str, int)) or is_chosen) and inside is not None and not takes_several:
            return self.renewed(inside)
        if column is UNKNOWN and (entries := containers.functions_in(holder)):
            return join_all(entries)
        if holder.items and not isinstance(column, int) and key.how[:1] != ("slice",):
            return join_all(holder.items)
        parents = [holder, key] if key.tags or key.origins else [holder]
        result = derive(
            parents,
            kinds=holder.kinds & (_DATA | {"prediction", "list", "hf-dataset", "groupby"}),
            how=("item", column if isinstance(column, (str, int)) else None, holder, key),
            without=frozenset() if takes_several else _UNORDERED,
        )
        order.chosen(self.machine, holder, key, result, code)
        if takes_several and (holder.items is not None or inside is not None):
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

    def _note_part(self, holder: Thing, key: Thing, part: Thing) -> None:
        """``x[:n]`` and ``x[n:]`` of one thing are the two parts of a split, as are ``x[mask]`` and ``x[~mask]``."""
        half = _half(key)
        root = holder.how[2] if holder.how[:1] == ("attribute",) and len(holder.how) > 2 and isinstance(holder.how[2], Thing) else holder
        if half is not None and root.origins:
            note_half(self.machine, root, part, *half)

    def item_set(self, holder: Thing, key: Thing, value: Thing, event: Event) -> None:
        """``holder[key] = value``: what is put in becomes part of it."""
        tags = frozenset(tag for tag in value.tags if tag.name not in _FOR_COLUMN) if holder.is_a("dataframe") else value.tags
        tags = frames.learnt_from_figures(tags | holder.tags, [holder, value]) if any(tag.name == "aggregate" for tag in tags) else tags
        for one in holder.each():
            if not value.tagged("predicted") and one.tagged("predicted") and not holder.is_a("dataframe"):
                one.tags = answers.relabelled(one.tags, "")  # ``pred[pred > 0.5] = 1``: no longer what the model gave
            one.tags = united(one.tags, unmarked(tags, UNORDERED))
            if not one.is_a("dataframe", "series"):
                one.tags = united(one.tags, order.of_loops(self.machine, one))
            one.origins = united(one.origins, value.origins)
            if len(one.parents) < 60 and value is not one:
                one.parents = (*one.parents, value)
        if not isinstance(key.constant, (str, int)) and not holder.is_a("dataframe", "series", "array", "tensor"):
            known = holder.field("[*]")
            if holder.fields is None:
                holder.fields = {}
            holder.fields["[*]"] = value if known is None else join_all([known, value])

    def attribute_set(self, holder: Thing, name: str, value: Thing) -> None:
        """``holder.name = value``."""
        selection.named(name, value)

    def attribute(self, thing: Thing, name: str) -> Thing:
        """An attribute of something that is not the project's own."""
        found = frames.attribute(thing, name) or training.attribute(thing, name) or learning.attribute(thing, name)
        if found is not None:
            if found.how[:1] in (("attribute",), ("column",)) and thing.kinds & _DATA:
                found.how = (*found.how, self.machine.next_order())
            return found
        result = derive([thing], kinds=HINTS.get(name.lower(), frozenset()), how=("attribute", name, thing))
        result.tags = united(result.tags, fitted.told_by_selector(thing, name))
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
        return derive([thing], kinds=kinds, how=("element", thing), without=_UNORDERED)


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
    if rows.is_a("mask") or rows.how[:1] == ("compare",):
        return ("head", f"mask {id(rows)}")
    return None
