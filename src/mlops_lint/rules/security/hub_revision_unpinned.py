"""Model or dataset is fetched from the Hub without a commit hash.

A name on the Hugging Face Hub is a git repository whose main branch moves. Without a commit hash each run takes whatever its owner pushed last: new
weights, another tokenizer, other rows in the test set, or files that a thief of the account put there. Yesterday's result cannot be repeated, and nobody
notices the day it changed.

Pass the commit that was tested: ``revision="<commit hash>"``. The Hub shows it under "Files and versions", or ask ``HfApi().model_info(name).sha``.

Each repository is reported once per project, at its first place (the project's own code before its examples), with all other places related. Branches and
tags do not count as fixed, since both can be moved. Left alone are names that are computed elsewhere, folders (known by their first part, by what
the project holds, or because the program writes to them), readers of local files (``load_dataset("csv")``), ``local_files_only``, calls that unpack
unknown keywords, pipelines without a model (the library fixes their default), and ``from_pretrained`` of unknown classes. Configuration is read for Hydra
targets and for ``model_name_or_path`` keys, the latter with medium confidence. Repositories that only examples or documentation name have low confidence;
tests and vendored code are silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity
from mlops_lint.facts.hub import HubReference, LocalName

rule = Rule(
    code="SE111",
    summary="model or dataset is fetched from the Hub without a commit hash",
    consideration="unauthorized-access",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=(HubReference, LocalName),
    references=("https://huggingface.co/docs/huggingface_hub/guides/download#from-specific-version",),
)

_ILLUSTRATION = ("example", "docs")


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each repository once, with every place that fetches it unpinned."""
    local = {one.name for one in project.facts(LocalName)}
    folders = _folders(project)
    unpinned: dict[tuple[str, str], list[HubReference]] = {}
    pinned: dict[tuple[str, str], HubReference] = {}
    for reference in project.facts(HubReference):
        asset = (reference.kind, reference.repository.casefold())
        if reference.is_pinned:
            pinned.setdefault(asset, reference)
        elif reference.role not in ("test", "vendored") and reference.repository not in local and not _is_folder(reference, folders):
            unpinned.setdefault(asset, []).append(reference)
    for asset, places in unpinned.items():
        places.sort(key=lambda one: (one.role in _ILLUSTRATION, one.path, one.span))
        yield _finding(places, pinned.get(asset))


def _finding(places: list[HubReference], pinned: HubReference | None) -> Finding:
    first = places[0]
    how = f"at revision {first.revision!r}, which can move" if first.revision else "without a commit hash"
    several = f", in {len(places)} places" if len(places) > 1 else ""
    related = [Location(one.path, one.span, "fetched here as well") for one in places[1:]]
    advice = 'pass the commit that was tested: revision="<commit hash>"'
    if pinned is not None:
        related.insert(0, Location(pinned.path, pinned.span, "pinned here"))
        advice = f'pass the commit that is used elsewhere in the project: revision="{pinned.revision}"'
    confidence = None
    if first.role in _ILLUSTRATION:
        confidence = Confidence.LOW
    elif all(one.source == "key" or one.is_default for one in places):
        confidence = Confidence.MEDIUM
    return rule.finding(
        first.location,
        f"{first.kind} {first.repository!r} is fetched from the Hub {how}{several}",
        related=related,
        help=advice,
        confidence=confidence,
    )


def _folders(project: Project) -> frozenset[str]:
    """The folders of the project."""
    found: set[str] = set()
    for one in project.files:
        folder = one.path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(found)


def _is_folder(reference: HubReference, folders: frozenset[str]) -> bool:
    """Whether the name leads to a folder of the project, from its root or from the file that names it."""
    here = reference.path.rpartition("/")[0]
    return reference.repository in folders or (bool(here) and f"{here}/{reference.repository}" in folders)
