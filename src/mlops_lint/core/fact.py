"""Facts: what a document is seen to say, kept as plain data for questions across files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Protocol, runtime_checkable


@runtime_checkable
class Fact(Protocol):
    """A frozen dataclass of plain data (numbers, strings, tuples, spans, other such dataclasses).

    It says what *is*, never that it is wrong, depends on one document alone, and is gathered only when a selected rule requires it.
    ``kinds`` are the document kinds it can come from; other documents are not offered to it.
    """

    kinds: ClassVar[tuple[str, ...]]
    path: str

    @classmethod
    def collect(cls, document: Any) -> Iterator[Any]:
        """The facts of this type that one document holds."""
        ...
