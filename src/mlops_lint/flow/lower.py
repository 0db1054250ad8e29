"""Lowering: a program's ``ast`` as nested lists of plain data, small enough to keep as a fact and simple enough to run abstractly.

Each item is a list whose first element says what it is. Places are half-open offsets in the document's text. What cannot matter to the flow of values
(annotations inside expressions, operators' details, very deep chains) is left out.

Expressions: ``["n", name]`` · ``["k", constant]`` · ``["a", base, attribute, start, end]`` · ``["c", callee, [argument…], [[keyword, value]…], start, end]`` ·
``["s", base, index, start, end]`` · ``[":", lower, upper, step]`` · ``["t"|"l"|"S", [item…]]`` · ``["d", [[key, value]…]]`` · ``["b", operator, [operand…]]`` ·
``["o", [operand…]]`` · ``["!", operator, operand]`` · ``["?", [operator…], [operand…], start, end]`` · ``["i", test, body, orelse]`` ·
``["C", kind, [[target, iterable, [condition…]]…], element, value]`` · ``["L", parameters, body]`` · ``["f", [part…]]`` · ``["w", name, value]`` ·
``["y", value]`` · ``["A", value]`` · ``["*", value]`` · ``["u"]``.

Statements: ``["=", [target…], value, start, end]`` · ``["+=", target, operator, value, start, end]`` ·
``["ann", target, annotation, value, start, end]`` · ``["x", expression]`` · ``["r", value]`` · ``["if", [[test, body]…], orelse, start, end]`` ·
``["for", target, iterable, body, orelse, start, end]`` · ``["while", test, body, orelse, start, end]`` · ``["with", [[item, target]…], body]`` ·
``["try", body, [[name, body]…], orelse, final]`` · ``["raise", value]`` · ``["assert", test, start, end]`` · ``["del", [target…]]`` ·
``["import", [[name, alias]…]]`` · ``["from", module, level, [[name, alias]…]]`` · ``["global", [name…]]`` ·
``["def", name, parameters, decorators, body, returns, start, end]`` · ``["class", name, bases, decorators, body, start, end]`` ·
``["match", subject, [body…]]`` · ``["break"]`` · ``["continue"]``.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable
from typing import Any

Code = list[Any]
"""One lowered expression or statement."""

MAX_DEPTH = 70
"""Expressions nested deeper than this are unknown."""
MAX_TEXT = 240
"""Longer string constants are cut: no table asks for more."""
MAX_ITEMS = 400
"""Literals with more items keep the first ones: they are data, not structure."""

UNKNOWN_CODE: Code = ["u"]

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.Not: "not",
    ast.Invert: "~",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


Place = Callable[[ast.AST], tuple[int, int]]
"""Where a node starts and ends in the document's text."""


def lower(tree: ast.Module, place: Place) -> list[Code]:
    """The statements of a program, with the places that ``place`` gives its nodes."""
    return _Lowering(place).block(tree.body)


class _Lowering:
    def __init__(self, place: Place) -> None:
        self._place = place

    # -- statements ----------------------------------------------------------------------------------------------------------------------------------

    def block(self, body: Iterable[ast.stmt]) -> list[Code]:
        """The lowered statements of a block; those that do nothing are left out."""
        return [code for node in body if (code := self._statement(node)) is not None]

    def _statement(self, node: ast.stmt) -> Code | None:
        handler = _STATEMENTS.get(type(node))
        return handler(self, node) if handler is not None else None

    def _assign(self, node: ast.Assign) -> Code:
        return ["=", [self.expression(target) for target in node.targets], self.expression(node.value), *self._place(node)]

    def _augment(self, node: ast.AugAssign) -> Code:
        return ["+=", self.expression(node.target), _OPERATORS.get(type(node.op), "+"), self.expression(node.value), *self._place(node)]

    def _annotated(self, node: ast.AnnAssign) -> Code:
        value = self.expression(node.value) if node.value is not None else None
        return ["ann", self.expression(node.target), self._annotation(node.annotation), value, *self._place(node)]

    def _expression_statement(self, node: ast.Expr) -> Code | None:
        return None if isinstance(node.value, ast.Constant) else ["x", self.expression(node.value)]

    def _return(self, node: ast.Return) -> Code:
        return ["r", self.expression(node.value) if node.value is not None else ["k", None]]

    def _if(self, node: ast.If) -> Code:
        arms = [[self.expression(node.test), self.block(node.body)]]
        rest = node.orelse
        while len(rest) == 1 and isinstance(rest[0], ast.If):
            arms.append([self.expression(rest[0].test), self.block(rest[0].body)])
            rest = rest[0].orelse
        return ["if", arms, self.block(rest), *self._place(node.test)]

    def _for(self, node: ast.For | ast.AsyncFor) -> Code:
        return [
            "for",
            self.expression(node.target),
            self.expression(node.iter),
            self.block(node.body),
            self.block(node.orelse),
            self._place(node)[0],
            self._place(node.iter)[1],
        ]

    def _while(self, node: ast.While) -> Code:
        return ["while", self.expression(node.test), self.block(node.body), self.block(node.orelse), self._place(node)[0], self._place(node.test)[1]]

    def _with(self, node: ast.With | ast.AsyncWith) -> Code:
        items = [
            [self.expression(item.context_expr), self.expression(item.optional_vars) if item.optional_vars is not None else None]
            for item in node.items
        ]
        return ["with", items, self.block(node.body)]

    def _try(self, node: Any) -> Code:
        handlers = [[handler.name, self.block(handler.body)] for handler in node.handlers]
        return ["try", self.block(node.body), handlers, self.block(node.orelse), self.block(node.finalbody)]

    def _raise(self, node: ast.Raise) -> Code:
        return ["raise", self.expression(node.exc) if node.exc is not None else None]

    def _assert(self, node: ast.Assert) -> Code:
        return ["assert", self.expression(node.test), *self._place(node.test)]

    def _delete(self, node: ast.Delete) -> Code:
        return ["del", [self.expression(target) for target in node.targets]]

    def _import(self, node: ast.Import) -> Code:
        return ["import", [[alias.name, alias.asname] for alias in node.names]]

    def _from(self, node: ast.ImportFrom) -> Code:
        return ["from", node.module or "", node.level, [[alias.name, alias.asname] for alias in node.names]]

    def _global(self, node: ast.Global | ast.Nonlocal) -> Code:
        return ["global" if isinstance(node, ast.Global) else "nonlocal", list(node.names)]

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Code:
        start, end = self._place(node)
        decorators = [self.expression(one) for one in node.decorator_list]
        returns = self._annotation(node.returns)
        return ["def", node.name, self._parameters(node.args), decorators, self.block(node.body), returns, start, end]

    def _class(self, node: ast.ClassDef) -> Code:
        start, end = self._place(node)
        bases = [self.expression(base) for base in node.bases]
        return ["class", node.name, bases, [self.expression(one) for one in node.decorator_list], self.block(node.body), start, end]

    def _match(self, node: ast.Match) -> Code:
        return ["match", self.expression(node.subject), [self.block(case.body) for case in node.cases]]

    def _break(self, node: ast.Break) -> Code:
        return ["break"]

    def _continue(self, node: ast.Continue) -> Code:
        return ["continue"]

    def _parameters(self, args: ast.arguments) -> list[Code]:
        """``[name, default, annotation, kind]`` of each, ``kind`` one of ``p`` (by position or name), ``k`` (by name), ``*`` and ``**``."""
        found: list[Code] = []
        positional = [*args.posonlyargs, *args.args]
        defaults: list[ast.expr | None] = [*[None] * (len(positional) - len(args.defaults)), *args.defaults]
        for one, default in zip(positional, defaults, strict=True):
            found.append([one.arg, self.expression(default) if default is not None else None, self._annotation(one.annotation), "p"])
        if args.vararg is not None:
            found.append([args.vararg.arg, None, "", "*"])
        for one, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            found.append([one.arg, self.expression(default) if default is not None else None, self._annotation(one.annotation), "k"])
        if args.kwarg is not None:
            found.append([args.kwarg.arg, None, "", "**"])
        return found

    def _annotation(self, node: ast.expr | None) -> Code | None:
        """An annotation as an expression of names; ``Optional[X]``, ``X | None`` and the text form are taken as ``X``."""
        for _ in range(4):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                try:
                    node = ast.parse(node.value, mode="eval").body
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    return None
                return _bare(node)
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
                node = node.left if not (isinstance(node.left, ast.Constant) and node.left.value is None) else node.right
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value).rpartition(".")[2] in ("Optional", "Annotated", "DataFrame"):
                if ast.unparse(node.value).rpartition(".")[2] == "DataFrame":
                    return _bare(node.value)
                node = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
            else:
                break
        return _bare(node)

    # -- expressions ---------------------------------------------------------------------------------------------------------------------------------

    def expression(self, node: ast.expr | None, depth: int = MAX_DEPTH) -> Code:
        """A lowered expression."""
        if node is None or depth <= 0:
            return UNKNOWN_CODE
        handler = _EXPRESSIONS.get(type(node))
        return handler(self, node, depth - 1) if handler is not None else UNKNOWN_CODE

    def _name(self, node: ast.Name, depth: int) -> Code:
        return ["n", node.id]

    def _constant(self, node: ast.Constant, depth: int) -> Code:
        value = node.value
        if isinstance(value, str):
            return ["k", value[:MAX_TEXT].encode("utf-8", "replace").decode()]
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
            return UNKNOWN_CODE
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
            return UNKNOWN_CODE
        return ["k", value] if value is None or isinstance(value, (bool, int, float)) else UNKNOWN_CODE

    def _attribute(self, node: ast.Attribute, depth: int) -> Code:
        return ["a", self.expression(node.value, depth), node.attr, *self._place(node)]

    def _call(self, node: ast.Call, depth: int) -> Code:
        arguments = [self.expression(one, depth) for one in node.args[:MAX_ITEMS]]
        keywords = [[one.arg, self.expression(one.value, depth)] for one in node.keywords]
        return ["c", self.expression(node.func, depth), arguments, keywords, *self._place(node)]

    def _subscript(self, node: ast.Subscript, depth: int) -> Code:
        return ["s", self.expression(node.value, depth), self.expression(node.slice, depth), *self._place(node)]

    def _slice(self, node: ast.Slice, depth: int) -> Code:
        return [":", *(self.expression(one, depth) if one is not None else None for one in (node.lower, node.upper, node.step))]

    def _sequence(self, node: ast.Tuple | ast.List | ast.Set, depth: int) -> Code:
        kind = "t" if isinstance(node, ast.Tuple) else "l" if isinstance(node, ast.List) else "S"
        return [kind, [self.expression(one, depth) for one in node.elts[:MAX_ITEMS]]]

    def _dictionary(self, node: ast.Dict, depth: int) -> Code:
        pairs = list(zip(node.keys, node.values, strict=True))[:MAX_ITEMS]
        return ["d", [[self.expression(key, depth) if key is not None else None, self.expression(value, depth)] for key, value in pairs]]

    def _binary(self, node: ast.BinOp, depth: int) -> Code:
        operands: list[ast.expr] = []
        operator = type(node.op)
        below: ast.expr = node
        while isinstance(below, ast.BinOp) and type(below.op) is operator:
            operands.append(below.right)
            below = below.left
        operands.append(below)
        return ["b", _OPERATORS.get(operator, "+"), [self.expression(one, depth) for one in reversed(operands)]]

    def _boolean(self, node: ast.BoolOp, depth: int) -> Code:
        return ["o", [self.expression(one, depth) for one in node.values]]

    def _unary(self, node: ast.UnaryOp, depth: int) -> Code:
        return ["!", _OPERATORS.get(type(node.op), "not"), self.expression(node.operand, depth)]

    def _compare(self, node: ast.Compare, depth: int) -> Code:
        operators = [_OPERATORS.get(type(one), "==") for one in node.ops]
        return ["?", operators, [self.expression(one, depth) for one in (node.left, *node.comparators)], *self._place(node)]

    def _conditional(self, node: ast.IfExp, depth: int) -> Code:
        return ["i", self.expression(node.test, depth), self.expression(node.body, depth), self.expression(node.orelse, depth)]

    def _comprehension(self, node: Any, depth: int) -> Code:
        kind = {"ListComp": "l", "SetComp": "S", "DictComp": "d"}.get(type(node).__name__, "g")
        generators = [
            [self.expression(one.target, depth), self.expression(one.iter, depth), [self.expression(test, depth) for test in one.ifs]]
            for one in node.generators
        ]
        if isinstance(node, ast.DictComp):
            return ["C", kind, generators, self.expression(node.key, depth), self.expression(node.value, depth), *self._place(node)]
        return ["C", kind, generators, self.expression(node.elt, depth), None, *self._place(node)]

    def _lambda(self, node: ast.Lambda, depth: int) -> Code:
        return ["L", self._parameters(node.args), self.expression(node.body, depth)]

    def _joined(self, node: ast.JoinedStr, depth: int) -> Code:
        parts = [self.expression(one.value if isinstance(one, ast.FormattedValue) else one, depth) for one in node.values]
        return ["f", parts]

    def _walrus(self, node: ast.NamedExpr, depth: int) -> Code:
        return ["w", node.target.id, self.expression(node.value, depth)]

    def _yield(self, node: ast.Yield | ast.YieldFrom, depth: int) -> Code:
        return ["y" if isinstance(node, ast.Yield) else "Y", self.expression(node.value, depth) if node.value is not None else ["k", None]]

    def _await(self, node: ast.Await, depth: int) -> Code:
        return ["A", self.expression(node.value, depth)]

    def _starred(self, node: ast.Starred, depth: int) -> Code:
        return ["*", self.expression(node.value, depth)]


def _bare(node: ast.expr | None) -> Code | None:
    """A dotted name without places; ``None`` for anything else."""
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        return ["n", node.id]
    if isinstance(node, ast.Attribute):
        base = _bare(node.value)
        return ["a", base, node.attr, 0, 0] if base is not None else None
    return None


_STATEMENTS: dict[type[ast.AST], Callable[[_Lowering, Any], Code | None]] = {
    ast.Assign: _Lowering._assign,
    ast.AugAssign: _Lowering._augment,
    ast.AnnAssign: _Lowering._annotated,
    ast.Expr: _Lowering._expression_statement,
    ast.Return: _Lowering._return,
    ast.If: _Lowering._if,
    ast.For: _Lowering._for,
    ast.AsyncFor: _Lowering._for,
    ast.While: _Lowering._while,
    ast.With: _Lowering._with,
    ast.AsyncWith: _Lowering._with,
    ast.Try: _Lowering._try,
    ast.Raise: _Lowering._raise,
    ast.Assert: _Lowering._assert,
    ast.Delete: _Lowering._delete,
    ast.Import: _Lowering._import,
    ast.ImportFrom: _Lowering._from,
    ast.Global: _Lowering._global,
    ast.Nonlocal: _Lowering._global,
    ast.FunctionDef: _Lowering._function,
    ast.AsyncFunctionDef: _Lowering._function,
    ast.ClassDef: _Lowering._class,
    ast.Match: _Lowering._match,
    ast.Break: _Lowering._break,
    ast.Continue: _Lowering._continue,
}
if sys.version_info >= (3, 11):
    _STATEMENTS[ast.TryStar] = _Lowering._try

_EXPRESSIONS: dict[type[ast.AST], Callable[[_Lowering, Any, int], Code]] = {
    ast.Name: _Lowering._name,
    ast.Constant: _Lowering._constant,
    ast.Attribute: _Lowering._attribute,
    ast.Call: _Lowering._call,
    ast.Subscript: _Lowering._subscript,
    ast.Slice: _Lowering._slice,
    ast.Tuple: _Lowering._sequence,
    ast.List: _Lowering._sequence,
    ast.Set: _Lowering._sequence,
    ast.Dict: _Lowering._dictionary,
    ast.BinOp: _Lowering._binary,
    ast.BoolOp: _Lowering._boolean,
    ast.UnaryOp: _Lowering._unary,
    ast.Compare: _Lowering._compare,
    ast.IfExp: _Lowering._conditional,
    ast.ListComp: _Lowering._comprehension,
    ast.SetComp: _Lowering._comprehension,
    ast.DictComp: _Lowering._comprehension,
    ast.GeneratorExp: _Lowering._comprehension,
    ast.Lambda: _Lowering._lambda,
    ast.JoinedStr: _Lowering._joined,
    ast.NamedExpr: _Lowering._walrus,
    ast.Yield: _Lowering._yield,
    ast.YieldFrom: _Lowering._yield,
    ast.Await: _Lowering._await,
    ast.Starred: _Lowering._starred,
}
