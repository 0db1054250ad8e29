"""What git says of the project: the only module that starts git.

The repository is not trusted. A repository's own configuration can name commands (``core.fsmonitor``, ``filter.*.clean``, ``diff.*.textconv``, hooks), so
git is started with those switched off, with plumbing commands that do not run the others, never on a diff against the work tree, with an environment of
our own, without input from the terminal, and within caps on time and output. Nothing here raises because of a repository: what cannot be had is ``None``
or empty, and :attr:`Repository.reason` says why.

GitPython starts the processes (``git.cmd.Git.execute``); its ``Repo`` is not used, since it reads the repository's configuration with a parser of its own
and its convenience calls run work-tree diffs.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mlops_lint.facts.history import Commit, History
from mlops_lint.project.folders import work_tree_of
from mlops_lint.project.gitformat import GITLINK, IndexEntry, commits_of, index_entries, records, touched_by, tree_entries
from mlops_lint.project.read import is_inside

TIMEOUT = 10.0  # seconds for one git process
LIST_LIMIT = 128 << 20  # bytes of output that a list may have
BLOB_LIMIT = 64 << 20  # bytes of one blob
HISTORY_COMMITS = 2_000
HISTORY_SECONDS = 2.0

_OPTIONS = (
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", f"core.attributesFile={os.devnull}"),
    *("-c", "protocol.allow=never"),
    *("-c", "diff.external="),
    *("-c", "core.pager=cat"),
    "--no-optional-locks",
    "--no-pager",
)
# The rest of what git and GitPython are given is written here; GIT_DIR and its like, which hooks inherit, are not passed on.
_PASSED = ("HOME", "XDG_CONFIG_HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "SYSTEMROOT", "SystemRoot", "WINDIR", "TMPDIR", "TEMP", "TMP")
_SET = {
    "LANG": "C",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ASKPASS": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}
_REVISION = re.compile(r"[0-9A-Za-z_@][0-9A-Za-z_./@^~{}+-]{0,249}")
_STARTING = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a git process said. ``complete`` is false when it was stopped for its time or its output."""

    status: int
    out: bytes
    error: str
    complete: bool

    @property
    def good(self) -> bool:
        return self.complete and self.status == 0


class _GitMissing(Exception):
    pass


class Repository:
    """The git repository around a project root; paths are POSIX, relative to that root, and carry undecodable bytes as surrogates.

    ``available`` is false when there is nothing to ask (no git, no repository, a bare one, one that git refuses because it belongs to another user), and
    becomes false when git fails on the way; ``reason`` says why in one clause. Then nothing is tracked, nothing is ignored, and the history is empty.
    Answers are kept, so each costs one process at most.
    """

    def __init__(self, root: Path, reason: str = "", git: str = "", environment: dict[str, str] | None = None, *, shallow: bool = False) -> None:
        self.root = root
        self.reason = reason
        self.is_shallow = shallow
        self._git = git
        self._environment = environment or {}
        self._sizes: dict[str, int] | None = None
        self._trees: dict[str, dict[str, IndexEntry] | None] = {}
        self.asked_for_commits = False
        """Whether an answer depended on commits: then it may change without the index."""

    @classmethod
    def open(cls, root: Path) -> Repository:
        """The repository that holds a folder; git is started only when there is one on disk."""
        root = Path(os.path.realpath(root))
        top = work_tree_of(root)
        if top is None:
            return cls(root, "bare repository: no work tree" if _is_git_dir(root) else "not a git repository")
        path = _search_path((root, top))
        git = _find_git(path, (root, top))
        if git is None:
            return cls(root, "git is not installed")
        environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
        environment |= _SET | {"PATH": os.pathsep.join(path), "GIT_PYTHON_GIT_EXECUTABLE": git}
        one = cls(root, "", git, environment)
        answer = one._run("rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository", "--absolute-git-dir")
        if not answer.good:
            one.reason = one.reason or _refusal(answer)
            return one
        bare, inside, shallow, git_dir = (os.fsdecode(answer.out).rstrip("\n").split("\n", 3) + [""] * 4)[:4]
        if bare == "true":
            one.reason = "bare repository: no work tree"
        elif inside != "true":
            one.reason = "git has its work tree elsewhere"
        one.is_shallow = shallow == "true"
        index = os.environ.get("GIT_INDEX_FILE", "")
        # A commit of chosen files hands its hooks an index of its own; any other index has no business here.
        if index and os.path.realpath(Path(index).absolute().parent) == os.path.realpath(git_dir):
            environment["GIT_INDEX_FILE"] = str(Path(index).absolute())
        return one

    @property
    def available(self) -> bool:
        """Whether git answers for this project."""
        return not self.reason

    @cached_property
    def head(self) -> str | None:
        """The commit id of ``HEAD``; ``None`` before the first commit."""
        return self.resolve("HEAD")

    def resolve(self, rev: str) -> str | None:
        """The commit id that a revision (branch, tag, id, ``HEAD~2``) names, if it names one."""
        self.asked_for_commits = True
        if not _REVISION.fullmatch(rev):
            return None
        answer = self._ask("rev-parse", "--verify", "--quiet", "--end-of-options", rev + "^{commit}")
        return answer.out.decode("ascii", "replace").strip() if answer.good else None

    @cached_property
    def index(self) -> dict[str, IndexEntry]:
        """What git tracks, by path, as it is staged; submodules are left out. Files of an unfinished merge count once."""
        return {path: entry for path, entry in self._entries.items() if entry.mode != GITLINK}

    def tracked(self) -> tuple[str, ...]:
        """The files that git tracks below the root, sorted; whether they are still there is not asked."""
        return tuple(sorted(self.index))

    def is_tracked(self, path: str) -> bool:
        """Whether git tracks this file."""
        return path in self.index

    def submodules(self) -> tuple[str, ...]:
        """The folders that are repositories of their own, tracked as submodules."""
        return tuple(sorted(path for path, entry in self._entries.items() if entry.mode == GITLINK))

    def untracked(self) -> tuple[str, ...]:
        """The files that git neither tracks nor ignores, sorted. A repository inside this one is one path with a slash at its end."""
        return self._untracked

    @cached_property
    def _untracked(self) -> tuple[str, ...]:
        answer = self._need("ls-files", "-z", "--others", "--exclude-standard")
        return tuple(sorted({path for path in records(answer.out) if is_inside(path)})) if answer else ()

    @cached_property
    def _entries(self) -> dict[str, IndexEntry]:
        answer = self._need("ls-files", "-z", "--stage")
        return index_entries(answer.out) if answer else {}

    def is_ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Those of the paths that git's ignore rules cover; the files need not exist, and a folder is asked for with a slash at its end.

        Tracked files are never ignored. A path that git cannot judge (inside a submodule, beyond a link) is not among the answers.
        """
        tracked = self.index
        modules = tuple(path + "/" for path in self.submodules())
        wanted = sorted({path for path in paths if is_inside(path) and path not in tracked and not (path + "/").startswith(modules)})
        found: set[str] = set()
        # git gives up on the whole list for one path it cannot judge: halve the list until that path stands alone.
        waiting = [wanted] if wanted else []
        until = time.monotonic() + TIMEOUT
        while waiting and time.monotonic() < until:
            batch = waiting.pop()
            stdin = "".join(f"{path}\0" for path in batch).encode("utf-8", "surrogateescape")
            # With its index git would compare every path with every tracked file; that much was done above.
            answer = self._ask("check-ignore", "--no-index", "-z", "--stdin", stdin=stdin)
            if answer.complete and answer.status in (0, 1):
                found.update(records(answer.out))
            elif answer.complete and len(batch) > 1:
                waiting += [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
        return frozenset(found)

    def size_of(self, path: str) -> int | None:
        """The bytes that a tracked file takes in git (a pointer's own size for LFS), or ``None`` when it is not tracked or its blob is not here."""
        entry = self.index.get(path)
        if entry is None:
            return None
        if self._sizes is None:
            self._sizes = {}
            ids = sorted({one.id for one in self.index.values()})
            answer = self._need("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin="".join(f"{id}\n" for id in ids).encode("ascii"))
            for line in (answer.out if answer else b"").decode("ascii", "replace").splitlines():
                id, _, size = line.partition(" ")
                if size.isdecimal():
                    self._sizes[id] = int(size)
        return self._sizes.get(entry.id)

    def blob(self, path: str, rev: str = "HEAD", limit: int = BLOB_LIMIT) -> bytes | None:
        """A file's bytes in a revision, or as staged when ``rev`` is empty; no filter is applied. ``None`` when there is none, or more than ``limit`` bytes."""
        if not is_inside(path):
            return None
        entry = (self.index if not rev else self.tree_of(rev) or {}).get(path)
        if entry is None or entry.mode == GITLINK:
            return None
        answer = self._ask("cat-file", "blob", entry.id, limit=limit)
        return answer.out if answer.good else None

    def tree_of(self, rev: str) -> dict[str, IndexEntry] | None:
        """The files below the root in a revision, by path, or ``None`` when there is no such revision; submodules are left out."""
        if rev not in self._trees:
            self._trees[rev] = self._read_tree(rev)
        return self._trees[rev]

    def _read_tree(self, rev: str) -> dict[str, IndexEntry] | None:
        commit = self.resolve(rev)
        answer = self._ask("ls-tree", "-r", "-z", commit) if commit else None
        return tree_entries(answer.out) if answer is not None and answer.good else None

    def history(self) -> History:
        """The newest commits from ``HEAD`` with the files they touched: at most 2,000, and what can be had in two seconds."""
        return self._history

    @cached_property
    def _history(self) -> History:
        if not self.available or self.head is None:
            return History(shallow=self.is_shallow)
        until = time.monotonic() + HISTORY_SECONDS
        form = "--format=%H%x00%at%x00%ct%x00%ae%x00%an"
        listed = self._ask("rev-list", f"--max-count={HISTORY_COMMITS + 1}", form, self.head, seconds=HISTORY_SECONDS)
        commits = list(commits_of(listed.out))
        complete = listed.good and len(commits) <= HISTORY_COMMITS and not self.is_shallow
        del commits[HISTORY_COMMITS:]
        if not commits:
            return History(shallow=self.is_shallow)
        ids = "".join(f"{one.id}\n" for one in commits).encode("ascii")
        options = ("--stdin", "-r", "-z", "--raw", "--root", "--no-renames", "--no-ext-diff", "--no-textconv", "--relative")
        seconds = max(0.1, until - time.monotonic())
        raw = self._ask("diff-tree", *options, stdin=ids, seconds=seconds)
        paths, last = touched_by(raw.out, {one.id for one in commits})
        if not raw.good:
            # Where git was stopped, the last commit's list may be cut; it and what follows are unknown.
            place = next((at for at, one in enumerate(commits) if one.id == last), 0)
            del commits[place:]
            complete = False
        found = (Commit(one.id, one.author, one.email, one.authored, one.committed, tuple(paths.get(one.id, ()))) for one in commits)
        return History(tuple(found), complete, self.is_shallow)

    def _need(self, *arguments: str, stdin: bytes = b"") -> _Answer | None:
        """Ask for something without which git is of no use: failing at it makes the repository unavailable."""
        answer = self._ask(*arguments, stdin=stdin)
        if answer.good:
            return answer
        self.reason = self.reason or _refusal(answer)
        return None

    def _ask(self, *arguments: str, stdin: bytes = b"", limit: int = LIST_LIMIT, seconds: float = TIMEOUT) -> _Answer:
        return self._run(*arguments, stdin=stdin, limit=limit, seconds=seconds) if self.available else _Answer(-1, b"", self.reason, False)

    def _run(self, *arguments: str, stdin: bytes = b"", limit: int = LIST_LIMIT, seconds: float = TIMEOUT) -> _Answer:
        command = [self._git, *_OPTIONS, "-C", str(self.root), *arguments]
        try:
            process = _start(command, self._environment, str(self.root), has_input=bool(stdin))
        except _GitMissing as error:
            self.reason = str(error)
            return _Answer(-1, b"", self.reason, False)
        return _collect(process, stdin, limit, seconds)


def _is_git_dir(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()
    return False


def _search_path(kept_out: Sequence[Path]) -> list[str]:
    """The folders of ``PATH`` that are absolute and lie outside the analysed repository."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [folder for folder in folders if Path(folder).is_absolute() and not _lies_in(folder, kept_out)]


def _find_git(path: Sequence[str], kept_out: Sequence[Path]) -> str | None:
    name = "git.exe" if os.name == "nt" else "git"
    for folder in path:
        full = Path(folder, name)
        if full.is_file() and os.access(full, os.X_OK) and not _lies_in(full, kept_out):
            return str(full)
    return None


def _lies_in(path: str | Path, folders: Sequence[Path]) -> bool:
    real = Path(os.path.realpath(path))
    return any(real == folder or folder in real.parents for folder in folders)


@contextlib.contextmanager
def _environ(wanted: dict[str, str]) -> Iterator[None]:
    """Exchange the process's environment for the moment in which GitPython copies it: it can only be told to add to it, never to leave anything out."""
    saved = dict(os.environ)
    try:
        for name in saved:
            if name not in wanted:
                del os.environ[name]
        os.environ.update(wanted)
        yield
    finally:
        for name in list(os.environ):
            if name not in saved:
                del os.environ[name]
        os.environ.update(saved)


def _start(command: list[str], environment: dict[str, str], folder: str, *, has_input: bool) -> subprocess.Popen[bytes]:
    """Start git through GitPython, which closes its input when there is none.

    Raises:
        _GitMissing: git or GitPython cannot be started; the message is the reason.
    """
    with _STARTING, _environ(environment):
        try:
            # The first import runs ``git version``: with the executable found above, and with this environment.
            from git.cmd import Git
            from git.exc import GitError
        except ImportError as error:
            raise _GitMissing(f"GitPython cannot be imported: {error}") from None
        options: dict[str, Any] = {} if os.name == "nt" else {"start_new_session": True}
        try:
            running = Git(folder).execute(command, istream=subprocess.PIPE if has_input else None, as_process=True, shell=False, **options)
        except (GitError, OSError, ValueError) as error:
            raise _GitMissing(f"git cannot be started: {type(error).__name__}") from None
    # GitPython's wrapper ends the process when it goes out of scope; the process is taken out of it and ended here.
    process: subprocess.Popen[bytes] = running.proc
    running.proc = None
    return process


def _collect(process: subprocess.Popen[bytes], stdin: bytes, limit: int, seconds: float) -> _Answer:
    """Feed a process and read it, up to a number of bytes and seconds, then end it."""
    out: list[bytes] = []
    error: list[bytes] = []
    overflow = threading.Event()
    readers = [
        threading.Thread(target=_drain, args=(process.stdout, out, limit, overflow, process), daemon=True),
        threading.Thread(target=_drain, args=(process.stderr, error, 1 << 16, threading.Event(), None), daemon=True),
    ]
    if stdin:
        readers.append(threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True))
    until = time.monotonic() + seconds
    in_time = False
    try:
        for one in readers:
            one.start()
        for one in readers:
            one.join(max(0.0, until - time.monotonic()))
        in_time = not any(one.is_alive() for one in readers)
        if in_time:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, until - time.monotonic()))
        in_time = in_time and process.returncode is not None
    finally:
        if not in_time:
            _kill(process)
        for one in readers:
            one.join(1)
        if not any(one.is_alive() for one in readers):
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
    text = b"".join(error).decode("utf-8", "replace")
    if not in_time:
        text = f"git took longer than {seconds:g} s"
    elif overflow.is_set():
        text = f"git said more than {limit:,} bytes"
    return _Answer(process.returncode or 0, b"".join(out), text, in_time and not overflow.is_set())


def _drain(stream: Any, into: list[bytes], limit: int, overflow: threading.Event, process: subprocess.Popen[bytes] | None) -> None:
    """Read a stream to its end and keep the first ``limit`` bytes; more of them end the process when one is given."""
    size = 0
    with contextlib.suppress(OSError, ValueError):
        while chunk := os.read(stream.fileno(), 1 << 16):
            size += len(chunk)
            if size <= limit:
                into.append(chunk)
            elif not overflow.is_set():
                overflow.set()
                if process is not None:
                    _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it may have started; both share a session of their own."""
    with contextlib.suppress(OSError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)


def _feed(stream: Any, data: bytes) -> None:
    with contextlib.suppress(OSError, ValueError):
        stream.write(data)
    with contextlib.suppress(OSError, ValueError):
        stream.close()


def _refusal(answer: _Answer) -> str:
    if not answer.complete:
        return answer.error
    if "dubious ownership" in answer.error:
        return "git refused this repository: it belongs to another user (dubious ownership)"
    lines = [line for line in answer.error.splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith("fatal:")), lines[0] if lines else f"exit status {answer.status}")
    shown = "".join(sign if sign.isprintable() else "?" for sign in said.removeprefix("fatal:").strip())
    return f"git refused this repository: {shown[:200]}"
