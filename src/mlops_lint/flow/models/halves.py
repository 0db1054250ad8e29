"""Parts without a splitter: the two halves of a slice, a mask or a ``take``, and what names tell.

What a function or a folder calls ``train`` and ``test`` was split elsewhere: the mark is ``told``, and its event stands for that split.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlops_lint.flow.models.call import Call, Model
from mlops_lint.flow.things import Tag, Thing, derive, unmarked

if TYPE_CHECKING:
    from mlops_lint.flow.state import State

_HELD = r"x|y|df|data|dataset|set|frame|features?|labels?|inputs?|targets?|texts?"
_NAME = re.compile(rf"(?:[a-z]+_)*(?:{_HELD})?_?(train|test|val|valid|validation)(?:_(?:{_HELD}))*")
_FILE = re.compile(r"(?<![a-z])(train|training|test|testing)(?![a-z])", re.IGNORECASE)


class Halves:
    """The parts that names tell of in one run."""

    def __init__(self) -> None:
        self._functions: dict[object, dict[str, Thing]] = {}
        self._files: dict[str, Tag] = {}

    def forget(self) -> None:
        """Another run begins."""
        self._functions.clear()
        self._files.clear()

    def parameter(self, thing: Thing, name: str) -> None:
        """An unknown argument: beside one called ``X_train``, one called ``X_test`` holds the rows that were held out."""
        event = thing.event
        found = _NAME.fullmatch(name.lower())
        if event is None or found is None:
            return
        function = event.operands.get("function")
        known = self._functions.setdefault(getattr(function, "key", event.function), {})
        known[name] = thing
        words = {other: (_NAME.fullmatch(other.lower()) or found).group(1) for other in known}
        if len(set(words.values())) < 2 or "train" not in words.values():
            return
        split = next(iter(known.values())).event
        for other, one in known.items():
            one.tags = unmarked(one.tags, "told") | {Tag("told", split, "train" if words[other] == "train" else "test")}
            if split is not None:
                split.names_of(one)[:] = [one, other]

    def read(self, call: Call, result: Thing) -> None:
        """A reader: ``test.csv`` read after ``train.csv`` holds the rows that were held out."""
        path = next((one.constant for one in call.args[:1] if isinstance(one.constant, str)), "")
        found = list(_FILE.finditer(path))
        if not found:
            return
        word = found[-1].group(1).lower()
        key = path[: found[-1].start()] + path[found[-1].end() :]
        if word.startswith("train"):
            self._files.setdefault(key, Tag("told", call.event, "train"))
            result.tags |= {self._files[key]}
        elif key in self._files:
            result.tags |= {Tag("told", self._files[key].event, "test")}


def note_half(machine: State, root: Thing, part: Thing, side: str, bound: str) -> None:
    """A value is the ``head`` or ``tail`` of another: when both are taken at one bound, they are the two parts of a split."""
    if root.fields is None:
        root.fields = {}
    seen = root.fields.setdefault(f"<halves {bound}>", Thing(frozenset({"halves"})))
    other = seen.field("head" if side == "tail" else "tail")
    seen.set_field(side, part)
    if other is None:
        return
    event = machine.event("split", *_place(machine))
    event.mean("split", "sliced")
    event.note({"data": [root], "manner": "slice", "random": False})
    machine.keep(event)
    for name, thing in (("head", part if side == "head" else other), ("tail", part if side == "tail" else other)):
        thing.mark(Tag("part", event, "train" if name == "head" else "test"))


def _place(machine: State) -> tuple[int, int]:
    """Where the machine is: the statement's place is not known here, so that of the last event."""
    events = machine.trace.events
    return (events[-1].site.start, events[-1].site.end) if events and events[-1].site.path == machine.path else (0, 0)


def taken(call: Call) -> Thing | None:
    """``dataset.take(n)``, ``dataset.skip(n)``: the two parts of a data set."""
    receiver = call.receiver
    if receiver is None or len(call.args) != 1 or not receiver.origins or receiver.is_a("dataframe", "series", "array", "tensor"):
        return None
    result = call.gives(*(receiver.kinds & {"hf-dataset", "dataset"}))
    code = call.event.code
    bound = repr(code[2]) if isinstance(code, list) and len(code) > 2 else ""
    note_half(call.library.machine, receiver, result, "head" if call.event.method == "take" else "tail", _without_places(bound))
    return result


def cut(call: Call) -> Thing | None:
    """``np.split(rows, [n, m])``: the rows in two or three parts."""
    source, bounds = call.argument("ary", 0), call.argument("indices_or_sections", 1)
    if (
        source is None
        or not source.origins
        or bounds is None
        or not bounds.items
        or len(bounds.items) > 2
        or call.constant("axis", 2) not in (None, 0)
    ):
        return None
    call.role("split")
    shuffled = any(one.event is not None and one.event.method in ("sample", "permutation", "shuffle") for one in (source, *source.ancestors(6)))
    call.event.note({"data": [source], "manner": "random_split", "random": shuffled})
    result = call.gives("list")
    result.items = []
    for place in range(len(bounds.items) + 1):
        part = derive([source], kinds=source.kinds & {"dataframe", "series", "array"}, event=call.event)
        part.tags |= {Tag("part", call.event, "train" if place == 0 else "test")}
        result.items.append(part)
    return result


def _without_places(code: str) -> str:
    """The words of an expression, without where they stand."""
    return re.sub(r", \d+, \d+(?=\])", "", code)


FUNCTIONS: dict[str, Model] = {"numpy.split": cut, "numpy.array_split": cut}
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {"take": taken, "skip": taken}
"""By method alone."""
