"""Model forgets all batches but the last.

``fit`` of scikit-learn and its kin starts over each time it is called. In a loop over batches, chunks of a file or epochs the model that is left at
the end knows the last round only; the rounds before it cost time and leave nothing. Nothing fails, and on well mixed rows the figures may even look
plausible.

Call ``partial_fit`` (with ``classes=`` for a classifier) where the model has it, or set ``warm_start=True`` where more trees or rounds are meant;
collect the rows first and fit once where neither exists.

Seen are models and transformers that are made before the loop and fitted in it on parts of the rows, also when the loop stands in one function and
the fit in another. A new or cloned model for each round, cross-validation, tuning on the same rows, growing training sets (active learning, walking
forward), one model per group or target, models that are saved or kept in each round, Keras (whose ``fit`` goes on) and boosters that are handed the
model before are right.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.refits import EPOCHS, FILES, Refit, refits
from mlops_lint.facts.runs import REQUIRES, Runs, apart, runs

rule = Rule(
    code="CL201",
    summary="model forgets all batches but the last",
    consideration="continuous-updates",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/computing/scaling_strategies.html",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each fit in a loop that starts over where it is meant to go on."""
    every: Runs = project.derive(runs)
    for one in project.derive(refits):
        related = [every.location(one.loop.site, "the loop")]
        related.extend(every.location(call, "fitted from here") for call in apart(one.event.stack, ())[-1:] if call.site != one.event.site)
        learner = one.event.operands["learner"].event
        if learner is not None and learner.site.path:
            related.append(every.location(learner, "made once, before the loop"))
        yield rule.finding(every.location(one.event), _message(one), related=related, confidence=one.confidence)


def _message(one: Refit) -> str:
    rounds = {FILES: "file", EPOCHS: "epoch"}.get(one.over, "batch")
    remedy = ", partial_fit goes on" if one.can_go_on else ""
    return f"{one.event.method} of {one.learner} starts over with each {rounds} and forgets the ones before{remedy}"
