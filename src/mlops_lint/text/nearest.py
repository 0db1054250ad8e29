"""Which known word was probably meant by one that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LONGEST_NAME = 80


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
    """A word of a user as messages show it, cut where it is too long to be read."""
    return f"`{word}`" if len(word) <= _LONGEST_NAME else f"`{word[:_LONGEST_NAME]}…`"
