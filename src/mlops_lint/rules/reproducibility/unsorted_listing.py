"""Order of files decides the samples, the split or the labels.

``os.listdir``, ``os.scandir``, ``os.walk``, ``glob`` and ``Path.iterdir`` give files in the order in which the file system happens to keep them. It differs
between machines, disks and copies of the same data. A split with a fixed seed then holds out other rows, class 3 is another class, an image meets another
image's mask, and nothing says so.

Sort the listing where it is made (``sorted(os.listdir(folder))``).

Only listings that reach something that goes by their order are reported: numbers given along them, a split, a dataset, training, pairs of two listings, a
seeded draw, a saved table, the first few. A later ``sort`` or ``sort_values`` makes them right, and loops that treat each file by itself are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity
from mlops_lint.facts.ordering import DATASET, DRAW, FILES, NUMBERS, PAIRS, PLACE, SAMPLES, SAVE, SPLIT, TAKE, TRAIN, accidents
from mlops_lint.facts.runs import REQUIRES

rule = Rule(
    code="RP102",
    summary="order of a directory listing decides samples, split or labels",
    consideration="environments",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    requires=REQUIRES,
    references=("https://docs.python.org/3/library/os.html#os.listdir", "https://docs.python.org/3/library/glob.html"),
)

_SAYS = {
    NUMBERS: "labels are numbered in that order",
    PLACE: "places in it serve as labels",
    SPLIT: "it is split in that order",
    DATASET: "a dataset holds its samples in that order",
    TRAIN: "a model is trained in that order",
    PAIRS: "it is paired with another listing in that order",
    DRAW: "seeded draws depend on that order",
    SAVE: "it is saved in that order",
    SAMPLES: "samples and labels are gathered in that order",
    TAKE: "the first few of it are used",
}


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each listing once, with the first use that goes by its order."""
    for one in project.derive(accidents):
        if one.kind == FILES:
            what = one.written if one.written and "(" not in one.written else one.method
            message = f"{what}() lists files in no fixed order, and {_SAYS[one.how]}"
            yield rule.finding(Location(one.source.path, one.source.span), message, related=one.steps, confidence=one.confidence)
