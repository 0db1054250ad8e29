"""The list of rules: a table for people, an object for machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TextIO

from mlops_lint.core.option import describe_options
from mlops_lint.core.problem import ProblemKind
from mlops_lint.core.rule import LoadedRule, Ruleset
from mlops_lint.report.escape import safe_text, valid_text
from mlops_lint.report.json import write_json
from mlops_lint.report.style import Style
from mlops_lint.taxonomy import AREAS


def rules_table(ruleset: Ruleset, style: Style) -> str:
    """The rules by area, in the order of the taxonomy; columns code, name, severity, profile, summary. Ends with a line feed."""
    heads = ("code", "name", "severity", "profile", "summary")
    cells = {one.code: (one.code, one.name, one.rule.severity.word, one.rule.profile, _summary(one)) for one in ruleset}
    widths = [max([len(heads[column]), *(len(row[column]) for row in cells.values())]) for column in range(4)]
    blocks = []
    for area in AREAS:
        rules = [one for one in ruleset if one.area is area]
        if not rules:
            continue
        lines = [f"{style.bold(area.title)} {style.dim(f'({area.slug})')}", "  " + style.dim(_row(heads, widths))]
        for one in rules:
            code, name, severity, profile, summary = cells[one.code]
            level = style.level(one.rule.severity, f"{severity:<{widths[2]}}")
            lines.append(f"  {style.bold(f'{code:<{widths[0]}}')}  {name:<{widths[1]}}  {level}  {profile:<{widths[3]}}  {summary}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def rules_json(rules: Iterable[LoadedRule | ProblemKind]) -> dict[str, Any]:
    """What ``rules --output-format json`` prints, as plain data; ``rule NAME… --output-format json`` prints the same of the rules it is asked for."""
    return {"version": 1, "rules": [_problem(one) if isinstance(one, ProblemKind) else _rule(one) for one in rules]}


def write_rules_json(rules: Iterable[LoadedRule | ProblemKind], stream: TextIO) -> None:
    """Write :func:`rules_json`, one rule per line."""
    write_json(rules_json(rules), stream, depth=2)


def _rule(loaded: LoadedRule) -> dict[str, Any]:
    rule = loaded.rule
    options = [
        {"name": one.name, "type": one.type, "default": one.default, "description": valid_text(one.description)}
        for one in describe_options(rule.options)
    ]
    return {
        "code": loaded.code,
        "rule": loaded.name,
        "area": loaded.area.slug,
        "consideration": loaded.consideration.slug,
        "consideration_title": loaded.consideration.title,
        "summary": valid_text(rule.summary),
        "severity": rule.severity.word,
        "confidence": rule.confidence.word,
        "profile": rule.profile,
        "stage": rule.stage,
        "fix": rule.fix.value if rule.fix else None,
        "options": options,
        "references": list(rule.references),
        "plugin": loaded.plugin or None,
    }


def _problem(kind: ProblemKind) -> dict[str, Any]:
    return {
        "code": kind.code,
        "rule": kind.name,
        "area": None,
        "consideration": None,
        "consideration_title": None,
        "summary": kind.summary,
        "severity": kind.severity.word,
        "confidence": "high",
        "profile": "default",
        "stage": "stable",
        "fix": None,
        "options": [],
        "references": [],
        "plugin": None,
    }


def _summary(loaded: LoadedRule) -> str:
    marks = [mark for mark in ("preview" if loaded.rule.stage == "preview" else "", f"plugin {loaded.plugin}" if loaded.plugin else "") if mark]
    return safe_text(loaded.rule.summary + (f" ({', '.join(marks)})" if marks else ""))


def _row(cells: tuple[str, ...], widths: list[int]) -> str:
    *padded, last = cells
    return "  ".join([*(f"{cell:<{width}}" for cell, width in zip(padded, widths, strict=True)), last])
