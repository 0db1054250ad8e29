"""PYTHONHASHSEED is set inside the running interpreter.

Python reads this variable once, when it starts. Setting it later changes nothing in the process that sets it: the order of sets of strings still differs
between runs, while the code looks as if that had been dealt with.

Set it where Python is started (``PYTHONHASHSEED=0 python train.py``, ``ENV`` in the image, ``env`` in the job), or sort whatever is taken from a set.

It is right for child processes: a function that starts any, itself or through a function of the same file, stays silent, as does a file that runs its
program again, a notebook that runs programs in a shell, and a dictionary that is only handed on.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlops_lint.api import Confidence, Finding, NotebookDocument, PythonDocument, Rule, Severity, Span, argument_of

if TYPE_CHECKING:
    import libcst as cst

rule = Rule(
    code="RP311",
    summary="PYTHONHASHSEED is set after the interpreter has started",
    consideration="randomness",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    references=("https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHASHSEED",),
)

_VARIABLE = "PYTHONHASHSEED"
_SETTING = re.compile(rf"{_VARIABLE}(?:\s*=\s*|\s+)\S")
_RESTARTS = ("os.exec", "os.spawn", "os.posix_spawn")
_CHILDREN = (
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
    import libcst as cst

    for node in doc.nodes(cst.Assign):
        if any(_is_variable(target.target, doc) for target in node.targets) and not _has_children(doc, node):
            yield rule.finding(doc.at(node), _MESSAGE)
    for update in doc.nodes(cst.AugAssign):
        given = doc.value(update.value)
        if "os.environ" in doc.names(update.target) and isinstance(given, dict) and _VARIABLE in given and not _has_children(doc, update):
            yield rule.finding(doc.at(update), _MESSAGE)


def _is_variable(target: cst.BaseExpression, doc: PythonDocument) -> bool:
    import libcst as cst

    if not isinstance(target, cst.Subscript) or len(target.slice) != 1 or "os.environ" not in doc.names(target.value):
        return False
    index = target.slice[0].slice
    return isinstance(index, cst.Index) and doc.value(index.value) == _VARIABLE


@rule.on_document(NotebookDocument)
def check_magic(doc: NotebookDocument) -> Iterator[Finding]:
    """Flag ``%env PYTHONHASHSEED=…``, which sets it for the running kernel."""
    if _has_commands(doc):
        return
    for cell in doc.code_cells:
        for magic in cell.magics:
            if magic.kind == "line" and magic.name in ("env", "set_env") and _SETTING.match(magic.argument):
                yield rule.finding(doc.at(cell.source.file_span(Span(magic.span.start, magic.span.end))), _MESSAGE)


def _has_commands(doc: NotebookDocument) -> bool:
    """Whether a notebook runs programs in a shell, which inherit the kernel's variables."""
    return any(
        magic.kind in ("shell", "cell")
        and re.search(r"\b(?:python\d?|torchrun|accelerate|deepspeed|papermill|bash|sh)\b", f"{magic.name} {magic.argument}")
        for cell in doc.code_cells
        for magic in cell.magics
    )


@rule.on_call("os.putenv", "os.environ.setdefault", "os.environ.update")
def check_call(call: cst.Call, doc: PythonDocument) -> Iterator[Finding]:
    """Flag the same by a function."""
    name = argument_of(call, "key", 0)
    given = doc.value(name.value) if name is not None else None
    names_it = given == _VARIABLE or (isinstance(given, dict) and _VARIABLE in given) or argument_of(call, _VARIABLE) is not None
    if names_it and not _has_children(doc, call):
        yield rule.finding(doc.at(call), _MESSAGE)


def _has_children(doc: PythonDocument, node: cst.CSTNode) -> bool:
    """Whether the program is run again, or the same function (or module body) starts other processes, which do inherit the variable."""
    if isinstance(doc, NotebookDocument) and _has_commands(doc):
        return True
    names, here = doc.scopes, doc.scope(node).function
    starting: set[str] = set()
    for call in names.calls:
        found = names.names(call.func)
        if any(name.startswith(_RESTARTS) for name in found):
            return True
        if any(name.startswith(_CHILDREN) for name in found):
            function = names.scope_of(call).function
            if function is here:
                return True
            starting.add(function.name)
    return any(isinstance(call.func, ast.Name) and call.func.id in starting and names.scope_of(call).function is here for call in names.calls)
