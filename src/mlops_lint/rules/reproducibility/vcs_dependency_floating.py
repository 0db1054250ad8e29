"""Dependency is taken from a branch of a repository.

``git+https://…`` without a revision installs whatever the default branch holds that minute, and ``@main`` does the same by name. A push by somebody
else changes your training code without a trace in your repository, and the version number of the package often stays the same.

Name the commit (``@`` and its hash), or a release tag such as ``@v1.2.0``, or commit a lock that records the commit and install from it.

A commit hash of 7 to 40 digits passes, and so does a tag that looks like a version; other names are taken for branches, because only the remote
repository could tell. An archive that a forge packs of a branch (``/archive/main.zip``) is a branch too, unless its hash is given. A lock that
records the commit passes unless an image installs past it. Revisions in variables and repositories on the same disk are left alone. Files of
examples, tests, documentation and linting have low confidence. Installations by commands, in notebooks and images, are the matter of other rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity
from mlops_lint.facts.git_references import GitReference
from mlops_lint.facts.package_pins import branch_of_archive, is_fixed_revision
from mlops_lint.facts.pinning import REQUIRES, Pinning, is_minor_file
from mlops_lint.facts.requirements import Requirement

rule = Rule(
    code="RP215",
    summary="dependency is installed from a moving branch of a repository",
    consideration="dependencies",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=(*REQUIRES, GitReference),
    references=("https://pip.pypa.io/en/stable/topics/vcs-support/",),
)

_VCS = ("git", "hg", "svn", "bzr")


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each requirement that follows a branch, at the line that says so."""
    pinning: Pinning = project.derive(Pinning.of)
    references: dict[tuple[str, str], list[GitReference]] = {}
    for one in project.facts(GitReference):
        references.setdefault((one.path, one.name), []).append(one)
    told: set[Location] = set()
    for row in project.facts(Requirement):
        branch = branch_of_archive(row.url) if row.source == "url" and not row.hashed else ""
        if (row.source not in _VCS and not branch) or row.group == "constraint" or row.url.startswith("file:"):
            continue
        reference = _reference(row, references.get((row.path, row.name), []))
        key = reference.key if reference is not None else ""
        if (not branch and _stands_still(row.revision, key)) or pinning.has_locked_commit(row):
            continue
        found = _finding(row, reference, key, branch, is_weak=is_minor_file(row.path))
        if found is not None and found.location not in told:
            told.add(found.location)
            yield found


def _reference(row: Requirement, named: list[GitReference]) -> GitReference | None:
    """The table that names the repository, where the row itself does not."""
    return next((one for one in named if row.span.start <= one.span.start < row.span.end), named[0] if named else None)


def _stands_still(revision: str, key: str) -> bool:
    if key == "tag" and revision and not revision.lower().startswith(("latest", "nightly", "stable")):
        return True
    if key == "branch":
        return False
    # What a variable holds is not known.
    return "$" in revision or "{" in revision or revision.startswith("refs/tags/") or is_fixed_revision(revision)


def _finding(row: Requirement, reference: GitReference | None, key: str, branch: str, *, is_weak: bool) -> Finding | None:
    place, related = row.location, []
    if reference is not None and not row.span.start <= reference.span.start < row.span.end:
        place, related = reference.location, [Location(row.path, row.span, f"{row.name} is required here")]
    if branch:
        message = f"{row.name or 'dependency'} is installed from an archive of branch {branch}, which is packed anew after every push"
        return rule.finding(place, message, related=related, confidence=Confidence.LOW if is_weak else None)
    name = row.name or row.url.rstrip("/").rpartition("/")[2].removesuffix(".git") or "dependency"
    if row.revision:
        what = "branch " if key == "branch" else ""
        message = f"{name} is installed from {what}{row.revision} of its repository, which moves"
    else:
        message = f"{name} is installed from the newest commit of its repository, whatever that is on the day"
    return rule.finding(place, message, related=related, confidence=Confidence.LOW if is_weak else None)
