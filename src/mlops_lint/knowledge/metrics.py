"""Metrics: what each compares, in which order, and for which task.

Source: the API reference of scikit-learn 1.7 ``sklearn.metrics``, read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass

LABELS, SCORES, PROBABILITIES, VALUES = "labels", "scores", "probabilities", "values"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its ``task`` (``classification``, ``regression``), what predictions it takes, the names of its parameters, and whether they may be swapped unnoticed."""

    task: str
    takes: str
    truth: str = "y_true"
    predicted: str = "y_pred"
    is_symmetric: bool = False


def _metrics(names: str, metric: Metric) -> dict[str, Metric]:
    return dict.fromkeys(names.split(), metric)


METRICS: dict[str, Metric] = {
    **_metrics("accuracy_score", Metric("classification", LABELS, is_symmetric=True)),
    **_metrics("balanced_accuracy_score precision_score recall_score confusion_matrix classification_report", Metric("classification", LABELS)),
    **_metrics(
        "f1_score fbeta_score jaccard_score hamming_loss zero_one_loss precision_recall_fscore_support multilabel_confusion_matrix",
        Metric("classification", LABELS),
    ),
    **_metrics("matthews_corrcoef", Metric("classification", LABELS, is_symmetric=True)),
    **_metrics("cohen_kappa_score", Metric("classification", LABELS, "y1", "y2", is_symmetric=True)),
    **_metrics(
        "roc_auc_score average_precision_score roc_curve top_k_accuracy_score det_curve", Metric("classification", SCORES, predicted="y_score")
    ),
    **_metrics("precision_recall_curve", Metric("classification", SCORES, predicted="y_score")),
    **_metrics("log_loss", Metric("classification", PROBABILITIES, predicted="y_pred")),
    **_metrics("brier_score_loss", Metric("classification", PROBABILITIES, predicted="y_proba")),
    **_metrics(
        "mean_squared_error root_mean_squared_error mean_absolute_error median_absolute_error max_error",
        Metric("regression", VALUES, is_symmetric=True),
    ),
    **_metrics("r2_score explained_variance_score mean_absolute_percentage_error mean_pinball_loss", Metric("regression", VALUES)),
    **_metrics("mean_squared_log_error root_mean_squared_log_error", Metric("regression", VALUES, is_symmetric=True)),
    **_metrics(
        "mean_poisson_deviance mean_gamma_deviance mean_tweedie_deviance d2_absolute_error_score d2_tweedie_score", Metric("regression", VALUES)
    ),
}
"""By the last word of their name below ``sklearn.metrics``. F1 and Jaccard of two classes are symmetric; over several, or weighted, they are not."""

SYMMETRIC_WHEN_BINARY: frozenset[str] = frozenset({"f1_score", "jaccard_score", "hamming_loss", "zero_one_loss"})
"""Give the same for swapped arguments unless classes are weighted."""


def metric_of(name: str) -> Metric | None:
    """The metric of a qualified name."""
    return METRICS.get(name.rpartition(".")[2]) if name.startswith("sklearn.metrics.") else None
