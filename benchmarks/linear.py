"""Cost against lines: the same project once, four and sixteen times, side by side in one run.

    python benchmarks/linear.py path/to/project [path/to/another …] [--rounds 3]

Each copy stands in a folder of its own below one root, so that the whole is one project of so many times the size. Prints lines of Python and notebooks'
code, processor time (the tool with its workers) and time per thousand lines as medians of alternating rounds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from pathlib import Path

from measure import LINT, environment, measure

FACTORS = (1, 4, 16)


def lines_of(root: Path) -> int:
    """Lines of Python below a folder; of notebooks, those of their code cells."""
    count = 0
    for path in root.rglob("*.py"):
        count += path.read_bytes().count(b"\n")
    for path in root.rglob("*.ipynb"):
        try:
            cells = json.loads(path.read_text("utf-8"))["cells"]
        except (ValueError, KeyError, UnicodeDecodeError):
            continue
        count += sum("".join(cell.get("source", "")).count("\n") + 1 for cell in cells if cell.get("cell_type") == "code")
    return count


def seconds_of(root: Path, scratch: Path) -> float:
    """Processor time of one check of a folder, without a cache, in one process at a time."""
    out = scratch / "output.txt"
    command = [*LINT, "check", str(root), "--isolated", "--no-cache", "--jobs", "1", "--output-format", "json"]
    run = measure(command, cwd=scratch / "empty", env=environment(scratch, ours=True), out=out)
    if run.code not in (0, 1):
        raise SystemExit(out.with_suffix(".err").read_text("utf-8", "replace"))
    return run.cpu


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print(f"{'project':<34}{'times':>6}{'lines':>10}{'CPU s':>9}{'ms per 1,000 lines':>21}")
    for folder in asked.folders:
        with tempfile.TemporaryDirectory() as scratch:
            roots = {}
            (Path(scratch) / "empty").mkdir()
            for factor in FACTORS:
                roots[factor] = Path(scratch) / str(factor)
                for number in range(factor):
                    shutil.copytree(folder, roots[factor] / f"part_{number:02}", ignore=shutil.ignore_patterns(".git"), symlinks=True)
            measured: dict[int, list[float]] = {factor: [] for factor in FACTORS}
            for _ in range(asked.rounds):
                for factor in FACTORS:
                    measured[factor].append(seconds_of(roots[factor], Path(scratch)))
            for factor in FACTORS:
                lines, seconds = lines_of(roots[factor]), statistics.median(measured[factor])
                print(f"{folder.name:<34}{factor:>6}{lines:>10,}{seconds:>9.1f}{1e6 * seconds / max(lines, 1):>21.0f}", flush=True)


if __name__ == "__main__":
    main()
