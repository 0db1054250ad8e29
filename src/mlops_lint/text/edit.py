"""Edits of a text and the fixes made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from mlops_lint.text.span import Span


class Safety(Enum):
    """How far a fix may be applied without a person reading it."""

    SAFE = "safe"
    """Keeps behaviour and comments."""
    UNSAFE = "unsafe"
    """May change behaviour."""
    DISPLAY = "display"
    """Only shown, never applied."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace one span of one file (POSIX path relative to the project root) by a text."""

    path: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What repairs a finding: a title in the imperative and the edits, all of which are made or none."""

    title: str
    edits: tuple[Edit, ...]
    safety: Safety


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text after all edits, which must belong to one file.

    Raises:
        ValueError: two edits overlap, or one reaches beyond the text.
    """
    pieces: list[str] = []
    position = 0
    for edit in sorted(set(edits), key=lambda one: (one.span, one.text)):
        if edit.span.start < position:
            raise ValueError(f"edits overlap at offset {edit.span.start}")
        if edit.span.end > len(text):
            raise ValueError(f"edit reaches beyond the text at offset {edit.span.end}")
        pieces.append(text[position : edit.span.start])
        pieces.append(edit.text)
        position = edit.span.end
    pieces.append(text[position:])
    return "".join(pieces)
