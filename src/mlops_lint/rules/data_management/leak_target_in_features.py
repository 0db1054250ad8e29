"""Label column is also among the features.

A model that is handed the very column it should predict learns to copy it. Its score is close to perfect, and it is worth nothing where the label is
not known yet.

Leave the column out of the features: ``X = df.drop(columns=["target"])``, or choose the feature columns by name.

Speaks only where every step between the table and the model is known to keep the column: choices by position, by type or by a list that is not known
are left alone, and so are models that are told the name of the label, autoencoders, and targets that are shifted in time.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.label_leaks import label_leaks_of
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="DM208",
    summary="label column is also among the features",
    consideration="data-quality",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/common_pitfalls.html#data-leakage",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report the first training of each label column that is still among the features."""
    every: Runs = project.derive(runs)
    reported: set[object] = set()
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for leak in label_leaks_of(run):
            if leak.event.site in reported:
                continue
            reported.add(leak.event.site)
            message = f"{leak.label.name}, which the model is to predict, is also among the features it is given"
            confidence = Confidence.LOW if run.role == "example" else Confidence.HIGH
            yield rule.finding(every.location(leak.event), message, related=list(leak.steps(every)), confidence=confidence)
