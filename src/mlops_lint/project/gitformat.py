"""Git's own formats: what its plumbing prints, how it names blobs, and what LFS leaves in place of a file. Pure; starts nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.facts.history import Commit
from mlops_lint.project.read import is_inside

GITLINK = "160000"
_LFS = re.compile(
    rb"version https://(?:git-lfs\.github\.com|hawser\.github\.com)/spec/v1\r?\n(?:[^\n]*\n)*?"
    rb"oid sha256:[0-9a-f]{64}\r?\n(?:[^\n]*\n)*?size \d{1,20}\r?\n?"
)
_LFS_LIMIT = 1024  # bytes; longer files are no pointers (git-lfs specification)


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One file as git tracks it: its mode in octal (``100644``, ``100755``, ``120000`` for a link) and the id of its blob."""

    mode: str
    id: str


def is_lfs_pointer(data: bytes) -> bool:
    """Whether these bytes are a Git LFS pointer and not the file it stands for."""
    return len(data) <= _LFS_LIMIT and _LFS.fullmatch(data) is not None


def blob_id(data: bytes, like: str = "") -> str:
    """The id that git gives these bytes; SHA-256 when ``like`` is an id of that length, else SHA-1."""
    algorithm = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return algorithm(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def records(out: bytes) -> list[str]:
    """The records of NUL-separated output; bytes that are not UTF-8 become surrogates, whatever the locale."""
    return [one.decode("utf-8", "surrogateescape") for one in out.split(b"\0") if one]


def commits_of(out: bytes) -> Iterator[Commit]:
    """The commits of ``rev-list --format``: a line ``commit ID``, then a line of fields."""
    lines = out.decode("utf-8", "replace").split("\n")
    for line in lines[1::2]:
        fields = line.split("\0")
        if len(fields) == 5 and fields[0].isalnum():
            yield Commit(fields[0], fields[4], fields[3], _seconds(fields[1]), _seconds(fields[2]))


def _seconds(text: str) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else 0


def touched_by(out: bytes, ids: set[str]) -> tuple[dict[str, list[str]], str]:
    """The paths of each commit in ``diff-tree --stdin --raw -z``, and the commit that was seen last."""
    found: dict[str, list[str]] = {}
    last = ""
    rest = iter(records(out))
    for record in rest:
        if record.startswith(":"):
            path = next(rest, "")
            if last and is_inside(path):
                found[last].append(path)
        elif record in ids:
            last = record
            found[last] = []
    return found, last


def index_entries(out: bytes) -> dict[str, IndexEntry]:
    """What ``ls-files -z --stage`` lists: ``mode id stage``, a tab, the path."""
    found = {}
    for record in records(out):
        facts, _, path = record.partition("\t")
        mode, id, _ = facts.split(" ")
        if is_inside(path):
            found[path] = IndexEntry(mode, id)
    return found


def tree_entries(out: bytes) -> dict[str, IndexEntry]:
    """The blobs that ``ls-tree -r -z`` lists: ``mode kind id``, a tab, the path."""
    found = {}
    for record in records(out):
        facts, _, path = record.partition("\t")
        mode, kind, id = facts.split(" ")
        if kind == "blob" and is_inside(path):
            found[path] = IndexEntry(mode, id)
    return found
