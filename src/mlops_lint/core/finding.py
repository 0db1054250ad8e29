"""A finding: one defect at one place, complete at birth."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum

from mlops_lint.text.edit import Fix
from mlops_lint.text.span import Span


class Severity(IntEnum):
    """How much it matters if it is true."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The level as users write it: ``note``, ``warning``, ``error``."""
        return self.name.lower()


class Confidence(IntEnum):
    """How often it is true: below 70 %, 70 to 90 %, above 90 % of real hits."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """The level as users write it: ``low``, ``medium``, ``high``."""
        return self.name.lower()


class Status(Enum):
    """What has been decided about a finding; only open ones count for the exit code."""

    OPEN = "open"
    SUPPRESSED = "suppressed"
    BASELINED = "baselined"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file: POSIX path relative to the project root, and the span in that document's text.

    ``span=None`` is the file as a whole. ``note`` says, for a related place, what is to be seen there.
    """

    path: str
    span: Span | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect at one place. Never holds a tree node, so that it can leave a worker.

    ``message`` is one clause, lower-case start, no full stop, and says what is wrong *here*. ``help`` overrides the rule's general advice where this
    place has better. ``severity`` and ``confidence`` override the rule's where this place is known better. ``secrets`` are spans of the same file
    whose text must never be printed.
    """

    rule: str
    message: str
    location: Location
    related: tuple[Location, ...] = ()
    fix: Fix | None = None
    severity: Severity | None = None
    confidence: Confidence | None = None
    help: str = ""
    secrets: tuple[Span, ...] = field(default=(), repr=False)
