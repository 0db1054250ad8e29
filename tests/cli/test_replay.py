"""The cache as the command line shows it: the same bytes whatever it holds, and little work when nothing has changed."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path
from typing import NamedTuple

import pytest

from mlops_lint.engine.cache import FILE_NAME

TRAIN = """import numpy as np
import pandas as pd
import torch

from helpers import split


def main():
    frame = pd.read_csv("data.csv")
    model = torch.load("model.pt", weights_only=False)
    print(np.random.rand(), split(frame), model)


if __name__ == "__main__":
    main()
"""
HELPERS = """def split(frame):
    return frame.sample(frac=0.5)
"""
HEAVY = ("click", "tomli", "libcst", "yaml", "git", "mlops_lint.rules", "mlops_lint.api", "packaging", "hypothesis")
PROBE = """
import sys
from mlops_lint.cli.start import main
sys.argv = ["mlops-lint", *sys.argv[1:]]
try:
    main()
finally:
    print("loaded:", *sorted(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)
"""


class Said(NamedTuple):
    code: int
    out: str
    err: str
    loaded: tuple[str, ...]

    @property
    def shown(self) -> tuple[int, str, str]:
        return self.code, self.out, self.err


class Tool:
    """Runs ``check`` in a project with a cache of its own, and tells which heavy modules that took."""

    def __init__(self, root: Path, cache: Path) -> None:
        self.root = root
        self.cache = cache

    def check(self, *arguments: str, **variables: str) -> Said:
        command = [sys.executable, "-c", PROBE.replace("{HEAVY}", repr(HEAVY)), "check", "--cache-dir", str(self.cache), *arguments]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, env=os.environ | variables, timeout=120)
        err, _, loaded = done.stderr.rpartition("loaded:")
        return Said(done.returncode, done.stdout, err, tuple(loaded.split()))

    def files(self) -> list[str]:
        """What it holds of single files."""
        return [text for text in self.texts() if text.startswith("[")]

    def texts(self) -> list[str]:
        """All that the cache holds, unpacked."""
        connection = sqlite3.connect(self.cache / FILE_NAME)
        rows = connection.execute("SELECT body FROM entry").fetchall()
        connection.close()
        return [zlib.decompress(body[16:]).decode() for (body,) in rows]


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    root = Path(os.path.realpath(tmp_path)) / "project"
    root.mkdir()
    (root / "train.py").write_text(TRAIN)
    (root / "helpers.py").write_text(HELPERS)
    (root / "requirements.txt").write_text("torch\nnumpy\n")
    (root / "config.yaml").write_text("seed: 1\n")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return Tool(root, tmp_path / "cache")


@pytest.mark.parametrize("format", ["text", "sarif"])
def test_the_same_bytes_cold_warm_and_without(tool: Tool, format: str) -> None:
    without = tool.check("--no-cache", "--output-format", format)
    cold = tool.check("--output-format", format)
    warm = tool.check("--output-format", format)
    assert without.code == 1 and without.out
    assert without.shown == cold.shown == warm.shown
    assert "libcst" in cold.loaded and "git" in cold.loaded
    assert warm.loaded == ()


def test_a_changed_file_is_seen(tool: Tool) -> None:
    before = tool.check()
    (tool.root / "train.py").write_text(TRAIN.replace("weights_only=False", "weights_only=True"))
    after = tool.check()
    assert "SE106" in before.out and "SE106" not in after.out
    assert after.shown == tool.check("--no-cache").shown
    (tool.root / "train.py").write_text(TRAIN)
    assert tool.check().shown == before.shown


def test_a_change_elsewhere_is_seen_by_rules_across_files(tool: Tool) -> None:
    before = tool.check("--select", "RP301")
    (tool.root / "helpers.py").write_text("import numpy as np\n\nnp.random.seed(1)\n\n" + HELPERS)
    after = tool.check("--select", "RP301")
    assert "RP301" in before.out and after.out != before.out
    assert after.shown == tool.check("--select", "RP301", "--no-cache").shown


def test_only_the_changed_file_is_looked_at_again(tool: Tool) -> None:
    tool.check()
    before = tool.files()
    (tool.root / "helpers.py").write_text(HELPERS + "\n\nx = 1\n")
    tool.check()
    assert len(tool.files()) == len(before) + 1


@pytest.mark.parametrize(
    "more", [("--min-confidence", "low"), ("--config", "severity.SE106 = 'note'"), ("train.py",), ("--exit-zero",)], ids=" ".join
)
def test_another_question_has_another_answer(tool: Tool, more: tuple[str, ...]) -> None:
    tool.check()
    assert tool.check(*more).shown == tool.check(*more, "--no-cache").shown == tool.check(*more).shown


def test_a_configuration_file_counts(tool: Tool) -> None:
    assert tool.check().code == 1
    (tool.root / "mlops-lint.toml").write_text('fail-level = "never"\n')
    assert tool.check().code == 0
    (tool.root / "mlops-lint.toml").write_text('fail-level = "note" \n')
    assert tool.check().code == 1
    (tool.root / "mlops-lint.toml").write_text("fail-level = 3\n")
    assert tool.check().code == 2


def test_a_configuration_above_counts(tool: Tool) -> None:
    """Without git, a configuration in a folder above is found, and makes that folder the project's root."""
    (tool.root / ".git" / "HEAD").unlink()
    assert tool.check().code == 1
    assert tool.check().loaded == ()
    (tool.root.parent / "mlops-lint.toml").write_text('fail-level = "never"\n')
    assert tool.check().code == 0
    (tool.root.parent / "mlops-lint.toml").unlink()
    assert tool.check().code == 1


def test_a_repository_inside_counts(tool: Tool) -> None:
    inner = tool.root / "inner"
    inner.mkdir()
    (inner / "load.py").write_text("import torch\n\ntorch.load('a.pt', weights_only=False)\n")
    before = tool.check("--show-skipped")
    subprocess.run(["git", "init", "-q", str(inner)], check=True)
    after = tool.check("--show-skipped")
    assert "inner/load.py" in before.out and "inner/load.py" not in after.out
    assert after.shown == tool.check("--show-skipped", "--no-cache").shown


def test_a_project_brings_no_answers(tool: Tool) -> None:
    """The user's own cache folder is not used where it lies in the project, however it came there."""
    own = str(tool.root / "cache")
    command = [sys.executable, "-c", PROBE.replace("{HEAVY}", repr(HEAVY)), "check"]
    for _ in range(2):
        done = subprocess.run(command, cwd=tool.root, capture_output=True, text=True, env=os.environ | {"XDG_CACHE_HOME": own}, timeout=120)
        assert "libcst" in done.stderr
    assert not (tool.root / "cache").exists()


def test_colour_counts(tool: Tool) -> None:
    plain, coloured = tool.check(), tool.check(FORCE_COLOR="1")
    assert "\x1b[" not in plain.out and "\x1b[" in coloured.out
    assert tool.check(FORCE_COLOR="1").shown == coloured.shown and tool.check().shown == plain.shown


def test_reports_in_files_are_written_again(tool: Tool, tmp_path: Path) -> None:
    first, second = tmp_path / "first.sarif", tmp_path / "second.sarif"
    tool.check("--output-format", f"sarif={first}")
    assert tool.check("--output-format", f"sarif={second}").loaded == ("click", "tomli")
    assert first.read_bytes() == second.read_bytes() != b""


def test_a_hook_on_one_file_uses_what_the_whole_run_left(tool: Tool) -> None:
    tool.check()
    before = tool.files()
    hook = tool.check("train.py")
    assert hook.shown == tool.check("train.py", "--no-cache").shown
    assert tool.files() == before


def test_a_damaged_cache_changes_nothing(tool: Tool) -> None:
    first = tool.check()
    path = tool.cache / FILE_NAME
    whole = path.read_bytes()
    for damage in (whole[: len(whole) // 2], whole[:4096] + os.urandom(len(whole) - 4096)):
        path.write_bytes(damage)
        assert tool.check().shown == first.shown
    assert tool.check().loaded == ()


@pytest.mark.parametrize("what", ["file", "loop", "open to all"])
def test_no_usable_cache_is_no_failure(tool: Tool, what: str) -> None:
    if what == "file":
        tool.cache.write_text("mine\n")
    elif what == "loop":
        tool.cache.symlink_to(tool.cache)
    else:
        tool.cache.mkdir()
        tool.cache.chmod(0o777)
    first = tool.check()
    assert first.shown == tool.check("--no-cache").shown == tool.check().shown
    assert what != "file" or tool.cache.read_text() == "mine\n"
    assert what != "open to all" or list(tool.cache.iterdir()) == []


def test_no_secret_is_kept(tool: Tool) -> None:
    token = "hf_" + "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zAbC"
    password = "correct-horse-battery-77"
    (tool.root / "login.py").write_text(f'import huggingface_hub\nimport wandb\n\nhuggingface_hub.login("{token}")\n')
    (tool.root / "constants.py").write_text(f'DB_PASSWORD = "{password}"\n')
    (tool.root / "db.py").write_text(
        "import psycopg2\n\nimport constants\n\npsycopg2.connect(host='db', user='ml', password=constants.DB_PASSWORD)\n"
    )
    said = tool.check("--profile", "all", "--min-confidence", "low")
    assert re.search("SE10[13]", said.out)
    for text in tool.texts():
        assert token[6:] not in text and password[6:] not in text
    assert token[6:].encode() not in (tool.cache / FILE_NAME).read_bytes()


def test_many_runs_at_once(tool: Tool) -> None:
    first = tool.check("--no-cache")
    command = [sys.executable, "-m", "mlops_lint", "check", "--cache-dir", str(tool.cache)]
    for _ in range(2):
        running = [subprocess.Popen(command, cwd=tool.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
        for one in running:
            out, err = one.communicate(timeout=120)
            assert (one.returncode, out, err) == first.shown


def test_a_time_table_is_never_replayed(tool: Tool) -> None:
    tool.check("-v")
    assert "mlops_lint.rules" in tool.check("-v").loaded


def test_an_interrupt_before_anything_is_loaded(tool: Tool) -> None:
    code = "import sys\nimport mlops_lint.cli.start as start\n\ndef stop():\n    raise KeyboardInterrupt\n\nstart._known = stop\n"
    done = subprocess.run([sys.executable, "-c", code + "sys.argv[1:] = ['check']\nstart.main()"], cwd=tool.root, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_a_python_without_sqlite(tool: Tool) -> None:
    code = "import sys\nsys.modules['sqlite3'] = None\nfrom mlops_lint.cli.start import main\n"
    command = [sys.executable, "-c", code + "sys.argv[1:] = ['check', '--cache-dir', sys.argv[1]]\nmain()", str(tool.cache)]
    done = subprocess.run(command, cwd=tool.root, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == tool.check("--no-cache").shown
