"""Training goes on in evaluation mode.

``eval()`` stays in force until ``train()`` is called. When a validation inside the training loop sets it and nothing takes it back, all later rounds train
without dropout and with frozen batch statistics, and nobody is told.

Call ``model.train()`` after the validation, or at the start of each round.

Silent when evaluation mode is set directly before training, which freezes statistics on purpose, for networks that no optimiser of the program holds, and
where an arm of an ``if`` may take it back.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.network_uses import lasting_evaluation
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="SC303",
    summary="training goes on in evaluation mode",
    consideration="resource-utilization",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    requires=REQUIRES,
    references=("https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.train",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each change to evaluation mode from which a training loop does not return."""
    every: Runs = project.derive(runs)
    for one in project.derive(lasting_evaluation):
        related = [every.location(event, note) for event, note in one.related]
        yield rule.finding(
            every.location(one.event),
            "evaluation mode is never taken back, so that the next round of the loop trains in it",
            related=related,
            confidence=one.confidence,
        )
