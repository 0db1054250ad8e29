"""How firmly an argument of an installation command says what is installed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mlops_lint.documents import specifiers
from mlops_lint.documents.pep508 import ParsedRequirement, RequirementError, canonical_name, parse_requirement
from mlops_lint.facts.requirements import Requirement
from mlops_lint.text.span import Span

EXACT, BOUNDED, OPEN, UNKNOWN = "exact", "bounded", "open", "unknown"


@dataclass(frozen=True, slots=True)
class PackagePin:
    """One package of an installation command.

    ``name`` is canonical, empty where only an address stands; ``shown`` is what to call it in a message. ``state`` is ``exact`` (a version, a hash, a
    folder, an archive, a commit or version-like tag of a repository), ``bounded`` (later versions are kept out), ``open`` (nothing is said, or a floor
    alone, or a repository's branch) or ``unknown`` (a variable is left, or it is no requirement). ``source`` is as for
    :class:`~mlops_lint.documents.pep508.ParsedRequirement`.
    """

    name: str
    shown: str
    state: str
    source: str
    span: Span

    @property
    def is_open(self) -> bool:
        """Whether another version may come tomorrow."""
        return self.state == OPEN


_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
_VERSION_TAG = re.compile(
    # Words before the version, as in "peft-v0.13", unless they say that a branch is meant.
    r"(?:(?!(?:dev|devel|develop|feat|feature|fix|bugfix|hotfix|wip|issue|pr|pull|patch|user|users|heads)\b)[A-Za-z][A-Za-z0-9.]*[-_/@])*"
    r"(?:v|r|ver|version|release|rel)?[-_.]?\d+(?:[._]\d+)*(?:-\d{2}){0,2}"
    r"(?:[-_.+]?(?:a|b|c|rc|alpha|beta|pre|preview|post|final|ga|lts|dev(?=[-_.]?\d))(?:[-_.]?\d+)?)*(?:\+[A-Za-z0-9.]+)?",
    re.IGNORECASE,
)
_MOVING_ARCHIVE = re.compile(
    r"/(?:archive|tarball|zipball|zip|tar\.gz)/(?:refs/heads/(?P<head>[^?#]{0,200})|(?P<branch>main|master|develop|dev|trunk|HEAD)(?:\.zip|\.tar\.gz)?/?$)"
)
_MAX_REVISION = 200
_REST = re.compile(r"[<>=!~,.\w*+-]{0,200}")
_SHOWN = 4
_CONDA_SPEC = re.compile(r"(?:[^\s:\[\]]+::)?([A-Za-z0-9_][\w.-]*)\s*(.*)", re.DOTALL)


def is_fixed_revision(revision: str) -> bool:
    """Whether a revision of a repository is a commit or looks like the tag of a version, rather than a branch."""
    if len(revision) > _MAX_REVISION:
        return False
    return _COMMIT.fullmatch(revision) is not None or _VERSION_TAG.fullmatch(revision.removeprefix("refs/tags/")) is not None


def branch_of_archive(url: str) -> str:
    """The branch whose newest state a forge packs under an address, empty where the address is none of that kind or names a tag or commit."""
    match = _MOVING_ARCHIVE.search(url)
    return (match["branch"] or match["head"]).removesuffix(".zip").removesuffix(".tar.gz") if match is not None else ""


def pip_pin(text: str, span: Span, dynamic: bool = False) -> PackagePin:
    """The pin of an argument as pip and uv read it; ``dynamic``: something in it is not known."""
    if dynamic:
        return PackagePin("", text[:80], UNKNOWN, "registry", span)
    try:
        parsed = parse_requirement(text)
    except RequirementError:
        return PackagePin("", text[:80], UNKNOWN, "registry", span)
    return PackagePin(parsed.name, _shown(parsed, text), _state(parsed), parsed.source, span)


def conda_pin(text: str, span: Span, dynamic: bool = False) -> PackagePin:
    """The pin of an argument as conda reads it: ``numpy``, ``numpy=1.26``, ``numpy>=1.26``, ``conda-forge::numpy``."""
    match = None if dynamic else _CONDA_SPEC.fullmatch(text.strip()[:1000])
    if match is None:
        return PackagePin("", text[:80], UNKNOWN, "registry", span)
    state = OPEN
    written = match[2].strip()
    if written.startswith("=") and "*" not in written:
        state = EXACT if written.startswith("==") else BOUNDED
    elif written and (not written.startswith((">", "!=", "[")) or "<" in written or "version" in written):
        state = BOUNDED
    return PackagePin(canonical_name(match[1]), match[1], state, "registry", span)


def is_cut(text: str, end: int) -> bool:
    """Whether an argument that ends here was written with an upper bound that a shell takes for a redirection (``numpy<2`` without quotes)."""
    return "<" in _REST.match(text, end)[0]  # type: ignore[index]


def listed(packages: Iterable[PackagePin]) -> str:
    """The packages as a message names them: at most four, then how many more."""
    names = list(dict.fromkeys(one.shown for one in packages))
    if len(names) > _SHOWN:
        return f"{', '.join(names[: _SHOWN - 1])} and {len(names) - _SHOWN + 1} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def pinned_names(project: Any) -> dict[str, frozenset[str]]:
    """What the requirements files of a project pin, by the files' names without folders: where an image or notebook keeps them is not known.

    Meant for ``project.derive``; the run requires :class:`~mlops_lint.facts.requirements.Requirement`.
    """
    found: dict[str, set[str]] = {}
    for row in project.facts(Requirement):
        if row.is_exact and row.name:
            found.setdefault(posixpath.basename(row.path), set()).add(row.name)
    return {name: frozenset(names) for name, names in found.items()}


def _state(parsed: ParsedRequirement) -> str:
    if parsed.variable:
        return UNKNOWN
    if parsed.source == "path" or parsed.hashed:
        return EXACT
    if parsed.source == "url":
        return OPEN if _MOVING_ARCHIVE.search(parsed.url) else EXACT
    if parsed.source != "registry":
        return EXACT if is_fixed_revision(parsed.revision) else OPEN
    if specifiers.exact_version(parsed.specifier) is not None:
        return EXACT
    if specifiers.clauses(parsed.specifier) is None:
        return UNKNOWN
    return BOUNDED if specifiers.has_upper_bound(parsed.specifier) else OPEN


def _shown(parsed: ParsedRequirement, text: str) -> str:
    """The distribution's name as written, or the last part of an address."""
    if parsed.source in ("registry", "path"):
        head = re.match(r"[\w.-]+", text.strip())
        return (head[0] if head is not None else parsed.name or text)[:80]
    if parsed.name:
        return parsed.name[:80]
    path = parsed.url.partition("?")[0].rstrip("/")
    if moving := _MOVING_ARCHIVE.search(path):
        path = path[: moving.start()]
    return path.rpartition("/")[2].removesuffix(".git")[:80] or "a repository"
