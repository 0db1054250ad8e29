"""Names: which qualified names an expression may have.

Scopes and their bindings are read off the ``ast`` once; a dotted expression is then resolved through them. The answer is a *set*, because an import
may be conditional or tried twice; the empty set means unknown, and unknown is silent.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from mlops_lint.python.children import ordered_children

_BUILTINS = frozenset(dir(builtins))
_MAX_ALIASES = 8
_N = TypeVar("_N", bound=ast.AST)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
ScopeNode = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | Comprehension


@dataclass(frozen=True, slots=True)
class Binding:
    """One way in which a name gets its value in a scope.

    ``how``: ``import`` (``target`` is the qualified name), ``def`` or ``class`` (``node``), ``parameter`` (``node`` is the ``ast.arg``), ``assign``
    (``value`` is the expression the name gets whole), ``unpack`` (``value`` is taken apart, ``index`` is the place in it), ``augment``, or ``other``
    (loops, ``with``, ``except``, patterns; ``value`` is what is iterated or entered, ``via`` says which).
    """

    how: str
    node: ast.AST
    target: str = ""
    value: ast.expr | None = None
    index: tuple[int, ...] = ()
    via: str = ""


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class, function, lambda or comprehension with the names bound in it.

    ``path`` names it from the module inward (``("Trainer", "fit")``); ``children`` are the scopes inside, in source order.
    """

    node: ScopeNode
    name: str
    kind: str
    parent: Scope | None
    path: tuple[str, ...] = ()
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    outer_names: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    children: list[Scope] = field(default_factory=list)

    @property
    def qualname(self) -> str:
        """The scope's dotted path inside its module; empty for the module itself."""
        return ".".join(self.path)

    @property
    def module(self) -> Scope:
        """The outermost scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    @property
    def function(self) -> Scope:
        """The nearest enclosing function or module: where comprehensions, lambdas and class bodies run."""
        scope = self
        while scope.parent is not None and scope.kind != "function":
            scope = scope.parent
        return scope

    def lookup(self, name: str) -> tuple[Scope, list[Binding]] | None:
        """The scope that binds a name as seen from here, with its bindings there; ``None`` for builtins and the unknown."""
        scope: Scope | None = self
        first = True
        while scope is not None:
            if scope.kind != "class" or first:
                if scope.outer_names.get(name) == "global":
                    module = scope.module
                    return (module, module.bindings[name]) if name in module.bindings else None
                if name in scope.bindings and name not in scope.outer_names:
                    return scope, scope.bindings[name]
            first = False
            scope = scope.parent
        return None

    def walk(self) -> Iterator[Scope]:
        """This scope and all inside it, parents first, in source order."""
        stack = [self]
        while stack:
            scope = stack.pop()
            yield scope
            stack.extend(reversed(scope.children))


class Names:
    """The scopes of one program and the resolution of its names.

    ``module`` is the program's own dotted name, by which relative imports and its own definitions are qualified (``""`` when unknown).
    """

    def __init__(self, tree: ast.Module, module: str = "", is_package: bool = False) -> None:
        self.module = module
        self._package = module if is_package else module.rpartition(".")[0]
        self.root = Scope(tree, "", "module", None)
        self._nodes: dict[type[ast.AST], list[ast.AST]] = {}
        self._scopes: dict[int, Scope] = {}
        self._inner: dict[int, Scope] = {}
        self._parents: dict[int, ast.AST] = {}
        self._order: list[ast.AST] = []
        self._cache: dict[tuple[int, str], frozenset[str]] = {}
        self._named: dict[int, frozenset[str]] = {}
        self._build(tree)

    # -- building ------------------------------------------------------------------------------------------------------------------------------------

    def _build(self, tree: ast.Module) -> None:
        nodes, scopes, parents, order = self._nodes, self._scopes, self._parents, self._order
        nodes[ast.Module], scopes[id(tree)] = [tree], self.root
        order.append(tree)
        # The node that is open with what is left of its children, the scope of these, and of those that are evaluated around it.
        stack: list[tuple[ast.AST, Iterator[ast.AST], Scope, Scope, frozenset[int]]] = [
            (tree, iter(ordered_children(tree)), self.root, self.root, _NONE_OUTSIDE)
        ]
        while stack:
            above, left, inside, around, outside = stack[-1]
            for node in left:
                kind, key = type(node), id(node)
                scopes[key] = scope = around if key in outside else inside
                parents[key] = above
                order.append(node)
                if kind in nodes:
                    nodes[kind].append(node)
                else:
                    nodes[kind] = [node]
                if kind not in _LEAVES and (children := ordered_children(node)):
                    inner = self._bind(node, scope) if kind in _BINDING else scope
                    stack.append((node, iter(children), inner, scope, _NONE_OUTSIDE if inner is scope else _evaluated_outside(node)))
                    break
                if kind in _BINDING:
                    self._bind(node, scope)
            else:
                stack.pop()

    def _open(self, node: ScopeNode, name: str, kind: str, parent: Scope) -> Scope:
        scope = Scope(node, name, kind, parent, (*parent.path, name) if name else parent.path)
        parent.children.append(scope)
        self._inner[id(node)] = scope
        return scope

    def _bind(self, node: ast.AST, scope: Scope) -> Scope:
        """Note what a node binds; the scope in which its children stand."""
        add = scope.bindings.setdefault
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            add(node.name, []).append(Binding("def", node))
            inner = self._open(node, node.name, "function", scope)
            _bind_parameters(node.args, inner)
            return inner
        if isinstance(node, ast.ClassDef):
            add(node.name, []).append(Binding("class", node))
            return self._open(node, node.name, "class", scope)
        if isinstance(node, ast.Lambda):
            inner = self._open(node, "", "lambda", scope)
            _bind_parameters(node.args, inner)
            return inner
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            inner = self._open(node, "", "comprehension", scope)
            for generator in node.generators:
                _bind_target(generator.target, Binding("other", generator, value=generator.iter, via="for"), inner)
            return inner
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                add(name, []).append(Binding("import", node, target=alias.name if alias.asname else name))
        elif isinstance(node, ast.ImportFrom):
            base = self.absolute(node.module or "", node.level)
            for alias in node.names:
                if alias.name == "*":
                    scope.stars.append(base)
                elif base:
                    add(alias.asname or alias.name, []).append(Binding("import", node, target=f"{base}.{alias.name}"))
                else:
                    add(alias.asname or alias.name, []).append(Binding("other", node))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                _bind_target(target, Binding("assign", node, value=node.value), scope)
        elif isinstance(node, ast.AnnAssign):
            _bind_target(node.target, Binding("assign", node, value=node.value, via="annotated"), scope)
        elif isinstance(node, ast.AugAssign):
            _bind_target(node.target, Binding("augment", node, value=node.value), scope)
        elif isinstance(node, ast.NamedExpr):
            owner = scope
            while owner.kind == "comprehension" and owner.parent is not None:
                owner = owner.parent
            _bind_target(node.target, Binding("assign", node, value=node.value), owner)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            _bind_target(node.target, Binding("other", node, value=node.iter, via="for"), scope)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    _bind_target(item.optional_vars, Binding("other", node, value=item.context_expr, via="with"), scope)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            add(node.name, []).append(Binding("other", node))
        elif isinstance(node, ast.Global):
            scope.outer_names.update(dict.fromkeys(node.names, "global"))
        elif isinstance(node, ast.Nonlocal):
            scope.outer_names.update(dict.fromkeys(node.names, "nonlocal"))
        return scope

    def release(self) -> None:
        """Take the scopes out of each other. Nothing more is asked of the names."""
        for scope in list(self.root.walk()):
            scope.parent = None
            scope.children.clear()

    def absolute(self, module: str, level: int) -> str:
        """The absolute name of an import; empty when it climbs out of what is known."""
        if not level:
            return module
        parts = self._package.split(".") if self._package else []
        if level - 1 > len(parts):
            return ""
        parts = parts[: len(parts) - (level - 1)]
        return ".".join([*parts, module] if module else parts)

    # -- asking --------------------------------------------------------------------------------------------------------------------------------------

    @property
    def calls(self) -> list[ast.Call]:
        """All calls in source order."""
        return self.nodes(ast.Call)

    def nodes(self, kind: type[_N]) -> list[_N]:
        """All nodes of exactly this type, in source order. Contexts and operators are not among them."""
        return self._nodes.get(kind, [])  # type: ignore[return-value]

    def inside(self, node: ast.AST, *kinds: type[_N]) -> list[_N]:
        """The nodes of these types inside a node of this program, itself included; parents first and siblings in source order."""
        last = node
        while children := ordered_children(last):
            last = children[-1]
        found = self._order[self._places[id(node)] : self._places[id(last)] + 1]
        return [one for one in found if isinstance(one, kinds)]

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(node): place for place, node in enumerate(self._order)}

    def scope_of(self, node: ast.AST) -> Scope:
        """The scope in which a node stands; for a function or class, the one around it."""
        return self._scopes.get(id(node), self.root)

    def inner_scope(self, node: ast.AST) -> Scope | None:
        """The scope that a function, class, lambda or comprehension opens."""
        return self.root if node is self.root.node else self._inner.get(id(node))

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node around a node."""
        return self._parents.get(id(node))

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from the inside out."""
        above = self._parents.get(id(node))
        while above is not None:
            yield above
            above = self._parents.get(id(above))

    def names(self, node: ast.expr, scope: Scope | None = None) -> frozenset[str]:
        """The qualified names that a name or attribute expression may have; empty when unknown."""
        # Every fact and rule asks for the same callees.
        found = self._named.get(id(node)) if scope is None else None
        if found is None:
            dotted = dotted_name(node)
            home = self._scopes.get(id(node)) if scope is None else None
            found = self.resolve(dotted, home or scope or self.root) if dotted else frozenset()
            if home is not None:
                self._named[id(node)] = found
        return found

    def resolve(self, dotted: str, scope: Scope) -> frozenset[str]:
        """The qualified names that ``a.b.c`` may have when read in a scope."""
        key = (id(scope), dotted)
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = frozenset(self._resolve(dotted, scope, _MAX_ALIASES))
        return found

    def _resolve(self, dotted: str, scope: Scope, budget: int) -> set[str]:
        head, _, rest = dotted.partition(".")
        tail = f".{rest}" if rest else ""
        found = scope.lookup(head)
        if found is None:
            stars = scope.module.stars
            names = {f"{star}.{head}{tail}" for star in stars if star}
            if head in _BUILTINS:
                names.add(f"builtins.{head}{tail}")
            return names
        owner, bindings = found
        result: set[str] = set()
        for binding in bindings:
            if binding.how == "import":
                result.add(binding.target + tail)
            elif binding.how in ("def", "class"):
                result.add(self._own(".".join((*owner.path, head))) + tail)
            elif binding.how == "assign" and binding.value is not None:
                if isinstance(binding.value, ast.Constant) and binding.value.value is None:
                    continue  # the fallback of an optional import
                alias = dotted_name(binding.value)
                if not alias or budget <= 0 or alias.partition(".")[0] == head:
                    return set()
                names = self._resolve(alias, owner, budget - 1)
                if not names:
                    return set()
                result.update(name + tail for name in names)
            elif binding.how == "assign" and binding.via == "annotated":
                continue  # a bare annotation binds nothing
            else:
                return set()
        return result

    def _own(self, qualname: str) -> str:
        return f"{self.module}.{qualname}" if self.module else f".{qualname}"

    def imported(self) -> frozenset[str]:
        """Every module or qualified name that any scope imports, star imports included."""
        found: set[str] = set()
        for scope in self.root.walk():
            found.update(star for star in scope.stars if star)
            for bindings in scope.bindings.values():
                found.update(binding.target for binding in bindings if binding.how == "import")
        return frozenset(found)


def dotted_name(node: ast.AST | None) -> str:
    """``a.b.c`` of a name or attribute expression; empty for anything else (a call's result has no name)."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


# The nodes that bind a name or open a scope: what Names._bind knows.
_LEAVES = frozenset({ast.Name, ast.Constant, ast.Pass, ast.Break, ast.Continue, ast.alias})
_BINDING = frozenset(
    {
        *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
        *(ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith),
        *(ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.Global, ast.Nonlocal),
    }
)


_NONE_OUTSIDE: frozenset[int] = frozenset()


def _evaluated_outside(node: ast.AST) -> frozenset[int]:
    """The children of a scope node that are evaluated in the scope around it: decorators, bases, returns, the first iterable."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return frozenset(id(one) for one in (*node.decorator_list, *((node.returns,) if node.returns else ())))
    if isinstance(node, ast.ClassDef):
        return frozenset(id(one) for one in (*node.decorator_list, *node.bases, *node.keywords))
    return _NONE_OUTSIDE


def _bind_parameters(arguments: ast.arguments, scope: Scope) -> None:
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))):
        scope.bindings.setdefault(argument.arg, []).append(Binding("parameter", argument))


def _bind_target(target: ast.expr, binding: Binding, scope: Scope) -> None:
    """Bind the names of an assignment target; in a tuple each knows its place."""
    stack: list[tuple[ast.expr, tuple[int, ...]]] = [(target, ())]
    while stack:
        one, index = stack.pop()
        if isinstance(one, ast.Name):
            made = binding
            if index:
                how = "unpack" if binding.how == "assign" else binding.how
                made = Binding(how, binding.node, value=binding.value, index=index, via=binding.via)
            scope.bindings.setdefault(one.id, []).append(made)
        elif isinstance(one, ast.Starred):
            stack.append((one.value, (*index, -1)))
        elif isinstance(one, (ast.Tuple, ast.List)):
            stack.extend((element, (*index, place)) for place, element in enumerate(one.elts))
