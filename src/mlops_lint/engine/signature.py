"""What the tool itself is at this moment: whatever was worked out by another tool, another Python or other plugins does not count."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from mlops_lint import __version__

if TYPE_CHECKING:
    from mlops_lint.core.rule import LoadedRule


@lru_cache(maxsize=1)
def tool_signature() -> str:
    """A digest of this installation: version, Python, the tool's own files, and the folders in which plugins are installed.

    A package that is installed, removed or changed changes the list of a folder on ``sys.path``, and with it the folder's time. Files of the tool are
    looked at one by one, so that a checkout in which somebody works is no other case than a release.
    """
    digest = hashlib.sha256(f"{__version__}\0{sys.version}\0{sys.flags.optimize}".encode())
    for folder in sys.path:
        digest.update(f"\0{folder}\0{_time_of(folder)}".encode("utf-8", "surrogateescape"))
    for line in sorted(_files(os.path.dirname(os.path.dirname(__file__)))):  # noqa: PTH120  (pathlib costs more than the answer)
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


@lru_cache(maxsize=1)
def code_signature() -> str:
    """A digest of what the tool's own files hold, and of Python: the same on every machine that has the same version of both."""
    return content_signature(os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120


def content_signature(folder: str) -> str:
    """A digest of what the Python files below a folder hold, and of Python."""
    digest = hashlib.sha256(f"{sys.version}\0{sys.flags.optimize}".encode())
    for line in sorted(_files(folder)):
        path = line.partition("\0")[0]
        digest.update(f"\0{path[len(folder) :]}\0".encode("utf-8", "surrogateescape"))
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                digest.update(file.read())
        except OSError:
            digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def tree_signature(folder: str) -> str:
    """A digest of names, sizes and times of the Python files below a folder, such as that of a plugin."""
    return hashlib.sha256("".join(sorted(_files(folder))).encode("utf-8", "surrogateescape")).hexdigest()


def plugin_folders(rules: Iterable[LoadedRule]) -> list[str]:
    """The folders in which the rules of plugins stand, sorted. A plugin that somebody works on changes without being installed anew."""
    modules = {hook.check.__module__ for loaded in rules if loaded.plugin for hook in loaded.rule.hooks}
    files = [getattr(sys.modules.get(name), "__file__", None) for name in modules]
    return sorted({os.path.dirname(file) for file in files if file})  # noqa: PTH120


def _time_of(folder: str) -> int:
    try:
        return os.stat(folder or ".").st_mtime_ns  # noqa: PTH116
    except OSError:
        return 0


def _files(folder: str) -> list[str]:
    found = []
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as listing:
                for one in listing:
                    if one.name == "__pycache__":
                        continue
                    if one.is_dir(follow_symlinks=False):
                        waiting.append(one.path)
                    elif one.name.endswith(".py"):
                        status = one.stat(follow_symlinks=False)
                        found.append(f"{one.path}\0{status.st_size}\0{status.st_mtime_ns}\n")
        except OSError:
            found.append(f"{here}\0unreadable\n")
    return found
