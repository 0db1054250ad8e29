"""Estimators, splitters and resamplers: which draw random numbers from ``random_state``, and under which settings.

Sources (read 2026-11): the "random_state" entries of the API reference of scikit-learn 1.7 and its "Controlling randomness" page, imbalanced-learn 0.14,
umap-learn 0.5. XGBoost, LightGBM and CatBoost are left out on purpose: their default seed is a constant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SEED_PARAMETER = "random_state"

Given = tuple[str, tuple[Any, ...]]
"""A parameter and the values that count."""


@dataclass(frozen=True, slots=True)
class Stochastic:
    """When a callable draws random numbers.

    ``only_if``: one of these parameters must visibly have one of these values (``()``: be given and not ``None``); empty means always.
    ``never_if``: one of these parameters with one of these values makes it deterministic. ``unless_given``: a parameter that replaces the draw by data
    unless it is a string or ``None`` (starting centres, an own generator of starts). ``parameters`` are the leading positional parameters, where
    any of the named ones may be given by position.
    """

    only_if: tuple[Given, ...] = ()
    never_if: tuple[Given, ...] = ()
    unless_given: tuple[str, ...] = ()
    parameters: tuple[str, ...] = field(default=())


ALWAYS = Stochastic()
_SHUFFLES_BY_DEFAULT = Stochastic(never_if=(("shuffle", (False,)),))
_SHUFFLES_ON_REQUEST = Stochastic(only_if=(("shuffle", (True,)),), parameters=("n_splits", "shuffle", "random_state"))
_BOOSTING = Stochastic(only_if=(("subsample", ()), ("max_features", ()), ("n_iter_no_change", ())))
_HISTOGRAM_BOOSTING = Stochastic(only_if=(("early_stopping", (True,)),))
_SAG = Stochastic(only_if=(("solver", ("sag", "saga")),))
_RANDOM_COORDINATES = Stochastic(only_if=(("selection", ("random",)),))
_K_MEANS = Stochastic(unless_given=("init",), parameters=("n_clusters",))
_ITERATIVE_SVD = Stochastic(only_if=(("svd_solver", ("randomized", "arpack")),), parameters=("n_components",))


def _all(names: str, when: Stochastic = ALWAYS) -> dict[str, Stochastic]:
    return dict.fromkeys(names.split(), when)


SKLEARN: dict[str, Stochastic] = {
    **_all("RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor RandomTreesEmbedding IsolationForest"),
    **_all("DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor BaggingClassifier BaggingRegressor"),
    **_all("GradientBoostingClassifier GradientBoostingRegressor", _BOOSTING),
    **_all("HistGradientBoostingClassifier HistGradientBoostingRegressor", _HISTOGRAM_BOOSTING),
    **_all("MLPClassifier MLPRegressor BernoulliRBM"),
    **_all("SGDClassifier SGDRegressor SGDOneClassSVM Perceptron PassiveAggressiveClassifier PassiveAggressiveRegressor", _SHUFFLES_BY_DEFAULT),
    **_all("KMeans MiniBatchKMeans BisectingKMeans k_means", _K_MEANS),
    **_all("GaussianMixture BayesianGaussianMixture", Stochastic(unless_given=("means_init",))),
    **_all("TSNE TruncatedSVD LatentDirichletAllocation GaussianRandomProjection SparseRandomProjection RBFSampler Nystroem RANSACRegressor"),
    **_all("FastICA fastica", Stochastic(unless_given=("w_init",))),
    **_all("PCA", _ITERATIVE_SVD),
    **_all(
        "LogisticRegression LogisticRegressionCV",
        Stochastic(only_if=(("solver", ("sag", "saga", "liblinear")),)),
    ),
    **_all("Ridge RidgeClassifier", _SAG),
    **_all("Lasso ElasticNet", _RANDOM_COORDINATES),
    **_all("SVC NuSVC", Stochastic(only_if=(("probability", (True,)),))),
    **_all("train_test_split", _SHUFFLES_BY_DEFAULT),
    **_all("KFold StratifiedKFold StratifiedGroupKFold", _SHUFFLES_ON_REQUEST),
    **_all("GroupKFold", Stochastic(only_if=(("shuffle", (True,)),))),
    **_all("ShuffleSplit StratifiedShuffleSplit GroupShuffleSplit RepeatedKFold RepeatedStratifiedKFold"),
    **_all("RandomizedSearchCV HalvingRandomSearchCV ParameterSampler permutation_importance resample shuffle"),
}
"""Below ``sklearn``, by the last word of the qualified name (modules moved over the versions)."""

IMBLEARN: dict[str, Stochastic] = {
    **_all("RandomOverSampler SMOTE SMOTENC SMOTEN ADASYN BorderlineSMOTE KMeansSMOTE SVMSMOTE SMOTEENN SMOTETomek"),
    **_all("RandomUnderSampler ClusterCentroids InstanceHardnessThreshold OneSidedSelection CondensedNearestNeighbour"),
    **_all("BalancedRandomForestClassifier BalancedBaggingClassifier EasyEnsembleClassifier RUSBoostClassifier"),
}
"""Below ``imblearn``."""

UMAP: dict[str, Stochastic] = _all("UMAP ParametricUMAP")
"""Below ``umap``."""

FAMILIES: dict[str, dict[str, Stochastic]] = {"sklearn": SKLEARN, "imblearn": IMBLEARN, "umap": UMAP}

NOT_ESTIMATORS: frozenset[str] = frozenset({"sklearn.utils.random", "sklearn.utils.estimator_checks"})
"""Modules below which the same last words mean other things."""

SEEDING_ENSEMBLES: frozenset[str] = frozenset(
    "BaggingClassifier BaggingRegressor AdaBoostClassifier AdaBoostRegressor BalancedBaggingClassifier EasyEnsembleClassifier RUSBoostClassifier "
    "RANSACRegressor IterativeImputer ClassifierChain RegressorChain".split()
)
"""Those that pass a random state of their own on to the estimator they are given, whatever that estimator says (``_set_random_states``)."""
