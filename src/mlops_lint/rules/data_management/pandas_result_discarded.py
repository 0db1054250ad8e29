"""Result of a DataFrame method is dropped.

``df.dropna()`` leaves ``df`` as it is and gives a new frame. When nobody keeps that, the line does nothing: the nulls stay, the column is not
renamed, and the model is trained on data that look cleaned in the code and are not.

Assign the result (``df = df.dropna()``), or delete the line.

Reports methods of pandas, Polars and Spark frames and columns that only give something, where the value is known to be one of these. Methods that
are called to look (``head``, ``describe``, ``value_counts``) are left alone, and so are calls with ``inplace=True`` or unknown arguments, the last
expression of a notebook cell, what is timed or expected to fail, and ``apply`` with a function that may do something. Where a parameter is a
DataFrame by its name alone, confidence is medium.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.discarded_results import discarded_results
from mlops_lint.facts.loose_expressions import LooseExpressions
from mlops_lint.facts.runs import REQUIRES, Runs, runs
from mlops_lint.facts.tables import is_hinted, is_left_out

rule = Rule(
    code="DM215",
    summary="result of a DataFrame method dropped",
    consideration="data-quality",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=(*REQUIRES, LooseExpressions),
    references=("https://pandas.pydata.org/docs/getting_started/overview.html#mutability-and-copying-of-data",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each lost result once."""
    every: Runs = project.derive(runs)
    loose = {one.path: one for one in project.facts(LooseExpressions)}
    told = set()
    for run in every:
        if is_left_out(run.role):
            continue
        for event in discarded_results(run, loose):
            if event.site in told:
                continue
            told.add(event.site)
            hinted = event.receiver is not None and is_hinted(event.receiver.thing)
            confidence = Confidence.LOW if run.role == "example" else Confidence.MEDIUM if hinted else Confidence.HIGH
            message = f"{every.written(event)}() changes nothing in place, and what it gives is dropped"
            yield rule.finding(every.location(event), message, confidence=confidence)
