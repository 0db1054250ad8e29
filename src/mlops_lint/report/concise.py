"""One line per finding, and the line of numbers."""

from __future__ import annotations

from typing import TextIO

from mlops_lint.core.outcome import Outcome
from mlops_lint.core.rule import Ruleset
from mlops_lint.report.escape import write_text
from mlops_lint.report.reporter import ReportOptions
from mlops_lint.report.style import Style
from mlops_lint.report.text import headline, shown, write_closing


class ConciseReporter:
    """The first lines of the text format alone."""

    def __init__(self, options: ReportOptions) -> None:
        self._options = options

    def write(self, outcome: Outcome, ruleset: Ruleset, stream: TextIO) -> None:
        """Write the whole report."""
        style = Style(self._options.color)
        for result in shown(outcome, self._options):
            write_text(stream, headline(result, style, self._options.base) + "\n", self._options.color)
        write_closing(outcome, self._options, stream)
