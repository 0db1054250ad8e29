"""Training step has its calls in the wrong order.

Each call of a training step acts on what the one before has left. ``zero_grad()`` between ``backward()`` and ``step()`` throws the gradients away before they
are used. A clip after ``step()`` limits nothing. A clip before ``unscale_`` compares the limit with gradients that are still multiplied by the loss
scale, so it cuts almost everything. A scheduler that steps before the optimizer skips the first learning rate of its schedule. None of these stops the
training; it only becomes worse.

Keep to one order: ``backward()``, ``scaler.unscale_(optimizer)``, clip, ``step()``, ``zero_grad()``, and the scheduler after the optimizer: once per batch or,
after the batches, once per epoch.

The calls are followed through functions and modules within one loop. A scheduler that is told the epoch or a metric, one that steps under a condition of its
own, and projects that pin a torch older than 1.1, where schedulers came first, are left alone; so are clips by Accelerate or Fabric, which unscale by
themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity, Site
from mlops_lint.facts import step_order as order
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.requirements import LockedVersion, Requirement, RequirementInclude
from mlops_lint.facts.resolved_versions import ResolvedVersions
from mlops_lint.facts.runs import REQUIRES, Run, Runs, runs
from mlops_lint.facts.step_order import Misplaced, misplaced, schedulers_come_first

rule = Rule(
    code="TD103",
    summary="training step has its calls in the wrong order",
    consideration="debt-accumulation",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=(*REQUIRES, Requirement, LockedVersion, RequirementInclude, Manifest),
    references=(
        "https://docs.pytorch.org/docs/stable/optim.html",
        "https://docs.pytorch.org/docs/stable/notes/amp_examples.html",
    ),
)

_MESSAGES = {
    order.SCHEDULER_FIRST: "the scheduler steps before the optimizer has, so the first learning rate of its schedule is skipped",
    order.CLIP_AFTER_STEP: "gradients are clipped after the optimizer has stepped, so the step was taken without the limit",
    order.CLIP_BEFORE_BACKWARD: "gradients are clipped before backward() fills them, so the limit never applies",
    order.CLIP_BEFORE_UNSCALE: "gradients are clipped before unscale_, while they are still multiplied by the loss scale",
    order.CLIP_WITHOUT_UNSCALE: "gradients are clipped without unscale_, while they are still multiplied by the loss scale",
    order.RESET_BEFORE_STEP: "gradients are reset between backward() and step(), so the optimizer steps without them",
    order.RESET_EACH_ROUND: "gradients are reset in every round although the optimizer steps only in some, so those between are thrown away",
    order.STEP_BEFORE_BACKWARD: "the optimizer steps right after the reset and before backward(), so it never sees the gradients",
}
_NOTES = {
    order.SCHEDULER_FIRST: "the optimizer steps only here",
    order.CLIP_AFTER_STEP: "the step is taken here",
    order.CLIP_BEFORE_BACKWARD: "the gradients come from here",
    order.CLIP_BEFORE_UNSCALE: "they are scaled back only here",
    order.CLIP_WITHOUT_UNSCALE: "the scaler scales them back only here, as it steps",
    order.RESET_BEFORE_STEP: "the optimizer steps here",
    order.RESET_EACH_ROUND: "the optimizer steps here, in some rounds",
    order.STEP_BEFORE_BACKWARD: "the gradients come from here",
}


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each call that comes too early or too late, once."""
    every: Runs = project.derive(runs)
    versions: ResolvedVersions = project.derive(ResolvedVersions.of)
    found: dict[Site, tuple[Misplaced, Run]] = {}
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for one in misplaced(run):
            found.setdefault(one.event.site, (one, run))
    for site, (one, run) in sorted(found.items()):
        if one.kind == order.SCHEDULER_FIRST and schedulers_come_first(versions, site.path):
            continue
        related = [] if one.other.site == site else [every.location(one.other, _NOTES[one.kind])]
        confidence = Confidence.LOW if run.role == "example" else one.confidence
        yield rule.finding(every.location(one.event), _MESSAGES[one.kind], related=related, confidence=confidence)
