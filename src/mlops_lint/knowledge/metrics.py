"""Metrics: what each compares, in which order, for which task, and whether the order matters.

Sources (read 2026-11): the API references of scikit-learn 1.7 (``sklearn.metrics``, "The scoring parameter"), imbalanced-learn 0.14 (``imblearn.metrics``),
TorchMetrics 1.8 (``functional``) and Keras 3.12 (``metrics``, ``losses``). Whether a metric changes when its arguments change places follows from its
formula: F1 and Jaccard of one class are the same either way, so their unweighted mean is too, while a mean weighted by the true classes is not; precision
and recall become each other, and over all classes at once (``micro``) both are the accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

LABELS, SCORES, PROBABILITIES, VALUES = "labels", "scores", "probabilities", "values"
CLASSIFICATION, REGRESSION = "classification", "regression"

ALWAYS, NEVER, UNLESS_MICRO, IF_WEIGHTED = "always", "never", "unless-micro", "if-weighted"
"""When a metric changes with its arguments' places: always, never, unless ``average="micro"``, only with ``average="weighted"``."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its ``task``, what predictions it ``takes``, the names of its parameters, and when the order of the two ``matters``.

    ``predicted_first``: the prediction comes before the truth. ``micro_by_default``: over several classes it averages over all of them at once.
    """

    task: str
    takes: str
    truth: str = "y_true"
    predicted: str = "y_pred"
    matters: str = ALWAYS
    predicted_first: bool = False
    micro_by_default: bool = False


def _metrics(names: str, metric: Metric) -> dict[str, Metric]:
    return dict.fromkeys(names.split(), metric)


METRICS: dict[str, Metric] = {
    **_metrics("accuracy_score hamming_loss zero_one_loss matthews_corrcoef", Metric(CLASSIFICATION, LABELS, matters=NEVER)),
    **_metrics("cohen_kappa_score", Metric(CLASSIFICATION, LABELS, "y1", "y2", matters=NEVER)),
    **_metrics(
        "balanced_accuracy_score confusion_matrix multilabel_confusion_matrix classification_report class_likelihood_ratios",
        Metric(CLASSIFICATION, LABELS),
    ),
    **_metrics("precision_score recall_score fbeta_score precision_recall_fscore_support", Metric(CLASSIFICATION, LABELS, matters=UNLESS_MICRO)),
    **_metrics("f1_score jaccard_score", Metric(CLASSIFICATION, LABELS, matters=IF_WEIGHTED)),
    **_metrics("roc_auc_score average_precision_score roc_curve top_k_accuracy_score det_curve", Metric(CLASSIFICATION, SCORES, predicted="y_score")),
    **_metrics("precision_recall_curve", Metric(CLASSIFICATION, SCORES, predicted="y_score")),
    **_metrics("log_loss d2_log_loss_score", Metric(CLASSIFICATION, PROBABILITIES, predicted="y_pred")),
    **_metrics("brier_score_loss", Metric(CLASSIFICATION, PROBABILITIES, predicted="y_proba")),
    **_metrics(
        "mean_squared_error root_mean_squared_error mean_absolute_error median_absolute_error max_error mean_squared_log_error root_mean_squared_log_error",
        Metric(REGRESSION, VALUES, matters=NEVER),
    ),
    **_metrics(
        "r2_score explained_variance_score mean_absolute_percentage_error mean_pinball_loss mean_poisson_deviance mean_gamma_deviance "
        "mean_tweedie_deviance d2_absolute_error_score d2_tweedie_score d2_pinball_score",
        Metric(REGRESSION, VALUES),
    ),
}
"""By the last word of their name below ``sklearn.metrics``."""

_DISPLAYS: dict[str, Metric] = {
    "ConfusionMatrixDisplay.from_predictions": Metric(CLASSIFICATION, LABELS),
    "RocCurveDisplay.from_predictions": Metric(CLASSIFICATION, SCORES, predicted="y_score"),
    "PrecisionRecallDisplay.from_predictions": Metric(CLASSIFICATION, SCORES, predicted="y_score"),
    "DetCurveDisplay.from_predictions": Metric(CLASSIFICATION, SCORES, predicted="y_score"),
    "PredictionErrorDisplay.from_predictions": Metric(REGRESSION, VALUES),
}

_IMBLEARN: dict[str, Metric] = {
    **_metrics("classification_report_imbalanced sensitivity_specificity_support", Metric(CLASSIFICATION, LABELS)),
    **_metrics("sensitivity_score specificity_score geometric_mean_score", Metric(CLASSIFICATION, LABELS, matters=UNLESS_MICRO)),
    **_metrics("macro_averaged_mean_absolute_error", Metric(CLASSIFICATION, LABELS)),
}


def _torch(task: str, takes: str, matters: str = ALWAYS) -> Metric:
    return Metric(task, takes, "target", "preds", matters, predicted_first=True)


_TORCHMETRICS: dict[str, Metric] = {
    **_metrics("accuracy hamming_distance cohen_kappa matthews_corrcoef", _torch(CLASSIFICATION, LABELS, NEVER)),
    **_metrics("precision recall specificity fbeta_score stat_scores", _torch(CLASSIFICATION, LABELS, UNLESS_MICRO)),
    **_metrics("f1_score jaccard_index dice", _torch(CLASSIFICATION, LABELS, IF_WEIGHTED)),
    **_metrics("confusion_matrix", _torch(CLASSIFICATION, LABELS)),
    **_metrics("auroc average_precision roc precision_recall_curve", _torch(CLASSIFICATION, SCORES)),
    **_metrics("mean_squared_error mean_absolute_error mean_squared_log_error", _torch(REGRESSION, VALUES, NEVER)),
    **_metrics("r2_score explained_variance mean_absolute_percentage_error", _torch(REGRESSION, VALUES)),
}
"""Functions of TorchMetrics, without what they say of the number of classes (``binary_``, ``multiclass_``, ``multilabel_``)."""

_KERAS: dict[str, Metric] = {
    **_metrics("binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy", Metric(CLASSIFICATION, PROBABILITIES)),
    **_metrics("binary_accuracy sparse_categorical_accuracy sparse_top_k_categorical_accuracy", Metric(CLASSIFICATION, PROBABILITIES)),
    **_metrics("mean_absolute_percentage_error mape poisson", Metric(REGRESSION, VALUES)),
    **_metrics("mean_squared_error mse mean_absolute_error mae mean_squared_logarithmic_error", Metric(REGRESSION, VALUES, matters=NEVER)),
}
"""Functions below ``keras.metrics`` and ``keras.losses``."""

_KERAS_CLASSES: dict[str, Metric] = {
    **_metrics("AUC Precision Recall BinaryAccuracy SparseCategoricalAccuracy BinaryCrossentropy", Metric(CLASSIFICATION, PROBABILITIES)),
    **_metrics("MeanAbsolutePercentageError R2Score", Metric(REGRESSION, VALUES)),
}
_TORCH_CLASSES: dict[str, str] = {
    "Precision": "precision",
    "Recall": "recall",
    "Specificity": "specificity",
    "FBetaScore": "fbeta_score",
    "F1Score": "f1_score",
    "ConfusionMatrix": "confusion_matrix",
    "AUROC": "auroc",
    "AveragePrecision": "average_precision",
    "ROC": "roc",
    "R2Score": "r2_score",
    "ExplainedVariance": "explained_variance",
    "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
}
_COUNTS_OF_CLASSES = ("binary_", "multiclass_", "multilabel_")
_KERASES = ("keras.", "tensorflow.keras.", "tf_keras.")

SCORINGS: dict[str, str] = {
    **dict.fromkeys(
        (
            "accuracy balanced_accuracy top_k_accuracy average_precision neg_brier_score f1 f1_micro f1_macro f1_weighted f1_samples neg_log_loss precision "
            "precision_micro precision_macro precision_weighted recall recall_micro recall_macro recall_weighted jaccard jaccard_micro jaccard_macro "
            "jaccard_weighted roc_auc roc_auc_ovr roc_auc_ovo roc_auc_ovr_weighted roc_auc_ovo_weighted matthews_corrcoef"
        ).split(),
        CLASSIFICATION,
    ),
    **dict.fromkeys(
        (
            "explained_variance neg_max_error neg_mean_absolute_error neg_mean_squared_error neg_root_mean_squared_error neg_mean_squared_log_error "
            "neg_root_mean_squared_log_error neg_median_absolute_error r2 neg_mean_poisson_deviance neg_mean_gamma_deviance neg_mean_absolute_percentage_error "
            "d2_absolute_error_score"
        ).split(),
        REGRESSION,
    ),
}
"""Names for ``scoring=`` with the task they judge."""

RANKING_SCORINGS: frozenset[str] = frozenset({"roc_auc", "average_precision"})
"""Those that judge a ranking, which the values of a regressor give as well."""


def metric_of(name: str) -> Metric | None:
    """The metric of a qualified name."""
    package, last = name.partition(".")[0], name.rpartition(".")[2]
    if name.startswith("sklearn.metrics."):
        return METRICS.get(last) or _DISPLAYS.get(".".join(name.rsplit(".", 2)[-2:]))
    if package == "imblearn" and ".metrics." in name:
        return _IMBLEARN.get(last)
    if name.startswith("torchmetrics.functional."):
        return _of_torchmetrics(last)
    if name.startswith(_KERASES) and (".metrics." in name or ".losses." in name):
        return _KERAS.get(last)
    return None


def metric_of_class(name: str) -> Metric | None:
    """The metric that the instances of a class of this qualified name work out when they are called or updated."""
    last = name.rpartition(".")[2]
    if name.startswith("torchmetrics.") and not name.startswith("torchmetrics.functional."):
        prefix = next((one for one in ("Binary", "Multiclass", "Multilabel") if last.startswith(one)), "")
        found = _TORCH_CLASSES.get(last.removeprefix(prefix))
        return _of_torchmetrics(f"{prefix.lower()}_{found}" if prefix else found) if found is not None else None
    if name.startswith(_KERASES) and ".metrics." in name:
        return _KERAS_CLASSES.get(last)
    return None


def _of_torchmetrics(last: str) -> Metric | None:
    for prefix in _COUNTS_OF_CLASSES:
        if last.startswith(prefix):
            return _TORCHMETRICS.get(last.removeprefix(prefix))
    found = _TORCHMETRICS.get(last)
    return replace(found, micro_by_default=True) if found is not None else None
