"""Network predicts while gradients are kept.

PyTorch remembers every step of a pass through a network, in case a loss is sent backward through it. At validation or prediction nobody does that: the
memory is filled for nothing, batches must be smaller than they could be, and answers that are collected keep their whole graphs alive.

Put the loop under ``with torch.no_grad():`` or ``torch.inference_mode()``, or decorate the function with it. ``model.eval()`` alone does not switch gradients
off.

Speaks only where a network known to be one is in evaluation mode, is evaluated by a function whose name says so, or is trained in another loop, and where its
answers become figures, labels or pictures, are printed, or stay in the program, and never enter a loss that is sent backward. Trials of a network with made-up
tensors whose answers only show their shape, files that look for gradients on purpose (saliency maps, adversarial examples), and what Lightning, Trainer,
Ignite and the like call are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.network_uses import kept_gradients
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="SC301",
    summary="network predicts while gradients are kept",
    consideration="resource-utilization",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    requires=REQUIRES,
    references=("https://docs.pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report the first such pass of each function and loop."""
    every: Runs = project.derive(runs)
    for one in project.derive(kept_gradients):
        related = [every.location(event, note) for event, note in one.related]
        message = f"gradients are kept for this pass, but {one.reason}"
        yield rule.finding(every.location(one.event), message, related=related, confidence=one.confidence)
