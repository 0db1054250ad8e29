"""Last activation of a network does not fit its loss.

``CrossEntropyLoss`` applies softmax itself and ``BCEWithLogitsLoss`` sigmoid. A network that has already applied it learns from scores squeezed into 0 to 1:
the loss cannot get near zero, gradients fade, and training is slow and ends at a worse model, without any error. The other way round, ``NLLLoss`` and
``BCELoss`` (and a Keras loss without ``from_logits``) take raw scores for probabilities, and the figure they give means nothing.

Give ``CrossEntropyLoss`` and ``BCEWithLogitsLoss`` raw scores and apply the activation only where probabilities are used; put ``LogSoftmax`` before
``NLLLoss`` and a sigmoid before ``BCELoss``. In Keras, either the last layer has the activation or the loss has ``from_logits=True``.

Follows values from the network to the loss through functions, classes and modules. A value that may have come about in several ways (``if
self.training``), networks that are not the project's own, losses of the project's own and several outputs with several losses are left alone.
``log_softmax`` before cross entropy changes nothing and is silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.loss_inputs import LossInput, loss_inputs
from mlops_lint.facts.runs import REQUIRES, Runs, runs
from mlops_lint.knowledge.activations import LOG_SOFTMAX, LOGARITHMS, PROBABILITIES, RAW, SCORES, SIGMOID, SOFTMAX

rule = Rule(
    code="TD102",
    summary="last activation of the network does not fit the loss",
    consideration="debt-accumulation",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=(
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html",
        "https://keras.io/api/losses/probabilistic_losses/",
    ),
)

_MISFITS = {
    SCORES: frozenset({SOFTMAX, SIGMOID}),
    LOGARITHMS: frozenset({RAW, SOFTMAX, SIGMOID}),
    PROBABILITIES: frozenset({RAW, LOG_SOFTMAX}),
}
_SAID = {SOFTMAX: "a softmax", SIGMOID: "a sigmoid", LOG_SOFTMAX: "a log_softmax", RAW: "a last layer without activation"}


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each loss whose input has been through the wrong activation on every way."""
    every: Runs = project.derive(runs)
    reported: set[object] = set()
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for found in loss_inputs(run):
            names = {ending.name for ending in found.endings}
            single = _is_over_one_unit(found)
            # One network that meets one loss is one defect, however often the loss is worked out.
            pair = (found.name, frozenset(ending.event.site for ending in found.endings if ending.event is not None))
            if pair in reported or found.event.site in reported or not (single or names <= _MISFITS[found.loss.wants]):
                continue
            reported.update((pair, found.event.site))
            where = [ending.event for ending in found.endings if ending.event is not None and ending.event.site != found.event.site]
            note = "scores come from here as they are" if names == {RAW} else "it is applied here"
            yield rule.finding(
                every.location(found.event),
                _message(found, single),
                related=[every.location(event, note) for event in where[:3]],
                confidence=Confidence.LOW if run.role == "example" else None,
                help=_help(found, single),
            )


def _is_over_one_unit(found: LossInput) -> bool:
    """Softmax over a single unit, which is 1 whatever the network says."""
    return all(ending.name == SOFTMAX and ending.units == 1 for ending in found.endings) and found.compiled


def _message(found: LossInput, single: bool) -> str:
    names = sorted({ending.name for ending in found.endings})
    said = " or ".join(_SAID.get(name, name) for name in names)
    if single:
        return f"softmax over a single unit is always 1, so {found.name} has nothing to learn from"
    if found.told:
        return f"{found.name} is told from_logits=True, but gets the output of {said}"
    if found.loss.wants == SCORES:
        if found.loss.applies in names:
            return f"{found.name} applies {found.loss.applies} itself, and gets the output of {said}"
        return f"{found.name} expects raw scores and applies {found.loss.applies} to them, but gets the output of {said}"
    wants = "logarithms of probabilities" if found.loss.wants == LOGARITHMS else "probabilities"
    return f"{found.name} expects {wants}, but gets the output of {said}"


def _help(found: LossInput, single: bool) -> str:
    keras = found.compiled or found.name in ("binary_crossentropy", "categorical_crossentropy") or "Crossentropy" in found.name
    if single:
        return "use a sigmoid for one unit"
    if found.told:
        return "drop from_logits=True, or the activation of the last layer"
    if found.loss.wants == SCORES:
        return "give the loss the scores before the activation, and apply it only where probabilities are used"
    if keras:
        return "give the last layer its activation, or the loss from_logits=True"
    if found.loss.wants == LOGARITHMS:
        return "apply log_softmax first, or use CrossEntropyLoss, which does both"
    return "apply a sigmoid first, or use BCEWithLogitsLoss, which does both"
