"""Findings for a person: a clickable first line, the source line with carets, help, related places, and one line of numbers at the end."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterator
from typing import TextIO

from mlops_lint.core.finding import Status
from mlops_lint.core.outcome import Outcome, Place, Result
from mlops_lint.core.rule import Ruleset
from mlops_lint.report.escape import safe_characters, safe_path, safe_text, write_text
from mlops_lint.report.prose import plain
from mlops_lint.report.reporter import ReportOptions
from mlops_lint.report.style import Style
from mlops_lint.text.edit import Safety


class TextReporter:
    """The format for people."""

    def __init__(self, options: ReportOptions) -> None:
        self._options = options
        self._style = Style(options.color)

    def write(self, outcome: Outcome, ruleset: Ruleset, stream: TextIO) -> None:
        """One block per finding, a blank line after each; then what was asked for besides; the summary last."""
        for result in shown(outcome, self._options):
            lines = [headline(result, self._style, self._options.base), *self._details(result), ""]
            write_text(stream, "\n".join(lines) + "\n", self._options.color)
        write_closing(outcome, self._options, stream)

    def _details(self, result: Result) -> Iterator[str]:
        style = self._style
        level = result.severity.word
        gutter = " " * (len(str(result.place.region.line)) + 1)
        if result.place.snippet.strip() and not result.place.whole_file:
            code, carets = underline(result.place)
            yield f" {style.dim(f'{result.place.region.line} |')} {code}"
            yield f"{gutter} {style.dim('|')} {style.level(result.severity, carets)} {style.level(result.severity, level)}"
        else:
            yield f"{gutter} {style.dim('=')} {style.name('level')}: {style.level(result.severity, level)}"
        if advice := _advice(result):
            yield f"{gutter} {style.dim('=')} {style.name('help')}: {safe_text(advice)}"
        for place in result.related:
            note = f": {safe_text(place.note)}" if place.note else ""
            yield f"{gutter} {style.dim('=')} {style.name('seen at')} {style.bold(position(place, self._options.base, column=False))}{note}"


def shown(outcome: Outcome, options: ReportOptions) -> Iterator[Result]:
    """The results that a person gets to see."""
    if options.quiet > 1 or options.statistics:
        return
    for result in outcome.results:
        if result.status is Status.OPEN or options.show_suppressed:
            yield result


def shown_path(path: str, base: str) -> str:
    """A path as a person in the folder ``base`` can follow it; safe to print at the start of a line."""
    return safe_path(posixpath.relpath(path, base) if base else path)


def position(place: Place, base: str = "", column: bool = True) -> str:
    """``path:line:col``, or ``path:cell N:line:col`` in a notebook; safe to print at the start of a line."""
    parts = [shown_path(place.path, base)]
    if place.cell is not None:
        parts.append(f"cell {place.cell}")
    parts.append(str(place.region.line))
    if column:
        parts.append(str(place.region.column))
    return ":".join(parts)


def headline(result: Result, style: Style, base: str = "") -> str:
    """The first line of a finding; ``[*]`` at its end marks what ``--fix`` can do."""
    line = f"{style.bold(position(result.place, base))}: {style.level(result.severity, result.code)} [{result.rule}] {safe_text(result.message)}"
    if result.status is Status.SUPPRESSED:
        reason = f": {safe_text(result.reason)}" if result.reason else ""
        return f"{line} {style.dim(f'(suppressed{reason})')}"
    if result.status is Status.BASELINED:
        return f"{line} {style.dim('(baselined)')}"
    if result.fix is not None and result.fix.safety is Safety.SAFE:
        return f"{line} {style.name('[*]')}"
    return line


def underline(place: Place) -> tuple[str, str]:
    """The source line as it is printed and the carets that stand beneath the region, after tabs, escapes and wide characters."""
    pieces = safe_characters(place.snippet)
    start = min(max(place.caret[0], 0), len(pieces))
    end = min(start + max(place.caret[1], 0), len(pieces))
    carets = max(sum(map(_columns, pieces[start:end])), 1)
    return "".join(pieces).rstrip(), " " * sum(map(_columns, pieces[:start])) + "^" * carets


def _advice(result: Result) -> str:
    """What mends it, on one line: what the fix does if there is one, else the advice."""
    if result.fix is None:
        return " ".join(plain(result.help).split())
    title = " ".join(plain(result.fix.title).split())
    return f"{title} (with --unsafe-fixes)" if result.fix.safety is Safety.UNSAFE else title


def write_closing(outcome: Outcome, options: ReportOptions, stream: TextIO) -> None:
    """What stands after the findings: files not analysed and counts per rule when they are asked for, and the line of numbers."""
    if options.quiet > 1:
        return
    lines: list[str] = []
    if options.show_skipped:
        if outcome.not_analysed:
            lines += ["Not analysed:", *(f"  {shown_path(one.path, options.base)}: {safe_text(one.reason)}" for one in outcome.not_analysed)]
        lines += [files_line(outcome), ""]
    if options.statistics:
        counted = list(_statistics(outcome, Style(options.color)))
        lines += [*counted, ""] if counted else []
    if options.quiet < 1:
        lines.append(summary_line(outcome))
    if lines:
        write_text(stream, "\n".join(lines) + "\n", options.color)


def summary_line(outcome: Outcome) -> str:
    """The numbers of a run in one line, always all of them."""
    numbers = outcome.summary
    return (
        f"Found {numbers.findings} findings ({numbers.errors} errors, {numbers.warnings} warnings, {numbers.notes} notes)"
        f" in {numbers.files_with_findings} files; {numbers.suppressed} suppressed; {numbers.baselined} baselined;"
        f" {numbers.files_skipped} files not analysed."
    )


def files_line(outcome: Outcome) -> str:
    """What became of every file that was found: analysed, failed (an E9xx says why) or left out on purpose. The last three add up to the first."""
    skipped = sum(one.skipped for one in outcome.not_analysed)
    failed = len(outcome.not_analysed) - skipped
    return f"Files: {outcome.files_analysed + failed + skipped} found; {outcome.files_analysed} analysed, {failed} failed, {skipped} skipped."


def _statistics(outcome: Outcome, style: Style) -> Iterator[str]:
    """Open findings per rule, the most frequent first: count, code, name; ``[*]`` when ``--fix`` can mend at least one."""
    counts: dict[str, int] = {}
    samples: dict[str, Result] = {}
    fixable: set[str] = set()
    for result in outcome.results:
        if result.status is not Status.OPEN:
            continue
        counts[result.code] = counts.get(result.code, 0) + 1
        samples.setdefault(result.code, result)
        if result.fix is not None and result.fix.safety is Safety.SAFE:
            fixable.add(result.code)
    width = len(str(max(counts.values(), default=0)))
    for code in sorted(counts, key=lambda one: (-counts[one], one)):
        mark = f" {style.name('[*]')}" if code in fixable else ""
        yield f"{counts[code]:>{width}} {style.level(samples[code].severity, code)} [{samples[code].rule}]{mark}"


def _columns(piece: str) -> int:
    """How many columns of a terminal the piece takes: two for a wide East Asian character, none for a combining one."""
    if piece.isascii():
        return len(piece)
    return sum(_column(char) for char in piece)


def _column(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
