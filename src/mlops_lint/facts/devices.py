"""Devices: where code asks for a GPU, and where it finds out whether there is one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.documents.notebook import NotebookDocument
from mlops_lint.documents.python import PythonDocument
from mlops_lint.facts.definitions import guarded_nodes, owner_of
from mlops_lint.knowledge.devices import (
    CONDITION_WORDS,
    CUDA_TENSORS,
    CUDA_TEXT,
    DEVICE_CALLS,
    DEVICE_KEYWORDS,
    GPU_ONLY,
    GPU_ONLY_CALLS,
    OTHER_FALLBACKS,
    TENSORFLOW_DEVICE_CALLS,
    TENSORFLOW_TEXT,
    TEST_WORDS,
    TESTS,
)
from mlops_lint.python.names import Names
from mlops_lint.python.values import evaluate
from mlops_lint.text.span import Span

USE, TEST, GPU_CODE = "use", "test", "gpu code"

_WORDS = re.compile(r"cuda|gpu", re.IGNORECASE)
_TEST_TEXT = re.compile(r"^--?(no[-_]?cuda|no[-_]?gpu|use[-_]cuda|use[-_]gpu|local[-_]rank|cpu)$|LOCAL_RANK|nvidia-smi")
_SHOWING = re.compile(r"print|log|info|debug|warning|write|display|echo|format")
_GPU_FUNCTION = re.compile(r"cuda|gpu", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DeviceMention:
    """A place where code speaks of a GPU.

    ``how``: ``use`` (a literal GPU is asked for, whether there is one or not; ``what`` is how it is written), ``test`` (something finds out or decides about
    devices), ``gpu code`` (a library or call that knows no other device, or a notebook that asks for such a machine). ``function`` is the qualname of the
    definition it stands in.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    function: str
    how: str
    what: str
    span: Span

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[DeviceMention]:
        """The mentions of one program: all uses, and the first of each other kind."""
        if document.role in ("test", "vendored") or not _WORDS.search(document.code):
            return
        names = document.scopes
        for how, node, what in _others(document, names):
            yield cls(document.path, "", how, what, document.span_of(node) if node is not None else Span(0, 0))
        guarded = guarded_nodes(document)
        found = {document.span_of(node): (node, what) for node, what in _uses(names)}
        for span in sorted(found):
            node, what = found[span]
            yield cls(document.path, owner_of(node, names, guarded), USE, what, span)


def _others(document: PythonDocument, names: Names) -> Iterator[tuple[str, ast.AST | None, str]]:
    kinds: tuple[type[ast.AST], ...] = (ast.Call, ast.Attribute, ast.Constant, ast.keyword)
    test = next((node for kind in kinds for node in names.nodes(kind) if _is_test(node, names)), None)
    if test is not None:
        yield TEST, test, ""
    imported = sorted(name for name in names.imported() if any(name == one or name.startswith(f"{one}.") for one in GPU_ONLY) or "_cuda" in name)
    if imported:
        yield GPU_CODE, None, imported[0]
        return
    call = next((call for call in names.calls if names.names(call.func) & GPU_ONLY_CALLS), None)
    if call is not None:
        yield GPU_CODE, call, ast.unparse(call.func)
    elif isinstance(document, NotebookDocument) and document.root is not None and document.root.get("metadata", "accelerator") == "GPU":
        yield GPU_CODE, None, "the notebook's accelerator"


def _is_test(node: ast.AST, names: Names) -> bool:
    """Whether a node finds out about devices for more than to tell the user."""
    if isinstance(node, ast.Call):
        last = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
        known = names.names(node.func)
        if "torch.cuda.set_device" in known:
            return bool(node.args) and not isinstance(node.args[0], ast.Constant)
        return (bool(known & TESTS) or TEST_WORDS.search(last) is not None) and not _is_shown(node, names)
    if isinstance(node, ast.Attribute):
        return node.attr in ("use_cuda", "no_cuda", "use_gpu", "no_gpu", "local_rank", "cuda_available") and isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 60:
        return _TEST_TEXT.search(node.value) is not None
    if isinstance(node, ast.keyword):
        return node.arg in ("gpu", "num_gpus", "gpus", "gpu_type", "accelerator_type", "accelerator")
    return False


def _is_shown(node: ast.AST, names: Names) -> bool:
    """Whether a value only goes to the screen or the log."""
    for above in names.ancestors(node):
        if isinstance(above, ast.Expr):
            return True
        if isinstance(above, (ast.stmt, ast.IfExp, ast.BoolOp, ast.Lambda)):
            return False
        if isinstance(above, ast.Call):
            last = above.func.attr if isinstance(above.func, ast.Attribute) else above.func.id if isinstance(above.func, ast.Name) else ""
            if _SHOWING.fullmatch(last):
                return True
    return False


# -- uses --------------------------------------------------------------------------------------------------------------------------------------------


def _uses(names: Names) -> Iterator[tuple[ast.AST, str]]:
    for call in names.calls:
        found = _asked_for(call, names)
        # ``device == torch.device("cuda")`` asks, and needs none.
        if found is not None and not isinstance(names.parent(call), ast.Compare) and not _is_decided(call, names):
            yield found
    if any("builtins.exec" in names.names(call.func) for call in names.calls):
        return  # a configuration that is run here may set the names anew
    for node in names.nodes(ast.Assign):
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            target = node.targets[0]
            if target.id.lower() in ("device", "dev", "torch_device") and _is_gpu(node.value, names) and isinstance(node.value, ast.Constant):
                scope = names.scope_of(node)
                if scope.kind != "class" and len(scope.bindings.get(target.id, ())) == 1 and not _is_decided(node, names):
                    yield node.value, f"{target.id} = {_text(node.value, names)}"


def _asked_for(call: ast.Call, names: Names) -> tuple[ast.AST, str] | None:
    """The place and the words in which a call asks for a GPU, if it does."""
    known = names.names(call.func)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    first = call.args[0] if call.args else None
    if method == "cuda" and not known:
        given = [*call.args, *(one.value for one in call.keywords if one.arg == "device")]
        return (call, ".cuda()") if all(isinstance(one, ast.Constant) for one in given) else None
    if known & DEVICE_CALLS or method in ("to", "to_device"):
        given = [*call.args[:1], *(one.value for one in call.keywords if one.arg in ("device", "type"))]
        for one in given:
            if _is_gpu(one, names):
                return _place(call, one, names), f"{ast.unparse(call.func) if known else '.' + method}({_text(one, names)})"
        return None
    if known & TENSORFLOW_DEVICE_CALLS and first is not None:
        value = evaluate(first, names)
        return (call, f'tf.device("{value}")') if isinstance(value, str) and TENSORFLOW_TEXT.fullmatch(value) else None
    if any(CUDA_TENSORS.fullmatch(name) for name in known):
        return call, ast.unparse(call.func)
    if "torch.set_default_tensor_type" in known and first is not None:
        return (call, "torch.set_default_tensor_type") if "cuda" in ast.unparse(first) else None
    if any(name.startswith(OTHER_FALLBACKS) for name in known):
        return None
    for named in call.keywords:
        if named.arg in DEVICE_KEYWORDS and _is_gpu(named.value, names):
            return _place(call, named.value, names), f"{named.arg}={_text(named.value, names)}"
    return None


def _is_gpu(node: ast.expr, names: Names) -> bool:
    value = evaluate(node, names)
    return isinstance(value, str) and CUDA_TEXT.fullmatch(value) is not None


def _text(node: ast.expr, names: Names) -> str:
    return f'"{evaluate(node, names)}"'


def _place(call: ast.Call, given: ast.expr, names: Names) -> ast.AST:
    """Where the device is written: the call, or the single assignment of the name that it is given."""
    if isinstance(given, ast.Name) and (bound := names.scope_of(given).lookup(given.id)) is not None and bound[1][0].value is not None:
        return bound[1][0].value
    return call


def _is_for_gpus(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(_GPU_FUNCTION.search(text) for text in (function.name, *(ast.unparse(one) for one in function.decorator_list)))


def _is_decided(node: ast.AST, names: Names) -> bool:
    """Whether a condition on devices, or a handler, stands around a use; or a function that is there for the GPU alone."""
    inside: ast.AST = node
    for above in names.ancestors(node):
        if isinstance(above, (ast.If, ast.IfExp, ast.While)) and inside is not above.test and CONDITION_WORDS.search(ast.unparse(above.test)):
            return True
        if isinstance(above, ast.BoolOp) and CONDITION_WORDS.search(ast.unparse(above.values[0])) and inside is not above.values[0]:
            return True
        if isinstance(above, ast.Try) and inside in above.body and above.handlers:
            return True
        if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_for_gpus(above):
            return True
        inside = above
    return False
