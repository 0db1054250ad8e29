"""Seeding calls as such: which of the calls in :mod:`mlops_lint.knowledge.randomness` take a seed and set a library's global generator.

Sources (read 2026-11): as there, and PyTorch 2.9 ``torch.cuda``, ``torch.mps`` and ``torch.xpu``, JAX 0.8 ``jax.random``, MONAI 1.5
``set_determinism`` and Lightning 2.5 ``seed_everything``.
"""

from __future__ import annotations

from mlops_lint.knowledge.randomness import GENERATORS, SEEDERS

_NO_SEED = ("setstate", "set_state", "set_rng_state", "Trainer", "Seq2SeqTrainer", "LightningCLI")

GLOBAL_SEEDERS: frozenset[str] = frozenset(name for name in SEEDERS if name.rpartition(".")[2] not in _NO_SEED) | frozenset(
    f"torch.{device}.{name}" for device in ("cuda", "mps", "xpu") for name in ("manual_seed", "manual_seed_all")
)
"""Functions that set a global generator from a seed, which is their first argument."""

OPTIONAL_SEED: frozenset[str] = frozenset({"random.seed", "numpy.random.seed", "cupy.random.seed"})
"""Those that take entropy from the operating system or the clock when they are called without any argument."""

NONE_PICKS_A_SEED = ("pytorch_lightning.", "lightning", "monai.")
"""Starts of the names of those for which ``None`` has a meaning of its own: a seed from the environment that is logged, or determinism switched off."""

SEED_HOLDERS: frozenset[str] = frozenset(GENERATORS) | {"jax.random.PRNGKey", "jax.random.key", "numpy.random.SeedSequence"}
"""Constructors of an explicit generator or key; the seed is their first argument."""

SEED_PARAMETERS: frozenset[str] = frozenset({"seed", "random_state", "random_seed", "x"})
"""How the first parameter of the functions above is called (``x`` was Python's own before 3.11)."""

DATA_PACKAGES: frozenset[str] = frozenset(
    "numpy pandas polars torch torchvision torchaudio tensorflow tf_keras keras sklearn scipy jax flax optax cupy dask pyspark transformers datasets diffusers "
    "accelerate peft trl lightning pytorch_lightning ignite fastai monai mxnet paddle xgboost lightgbm catboost optuna hyperopt ray mlflow wandb gym gymnasium "
    "stable_baselines3 networkx nltk spacy gensim cv2 PIL skimage imgaug albumentations deap nevergrad imblearn umap statsmodels torch_geometric dgl".split()
)
"""Packages of which a program that works with data or models imports at least one."""
