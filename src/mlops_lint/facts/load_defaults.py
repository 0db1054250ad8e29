"""What readers do when their switch is left out, which the version of their library decides."""

from __future__ import annotations

from dataclasses import dataclass

from mlops_lint.documents.specifiers import parse_version
from mlops_lint.facts.resolved_versions import Resolved, ResolvedVersions
from mlops_lint.knowledge.loaders import NUMPY_SAFE_SINCE, TORCH_SAFE_SINCE, TORCH_SWITCH_SINCE


@dataclass(frozen=True, slots=True)
class LoadDefault:
    """What a reader does at some place when it is told nothing.

    ``is_safe`` is ``None`` where the version is unknown; ``version`` is the exact one with its place, ``has_switch`` whether it knows the switch.
    """

    is_safe: bool | None
    version: Resolved | None
    has_switch: bool


def torch_default(versions: ResolvedVersions, near: str) -> LoadDefault:
    """The default of ``torch.load`` for the file ``near``: from the resolved version, or from the lowest that the manifests allow."""
    return _default(versions, "torch", near, TORCH_SAFE_SINCE, TORCH_SWITCH_SINCE)


def numpy_default(versions: ResolvedVersions, near: str) -> LoadDefault:
    """The same of ``numpy.load``."""
    return _default(versions, "numpy", near, NUMPY_SAFE_SINCE, NUMPY_SAFE_SINCE)


def _default(versions: ResolvedVersions, package: str, near: str, safe_since: str, switch_since: str) -> LoadDefault:
    found = versions.version_of(package, near)
    floor = parse_version((found.version if found is not None else versions.lower_bound(package, near)) or "")
    safe, switch = parse_version(safe_since), parse_version(switch_since)
    assert safe is not None and switch is not None
    if floor is not None and floor >= safe:
        return LoadDefault(True, found, True)
    if found is None or floor is None:
        return LoadDefault(None, None, True)
    return LoadDefault(False, found, floor >= switch)
