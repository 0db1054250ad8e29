"""The state of a project on disk, small enough to keep and quick to compare: has anything changed that a run could have seen?

A file counts as unchanged when size, times and inode are those that were noted, or when its content has the same digest. A time so near to the moment of
noting that a later change could bear the same one proves nothing; then the content is read. Folders are held by the names in them, so that a new
file is seen without asking git; what git ignores is left out. Of git itself, the index and the files that say what is ignored count.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mlops_lint.project.folders import is_never
from mlops_lint.project.gitindex import index_digest
from mlops_lint.project.read import NotReadable, native, read_file

MAX_FOLDERS = 20_000
MAX_NAMES = 400_000
_MAX_TEXT = 64 << 20
_SLACK = 100_000_000  # nanoseconds: clocks of file systems tick this coarsely at most …
_COARSE_SLACK = 2_500_000_000  # … but for those that keep whole seconds

Stamp = list[int]
"""Size, inode, time of content and time of change, the times in nanoseconds."""
Note = tuple[Stamp, str]
"""The stamp and digest of a file; empty both where there is none."""


class Snapshot:
    """The state of one project, noted while it is read. Make it before anything is listed or read: what changes later is then seen as a change."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = os.path.realpath(root)
        self.began = time.time_ns()
        self._whole = True
        self._finished = False
        self._folders: dict[str, tuple[Stamp, str, list[str]]] = {}
        self._files: dict[str, Note] = {}
        self._texts: dict[str, Note] = {}
        self._walk()
        for path in _git_files(self.root):
            self._note_text(path)
        self._commits: dict[str, Note] = {}
        kept, self._texts = self._texts, self._commits
        for path in _commit_files(self.root):
            self._note_text(path)
        self._texts = kept

    @property
    def is_good(self) -> bool:
        """Whether the run came to its end and all that it saw was noted; any other snapshot must not be kept."""
        return self._finished and self._whole

    def note(self, path: str, stamp: Stamp | None, digest: bytes) -> None:
        """Note a file by its POSIX path: its stamp from before it was read, and the digest of what was read."""
        if stamp is None or not digest:
            self._whole = False
        else:
            self._files[path] = (stamp, digest.hex())

    def finish(self, ignored: Iterable[str], *, commits: bool) -> None:
        """Say that the run is over. Folders that are ``ignored`` do not count, nor what lies below them; with ``commits``, what ``HEAD`` stands for does."""
        for folder in ignored:
            waiting = [folder]
            while waiting:
                here = waiting.pop()
                known = self._folders.pop(here, None)
                if known is not None:
                    waiting.extend(_join(here, name) for name in known[2])
        for folder in self._folders:
            self._note_text(os.path.join(self.root, native(_join(folder, ".gitignore"))), only_there=True)  # noqa: PTH118
        if commits:
            self._texts.update(self._commits)
        self._finished = True

    def add_texts(self, notes: Mapping[str, Note]) -> None:
        """Let further files count, by their full paths, as they were noted before."""
        self._texts.update(notes)

    def idle_folders(self, files: Iterable[str]) -> list[str]:
        """The topmost folders that hold none of these files, directly or below: the ones that may be ignored."""
        busy = {""}
        for path in files:
            folder = path.rpartition("/")[0]
            while folder not in busy:
                busy.add(folder)
                folder = folder.rpartition("/")[0]
        return sorted(one for one in self._folders if one not in busy and one.rpartition("/")[0] in busy)

    def plain(self) -> dict[str, Any]:
        """The snapshot as data for JSON."""
        return {
            "root": self.root,
            "began": self.began,
            "folders": {path: [*stamp, names] for path, (stamp, names, _) in self._folders.items()},
            "files": {path: [*stamp, digest] for path, (stamp, digest) in self._files.items()},
            "texts": {path: [*stamp, digest] for path, (stamp, digest) in self._texts.items()},
        }

    def _walk(self) -> None:
        names = 0
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            full = os.path.join(self.root, native(folder))  # noqa: PTH118
            stamp = stamp_of(full)
            listing = _listing(full)
            if stamp is None or listing is None:
                self._whole = False
                continue
            digest, folders, count = listing
            self._folders[folder] = (stamp, digest, folders)
            waiting.extend(_join(folder, name) for name in folders)
            names += count
            if len(self._folders) > MAX_FOLDERS or names > MAX_NAMES:
                self._whole = False
                return

    def _note_text(self, full: str, only_there: bool = False) -> None:
        note = note_of(full)
        if note is None:
            self._whole = False
        elif note[0] or not only_there:
            self._texts[full] = note


def is_unchanged(kept: Mapping[str, Any]) -> bool:
    """Whether a project is as a snapshot's data say. Anything odd in them means no."""
    try:
        return _is_unchanged(kept)
    except (KeyError, TypeError, ValueError, AttributeError, OSError):
        return False


def stamp_of(full: str | os.PathLike[str]) -> Stamp | None:
    """The stamp of a file or folder, a link not followed; ``None`` when it cannot be had."""
    try:
        status = os.lstat(full)
    except (OSError, ValueError):
        return None
    return [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]


def note_of(full: str) -> Note | None:
    """The state of a small file, which need not exist; ``None`` when it cannot be told."""
    stamp = stamp_of(full)
    if stamp is None:
        return None if os.path.lexists(full) else ([], "")
    digest = _digest_of(full)
    return None if digest is None else (stamp, digest)


def _is_unchanged(kept: Mapping[str, Any]) -> bool:
    root, began = kept["root"], kept["began"]
    if os.path.realpath(root) != root:
        return False
    for path, (*stamp, digest) in kept["texts"].items():
        now = stamp_of(path)
        if now is None or not stamp:
            if now is not None or stamp:
                return False
        elif not _is_same(now, stamp, began) and _digest_of(path) != digest:
            return False
    # A .gitignore is a name in its folder's listing: one that is new is seen there.
    for path, (*stamp, digest) in kept["folders"].items():
        full = os.path.join(root, native(path))  # noqa: PTH118
        now = stamp_of(full)
        if now is None:
            return False
        if not _is_same(now, stamp, began):
            listing = _listing(full)
            if listing is None or listing[0] != digest:
                return False
    for path, (*stamp, digest) in kept["files"].items():
        now = stamp_of(os.path.join(root, native(path)))  # noqa: PTH118
        if now is None:
            return False
        if not _is_same(now, stamp, began):
            try:
                data = read_file(root, path, now[0])
            except NotReadable:
                return False
            if hashlib.sha256(data).hexdigest() != digest:
                return False
    return True


def _is_same(now: Stamp, stamp: Stamp, began: int) -> bool:
    """Whether a stamp proves that nothing has changed since it was noted."""
    if now != stamp:
        return False
    for moment in stamp[2:]:
        slack = _COARSE_SLACK if moment % 1_000_000_000 == 0 else _SLACK
        if moment > began - slack:
            return False
    return True


def _listing(full: str) -> tuple[str, list[str], int] | None:
    """The digest of a folder's names and types, its folders, and how many names there are. What is never the project's own does not count."""
    lines = []
    folders = []
    try:
        with os.scandir(full) as entries:
            for one in entries:
                if is_never(one.name):
                    if one.name == ".git":
                        lines.append(one.name)  # what lies beside it is a repository of its own
                    continue
                if one.is_dir(follow_symlinks=False):
                    folders.append(one.name)
                    lines.append(f"{one.name}/")
                else:
                    lines.append(f"{one.name}\0{_kind(one)}")
    except OSError:
        return None
    text = "\n".join(sorted(lines)).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest(), folders, len(lines)


def _kind(one: os.DirEntry[str]) -> str:
    if one.is_symlink():
        # What a link leads to is part of what was seen.
        return os.readlink(one.path)  # noqa: PTH115
    return "file" if one.is_file(follow_symlinks=False) else "other"


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _digest_of(full: str) -> str | None:
    try:
        if not stat.S_ISREG(os.stat(full).st_mode):  # noqa: PTH116
            return None
        with open(full, "rb") as file:  # noqa: PTH123
            data = file.read(_MAX_TEXT + 1)
    except (OSError, ValueError):
        return None
    if len(data) > _MAX_TEXT:
        return None
    # A look at the work tree lets git write its index anew, with what it saw of the disk; only what is tracked counts.
    listed = index_digest(data) if data.startswith(b"DIRC") else None
    return listed or hashlib.sha256(data).hexdigest()


def _git_files(root: str) -> Sequence[str]:
    """The files that say what git tracks and ignores here, whether they exist or not."""
    join = os.path.join
    home = os.path.expanduser("~")  # noqa: PTH111
    base = os.environ.get("XDG_CONFIG_HOME") or join(home, ".config")
    personal = [join(home, ".gitconfig"), join(base, "git", "config"), join(base, "git", "ignore")]
    mark = join(root, ".git")
    if not os.path.lexists(mark):
        marks = [mark]
        while (above := os.path.dirname(root)) != root:  # noqa: PTH120
            root = above
            marks.append(join(root, ".git"))
        return marks
    folder, common = _git_folders(root)
    index = os.environ.get("GIT_INDEX_FILE") or join(folder, "index")
    own = [join(common, "config"), join(folder, "config.worktree"), join(common, "info", "exclude")]
    named = [found for config in (*personal[:2], *own[:2]) for found in _excludes(config, home, root)]
    texts = [*personal, *own, *named, index]
    return [*texts, mark] if folder != mark else texts


def _commit_files(root: str) -> Sequence[str]:
    """The files that say which commit is the newest here."""
    if not os.path.lexists(os.path.join(root, ".git")):  # noqa: PTH118
        return []
    folder, common = _git_folders(root)
    head = os.path.join(folder, "HEAD")  # noqa: PTH118
    names = ["packed-refs", "shallow"]
    line = _first_line(head)
    if line.startswith("ref:"):
        names.append(line.removeprefix("ref:").strip())
    return [head, *(os.path.join(common, name) for name in names)]  # noqa: PTH118


def _git_folders(root: str) -> tuple[str, str]:
    """The folder of this work tree's git data, and that of the data which all work trees share."""
    folder = os.path.join(root, ".git")  # noqa: PTH118
    if os.path.isfile(folder):  # noqa: PTH113
        folder = os.path.join(root, _first_line(folder).removeprefix("gitdir:").strip())  # noqa: PTH118
    return folder, os.path.join(folder, _first_line(os.path.join(folder, "commondir")) or ".")  # noqa: PTH118


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            return file.readline(4096).strip()
    except (OSError, ValueError):
        return ""


def _excludes(config: str, home: str, root: str) -> list[str]:
    """The files that a git configuration names as ``core.excludesFile``."""
    try:
        with open(config, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            lines = file.read(1 << 20).splitlines()
    except (OSError, ValueError):
        return []
    found = []
    for line in lines:
        key, equals, value = line.strip().partition("=")
        if equals and key.strip().lower() == "excludesfile":
            name = value.strip().strip('"')
            found.append(os.path.join(root, home + name[1:] if name.startswith("~") else name))  # noqa: PTH118
    return found
