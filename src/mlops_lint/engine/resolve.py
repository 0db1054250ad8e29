"""From findings to results: spans become lines and columns, snippets are cut and masked, fingerprints made."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from mlops_lint.core.finding import Confidence, Finding, Location, Severity
from mlops_lint.core.outcome import Place, Region, ResolvedEdit, ResolvedFix, Result
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.core.rule import Ruleset
from mlops_lint.documents.document import Document
from mlops_lint.facts.credentials import credential_spans
from mlops_lint.text.edit import Fix
from mlops_lint.text.linehash import line_hashes
from mlops_lint.text.span import Span

SNIPPET_WIDTH = 200
_SHOWN = 4
_SHORT = 4
_MOST_HASHED = 10_000
_MOST_OPEN = 8
"""Documents that are kept open; a notebook takes many times the room of its text."""

Opener = Callable[[str], "Document | None"]


class Resolver:
    """Resolves findings against documents: those that were made known, and the last few that it opened. Whoever has findings in many files hands them in
    by path, so that each document is opened once.

    ``secrets`` are texts that must never be shown, by path, and are hidden wherever they occur; short ones, which also occur by chance, where they stand
    alone. What a finding of this resolver calls secret is hidden at its place too, however short. Every snippet is also searched for credentials of
    known shape.
    """

    def __init__(self, opener: Opener, ruleset: Ruleset, severities: Mapping[str, Severity], line_hashes: bool = False) -> None:
        self._opener = opener
        self._ruleset = ruleset
        self._severities = severities
        self._wants_hashes = line_hashes
        self._known: dict[str, Document] = {}
        self._opened: dict[str, Document | None] = {}
        self._hashes: dict[str, dict[int, str]] = {}
        self._secret_spans: dict[str, set[Span]] = {}
        self._lines: dict[tuple[str, int], str] = {}
        self.secrets: dict[str, set[str]] = {}

    def add(self, document: Document) -> None:
        """Make an open document known."""
        self._known[document.path] = document

    def note_secrets(self, finding: Finding) -> None:
        """Remember the texts that a finding says are secret; to be called for all findings of a file before any is resolved."""
        document = self._document(finding.location.path) if finding.secrets else None
        if document is not None:
            # As they stand in the file, and as a snippet shows them: in a notebook the two differ by escapes.
            texts = {document.text[span.start : span.end] for span in finding.secrets}
            texts.update(document.shown(span) for span in finding.secrets)
            self.secrets.setdefault(document.path, set()).update(text for text in texts if text.strip())
            self._secret_spans.setdefault(document.path, set()).update(finding.secrets)
            self._lines.clear()

    def result(self, finding: Finding) -> Result:
        """The finding as it is reported; its fingerprint still lacks the ordinal."""
        loaded = self._ruleset.get(finding.rule)
        if loaded is None:
            raise KeyError(f"finding of a rule that is not loaded: {finding.rule}")
        place = self._place(finding.location)
        return Result(
            code=finding.rule,
            rule=loaded.name,
            area=loaded.area.slug,
            consideration=loaded.consideration.slug,
            severity=self._severities.get(finding.rule) or finding.severity or loaded.rule.severity,
            confidence=finding.confidence or loaded.rule.confidence,
            message=self._mask(finding.message, finding.location.path),
            help=self._mask(finding.help, finding.location.path) or loaded.doc.advice,
            place=place,
            related=tuple(self._place(one) for one in finding.related),
            fix=self._fix(finding.fix),
            fingerprint=self._fingerprint(finding.rule, finding.location),
            line_hash=self._line_hash(place),
        )

    def problem(self, code: str, message: str, location: Location) -> Result:
        """One of the tool's own E9xx as a result."""
        kind = PROBLEMS[code]
        place = self._place(location)
        return Result(
            code=code,
            rule=kind.name,
            area=None,
            consideration=None,
            severity=self._severities.get(code) or kind.severity,
            confidence=Confidence.HIGH,
            message=self._mask(message, location.path),
            help=kind.advice,
            place=place,
            fingerprint=self._fingerprint(code, location),
            line_hash=self._line_hash(place),
        )

    def _document(self, path: str) -> Document | None:
        if path in self._known:
            return self._known[path]
        if path not in self._opened:
            if len(self._opened) >= _MOST_OPEN:
                self._opened.pop(next(iter(self._opened)))
            self._opened[path] = self._opener(path)
        return self._opened[path]

    def _place(self, location: Location) -> Place:
        document = self._document(location.path)
        if location.span is None or document is None:
            return Place(location.path, note=self._mask(location.note, location.path), whole_file=True)
        position = document.position(location.span)
        snippet, caret = self._snippet(document, location.span, position.region)
        note = self._mask(location.note, location.path)
        return Place(location.path, position.region, position.physical, position.cell, note, snippet, caret)

    def _snippet(self, document: Document, span: Span, region: Region) -> tuple[str, tuple[int, int]]:
        line = self._line(document, span)
        start = min(region.column - 1, len(line))
        end = region.end_column - 1 if region.end_line == region.line else len(line)
        length = max(0, min(end, len(line)) - start)
        if len(line) > SNIPPET_WIDTH:
            first = max(0, min(start - SNIPPET_WIDTH // 4, len(line) - SNIPPET_WIDTH))
            line = line[first : first + SNIPPET_WIDTH]
            start -= first
            length = min(length, len(line) - start)
        return line, (start, length)

    def _line(self, document: Document, span: Span) -> str:
        """The line that a span starts in, with its secrets hidden; kept, since many findings may stand in one long line."""
        line, offset = document.snippet_line(span)
        known = self._lines.get((document.path, offset))
        if known is None:
            for secret in self._secret_spans.get(document.path, ()):
                part = document.in_snippet(secret, span)
                if part is not None:
                    line = line[: part.start] + masked(line[part.start : part.end]) + line[part.end :]
            known = self._lines[(document.path, offset)] = self._mask(line, document.path)
        return known

    def _mask(self, text: str, path: str) -> str:
        """The text with every secret in it hidden but for its first characters, at equal length."""
        for secret in sorted(self.secrets.get(path, ()), key=len, reverse=True):
            if len(secret) > _SHORT:
                text = text.replace(secret, masked(secret))
            elif secret in text:
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", lambda match: masked(match[0]), text)
        for span in credential_spans(text):
            text = text[: span.start] + masked(text[span.start : span.end]) + text[span.end :]
        return text

    def _fix(self, fix: Fix | None) -> ResolvedFix | None:
        if fix is None:
            return None
        edits = []
        for edit in fix.edits:
            document = self._document(edit.path)
            # Exact to the character: an edit may take a line end with it, which a finding's region leaves out.
            lines = document.line_map if document is not None else None
            region = Region(*lines.position(edit.span.start), *lines.position(edit.span.end)) if lines is not None else Region()
            edits.append(ResolvedEdit(edit.path, region, self._mask(edit.text, edit.path)))
        return ResolvedFix(fix.title, fix.safety, tuple(edits))

    def _fingerprint(self, code: str, location: Location) -> str:
        document = self._document(location.path)
        text = ""
        if location.span is not None and document is not None:
            # What a whole file of one line holds would be hashed for each finding in it.
            text = self._mask(document.text[location.span.start : min(location.span.end, location.span.start + _MOST_HASHED)], location.path)
        return _digest(code, location.path, " ".join(text.split()))

    def _line_hash(self, place: Place) -> str:
        if not self._wants_hashes:
            return ""
        document = self._document(place.path)
        if document is None:
            return ""
        if document.path not in self._hashes:
            self._hashes[document.path] = line_hashes(document.text, set(range(1, document.line_map.line_count + 1)))
        return self._hashes[document.path].get(place.physical.line, "")


def masked(secret: str) -> str:
    """A secret as it may be shown: its first characters, at most four and at most a quarter of it; the rest as stars."""
    shown = min(_SHOWN, len(secret) // 4)
    return secret[:shown] + "*" * (len(secret) - shown)


def finish_fingerprints(results: Iterable[Result]) -> list[Result]:
    """Number the results of one rule whose places read alike, so that every fingerprint is unique; the order is that of the results."""
    counts: dict[str, int] = {}
    finished = []
    for result in results:
        ordinal = counts.get(result.fingerprint, 0)
        counts[result.fingerprint] = ordinal + 1
        finished.append(replace(result, fingerprint=_digest(result.fingerprint, str(ordinal))))
    return finished


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
