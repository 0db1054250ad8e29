"""What suppressions do to results, and what is wrong with them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from mlops_lint.core.finding import Status
from mlops_lint.core.outcome import Place, Region, Result
from mlops_lint.core.problem import PROBLEM_BY_NAME, PROBLEMS
from mlops_lint.core.rule import Ruleset
from mlops_lint.engine.directives import Directive
from mlops_lint.engine.statements import END, Line
from mlops_lint.text.nearest import nearest, quote

_MOST_HINTS = 20
"""How many unknown names of a file get the nearest known one; looking for it takes its time."""
_HYGIENE = frozenset({"E910", "E911", "E912"})


class Suppressions:
    """The directives of one file, applied to its results."""

    def __init__(self, directives: Sequence[Directive], ruleset: Ruleset) -> None:
        self._directives = directives
        self._codes = [{_code(name, ruleset) for name in one.names} - {""} for one in directives]
        self._used: list[set[str]] = [set() for _ in directives]
        # What covers a single line is found by it; the rest, by code, is few.
        self._on_line: dict[tuple[str, Line], int] = {}
        self._ranges: dict[str, list[int]] = {}
        self._enabled: dict[str, list[int]] = {}
        for place, one in enumerate(directives):
            if one.kind == "enable":
                for code in self._codes[place] if one.names else {""}:
                    self._enabled.setdefault(code, []).append(place)
                continue
            for code in self._codes[place]:
                if one.kind == "ignore" and one.first == one.last and not one.is_head:
                    self._on_line.setdefault((code, one.first), place)
                else:
                    self._ranges.setdefault(code, []).append(place)

    def apply(self, result: Result) -> Result:
        """The result, marked when a directive covers it."""
        place = self._covering(result)
        if place is None:
            return result
        self._used[place].add(result.code)
        return replace(result, status=Status.SUPPRESSED, reason=self._directives[place].reason)

    def _covering(self, result: Result) -> int | None:
        """The first directive that covers a result."""
        code, cell = result.code, result.place.cell or 0
        start, end = (cell, result.place.region.line), (cell, result.place.region.end_line)
        found = [place for line in (start, end) if (place := self._on_line.get((code, line))) is not None]
        for place in self._ranges.get(code, ()):
            one = self._directives[place]
            if one.is_head and _is_whole(result.place) and one.first[0] == cell:
                found.append(place)
                break
            if one.kind == "disable":
                if one.first <= start <= self._range_end(place, code):
                    found.append(place)
                    break
            elif one.first <= start <= one.last or one.first <= end <= one.last:
                found.append(place)
                break
        return min(found, default=None)

    def _range_end(self, place: int, code: str) -> Line:
        """Where a ``disable`` ends: at the next ``enable`` that names the rule, or names none."""
        following: list[int] = []
        for enabled in (self._enabled.get(code, ()), self._enabled.get("", ())):
            at = bisect_right(enabled, place)
            following += enabled[at : at + 1]
        return self._directives[min(following)].first if following else END

    def complaints(self, active: frozenset[str], ruleset: Ruleset) -> Iterator[tuple[str, str, Directive]]:
        """What is wrong with the directives themselves, as (E9xx code, message, directive); after all results were applied."""
        hints: dict[str, str] = {}
        for place, directive in enumerate(self._directives):
            if not directive.names:
                if directive.kind != "enable":
                    yield "E910", f"{_written(directive)} names no rule, so it suppresses nothing", directive
                continue
            for name in directive.names:
                if not _code(name, ruleset):
                    if name not in hints and len(hints) < _MOST_HINTS:
                        near = nearest(name, _words(ruleset))
                        hints[name] = near if "did you mean" in near else ""
                    yield "E912", f"{_written(directive)} names {quote(name)}, which is no rule{hints.get(name, '')}", directive
            if directive.kind == "enable":
                continue
            # Complaints about suppressions come last, so nobody can say yet that theirs is unused.
            idle = sorted((self._codes[place] & active) - self._used[place] - _HYGIENE)
            if idle:
                names = ", ".join(idle)
                yield "E911", f"{_written(directive)} of {names} has nothing to suppress here", directive


def _is_whole(place: Place) -> bool:
    """Whether a place is a file as a whole, or a cell as a whole (its metadata, its outputs, its number)."""
    return place.whole_file or (place.cell is not None and place.region == Region())


def _words(ruleset: Ruleset) -> Iterator[str]:
    for one in (*ruleset, *PROBLEMS.values()):
        yield from (one.code, one.name)


def _written(directive: Directive) -> str:
    return "suppression in cell metadata" if directive.kind == "metadata" else f"suppression ({directive.kind})"


def _code(name: str, ruleset: Ruleset) -> str:
    """The code that a name in a directive means; empty when there is no such rule."""
    if (loaded := ruleset.get(name)) is not None:
        return loaded.code
    if name.upper() in PROBLEMS:
        return name.upper()
    return PROBLEM_BY_NAME[name.lower()].code if name.lower() in PROBLEM_BY_NAME else ""


def touches(result: Result, named: Iterable[str] | None) -> bool:
    """Whether a result stands in, or is related to, one of the named files (``None``: all are)."""
    if named is None:
        return True
    paths = named if isinstance(named, (set, frozenset)) else frozenset(named)
    return result.place.path in paths or any(place.path in paths for place in result.related)
