"""Searches for hyper-parameters: which calls choose settings at random, and how each is given a seed.

Sources (read 2026-11): the documentation of Optuna 4.6 (``samplers``, ``create_study``, ``integration``), Ray 2.51 (``tune.search``, ``TuneConfig``),
Hyperopt 0.2.7 (``fmin``), Keras Tuner 1.4 (``tuners``, ``oracles``, ``engine.oracle``), Transformers 4.57 (``Trainer.hyperparameter_search``).
"""

from __future__ import annotations

from typing import NamedTuple

from mlops_lint.knowledge.randomness import NUMPY, PYTHON


class Seeded(NamedTuple):
    """How a call is given its seed: the keyword, its position where it may go without one, another argument that brings a seed along, and the library
    whose global generator an absent seed is drawn from (empty: from the operating system).
    """

    keyword: str
    position: int | None = None
    instead: str = ""
    falls_back_on: str = ""


def _below(prefixes: str, names: str, seeded: Seeded) -> dict[str, Seeded]:
    return {f"{prefix}.{name}": seeded for prefix in prefixes.split() for name in names.split()}


STUDY_MAKERS: frozenset[str] = frozenset({"optuna.create_study", "optuna.study.create_study", "optuna.study.study.create_study"})
"""Calls that make a study, whose argument ``sampler`` is an unseeded one by default."""

STUDY_LOADERS: frozenset[str] = frozenset({"optuna.load_study", "optuna.study.load_study", "optuna.study.study.load_study"})
"""Calls that take up a study again, in the same way."""

STUDY_STARTERS: frozenset[str] = frozenset({"optimize", "ask"})
"""Methods of a study that choose settings."""

SAMPLERS: dict[str, Seeded] = {
    **_below("optuna.samplers", "TPESampler", Seeded("seed", 8)),
    **_below("optuna.samplers", "RandomSampler", Seeded("seed", 0)),
    **_below("optuna.samplers", "CmaEsSampler", Seeded("seed", 5)),
    **_below("optuna.samplers", "NSGAIISampler NSGAIIISampler GPSampler MOTPESampler", Seeded("seed")),
    **_below("optuna.integration optuna_integration", "BoTorchSampler PyCmaSampler", Seeded("seed")),
    **_below("optuna.integration optuna_integration optuna.integration.sklearn optuna_integration.sklearn", "OptunaSearchCV", Seeded("random_state")),
    **_below("optuna.integration.lightgbm optuna_integration.lightgbm", "LightGBMTuner LightGBMTunerCV", Seeded("optuna_seed")),
    **_below("ray.tune.search.optuna ray.tune.suggest.optuna", "OptunaSearch", Seeded("seed", instead="sampler")),
    **_below("ray.tune.search.hyperopt ray.tune.suggest.hyperopt", "HyperOptSearch", Seeded("random_state_seed")),
    **_below("ray.tune.search.bohb ray.tune.suggest.bohb", "TuneBOHB", Seeded("seed")),
    **_below("ray.tune.search.hebo ray.tune.suggest.hebo", "HEBOSearch", Seeded("random_state_seed")),
    **_below("hyperopt hyperopt.fmin", "fmin", Seeded("rstate")),
    **_below(
        "keras_tuner kerastuner keras_tuner.tuners kerastuner.tuners",
        "RandomSearch BayesianOptimization Hyperband",
        Seeded("seed", falls_back_on=PYTHON),
    ),
    **_below(
        "keras_tuner.oracles kerastuner.oracles",
        "RandomSearchOracle BayesianOptimizationOracle HyperbandOracle RandomSearch BayesianOptimization Hyperband",
        Seeded("seed", falls_back_on=PYTHON),
    ),
}
"""Calls that choose settings at random. Grids and exhaustive searches visit the same points whatever their seed, and Sobol points are fixed."""

SEED_VARIABLES: dict[str, frozenset[str]] = {"HYPEROPT_FMIN_SEED": frozenset({"hyperopt.fmin", "hyperopt.fmin.fmin"})}
"""Environment variables that seed a search, and which."""

TUNERS: dict[str, str] = {
    "ray.tune.run": "",
    "ray.tune.tune.run": "",
    "ray.tune.Tuner": "tune_config",
    "ray.tune.tuner.Tuner": "tune_config",
}
"""Calls of Ray that search, with the argument that holds ``search_alg`` (empty: it is one itself). Without an algorithm Ray draws from NumPy's generator."""

TUNER_LIBRARY = NUMPY

SPACES: tuple[str, ...] = ("config", "param_space")
"""Arguments of these calls that hold the space of settings."""

RANDOM_DOMAINS: frozenset[str] = frozenset(
    f"ray.tune.{prefix}{name}"
    for prefix in ("", "search.sample.", "sample.")
    for name in "choice uniform quniform loguniform qloguniform randn qrandn randint qrandint lograndint qlograndint sample_from".split()
)
"""Domains of Ray that are drawn from; ``grid_search`` is gone through."""

TRAINER_SEARCHES: dict[str, str] = {"optuna": "sampler"}
"""Backends of the Transformers method ``hyperparameter_search``, with the argument that brings the seeded sampler."""
