"""Named files: only what concerns them is run, and what is said of them is what a run over everything says."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lint.config.settings import Settings
from mlops_lint.core.finding import Confidence
from mlops_lint.core.outcome import Result
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.engine.request import Request
from mlops_lint.engine.run import run
from mlops_lint.engine.suppress import touches
from mlops_lint.facts import runs as module

RULESET = load_ruleset()
FILES = {
    "data.py": """
import pandas as pd
from sklearn.preprocessing import StandardScaler


def load():
    frame = pd.read_csv("houses.csv")
    return StandardScaler().fit_transform(frame.drop(columns="price")), frame["price"]
""",
    "train.py": """
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split

from data import load

if __name__ == "__main__":
    X, y = load()
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    Ridge().fit(X_train, y_train)
""",
    "seeded.py": """
import numpy as np


def seed():
    np.random.seed(0)
""",
    "noise.py": """
import numpy as np

from seeded import seed

if __name__ == "__main__":
    seed()
    print(np.random.rand(3))
""",
    "draw.py": """
import numpy as np

if __name__ == "__main__":
    print(np.random.rand(3))
""",
    "requirements.txt": "numpy\nscikit-learn\npandas\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def results(root: Path, *paths: str) -> set[Result]:
    settings = Settings(min_confidence=Confidence.LOW)
    outcome = run(Request(root=root, paths=paths, active=frozenset(one.code for one in RULESET), settings=settings), RULESET)
    return set(outcome.results)


@pytest.mark.parametrize("named", [*FILES, ("data.py", "draw.py"), ("train.py", "requirements.txt")], ids=str)
def test_the_same_is_said(root: Path, named: str | tuple[str, ...]) -> None:
    paths = (named,) if isinstance(named, str) else named
    everything = results(root, ".")
    assert {"DM203", "RP301", "RP201"} <= {one.code for one in everything}
    assert results(root, *paths) == {one for one in everything if touches(one, paths)}


@pytest.mark.parametrize(
    ("named", "started"),
    [("draw.py", {"draw.py"}), ("data.py", {"data.py", "train.py"}), ("seeded.py", {"noise.py", "seeded.py"}), ("requirements.txt", set())],
)
def test_only_what_reaches_them_is_run(root: Path, named: str, started: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()
    original = module.Runs.__init__

    def watched(self: module.Runs, *arguments: object) -> None:
        original(self, *arguments)  # type: ignore[arg-type]
        seen.update(one.path for one in self)

    monkeypatch.setattr(module.Runs, "__init__", watched)
    results(root, named)
    assert seen <= started
    assert started - seen <= {"data.py", "seeded.py"}  # what a program has reached is not run again
