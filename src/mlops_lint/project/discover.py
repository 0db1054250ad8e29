"""Which files a project has: git's list when there is a repository, a walk when there is none. No file is opened here."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlops_lint.documents.classify import kind_of
from mlops_lint.project.folders import is_never
from mlops_lint.project.patterns import PathPatterns
from mlops_lint.project.read import irregular, native, portable, why
from mlops_lint.project.repository import Repository

# Folders of output: left out unless git tracks what lies there, since committed output is itself worth a finding.
_OUTPUT = frozenset(("mlruns", "lightning_logs", ".neptune", ".cache", "htmlcov"))
# The same for names that may also be a package of the project: a folder with an ``__init__.py`` stays.
_OUTPUT_OR_PACKAGE = frozenset(("build", "dist", "_build", "wandb"))
_OUTPUT_BELOW = frozenset((".dvc/cache", ".dvc/tmp"))


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of the project: its POSIX path relative to the root (undecodable bytes as surrogates), its kind (``None``: not read), whether it lies in
    what was named on the command line, and whether git tracks it."""

    path: str
    kind: str | None
    named: bool
    tracked: bool


@dataclass(frozen=True, slots=True)
class Discovery:
    """All files of a project, sorted by path.

    ``skipped`` were left out on purpose, ``unreadable`` are folders that could not be listed (a problem ``E907``), ``missing`` are named paths that do not
    exist, as they were given. The first two hold pairs of path and reason; a path outside the root is absolute there. ``asked`` are those paths of the
    first two that were named or lie below what was: the others concern the project, but not whoever named a part of it.
    """

    files: tuple[FileEntry, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    asked: frozenset[str] = field(default=frozenset(), compare=False)


def discover(root: Path, named: Sequence[str], repository: Repository, exclude: Sequence[str] = (), force_exclude: bool = False) -> Discovery:
    """List the whole project, and mark what was named on the command line (everything, when nothing or the root itself was).

    A named file is listed even when git ignores it or ``exclude`` covers it, unless ``force_exclude``; a named folder of which git lists nothing is walked.
    A link to a file stands for the file it leads to, once; links to folders are not followed unless named.

    Raises:
        ValueError: a pattern in ``exclude`` cannot be used.
    """
    root = Path(os.path.realpath(root))
    return _Search(root, repository, PathPatterns(exclude, root.as_posix()), force_exclude).run(named)


class _Search:
    """One search: collects files, and reasons for what is no file of the project."""

    def __init__(self, root: Path, repository: Repository, exclude: PathPatterns, force_exclude: bool) -> None:
        self.root = root
        self.base = str(root).rstrip(os.sep) + os.sep
        self.repository = repository
        self.exclude = exclude
        self.force_exclude = force_exclude
        self.files: set[str] = set()
        self.skipped: dict[str, str] = {}
        self.unreadable: dict[str, str] = {}
        self.missing: list[str] = []
        self._real_folders: dict[str, str | None] = {"": None}
        self._banned: dict[str, bool] = {"": False}

    def run(self, named: Sequence[str]) -> Discovery:
        named_files, named_folders = self._named(named)
        asked = {*self.skipped, *self.unreadable}
        if not (self.repository.available and self._list()):
            self._walk("")
        for folder in sorted(named_folders - {""}):
            below = folder + "/"
            if not any(path.startswith(below) for path in self.files):
                self._walk(folder, chosen=True)
        for path in named_files:
            if not (self.force_exclude and (self.exclude.matches(path) or self._never(path))):
                self.files.add(path)
        everything = not named or "" in named_folders
        covered: dict[str, bool] = {"": everything}
        is_tracked = self.repository.index if self.repository.available else {}
        files = tuple(
            FileEntry(path, kind_of(path), path in named_files or _below(path.rpartition("/")[0], named_folders, covered), path in is_tracked)
            for path in sorted(self.files)
        )
        for path in (*self.skipped, *self.unreadable):
            if path in named_folders or _below(path.rpartition("/")[0], named_folders, covered):
                asked.add(path)
        return Discovery(files, tuple(sorted(self.skipped.items())), tuple(sorted(self.unreadable.items())), tuple(self.missing), frozenset(asked))

    def _named(self, named: Iterable[str]) -> tuple[set[str], set[str]]:
        """The files and folders that were named, relative to the root; the rest goes to ``missing`` and ``skipped``."""
        files: set[str] = set()
        folders: set[str] = set()
        for given in dict.fromkeys(named):
            try:
                mode = os.stat(given).st_mode  # noqa: PTH116  (a name that is no path at all must not raise elsewhere)
            except (FileNotFoundError, NotADirectoryError):
                if os.path.islink(given):  # noqa: PTH114
                    self.skipped[self._shown(given)] = "dangling link"
                else:
                    self.missing.append(given)
                continue
            except PermissionError as error:
                self.unreadable[self._shown(given)] = why(error)
                continue
            except (OSError, ValueError) as error:
                self.skipped[self._shown(given)] = "link loops" if os.path.islink(given) else why(error)  # noqa: PTH114
                continue
            path = self._relative(os.path.realpath(given))
            spelled = self._shown(given)
            words = None if stat.S_ISDIR(mode) else irregular(mode)
            if path is None:
                self.skipped[spelled] = "link leads outside the project" if self._spelled(given) is not None else "lies outside the project"
            elif words is not None:
                self.skipped[path] = words
            else:
                (folders if stat.S_ISDIR(mode) else files).add(path)
        return files, folders

    def _list(self) -> bool:
        """Take git's list: tracked files, and untracked ones that are not ignored; false when git failed at it."""
        tracked, untracked = self.repository.tracked(), self.repository.untracked()
        modules = self.repository.submodules()
        if not self.repository.available:
            return False
        listed = {*tracked, *untracked}
        environments = {path.rpartition("/")[0] for path in listed if path.endswith("/pyvenv.cfg")}
        self._banned.update(dict.fromkeys(environments, True))
        packages = {path.rpartition("/")[0] for path in listed if path.endswith("/__init__.py")}
        output: dict[str, bool] = {"": False}
        for path in tracked:
            if not self._never(path):
                self._take(path)
        for path in untracked:
            if path.endswith("/"):
                self.skipped[path.rstrip("/")] = "is a repository of its own"
            elif not self._never(path) and not _in_output(path.rpartition("/")[0], packages, output):
                self._take(path)
        for path in modules:
            if not self._never(path + "/") and not self.exclude.matches_folder(path):
                self.skipped[path] = "is a submodule, a repository of its own"
        return True

    def _take(self, path: str) -> None:
        """Take one path of git's list, if it is a file now and its folders are no links."""
        if self.exclude.matches(path):
            return
        refusal = self._folder_refusal(path.rpartition("/")[0])
        if refusal is not None:
            if refusal and kind_of(path) is not None:
                self.skipped[path] = refusal
            return
        try:
            mode = os.lstat(self.base + native(path)).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return
        except (OSError, ValueError):
            self.files.add(path)  # reading it will say why it cannot be read
            return
        if stat.S_ISREG(mode):
            self.files.add(path)
        elif stat.S_ISLNK(mode):
            self._take_link(path)
        elif kind_of(path) is not None:
            self.skipped[path] = irregular(mode) or ""

    def _take_link(self, path: str) -> None:
        """Take the file that a link leads to, under its own path; a link to anything else is told only where its name would have been read."""
        refusal = None
        target = None
        try:
            real = os.path.realpath(self.base + native(path), strict=True)
            mode = os.stat(real).st_mode  # noqa: PTH116
            target = self._relative(real)
        except FileNotFoundError:
            refusal = "dangling link"
        except (OSError, ValueError) as error:
            refusal = why(error) if isinstance(error, PermissionError) else "link loops"
        else:
            if target is None:
                refusal = "link leads outside the project"
            elif not stat.S_ISREG(mode):
                refusal = "link to a directory is not followed" if stat.S_ISDIR(mode) else f"link to what {irregular(mode)}"
            elif self._never(target):
                refusal = "link leads into a folder that is left out"
        if refusal is not None:
            if kind_of(path) is not None:
                self.skipped[path] = refusal
        elif target is not None and not self.exclude.matches(target):
            self.files.add(target)

    def _walk(self, start: str, *, chosen: bool = False) -> None:
        """List a folder without git, following nothing. A ``chosen`` one is walked whatever its own name, and without ``exclude`` when that covers it."""
        left_out = self.exclude.matches_folder(start)
        if chosen and self.force_exclude and (left_out or self._never(start + "/")):
            return
        excluding = not left_out
        self.skipped.pop(start, None)
        waiting = [start]
        while waiting:
            folder = waiting.pop()
            prefix = folder + "/" if folder else ""
            try:
                with os.scandir(self.base + native(folder)) as listing:
                    found = [(portable(one.name), _type(one)) for one in listing]
            except (FileNotFoundError, NotADirectoryError):
                continue  # gone since its parent was listed
            except OSError as error:
                self.unreadable[folder or "."] = f"folder cannot be listed: {why(error)}"
                continue
            names = {name for name, _ in found}
            if "pyvenv.cfg" in names and folder != start:
                continue
            if prefix and folder != start and folder.rpartition("/")[2] in _OUTPUT_OR_PACKAGE and "__init__.py" not in names:
                continue
            for name, mode in found:
                path = prefix + name
                if stat.S_ISDIR(mode):
                    left_out = is_never(name) or name in _OUTPUT or _is_output_below(path)
                    if not (left_out or (excluding and self.exclude.matches_folder(path))):
                        waiting.append(path)
                elif name == ".git" or (excluding and self.exclude.matches(path)):
                    continue
                elif stat.S_ISREG(mode):
                    self.files.add(path)
                elif stat.S_ISLNK(mode):
                    self._take_link(path)
                elif kind_of(path) is not None:
                    self.skipped[path] = irregular(mode) or ""

    def _never(self, path: str) -> bool:
        """Whether a file lies in a folder that is never the project's own."""
        folder = path.rpartition("/")[0]
        waiting = []
        while folder not in self._banned:
            waiting.append(folder)
            folder = folder.rpartition("/")[0]
        banned = self._banned[folder]
        for one in reversed(waiting):
            banned = banned or is_never(one.rpartition("/")[2])
            self._banned[one] = banned
        return banned

    def _folder_refusal(self, folder: str) -> str | None:
        """Why files of a folder in git's list are not taken: a reason, empty when the folder is simply gone, ``None`` when it is there and no link."""
        waiting = []
        while folder not in self._real_folders:
            waiting.append(folder)
            folder = folder.rpartition("/")[0]
        refusal = self._real_folders[folder]
        for one in reversed(waiting):
            if refusal is None:
                try:
                    mode = os.lstat(self.base + native(one)).st_mode
                except (FileNotFoundError, NotADirectoryError):
                    refusal = ""
                except (OSError, ValueError):
                    refusal = None  # reading a file there will say why it cannot be read
                else:
                    refusal = None if stat.S_ISDIR(mode) else "lies behind a link to a directory" if stat.S_ISLNK(mode) else ""
            self._real_folders[one] = refusal
        return refusal

    def _relative(self, full: str) -> str | None:
        """A real path relative to the root, ``""`` for the root itself, ``None`` outside of it."""
        if full == str(self.root):
            return ""
        return portable(full[len(self.base) :].replace(os.sep, "/")) if full.startswith(self.base) else None

    def _spelled(self, given: str) -> str | None:
        """A path relative to the root as it was given, its last component not followed."""
        path = Path(given).absolute()
        return self._relative(os.path.join(os.path.realpath(path.parent), path.name))  # noqa: PTH118

    def _shown(self, given: str) -> str:
        try:
            return self._spelled(given) or str(Path(given).absolute())
        except (OSError, ValueError):
            return given


def _below(folder: str, named: set[str], covered: dict[str, bool]) -> bool:
    """Whether a folder is one of the named ones or lies below one; answers are kept in ``covered``."""
    waiting = []
    while folder not in covered:
        waiting.append(folder)
        folder = folder.rpartition("/")[0]
    inside = covered[folder]
    for one in reversed(waiting):
        inside = inside or one in named
        covered[one] = inside
    return inside


def _is_output_below(folder: str) -> bool:
    return "/".join(folder.rsplit("/", 2)[-2:]) in _OUTPUT_BELOW


def _in_output(folder: str, packages: set[str], known: dict[str, bool]) -> bool:
    """Whether a folder is output or lies in it; ``packages`` are the folders that hold an ``__init__.py``."""
    waiting = []
    while folder not in known:
        waiting.append(folder)
        folder = folder.rpartition("/")[0]
    output = known[folder]
    for one in reversed(waiting):
        name = one.rpartition("/")[2]
        output = output or name in _OUTPUT or _is_output_below(one) or (name in _OUTPUT_OR_PACKAGE and one not in packages)
        known[one] = output
    return output


def _type(one: os.DirEntry[str]) -> int:
    """The type bits of a listed name (``st_mode`` without permissions); a plain file when the system will not say, so that reading tells why."""
    try:
        if one.is_file(follow_symlinks=False):
            return stat.S_IFREG
        if one.is_dir(follow_symlinks=False):
            return stat.S_IFDIR
        return stat.S_IFLNK if one.is_symlink() else stat.S_IFMT(one.stat(follow_symlinks=False).st_mode)
    except OSError:
        return stat.S_IFREG
