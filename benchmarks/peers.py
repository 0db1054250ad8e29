"""Side by side with other tools, over the same files, in rounds that alternate: time, memory and findings as a table, and the budgets kept or not.

    python benchmarks/peers.py FOLDER... [--git] [--rounds 3] [--jobs 2,1] [--tools mlops-lint,ruff] [--skip-slow] [--peers-from VENV/bin]

The folders are copied together into one tree, which is one project to all tools, and are not touched themselves. Every tool runs with its own defaults and
without any configuration of the tree; ruff with the rules nearest to ours. Cold runs have no cache, warm ones the cache of one run before the first round.
Nothing is timed but processes: from the start of a command to its end, Python's own start included.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from measure import LINT, Run, environment, measure
from tree import copy_together, described, make_repository

TOOLS = ("mlops-lint", "bandit", "fixit", "pylint", "ruff", "libcst")
SLOW = ("fixit", "pylint")
PEERS = ("bandit", "fixit", "pylint", "ruff")
MILLION = 1_000_000


@dataclass(slots=True)
class Entry:
    """One row: a tool in one way of running it, and what its runs took."""

    tool: str
    state: str
    jobs: int | None
    command: list[str]
    env: dict[str, str]
    findings: Callable[[str], str]
    codes: tuple[int, ...] = (0,)
    runs: list[Run] = field(default_factory=list)
    found: str = ""
    failed: str = ""

    @property
    def wall(self) -> float:
        """Median seconds by the clock."""
        return statistics.median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """Median seconds of processors."""
        return statistics.median(run.cpu for run in self.runs)

    @property
    def largest(self) -> float:
        """Median of the bytes that the largest process held."""
        return statistics.median(run.largest for run in self.runs)

    @property
    def together(self) -> float | None:
        """Median of the bytes that all processes held, where it can be told."""
        known = [run.together for run in self.runs if run.together is not None]
        return statistics.median(known) if known else None

    def run(self, scratch: Path, *, counts: bool = True) -> None:
        """Run once. What fails is not run again."""
        if self.failed:
            return
        out = scratch / "output.txt"
        run = measure(self.command, cwd=scratch / "empty", env=self.env, out=out)
        if run.code not in self.codes:
            last = out.with_suffix(".err").read_text("utf-8", "replace").strip().splitlines()[-1:]
            self.failed = f"{self.tool}, {self.state}: exit code {run.code}: {''.join(last)[:200]}"
            return
        if not counts:
            return
        try:
            found = self.findings(out.read_text("utf-8", "replace"))
        except (ValueError, LookupError) as error:
            self.failed = f"{self.tool}, {self.state}: its findings cannot be read: {error}"
            return
        if self.found not in ("", found):
            self.failed = f"{self.tool}, {self.state}: findings differ between rounds: {self.found}, then {found}"
            return
        self.found = found
        self.runs.append(run)


def entries_of(tool: str, program: str, tree: Path, scratch: Path, jobs: Sequence[int]) -> Iterator[Entry]:
    """The rows of a tool; cold before warm."""
    env = environment(scratch)
    most = max(jobs)
    cache = str(scratch / f"{tool}-cache")
    if tool == "mlops-lint":
        command = [*LINT, "check", str(tree), "--isolated", "--output-format", "json", "--quiet"]
        for state, more in (("cold", ["--no-cache"]), ("warm", ["--cache-dir", cache])):
            for number in jobs:
                yield Entry(tool, state, number, [*command, *more, "--jobs", str(number)], environment(scratch, ours=True), _of_lint, (0, 1))
    elif tool == "ruff":
        command = [program, "check", "--isolated", "--select", "S,NPY,PD", "--output-format", "json", "--exit-zero", "--quiet", str(tree)]
        for state, more in (("cold", ["--no-cache"]), ("warm", ["--cache-dir", cache])):
            for number in jobs:
                threads = environment(scratch, RAYON_NUM_THREADS=str(number))
                yield Entry(tool, state, number, [*command, *more], threads, _of_ruff)
    elif tool == "bandit":
        settings = _written(scratch / "bandit.ini", "[bandit]\n")
        yield Entry(tool, "cold", 1, [program, "-r", str(tree), "-f", "json", "-q", "--exit-zero", "--ini", settings], env, _of_bandit)
    elif tool == "fixit":
        # Without it, Fixit imports the rules that a repository's configuration names. It takes as many processes as there are processors.
        settings = _written(scratch / "fixit.toml", "[tool.fixit]\nroot = true\n")
        command = [program, "--quiet", "--config-file", settings, "--output-format", "custom", "--output-template", "@finding", "lint", str(tree)]
        yield Entry(tool, "cold", os.cpu_count(), command, env, lambda out: f"{out.splitlines().count('@finding'):,}", (0, 1, 2, 3))
    elif tool == "pylint":
        settings = _written(scratch / "pylintrc", "[MAIN]\n")
        command = [
            program,
            f"--rcfile={settings}",
            "--recursive=y",
            f"--jobs={most}",
            "--persistent=n",
            "--output-format=json",
            "--exit-zero",
            str(tree),
        ]
        yield Entry(tool, "cold", most, command, env, lambda out: f"{len(json.loads(out)):,}")
    else:
        command = [sys.executable, str(Path(__file__).with_name("parse_libcst.py")), str(tree)]
        yield Entry("libcst.parse_module", "cold", 1, command, env, lambda out: f"refuses {int(out.split()[1]):,} files")


def _written(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    return str(path)


def _of_lint(out: str) -> str:
    return f"{json.loads(out)['summary']['findings']:,}"


def _of_ruff(out: str) -> str:
    # What it cannot parse it reports whatever is selected.
    return f"{sum(one['code'] not in (None, 'invalid-syntax') for one in json.loads(out)):,}"


def _of_bandit(out: str) -> str:
    return f"{len(json.loads(out)['results']):,}"


def found_programs(tools: Sequence[str], peers_from: Path | None) -> tuple[dict[str, str], list[str]]:
    """Programs by tool, and what is skipped because it is not installed."""
    path = os.pathsep.join(([str(peers_from.resolve())] if peers_from else []) + [os.environ.get("PATH", os.defpath)])
    programs, skipped = {}, []
    for tool in tools:
        program = shutil.which(tool, path=path) if tool in PEERS else sys.executable
        if program:
            programs[tool] = program
        else:
            skipped.append(f"{tool} is not installed: `pip install {tool}`")
    return programs, skipped


def versions_of(programs: dict[str, str], scratch: Path) -> str:
    """The tools with their versions."""
    named = []
    for tool, program in programs.items():
        if tool == "libcst":
            command = [program, "-c", "from importlib.metadata import version; print(version('libcst'))"]
        else:
            command = [*(LINT if tool == "mlops-lint" else [program]), "--version"]
        env = environment(scratch, ours=tool == "mlops-lint")
        said = subprocess.run(command, cwd=scratch / "empty", env=env, capture_output=True, text=True, check=False).stdout
        # "bandit 1.8", "pylint 4.0", "fixit, version 2.2", "0.1.0 (Python 3.12)": the first word that begins with a figure.
        named.append(f"{tool} {next((word for word in said.split() if word[0].isdigit()), 'of an unknown version')}")
    return ", ".join(named)


def rows_of(entries: Sequence[Entry]) -> Iterator[list[str]]:
    """The table, head first."""
    measured = ["wall s", "CPU s", "largest process MB", "all processes MB", "findings"]
    yield ["tool", "run", "jobs", "runs", *measured, "bandit's wall : its", "its CPU : libcst's", "its wall : ruff's warm"]
    for one in entries:
        if not one.runs:
            continue
        bandit, libcst, ruff = _entry(entries, "bandit"), _entry(entries, "libcst.parse_module"), _entry(entries, "ruff", "warm", one.jobs)
        together = "–" if one.together is None else f"{one.together / MILLION:,.0f}"
        yield [
            *(one.tool, one.state, str(one.jobs), str(len(one.runs))),
            *(f"{one.wall:,.2f}", f"{one.cpu:,.2f}", f"{one.largest / MILLION:,.0f}", together, one.found),
            f"{bandit.wall / one.wall:,.1f}" if bandit else "–",
            f"{one.cpu / libcst.cpu:,.2f}" if libcst else "–",
            f"{one.wall / ruff.wall:,.2f}" if ruff and one.state == "warm" else "–",
        ]


def _entry(entries: Sequence[Entry], tool: str, state: str = "cold", jobs: int | None = None) -> Entry | None:
    """The row of a tool that has been run."""
    return next((one for one in entries if one.runs and (one.tool, one.state) == (tool, state) and jobs in (None, one.jobs)), None)


def budgets_of(entries: Sequence[Entry], jobs: int) -> Iterator[list[str]]:
    """What we promise, what was measured and whether it is kept; the head first. Only what the rows can tell."""
    yield ["budget", "promised", "measured", "kept"]
    cold, warm = _entry(entries, "mlops-lint", "cold", jobs), _entry(entries, "mlops-lint", "warm", jobs)
    bandit, libcst, ruff = _entry(entries, "bandit"), _entry(entries, "libcst.parse_module"), _entry(entries, "ruff", "warm", jobs)
    if cold and bandit:
        times = bandit.wall / cold.wall
        yield [f"cold, {jobs} jobs: times faster than bandit", "at least 8", f"{times:.1f}", _kept(times >= 8)]
    if cold and libcst:
        share = cold.cpu / libcst.cpu
        yield [f"cold, {jobs} jobs: CPU as a share of bare libcst parsing", "at most 0.4", f"{share:.2f}", _kept(share <= 0.4)]
    if warm and ruff:
        share = warm.wall / ruff.wall
        yield [f"warm, {jobs} jobs: wall as a share of ruff's, also warm", "at most 1", f"{share:.2f}", _kept(share <= 1)]
    if cold:
        most = max(one.together or one.largest for one in entries if one.tool == "mlops-lint" and one.runs) / MILLION
        yield ["memory of all processes together, the most of all rows", "below 300 MB", f"{most:,.0f} MB", _kept(most < 300)]


def _kept(kept: bool) -> str:
    return "yes" if kept else "no"


def as_table(rows: Iterator[list[str]]) -> str:
    """Rows as a Markdown table."""
    head, *others = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *others))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--git", action="store_true", help="make the tree a git repository, so that tools discover files as they do in one")
    parser.add_argument("--rounds", type=int, default=3, help="how often every row is run (default: 3)")
    parser.add_argument("--slow-rounds", type=int, help=f"the same for {' and '.join(SLOW)} (default: as often)")
    parser.add_argument("--skip-slow", action="store_true", help=f"leave out {' and '.join(SLOW)}")
    parser.add_argument("--jobs", default="2,1", help="numbers of processes, of threads for ruff (default: 2,1)")
    parser.add_argument("--tools", default=",".join(TOOLS), help=f"which tools (default: {','.join(TOOLS)})")
    parser.add_argument(
        "--peers-from", type=Path, metavar="DIR", help="where the other tools' commands are, if not on PATH: the bin folder of an environment"
    )
    asked = parser.parse_args()
    tools, jobs = asked.tools.split(","), [int(number) for number in asked.jobs.split(",")]
    if set(tools) - set(TOOLS):
        parser.error(f"--tools: {', '.join(TOOLS)}")
    for folder in asked.folders:
        if not folder.is_dir():
            parser.error(f"{folder} is no folder")
    programs, skipped = found_programs([tool for tool in tools if not (asked.skip_slow and tool in SLOW)], asked.peers_from)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name).resolve()
        (scratch / "empty").mkdir()
        tree = scratch / "tree"
        copy_together(asked.folders, tree)
        if asked.git:
            make_repository(tree, environment(scratch))
        print(
            f"Over {described(tree)}{', as a git repository' if asked.git else ''}: {', '.join(folder.resolve().name for folder in asked.folders)}."
        )
        print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the first round.")
        print(f"{versions_of(programs, scratch)}.\n", flush=True)
        entries = [one for tool, program in programs.items() for one in entries_of(tool, program, tree, scratch, jobs)]
        # Fills the caches; and the first of all runs would pay for reading the files and for compiling our modules.
        for one in entries:
            if one.state == "warm" and one.jobs == jobs[0]:
                one.run(scratch, counts=False)
        for number in range(asked.rounds):
            first = number * len(entries) // max(asked.rounds, 1)
            for one in entries[first:] + entries[:first]:
                if one.tool not in SLOW or asked.slow_rounds is None or number < asked.slow_rounds:
                    one.run(scratch)
                    print(f"round {number + 1}: {one.tool}, {one.state}, {one.jobs} jobs", file=sys.stderr, flush=True)
    print(as_table(rows_of(entries)))
    print("\nMedians; 1 MB is 1,000,000 bytes." + "".join(f"\n- {line}" for line in (*skipped, *(one.failed for one in entries if one.failed))))
    budgets = list(budgets_of(entries, jobs[0]))
    if len(budgets) > 1:
        print(f"\n{as_table(iter(budgets))}")


if __name__ == "__main__":
    main()
