"""What models of learning say of predictions, clones and loops."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lint.documents.python import PythonDocument
from mlops_lint.engine.stack import call_with_large_stack
from mlops_lint.facts.code import Code
from mlops_lint.facts.definitions import Definition
from mlops_lint.facts.entrypoints import EntryPoint
from mlops_lint.facts.predictions import prediction_in
from mlops_lint.facts.runs import Run, runs
from mlops_lint.facts.same_value import is_same
from mlops_lint.project.project import Project, ProjectFile
from mlops_lint.project.repository import Repository

HEAD = """
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict
from tensorflow import keras

data = pd.read_csv("data.csv")
X, y = data[["a", "b"]], data["y"]
forest = RandomForestClassifier().fit(X, y)
"""


def run_of(source: str, root: Path) -> Run:
    """The run of a project of one script."""
    document = PythonDocument("a.py", source.encode())
    facts: dict[type, list[object]] = {
        kind: list(kind.collect(document)) if document.kind in kind.kinds else [] for kind in (Code, Definition, EntryPoint)
    }
    project = Project([ProjectFile("a.py", "python", "code")], facts, Repository.open(root))
    (run,) = call_with_large_stack(lambda: project.derive(runs))
    return run  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("expression", "detail"),
    [
        ("forest.predict(X)", "labels"),
        ("forest.predict_proba(X)[:, 1]", "probabilities"),
        ("forest.predict_proba(X)[:, 1] > 0.5", "labels"),
        ("forest.predict_proba(X).argmax(axis=1)", "labels"),
        ("np.where(forest.predict_proba(X)[:, 1] > 0.3, 1, 0)", "labels"),
        ("np.round(forest.predict_proba(X)[:, 1])", "rounded"),
        ("np.round(forest.predict_proba(X)[:, 1], 3)", "probabilities"),
        ("LinearRegression().fit(X, y).predict(X)", "values"),
        ("clone(forest).fit(X, y).predict(X)", "labels"),
        ("GridSearchCV(LinearRegression(), {}).fit(X, y).best_estimator_.predict(X)", "values"),
        ("cross_val_predict(forest, X, y, method='predict_proba')", "probabilities"),
        ("xgb.train({'objective': 'binary:logistic'}, xgb.DMatrix(X, y)).predict(xgb.DMatrix(X))", "probabilities"),
        ("keras.Sequential([keras.layers.Dense(3, activation='softmax')]).predict(X)", "probabilities"),
        ("keras.Sequential([keras.layers.Dense(1)]).predict(X)", "values"),
        ("forest.predict_proba(X)[:, 1] * 0.5 + 1", None),
        ("unknown.predict(X)", ""),
    ],
)
def test_nature_of_predictions(expression: str, detail: str | None, tmp_path: Path) -> None:
    run = run_of(f"{HEAD}\nprint({expression})\n", tmp_path)
    shown = run.trace.called("builtins.print")[-1].args[0].thing
    found = prediction_in(shown)
    assert (found.detail if found is not None else None) == detail


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("X", "X", True),
        ("data[['a', 'b']]", "X", True),
        ("data[['a', 'c']]", "X", False),
        ("X.values", "data[['a', 'b']].values", True),
        ("X[:100]", "X[:100]", True),
        ("X[:100]", "X[100:]", False),
        ("data.loc[:9, 'a'].values", "data.loc[9:, 'a'].values", False),
        ("data.sample(5)", "data.sample(5)", False),
    ],
)
def test_same_value(one: str, other: str, same: bool, tmp_path: Path) -> None:
    run = run_of(f"{HEAD}\nprint({one}, {other})\n", tmp_path)
    first, second = run.trace.called("builtins.print")[-1].args
    assert is_same(first.thing, second.thing) is same


def test_loops_say_what_they_speak_of(tmp_path: Path) -> None:
    run = run_of("for row, known in batches(size):\n    print(row)\n", tmp_path)
    (loop,) = run.trace.called("builtins.print")[0].loops
    assert loop.words == {"row", "known", "batches", "size"}


def test_slices_of_what_was_filled_are_not_its_elements(tmp_path: Path) -> None:
    run = run_of("rows = make()\nfor n in range(9):\n    rows[n] = 1\nprint(rows[:5], rows[5:])\n", tmp_path)
    first, second = run.trace.called("builtins.print")[-1].args
    assert first.thing is not second.thing
    assert not is_same(first.thing, second.thing)
