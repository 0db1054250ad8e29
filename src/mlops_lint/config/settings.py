"""The settings that an analysis depends on, resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlops_lint.core.finding import Confidence, Severity


@dataclass(frozen=True, slots=True)
class Settings:
    """What an analysis depends on, resolved against the rules that are loaded; plain data that can be sent to a worker.

    Patterns are relative to the project root. ``per_file_ignores`` are in the order they were given,
    each a pattern (``!`` in front: the files it does not match) with rule codes. ``severity`` and ``options`` are keyed by rule code;
    ``options`` has an instance of the options class of every rule that has one. ``target_python`` is major and minor version, if it was set.
    ``baseline`` is relative to the project root.
    """

    exclude: tuple[str, ...] = ()
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    per_file_ignores: tuple[tuple[str, frozenset[str]], ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    min_confidence: Confidence = Confidence.MEDIUM
    preview: bool = False
    target_python: tuple[int, int] | None = None
    baseline: str = ".mlops-lint-baseline.json"
