"""One call of something outside the project, as a model sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_lint.flow.things import NO_TAGS, Tag, Thing, derive
from mlops_lint.flow.trace import Event

if TYPE_CHECKING:
    from mlops_lint.flow.models.library import Library

UNORDERED = "unordered"
"""Mark of a sequence whose order is that of a directory listing (detail ``files``) or of a set (detail ``set``)."""
NUMBERED = "numbered"
"""Mark of a number counted along such a sequence."""
ROW_TAGS: frozenset[str] = frozenset({"part", "told", "learned", "aggregate", "resampled", UNORDERED})
"""Marks that speak of rows; a figure boiled down from rows does not carry them."""


@dataclass(slots=True)
class Call:
    """What is called (``event``, with its names and method), on what, and with what."""

    library: Library
    event: Event
    receiver: Thing | None
    args: list[Thing]
    keywords: dict[str, Thing]
    callee: Thing

    def argument(self, name: str, position: int | None = None) -> Thing | None:
        """What a parameter is given, by name or position."""
        found = self.keywords.get(name)
        if found is None and position is not None and position < len(self.args):
            found = self.args[position]
        return found

    def constant(self, name: str, position: int | None = None) -> Any:
        """The literal value that a parameter is given; ``None`` when it is not given, UNKNOWN when it is no literal."""
        found = self.argument(name, position)
        return None if found is None else found.constant

    def inputs(self) -> list[Thing]:
        """All arguments."""
        return [*self.args, *self.keywords.values()]

    def everything(self) -> list[Thing]:
        """The receiver and all arguments."""
        return [*([self.receiver] if self.receiver is not None else []), *self.inputs()]

    def gives(self, *kinds: str, of: list[Thing] | None = None, without: frozenset[str] = frozenset()) -> Thing:
        """A new thing made by this call, from its receiver and arguments or from some of them."""
        return derive(self.everything() if of is None else of, kinds=frozenset(kinds), event=self.event, without=without)

    def role(self, *roles: str) -> None:
        """Say what the call means."""
        self.event.mean(*roles)


def disorder(thing: Thing) -> frozenset[Tag]:
    """The marks of a sequence that has no order of its own."""
    return frozenset(tag for tag in thing.tags if tag.name == UNORDERED) if thing.tags else NO_TAGS


Model = Callable[[Call], "Thing | None"]
"""What a call gives; ``None`` when the model does not know it after all."""
