"""What one run is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlops_lint.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Request:
    """One run, resolved: nothing here depends on the working directory or the environment.

    ``paths`` are the named files and folders, POSIX and relative to ``root`` (``.`` is everything). ``active`` are the codes of the rules that are on, the
    tool's own E9xx among them. ``stdin`` is the name and content that stand for the path ``-``. ``line_hashes`` asks for GitHub's line hash of each
    result (SARIF). ``cache_dir`` is ``None`` without a cache.
    """

    root: Path
    paths: tuple[str, ...]
    active: frozenset[str]
    settings: Settings
    jobs: int = 1
    stdin: tuple[str, bytes] | None = None
    line_hashes: bool = False
    cache_dir: Path | None = None
    verbose: bool = False
