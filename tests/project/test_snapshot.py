from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_lint.project.snapshot import Snapshot, is_unchanged, stamp_of

Git = Callable[..., str]
OLD = 1_600_000_000


def age(root: Path) -> None:
    """Let everything look as if it had been left alone for long; the time of change cannot be set, so that content is read all the same."""
    for folder, _, names in os.walk(root):
        for name in (*names, "."):
            os.utime(Path(folder, name), (OLD, OLD), follow_symlinks=False)


def taken(root: Path, *paths: str, ignored: tuple[str, ...] = (), commits: bool = False) -> Any:
    snapshot = Snapshot(root)
    for path in paths:
        snapshot.note(path, stamp_of(root / path), hashlib.sha256((root / path).read_bytes()).digest())
    snapshot.finish(ignored, commits=commits)
    assert snapshot.is_good
    return json.loads(json.dumps(snapshot.plain()))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = Path(os.path.realpath(tmp_path)) / "project"
    (root / "src" / "deep").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "train.py").write_text("import torch\n")
    (root / "src" / "data.py").write_text("import pandas\n")
    (root / ".gitignore").write_text("*.log\n")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    age(root)
    return root


FILES = ("train.py", "src/data.py")


def test_nothing_has_changed(project: Path) -> None:
    assert is_unchanged(taken(project, *FILES))


def edit(root: Path) -> None:
    (root / "train.py").write_text("import torsh\n")


def edit_in_secret(root: Path) -> None:
    before = (root / "train.py").stat()
    edit(root)
    os.utime(root / "train.py", ns=(before.st_atime_ns, before.st_mtime_ns))


def remove(root: Path) -> None:
    (root / "src" / "data.py").unlink()


def add(root: Path) -> None:
    (root / "src" / "deep" / "new.py").write_text("")


def add_to_an_empty_folder(root: Path) -> None:
    (root / "empty" / "new.py").write_text("")


def add_a_folder(root: Path) -> None:
    (root / "more").mkdir()


def rename(root: Path) -> None:
    (root / "train.py").rename(root / "fit.py")


def ignore_more(root: Path) -> None:
    (root / ".gitignore").write_text("*.csv\n")


def turn_into_a_link(root: Path) -> None:
    (root / "train.py").rename(root / "src" / "deep" / "real.py")
    (root / "train.py").symlink_to("src/deep/real.py")


def begin_a_repository(root: Path) -> None:
    (root / ".git").mkdir()


@pytest.mark.parametrize(
    "change",
    [edit, edit_in_secret, remove, add, add_to_an_empty_folder, add_a_folder, rename, ignore_more, turn_into_a_link, begin_a_repository],
    ids=lambda one: one.__name__,
)
def test_a_change_is_seen(project: Path, change: Callable[[Path], None]) -> None:
    kept = taken(project, *FILES)
    change(project)
    assert not is_unchanged(kept)


def test_a_change_at_once_is_seen(project: Path) -> None:
    """Within one tick of the file system's clock, and without a change of size."""
    for number in range(50):
        (project / "train.py").write_text(f"x = {number % 10}\n")
        kept = taken(project, *FILES)
        (project / "train.py").write_text(f"x = {(number + 1) % 10}\n")
        assert not is_unchanged(kept)


def touch(root: Path) -> None:
    os.utime(root / "train.py")
    os.utime(root / "src")


def write_the_same(root: Path) -> None:
    (root / "train.py").write_text("import torch\n")


def leave_caches(root: Path) -> None:
    (root / "__pycache__").mkdir()
    (root / "__pycache__" / "train.pyc").write_text("")


def come_and_go(root: Path) -> None:
    (root / "src" / "new.py").write_text("")
    (root / "src" / "new.py").unlink()


@pytest.mark.parametrize("change", [touch, write_the_same, leave_caches, come_and_go], ids=lambda one: one.__name__)
def test_what_is_no_change(project: Path, change: Callable[[Path], None]) -> None:
    kept = taken(project, *FILES)
    change(project)
    assert is_unchanged(kept)


def test_folders_that_are_ignored_do_not_count(project: Path) -> None:
    (project / "runs" / "one").mkdir(parents=True)
    kept = taken(project, *FILES, ignored=("runs",))
    (project / "runs" / "two").mkdir()
    (project / "runs" / "one" / "out.json").write_text("{}")
    assert is_unchanged(kept)
    (project / "src" / "out.json").write_text("{}")
    assert not is_unchanged(kept)


def test_topmost_idle_folders(project: Path) -> None:
    (project / "runs" / "one").mkdir(parents=True)
    assert Snapshot(project).idle_folders(FILES) == ["empty", "runs", "src/deep"]


@pytest.mark.parametrize("kept", [{}, [], None, {"root": 1}, {"texts": 3}], ids=repr)
def test_odd_data_mean_changed(project: Path, kept: Any) -> None:
    whole = taken(project, *FILES)
    assert not is_unchanged({**whole, **kept} if isinstance(kept, dict) and kept else kept)


def test_a_file_that_could_not_be_read_spoils_it(project: Path) -> None:
    snapshot = Snapshot(project)
    snapshot.note("absent.py", None, b"")
    snapshot.finish((), commits=False)
    assert not snapshot.is_good


def test_too_large_a_project_spoils_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlops_lint.project.snapshot.MAX_FOLDERS", 2)
    snapshot = Snapshot(project)
    snapshot.finish((), commits=False)
    assert not snapshot.is_good


# -- git -----------------------------------------------------------------------------------------------------------------------------------------------


def test_git_sees_more(repo: Path, git: Git) -> None:
    (repo / "a.py").write_text("a = 1\n")
    git(repo, "add", "a.py")
    git(repo, "commit", "-qm", "first")
    (repo / "b.py").write_text("b = 1\n")
    kept = taken(repo, "a.py", "b.py")
    assert is_unchanged(kept)
    git(repo, "add", "b.py")
    assert not is_unchanged(kept)


def test_a_look_at_the_work_tree_is_no_change(repo: Path, git: Git) -> None:
    (repo / "a.py").write_text("a = 1\n")
    git(repo, "add", "a.py")
    git(repo, "commit", "-qm", "first")
    os.utime(repo / "a.py", (OLD, OLD))
    kept = taken(repo, "a.py")
    before = (repo / ".git" / "index").read_bytes()
    time.sleep(0.02)
    os.utime(repo / "a.py", (OLD + 1, OLD + 1))
    git(repo, "update-index", "--refresh")
    assert (repo / ".git" / "index").read_bytes() != before
    assert is_unchanged(kept)


def test_mode_bits_in_the_index_count(repo: Path, git: Git) -> None:
    (repo / "a.py").write_text("a = 1\n")
    git(repo, "add", "a.py")
    kept = taken(repo, "a.py")
    git(repo, "update-index", "--chmod=+x", "a.py")
    assert not is_unchanged(kept)


def test_commits_count_where_they_were_asked_for(repo: Path, git: Git) -> None:
    (repo / "a.py").write_text("a = 1\n")
    git(repo, "add", "a.py")
    git(repo, "commit", "-qm", "first")
    with_history, without = taken(repo, "a.py", commits=True), taken(repo, "a.py")
    assert is_unchanged(with_history)
    git(repo, "commit", "-qm", "second", "--allow-empty")
    assert not is_unchanged(with_history)
    assert is_unchanged(without)


def test_ignore_rules_of_git_itself_count(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "person"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    (home / ".gitconfig").write_text("[core]\n\texcludesFile = ~/ignored\n")
    kept = taken(repo)
    (repo / ".git" / "info").mkdir(exist_ok=True)
    (home / "ignored").write_text("*.csv\n")
    assert not is_unchanged(kept)
    kept = taken(repo)
    (repo / ".git" / "info" / "exclude").write_text("# nothing\n*.tmp\n")
    assert not is_unchanged(kept)
