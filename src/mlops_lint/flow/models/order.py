"""Order: sequences whose order is an accident of the file system or of the hash seed, and what is counted along them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_lint.flow.models import frames
from mlops_lint.flow.models.call import NUMBERED, ROW_TAGS, UNORDERED, Call, Model, disorder
from mlops_lint.flow.things import NO_TAGS, Tag, Thing, derive, united, unmarked
from mlops_lint.flow.trace import Loop, Site
from mlops_lint.knowledge.listings import ITERATES, LISTS, PATH_METHODS, PATH_TYPES, SHUFFLES, SORTS, WALKS
from mlops_lint.python.values import UNKNOWN

if TYPE_CHECKING:
    from mlops_lint.flow.state import State

FILES, SET = "files", "set"

_NUMBER_MAKERS = frozenset({"int", "len", "ord", "round", "range", "float", "sum", "abs", "hash", "arange", "randint", "argmax"})
_SEQUENCES = ("list", "tuple", "dict", "array", "dataframe", "series", "text")


# -- where disorder comes from -----------------------------------------------------------------------------------------------------------------------


def listed(call: Call) -> Thing | None:
    """``os.listdir(folder)``, ``glob.glob(pattern)``: files in no particular order."""
    if any(name.startswith("glob") for name in call.event.names) and not _is_pattern(call.constant("pathname", 0)):
        return None
    return _files(call, "list" if call.event.names & LISTS else "generator")


def walked(call: Call) -> Thing | None:
    """``os.walk(folder)``: a folder, its folders, its files."""
    folder = call.gives(without=ROW_TAGS)
    triple = Thing(frozenset({"tuple"}), items=[folder, _files(call, "list"), _files(call, "list")])
    result = call.gives("generator", without=ROW_TAGS)
    result.set_field("[*]", triple)
    return result


def globbed(call: Call) -> Thing | None:
    """``path.glob("*.png")``, ``path.iterdir()``."""
    receiver = call.receiver
    if receiver is None or call.event.names or not _is_path(receiver, call.event.method):
        return None
    if call.event.method != "iterdir" and not _is_pattern(call.constant("pattern", 0)):
        return None
    return _files(call, "generator")


def _files(call: Call, kind: str) -> Thing:
    result = call.gives(kind, without=ROW_TAGS)
    if not result.origins:
        result.origins = frozenset({call.event})
    result.tags |= {Tag(UNORDERED, call.event, FILES)}
    call.role("list-files")
    return result


def _is_pattern(value: Any) -> bool:
    """Whether a pattern can match more than one file."""
    return not isinstance(value, str) or any(mark in value for mark in "*?[") or value == ""


def _is_path(receiver: Thing, method: str) -> bool:
    if receiver.kinds:
        return False
    if method != "glob":
        return True
    for one in (receiver, *receiver.ancestors(16)):
        if one.how[:1] == ("path",) or (one.event is not None and one.event.names & PATH_TYPES):
            return True
        words = one.event.operands.get("annotation", ()) if one.event is not None and one.event.what == "parameter" else ()
        if "Path" in words:
            return True
    return False


def set_of(operator: str, parts: list[Thing]) -> Thing | None:
    """``a | b``, ``a - b`` of sets: a set again."""
    if operator not in ("|", "-", "&", "^") or not any(is_set(part) for part in parts):
        return None
    return derive(parts, kinds=frozenset({"set"}), how=("binary", operator), without=frozenset({UNORDERED}))


def combined(call: Call) -> Thing | None:
    """``a.union(b)``, ``a.difference(b)``: a set again."""
    if call.receiver is None or not is_set(call.receiver):
        return None
    return call.gives("set", without=frozenset({UNORDERED}))


def is_set(thing: Thing) -> bool:
    """Whether something is a set on every path."""
    return thing.is_a("set") and not thing.is_a(*_SEQUENCES)


def is_unordered_set(thing: Thing) -> bool:
    """Whether something is a set whose order may differ from run to run: of more than one element, and not of numbers."""
    return is_set(thing) and not (thing.how[:1] == ("literal",) and thing.how[2:] == (1,)) and not _is_numeric(thing)


def _is_numeric(thing: Thing, depth: int = 4) -> bool:
    """Whether the elements of a set are known to be numbers: their hashes depend on no seed."""
    inside = thing.field("[*]")
    if inside is not None:
        every = inside.alternatives or (inside,)
        return all(_is_number(one) for one in every)
    if depth and thing.parents and thing.how[:1] in (("binary",), ("join",)):
        return any(is_set(part) and _is_numeric(part, depth - 1) for part in thing.parents)
    return False


def _is_number(thing: Thing) -> bool:
    if isinstance(thing.constant, (int, float)) or thing.is_a("number"):
        return True
    if thing.event is not None and thing.event.method in _NUMBER_MAKERS and thing.how[:1] != ("attribute",):
        return True
    holder = thing.how[1] if thing.how[:1] == ("element",) and len(thing.how) > 1 and isinstance(thing.how[1], Thing) else None
    return holder is not None and holder.event is not None and holder.event.method in _NUMBER_MAKERS


# -- how it travels ----------------------------------------------------------------------------------------------------------------------------------


def taken(call: Call, source: Thing, result: Thing) -> None:
    """``list(s)``, ``enumerate(s)``, ``zip(s, …)``: a set gets some order here."""
    if is_unordered_set(source):
        result.tags |= {Tag(UNORDERED, call.event, SET)}


def numbered(sequence: Thing) -> frozenset[Tag]:
    """The marks of a number counted along a sequence."""
    return frozenset(Tag(NUMBERED, tag.event, tag.detail) for tag in disorder(sequence))


def paired(call: Call, result: Thing, pair: Thing) -> None:
    """``zip(a, b)``: numbers beside a sequence without order are counted along it; two sequences without order are not in step."""
    for source in call.args:
        taken(call, source, result)
    if pair.items is None or not disorder(result):
        return
    for place, source in enumerate(call.args[: len(pair.items)]):
        if source.event is not None and source.event.method in ("range", "count", "arange"):
            number = Thing(frozenset({"number"}), event=source.event, parents=(source,))
            number.tags = numbered(result)
            pair.items[place] = number
    call.role("pair")
    call.event.note({"paired": list(call.args)})


def of_loop(machine: State, loop: Loop) -> frozenset[Tag]:
    """The disorder of what a loop goes through."""
    if loop.iterable is None:
        return NO_TAGS
    found = disorder(loop.iterable)
    if not found and is_unordered_set(loop.iterable):
        event = machine.event("order", loop.site.start, loop.site.end)
        event.site = loop.site
        found = frozenset({Tag(UNORDERED, event, SET)})
    return found


def of_loops(machine: State, holder: Thing) -> frozenset[Tag]:
    """The disorder that something takes on that was there before a loop and is filled inside it."""
    began = _began(holder)
    if began is None or is_set(holder):
        return NO_TAGS
    found: frozenset[Tag] = NO_TAGS
    for loop in machine.loops:
        if loop.order > began:
            known = {(tag.event.site, tag.detail) for tag in holder.tags if tag.name == UNORDERED and tag.event is not None}
            found |= frozenset(tag for tag in of_loop(machine, loop) if tag.event is not None and (tag.event.site, tag.detail) not in known)
    return found


def _began(holder: Thing) -> int | None:
    """When a container was made; ``None`` when that is not known."""
    if holder.how[:1] == ("literal",):
        return int(holder.how[1])
    if holder.alternatives:
        every = [_began(one) for one in holder.alternatives]
        known = [one for one in every if one is not None]
        return min(known) if known and len(known) == len(every) else None
    return holder.event.order if holder.event is not None and holder.event.what == "call" else None


def grown(call: Call, holder: Thing, before: frozenset[Tag], whole: Thing | None = None) -> None:
    """``append`` and ``extend``: a list filled in a loop has the order of the loop; what is put in as one item has its own."""
    kept = frozenset(tag for tag in holder.tags if tag.name != UNORDERED or tag in before)
    if is_set(holder):
        holder.tags = unmarked(kept, UNORDERED)
        return
    if whole is not None:
        kept |= disorder(whole)
        if is_unordered_set(whole):
            kept |= {Tag(UNORDERED, call.event, SET)}
    holder.tags = united(kept, of_loops(call.library.machine, holder))


def comprehended(machine: State, result: Thing, sources: list[Thing], made: tuple[Thing, Thing], site: Site) -> None:
    """A comprehension has the order of what it goes through; one that makes a dictionary of numbers counts along it."""
    result.tags = unmarked(result.tags, UNORDERED)
    if made[0] is not made[1] and any(tag.name == NUMBERED for one in made for tag in one.tags):
        event = machine.event("order", site.start, site.end)
        event.site = site
        event.mean("number")
        event.note({"numbered": list(made)})
        machine.keep(event)
    result.tags = unmarked(result.tags, NUMBERED)
    if is_set(result):
        return
    for source in sources:
        result.tags = united(result.tags, disorder(source))
        if is_unordered_set(source):
            event = machine.event("order", site.start, site.end)
            event.site = site
            result.tags |= {Tag(UNORDERED, event, SET)}


def joined(call: Call) -> Thing | None:
    """``"\\n".join(words)``: a text in their order."""
    if call.receiver is None or call.event.names or len(call.args) != 1:
        return None
    result = call.gives("text")
    taken(call, call.args[0], result)
    return result


def keyed(call: Call, source: Thing) -> None:
    """``dict(zip(classes, range(10)))``: numbers counted along a sequence are given to keys."""
    pair = source.field("[*]")
    made = [one for one in (pair.items or ()) if any(tag.name == NUMBERED for tag in one.tags)] if pair is not None else []
    if made:
        call.role("number")
        call.event.note({"numbered": made})


def chosen(machine: State, holder: Thing, key: Thing, result: Thing, code: Any) -> None:
    """``files[:100]``: which ones those are depends on the order."""
    if key.how[:1] != ("slice",) or not isinstance(code, list) or len(code) < 5 or not disorder(holder):
        return
    _, lower, upper, _ = key.how
    if bool(lower) == bool(upper):
        return
    event = machine.event("order", code[3], code[4])
    event.mean("take")
    event.note({"taken": result, "source": holder})
    event.args = ()
    event.result = result
    machine.keep(event)


def put_in_order(call: Call) -> Thing | None:
    """``numpy.sort(x)``, ``natsorted(x)``: an order of its own."""
    if any(name.startswith("numpy.") for name in call.event.names):
        result = frames.made_array(call)
        if result is not None:
            result.tags = unmarked(result.tags, UNORDERED)
        return result
    result = call.gives("list", without=frozenset({UNORDERED}))
    if call.args:
        result.set_field("[*]", call.library.element(call.args[0]))
    return result


def sorted_in_place(call: Call) -> Thing | None:
    """``files.sort()``."""
    holder = call.receiver
    if holder is None or call.event.names or call.args or holder.kinds & {"dataframe", "series", "array", "tensor", "spark-frame"}:
        return None
    for one in holder.each():
        one.tags = unmarked(one.tags, UNORDERED)
        one.how = ("literal", call.event.order) if one.how[:1] == ("literal",) else one.how
    holder.constant = UNKNOWN
    return Thing(constant=None)


def shuffled(call: Call) -> Thing | None:
    """``random.shuffle(files)``, ``random.sample(files, k)``: by place."""
    if not call.args or not (disorder(call.args[0]) or is_unordered_set(call.args[0])):
        return None
    call.role("draw-places")
    call.event.note({"drawn": call.args[0]})
    if call.event.method == "shuffle" and not any(name.startswith("sklearn") for name in call.event.names):
        return Thing(constant=None, event=call.event)
    return call.gives("list")


def shuffled_by(call: Call) -> Thing | None:
    """``rng.shuffle(files)``."""
    if call.event.names or not call.args or not disorder(call.args[0]):
        return None
    call.role("draw-places")
    call.event.note({"drawn": call.args[0]})
    return Thing(constant=None, event=call.event) if call.event.method == "shuffle" else call.gives("list")


FUNCTIONS: dict[str, Model] = {
    **dict.fromkeys(sorted(LISTS | ITERATES), listed),
    **dict.fromkeys(sorted(WALKS), walked),
    **dict.fromkeys(sorted(SORTS - {"numpy.argsort", "numpy.lexsort"}), put_in_order),
    **dict.fromkeys(sorted(SHUFFLES), shuffled),
}
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {
    **dict.fromkeys(sorted(PATH_METHODS), globbed),
    **dict.fromkeys(("union", "difference", "intersection", "symmetric_difference"), combined),
    **dict.fromkeys(("shuffle", "permutation"), shuffled_by),
    "sort": sorted_in_place,
    "join": joined,
}
"""By method alone, where the receiver is unknown."""
