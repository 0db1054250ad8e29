"""Standard output and standard error, as they are met in the wild: closed, full, without an encoding, in colour or not; and report files."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from mlops_lint.cli.failure import Failure, PipeClosed
from mlops_lint.report.escape import safe_text


class _Closed(io.TextIOBase):
    """Stands in for a standard output that was closed before the start, so that writing to it fails instead of being lost."""

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, "it is closed")


def prepare_streams() -> None:
    """Make the standard streams of this process safe to print to: no character raises, and what goes into a file or pipe is UTF-8 in every locale."""
    if sys.stdout is None:
        sys.stdout = _Closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            own_encoding = stream.isatty() or "PYTHONIOENCODING" in os.environ
            stream.reconfigure(encoding=None if own_encoding else "utf-8", errors="backslashreplace", newline=None if stream.isatty() else "\n")


def abandon_stdout() -> None:
    """Point standard output at nothing, so that what it still holds cannot fail again when the interpreter ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Turn failures to write into the exit they deserve.

    Raises:
        PipeClosed: the reader has gone.
        Failure: nothing can be written.
    """
    try:
        yield
    except BrokenPipeError as error:
        raise PipeClosed from error
    except OSError as error:
        raise Failure(f"cannot write to {what}: {error.strerror or error}") from error


def print_out(text: str) -> None:
    """Write finished text to standard output, whole."""
    with writing("standard output"):
        sys.stdout.write(text)
        sys.stdout.flush()


def say(text: str) -> None:
    """One line for a person, on standard error; foreign characters in it cannot act, and a standard error that takes nothing is no reason to fail."""
    if sys.stderr is None:
        return
    with suppress(OSError, ValueError):
        sys.stderr.write(safe_text(text) + "\n")
        sys.stderr.flush()


def wants_color(choice: str, stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether to colour what goes to a stream: ``always``, ``never``, or by environment and terminal; ``NO_COLOR`` beats ``FORCE_COLOR``, as in ruff."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and environ.get("TERM") != "dumb"


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees what is written to the stream."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False


def check_target(path: Path) -> None:
    """Make sure before a long run that a report file can be written.

    Raises:
        Failure: its folder is not there, or it is a folder itself.
    """
    if path.is_dir():
        raise Failure(f"cannot write to {path}: it is a folder")
    if not path.parent.is_dir():
        raise Failure(f"cannot write to {path}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise Failure(f"cannot write to {path}: {os.strerror(errno.EACCES)}")


def write_file(path: Path, text: str) -> None:
    """Replace a file by the text, wholly or not at all; a link's target is replaced, a device or FIFO is written to.

    Raises:
        Failure: it cannot be written.
    """
    with writing(str(path)):
        target = Path(os.path.realpath(path))
        data = text.encode("utf-8", "backslashreplace")
        try:
            mode: int | None = target.stat().st_mode
        except FileNotFoundError:
            mode = None
        if mode is not None and not stat.S_ISREG(mode):
            with target.open("wb") as device:
                device.write(data)
            return
        try:
            _replace(target, data, mode)
        except OSError as error:
            # A folder that takes no new file, or a mount point, still lets the file in it be written.
            if mode is None or error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY):
                raise
            target.write_bytes(data)


def _replace(target: Path, data: bytes, mode: int | None) -> None:
    import tempfile  # takes long to load, and most runs write no file

    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(stat.S_IMODE(mode) if mode is not None else 0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
