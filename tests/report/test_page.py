from __future__ import annotations

import dataclasses

import pytest
from report_sample import CARD, PICKLE, RULESET, SEED

from mlops_lint.core.problem import PROBLEMS
from mlops_lint.report.links import PROJECT_URL, page_path, page_url
from mlops_lint.report.page import Example, help_markdown, rule_markdown, rule_page
from mlops_lint.report.prose import sentence
from mlops_lint.report.rules import rules_table
from mlops_lint.report.style import Style

EVERYTHING = [*RULESET, *PROBLEMS.values()]


def test_addresses() -> None:
    assert page_path(PICKLE) == "docs/rules/security/unsafe_deserialization.md"
    assert page_url(PICKLE) == f"{PROJECT_URL}/blob/main/docs/rules/security/unsafe_deserialization.md"
    assert page_url(PROBLEMS["E903"]) == f"{PROJECT_URL}/blob/main/docs/rules/tool/syntax_error.md"
    assert page_url(CARD) == "https://cards.example/why"
    bare = dataclasses.replace(CARD, rule=dataclasses.replace(CARD.rule, references=()))
    assert page_url(bare) == PROJECT_URL


@pytest.mark.parametrize("subject", EVERYTHING, ids=lambda one: one.code)
def test_every_page_is_plain_text_of_bounded_width(subject: object) -> None:
    page = rule_page(subject, Style())  # type: ignore[arg-type]
    assert page.endswith("\n")
    assert not page.endswith("\n\n")
    assert max(len(line) for line in page.splitlines() if "://" not in line) <= 96
    assert "``" not in page
    assert "\x1b" not in page
    assert "\x1b[1m" in rule_page(subject, Style(color=True))  # type: ignore[arg-type]


@pytest.mark.parametrize("subject", EVERYTHING, ids=lambda one: one.code)
def test_markdown_has_its_title_and_how_to_suppress(subject: object) -> None:
    page = rule_markdown(subject)  # type: ignore[arg-type]
    assert page.startswith(f"# {subject.name} ({subject.code})\n")  # type: ignore[attr-defined]
    assert "\n## How to suppress\n" in page
    assert help_markdown(subject).startswith(f"**{subject.name}** ({subject.code}): ")  # type: ignore[arg-type, attr-defined]


def test_examples_are_fenced_in_their_language() -> None:
    page = rule_markdown(SEED, Example("conf/a.yaml", "a: 1\n"), Example("Makefile", "all:\n\t````\n"))
    assert "\n## Bad\n\n```yaml\na: 1\n```\n\n## Good\n\n`````text\nall:\n\t````\n`````\n" in page


def test_foreign_documentation_cannot_act() -> None:
    evil = dataclasses.replace(
        CARD,
        rule=dataclasses.replace(CARD.rule, summary="x\x1b[2J\u202e", references=("https://a.example/\x1b]0;x\x07",)),
        doc=dataclasses.replace(CARD.doc, why="``<b>`` but <img src=x>\x1b[31m"),
    )
    assert "\x1b" not in rule_page(evil, Style()) + rules_table(type(RULESET)([evil]), Style())
    assert "`<b>` but &lt;img src=x>" in rule_markdown(evil)


@pytest.mark.parametrize(
    ("clause", "expected"),
    [("model is read", "Model is read."), ("torch.load is used", "torch.load is used."), ("``x`` y", "`x` y."), ("Is it?", "Is it?"), ("a", "A.")],
)
def test_sentence(clause: str, expected: str) -> None:
    assert sentence(clause) == expected


def test_rules_stand_by_area_in_aligned_columns() -> None:
    table = rules_table(RULESET, Style())
    lines = table.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [
        "Model Reproducibility (reproducibility)",
        "Governance and Compliance (governance)",
        "Security (security)",
    ]
    starts = {line.index(word) for line, word in ((lines[2], "audit"), (lines[6], "opt-in"), (lines[10], "default"), (lines[1], "profile"))}
    assert len(starts) == 1
    assert lines[10].endswith("model file read by full unpickling")
