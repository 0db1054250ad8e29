"""Commands: functions whose arguments come from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_lint.flow.lower import Code
from mlops_lint.flow.models.call import Call, Model
from mlops_lint.flow.scopes import Function
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Site
from mlops_lint.knowledge.outside import COMMAND_METHODS, COMMANDS, STARTERS

if TYPE_CHECKING:
    from mlops_lint.flow.state import State


def filled(machine: State, function: Function, parameter: Code) -> Thing | None:
    """What click or typer gives to a parameter of the function that they decorate; ``None`` when nothing does."""
    for one in function.decorators:
        made = one.event
        names = one.names or (made.names if made is not None else frozenset())
        maker = made.receiver.thing.event if made is not None and made.method in COMMAND_METHODS and made.receiver is not None else None
        if any(name.startswith(COMMANDS) for name in (*names, *(maker.names if maker is not None else ()))):
            return _given(machine, function, parameter)
    return None


def started(call: Call) -> Thing | None:
    """``fire.Fire(main)``, ``typer.run(main)``: the function is run with what the command line says."""
    machine = call.library.machine
    for callee in call.args[0].callees if call.args else ():
        if isinstance(callee, Function):
            keywords = {one[0]: _given(machine, callee, one) for one in callee.parameters if one[3] in ("p", "k")}
            return machine.run(callee, [], keywords, call.event)
    return None


def _given(machine: State, function: Function, parameter: Code) -> Thing:
    name, _, annotation, _ = parameter
    event = Event("parameter", machine.next_order(), Site(function.path, function.start, function.start), function.qualname)
    event.method = name
    event.note({"function": function, "annotation": machine.words(annotation or []), "command": True})
    thing = Thing(event=event)
    event.result = thing
    return thing


FUNCTIONS: dict[str, Model] = dict.fromkeys(STARTERS, started)
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {}
"""By method alone."""
