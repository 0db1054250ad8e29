"""Readers that can run code while they read, what makes each of them safe, and the writers whose files they read.

Sources (read 2026-11): Python 3.14 ``pickle`` and ``shelve`` (their warnings), PyTorch 2.9 ``torch.load`` and "Serialization semantics" (``weights_only``
since 1.13.0, default since 2.6.0), NumPy 2.3 ``numpy.load`` (``allow_pickle`` is off by default since 1.16.3), pandas 2.3 ``read_pickle``, joblib 1.5
"Persistence", dill 0.4, cloudpickle 3.1, jsonpickle 4.1 (its security warning), Keras 3 ``saving.load_model`` and
``config.enable_unsafe_deserialization``, skops 0.13 "Secure persistence".
"""

from __future__ import annotations

from dataclasses import dataclass

TORCH_SAFE_SINCE = "2.6"
"""The first torch whose ``load`` refuses code unless it is told otherwise."""
TORCH_SWITCH_SINCE = "1.13"
"""The first torch whose ``load`` knows ``weights_only``."""

NUMPY_SAFE_SINCE = "1.16.3"
"""The first NumPy whose ``load`` refuses pickled objects unless it is told otherwise."""

ALWAYS, TORCH, NUMPY, KERAS, SKOPS = "always", "torch", "numpy", "keras", "skops"


@dataclass(frozen=True, slots=True)
class Loader:
    """How a reader is kept from running code.

    ``mode``: ``always`` (it cannot be kept), or the library whose switch decides: ``switch`` is that parameter and ``position`` its place, if it has
    one. ``source`` is the parameter that says what is read; it stands first. ``is_certain`` is false for readers that are often used on data of the
    program's own.
    """

    mode: str = ALWAYS
    source: str = "file"
    switch: str = ""
    position: int | None = None
    is_certain: bool = True


_PICKLE = Loader()
_PANDAS = Loader(source="filepath_or_buffer")
_JOBLIB = Loader(source="filename")
_TORCH = Loader(TORCH, "f", "weights_only")
_NUMPY = Loader(NUMPY, "file", "allow_pickle", 2)
_KERAS = Loader(KERAS, "filepath", "safe_mode", 3)

_PICKLERS = ("pickle", "_pickle", "cPickle", "six.moves.cPickle", "pickle5", "dill", "dill._dill", "cloudpickle", "ray.cloudpickle")
_FRAMES = ("pandas", "pandas.io.pickle", "pandas.io.api", "modin.pandas", "cudf", "geopandas", "pyspark.pandas")
_KERASES = ("keras", "tensorflow.keras", "tf_keras", "tensorflow.python.keras")

LOADERS: dict[str, Loader] = {
    **{f"{module}.{name}": _PICKLE for module in _PICKLERS for name in ("load", "loads", "Unpickler")},
    "dill.load_session": Loader(source="filename"),
    "dill.load_module": Loader(source="filename"),
    "dill.load_module_asdict": Loader(source="filename"),
    "compress_pickle.load": Loader(source="path"),
    "compress_pickle.loads": _PICKLE,
    "joblib.load": _JOBLIB,
    "joblib.numpy_pickle.load": _JOBLIB,
    "sklearn.externals.joblib.load": _JOBLIB,
    **{f"{module}.read_pickle": _PANDAS for module in _FRAMES},
    "pandas.compat.pickle_compat.load": _PICKLE,
    "torch.load": _TORCH,
    "torch.serialization.load": _TORCH,
    "numpy.load": _NUMPY,
    "numpy.lib.npyio.load": _NUMPY,
    "cupy.load": _NUMPY,
    **{f"{module}.{name}.load_model": _KERAS for module in _KERASES for name in ("models", "saving")},
    "skops.io.load": Loader(SKOPS, "file", "trusted", 1),
    "skops.io.loads": Loader(SKOPS, "data", "trusted", 1),
    "jsonpickle.decode": Loader(source="string", is_certain=False),
    "jsonpickle.loads": Loader(source="string", is_certain=False),
    "jsonpickle.unpickler.decode": Loader(source="string", is_certain=False),
    "shelve.open": Loader(source="filename", is_certain=False),
}
"""Readers by their qualified name."""

UNSAFE_SWITCHES: frozenset[str] = frozenset(
    f"{module}.{name}.enable_unsafe_deserialization"
    for module in _KERASES
    for name in ("config", "saving", "__internal__", "src.saving.serialization_lib", "saving.serialization_lib")
)
"""Calls that turn the safe mode of all later loads off."""

SKOPS_LISTERS: frozenset[str] = frozenset({"skops.io.get_untrusted_types"})
"""Calls that list what a file holds; trusting all of it unseen is trusting everything."""

WRITERS: dict[str, tuple[str, int]] = {
    **{f"{module}.dump": ("file", 1) for module in _PICKLERS},
    "joblib.dump": ("filename", 1),
    "sklearn.externals.joblib.dump": ("filename", 1),
    "torch.save": ("f", 1),
    "torch.serialization.save": ("f", 1),
    "numpy.save": ("file", 0),
    "numpy.savez": ("file", 0),
    "numpy.savez_compressed": ("file", 0),
    "compress_pickle.dump": ("path", 1),
    "skops.io.dump": ("file", 1),
    "dill.dump_session": ("filename", 0),
    "dill.dump_module": ("filename", 0),
    "pandas.to_pickle": ("filepath_or_buffer", 1),
}
"""Calls that write such files, with the parameter and the position of what is written to."""

WRITING_METHODS: frozenset[str] = frozenset({"to_pickle"})
"""Methods of unknown objects that write such files to their first argument (``path`` by name)."""

ENCODERS: frozenset[str] = frozenset(
    [f"{module}.dumps" for module in _PICKLERS] + ["compress_pickle.dumps", "skops.io.dumps", "jsonpickle.encode", "jsonpickle.dumps"]
)
"""Calls whose result is such a file in memory."""

CONTENT_GUARDS: tuple[str, ...] = ("fickling.always_check_safety", "fickling.check_safety", "fickling.is_likely_safe", "fickling.hook.")
"""The start of the names of calls that check what a pickle holds before it is read."""

SIGNATURE_GUARDS: frozenset[str] = frozenset({"hmac.compare_digest", "secrets.compare_digest"})
"""Calls that compare a signature."""

ALLOW_LISTS: frozenset[str] = frozenset({"torch.serialization.safe_globals", "torch.serialization.add_safe_globals"})
"""Calls that list what ``torch.load`` may make; who uses them (they exist since torch 2.4 and 2.5) counts on ``weights_only``."""
