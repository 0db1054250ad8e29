"""Model is trained on data that nothing has validated.

A renamed column, a unit that changed or a feed of nulls does not stop ``fit``: the model learns from it and gets quietly worse. Where data enters the
training code is the last place to notice before the damage is in a model.

Check columns, types, nulls and ranges between reading and training, and let the check raise: a pandera or Great Expectations schema, pydantic, or plain
asserts.

Data is followed through assignments, functions, methods, attributes and modules of the project. A check anywhere on the way of any of the sources is enough.
Filling or dropping nulls and printing a summary are not checks. Curated sample sets (``load_iris``) and readers nobody knows are not reported; programs in
example folders have low confidence. Checks made outside the repository (in the warehouse, in another pipeline) cannot be seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Event, Finding, Project, Rule, Severity, Site
from mlops_lint.facts.runs import REQUIRES, Runs, apart, runs
from mlops_lint.facts.trainings import Training, trainings

rule = Rule(
    code="DM201",
    summary="data from a reader reaches training without validation",
    consideration="data-quality",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    requires=REQUIRES,
    references=("https://pandera.readthedocs.io/", "https://research.google/pubs/data-validation-for-machine-learning/"),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each unchecked read once, at the first training call that it reaches."""
    every: Runs = project.derive(runs)
    found: tuple[Training, ...] = project.derive(trainings)
    # A read that is checked in one program is known to somebody: nothing is said of it in the others.
    checked = {read.site for training in found if training.checked for read in training.reads}
    told: set[Site] = set()
    for training in found:
        fresh = [read for read in training.reads if read.site not in told]
        if (
            training.run.role in ("test", "vendored")
            or training.run.trace.truncated
            or not fresh
            or not checked.isdisjoint(read.site for read in fresh)
        ):
            continue
        told.update(read.site for read in fresh)
        yield _finding(every, training, fresh)


def _finding(every: Runs, training: Training, reads: list[Event]) -> Finding:
    related = [every.location(read, f"{every.written(read)} reads the data here") for read in _unique(reads)]
    related += [
        every.location(call, f"{call.method} takes them on to training") for call in apart(training.event.stack, reads[0].stack) if call.method
    ]
    source = every.written(reads[0]) if len(related) == 1 or len(_unique(reads)) == 1 else f"{len(_unique(reads))} readers"
    message = f"{every.written(training.event)} trains on data from {source} that nothing on the way has validated"
    confidence = Confidence.LOW if training.run.role in ("example", "docs") else None
    return rule.finding(every.location(training.event), message, related=related, confidence=confidence)


def _unique(reads: list[Event]) -> list[Event]:
    """One read of each place."""
    return list({read.site: read for read in reversed(reads)}.values())[::-1]
