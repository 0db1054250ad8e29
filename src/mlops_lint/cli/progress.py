"""A progress bar on standard error, for a person who has waited a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from mlops_lint.cli.streams import is_terminal

_PATIENCE = 1.0
_INTERVAL = 0.1
_WIDTH = 30


@contextmanager
def progress_bar(shown: bool) -> Iterator[Callable[[int, int], None] | None]:
    """What to call with the number of files done and of all files; ``None`` when nobody would see it. The bar is wiped off at the end."""
    if not shown or not is_terminal(sys.stderr):
        yield None
        return
    bar = _Bar()
    try:
        yield bar.advance
    finally:
        bar.clear()


class _Bar:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = clock() + _PATIENCE
        self._drawn = 0

    def advance(self, done: int, total: int) -> None:
        """Draw the bar anew, if it is time."""
        if self._clock() < self._next or total <= 0:
            return
        self._next = self._clock() + _INTERVAL
        filled = _WIDTH * min(done, total) // total
        line = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {done}/{total} files"
        self._write(f"\r{line.ljust(self._drawn)}")
        self._drawn = len(line)

    def clear(self) -> None:
        """Leave the line as empty as it was."""
        if self._drawn:
            self._write(f"\r{' ' * self._drawn}\r")
            self._drawn = 0

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()
