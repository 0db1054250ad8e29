"""Interfaces: functions that a web page calls with what somebody typed or uploaded (Gradio)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_lint.flow.models.call import Call, Model
from mlops_lint.flow.scopes import Function
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Site
from mlops_lint.knowledge.outside import INPUT_COMPONENTS, INPUT_SHORTCUTS, INTERFACE_EVENTS, INTERFACES

if TYPE_CHECKING:
    from mlops_lint.flow.state import State


def made(call: Call) -> Thing | None:
    """``gr.Interface(fn=f, inputs=…)``: the function is run with what a visitor gives."""
    _run(call, call.argument("fn", 0), call.argument("inputs", 1))
    return Thing(parents=tuple(call.inputs()), event=call.event)


def wired(call: Call) -> Thing | None:
    """``button.click(fn=f, inputs=[…])`` of a component."""
    made_by = call.receiver.event if call.receiver is not None else None
    if made_by is None or not any(name.startswith("gradio.") for name in made_by.names):
        return None
    _run(call, call.argument("fn", 0), call.argument("inputs", 1))
    return Thing(constant=None)


def _run(call: Call, function: Thing | None, inputs: Thing | None) -> None:
    machine = call.library.machine
    parts = [] if inputs is None else inputs.items if inputs.items is not None else [inputs]
    for callee in function.callees if function is not None else ():
        if isinstance(callee, Function):
            given = [_given(machine, callee, one[0], parts, place) for place, one in enumerate(callee.parameters[len(callee.bound) :])]
            machine.run(callee, given, {}, call.event)


def _given(machine: State, function: Function, name: str, parts: list[Thing], place: int) -> Thing:
    part = parts[place] if place < len(parts) else None
    event = Event("parameter", machine.next_order(), Site(function.path, function.start, function.start), function.qualname)
    event.method = name
    event.note({"function": function, "served": _kind(part)})
    thing = Thing(event=event)
    event.result = thing
    return thing


def _kind(part: Thing | None) -> str:
    if part is None:
        return ""
    if isinstance(part.constant, str):
        return INPUT_SHORTCUTS.get(part.constant, "")
    names = part.event.names if part.event is not None else frozenset()
    return next((INPUT_COMPONENTS.get(name.rpartition(".")[2], "") for name in sorted(names) if name.startswith("gradio.")), "")


FUNCTIONS: dict[str, Model] = dict.fromkeys(INTERFACES, made)
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = dict.fromkeys(INTERFACE_EVENTS, wired)
"""By method alone."""
