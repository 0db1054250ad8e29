"""The outcome of a run, resolved to lines and columns: plain data that every reporter can print without opening a file."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlops_lint.core.finding import Confidence, Severity, Status
from mlops_lint.text.edit import Safety


@dataclass(frozen=True, slots=True)
class Region:
    """A range of lines and columns, 1-based, columns in code points, the end column exclusive."""

    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A location as people and machines read it.

    ``region`` counts inside the cell when ``cell`` (all cells, from 1) is set; ``physical`` is then the range in the notebook file itself, and equal to
    ``region`` for other files. ``snippet`` is the first line of the region (cut to 200 code points around it, secrets masked) and ``caret`` the 0-based
    offset and length of the region in it. ``whole_file`` places have no snippet.
    """

    path: str
    region: Region = Region()
    physical: Region = Region()
    cell: int | None = None
    note: str = ""
    snippet: str = ""
    caret: tuple[int, int] = (0, 0)
    whole_file: bool = False


@dataclass(frozen=True, slots=True)
class ResolvedEdit:
    """An edit by lines and columns of the file itself (for a notebook, of the JSON text)."""

    path: str
    region: Region
    text: str


@dataclass(frozen=True, slots=True)
class ResolvedFix:
    """A fix whose edits are resolved."""

    title: str
    safety: Safety
    edits: tuple[ResolvedEdit, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A finding as it is reported. ``rule`` is the kebab-case name; ``area`` and ``consideration`` are slugs, ``None`` for the tool's own codes."""

    code: str
    rule: str
    area: str | None
    consideration: str | None
    severity: Severity
    confidence: Confidence
    message: str
    help: str
    place: Place
    related: tuple[Place, ...] = ()
    fix: ResolvedFix | None = None
    fingerprint: str = ""
    line_hash: str = ""
    status: Status = Status.OPEN
    reason: str = ""

    @property
    def sort_key(self) -> tuple[str, int, int, int, str, str]:
        """Path, cell, line, column, code: the one order of every output."""
        return (self.place.path, self.place.cell or 0, self.place.region.line, self.place.region.column, self.code, self.message)


@dataclass(frozen=True, slots=True)
class NotAnalysed:
    """A file, or a part of it, that was not analysed, and why. ``skipped`` ones were left out on purpose (too large, outside the root, another language)."""

    path: str
    reason: str
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a run; errors, warnings, notes and findings count open results only."""

    findings: int
    errors: int
    warnings: int
    notes: int
    files_with_findings: int
    files_analysed: int
    files_skipped: int
    suppressed: int
    baselined: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a run found, in order. ``notices`` are sentences for stderr; ``failed`` says that a rule or the tool itself broke (exit 2)."""

    results: tuple[Result, ...] = ()
    not_analysed: tuple[NotAnalysed, ...] = ()
    files_analysed: int = 0
    notices: tuple[str, ...] = ()
    failed: bool = False
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def summary(self) -> Summary:
        """The numbers that every output agrees on."""
        opened = [one for one in self.results if one.status is Status.OPEN]
        levels = [one.severity for one in opened]
        return Summary(
            findings=len(opened),
            errors=levels.count(Severity.ERROR),
            warnings=levels.count(Severity.WARNING),
            notes=levels.count(Severity.NOTE),
            files_with_findings=len({one.place.path for one in opened}),
            files_analysed=self.files_analysed,
            files_skipped=len(self.not_analysed),
            suppressed=sum(one.status is Status.SUPPRESSED for one in self.results),
            baselined=sum(one.status is Status.BASELINED for one in self.results),
        )
