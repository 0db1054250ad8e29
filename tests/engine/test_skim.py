"""The skim is sound: what it keeps from libcst could not have been a finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlops_lint.core.rule import LoadedRule
from mlops_lint.engine.plan import CallHook, Plan
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.testing.cases import Case, build_repository, check_repository, find_cases

FIXTURES = Path(__file__).parent.parent / "fixtures"
RULESET = load_ruleset()
RULES = [one for one in RULESET if any(hook.kind == "call" for hook in one.rule.hooks)]
CASES = [
    (one, case) for one in RULES for case in find_cases(FIXTURES / one.area.slug.replace("-", "_") / one.name.replace("-", "_")) if not one.plugin
]


def every_hook(plan: Plan, document: Any) -> list[CallHook]:
    """In place of the skim: every hook is offered every call."""
    return plan.calls


def test_there_are_such_rules() -> None:
    assert len(RULES) >= 2 and len(CASES) >= 10


@pytest.mark.parametrize(("loaded", "case"), CASES, ids=lambda one: one.name)
def test_the_same_findings_without_it(loaded: LoadedRule, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_repository(case, tmp_path)
    options = case.settings.get("options")
    skimmed = check_repository(tmp_path, loaded, RULESET, options)
    monkeypatch.setattr(Plan, "_matching_calls", every_hook)
    assert check_repository(tmp_path, loaded, RULESET, options).results == skimmed.results
