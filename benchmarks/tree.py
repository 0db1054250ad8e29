"""What is measured over: folders copied together as one project, and how much there is in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from linear import lines_of


def copy_together(folders: Sequence[Path], root: Path) -> None:
    """Copy folders side by side below one root, without their git repositories."""
    root.mkdir()
    for folder in folders:
        name, number = folder.resolve().name, 1
        while (root / name).exists():
            number += 1
            name = f"{folder.resolve().name}_{number}"
        shutil.copytree(folder, root / name, ignore=shutil.ignore_patterns(".git"), symlinks=True)


def make_repository(root: Path, env: Mapping[str, str]) -> None:
    """Make a folder a git repository with everything added. What its ignore files leave out is deleted, since not every tool reads them."""
    for command in (["init", "--quiet"], ["add", "--all"], ["clean", "-dffXq"]):
        subprocess.run(
            ["git", "-c", f"core.hooksPath={os.devnull}", "-c", "core.safecrlf=false", *command], cwd=root, env=env, check=True, capture_output=True
        )


def described(root: Path) -> str:
    """Files and lines below a folder, in words."""
    files = [sum(path.is_file() and not path.is_symlink() for path in root.rglob(pattern)) for pattern in ("*.py", "*.ipynb")]
    return f"{files[0]:,} files of Python and {files[1]:,} notebooks, {lines_of(root):,} lines"
