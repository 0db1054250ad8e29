"""Parts, choices and columns in abstract runs: what the leakage rules stand on."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lint.documents.open import open_document
from mlops_lint.engine.stack import call_with_large_stack
from mlops_lint.facts.code import Code
from mlops_lint.facts.definitions import Definition
from mlops_lint.facts.entrypoints import EntryPoint
from mlops_lint.facts.runs import Run, runs
from mlops_lint.flow.trace import Event
from mlops_lint.project.project import Project, ProjectFile
from mlops_lint.project.repository import Repository
from mlops_lint.python.values import UNKNOWN

START = """
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
df = pd.read_csv("a.csv")
X_train, X_test, y_train, y_test = train_test_split(df.drop(columns="y"), df["y"])
"""


def only_run(code: str, root: Path) -> Run:
    document = open_document("python", "train.py", code.encode())
    facts = {fact: list(fact.collect(document)) for fact in (Code, Definition, EntryPoint)}  # type: ignore[attr-defined]
    project = Project([ProjectFile("train.py", "python", "code")], facts, Repository.open(root))
    (run,) = call_with_large_stack(lambda: project.derive(runs).all)
    return run  # type: ignore[no-any-return]


def looked_at(code: str, root: Path) -> list[Event]:
    """The calls of ``look``, which no one knows."""
    return list(only_run("from nowhere import look\n" + code + "\nprint()\n", root).trace.called("nowhere.look"))


def choices(code: str, root: Path) -> list[Event]:
    return only_run(START + code, root).trace.with_role("choose")


@pytest.mark.parametrize(
    "code",
    [
        "best = 0\nfor a in (1, 2):\n    s = Ridge(a).fit(X_train, y_train).score(X_test, y_test)\n    if s > best:\n        best = s",
        "scores = [Ridge(a).fit(X_train, y_train).score(X_test, y_test) for a in (1, 2)]\nbest = max(scores)",
        "found = {}\nfor a in (1, 2):\n    found[a] = Ridge(a).fit(X_train, y_train).score(X_test, y_test)\nbest = min(found, key=found.get)",
        "best = max((1, 2), key=lambda a: Ridge(a).fit(X_train, y_train).score(X_test, y_test))",
        "one, two = Ridge(1).fit(X_train, y_train), Ridge(2).fit(X_train, y_train)\n"
        "best = one if one.score(X_test, y_test) > two.score(X_test, y_test) else two",
        "best = 0\nfor a in (1, 2):\n    best = max(best, Ridge(a).fit(X_train, y_train).score(X_test, y_test))",
        "rows = sorted((Ridge(a).fit(X_train, y_train).score(X_test, y_test), a) for a in (1, 2))\nbest = rows[-1]",
        "import numpy as np\nhits = [np.mean(Ridge(a).fit(X_train, y_train).predict(X_test) == y_test) for a in (1, 2)]\nbest = np.argmax(hits)",
    ],
)
def test_choice_by_held_out_rows(code: str, tmp_path: Path) -> None:
    assert choices(code, tmp_path)


@pytest.mark.parametrize(
    "code",
    [
        "s = Ridge().fit(X_train, y_train).score(X_test, y_test)\nif s > 0.8:\n    good = True",
        "best = 0\nfor a in (1, 2):\n    s = Ridge(a).fit(X_train, y_train).score(X_train, y_train)\n    if s > best:\n        best = s",
        "s = Ridge().fit(X_train, y_train).score(X_test, y_test)\ns = max(0, s)",
        "m = Ridge().fit(X_train, y_train)\nif m.score(X_train, y_train) > m.score(X_test, y_test):\n    bad = True",
        "import numpy as np\nm = Ridge().fit(X_train, y_train)\nlabel = np.argmax(m.predict(X_test))",
    ],
)
def test_no_choice(code: str, tmp_path: Path) -> None:
    assert not choices(code, tmp_path)


@pytest.mark.parametrize(
    ("code", "constant"),
    [
        ("names = ['a', 'b', 'y']\nnames.remove('y')\nlook(names)", ["a", "b"]),
        ("names = ['a', 'b']\nnames.remove(open('x').read())\nlook(names)", UNKNOWN),
        ("names = ['a', 'b']\nnames.pop()\nlook(names)", UNKNOWN),
        ("names = ['a', 'b']\ndel names[0]\nlook(names)", UNKNOWN),
    ],
)
def test_list_gets_shorter(code: str, constant: object, tmp_path: Path) -> None:
    (event,) = looked_at(code, tmp_path)
    assert event.args[0].constant == constant


def test_delete_is_an_event(tmp_path: Path) -> None:
    run = only_run(START + "del df['y']\n", tmp_path)
    (event,) = [event for event in run.trace.events if event.what == "delete"]
    assert event.receiver is not None
    assert event.receiver.is_a("dataframe")
    assert event.args[0].constant == "y"


@pytest.mark.parametrize(
    ("parameters", "sides"),
    [
        ("X_train, X_test", ["train", "test"]),
        ("train_df, val_df", ["train", "test"]),
        ("x_tr, x_te", []),
        ("test", []),
        ("train_size, test_size", []),
    ],
)
def test_parts_told_by_names(parameters: str, sides: list[str], tmp_path: Path) -> None:
    (event,) = looked_at(f"def f({parameters}):\n    look({parameters})", tmp_path)
    assert [tag.detail for one in event.args for tag in one.tagged("told")] == sides


def test_files_of_a_competition(tmp_path: Path) -> None:
    code = "import pandas as pd\ntrain, test = pd.read_csv('in/train.csv'), pd.read_csv('in/test.csv')\nother = pd.read_csv('out/test.csv')\nlook(train, test, other)"
    (event,) = looked_at(code, tmp_path)
    assert [[tag.detail for tag in one.tagged("told")] for one in event.args] == [["train"], ["test"], []]
