"""What only a process of its own can show: start-up, the standard streams, decoys in the working directory."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlops_lint.cli.failure import Failure, PipeClosed
from mlops_lint.cli.progress import _Bar, progress_bar
from mlops_lint.cli.streams import wants_color, writing

MAIN = """
import mlops_lint.engine.registry
from mlops_lint.core.rule import Ruleset
mlops_lint.engine.registry.load_ruleset = lambda *_, **__: Ruleset([])
from mlops_lint.cli.main import main
main()
"""


def run(*arguments: str, code: str = MAIN, flags: tuple[str, ...] = (), cwd: Path | None = None, **more: Any) -> subprocess.CompletedProcess[bytes]:
    more.setdefault("stdout", subprocess.PIPE)
    more.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([sys.executable, *flags, "-c", code, *arguments], cwd=cwd, timeout=60, **more)


def test_version_and_help_import_nothing_heavy() -> None:
    code = (
        "import sys, io\n"
        "from mlops_lint.cli.main import cli\n"
        "for args in (['--version'], ['--help'], ['check', '--help'], ['config', 'show', '-h']):\n"
        "    cli.main(args, prog_name='mlops-lint', standalone_mode=False)\n"
        "heavy = {'libcst', 'git', 'yaml', 'tomli', 'asyncio', 'multiprocessing', 'importlib.metadata', 'mlops_lint.engine', 'mlops_lint.project'}\n"
        "sys.stderr.write(','.join(sorted(heavy & set(sys.modules))))\n"
    )
    result = run(code=code)
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.parametrize("flags", [(), ("-P",)] if sys.version_info >= (3, 11) else [()])
def test_a_decoy_in_the_working_directory_is_not_run(tmp_path: Path, flags: tuple[str, ...]) -> None:
    for name in ("click", "yaml", "tomli", "libcst", "git", "json", "__future__", "os", "traceback", "difflib"):
        (tmp_path / f"{name}.py").write_text(f"open('executed-{name}', 'w')\nraise SystemExit(99)\n")
    result = subprocess.run([sys.executable, *flags, "-m", "mlops_lint", "config", "show"], cwd=tmp_path, capture_output=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert not list(tmp_path.glob("executed-*"))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="no safe path before Python 3.11")
def test_workers_that_are_spawned_do_not_run_decoys_either(tmp_path: Path) -> None:
    (tmp_path / "multiprocessing.py").write_text("open('executed', 'w')\n")
    ending = (
        "try:\n    main()\nexcept SystemExit:\n    pass\nimport subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import multiprocessing'])\n"
    )
    code = MAIN.removesuffix("main()\n") + ending
    assert run("--version", code=code, flags=("-P",), cwd=tmp_path).returncode == 0
    assert not (tmp_path / "executed").exists()


def test_dash_m_works_as_the_console_script(tmp_path: Path) -> None:
    result = subprocess.run([sys.executable, "-m", "mlops_lint", "chekc"], cwd=tmp_path, capture_output=True, timeout=60)
    assert result.returncode == 2
    assert result.stderr.startswith(b"Usage: mlops-lint ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [("--version",), ("check", "--help"), ("config", "show")])
def test_a_full_standard_output_is_2_with_a_message(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        result = run(*arguments, cwd=tmp_path, stdout=full)
    assert result.returncode == 2
    assert result.stderr.count(b"\n") == 1
    assert b"No space left" in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="descriptors of POSIX")
def test_closed_streams(tmp_path: Path) -> None:
    result = run("config", "show", cwd=tmp_path, stdout=None, preexec_fn=lambda: os.close(1))
    assert (result.returncode, result.stderr) == (2, b"error: cannot write to standard output: it is closed\n")
    result = run("config", "show", cwd=tmp_path, stderr=None, preexec_fn=lambda: os.close(2))
    assert result.returncode == 0
    result = run("check", "-", cwd=tmp_path, preexec_fn=lambda: os.close(0))
    assert (result.returncode, result.stderr) == (2, b"error: cannot read standard input: it is closed\n")


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_reader_that_goes_away_is_141_and_quiet(tmp_path: Path) -> None:
    reading, writing_end = os.pipe()
    os.close(reading)
    for arguments in (("config", "show"), ("--help",)):
        result = run(*arguments, cwd=tmp_path, stdout=writing_end)
        assert (result.returncode, result.stderr) == (141, b"")
    os.close(writing_end)


def test_output_is_the_same_in_every_locale(tmp_path: Path) -> None:
    (tmp_path / "mlops-lint.toml").write_text('exclude = ["größe"]', encoding="utf-8")
    base = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    found = set()
    for more in ({"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, {"LC_ALL": "C.UTF-8"}):
        result = run("config", "show", cwd=tmp_path, env={**base, **more})
        assert result.returncode == 0
        found.add(result.stdout)
    assert len(found) == 1
    assert "größe".encode() in found.pop()
    result = run("config", "show", cwd=tmp_path, env={**base, "PYTHONIOENCODING": "ascii"})
    assert result.returncode == 0
    assert b"gr\\xf6\\xdfe" in result.stdout


def test_without_a_home_and_with_strict_interpreters(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME", "USERPROFILE")}
    for flags in ((), ("-O",), ("-W", "error"), ("-I",)):
        result = run("config", "show", cwd=tmp_path, env=env, flags=flags)
        assert (result.returncode, result.stderr) == (0, b""), flags


def test_a_working_directory_that_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    code = f"import os, pathlib; pathlib.Path({str(folder)!r}).rmdir()\n{MAIN}"
    if os.name == "nt":
        pytest.skip("a working directory cannot be removed here")
    result = run("check", code=code, cwd=folder)
    assert result.returncode == 2
    assert result.stderr.startswith(b"error: the working directory cannot be used")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "environ", "terminal", "wanted"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_when_to_colour(choice: str, environ: dict[str, str], terminal: bool, wanted: bool) -> None:
    assert wants_color(choice, _Terminal() if terminal else io.StringIO(), environ) is wanted


def test_failures_to_write() -> None:
    with pytest.raises(PipeClosed), writing("x"):
        raise BrokenPipeError
    with pytest.raises(Failure, match=r"^cannot write to x: No space left on device$"), writing("x"):
        raise OSError(28, "No space left on device")


def test_the_progress_bar_waits_a_second_and_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    now = [0.0]
    bar = _Bar(lambda: now[0])
    bar.advance(1, 4)
    bar.clear()
    assert stream.getvalue() == ""
    now[0] = 1.0
    bar.advance(2, 4)
    line = f"[{'#' * 15}{'.' * 15}] 2/4 files"
    assert stream.getvalue() == f"\r{line}"
    now[0] = 1.05
    bar.advance(3, 4)
    assert stream.getvalue() == f"\r{line}"
    bar.clear()
    assert stream.getvalue() == f"\r{line}\r{' ' * len(line)}\r"


def test_no_progress_bar_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress_bar(True) as advance:
        assert advance is None
    monkeypatch.setattr(sys, "stderr", _Terminal())
    with progress_bar(False) as advance:
        assert advance is None
    with progress_bar(True) as advance:
        assert advance is not None
