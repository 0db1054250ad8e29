"""Where the cache lies, and how its folder is known for ours."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

FOLDER = "mlops-lint"
TAG_NAME = "CACHEDIR.TAG"
TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder is the cache of mlops-lint; it can be removed at any time.\n"
    "# About cache folder tags: https://bford.info/cachedir/\n"
)
"""What stands in the tag file that the cache puts into its folder; the signature keeps backup programs out."""


def default_cache_dir(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path | None:
    """The user's cache folder: below ``XDG_CACHE_HOME`` if that is set, else where the platform keeps caches; ``None`` for a user without a home."""
    base = environ.get("XDG_CACHE_HOME", "")
    if Path(base).is_absolute():
        return Path(base) / FOLDER
    if platform == "win32":
        local = environ.get("LOCALAPPDATA", "")
        return Path(local) / FOLDER / "Cache" if Path(local).is_absolute() else None
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home / ("Library/Caches" if platform == "darwin" else ".cache") / FOLDER


def is_cache_dir(folder: Path) -> bool:
    """Whether a folder is a cache of ours: it bears our tag, or it is the default one and holds nobody's project."""
    try:
        with (folder / TAG_NAME).open("rb") as file:
            if FOLDER.encode() in file.read(4096):
                return True
    except OSError:
        pass
    return folder == default_cache_dir() and not any(os.path.lexists(folder / name) for name in (".git", "pyproject.toml"))


def make_cache_dir(folder: Path) -> bool:
    """Make the folder of the cache, for its user alone; false where it cannot be had, or where others could write into it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = os.stat(folder)  # noqa: PTH116
        if not stat.S_ISDIR(status.st_mode):
            return False
        if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
            return False
        tag = folder / TAG_NAME
        if not os.path.lexists(tag):
            tag.write_text(TAG, encoding="utf-8")
    except (OSError, ValueError):
        return False
    return True
