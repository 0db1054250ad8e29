"""How sure the rules on seeds and NaN are, which fixtures cannot say."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lint.core.finding import Confidence
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.testing.cases import check_repository

RULESET = load_ruleset()


def confidences(code: str, text: str, folder: Path, name: str = "train.py") -> list[Confidence]:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    loaded = RULESET.get(code)
    assert loaded is not None
    return [one.confidence for one in check_repository(folder, loaded, RULESET).results]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import time, torch\ntorch.manual_seed(int(time.time()))\n", Confidence.HIGH),
        ("import random, time\nrandom.seed(time.time())\n", Confidence.MEDIUM),
        ("import numpy as np\nnp.random.seed(None)\n", Confidence.HIGH),
        ("import numpy as np\nnp.random.seed()\n", Confidence.LOW),
        ("import numpy as np\nnp.random.seed(1)\nnp.random.shuffle(x)\nnp.random.seed(None)\n", Confidence.LOW),
        ("import numpy as np, random\nrandom.seed(1)\nnp.random.seed(None)\n", Confidence.HIGH),
        ("import numpy as np\nif fixed:\n    np.random.seed(1)\nelse:\n    np.random.seed(None)\n", Confidence.HIGH),
        ("import numpy as np\ndef a():\n    np.random.seed(1)\ndef b():\n    np.random.seed(None)\n", Confidence.HIGH),
        ("import time, torch\ntorch.manual_seed(cfg.eval_seed)\nrun()\ntorch.manual_seed(int(time.time()))\n", Confidence.LOW),
        ("import datetime, torch\ntorch.manual_seed(int(datetime.datetime.now().strftime('%Y%m%d')))\n", Confidence.LOW),
        ("import datetime, torch\ntorch.manual_seed(int(datetime.datetime.now().strftime('%H%M%S')))\n", Confidence.HIGH),
        ("import time, torch\ndef f(seed=int(time.time())):\n    torch.manual_seed(seed)\n", Confidence.MEDIUM),
        ("import time, numpy, gymnasium\ngymnasium.make('CartPole-v1').reset(seed=int(time.time()))\n", Confidence.MEDIUM),
    ],
)
def test_clock_seeds(text: str, expected: Confidence, tmp_path: Path) -> None:
    assert confidences("RP314", text, tmp_path) == [expected]


@pytest.mark.parametrize(
    ("comparison", "name", "expected"),
    [
        ("x == np.nan", "train.py", Confidence.HIGH),
        ("x is np.nan", "train.py", Confidence.MEDIUM),
        ("x in [np.nan, 0]", "train.py", Confidence.MEDIUM),
        ("np.nan == np.nan", "train.py", Confidence.LOW),
        ("assert f() is np.nan", "tests/test_f.py", Confidence.LOW),
        ("self.assertFalse(f() == np.nan)", "tests/test_f.py", Confidence.LOW),
        ("assert not f() == np.nan", "tests/test_f.py", Confidence.LOW),
        ("assert f() != np.nan", "tests/test_f.py", Confidence.HIGH),
    ],
)
def test_nan(comparison: str, name: str, expected: Confidence, tmp_path: Path) -> None:
    assert confidences("DM213", f"import numpy as np\n{comparison}\n", tmp_path, name) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import pickle\ndef f(b):\n    return pickle.loads(b)\n", Confidence.HIGH),
        ("import pickle\ndef f(b):\n    return pickle.loads(b)\ndef g(x):\n    return pickle.dumps(x)\n", Confidence.MEDIUM),
        ("import numpy as np\ndef f(p, objects=True):\n    return np.load(p, allow_pickle=objects)\n", Confidence.MEDIUM),
        ("import numpy as np\ndef f(p):\n    return np.load(p, allow_pickle=True)\n", Confidence.HIGH),
        ("from functools import partial\nimport pickle\nload = partial(pickle.load, encoding='latin1')\n", Confidence.MEDIUM),
    ],
)
def test_loads(text: str, expected: Confidence, tmp_path: Path) -> None:
    assert confidences("SE106", text, tmp_path) == [expected]
