"""Random numbers: who draws from a global generator, and who seeds which.

Sources (read 2026-11): the documentation of Python 3.14 ``random``, NumPy 2.3 "Legacy random generation", PyTorch 2.9 "Reproducibility" and
"Random sampling", TensorFlow 2.20 ``tf.random``, Keras 3 ``keras.utils.set_random_seed``, CuPy 13 "Random", Lightning 2.5 ``seed_everything``,
Accelerate 1.12 ``set_seed``, Transformers 4.57 ``set_seed`` and ``Trainer``, fastai 2.8 ``set_seed``, MONAI 1.5 ``set_determinism``.
"""

from __future__ import annotations

PYTHON, NUMPY, TORCH, TENSORFLOW, CUPY = "random", "numpy", "torch", "tensorflow", "cupy"

LIBRARY_TITLES = {PYTHON: "Python's random", NUMPY: "NumPy", TORCH: "PyTorch", TENSORFLOW: "TensorFlow", CUPY: "CuPy"}

SEED_ADVICE = {
    PYTHON: "random.seed(SEED)",
    NUMPY: "np.random.seed(SEED), or better rng = np.random.default_rng(SEED)",
    TORCH: "torch.manual_seed(SEED)",
    TENSORFLOW: "tf.keras.utils.set_random_seed(SEED)",
    CUPY: "cupy.random.seed(SEED)",
}


def _under(prefix: str, names: str) -> frozenset[str]:
    return frozenset(f"{prefix}.{name}" for name in names.split())


_NUMPY_LEGACY = (
    "rand randn randint random random_sample ranf sample random_integers choice bytes shuffle permutation beta binomial chisquare dirichlet "
    "exponential f gamma geometric gumbel hypergeometric laplace logistic lognormal logseries multinomial multivariate_normal negative_binomial "
    "noncentral_chisquare noncentral_f normal pareto poisson power rayleigh standard_cauchy standard_exponential standard_gamma standard_normal "
    "standard_t triangular uniform vonmises wald weibull zipf"
)

DRAWS: dict[str, frozenset[str]] = {
    PYTHON: _under(
        "random",
        "random randint randrange choice choices shuffle sample uniform triangular betavariate binomialvariate expovariate gammavariate gauss "
        "lognormvariate normalvariate vonmisesvariate paretovariate weibullvariate getrandbits randbytes",
    ),
    NUMPY: _under("numpy.random", _NUMPY_LEGACY),
    TORCH: _under("torch", "rand randn randint randperm rand_like randn_like randint_like normal bernoulli multinomial poisson")
    | _under("torch.utils.data", "random_split"),
    TENSORFLOW: _under("tensorflow.random", "normal uniform truncated_normal gamma poisson categorical shuffle stateless_fold_in")
    | _under("tensorflow", "random_normal random_uniform random_shuffle truncated_normal")
    | _under("tensorflow.compat.v1", "random_normal random_uniform random_shuffle truncated_normal"),
    CUPY: _under("cupy.random", _NUMPY_LEGACY),
}
"""Calls that draw from a library's global generator, whatever the arguments (an explicit ``generator=`` apart)."""

TRAINING_DRAWS: dict[str, frozenset[str]] = {
    TORCH: _under(
        "torch.nn",
        "Linear Bilinear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d Embedding EmbeddingBag LSTM GRU RNN LSTMCell GRUCell "
        "RNNCell Transformer TransformerEncoderLayer TransformerDecoderLayer MultiheadAttention LazyLinear LazyConv2d",
    )
    | _under("torch.utils.data", "RandomSampler WeightedRandomSampler")
    | _under(
        "torch.nn.init",
        "uniform_ normal_ trunc_normal_ xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_ orthogonal_ sparse_ uniform normal xavier_uniform "
        "xavier_normal kaiming_uniform kaiming_normal orthogonal",
    ),
    TENSORFLOW: frozenset(
        f"{base}.layers.{layer}"
        for base in ("keras", "tensorflow.keras", "tensorflow.compat.v1.keras", "tf_keras")
        for layer in (
            "Dense Conv1D Conv2D Conv3D Embedding LSTM GRU SimpleRNN Dropout SeparableConv2D MultiHeadAttention Bidirectional Conv2DTranspose"
        ).split()
    ),
}
"""Constructors that draw initial weights or an order from the global generator; it matters only where the program trains."""

FILLING_METHODS: frozenset[str] = frozenset("normal_ uniform_ bernoulli_ exponential_ random_ cauchy_ log_normal_ geometric_".split())
"""Methods of a tensor of PyTorch that fill it with random numbers."""

TRAINING_ATTRIBUTES: dict[str, tuple[frozenset[str], ...]] = {
    TORCH: (frozenset({"backward", "step"}), frozenset({"manual_backward"})),
    TENSORFLOW: tuple(frozenset({name}) for name in ("fit", "apply_gradients", "train_on_batch", "fit_generator", "minimize")),
}
"""Sets of methods that, called together, show that a program trains a model of a library (``backward`` alone also profiles one)."""

WEIGHT_MAKERS: tuple[tuple[str, str], ...] = (
    ("torchvision.models.", ""),
    ("timm.create_model", ""),
    ("timm.models.create_model", ""),
    ("segmentation_models_pytorch.", ""),
    *(
        ("transformers.", f"{task}.from_pretrained")
        for task in ("ForSequenceClassification", "ForTokenClassification", "ForMultipleChoice", "ForQuestionAnswering", "ForImageClassification")
    ),
)
"""Further calls by the start and end of their name that draw initial weights of PyTorch: whole networks, and new heads on trained ones."""


_WEIGHT_MODULES = tuple(start for start, _ in WEIGHT_MAKERS)


def builds_weights(name: str) -> bool:
    """Whether a qualified call is one of :data:`WEIGHT_MAKERS`."""
    if not name.startswith(_WEIGHT_MODULES):
        return False
    return any(name.startswith(start) and name.endswith(end) for start, end in WEIGHT_MAKERS) and not name.endswith(("Weights", "get_model_weights"))


PROBE_DRAWS: frozenset[str] = _under("torch", "rand randn randint rand_like randn_like randint_like")
"""Draws that often only make an input of the right shape, to export, trace or time a model; elsewhere than in training they are weak evidence."""

TRAINING_CALLS: dict[str, frozenset[str]] = {
    TORCH: frozenset({"pytorch_lightning.Trainer", "lightning.Trainer", "lightning.pytorch.Trainer", "lightning.pytorch.trainer.Trainer"})
    | frozenset({"transformers.Trainer", "transformers.Seq2SeqTrainer"}),
    TENSORFLOW: frozenset({"tensorflow.GradientTape"}),
}
"""Calls that show the same."""

GENERATORS: dict[str, str] = {
    "random.Random": PYTHON,
    "numpy.random.default_rng": NUMPY,
    "numpy.random.RandomState": NUMPY,
    **dict.fromkeys(_under("numpy.random", "PCG64 PCG64DXSM MT19937 Philox SFC64"), NUMPY),
    "cupy.random.default_rng": CUPY,
    "cupy.random.RandomState": CUPY,
}
"""Explicit generators by their library; made without a seed they draw it from the operating system, and no global seed reaches them."""

_TRIO = (PYTHON, NUMPY, TORCH)

SEEDERS: dict[str, tuple[str, ...]] = {
    "random.seed": (PYTHON,),
    "random.setstate": (PYTHON,),
    "numpy.random.seed": (NUMPY,),
    "numpy.random.set_state": (NUMPY,),
    "torch.manual_seed": (TORCH,),
    "torch.random.manual_seed": (TORCH,),
    "torch.set_rng_state": (TORCH,),
    "torch.random.set_rng_state": (TORCH,),
    "tensorflow.random.set_seed": (TENSORFLOW,),
    "tensorflow.set_random_seed": (TENSORFLOW,),
    "tensorflow.random.set_random_seed": (TENSORFLOW,),
    "tensorflow.compat.v1.set_random_seed": (TENSORFLOW,),
    "tensorflow.compat.v1.random.set_random_seed": (TENSORFLOW,),
    "tensorflow.keras.utils.set_random_seed": (PYTHON, NUMPY, TENSORFLOW),
    "keras.utils.set_random_seed": (PYTHON, NUMPY, TENSORFLOW, TORCH),
    "cupy.random.seed": (CUPY,),
    "pytorch_lightning.seed_everything": _TRIO,
    "pytorch_lightning.utilities.seed.seed_everything": _TRIO,
    "lightning.seed_everything": _TRIO,
    "lightning.pytorch.seed_everything": _TRIO,
    "lightning.fabric.seed_everything": _TRIO,
    "lightning.fabric.utilities.seed.seed_everything": _TRIO,
    "lightning_lite.seed_everything": _TRIO,
    "lightning.pytorch.cli.LightningCLI": _TRIO,
    "pytorch_lightning.cli.LightningCLI": _TRIO,
    "pytorch_lightning.utilities.cli.LightningCLI": _TRIO,
    "lightning_fabric.seed_everything": _TRIO,
    "accelerate.utils.set_seed": _TRIO,
    "accelerate.utils.random.set_seed": _TRIO,
    "accelerate.set_seed": _TRIO,
    "transformers.set_seed": (*_TRIO, TENSORFLOW),
    "transformers.trainer_utils.set_seed": (*_TRIO, TENSORFLOW),
    "transformers.enable_full_determinism": (*_TRIO, TENSORFLOW),
    "transformers.trainer_utils.enable_full_determinism": (*_TRIO, TENSORFLOW),
    "diffusers.training_utils.set_seed": _TRIO,
    "transformers.Trainer": _TRIO,
    "transformers.Seq2SeqTrainer": _TRIO,
    "fastai.torch_core.set_seed": _TRIO,
    "fastai.basics.set_seed": _TRIO,
    "fastai.vision.all.set_seed": _TRIO,
    "fastai.text.all.set_seed": _TRIO,
    "fastai.tabular.all.set_seed": _TRIO,
    "fastai.collab.set_seed": _TRIO,
    "torch_geometric.seed_everything": _TRIO,
    "torch_geometric.seed.seed_everything": _TRIO,
    "monai.utils.set_determinism": _TRIO,
    "monai.utils.misc.set_determinism": _TRIO,
    "ignite.utils.manual_seed": _TRIO,
    "composer.utils.reproducibility.seed_all": _TRIO,
    "composer.utils.seed_all": _TRIO,
    "detectron2.utils.env.seed_all_rng": _TRIO,
    "mmengine.runner.set_random_seed": _TRIO,
    "stable_baselines3.common.utils.set_random_seed": _TRIO,
}
"""Calls that seed, with the libraries whose global generators they seed. The Trainers of Transformers seed from their arguments (default 42), the
command line of Lightning chooses a seed where none is given and notes it."""

SEEDING_FAMILIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (("trl.", "Trainer", _TRIO), ("sentence_transformers.", "Trainer", _TRIO))
"""Classes by the start and end of their name that seed like the Trainer of Transformers, which they extend."""

SEEDING_WORDS = (
    r"(?:^|_)(?:set_?(?:all_?|random_?|global_?|rng_?)*seeds?|seed_?(?:everything|all|torch|worker|env|rng|py|np)|(?:fix|init|setup|same|reset|manual|make|apply)_?"
    r"(?:all_?|random_?|rng_?)*seeds?|set_?(?:rng|determin\w*|reproducib\w*)|make_?determin\w*|make_?reproducib\w*|enable_?(?:full_?)?determin\w*|random_?seed|seeding)"
)
"""Names of helpers of unknown packages that are taken to seed everything: what cannot be seen is not complained about."""
