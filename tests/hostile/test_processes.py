"""Rules that fail, loop or kill their process, interrupts, streams that are full or gone (TRUST classes 32, 36, 37, 39)."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_run import PYTHON_PATH, RULESET, SOUND, Command, account, command, examine, needs_fork, render, write

from mlops_lint.core.finding import Confidence, Finding, Location, Severity
from mlops_lint.core.rule import LoadedRule, Rule, RuleDoc, Ruleset
from mlops_lint.documents.python import PythonDocument
from mlops_lint.engine import examine as examine_module
from mlops_lint.engine import run as engine
from mlops_lint.engine import workers
from mlops_lint.project.project import Project
from mlops_lint.testing.tokens import make_token
from mlops_lint.text.span import Span

FILES = {"a.py": "x = 1\n", "b.py": "x = 2\n", "c.py": "x = 3\n"}


class Odd(BaseException):
    """What no ``except Exception`` catches."""


def deep(number: int = 0) -> int:
    return deep(number + 1) + 1


def grow() -> None:
    raise MemoryError


def lone(message: str) -> Callable[[], None]:
    def fail() -> None:
        raise ValueError(message)

    return fail


def close() -> None:
    raise GeneratorExit


FAILURES: dict[str, Callable[[], Any]] = {
    "an error": lambda: [][1],
    "an odd error": lambda: (_ for _ in ()).throw(Odd("odd")),
    "an exit": lambda: sys.exit("out"),
    "a quiet exit": lambda: sys.exit(0),
    "an interrupt": lambda: (_ for _ in ()).throw(KeyboardInterrupt()),
    "recursion": deep,
    "memory": grow,
    "the end of a generator": close,
    "lines": lone("one\n::error::two\x1b[31m"),
    "a surrogate": lone("\ud800"),
    "nothing to say": lone(""),
    "much to say": lone("x" * 1_000_000),
    "a secret": lone(make_token("anthropic")),
}


def rules(check: Callable[[PythonDocument], Any] | None = None, project: Callable[[Project], Any] | None = None) -> Ruleset:
    """The built-in rules and one more, as a plugin would bring it."""
    rule = Rule("ZZ101", "a rule of this test", "data-quality", Severity.ERROR, Confidence.HIGH)
    if check is not None:
        rule.on_document(PythonDocument)(check)
    if project is not None:
        rule.on_project(project)
    return Ruleset([*RULESET, LoadedRule(rule, "test-rule", RuleDoc("Title", "why", "do", "limits"))])


@pytest.mark.parametrize("lazy", [True, False], ids=["generator", "function"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_rule_that_raises_costs_that_rule_on_that_file(failure: str, lazy: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def generator(document: PythonDocument) -> Iterator[Finding]:
        if document.name == "b.py":
            FAILURES[failure]()
        yield from ()

    def function(document: PythonDocument) -> list[Finding]:
        if document.name == "b.py":
            FAILURES[failure]()
        return []

    outcome = examine(tmp_path, {**FILES, "b.py": SOUND}, ruleset=rules(generator if lazy else function))
    assert outcome.failed
    told = [one for one in outcome.results if one.code == "E908"]
    assert [one.place.path for one in told] == ["b.py"] and told[0].message.startswith("ZZ101 crashed on this file: ")
    assert len(told[0].message) < 400 and "\n" not in told[0].message
    assert [one.place.path for one in outcome.results if one.code == "RP303"] == ["b.py", "sound.py"], "the other rules go on"
    assert make_token("anthropic")[:30] not in render("text", outcome) + render("json", outcome)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("failure", FAILURES)
def test_a_rule_across_files_that_raises_costs_that_rule(failure: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def fail(project: Project) -> list[Finding]:
        FAILURES[failure]()
        return []

    outcome = examine(tmp_path, ruleset=rules(project=fail))
    assert outcome.failed
    assert [one.code for one in outcome.results] == ["E908", "RP303"]
    assert outcome.results[0].message.startswith("ZZ101 crashed on the project: ")
    account(outcome, 1)
    assert capfd.readouterr() == ("", "")


def finding(rule: str = "ZZ101", path: str = "b.py", span: Span | None = None) -> Finding:
    return Finding(rule, "said", Location(path, span))


ANSWERS: dict[str, tuple[Any, bool]] = {
    "nothing": (None, True),
    "a number": (3, True),
    "words": ("abc", True),
    "pairs": ([("ZZ101", "x")], True),
    "none": ([None], True),
    "a rule that is not there": ([finding("ZZ999")], True),
    "a file that is not there": ([finding(path="nowhere.py")], False),
    "a place outside": ([finding(path="../../etc/passwd", span=Span(0, 5))], False),
    "a place beyond the end": ([finding(span=Span(10**9, 10**9 + 1))], False),
    "the same thrice": ([finding()] * 3, False),
}


@pytest.mark.parametrize("across", [False, True], ids=["file", "project"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_rule_that_gives_nonsense(answer: str, across: bool, tmp_path: Path) -> None:
    given, fails = ANSWERS[answer]
    ruleset = rules(project=lambda project: given) if across else rules(lambda document: given if document.name == "b.py" else ())
    write(tmp_path, FILES)
    outcome = examine(tmp_path, ruleset=ruleset)
    assert outcome.failed is fails
    assert ("E908" in {one.code for one in outcome.results}) is fails
    assert ("RP303", "sound.py") in {(one.code, one.place.path) for one in outcome.results}
    account(outcome, 4)


@needs_fork
@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("death", ["SIGKILL", "SIGSEGV", "SIGABRT", "exit"])
def test_a_worker_that_dies_costs_one_file(death: str, jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    def die(document: PythonDocument) -> Iterator[Finding]:
        if document.name in ("b.py", "c.py"):
            if death == "exit":
                os._exit(0)
            faulthandler.disable()  # of pytest, which would have its say first
            signal.raise_signal(getattr(signal, death))
        yield from ()

    monkeypatch.setattr(engine, "SMALL_JOB_BYTES", 0)
    outcome = examine(tmp_path, FILES, ruleset=rules(die), jobs=jobs)
    assert {(one.code, one.place.path) for one in outcome.results} == {("E904", "b.py"), ("E904", "c.py"), ("RP303", "sound.py")}
    assert not outcome.failed
    assert capfd.readouterr() == ("", "")


@needs_fork
def test_a_worker_that_dies_once_costs_nothing(tmp_path: Path) -> None:
    marker = tmp_path.parent / f"{tmp_path.name}-died"

    def die_once(document: PythonDocument) -> Iterator[Finding]:
        if document.name == "b.py" and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        yield from ()

    outcome = examine(tmp_path, FILES, ruleset=rules(die_once))
    assert marker.exists() and outcome.not_analysed == ()


@needs_fork
@pytest.mark.parametrize("loop", ["code", "pattern", "sleep", "catching"])
def test_a_rule_that_does_not_come_back_costs_one_file(loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spin(document: PythonDocument) -> Iterator[Finding]:
        import re

        while document.name == "b.py":
            if loop == "pattern":
                re.match(r"(a+)+b", "a" * 40)
            elif loop == "sleep":
                time.sleep(0.1)
            elif loop == "catching":
                with contextlib.suppress(BaseException):
                    deep()
        yield from ()

    monkeypatch.setattr(workers, "CPU_SECONDS", 0.5)
    monkeypatch.setattr(workers, "FILE_SECONDS", 2.0 if loop == "sleep" else 60.0)
    outcome = examine(tmp_path, FILES, ruleset=rules(spin))
    assert [(one.code, one.place.path) for one in outcome.results] == [("E909", "b.py"), ("RP303", "sound.py")]


# -- the command as a process -----------------------------------------------------------------------------------------------------------------------


@needs_fork
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)], ids=["INT", "TERM", "KILL"])
def test_interrupts_leave_no_process_and_no_half_report(number: int, code: int, jobs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, started, report = tmp_path / "repo", tmp_path / "started", tmp_path / "report.json"
    write(root, FILES)
    report.write_text("the last one")

    def slow(self: object, task: object, document: object, examined: object) -> None:
        started.touch()
        began = time.process_time()
        while time.process_time() - began < 9:
            pass

    def prepare() -> None:
        os.setsid()
        # Whoever runs the tests in the background may have them ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    monkeypatch.setattr(engine, "SMALL_JOB_BYTES", 0)
    monkeypatch.setattr(examine_module.Examiner, "_look", slow)
    running = Command("check", ".", "-j", jobs, "--output-format", f"json={report}", "--output-format", "text", cwd=root, prepare=prepare)
    try:
        wait_for(started.exists, 60)
        os.kill(running.pid, number)
        began = time.process_time()
        done = running.wait()
        assert (done.code, done.out, done.err) == (code, "", "")
        wait_for(lambda: not session(running.pid), 10)
        assert time.process_time() - began < 2
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
    assert report.read_text() == "the last one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["repo", "report.json", "started"]


def session(leader: int) -> bool:
    """Whether a process of a session is alive."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS, of what has ended and nobody has asked for
        return False
    return True


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


@needs_fork
def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(1, {PYTHON_PATH!r})\nimport os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    code += "import atexit; atexit.register(lambda: os.kill(os.getpid(), signal.SIGTERM))\nfrom mlops_lint.cli.main import main\nmain()\n"
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, check=False)
    assert done.returncode == 0 and done.stdout.startswith(b"mlops-lint ")


FORMATS = ("text", "concise", "json", "sarif")


@needs_fork
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_is_2_with_a_message(name: str, tmp_path: Path) -> None:
    write(tmp_path, {"sound.py": SOUND})
    done = command("check", ".", "--output-format", f"{name}=/dev/full", cwd=tmp_path)
    assert (done.code, done.out, done.err) == (2, "", "error: cannot write to /dev/full: No space left on device\n")


@needs_fork
@pytest.mark.parametrize("stream", ["full", "full error", "closed", "closed error", "closed both", "no reader", "head"])
def test_streams_of_a_check(stream: str, tmp_path: Path) -> None:
    write(tmp_path, {f"{number}.py": SOUND * 20 for number in range(60 if stream == "head" else 2)})
    check = ("check", ".", "-v")
    if stream.startswith("full"):
        if not Path("/dev/full").exists():
            pytest.skip("no device that is always full")
        full = os.open("/dev/full", os.O_WRONLY)
        done = command(*check, cwd=tmp_path, **{"err" if stream == "full error" else "out": full})
        os.close(full)
        if stream == "full":
            assert done.code == 2 and "error: cannot write to standard output: No space left on device\n" in done.err
        else:
            assert done.code == 1 and "RP303" in done.out
    elif stream.startswith("closed"):
        done = command(*check, cwd=tmp_path, out=None if stream == "closed error" else -1, err=None if stream == "closed" else -1)
        assert done.code == (1 if stream == "closed error" else 2)
        assert ("RP303" in done.out) is (stream == "closed error")
        assert ("error: cannot write to standard output: it is closed\n" in done.err) is (stream == "closed")
    else:
        reading, writing = os.pipe()
        if stream == "no reader":
            os.close(reading)
        running = Command(*check, cwd=tmp_path, out=writing, prepare=None if stream == "no reader" else lambda: os.close(reading))
        os.close(writing)
        if stream == "head":
            # No more than a pipe holds: the rest waits to be written when we go.
            assert b"RP303" in os.read(reading, 1000)
            os.close(reading)
        done = running.wait()
        assert done.code == 141 and "error" not in done.err and "Traceback" not in done.err


@needs_fork
@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no stream without an end")
def test_standard_input_without_an_end(tmp_path: Path) -> None:
    write(tmp_path, {"sound.py": SOUND})

    def endless() -> None:
        os.dup2(os.open("/dev/zero", os.O_RDONLY), 0)

    done = command("check", "-", "--stdin-filename", "endless.py", "--show-skipped", cwd=tmp_path, prepare=endless)
    assert done.code == 0, done.err
    assert "endless.py: is larger than the limit of 20,000,000 bytes" in done.out
    assert "Files: 1 found; 0 analysed, 0 failed, 1 skipped." in done.out
    assert done.memory < 1 << 30


@needs_fork
def test_standard_input_is_accounted_for(tmp_path: Path) -> None:
    for data, codes in ((SOUND.encode(), ["RP303"]), (b"x = (\n", ["E903"]), (b"\0", ["E902"]), (b"\xff", ["E901"]), (b"", [])):
        done = command("check", "-", cwd=tmp_path, found=1, stdin=data)
        assert done.codes("-") == codes


def test_no_process_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(workers, "_start", refuse)
    outcome = examine(tmp_path, FILES)
    assert outcome.not_analysed == ()
