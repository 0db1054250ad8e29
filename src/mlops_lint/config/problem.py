"""What is wrong with a configuration, with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
