"""Every format over one outcome that has every feature, byte for byte.

``MLOPS_LINT_UPDATE_GOLDEN=1 pytest tests/report`` writes the files anew; read the difference before it is kept.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from report_sample import OUTCOME, PICKLE, RULESET, render

from mlops_lint.core.outcome import Outcome
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.report.page import Example, rule_markdown, rule_page
from mlops_lint.report.rules import rules_table
from mlops_lint.report.style import Style

GOLDEN = Path(__file__).parent.parent / "golden"
CASES = {
    "report.txt": lambda: render("text", OUTCOME),
    "report-all.txt": lambda: render("text", OUTCOME, show_suppressed=True, show_skipped=True),
    "report-color.txt": lambda: render("text", OUTCOME, color=True, show_suppressed=True),
    "report-statistics.txt": lambda: render("text", OUTCOME, color=True, statistics=True),
    "report-concise.txt": lambda: render("concise", OUTCOME),
    "report.json": lambda: render("json", OUTCOME),
    "report.sarif": lambda: render("sarif", OUTCOME),
    "report-empty.sarif": lambda: render("sarif", Outcome()),
    "rule-page.txt": lambda: rule_page(PICKLE, Style()),
    "rule-page.md": lambda: rule_markdown(
        PICKLE, Example("train.py", "import torch\n\nmodel = torch.load(path)  # ``` a fence\n"), Example("Dockerfile", "FROM python:3.11\n")
    ),
    "problem-page.txt": lambda: rule_page(PROBLEMS["E903"], Style()),
    "problem-page.md": lambda: rule_markdown(PROBLEMS["E911"]),
    "rules.txt": lambda: rules_table(RULESET, Style()),
}


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    file = GOLDEN / name
    text = CASES[name]()
    if os.environ.get("MLOPS_LINT_UPDATE_GOLDEN"):
        file.write_bytes(text.encode("utf-8"))
    assert text.encode("utf-8") == file.read_bytes()
