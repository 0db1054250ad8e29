"""Tools: functions that a language model may call, with arguments of its own choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_lint.flow.models.call import Call, Model
from mlops_lint.flow.scopes import Function
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Site
from mlops_lint.knowledge.language_models import TOOL_MAKERS

if TYPE_CHECKING:
    from mlops_lint.flow.state import State


def made(call: Call) -> Thing | None:
    """``Tool(func=f)``: the function is run with what a model says."""
    machine = call.library.machine
    for name in sorted(call.event.names & TOOL_MAKERS.keys()):
        given = call.argument(*TOOL_MAKERS[name])
        for callee in given.callees if given is not None else ():
            if isinstance(callee, Function):
                bound = len(callee.bound)
                keywords = {one[0]: _given(machine, callee, one[0], one[2]) for one in callee.parameters[bound:] if one[3] in ("p", "k")}
                machine.run(callee, [], keywords, call.event)
    return Thing(names=frozenset(), parents=tuple(call.inputs()), event=call.event)


def _given(machine: State, function: Function, name: str, annotation: list[object] | None) -> Thing:
    event = Event("parameter", machine.next_order(), Site(function.path, function.start, function.start), function.qualname)
    event.method = name
    event.note({"function": function, "annotation": machine.words(annotation or []), "tool": True})
    thing = Thing(event=event)
    event.result = thing
    machine.keep(event)
    return thing


FUNCTIONS: dict[str, Model] = dict.fromkeys(TOOL_MAKERS, made)
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {}
"""By method alone."""
