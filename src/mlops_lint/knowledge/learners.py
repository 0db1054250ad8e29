"""What learns: transformers, predictors, resamplers, splitters, searches and metrics, by package and class.

Sources (read 2026-11): the API references of scikit-learn 1.7, imbalanced-learn 0.14, category_encoders 2.8, feature-engine 1.9, XGBoost 3.1, LightGBM 4.6,
CatBoost 1.2, umap-learn 0.5 and PySpark 4.0 (``pyspark.ml``).

Kinds: ``transformer`` learns a mapping of features; ``stateless`` ones learn nothing from the rows; ``category-encoder`` learns only which categories exist;
``label-encoder`` is meant for the target; ``classifier``, ``regressor``, ``clusterer`` and ``detector`` predict; ``resampler`` makes other rows; ``composite`` holds
further learners; ``search`` fits many candidates; ``splitter`` gives folds.
"""

from __future__ import annotations


def _classes(names: str, *kinds: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(names.split(), frozenset(kinds))


_SKLEARN: dict[str, frozenset[str]] = {
    **_classes(
        "StandardScaler MinMaxScaler MaxAbsScaler RobustScaler PowerTransformer QuantileTransformer KBinsDiscretizer SplineTransformer",
        "transformer",
        "scaler",
    ),
    **_classes("SimpleImputer KNNImputer IterativeImputer Imputer MissingIndicator", "transformer", "imputer"),
    **_classes("OneHotEncoder OrdinalEncoder", "transformer", "category-encoder"),
    **_classes("TargetEncoder", "transformer", "target-encoder"),
    **_classes("LabelEncoder LabelBinarizer MultiLabelBinarizer", "label-encoder"),
    **_classes(
        "SelectKBest SelectPercentile SelectFpr SelectFdr SelectFwe GenericUnivariateSelect RFE RFECV SelectFromModel SequentialFeatureSelector",
        "transformer",
        "selector",
    ),
    **_classes("VarianceThreshold", "transformer", "selector"),
    **_classes("CountVectorizer TfidfVectorizer TfidfTransformer DictVectorizer", "transformer", "vectorizer"),
    **_classes(
        "PCA IncrementalPCA KernelPCA SparsePCA MiniBatchSparsePCA TruncatedSVD NMF MiniBatchNMF FastICA FactorAnalysis", "transformer", "reducer"
    ),
    **_classes("LatentDirichletAllocation DictionaryLearning MiniBatchDictionaryLearning NeighborhoodComponentsAnalysis", "transformer", "reducer"),
    **_classes("TSNE Isomap MDS LocallyLinearEmbedding SpectralEmbedding", "transformer", "reducer", "embedding"),
    **_classes("Nystroem RBFSampler GaussianRandomProjection SparseRandomProjection KernelCenterer", "transformer"),
    **_classes(
        "Normalizer Binarizer FunctionTransformer PolynomialFeatures HashingVectorizer FeatureHasher AdditiveChi2Sampler", "transformer", "stateless"
    ),
    **_classes("Pipeline ColumnTransformer FeatureUnion", "composite"),
    **_classes("TransformedTargetRegressor MultiOutputRegressor RegressorChain StackingRegressor VotingRegressor", "composite", "regressor"),
    **_classes(
        "OneVsRestClassifier OneVsOneClassifier MultiOutputClassifier ClassifierChain StackingClassifier VotingClassifier", "composite", "classifier"
    ),
    **_classes("CalibratedClassifierCV TunedThresholdClassifierCV FixedThresholdClassifier", "composite", "classifier", "calibrator"),
    **_classes("IsotonicRegression", "regressor", "calibrator"),
    **_classes("GridSearchCV RandomizedSearchCV HalvingGridSearchCV HalvingRandomSearchCV", "search"),
    **_classes(
        "LogisticRegression LogisticRegressionCV RidgeClassifier RidgeClassifierCV SGDClassifier Perceptron PassiveAggressiveClassifier LinearSVC SVC NuSVC "
        "KNeighborsClassifier RadiusNeighborsClassifier NearestCentroid DecisionTreeClassifier ExtraTreeClassifier RandomForestClassifier ExtraTreesClassifier "
        "GradientBoostingClassifier HistGradientBoostingClassifier AdaBoostClassifier BaggingClassifier MLPClassifier GaussianNB MultinomialNB BernoulliNB "
        "ComplementNB CategoricalNB GaussianProcessClassifier LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis LabelPropagation LabelSpreading "
        "SelfTrainingClassifier DummyClassifier",
        "classifier",
    ),
    **_classes(
        "LinearRegression Ridge RidgeCV Lasso LassoCV ElasticNet ElasticNetCV Lars LassoLars LassoLarsCV LassoLarsIC OrthogonalMatchingPursuit BayesianRidge ARDRegression "
        "SGDRegressor PassiveAggressiveRegressor HuberRegressor TheilSenRegressor RANSACRegressor QuantileRegressor PoissonRegressor GammaRegressor "
        "TweedieRegressor LinearSVR SVR NuSVR KNeighborsRegressor RadiusNeighborsRegressor DecisionTreeRegressor ExtraTreeRegressor RandomForestRegressor "
        "ExtraTreesRegressor GradientBoostingRegressor HistGradientBoostingRegressor AdaBoostRegressor BaggingRegressor MLPRegressor GaussianProcessRegressor "
        "KernelRidge PLSRegression DummyRegressor",
        "regressor",
    ),
    **_classes(
        "KMeans MiniBatchKMeans BisectingKMeans DBSCAN HDBSCAN OPTICS AgglomerativeClustering Birch MeanShift SpectralClustering AffinityPropagation",
        "clusterer",
    ),
    **_classes("GaussianMixture BayesianGaussianMixture", "clusterer"),
    **_classes("IsolationForest OneClassSVM SGDOneClassSVM LocalOutlierFactor EllipticEnvelope", "detector"),
    **_classes(
        "KFold StratifiedKFold GroupKFold StratifiedGroupKFold TimeSeriesSplit LeaveOneOut LeavePOut LeaveOneGroupOut LeavePGroupsOut PredefinedSplit",
        "splitter",
    ),
    **_classes("ShuffleSplit StratifiedShuffleSplit GroupShuffleSplit RepeatedKFold RepeatedStratifiedKFold", "splitter"),
}

_IMBLEARN: dict[str, frozenset[str]] = {
    **_classes("SMOTE SMOTENC SMOTEN ADASYN BorderlineSMOTE KMeansSMOTE SVMSMOTE RandomOverSampler SMOTEENN SMOTETomek", "resampler", "oversampler"),
    **_classes("RandomUnderSampler ClusterCentroids NearMiss TomekLinks EditedNearestNeighbours RepeatedEditedNearestNeighbours AllKNN", "resampler"),
    **_classes("OneSidedSelection CondensedNearestNeighbour NeighbourhoodCleaningRule InstanceHardnessThreshold", "resampler"),
    **_classes("Pipeline", "composite"),
    **_classes("BalancedRandomForestClassifier BalancedBaggingClassifier EasyEnsembleClassifier RUSBoostClassifier", "classifier"),
}

_CATEGORY_ENCODERS: dict[str, frozenset[str]] = {
    **_classes(
        "TargetEncoder LeaveOneOutEncoder CatBoostEncoder JamesSteinEncoder MEstimateEncoder WOEEncoder GLMMEncoder QuantileEncoder SummaryEncoder",
        "transformer",
        "target-encoder",
    ),
    **_classes(
        "OneHotEncoder OrdinalEncoder BinaryEncoder BaseNEncoder BackwardDifferenceEncoder HelmertEncoder SumEncoder PolynomialEncoder",
        "transformer",
        "category-encoder",
    ),
    **_classes("CountEncoder", "transformer"),
    **_classes("HashingEncoder", "transformer", "stateless"),
}

_FEATURE_ENGINE: dict[str, frozenset[str]] = {
    **_classes("MeanMedianImputer EndTailImputer CategoricalImputer RandomSampleImputer", "transformer", "imputer"),
    **_classes("MeanEncoder WoEEncoder PRatioEncoder", "transformer", "target-encoder"),
    **_classes("OneHotEncoder OrdinalEncoder RareLabelEncoder CountFrequencyEncoder", "transformer", "category-encoder"),
    **_classes("EqualFrequencyDiscretiser EqualWidthDiscretiser DecisionTreeDiscretiser Winsorizer", "transformer"),
}

_SPARK: dict[str, frozenset[str]] = {
    **_classes(
        "StandardScaler MinMaxScaler MaxAbsScaler RobustScaler Imputer PCA IDF ChiSqSelector UnivariateFeatureSelector VarianceThresholdSelector Word2Vec",
        "transformer",
        "spark-estimator",
    ),
    **_classes("QuantileDiscretizer BucketedRandomProjectionLSH MinHashLSH", "transformer", "spark-estimator"),
    **_classes("StringIndexer OneHotEncoder VectorIndexer CountVectorizer", "transformer", "category-encoder", "spark-estimator"),
    **_classes(
        "VectorAssembler Tokenizer RegexTokenizer HashingTF StopWordsRemover NGram Binarizer Bucketizer Normalizer SQLTransformer",
        "transformer",
        "stateless",
    ),
    **_classes(
        "LogisticRegression DecisionTreeClassifier RandomForestClassifier GBTClassifier NaiveBayes LinearSVC MultilayerPerceptronClassifier FMClassifier",
        "classifier",
        "spark-estimator",
    ),
    **_classes(
        "LinearRegression GeneralizedLinearRegression DecisionTreeRegressor RandomForestRegressor GBTRegressor IsotonicRegression FMRegressor",
        "regressor",
        "spark-estimator",
    ),
    **_classes("KMeans BisectingKMeans GaussianMixture LDA", "clusterer", "spark-estimator"),
    **_classes("CrossValidator TrainValidationSplit", "search", "spark-estimator"),
    **_classes("Pipeline", "composite", "spark-estimator"),
}

_KERAS_TEXT = _classes("Tokenizer", "transformer", "vectorizer", "category-encoder")

LEARNERS: dict[str, dict[str, frozenset[str]]] = {
    **dict.fromkeys(("keras", "tensorflow", "tf_keras", "keras_preprocessing"), _KERAS_TEXT),
    "sklearn": _SKLEARN,
    "imblearn": _IMBLEARN,
    "category_encoders": _CATEGORY_ENCODERS,
    "feature_engine": _FEATURE_ENGINE,
    "pyspark": _SPARK,
    "xgboost": {
        **_classes("XGBClassifier XGBRFClassifier DaskXGBClassifier", "classifier", "booster"),
        **_classes("XGBRegressor XGBRFRegressor XGBRanker DaskXGBRegressor", "regressor", "booster"),
    },
    "lightgbm": {**_classes("LGBMClassifier", "classifier", "booster"), **_classes("LGBMRegressor LGBMRanker", "regressor", "booster")},
    "catboost": {
        **_classes("CatBoostClassifier", "classifier", "booster"),
        **_classes("CatBoostRegressor CatBoostRanker", "regressor", "booster"),
        **_classes("CatBoost", "booster"),
    },
    "umap": _classes("UMAP ParametricUMAP", "transformer", "reducer", "embedding"),
}
"""Classes by the package they come from and the last word of their name (modules moved over the versions)."""

INCREMENTAL: frozenset[str] = frozenset(
    "SGDClassifier SGDRegressor SGDOneClassSVM Perceptron PassiveAggressiveClassifier PassiveAggressiveRegressor MLPClassifier MLPRegressor GaussianNB "
    "MultinomialNB BernoulliNB ComplementNB CategoricalNB MiniBatchKMeans Birch IncrementalPCA MiniBatchDictionaryLearning MiniBatchNMF "
    "LatentDirichletAllocation StandardScaler MinMaxScaler MaxAbsScaler".split()
)
"""Classes of scikit-learn that can go on learning, with ``partial_fit`` ("Strategies to scale computationally: bigger data")."""

PREDICTORS: frozenset[str] = frozenset({"classifier", "regressor", "clusterer", "detector", "search", "keras-model", "booster"})
"""Kinds that predict."""

OUTSIDE_BASES: dict[str, frozenset[str]] = {
    "sklearn.base.TransformerMixin": frozenset({"transformer"}),
    "sklearn.base.ClassifierMixin": frozenset({"classifier"}),
    "sklearn.base.RegressorMixin": frozenset({"regressor"}),
    "sklearn.base.ClusterMixin": frozenset({"clusterer"}),
}
"""Bases that say what a class of the project is."""

PIPELINE_MAKERS: frozenset[str] = frozenset(
    {
        "sklearn.pipeline.make_pipeline",
        "sklearn.pipeline.make_union",
        "sklearn.compose.make_column_transformer",
        "imblearn.pipeline.make_pipeline",
    }
)
"""Functions that put learners together."""

SCORING_FUNCTIONS: dict[str, int] = {
    **dict.fromkeys(
        (
            f"sklearn.model_selection.{name}"
            for name in ("cross_val_score", "cross_validate", "cross_val_predict", "learning_curve", "validation_curve", "permutation_test_score")
        ),
        1,
    ),
}
"""Functions that fit a learner on folds of what they are given, with the position of the features."""

AGGREGATES: frozenset[str] = frozenset(
    {
        "mean",
        "median",
        "std",
        "var",
        "min",
        "max",
        "quantile",
        "mode",
        "nanmean",
        "nanmedian",
        "nanstd",
        "nanvar",
        "nanmin",
        "nanmax",
        "percentile",
        "nanpercentile",
        "average",
        "amin",
        "amax",
        "skew",
        "kurt",
    }
)
"""Methods and NumPy functions that boil rows down to a figure of the whole."""

COUNTS: frozenset[str] = frozenset(
    {
        "sum",
        "count",
        "nunique",
        "size",
        "any",
        "all",
        "value_counts",
        "unique",
        "describe",
        "info",
        "corr",
        "cov",
        "prod",
        "idxmax",
        "idxmin",
        "argmax",
        "argmin",
        "item",
        "tolist",
    }
)
"""Further reductions, of which nothing is learnt in the sense of a leak."""


def kinds_of_learner(name: str) -> frozenset[str]:
    """What a class is that has this qualified name; empty for what is none of them."""
    table = LEARNERS.get(name.partition(".")[0])
    return table.get(name.rpartition(".")[2], frozenset()) if table is not None else frozenset()
