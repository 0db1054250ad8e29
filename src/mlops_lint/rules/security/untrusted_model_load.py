"""Model that comes from outside is read by a loader that can run code.

A pickle runs whatever it names while it is read. Where the file, or the choice of the file, comes from a request, an upload, a URL, a hub or the command line,
somebody else decides what runs here, with the rights and credentials of this process: a single request is enough to take a service over, and a model that
was swapped on a hub takes over every machine that downloads it.

Accept weights only (safetensors, ``torch.load(..., weights_only=True)``, ONNX), choose among the models you know by name instead of by path, and check
a signature or hash before a pickle is read.

Follows values through functions, modules, attributes and files written in the same program, and the loaders of SE106, which is silent on what is reported
here. Options with ``choices``, numbers and enumerations, names looked up in a dictionary or held against a list, a folder or a pattern, a commit hash of a
hub and checked digests are right; what a local configuration file says is not followed. Loads by a path from the command line have medium confidence,
because the user may well be the owner; so do loads that only an old torch makes dangerous.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity
from mlops_lint.facts.loads import ABSENT
from mlops_lint.facts.runs import Runs, apart, runs
from mlops_lint.facts.unsafe_loads import REQUIRES, OutsideLoad, outside_loads
from mlops_lint.knowledge.outside import COMMAND_LINE, HUB, REQUEST, UPLOAD, URL

rule = Rule(
    code="SE107",
    summary="model from outside is read by a loader that can run code",
    consideration="unauthorized-access",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=(
        "https://cwe.mitre.org/data/definitions/502.html",
        "https://huggingface.co/docs/hub/security-pickle",
        "https://docs.pytorch.org/docs/stable/generated/torch.load.html",
    ),
)

_WHENCE = {
    UPLOAD: "an upload",
    REQUEST: "a request",
    URL: "a URL",
    HUB: "a model hub",
    COMMAND_LINE: "the command line",
}


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each load of something from outside, with the place where it comes in."""
    found: dict[Location, OutsideLoad] = project.derive(outside_loads)
    if not found:
        return
    every: Runs = project.derive(runs)
    for place in sorted(found, key=_order):
        one = found[place]
        load, whence = one.unsafe.load, _WHENCE[one.chain.kind]
        related = []
        start = one.chain.event
        if start is not None and start.site != one.event.site:
            related.append(every.location(start, f"it comes from {whence} here"))
        related.extend(every.location(call, "from here") for call in apart(one.event.stack, start.stack if start is not None else ())[-2:])
        related.extend(one.unsafe.version)
        confidence = one.unsafe.confidence
        if one.chain.kind == COMMAND_LINE:
            confidence = min(confidence, Confidence.MEDIUM)
        if one.run.role == "example":
            confidence = Confidence.LOW
        unless = " unless torch is 2.6 or newer" if load.switch == ABSENT and not one.unsafe.version else ""
        message = f"what comes from {whence} is read with {load.written}, which runs whatever code it holds{unless}"
        yield rule.finding(place, message, related=related, confidence=confidence)


def _order(place: Location) -> tuple[str, int]:
    return (place.path, place.span.start if place.span is not None else 0)
