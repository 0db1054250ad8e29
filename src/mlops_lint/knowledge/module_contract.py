"""What ``torch.nn.Module`` asks of the classes that extend it.

Sources (read 2026-11): PyTorch 2.9, ``nn.Module`` (``__setattr__``, ``register_buffer``, ``register_parameter``, ``add_module``), ``nn.ModuleList``,
``nn.ModuleDict``, ``nn.ParameterList``, "Autograd mechanics" (``requires_grad``); Lightning 2.5 ``LightningModule``.
"""

from __future__ import annotations

MODULE_BASES: frozenset[str] = frozenset(
    {
        "torch.nn.Module",
        "torch.nn.modules.Module",
        "torch.nn.modules.module.Module",
        "torch.nn.Sequential",
        "torch.nn.ModuleList",
        "torch.nn.ModuleDict",
        "pytorch_lightning.LightningModule",
        "pytorch_lightning.core.LightningModule",
        "pytorch_lightning.core.lightning.LightningModule",
        "lightning.LightningModule",
        "lightning.pytorch.LightningModule",
        "lightning.pytorch.core.LightningModule",
        "transformers.PreTrainedModel",
        "transformers.modeling_utils.PreTrainedModel",
        "torch_geometric.nn.MessagePassing",
        "torch_geometric.nn.conv.MessagePassing",
    }
)
"""Classes whose own constructor must have run before layers are set; further layers of ``torch.nn`` count too."""

PARAMETERS: frozenset[str] = frozenset(
    {"torch.nn.Parameter", "torch.nn.parameter.Parameter", "torch.nn.UninitializedParameter", "torch.nn.parameter.UninitializedParameter"}
)
"""Calls that give a parameter."""

REGISTERING_METHODS: frozenset[str] = frozenset(
    {"add_module", "register_module", "register_parameter", "register_buffer", "__setattr__", "register_modules"}
)
"""Methods of a network that make a layer known to it."""

OWN_BOOKKEEPING: frozenset[str] = frozenset(
    {"parameters", "named_parameters", "modules", "named_modules", "children", "_apply", "to", "cuda", "state_dict", "__getstate__"}
)
"""Methods which a class defines that takes care itself of layers that torch does not see."""

WEIGHTLESS: tuple[str, ...] = (
    "ReLU",
    "LeakyReLU",
    "ELU",
    "SELU",
    "CELU",
    "GELU",
    "SiLU",
    "Mish",
    "GLU",
    "Tanh",
    "Sigmoid",
    "Softplus",
    "Softmax",
    "LogSoftmax",
    "LogSigmoid",
    "Hard",
    "MaxPool",
    "AvgPool",
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "LPPool",
    "FractionalMaxPool",
    "MaxUnpool",
    "Flatten",
    "Unflatten",
    "Identity",
    "Upsample",
    "UpsamplingNearest",
    "UpsamplingBilinear",
    "ReflectionPad",
    "ReplicationPad",
    "ZeroPad",
    "ConstantPad",
    "PixelShuffle",
    "PixelUnshuffle",
    "Fold",
    "Unfold",
    "CosineSimilarity",
    "PairwiseDistance",
)
"""The start of the names of layers that neither learn anything nor behave differently in training."""

SAYS_GRADIENT: str = (
    r"requires?_grads|requires?_?gradients?|require_grad_?|required?_grad(?:ient)?|requires_grad_|requiresgrad|requires?Grad|requires_garde?|"
    r"requries_grad|reqiures_grad|requeires_grad|requirse_grad|requires_gard|requir_grad|rquires_grad|reqires_grad|need_grad|needs_grad"
)
"""Attributes that are meant to be ``requires_grad`` and are not."""
