"""A made-up machine-learning repository of any number of small Python files, always the same ones."""

from __future__ import annotations

import random
from pathlib import Path
from string import Template

PER_PACKAGE = 24

SUBJECTS = "churn demand price fraud click rating traffic energy sales quality".split()
COLUMNS = "age income tenure visits clicks amount region plan device score hour weekday".split()
ESTIMATORS = {
    "RandomForestClassifier": "sklearn.ensemble",
    "GradientBoostingRegressor": "sklearn.ensemble",
    "LogisticRegression": "sklearn.linear_model",
    "Ridge": "sklearn.linear_model",
}
METRICS = {
    "RandomForestClassifier": "f1_score",
    "GradientBoostingRegressor": "mean_absolute_error",
    "LogisticRegression": "accuracy_score",
    "Ridge": "r2_score",
}

KINDS = {
    "data": '''"""Rows about $subject: read, cleaned and split."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

FEATURES = ["$first", "$second", "$third"]
TARGET = "$subject"


def read(folder: Path) -> pd.DataFrame:
    """All months of $subject, oldest first."""
    parts = [pd.read_csv(path) for path in sorted(folder.glob("$subject-*.csv"))]
    frame = pd.concat(parts, ignore_index=True)
    missing = set([*FEATURES, TARGET]) - set(frame.columns)
    if missing:
        raise ValueError(f"columns are missing: {missing}")
    return frame.dropna(subset=[TARGET])


def clean(frame: pd.DataFrame, upper: float = $number) -> pd.DataFrame:
    frame = frame[frame["$first"] < upper].copy()
    frame["$second"] = frame["$second"].fillna(frame["$second"].median())
    frame["$third"] = frame["$third"].astype("category").cat.codes
    return frame


def split(frame: pd.DataFrame, share: float = 0.2):
    return train_test_split(frame[FEATURES], frame[TARGET], test_size=share, random_state=$seed)
''',
    "features": '''"""Features of $subject."""

from __future__ import annotations

import numpy as np
import pandas as pd

WINDOW = $seed


def rolling(frame: pd.DataFrame, column: str = "$first") -> pd.Series:
    return frame.groupby("$third")[column].transform(lambda part: part.rolling(WINDOW, min_periods=1).mean())


def ratios(frame: pd.DataFrame) -> pd.DataFrame:
    out = pd.DataFrame(index=frame.index)
    for numerator in ("$first", "$second"):
        for denominator in ("$third",):
            out[f"{numerator}_per_{denominator}"] = frame[numerator] / frame[denominator].replace(0, np.nan)
    return out


class Clipper:
    """Cuts off what lies outside of the quantiles it has seen."""

    def __init__(self, low: float = 0.01, high: float = 0.99) -> None:
        self.low, self.high = low, high
        self.bounds: dict[str, tuple[float, float]] = {}

    def fit(self, frame: pd.DataFrame) -> "Clipper":
        for name in frame.select_dtypes("number"):
            self.bounds[name] = (frame[name].quantile(self.low), frame[name].quantile(self.high))
        return self

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{name: frame[name].clip(*bounds) for name, bounds in self.bounds.items()})
''',
    "fit": '''"""A $estimator for $subject."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import joblib
from $module import $estimator
from sklearn.metrics import $metric
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from $package.data_$near import clean, read, split


def train(folder: Path, out: Path) -> float:
    train_rows, test_rows, train_target, test_target = split(clean(read(folder)))
    model = make_pipeline(StandardScaler(), $estimator($arguments))
    model.fit(train_rows, train_target)
    quality = $metric(test_target, model.predict(test_rows))
    out.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, out / "$subject.joblib")
    (out / "metrics.json").write_text(json.dumps({"$metric": quality}))
    return quality


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("models"))
    args = parser.parse_args()
    print(f"$metric: {train(args.folder, args.out):.4f}")
''',
    "network": '''"""A small network for $subject."""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, inputs: int, hidden: int = $width, dropout: float = 0.1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(inputs, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x).squeeze(-1)


def train(model: Net, rows: torch.Tensor, target: torch.Tensor, epochs: int = $seed) -> list[float]:
    torch.manual_seed($seed)
    loader = DataLoader(TensorDataset(rows, target), batch_size=$width, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_function = nn.MSELoss()
    history = []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for batch, wanted in loader:
            optimizer.zero_grad()
            loss = loss_function(model(batch), wanted)
            loss.backward()
            optimizer.step()
            total += loss.item()
        history.append(total / len(loader))
    torch.save(model.state_dict(), "$subject.pt")
    return history


@torch.no_grad()
def predict(model: Net, rows: torch.Tensor) -> torch.Tensor:
    model.eval()
    return model(rows)
''',
    "settings": '''"""Settings of $subject."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    experiment: str = "$subject-$seed"
    tracking: str = field(default_factory=lambda: os.environ.get("TRACKING_URI", "http://localhost:5000"))
    batch_size: int = $width
    learning_rate: float = 1e-3
    columns: tuple[str, ...] = ("$first", "$second", "$third")

    def described(self) -> dict[str, str]:
        return {name: str(getattr(self, name)) for name in self.__dataclass_fields__}


def from_environment(prefix: str = "${SUBJECT}_") -> Settings:
    size = os.environ.get(prefix + "BATCH_SIZE")
    return Settings(batch_size=int(size)) if size else Settings()
''',
    "report": '''"""What became of $subject, as text."""

from __future__ import annotations

import csv
import datetime as dt
import logging
from collections import Counter, defaultdict
from pathlib import Path

log = logging.getLogger(__name__)


def counts(path: Path, column: str = "$first") -> Counter[str]:
    with path.open(newline="") as handle:
        return Counter(row[column] for row in csv.DictReader(handle))


def by_week(rows: list[dict[str, str]]) -> dict[str, float]:
    weeks: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        day = dt.date.fromisoformat(row["day"])
        year, week, _ = day.isocalendar()
        weeks[f"{year}-{week:02}"].append(float(row["$second"]))
    return {week: sum(values) / len(values) for week, values in sorted(weeks.items())}


def write(path: Path, title: str, weeks: dict[str, float]) -> None:
    lines = [f"# {title}", ""]
    for week, value in weeks.items():
        lines.append(f"- {week}: {value:.${digits}f}")
    path.write_text("\\n".join(lines) + "\\n")
    log.info("wrote %d weeks to %s", len(weeks), path)
''',
}

OTHER_FILES = {
    "pyproject.toml": '[project]\nname = "made-up"\nversion = "1.0"\nrequires-python = ">=3.10"\ndependencies = ["numpy", "pandas", "scikit-learn", "torch"]\n',
    "requirements.txt": "joblib==1.4.2\nnumpy==2.1.3\npandas==2.2.3\nscikit-learn==1.5.2\ntorch==2.5.1\n",
    "README.md": "# Made up\n\nModels of what a shop wants to know.\n",
}


def generate(root: Path, files: int) -> list[Path]:
    """Write a repository of so many Python files, marks of packages not counted; gives their paths."""
    rng, names = random.Random(20), list(KINDS)
    written = []
    for number in range(files):
        package = f"part_{number // PER_PACKAGE:03}"
        kind = names[number % len(names)]
        folder = root / package
        if not folder.exists():
            folder.mkdir(parents=True)
            (folder / "__init__.py").touch()
        subject, columns, estimator = rng.choice(SUBJECTS), rng.sample(COLUMNS, 3), rng.choice(list(ESTIMATORS))
        text = Template(KINDS[kind]).substitute(
            subject=subject,
            SUBJECT=subject.upper(),
            first=columns[0],
            second=columns[1],
            third=columns[2],
            number=rng.randrange(50, 5000),
            seed=rng.randrange(2, 60),
            digits=rng.randrange(1, 5),
            width=2 ** rng.randrange(4, 9),
            estimator=estimator,
            module=ESTIMATORS[estimator],
            metric=METRICS[estimator],
            arguments="alpha=0.5" if estimator == "Ridge" else f"random_state={rng.randrange(100)}",
            package=package,
            near=f"{number - number % len(names):04}",
        )
        path = folder / f"{kind}_{number:04}.py"
        path.write_text(text, "utf-8")
        written.append(path)
    for name, text in OTHER_FILES.items():
        (root / name).write_text(text, "utf-8")
    return written
