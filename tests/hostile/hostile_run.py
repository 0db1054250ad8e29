"""How the tests of this folder run the tool, and the account that it must give of every file.

``command`` runs the whole command line in a fork of the test process, in which the rules are loaded already, so that it costs what the work costs and not
two seconds of start-up. A guard (an audit hook of the interpreter) ends that process when it does what the tool never may. ``fresh`` starts a real one.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import mlops_lint
from mlops_lint.config.settings import Settings
from mlops_lint.core.outcome import Outcome
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.core.rule import Ruleset
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.engine.request import Request
from mlops_lint.engine.run import run
from mlops_lint.report.reporter import ReportOptions, make_reporter

RULESET = load_ruleset()
SOUND = "from sklearn.model_selection import KFold\n\nfolds = KFold(5, random_state=1)\n"
"""A file with one known finding (RP303); it stands beside every hostile one, and what is said of it must not change."""
PYTHON_PATH = str(Path(mlops_lint.__file__).resolve().parents[1])
SECONDS = 20.0
"""Time of a processor that one run of the command may take, however hostile its input: twice the budget of a file."""
HANGS = 120
"""Seconds by the clock after which a run is ended, whatever else the machine does meanwhile."""
GUARD_EXIT = 99

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the command is run in a fork")


# -- the account -------------------------------------------------------------------------------------------------------------------------------------


def write(root: Path, files: Mapping[str, bytes | str]) -> None:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)


def examine(root: Path, files: Mapping[str, bytes | str] | None = None, *, ruleset: Ruleset = RULESET, jobs: int = 1, **settings: Any) -> Outcome:
    """The outcome of a run over a folder into which the files and the sound one were written; the account is checked against their number."""
    write(root, {**(files or {}), "sound.py": SOUND})
    active = frozenset({one.code for one in ruleset} | set(PROBLEMS))
    outcome = run(Request(root, (".",), active, Settings(**settings), jobs), ruleset)
    if files is not None:
        account(outcome, len(files) + 1)
    if ruleset is RULESET:
        assert ("RP303", "sound.py") in {(one.code, one.place.path) for one in outcome.results}
        assert not outcome.failed, [one.message for one in outcome.results if one.code == "E908"]
    return outcome


def account(outcome: Outcome, found: int) -> None:
    """Discovered = analysed + failed + skipped; what failed is a finding, what is not analysed is listed with a reason; and all of it is printed."""
    failed = [one for one in outcome.not_analysed if not one.skipped]
    skipped = [one for one in outcome.not_analysed if one.skipped]
    assert outcome.files_analysed + len(failed) + len(skipped) == found, outcome.not_analysed
    assert len({one.path for one in outcome.not_analysed}) == len(outcome.not_analysed)
    told = {(one.place.path, one.code) for one in outcome.results}
    for one in failed:
        assert (one.path, one.reason[:4]) in told, "what failed is a finding, too"
    assert all(one.reason and "Traceback" not in one.reason for one in outcome.not_analysed)
    assert all(len(one.place.snippet) <= 200 for one in outcome.results)
    text, data = render("text", outcome), json.loads(render("json", outcome))
    assert f"Files: {found} found; {outcome.files_analysed} analysed, {len(failed)} failed, {len(skipped)} skipped.\n" in text
    assert text.endswith(f" {len(failed) + len(skipped)} files not analysed.\n")
    assert data["summary"]["files_analysed"] + data["summary"]["files_skipped"] == found
    assert len(data["not_analysed"]) == data["summary"]["files_skipped"]


def render(name: str, outcome: Outcome) -> str:
    stream = io.StringIO(newline="\n")
    make_reporter(name, ReportOptions(show_skipped=True, active=frozenset({one.code for one in RULESET}))).write(outcome, RULESET, stream)
    return stream.getvalue()


# -- the command -------------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Done:
    """How one run of the command ended. ``seconds`` are those of a processor, ``memory`` the most it held, in bytes."""

    code: int
    out: str
    err: str
    seconds: float = 0.0
    memory: int = 0

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report on standard output."""
        report: dict[str, Any] = json.loads(self.out)
        return report

    def codes(self, path: str) -> list[str]:
        return [one["code"] for one in self.report["findings"] if one["path"] == path]


def command(*arguments: str, cwd: Path, found: int | None = None, stdin: bytes = b"", env: Mapping[str, str] | None = None, **more: Any) -> Done:
    """Run ``mlops-lint`` with arguments, under the guard; with ``found``, hold its account (in JSON, which is then asked for) against that number."""
    if found is not None:
        arguments = (*arguments, "--output-format", "json")
    done = Command(*arguments, cwd=cwd, stdin=stdin, env=env, **more).wait()
    sound(done)
    if found is not None:
        summary = done.report["summary"]
        assert summary["files_analysed"] + summary["files_skipped"] == found, done.report["not_analysed"]
        assert summary["files_skipped"] == len(done.report["not_analysed"])
    return done


class Command:
    """A run of the command that goes on by itself. ``out`` and ``err`` are descriptors in the place of those that are read, -1 is a closed one; ``prepare``
    is called in the new process first."""

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        out: int | None = None,
        err: int | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self._files = [tempfile.TemporaryFile() for _ in range(3)]  # noqa: SIM115
        given, own_out, own_err = self._files
        given.write(stdin)
        given.seek(0)
        self.pid = os.fork()
        if self.pid == 0:
            streams = (given.fileno(), own_out.fileno() if out is None else out, own_err.fileno() if err is None else err)
            _become(streams, arguments, cwd, env or {}, prepare)

    def wait(self) -> Done:
        """How it ended."""
        _, status, usage = os.wait4(self.pid, 0)
        for file in self._files:
            file.seek(0)
        out, err = (file.read().decode() for file in self._files[1:])
        for file in self._files:
            file.close()
        return Done(os.waitstatus_to_exitcode(status), out, err, usage.ru_utime + usage.ru_stime, _bytes(usage.ru_maxrss))


def sound(done: Done) -> None:
    """What holds for every run: it ended by itself, in time, without a traceback and without doing what it never may."""
    assert "GUARD" not in done.err, done.err
    assert done.code in (0, 1, 2, 141), f"{done.code}\n{done.err}"
    assert "Traceback" not in done.err + done.out, done.err
    assert "mlops-lint itself failed" not in done.err, done.err
    assert done.seconds < SECONDS


def _become(streams: tuple[int, int, int], arguments: Iterable[str], cwd: Path, env: Mapping[str, str], prepare: Callable[[], None] | None) -> None:
    """Turn this fork into the command; does not return."""
    code = GUARD_EXIT
    try:
        for target, source in enumerate(streams):
            if source >= 0:
                os.dup2(source, target)
            else:
                os.close(target)
        names = zip(("stdin", "stdout", "stderr"), streams, "rww", strict=True)
        for target, (name, source, mode) in enumerate(names):
            setattr(sys, name, open(target, mode, closefd=False) if source >= 0 else None)  # noqa: SIM115
        os.chdir(cwd)
        os.environ.update(env)
        sys.argv = ["mlops-lint", *arguments]
        signal.alarm(HANGS)
        if prepare is not None:
            prepare()
        exec(guard_code(cwd), {})
        from mlops_lint.cli.main import main

        main()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError, OSError, ValueError):
                stream.flush()
        os._exit(code)


def _bytes(measured: int) -> int:
    return measured if sys.platform == "darwin" else measured * 1024


def script(folder: Path, root: Path, guarded: bool = True) -> Path:
    """A console script as an installer writes it, with the guard in front."""
    path = folder / "mlops-lint-script.py"
    guard = guard_code(root) if guarded else ""
    path.write_text(f"import sys\nsys.path.insert(1, {PYTHON_PATH!r})\n{guard}\nfrom mlops_lint.cli.main import main\nsys.exit(main())\n", "utf-8")
    return path


def fresh(
    *arguments: str, cwd: Path, folder: Path, flags: Iterable[str] = (), env: Mapping[str, str] | None = None, guarded: bool = True, **more: Any
) -> Done:
    """The same in an interpreter of its own, started as the console script is."""
    path = script(folder, cwd, guarded)
    done = subprocess.run(
        [sys.executable, *flags, str(path), *arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        timeout=120,
        check=False,
        **more,
    )
    found = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
    sound(found)
    return found


def guard_code(root: Path) -> str:
    return f"ROOT = {os.path.realpath(root)!r}\nEXIT = {GUARD_EXIT}\n{_GUARD}"


_GUARD = re.sub(
    r"^    ",
    "",
    r"""
    def _guard():
        import os, sys
        from os.path import abspath, realpath

        def within(path):
            path = os.fsdecode(path) if isinstance(path, (str, bytes)) else ""
            return bool(path) and (realpath(path) + os.sep).startswith(ROOT + os.sep)

        def refuse(event, args):
            os.write(2, ("GUARD %s %r\n" % (event, args)).encode("utf-8", "backslashreplace")[:500])
            os._exit(EXIT)

        network = {"connect", "bind", "getaddrinfo", "gethostbyname", "gethostbyaddr", "sendto", "sendmsg"}
        changing = {"os.remove", "os.rmdir", "os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.utime"}
        starting = {"os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.startfile", "pty.spawn", "ctypes.dlopen"}
        writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

        def hook(event, args):
            if event.startswith("socket."):
                # A pipe between our own processes is a pair of local sockets.
                if event[7:] in network or (event == "socket.__new__" and args[1] != getattr(__import__("socket"), "AF_UNIX", None)):
                    refuse(event, args)
            elif event in starting or event.startswith(("urllib.", "http.client.", "ftplib.", "smtplib.")):
                refuse(event, args)
            elif event == "subprocess.Popen":
                program = args[0] if args[0] else args[1][0]
                if os.path.basename(os.fsdecode(program)) not in ("git", "git.exe") or within(program):
                    refuse(event, args)
            elif event == "exec":
                name = getattr(args[0], "co_filename", "")
                if not name.startswith("<") and within(abspath(name)):
                    refuse(event, (name,))
            elif event == "import":
                if args[1] and within(args[1]):
                    refuse(event, args[:2])
            elif event == "pickle.find_class":
                if args[0].split(".")[0] not in ("mlops_lint", "builtins", "copyreg", "collections"):
                    refuse(event, args)
            elif event == "open":
                if isinstance(args[0], (str, bytes)) and isinstance(args[2], int) and args[2] & writing and within(args[0]):
                    refuse(event, args)
            elif event in changing:
                if any(within(one) for one in args if isinstance(one, (str, bytes))):
                    refuse(event, args)

        sys.addaudithook(hook)

    _guard()
    """,
    flags=re.MULTILINE,
)
