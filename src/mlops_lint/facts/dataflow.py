"""Data flow: per function, where data comes in, what is checked, what is trained on, and how values travel between functions.

Values are named by *nodes*, plain strings inside one function: ``r0`` a read, ``c3`` the result of a call, ``t1`` a scaler, encoder or the like, ``p:df``
a parameter, ``a:Trainer.df`` an attribute of a class, ``g:df`` a variable of the module, ``i:pkg.mod.df`` an imported one. A variable stands for the set of
nodes its value may derive from; branches are joined.
:mod:`mlops_lint.facts.lineage` links the nodes of all functions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.documents.python import PythonDocument
from mlops_lint.facts.data_calls import Nodes, gates, is_check, is_read, is_trivial, trained_on
from mlops_lint.facts.definitions import MAIN_NAME, guarded_nodes
from mlops_lint.knowledge.validation import (
    CHECKING_DECORATORS,
    CHECKING_WORDS,
    ENFORCED_SCHEMA,
    OPAQUE_PACKAGES,
    TRANSFORMER_MODULES,
)
from mlops_lint.python.names import Names, Scope, dotted_name
from mlops_lint.text.span import Span

_NOTHING: Nodes = frozenset()
_CHECKING_NAME = re.compile(CHECKING_WORDS, re.IGNORECASE)
_MAX_STATEMENTS = 20_000


@dataclass(frozen=True, slots=True)
class DataPoint:
    """A read, a check or a training call: the nodes it speaks of, the callee as written, and where.

    ``receiver`` are, for a training call, the nodes of the object that is trained.
    """

    nodes: tuple[str, ...]
    what: str
    span: Span
    receiver: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call whose callee may be the project's own.

    ``result`` is its node. ``names`` are the callee's qualified names, ``method`` its last word when it is a method of an unknown object, ``owner`` the class
    when that is ``self``. ``arguments`` are (position or keyword, nodes); ``receiver`` the nodes of the object. ``checks`` says that its name promises a check.
    """

    result: str
    names: tuple[str, ...]
    method: str
    owner: str
    arguments: tuple[tuple[str, tuple[str, ...]], ...]
    receiver: tuple[str, ...]
    checks: bool
    span: Span


@dataclass(frozen=True, slots=True)
class FunctionFlow:
    """The flow of one function, module body or main guard, in terms of its own nodes.

    ``writes`` are (node, nodes it gets): attributes of ``self`` and variables of the module. ``decorators`` are the qualified names of the decorators;
    ``is_checked`` says that one of them is known to validate arguments or result.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    function: str
    parameters: tuple[str, ...]
    reads: tuple[DataPoint, ...]
    checks: tuple[DataPoint, ...]
    fits: tuple[DataPoint, ...]
    calls: tuple[CallSite, ...]
    writes: tuple[tuple[str, tuple[str, ...]], ...]
    returns: tuple[str, ...]
    decorators: tuple[str, ...]
    is_checked: bool

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[FunctionFlow]:
        """The flows of one program, the module body first; functions in which nothing travels are left out."""
        names = document.scopes
        guarded = guarded_nodes(document.tree)
        body = [node for node in document.tree.body if id(node) not in guarded and not _is_guard(node, guarded)]
        yield from _useful(_Flow(document, names, names.root, "").run(body))
        for node in document.tree.body:
            if _is_guard(node, guarded) and isinstance(node, ast.If):
                yield from _useful(_Flow(document, names, names.root, MAIN_NAME).run(node.body))
        for scope in names.root.walk():
            if isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from _useful(_Flow(document, names, scope, scope.qualname).run(scope.node.body))


def _is_guard(node: ast.stmt, guarded: frozenset[int]) -> bool:
    return isinstance(node, ast.If) and bool(node.body) and id(node.body[0]) in guarded


def _useful(flow: FunctionFlow) -> Iterator[FunctionFlow]:
    if flow.reads or flow.checks or flow.fits or flow.calls or flow.returns or flow.writes:
        yield flow


class _Flow:
    """Interprets the statements of one function once, in order, joining branches."""

    def __init__(self, document: PythonDocument, names: Names, scope: Scope, function: str) -> None:
        self._document = document
        self._names = names
        self._scope = scope
        self._function = function
        self._env: dict[str, Nodes] = {}
        self._reads: list[DataPoint] = []
        self._checks: dict[tuple[Nodes, Span], DataPoint] = {}
        self._fits: dict[Span, DataPoint] = {}
        self._calls: dict[int, CallSite] = {}
        self._results: dict[int, Nodes] = {}
        self._writes: dict[str, set[str]] = {}
        self._returns: set[str] = set()
        self._steps = 0
        self._class = scope.parent.qualname if scope.kind == "function" and scope.parent is not None and scope.parent.kind == "class" else ""
        self._self = ""

    def run(self, body: list[ast.stmt]) -> FunctionFlow:
        parameters: list[str] = []
        decorators: list[str] = []
        node = self._scope.node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            parameters = [one.arg for one in every]
            if self._class and parameters and not any(dotted_name(one) == "staticmethod" for one in node.decorator_list):
                self._self = parameters.pop(0)
            self._env.update({name: frozenset({f"p:{name}"}) for name in parameters})
            outer = self._scope.parent or self._scope
            for decorator in node.decorator_list:
                callee = decorator.func if isinstance(decorator, ast.Call) else decorator
                decorators.extend(sorted(self._names.names(callee, outer)))
        self._block(body)
        return FunctionFlow(
            self._document.path,
            self._function,
            tuple(parameters),
            tuple(self._reads),
            tuple(self._checks.values()),
            tuple(self._fits[span] for span in sorted(self._fits)),
            tuple(self._calls.values()),
            tuple((name, tuple(sorted(nodes))) for name, nodes in sorted(self._writes.items())),
            tuple(sorted(self._returns)),
            tuple(decorators),
            bool(CHECKING_DECORATORS & set(decorators)),
        )

    # -- statements ----------------------------------------------------------------------------------------------------------------------------------

    def _block(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self._steps += 1
            if self._steps > _MAX_STATEMENTS:
                return
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign):
            value = self._eval(node.value)
            for target in node.targets:
                self._assign(target, value, node.value)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self._assign(node.target, self._eval(node.value), node.value)
        elif isinstance(node, ast.AugAssign):
            self._assign(node.target, self._eval(node.value) | self._eval(node.target), None)
        elif isinstance(node, ast.Return):
            if node.value is not None:
                self._returns |= self._eval(node.value)
        elif isinstance(node, ast.Assert):
            self._check_condition(node.test, node)
        elif isinstance(node, ast.If):
            self._if(node)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._assign(node.target, self._eval(node.iter), None)
            self._loop(node.body, node.orelse)
        elif isinstance(node, ast.While):
            self._eval(node.test)
            self._loop(node.body, node.orelse)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                value = self._eval(item.context_expr)
                if item.optional_vars is not None:
                    self._assign(item.optional_vars, value, None)
            self._block(node.body)
        elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            self._try(node)
        elif isinstance(node, ast.Match):
            self._eval(node.subject)
            self._branches([case.body for case in node.cases])
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    value = self._eval(child)
                    if isinstance(child, (ast.Yield, ast.YieldFrom)):
                        self._returns |= value

    def _if(self, node: ast.If) -> None:
        if gates(node.body, self._names) or gates(node.orelse, self._names):
            self._check_condition(node.test, node)
        else:
            self._eval(node.test)
        self._branches([node.body, node.orelse])

    def _branches(self, bodies: list[list[ast.stmt]]) -> None:
        before = dict(self._env)
        merged: dict[str, Nodes] = {}
        for body in bodies:
            self._env = dict(before)
            self._block(body)
            for name, nodes in self._env.items():
                merged[name] = merged.get(name, _NOTHING) | nodes
        self._env = merged or before

    def _loop(self, body: list[ast.stmt], orelse: list[ast.stmt]) -> None:
        # A second pass carries what the end of the body gives to its start; node sets only grow, so two passes reach what a chain of one variable needs.
        for _ in range(2):
            before = dict(self._env)
            self._block(body)
            for name, nodes in before.items():
                self._env[name] = self._env.get(name, _NOTHING) | nodes
        self._block(orelse)

    def _try(self, node: ast.stmt) -> None:
        body: list[ast.stmt] = getattr(node, "body", [])
        self._block(body)
        handlers = [handler.body for handler in getattr(node, "handlers", [])]
        self._branches([[], *handlers])
        self._block(getattr(node, "orelse", []))
        self._block(getattr(node, "finalbody", []))

    def _assign(self, target: ast.expr, value: Nodes, source: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self._env[target.id] = value
            if self._scope.kind == "module" or self._scope.outer_names.get(target.id) == "global":
                self._write(f"g:{target.id}", value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts: list[ast.expr | None] = [None] * len(target.elts)
            if isinstance(source, (ast.Tuple, ast.List)) and len(source.elts) == len(target.elts):
                parts = list(source.elts)
            for element, part in zip(target.elts, parts, strict=True):
                self._assign(element, value if part is None else self._eval(part), part)
        elif isinstance(target, ast.Starred):
            self._assign(target.value, value, None)
        elif isinstance(target, ast.Attribute):
            if isinstance(target.value, ast.Name) and target.value.id == self._self and self._self:
                self._env[f"self.{target.attr}"] = value
                self._write(f"a:{self._class}.{target.attr}", value)
            else:
                self._grow(target.value, value)
        elif isinstance(target, ast.Subscript):
            self._grow(target.value, value)

    def _grow(self, holder: ast.expr, value: Nodes) -> None:
        """What is put into an object or container becomes part of it."""
        is_own = isinstance(holder, ast.Attribute) and isinstance(holder.value, ast.Name) and bool(self._self) and holder.value.id == self._self
        if isinstance(holder, ast.Name) or is_own:
            self._assign(holder, self._eval(holder) | value, None)
        elif isinstance(holder, (ast.Attribute, ast.Subscript)):
            self._grow(holder.value, value)

    def _write(self, node: str, value: Nodes) -> None:
        if value:
            self._writes.setdefault(node, set()).update(value)

    def _check_condition(self, test: ast.expr, where: ast.stmt) -> None:
        nodes = self._eval(test)
        if nodes and not is_trivial(test):
            span = self._document.span_of(test)
            self._checks[(nodes, span)] = DataPoint(tuple(sorted(nodes)), "assert" if isinstance(where, ast.Assert) else "if", span)

    # -- expressions ---------------------------------------------------------------------------------------------------------------------------------

    def _eval(self, node: ast.expr | None) -> Nodes:
        if node is None or isinstance(node, (ast.Constant, ast.Lambda)):
            return _NOTHING
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.NamedExpr):
            value = self._eval(node.value)
            self._assign(node.target, value, node.value)
            return value
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return self._comprehension(node)
        found = _NOTHING
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                found |= self._eval(child)
        return found

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Nodes:
        before = dict(self._env)
        chosen = _NOTHING  # what a condition is asked of decides what comes out
        for generator in node.generators:
            self._assign_local(generator.target, self._eval(generator.iter))
            for condition in generator.ifs:
                chosen |= self._eval(condition)
        found = chosen | self._eval(node.key) | self._eval(node.value) if isinstance(node, ast.DictComp) else chosen | self._eval(node.elt)
        self._env = before
        return found

    def _assign_local(self, target: ast.expr, value: Nodes) -> None:
        for name in ast.walk(target):
            if isinstance(name, ast.Name):
                self._env[name.id] = value

    def _name(self, name: str) -> Nodes:
        if name in self._env:
            return self._env[name]
        if name == self._self:
            return _NOTHING
        found = self._scope.lookup(name)
        if found is None:
            return _NOTHING
        owner, bindings = found
        if owner.kind == "module":
            hows = {binding.how for binding in bindings}
            if hows <= {"import"}:
                return frozenset(f"i:{binding.target}" for binding in bindings if binding.target.partition(".")[0] not in OPAQUE_PACKAGES)
            if hows & {"assign", "unpack", "augment"} or any(binding.via in ("for", "with") for binding in bindings):
                return frozenset({f"g:{name}"}) if self._scope.kind != "module" or self._function == MAIN_NAME else _NOTHING
        return _NOTHING

    def _attribute(self, node: ast.Attribute) -> Nodes:
        if isinstance(node.value, ast.Name) and node.value.id == self._self and self._self:
            known = self._env.get(f"self.{node.attr}")
            return known if known is not None else frozenset({f"a:{self._class}.{node.attr}"})
        if dotted_name(node) and self._names.names(node, self._scope):
            names = self._names.names(node, self._scope)
            if not self._eval(node.value):
                return frozenset(f"i:{name}" for name in names if name.partition(".")[0] not in OPAQUE_PACKAGES and not name.startswith("."))
        return self._eval(node.value)

    def _call(self, node: ast.Call) -> Nodes:
        names = self._names.names(node.func, self._scope)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        receiver = self._eval(node.func.value) if isinstance(node.func, ast.Attribute) else _NOTHING
        arguments: list[tuple[str, Nodes]] = []
        for place, argument in enumerate(node.args):
            arguments.append((str(place), self._eval(argument)))
        for given in node.keywords:
            arguments.append((given.arg or "**", self._eval(given.value)))
        inputs = frozenset().union(*(nodes for _, nodes in arguments)) if arguments else _NOTHING
        what = _written(node.func)
        if is_read(node, names, method):
            return self._read(node, what, names)
        if is_check(node, names, method, bool(inputs), self._names, self._scope):
            touched = inputs | receiver
            if touched:
                span = self._document.span_of(node)
                self._checks[(touched, span)] = DataPoint(tuple(sorted(touched)), what, span)
        if trained := trained_on(node, names, method, inputs, receiver, self._scope):
            span = self._document.span_of(node)
            self._fits[span] = DataPoint(tuple(sorted(trained)), what, span, tuple(sorted(receiver)))
        if method in ("append", "extend", "update", "insert", "add", "register") and inputs and isinstance(node.func, ast.Attribute):
            self._grow(node.func.value, inputs)
        return self._result(node, names, method, arguments, receiver, inputs)

    def _result(
        self, node: ast.Call, names: frozenset[str], method: str, arguments: list[tuple[str, Nodes]], receiver: Nodes, inputs: Nodes
    ) -> Nodes:
        """What a call gives: of known packages what it was given, of others a node of its own that the lineage links."""
        if any(name.startswith(TRANSFORMER_MODULES) for name in names):
            made = self._results.setdefault(id(node), frozenset({f"t{len(self._results)}"}))
            return made | inputs
        if names and all(name.partition(".")[0] in OPAQUE_PACKAGES for name in names):
            return inputs | receiver
        if id(node) not in self._results:
            self._results[id(node)] = frozenset({f"c{len(self._results)}"})
        result = self._results[id(node)]
        owner = ""
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and self._self and node.func.value.id == self._self:
            owner = self._class
        written = method or getattr(node.func, "id", "")
        site = CallSite(
            next(iter(result)),
            tuple(sorted(names)),
            method,
            owner,
            tuple((place, tuple(sorted(nodes))) for place, nodes in arguments if nodes),
            tuple(sorted(receiver)),
            bool(_CHECKING_NAME.search(written)),
            self._document.span_of(node),
        )
        self._calls[id(node)] = site
        return result

    def _read(self, node: ast.Call, what: str, names: frozenset[str]) -> Nodes:
        if id(node) not in self._results:
            made = f"r{len(self._reads)}"
            self._results[id(node)] = frozenset({made})
            self._reads.append(DataPoint((made,), what, self._document.span_of(node)))
            given = {one.arg for one in node.keywords}
            enforced = any(name.startswith(start) and given & set(words) for name in names for start, words in ENFORCED_SCHEMA.items())
            if enforced or ".schema(" in what:
                span = self._document.span_of(node)
                self._checks[(frozenset({made}), span)] = DataPoint((made,), "schema", span)
        return self._results[id(node)]


def _written(node: ast.expr) -> str:
    return ast.unparse(node)[:120]
