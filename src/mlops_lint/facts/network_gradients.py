"""Whether gradients are kept where something happens, and which networks have none to keep."""

from __future__ import annotations

from mlops_lint.facts.networks import Networks, Pass, covered, family, mentions
from mlops_lint.flow.scopes import ClassInfo, Function
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Context, Event
from mlops_lint.knowledge.inference import KEEPS_GRADIENTS_OFF, SWITCHES_GRADIENTS
from mlops_lint.knowledge.module_contract import WEIGHTLESS

_WORDS = KEEPS_GRADIENTS_OFF | SWITCHES_GRADIENTS | {"enable_grad"}


def keeps_gradients(found: Networks, one: Pass) -> bool | None:
    """Whether gradients are kept for a pass or a part of it; ``None`` when a context or switch on the way there cannot be judged."""
    said = {_keeps(found, event) for event in one.inner}
    return True if True in said else None if None in said else False


def _keeps(found: Networks, event: Event) -> bool | None:
    if event.site.path in found.volatile:
        return None  # written for the PyTorch before 0.4, where the input said so
    kept: bool | None = _switched(found, event)
    for context in event.contexts:
        said = _context_keeps(context)
        if said != "nothing":
            kept = said if isinstance(said, bool) else None
    return kept


def _switched(found: Networks, event: Event) -> bool | None:
    """What calls that switch gradients for all that follows have left: ``torch.set_grad_enabled(False)`` as a statement, a context entered by hand."""
    kept: bool | None = True
    is_root = bool(event.stack[0].function if event.stack else event.function)
    for one in found.trace.events:
        if one.what != "call" or (one.order > event.order and not is_root):
            continue
        last = _last_words(one.names)
        if one.discarded and last & SWITCHES_GRADIENTS:
            given = one.argument("mode", 0)
            kept = given.constant if given is not None and isinstance(given.constant, bool) else None
        elif one.method in ("__enter__", "enter_context"):
            inside = [*one.inputs(), *([one.receiver] if one.receiver is not None else [])]
            if any(seen.thing.event is not None and _last_words(seen.thing.event.names) & KEEPS_GRADIENTS_OFF for seen in inside):
                kept = None
    return kept


def _context_keeps(context: Context) -> bool | str | None:
    """Whether gradients are kept inside a context: yes, no, not to be judged (``None``), or it says ``nothing`` about them."""
    said: set[bool | str | None] = set()
    for thing in context.thing.each():
        if thing.alternatives:
            continue
        names = thing.event.names if thing.event is not None else thing.names
        method = thing.event.method if thing.event is not None else ""
        last = _last_words(names) | ({method} if method else set())
        if last & KEEPS_GRADIENTS_OFF:
            said.add(False)
        elif last & SWITCHES_GRADIENTS:
            given = thing.event.argument("mode", 0) if thing.event is not None else None
            said.add(given.constant if given is not None and isinstance(given.constant, bool) else None)
        elif "enable_grad" in last:
            said.add(True)
        elif _own_code_mentions(thing) or any("grad" in word.lower() or "infer" in word.lower() for word in last):
            said.add(None)
        else:
            said.add("nothing")
    if len(said) == 1:
        return said.pop()
    return None if said else "nothing"


def _own_code_mentions(thing: Thing) -> bool:
    """Whether a context manager or decorator of the project's own speaks of gradients."""
    functions = [callee for callee in thing.callees if isinstance(callee, Function)]
    if thing.how[:1] == ("generator",):
        functions.extend(one for one in thing.how[1:] if isinstance(one, Function))
    owners = [callee for callee in thing.callees if isinstance(callee, ClassInfo)] + ([thing.owner] if thing.owner is not None else [])
    for owner in owners:
        for member in owner.scope.variables.values():
            functions.extend(callee for callee in member.callees if isinstance(callee, Function))
    return any(mentions(function, _WORDS) for function in functions)


def is_frozen(found: Networks, one: Pass) -> bool:
    """Whether parameters of a network were told to keep no gradients, so that its passes keep none either."""
    things = covered(one.network)
    for event in found.trace.events:
        if event.receiver is None:
            continue
        if event.what == "store" and event.method == "requires_grad" and event.args and event.args[-1].constant is not True:
            if not things.isdisjoint((event.receiver.thing, *event.receiver.thing.ancestors(60))):
                return True
        elif event.what == "call" and event.method in ("requires_grad_", "freeze"):
            given = event.argument("requires_grad", 0)
            off = event.method == "freeze" or (given is not None and given.constant is not True)
            if off and not things.isdisjoint({*family(event.receiver.thing), *event.receiver.thing.ancestors(60)}):
                return True
    return False


def is_weightless(network: Thing) -> bool:
    """Whether a network is a single layer that has no parameters, and so no gradients of its own."""
    made = [one.event for one in family(network) if not one.alternatives]
    return all(
        event is not None and any(name.startswith("torch.nn.") and name.rpartition(".")[2].startswith(WEIGHTLESS) for name in event.names)
        for event in made
    )


def _last_words(names: frozenset[str]) -> set[str]:
    return {name.rpartition(".")[2] for name in names}
