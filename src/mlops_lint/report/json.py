"""The machine's view of a run, version 1, and the JSON that all formats share: ASCII, the same bytes in every locale."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from mlops_lint.core.finding import Status
from mlops_lint.core.outcome import Outcome, Place, Region, ResolvedFix, Result
from mlops_lint.core.rule import Ruleset
from mlops_lint.report.escape import valid_text
from mlops_lint.report.reporter import ReportOptions

_encode = json.JSONEncoder(ensure_ascii=True, allow_nan=False).encode


class JsonReporter:
    """``{"version": 1, "tool", "summary", "findings", "not_analysed"}``; suppressed and baselined findings are listed too."""

    def __init__(self, options: ReportOptions) -> None:
        self._options = options

    def write(self, outcome: Outcome, ruleset: Ruleset, stream: TextIO) -> None:
        """Write the whole report."""
        write_json(self.report(outcome), stream, depth=2)

    def report(self, outcome: Outcome) -> dict[str, Any]:
        """The report as plain data."""
        numbers = outcome.summary
        return {
            "version": 1,
            "tool": {"name": "mlops-lint", "version": self._options.version},
            "summary": {
                "findings": numbers.findings,
                "errors": numbers.errors,
                "warnings": numbers.warnings,
                "notes": numbers.notes,
                "files_analysed": numbers.files_analysed,
                "files_skipped": numbers.files_skipped,
                "suppressed": numbers.suppressed,
                "baselined": numbers.baselined,
            },
            "findings": [_finding(result) for result in outcome.results],
            "not_analysed": [{"path": valid_text(one.path), "reason": valid_text(one.reason)} for one in outcome.not_analysed],
        }


def write_json(value: Any, stream: TextIO, depth: int) -> None:
    """Write plain data whose keys keep their order: a line for each item down to ``depth`` levels, what lies deeper on one line."""
    for piece in _pieces(value, depth, "\n"):
        # Both stand only inside strings. DEL is the one control character that JSON lets through raw; CI runners look for ``##[error]`` in any line.
        stream.write(piece.replace("\x7f", "\\u007f").replace("##", "#\\u0023"))
    stream.write("\n")


def _pieces(value: Any, depth: int, newline: str) -> Iterator[str]:
    if depth == 0 or not value or not isinstance(value, (dict, list)):
        yield _encode(value)
        return
    inner = newline + "  "
    if isinstance(value, dict):
        separator = "{" + inner
        for key, item in value.items():
            yield f"{separator}{_encode(key)}: "
            yield from _pieces(item, depth - 1, inner)
            separator = "," + inner
        yield newline + "}"
        return
    separator = "[" + inner
    for item in value:
        yield separator
        yield from _pieces(item, depth - 1, inner)
        separator = "," + inner
    yield newline + "]"


def _finding(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {
        "code": result.code,
        "rule": result.rule,
        "area": result.area,
        "consideration": result.consideration,
        "severity": result.severity.word,
        "confidence": result.confidence.word,
        "message": valid_text(result.message),
        "path": valid_text(result.place.path),
        **_region(result.place.region),
        "cell": result.place.cell,
        "related": [_related(place) for place in result.related],
        "fix": None if result.fix is None else _fix(result.fix),
        "fingerprint": result.fingerprint,
        "status": result.status.value,
    }
    if result.status is Status.SUPPRESSED:
        found["reason"] = valid_text(result.reason)
    return found


def _related(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = {
        "path": valid_text(place.path),
        "line": place.region.line,
        "column": place.region.column,
        "note": valid_text(place.note),
    }
    if place.cell is not None:
        # The line counts inside the cell, and says nothing without it.
        found["cell"] = place.cell
    return found


def _fix(fix: ResolvedFix) -> dict[str, Any]:
    edits = [{"path": valid_text(edit.path), **_region(edit.region), "text": valid_text(edit.text)} for edit in fix.edits]
    return {"safety": fix.safety.value, "title": valid_text(fix.title), "edits": edits}


def _region(region: Region) -> dict[str, int]:
    return {"line": region.line, "column": region.column, "end_line": region.end_line, "end_column": region.end_column}
