from __future__ import annotations

import pickle

import pytest

from mlops_lint.documents.python import PythonDocument
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.facts.determinism import ConfiguredDeterminism, DeterminismSetting, conditions, is_exclusive


def collect(code: str) -> list[DeterminismSetting]:
    return list(DeterminismSetting.collect(PythonDocument("train.py", code.encode())))


@pytest.mark.parametrize(
    ("code", "meaning", "switch"),
    [
        ("import torch\ntorch.backends.cudnn.benchmark = True", "breaks", "torch.backends.cudnn.benchmark"),
        ("from torch.backends import cudnn as c\nc.benchmark = False", "keeps", "torch.backends.cudnn.benchmark"),
        ("import torch.backends.cudnn as cudnn\ncudnn.deterministic = True", "asks", "torch.backends.cudnn.deterministic"),
        ("import torch\ntorch.use_deterministic_algorithms(True, warn_only=True)", "asks", "torch.use_deterministic_algorithms"),
        ("import torch\ntorch.use_deterministic_algorithms(mode=False)", "allows", "torch.use_deterministic_algorithms"),
        ("import torch\ntorch.set_deterministic_debug_mode('error')", "asks", "torch.use_deterministic_algorithms"),
        ("import lightning as L\nL.Trainer(benchmark=True)", "breaks", "Trainer.benchmark"),
        ("import pytorch_lightning as pl\npl.Trainer(deterministic='warn')", "asks", "Trainer.deterministic"),
        ("import tensorflow as tf\ntf.config.experimental.enable_op_determinism()", "asks", "tensorflow.config.experimental.enable_op_determinism"),
        ("import os\nos.environ['TF_DETERMINISTIC_OPS'] = '0'", "breaks", "TF_DETERMINISTIC_OPS"),
        ("from transformers import TrainingArguments\nTrainingArguments('o', full_determinism=True)", "asks", "full_determinism"),
    ],
)
def test_settings(code: str, meaning: str, switch: str) -> None:
    [found] = collect(code)
    assert (found.meaning, found.switch) == (meaning, switch)
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    "code",
    [
        "import torch\ntorch.backends.cudnn.benchmark = fast",
        "import torch\nif torch.backends.cudnn.benchmark: pass",
        "cudnn.benchmark = True",
        "import torch\ntorch.use_deterministic_algorithms(exact)",
        "from mine import Trainer\nTrainer(deterministic=True, benchmark=fast)",
    ],
)
def test_unknown_is_nothing(code: str) -> None:
    assert collect(code) == []


def test_place_function_and_argument() -> None:
    code = "import lightning as L\ndef fit():\n    L.Trainer(deterministic=True, benchmark = True)\n"
    asks, breaks = collect(code)
    assert (asks.function, breaks.function) == ("fit", "fit")
    assert code[breaks.span.start : breaks.span.end] == "benchmark = True"
    assert breaks.value_span is not None and code[breaks.value_span.start : breaks.value_span.end] == "True"
    assert asks.call == breaks.call == code.index("L.Trainer(")


def test_branches_exclude_each_other() -> None:
    code = (
        "import torch\nfrom torch.backends import cudnn\ndef run(seed):\n    if seed:\n        cudnn.deterministic = True\n    elif torch.cuda.is_available():\n"
        "        cudnn.benchmark = True\n    cudnn.benchmark = True\n"
    )
    asks, *breaks = sorted(collect(code), key=lambda one: one.span)
    assert [is_exclusive(asks, one) for one in breaks] == [True, False]
    assert conditions(asks) == {"0:seed"}
    assert conditions(breaks[1]) == frozenset()


def test_configuration() -> None:
    text = "trainer:\n  max_epochs: 3\n  deterministic: true\n  benchmark: true\nbenchmark: true\ndata:\n  deterministic: maybe\n"
    found = list(ConfiguredDeterminism.collect(YamlDocument("conf/a.yaml", text.encode())))
    assert [(one.section, one.key, one.meaning) for one in found] == [("trainer", "deterministic", "asks"), ("trainer", "benchmark", "breaks")]
    assert text[found[1].span.start : found[1].span.end] == "benchmark: true"
