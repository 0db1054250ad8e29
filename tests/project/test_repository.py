from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_lint.facts.history import Commit, History
from mlops_lint.project import repository
from mlops_lint.project.folders import work_tree_of
from mlops_lint.project.gitformat import IndexEntry, blob_id, is_lfs_pointer
from mlops_lint.project.repository import Repository

Git = Callable[..., str]
needs_posix = pytest.mark.skipif(os.name == "nt", reason="POSIX file names and scripts")
needs_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give a folder away")


def write(folder: Path, *names: str, text: str = "") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or name)


def commit(git: Git, folder: Path, message: str = "m", **variables: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message, **variables)


# What is there


def test_files_that_git_tracks_ignores_and_does_not_know(repo: Path, git: Git) -> None:
    write(repo, "a.py", "src/b.py", "gone.py")
    write(repo, ".gitignore", text="*.log\n.env\nmlruns/\n")
    commit(git, repo)
    write(repo, "new.py", "x.log", ".env", "mlruns/1/meta.yaml")
    (repo / "gone.py").unlink()
    one = Repository.open(repo)
    assert one.available and one.reason == ""
    assert one.tracked() == (".gitignore", "a.py", "gone.py", "src/b.py")
    assert one.untracked() == ("new.py",)
    assert one.is_tracked("src/b.py") and not one.is_tracked("new.py") and not one.is_tracked("src")
    assert one.is_ignored(["x.log", ".env", "a.py", "new.py", "absent.log", "mlruns/", "src/mlruns/2/x", "../x.log", "", "/x.log"]) == {
        "x.log",
        ".env",
        "absent.log",
        "mlruns/",
        "src/mlruns/2/x",
    }
    assert one.head == git(repo, "rev-parse", "HEAD")
    assert one.is_shallow is False


def test_a_folder_of_the_repository_as_project_root(repo: Path, git: Git) -> None:
    write(repo, "top.py", "ml/train.py", "ml/data/x.csv", "other/y.py")
    commit(git, repo)
    write(repo, "ml/new.py", "other/new.py")
    one = Repository.open(repo / "ml")
    assert one.tracked() == ("data/x.csv", "train.py")
    assert one.untracked() == ("new.py",)
    assert one.blob("train.py") == b"ml/train.py"
    assert one.size_of("data/x.csv") == len("ml/data/x.csv")
    assert one.blob("top.py") is None and one.blob("../top.py") is None
    assert sorted(one.tree_of("HEAD") or {}) == ["data/x.csv", "train.py"]
    (only,) = one.history().commits
    assert sorted(only.paths) == ["data/x.csv", "train.py"]


def test_sizes_and_bytes_are_those_in_git_not_those_on_disk(repo: Path, git: Git) -> None:
    write(repo, "a.csv", text="12345")
    commit(git, repo)
    write(repo, "a.csv", text="123456789")
    one = Repository.open(repo)
    assert one.size_of("a.csv") == 5 and one.blob("a.csv") == b"12345" and one.blob("a.csv", "") == b"12345"
    assert one.size_of("absent") is None
    git(repo, "add", "a.csv")
    staged = Repository.open(repo)
    assert staged.size_of("a.csv") == 9 and staged.blob("a.csv", "") == b"123456789" and staged.blob("a.csv") == b"12345"
    assert staged.blob("a.csv", limit=4) is None
    assert staged.index["a.csv"] == IndexEntry("100644", blob_id(b"123456789"))


def test_revisions(repo: Path, git: Git) -> None:
    write(repo, "a.py")
    commit(git, repo)
    first = git(repo, "rev-parse", "HEAD")
    git(repo, "tag", "v1.0")
    write(repo, "b.py")
    commit(git, repo)
    one = Repository.open(repo)
    assert one.resolve("HEAD~1") == first == one.resolve("v1.0") == one.resolve(first[:10])
    assert list(one.tree_of("v1.0") or {}) == ["a.py"] and sorted(one.tree_of("main") or {}) == ["a.py", "b.py"]
    for hostile in ("--output=x", "-h", "HEAD:a.py", "$(id)", "", "a b", "nope", "HEAD\n"):
        assert one.resolve(hostile) is None
        assert one.tree_of(hostile) is None


@needs_posix
def test_names_that_break_lines_terminals_and_encodings(repo: Path, git: Git) -> None:
    names = [
        b"new\nline.py",
        b"esc\x1b[31m.py",
        b"latin-\xe9.py",
        "höher.py".encode(),
        b"-rf",
        b"tab\t.py",
        b'quote".py',
        b"per%cent.py",
        b"x" * 251 + b".py",
    ]
    for name in names:
        (Path(os.fsdecode(os.fsencode(repo) + b"/" + name))).write_bytes(b"x" * 3)
    commit(git, repo)
    one = Repository.open(repo)
    expected = tuple(sorted(name.decode("utf-8", "surrogateescape") for name in names))
    assert one.tracked() == expected
    assert {one.size_of(name) for name in expected} == {3}
    assert one.blob("new\nline.py") == b"xxx" and one.blob("latin-\udce9.py") == b"xxx"
    assert sorted(one.history().commits[0].paths) == list(expected)
    write(repo, ".gitignore", text="*.py\n")
    other = Repository.open(repo)
    assert other.is_ignored(["a\nb.py", "\udce9.py", "x.txt"]) == {"a\nb.py", "\udce9.py"}


# History


def test_history_tells_who_touched_what_and_when(repo: Path, git: Git) -> None:
    write(repo, "model.pkl", "src/train.py")
    commit(git, repo, GIT_AUTHOR_DATE="1000000000 +0000", GIT_COMMITTER_DATE="1000000001 +0000")
    write(repo, "src/train.py", text="2")
    commit(
        git,
        repo,
        GIT_AUTHOR_NAME="Böb\n",
        GIT_AUTHOR_EMAIL="Bob@Example.org",
        GIT_AUTHOR_DATE="1000000500 +0200",
        GIT_COMMITTER_DATE="1000000500 +0200",
    )
    seen = Repository.open(repo).history()
    assert seen.complete and not seen.shallow
    assert [(one.author, one.email, one.authored, one.committed, one.paths) for one in seen.commits] == [
        ("Böb", "Bob@Example.org", 1000000500, 1000000500, ("src/train.py",)),
        ("Ada", "ada@example.org", 1000000000, 1000000001, ("model.pkl", "src/train.py")),
    ]
    changed = seen.last_change("model.pkl")
    assert changed is not None and changed.committed == 1000000001
    assert seen.last_change("absent") is None
    assert [one.authored for one in seen.of("src").commits] == [1000000500, 1000000000]
    assert seen.authors == (("ada@example.org", 1), ("bob@example.org", 1))


def test_a_file_named_like_a_commit_does_not_confuse_history(repo: Path, git: Git) -> None:
    write(repo, "a")
    commit(git, repo)
    parent = git(repo, "rev-parse", "HEAD")
    write(repo, parent, "z")
    commit(git, repo)
    assert [sorted(one.paths) for one in Repository.open(repo).history().commits] == [sorted([parent, "z"]), ["a"]]


def test_history_is_capped_by_number(repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        write(repo, f"f{number}")
        commit(git, repo)
    monkeypatch.setattr(repository, "HISTORY_COMMITS", 3)
    seen = Repository.open(repo).history()
    assert [one.paths for one in seen.commits] == [("f3",), ("f2",), ("f1",)]
    assert seen.complete is False and seen.shallow is False
    monkeypatch.setattr(repository, "HISTORY_COMMITS", 4)
    assert Repository.open(repo).history().complete is True


def test_merges_touch_nothing() -> None:
    commits = tuple(Commit(str(at), "", "", 0, 0, paths) for at, paths in enumerate([(), ("a/b",), ("ab",)]))
    assert [one.id for one in History(commits).of("a").commits] == ["1"]


# What is not there


def test_no_repository_starts_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "_start", lambda *a, **k: pytest.fail("git was started"))
    one = Repository.open(tmp_path)
    assert not one.available and one.reason == "not a git repository"
    assert one.tracked() == () and one.untracked() == () and one.submodules() == () and one.head is None
    assert one.is_ignored(["a"]) == frozenset() and one.size_of("a") is None and one.blob("a") is None and one.tree_of("HEAD") is None
    assert one.history() == History()


def test_an_empty_dot_git_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert Repository.open(tmp_path).reason == "not a git repository"


def test_bare(tmp_path: Path, git: Git) -> None:
    git(tmp_path, "init", "-q", "--bare", "b.git")
    assert Repository.open(tmp_path / "b.git").reason == "bare repository: no work tree"
    git(tmp_path, "init", "-q", "plain")
    git(tmp_path / "plain", "config", "core.bare", "true")
    assert Repository.open(tmp_path / "plain").reason == "bare repository: no work tree"


def test_work_tree_elsewhere(repo: Path, git: Git, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    git(repo, "config", "core.worktree", str(tmp_path / "other"))
    one = Repository.open(repo)
    assert one.reason == "git has its work tree elsewhere" and one.tracked() == ()


def test_unborn_head(repo: Path, git: Git) -> None:
    write(repo, "a.py", "b.py")
    git(repo, "add", "a.py")
    one = Repository.open(repo)
    assert one.available and one.head is None
    assert one.tracked() == ("a.py",) and one.untracked() == ("b.py",)
    assert one.size_of("a.py") == 4 and one.blob("a.py") is None and one.blob("a.py", "") == b"a.py"
    assert one.history() == History() and one.tree_of("HEAD") is None


def test_detached_head(repo: Path, git: Git) -> None:
    write(repo, "a.py")
    commit(git, repo)
    git(repo, "checkout", "-q", "--detach")
    one = Repository.open(repo)
    assert one.head == git(repo, "rev-parse", "HEAD") and one.tracked() == ("a.py",)


def test_linked_work_tree(repo: Path, git: Git, tmp_path: Path) -> None:
    write(repo, "a.py")
    commit(git, repo)
    git(repo, "worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side")
    write(tmp_path / "linked", "b.py")
    one = Repository.open(tmp_path / "linked")
    assert one.available and one.tracked() == ("a.py",) and one.untracked() == ("b.py",)
    assert work_tree_of(tmp_path / "linked" / "deep" / "er") == tmp_path / "linked"


def test_submodule(repo: Path, git: Git, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    write(inner, "lib.py")
    commit(git, inner)
    write(repo, "a.py")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "vendor/inner")
    commit(git, repo)
    outer = Repository.open(repo)
    assert outer.tracked() == (".gitmodules", "a.py") and outer.submodules() == ("vendor/inner",)
    assert outer.size_of("vendor/inner") is None and outer.blob("vendor/inner") is None
    assert sorted(outer.tree_of("HEAD") or {}) == [".gitmodules", "a.py"]
    assert outer.is_ignored(["vendor/inner/lib.py", "a.pyc", "vendor/inner"]) == frozenset()
    within = Repository.open(repo / "vendor" / "inner")
    assert within.available and within.tracked() == ("lib.py",)


def test_one_path_that_git_cannot_judge_does_not_hide_the_others(repo: Path, git: Git, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    write(inner, "lib.py")
    commit(git, inner)
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "sub")
    write(repo, ".gitignore", text="*.log\n")
    assert Repository.open(repo).is_ignored(["a.log", "b.py", "sub/c.log", "z.log"]) == {"a.log", "z.log"}
    (repo / "link").symlink_to("sub")
    assert Repository.open(repo).is_ignored(["a.log", "link/c.log", "m.log", "z.log", "y.py"]) == {"a.log", "m.log", "z.log"}


def test_tracked_files_are_not_ignored_whatever_the_rules_say(repo: Path, git: Git) -> None:
    write(repo, "a.log", "d/b.log")
    git(repo, "add", "-A")
    write(repo, ".gitignore", text="*.log\n")
    write(repo, "c.log")
    one = Repository.open(repo)
    assert one.is_ignored(["a.log", "d/b.log", "c.log"]) == {"c.log"}
    assert one.untracked() == (".gitignore",)


def test_shallow(repo: Path, git: Git, tmp_path: Path) -> None:
    for number in range(3):
        write(repo, f"f{number}")
        commit(git, repo)
    git(tmp_path, "clone", "-q", "--depth", "1", repo.as_uri(), "clone")
    one = Repository.open(tmp_path / "clone")
    assert one.available and one.is_shallow
    seen = one.history()
    assert len(seen.commits) == 1 and seen.complete is False and seen.shallow is True


def test_unfinished_merge_lists_a_file_once(repo: Path, git: Git) -> None:
    write(repo, "a.py")
    commit(git, repo)
    git(repo, "checkout", "-q", "-b", "side")
    write(repo, "a.py", text="side")
    commit(git, repo)
    git(repo, "checkout", "-q", "main")
    write(repo, "a.py", text="main")
    commit(git, repo)
    with pytest.raises(subprocess.CalledProcessError):
        git(repo, "merge", "side")
    assert Repository.open(repo).tracked() == ("a.py",)


def test_git_is_missing(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert Repository.open(repo).reason == "git is not installed"


@needs_posix
def test_a_git_inside_the_repository_is_not_git(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = tmp_path / "marker"
    for folder in (repo / "bin", tmp_path / "links"):
        folder.mkdir()
    fake = repo / "bin" / "git"
    fake.write_text(f"#!/bin/sh\ntouch {marker}\n")
    fake.chmod(0o755)
    (tmp_path / "links" / "git").symlink_to(fake)
    monkeypatch.chdir(repo)
    for path in (str(fake.parent), "bin", ".", str(tmp_path / "links")):
        monkeypatch.setenv("PATH", path)
        assert Repository.open(repo).reason == "git is not installed"
    assert not marker.exists()


@needs_root
def test_a_repository_of_another_user_is_refused(repo: Path, git: Git) -> None:
    write(repo, "a.py")
    commit(git, repo)
    for path in (repo, repo / ".git"):
        os.chown(path, 65534, 65534)
    one = Repository.open(repo)
    assert one.reason == "git refused this repository: it belongs to another user (dubious ownership)"
    assert one.tracked() == () and one.head is None


def test_a_broken_repository_gives_a_reason(repo: Path, git: Git) -> None:
    (repo / ".git" / "config").write_text("[core\x1b[31m")
    one = Repository.open(repo)
    assert one.reason.startswith("git refused this repository: ") and one.reason.isprintable()
    git_dir = repo / ".git"
    git_dir.joinpath("config").write_text("[core]\n\trepositoryformatversion = 0\n")
    git_dir.joinpath("index").write_bytes(b"DIRC broken")
    two = Repository.open(repo)
    assert two.available
    assert two.tracked() == () and not two.available and two.reason.startswith("git refused this repository: ")


# Trust

_CALLS = """
import os, sys
from pathlib import Path
from mlops_lint.project.repository import Repository
one = Repository.open(Path(sys.argv[1]))
assert one.available, one.reason
assert one.tracked() and one.untracked() == ("new.txt",), one.untracked()
assert one.is_ignored(["x.log"]) == {"x.log"}
assert one.size_of("a.txt") == 6 and one.blob("a.txt") == b"a.txt\\n" and one.blob("a.txt", "") == b"a.txt\\n"
assert len(one.history().commits) == 2, one.history()
assert one.tree_of("HEAD~1") and one.head
print("done")
"""


@needs_posix
def test_nothing_that_the_repository_names_is_run(repo: Path, git: Git, tmp_path: Path) -> None:
    write(repo, "a.txt", text="a.txt\n")
    write(repo, ".gitignore", text="*.log\n")
    commit(git, repo)
    write(repo, "b.txt", text="b\n")
    commit(git, repo)
    marker = tmp_path / "marker"
    evil = tmp_path / "evil.sh"
    evil.write_text(f'#!/bin/sh\necho "$0 $@" >> {marker}\ncat\n')
    evil.chmod(0o755)
    hooks = repo / ".git" / "hooks"
    for name in ("pre-commit", "post-checkout", "post-index-change", "fsmonitor-watchman", "reference-transaction"):
        hooks.joinpath(name).write_text(evil.read_text())
        hooks.joinpath(name).chmod(0o755)
    write(repo, ".gitattributes", text="* filter=evil diff=evil merge=evil\n")
    write(repo, "new.txt", text="new\n")
    (repo / ".git" / "info" / "attributes").write_text("* filter=evil diff=evil merge=evil\n")
    (repo / ".git" / "info" / "exclude").write_text(".gitattributes\n")
    write(repo, "a.txt", text="changed on disk\n")
    keys = {
        "core.fsmonitor": evil,
        "core.hooksPath": hooks,
        "core.pager": evil,
        "core.editor": evil,
        "core.sshCommand": evil,
        "core.gitProxy": evil,
        "core.askPass": evil,
        "core.alternateRefsCommand": evil,
        "core.attributesFile": repo / ".gitattributes",
        "filter.evil.clean": evil,
        "filter.evil.smudge": evil,
        "filter.evil.process": evil,
        "filter.evil.required": "true",
        "diff.external": evil,
        "diff.evil.command": evil,
        "diff.evil.textconv": evil,
        "merge.evil.driver": evil,
        "credential.helper": evil,
        "gpg.program": evil,
        "log.showSignature": "true",
        "pager.rev-list": evil,
        "pager.ls-files": evil,
        "uploadpack.packObjectsHook": evil,
        "sequence.editor": evil,
        "alias.ls-files": f"!{evil}",
        "alias.version": f"!{evil}",
        "trace2.normalTarget": marker,
    }
    for key, value in keys.items():
        git(repo, "config", key, str(value))
    marker.unlink(missing_ok=True)
    script = tmp_path / "outside" / "calls.py"
    script.parent.mkdir()
    script.write_text(_CALLS)
    done = subprocess.run([sys.executable, str(script), str(repo)], cwd=repo, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
    assert not marker.exists(), marker.read_text()
    # The trap is live: one careless call springs it.
    subprocess.run(["git", "status"], cwd=repo, capture_output=True, check=False)
    assert marker.exists()


@needs_posix
def test_what_git_is_started_with(repo: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    fake = tools / "git"
    said = "echo false; echo true; echo false; echo x"
    kept = f'printf "%s\\n" "$@" > {tmp_path}/argv\nenv > {tmp_path}/env\nreadlink /proc/self/fd/0 > {tmp_path}/stdin || true'
    fake.write_text(f"#!/bin/sh\n{kept}\n{said}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{repo}/bin:relative:{tools}:{os.environ['PATH']}")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_EXTERNAL_DIFF", "GIT_CONFIG_PARAMETERS", "GIT_SSH_COMMAND", "GIT_TRACE", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "bad")
    before = dict(os.environ)
    assert Repository.open(repo).available
    assert dict(os.environ) == before
    assert (tmp_path / "argv").read_text().splitlines() == [
        *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.attributesFile=/dev/null", "-c", "protocol.allow=never"),
        *("-c", "diff.external=", "-c", "core.pager=cat", "--no-optional-locks", "--no-pager", "-C", str(repo)),
        *("rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository", "--absolute-git-dir"),
    ]
    seen = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    for added_by_the_shell in ("PWD", "OLDPWD", "SHLVL", "_"):
        seen.pop(added_by_the_shell, None)
    inherited = {name: os.environ[name] for name in ("HOME", "XDG_CONFIG_HOME", "TMPDIR", "TEMP", "TMP") if name in os.environ}
    assert seen == inherited | {
        "PATH": f"{tools}:{':'.join(one for one in os.environ['PATH'].split(':')[3:] if one.startswith('/'))}",
        "LANG": "C",
        "LC_ALL": "C",
        "LANGUAGE": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ASKPASS": "true",
        "GIT_PYTHON_REFRESH": "quiet",
        "GIT_PYTHON_GIT_EXECUTABLE": str(fake),
    }
    if sys.platform == "linux":
        assert (tmp_path / "stdin").read_text().strip() == "/dev/null"


@needs_posix
def test_a_git_that_hangs_or_babbles_is_stopped(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    fake = tools / "git"
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    answer = "case $* in *rev-parse*) echo false; echo true; echo false; echo x; exit;; esac\n"
    monkeypatch.setattr(Repository._run, "__kwdefaults__", {"stdin": b"", "limit": 1000, "seconds": 0.5})
    monkeypatch.setattr(Repository._ask, "__kwdefaults__", {"stdin": b"", "limit": 1000, "seconds": 0.5})
    # ``exec`` in the first script, and a child that keeps the pipe open in the second.
    for body, reason in (
        ("exec sleep 60", "git took longer than 0.5 s"),
        ("sleep 60", "git took longer than 0.5 s"),
        ("exec yes", "git said more than 1,000 bytes"),
    ):
        fake.write_text(f"#!/bin/sh\n{answer}{body}\n")
        fake.chmod(0o755)
        started = time.monotonic()
        one = Repository.open(repo)
        assert one.available
        assert one.tracked() == () and one.reason == reason
        assert one.untracked() == ()
        assert time.monotonic() - started < 5
        assert not [one for one in threading.enumerate() if one.daemon and one.name.startswith("Thread-")]


def test_the_index_of_a_partial_commit_is_used_and_any_other_is_not(repo: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repo, "a.py", "b.py")
    git(repo, "add", "a.py")
    for index in (repo / ".git" / "next-index-7.lock", tmp_path / "foreign"):
        git(repo, "add", "b.py", GIT_INDEX_FILE=str(index))
    monkeypatch.chdir(repo)
    for value, tracked in (
        (str(repo / ".git" / "next-index-7.lock"), ("b.py",)),
        (".git/next-index-7.lock", ("b.py",)),
        (str(tmp_path / "foreign"), ("a.py",)),
        ("", ("a.py",)),
    ):
        monkeypatch.setenv("GIT_INDEX_FILE", value)
        monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
        assert Repository.open(repo).tracked() == tracked


def test_importing_the_module_imports_no_git() -> None:
    code = "import sys, mlops_lint.project.discover, mlops_lint.project.read; print('git' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


# Formats


def test_lfs_pointers() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 12345\n"
    assert is_lfs_pointer(pointer)
    assert is_lfs_pointer(pointer.replace(b"\n", b"\r\n"))
    assert is_lfs_pointer(pointer.replace(b"\noid", b"\next-0-foo sha256:" + b"b" * 64 + b"\noid"))
    assert is_lfs_pointer(pointer.replace(b"git-lfs.github", b"hawser.github"))
    assert not is_lfs_pointer(pointer + b"x = 1\n")
    assert not is_lfs_pointer(pointer.replace(b"a" * 64, b"a" * 63))
    assert not is_lfs_pointer(b"# " + pointer)
    assert not is_lfs_pointer(pointer.replace(b"\noid", b"\n" + b"k v\n" * 300 + b"oid"))
    assert not is_lfs_pointer(b"")


def test_blob_ids_are_gits(repo: Path, git: Git) -> None:
    write(repo, "a", text="hello\n")
    assert blob_id(b"hello\n") == git(repo, "hash-object", "a")
    assert len(blob_id(b"", "0" * 64)) == 64
