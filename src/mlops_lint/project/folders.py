"""Folders by what they are for: the root of a project, the work tree of git, and what is never anybody's own code. Nothing is listed here."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

CONFIG_FILES = ("mlops-lint.toml", ".mlops-lint.toml", "pyproject.toml")

# Folders of tools and environments: never the project's own files, even where they were committed.
NEVER = frozenset(
    (
        *(".git", ".hg", ".svn", ".bzr", ".jj"),
        *(".venv", "venv", "site-packages", "__pypackages__", ".direnv", "node_modules", ".eggs", ".pixi"),
        *("__pycache__", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".pytype", ".pyre", ".hypothesis", ".ipynb_checkpoints"),
    )
)


def find_root(paths: Sequence[Path]) -> Path:
    """The project root of some paths, links resolved: the top of the git work tree that holds the first path; without git the nearest folder upward with a
    configuration or a ``pyproject.toml``; else the common folder of all of them. Paths that do not exist count as files."""
    folders = [_folder_of(path) for path in paths] or [Path(os.path.realpath("."))]
    first = folders[0]
    top = work_tree_of(first)
    if top is not None:
        return top
    for folder in (first, *first.parents):
        if any(os.path.isfile(folder / name) for name in CONFIG_FILES):  # noqa: PTH113  (nothing is raised)
            return folder
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:  # different drives
        return first


def work_tree_of(path: Path) -> Path | None:
    """The top of the git work tree that holds a path: the nearest folder upward with a ``.git`` that is a repository or points to one."""
    for folder in (path, *path.parents):
        mark = folder / ".git"
        with contextlib.suppress(OSError, ValueError):
            if mark.is_file() or (mark / "HEAD").is_file():
                return folder
    return None


def is_never(name: str) -> bool:
    """Whether a folder of this name is never the project's own."""
    return name in NEVER or name.endswith((".egg-info", ".dist-info"))


def _folder_of(path: Path) -> Path:
    real = Path(os.path.realpath(path))
    if os.path.isdir(real):  # noqa: PTH112  (nothing is raised)
        # A link to a folder stands for the folder.
        return real
    return Path(os.path.realpath(path.absolute().parent))
