"""Losses that are summed or collected from step to step together with the graph that computed them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlops_lint.facts.runs import Run
from mlops_lint.facts.training_steps import shared_loop
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Loop, Site
from mlops_lint.knowledge.torch import NO_GRAD, OTHER_NUMBERS
from mlops_lint.python.values import UNKNOWN

_KEEPING = frozenset(
    {"mean", "sum", "to", "cuda", "cpu", "float", "double", "half", "view", "squeeze", "reshape", "clone", "div", "mul", "add", "scale"}
)
"""Methods whose result still hangs on the graph."""
_PLAIN = ("number", "detached", "array", "text")
_FIGURES = frozenset({"size", "numel", "dim", "nelement", "item", "tolist", "len", "float", "int"})
_SWITCHES = frozenset({"torch.set_grad_enabled", "torch.autograd.set_grad_enabled", "torch.autograd.grad_mode.set_grad_enabled"})
_LIMIT = 4000


@dataclass(frozen=True, slots=True, eq=False)
class Retained:
    """One loss that is kept with its graph: ``event`` keeps it, ``place`` is the call in the loop's own code that leads there, ``backward`` its backward pass.

    ``backward`` is ``None`` where a loss is computed with gradients but no backward pass is made. ``summed`` tells ``+=`` from ``append``.
    """

    event: Event
    place: Event
    loop: Loop
    backward: Event | None
    summed: bool


def retained(run: Run) -> Iterator[Retained]:
    """The losses that a run keeps from one round of a loop to the next; the same place may come up several times."""
    keeping = [event for event in run.trace.events if event.loops and (event.what in ("augment", "store") or "grow" in event.roles)]
    if not keeping:
        return
    backwards = run.trace.with_role("backward")
    wanted = _wanted(run, backwards)
    sources = {id(event.operands.get("loss")) for event in backwards}
    first: dict[tuple[object, ...], Event] = {}
    sums: dict[int, Site] = {}
    told: set[Site] = set()
    for event in keeping:
        if event.what == "augment":
            sums[id(event.result)] = event.site
        kept = _kept(event, sums)
        if not kept:
            continue
        graph = next((found for one in kept if (found := _attached(one, event, sources))), None)
        if graph is None:
            continue
        before = first.setdefault((event.site, event.what, *(id(loop) for loop in event.loops[:-1])), event)
        loop = _carrying(before, event, sources)
        if loop is None or any(id(one) in wanted for one in _holders(event)):
            continue
        summed = event.what == "augment" or _adds_in_place(event, sums)
        if not summed and any(sums[key] in told for key in graph if key in sums):
            continue  # what is kept of a sum that is reported itself
        backward = _backward_of(graph, backwards, loop, sources)
        if backward is None and not _is_evaluated(run, graph, loop):
            continue
        if summed:
            told.add(event.site)
        yield Retained(event, _place(event, graph), loop, backward, summed)


def _kept(event: Event, sums: dict[int, Site]) -> list[Thing]:
    """What an event adds to what is there: the value itself, or what stands in a tuple or dictionary of it."""
    if event.what == "augment" and event.method != "+":
        return []
    if event.what == "store":
        key = event.args[0] if len(event.args) == 2 else None
        if _adds_in_place(event, sums):
            return [event.args[1].thing]
        if key is None or key.constant is not UNKNOWN or event.receiver is None or not event.receiver.is_a("dict", "list"):
            return []
    found: list[Thing] = []
    for one in event.args if event.what == "augment" else event.args[-1:]:
        thing = one.thing
        found.append(thing)
        found.extend(thing.items or ())
        if thing.is_a("dict"):
            found.extend((thing.fields or {}).values())
    return found


def _adds_in_place(event: Event, sums: dict[int, Site]) -> bool:
    """Whether something is added to an element of a tensor: ``totals[0] += loss``."""
    if event.what != "store" or len(event.args) != 2 or event.receiver is None or not event.receiver.is_a("tensor"):
        return False
    return id(event.args[1].thing) in sums and not _is_off(event)


def _holders(event: Event) -> list[Thing]:
    return list(event.receiver.thing.each()) if event.receiver is not None else []


def _carrying(before: Event, event: Event, sources: set[int]) -> Loop | None:
    """The loop through whose rounds the sum or list is carried; ``None`` when each round starts a new one."""
    if before is event or event.receiver is None or before.receiver is None:
        return None
    loop = shared_loop(before, event)
    if loop is None:
        return None
    if event.what == "augment":
        added = {id(one.thing) for one in before.args}
        return loop if not added.isdisjoint(_graph(event.receiver.thing, sources)) else None
    holders = {id(one) for one in before.receiver.thing.each()}
    if not any(id(one) in holders for one in event.receiver.thing.each()) or _is_bounded(event.receiver.thing):
        return None
    return loop


def _is_bounded(holder: Thing) -> bool:
    """Whether a container keeps only so many: ``deque(maxlen=100)``."""
    return any(one.event is not None and "maxlen" in one.event.keywords for one in holder.each())


def _graph(thing: Thing, sources: set[int]) -> dict[int, Thing]:
    """A value and those it hangs on by arithmetic that keeps the graph, by identity; ``loss.item()`` and the like end the way.

    ``sources`` are the things that are known to have a graph because they go backward.
    """
    seen: dict[int, Thing] = {}
    waiting = [thing]
    while waiting and len(seen) < _LIMIT:
        one = waiting.pop()
        if id(one) in seen or (one.is_a(*_PLAIN) and not one.is_a("list")) or one.constant is not UNKNOWN:
            continue
        seen[id(one)] = one
        waiting.extend(one.alternatives)
        if one.how[:1] == ("binary",):
            waiting.extend(_factors(one, sources) if one.how[1] in ("*", "/", "@") else one.parents)
        elif one.how[:1] in (("join",), ("unary",)) or _keeps(one.event):
            waiting.extend(one.parents)
    return seen


def _keeps(event: Event | None) -> bool:
    """Whether a call is a method whose result still hangs on the graph: ``loss.mean()``."""
    return event is not None and event.what == "call" and event.method in _KEEPING and not event.names


def _factors(thing: Thing, sources: set[int]) -> list[Thing]:
    """The factors of a product or quotient that have a graph: the tensors, or the only one that may be one; none of ``loss.item() * count``."""
    tensors = [part for part in thing.parents if part.is_a("loss", "tensor") or id(part) in sources]
    if tensors or any(part.is_a(*_PLAIN) for part in thing.parents):
        return tensors
    if thing.how[1] == "/":
        return list(thing.parents[:1])
    found = [part for part in thing.parents if part.how[:1] == ("binary",) or _could_be_tensor(part)]
    return found if len(found) == 1 else []


def _attached(thing: Thing, event: Event, sources: set[int]) -> dict[int, Thing] | None:
    """What a value hangs on, if some of it may be a tensor made with gradients on."""
    if (thing.is_a(*_PLAIN, "mask")) or thing.constant is not UNKNOWN or (event.what == "augment" and _is_off(event)):
        return None
    graph = _graph(thing, sources)
    if any(_is_of_others(one) for one in graph.values()):
        return None
    return graph if any(key in sources or _could_be_tensor(one) for key, one in graph.items()) else None


def _is_of_others(thing: Thing) -> bool:
    """Whether a value was computed by NumPy, or by a library with graphs of another kind."""
    made = thing.event
    callee = made.callee if made is not None else None
    maker = callee.event if callee is not None else None
    return any(name.startswith(OTHER_NUMBERS) for event in (made, maker) if event is not None for name in event.names)


def _could_be_tensor(thing: Thing) -> bool:
    if thing.is_a("loss", "tensor"):
        return thing.event is None or not _is_off(thing.event)
    made = thing.event
    if made is None and thing.how[:1] == ("part",) and thing.parents:
        made = thing.parents[0].event  # ``rec, kl = model(x)``
    return made is not None and made.what == "call" and not thing.kinds and made.method not in _FIGURES


def _is_off(event: Event) -> bool:
    """Whether gradients are certainly off where something happened."""
    for context in event.contexts:
        if context.names.isdisjoint(NO_GRAD):
            continue
        made = context.thing.event
        if context.names.isdisjoint(_SWITCHES) or made is None or not made.args or made.args[0].constant is False:
            return True
    return False


def _wanted(run: Run, backwards: Sequence[Event]) -> set[int]:
    """All that some backward pass or gradient goes through: sums of it are made on purpose."""
    found: set[int] = set()
    sources = [event.operands.get("loss") for event in backwards]
    for event in run.trace.events:
        if event.what == "call" and (event.method in ("grad", "jacobian", "hessian") or event.method.startswith("minimize")):
            sources.extend(one.thing for one in event.args[:1])
    for source in sources:
        if isinstance(source, Thing) and id(source) not in found:
            found.update(id(one) for one in source.ancestors(_LIMIT))
            found.add(id(source))
    return found


def _backward_of(graph: dict[int, Thing], backwards: Sequence[Event], loop: Loop, sources: set[int]) -> Event | None:
    """The backward pass in a loop of what a kept value hangs on."""
    for event in backwards:
        source = event.operands.get("loss")
        if loop not in event.loops or not isinstance(source, Thing):
            continue
        if id(source) in graph or any(key in graph and _could_be_tensor(one) for key, one in _graph(source, sources).items()):
            return event
    return None


def _is_evaluated(run: Run, graph: dict[int, Thing], loop: Loop) -> bool:
    """Whether a loss without a backward pass is one of batch after batch, computed with gradients on by a program that is seen from its start."""
    losses = [one for one in graph.values() if one.is_a("loss") and one.event is not None and "loss" in one.event.roles]
    if run.program is None or not losses or run.trace.called(*_SWITCHES):
        return False
    # A context or decorator of the project's own may switch gradients off.
    if any(context.thing.callees or context.thing.owner or not context.names for loss in losses if loss.event for context in loss.event.contexts):
        return False
    source = loop.iterable
    if source is None or not any(one.is_a("loader") for one in (source, *source.ancestors(40))):
        return False
    return any(made.event is not None and loop in made.event.loops and "apply" in made.event.roles for loss in losses for made in loss.ancestors(60))


def _place(event: Event, graph: dict[int, Thing]) -> Event:
    """The call, in the code that computes the loss, that leads to where it is kept."""
    made = next((one.event for one in graph.values() if one.event is not None and one.event.what == "call"), None)
    if made is None:
        return event
    depth = 0
    for mine, theirs in zip(event.stack, made.stack, strict=False):
        if mine is not theirs:
            break
        depth += 1
    return event.stack[depth] if depth < len(event.stack) else event
