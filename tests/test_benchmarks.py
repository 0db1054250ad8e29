"""The benchmarks run and say what they are to say. Nothing here is about how long anything took."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "benchmarks"

pytestmark = pytest.mark.skipif(not hasattr(os, "wait4"), reason="processes are measured by wait4, which this system lacks")


def said(script: str, *arguments: str, path: str | None = None) -> str:
    environment = os.environ | ({} if path is None else {"PATH": path})
    command = [sys.executable, str(BENCHMARKS / script), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(table: str) -> list[list[str]]:
    """The cells of all tables in a text, without the lines below their heads."""
    lines = [line for line in table.splitlines() if line.startswith("|") and "| --- |" not in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_side_by_side_prints_its_table_and_names_what_is_not_installed(tmp_path: Path) -> None:
    out = said("peers.py", "examples", "--rounds", "1", "--jobs", "1", "--tools", "mlops-lint,bandit", path=str(tmp_path))
    head, cold, warm, *budgets = rows(out)
    assert head[:6] == ["tool", "run", "jobs", "runs", "wall s", "CPU s"]
    assert (cold[:4], warm[:4]) == (["mlops-lint", "cold", "1", "1"], ["mlops-lint", "warm", "1", "1"])
    assert len(cold) == len(warm) == len(head)
    found = head.index("findings")
    assert int(cold[found]) > 0 and cold[found] == warm[found]
    assert all(float(cell) > 0 for cell in cold[4:8] if cell != "–")
    assert "\n- bandit is not installed: `pip install bandit`\n" in out
    assert [row[0].split()[0] for row in budgets] == ["budget", "memory"]


def test_latency_prints_its_tables() -> None:
    out = said("latency.py", "--files", "6", "--rounds", "1", "--start-rounds", "1", "--parts", "start,hook")
    start, *others = rows(out)
    assert start == ["start-up", "wall ms"]
    hook = others.index(["a repository that was checked before", "wall s", "CPU s"])
    assert (hook, len(others)) == (3, 3 + 8)
    assert all(float(row[1]) > 0 for row in others[hook + 1 :])


def test_bare_parsing_counts_what_libcst_refuses(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("x = 1\n")
    (tmp_path / "bad.py").write_text("def f(:\n")
    (tmp_path / "bytes.py").write_bytes(b"# -*- coding: nonsense -*-\n")
    assert said("parse_libcst.py", str(tmp_path)).split() == ["1", "2"]


def test_the_made_up_repository_is_always_the_same_and_is_python(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("benchmarks_generate", BENCHMARKS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    first, second = (module.generate(tmp_path / name, 30) for name in ("first", "second"))
    assert len(first) == 30
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert len({path.read_bytes() for path in first}) == 30
    for path in first:
        compile(path.read_text("utf-8"), path.name, "exec")
