"""One file's bytes, read once: regular files only, never through a link, never more than a limit."""

from __future__ import annotations

import os
import stat
import sys

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_CHUNK = 1 << 20
_IS_UTF8 = sys.getfilesystemencoding().replace("-", "").lower() == "utf8"

_TYPES = (
    (stat.S_ISDIR, "is a directory"),
    (stat.S_ISLNK, "is a symbolic link"),
    (stat.S_ISFIFO, "is a FIFO"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
)


class NotReadable(Exception):
    """A file whose bytes cannot be had. ``skipped`` ones are left out on purpose (not a regular file, too large); the others are the problem ``E907``."""

    def __init__(self, reason: str, *, skipped: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.skipped = skipped


class TooLarge(NotReadable):
    """A file above the size limit; both numbers are bytes, and ``size`` is what was seen when reading stopped."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"is larger than the limit: {size:,} of {limit:,} bytes", skipped=True)
        self.size = size
        self.limit = limit


def irregular(mode: int) -> str | None:
    """Why a file of this mode (``st_mode``) is not read, as a predicate (``is a FIFO``); ``None`` for a regular file."""
    if stat.S_ISREG(mode):
        return None
    return next((words for test, words in _TYPES if test(mode)), "is not a regular file")


def read_file(root: str | os.PathLike[str], path: str, limit: int) -> bytes:
    """The bytes of a file, by its POSIX path relative to the root, in one pass.

    Raises:
        TooLarge: it holds more than ``limit`` bytes, or grew beyond it while it was read.
        NotReadable: it is gone, may not be opened, is not a regular file, is a link, or its path leaves the root.
    """
    if not is_inside(path):
        raise NotReadable("path leads outside the project", skipped=True)
    full = os.path.join(root, *native(path).split("/"))  # noqa: PTH118  (pathlib would cost as much as the read)
    try:
        # The name is asked before it is opened: opening a device can have effects. The open file is asked again, since the name may have changed hands.
        _regular(os.lstat(full).st_mode)
        handle = os.open(full, _FLAGS)
    except (OSError, ValueError) as error:
        raise NotReadable(why(error)) from None
    try:
        status = os.fstat(handle)
        _regular(status.st_mode)
        if status.st_size > limit:
            raise TooLarge(status.st_size, limit)
        return _read(handle, limit)
    except OSError as error:
        raise NotReadable(why(error)) from None
    finally:
        os.close(handle)


def is_inside(path: str) -> bool:
    """Whether a POSIX path is relative and stays below the folder it is relative to."""
    return bool(path) and "\0" not in path and not os.path.isabs(path) and ".." not in path.split("/")  # noqa: PTH117  (asked for every file)


def native(path: str) -> str:
    """A path of the project as the operating system's functions want it. Paths here are UTF-8 with surrogates for other bytes; a locale may say otherwise."""
    return path if _IS_UTF8 or path.isascii() else os.fsdecode(path.encode("utf-8", "surrogateescape"))


def portable(name: str) -> str:
    """A name from the operating system as a path of the project: the inverse of :func:`native`."""
    return name if _IS_UTF8 or name.isascii() else os.fsencode(name).decode("utf-8", "surrogateescape")


def why(error: OSError | ValueError) -> str:
    """An operating-system error in one clause, without the path it names."""
    if isinstance(error, FileNotFoundError):
        return "file is gone"
    return (getattr(error, "strerror", None) or "name cannot be used here").lower()


def _regular(mode: int) -> None:
    words = irregular(mode)
    if words is not None:
        raise NotReadable(words, skipped=True)


def _read(handle: int, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := os.read(handle, _CHUNK):
        size += len(chunk)
        if size > limit:
            raise TooLarge(size, limit)
        chunks.append(chunk)
    return b"".join(chunks)
