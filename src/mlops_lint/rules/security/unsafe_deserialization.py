"""File is read by a loader that can run code.

A pickle is a program: reading it calls whatever functions it names, with the rights of the process that reads. Whoever can replace the file, in the bucket,
the registry, the shared folder or on the way, owns the training job or the service that loads it. That the path is written in the code changes nothing,
because it is the content that acts. joblib, dill, cloudpickle, ``pandas.read_pickle``, ``numpy.load(allow_pickle=True)`` and ``torch.load`` in full all
read pickles underneath.

Pass ``weights_only=True`` to ``torch.load``, or keep weights as safetensors, arrays without ``allow_pickle``, tables as Parquet and scikit-learn models as
skops or ONNX. Where a pickle must stay, check its signature or hash before it is read.

``torch.load`` without ``weights_only`` is judged by the torch version of the nearest manifests and locks: from 2.6 on it is safe and silent, before it is
reported, and where no version is known with medium confidence. ``numpy.load`` is reported without ``allow_pickle`` where NumPy is pinned below 1.16.3. A
switch that is only the default of a parameter or an option counts with medium confidence, and so does a reader that ``functools.partial`` prepares. What
the same function wrote just before, what is checked by hmac, a refused hash or fickling, and restricted unpicklers are left alone, and so are programs that
list safe globals (unless an old torch is pinned) and switches whose value is computed elsewhere. A file that comes from a request, an upload, a URL, a hub or
the command line is SE107's. Loads in tests have low confidence. The fix is safe only
where the result goes to ``load_state_dict`` and nowhere else; checkpoints that hold more may need ``add_safe_globals``.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Edit, Finding, Fix, Location, Project, Rule, Safety, Severity, Span
from mlops_lint.facts.load_defaults import LoadDefault
from mlops_lint.facts.loads import ABSENT, ModelLoad
from mlops_lint.facts.unsafe_loads import REQUIRES, OutsideLoad, UnsafeLoad, outside_loads, unsafe_loads
from mlops_lint.knowledge.loaders import KERAS, NUMPY, SKOPS, TORCH

rule = Rule(
    code="SE106",
    summary="file is read by a loader that can run code",
    consideration="unauthorized-access",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    fix=Safety.UNSAFE,
    requires=REQUIRES,
    references=(
        "https://docs.python.org/3/library/pickle.html",
        "https://docs.pytorch.org/docs/stable/generated/torch.load.html",
        "https://numpy.org/doc/stable/reference/generated/numpy.load.html",
    ),
)

_TOLD = {
    TORCH: "and weights_only=False",
    NUMPY: "and allow_pickle=True",
    KERAS: "and safe_mode=False",
    SKOPS: "and every type trusted",
}
_ADVICE = {
    NUMPY: "save plain arrays and drop allow_pickle; write objects in another format",
    KERAS: "keep safe_mode on, and give custom layers by custom_objects or register_keras_serializable instead of Lambda",
    SKOPS: "list the types you reviewed: trusted=[...]",
}


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each load that runs code by its own arguments, or by the default of the torch version in use."""
    unsafe: tuple[UnsafeLoad, ...] = project.derive(unsafe_loads)
    outside: dict[Location, OutsideLoad] = project.derive(outside_loads)
    for one in unsafe:
        if one.load.location in outside:
            continue  # SE107's
        yield rule.finding(
            one.load.location,
            _message(one.load, one.default),
            related=one.version,
            fix=_fix(one.load, one.default),
            confidence=one.confidence,
            help=_ADVICE.get(one.load.mode, ""),
        )


def _message(load: ModelLoad, default: LoadDefault | None) -> str:
    if default is not None and load.switch == ABSENT:
        if default.version is not None and load.mode == NUMPY:
            return f"reading with {load.written} can run code from the file: allow_pickle is on by default in NumPy {default.version.version}"
        if default.version is not None:
            return f"reading with {load.written} can run code from the file: weights_only is off by default in torch {default.version.version}"
        return f"reading with {load.written} can run code from the file unless torch is 2.6 or newer: weights_only is not set"
    if load.name.endswith("enable_unsafe_deserialization"):
        return f"calling {load.written} lets every later load of a Keras model run code from the file"
    if load.mode in _TOLD:
        return f"reading with {load.written} {_TOLD[load.mode]} runs whatever code the file holds"
    return f"reading with {load.written} runs whatever code the file holds"


def _fix(load: ModelLoad, default: LoadDefault | None) -> Fix | None:
    """Adding the switch keeps behaviour where plain weights are read; turning an explicit False around may not."""
    if default is None or load.mode != TORCH or not default.has_switch:
        return None
    if load.switch_span is not None:
        return Fix("Set weights_only=True", (Edit(load.path, load.switch_span, "True"),), Safety.UNSAFE)
    if load.insert_at is None:
        return None
    edit = Edit(load.path, Span(load.insert_at, load.insert_at), ", weights_only=True")
    return Fix("Add weights_only=True", (edit,), Safety.SAFE if load.is_state_dict else Safety.UNSAFE)
