"""Parts by name: what a function or a folder calls ``train`` and ``test`` was split elsewhere. The mark is ``told``, and its event stands for that split."""

from __future__ import annotations

import re

from mlops_lint.flow.models.call import Call
from mlops_lint.flow.things import Tag, Thing

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
            one.tags = frozenset(tag for tag in one.tags if tag.name != "told") | {Tag("told", split, "train" if words[other] == "train" else "test")}
            if split is not None:
                split.operands.setdefault("called", {})[id(one)] = other

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
