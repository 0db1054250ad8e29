"""Networks at inference: which layers heed the mode, what looks for gradients on purpose, and which words tell an evaluation.

Sources (read 2026-11): the documentation of PyTorch 2.9 (``nn``, ``nn.functional``, ``autograd``, "Autograd mechanics"), torchvision 0.24, Transformers 4.57
(``PreTrainedModel.from_pretrained``: "set in evaluation mode by default"), Lightning 2.5 ("Trainer": evaluation and prediction loops), Captum 0.8.
"""

from __future__ import annotations

MODE_LAYERS: frozenset[str] = frozenset(
    "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout BatchNorm1d BatchNorm2d BatchNorm3d LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d "
    "SyncBatchNorm RReLU Transformer TransformerEncoder TransformerDecoder TransformerEncoderLayer TransformerDecoderLayer FractionalMaxPool2d".split()
)
"""Layers of ``torch.nn`` that work differently in training and in evaluation as they come."""

MODE_LAYERS_WITH: dict[str, str] = {
    "LSTM": "dropout",
    "GRU": "dropout",
    "RNN": "dropout",
    "MultiheadAttention": "dropout",
    "InstanceNorm1d": "track_running_stats",
    "InstanceNorm2d": "track_running_stats",
    "InstanceNorm3d": "track_running_stats",
}
"""Layers of ``torch.nn`` that do so when a parameter is set."""

CONTAINER_LAYERS: frozenset[str] = frozenset({"Sequential", "ModuleList", "ModuleDict", "Module"})
"""Layers of ``torch.nn`` that do what is in them."""

MODE_FUNCTIONS: frozenset[str] = frozenset(
    f"torch.nn.functional.{name}"
    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout", "batch_norm")
)
"""Functions that do the same by their ``training`` parameter."""

MODEL_ZOOS: tuple[str, ...] = ("torchvision.models.", "timm.create_model", "timm.models.", "segmentation_models_pytorch.")
"""Constructors of networks that hold such layers, and that come in training mode."""

KEEPS_GRADIENTS_OFF: frozenset[str] = frozenset({"no_grad", "inference_mode", "stop_gradient", "no_grad_"})
"""The last words of contexts and decorators that keep no gradients, whatever the library."""

SWITCHES_GRADIENTS: frozenset[str] = frozenset({"set_grad_enabled", "_set_grad_enabled"})
"""The last words of calls that switch them by an argument."""

GRADIENT_SEEKERS: tuple[str, ...] = (
    "torch.autograd.grad",
    "torch.autograd.functional.",
    "torch.func.grad",
    "torch.func.jacrev",
    "captum.",
    "pytorch_grad_cam.",
    "torchcam.",
    "torchattacks.",
    "foolbox.",
    "art.attacks.",
    "advertorch.",
    "autoattack.",
    "gradcam.",
)
"""The start of the names of calls that need gradients at inference."""

GRADIENT_METHODS: frozenset[str] = frozenset(
    {"register_full_backward_hook", "register_backward_hook", "register_hook", "retain_grad", "requires_grad_", "autograd"}
)
"""Methods that do."""

EVALUATION_WORDS: frozenset[str] = frozenset(
    "evaluate evaluation evaluating eval validate validation validating val valid test testing predict predicts prediction predictions predicting infer inference "
    "classify recognize recognise accuracy benchmark".split()
)
"""Words in the names of functions that evaluate or predict."""

TRAINING_WORDS: frozenset[str] = frozenset(
    "train training trainer fit finetune learn optimize optimise update backward attack adversarial perturb fgsm pgd cam gradcam saliency explain attribution "
    "attributions gradient gradients grad loss closure distill hook mc dropout uncertainty bn calibrate calibration recalibrate stats".split()
)
"""Words in the names of functions that learn, need gradients, or leave a network in training mode on purpose."""

VARYING_WORDS: frozenset[str] = frozenset(
    "mc mcdropout dropout montecarlo monte carlo uncertainty bayesian stochastic bn recalibrate calibrate calibration".split()
)
"""Words in the names of functions that want layers to work as in training although nothing is learnt."""

FRAMEWORK_BASES: frozenset[str] = frozenset(
    {
        "pytorch_lightning.LightningModule",
        "lightning.LightningModule",
        "lightning.pytorch.LightningModule",
        "pytorch_lightning.core.LightningModule",
        "pytorch_lightning.Callback",
        "lightning.Callback",
        "lightning.pytorch.Callback",
        "pytorch_lightning.callbacks.Callback",
        "lightning.pytorch.callbacks.Callback",
        "transformers.Trainer",
        "transformers.Seq2SeqTrainer",
        "transformers.trainer.Trainer",
        "trl.SFTTrainer",
        "mmengine.model.BaseModel",
        "fastai.callback.core.Callback",
        "detectron2.engine.DefaultTrainer",
        "composer.ComposerModel",
        "composer.models.ComposerModel",
        "allennlp.models.Model",
        "allennlp.models.model.Model",
        "skorch.NeuralNet",
        "skorch.NeuralNetClassifier",
    }
)
"""Classes whose methods a framework calls in the right mode and without gradients."""

HARMLESS_CALLEES: tuple[str, ...] = (
    "torch.",
    "builtins.",
    "torchsummary.",
    "torchinfo.",
    "torchviz.",
    "wandb.",
    "mlflow.",
    "copy.",
    "logging.",
    "thop.",
    "fvcore.",
    "ptflops.",
    "torchmetrics.",
    "torchvision.",
    "tqdm.",
    "timm.data.",
    "timm.optim.",
    "timm.utils.ModelEma",
    "sklearn.metrics.",
    "inspect.",
    "time.",
    "json.",
    "os.",
    "functools.partial",
    "transformers.get_",
    "transformers.AdamW",
    "bitsandbytes.",
    "apex.amp.initialize",
    "torch_ema.",
    "accelerate.",
    "numpy.",
)
"""The start of the names of calls that leave the mode of a network they are handed as it is."""

BOILING_METHODS: frozenset[str] = frozenset(
    "item tolist numpy argmax topk argsort max multinomial decode batch_decode convert_ids_to_tokens cpu detach_numpy save".split()
)
"""Methods by which an answer of a network becomes figures, labels or text."""

BOILING_CALLS: tuple[str, ...] = (
    "torch.argmax",
    "torch.max",
    "torch.topk",
    "torch.multinomial",
    "torch.sort",
    "torch.eq",
    "torch.save",
    "numpy.",
    "sklearn.metrics.",
    "torchvision.utils.",
    "PIL.",
    "cv2.",
    "matplotlib.",
    "json.",
    "soundfile.",
    "imageio.",
    "pandas.",
    "torchmetrics.",
    "evaluate.",
    "builtins.float",
    "builtins.int",
    "torchvision.ops.",
    "torchvision.transforms.",
)
"""The start of the names of functions that do so."""

PICTURING_CALLS: tuple[str, ...] = (
    "torchvision.utils.save_image",
    "matplotlib.",
    "PIL.",
    "cv2.imwrite",
    "imageio.",
    "wandb.Image",
    "skimage.io.imsave",
)
"""The start of the names of functions that draw, or write a picture."""

PICTURING_METHODS: frozenset[str] = frozenset({"add_image", "add_images", "add_figure", "imshow", "imsave"})
"""Methods that do so."""

LOOKS_ONLY: frozenset[str] = frozenset({"numpy.shape", "numpy.ndim", "numpy.size", "torchvision.utils.make_grid"})
"""Functions among them that look at the form of an answer, or only lay it out."""

MADE_UP: frozenset[str] = frozenset(
    f"torch.{name}" for name in ("rand", "randn", "zeros", "ones", "empty", "randint", "rand_like", "randn_like", "zeros_like", "ones_like", "full")
)
"""Functions that make a tensor out of nothing, to try a network out."""
