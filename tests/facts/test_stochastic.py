from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from mlops_lint.core.finding import Confidence
from mlops_lint.documents.python import PythonDocument
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.facts.stochastic import UnseededEstimator
from mlops_lint.testing.cases import check_repository
from mlops_lint.text.edit import apply_edits


def collect(code: str) -> list[UnseededEstimator]:
    return list(UnseededEstimator.collect(PythonDocument("train.py", code.encode())))


def test_place_and_reason() -> None:
    code = "from sklearn.svm import SVC\n\ndef make():\n    return SVC(C=1.0, probability=True)\n"
    [found] = collect(code)
    assert (found.function, found.what, found.because, found.is_none) == ("make", "SVC", "probability=True", False)
    assert code[found.span.start : found.span.end] == "SVC(C=1.0, probability=True)"
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    ("call", "fixed"),
    [
        ("KMeans()", "KMeans(random_state=42)"),
        ("KMeans( )", "KMeans( random_state=42)"),
        ("KMeans((3))", "KMeans((3), random_state=42)"),
        ("KMeans(3,)", "KMeans(3, random_state=42,)"),
        ("KMeans(3, random_state=None)", "KMeans(3, random_state=42)"),
        ("KMeans(\n    3,  # a, b)\n)", "KMeans(\n    3,  # a, b)\n    random_state=42,\n)"),
        ("KMeans(\n    3  # a, b)\n)", "KMeans(\n    3, random_state=42  # a, b)\n)"),
        ("KMeans(n_init='auto', **{'n_clusters': 3})", "KMeans(n_init='auto', **{'n_clusters': 3}, random_state=42)"),
    ],
)
def test_edit(call: str, fixed: str) -> None:
    code = f"from sklearn.cluster import KMeans\nmodel = {call}\n"
    [found] = collect(code)
    assert found.edit is not None
    changed = apply_edits(code, [found.edit])
    assert changed == f"from sklearn.cluster import KMeans\nmodel = {fixed}\n"
    assert not collect(changed)


@pytest.mark.parametrize(
    ("module", "call", "is_random"),
    [
        ("linear_model", "LogisticRegression(solver='saga')", True),
        ("linear_model", "LogisticRegression(solver='newton-cg')", False),
        ("linear_model", "LogisticRegression(solver=solver)", False),
        ("svm", "SVC(probability=flag)", False),
        ("decomposition", "PCA(svd_solver='arpack')", True),
        ("decomposition", "PCA(svd_solver='auto')", False),
        ("decomposition", "TruncatedSVD(50)", True),
        ("ensemble", "GradientBoostingClassifier(max_features='sqrt')", True),
        ("ensemble", "GradientBoostingClassifier(max_features=None, subsample=1.0)", False),
        ("ensemble", "GradientBoostingClassifier(subsample=share)", False),
        ("ensemble", "HistGradientBoostingRegressor(early_stopping='auto')", False),
        ("ensemble", "IsolationForest(contamination=0.1)", True),
        ("model_selection", "StratifiedKFold(5, shuffle=True)", True),
        ("model_selection", "StratifiedKFold(5, shuffle=True, random_state=1)", False),
        ("model_selection", "KFold(5, True, 7)", False),
        ("model_selection", "GroupShuffleSplit()", True),
        ("model_selection", "train_test_split(a, b, shuffle=flag)", False),
        ("utils", "resample(a)", True),
        ("inspection", "permutation_importance(m, a, b)", True),
        ("manifold", "TSNE(2)", True),
        ("cluster", "KMeans(init='k-means++')", True),
        ("cluster", "KMeans(init=centres)", False),
        ("cluster", "DBSCAN()", False),
    ],
)
def test_conditions(module: str, call: str, is_random: bool) -> None:
    name = call.partition("(")[0]
    assert bool(collect(f"from sklearn.{module} import {name}\nresult = {call}\n")) is is_random


@pytest.mark.parametrize(
    ("files", "confidence"),
    [
        ({"train.py": "{sk}import numpy as np\nnp.random.seed(0)\nRandomForestClassifier().fit(a, b)\n"}, Confidence.LOW),
        ({"train.py": "{sk}import numpy as np\nRandomForestClassifier().fit(a, b)\nnp.random.seed(0)\n"}, None),
        ({"train.py": "{sk}RandomForestClassifier().fit(a, b)\n"}, None),
        ({"train.py": "{sk}import torch\ntorch.manual_seed(0)\nRandomForestClassifier().fit(a, b)\n"}, None),
        ({"models.py": "{sk}def make():\n    return RandomForestClassifier()\n"}, None),
        ({"tests/test_models.py": "{sk}def test_it():\n    RandomForestClassifier().fit(a, b)\n"}, Confidence.LOW),
        (
            {
                "models.py": "{sk}def make():\n    return RandomForestClassifier()\n",
                "a.py": "from models import make\nfrom seeds import seed_all\nif __name__ == '__main__':\n    seed_all()\n    make().fit()\n",
                "seeds.py": "import numpy\ndef seed_all():\n    numpy.random.seed(1)\n",
            },
            Confidence.LOW,
        ),
        (
            {
                "models.py": "{sk}def make():\n    return RandomForestClassifier()\n",
                "a.py": "from models import make\nimport numpy\nif __name__ == '__main__':\n    numpy.random.seed(1)\n    make().fit()\n",
                "b.py": "from models import make\nif __name__ == '__main__':\n    make().fit()\n",
            },
            None,
        ),
    ],
)
def test_confidence_where_numpy_is_seeded(files: dict[str, str], confidence: Confidence | None, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.format(sk="from sklearn.ensemble import RandomForestClassifier\n"), "utf-8")
    ruleset = load_ruleset()
    loaded = ruleset.get("RP302")
    assert loaded is not None
    [result] = check_repository(tmp_path, loaded, ruleset).results
    assert result.confidence == (confidence or Confidence.HIGH)
