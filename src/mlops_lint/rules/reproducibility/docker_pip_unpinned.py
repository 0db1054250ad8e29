"""Image or workflow installs packages with pip in no fixed version.

``RUN pip install torch`` takes whatever is newest on the day of the build. Two builds of one commit then differ, a model trained in one image may not
load or may answer differently in the next, and a build breaks without any change of yours; the layer cache hides it until the worst moment.

Name an exact version for each package (``name==version``), or install from a requirements or lock file that holds them all.

Read are ``pip install`` and ``uv pip install`` in Dockerfiles (also of ``CMD`` and ``ENTRYPOINT``, at every start), GitHub and GitLab workflows,
compose files and Kubernetes manifests; conda is not. A floor alone counts as open, any upper bound as fixed. pip, setuptools, wheel and uv are
exempt, and so are ``-r`` files and what they pin, constraints, hashes, folders of wheels, versions from build arguments, the project itself, and
repositories at a commit or version tag. Tools for packaging, checking and testing are a note only. What a workflow takes from a pre-release index,
mostly on purpose, has low confidence, as have files of tests and what the workflows of a published library, which are to meet the next release of
others, take from a branch.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity
from mlops_lint.facts.command_installs import CommandInstall
from mlops_lint.facts.distributions import DISTRIBUTION_FACTS, Distributions
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.package_pins import PackagePin, listed, pinned_names
from mlops_lint.facts.requirements import Requirement
from mlops_lint.knowledge.python_tools import INSTALLERS, is_development_tool

rule = Rule(
    code="RP216",
    summary="pip install in an image or workflow leaves versions open",
    consideration="dependencies",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=(CommandInstall, Requirement, *DISTRIBUTION_FACTS),
    references=(
        "https://pip.pypa.io/en/stable/topics/repeatable-installs/",
        "https://docs.docker.com/build/building/best-practices/",
    ),
)

_WORKFLOWS = ("github-workflow", "github-action", "gitlab-ci")


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each command once, at the command, with the packages it leaves open."""
    roles = {one.path: one.role for one in project.files}
    own = {_canonical(manifest.project_name) for manifest in project.facts(Manifest) if manifest.project_name and manifest.kind != "conda"}
    by_file = project.derive(pinned_names)
    is_published = project.derive(Distributions.of).library("") == "published"
    for install in project.facts(CommandInstall):
        role = roles.get(install.path, "code")
        if install.is_constrained or role == "vendored":
            continue
        pinned = {name for target in install.requirement_files for name in by_file.get(posixpath.basename(target), ())}
        loose = [one for one in install.packages if one.is_open and one.name not in INSTALLERS and one.name not in own and one.name not in pinned]
        if loose:
            yield _finding(install, loose, role, is_published)


def _finding(install: CommandInstall, loose: list[PackagePin], role: str, is_published: bool) -> Finding:
    is_workflow = install.source in _WORKFLOWS
    # Tools may break a build, but change no result.
    severity = Severity.NOTE if all(is_development_tool(one.name) for one in loose) else None
    confidence = Confidence.MEDIUM if is_workflow or severity is not None else None
    is_on_purpose = install.is_prerelease or (is_published and all(one.source != "registry" for one in loose))
    if role == "test" or (is_workflow and is_on_purpose):
        confidence = Confidence.LOW
    what = "workflow run" if is_workflow else "start" if install.at_start else "image build"
    message = f"{install.command} leaves the version of {listed(loose)} open, so each {what} may get another one"
    related = [Location(install.path, one.span, _note(one)) for one in loose] if len(loose) > 1 else []
    return rule.finding(install.location, message, related=related, severity=severity, confidence=confidence)


def _note(package: PackagePin) -> str:
    if package.source == "registry":
        return "no version or a floor alone"
    return "no commit or version tag"


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
