from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from mlops_lint.project.discover import Discovery, FileEntry, discover
from mlops_lint.project.folders import find_root
from mlops_lint.project.read import native
from mlops_lint.project.repository import Repository

Git = Callable[..., str]
needs_posix = pytest.mark.skipif(os.name == "nt", reason="symbolic links and POSIX file names")


def write(folder: Path, *names: str, text: str = "x") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def search(root: Path, named: Sequence[str] = (), exclude: Sequence[str] = (), force_exclude: bool = False) -> Discovery:
    return discover(root, named, Repository.open(root), exclude, force_exclude)


def paths(found: Discovery) -> list[str]:
    return [one.path for one in found.files]


def named(found: Discovery) -> list[str]:
    return [one.path for one in found.files if one.named]


# Root


def test_root_is_the_work_tree_of_the_first_path(repo: Path, git: Git, tmp_path: Path) -> None:
    write(repo, "ml/train.py", "ml/pyproject.toml")
    assert find_root([repo / "ml" / "train.py"]) == repo
    assert find_root([repo / "ml"]) == repo and find_root([repo]) == repo
    assert find_root([repo / "ml" / "absent.py", tmp_path]) == repo


def test_root_without_git_is_the_nearest_configured_folder(tmp_path: Path) -> None:
    write(tmp_path, "p/pyproject.toml", "p/a/mlops-lint.toml", "p/a/b/x.py", "p/c/y.py")
    assert find_root([tmp_path / "p/a/b/x.py"]) == tmp_path / "p/a"
    assert find_root([tmp_path / "p/c", tmp_path / "p/a"]) == tmp_path / "p"


def test_root_without_anything_is_the_common_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "p/a/x.py", "p/b/y.py")
    assert find_root([tmp_path / "p/a/x.py", tmp_path / "p/b"]) == tmp_path / "p"
    assert find_root([tmp_path / "p/a/x.py"]) == tmp_path / "p/a"
    monkeypatch.chdir(tmp_path / "p")
    assert find_root([Path("a/x.py")]) == tmp_path / "p/a"
    assert find_root([Path()]) == tmp_path / "p" == find_root([])


@needs_posix
def test_root_is_a_real_path(tmp_path: Path) -> None:
    write(tmp_path, "real/pyproject.toml", "real/x.py")
    (tmp_path / "link").symlink_to("real")
    assert find_root([tmp_path / "link"]) == tmp_path / "real" == find_root([tmp_path / "link" / "x.py"])


# Git's list


def test_with_git_the_list_is_gits(repo: Path, git: Git) -> None:
    write(repo, "b.py", "a.ipynb", "model.pt", "gone.py", "ignored.py", "requirements.txt")
    write(repo, ".gitignore", text="ignored.py\n")
    git(repo, "add", "-A")
    write(repo, "new.py")
    (repo / "gone.py").unlink()
    assert search(repo) == Discovery(
        (
            FileEntry(".gitignore", "text", True, True),
            FileEntry("a.ipynb", "notebook", True, True),
            FileEntry("b.py", "python", True, True),
            FileEntry("model.pt", None, True, True),
            FileEntry("new.py", "python", True, False),
            FileEntry("requirements.txt", "requirements", True, True),
        )
    )


def test_committed_environments_stay_out_and_committed_output_stays_in(repo: Path, git: Git) -> None:
    committed = [
        "env/pyvenv.cfg",
        "env/lib/x.py",
        ".venv/x.py",
        "a/site-packages/x.py",
        "a/node_modules/x.js",
        "a/__pycache__/x.pyc",
        "p.egg-info/SOURCES.txt",
    ]
    output = ["mlruns/0/meta.yaml", "build/x.py", "wandb/run-1/config.yaml", "a/.dvc/cache/x"]
    write(repo, *committed, *output, "envs/gym.py", "env.py")
    git(repo, "add", "-A", "-f")
    write(repo, "mlruns/1/meta.yaml", "build/y.py", "wandb/run-2/config.yaml", "a/.dvc/cache/y", ".ipynb_checkpoints/a.ipynb")
    write(repo, "src/wandb/__init__.py", "src/wandb/log.py")
    assert paths(search(repo)) == sorted([*output, "envs/gym.py", "env.py", "src/wandb/__init__.py", "src/wandb/log.py"])


def test_repositories_inside_are_told_and_not_entered(repo: Path, git: Git) -> None:
    write(repo, "a.py", "inner/x.py")
    git(repo / "inner", "init", "-q")
    found = search(repo)
    assert paths(found) == ["a.py"]
    assert found.skipped == (("inner", "is a repository of its own"),)
    inside = search(repo, [str(repo / "inner")])
    assert named(inside) == ["inner/x.py"] and inside.skipped == ()


def test_without_git_on_the_machine_the_folder_is_walked(repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repo, "a.py", "d/b.py")
    git(repo, "add", "a.py")
    monkeypatch.setenv("PATH", "")
    assert search(repo).files == (FileEntry("a.py", "python", True, False), FileEntry("d/b.py", "python", True, False))


def test_when_git_fails_at_the_list_the_folder_is_walked(repo: Path, git: Git) -> None:
    write(repo, "a.py")
    git(repo, "add", "a.py")
    (repo / ".git" / "index").write_bytes(b"DIRC broken")
    repository = Repository.open(repo)
    assert paths(discover(repo, [], repository)) == ["a.py"]
    assert not repository.available


def test_a_tracked_name_that_is_now_something_else(repo: Path, git: Git) -> None:
    write(repo, "a.py", "d/b.py", "e.py")
    git(repo, "add", "-A")
    for name in ("a.py", "d/b.py"):
        (repo / name).unlink()
    (repo / "d").rmdir()
    write(repo, "d", "a.py/inner.txt")
    found = search(repo)
    assert paths(found) == ["a.py/inner.txt", "d", "e.py"]
    assert found.skipped == (("a.py", "is a directory"),)


@needs_posix
def test_tracked_files_behind_a_link_are_not_reached(repo: Path, git: Git, tmp_path: Path) -> None:
    write(repo, "a/x.py", "a/deep/y.py", "a/z.bin")
    git(repo, "add", "-A")
    (repo / "a").rename(tmp_path / "outside")
    (repo / "a").symlink_to(tmp_path / "outside")
    found = search(repo)
    assert paths(found) == []
    assert found.skipped == (("a/deep/y.py", "lies behind a link to a directory"), ("a/x.py", "lies behind a link to a directory"))


# The walk


def test_a_walk_leaves_out_what_is_not_the_projects(tmp_path: Path) -> None:
    kept = ["a.py", "env/gym.py", "pkg/build/__init__.py", "pkg/build/x.py", "data/x.csv", ".github/workflows/ci.yml", ".dvc/config"]
    other = ["venv/x.py", "myenv/pyvenv.cfg", "myenv/x.py", "build/x.py", "dist/x.py", "mlruns/0/meta.yaml", "wandb/x.json"]
    other += [".dvc/cache/aa/x", "sub/.git/config"]
    other += [
        "a/site-packages/x.py",
        "node_modules/x.js",
        "__pycache__/x.pyc",
        "p.egg-info/PKG-INFO",
        ".ipynb_checkpoints/a.ipynb",
        ".tox/x.py",
        ".git",
    ]
    write(tmp_path, *kept, *other)
    found = search(tmp_path)
    assert paths(found) == sorted(kept)
    assert found.skipped == () and not any(one.tracked for one in found.files)


def test_order_is_that_of_the_path_as_a_string(tmp_path: Path) -> None:
    write(tmp_path, "a/b.py", "a.py", "a-b.py", "B.py", "a0/c.py")
    assert paths(search(tmp_path)) == ["B.py", "a-b.py", "a.py", "a/b.py", "a0/c.py"]


# What was named


@pytest.mark.parametrize("with_git", [True, False])
def test_naming_marks_but_does_not_narrow(tmp_path: Path, repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch, with_git: bool) -> None:
    root = repo if with_git else tmp_path / "plain"
    write(root, "a.py", "src/b.py", "src/deep/c.py", "srcs/d.py")
    everything = ["a.py", "src/b.py", "src/deep/c.py", "srcs/d.py"]
    monkeypatch.chdir(root / "src")
    for given, expected in (
        ([], everything),
        (["."], ["src/b.py", "src/deep/c.py"]),
        ([".."], everything),
        (["../a.py", "deep/"], ["a.py", "src/deep/c.py"]),
        (["b.py", "./b.py", str(root / "src" / "b.py")], ["src/b.py"]),
    ):
        found = search(root, given)
        assert paths(found) == everything and named(found) == expected, given


def test_named_files_win_over_ignore_and_exclude_unless_forced(repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repo, "a.py", "ignored.py", "old/b.py", "old/c.py", ".venv/d.py")
    write(repo, ".gitignore", text="ignored.py\n.venv\n")
    monkeypatch.chdir(repo)
    files = ["ignored.py", "old/b.py", ".venv/d.py"]
    found = search(repo, files, ["old"])
    assert paths(found) == [".gitignore", ".venv/d.py", "a.py", "ignored.py", "old/b.py"]
    assert named(found) == [".venv/d.py", "ignored.py", "old/b.py"]
    forced = search(repo, files, ["old"], force_exclude=True)
    assert named(forced) == ["ignored.py"] and paths(forced) == [".gitignore", "a.py", "ignored.py"]
    assert named(search(repo, ["a.py"], ["*.py"], force_exclude=True)) == []


def test_a_named_folder_that_would_be_empty_is_walked(repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repo, "a.py", "out/b.py", "out/deep/c.py", "out/.venv/d.py", "old/e.py", "old/sub/f.py")
    write(repo, ".gitignore", text="out\n")
    monkeypatch.chdir(repo)
    assert named(search(repo, ["out"])) == ["out/b.py", "out/deep/c.py"]
    assert named(search(repo, ["out"], ["deep"])) == ["out/b.py"]
    assert named(search(repo, ["old"], ["old"])) == ["old/e.py", "old/sub/f.py"]
    assert named(search(repo, ["old"], ["old"], force_exclude=True)) == []
    assert named(search(repo, ["old/sub"], ["old"])) == ["old/sub/f.py"]


def test_named_paths_that_are_not_there_or_not_here(tmp_path: Path) -> None:
    write(tmp_path, "p/a.py", "q/b.py")
    found = search(tmp_path / "p", [str(tmp_path / "p/absent.py"), str(tmp_path / "p/a.py/x"), str(tmp_path / "q/b.py")])
    assert found.missing == (str(tmp_path / "p/absent.py"), str(tmp_path / "p/a.py/x"))
    assert found.skipped == ((str(tmp_path / "q/b.py"), "lies outside the project"),)
    assert paths(found) == ["a.py"] and named(found) == []


def test_exclude_patterns(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b.ipynb", "data/x.py", "src/data/y.py", "tests/t.py", "tests/deep/t.py")
    assert paths(search(tmp_path, exclude=["*.ipynb", "data", "tests/*"])) == ["a.py"]
    assert paths(search(tmp_path, exclude=["/data", str(tmp_path / "tests")])) == ["a.py", "b.ipynb", "src/data/y.py"]
    with pytest.raises(ValueError, match="climbs"):
        search(tmp_path, exclude=["../x"])


# Names


@needs_posix
@pytest.mark.skipif(sys.platform == "darwin", reason="the file system refuses bytes that are not UTF-8")
@pytest.mark.parametrize("with_git", [True, False])
def test_any_name_is_listed(tmp_path: Path, repo: Path, git: Git, with_git: bool) -> None:
    root = repo if with_git else tmp_path / "plain"
    root.mkdir(exist_ok=True)
    names = [
        b"new\nline.py",
        b"esc\x1b[31m.py",
        b"latin-\xe9.py",
        b"-rf",
        b" .py",
        b"%41.py",
        b"CON",
        b"a\\b.py",
        b"x" * 252 + b".py",
        "é.py".encode(),
    ]
    for name in names:
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_bytes(b"")
    expected = sorted(name.decode("utf-8", "surrogateescape") for name in names)
    assert paths(search(root)) == expected
    given = [str(root / native(one)) for one in expected]
    assert named(search(root, given)) == expected


_ELSEWHERE = """
import os, sys
from pathlib import Path
from mlops_lint.project.discover import discover
from mlops_lint.project.read import read_file
from mlops_lint.project.repository import Repository
root = Path(sys.argv[1])
for one in (Repository.open(root), Repository(root, "not asked")):
    found = discover(root, sys.argv[2:], one)
    print(sys.getfilesystemencoding(), ascii([(it.path, it.named, read_file(root, it.path, 9)) for it in found.files]))
"""


@needs_posix
def test_the_locale_changes_nothing(repo: Path, git: Git) -> None:
    write(repo, "é/ü.py", "é/a.py")
    environment = os.environ | {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", _ELSEWHERE, repo, repo / "é" / "ü.py"], env=environment, capture_output=True, text=True, check=False)
    listed = ascii([("é/a.py", False, b"x"), ("é/ü.py", True, b"x")])
    encodings = {line.split(" ", 1)[0] for line in done.stdout.splitlines()}
    assert [line.split(" ", 1)[1] for line in done.stdout.splitlines()] == [listed, listed], done.stderr
    assert encodings <= {"ascii", "utf-8"}


def test_what_was_left_out_elsewhere_was_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").touch()
    (tmp_path / "src" / "gone.py").symlink_to("nowhere")
    (tmp_path / "other.py").symlink_to("nowhere")
    repository = Repository.open(tmp_path)
    for named, asked in (("src", {"src/gone.py"}), ("src/a.py", set()), ("other.py", {"other.py"}), (".", {"src/gone.py", "other.py"})):
        found = discover(tmp_path, [str(tmp_path / named)], repository)
        assert {path for path, _ in found.skipped} == {"src/gone.py", "other.py"}
        assert found.asked == asked
