"""Loads of models: which calls load one, from what, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Loop, Seen, Trace
from mlops_lint.knowledge.model_loading import (
    APPLICATIONS,
    CONFIGURATIONS,
    FILE_READERS,
    INFERENCE_METHODS,
    LOADS,
    MODEL_ENDINGS,
    MODEL_WORDS,
    SAME_EACH_TIME,
    SETTING_UP,
    ZOO_PREFIXES,
)
from mlops_lint.python.values import UNKNOWN

_SOURCES = (
    "model",
    "path",
    "f",
    "file",
    "filename",
    "filepath",
    "name",
    "model_name",
    "model_path",
    "model_uri",
    "model_id",
    "model_name_or_path",
    "pretrained_model_name_or_path",
    "pretrained_model_name",
    "repo_or_dir",
    "repo_id",
    "model_size_or_path",
    "export_dir",
    "handle",
    "weights",
)
_PURE = (
    "os.",
    "posixpath.",
    "pathlib.",
    "builtins.str",
    "builtins.open",
    "builtins.int",
    "importlib.resources.",
    "io.",
    "hydra.utils.to_absolute_path",
    "typing.",
)
_PURE_METHODS = frozenset("format join joinpath resolve absolute as_posix expanduser strip lower with_suffix get read".split())
_LEARNING_ROLES = frozenset({"fit", "train-mode", "prepare", "wrap", "backward"})
_MAX_SOURCES = 300
_LOADING_PREFIXES = (*ZOO_PREFIXES, *APPLICATIONS)


def loads(trace: Trace) -> list[Event]:
    """The calls of a run that load a model, tokenizer or pipeline."""
    return [event for event in trace.select(_may_load) if _loads(event, trace)]


def _may_load(event: Event) -> bool:
    """Whether a call has the name of something that loads."""
    return event.what == "call" and any(
        name in LOADS or name in FILE_READERS or name.startswith(_LOADING_PREFIXES) or name.endswith(".from_pretrained") for name in event.names
    )


def _loads(event: Event, trace: Trace) -> bool:
    if any(_is_model(seen.thing) for seen in event.inputs()):
        return False  # put together from what was loaded before
    for name in event.names:
        owner, _, last = name.rpartition(".")
        if name in LOADS:
            return True
        if last == "from_pretrained" and owner and not owner.endswith(CONFIGURATIONS):
            return True
        if name.startswith(ZOO_PREFIXES) and _asks_for_weights(event):
            return True
        if name.startswith(APPLICATIONS) and last[:1].isupper():
            given = event.keywords.get("weights")
            return given is None or given.constant is not None
        if name in FILE_READERS:
            return _reads_model(event, trace)
    return False


def _asks_for_weights(event: Event) -> bool:
    pretrained, weights = event.keywords.get("pretrained"), event.keywords.get("weights")
    return (pretrained is not None and pretrained.constant is True) or (weights is not None and weights.constant not in (None, False))


def _reads_model(event: Event, trace: Trace) -> bool:
    """Whether what is read from a file is a model: its use says so, or its path does."""
    for _, role in uses(event, trace):
        if role in ("predict", "state"):
            return True
    for thing in _upstream(source.thing for source in sources(event)):
        text = thing.constant
        if isinstance(text, str):
            words = {word.lower() for word in re.findall(r"[A-Za-z]+", text)}
            if words & MODEL_WORDS or (text.endswith(MODEL_ENDINGS) and any(name.startswith("torch.") for name in event.names)):
                return True
    return False


def _is_model(thing: Thing) -> bool:
    made = thing.event
    return thing.is_a("module", "tokenizer", "processor") or (
        made is not None and (made.method in ("unwrap_model", "from_pretrained") or bool(made.names & LOADS))
    )


# -- what it is loaded from --------------------------------------------------------------------------------------------------------------------------


def sources(event: Event) -> list[Seen]:
    """What says which model is loaded: the first argument, or the one whose name says so; all arguments where neither is there."""
    named = [seen for name, seen in event.keywords.items() if name in _SOURCES]
    if event.args:
        return [event.args[0], *named]
    return named or list(event.keywords.values())


def is_same_model(event: Event, loop: Loop | None, root: tuple[str, str] | None) -> bool:
    """Whether certainly the same model is loaded each time: in each round of a ``loop``, or at each call of the ``root`` function."""
    targets = _targets(loop) if loop is not None else set()
    for thing in _upstream(source.thing for source in sources(event)):
        made = thing.event
        if thing in targets or thing.how[:1] == ("element",) or thing.how[:1] == ("part",):
            return False
        if made is not None and made.what == "parameter":
            if root is not None and (made.site.path, made.function) == root and made.method not in SAME_EACH_TIME:
                return False
        elif made is not None and loop is not None and loop in made.loops and not _is_pure(made):
            return False
        if made is not None and any(name.startswith(("flask.request", "streamlit.")) for name in made.names):
            return False
        if any(name.startswith("flask.request") for name in thing.names):
            return False
        if (
            made is None
            and not thing.parents
            and not thing.names
            and not thing.how
            and thing.constant is UNKNOWN
            and thing.items is None
            and not thing.fields
        ):
            return False  # nothing is known of it
        if thing.how[:1] == ("unfilled",) and not (loop is None and root is not None and _is_inside(root, (thing.how[1], thing.how[2]))):
            return False  # nor of what somebody outside may give
    return True


def _is_inside(inner: tuple[str, str], outer: tuple[str, str]) -> bool:
    """Whether a function is defined inside another, whose variables are the same at each of its calls."""
    return inner[0] == outer[0] and inner[1].startswith(f"{outer[1]}.")


def _targets(loop: Loop) -> set[Thing]:
    """What a loop goes through, and what that is made of piece by piece."""
    found: set[Thing] = set()
    waiting = [loop.iterable] if loop.iterable is not None else []
    for _ in range(60):
        if not waiting:
            break
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        waiting.extend(one.items or ())
        waiting.extend(one.alternatives)
        waiting.extend(part for name, part in (one.fields or {}).items() if name.startswith("["))
        if one.is_a("generator", "tuple") or one.how[:1] == ("binary",):
            waiting.extend(one.parents)
    return found


def _is_pure(event: Event) -> bool:
    if event.names:
        return all(name.startswith(_PURE) for name in event.names)
    return event.method in _PURE_METHODS


def _upstream(things: Iterator[Thing]) -> list[Thing]:
    found: dict[int, Thing] = {}
    waiting = list(things)
    while waiting and len(found) < _MAX_SOURCES:
        one = waiting.pop()
        if id(one) in found:
            continue
        found[id(one)] = one
        waiting.extend(one.parents)
        waiting.extend(one.alternatives)
    return list(found.values())


# -- what becomes of it ------------------------------------------------------------------------------------------------------------------------------


def uses(load: Event, trace: Trace) -> list[tuple[Event, str]]:
    """What is done with a loaded model later on: ``predict``, ``state`` (its weights go into a network), ``learn``, ``set-up`` or ``other``."""
    models = {load.result, *load.result.alternatives}
    found: list[tuple[Event, str]] = []
    for event in trace.select(_may_use):
        if event.order <= load.order:
            continue
        held = [seen.thing for seen in event.inputs() if _is_from(seen.thing, models)]
        receiver = event.receiver.thing if event.receiver is not None else None
        callee = event.callee
        is_method = callee is not None and callee.how[:1] == ("attribute",) and callee.how[2] is receiver
        is_called = callee is not None and not is_method and _is_from(callee, models)
        is_receiver = receiver is not None and _is_from(receiver, models)
        if not (held or is_receiver or is_called):
            continue
        if event.what == "store":
            # Weights that are written to, not an attribute that keeps the model.
            if is_receiver and not held:
                found.append((event, "learn"))
            continue
        if "state-load" in event.roles and held and receiver is not None:
            models.add(receiver)
            found.append((event, "state"))
        elif event.roles & _LEARNING_ROLES or event.result.is_a("optimizer", "trainer") or event.method in ("fit", "partial_fit"):
            found.append((event, "learn"))
        elif is_called or (is_receiver and (event.roles & {"predict", "apply"} or event.method in INFERENCE_METHODS)):
            found.append((event, "predict"))
        elif is_receiver and event.method in SETTING_UP:
            found.append((event, "set-up"))
        else:
            found.append((event, "other"))
    return found


def _may_use(event: Event) -> bool:
    return event.what in ("call", "store")


def _is_from(thing: Thing, models: set[Thing]) -> bool:
    """Whether a thing is one of these or a part of one; what a model answers is not."""
    for one in (thing, *thing.alternatives):
        seen = 0
        while one is not None and seen < 8:
            if one in models:
                return True
            seen += 1
            if one.how[:1] in (("attribute",), ("item",)) and len(one.how) > 2 and isinstance(one.how[2], Thing):
                one = one.how[2]
            elif one.how[:1] in (("part",), ("join",)) and one.parents:
                one = one.parents[0]
            elif one.event is not None and one.event.method in SETTING_UP | {"from_pretrained", "pipeline"} and one.parents:
                parents = [parent for parent in one.parents if parent in models]
                one = parents[0] if parents else one.parents[0]
            else:
                break
    return False
