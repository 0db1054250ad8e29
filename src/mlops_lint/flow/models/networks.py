"""Networks as they are put together: what is noted for the question how one ends."""

from __future__ import annotations

from mlops_lint.flow.models.call import Call, Model
from mlops_lint.flow.scopes import Function
from mlops_lint.flow.things import Thing


def sequential(call: Call) -> Thing | None:
    """``nn.Sequential(*layers)``: the list itself is noted, because a list that grew in a loop has no known last element."""
    code = call.event.code
    last = code[2][-1] if code and code[0] == "c" and code[2] else None
    if last and last[0] == "*" and last[1][0] in ("n", "a"):
        call.event.note({"unpacked": call.library.machine.evaluate(last[1])})
    return None


def compiled(call: Call) -> Thing | None:
    """``model.compile(…)`` of the project's own Keras model: its ``call`` is what training will run."""
    owner = call.receiver.owner if call.receiver is not None else None
    member = owner.member("call") if owner is not None else None
    for callee in member.callees if member is not None else ():
        if isinstance(callee, Function) and call.receiver is not None:
            call.event.note({"output": call.library.machine.run(callee.bind(call.receiver), [Thing()], {}, call.event)})
    return None


FUNCTIONS: dict[str, Model] = {"torch.nn.Sequential": sequential, "torch.nn.modules.Sequential": sequential}
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {("keras-model", "compile"): compiled}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {}
"""By method alone."""
