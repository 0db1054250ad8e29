"""Label column is also among the features.

A model that is handed the very column it should predict learns to copy it. Its score is close to perfect, and it is worth nothing where the label is
not known yet.

Leave the column out of the features: ``X = df.drop(columns=["target"])``, or choose the feature columns by name.

Speaks only where every step between the table and the model is known to keep the column: choices by position, by type or by a list that is not known
are left alone, and so are models that are told the name of the label, autoencoders, and targets that are shifted in time.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity
from mlops_lint.facts.label_columns import Columns, Label
from mlops_lint.facts.runs import REQUIRES, Run, Runs, runs
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event

rule = Rule(
    code="DM208",
    summary="label column is also among the features",
    consideration="data-quality",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/common_pitfalls.html#data-leakage",),
)

_PREDICTS = ("classifier", "regressor", "booster", "search", "keras-model")
_CHOOSES_COLUMNS = ("ColumnTransformer", "column_transformer", "column_selector", "FunctionTransformer", "Drop", "Mapper", "Selector", "ColumnSelect")


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report the first training of each label column that is still among the features."""
    every: Runs = project.derive(runs)
    reported: set[object] = set()
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        columns = Columns(run.trace)
        defects: set[object] = set()
        for event in run.trace.with_role("train", "cross-validate"):
            label = _label_among_features(event, columns)
            if label is None:
                continue
            defect = (id(label.holder), label.column) if not label.key else id(label.key)
            if event.site in reported or defect in defects:
                continue
            reported.add(event.site)
            defects.add(defect)
            message = f"{label.name}, which the model is to predict, is also among the features it is given"
            confidence = Confidence.LOW if run.role == "example" else Confidence.HIGH
            yield rule.finding(every.location(event), message, related=list(_steps(event, label, run, every)), confidence=confidence)


def _label_among_features(event: Event, columns: Columns) -> Label | None:
    learner, features, target = (event.operands.get(name) for name in ("learner", "features", "target"))
    if not isinstance(learner, Thing) or not isinstance(features, Thing) or not isinstance(target, Thing) or features is target:
        return None
    if not learner.is_a(*_PREDICTS) or learner.owner is not None or _may_choose_columns(learner):
        return None
    found = columns.labels(target)
    return found[0] if found and all(columns.holds(features, label, event) for label in found) else None


def _may_choose_columns(learner: Thing) -> bool:
    """Whether a pipeline has a step that may take only some columns."""
    if not learner.is_a("composite", "search"):
        return False
    for one in learner.ancestors(120):
        if one.owner is not None:
            return True
        names = one.event.names if one.event is not None else frozenset()
        if any(word in name.rpartition(".")[2] for name in names for word in _CHOOSES_COLUMNS):
            return True
        if one.is_a("composite") and not names:
            return True
    return False


def _steps(event: Event, label: Label, run: Run, every: Runs) -> Iterator[Location]:
    """Where the table is read, and where it is split."""
    shown = {event.site}
    for origin in sorted((one for one in label.holder.origins if "read" in one.roles), key=_order)[:1]:
        shown.add(origin.site)
        yield every.location(origin, "the table with the label column is read here")
    features = event.operands["features"]
    for tag in features.tagged("part", "train")[:1]:
        if tag.event is not None and tag.event.site not in shown:
            yield every.location(tag.event, "and is split with the column in it here")


def _order(event: Event) -> int:
    return event.order
