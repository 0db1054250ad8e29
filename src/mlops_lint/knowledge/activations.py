"""Activations and losses: what a loss expects of a network's output, what the last layers make of it, and what hands it on unchanged.

Sources (read 2026-11): PyTorch 2.9 (``nn.CrossEntropyLoss``, ``NLLLoss``, ``BCELoss``, ``BCEWithLogitsLoss``: "Shape" and notes on their input), torchvision 0.24
(``ops.sigmoid_focal_loss``, the classifiers' last layers), TensorFlow 2.20 (``nn.*_cross_entropy_with_logits``, ``compat.v1.losses``), Keras 3 (``losses``: the parameter ``from_logits``;
``layers``), optax 0.2 (``losses``).
"""

from __future__ import annotations

from dataclasses import dataclass

from mlops_lint.knowledge.torch import ACTIVATIONS

RAW, SOFTMAX, LOG_SOFTMAX, SIGMOID, LOG_SIGMOID = "raw", "softmax", "log_softmax", "sigmoid", "logsigmoid"
"""What became of a network's scores last: nothing, or one of these activations."""

SCORES, LOGARITHMS, PROBABILITIES = "scores", "logarithms", "probabilities"


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss: what it ``wants``, the activation that it ``applies`` itself, and the parameter that is the network's output (name and position)."""

    wants: str
    applies: str = ""
    parameter: str = "input"
    position: int = 0


_CROSS_ENTROPY = Loss(SCORES, SOFTMAX)
_WITH_LOGITS = Loss(SCORES, SIGMOID)
_LIKELIHOOD = Loss(LOGARITHMS)
_BINARY = Loss(PROBABILITIES)

TORCH_CLASSES: dict[str, Loss] = {
    f"torch.nn.{below}{name}": loss
    for below in ("", "modules.loss.", "modules.")
    for name, loss in {
        "CrossEntropyLoss": _CROSS_ENTROPY,
        "BCEWithLogitsLoss": _WITH_LOGITS,
        "MultiLabelSoftMarginLoss": _WITH_LOGITS,
        "NLLLoss": _LIKELIHOOD,
        "NLLLoss2d": _LIKELIHOOD,
        "BCELoss": _BINARY,
    }.items()
}
"""Classes whose instances are called with the output first."""


def _logits(applies: str, position: int = 1, parameter: str = "logits") -> Loss:
    return Loss(SCORES, applies, parameter, position)


LOSS_FUNCTIONS: dict[str, Loss] = {
    "torch.nn.functional.cross_entropy": _CROSS_ENTROPY,
    "torch.nn.functional.binary_cross_entropy_with_logits": _WITH_LOGITS,
    "torch.nn.functional.multilabel_soft_margin_loss": _WITH_LOGITS,
    "torch.nn.functional.nll_loss": _LIKELIHOOD,
    "torch.nn.functional.binary_cross_entropy": _BINARY,
    "torch.binary_cross_entropy_with_logits": _WITH_LOGITS,
    "torchvision.ops.sigmoid_focal_loss": _logits(SIGMOID, 0, "inputs"),
    "torchvision.ops.focal_loss.sigmoid_focal_loss": _logits(SIGMOID, 0, "inputs"),
    **{
        f"tensorflow.{below}nn.{name}": _logits(applies)
        for below in ("", "compat.v1.", "compat.v2.")
        for name, applies in (
            ("softmax_cross_entropy_with_logits", SOFTMAX),
            ("softmax_cross_entropy_with_logits_v2", SOFTMAX),
            ("sparse_softmax_cross_entropy_with_logits", SOFTMAX),
            ("sigmoid_cross_entropy_with_logits", SIGMOID),
        )
    },
    "tensorflow.nn.weighted_cross_entropy_with_logits": _logits(SIGMOID),
    **{
        f"tensorflow.{below}losses.{name}": _logits(applies)
        for below in ("", "compat.v1.")
        for name, applies in (("softmax_cross_entropy", SOFTMAX), ("sparse_softmax_cross_entropy", SOFTMAX), ("sigmoid_cross_entropy", SIGMOID))
    },
    **{
        f"optax.{below}{name}": _logits(applies, 0)
        for below in ("", "losses.")
        for name, applies in (
            ("softmax_cross_entropy", SOFTMAX),
            ("softmax_cross_entropy_with_integer_labels", SOFTMAX),
            ("sigmoid_binary_cross_entropy", SIGMOID),
        )
    },
}
"""Functions that give a loss."""

KERAS: tuple[str, ...] = ("tensorflow.keras.", "keras.", "tf_keras.", "tensorflow.python.keras.", "tensorflow.compat.v1.keras.")
"""The start of the names of Keras."""

KERAS_LOSSES: dict[str, str] = {
    "SparseCategoricalCrossentropy": SOFTMAX,
    "CategoricalCrossentropy": SOFTMAX,
    "CategoricalFocalCrossentropy": SOFTMAX,
    "BinaryCrossentropy": SIGMOID,
    "BinaryFocalCrossentropy": SIGMOID,
    "sparse_categorical_crossentropy": SOFTMAX,
    "categorical_crossentropy": SOFTMAX,
    "categorical_focal_crossentropy": SOFTMAX,
    "binary_crossentropy": SIGMOID,
    "binary_focal_crossentropy": SIGMOID,
}
"""Losses of Keras, as classes, functions and strings, with the activation that each applies when it is told that its input is logits."""

FROM_LOGITS_FIRST: frozenset[str] = frozenset({"SparseCategoricalCrossentropy", "CategoricalCrossentropy", "BinaryCrossentropy"})
"""Classes whose first parameter is ``from_logits``; of the functions it is the third."""

# -- PyTorch ---------------------------------------------------------------------------------------------------------------------------------------------

OPEN_ENDED: frozenset[str] = frozenset(
    {
        *(f"torch.nn.{name}" for name in ("Linear", "LazyLinear", "Bilinear")),
        *(f"torch.nn.{lazy}{name}{rank}d" for name in ("Conv", "ConvTranspose") for rank in (1, 2, 3) for lazy in ("", "Lazy")),
        *(f"torch.nn.BatchNorm{rank}d" for rank in (1, 2, 3)),
        "torch.nn.LayerNorm",
        "torch.nn.GroupNorm",
        "torch.nn.functional.linear",
        *(f"torch.nn.functional.conv{rank}d" for rank in (1, 2, 3)),
    }
)
"""Layers whose output is not bounded: scores."""

PASSING_LAYERS: frozenset[str] = frozenset(
    f"torch.nn.{name}"
    for name in (
        *("Identity", "Flatten", "Unflatten", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout"),
        *("Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"),
    )
)
"""Layers that hand on what they are given."""

PASSING_FUNCTIONS: frozenset[str] = frozenset(
    {
        *(
            f"torch.{name}"
            for name in "squeeze unsqueeze flatten reshape permute transpose movedim swapaxes clone cat concat concatenate stack narrow t ravel".split()
        ),
        *(f"torch.nn.functional.{name}" for name in ("dropout", "interpolate", "upsample")),
        *(f"tensorflow.{name}" for name in "squeeze expand_dims reshape transpose identity concat stack cast".split()),
        "tensorflow.nn.dropout",
        *(f"jax.numpy.{name}" for name in "squeeze expand_dims reshape transpose ravel".split()),
    }
)
"""Functions that do."""

PASSING_METHODS: frozenset[str] = frozenset(
    "squeeze unsqueeze flatten reshape view view_as reshape_as permute transpose contiguous float double half bfloat16 to cuda cpu clone t type type_as squeeze_ unsqueeze_ "
    "astype ravel swapaxes".split()
)
"""Methods of a tensor that do."""

ACTIVATION_METHODS: dict[str, str] = {name: ACTIVATIONS[name] for name in ("softmax", "log_softmax", "sigmoid", "logsigmoid")}
ACTIVATION_METHODS["sigmoid_"] = SIGMOID
"""Methods of a tensor that apply an activation."""

ACTIVATION_PREFIXES: tuple[str, ...] = (
    "torch.",
    "tensorflow.",
    "keras.",
    "tf_keras.",
    "jax.nn.",
    "flax.linen.",
    "jax.scipy.special.",
    "tensorflow_probability.",
)
"""The start of the names of functions that apply the activation they are called after."""

SEQUENTIAL = "torch.nn.Sequential"

HEADS: frozenset[str] = frozenset({"fc", "classifier", "head", "heads", "last_linear", "_fc"})
"""Attributes under which ready-made classifiers keep their last layers."""

READY_MADE: tuple[str, ...] = (
    *(
        f"torchvision.models.{name}"
        for name in "resnet resnext wide_resnet vgg alexnet densenet efficientnet mobilenet shufflenet regnet convnext".split()
    ),
    *(f"torchvision.models.{name}" for name in ("squeezenet", "mnasnet", "swin_", "vit_", "maxvit")),
    "timm.create_model",
    "timm.models.create_model",
    "efficientnet_pytorch.EfficientNet.from_",
)
"""The start of the names of calls that give such a classifier; as it comes it ends in scores."""

# -- Keras -----------------------------------------------------------------------------------------------------------------------------------------------

KERAS_OPEN_ENDED: frozenset[str] = frozenset(
    {"Dense", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv1DTranspose", "Convolution2D", "SeparableConv2D", "dense", "conv2d"}
)
"""Layers whose output is not bounded unless they are given an activation."""

KERAS_PASSING: frozenset[str] = frozenset(
    {
        *("Flatten", "Reshape", "Permute", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "UpSampling2D", "UpSampling1D"),
        *("Cropping2D", "ZeroPadding2D", "ActivityRegularization", "Masking", "Identity"),
    }
)
"""Layers that hand on what they are given."""

KERAS_ACTIVATIONS: dict[str, str] = {"Softmax": SOFTMAX}
"""Layers that are an activation."""
