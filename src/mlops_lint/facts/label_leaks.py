"""Labels among features: trainings of models that are handed the column they should predict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.core.finding import Location
from mlops_lint.facts.label_columns import Columns, Label
from mlops_lint.facts.runs import Run, Runs
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event

_PREDICTS = ("classifier", "regressor", "booster", "search", "keras-model")
_CHOOSES_COLUMNS = ("ColumnTransformer", "column_transformer", "column_selector", "FunctionTransformer", "Drop", "Mapper", "Selector", "ColumnSelect")


@dataclass(frozen=True, slots=True, eq=False)
class LabelLeak:
    """A training (``event``) whose features hold the column that its target was taken from."""

    event: Event
    label: Label

    def steps(self, every: Runs) -> Iterator[Location]:
        """Where the table is read, and where it is split."""
        shown = {self.event.site}
        for origin in sorted((one for one in self.label.holder.origins if "read" in one.roles), key=_order)[:1]:
            shown.add(origin.site)
            yield every.location(origin, "the table with the label column is read here")
        for tag in self.event.operands["features"].tagged("part", "train")[:1]:
            if tag.event is not None and tag.event.site not in shown:
                yield every.location(tag.event, "and is split with the column in it here")


def label_leaks_of(run: Run) -> Iterator[LabelLeak]:
    """The trainings of a run whose features hold the label, the first one for each column."""
    columns = Columns(run.trace)
    defects: set[object] = set()
    for event in run.trace.with_role("train", "cross-validate"):
        label = _label_among_features(event, columns)
        if label is None:
            continue
        defect = (id(label.holder), label.column) if not label.key else id(label.key)
        if defect not in defects:
            defects.add(defect)
            yield LabelLeak(event, label)


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


def _order(event: Event) -> int:
    return event.order
