"""A run as a whole: order, identity of results, named files, failures."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_lint.config.settings import Settings
from mlops_lint.core.finding import Confidence, Finding, Severity
from mlops_lint.core.outcome import Outcome
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.core.rule import LoadedRule, Rule, RuleDoc, Ruleset
from mlops_lint.documents.python import PythonDocument
from mlops_lint.engine import run as engine
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.engine.request import Request
from mlops_lint.project.project import Project
from mlops_lint.text.span import Span

BAD = "from sklearn.model_selection import KFold\n\nfolds = KFold(5, random_state=1)\n"
RULESET = load_ruleset()


def check(root: Path, ruleset: Ruleset = RULESET, paths: tuple[str, ...] = (".",), jobs: int = 1, **settings: object) -> Outcome:
    active = frozenset({one.code for one in ruleset} | set(PROBLEMS))
    return engine.run(Request(root, paths, active, Settings(**settings), jobs), ruleset)  # type: ignore[arg-type]


def repository(root: Path, count: int = 12) -> Path:
    for number in range(count):
        folder = root / f"part{number % 3}"
        folder.mkdir(exist_ok=True)
        (folder / f"train_{number}.py").write_text(BAD + "\nimport random\n\nif __name__ == '__main__':\n    print(random.random())\n", "utf-8")
    (root / "broken.py").write_text("def broken(:\n", "utf-8")
    return root


def ruleset_of(check_function: object, kind: type = PythonDocument) -> Ruleset:
    rule = Rule("ZZ101", "a rule of this test", "data-quality", Severity.ERROR, Confidence.HIGH)
    rule.on_document(kind)(check_function)  # type: ignore[arg-type]
    return Ruleset([LoadedRule(rule, "test-rule", RuleDoc("Title", "why", "do", "limits"))])


def test_workers_give_the_same_results_in_the_same_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(tmp_path)
    monkeypatch.setattr(engine, "SMALL_JOB_BYTES", 0)
    one, four = check(tmp_path), check(tmp_path, jobs=4)
    assert one.results == four.results
    assert one.not_analysed == four.not_analysed
    assert [result.sort_key for result in one.results] == sorted(result.sort_key for result in one.results)
    assert {"RP301", "RP303", "E903"} <= {result.code for result in one.results}


def test_fingerprints_are_unique_and_survive_moved_lines(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BAD + "more = KFold(5, random_state=1)\n", "utf-8")
    before = [one.fingerprint for one in check(tmp_path).results]
    (tmp_path / "a.py").write_text("\n\n# moved\n" + BAD + "more = KFold(5, random_state=1)\n", "utf-8")
    after = [one.fingerprint for one in check(tmp_path).results]
    assert before == after
    assert len(set(before)) == len(before) == 2


def test_named_file_limits_the_report_and_not_the_facts(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("from draw import draw\n\nif __name__ == '__main__':\n    draw()\n", "utf-8")
    (tmp_path / "draw.py").write_text("import random\n\n\ndef draw():\n    return random.random()\n" + BAD, "utf-8")
    codes = [(one.code, one.place.path) for one in check(tmp_path, paths=("main.py",)).results]
    assert codes == [("RP301", "main.py")]
    touched = [(one.code, one.place.path) for one in check(tmp_path, paths=("draw.py",)).results]
    assert touched == [("RP303", "draw.py"), ("RP301", "main.py")]


def test_rule_that_raises_costs_itself_only(tmp_path: Path) -> None:
    def explode(document: PythonDocument) -> Iterator[Finding]:
        raise SystemExit("out")
        yield

    (tmp_path / "a.py").write_text("x = 1\n", "utf-8")
    outcome = check(tmp_path, ruleset_of(explode))
    assert outcome.failed
    assert [(one.code, one.place.path) for one in outcome.results] == [("E908", "a.py")]
    assert "ZZ101" in outcome.results[0].message
    assert [(one.path, one.reason[:11]) for one in outcome.not_analysed] == [("a.py", "E908: ZZ101")]


def test_rule_across_files_that_raises_costs_itself_only(tmp_path: Path) -> None:
    def explode(project: Project) -> Iterator[Finding]:
        raise RuntimeError("out\nand more")
        yield

    rule = Rule("ZZ102", "a rule of this test", "data-quality", Severity.ERROR, Confidence.HIGH)
    rule.on_project(explode)
    loaded = LoadedRule(rule, "test-rule", RuleDoc("Title", "why", "do", "limits"))
    (tmp_path / "a.py").write_text(BAD, "utf-8")
    outcome = check(tmp_path, Ruleset([*RULESET, loaded]))
    assert outcome.failed
    assert [one.code for one in outcome.results] == ["E908", "RP303"]
    assert re.fullmatch(r"ZZ102 crashed on the project: RuntimeError: out \(test_run\.py:\d+\)", outcome.results[0].message)
    assert [one.path for one in outcome.not_analysed] == ["a.py"]


@pytest.mark.skipif(os.name != "posix", reason="needs a signal")
def test_worker_that_dies_costs_one_file_after_a_retry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(document: PythonDocument) -> Iterator[Finding]:
        if document.name == "b.py":
            os.kill(os.getpid(), 9)
        yield from ()

    monkeypatch.setattr(engine, "SMALL_JOB_BYTES", 0)
    for name in ("a.py", "b.py", "c.py", "d.py"):
        (tmp_path / name).write_text("x = (1\n" if name == "d.py" else "x = 1\n", "utf-8")
    outcome = check(tmp_path, ruleset_of(die), jobs=2)
    assert [(one.code, one.place.path) for one in outcome.results] == [("E904", "b.py"), ("E903", "d.py")]
    assert outcome.files_analysed == 2


def test_accounting(tmp_path: Path) -> None:
    repository(tmp_path)
    (tmp_path / "binary.py").write_bytes(b"x = 1\0\n")
    (tmp_path / "data.csv").write_text("a,b\n", "utf-8")
    outcome = check(tmp_path)
    assert outcome.files_analysed == 12
    assert {one.path for one in outcome.not_analysed} == {"broken.py", "binary.py"}


def test_per_file_ignores_severity_and_confidence(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BAD, "utf-8")
    assert check(tmp_path, per_file_ignores=(("*.py", frozenset({"RP303"})),)).results == ()
    assert check(tmp_path, per_file_ignores=(("!*.py", frozenset({"RP303"})),)).results != ()
    assert check(tmp_path, severity={"RP303": Severity.NOTE}).results[0].severity is Severity.NOTE


def test_fingerprints_do_not_hang_on_the_confidence_that_is_asked_for(tmp_path: Path) -> None:
    def look(document: PythonDocument) -> Iterator[Finding]:
        (loaded,) = rules
        yield loaded.rule.finding(document.at(Span(0, 5)), "maybe", confidence=Confidence.LOW)
        yield loaded.rule.finding(document.at(Span(6, 11)), "surely")

    rules = ruleset_of(look)
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n", "utf-8")
    _, sure = check(tmp_path, rules, min_confidence=Confidence.LOW).results
    assert check(tmp_path, rules).results == (sure,)


def test_stdin_stands_for_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", "utf-8")
    (tmp_path / "b.py").write_text(BAD, "utf-8")
    active = frozenset({"RP303", *PROBLEMS})
    request = Request(tmp_path, ("a.py",), active, Settings(), stdin=("a.py", BAD.encode()))
    assert [(one.code, one.place.path) for one in engine.run(request, RULESET).results] == [("RP303", "a.py")]
