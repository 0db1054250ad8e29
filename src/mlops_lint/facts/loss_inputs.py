"""Loss inputs: what the losses of a run are given, and what became of it last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.facts.endings import Ending, Endings
from mlops_lint.facts.runs import Run
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.activations import (
    FROM_LOGITS_FIRST,
    KERAS,
    KERAS_LOSSES,
    LOSS_FUNCTIONS,
    PROBABILITIES,
    SCORES,
    TORCH_CLASSES,
    Loss,
)

_KERAS_LOSS = tuple(f"{start}{below}" for start in KERAS for below in ("losses.", "metrics.", "backend."))


@dataclass(frozen=True, slots=True, eq=False)
class LossInput:
    """One loss and what it is given: the call (``event``; of ``compile`` in Keras), the ``name`` of the loss, what it wants, how its input ends."""

    event: Event
    name: str
    loss: Loss
    endings: tuple[Ending, ...]
    told: bool = False
    compiled: bool = False


def loss_inputs(run: Run) -> Iterator[LossInput]:
    """The losses of a run whose input is known."""
    endings: Endings | None = None
    for event in run.trace.select(_is_loss):
        found = next(_losses(event), None)
        if found is None:
            continue
        name, loss, told = found
        endings = endings or Endings(run)
        if event.method == "compile" and loss.parameter == "":
            model = event.operands.get("output")
            ends = (
                endings.of_value(model) if isinstance(model, Thing) else endings.of_model(event.receiver.thing) if event.receiver is not None else []
            )
            if ends:
                yield LossInput(event, name, loss, tuple(ends), told, True)
            continue
        given = event.argument(loss.parameter, loss.position)
        if given is not None and (ends := endings.of_value(given.thing)):
            yield LossInput(event, name, loss, tuple(ends), told)


def _is_loss(event: Event) -> bool:
    return event.what == "call" and next(_losses(event), None) is not None


def _losses(event: Event) -> Iterator[tuple[str, Loss, bool]]:
    """What loss a call works out, and whether it was told that its input is logits."""
    for name in sorted(event.names):
        if name in LOSS_FUNCTIONS:
            yield name.rpartition(".")[2], LOSS_FUNCTIONS[name], False
        elif name.startswith(_KERAS_LOSS) and (last := name.rpartition(".")[2]) in KERAS_LOSSES and last.islower():
            told = _told(event, 2)
            if told is not None:
                yield last, _keras(last, told), told
    if event.names:
        return
    callee = event.callee
    if event.receiver is not None and event.receiver.is_a("loss-function") and event.method == "__call__":
        made = event.receiver.thing.event
        if made is not None and event.receiver.thing.owner is None and not event.receiver.thing.alternatives:
            for name in sorted(made.names & TORCH_CLASSES.keys()):
                yield name.rpartition(".")[2], TORCH_CLASSES[name], False
    elif event.method == "compile" and event.receiver is not None and event.receiver.is_a("keras-model"):
        given = event.argument("loss", 1)
        if given is not None and (found := _compiled(given.thing)) is not None:
            name, told = found
            yield name, _keras(name, told, ""), told
    elif callee is not None and (found := _compiled(callee)) is not None:
        yield found[0], _keras(*found), found[1]


def _compiled(given: Thing) -> tuple[str, bool] | None:
    """The loss that ``compile`` is given, or that is called: its name, and whether it was told that its input is logits."""
    if isinstance(given.constant, str):
        return (given.constant, False) if given.constant in KERAS_LOSSES and given.constant.islower() else None
    if given.alternatives or given.callees:
        return None
    made = given.event
    if made is not None and made.what == "call" and not given.how:
        for name in made.names:
            last = name.rpartition(".")[2]
            if name.startswith(_KERAS_LOSS) and last in KERAS_LOSSES and not last.islower():
                told = _told(made, 0 if last in FROM_LOGITS_FIRST else None)
                return None if told is None else (last, told)
        return None
    for name in given.names:
        if name.startswith(_KERAS_LOSS) and (last := name.rpartition(".")[2]) in KERAS_LOSSES and last.islower():
            return last, False
    return None


def _told(made: Event, position: int | None) -> bool | None:
    """What ``from_logits`` says; ``None`` where that is not known."""
    given = made.argument("from_logits", position)
    if given is None:
        return None if made.unpacks else False
    return given.constant if isinstance(given.constant, bool) else None


def _keras(name: str, told: bool, parameter: str = "y_pred") -> Loss:
    applies = KERAS_LOSSES[name]
    return Loss(SCORES if told else PROBABILITIES, applies if told else "", parameter, 1)
