"""Every case of every rule: exact lines, fixes as written, silence where nothing is wrong."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from mlops_lint.core.rule import LoadedRule
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.testing.cases import Case, apply_fixes, build_repository, check_repository, compare, find_cases

FIXTURES = Path(__file__).parent / "fixtures"
RULESET = load_ruleset()
CASES = [
    pytest.param(loaded, case, id=f"{loaded.code}-{case.name}")
    for loaded in RULESET
    for case in find_cases(FIXTURES / loaded.area.package / loaded.name.replace("-", "_"))
]


@pytest.mark.parametrize(("loaded", "case"), CASES)
def test_case(loaded: LoadedRule, case: Case, tmp_path: Path) -> None:
    build_repository(case, tmp_path)
    options = case.settings.get("options", {})
    outcome = check_repository(tmp_path, loaded, RULESET, options)
    expected = case.expected()
    assert bool(expected) == case.is_bad, "bad cases have marks, good ones have none"
    assert compare(expected, outcome.results) == ""
    assert not outcome.failed
    assert pickle.loads(pickle.dumps(outcome)) == outcome
    for result in outcome.results:
        place = tmp_path / result.place.path
        lines = place.read_text("utf-8", "replace").splitlines()
        assert result.place.whole_file or result.place.physical.end_line <= max(1, len(lines))
        assert (
            result.message[0] == result.message[0].lower()
            or not result.message[0].isalpha()
            or result.message.split()[0][1:] != result.message.split()[0][1:].lower()
        )
        assert not result.message.endswith(".")
    fixed = dict(case.fixed())
    if fixed:
        changed = apply_fixes(tmp_path, outcome.results)
        assert changed == fixed
        for path, text in changed.items():
            (tmp_path / path).write_text(text, "utf-8")
        again = check_repository(tmp_path, loaded, RULESET, options)
        assert not [one for one in again.results if one.fix is not None], "repairing twice changes nothing"
