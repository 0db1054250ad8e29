"""Trainings: calls that train on data from outside, with what was read and what was validated on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlops_lint.facts.runs import Run, runs
from mlops_lint.flow.models.validation import is_trivial
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.project.project import Project

# Objects whose names say that they prepare data rather than learn from it.
_PREPARES = re.compile(
    r"scaler|encoder|vectori[sz]er|imputer|tokeni[sz]er|normali[sz]er|preproc|processor|binari[sz]er|^(?:le|enc|pca|tfidf|bag_of_words|ohe|cv|dv)$|dummy",
    re.IGNORECASE,
)
_PATHS = ("os.", "posixpath.", "ntpath.", "pathlib.")
_TRAINING_ROWS = frozenset({"train_dataset", "train_dataloader", "train_dataloaders"})
"""Arguments of trainers that hold the rows to learn from."""


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """A training call in one run: the ``reads`` its data come from, and whether something on their way was ``checked``."""

    event: Event
    run: Run
    reads: tuple[Event, ...]
    checked: bool


def trainings(project: Project) -> tuple[Training, ...]:
    """Every training call that data from outside reach, run by run."""
    return tuple(training for run in project.derive(runs) for training in _trainings_of(run))


def _trainings_of(run: Run) -> Iterator[Training]:
    checked = {origin for event in run.trace.events if _checks(event) for origin in _looked_at(event)}
    for event in run.trace.with_role("fit"):
        if not _trains(event):
            continue
        origins = {origin for thing in _data(event) for origin in thing.origins}
        # Where a file lies is asked of its path; that says nothing of what is in it.
        origins = {origin for origin in origins if not any(name.startswith(_PATHS) for name in origin.names)}
        reads = tuple(sorted((origin for origin in origins if "read" in origin.roles), key=_order))
        if reads:
            yield Training(event, run, reads, not checked.isdisjoint(origins) or any("validate" in one.roles for one in reads))


def _checks(event: Event) -> bool:
    if event.what == "check":
        return event.code is None or not is_trivial(event.code)
    return "validate" in event.roles


def _looked_at(event: Event) -> Iterable[Event]:
    every = [*event.inputs(), *([event.receiver] if event.receiver is not None else [])]
    return [origin for seen in every for origin in seen.origins]


def _trains(event: Event) -> bool:
    """Whether a fit trains a model rather than prepares data; of an unknown object its name must not say otherwise."""
    if "train" in event.roles:
        return True
    if "learn" in event.roles or event.method in ("fit_transform", "fit_resample", "adapt"):
        return False
    learner = event.operands.get("learner")
    if not isinstance(learner, Thing) or learner.kinds or "resample" in event.roles:
        return False
    names = {learner.how[1]} if learner.how[:1] == ("attribute",) else set()
    if isinstance(event.code, list) and event.code[1][0] == "a" and event.code[1][1][0] == "n":
        names.add(event.code[1][1][1])
    made = learner.event
    names |= {name.rpartition(".")[2] for name in made.names} if made is not None else set()
    return not any(_PREPARES.search(str(name)) for name in names)


def _data(event: Event) -> list[Thing]:
    """What a training call is given to learn from."""
    learner = event.operands.get("learner")
    found = [seen.thing for seen in event.inputs() if seen.thing is not learner]
    if isinstance(learner, Thing) and learner.is_a("trainer"):
        # A test of the model's name or of an option says nothing of the rows, so those of a trainer that names them go for all that it was given.
        made = [one.event for one in learner.each() if one.event is not None]
        named = [seen.thing for event in made for name, seen in event.keywords.items() if name in _TRAINING_ROWS]
        found.extend(named or [learner])
    return found


def _order(event: Event) -> int:
    return event.order
