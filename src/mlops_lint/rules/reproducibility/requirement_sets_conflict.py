"""Two manifests of one environment ask for versions that exclude each other.

An installer either refuses such a set, or, where the manifests are installed one after the other, silently replaces the first version by the second.
What runs then is not what the first manifest says, and a result that was produced with one of them cannot be repeated with the other.

Make one manifest the source of the version and let the others include it or leave the package out; where both versions are meant, separate the
environments, or declare the extras as conflicting.

Compared are the rows of one manifest with those of the files it includes, its extras and groups, what the same stage of a Dockerfile installs, a pin
with its lock, and files of different kinds that describe the same folder, a Dockerfile that reads none of them included (these with medium
confidence). Services in folders of their own may differ, and so may files for different tasks beside each other. Markers that never hold at the same
time, build labels such as ``+cu118``, ``tool.uv.conflicts``, and extras named after hardware or versions keep rows apart. Constraints that have no
PEP 440 form (``||``) and repositories as sources are not compared; a range that its lock violates means a stale lock, which is another matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity
from mlops_lint.facts.environments import REQUIRES, Environments, Mention
from mlops_lint.facts.versions import exclude_each_other

rule = Rule(
    code="RP204",
    summary="manifests of one environment ask for versions that exclude each other",
    consideration="dependencies",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=(
        "https://packaging.python.org/en/latest/specifications/version-specifiers/",
        "https://docs.astral.sh/uv/concepts/projects/config/#conflicting-dependencies",
    ),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each row that an earlier one excludes once, with all that exclude it."""
    conflicts: dict[Mention, dict[Mention, bool]] = {}
    for met in project.derive(Environments.of).encounters():
        if exclude_each_other(met.first.specifier, met.first.marker, met.second.specifier, met.second.marker):
            earlier, later = sorted((met.first, met.second))
            conflicts.setdefault(later, {})
            conflicts[later][earlier] = conflicts[later].get(earlier, False) or met.sure
    told: set[Location] = set()
    for later, found in sorted(conflicts.items()):
        # What excludes a row that is reported itself is part of that finding.
        others = {one: sure for one, sure in found.items() if one.location not in told}
        if others and later.location not in told:
            told.add(later.location)
            yield _finding(later, others)


def _finding(later: Mention, others: dict[Mention, bool]) -> Finding:
    shown = sorted(others, key=lambda one: (not others[one], one))
    first = shown[0]
    where = _where(first, later)
    message = f"{later.package}{later.specifier} excludes {first.package}{first.specifier} {where}"
    related = [Location(one.path, one.span, f"{one.package}{one.specifier} is asked for here") for one in shown]
    return rule.finding(later.location, message, related=related, confidence=None if any(others.values()) else Confidence.MEDIUM)


def _where(first: Mention, later: Mention) -> str:
    if first.path != later.path:
        return f"in {first.path}"
    groups = [group for group in first.groups if group]
    if groups and first.groups != later.groups:
        kind, _, name = groups[0].partition(":")
        return f"of the {kind} {name}"
    return "in the same file"
