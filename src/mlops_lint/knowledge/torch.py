"""PyTorch and its companions: what their classes are, and what their calls mean for a training loop.

Sources (read 2026-11): the documentation of PyTorch 2.9 (``nn``, ``optim``, ``utils.data``, ``amp``, ``distributed``), Lightning 2.5, Accelerate 1.12, timm 1.0,
Transformers 4.57.
"""

from __future__ import annotations

from functools import lru_cache

MODULE_PREFIXES: tuple[str, ...] = ("torch.nn.", "torchvision.models.", "timm.models.", "segmentation_models_pytorch.", "torch_geometric.nn.")
"""Classes and constructors below these give a network, the losses apart."""

MODULE_MAKERS: frozenset[str] = frozenset({"timm.create_model", "torch.hub.load", "torch.jit.load", "torch.compile", "torchvision.models.get_model"})
"""Further calls that give a network."""

PRETRAINED_MODELS = (
    "AutoModel",
    "ForSequenceClassification",
    "ForCausalLM",
    "ForTokenClassification",
    "ForQuestionAnswering",
    "ForMaskedLM",
    "ForConditionalGeneration",
    "LMHeadModel",
    "ForImageClassification",
    "PreTrainedModel",
    "BertModel",
    "ViTModel",
    "CLIPModel",
    "T5Model",
    "GPT2Model",
    "RobertaModel",
)
"""Parts of the names of Transformers' model classes, whose ``from_pretrained`` gives a network."""

LOSS_CLASSES: frozenset[str] = frozenset(
    "L1Loss MSELoss CrossEntropyLoss CTCLoss NLLLoss PoissonNLLLoss GaussianNLLLoss KLDivLoss BCELoss BCEWithLogitsLoss MarginRankingLoss "
    "HingeEmbeddingLoss MultiLabelMarginLoss HuberLoss SmoothL1Loss SoftMarginLoss MultiLabelSoftMarginLoss CosineEmbeddingLoss MultiMarginLoss "
    "TripletMarginLoss TripletMarginWithDistanceLoss NLLLoss2d".split()
)
"""Below ``torch.nn``."""

LOSS_FUNCTIONS: frozenset[str] = frozenset(
    "binary_cross_entropy binary_cross_entropy_with_logits cross_entropy nll_loss mse_loss l1_loss smooth_l1_loss huber_loss kl_div ctc_loss poisson_nll_loss "
    "gaussian_nll_loss hinge_embedding_loss margin_ranking_loss multi_margin_loss multilabel_margin_loss multilabel_soft_margin_loss soft_margin_loss "
    "triplet_margin_loss cosine_embedding_loss".split()
)
"""Below ``torch.nn.functional``."""

ACTIVATIONS: dict[str, str] = {
    "softmax": "softmax",
    "log_softmax": "log_softmax",
    "sigmoid": "sigmoid",
    "logsigmoid": "logsigmoid",
    "softmin": "softmax",
    "tanh": "tanh",
    "relu": "relu",
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
    "Sigmoid": "sigmoid",
    "LogSigmoid": "logsigmoid",
    "Softmin": "softmax",
    "Tanh": "tanh",
    "ReLU": "relu",
}
"""Functions of ``torch``, ``torch.nn.functional`` and tensors, and classes of ``torch.nn``, with the activation they apply."""

NO_GRAD: frozenset[str] = frozenset(
    {
        "torch.no_grad",
        "torch.inference_mode",
        "torch.autograd.no_grad",
        "torch.autograd.inference_mode",
        "torch.autograd.grad_mode.no_grad",
        "torch.autograd.grad_mode.inference_mode",
        "torch.set_grad_enabled",
        "torch.autograd.set_grad_enabled",
    }
)
"""Contexts and decorators under which no gradients are kept."""

GRADIENT_RESETS: frozenset[str] = frozenset(
    {
        "zero_grad",
        "zero_grads",
        "zero_gradients",
        "reset_grad",
        "reset_grads",
        "clear_grad",
        "clear_grads",
        "clear_gradients",
        "cleargrads",
        "zerograds",
    }
)
"""Methods that set gradients back: of PyTorch and its wrappers, Paddle (``clear_grad``) and Chainer (``cleargrads``)."""

RESETS_BY_ITSELF: tuple[str, ...] = ("mxnet.", "jittor.", "deepspeed.", "mindspore.", "tensorflow.", "keras.")
"""Starts of the names of libraries whose gradients do not add up from step to step (MXNet's ``grad_req`` is ``write``; Jittor and DeepSpeed reset as they step)."""

OTHER_NUMBERS: tuple[str, ...] = (
    "numpy.",
    "math.",
    "scipy.",
    "sklearn.",
    "mxnet.",
    "tensorflow.",
    "keras.",
    "tf_keras.",
    "jax.",
    "optax.",
    "mindspore.",
)
"""Starts of the names of functions whose results hang on no graph of PyTorch."""

SCHEDULERS_STEP_LAST_SINCE = "1.1"
"""From this version of torch on a scheduler steps after the optimizer; before it, at the start of the epoch (release notes of 1.1.0, read 2026-11)."""

DISTRIBUTED_WRAPPERS: frozenset[str] = frozenset(
    {
        "torch.nn.parallel.DistributedDataParallel",
        "torch.nn.parallel.distributed.DistributedDataParallel",
        "torch.distributed.fsdp.FullyShardedDataParallel",
        "torch.distributed.fsdp.fully_sharded_data_parallel.FullyShardedDataParallel",
        "torch.distributed.fsdp.fully_shard",
        "torch.distributed._composable.fsdp.fully_shard",
        "apex.parallel.DistributedDataParallel",
    }
)
"""Calls that make every process train one network together, each on rows of its own."""

DISTRIBUTED_SAMPLERS: frozenset[str] = frozenset(
    {
        "torch.utils.data.distributed.DistributedSampler",
        "torch.utils.data.DistributedSampler",
        "torchdata.stateful_dataloader.sampler.StatefulDistributedSampler",
        "torchtnt.utils.data.DistributedSampler",
        "catalyst.data.DistributedSamplerWrapper",
    }
)
"""Samplers that give each process rows of its own."""

PLAIN_SAMPLERS: frozenset[str] = frozenset(
    f"torch.utils.data.{below}{name}" for below in ("", "sampler.") for name in ("RandomSampler", "SequentialSampler", "SubsetRandomSampler")
)
"""Samplers that give every process all rows."""

PROCESS_WORDS: frozenset[str] = frozenset(
    {
        "rank",
        "local_rank",
        "global_rank",
        "world_size",
        "node_rank",
        "proc_id",
        "process_index",
        "num_processes",
        "ddp_rank",
        "ddp_local_rank",
        "ddp_world_size",
    }
)
"""Names of variables and attributes that hold the number of a process, or how many there are."""

PROCESS_VARIABLES: frozenset[str] = frozenset({"RANK", "LOCAL_RANK", "WORLD_SIZE", "SLURM_PROCID", "SLURM_LOCALID", "OMPI_COMM_WORLD_RANK"})
"""Environment variables that hold the same."""

TRAINING_ENGINES: tuple[str, ...] = (
    "accelerate.Accelerator",
    "lightning.",
    "pytorch_lightning.",
    "transformers.Trainer",
    "ray.train.",
    "deepspeed.initialize",
    "colossalai.",
    "composer.",
    "fairscale.",
    "mmengine.",
    "torch.distributed.rpc.",
    "torch.distributed.pipelining.",
    "torch.distributed.tensor.parallel.",
    "torch.distributed.tensor.DeviceMesh",
)
"""Starts of the names of calls by which a library takes over how rows reach the processes, or by which processes share one stream of rows."""

SELF_SHARDING_DATASETS: tuple[str, ...] = (
    "webdataset.",
    "streaming.",
    "litdata.",
    "ffcv.",
    "nvidia.dali.",
    "torchdata.",
    "tensorflow_datasets.",
    "mosaicml.",
)
"""Starts of the names of data sets that give each process rows of its own."""

OUTSIDE_BASES: dict[str, frozenset[str]] = {
    "torch.nn.Module": frozenset({"module"}),
    "torch.nn.modules.Module": frozenset({"module"}),
    "torch.nn.Sequential": frozenset({"module"}),
    "torch.nn.ModuleList": frozenset({"module"}),
    "transformers.PreTrainedModel": frozenset({"module"}),
    "torch.utils.data.Dataset": frozenset({"dataset"}),
    "torch.utils.data.IterableDataset": frozenset({"dataset"}),
    "torch.utils.data.dataset.Dataset": frozenset({"dataset"}),
    "torchvision.datasets.VisionDataset": frozenset({"dataset"}),
    "torchvision.datasets.ImageFolder": frozenset({"dataset"}),
    **dict.fromkeys(DISTRIBUTED_SAMPLERS, frozenset({"sampler", "distributed-sampler"})),
    **dict.fromkeys(PLAIN_SAMPLERS, frozenset({"sampler", "plain-sampler"})),
    "torch.utils.data.Sampler": frozenset({"sampler"}),
    "torch.utils.data.sampler.Sampler": frozenset({"sampler"}),
    "torch.optim.Optimizer": frozenset({"optimizer"}),
    "torch.utils.data.DataLoader": frozenset({"loader"}),
    "pytorch_lightning.LightningModule": frozenset({"module", "lightning-module"}),
    "lightning.LightningModule": frozenset({"module", "lightning-module"}),
    "lightning.pytorch.LightningModule": frozenset({"module", "lightning-module"}),
    "pytorch_lightning.LightningDataModule": frozenset({"lightning-data"}),
    "lightning.LightningDataModule": frozenset({"lightning-data"}),
    "lightning.pytorch.LightningDataModule": frozenset({"lightning-data"}),
    "transformers.Trainer": frozenset({"trainer"}),
    "keras.Model": frozenset({"keras-model"}),
    "tensorflow.keras.Model": frozenset({"keras-model"}),
}
"""Bases that say what a class of the project is."""

TRAINER_MAKERS: frozenset[str] = frozenset(
    {
        "transformers.Trainer",
        "transformers.Seq2SeqTrainer",
        "pytorch_lightning.Trainer",
        "lightning.Trainer",
        "lightning.pytorch.Trainer",
        "lightning.fabric.Fabric",
        "trl.SFTTrainer",
        "trl.DPOTrainer",
        "ignite.engine.Engine",
    }
)
"""Calls that give an object which runs the training loop itself."""


@lru_cache(maxsize=4096)
def kinds_of_torch(name: str) -> frozenset[str]:
    """What a call of this qualified name gives; empty for what is not known."""
    last = name.rpartition(".")[2]
    if (
        name.startswith("torch.optim.lr_scheduler.")
        or name in ("transformers.get_scheduler",)
        or (name.startswith("transformers.get_") and name.endswith("_warmup"))
    ):
        return frozenset({"scheduler"})
    if name.startswith(("torch.optim.", "bitsandbytes.optim.", "apex.optimizers.")) or name in (
        "transformers.AdamW",
        "transformers.Adafactor",
        "timm.optim.create_optimizer",
    ):
        return frozenset({"optimizer"})
    if name.startswith("torch.nn.") and not name.startswith(("torch.nn.functional.", "torch.nn.init.", "torch.nn.utils.")):
        if last in LOSS_CLASSES:
            return frozenset({"loss-function"})
        return frozenset({"module"}) if last[:1].isupper() else frozenset()
    if name.startswith("torch.nn.functional."):
        return frozenset({"loss"}) if last in LOSS_FUNCTIONS else frozenset({"tensor"})
    if name.startswith(MODULE_PREFIXES) or name in MODULE_MAKERS:
        return frozenset({"module"})
    if last in ("from_pretrained", "from_config") and name.startswith("transformers."):
        owner = name.split(".")[-2]
        if any(part in owner for part in PRETRAINED_MODELS):
            return frozenset({"module", "pretrained"})
        return (
            frozenset({"tokenizer"})
            if "Tokenizer" in owner
            else frozenset({"processor"})
            if "Processor" in owner or "Extractor" in owner
            else frozenset()
        )
    if name in ("torch.utils.data.DataLoader", "torch.utils.data.dataloader.DataLoader", "torch_geometric.loader.DataLoader"):
        return frozenset({"loader"})
    if name.startswith(("torchvision.datasets.", "torchaudio.datasets.", "torchtext.datasets.")) or name in (
        "torch.utils.data.TensorDataset",
        "torch.utils.data.Subset",
        "torch.utils.data.ConcatDataset",
    ):
        return frozenset({"dataset"})
    if name in ("torch.cuda.amp.GradScaler", "torch.amp.GradScaler", "torch.cuda.amp.grad_scaler.GradScaler"):
        return frozenset({"grad-scaler"})
    if name in ("accelerate.Accelerator", "accelerate.accelerator.Accelerator"):
        return frozenset({"accelerator"})
    if name in DISTRIBUTED_SAMPLERS:
        return frozenset({"sampler", "distributed-sampler"})
    if name in PLAIN_SAMPLERS:
        return frozenset({"sampler", "plain-sampler"})
    if name in TRAINER_MAKERS:
        return frozenset({"trainer"})
    if name in ("torch.nn.parallel.DistributedDataParallel", "torch.nn.DataParallel"):
        return frozenset({"module"})
    if name.startswith(("keras.", "tensorflow.keras.", "tf_keras.")):
        if last in ("Sequential", "Model") or (".applications." in name and last[:1].isupper()) or last == "load_model":
            return frozenset({"keras-model"})
        if last in ("Normalization", "TextVectorization", "StringLookup", "IntegerLookup", "Discretization"):
            return frozenset({"adapting-layer"})
        return frozenset()
    if name.startswith("torch.") and last.islower() and name.count(".") == 1 and last not in NOT_TENSORS:
        return frozenset({"tensor"})
    return frozenset()


NOT_TENSORS: frozenset[str] = frozenset(
    "load save device no_grad inference_mode manual_seed seed compile set_grad_enabled is_tensor numel is_grad_enabled set_default_dtype set_num_threads "
    "get_num_threads use_deterministic_algorithms autocast dtype finfo iinfo typename is_floating_point vmap set_printoptions set_default_device".split()
)
"""Functions directly below ``torch`` that give no tensor."""
