from __future__ import annotations

import json

import pytest
from report_sample import OUTCOME, RULESET, VERSION, render

from mlops_lint.core.outcome import Outcome
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.report.reporter import ReportOptions
from mlops_lint.report.rules import rules_json

FINDING_KEYS = (
    "code rule area consideration severity confidence message path line column end_line end_column cell related fix fingerprint status".split()
)


def test_nothing_found() -> None:
    assert list(json.loads(render("json", Outcome(files_analysed=3))).items()) == [
        ("version", 1),
        ("tool", {"name": "mlops-lint", "version": VERSION}),
        (
            "summary",
            {
                "findings": 0,
                "errors": 0,
                "warnings": 0,
                "notes": 0,
                "files_analysed": 3,
                "files_skipped": 0,
                "suppressed": 0,
                "baselined": 0,
            },
        ),
        ("findings", []),
        ("not_analysed", []),
    ]


def test_keys_and_numbers() -> None:
    report = json.loads(render("json", OUTCOME))
    assert list(report) == ["version", "tool", "summary", "findings", "not_analysed"]
    assert list(report["summary"].items()) == [
        ("findings", 6),
        ("errors", 3),
        ("warnings", 2),
        ("notes", 1),
        ("files_analysed", 6),
        ("files_skipped", 2),
        ("suppressed", 2),
        ("baselined", 1),
    ]
    assert report["not_analysed"] == [{"path": "data/big.py", "reason": "larger than 2 MB"}, {"path": "src/broken.py", "reason": "invalid syntax"}]
    assert len(report["findings"]) == 9
    for finding in report["findings"]:
        assert list(finding) == FINDING_KEYS + (["reason"] if finding["status"] == "suppressed" else [])


def test_one_finding() -> None:
    assert json.loads(render("json", OUTCOME))["findings"][2] == {
        "code": "SE106",
        "rule": "unsafe-deserialization",
        "area": "security",
        "consideration": "unauthorized-access",
        "severity": "error",
        "confidence": "high",
        "message": "file is loaded without weights_only",
        "path": "src/train.py",
        "line": 3,
        "column": 9,
        "end_line": 3,
        "end_column": 25,
        "cell": None,
        "related": [
            {"path": "src/io.py", "line": 10, "column": 1, "note": "path comes from here"},
            {"path": "models/m.pt", "line": 1, "column": 1, "note": ""},
        ],
        "fix": {
            "safety": "safe",
            "title": "pass weights_only=True",
            "edits": [{"path": "src/train.py", "line": 3, "column": 24, "end_line": 3, "end_column": 24, "text": ", weights_only=True"}],
        },
        "fingerprint": "se106-3",
        "status": "open",
    }


def test_notebook_problem_and_decided_findings() -> None:
    findings = json.loads(render("json", OUTCOME))["findings"]
    notebook, broken = findings[:2]
    assert [notebook[key] for key in ("cell", "line", "column", "end_line", "end_column")] == [7, 3, 5, 3, 16]
    assert notebook["related"][0] == {"path": "nb/train.ipynb", "line": 3, "column": 5, "note": "loaded here", "cell": 2}
    assert (broken["code"], broken["rule"], broken["area"], broken["consideration"]) == ("E903", "syntax-error", None, None)
    assert [broken[key] for key in ("line", "column", "end_line", "end_column")] == [1, 1, 1, 1]
    assert [(one["status"], one.get("reason")) for one in findings[5:8]] == [
        ("suppressed", "trusted\nfile"),
        ("suppressed", ""),
        ("baselined", None),
    ]
    assert findings[8]["fix"] == {"safety": "display", "title": "write a card", "edits": []}


@pytest.mark.parametrize("options", [{"color": True}, {"quiet": 2}, {"show_suppressed": True}, {"statistics": True, "show_skipped": True}])
@pytest.mark.parametrize("format_name", ["json", "sarif"])
def test_a_machine_always_gets_the_same(format_name: str, options: dict[str, object]) -> None:
    assert render(format_name, OUTCOME, **options) == render(format_name, OUTCOME)


def test_own_version_is_the_default() -> None:
    import mlops_lint

    assert ReportOptions().version == mlops_lint.__version__


def test_rules() -> None:
    listing = rules_json(RULESET)
    assert listing["version"] == 1
    assert [one["code"] for one in listing["rules"]] == ["GV101", "RP302", "SE106"]
    assert list(listing["rules"][2].items()) == [
        ("code", "SE106"),
        ("rule", "unsafe-deserialization"),
        ("area", "security"),
        ("consideration", "unauthorized-access"),
        ("consideration_title", "Protecting sensitive data and models from unauthorized access"),
        ("summary", "model file read by full unpickling"),
        ("severity", "error"),
        ("confidence", "high"),
        ("profile", "default"),
        ("stage", "stable"),
        ("fix", "safe"),
        (
            "options",
            [
                {"name": "max-size", "type": "int", "default": 10, "description": "Largest file in MB | that is let through."},
                {"name": "allowed-hosts", "type": "list", "default": ["a.example", "b.example"], "description": "Hosts that are trusted."},
            ],
        ),
        ("references", ["https://docs.example/torch.load"]),
        ("plugin", None),
    ]
    assert listing["rules"][0]["plugin"] == "acme-rules"
    assert listing["rules"][0]["fix"] is None


def test_own_codes_are_listed_on_request() -> None:
    rule, problem = rules_json([*RULESET, PROBLEMS["E911"]])["rules"][2:]
    assert list(problem) == list(rule)
    assert (problem["rule"], problem["area"], problem["severity"]) == ("unused-suppression", None, "note")
