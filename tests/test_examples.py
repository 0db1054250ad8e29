"""The sample repository that the README shows: every mistake that was put into it is found, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"

# (path, cell, line, code) of each finding of medium confidence or better; line 1 of what concerns the whole file.
CHURN = [
    (".env", None, 1, "SE104"),
    (".github/workflows/train.yml", None, 16, "RP216"),
    ("Dockerfile", None, 1, "RP110"),
    ("Dockerfile", None, 6, "RP216"),
    ("notebooks/explore.ipynb", 2, 1, "RP213"),
    ("notebooks/explore.ipynb", 4, 1, "RP104"),
    ("notebooks/explore.ipynb", 4, 3, "DM201"),
    ("requirements.txt", None, 1, "RP202"),
    ("requirements.txt", None, 2, "RP201"),
    ("requirements.txt", None, 8, "RP215"),
    ("src/churn/data.py", None, 12, "DM213"),
    ("src/churn/features.py", None, 12, "SE111"),
    ("src/churn/features.py", None, 13, "SE110"),
    ("src/churn/model.py", None, 22, "SE106"),
    ("src/churn/score.py", None, 28, "RP301"),
    ("src/churn/settings.py", None, 6, "RP311"),
    ("src/churn/train.py", None, 19, "RP303"),
    ("src/churn/train.py", None, 22, "RP302"),
    ("src/churn/train.py", None, 33, "SE103"),
    ("src/churn/train.py", None, 41, "DM201"),
    ("src/churn/train.py", None, 50, "RP301"),
]


def check(cwd: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mlops_lint", "check", "--no-cache", *arguments]
    return subprocess.run(command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, encoding="utf-8", check=False)


def findings(done: subprocess.CompletedProcess[str]) -> list[Any]:
    report = json.loads(done.stdout)
    assert report["not_analysed"] == []
    found: list[Any] = report["findings"]
    return found


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as a repository of its own, as its author would have it."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    top = tmp_path_factory.mktemp("churn") / "churn-model"
    shutil.copytree(EXAMPLES / "churn-model", top, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    quiet |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for command in (["init", "-q"], ["add", "--all"], ["-c", "user.name=a", "-c", "user.email=a@example.invalid", "commit", "-qm", "Churn model"]):
        subprocess.run(["git", *command], cwd=top, env=quiet, check=True, capture_output=True)
    return top


def test_every_mistake_of_the_sample_is_found_and_nothing_else(churn: Path) -> None:
    done = check(churn, "--output-format", "json")
    assert (done.returncode, done.stderr) == (1, "")
    found = findings(done)
    assert [(one["path"], one["cell"], one["line"], one["code"]) for one in found] == CHURN
    assert len({one["code"] for one in found}) >= 15


def test_across_files_the_other_place_is_shown(churn: Path) -> None:
    by_code = {(one["code"], one["path"]): one for one in findings(check(churn, "--output-format", "json"))}
    read = by_code["DM201", "src/churn/train.py"]["related"]
    assert [(one["path"], one["line"]) for one in read] == [("src/churn/data.py", 11)]
    drawn = by_code["RP301", "src/churn/train.py"]["related"]
    assert [(one["path"], one["line"]) for one in drawn] == [("src/churn/features.py", 20), ("src/churn/train.py", 51), ("src/churn/train.py", 37)]


def test_one_file_by_name_gets_what_the_whole_run_says_of_it(churn: Path) -> None:
    whole = [one for one in findings(check(churn, "--output-format", "json")) if one["path"] == "src/churn/train.py"]
    alone = findings(check(churn, "src/churn/train.py", "--output-format", "json"))
    assert [one for one in alone if one["path"] == "src/churn/train.py"] == whole


FORMATS = ("text", "concise", "json", "sarif")


def test_the_format_changes_neither_the_exit_code_nor_the_number(churn: Path) -> None:
    assert {check(churn, "--output-format", name).returncode for name in FORMATS} == {1}
    assert {check(churn, "--output-format", name, "--exit-zero").returncode for name in FORMATS} == {0}
    several = check(churn, *(f"--output-format={name}={name}.out" for name in FORMATS), "--exclude", "*.out")
    assert several.returncode == 1
    assert len(json.loads((churn / "json.out").read_text("utf-8"))["findings"]) == len(CHURN)
    assert len(json.loads((churn / "sarif.out").read_text("utf-8"))["runs"][0]["results"]) == len(CHURN)
    assert (churn / "concise.out").read_text("utf-8").count("\n") == len(CHURN) + 1


def test_same_bytes_for_any_hash_seed_and_number_of_jobs(churn: Path) -> None:
    outputs = {check(churn, "--output-format", "json", PYTHONHASHSEED=seed).stdout for seed in ("0", "1", "4")}
    assert len(outputs) == 1
    # Our own repository is large enough for workers.
    outputs = {check(ROOT, "--jobs", jobs, "--output-format", "json", PYTHONHASHSEED=jobs).stdout for jobs in ("1", "3")}
    assert len(outputs) == 1


def test_no_output_shows_the_key_or_the_password(churn: Path) -> None:
    for name in FORMATS:
        output = check(churn, "--output-format", name).stdout
        assert "4417-quarry" not in output and "anvil-orbit" not in output, name


def test_in_our_own_repository_the_sample_shows_the_same() -> None:
    """Our configuration asks for low confidence, since everything below ``examples`` has it; so that is what the README's command prints."""
    done = check(ROOT, "examples/churn-model", "--exit-zero", "--output-format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    found = [(one["path"].removeprefix("examples/churn-model/"), one["cell"], one["line"], one["code"]) for one in findings(done)]
    # A lock is not asked of examples; and without git nobody can tell whether a file is tracked.
    expected = [one for one in CHURN if one[3] != "RP202"]
    assert found in (expected, [one for one in expected if one[3] != "SE104"])


def test_a_wrong_path_into_the_examples_is_an_error() -> None:
    assert check(ROOT, "examples/no-such-model").returncode == 2
