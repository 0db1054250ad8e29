"""Ordering: where results come to depend on the order in which a file system lists files, or in which a set gives its elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.core.finding import Confidence, Location
from mlops_lint.facts.randomness import seeded_by
from mlops_lint.facts.runs import Run, Runs, apart, runs, spelled
from mlops_lint.flow.models.call import NUMBERED, UNORDERED
from mlops_lint.flow.models.order import FILES as FILES
from mlops_lint.flow.models.order import SET as SET
from mlops_lint.flow.models.order import is_unordered_set
from mlops_lint.flow.scopes import ClassInfo
from mlops_lint.flow.things import Tag, Thing
from mlops_lint.flow.trace import Event, Loop, Seen, Site
from mlops_lint.knowledge.listings import SAMPLE_TAKERS, SAVE_METHODS, SAVES
from mlops_lint.knowledge.randomness import NUMPY, PYTHON
from mlops_lint.knowledge.seeding import GLOBAL_SEEDERS
from mlops_lint.project.project import Project

NUMBERS, PLACE, SPLIT, DATASET, TRAIN, PAIRS = "numbers", "place", "split", "dataset", "train", "pairs"
DRAW, SAVE, TAKE, SAMPLES = "draw", "save", "take", "samples"

DRAW_LIBRARIES = {"random": PYTHON, "numpy": NUMPY}
_RESULT_WORDS = re.compile(r"submi|pred|result|output|score|metric|eval|summar|report|stat|log|error|time|count")
_SAMPLE_WORDS = re.compile(r"train|test|val|label|class|sample|dataset|data|index|manifest|meta|split|images|files|paths|vocab|\.npy|\.npz")
_LOOKING = frozenset({"print", "display", "len", "show", "imshow", "plot", "info", "debug", "write", "title", "subplot", "head", "pprint"})

_VOCABULARY_WORDS = re.compile(r"vocab|label|class|tag|token|word|char|categor|index|2id|id2|target|train|test|split")
_LABEL_LIST = re.compile(r"(.*[._])?(y|ys|y_\w+|\w*labels?\d*|\w*targets?|\w*classes|\w*masks?|\w*categories)")
_LAST = (TAKE, SAMPLES)
_CLASS_KEYWORDS = frozenset({"classes", "class_names", "categories", "target_names", "label_names"})
_USING_METHODS = frozenset({*SAVE_METHODS, "index", "write", "write_text"})
_TAKING_UP = frozenset({"grow", "fit", "train-step", "loss", "save", "split"})
_PLOTTING = frozenset({"imshow", "subplot", "set_title", "add_subplot", "figure", "show", "axis", "suptitle"})


@dataclass(frozen=True, slots=True, eq=False)
class Accident:
    """One sequence without an order of its own (``source``: the listing, or where a set gets some order) and the first use that goes by its order.

    ``kind``: ``files`` or ``set``. ``how`` is what is done with it: numbers for labels, a place in it, a split, the samples of a dataset, training, pairs
    of two such, a draw by place, a saved table, or the first few of it.
    """

    kind: str
    how: str
    source: Site
    use: Site
    method: str
    written: str
    run: Run
    confidence: Confidence
    steps: tuple[Location, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Use:
    how: str
    tags: tuple[Tag, ...]
    event: Event
    weak: bool = False


def accidents(project: Project) -> tuple[Accident, ...]:
    """The accidents of order of a project, one for each source, in order of place."""
    every: Runs = project.derive(runs)
    found: dict[tuple[str, Site], Accident] = {}
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for use in _uses(run):
            for tag in use.tags:
                if tag.event is None:
                    continue
                key = (tag.detail, tag.event.site)
                known = found.get(key)
                weak = use.weak or run.role == "example"
                confidence = Confidence.LOW if weak else Confidence.MEDIUM
                # What is split is also cut: the split says more.
                if known is None or (known.confidence, known.how not in _LAST) < (confidence, use.how not in _LAST):
                    found[key] = _accident(use, tag, run, confidence, every)
    return tuple(found[key] for key in sorted(found))


def _accident(use: _Use, tag: Tag, run: Run, confidence: Confidence, every: Runs) -> Accident:
    source, event = tag.event, use.event
    assert source is not None
    steps = [every.location(call, f"{call.method or 'this call'} leads there") for call in apart(event.stack, source.stack)]
    if event.site != source.site:
        steps.append(every.location(event, _NOTES[use.how]))
    return Accident(
        tag.detail,
        use.how,
        source.site,
        event.site,
        source.method,
        every.written(source) if source.code is not None else "",
        run,
        confidence,
        tuple(steps),
    )


_NOTES = {
    NUMBERS: "the numbers are given here",
    PLACE: "a place in it is used here",
    SPLIT: "and it is split here",
    DATASET: "and becomes the samples of a dataset here",
    TRAIN: "and a model learns from it here",
    PAIRS: "and it is put beside another one here",
    DRAW: "and places in it are drawn here",
    SAVE: "and it is saved here",
    TAKE: "and the first few are taken here",
    SAMPLES: "samples and their labels are gathered here",
}


def _uses(run: Run) -> Iterator[_Use]:
    trace = run.trace
    seeded = {library for event in trace.select(_seeds) for name in event.names & GLOBAL_SEEDERS for library in seeded_by(name)}
    # ``number += 1`` along the way counts; ``total[key] += x`` does not.
    counters = {id(event.result) for event in trace.select(_counts)}
    # Pairs that are only looked at.
    shown = {
        id(loop.iterable.event)
        for event in trace.select(_plots)
        for loop in event.loops
        if loop.iterable is not None and loop.iterable.event is not None
    }
    yield from _samples(run)
    for event in trace.select(_may_order):
        if event.what == "store":
            yield from _stored(event, counters)
        elif "number" in event.roles or event.what == "order":
            yield from _noted(event, run)
        else:
            yield from _called(event, seeded, shown)


def _seeds(event: Event) -> bool:
    return event.what == "call" and not event.names.isdisjoint(GLOBAL_SEEDERS)


def _counts(event: Event) -> bool:
    return event.what == "augment" and bool(event.loops) and event.code[0] == "n" and _is_one(event)


def _plots(event: Event) -> bool:
    return event.what == "call" and event.method in _PLOTTING and bool(event.loops)


def _may_order(event: Event) -> bool:
    """Whether it is one of the events in which an order can come to matter at all."""
    if event.what == "store":
        return event.receiver is not None and (bool(event.args[-1].tags) if event.method else len(event.args) > 1)
    if event.what == "order" or "number" in event.roles:
        return True
    if event.what not in ("call", "split"):
        return False
    return (
        bool(event.roles)
        or event.method in _USING_METHODS
        or not event.names.isdisjoint(SAMPLE_TAKERS)
        or not event.names.isdisjoint(SAVES)
        or not event.keywords.keys().isdisjoint(_CLASS_KEYWORDS)
    )


def _stored(event: Event, counters: set[int]) -> Iterator[_Use]:
    holder = event.receiver
    if holder is None:
        return
    value = event.args[-1]
    if event.method:
        # An attribute: the samples of a dataset of the project's own.
        if (tags := value.tagged(UNORDERED)) and _is_sequence(value) and _is_dataset(holder.thing.owner, holder.is_a("dataset")):
            yield _Use(DATASET, tags, event)
        return
    if len(event.args) < 2 or holder.is_a("dataframe", "array", "tensor", "series"):
        return
    key = event.args[0].constant
    if isinstance(key, str) and not _VOCABULARY_WORDS.search(key.lower()):
        return  # a running number of a record
    for seen in event.args[:2]:
        if (tags := seen.tagged(NUMBERED)) and _is_count(seen.thing):
            yield _Use(NUMBERS, tags, event)
    loops = [loop for loop in event.loops if _loop_tags(loop)]
    if loops and any(id(seen.thing) in counters or _is_length(seen.thing, holder.thing) for seen in event.args[:2]):
        yield _Use(NUMBERS, _loop_tags(loops[-1]), event)


def _is_dataset(owner: ClassInfo | None, known: bool) -> bool:
    """Whether the instances of a class hold samples by number."""
    if owner is None:
        return False
    members = {name for one in owner.lineage() for name in one.scope.variables}
    outside = any(name.rpartition(".")[2] == "Dataset" for name in owner.outside)
    return known or outside or {"__getitem__", "__len__"} <= members


def _is_one(event: Event) -> bool:
    return event.method == "+" and bool(event.args) and event.args[0].constant == 1


def _is_count(thing: Thing) -> bool:
    """Whether a value is the number itself, or a sum with it."""
    return thing.is_a("number") or (thing.how[:1] == ("binary",) and any(part.is_a("number") for part in thing.parents))


def _is_length(thing: Thing, holder: Thing) -> bool:
    made = thing.event
    return made is not None and made.method == "len" and bool(made.args) and made.args[0].thing is holder


def _loop_tags(loop: Loop) -> tuple[Tag, ...]:
    thing = loop.iterable
    if thing is None:
        return ()
    found = thing.tagged(UNORDERED)
    if not found and is_unordered_set(thing):
        event = Event("order", loop.order, loop.site, "")
        return (Tag(UNORDERED, event, SET),)
    return found


def _noted(event: Event, run: Run) -> Iterator[_Use]:
    if "number" in event.roles:
        for thing in event.operands["numbered"]:
            if isinstance(thing, Thing) and (tags := thing.tagged(NUMBERED)) and _is_count(thing):
                yield _Use(NUMBERS, tags, event)
    elif "take" in event.roles and _is_used(event.operands["taken"], event, run):
        yield _Use(TAKE, event.operands["source"].tagged(UNORDERED), event)


def _is_used(taken: Thing, event: Event, run: Run) -> bool:
    """Whether the first few of a sequence go on into a list of samples or into what learns from them."""
    for other in run.trace.select(_may_take_up):
        if other.order <= event.order:
            continue
        if any(loop.iterable is not None and _is_from(loop.iterable, taken) for loop in other.loops):
            if other.roles & {"grow", "fit", "train-step", "loss", "save"}:
                return True
        elif other.what == "call" and other.method not in _LOOKING and other.roles & {"fit", "split", "save"}:
            if any(_is_from(seen.thing, taken) for seen in other.inputs()):
                return True
        elif other.what == "store" and other.method and any(seen.thing is taken for seen in other.args):
            return True
    return False


def _may_take_up(event: Event) -> bool:
    return not event.roles.isdisjoint(_TAKING_UP) or (event.what == "store" and bool(event.method))


def _is_from(thing: Thing, source: Thing) -> bool:
    return thing is source or any(one is source for one in thing.ancestors(12))


def _called(event: Event, seeded: set[str], shown: set[int]) -> Iterator[_Use]:
    roles = event.roles
    if "split" in roles and "sliced" not in roles:
        for thing in event.operands.get("data", ()):
            if isinstance(thing, Thing) and (tags := _then(event, thing)) and "groups" not in event.keywords:
                yield _Use(SPLIT, tags, event)
    elif "sliced" in roles:
        for thing in event.operands.get("data", ()):
            if isinstance(thing, Thing) and (tags := thing.tagged(UNORDERED)) and _is_sequence(Seen(thing, thing.kinds, thing.tags, thing.origins)):
                yield _Use(SPLIT, tags, event)
    if "train" in roles or ("fit" in roles and event.method == "fit" and "learn" not in roles):
        features = event.operands.get("features")
        if isinstance(features, Thing) and (tags := _then(event, features)):
            yield _Use(TRAIN, tags, event)
    if event.names & SAMPLE_TAKERS:
        for seen in event.inputs()[:2]:
            if tags := seen.tagged(UNORDERED):
                yield _Use(DATASET, tags, event)
    if "pair" in roles and id(event) not in shown:
        yield from _paired(event)
    if "draw-places" in roles:
        drawn = event.operands["drawn"]
        libraries = {DRAW_LIBRARIES[name.partition(".")[0]] for name in event.names if name.partition(".")[0] in DRAW_LIBRARIES}
        if not event.names or seeded & libraries:
            yield _Use(DRAW, _sequence_tags(drawn, event), event)
    if event.method == "index" and event.receiver is not None and event.receiver.is_a("list", "tuple") and len(event.args) == 1:
        yield _Use(PLACE, event.receiver.tagged(UNORDERED), event)
    if event.names & SAVES or (event.method in SAVE_METHODS and event.receiver is not None):
        saved = event.receiver if event.method in SAVE_METHODS else event.argument("obj", 0)
        for seen in (*([saved] if saved is not None else []), *(event.args[1:2] if event.method in ("save", "savez") else ())):
            yield from _saved(event, seen)
    if "grow" in roles:
        yield from _labelled(event)
        if event.owner is not None and _spelled(event).startswith("self.") and _is_dataset(event.owner, False):
            yield _Use(DATASET, event.receiver.tagged(UNORDERED) if event.receiver is not None else (), event)
    for name in _CLASS_KEYWORDS & event.keywords.keys():
        yield _Use(PLACE, event.keywords[name].tagged(UNORDERED), event)
    if event.method in ("write", "write_text"):
        yield from _written(event)


def _saved(event: Event, saved: Seen) -> Iterator[_Use]:
    """A saved sequence: of a set its elements themselves, of files a table or array of samples."""
    if saved.tagged("predicted"):
        return
    for name, one in [("", saved.thing), *(saved.thing.fields or {}).items()]:
        if tags := tuple(tag for tag in one.tagged(UNORDERED) if tag.detail == SET and tag.event is one.event):
            code = tags[0].event.code if tags[0].event is not None else None
            words = " ".join([name, *_words(event.code), *_words(code)]).lower()
            yield _Use(SAVE, tags, event, weak=_VOCABULARY_WORDS.search(words) is None)
    if saved.is_a("dataframe", "array", "list") and (tags := tuple(tag for tag in saved.tagged(UNORDERED) if tag.detail == FILES)):
        words = " ".join(_words(event.code)).lower()
        if not _RESULT_WORDS.search(words):
            yield _Use(SAVE, tags, event, weak=_SAMPLE_WORDS.search(words) is None)


def _words(code: object) -> Iterator[str]:
    """The names and texts of a lowered expression."""
    stack = [code]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            stack.extend(one[1:])


def _labelled(event: Event) -> Iterator[_Use]:
    """``labels.append(number)`` for each file of the class that has that number."""
    value = event.args[-1] if event.args else None
    if value is None or not (tags := value.tagged(NUMBERED)) or not _is_count(value.thing):
        return
    name = _spelled(event).lower()
    inner = event.loops[-1].iterable if event.loops else None
    counted = any(tag.event is not None and inner is not None and inner.event is tag.event for tag in tags)
    if not counted or any(word in name for word in ("label", "class", "target")):
        yield _Use(NUMBERS, tags, event)


def _spelled(event: Event) -> str:
    """The callee of a call as it is written."""
    return spelled(event.code[1]) if isinstance(event.code, list) and event.code[0] == "c" else ""


def _written(event: Event) -> Iterator[_Use]:
    """``file.write(line)`` for each of a sequence, or all of it at once: an index of samples, or a vocabulary."""
    opened = event.receiver.thing.event if event.receiver is not None else None
    inner = event.loops[-1] if event.loops else None
    inside = opened is not None and inner is not None and opened.order > inner.order
    tags = [tag for seen in event.args[:1] for tag in seen.tagged(UNORDERED)]
    if inner is not None and not inside:
        tags.extend(_loop_tags(inner))
    code = [*(opened.code if opened is not None and opened.code else []), *event.code]
    words = " ".join(_words(code)).lower()
    if tags and not _RESULT_WORDS.search(words):
        known = _SAMPLE_WORDS if tags[0].detail == FILES else _VOCABULARY_WORDS
        yield _Use(SAVE, tuple(tags), event, weak=known.search(words) is None)


def _samples(run: Run) -> Iterator[_Use]:
    """Samples and their labels, gathered in lists side by side along a listing."""
    grown: dict[Site, dict[str, Event]] = {}
    for event in run.trace.with_role("grow"):
        for loop in event.loops:
            holder = event.receiver
            if holder is None or not any(tag.detail == FILES for tag in _loop_tags(loop)) or not holder.thing.tagged(UNORDERED, FILES):
                continue
            if name := _spelled(event).removesuffix(f".{event.method}").lower():
                grown.setdefault(loop.site, {}).setdefault(name, event)
    for lists in grown.values():
        names = list(lists)
        if len(names) > 1 and any(_LABEL_LIST.fullmatch(name) for name in names) and not any(_RESULT_WORDS.search(name) for name in names):
            event = lists[names[0]]
            tags = event.receiver.thing.tagged(UNORDERED, FILES) if event.receiver is not None else ()
            yield _Use(SAMPLES, tags, event)


def _paired(event: Event) -> Iterator[_Use]:
    sources = [thing for thing in event.operands["paired"] if isinstance(thing, Thing)]
    groups = [frozenset((tag.event.site, tag.detail) for tag in _sequence_tags(thing, event) if tag.event is not None) for thing in sources]
    for place, group in enumerate(groups):
        others = [sources[number] for number, other in enumerate(groups) if number != place and not (other & group)]
        if group and any(groups[sources.index(other)] or _is_listing(other) for other in others):
            yield _Use(PAIRS, _sequence_tags(sources[place], event), event)


def _is_listing(thing: Thing) -> bool:
    """Whether something was a listing once, even if it has been sorted since."""
    return any(one.event is not None and "list-files" in one.event.roles for one in (thing, *thing.ancestors(8)))


def _sequence_tags(thing: Thing, event: Event) -> tuple[Tag, ...]:
    found = thing.tagged(UNORDERED)
    return found or ((Tag(UNORDERED, event, SET),) if is_unordered_set(thing) else ())


def _then(event: Event, thing: Thing) -> tuple[Tag, ...]:
    """The disorder of something as it was when something happened to it."""
    for seen in (*event.inputs(), *([event.receiver] if event.receiver is not None else [])):
        if seen.thing is thing:
            return seen.tagged(UNORDERED)
    return thing.tagged(UNORDERED)


def _is_sequence(seen: Seen) -> bool:
    return seen.is_a("list", "tuple", "array", "dataframe", "series", "dict", "generator") or (seen.thing.items is not None)
