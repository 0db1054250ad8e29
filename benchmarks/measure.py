"""One measured run of a command: time by the clock, processor time and memory of the command with all of its processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_SCRIPT = Path(sys.executable).with_name("mlops-lint")
LINT = (str(_SCRIPT),) if _SCRIPT.exists() else (sys.executable, "-m", "mlops_lint")
"""The linter of this checkout, see ``environment``, by this interpreter: as its users start it, or, where it is not installed, as a module. That is to be done
in a folder without Python files, which ``-m`` would find first."""

_EVERY = 0.1
# What would turn a tool into another one than its user gets: caches elsewhere or none, settings by variable.
_LEFT_OUT = ("PYTHON", "MLOPS_LINT", "RUFF_", "PYLINT", "BANDIT", "FIXIT", "GIT_")


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took: seconds by the clock and of processors, bytes of its largest process and of all together, and its exit code."""

    wall: float
    cpu: float
    largest: int
    together: int | None
    code: int


def environment(scratch: Path, *, ours: bool = False, **more: str) -> dict[str, str]:
    """Variables for a measured command: nobody's settings, and for our linter the package of this checkout.

    A filter named in an analysed repository's attributes does nothing without git settings that define it, so there are none.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    kept |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PYLINTHOME": str(scratch / "pylint")}
    if ours:
        kept["PYTHONPATH"] = str(ROOT / "src")
    return kept | more


def measure(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], out: Path) -> Run:
    """Run a command to its end. Its output goes to the file ``out``, its messages to the file beside it that ends in ``.err``."""
    with out.open("wb") as output, out.with_suffix(".err").open("wb") as messages:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=messages)
        watch = _Watch(process.pid)
        watch.start()
        # Of the process and of all its descendants that were waited for. The memory is that of the largest of them; Linux counts in what the process
        # was before it became the command, so this module, which starts it, has to stay smaller than anything it measures.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        watch.end()
        process.returncode = os.waitstatus_to_exitcode(status)
    largest = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    together = None if watch.most is None else max(watch.most, largest)
    return Run(wall, usage.ru_utime + usage.ru_stime, largest, together, process.returncode)


class _Watch(threading.Thread):
    """Looks ten times a second at what a process and its descendants hold together; pages that several share count once. Linux only."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.most: int | None = 0 if Path("/proc/self/smaps_rollup").exists() else None
        self._ended = threading.Event()

    def run(self) -> None:
        while self.most is not None and not self._ended.wait(_EVERY):
            self.most = max(self.most, _together(self.pid))

    def end(self) -> None:
        self._ended.set()
        self.join()


def _together(pid: int) -> int:
    try:
        held = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").partition("\nPss:")[2].split(maxsplit=1)
        children = [child for one in Path(f"/proc/{pid}/task").iterdir() for child in (one / "children").read_text("ascii").split()]
    except OSError:
        # It has ended meanwhile.
        return 0
    return (int(held[0]) * 1024 if held else 0) + sum(_together(int(child)) for child in children)
