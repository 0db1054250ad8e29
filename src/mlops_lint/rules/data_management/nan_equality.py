"""Value is compared with NaN by equality or identity.

NaN is equal to nothing, itself included: ``x == np.nan`` is always false and ``x != np.nan`` always true, so the filter drops every row or none and the
check for missing values never fires. ``is`` and ``in`` fare no better, because they ask for one particular object and any computation makes another;
``pd.NA`` answers a comparison with ``pd.NA`` again, which raises an error as a condition.

Ask with ``pd.isna(x)``, ``np.isnan(x)``, ``math.isnan(x)`` or ``torch.isnan(x)``.

``x is pd.NA`` and ``x is pd.NaT`` are left alone, because there is only one of each; so is ``x is np.nan`` where NaN is the default of the parameter ``x``,
or where a real test stands beside it. Columns of Polars and Spark are left alone too: there NaN equals NaN. Comparisons of NaN with NaN itself, which
mostly show what it does, have low confidence. ``is`` and ``in`` have medium confidence, as both find the very object that was put into a list or a column
of objects; where that object is also removed from the collection nothing is said. In tests, identity and a comparison that is asserted to be false have low
confidence.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from mlops_lint.api import Confidence, Edit, Finding, Fix, PythonDocument, Rule, Safety, Severity, Span

rule = Rule(
    code="DM213",
    summary="value compared with NaN by equality or identity",
    consideration="data-quality",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    fix=Safety.SAFE,
    references=(
        "https://numpy.org/doc/stable/reference/constants.html#numpy.nan",
        "https://pandas.pydata.org/docs/user_guide/missing_data.html",
    ),
)

_FLOATS = frozenset(
    f"{module}.{name}"
    for module in ("numpy", "pandas.np", "torch", "math", "cmath", "jax.numpy", "cupy", "numpy.core.numeric", "tensorflow.experimental.numpy")
    for name in ("nan", "NaN", "NAN")
)
_SINGLETONS = frozenset({"pandas.NA", "pandas.NaT", "pandas._libs.missing.NA", "pandas._libs.NaT"})
_MAKERS = frozenset(
    {
        "builtins.float",
        "decimal.Decimal",
        "torch.tensor",
        *(f"{module}.{name}" for module in ("numpy", "jax.numpy", "cupy") for name in ("float16", "float32", "float64", "double", "array")),
    }
)
_WORDS = re.compile(r"\b(?:nan|NaN|NAN|NA|NaT)\b")
_OPERATORS: dict[type[ast.cmpop], str] = {ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}
# NaN equals NaN in these engines (Polars user guide "Missing data", Spark SQL "NaN semantics").
_OTHER_SEMANTICS = ("polars.", "pyspark.sql.", "ibis.", "sqlalchemy.")
# Lookups by hash or index, which find the one NaN object as long as it is the same.
_LOOKUPS = frozenset({"index", "columns", "keys"})


@rule.on_document(PythonDocument)
def check(doc: PythonDocument) -> Iterator[Finding]:
    """Flag each comparison that has NaN on one side."""
    if doc.role == "vendored" or _WORDS.search(doc.code) is None:
        return
    for comparison in doc.scopes.nodes(ast.Compare):
        yield from _compare(comparison, doc)
    for node in doc.scopes.nodes(ast.MatchValue):
        if name := _nan(node.value, doc):
            message = f"`case {name}` never matches, because NaN equals nothing"
            yield rule.finding(doc.at(node), message, help="test for NaN in a guard: `case x if math.isnan(x)`")


def _compare(node: ast.Compare, doc: PythonDocument) -> Iterator[Finding]:
    operands = [node.left, *node.comparators]
    for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
        sign = _OPERATORS.get(type(operator))
        if sign is None:
            continue
        finding = _membership(node, sign, left, right, doc) if sign in ("in", "not in") else _equality(node, sign, left, right, doc)
        if finding is not None:
            yield finding
            return


def _equality(node: ast.Compare, sign: str, left: ast.expr, right: ast.expr, doc: PythonDocument) -> Finding | None:
    left_nan, right_nan = _nan(left, doc), _nan(right, doc)
    name, other = (right_nan, left) if right_nan else (left_nan, right)
    if not name or _has_other_semantics(other, doc):
        return None
    is_identity = sign in ("is", "is not")
    if is_identity and (_is_singleton(right if right_nan else left, doc) or _has_nan_default(other, doc) or _is_asked_beside(node, doc)):
        return None
    if _is_singleton(right if right_nan else left, doc) and name.endswith("NA"):
        message = f"comparison with `{name}` by `{sign}` gives {name} again, never an answer"
    elif is_identity:
        message = f"identity test with `{name}` is {'false' if sign == 'is' else 'true'} for every other NaN object"
    else:
        message = f"comparison with `{name}` by `{sign}` is always {'false' if sign == '==' else 'true'}"
    both = bool(left_nan and right_nan)
    fix, advice = None, _advice(right if right_nan else left, doc)
    if len(node.ops) == 1 and not both and not is_identity:
        fix = _fix(node, sign, other, right if right_nan else left, doc)
    confidence = Confidence.LOW if both or _is_tried(node, is_identity, doc) else Confidence.MEDIUM if is_identity else None
    return rule.finding(doc.at(node), message, fix=fix, confidence=confidence, help=advice)


def _is_tried(node: ast.Compare, is_identity: bool, doc: PythonDocument) -> bool:
    """Whether a test asks for the object that a function returns, or shows that something does not equal NaN."""
    if doc.role != "test":
        return False
    above = doc.scopes.parent(node)
    refused = isinstance(above, ast.Call) and isinstance(above.func, ast.Attribute) and above.func.attr == "assertFalse"
    return is_identity or refused or (isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.Not))


def _membership(node: ast.Compare, sign: str, left: ast.expr, right: ast.expr, doc: PythonDocument) -> Finding | None:
    written = _bound_once(right, doc) if isinstance(right, ast.Name) else right
    if isinstance(written, (ast.List, ast.Tuple, ast.Set)):
        held = next((one for one in written.elts if _nan(one, doc)), None)
        if held is not None and (_is_only_singletons(written.elts, doc) or _has_other_semantics(left, doc)):
            return None
        if held is not None:
            message = f"`{sign}` does not find NaN in a collection that holds `{_nan(held, doc)}`"
            return rule.finding(doc.at(node), message, confidence=Confidence.MEDIUM, help=_advice(held, doc))
    name = _nan(left, doc)
    if not name or _is_singleton(left, doc) or isinstance(right, (ast.Dict, ast.DictComp)):
        return None
    if isinstance(right, ast.Attribute) and right.attr in _LOOKUPS:
        return None
    if isinstance(right, ast.Call) and isinstance(right.func, ast.Attribute) and right.func.attr in (*_LOOKUPS, "values"):
        return None  # a dictionary's values are the objects that were put into it
    if _is_taken_out(right, doc):
        return None
    message = f"`{name} {sign} …` does not see NaN values, because NaN equals nothing"
    return rule.finding(doc.at(node), message, confidence=Confidence.MEDIUM, help="ask `pd.isna(values).any()` or `np.isnan(values).any()`")


def _is_taken_out(values: ast.expr, doc: PythonDocument) -> bool:
    """Whether NaN is also removed from, or looked up in, the same list, which works by the very object that ``in`` finds."""
    written = ast.unparse(values)
    return any(
        isinstance(call.func, ast.Attribute)
        and call.func.attr in ("remove", "index", "discard", "pop")
        and ast.unparse(call.func.value) == written
        and any(_nan(one, doc) for one in call.args)
        for call in doc.scopes.calls
    )


def _nan(node: ast.expr, doc: PythonDocument) -> str:
    """How a NaN is written, if the expression is one: a constant of a library, ``float("nan")``, or a name bound once to either."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        node = node.operand
    if isinstance(node, (ast.Name, ast.Attribute)):
        found = doc.scopes.names(node)
        if found and found <= _FLOATS | _SINGLETONS:
            return ast.unparse(node)
        if isinstance(node, ast.Name) and (bound := _bound_once(node, doc)) is not None and _is_made(bound, doc):
            return node.id
        return ""
    return ast.unparse(node) if _is_made(node, doc) else ""


def _is_made(node: ast.expr, doc: PythonDocument) -> bool:
    """Whether an expression is a call like ``float("nan")``."""
    if not isinstance(node, ast.Call) or len(node.args) != 1 or not doc.scopes.names(node.func) & _MAKERS:
        return False
    argument = node.args[0]
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value.strip().lstrip("+-").lower() == "nan"
    return isinstance(argument, (ast.Name, ast.Attribute)) and bool(doc.scopes.names(argument) & _FLOATS)


def _bound_once(node: ast.Name, doc: PythonDocument) -> ast.expr | None:
    found = doc.scopes.scope_of(node).lookup(node.id)
    if found is None or len(found[1]) != 1 or found[1][0].how != "assign":
        return None
    return found[1][0].value


def _is_singleton(node: ast.expr, doc: PythonDocument) -> bool:
    return bool(doc.scopes.names(node) & _SINGLETONS)


def _is_only_singletons(elements: list[ast.expr], doc: PythonDocument) -> bool:
    """Whether the NaNs of a collection are all singletons, which ``in`` finds by identity."""
    return all(_is_singleton(one, doc) for one in elements if _nan(one, doc))


def _has_nan_default(node: ast.expr, doc: PythonDocument) -> bool:
    """Whether a name is a parameter whose default is NaN, an attribute set from one, or is set to NaN itself: a test whether something was given."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    if name and any(_sets_nan(one, name, doc) for one in doc.scopes.nodes(ast.Assign)):
        return True
    functions = [
        above for above in doc.scopes.ancestors(node) if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef))
    ]
    for above in functions:
        inside = [one for one in above.body if isinstance(one, ast.FunctionDef)] if isinstance(above, ast.ClassDef) else [above]
        for function in inside:
            arguments = function.args
            places = [*arguments.posonlyargs, *arguments.args]
            given = dict(zip([one.arg for one in reversed(places)], reversed(arguments.defaults), strict=False))
            given.update({one.arg: default for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is not None})
            if name in given and _nan(given[name], doc):
                return True
    return False


def _sets_nan(node: ast.Assign, name: str, doc: PythonDocument) -> bool:
    """Whether a statement gives a variable or attribute of a name the very NaN object of a module."""
    if not isinstance(node.value, (ast.Attribute, ast.Name)):
        return False
    return any(getattr(target, "attr", getattr(target, "id", "")) == name for target in node.targets) and bool(_nan(node.value, doc))


def _is_asked_beside(node: ast.Compare, doc: PythonDocument) -> bool:
    """Whether an identity test is only the short cut of a real test for NaN: ``x is np.nan or np.isnan(x)``."""
    above = doc.scopes.parent(node)
    while isinstance(above, ast.BoolOp):
        if any(re.search(r"\b(?:isnan|isna|isnull|notna|notnull)\(", ast.unparse(one)) for one in above.values):
            return True
        above = doc.scopes.parent(above)
    return False


def _has_other_semantics(node: ast.expr, doc: PythonDocument) -> bool:
    return any(
        name.startswith(_OTHER_SEMANTICS) for one in ast.walk(node) if isinstance(one, (ast.Name, ast.Attribute)) for name in doc.scopes.names(one)
    )


def _alias(module: str, doc: PythonDocument) -> str:
    """The name under which the program's top level imports a module, if it does so once."""
    for name, bindings in doc.scopes.root.bindings.items():
        if len(bindings) == 1 and bindings[0].how == "import" and bindings[0].target == module:
            return name
    return ""


def _tests(name: str, doc: PythonDocument) -> tuple[str, str]:
    """The call that is true for NaN and the one that is true for the rest, in the names of this file; empty where nothing fitting is imported."""
    if name.startswith("torch"):
        alias = _alias("torch", doc)
        return (f"{alias}.isnan", f"~{alias}.isnan") if alias else ("", "")
    if alias := _alias("pandas", doc):
        return f"{alias}.isna", f"{alias}.notna"
    if name.startswith("pandas"):
        return "", ""
    if name.startswith(("math", "builtins", "decimal")) and (alias := _alias("math", doc)):
        return f"{alias}.isnan", f"not {alias}.isnan"
    if alias := _alias("numpy", doc):
        return f"{alias}.isnan", f"~{alias}.isnan"
    return "", ""


def _library(node: ast.expr, doc: PythonDocument) -> str:
    target = node.func if isinstance(node, ast.Call) else node
    return min(doc.scopes.names(target), default="builtins.float")


def _fix(node: ast.Compare, sign: str, other: ast.expr, nan: ast.expr, doc: PythonDocument) -> Fix | None:
    """Wrap the other operand; only a plain one, so that nothing inside it, and no comment, is touched."""
    positive, negative = _tests(_library(nan, doc), doc)
    test = positive if sign == "==" else negative
    if not test or not isinstance(other, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
        return None
    whole, inner = doc.span_of(node), doc.span_of(other)
    is_left = other is node.left
    # A parenthesised operand starts after the comparison does.
    if (inner.start != whole.start) if is_left else (inner.end != whole.end):
        return None
    if "not " in test and not _may_stand_after_not(node, doc):
        return None
    edits = (Edit(doc.path, Span(whole.start, inner.start), f"{test}("), Edit(doc.path, Span(inner.end, whole.end), ")"))
    return Fix(f"Use {test.removeprefix('not ').lstrip('~')}", edits, Safety.SAFE)


def _may_stand_after_not(node: ast.Compare, doc: PythonDocument) -> bool:
    return isinstance(doc.scopes.parent(node), (ast.If, ast.While, ast.IfExp, ast.Assert, ast.BoolOp, ast.Return, ast.Assign, ast.comprehension))


def _advice(nan: ast.expr, doc: PythonDocument) -> str:
    library = _library(nan, doc)
    if library.startswith("torch"):
        return "ask with `torch.isnan(x)`"
    if _alias("pandas", doc) or library.startswith("pandas"):
        return "ask with `pd.isna(x)` or `pd.notna(x)`"
    if library.startswith(("math", "builtins")):
        return "ask with `math.isnan(x)`"
    return "ask with `np.isnan(x)`, or with `pd.isna(x)` where a value may be no number"
