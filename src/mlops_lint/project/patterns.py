"""Path patterns as users write them in ``exclude`` and ``per-file-ignores``, matched in time linear in the path."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import product

MAX_PATTERN = 1_000
MAX_ALTERNATIVES = 64

_MAGIC = re.compile(r"[*?\[]")
_BRACES = re.compile(r"\{([^{}]*)\}")
_Test = Callable[[str], object]
_Parts = tuple["str | _Test | None", ...]  # a literal component, a test of one component, or None for ``**``


class PathPatterns:
    """A set of globs over POSIX paths relative to the project root.

    A pattern without a slash (``*.ipynb``, ``data``) is held against every component, so it names files and folders at any depth; one with a slash
    (``tests/*``, ``src/**/old``) is held against the path from the root; a trailing slash means folders only. Whatever names a folder covers all below
    it. ``*`` and ``?`` stay inside a component, ``**`` spans any number of them, ``{a,b}`` is either. An absolute pattern below the root is taken
    relative to it; any other leading slash anchors at the root.

    Raises:
        ValueError: a pattern is empty, longer than 1,000 characters, holds a NUL, climbs with ``..``, or stands for more than 64 alternatives.
    """

    def __init__(self, patterns: Iterable[str], root: str = "") -> None:
        self._names: set[str] = set()
        self._folder_names: set[str] = set()
        self._name_tests: list[tuple[_Test, bool]] = []
        self._paths: list[tuple[_Parts, bool]] = []
        for pattern in patterns:
            for one in _expand(_relative(pattern, root), pattern):
                self._add(one, pattern)
        self._folders: dict[str, bool] = {"": False}
        self.empty = not (self._names or self._folder_names or self._name_tests or self._paths)

    def matches(self, path: str) -> bool:
        """Whether a file is meant, by itself or by one of its folders."""
        if self.empty:
            return False
        folder = path.rpartition("/")[0]
        return self.matches_folder(folder) or self._hit(path, is_folder=False)

    def matches_folder(self, folder: str) -> bool:
        """Whether a folder is meant, by itself or by one that holds it. The root (the empty path) never is."""
        if self.empty:
            return False
        waiting = []
        while folder not in self._folders:
            waiting.append(folder)
            folder = folder.rpartition("/")[0]
        covered = self._folders[folder]
        for one in reversed(waiting):
            covered = covered or self._hit(one, is_folder=True)
            self._folders[one] = covered
        return covered

    def _hit(self, path: str, *, is_folder: bool) -> bool:
        parts = path.split("/")
        name = parts[-1]
        if name in self._names or (is_folder and name in self._folder_names):
            return True
        if any(test(name) for test, folders_only in self._name_tests if is_folder or not folders_only):
            return True
        return any(_match(pattern, parts) for pattern, folders_only in self._paths if is_folder or not folders_only)

    def _add(self, text: str, pattern: str) -> None:
        folders_only = text.endswith("/")
        anchored = "/" in text.rstrip("/")
        parts: list[str | _Test | None] = []
        for part in text.split("/"):
            if part in ("", "."):
                continue
            if part == "..":
                raise ValueError(f"pattern climbs out of the project: {pattern!r}")
            if part == "**":
                if not parts or parts[-1] is not None:
                    parts.append(None)
            else:
                parts.append(_component(part))
        if not parts:
            raise ValueError(f"pattern names nothing: {pattern!r}")
        if anchored or parts == [None]:
            self._paths.append((tuple(parts), folders_only))
        elif isinstance(parts[0], str):
            (self._folder_names if folders_only else self._names).add(parts[0])
        elif parts[0] is not None:
            self._name_tests.append((parts[0], folders_only))


def _relative(pattern: str, root: str) -> str:
    """A pattern with ``/`` as separator and the project root taken off; a leading slash is kept, as it anchors."""
    if not pattern.strip() or "\0" in pattern:
        raise ValueError(f"pattern names nothing: {pattern!r}")
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"pattern is longer than {MAX_PATTERN:,} characters: {pattern[:40]!r}")
    root = root.rstrip("/") + "/"
    if root != "/" and pattern.startswith(root):
        return "/" + pattern[len(root) :]
    return pattern


def _expand(text: str, pattern: str) -> list[str]:
    """The alternatives that the braces of a pattern stand for."""
    pieces = _BRACES.split(text)
    choices = [piece.split(",") if index % 2 else [piece] for index, piece in enumerate(pieces)]
    count = 1
    for choice in choices:
        count *= len(choice)
        if count > MAX_ALTERNATIVES:
            raise ValueError(f"pattern stands for more than {MAX_ALTERNATIVES} alternatives: {pattern!r}")
    return ["".join(parts) for parts in product(*choices)]


@lru_cache(maxsize=1024)
def _component(part: str) -> str | _Test:
    if not _MAGIC.search(part):
        return part
    # fnmatch writes regular expressions that never go back over a star already passed; runs of stars are one star.
    return re.compile(fnmatch.translate(re.sub(r"\*+", "*", part))).match


def _match(pattern: _Parts, parts: list[str]) -> bool:
    """Glob matching over components; on failure only the last ``**`` takes one component more, so the work is bounded by the product of the lengths."""
    at = here = 0
    star = resume = -1
    while here < len(parts):
        if at < len(pattern) and pattern[at] is None:
            star, resume = at, here
            at += 1
            if at == len(pattern):
                return True
            continue
        if at < len(pattern) and _same(pattern[at], parts[here]):
            at += 1
            here += 1
            continue
        if star < 0:
            return False
        resume += 1
        at, here = star + 1, resume
    return at == len(pattern)


def _same(want: str | _Test | None, part: str) -> bool:
    return want == part if isinstance(want, str) else want is not None and bool(want(part))
