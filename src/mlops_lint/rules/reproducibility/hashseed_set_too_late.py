"""PYTHONHASHSEED is set inside the running interpreter.

Python reads this variable once, when it starts. Setting it later changes nothing in the process that sets it: the order of sets of strings still differs
between runs, while the code looks as if that had been dealt with.

Set it where Python is started (``PYTHONHASHSEED=0 python train.py``, ``ENV`` in the image, ``env`` in the job), or sort whatever is taken from a set.

It is right for child processes: a function that starts any, or runs the program again, stays silent, and so does a dictionary that is only handed on.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from mlops_lint.api import Confidence, Finding, PythonDocument, Rule, Severity, argument_of

rule = Rule(
    code="RP311",
    summary="PYTHONHASHSEED is set after the interpreter has started",
    consideration="randomness",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    references=("https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHASHSEED",),
)

_VARIABLE = "PYTHONHASHSEED"
_CHILDREN = (
    "os.exec",
    "os.spawn",
    "os.posix_spawn",
    "os.system",
    "os.popen",
    "subprocess.",
    "torch.multiprocessing.",
    "multiprocessing.",
    "ray.init",
)
_MESSAGE = "PYTHONHASHSEED is set after Python has started, so it has no effect on this process"


@rule.on_document(PythonDocument)
def check_assignments(doc: PythonDocument) -> Iterator[Finding]:
    """Flag ``os.environ["PYTHONHASHSEED"] = …``."""
    if _VARIABLE not in doc.code:
        return  # nothing here is worth a full parse
    for node in doc.nodes(cst.Assign):
        for target in node.targets:
            found = target.target
            if isinstance(found, cst.Subscript) and len(found.slice) == 1 and "os.environ" in doc.names(found.value):
                index = found.slice[0].slice
                if isinstance(index, cst.Index) and doc.value(index.value) == _VARIABLE and not _has_children(doc, node):
                    yield rule.finding(doc.at(node), _MESSAGE)


@rule.on_call("os.putenv", "os.environ.setdefault", "os.environ.update")
def check_call(call: cst.Call, doc: PythonDocument) -> Iterator[Finding]:
    """Flag the same by a function."""
    name = argument_of(call, "key", 0)
    given = doc.value(name.value) if name is not None else None
    names_it = given == _VARIABLE or (isinstance(given, dict) and _VARIABLE in given) or argument_of(call, _VARIABLE) is not None
    if names_it and not _has_children(doc, call):
        yield rule.finding(doc.at(call), _MESSAGE)


def _has_children(doc: PythonDocument, node: cst.CSTNode) -> bool:
    """Whether the same function (or module body) starts other processes, which do inherit the variable."""
    here = doc.scope(node).function
    return any(
        name.startswith(_CHILDREN) for call in doc.scopes.calls if doc.scopes.scope_of(call).function is here for name in doc.scopes.names(call.func)
    )
