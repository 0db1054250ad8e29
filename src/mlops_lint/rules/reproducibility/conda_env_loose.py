"""Conda environment file leaves packages, channels or its own folder to the machine.

A pip section without versions undoes what the conda part pins: each ``conda env create`` installs other packages. Without ``channels`` the packages
come from whatever the machine has configured, ``defaults`` on one and conda-forge on the next, in builds that do not mix. And an exported ``prefix``
is the folder of one user's machine, which conda ignores or stumbles over elsewhere.

Pin the entries of the pip section, list the channels in their order, and remove ``prefix:`` (``conda env export --no-builds | grep -v prefix``).

The packages that define results (torch, numpy and their like) are named by the rule for unpinned requirements, so where others are open too only
those are listed here; where nothing else is, the finding stands at the section. Repositories are left to the rule for floating ones. A floor alone
counts as open, any upper bound as pinned. A file that conda-lock has locked is only looked at for its prefix, and a file in which every package names
its channel, or a ``.condarc`` in the repository, needs no list of channels.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Edit, Finding, Fix, Location, Project, Rule, Safety, Severity
from mlops_lint.facts.conda_environments import CondaEnvironment
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.package_pins import PackagePin, listed
from mlops_lint.facts.requirements import LockedVersion, Requirement, RequirementInclude
from mlops_lint.facts.resolved_versions import ResolvedVersions
from mlops_lint.knowledge.packages import RESULT_DEFINING
from mlops_lint.knowledge.python_tools import CONDA_BASICS, INSTALLERS

rule = Rule(
    code="RP217",
    summary="conda environment file with an unpinned pip section, without channels, or with an exported prefix",
    consideration="dependencies",
    severity=Severity.NOTE,
    confidence=Confidence.HIGH,
    fix=Safety.SAFE,
    requires=(CondaEnvironment, Requirement, LockedVersion, RequirementInclude, Manifest),
    references=("https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each environment once for each way in which it is loose, at the place that is."""
    roles = {one.path: one.role for one in project.files}
    has_settings = any(one.path.rpartition("/")[2] == ".condarc" for one in project.files)
    versions: ResolvedVersions = project.derive(ResolvedVersions.of)
    for environment in project.facts(CondaEnvironment):
        if roles.get(environment.path) == "vendored":
            continue
        if environment.prefix_span is not None:
            yield _prefix(environment)
        if any("conda-lock" in lock for lock in versions.covers(environment.path)):
            continue
        if not environment.has_channels and not has_settings and environment.packages:
            yield _channels(environment)
        loose = [] if environment.has_constraints else [one for one in environment.pip_packages if _is_loose(one)]
        if loose:
            yield _pip_section(environment, loose)


def _is_loose(package: PackagePin) -> bool:
    return package.is_open and package.source in ("registry", "url") and package.name not in INSTALLERS


def _prefix(environment: CondaEnvironment) -> Finding:
    fix = None
    if environment.prefix_line is not None:
        fix = Fix("Remove the prefix line", (Edit(environment.path, environment.prefix_line, environment.without_prefix),), Safety.SAFE)
    message = "prefix is the folder of the machine that exported the environment"
    advice = "remove the line; the place of an environment is chosen where it is made"
    return rule.finding(Location(environment.path, environment.prefix_span), message, fix=fix, help=advice)


def _channels(environment: CondaEnvironment) -> Finding:
    message = "environment lists no channels, so its packages come from whatever each machine has configured"
    needs_packages = any(one.name not in CONDA_BASICS for one in environment.packages)
    advice = "list the channels in the order in which they are to be asked, e.g. channels: [conda-forge, nodefaults]"
    return rule.finding(environment.location, message, help=advice, confidence=None if needs_packages else Confidence.LOW)


def _pip_section(environment: CondaEnvironment, loose: list[PackagePin]) -> Finding:
    # One place is the matter of one rule: the rows of packages that define results are reported elsewhere.
    rows = [one for one in loose if one.name not in RESULT_DEFINING]
    message = f"pip section leaves the version of {listed(rows or loose)} open"
    advice = "name an exact version for each entry of the pip section (name==version)"
    if not rows:
        return rule.finding(Location(environment.path, environment.pip_span or environment.span), message, help=advice)
    related = [Location(environment.path, one.span, "no version or a floor alone") for one in rows[1:]]
    return rule.finding(Location(environment.path, rows[0].span), message, related=related, help=advice)
