"""Data validation: readers of data from outside, libraries that check it, and calls that train on it.

Sources (read 2026-11): the documentation of pandera 0.26, Great Expectations 1.8 and 0.18, pydantic 2.12, TensorFlow Data Validation 1.17, deepchecks 0.19,
Evidently 0.7 and 0.4, Soda Core 3.5, scikit-learn 1.7 ``utils.validation``, PySpark 4.0 ``DataFrameReader.schema``, Polars 1.35, PyArrow 22, datasets 4.4.
"""

from __future__ import annotations

from mlops_lint.knowledge.frames import FRAME_READERS

READERS: frozenset[str] = FRAME_READERS | frozenset(
    {
        "datasets.load_dataset",
        "datasets.load_from_disk",
        "datasets.Dataset.from_csv",
        "datasets.Dataset.from_json",
        "datasets.Dataset.from_parquet",
        "datasets.Dataset.from_sql",
        "pyarrow.parquet.read_table",
        "pyarrow.csv.read_csv",
        "numpy.loadtxt",
        "numpy.genfromtxt",
        "awswrangler.s3.read_csv",
        "awswrangler.s3.read_parquet",
        "awswrangler.athena.read_sql_query",
        "pandas_gbq.read_gbq",
        "connectorx.read_sql",
    }
)
"""Calls that bring data in from outside."""

SPARK_READ_METHODS: frozenset[str] = frozenset({"csv", "json", "parquet", "orc", "table", "text", "load", "jdbc"})
"""Methods of ``spark.read`` that read."""

ENFORCED_SCHEMA: dict[str, tuple[str, ...]] = {
    "polars.": ("schema", "dtypes", "schema_overrides"),
    "pyarrow.": ("schema", "convert_options"),
    "datasets.": ("features",),
}
"""Arguments of readers (by the start of their name) with which the reader itself refuses data of another shape."""

CHECKERS: tuple[str, ...] = (
    "pandera.**",
    "great_expectations.**",
    "great_expectations_experimental.**",
    "tensorflow_data_validation.validate_statistics",
    "tensorflow_data_validation.validate_instance",
    "tensorflow_data_validation.validate_examples_in_*",
    "tensorflow_data_validation.display_anomalies",
    "deepchecks.**",
    "evidently.test_suite.**",
    "evidently.tests.**",
    "soda.**",
    "pointblank.**",
    "cuallee.**",
    "frictionless.validate",
    "pandas_schema.**",
    "dataframely.**",
    "patito.**",
    "jsonschema.validate",
    "pydantic.**",
    "sklearn.utils.check_array",
    "sklearn.utils.check_X_y",
    "sklearn.utils.assert_all_finite",
    "sklearn.utils.validation.check_array",
    "sklearn.utils.validation.check_X_y",
    "sklearn.utils.validation.assert_all_finite",
    "pandas.testing.**",
    "numpy.testing.**",
    "torch.testing.**",
    "polars.testing.**",
    "pandas.api.types.validate_**",
)
"""Calls that check the data they are given, and raise or gate (in the forms of ``python.calls.CallPattern``)."""

CHECKER_MODULES: tuple[str, ...] = (
    "pandera",
    "great_expectations",
    "deepchecks",
    "evidently.test_suite",
    "soda",
    "pointblank",
    "pydantic",
    "dataframely",
    "patito",
)
"""Packages whose objects check: a method called on one with data, or a class that extends one of theirs, validates."""

CHECKING_METHODS: frozenset[str] = frozenset(
    {
        "validate",
        "model_validate",
        "validate_python",
        "parse_obj",
        "check",
        "check_schema",
        "run_checkpoint",
        "validate_data",
        "interrogate",
        "assert_valid",
        "cast_and_validate",
    }
)
"""Methods that validate what they are given when the object is not of the project's own code."""

CHECKING_DECORATORS: frozenset[str] = frozenset(
    {
        "pandera.check_io",
        "pandera.check_input",
        "pandera.check_output",
        "pandera.check_types",
        "pandera.pandas.check_io",
        "pandera.pandas.check_input",
        "pandera.pandas.check_output",
        "pandera.pandas.check_types",
        "pandera.decorators.check_types",
        "pydantic.validate_call",
        "pydantic.validate_arguments",
    }
)
"""Decorators that check a function's arguments or result."""

CHECKING_WORDS = (
    r"(?:^|_)(?:valid|verif|assert|sanity|expect|ensure|schema_check|check_(?:data|schema|quality|columns|nulls|missing|types|input|frame|df))"
)
"""Names of helpers of unknown packages that are taken to validate what they are given."""

TRAINING_METHODS: frozenset[str] = frozenset({"fit", "partial_fit", "fit_generator", "train_on_batch", "fit_one_cycle", "fine_tune"})
"""Methods that train on what they are given."""

BARE_TRAINING_METHODS: frozenset[str] = frozenset({"train", "fit", "fine_tune", "fit_one_cycle"})
"""Methods that train on what their object was given."""

TRAINERS: frozenset[str] = frozenset(
    {
        "xgboost.train",
        "xgboost.cv",
        "lightgbm.train",
        "lightgbm.cv",
        "catboost.train",
        "catboost.cv",
        "sklearn.model_selection.cross_val_score",
        "sklearn.model_selection.cross_validate",
    }
)
"""Functions that train on what they are given."""

TRANSFORMER_MODULES: tuple[str, ...] = (
    "sklearn.preprocessing.",
    "sklearn.impute.",
    "sklearn.feature_extraction.",
    "sklearn.feature_selection.",
    "sklearn.decomposition.",
    "sklearn.compose.",
    "sklearn.manifold.",
    "sklearn.random_projection.",
    "sklearn.kernel_approximation.",
    "category_encoders.",
    "feature_engine.",
    "umap.",
    "pyspark.ml.feature.",
)
"""Packages whose estimators prepare data rather than learn from it."""

OPAQUE_PACKAGES: frozenset[str] = frozenset(
    "numpy pandas polars scipy sklearn torch torchvision torchaudio tensorflow keras jax xgboost lightgbm catboost datasets transformers matplotlib seaborn "
    "plotly builtins os sys json re math time datetime logging pathlib collections itertools functools random tqdm joblib pickle mlflow wandb optuna dask "
    "pyspark pyarrow imblearn statsmodels nltk spacy gensim cv2 PIL requests yaml hydra omegaconf click argparse typing dataclasses copy warnings".split()
)
"""Packages known not to be the project's own: their functions hand on what they are given."""
