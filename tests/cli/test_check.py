from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from mlops_lint.config.schema import KEYS
from mlops_lint.core.finding import Confidence, Severity, Status
from mlops_lint.core.outcome import NotAnalysed, Outcome
from mlops_lint.core.problem import PROBLEMS

Invoke = Callable[..., Result]
FOUND = "Found 0 findings (0 errors, 0 warnings, 0 notes) in 0 files; 0 suppressed; 0 baselined; 0 files not analysed.\n"


def _outcome(hit: Any, *severities: Severity, **more: Any) -> Outcome:
    return Outcome(results=tuple(hit(severity) for severity in severities), files_analysed=1, **more)


def test_nothing_found(invoke: Invoke, engine: Any, repo: Path) -> None:
    result = invoke("check")
    assert (result.exit_code, result.stdout, result.stderr) == (0, FOUND, "")
    request = engine.request
    assert (request.root, request.paths, request.stdin, request.line_hashes) == (repo, (".",), None, False)
    assert request.cache_dir == repo.parent / "cache" / "mlops-lint"
    assert request.active == {"SE106", "DM110"} | set(PROBLEMS)
    assert request.settings.min_confidence is Confidence.MEDIUM
    assert request.jobs >= 1


@pytest.mark.parametrize(
    ("severity", "flags", "code"),
    [
        (Severity.NOTE, [], 0),
        (Severity.WARNING, [], 1),
        (Severity.ERROR, [], 1),
        (Severity.NOTE, ["--fail-level", "note"], 1),
        (Severity.WARNING, ["--fail-level", "error"], 0),
        (Severity.ERROR, ["--fail-level=error"], 1),
        (Severity.ERROR, ["--fail-level", "never"], 0),
        (Severity.ERROR, ["--exit-zero"], 0),
        (Severity.ERROR, ["--exit-zero", "--fail-level", "note"], 0),
    ],
)
@pytest.mark.parametrize("output", ["text", "concise", "json"])
def test_exit_code_depends_on_the_level_alone(
    invoke: Invoke, engine: Any, hit: Any, severity: Severity, flags: list[str], code: int, output: str
) -> None:
    engine.outcome = _outcome(hit, severity)
    assert invoke("check", "--output-format", output, *flags).exit_code == code
    assert invoke("check", "--output-format", f"{output}=out", *flags).exit_code == code


def test_a_failed_run_is_2_whatever_the_level_and_still_prints(invoke: Invoke, engine: Any, hit: Any) -> None:
    engine.outcome = _outcome(hit, Severity.ERROR, failed=True, notices=("rule SE106 failed",))
    result = invoke("check", "--exit-zero")
    assert result.exit_code == 2
    assert "train.py:3:1: SE106" in result.stdout
    assert result.stderr == "error: a rule failed (E908), so findings may be missing; the others hold\nwarning: rule SE106 failed\n"
    assert invoke("check", "-q").stderr == "error: a rule failed (E908), so findings may be missing; the others hold\n"


def test_suppressed_findings_do_not_count(invoke: Invoke, engine: Any, hit: Any) -> None:
    engine.outcome = Outcome(results=(hit(Severity.ERROR, Status.SUPPRESSED), hit(Severity.ERROR, Status.BASELINED)), files_analysed=1)
    assert invoke("check", "--fail-level", "note").exit_code == 0


def test_levels_from_the_configuration(invoke: Invoke, engine: Any, hit: Any, repo: Path) -> None:
    engine.outcome = _outcome(hit, Severity.WARNING)
    (repo / "mlops-lint.toml").write_text('fail-level = "error"\n')
    assert invoke("check").exit_code == 0
    assert invoke("check", "--fail-level", "warning").exit_code == 1
    assert invoke("check", "--isolated").exit_code == 1
    assert invoke("check", "--config", "fail-level = 'note'").exit_code == 1


def test_quiet_prints_findings_alone(invoke: Invoke, engine: Any, hit: Any) -> None:
    engine.outcome = _outcome(hit, Severity.WARNING, notices=("something",))
    result = invoke("check", "-q", "--output-format", "concise", "--select", "RP301")
    assert result.stdout == "train.py:3:1: SE106 [unsafe-deserialization] model is unpickled\n"
    assert result.stderr == ""
    engine.outcome = Outcome()
    assert (invoke("check", "-q").output, invoke("check", "-q").exit_code) == ("", 0)


def test_verbose_says_what_happened_on_standard_error(invoke: Invoke, engine: Any, repo: Path) -> None:
    engine.outcome = Outcome(files_analysed=7, timings={"discover": 0.25, "examine": 1.5})
    (repo / "mlops-lint.toml").write_text("")
    result = invoke("check", "-v")
    assert result.stdout == FOUND
    lines = result.stderr.splitlines()
    assert lines[:4] == [
        f"project: {repo}",
        f"configuration: {repo / 'mlops-lint.toml'}",
        "rules: 2 of 3 are on",
        "files: 7 analysed, 0 not analysed",
    ]
    assert lines[4:6] == ["time:    1.500 s  examine", "time:    0.250 s  discover"]
    assert lines[6].endswith("in all")
    assert invoke("check", "-q", "-v").exit_code == 2


def test_nothing_to_analyse_is_said_in_one_line(invoke: Invoke, engine: Any) -> None:
    engine.outcome = Outcome()
    result = invoke("check", "--output-format", "json")
    assert (result.exit_code, result.stderr) == (0, "warning: there is nothing to analyse under the given paths\n")
    assert json.loads(result.stdout)["findings"] == []
    engine.outcome = Outcome(not_analysed=(NotAnalysed("a.fifo", "is a FIFO", skipped=True),))
    assert invoke("check").stderr.count("nothing to analyse") == 1
    engine.outcome = Outcome(not_analysed=(NotAnalysed("a.py", "E903: invalid syntax"),))
    assert invoke("check", "--ignore", "E903").stderr == ""


def test_paths_are_relative_to_the_root_and_named_once(invoke: Invoke, engine: Any, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "sub" / "deep").mkdir(parents=True)
    (repo / "sub" / "a b.py").touch()
    monkeypatch.chdir(repo / "sub")
    assert invoke("check", "deep", "./deep/", "a b.py", "..", str(repo / "train.py"), "../sub/deep").exit_code == 0
    assert engine.request.root == repo
    assert engine.request.paths == ("sub/deep", "sub/a b.py", ".", "train.py")


def test_a_missing_path_is_named(invoke: Invoke, engine: Any) -> None:
    result = invoke("check", "train.py", "no\x1b[31m.py", "nope")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: there is no file or folder no\\x1b[31m.py\nerror: there is no file or folder nope\n"
    assert engine.requests == []
    assert invoke("check", "").exit_code == 2


def test_a_path_of_another_project(invoke: Invoke, repo: Path) -> None:
    other = repo.parent / "other.py"
    other.touch()
    result = invoke("check", "train.py", "../other.py")
    assert result.exit_code == 2
    assert result.stderr == f"error: {other} lies outside the project {repo}; check one project at a time\n"


def test_a_link_that_leads_nowhere_is_left_to_the_engine(invoke: Invoke, engine: Any, repo: Path) -> None:
    (repo / "link.py").symlink_to("gone.py")
    assert invoke("check", "link.py").exit_code == 0
    assert engine.request.paths == ("link.py",)


def test_standard_input(invoke: Invoke, engine: Any, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert invoke("check", "-", input=b"import os\n\xff").exit_code == 0
    assert engine.requests[-1].stdin == ("-", b"import os\n\xff")
    (repo / "sub").mkdir()
    monkeypatch.chdir(repo / "sub")
    for arguments in (["-", "--stdin-filename", "new.ipynb"], ["--stdin-filename", str(repo / "sub" / "new.ipynb")]):
        assert invoke("check", *arguments, input="{}").exit_code == 0
        assert engine.requests[-1].stdin == ("sub/new.ipynb", b"{}")
        assert engine.requests[-1].paths == ("sub/new.ipynb",)


def test_wrong_use_of_standard_input(invoke: Invoke) -> None:
    assert "stands alone" in invoke("check", "-", "train.py").stderr
    assert "goes with the path -" in invoke("check", "train.py", "--stdin-filename", "a.py").stderr
    assert invoke("check", "-", "--stdin-filename", "").exit_code == 2
    assert invoke("check", "-", "--stdin-filename", ".").exit_code == 2


def test_flags_reach_the_engine(invoke: Invoke, engine: Any, repo: Path) -> None:
    result = invoke(
        *("check", "-j", "3", "--select", "SE,large-file", "--select", "RP", "--ignore", "SE1", "--preview"),
        *("--min-confidence", "low", "--exclude", "a,b/c", "--extend-exclude", "d", "--force-exclude", "--target-python", "3.9"),
        *("--cache-dir", "here", "--config", "rules.large-file.max-size = 3", "--config", "severity.SE106 = 'note'"),
    )
    assert (result.exit_code, result.stderr) == (0, "")
    request, settings = engine.request, engine.request.settings
    assert request.active - set(PROBLEMS) == {"DM110", "RP301"}
    assert (request.jobs, request.cache_dir) == (3, repo / "here")
    assert (settings.exclude, settings.extend_exclude, settings.force_exclude) == (("a", "b/c"), ("d",), True)
    assert (settings.min_confidence, settings.target_python, settings.preview) == (Confidence.LOW, (3, 9), True)
    assert settings.options["DM110"].max_size == 3
    assert settings.severity == {"SE106": Severity.NOTE}


def test_negated_flags_beat_the_configuration(invoke: Invoke, engine: Any, repo: Path) -> None:
    (repo / "mlops-lint.toml").write_text("preview = true\nforce-exclude = true\nno-cache = true\n")
    invoke("check")
    assert engine.requests[-1].settings.preview
    invoke("check", "--no-preview", "--no-force-exclude", "--cache-dir", "x")
    assert not engine.requests[-1].settings.preview
    assert not engine.requests[-1].settings.force_exclude
    assert engine.requests[-1].cache_dir is None


def test_sarif_needs_line_hashes(invoke: Invoke, engine: Any) -> None:
    pytest.importorskip("mlops_lint.report.sarif")
    assert invoke("check", "--output-format", "text", "--output-format", "sarif=out.sarif").exit_code == 0
    assert engine.request.line_hashes


@pytest.mark.parametrize("flags", [["--select", "XX"], ["--config", "selct = []"], ["--config", "nope.toml"], ["--target-python", "4"]])
def test_wrong_configuration_is_2_before_anything_runs(invoke: Invoke, engine: Any, flags: list[str]) -> None:
    result = invoke("check", *flags)
    assert (result.exit_code, result.stdout, engine.requests) == (2, "", [])
    assert result.stderr.strip()


def test_a_preview_rule_without_preview_is_a_warning(invoke: Invoke) -> None:
    result = invoke("check", "--select", "RP301")
    assert (result.exit_code, result.stderr) == (0, "warning: selecting `RP301` has no effect without --preview: it is not yet stable\n")


def test_configuration_problems_have_their_place(invoke: Invoke, repo: Path) -> None:
    (repo / "pyproject.toml").write_text('[tool.mlops-lint]\nselct = ["SE"]\n')
    result = invoke("check", "train.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: pyproject.toml:2:1: unknown key `selct`; did you mean `select`?\n"


# -- reports -----------------------------------------------------------------------------------------------------------------------------------------------


def test_several_formats(invoke: Invoke, repo: Path) -> None:
    result = invoke("check", "--output-format", "text", "--output-format", "json=out.json", "--output-format", "concise=sub.txt")
    assert (result.exit_code, result.stdout) == (0, FOUND)
    assert json.loads((repo / "out.json").read_text())["version"] == 1
    assert (repo / "sub.txt").read_text() == FOUND


def test_output_file(invoke: Invoke, repo: Path) -> None:
    result = invoke("check", "-o", "out.json", "--output-format", "json")
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads((repo / "out.json").read_text())["version"] == 1
    assert invoke("check", "-o", "-").stdout == FOUND


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--output-format", "text", "--output-format", "json"], "only one format can go to standard output, not text and json"),
        (["-o", "x", "--output-format", "text", "--output-format", "json=y"], "--output-file is for a single format"),
        (["-o", "x", "--output-format", "json=y"], "already names a file"),
        (["--output-format", "json=x", "--output-format", "text=./x"], "two formats would go to the same file"),
        (["--output-format", "json=gone/x"], "there is no folder"),
        (["--output-format", "json=sub"], "it is a folder"),
        (["-o", ""], "names no file"),
        (["--output-format", "json="], "there is no file name"),
        (["--output-format", "jsn"], "did you mean `json`?"),
        (["--color", "alway"], "did you mean `always`?"),
    ],
)
def test_wrong_outputs(invoke: Invoke, engine: Any, repo: Path, flags: list[str], message: str) -> None:
    (repo / "sub").mkdir()
    result = invoke("check", *flags)
    assert (result.exit_code, result.stdout, engine.requests) == (2, "", [])
    assert message in result.stderr
    assert sorted(path.name for path in repo.iterdir()) == [".git", "sub", "train.py"]


@pytest.mark.skipif(os.name == "nt", reason="modes and links of POSIX")
def test_a_report_replaces_the_target_of_a_link_and_keeps_its_mode(invoke: Invoke, repo: Path) -> None:
    target = repo / "real.json"
    target.write_text("old")
    target.chmod(0o640)
    (repo / "out.json").symlink_to("real.json")
    invoke("check", "-o", "out.json", "--output-format", "json")
    assert (repo / "out.json").is_symlink()
    assert target.read_text().startswith("{")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    old = os.umask(0o027)
    try:
        invoke("check", "-o", "new.json", "--output-format", "json")
    finally:
        os.umask(old)
    assert stat.S_IMODE((repo / "new.json").stat().st_mode) == 0o640
    assert invoke("check", "-o", os.devnull).exit_code == 0
    assert not stat.S_ISREG(Path(os.devnull).stat().st_mode)


def test_colours(invoke: Invoke, engine: Any, hit: Any, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.outcome = _outcome(hit, Severity.WARNING)
    assert "\x1b[" not in invoke("check", color=True).stdout
    assert "\x1b[" in invoke("check", "--color", "always", color=True).stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in invoke("check", color=True).stdout
    assert "\x1b[" not in invoke("check", "--color", "never", color=True).stdout
    invoke("check", "-o", "out.txt")
    assert "\x1b[" not in (repo / "out.txt").read_text()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in invoke("check", color=True).stdout


# -- failures ----------------------------------------------------------------------------------------------------------------------------------------------


def test_a_crash_of_the_tool_is_2_and_shows_its_place_when_asked(invoke: Invoke, engine: Any) -> None:
    engine.error = RuntimeError("broken\nhere")
    result = invoke("check")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: mlops-lint itself failed: RuntimeError: broken\\nhere\nRun it again with -v to see where, and please report it.\n"
    )
    assert "Traceback" in invoke("check", "-v").stderr


@pytest.mark.parametrize("error", [RecursionError("deep"), MemoryError(), OSError(5, "Input/output error"), SystemError("odd")])
def test_any_exception_is_2(invoke: Invoke, engine: Any, error: Exception) -> None:
    engine.error = error
    result = invoke("check")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


def test_ctrl_c_is_130_and_quiet(invoke: Invoke, engine: Any) -> None:
    engine.error = KeyboardInterrupt()
    result = invoke("check")
    assert (result.exit_code, result.output) == (130, "")


def test_every_setting_with_a_flag_is_an_option_of_check(invoke: Invoke) -> None:
    text = invoke("check", "--help").stdout
    for key in KEYS.values():
        assert not key.flag or f"{key.flag} " in text or f"{key.flag}\n" in text
    for later in ("--fix", "--baseline", "--staged", "--diff"):
        assert later not in text


def test_the_cache_never_lies_in_the_project(invoke: Invoke, engine: Any, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(repo / ".cache"))
    invoke("check")
    assert engine.request.cache_dir is None
