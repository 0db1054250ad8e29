from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from report_sample import CARD, HOSTILE_NAMES, OUTCOME, PICKLE, SEED, VERSION, hostile_outcome, place, render, result
from sarif_schema import SARIF_SCHEMA

from mlops_lint.core.finding import Status
from mlops_lint.core.outcome import Outcome
from mlops_lint.core.problem import PROBLEMS

VALIDATOR = Draft202012Validator(SARIF_SCHEMA)
CASES = {
    "empty": Outcome(),
    "every feature": OUTCOME,
    "failed": Outcome(failed=True),
    **{f"name {number}": hostile_outcome(name) for number, name in enumerate(HOSTILE_NAMES)},
}


def run_of(outcome: Outcome, **options: object) -> dict[str, Any]:
    return json.loads(render("sarif", outcome, **options))["runs"][0]


@pytest.mark.parametrize("case", CASES)
def test_schema_and_references(case: str) -> None:
    log = json.loads(render("sarif", CASES[case]))
    VALIDATOR.validate(log)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rule["id"] != rule["name"] for rule in rules)
    for one in run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        assert [related["id"] for related in one.get("relatedLocations", ())] == list(range(1, len(one.get("relatedLocations", ())) + 1))
    assert len(run["results"]) == len(CASES[case].results)


def test_a_clean_run_says_so() -> None:
    run = run_of(Outcome())
    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    assert run["tool"]["driver"]["semanticVersion"] == VERSION
    assert run_of(Outcome(failed=True))["invocations"][0]["executionSuccessful"] is False


def test_all_active_rules_are_described_whether_they_fired_or_not() -> None:
    own = list(PROBLEMS)

    def ids(outcome: Outcome, active: frozenset[str] | None) -> list[str]:
        return [rule["id"] for rule in run_of(outcome, active=active)["tool"]["driver"]["rules"]]

    assert ids(Outcome(), None) == ["GV101", "RP302", "SE106", *own]
    assert ids(Outcome(), frozenset({"RP302"})) == ["RP302", *own]
    assert ids(Outcome((result(PICKLE, place("a.py", 1, 1, "x", 1)),)), frozenset({"RP302"})) == ["RP302", "SE106", *own]
    stranger = dataclasses.replace(result(PICKLE, place("a.py", 1, 1, "x", 1)), code="XX101", rule="gone-rule")
    run = run_of(Outcome((stranger,)), active=frozenset())
    VALIDATOR.validate(json.loads(render("sarif", Outcome((stranger,)))))
    assert run["tool"]["driver"]["rules"][-1]["name"] == "gone-rule"
    assert run["results"][0]["ruleIndex"] == len(own)


def test_rule_properties() -> None:
    rules = {rule["id"]: rule for rule in run_of(Outcome())["tool"]["driver"]["rules"]}
    assert rules["SE106"]["properties"] == {
        "tags": ["security", "unauthorized-access", "mlops"],
        "precision": "high",
        "problem.severity": "error",
        "security-severity": "8.0",
    }
    assert rules["GV101"]["properties"] == {
        "tags": ["governance", "model-governance", "mlops"],
        "precision": "low",
        "problem.severity": "recommendation",
    }
    assert rules["RP302"]["defaultConfiguration"] == {"level": "warning"}
    assert rules["SE106"]["name"] == "unsafe-deserialization"
    assert rules["SE106"]["shortDescription"]["text"] == "Model file read by full unpickling."
    assert rules["SE106"]["helpUri"].endswith("/docs/rules/security/unsafe_deserialization.md")
    for code, rule in rules.items():
        secure = code == "SE106"
        assert ("security-severity" in rule["properties"]) is secure
        assert ("security" in rule["properties"]["tags"]) is secure


def test_a_long_description_is_cut_at_a_word() -> None:
    wordy = dataclasses.replace(SEED, doc=dataclasses.replace(SEED.doc, why="word " * 500))
    from mlops_lint.report.sarif import _rule

    text = _rule(wordy)["fullDescription"]["text"]
    assert len(text) <= 1000
    assert text.endswith(" word…")


def test_a_result_in_full() -> None:
    found = run_of(OUTCOME)["results"][2]
    region = {"startLine": 3, "startColumn": 9, "endLine": 3, "endColumn": 25, "snippet": {"text": "torch.load(path)"}}
    context = {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 25, "snippet": {"text": "    m = torch.load(path)"}}
    assert found["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "src/train.py", "uriBaseId": "SRCROOT"}, "region": region, "contextRegion": context}}
    ]
    assert found["message"] == {"text": "file is loaded without weights_only."}
    assert (found["ruleId"], found["ruleIndex"], found["kind"], found["level"]) == ("SE106", 2, "fail", "error")
    assert found["partialFingerprints"] == {"primaryLocationLineHash": "1a2b3c:1", "mlopsLint/v1": "se106-3"}
    assert [one["message"]["text"] for one in found["relatedLocations"]] == ["path comes from here.", "related place."]
    assert found["relatedLocations"][1]["physicalLocation"] == {
        "artifactLocation": {"uri": "models/m.pt", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
    }
    assert found["fixes"] == [
        {
            "description": {"text": "pass weights_only=True."},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "src/train.py", "uriBaseId": "SRCROOT"},
                    "replacements": [
                        {
                            "deletedRegion": {"startLine": 3, "startColumn": 24, "endLine": 3, "endColumn": 24},
                            "insertedContent": {"text": ", weights_only=True"},
                        }
                    ],
                }
            ],
            "properties": {"safety": "safe"},
        }
    ]


def test_a_notebook_points_at_its_own_file_and_names_the_cell() -> None:
    found = run_of(OUTCOME)["results"][0]
    (location,) = found["locations"]
    region = location["physicalLocation"]["region"]
    assert [region[key] for key in ("startLine", "startColumn", "endLine", "endColumn")] == [41, 10, 41, 21]
    assert "contextRegion" not in location["physicalLocation"]
    assert location["logicalLocations"] == [{"name": "cell 7, line 3", "fullyQualifiedName": "nb/train.ipynb: cell 7, line 3", "kind": "cell"}]
    assert found["message"]["text"] == "forest has no seed (cell 7, line 3)."
    assert found["relatedLocations"][0]["message"]["text"] == "loaded here (cell 2, line 3)."


def test_edits_of_one_file_stand_together_and_a_fix_without_edits_is_left_out() -> None:
    results = run_of(OUTCOME)["results"]
    assert [one["artifactLocation"]["uri"] for one in results[3]["fixes"][0]["artifactChanges"]] == ["src/a.py", "src/b%20c.py"]
    assert "fixes" not in results[8]


def test_a_region_of_several_lines_has_no_context() -> None:
    physical = run_of(OUTCOME)["results"][4]["locations"][0]["physicalLocation"]
    assert physical["region"] == {"startLine": 20, "startColumn": 5, "endLine": 22, "endColumn": 2, "snippet": {"text": "torch.load("}}
    assert "contextRegion" not in physical


def test_decisions() -> None:
    results = run_of(OUTCOME)["results"]
    assert [one["suppressions"] for one in results[5:]] == [
        [{"kind": "inSource", "status": "accepted", "justification": "trusted\\nfile"}],
        [{"kind": "inSource", "status": "accepted"}],
        [{"kind": "external", "status": "accepted", "justification": "accepted in the baseline"}],
        [],
    ]


def test_what_was_not_analysed_is_notified() -> None:
    skipped, broken = run_of(OUTCOME)["invocations"][0]["toolExecutionNotifications"]
    assert skipped == {
        "descriptor": {"id": "file-skipped"},
        "level": "note",
        "message": {"text": "larger than 2 MB."},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "data/big.py", "uriBaseId": "SRCROOT"}}}],
    }
    assert (broken["descriptor"]["id"], broken["level"]) == ("file-not-analysed", "warning")


def test_the_most_severe_are_kept() -> None:
    at = place("a.py", 1, 1, "x", 1)
    note, warning, error = result(CARD, at), result(SEED, at), result(PICKLE, at)
    decided = dataclasses.replace(error, status=Status.SUPPRESSED)
    results = [decided] + [note, warning] * 2400 + [error] * 300
    run = run_of(Outcome(tuple(results)))
    assert len(run["results"]) == 5000
    assert [one["level"] for one in run["results"]] == ["error"] * 300 + ["warning"] * 2400 + ["note"] * 2300
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {
            "descriptor": {"id": "results-cut"},
            "level": "warning",
            "message": {"text": "101 of 5101 results were cut; the 5000 most severe are kept."},
        }
    ]
    few = run_of(Outcome((note, error, warning)))
    assert [one["level"] for one in few["results"]] == ["note", "error", "warning"]


@pytest.mark.parametrize("message", ["done.", "is it?", "done"])
def test_messages_end_once(message: str) -> None:
    at = place("a.py", 1, 1, "x", 1)
    text = run_of(Outcome((result(PICKLE, at, message),)))["results"][0]["message"]["text"]
    assert text == (message if message != "done" else "done.")


def multitool() -> list[str] | None:
    """How the SARIF Multitool is started here, if it is installed; its npm wrapper hands its arguments to a shell, hence the second quotes."""
    for name in ("Sarif.Multitool", "sarif"):
        if path := shutil.which(name):
            return [path, "validate", "--rule-kind", "Sarif;Gh;Ghas"]
    quoted = ["validate", "--rule-kind", '"Sarif;Gh;Ghas"']
    if path := shutil.which("sarif-multitool"):
        return [path, *quoted]
    if npx := shutil.which("npx"):
        there = subprocess.run([npx, "--no-install", "@microsoft/sarif-multitool", "version"], capture_output=True, timeout=60, check=False)
        if there.returncode == 0:
            return [npx, "--no-install", "@microsoft/sarif-multitool", *quoted]
    return None


def test_multitool_has_no_errors_and_no_warnings(tmp_path: Path) -> None:
    command = multitool()
    if command is None:
        pytest.skip("the SARIF Multitool is not installed (npm package @microsoft/sarif-multitool)")
    everything = [one for case in CASES.values() for one in case.results]
    skipped = [one for case in CASES.values() for one in case.not_analysed]
    logs = {"empty.sarif": Outcome(), "all.sarif": Outcome(tuple(everything), tuple(skipped))}
    for name, outcome in logs.items():
        (tmp_path / name).write_text(render("sarif", outcome), encoding="utf-8", newline="\n")
        target = f"{name}.report"
        subprocess.run([*command, name, "--output", target], cwd=tmp_path, env=os.environ, capture_output=True, timeout=120, check=True)
        (run,) = json.loads((tmp_path / target).read_text(encoding="utf-8-sig"))["runs"]
        assert [(one["ruleId"], one["locations"]) for one in run["results"] if one.get("level", "warning") in ("warning", "error")] == []
        assert all(invocation["executionSuccessful"] for invocation in run.get("invocations", []))
