"""Definitions: what a Python program defines, and what each function calls; the nodes and edges of the call graph."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.documents.python import PythonDocument
from mlops_lint.python.names import Names, Scope, dotted_name
from mlops_lint.text.span import Span

MODULE, MAIN, FUNCTION, CLASS = "module", "main", "function", "class"
MAIN_NAME = "__main__"


@dataclass(frozen=True, slots=True)
class Definition:
    """A module body, its main guard, a function or a class.

    ``qualname`` is the dotted path inside the module: ``""`` for the module body, ``__main__`` for what stands under ``if __name__ == "__main__"``.
    ``calls`` are the qualified names that are called in it (own ones begin with the module's name), ``attributes`` the methods called on objects nobody
    knows, ``references`` the qualified names passed on as values, ``imports`` the modules and names imported when it runs. ``exports`` (module only) are
    names bound by imports with what they stand for; ``bases`` (class only) the names of the bases. ``acts`` says that a module body does more than
    define and import. ``span`` is where it stands: the header of a function, class or guard, ``None`` for a module.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    module: str
    qualname: str
    kind: str
    span: Span | None
    parameters: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    exports: tuple[tuple[str, str], ...] = ()
    acts: bool = False

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[Definition]:
        """The definitions of one program, the module body first."""
        yield from _Collector(document).definitions()


def owner_of(node: ast.AST, names: Names, guarded: frozenset[int]) -> str:
    """The qualname of the definition in which a node runs (``guarded`` are the ids from :func:`guarded_nodes`)."""
    scope = names.scope_of(node).function
    if scope.kind == "function":
        return scope.qualname
    return MAIN_NAME if id(node) in guarded else ""


def guarded_nodes(document: PythonDocument) -> frozenset[int]:
    """The ids of all nodes under a main guard."""
    found: frozenset[int] = document.derive(_guarded)
    return found


def _guarded(document: PythonDocument) -> frozenset[int]:
    found: set[int] = set()
    for guard in main_guards(document.tree):
        for statement in guard.body:
            found.update(map(id, document.scopes.inside(statement, ast.AST)))
    return frozenset(found)


def main_guards(tree: ast.Module) -> list[ast.If]:
    """The ``if __name__ == "__main__":`` statements of a module."""
    return [node for node in tree.body if isinstance(node, ast.If) and _is_main_test(node.test)]


def _is_main_test(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = [test.left, test.comparators[0]]
    return any(isinstance(one, ast.Name) and one.id == "__name__" for one in sides) and any(
        isinstance(one, ast.Constant) and one.value == "__main__" for one in sides
    )


class _Collector:
    def __init__(self, document: PythonDocument) -> None:
        self._document = document
        self._names = document.scopes
        self._guarded = guarded_nodes(document)
        self._calls: dict[str, dict[str, None]] = {}
        self._attributes: dict[str, dict[str, None]] = {}
        self._references: dict[str, dict[str, None]] = {}
        self._imports: dict[str, dict[str, None]] = {}

    def definitions(self) -> Iterator[Definition]:
        document, names = self._document, self._names
        self._gather()
        exports = tuple((name, binding.target) for name, bindings in names.root.bindings.items() for binding in bindings if binding.how == "import")
        stars = tuple(("*", star) for star in names.root.stars)
        yield self._definition("", MODULE, None, exports=exports + stars, acts=_acts(document.tree))
        guards = main_guards(document.tree)
        if guards:
            span = document.span_of(guards[0].test)
            start = document.span_of(guards[0]).start
            yield self._definition(MAIN_NAME, MAIN, Span(start, span.end))
        for scope in names.root.walk():
            node = scope.node
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                yield self._definition(scope.qualname, FUNCTION, self._header(node), parameters=tuple(one.arg for one in every))
            elif isinstance(node, ast.ClassDef) and scope.parent is not None:
                bases = [name for base in node.bases for name in sorted(names.names(base, scope.parent))]
                yield self._definition(scope.qualname, CLASS, self._header(node), bases=tuple(bases))

    def _definition(
        self,
        qualname: str,
        kind: str,
        span: Span | None,
        *,
        parameters: tuple[str, ...] = (),
        bases: tuple[str, ...] = (),
        exports: tuple[tuple[str, str], ...] = (),
        acts: bool = False,
    ) -> Definition:
        has_body = kind != CLASS
        return Definition(
            self._document.path,
            self._document.module,
            qualname,
            kind,
            span,
            parameters,
            bases,
            tuple(self._calls.get(qualname, ())) if has_body else (),
            tuple(self._attributes.get(qualname, ())) if has_body else (),
            tuple(self._references.get(qualname, ())) if has_body else (),
            tuple(self._imports.get(qualname, ())) if has_body else (),
            exports,
            acts,
        )

    def _header(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Span:
        """From the keyword to the name: decorators and body left out."""
        whole = self._document.span_of(node)
        position = self._document.text.find(node.name, whole.start, whole.start + 2_000)
        return Span(whole.start, position + len(node.name)) if position >= 0 else whole

    def _gather(self) -> None:
        names = self._names
        for call in names.calls:
            owner = owner_of(call, names, self._guarded)
            found = names.names(call.func)
            _note(found, self._calls.setdefault(owner, {}))
            if not found and isinstance(call.func, ast.Attribute):
                self._attributes.setdefault(owner, {})[call.func.attr] = None
            for argument in (*call.args, *(one.value for one in call.keywords)):
                self._refer(argument, owner)
        for scope in names.root.walk():
            self._gather_imports(scope)
            node = scope.node
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and scope.parent is not None:
                for decorator in node.decorator_list:
                    self._refer(decorator, owner_of(node, names, self._guarded))

    def _refer(self, node: ast.expr, owner: str) -> None:
        """Note functions and classes that are handed on (callbacks, workers, registries)."""
        if not isinstance(node, _HOLDERS):
            return
        stack: list[ast.expr] = [node]
        while stack:
            one = stack.pop()
            if isinstance(one, (ast.List, ast.Tuple, ast.Set)):
                stack.extend(one.elts)
            elif isinstance(one, ast.Dict):
                stack.extend(one.values)
            elif isinstance(one, (ast.Name, ast.Attribute)):
                _note(self._names.names(one), self._references.setdefault(owner, {}))

    def _gather_imports(self, scope: Scope) -> None:
        for bindings in scope.bindings.values():
            for binding in bindings:
                if binding.how == "import":
                    self._imports.setdefault(owner_of(binding.node, self._names, self._guarded), {})[binding.target] = None
        for star in scope.stars:
            self._imports.setdefault(scope.function.qualname, {})[star] = None


_HOLDERS = (ast.Name, ast.Attribute, ast.List, ast.Tuple, ast.Set, ast.Dict)


def _note(found: frozenset[str], known: dict[str, None]) -> None:
    """Add qualified names, those of builtins apart, in one order for all runs."""
    for name in sorted(found) if len(found) > 1 else found:
        if not name.startswith("builtins."):
            known[name] = None


_QUIET = frozenset(
    {
        "sys.path.append",
        "sys.path.insert",
        "logging.basicConfig",
        "warnings.filterwarnings",
        "warnings.simplefilter",
        "load_dotenv",
        "dotenv.load_dotenv",
    }
)


def _acts(tree: ast.Module) -> bool:
    """Whether a module body loops, or calls something for its effect, beyond setting up paths and logs."""
    for node in tree.body:
        if isinstance(node, (ast.For, ast.While, ast.With)):
            return True
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and dotted_name(node.value.func) not in _QUIET:
            return True
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _trains(node.value):
            return True
    return False


def _trains(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("fit", "fit_transform", "train", "fit_predict")
