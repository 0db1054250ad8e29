"""Splitter is given a seed but told not to shuffle.

``KFold``, ``StratifiedKFold`` and their grouped kin use ``random_state`` only to shuffle. With ``shuffle`` left at its default of ``False`` scikit-learn
raises a ValueError as soon as the splitter is made, so the run fails; in versions before 0.24 it silently ignored the seed.

Pass ``shuffle=True`` together with ``random_state``, or drop ``random_state`` if the rows are meant to keep their order.

A ``shuffle`` whose value is computed elsewhere is left alone, and so are a seed that is a parameter with the default ``None`` and a call that unpacks
``*args`` or ``**kwargs``. So is the interface from before scikit-learn 0.18 (``n_folds``), which never complained.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlops_lint.api import UNKNOWN, Confidence, Finding, Fix, PythonDocument, Rule, Safety, Severity, argument_of, unpacks

if TYPE_CHECKING:
    import libcst as cst

rule = Rule(
    code="RP303",
    summary="splitter has a random_state but does not shuffle",
    consideration="randomness",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    fix=Safety.SAFE,
    references=("https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.KFold.html",),
)

# Position of ``shuffle``; ``random_state`` is keyword-only in all.
_SHUFFLE = 1
_SPLITTERS = frozenset(
    f"sklearn.model_selection{private}.{name}"
    for private in ("", "._split")
    for name in ("KFold", "StratifiedKFold", "StratifiedGroupKFold", "GroupKFold")
)
_OLD_PARAMETERS = ("n_folds", "y", "n", "labels")


@rule.on_call(*sorted(_SPLITTERS))
def check(call: cst.Call, doc: PythonDocument) -> Iterator[Finding]:
    """Flag a seed that is known not to be ``None`` beside a shuffle that is known to be off."""
    import libcst as cst

    seed = argument_of(call, "random_state", 2)
    if seed is None or unpacks(call) or _is_old(call, doc):
        return
    value = doc.value(seed.value)
    if value is None or (value is UNKNOWN and not isinstance(seed.value, (cst.Name, cst.Attribute))):
        return
    shuffle = argument_of(call, "shuffle", _SHUFFLE)
    if shuffle is not None and doc.value(shuffle.value) is not False:
        return
    if value is UNKNOWN and isinstance(seed.value, cst.Name) and _may_be_left_out(seed.value, doc):
        return
    name = doc.source(call.func)
    if shuffle is None:
        fix = Fix("Add shuffle=True", (doc.insert_after(call.args[-1].value, ", shuffle=True"),), Safety.SAFE)
    else:
        fix = Fix("Set shuffle=True", (doc.replace(shuffle.value, "True"),), Safety.SAFE)
    yield rule.finding(doc.at(call), f"{name} gets a random_state while shuffle is off, which raises ValueError", fix=fix)


def _is_old(call: cst.Call, doc: PythonDocument) -> bool:
    """Whether the call is, or may be, one of ``sklearn.cross_validation``, which is gone."""
    if any(argument_of(call, name) is not None for name in _OLD_PARAMETERS):
        return True
    return not doc.names(call) <= _SPLITTERS and argument_of(call, "n_splits") is None


def _may_be_left_out(seed: cst.Name, doc: PythonDocument) -> bool:
    """Whether a seed is a parameter that is ``None`` unless the caller gives one."""
    import libcst as cst

    function = doc.enclosing(seed, cst.FunctionDef)
    if function is None:
        return False
    every = (*function.params.posonly_params, *function.params.params, *function.params.kwonly_params)
    return any(one.name.value == seed.value and one.default is not None and doc.value(one.default) is None for one in every)
