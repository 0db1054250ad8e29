"""The same bytes whatever the way: with and without the skim, any number of jobs, any hash seed, and every state of the cache.

    python benchmarks/identity.py path/to/project [path/to/another …]

Each project is checked with all rules and every confidence in each of the ways below; the JSON reports are compared byte by byte. Prints a line for
each project, and ends with 1 when any report differs from the first.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ARGUMENTS = ("check", ".", "--isolated", "--profile", "all", "--preview", "--min-confidence", "low", "--output-format", "json", "--exit-zero")
RUN = "import sys; sys.argv[0] = 'mlops-lint'; from mlops_lint.cli.start import main; main()"
# Every call hook is offered every call, and libcst reads every file.
WITHOUT_SKIM = "import mlops_lint.engine.plan as plan; plan.Plan._matching_calls = lambda self, document: self.calls; " + RUN


def report(root: Path, code: str, *more: str, seed: str = "0") -> bytes:
    """The JSON report of one run."""
    command = [sys.executable, "-c", code, *ARGUMENTS, *more]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False, env=os.environ | {"PYTHONHASHSEED": seed})
    if done.returncode != 0:
        raise SystemExit(done.stderr.decode("utf-8", "replace"))
    return done.stdout


def ways(root: Path, scratch: Path) -> Iterator[tuple[str, bytes]]:
    """Each way with its report, the plainest one first."""
    yield "one job, no cache", report(root, RUN, "--no-cache", "--jobs", "1")
    yield "without the skim", report(root, WITHOUT_SKIM, "--no-cache", "--jobs", "2")
    yield "three jobs, another hash seed", report(root, RUN, "--no-cache", "--jobs", "3", seed="77")
    cache = scratch / "cache"
    with_cache = ("--cache-dir", str(cache))
    yield "cold cache", report(root, RUN, *with_cache, seed="5")
    yield "warm cache", report(root, RUN, *with_cache)
    for file in cache.glob("*.sqlite"):
        data = bytearray(file.read_bytes())
        for place in range(4096, len(data), 997):
            data[place] ^= 0xFF
        file.write_bytes(data)
    yield "damaged cache", report(root, RUN, *with_cache)
    # What files gave is known, what the whole command said is not: another set of files is asked for.
    report(root, RUN, *with_cache, "--extend-exclude", "no-such-folder")
    yield "files from the cache", report(root, RUN, *with_cache, "--extend-exclude", "no-such-folder")


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    different = False
    for folder in parser.parse_args().folders:
        with tempfile.TemporaryDirectory() as scratch:
            reports = dict(ways(folder, Path(scratch)))
        first = next(iter(reports.values()))
        odd = [way for way, found in reports.items() if found != first]
        different |= bool(odd)
        print(
            f"{folder.name:<36}{hashlib.sha256(first).hexdigest()[:12]}  {'DIFFERS: ' + ', '.join(odd) if odd else f'the same {len(reports)} times'}",
            flush=True,
        )
    raise SystemExit(different)


if __name__ == "__main__":
    main()
