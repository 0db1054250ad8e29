"""Order of a set decides labels, vocabulary or samples.

The elements of a set of strings come in an order that depends on the hash seed of the process, and Python draws a new one each time it starts. Numbers given
in that order differ from run to run: a saved model reads class 3 as another class, and a word has another embedding than the one that was trained.

Sort before you number (``sorted(set(words))``), or keep the order of appearance (``dict.fromkeys(words)``).

Sets of numbers keep their order and are left alone, and so are membership tests and counts. Only sets that reach something that goes by their order are
reported: numbers given along them, a list index, a split, a seeded draw, a file.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity
from mlops_lint.facts.ordering import DATASET, DRAW, NUMBERS, PAIRS, PLACE, SAVE, SET, SPLIT, TAKE, TRAIN, accidents
from mlops_lint.facts.runs import REQUIRES

rule = Rule(
    code="RP103",
    summary="order of a set decides labels, vocabulary or samples",
    consideration="environments",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    requires=REQUIRES,
    references=(
        "https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHASHSEED",
        "https://docs.python.org/3/reference/datamodel.html#object.__hash__",
    ),
)

_SAYS = {
    NUMBERS: "numbers are given in that order",
    PLACE: "places in it serve as numbers",
    SPLIT: "it is split in that order",
    DATASET: "a dataset holds its samples in that order",
    TRAIN: "a model is trained in that order",
    PAIRS: "it is paired with something else in that order",
    DRAW: "seeded draws depend on that order",
    SAVE: "it is saved in that order",
    TAKE: "the first few of it are used",
}


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each place where a set gets an order, once, with the first use that goes by it."""
    for one in project.derive(accidents):
        if one.kind == SET:
            message = f"a set has another order in every process, and {_SAYS[one.how]}"
            yield rule.finding(Location(one.source.path, one.source.span), message, related=one.steps, confidence=one.confidence)
