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

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity, role_of
from mlops_lint.facts.lineage import REQUIRES, Origin, Training, lineage

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
    told: set[Origin] = set()
    for training in project.derive(lineage).trainings():
        role = role_of(training.path)
        fresh = [origin for origin in training.unchecked if origin not in told]
        if role in ("test", "vendored") or not fresh:
            continue
        told.update(fresh)
        yield _finding(training, fresh, Confidence.LOW if role in ("example", "docs") else None)


def _finding(training: Training, origins: list[Origin], confidence: Confidence | None) -> Finding:
    related = [Location(one.path, one.point.span, f"{one.point.what} reads the data here") for one in origins]
    source = origins[0].point.what if len(origins) == 1 else f"{len(origins)} readers"
    message = f"{training.point.what} trains on data from {source} that nothing on the way has validated"
    return rule.finding(Location(training.path, training.point.span), message, related=related, confidence=confidence)
