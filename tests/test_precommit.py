"""The hooks that we offer, as pre-commit really runs them: cloned from a repository, installed into an environment of their own, given file names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]

slow = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
    pytest.mark.skipif(find_spec("pre_commit") is None, reason="pre-commit is not installed"),
]

CONFIG = """\
repos:
  - repo: {tool}
    rev: {rev}
    hooks:
      - id: mlops-lint
        args: [--output-format, concise]
      - id: mlops-lint-repo
        args: [--output-format, concise]
        stages: [manual]
"""
CLEAN = "import numpy as np\n\nnp.random.seed(13)\nprint(np.random.rand(3))\n"
DIRTY = "import numpy as np\n\nif np.nan == 1:\n    print(np)\n"


def git(cwd: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *who, *arguments], cwd=cwd, check=check, capture_output=True, text=True)


@pytest.fixture(scope="module", autouse=True)
def quiet_git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Git without the configuration of whoever runs the tests, and pre-commit with a store of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("GIT_", "PRE_COMMIT"))]:
            patch.delenv(name)
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("PRE_COMMIT_HOME", str(tmp_path_factory.mktemp("pre-commit")))
        yield


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A repository with what the package is made of, as it stands here, and its commit."""
    top = tmp_path_factory.mktemp("tool") / "mlops-lint"
    shutil.copytree(ROOT / "src", top / "src", ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, top)
    git(top, "init", "--quiet")
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "-m", "mlops-lint")
    return top, git(top, "rev-parse", "HEAD").stdout.strip()


@pytest.fixture
def repository(tool: tuple[Path, str], tmp_path: Path) -> Path:
    """A repository of somebody who uses the hooks; nothing is committed yet."""
    (tmp_path / ".pre-commit-config.yaml").write_text(CONFIG.format(tool=tool[0].as_posix(), rev=tool[1]))
    (tmp_path / "pyproject.toml").write_text('[tool.mlops-lint]\nselect = ["nan-equality", "unseeded-rng"]\nextend-exclude = ["legacy/"]\n')
    (tmp_path / "train.py").write_text(CLEAN)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    return tmp_path


def pre_commit(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False, timeout=600)


class TestRun:
    pytestmark = slow

    def test_a_clean_repository_passes_and_a_finding_fails(self, repository: Path) -> None:
        clean = pre_commit(repository, "run", "--all-files")
        assert clean.returncode == 0, clean.stdout + clean.stderr
        assert "Passed" in clean.stdout
        (repository / "score.py").write_text(DIRTY)
        git(repository, "add", "score.py")
        dirty = pre_commit(repository, "run")
        assert dirty.returncode == 1, dirty.stdout + dirty.stderr
        assert "score.py:3:4: DM213 [nan-equality]" in dirty.stdout
        assert "exit code: 1" in dirty.stdout

    def test_it_speaks_of_the_files_of_the_commit_alone(self, repository: Path) -> None:
        (repository / "old.py").write_text(DIRTY)
        git(repository, "add", "old.py")
        git(repository, "commit", "--quiet", "-m", "before the hook")
        (repository / "train.py").write_text(CLEAN + "print('done')\n")
        git(repository, "add", "train.py")
        changed = pre_commit(repository, "run")
        assert changed.returncode == 0, changed.stdout + changed.stderr
        whole = pre_commit(repository, "run", "mlops-lint-repo", "--hook-stage", "manual")
        assert whole.returncode == 1 and "old.py:3:4: DM213" in whole.stdout, whole.stdout + whole.stderr

    def test_the_rest_of_the_repository_counts_for_a_changed_file(self, repository: Path) -> None:
        # The seed stands in a module that is not part of the commit.
        (repository / "seeds.py").write_text("import numpy as np\n\n\ndef fix():\n    np.random.seed(13)\n")
        git(repository, "add", "seeds.py")
        git(repository, "commit", "--quiet", "-m", "seeds")
        main = "import numpy as np\n\nimport seeds\n\nif __name__ == '__main__':\n    {}\n    print(np.random.rand(3))\n"
        (repository / "main.py").write_text(main.format("seeds.fix()"))
        git(repository, "add", "main.py")
        seeded = pre_commit(repository, "run")
        assert seeded.returncode == 0, seeded.stdout + seeded.stderr
        (repository / "main.py").write_text(main.format("print(seeds)"))
        git(repository, "add", "main.py")
        unseeded = pre_commit(repository, "run")
        assert unseeded.returncode == 1 and "main.py:5:1: RP301 [unseeded-rng]" in unseeded.stdout, unseeded.stdout + unseeded.stderr

    def test_excluded_files_stay_excluded_though_they_are_named(self, repository: Path) -> None:
        (repository / "legacy").mkdir()
        (repository / "legacy" / "old.py").write_text(DIRTY)
        git(repository, "add", "legacy")
        done = pre_commit(repository, "run")
        assert done.returncode == 0, done.stdout + done.stderr

    def test_a_commit_is_stopped_and_let_through(self, repository: Path) -> None:
        # Git hands its hooks an environment of its own (GIT_INDEX_FILE and others), which the tool must not stumble over.
        installed = pre_commit(repository, "install")
        assert installed.returncode == 0, installed.stdout + installed.stderr
        (repository / "score.py").write_text(DIRTY)
        git(repository, "add", "score.py")
        stopped = git(repository, "commit", "-m", "score", check=False)
        assert stopped.returncode == 1 and "score.py:3:4: DM213" in stopped.stdout + stopped.stderr
        (repository / "score.py").write_text(DIRTY.replace("np.nan == 1", "np.isnan(1)"))
        git(repository, "add", "score.py")
        through = git(repository, "commit", "-m", "score", check=False)
        assert through.returncode == 0, through.stdout + through.stderr


def test_the_hooks_as_they_are_written() -> None:
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    assert set(hooks) == {"mlops-lint", "mlops-lint-repo"}
    for hook in hooks.values():
        assert hook["language"] == "python" and hook["require_serial"] is True
    assert hooks["mlops-lint"]["types_or"] == ["text"]
    assert hooks["mlops-lint"].get("pass_filenames", True) and "--force-exclude" in hooks["mlops-lint"]["entry"]
    assert hooks["mlops-lint-repo"]["pass_filenames"] is False and hooks["mlops-lint-repo"]["always_run"] is True
