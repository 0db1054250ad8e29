"""Splitter is given a seed but told not to shuffle.

``KFold`` and ``StratifiedKFold`` use ``random_state`` only to shuffle. With ``shuffle`` left at its default of ``False`` scikit-learn raises a ValueError
as soon as the splitter is made, so the run fails; in versions before 0.24 it silently ignored the seed.

Pass ``shuffle=True`` together with ``random_state``, or drop ``random_state`` if the rows are meant to keep their order.

A ``shuffle`` whose value is computed elsewhere is left alone, and so is a call that unpacks ``*args`` or ``**kwargs``.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from mlops_lint.api import UNKNOWN, Confidence, Finding, Fix, PythonDocument, Rule, Safety, Severity, argument_of, unpacks

rule = Rule(
    code="RP303",
    summary="splitter has a random_state but does not shuffle",
    consideration="randomness",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    fix=Safety.SAFE,
    references=("https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.KFold.html",),
)

# Position of ``shuffle``; ``random_state`` is keyword-only in both.
_SHUFFLE = 1


@rule.on_call("sklearn.model_selection.KFold", "sklearn.model_selection.StratifiedKFold", "sklearn.model_selection.StratifiedGroupKFold")
def check(call: cst.Call, doc: PythonDocument) -> Iterator[Finding]:
    """Flag a seed that is known not to be ``None`` beside a shuffle that is known to be off."""
    seed = argument_of(call, "random_state", 2)
    if seed is None or unpacks(call):
        return
    value = doc.value(seed.value)
    if value is None or (value is UNKNOWN and not isinstance(seed.value, (cst.Name, cst.Attribute))):
        return
    shuffle = argument_of(call, "shuffle", _SHUFFLE)
    if shuffle is not None and doc.value(shuffle.value) is not False:
        return
    name = doc.source(call.func)
    if shuffle is None:
        fix = Fix("Add shuffle=True", (doc.insert_after(call.args[-1].value, ", shuffle=True"),), Safety.SAFE)
    else:
        fix = Fix("Set shuffle=True", (doc.replace(shuffle.value, "True"),), Safety.SAFE)
    yield rule.finding(doc.at(call), f"{name} gets a random_state while shuffle is off, which raises ValueError", fix=fix)
