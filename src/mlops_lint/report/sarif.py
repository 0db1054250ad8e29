"""SARIF 2.1.0 (OASIS Standard, 27 March 2020), written directly, in the subset that GitHub code scanning and the SARIF Multitool ask for."""

from __future__ import annotations

import re
from typing import Any, TextIO
from urllib.parse import quote

from mlops_lint.core.finding import Confidence, Severity, Status
from mlops_lint.core.outcome import Outcome, Place, Region, ResolvedFix, Result
from mlops_lint.core.problem import PROBLEMS, ProblemKind
from mlops_lint.core.rule import LoadedRule, Ruleset
from mlops_lint.report.escape import safe_text, valid_text
from mlops_lint.report.json import write_json
from mlops_lint.report.links import PROJECT_URL, page_url
from mlops_lint.report.page import help_markdown, help_text
from mlops_lint.report.prose import plain, sentence
from mlops_lint.report.reporter import ReportOptions

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS = 5000
"""GitHub shows this many results of one upload (docs.github.com, "SARIF support for code scanning", limits)."""

_ROOT = "SRCROOT"
# GitHub reads security-severity as a CVSS-like score: from 7.0 high, from 4.0 medium, below low.
_SECURITY_SEVERITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.5", Severity.NOTE: "3.0"}
_PROBLEM_SEVERITY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
_LONGEST_DESCRIPTION = 1000
_LINK = re.compile(r"\](?=\()")


class SarifReporter:
    """One log with one run, deterministic: no time stamps, no random identifiers, no absolute paths."""

    def __init__(self, options: ReportOptions) -> None:
        self._options = options

    def write(self, outcome: Outcome, ruleset: Ruleset, stream: TextIO) -> None:
        """Write the whole report."""
        write_json(self.report(outcome, ruleset), stream, depth=6)

    def report(self, outcome: Outcome, ruleset: Ruleset) -> dict[str, Any]:
        """The log as plain data."""
        rules = self._rules(outcome, ruleset)
        index = {rule["id"]: number for number, rule in enumerate(rules)}
        kept, cut = _most_severe(outcome.results)
        driver = {
            "name": "mlops-lint",
            "semanticVersion": self._options.version,
            "version": self._options.version,
            "informationUri": PROJECT_URL,
            "rules": rules,
        }
        run = {
            "tool": {"driver": driver},
            "automationDetails": {"id": "mlops-lint/"},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the analysed project."}}},
            "invocations": [{"executionSuccessful": not outcome.failed, "toolExecutionNotifications": _notifications(outcome, len(kept), cut)}],
            "results": [_result(result, index[result.code]) for result in kept],
        }
        return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}

    def _rules(self, outcome: Outcome, ruleset: Ruleset) -> list[dict[str, Any]]:
        """The active rules by code, then the tool's own codes; whatever occurs is described, so that each ``ruleIndex`` has its target."""
        occurring = {result.code: result for result in outcome.results}
        active = self._options.active
        described = [_rule(one) for one in ruleset if active is None or one.code in active or one.code in occurring]
        described += [_problem(kind) for kind in PROBLEMS.values()]
        known = {one["id"] for one in described}
        return described + [_stranger(occurring[code]) for code in sorted(occurring) if code not in known]


def file_uri(path: str) -> str:
    """A path as a relative URI: percent-encoded byte by byte, undecodable bytes of the name too; a colon never makes a scheme."""
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = valid_text(path).encode("utf-8")
    return quote(raw, safe="/")


def _most_severe(results: tuple[Result, ...]) -> tuple[tuple[Result, ...], int]:
    """The results that fit, and how many are cut. All in their own order if they fit, else open ones first, the most severe of them foremost."""
    if len(results) <= MOST_RESULTS:
        return results, 0
    ranked = sorted(results, key=lambda one: (one.status is not Status.OPEN, -one.severity))
    return tuple(ranked[:MOST_RESULTS]), len(results) - MOST_RESULTS


def _rule(loaded: LoadedRule) -> dict[str, Any]:
    rule = loaded.rule
    area = loaded.area.slug
    return _descriptor(
        loaded,
        rule.summary,
        loaded.doc.why,
        [area, rule.consideration, "mlops"],
        rule.confidence,
        rule.severity,
        security=area == "security",
    )


def _problem(kind: ProblemKind) -> dict[str, Any]:
    return _descriptor(kind, kind.summary, kind.advice, ["mlops", "tool"], Confidence.HIGH, kind.severity)


def _descriptor(
    subject: LoadedRule | ProblemKind,
    summary: str,
    description: str,
    tags: list[str],
    precision: Confidence,
    severity: Severity,
    security: bool = False,
) -> dict[str, Any]:
    properties: dict[str, Any] = {"tags": tags, "precision": precision.word, "problem.severity": _PROBLEM_SEVERITY[severity]}
    if security:
        properties["security-severity"] = _SECURITY_SEVERITY[severity]
    return {
        "id": subject.code,
        "name": subject.name,
        "shortDescription": {"text": _valid(sentence(summary))},
        "fullDescription": {"text": _cut(_valid(sentence(description)))},
        "help": {"text": _valid(help_text(subject)), "markdown": valid_text(help_markdown(subject))},
        "helpUri": page_url(subject),
        "defaultConfiguration": {"level": severity.word},
        "properties": properties,
    }


def _stranger(result: Result) -> dict[str, Any]:
    """A code that no loaded rule has, as a baseline or a cache may remember it."""
    return {
        "id": result.code,
        "name": result.rule,
        "shortDescription": {"text": _valid(sentence(result.rule.replace("-", " ")))},
        "fullDescription": {"text": "A rule that is no longer installed."},
        "help": {"text": "Install the plugin that has this rule.", "markdown": "Install the plugin that has this rule."},
        "helpUri": PROJECT_URL,
        "defaultConfiguration": {"level": result.severity.word},
        "properties": {"tags": ["mlops"], "precision": result.confidence.word, "problem.severity": _PROBLEM_SEVERITY[result.severity]},
    }


def _result(result: Result, rule_index: int) -> dict[str, Any]:
    place = result.place
    message = result.message if place.cell is None else f"{result.message.rstrip('. ')} ({_cell(place)})"
    location: dict[str, Any] = {"physicalLocation": _physical(place)}
    if place.cell is not None:
        location["logicalLocations"] = [_logical(place)]
    found: dict[str, Any] = {
        "ruleId": result.code,
        "ruleIndex": rule_index,
        "kind": "fail",
        "level": result.severity.word,
        "message": {"text": _message(message)},
        "locations": [location],
    }
    if result.related:
        found["relatedLocations"] = [_related(number, one) for number, one in enumerate(result.related, 1)]
    fixes = [] if result.fix is None or not result.fix.edits else [_fix(result.fix)]
    if fixes:
        found["fixes"] = fixes
    found["suppressions"] = _suppressions(result)
    hashes = {"primaryLocationLineHash": result.line_hash, "mlopsLint/v1": result.fingerprint}
    if any(hashes.values()):
        found["partialFingerprints"] = {name: value for name, value in hashes.items() if value}
    found["properties"] = {"confidence": result.confidence.word}
    if result.help:
        found["properties"]["help"] = safe_text(plain(result.help))
    return found


def _physical(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = {"artifactLocation": _artifact(place.path), "region": _region(place.physical)}
    if place.whole_file or not place.snippet:
        return found
    start = min(max(place.caret[0], 0), len(place.snippet))
    end = min(start + max(place.caret[1], 0), len(place.snippet))
    found["region"]["snippet"] = {"text": valid_text(place.snippet[start:end])}
    region = place.physical
    first = region.column - start
    whole = place.snippet
    # A context is a proper superset of its region. In a notebook the snippet is the cell's line, not the file's.
    if place.cell is None and region.line == region.end_line and first >= 1 and len(whole) > end - start:
        context = Region(region.line, first, region.line, max(first + len(whole), region.end_column))
        found["contextRegion"] = {**_region(context), "snippet": {"text": valid_text(whole)}}
    return found


def _related(number: int, place: Place) -> dict[str, Any]:
    note = place.note or "related place"
    if place.cell is not None:
        note = f"{note.rstrip('. ')} ({_cell(place)})"
    found: dict[str, Any] = {"id": number, "message": {"text": _message(note)}, "physicalLocation": _physical(place)}
    if place.cell is not None:
        found["logicalLocations"] = [_logical(place)]
    return found


def _logical(place: Place) -> dict[str, Any]:
    return {"name": _cell(place), "fullyQualifiedName": f"{valid_text(place.path)}: {_cell(place)}", "kind": "cell"}


def _cell(place: Place) -> str:
    return f"cell {place.cell}, line {place.region.line}"


def _artifact(path: str) -> dict[str, str]:
    return {"uri": file_uri(path), "uriBaseId": _ROOT}


def _region(region: Region) -> dict[str, Any]:
    return {"startLine": region.line, "startColumn": region.column, "endLine": region.end_line, "endColumn": region.end_column}


def _fix(fix: ResolvedFix) -> dict[str, Any]:
    replacements: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        replaced = {"deletedRegion": _region(edit.region), "insertedContent": {"text": valid_text(edit.text)}}
        replacements.setdefault(edit.path, []).append(replaced)
    return {
        "description": {"text": _message(fix.title)},
        "artifactChanges": [{"artifactLocation": _artifact(path), "replacements": edits} for path, edits in replacements.items()],
        "properties": {"safety": fix.safety.value},
    }


def _suppressions(result: Result) -> list[dict[str, str]]:
    """The decision about a finding; empty for open ones, because a run that tells of suppressions tells of them for each result."""
    if result.status is Status.SUPPRESSED:
        found = {"kind": "inSource", "status": "accepted"}
        return [{**found, "justification": safe_text(result.reason)} if result.reason else found]
    if result.status is Status.BASELINED:
        return [{"kind": "external", "status": "accepted", "justification": safe_text(result.reason) or "accepted in the baseline"}]
    return []


def _notifications(outcome: Outcome, kept: int, cut: int) -> list[dict[str, Any]]:
    found = []
    for one in outcome.not_analysed:
        name, level = ("file-skipped", "note") if one.skipped else ("file-not-analysed", "warning")
        place = {"physicalLocation": {"artifactLocation": _artifact(one.path)}}
        found.append({"descriptor": {"id": name}, "level": level, "message": {"text": _message(one.reason)}, "locations": [place]})
    if cut:
        text = f"{cut} of {kept + cut} results were cut; the {kept} most severe are kept."
        found.append({"descriptor": {"id": "results-cut"}, "level": "warning", "message": {"text": text}})
    return found


def _message(text: str) -> str:
    """A message for display: one line, nothing invisible, a full stop; no foreign text in it can become a link (SARIF 2.1.0, 3.11.6)."""
    text = _LINK.sub("] ", safe_text(" ".join(text.split())))
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _valid(text: str) -> str:
    """Text of a rule's documentation; valid, and without links of its own."""
    return _LINK.sub("] ", valid_text(text))


def _cut(text: str) -> str:
    """At most what GitHub takes as a description, ended at a word."""
    if len(text) <= _LONGEST_DESCRIPTION:
        return text
    return text[: _LONGEST_DESCRIPTION - 1].rpartition(" ")[0].rstrip(" ,;:.") + "…"
