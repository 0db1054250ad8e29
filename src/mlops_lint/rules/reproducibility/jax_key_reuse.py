"""JAX key is used for two draws.

JAX has no hidden state: a key is all that a draw depends on. Two draws from one key give the same numbers, or ones that depend on each other, so noise that
should be fresh repeats itself, layers start alike, and dropout masks never change; nothing fails.

Make a new key for each draw: ``key, subkey = jax.random.split(key)`` and draw from ``subkey``, or ``jax.random.fold_in(key, step)`` in a loop.

Keys are followed through the project's own functions, methods and modules, and through ``scan`` and ``cond``. Keys from ``split`` and ``fold_in`` are
their own, as is each element of a list of keys. Modules of Flax and Haiku make their own keys from the one that ``init`` gets, so that a draw from it
beside has low confidence; two different modules started from one key count. Draws in different arms of an ``if`` exclude each other, numbers that are only
printed or compared with each other are a demonstration, an estimator may predict with one key, and models that are started from one key for each of
several settings are compared on purpose. Batches of keys count as one key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.api import Confidence, Event, Finding, Location, Loop, Project, Rule, Severity, Site, Thing, Trace
from mlops_lint.facts.frames import are_alternatives, both_happen, extra_branches, own_call, root_of
from mlops_lint.facts.runs import REQUIRES, Run, Runs, runs, spelled

rule = Rule(
    code="RP315",
    summary="JAX key is used for two draws",
    consideration="randomness",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://docs.jax.dev/en/latest/random-numbers.html", "https://docs.jax.dev/en/latest/jax.experimental.key_reuse.html"),
)

_SHOWS = ("builtins.print", "IPython.display.display")
_PREDICTS = frozenset({"predict", "predict_proba", "transform", "score", "evaluate"})
_EXCEPT = frozenset({"except"})
_APPLIES = frozenset({"apply", "apply_fn", "__call__"})
_MOST_USES = 60


@dataclass(frozen=True, slots=True, eq=False)
class _Reuse:
    """One key, used twice: ``place`` is the event that the finding stands at, ``loop`` the loop that repeats it."""

    first: Event
    later: Event
    place: Event
    message: str
    is_close: bool
    is_weak: bool = False


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each place at which a key is used again, once."""
    every: Runs = project.derive(runs)
    reported: set[Site] = set()
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for reuse in sorted(_reuses(run, every), key=lambda one: one.later.order):
            if reuse.place.site in reported:
                continue
            reported.add(reuse.place.site)
            is_weak = reuse.is_weak or run.role in ("example", "docs")
            confidence = Confidence.LOW if is_weak else Confidence.HIGH if reuse.is_close else Confidence.MEDIUM
            yield rule.finding(every.location(reuse.place), reuse.message, related=list(_related(reuse, every)), confidence=confidence)


def _related(reuse: _Reuse, every: Runs) -> Iterator[Location]:
    shown = {reuse.place.site}
    first = own_call(reuse.first, reuse.later)
    notes = ((first, "the key is used here first"), (reuse.first, "where it is drawn from"), (reuse.later, "where it is drawn from again"))
    for event, note in notes:
        if event.site not in shown:
            shown.add(event.site)
            yield every.location(event, note)


def _reuses(run: Run, every: Runs) -> Iterator[_Reuse]:
    uses: dict[int, list[Event]] = {}
    printed = _printed(run.trace)
    for event in run.trace.with_role("key-draw", "key-split", "key-init"):
        key = event.operands.get("rng-key")
        if isinstance(key, Thing) and len(known := uses.setdefault(id(key), [])) < _MOST_USES:
            known.append(event)
    for events in uses.values():
        for place, later in enumerate(events):
            if (repeating := _repeating_comprehension(later)) is not None:
                yield _in_loop(later, later, repeating, every)
                continue
            if _is_started_again(later, events[:place]):
                continue
            for first in events[:place]:
                if (reuse := _reuse(first, later, run.trace, printed, every)) is not None:
                    yield reuse
                    break
    yield from _repeated_masks(run.trace, every)


def _reuse(first: Event, later: Event, trace: Trace, printed: frozenset[int], every: Runs) -> _Reuse | None:
    if "key-split" in first.roles and "key-split" in later.roles:
        return None  # the same keys come out; whether they are used twice shows when they are
    if root_of(first) != root_of(later) or are_alternatives(first, later) or not both_happen(first, later, trace) or _is_second_try(first, later):
        return None
    if (_is_shown(first, printed) and _is_shown(later, printed)) or _are_compared(first, later, trace):
        return None
    mine, theirs = own_call(later, first), own_call(first, later)
    if mine is not later and mine.method in _PREDICTS and not _is_given(mine, later):
        return None
    if "key-init" in first.roles or "key-init" in later.roles:
        return _started(first, later, every)
    if mine.site == theirs.site:
        loop = _loop_of(mine, theirs)
        if loop is None or (mine is not later and _goes_through_settings(loop)):
            return None
        return _in_loop(first, later, loop, every)
    if mine is not later and theirs is not first and _is_same_call(mine, theirs):
        return None  # called once more with the very same: timed, or compared
    name = _name_of(later, mine, every)
    before = every.written(theirs)
    is_close = mine is later and theirs is first
    place = mine if mine is later or _is_given(mine, later) else later
    if "key-split" in first.roles:
        message = f"{name} has already been split ({before}), so what is drawn from it depends on the keys made from it"
    elif "key-split" in later.roles:
        message = f"{name} is split after {before} has drawn from it, so the new keys are not independent of that draw"
    else:
        message = f"{name} has already been used by {before}, so this draws the same random numbers again"
    return _Reuse(first, later, place, message, is_close)


def _is_started_again(later: Event, before: list[Event]) -> bool:
    """Whether the same network is started once more with the same key, as for a target network."""
    if "key-init" not in later.roles or later.receiver is None:
        return False
    again = [one for one in before if "key-init" in one.roles and one.receiver is not None and one.receiver.thing is later.receiver.thing]
    return any(one.site != later.site for one in again)


def _started(first: Event, later: Event, every: Runs) -> _Reuse | None:
    """Weights that are made from a key which something else uses too."""
    mine, theirs = own_call(later, first), own_call(first, later)
    if mine.site == theirs.site:
        loop = _loop_of(mine, theirs)
        is_counted = loop is not None and loop.iterable is not None and loop.iterable.event is not None and loop.iterable.event.method == "range"
        return _in_loop(first, later, loop, every) if loop is not None and is_counted else None
    if "key-split" in later.roles:
        return None  # what the module made of the key has nothing to do with what ``split`` makes of it
    name, before = _name_of(later, later, every), every.written(first)
    if "key-split" in first.roles:
        return _Reuse(first, later, later, f"{name} has already been split ({before}), so it is no fresh key for these weights", is_close=False)
    if "key-init" in first.roles and "key-init" in later.roles:
        one, other = (event.receiver.thing if event.receiver is not None else None for event in (first, later))
        if one is None or other is None:
            return None
        is_other = one.owner is not None and other.owner is not None and one.owner is not other.owner
        message = f"{name} has already started another network ({before}), so layers of the same shape get the same weights"
        return _Reuse(first, later, later, message, is_close=False, is_weak=not is_other)
    message = f"{name} has already been used by {before}, so the two depend on the same key"
    return _Reuse(first, later, later, message, is_close=False, is_weak=True)


def _in_loop(first: Event, later: Event, loop: Loop, every: Runs) -> _Reuse:
    place = next((call for call in later.stack if loop in call.loops), later)
    if not _is_given(place, later):
        place = later
    name = _name_of(later, place, every)
    what = "comprehension" if loop.kind == "comprehension" else "loop"
    message = f"{name} stays the same in every pass of the {what}, so each pass draws the same random numbers"
    return _Reuse(first, later, place, message, is_close=place is later)


def _name_of(event: Event, place: Event, every: Runs) -> str:
    """The key as it is written where the finding stands."""
    key = event.operands.get("rng-key")
    code = place.code
    if isinstance(code, list) and code[0] == "c":
        codes = [*code[2], *(value for _, value in code[3])]
        things = [*place.args, *place.keywords.values()]
        for one, seen in zip(codes, things, strict=False):
            if seen.thing is key and one[0] in ("n", "a", "s") and (written := spelled(one)):
                return written
    return "the key"


def _is_given(call: Event, use: Event) -> bool:
    """Whether a call hands on the key that is used below it."""
    key = use.operands.get("rng-key")
    return any(_holds(seen.thing, key) for seen in call.inputs())


def _holds(thing: Thing, key: object, depth: int = 3) -> bool:
    if thing is key:
        return True
    if not depth:
        return False
    return any(_holds(one, key, depth - 1) for one in (*(thing.items or ()), *list((thing.fields or {}).values())[:20]))


def _is_same_call(one: Event, other: Event) -> bool:
    given, also = one.inputs(), other.inputs()
    return one.method == other.method and len(given) == len(also) and all(a.thing is b.thing for a, b in zip(given, also, strict=True))


# -- loops -----------------------------------------------------------------------------------------------------------------------------------------------


def _loop_of(later: Event, first: Event) -> Loop | None:
    """The loop whose two passes two events at one place stand in."""
    shared = [loop for loop, other in zip(later.loops, first.loops, strict=False) if loop is other]
    return shared[-1] if shared else None


def _goes_through_settings(loop: Loop) -> bool:
    """Whether a loop goes through a few settings that are written down, to compare what comes of each."""
    source = loop.iterable
    if source is None:
        return False
    return source.is_a("dict") or bool(source.items) or any(parent.is_a("dict") or bool(parent.items) for parent in source.parents[:1])


def _repeating_comprehension(event: Event) -> Loop | None:
    """The comprehension that draws again and again from a key which was made outside it."""
    key = event.operands.get("rng-key")
    if not isinstance(key, Thing) or key.alternatives or "key-split" in event.roles:
        return None
    made: tuple[Loop, ...] = ()
    if key.how[:1] == ("rng-key",):
        made = key.how[1]
    elif key.event is None or key.event.what != "parameter":
        return None
    inner = event.stack[-1].loops if event.stack else ()
    for loop in reversed(event.loops):
        if loop.kind == "comprehension" and loop not in made and (loop not in inner or not _goes_through_settings(loop)):
            return loop
    return None


# -- what is no draw of its own --------------------------------------------------------------------------------------------------------------------------


def _printed(trace: Trace) -> frozenset[int]:
    """The things that are printed."""
    return frozenset(id(seen.thing) for event in trace.called(*_SHOWS) for seen in event.inputs())


def _are_compared(first: Event, later: Event, trace: Trace) -> bool:
    """Whether a check or a comparison of arrays looks at what both draw: they are meant to be the same."""
    one, other = first.result, later.result
    for event in trace.events:
        if event.order < later.order or not (
            event.what == "check" or event.method in ("allclose", "array_equal", "assert_allclose", "assert_array_equal")
        ):
            continue
        near = [near for seen in event.inputs() for near in (seen.thing, *seen.thing.ancestors(12))]
        if any(thing is one for thing in near) and any(thing is other for thing in near):
            return True
    return False


def _is_second_try(first: Event, later: Event) -> bool:
    """Whether the later one stands in a handler of exceptions, where the first one may be what failed."""
    return any(branch.words == _EXCEPT for branch in extra_branches(later, first))


def _is_shown(event: Event, printed: frozenset[int]) -> bool:
    return event.discarded or id(event.result) in printed


def _repeated_masks(trace: Trace, every: Runs) -> Iterator[_Reuse]:
    """``model.apply(params, x, rngs={"dropout": key})`` with one key in every pass of a loop."""
    seen: dict[tuple[int, Site], Event] = {}
    for event in trace.events:
        if event.what != "call" or event.method not in _APPLIES or (given := event.keywords.get("rngs")) is None:
            continue
        keys = [thing for name, thing in (given.thing.fields or {}).items() if name.startswith("[")] or [given.thing]
        for key in keys:
            if key.alternatives or not key.is_a("rng-key"):
                continue
            first = seen.setdefault((id(key), event.site), event)
            if first is event or root_of(first) != root_of(event):
                continue
            if "rng-key" not in event.operands:
                event.note({"rng-key": key})
            mine, theirs = own_call(event, first), own_call(first, event)
            loop = _loop_of(mine, theirs) if mine.site == theirs.site else None
            if loop is not None and not _goes_through_settings(loop) and trace.with_role("gradient"):
                yield _in_loop(first, event, loop, every)
