"""Image is named without a tag, or by ``latest``.

Such a name means another image after every release: the Python, the CUDA libraries and the system packages under your code change between two builds of one
commit, and the machine that pulled it last week runs something else than the one that pulls it today.

Name a tag that says the version, such as ``python:3.12.7-slim``, or better the digest (``@sha256:…``), which nobody can move.

Any tag but ``latest`` passes, unless the option asks for digests. Earlier build stages, ``scratch``, names with variables that nothing in the file resolves,
placeholders, names that a compose file, a script or skaffold of the repository builds itself, and names for which kustomize puts in a tag are left alone.
Read are Dockerfiles (``COPY --from`` too), compose files, Kubernetes manifests and the jobs of GitHub and GitLab workflows. The default of a build argument
and an image to copy from have medium confidence; files of tests, and images of the project's own outside a cluster, have low.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity, option
from mlops_lint.facts.built_images import BuiltImage
from mlops_lint.facts.containers import ImageReference


@dataclass(frozen=True, slots=True)
class Options:
    """What counts as pinned."""

    require_digest: bool = option(False, "Report images that are named by a tag alone, without a digest.")


rule = Rule(
    code="RP110",
    summary="image without a tag, or at latest",
    consideration="environments",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    options=Options,
    requires=(ImageReference, BuiltImage),
    references=(
        "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
        "https://kubernetes.io/docs/concepts/containers/images/#image-names",
    ),
)

_WHAT = {
    "compose": "service image",
    "kubernetes": "container image",
    "github-workflow": "job image",
    "github-action": "action image",
    "gitlab-ci": "job image",
}
# Repositories are lower case; anything else is a placeholder or a template.
_REPOSITORY = re.compile(r"[a-z0-9][a-z0-9._/:-]*")


@rule.on_project
def check(project: Project, options: Options) -> Iterator[Finding]:
    """Report each place that names an image which may be another one tomorrow."""
    roles = {one.path: one.role for one in project.files}
    built: dict[str, set[str]] = {}
    for one in project.facts(BuiltImage):
        built.setdefault(one.how, set()).add(one.name)
    stages: set[tuple[str, int | None]] = set()
    told: set[Location] = set()
    for image in project.facts(ImageReference):
        is_base = image.source == "dockerfile" and (image.path, image.stage) not in stages
        stages.add((image.path, image.stage))
        role = roles.get(image.path, "code")
        if role == "vendored" or not _comes_from_registry(image, built):
            continue
        problem = _problem(image, options)
        place = Location(image.path, image.span)
        if not problem or place in told:
            # An anchor of a compose file is one place, however many services take it over.
            continue
        told.add(place)
        what = "base image" if is_base else _WHAT.get(image.source, "image")
        yield rule.finding(place, f"{what} {image.image} {problem}", confidence=_confidence(image, role, is_base, built))


def _confidence(image: ImageReference, role: str, is_base: bool, built: dict[str, set[str]]) -> Confidence | None:
    if role == "test" or (image.source != "kubernetes" and image.repository in built.get("build", ())):
        # A job in the project's own image is meant to run in the newest, and an image beside its build is most often the one just built.
        return Confidence.LOW
    # A build argument can be set from outside, and a file copied out of an image is a tool's more often than a base.
    is_copied = image.source == "dockerfile" and not is_base
    return Confidence.MEDIUM if image.raw != image.image or is_copied else None


def _comes_from_registry(image: ImageReference, built: dict[str, set[str]]) -> bool:
    if image.stage_reference or image.unresolved or image.image == "scratch" or not _REPOSITORY.fullmatch(image.repository):
        return False
    if image.repository in built.get("retag", ()):
        return False
    # What the repository builds under a name without a registry never left the machine; in a cluster it still needs a tag.
    is_local = image.source in ("dockerfile", "compose") and "/" not in image.repository
    return not (is_local and image.repository in built.get("build", ()))


def _problem(image: ImageReference, options: Options) -> str:
    if image.digest is not None:
        return ""
    if image.tag is None:
        return "has no tag, so it is whatever is newest when it is pulled"
    if image.tag == "latest":
        return "moves with every release"
    return "has no digest, and a tag can be moved" if options.require_digest else ""
