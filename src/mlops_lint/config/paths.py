"""Paths and file patterns of a configuration: they count from where they were written, everything after from the project root."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

_MAGIC = re.compile(r"[*?\[]")
_BRACES = str.maketrans("{}", "??")


def locate(base: Path, text: str) -> Path:
    """A path as an absolute one, with ``~`` and ``..`` worked out by their names; links are not followed."""
    path = Path(text)
    with suppress(RuntimeError):  # a user without a home
        path = path.expanduser()
    return Path(os.path.abspath(base / path))  # noqa: PTH100  (resolve would follow links)


def rebase(patterns: Iterable[str], base: Path, root: Path) -> Iterator[str]:
    """File patterns that count from ``base`` as patterns that count from ``root``; those that cannot match below the root are left out.

    A pattern without a slash inside matches names in any folder and stays as it is, as does one that opens with ``**/``. A leading slash anchors at
    the base, unless the pattern is an absolute path below the root.
    """
    top = Path(os.path.realpath(root)).as_posix().rstrip("/").split("/")
    # The folder's own name may hold what a pattern would take for magic; braces have no escape.
    start = [_MAGIC.sub(r"[\g<0>]", part).translate(_BRACES) for part in Path(os.path.realpath(base)).as_posix().rstrip("/").split("/")]
    for given in patterns:
        pattern = given.replace("\\", "/") if os.sep == "\\" else given
        name = pattern.rstrip("/")
        if ("/" not in name and name not in (".", "..")) or pattern.startswith("**/"):
            yield pattern
            continue
        parts = [part for part in pattern.split("/") if part not in ("", ".")]
        # An absolute path has an empty first part, or a drive.
        inner = _below(["", *parts] if pattern.startswith("/") else parts, top) if Path(given).is_absolute() else None
        if inner is None:
            inner = _below(_climbed(start, parts), top)
        if inner is not None:
            # A slash in front keeps a pattern of one name from matching in every folder.
            yield ("/" if len(inner) == 1 and inner[0] != "**" else "") + "/".join(inner) + ("/" if pattern.endswith("/") else "")


def _climbed(start: list[str], parts: list[str]) -> list[str]:
    """The parts of a pattern below a folder, each ``..`` worked out."""
    found = list(start)
    for part in parts:
        if part != "..":
            found.append(part)
        elif len(found) > 1:
            found.pop()
    return found


def _below(pattern: list[str], root: list[str]) -> list[str] | None:
    """What is left of an absolute pattern below the root: ``**`` alone where the root itself is matched, ``None`` where nothing can be."""
    for index, part in enumerate(root):
        if index >= len(pattern):
            return ["**"]
        if pattern[index] == "**":
            return pattern[index:]
        if pattern[index] != part and not fnmatchcase(part, pattern[index]):
            return None
    return pattern[len(root) :] or ["**"]
