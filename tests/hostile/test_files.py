"""Links, special files, unreadable and vanishing files: nothing hangs, nothing is opened that should not be, everything is accounted for."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_lint.project.discover import Discovery, discover
from mlops_lint.project.read import NotReadable, read_file
from mlops_lint.project.repository import Repository

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX special files")


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    """A hang is a failure after five seconds."""

    def ring(*_: object) -> None:
        raise TimeoutError("hangs")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(5)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(params=["walk", "git"])
def project(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, once plain and once a git repository."""
    root = tmp_path / "project"
    root.mkdir()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    if request.param == "git":
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


def search(root: Path, *named: str) -> Discovery:
    return discover(root, named, Repository.open(root))


def track(root: Path) -> None:
    if (root / ".git").exists():
        subprocess.run(["git", "add", "-A"], cwd=root, check=True)


def paths(found: Discovery) -> list[str]:
    return [one.path for one in found.files]


# Links


def test_links_to_files_stand_for_the_file_once(project: Path) -> None:
    (project / "src").mkdir()
    (project / "src" / "real.py").write_text("x")
    (project / "one.py").symlink_to("src/real.py")
    (project / "two.py").symlink_to("one.py")
    (project / "src" / "three.py").symlink_to(project / "src" / "real.py")
    track(project)
    found = search(project)
    assert paths(found) == ["src/real.py"] and found.skipped == ()
    by_link = search(project, str(project / "two.py"))
    assert [(one.path, one.named) for one in by_link.files] == [("src/real.py", True)]


def test_links_out_of_the_project_are_told(project: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text("secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.py").write_text("secret")
    (project / "a.py").symlink_to(tmp_path / "outside.py")
    (project / "b.py").symlink_to("../outside/x.py")
    (project / "zero.py").symlink_to("/dev/zero")
    (project / "data.bin").symlink_to(tmp_path / "outside.py")
    (project / "folder").symlink_to(tmp_path / "outside")
    track(project)
    found = search(project)
    reason = "link leads outside the project"
    assert paths(found) == [] and found.skipped == (("a.py", reason), ("b.py", reason), ("zero.py", reason))
    named = search(project, str(project / "data.bin"), str(project / "folder"), str(project / "zero.py"))
    assert named.skipped == (("a.py", reason), ("b.py", reason), ("data.bin", reason), ("folder", reason), ("zero.py", reason))
    assert paths(named) == []


def test_dangling_and_looping_links(project: Path) -> None:
    (project / "gone.py").symlink_to("nowhere.py")
    (project / "loop.py").symlink_to("pool.py")
    (project / "pool.py").symlink_to("loop.py")
    (project / "self.py").symlink_to("self.py")
    (project / "through.py").symlink_to("gone.py/x")
    track(project)
    expected = (
        ("gone.py", "dangling link"),
        ("loop.py", "link loops"),
        ("pool.py", "link loops"),
        ("self.py", "link loops"),
        ("through.py", "dangling link"),
    )
    assert search(project) == Discovery(skipped=expected)
    named = search(project, str(project / "gone.py"), str(project / "self.py"))
    assert named == Discovery(skipped=expected)


def test_folders_are_not_entered_through_links(project: Path) -> None:
    deep = project / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "x.py").write_text("x")
    (deep / "up").symlink_to("../..")
    (project / "again").symlink_to("a")
    (project / "as.py").symlink_to("a")
    track(project)
    found = search(project)
    assert paths(found) == ["a/b/x.py"] and found.skipped == (("as.py", "link to a directory is not followed"),)
    named = search(project, str(project / "again"))
    assert [(one.path, one.named) for one in named.files] == [("a/b/x.py", True)]


def test_links_into_left_out_folders(project: Path) -> None:
    target = project / ".venv" / "lib" / "x.py"
    target.parent.mkdir(parents=True)
    target.write_text("x")
    (project / "x.py").symlink_to(".venv/lib/x.py")
    assert search(project).skipped == (("x.py", "link leads into a folder that is left out"),)


def test_reading_never_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_text("x")
    (tmp_path / "link.py").symlink_to("real.py")
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    for name in ("link.py", "zero.py"):
        with pytest.raises(NotReadable, match=r"^is a symbolic link$") as caught:
            read_file(tmp_path, name, 10)
        assert caught.value.skipped


def test_a_link_put_there_after_the_name_was_asked_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("x")
    (tmp_path / "secret").write_text("secret")
    asked = os.lstat(tmp_path / "a.py")
    (tmp_path / "a.py").unlink()
    (tmp_path / "a.py").symlink_to("secret")
    monkeypatch.setattr("mlops_lint.project.read.os.lstat", lambda path: asked)
    with pytest.raises(NotReadable):
        read_file(tmp_path, "a.py", 100)
    (tmp_path / "a.py").unlink()
    os.mkfifo(tmp_path / "a.py")
    with pytest.raises(NotReadable, match="FIFO"):
        read_file(tmp_path, "a.py", 100)


# Special files


def test_fifos_sockets_and_directories_named_like_code(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "a.py").write_text("x")
    (project / "dir.py").mkdir()
    (project / "dir.py" / "b.py").write_text("x")
    os.mkfifo(project / "pipe.py")
    os.mkfifo(project / "pipe.bin")
    (project / "link.py").symlink_to("pipe.py")
    monkeypatch.chdir(project)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock.py")
        found = search(project)
        assert paths(found) == ["a.py", "dir.py/b.py"]
        told = dict(found.skipped)
        if (project / ".git").exists():
            # git's list holds no special files.
            assert told == {"link.py": "link to what is a FIFO"}
        else:
            assert told == {"link.py": "link to what is a FIFO", "pipe.py": "is a FIFO", "sock.py": "is a socket"}
        named = search(project, "pipe.py", "pipe.bin", "sock.py", "link.py")
        assert dict(named.skipped) == {"link.py": "link to what is a FIFO", "pipe.bin": "is a FIFO", "pipe.py": "is a FIFO", "sock.py": "is a socket"}
        for name, reason in (("pipe.py", "is a FIFO"), ("sock.py", "is a socket"), ("dir.py", "is a directory")):
            with pytest.raises(NotReadable, match=f"^{reason}$") as caught:
                read_file(project, name, 10)
            assert caught.value.skipped


def test_a_tracked_file_that_became_a_fifo(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "a.py").write_text("x")
    (tmp_path / "model.pt").write_text("x")
    track(tmp_path)
    for name in ("a.py", "model.pt"):
        (tmp_path / name).unlink()
        os.mkfifo(tmp_path / name)
    assert search(tmp_path) == Discovery(skipped=(("a.py", "is a FIFO"),))


def test_gits_own_files_as_fifos_do_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "a.py").write_text("x")
    os.mkfifo(tmp_path / ".gitignore")
    monkeypatch.setattr(Repository._ask, "__kwdefaults__", Repository._ask.__kwdefaults__ | {"seconds": 1.0})
    repository = Repository.open(tmp_path)
    found = discover(tmp_path, [], repository)
    assert paths(found) == ["a.py"]
    assert repository.available or repository.reason == "git took longer than 1 s"


@pytest.mark.skipif(not Path("/dev/zero").is_char_device(), reason="no device to try")
def test_devices_are_never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlops_lint.project.read.os.open", lambda *a: pytest.fail("opened"))
    with pytest.raises(NotReadable, match="is a device"):
        read_file("/dev", "zero", 10)


# Unreadable and vanishing

_AS_NOBODY = """
import os, sys
from pathlib import Path
from mlops_lint.project.discover import discover
from mlops_lint.project.read import NotReadable, read_file
from mlops_lint.project.repository import Repository
root = Path(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
found = discover(root, sys.argv[2:], Repository(root, "not asked"))
print([one.path for one in found.files], found.skipped, found.unreadable, found.missing)
for one in found.files:
    try:
        read_file(root, one.path, 100)
    except NotReadable as error:
        print(one.path, error.reason, error.skipped)
"""


def test_unreadable_files_and_folders_are_told(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "shut").mkdir(parents=True)
    (root / "shut" / "in.py").write_text("x")
    (root / "a.py").write_text("x")
    (root / "b.py").write_text("x")
    (root / "link.py").symlink_to("shut/in.py")
    (root / "a.py").chmod(0)
    (root / "shut").chmod(0)
    for folder in (root, *root.parents):
        if folder == Path(folder.anchor) or folder.stat().st_uid != os.geteuid():
            break
        folder.chmod(folder.stat().st_mode | 0o055)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(root), str(root), str(root / "shut" / "in.py")], capture_output=True, text=True, check=False
        )
    finally:
        (root / "shut").chmod(0o755)
    denied = "permission denied"
    assert done.stdout.splitlines() == [
        f"['a.py', 'b.py'] (('link.py', '{denied}'),) (('shut', 'folder cannot be listed: {denied}'), ('shut/in.py', '{denied}')) ()",
        f"a.py {denied} False",
    ], done.stderr


def test_files_that_come_and_go_while_they_are_listed_and_read(tmp_path: Path) -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            for number in range(30):
                path = tmp_path / f"d{number % 3}" / f"f{number}.py"
                path.parent.mkdir(exist_ok=True)
                path.write_text("x" * 10)
            for number in range(30):
                (tmp_path / f"d{number % 3}" / f"f{number}.py").unlink()
            for number in range(3):
                (tmp_path / f"d{number}").rmdir()

    worker = threading.Thread(target=churn)
    worker.start()
    read = gone = 0
    until = time.monotonic() + 0.3
    try:
        while time.monotonic() < until or not read:
            found = discover(tmp_path, [], Repository(tmp_path, "not asked"))
            assert found.skipped == () and found.unreadable == ()
            for one in found.files:
                try:
                    assert read_file(tmp_path, one.path, 100) in (b"x" * 10, b"")
                    read += 1
                except NotReadable as error:
                    assert error.reason == "file is gone"
                    gone += 1
    finally:
        stop.set()
        worker.join()


def test_depth_beyond_what_a_path_can_name(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    handles = [here]
    try:
        for _ in range(45):
            os.mkdir("d" * 100, dir_fd=here)
            here = os.open("d" * 100, os.O_RDONLY, dir_fd=here)
            handles.append(here)
        os.close(os.open("x.py", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        found = discover(tmp_path, [], Repository(tmp_path, "not asked"))
        assert found.files == ()
        ((path, reason),) = found.unreadable
        assert path.startswith("d" * 100 + "/") and reason == "folder cannot be listed: file name too long"
        os.unlink("x.py", dir_fd=here)
        for above in reversed(handles[:-1]):
            os.rmdir("d" * 100, dir_fd=above)
    finally:
        for handle in handles:
            os.close(handle)
