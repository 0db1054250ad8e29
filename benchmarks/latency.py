"""How soon the linter answers, and how its cost grows with files and with rules; nothing but the linter is measured.

    python benchmarks/latency.py [--parts start,hook,rules,files] [--files 2000] [--rounds 5] [--start-rounds 15]

- start: ``mlops-lint --version`` against ``python -c pass``.
- hook: in a made-up repository, checked before, one file is changed and that file is checked, as a commit hook does.
- rules: the made-up repository without a cache, with 1, 10, 30 and all rules.
- files: the same with all rules that are on by default, at a sixteenth, a quarter and all of its files.

Rounds alternate between what is compared; medians are printed. Processor time is that of one process that does all the work.
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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from generate import generate
from measure import LINT, Run, environment, measure
from tree import described, make_repository

PARTS = ("start", "hook", "rules", "files")
START_BUDGET = 0.1


@dataclass(slots=True)
class Bench:
    """A scratch folder, and the way in which commands are run in it."""

    scratch: Path
    env: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.env = environment(self.scratch, ours=True)
        (self.scratch / "empty").mkdir()

    def run(self, *command: str) -> Run:
        """Run a command; the linter may have findings."""
        out = self.scratch / "output.txt"
        run = measure(command, cwd=self.scratch / "empty", env=self.env, out=out)
        if run.code not in (0, 1):
            raise SystemExit(out.with_suffix(".err").read_text("utf-8", "replace"))
        return run

    def check(self, *arguments: str | Path, jobs: int = 1) -> Run:
        """Check with one process, unless told otherwise."""
        return self.run(*LINT, "check", "--isolated", "--quiet", "--jobs", str(jobs), *map(str, arguments))

    def alternating(self, ways: Mapping[str, Callable[[], Run]], rounds: int) -> dict[str, Run]:
        """Medians of what is compared, each run once per round, in an order that rotates."""
        runs: dict[str, list[Run]] = {name: [] for name in ways}
        names = list(ways)
        for number in range(rounds):
            first = number % len(names)
            for name in names[first:] + names[:first]:
                runs[name].append(ways[name]())
        return {name: _median(several) for name, several in runs.items()}

    def repository(self, name: str, files: int) -> Path:
        """A made-up repository of so many Python files, known to git."""
        root = self.scratch / name
        generate(root, files)
        make_repository(root, environment(self.scratch))
        return root


def _median(runs: Sequence[Run]) -> Run:
    return Run(statistics.median(run.wall for run in runs), statistics.median(run.cpu for run in runs), max(run.largest for run in runs), None, 0)


def start(bench: Bench, rounds: int) -> None:
    """Start-up against the interpreter's own."""
    took = bench.alternating({"python": lambda: bench.run(sys.executable, "-c", "pass"), "version": lambda: bench.run(*LINT, "--version")}, rounds)
    more = took["version"].wall - took["python"].wall
    print("| start-up | wall ms |\n| --- | --- |")
    print(f"| `python -c pass` | {1000 * took['python'].wall:,.0f} |")
    print(f"| `mlops-lint --version` | {1000 * took['version'].wall:,.0f} |")
    print(f"| difference; promised is at most {1000 * START_BUDGET:.0f} | {1000 * more:,.0f} |\n", flush=True)


def hook(bench: Bench, files: int, rounds: int) -> None:
    """One changed file of a repository that was checked before."""
    root = bench.repository("hook", files)
    cache = ["--cache-dir", str(bench.scratch / "cache")]
    print(f"A made-up repository of {described(root)}.\n", flush=True)
    filled = bench.check(root, *cache, jobs=os.cpu_count() or 1)
    # One that uses another, and that rules about leaks, seeds and models read.
    changed = next(root.glob("part_*/fit_*.py"))
    text = changed.read_text("utf-8")
    nowhere, alone = bench.scratch / "nowhere", bench.scratch / "alone" / changed.name
    nowhere.mkdir()
    alone.parent.mkdir()
    shutil.copy(changed, alone)
    edits = 0

    def edited(what: Path) -> Run:
        nonlocal edits
        edits += 1
        changed.write_text(f"{text}\n\nEDIT = {edits}\n", "utf-8")
        return bench.check(what, *cache)

    took = bench.alternating(
        {
            "nothing": lambda: bench.check(nowhere, *cache),
            "alone": lambda: bench.check(alone, "--no-cache"),
            "hook": lambda: edited(changed),
            "whole": lambda: edited(root),
            "unchanged": lambda: bench.check(root, *cache),
        },
        rounds,
    )
    bound = took["nothing"].wall + took["alone"].wall
    rows = {
        "an empty folder: start-up": took["nothing"],
        "that file alone in a folder, without a cache": took["alone"],
        "one file changed, that file checked: the hook": took["hook"],
        "one file changed, the repository checked": took["whole"],
        "nothing changed, the repository checked": took["unchanged"],
        "the repository checked for the first time, filling the cache, once": filled,
    }
    print("| a repository that was checked before | wall s | CPU s |\n| --- | --- | --- |")
    for what, run in rows.items():
        print(f"| {what} | {run.wall:,.2f} | {run.cpu:,.2f} |")
    # Of the file alone, what is left without its own start-up.
    print(f"| promised of the hook: at most twice the start-up and that file | {bound:,.2f} | – |\n", flush=True)


def rules(bench: Bench, files: int, rounds: int) -> None:
    """Cost against the number of rules."""
    root = bench.repository("rules", files)
    listed = subprocess.run([*LINT, "rules", "--output-format", "json"], cwd=bench.scratch / "empty", env=bench.env, capture_output=True, check=True)
    codes = [one["code"] for one in json.loads(listed.stdout)["rules"]]
    print(f"A made-up repository of {described(root)}, without a cache.\n", flush=True)

    def way(number: int) -> Callable[[], Run]:
        # From all areas, evenly: the middle one of each of so many parts of the list.
        chosen = ",".join(codes[(2 * position + 1) * len(codes) // (2 * number)] for position in range(number))
        return lambda: bench.check(root, "--no-cache", "--preview", "--select", chosen)

    numbers = [number for number in (1, 10, 30, len(codes)) if number <= len(codes)]
    took = bench.alternating({str(number): way(number) for number in numbers}, rounds)
    print(f"Where it is one rule, it is {codes[len(codes) // 2]}.\n")
    print("| rules | CPU s | CPU ms per file |\n| --- | --- | --- |")
    for name, run in took.items():
        print(f"| {name} | {run.cpu:,.2f} | {1000 * run.cpu / files:,.2f} |")
    print(flush=True)


def growth(bench: Bench, files: int, rounds: int) -> None:
    """Cost against the number of files."""
    numbers = sorted({max(files // 16, 1), max(files // 4, 1), files})
    roots = {str(number): bench.repository(f"files_{number}", number) for number in numbers}
    took = bench.alternating({name: lambda root=root: bench.check(root, "--no-cache") for name, root in roots.items()}, rounds)  # type: ignore[misc]
    print("| files | CPU s | CPU ms per file | largest process MB |\n| --- | --- | --- | --- |")
    for name, run in took.items():
        print(f"| {int(name):,} | {run.cpu:,.2f} | {1000 * run.cpu / int(name):,.2f} | {run.largest / 1e6:,.0f} |")
    print(flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--parts", default=",".join(PARTS), help=f"what to measure (default: {','.join(PARTS)})")
    parser.add_argument("--files", type=int, default=2000, help="Python files of the made-up repository (default: 2000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all parts but start (default: 5)")
    parser.add_argument("--start-rounds", type=int, default=15, help="rounds of start (default: 15)")
    asked = parser.parse_args()
    parts = asked.parts.split(",")
    if set(parts) - set(PARTS):
        parser.error(f"--parts: {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name).resolve())
        print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the first round.\n", flush=True)
        # The first run compiles our modules.
        bench.check(bench.repository("first", 1), "--no-cache")
        if "start" in parts:
            start(bench, asked.start_rounds)
        for part, measured in {"hook": hook, "rules": rules, "files": growth}.items():
            if part in parts:
                measured(bench, asked.files, asked.rounds)


if __name__ == "__main__":
    main()
