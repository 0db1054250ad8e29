"""Environment markers: whether two of them can hold at once.

The answer is found by trying interpreters and platforms: every value that a marker compares with, its neighbours, and the usual ones.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.version import InvalidVersion

MAX_LENGTH = 2_000
MAX_TRIALS = 20_000

_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_PYTHON = re.compile(r"python_(?:full_)?version|implementation_version")
_RELEASE = re.compile(r"(\d{1,3})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?")

# sys_platform, os_name and platform_system go together.
_SYSTEMS = (
    ("linux", "posix", "Linux"),
    ("darwin", "posix", "Darwin"),
    ("win32", "nt", "Windows"),
    ("cygwin", "posix", "CYGWIN_NT-10.0"),
    ("emscripten", "posix", "Emscripten"),
)
_MACHINES = ("x86_64", "AMD64", "aarch64", "arm64", "ppc64le")
_IMPLEMENTATIONS = (("CPython", "cpython"), ("PyPy", "pypy"))
_OLDEST, _NEWEST = 5, 16


def can_coexist(first: str, second: str) -> bool | None:
    """Whether some interpreter meets both markers; an empty one always holds. ``None`` when they cannot be read or are too many-sided."""
    if not first or not second:
        return True
    if len(first) + len(second) > MAX_LENGTH:
        return None
    return _can_coexist(*sorted((first, second)))


@lru_cache(maxsize=4096)
def _can_coexist(first: str, second: str) -> bool | None:
    try:
        with warnings.catch_warnings():
            # Its strings are read as Python's, which warns of their escapes.
            warnings.simplefilter("ignore")
            markers = (Marker(first), Marker(second))
        for trial in _environments(f"{first} {second}"):
            if trial is None:
                return None
            if all(marker.evaluate(trial) for marker in markers):
                return True
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, InvalidVersion, RecursionError, ValueError, KeyError):
        return None
    return False


def _environments(text: str) -> Iterator[dict[str, str] | None]:
    """The environments to try; a ``None`` ends them when they are too many."""
    literals = sorted({one or other for one, other in _QUOTED.findall(text)})
    pythons = _pythons(literals) if _PYTHON.search(text) else ["3.11.0"]
    machines = sorted({*_MACHINES, *literals}) if "platform_machine" in text else ["x86_64"]
    extras = sorted({"", *literals}) if "extra" in text else [""]
    systems = _SYSTEMS if re.search(r"sys_platform|os_name|platform_system", text) else _SYSTEMS[:1]
    implementations = _IMPLEMENTATIONS if "implementation" in text else _IMPLEMENTATIONS[:1]
    others = ["0", *literals] if re.search(r"platform_release|platform_version", text) else ["0"]
    for count, (python, machine, extra, system, implementation, other) in enumerate(
        product(pythons, machines, extras, systems, implementations, others)
    ):
        if count >= MAX_TRIALS:
            yield None
            return
        yield {
            "python_version": ".".join(python.split(".")[:2]),
            "python_full_version": python,
            "implementation_version": python,
            "platform_python_implementation": implementation[0],
            "implementation_name": implementation[1],
            "sys_platform": system[0],
            "os_name": system[1],
            "platform_system": system[2],
            "platform_machine": machine,
            "platform_release": other,
            "platform_version": other,
            "extra": extra,
        }


def _pythons(literals: list[str]) -> list[str]:
    """The versions to try: all usual minor releases, those that are named, and their micro neighbours."""
    found = {(3, minor, 0) for minor in range(_OLDEST, _NEWEST + 1)} | {(2, 7, 18)}
    for literal in literals:
        for match in _RELEASE.finditer(literal):
            major, minor, micro = int(match[1]), int(match[2] or 0), int(match[3] or 0)
            found |= {(major, minor, max(micro - 1, 0)), (major, minor, micro), (major, minor, micro + 1)}
    return [".".join(map(str, version)) for version in sorted(found)[:200]]
