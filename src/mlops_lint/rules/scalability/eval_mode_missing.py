"""Network predicts in training mode.

A network is in training mode until ``eval()`` is called: dropout switches off a random part of it, and batch normalisation uses, and changes, the statistics
of whatever batch comes along. Predictions then differ from call to call and depend on the other rows of the batch, and a validation score is worse than the
network.

Call ``model.eval()`` after loading the weights, or before the validation loop, and ``model.train()`` before training goes on. ``torch.no_grad()`` does not
do this.

Silent for networks whose layers do not heed the mode, for functions that are handed a network of which nothing is known, for networks that unknown code was
given meanwhile, for models of Transformers (``from_pretrained`` leaves them in evaluation mode) and for what Lightning, Trainer and the like call.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.network_uses import missing_modes
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="SC302",
    summary="network predicts in training mode",
    consideration="resource-utilization",
    severity=Severity.ERROR,
    confidence=Confidence.MEDIUM,
    requires=REQUIRES,
    references=("https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.eval",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report the first such pass of each function and loop."""
    every: Runs = project.derive(runs)
    for one in project.derive(missing_modes):
        related = [every.location(event, note) for event, note in one.related]
        yield rule.finding(every.location(one.event), f"predicts without eval(): {one.reason}", related=related, confidence=one.confidence)
