"""Questions to version specifiers (PEP 440).

Every answer can be ``None``: the specifier is not PEP 440 (``||``, ``|``, a variable), so nothing is known.
"""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

MAX_LENGTH = 10_000

_CLAUSE = re.compile(r"(===|==|~=|!=|<=|>=|<|>)\s*([^\s,;]+)")


def clauses(specifier: str) -> tuple[tuple[str, str], ...] | None:
    """The operators and versions of a specifier; ``None`` where it is not PEP 440 in form."""
    if len(specifier) > MAX_LENGTH:
        return None
    found: list[tuple[str, str]] = []
    for part in specifier.split(","):
        part = part.strip()
        if not part:
            continue
        match = _CLAUSE.fullmatch(part)
        if match is None:
            return None
        found.append((match[1], match[2]))
    return tuple(found)


def parse_version(text: str) -> Version | None:
    """A version as PEP 440 orders it, or ``None``."""
    try:
        return Version(text) if len(text) < 200 else None
    except (InvalidVersion, ValueError):
        return None


def exact_version(specifier: str) -> str | None:
    """The one version that ``==`` without wildcard or ``===`` names, as written."""
    for operator, version in clauses(specifier) or ():
        if operator in ("==", "===") and "*" not in version:
            return version
    return None


def lower_bound(specifier: str) -> str | None:
    """The lowest version a specifier lets in (of ``>1``, that is ``1`` itself), or ``None`` where it has no floor."""
    best: Version | None = None
    for operator, written in clauses(specifier) or ():
        if operator not in (">=", ">", "~=", "==", "==="):
            continue
        version = parse_version(written.removesuffix(".*"))
        if version is not None and (best is None or version > best):
            best = version
    return None if best is None else str(best)


def has_upper_bound(specifier: str) -> bool:
    """Whether a specifier keeps out what comes later: ``<``, ``<=``, ``~=``, ``==``."""
    return any(operator in ("<", "<=", "~=", "==", "===") for operator, _ in clauses(specifier) or ())


def admits(specifier: str, version: str) -> bool | None:
    """Whether a specifier lets a version in, pre-releases included; ``None`` where either is not PEP 440."""
    if len(specifier) > MAX_LENGTH or len(version) > 200:
        return None
    try:
        return bool(SpecifierSet(specifier).contains(Version(version), prereleases=True))
    except (InvalidSpecifier, InvalidVersion, ValueError):
        return None


def disjoint(first: str, second: str) -> bool | None:
    """Whether no version satisfies both specifiers.

    Ranges are compared as intervals; an exclusion (``!=``) only counts against a single version, so the answer errs towards false.
    """
    both = f"{first},{second}"
    parts = clauses(both)
    if parts is None:
        return None
    for operator, written in parts:
        if operator in ("==", "===") and "*" not in written:
            if (pinned := parse_version(written)) is None:
                return None
            return _pin_conflicts(pinned, first, second)
    low: tuple[Version, bool] | None = None
    high: tuple[Version, bool] | None = None
    for operator, written in parts:
        version = parse_version(written.removesuffix(".*"))
        if version is None:
            return None
        if operator in (">=", ">", "~=") or (operator == "==" and written.endswith(".*")):
            bound = (version, operator != ">")
            if low is None or bound[0] > low[0] or (bound[0] == low[0] and not bound[1]):
                low = bound
        upper: tuple[Version, bool] | None = None
        if operator in ("<", "<="):
            upper = (version, operator == "<=")
        elif operator == "~=":
            upper = (_after(version.release[:-1]), False)
        elif operator == "==":
            upper = (_after(version.release), False)
        if upper is not None and (high is None or upper[0] < high[0] or (upper[0] == high[0] and not upper[1])):
            high = upper
    if low is None or high is None:
        return False
    return low[0] > high[0] or (low[0] == high[0] and not (low[1] and high[1]))


def _pin_conflicts(pinned: Version, first: str, second: str) -> bool | None:
    """Whether a pin in one of two specifiers is kept out by either; ``==1.0`` and ``==1.0+cpu`` agree."""
    for specifier in (first, second):
        allowed = admits(specifier, str(pinned))
        if allowed is None:
            return None
        if not allowed:
            exact = parse_version(exact_version(specifier) or "")
            if exact is None or exact.public != pinned.public or (exact.local and pinned.local):
                return True
    return False


def _after(release: tuple[int, ...]) -> Version:
    """The first version after all that begin with a release."""
    release = release or (0,)
    return Version(".".join(map(str, (*release[:-1], release[-1] + 1))))


def same_public_version(versions: list[str]) -> str | None:
    """The one version all name when build labels (``+cu118``) are left out; ``None`` when they differ. A label all share is kept."""
    if not versions:
        return None
    if len(set(versions)) == 1:
        return versions[0]
    parsed = [parse_version(version) for version in versions]
    first = parsed[0]
    if first is None or any(other is None or Version(other.public) != Version(first.public) for other in parsed):
        return None
    if all(other == first for other in parsed):
        return versions[0]
    return first.public
