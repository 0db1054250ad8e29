"""Packages by what they mean for a result, conda's names of them, and words that tell what a requirements file or group is for.

Sources (read 2026-11): the projects' own documentation and their pages on the Python index; conda-forge's recipes for the names; PEP 735, the
manuals of tox and Read the Docs, and setuptools' "Dependencies management" for the usual names of side environments.
"""

from __future__ import annotations

RESULT_DEFINING: frozenset[str] = frozenset(
    (
        # Tensors, networks and their training.
        "torch torchvision torchaudio torchtext torch-geometric torch-nightly pytorch-lightning lightning pytorch-ignite fastai timm monai "
        "tensorflow tensorflow-cpu tensorflow-gpu tensorflow-macos tensorflow-intel intel-tensorflow tensorflow-rocm tf-nightly tf-nightly-gpu "
        "tensorflow-probability tensorflow-text tensorflow-addons tensorflow-recommenders tensorflow-datasets tf-keras keras keras-nightly "
        "keras-tuner keras-cv keras-nlp keras-hub jax jaxlib flax optax dm-haiku equinox numpyro mxnet paddlepaddle paddlepaddle-gpu mindspore chainer "
        "theano cntk onnxruntime onnxruntime-gpu ultralytics detectron2 mmcv mmdet dgl "
        # Language models.
        "transformers datasets tokenizers accelerate diffusers peft trl sentence-transformers bitsandbytes deepspeed vllm unsloth "
        "flash-attn xformers setfit simpletransformers allennlp fairseq fairseq2 "
        # Trees, linear models, probability, forecasts.
        "scikit-learn scikit-learn-intelex sklearn xgboost xgboost-cpu lightgbm catboost statsmodels imbalanced-learn pymc pymc3 pystan cmdstanpy "
        "prophet neuralprophet sktime darts gluonts autogluon autogluon-tabular pycaret h2o auto-sklearn tpot flaml umap-learn hdbscan implicit surprise "
        "scikit-surprise lightfm river cuml stable-baselines3 gymnasium gym "
        # Arrays, frames and what is computed on them.
        "numpy scipy pandas polars cupy cudf pyspark modin featuretools category-encoders feature-engine tsfresh "
        # Text, sound and pictures as features.
        "spacy gensim nltk librosa scikit-image albumentations kornia opencv-python opencv-python-headless opencv-contrib-python"
    ).split()
)
"""Distributions (canonical names) whose version decides what a training run or a prediction computes."""

CONDA_NAMES: dict[str, str] = {
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost",
    "pyg": "torch-geometric",
    "pytables": "tables",
    "msgpack-python": "msgpack",
    "matplotlib-base": "matplotlib",
    "tensorflow-base": "tensorflow",
    "tensorflow-mkl": "tensorflow",
    "huggingface-datasets": "datasets",
    "dask-core": "dask",
    "ray-default": "ray",
    "ray-core": "ray",
}
"""conda's name of a distribution where the Python index has another."""

TEST_WORDS: frozenset[str] = frozenset("test tests testing tox ci nox bench benchmark benchmarks coverage".split())
DOCS_WORDS: frozenset[str] = frozenset("doc docs documentation rtd readthedocs sphinx mkdocs".split())
LINT_WORDS: frozenset[str] = frozenset(
    "lint linting linter linters style format formatting formatter types typing typecheck mypy ruff quality check checks "
    "build release publish packaging pre-commit precommit security audit".split()
)
DEV_WORDS: frozenset[str] = frozenset("dev devel develop development local".split())
"""Words in the name of a requirements file, dependency group or extra that say what it is for when it is not for running the project."""

LOCK_WORDS: frozenset[str] = frozenset("lock locked frozen freeze pinned pins hashed hashes compiled exact".split())
"""Words in the name of a requirements file that is the pinned twin of another one."""

HARDWARE_WORDS: frozenset[str] = frozenset(
    "cpu gpu cuda rocm hip mps metal tpu xpu npu hpu ipu macos mac osx linux windows win arm arm64 aarch64 x86 intel amd".split()
)
"""Words that name one of several machines for which a project is installed: what they mark are alternatives."""

VARIANT_WORDS: frozenset[str] = frozenset(
    "min minimal minimum lowest oldest old legacy latest newest nightly next edge alt alternative full lite light slim".split()
)
"""Words that name one of several versions of the same set of packages, of which one is installed at a time."""
