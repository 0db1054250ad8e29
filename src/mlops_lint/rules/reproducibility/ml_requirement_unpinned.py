"""Package that shapes results has no exact version.

The same code gives other numbers with another release of torch, scikit-learn or pandas: defaults change, kernels are reordered, dtypes are inferred
anew. While the requirement leaves the version open, every fresh install may bring another one, and nobody can say later which of them made the model.

Such a release often arrives in the middle of a project: a new machine, a rebuilt image, a CI run without its cache. The metric moves, and the search
for the reason starts in the wrong place.

Pin the versions you train with (``torch==2.6.0``), or commit a lock (``uv lock``, ``pip-compile``, ``poetry.lock``, ``conda-lock``) and install from
it.

Exact are ``==`` without a wildcard, ``===``, a hash, and what a lock or constraints file holds that the installation uses; ``~=``, ``==1.*`` and
conda's ``=1.26`` are ranges. There is one finding per manifest. A library may leave versions open, unless a Dockerfile of the repository installs it
as it stands; a folder counts as one by its build metadata together with classifiers, a licence and the like, or a package of its own, and
``setup.py`` and ``setup.cfg`` always do. Files for tests, documentation and linting are not reported; examples, development files and what lies
beside a published library have low confidence. Packages that hardly touch results (web servers, plotting) do not count, and repositories as sources,
or archives of their branches, are the matter of another rule. The metadata of a single script (PEP 723) counts with medium confidence, unless a lock
beside it or uv's ``exclude-newer`` holds it. Scripts that install by other means are not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity
from mlops_lint.facts.package_pins import branch_of_archive
from mlops_lint.facts.pinning import REQUIRES, OpenManifest, Pinning, package_of
from mlops_lint.facts.requirements import Requirement
from mlops_lint.knowledge.packages import RESULT_DEFINING

rule = Rule(
    code="RP201",
    summary="package that shapes results has no exact version and no lock",
    consideration="dependencies",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://pip.pypa.io/en/stable/topics/repeatable-installs/", "https://docs.astral.sh/uv/concepts/projects/sync/"),
)

_SHOWN = 6


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each manifest once, at its first open row."""
    for found in project.derive(Pinning.of).open_manifests():
        rows = _first_of_each(found)
        if rows:
            yield _finding(found, rows)


def _first_of_each(found: OpenManifest) -> list[Requirement]:
    """The first open row of each package that matters, in the order of the file."""
    rows: dict[str, Requirement] = {}
    for row in sorted(found.loose, key=lambda one: one.span):
        # An archive of a branch is the matter of RP215.
        if row.source in ("registry", "url") and package_of(row) in RESULT_DEFINING and not branch_of_archive(row.url):
            rows.setdefault(package_of(row), row)
    return list(rows.values())


def _finding(found: OpenManifest, rows: list[Requirement]) -> Finding:
    names = [row.name for row in rows]
    listed = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    counted = "1 package that shapes results is" if len(names) == 1 else f"{len(names)} packages that shape results are"
    related = [Location(row.path, row.span, _note(row)) for row in rows[1:]]
    help = ""
    message = f"{counted} not pinned: {listed}"
    if found.ignoring is not None:
        install = found.ignoring.install
        related.append(
            Location(install.path, install.span, "installs it here without the lock" if found.has_lock else "installs it here as it stands")
        )
        message = f"{counted} not pinned where the image installs {'them' if len(names) > 1 else 'it'}: {listed}"
        if found.has_lock:
            help = "install from the lock in the image too (uv sync --frozen, poetry install, or pip with an exported requirements file)"
    confidence = Confidence.LOW if found.is_weak else Confidence.MEDIUM if found.manifest.kind == "script" else None
    return rule.finding(rows[0].location, message, related=related, help=help, confidence=confidence)


def _note(row: Requirement) -> str:
    if row.source == "url":
        return f"{row.name} comes from an address without a hash"
    return f"{row.name}{row.specifier} is a range" if row.specifier else f"{row.name} has no version"
