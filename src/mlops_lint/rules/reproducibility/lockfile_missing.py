"""Project declares dependencies but has no lock.

A list of packages with open versions is a wish, not a record: two people who install it a week apart work with different software, and a model that
is rebuilt next year is another model. A lock also fixes what the direct dependencies bring along, where most surprises come from.

Commit a lock beside the manifest (``uv lock``, ``poetry lock``, ``pip-compile requirements.in``, ``pipenv lock``, ``conda-lock``), or pin every
direct dependency with ``==``.

There is one finding per repository, at the manifest nearest to its root; the others are related places. A file in which every direct dependency is
exact counts as pinned, although what those bring along stays open: only a lock or a compiled file with hashes holds that too. pip, setuptools, wheel,
uv and conda itself need no version. Libraries are not reported, because those who install them decide, nor are requirements files below them; neither
are examples, tests, documentation, and files for development alone, and what a single script or an environment of Hatch declares. Dependencies
installed by nothing but commands in images or scripts are the matter of other rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity
from mlops_lint.facts.distributions import Distributions
from mlops_lint.facts.pinning import REQUIRES, OpenManifest, Pinning
from mlops_lint.facts.resolved_versions import environment_of
from mlops_lint.knowledge.python_tools import CONDA_BASICS

rule = Rule(
    code="RP202",
    summary="direct dependencies are declared, but nothing locks them",
    consideration="dependencies",
    severity=Severity.NOTE,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://packaging.python.org/en/latest/specifications/pylock-toml/", "https://pip.pypa.io/en/stable/topics/repeatable-installs/"),
)

_MAX_RELATED = 50


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report the repository once, at the manifest nearest to the root."""
    pinning: Pinning = project.derive(Pinning.of)
    distributions: Distributions = project.derive(Distributions.of)
    folders: dict[str, list[OpenManifest]] = {}
    for one in map(_own_rows, pinning.open_manifests()):
        if not one.rows or one.manifest.kind == "script":
            continue
        is_side = one.manifest.kind in ("requirements", "conda") and distributions.is_below_published(one.manifest.path)
        if not one.is_weak and not one.is_library and not is_side:
            folders.setdefault(environment_of(one.manifest.path), []).append(one)
    missing = [one for folder, found in folders.items() if not pinning.locks_of_folder(folder) for one in _unlocked(found)]
    missing.sort(key=lambda one: (one.manifest.path.count("/"), one.manifest.path))
    if not missing:
        return
    first, others = missing[0], missing[1 : _MAX_RELATED + 1]
    counted = "1 direct dependency is" if len(first.rows) == 1 else f"{len(first.rows)} direct dependencies are"
    message = f"{counted} declared without a lock, {len(first.loose)} without an exact version"
    related = [Location(one.manifest.path, None, "this manifest has no lock either") for one in others]
    yield rule.finding(Location(first.manifest.path), message, related=related)


def _own_rows(found: OpenManifest) -> OpenManifest:
    """The manifest without pip and its like, which are in every environment anyway, and without the environments of Hatch, which it does not lock."""
    rows, loose = (
        tuple(row for row in part if row.name not in CONDA_BASICS and not row.group.startswith("env:")) for part in (found.rows, found.loose)
    )
    return replace(found, rows=rows, loose=loose)


def _unlocked(found: list[OpenManifest]) -> Iterator[OpenManifest]:
    """The manifests of one folder that leave something open, unless one beside them is pinned throughout or locked."""
    if any(one.has_lock or not one.loose for one in found):
        return
    yield from found
