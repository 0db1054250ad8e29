"""DataFrames are merged without saying on which keys, how, or with what check.

A merge that leaves its keys to pandas joins on whatever columns happen to share a name, one whose ``how`` is left out silently drops the rows without a
partner, and without ``validate`` a duplicated key multiplies rows unseen. All three go wrong when the data change, not when the code does, and the model
trains on the result.

Write out ``on=`` (or ``left_on=``/``right_on=``), ``how=`` and ``validate=`` (such as ``"many_to_one"``, which raises when a key repeats).

A finding stands at the method, so that each step of a chain over several lines has its own. Only pandas and what copies its interface (Modin, GeoPandas) is
looked at. A table is known by the reader or constructor that made it, by an annotation, or by the keywords of the call; others are left alone, and so are
calls that unpack ``**kwargs``. ``DataFrame.join`` joins on the index unless told otherwise, so its keys count as given; it knows ``validate`` from pandas
1.5 on. A cross join needs neither keys nor a check. Merges in tests have low confidence.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, PythonDocument, Rule, Severity, Span

rule = Rule(
    code="DM211",
    summary="DataFrame merge leaves out its keys, its kind or its check",
    consideration="data-quality",
    severity=Severity.NOTE,
    confidence=Confidence.HIGH,
    profile="opt-in",
    references=(
        "https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.merge.html",
        "https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.join.html",
    ),
)

_MERGE = ("how", "on", "left_on", "right_on", "left_index", "right_index", "sort", "suffixes", "copy", "indicator", "validate")
_JOIN = ("on", "how", "lsuffix", "rsuffix", "sort", "validate")
_FUNCTIONS = frozenset({"pandas.merge", "modin.pandas.merge", "pandas.core.reshape.merge.merge", "pandas.DataFrame.merge", "pandas.DataFrame.join"})
# Keywords that only a join of tables has; dict.update-like ``merge`` methods of other libraries do not.
_TELLING = frozenset({"how", "on", "left_on", "right_on", "left_index", "right_index", "lsuffix", "rsuffix", "suffixes", "indicator", "validate"})
# Where one of these is imported, a frame may be another library's, whose joins take no ``validate`` or read it differently.
_OTHERS = ("polars", "dask", "pyspark", "cudf", "vaex", "ibis", "datatable", "sqlalchemy", "snowflake")


@rule.on_document(PythonDocument)
def check(doc: PythonDocument) -> Iterator[Finding]:
    """Flag each merge or join of DataFrames that leaves something out."""
    if doc.role == "vendored" or "pandas" not in doc.code or ("merge" not in doc.code and "join" not in doc.code):
        return
    modules = {name.partition(".")[0] for name in doc.scopes.imported()}
    is_pandas_only = modules.isdisjoint(_OTHERS)
    for call in doc.scopes.calls:
        parameters = _parameters(call, doc, is_pandas_only)
        if parameters is None or any(one.arg is None for one in call.keywords) or any(isinstance(one, ast.Starred) for one in call.args):
            continue
        given = dict(zip(parameters, call.args, strict=False))
        given.update({one.arg: one.value for one in call.keywords if one.arg})
        missing = _missing(given, parameters)
        if missing:
            message = f"{_written(call)} leaves out {_listed(missing)}"
            yield rule.finding(doc.at(_place(call, doc)), message, confidence=Confidence.LOW if doc.role == "test" else None)


def _place(call: ast.Call, doc: PythonDocument) -> Span:
    """The call; in a chain over several lines, from the method's own line on."""
    whole = doc.span_of(call)
    if not isinstance(call.func, ast.Attribute) or call.func.end_lineno in (None, call.lineno):
        return whole
    return Span(doc.span_of(call.func).end - len(call.func.attr), whole.end)


def _parameters(call: ast.Call, doc: PythonDocument, is_pandas_only: bool) -> tuple[str, ...] | None:
    """The parameters of a merge or join in their order, or ``None`` for any other call."""
    found = doc.scopes.names(call.func)
    if found:
        if not found <= _FUNCTIONS:
            return None
        return ("self", "other", *_JOIN) if "pandas.DataFrame.join" in found else ("left", "right", *_MERGE)
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("merge", "join") or not is_pandas_only:
        return None
    is_telling = any(one.arg in _TELLING for one in call.keywords)
    receiver = call.func.value
    if not is_telling and doc.program.kinds.of(receiver) != "dataframe":
        return None
    if not is_telling and (not call.args or isinstance(call.args[0], (ast.GeneratorExp, ast.ListComp))):
        return None
    return ("right", *_MERGE) if call.func.attr == "merge" else ("other", *_JOIN)


def _missing(given: dict[str, ast.expr], parameters: tuple[str, ...]) -> list[str]:
    """What a merge leaves out: its keys, ``how`` and ``validate``."""
    how = given.get("how")
    if isinstance(how, ast.Constant) and how.value == "cross":
        return []
    said = {name for name, value in given.items() if not (isinstance(value, ast.Constant) and value.value in (None, False))}
    missing = []
    is_keyed = "on" in said or (said & {"left_on", "left_index"} and said & {"right_on", "right_index"})
    if "left_on" in parameters and not is_keyed:
        missing.append("its keys (on)")
    missing += [name for name in ("how", "validate") if name not in said]
    return missing


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _written(call: ast.Call) -> str:
    """The callee as it is written, its receiver cut where it is long."""
    text = ast.unparse(call.func)
    name = text.rpartition(".")[2]
    return text if len(text) <= 40 else f"….{name}"
