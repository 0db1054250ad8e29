"""Test part is used to choose, and then to judge what was chosen.

Of several candidates the best on the test rows is partly the luckiest on them. The score that chose it is too good, and no untouched rows are left to
tell how good it really is.

Choose by cross-validation on the training part (``GridSearchCV``, ``cross_val_score``) or by a validation part, and use the test part once, at the end.

Knows models and settings compared by their score (``if score > best``, ``max``, ``argmax``, the first of a sorted table, a study that is optimised),
thresholds taken from a curve, and training stopped early, where a split gave the rows. Scores that are only printed are no choice, and neither is the
best of the folds of a cross-validation. Silent where the part is called a validation part, or where other held-out rows are judged too.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.choices import Choice, choices_of
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="DM206",
    summary="test part is used to choose, and then to judge what was chosen",
    consideration="data-quality",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/modules/cross_validation.html",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each score of a test part that something is chosen by."""
    every: Runs = project.derive(runs)
    reported: set[object] = set()
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for choice in choices_of(run):
            if choice.scored.site in reported or choice.chose.site in reported:
                continue
            reported.update((choice.scored.site, choice.chose.site))
            confidence = Confidence.LOW if run.role == "example" else Confidence.MEDIUM
            yield rule.finding(every.location(choice.scored), message(choice, every), related=list(choice.steps(every)), confidence=confidence)


def message(choice: Choice, every: Runs) -> str:
    """What is chosen by the test part."""
    if choice.what == "rounds":
        return f"{every.written(choice.scored)} is stopped by the rows of the test part, which judge the model afterwards"
    return f"{every.written(choice.scored)} on the test part chooses between candidates, so no untouched rows are left to judge the chosen one"
