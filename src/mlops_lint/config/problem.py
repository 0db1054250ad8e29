"""What is wrong with a configuration, with its place, and which known name was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was set: a file with 1-based line and column, or a flag (line 0)."""

    label: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.label}:{self.line}:{self.column}" if self.line else self.label


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing wrong with the configuration; the message is one clause."""

    place: Place | None
    message: str

    def __str__(self) -> str:
        return self.message if self.place is None else f"{self.place}: {self.message}"


class ConfigError(Exception):
    """The configuration cannot be used; ``problems`` are all that was found wrong, in order."""

    def __init__(self, problems: Sequence[ConfigProblem]) -> None:
        super().__init__("\n".join(str(one) for one in problems))
        self.problems = tuple(problems)


def nearest(word: str, known: Iterable[str]) -> str:
    """A clause that names the known word nearest to an unknown one; empty when nothing is known."""
    by_folded = {one.casefold(): one for one in known}
    folded = word[:_LONGEST_NAME].casefold()
    matches = difflib.get_close_matches(folded, by_folded, n=1, cutoff=0.0)
    if not matches:
        return ""
    close = difflib.SequenceMatcher(None, folded, matches[0]).ratio() >= 0.6
    found = by_folded[matches[0]]
    return f"; did you mean `{found}`?" if close else f"; the nearest known is `{found}`"


def quote(word: str) -> str:
    """A word of the configuration as messages show it, cut where it is too long to be read."""
    return f"`{word}`" if len(word) <= _LONGEST_NAME else f"`{word[:_LONGEST_NAME]}…`"
