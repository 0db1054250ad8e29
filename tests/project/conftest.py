from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """Runs git with a home of its own, so that no machine's settings leak in: ``git(folder, "add", ".")``."""
    home = tmp_path / "home"
    home.mkdir()
    home.joinpath(".gitconfig").write_text(
        '[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n[protocol "file"]\nallow = always\n'
    )
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "none"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def run(folder: Path, *arguments: str, **variables: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, env=os.environ | variables, check=True, capture_output=True)
        return os.fsdecode(done.stdout).strip()

    return run


@pytest.fixture
def repo(tmp_path: Path, git: Git) -> Path:
    """An empty repository without a commit."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder
