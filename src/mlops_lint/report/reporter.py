"""What a reporter is, what it may be told, and the table of formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, TextIO

from mlops_lint import __version__
from mlops_lint.core.outcome import Outcome
from mlops_lint.core.rule import Ruleset


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What the command line says about printing. Formats for machines heed ``active`` and ``version`` alone.

    ``active``: the codes of the rules that ran, ``None`` for all that were loaded. ``quiet``: 1 leaves out the summary, 2 leaves out everything.
    ``statistics``: counts per rule instead of findings. ``base``: the folder below the project root from which people follow paths.
    """

    show_suppressed: bool = False
    show_skipped: bool = False
    color: bool = False
    statistics: bool = False
    quiet: int = 0
    active: frozenset[str] | None = None
    version: str = __version__
    base: str = ""


class Reporter(Protocol):
    """Prints an outcome. Decides nothing: what is found, in which order and with which status is settled before.

    The stream takes text; line ends are ``\\n`` alone, so it should be opened with ``newline="\\n"``.
    """

    def write(self, outcome: Outcome, ruleset: Ruleset, stream: TextIO) -> None:
        """Write the whole report."""
        ...


class UnknownFormatError(ValueError):
    """No reporter of that name is built."""


# A format by name: the module that makes it and its class, imported only when it is asked for.
_FORMATS = {
    "text": ("mlops_lint.report.text", "TextReporter"),
    "concise": ("mlops_lint.report.concise", "ConciseReporter"),
    "json": ("mlops_lint.report.json", "JsonReporter"),
    "sarif": ("mlops_lint.report.sarif", "SarifReporter"),
}
FORMATS: tuple[str, ...] = tuple(_FORMATS)


def make_reporter(format_name: str, options: ReportOptions | None = None) -> Reporter:
    """The reporter of a format.

    Raises:
        UnknownFormatError: there is none of that name; the message names those there are.
    """
    if format_name not in _FORMATS:
        raise UnknownFormatError(f"no output format {format_name!r}; there are {', '.join(FORMATS)}")
    module, name = _FORMATS[format_name]
    build: Callable[[ReportOptions], Reporter] = getattr(import_module(module), name)
    return build(options or ReportOptions())
