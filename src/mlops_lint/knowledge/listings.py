"""Listings: functions that give files in the order in which the file system keeps them, and functions that put things in order.

Sources (read 2026-11): Python 3.14 ``os.listdir``, ``os.scandir``, ``os.walk`` ("in arbitrary order"), ``glob`` ("the order in which the file system
reports"), ``pathlib`` ("in arbitrary order"); natsort 8.4; NumPy 2.3 ``sort`` and ``unique``; TensorFlow 2.20 ``tf.io.gfile.listdir`` ("in arbitrary
order").
"""

from __future__ import annotations

LISTS: frozenset[str] = frozenset({"os.listdir", "glob.glob", "glob2.glob", "tensorflow.io.gfile.listdir", "tensorflow.gfile.ListDirectory"})
"""Functions that give a list of file names."""

ITERATES: frozenset[str] = frozenset({"os.scandir", "glob.iglob", "glob2.iglob"})
"""Functions that give them one by one."""

WALKS: frozenset[str] = frozenset({"os.walk", "os.fwalk"})
"""Functions that give folders with their folders and files."""

PATH_TYPES: frozenset[str] = frozenset(
    {"pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath", "pathlib.WindowsPath", "pathlib.Path.cwd", "pathlib.Path.home"}
)
"""What a path object is made by."""

PATH_METHODS: frozenset[str] = frozenset({"iterdir", "rglob", "glob"})
"""Methods of a path object that list files."""

SORTS: frozenset[str] = frozenset(
    {
        *("numpy.sort", "numpy.unique", "numpy.lexsort", "numpy.argsort"),
        *(f"natsort.{name}" for name in ("natsorted", "humansorted", "realsorted", "os_sorted", "order_by_index")),
        *("heapq.nsmallest", "heapq.nlargest", "heapq.merge", "torch.unique", "torch.sort"),
    }
)
"""Functions that give what they are given in an order of its own."""

SHUFFLES: frozenset[str] = frozenset(
    {
        *("random.shuffle", "random.sample", "random.choice", "random.choices"),
        *("numpy.random.shuffle", "numpy.random.permutation", "numpy.random.choice"),
    }
)
"""Functions that draw from a sequence by place: with a seed they give the same places, not the same items."""

SAVES: frozenset[str] = frozenset(
    {
        *("json.dump", "json.dumps", "pickle.dump", "pickle.dumps", "joblib.dump", "yaml.dump", "yaml.safe_dump", "torch.save"),
        *("numpy.save", "numpy.savez", "numpy.savez_compressed", "numpy.savetxt", "dill.dump", "cloudpickle.dump"),
    }
)
"""Functions that write a value to a file."""

SAVE_METHODS: frozenset[str] = frozenset({"to_csv", "to_parquet", "to_pickle", "to_json", "to_feather", "writelines", "create_dataset"})
"""Methods that write a table or lines."""

SAMPLE_TAKERS: frozenset[str] = frozenset(
    {
        *("torch.utils.data.TensorDataset", "torch.utils.data.DataLoader", "torch.utils.data.Subset", "datasets.Dataset.from_dict"),
        *("tensorflow.data.Dataset.from_tensor_slices", "tensorflow.data.TFRecordDataset", "tensorflow.data.TextLineDataset"),
        *("monai.data.Dataset", "monai.data.CacheDataset", "monai.data.DataLoader", "datasets.Dataset.from_list"),
    }
)
"""What takes a list of samples and goes by their places."""
