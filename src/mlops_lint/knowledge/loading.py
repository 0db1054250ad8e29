"""Loading rows in worker processes: who starts workers, and from which version on their generators are seeded.

Sources (read 2026-11): the documentation of PyTorch 2.9 and 1.8 (``torch.utils.data``), the release notes of PyTorch 1.9.0 ("DataLoader workers seed NumPy"),
PyTorch Geometric 2.7 ``loader``, Lightning 2.5 ``seed_everything(workers=True)``.
"""

from __future__ import annotations

LOADERS: frozenset[str] = frozenset(
    {
        "torch.utils.data.DataLoader",
        "torch.utils.data.dataloader.DataLoader",
        "torch_geometric.loader.DataLoader",
        "torch_geometric.data.DataLoader",
    }
)
"""Constructors of loaders, with the parameters of PyTorch's own."""

DATASET_BASES: frozenset[str] = frozenset(
    f"torch.utils.data.{module}{name}" for module in ("", "dataset.") for name in ("Dataset", "IterableDataset", "TensorDataset", "Subset")
) | frozenset(
    {"torchvision.datasets.VisionDataset", "torchvision.datasets.ImageFolder", "torchvision.datasets.CIFAR10", "torchvision.datasets.MNIST"}
)
"""Bases of datasets."""

ROW_METHODS = ("__getitem__", "__getitems__", "__iter__")
"""Methods of a dataset that run in the workers."""

WORKER_CALLS: frozenset[str] = frozenset({"torch.utils.data.get_worker_info", "torch.initial_seed", "numpy.random.seed", "numpy.random.set_state"})
"""Calls by which code in a worker tells the workers apart, or seeds them."""

NUMPY_SEEDED_SINCE = "1.9"
"""From this version of torch on each worker seeds NumPy from its own number."""

WORKER_SEEDERS: frozenset[str] = frozenset(
    {
        "lightning.seed_everything",
        "lightning.pytorch.seed_everything",
        "lightning.fabric.seed_everything",
        "pytorch_lightning.seed_everything",
        "pytorch_lightning.utilities.seed.seed_everything",
    }
)
"""Calls that, with ``workers=True``, give every loader a function that seeds its workers."""
