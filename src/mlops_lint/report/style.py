"""Colours of a terminal: SGR codes around texts that are already safe to print."""

from __future__ import annotations

from dataclasses import dataclass

from mlops_lint.core.finding import Severity

_LEVELS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}


@dataclass(frozen=True, slots=True)
class Style:
    """Paints texts when ``color`` is on and returns them as they are when it is off."""

    color: bool = False

    def bold(self, text: str) -> str:
        """What is looked for first: a path, a title."""
        return self._paint("1", text)

    def dim(self, text: str) -> str:
        """What frames: gutters, brackets."""
        return self._paint("2", text)

    def name(self, text: str) -> str:
        """A word of ours: ``help``, a heading of a column, a fix mark."""
        return self._paint("36", text)

    def level(self, severity: Severity, text: str) -> str:
        """Something in the colour of a severity."""
        return self._paint(_LEVELS[severity], text)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text
