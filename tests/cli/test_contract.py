"""The command line over real rules and real files: sentences of the contract that no single part can keep alone."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mlops_lint.cli.main import cli
from mlops_lint.testing.cases import make_notebook

Invoke = Callable[..., Result]
LOAD = 'import torch\nmodel = torch.load("model.pt", weights_only=False)\n'
LINE = "2:9: SE106 [unsafe-deserialization] reading with torch.load and weights_only=False runs whatever code the file holds"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with one bad load at the top and one in ``src``; the working directory."""
    root = Path(os.path.realpath(tmp_path)) / "project"
    (root / "src").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / "load.py").write_text(LOAD, encoding="utf-8")
    (root / "src" / "load.py").write_text(LOAD, encoding="utf-8")
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return root


@pytest.fixture
def lint(project: Path) -> Invoke:
    def call(*arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(cli, list(arguments), prog_name="mlops-lint", **more)

    return call


def first_lines(result: Result) -> list[str]:
    return [line for line in result.stdout.splitlines() if " [" in line]


def test_paths_are_those_one_can_follow(lint: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert first_lines(lint("check")) == [f"load.py:{LINE}", f"src/load.py:{LINE}"]
    monkeypatch.chdir(project / "src")
    assert first_lines(lint("check", ".")) == [f"load.py:{LINE}"]
    assert first_lines(lint("check", "..")) == [f"../load.py:{LINE}", f"load.py:{LINE}"]
    result = lint("check", "--output-format", "json", "..")
    assert [one["path"] for one in json.loads(result.stdout)["findings"]] == ["load.py", "src/load.py"]
    lint("check", "--output-format", "concise=report.txt")
    assert (project / "src" / "report.txt").read_text("utf-8").startswith("src/load.py:")
    monkeypatch.chdir(project.parent)
    assert first_lines(lint("check", "project/src")) == [f"src/load.py:{LINE}"]


def test_json_has_every_field_and_no_other(lint: Invoke, project: Path) -> None:
    (project / "n.ipynb").write_text(make_notebook(LOAD.replace(")\n", ")  # mlops-lint: ignore[SE106] -- ours\n")), encoding="utf-8")
    report = json.loads(lint("check", "--output-format", "json", "--select", "SE106").stdout)
    assert list(report) == ["version", "tool", "summary", "findings", "not_analysed"]
    assert report["summary"] == {
        "findings": 2,
        "errors": 0,
        "warnings": 2,
        "notes": 0,
        "files_analysed": 3,
        "files_skipped": 0,
        "suppressed": 1,
        "baselined": 0,
    }
    keys = "code rule area consideration severity confidence message path line column end_line end_column cell related fix fingerprint status".split()
    first, notebook, _ = report["findings"]
    assert list(first) == keys
    assert list(notebook) == [*keys, "reason"]
    assert (notebook["cell"], notebook["line"], notebook["status"], notebook["reason"]) == (1, 2, "suppressed", "ours")
    assert list(first["fix"]) == ["safety", "title", "edits"]
    assert list(first["fix"]["edits"][0]) == ["path", "line", "column", "end_line", "end_column", "text"]


def test_rules_as_json(lint: Invoke) -> None:
    keys = "code rule area consideration consideration_title summary severity confidence profile stage fix options references plugin".split()
    table = json.loads(lint("rules", "--output-format", "json").stdout)
    assert list(table) == ["version", "rules"]
    assert all(list(one) == keys for one in table["rules"])
    page = json.loads(lint("rule", "SE106", "--output-format", "json").stdout)
    assert page["rules"] == [one for one in table["rules"] if one["code"] == "SE106"]


def test_unreadable_things_are_findings_and_listed(lint: Invoke, project: Path) -> None:
    (project / "a901.py").write_bytes(b'x = "\xff"\n')
    (project / "a902.py").write_bytes(b"x = 1\0\n")
    (project / "a903.py").write_text("def f(:\n", encoding="utf-8")
    (project / "a905.ipynb").write_text("{", encoding="utf-8")
    (project / "a906.yaml").write_text("a: [1\n", encoding="utf-8")
    result = lint("check", "--output-format", "json", "--select", "SE106")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    own = [one for one in report["findings"] if one["area"] is None]
    assert [one["code"] for one in own] == ["E901", "E902", "E903", "E905", "E906"]
    assert {one["severity"] for one in own} == {"warning"}
    assert [one["path"] for one in report["not_analysed"]] == [one["path"] for one in own]
    assert report["summary"]["files_skipped"] == 5
    assert report["summary"]["files_analysed"] == 2
    assert len(report["findings"]) == 7
    assert lint("check", "load.py").stdout.endswith("; 0 files not analysed.\n")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is locked here for this user")
def test_what_lies_in_a_locked_folder_is_a_finding(lint: Invoke, project: Path) -> None:
    (project / "src").chmod(0)
    try:
        for path in ("src/load.py", "src"):
            result = lint("check", path)
            assert result.exit_code == 1
            assert first_lines(result)[0].startswith(f"{path}:1:1: E907 [unreadable-file] ")
    finally:
        (project / "src").chmod(0o755)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is locked here for this user")
def test_a_report_that_may_not_be_written_is_2(lint: Invoke, project: Path) -> None:
    (project / "locked.txt").touch(0o444)
    result = lint("check", "-o", "locked.txt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("locked.txt: Permission denied\n")


@pytest.mark.skipif(os.name == "nt", reason="symbolic links")
def test_only_what_was_named_is_told_as_left_out(lint: Invoke, project: Path) -> None:
    (project / "gone.py").symlink_to("nowhere")
    assert lint("check", "src").stdout.endswith("; 0 files not analysed.\n")
    assert lint("check").stdout.endswith("; 1 files not analysed.\n")
    assert json.loads(lint("check", "--output-format", "json", "gone.py").stdout)["not_analysed"] == [{"path": "gone.py", "reason": "dangling link"}]


def test_standard_input_heeds_force_exclude(lint: Invoke, project: Path) -> None:
    flags = ("check", "-", "--stdin-filename", "src/new.py", "--exclude", "src", "--output-format", "concise")
    assert first_lines(lint(*flags, input=LOAD)) == [f"src/new.py:{LINE}"]
    result = lint(*flags, "--force-exclude", input=LOAD)
    assert (result.exit_code, first_lines(result)) == (0, [])


def test_one_format_in_the_configuration(lint: Invoke, project: Path) -> None:
    (project / "mlops-lint.toml").write_text('output-format = "json"\n', encoding="utf-8")
    assert json.loads(lint("check").stdout)["version"] == 1


def test_statistics(lint: Invoke) -> None:
    result = lint("check", "--statistics")
    assert result.stdout == (
        "2 SE106 [unsafe-deserialization]\n\n"
        "Found 2 findings (0 errors, 2 warnings, 0 notes) in 2 files; 0 suppressed; 0 baselined; 0 files not analysed.\n"
    )
    assert result.exit_code == 1


def test_own_codes_are_a_group(lint: Invoke, project: Path) -> None:
    (project / "load.py").write_text("def f(:\n", encoding="utf-8")
    (project / "src" / "load.py").unlink()
    assert lint("check").exit_code == 1
    for prefix in ("E", "E9", "E90", "syntax-error"):
        assert lint("check", "--ignore", prefix).exit_code == 0


def test_effective_cache_folder(lint: Invoke, project: Path) -> None:
    assert f'cache-dir = "{project.parent / "cache" / "mlops-lint"}"' in lint("config", "show").stdout
    assert f'cache-dir = "{project / "x"}"' in lint("config", "show", "--cache-dir", "x").stdout


def test_a_plugin_that_is_switched_off_is_not_listed(project: Path, lint: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlops_lint.engine.registry as registry

    seen: list[frozenset[str]] = []
    load = registry.load_ruleset
    monkeypatch.setattr(registry, "load_ruleset", lambda off=frozenset(), **more: (seen.append(off), load(off, **more))[1])
    (project / "mlops-lint.toml").write_text('disable-plugins = ["demo"]\n', encoding="utf-8")
    for command in (("rules",), ("rule", "SE106"), ("config", "schema")):
        assert lint(*command).exit_code == 0
    (project / "mlops-lint.toml").write_text("broken", encoding="utf-8")
    assert lint("rules").exit_code == 0
    assert seen == [frozenset({"demo"})] * 3 + [frozenset()]
