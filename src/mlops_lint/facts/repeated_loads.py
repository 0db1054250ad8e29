"""Models that are loaded over and over: for each request, for each row, in each round of a loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.core.finding import Confidence
from mlops_lint.facts.model_loads import is_same_model, loads, uses
from mlops_lint.facts.networks import words_of
from mlops_lint.facts.runs import Run, Runs, runs
from mlops_lint.flow.scopes import ClassInfo, Function
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Branch, Context, Event, Loop
from mlops_lint.knowledge.serving import (
    APPLICATIONS,
    CACHES,
    CHAT_PARAMETERS,
    HANDLER_CLASSES,
    HANDLER_DECORATORS,
    HANDLER_FUNCTIONS,
    HANDLER_METHODS,
    LOADING_WORDS,
    ONCE,
    ONCE_A_PART,
    PREDICTING_WORDS,
    REQUEST_PARAMETERS,
    ROUTES,
    ROW_DECORATORS,
    ROW_METHODS,
    SCORING,
    SERVED_CLASSES,
    TAKES_HANDLERS,
)
from mlops_lint.project.project import Project

_ROUTERS = frozenset({"add_post", "add_get", "add_put", "add_route", "add_url_rule", "add_api_route", "add_api_websocket_route"})
_REQUEST, _ROW, _ITEM, _ROUND, _CALL, _RERUN = (
    "for each request",
    "for each row or batch",
    "for each item",
    "in each round of the loop",
    "at each call",
    "each time the page is run again",
)


@dataclass(frozen=True, slots=True, eq=False)
class RepeatedLoad:
    """A ``load`` that happens over and over: ``place`` is the call in the handler or loop that leads to it, ``when`` says how often."""

    load: Event
    place: Event
    when: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, eq=False)
class _Repetition:
    """Why what happens at a place happens again and again. ``loop`` is the loop, where it is one; ``root`` the function whose arguments differ each time."""

    place: Event
    when: str
    confidence: Confidence
    loop: Loop | None = None
    root: tuple[str, str] | None = None
    needs_use: bool = True


def repeated_loads(project: Project) -> tuple[RepeatedLoad, ...]:
    """The loads of a project that happen over and over, each place once."""
    every: Runs = project.derive(runs)
    found: dict[object, RepeatedLoad] = {}
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for load in loads(run.trace):
            for reason in _repetitions(load, run):
                if _is_wrong(load, reason, run):
                    confidence = Confidence.LOW if run.role == "example" else reason.confidence
                    found.setdefault(reason.place.site, RepeatedLoad(load, reason.place, reason.when, confidence))
                    break
    return tuple(sorted(found.values(), key=_place))


def _repetitions(load: Event, run: Run) -> Iterator[_Repetition]:
    """Why a load may happen over and over, the surest reason first."""
    chain = (*load.stack, load)
    if any(_remembers(context) for context in load.contexts):
        return
    root = (chain[0].site.path, chain[0].function)
    for when, test in ((_REQUEST, _is_route), (_ROW, _is_for_rows)):
        decorated = next((event for event in chain if any(test(context) for context in event.contexts)), None)
        if decorated is not None and not (when == _ROW and _is_iterated(decorated, run)):
            yield _Repetition(decorated, when, Confidence.HIGH, root=root)
    for place, event in enumerate(chain):
        when = _calls_back(event, chain[place + 1].function) if place + 1 < len(chain) else ""
        if when:
            yield _Repetition(
                chain[place + 1],
                when,
                Confidence.HIGH,
                root=(chain[place + 1].site.path, chain[place + 1].function),
                needs_use=not _is_injected(event),
            )
    if chain[0].function:
        yield from _of_root(chain, run)
    for loop in reversed(load.loops):
        place_in_loop = next(event for event in chain if loop in event.loops)
        if any(_is_command(context) for context in load.contexts[len(place_in_loop.contexts) :]):
            continue  # each round is a job of its own
        yield _Repetition(place_in_loop, _ROUND, Confidence.HIGH, loop=loop)
    if not chain[0].function and run.program is not None and _is_page(chain[0], run):
        yield _Repetition(chain[0], _RERUN, Confidence.MEDIUM)


# -- handlers ----------------------------------------------------------------------------------------------------------------------------------------


def _remembers(context: Context) -> bool:
    """Whether a decorator remembers what its function gave."""
    words = {name.rpartition(".")[2] for name in _names_of(context.thing)}
    if words & CACHES:
        return True
    own = {callee.name for callee in context.thing.callees}
    if context.thing.event is not None and not words:
        own.add(context.thing.event.method)
    return any(words_of(name) & (CACHES | {"lru", "lazy", "cache", "cached", "memo"}) for name in own)


def _names_of(thing: Thing) -> frozenset[str]:
    return thing.event.names | thing.names if thing.event is not None else thing.names


def _is_route(context: Context) -> bool:
    """Whether a decorator makes its function a handler of requests."""
    if not HANDLER_DECORATORS.isdisjoint(_names_of(context.thing)):
        return True
    event = context.thing.event
    if event is not None:
        if any(name.startswith(APPLICATIONS) and name.rpartition(".")[2] in ROUTES for name in event.names):
            return True
        if event.method not in ROUTES or event.receiver is None:
            return False
        holders = [event.receiver.thing, *event.receiver.thing.alternatives]
        if any(name.startswith(APPLICATIONS) for holder in holders for name in _names_of(holder)):
            return True
        path = event.argument("path", 0) or event.argument("rule")
        return path is not None and isinstance(path.constant, str) and path.constant.startswith("/")
    how = context.thing.how
    return how[:1] == ("attribute",) and how[1] in ROUTES and any(name.startswith(APPLICATIONS) for name in _names_of(how[2]))


def _is_for_rows(context: Context) -> bool:
    return not ROW_DECORATORS.isdisjoint(_names_of(context.thing))


def _is_iterated(event: Event, run: Run) -> bool:
    """Whether a function goes through batches itself, so that what stands before its loop happens once."""
    return any(
        other.function == event.function and other.site.path == event.site.path and len(other.loops) > len(event.loops) for other in run.trace.events
    )


def _calls_back(outer: Event, function: str) -> str:
    """How often something outside the project calls a function that it was handed; empty when it is an ordinary call."""
    if outer.names & ROW_DECORATORS:
        return _ROW
    if any(name.startswith(TAKES_HANDLERS) for name in outer.names) or _is_injected(outer):
        return _REQUEST
    if any(name in ("django.urls.path", "django.urls.re_path", "django.conf.urls.url") for name in outer.names):
        return _REQUEST
    if function.rpartition(".")[2] == outer.method:
        return ""
    if "builtins.map" in outer.names:
        return _ITEM
    if outer.receiver is None or outer.method in ONCE_A_PART:
        return ""
    if outer.method in ROW_METHODS and not outer.receiver.is_a("module"):
        return _ROW
    holder = outer.receiver.thing
    if any(one.startswith(TAKES_HANDLERS) for one in _names_of(holder)):
        return _REQUEST
    if outer.method in _ROUTERS:
        return _REQUEST
    if outer.method == "register" and holder.how[:2] == ("attribute", "udf"):
        return _ROW
    return ""


def _is_injected(event: Event) -> bool:
    return bool(event.names & {"fastapi.Depends", "fastapi.params.Depends", "fastapi.param_functions.Depends"})


def _of_root(chain: tuple[Event, ...], run: Run) -> Iterator[_Repetition]:
    """Why a function that no program calls is called over and over."""
    first = chain[0]
    root = (first.site.path, first.function)
    name = first.function.rpartition(".")[2]
    parameters = [event.method for event in run.trace.events if event.what == "parameter" and (event.site.path, event.function) == root]
    for event in run.trace.events:
        if event.what == "call" and any(_is_function(callee, root) for seen in event.inputs() for callee in seen.thing.callees):
            when = _calls_back(event, first.function)
            if when:
                yield _Repetition(first, when, Confidence.HIGH, root=root)
                break
    if first.owner is not None and _is_handler_method(first.owner, name):
        item = name == "__getitem__"
        yield _Repetition(first, _ITEM if item else _REQUEST, Confidence.HIGH, root=root)
    wanted = HANDLER_FUNCTIONS.get(name)
    if first.owner is None and wanted is not None and wanted <= set(parameters):
        yield _Repetition(first, _REQUEST, Confidence.HIGH, root=root)
    is_scoring = first.owner is None and name == SCORING[1] and len(parameters) == 1
    if is_scoring and any(event.function == SCORING[0] and event.site.path == first.site.path for event in run.trace.events):
        yield _Repetition(first, _REQUEST, Confidence.MEDIUM, root=root)
    if first.owner is None and (not REQUEST_PARAMETERS.isdisjoint(parameters[:1]) or tuple(parameters[:2]) == CHAT_PARAMETERS):
        yield _Repetition(first, _REQUEST, Confidence.MEDIUM, root=root)
    words = words_of(name)
    if words & PREDICTING_WORDS and not words & LOADING_WORDS and parameters and not any(_is_command(context) for context in first.contexts):
        yield _Repetition(first, _CALL, Confidence.MEDIUM, root=root)


def _is_function(callee: object, root: tuple[str, str]) -> bool:
    return isinstance(callee, Function) and (callee.path, callee.qualname) == root


def _is_handler_method(owner: ClassInfo, name: str) -> bool:
    for base in owner.outside:
        if name in HANDLER_METHODS.get(base, ()):
            return True
    if name in HANDLER_CLASSES.get(owner.name, ()):
        return True
    if name.startswith("__") and name != "__call__":
        return False
    return any(not SERVED_CLASSES.isdisjoint(_names_of(decorator)) for decorator in owner.decorators)


def _is_command(context: Context) -> bool:
    """Whether a decorator makes its function a command or a step of a workflow, or nobody knows what it makes of it."""
    thing = context.thing
    names = set(_names_of(thing))
    if thing.event is not None and thing.event.receiver is not None:
        names |= _names_of(thing.event.receiver.thing)
    return any(name.startswith(ONCE) for name in names) or any(isinstance(callee, Function) for callee in thing.callees)


def _is_page(event: Event, run: Run) -> bool:
    """Whether a module's body is a Streamlit page, which is run anew at each click."""
    shown = {one.site for one in run.trace.events if one.site.path == event.site.path and any(name.startswith("streamlit.") for name in one.names)}
    return len(shown) >= 2


# -- what makes it right -----------------------------------------------------------------------------------------------------------------------------


def _is_wrong(load: Event, reason: _Repetition, run: Run) -> bool:
    if reason.loop is None and words_of(reason.place.function) & LOADING_WORDS and reason.when == _REQUEST:
        return False  # a handler whose business is to load
    if _is_guarded(load, run) or not is_same_model(load, reason.loop, reason.root):
        return False
    done = uses(load, run.trace)
    if any(role == "learn" for _, role in done):
        return False
    if reason.loop is not None:
        inside = [(event, role) for event, role in done if reason.loop in event.loops]
        if any(role in ("other", "set-up", "state") and _changes_in(event, reason.loop) for event, role in inside):
            return False
        return any(role == "predict" and _is_in_same_arm(load, event, reason.loop) for event, role in inside)
    if reason.when == _CALL:
        predictions = [event for event, role in done if role == "predict"]
        return bool(predictions) and not any(len(event.loops) > len(load.loops) for event in predictions)
    return not reason.needs_use or any(role in ("predict", "other", "state") for _, role in done)


def _is_guarded(load: Event, run: Run) -> bool:
    """Whether a test makes sure that a model is loaded only if it is not there yet."""
    if any(_is_absent(branch.test, branch.arm) for branch in _with_tests(load, run)):
        return True
    functions = {(event.site.path, event.function) for event in (*load.stack, load)}
    kept = any(
        (event.what == "store" or event.method in ("update", "setdefault"))
        and event.order > load.order
        and any(_holds(seen.thing, load.result) for seen in event.args)
        for event in run.trace.events
    )
    for (site, arm), end in run.trace.ends.items():
        leaves = end.how == "return" and (site.path, end.function) in functions and _is_earlier(site.path, site.start, load)
        if leaves and end.test is not None and (kept or _is_absent(end.test, arm + 1)):
            return True
    return False


def _holds(thing: Thing, model: Thing) -> bool:
    return thing is model or model in thing.ancestors(20) or any(part is model for part in (thing.fields or {}).values())


def _with_tests(load: Event, run: Run) -> list[Branch]:
    """The arms in which a load stands; an ``else`` is given the test of its ``if``."""
    found = []
    for branch in load.branches:
        test = branch.test
        if test is None:
            test = next((one.test for event in run.trace.events for one in event.branches if one.site == branch.site and one.test is not None), None)
        found.append(Branch(branch.site, branch.arm, test, branch.words))
    return found


def _is_earlier(path: str, start: int, load: Event) -> bool:
    return any(event.site.path == path and start < event.site.start for event in (*load.stack, load))


def _is_absent(test: Thing | None, arm: int) -> bool:
    """Whether an arm is taken when something is not there: ``x is None``, ``not x``, ``key not in cache``; or the ``else`` of the opposite."""
    if test is None:
        return False
    how = test.how
    if how[:1] == ("compare",):
        operators, parts = how[1], how[2]
        none = any(part.constant is None for part in parts)
        if operators[:1] == ("not in",) or (operators[:1] in (("is",), ("==",)) and none):
            return arm == 0
        if operators[:1] == ("in",) or (operators[:1] in (("is not",), ("!=",)) and none):
            return arm > 0
        return False
    if how[:2] == ("unary", "not"):
        return arm == 0
    if test.event is not None and "builtins.hasattr" in test.event.names:
        return arm > 0
    if how[:1] in (("boolean",), ("join",)):
        return any(_is_absent(part, arm) for part in test.parents)
    return False


def _changes_in(event: Event, loop: Loop) -> bool:
    """Whether a call is given something that differs in each round."""
    if event.method in ("eval", "cpu", "half", "float"):
        return False
    from_loop = [loop.iterable, *(loop.iterable.items or ())] if loop.iterable is not None else []
    for seen in event.inputs():
        for one in (seen.thing, *seen.thing.ancestors(80)):
            if any(one is known for known in from_loop) or one.how[:1] == ("element",):
                return True
    return False


def _is_in_same_arm(load: Event, event: Event, loop: Loop) -> bool:
    """Whether a prediction stands in all the arms in which the load stands, so that it is not just loaded anew now and then."""
    arms = {(branch.site, branch.arm) for branch in event.branches}
    inside = [branch for branch in load.branches if branch.site.path != loop.site.path or branch.site.start > loop.site.start]
    return all((branch.site, branch.arm) in arms for branch in inside)


def _place(one: RepeatedLoad) -> tuple[str, int]:
    return (one.place.site.path, one.place.site.start)
