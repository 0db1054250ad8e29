"""Determinism: the switches that ask for repeatable kernels, and those that give them up.

Sources (read 2026-11): PyTorch 2.9 "Reproducibility" and ``torch.use_deterministic_algorithms``, Lightning 2.5 ``Trainer``, Transformers 4.57
``TrainingArguments.full_determinism``, MONAI 1.5 ``set_determinism``, TensorFlow 2.20 ``tf.config.experimental.enable_op_determinism``.
"""

from __future__ import annotations

TORCH, TENSORFLOW = "torch", "tensorflow"

ATTRIBUTES: dict[str, str] = {
    "torch.backends.cudnn.deterministic": "asks",
    "torch.backends.cudnn.benchmark": "breaks",
}
"""Attributes by what ``True`` means; ``False`` means the contrary of ``asks`` only where something else asks."""

SWITCHES: dict[str, str] = {
    "torch.use_deterministic_algorithms": "mode",
    "torch.set_deterministic": "d",
}
"""Functions whose first argument turns determinism on or off, by the name of that parameter."""

ASKING_CALLS: dict[str, str] = {
    "tensorflow.config.experimental.enable_op_determinism": TENSORFLOW,
    "transformers.enable_full_determinism": TORCH,
    "transformers.trainer_utils.enable_full_determinism": TORCH,
    "monai.utils.set_determinism": TORCH,
    "monai.utils.misc.set_determinism": TORCH,
}
"""Calls that ask for determinism whatever their arguments (a seed of ``None`` apart), by library. Those of PyTorch turn cuDNN's benchmark off as well."""

TRAINERS: frozenset[str] = frozenset(
    f"{module}.Trainer"
    for module in (
        "pytorch_lightning",
        "lightning",
        "lightning.pytorch",
        "pytorch_lightning.trainer",
        "lightning.pytorch.trainer",
        "pytorch_lightning.trainer.trainer",
    )
)
"""Trainers with the arguments ``deterministic`` and ``benchmark``."""

FULL_DETERMINISM_CALLS: frozenset[str] = frozenset({"transformers.TrainingArguments", "transformers.Seq2SeqTrainingArguments"})
"""Calls with the argument ``full_determinism``."""

ENVIRONMENT: dict[str, dict[str, str]] = {
    "TF_DETERMINISTIC_OPS": {"1": "asks", "true": "asks", "0": "breaks", "false": "breaks"},
    "TF_CUDNN_DETERMINISTIC": {"1": "asks", "true": "asks", "0": "breaks", "false": "breaks"},
    "TF_CUDNN_USE_AUTOTUNE": {"1": "breaks"},
}
"""Environment variables of TensorFlow by what their values mean."""

CONFIG_ASKS = frozenset({"deterministic", "full_determinism", "use_deterministic_algorithms", "cudnn_deterministic"})
"""Keys of configuration files that ask for determinism when they are true."""

CONFIG_BREAKS = frozenset({"cudnn_benchmark"})
"""Keys that turn cuDNN's benchmark on."""

TRAINER_KEYS = frozenset(
    "max_epochs min_epochs max_steps accelerator devices strategy precision num_nodes gradient_clip_val check_val_every_n_epoch _target_".split()
)
"""Keys beside which ``benchmark`` is the argument of Lightning's Trainer."""

CONFIG_LOADERS: frozenset[str] = frozenset(
    {
        "yaml.safe_load",
        "yaml.load",
        "yaml.full_load",
        "omegaconf.OmegaConf.load",
        "hydra.main",
        "hydra.compose",
        "json.load",
        "json.loads",
        "tomllib.load",
        "tomllib.loads",
        "tomli.load",
        "toml.load",
        "lightning.pytorch.cli.LightningCLI",
        "pytorch_lightning.cli.LightningCLI",
        "mmengine.Config.fromfile",
        "mmengine.config.Config.fromfile",
    }
)
"""Calls by which a program reads its configuration."""
