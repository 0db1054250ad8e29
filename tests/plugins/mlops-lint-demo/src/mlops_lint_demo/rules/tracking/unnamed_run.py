"""Tracking run is started without a name.

MLflow then makes up a name of its own (``bemused-shrike-412``), so nobody who looks at the experiment later can tell which run tried what.

Pass ``run_name=``, or resume a known run with ``run_id=``.

A call that passes anything by position, or through ``**``, is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from mlops_lint.api import Confidence, Finding, PythonDocument, Rule, Severity
from mlops_lint_demo.rules._arguments import may_carry

rule = Rule(
    code="DEMO101",
    summary="tracking run is started without a name",
    consideration="communication",
    severity=Severity.NOTE,
    confidence=Confidence.HIGH,
    references=("https://mlflow.org/docs/latest/python_api/mlflow.html#mlflow.start_run",),
)


@rule.on_call("mlflow.start_run")
def check(call: cst.Call, doc: PythonDocument) -> Iterator[Finding]:
    """Flag a run that is neither named nor resumed."""
    if not may_carry(call, "run_name") and not may_carry(call, "run_id"):
        yield rule.finding(doc.at(call), "run is started without a name")
