"""Broken or missing values are thrown away uncounted.

``errors="coerce"`` turns what cannot be read into nulls, ``on_bad_lines="skip"`` leaves out lines, and a bare ``dropna()`` throws away every row in
which anything is missing. When nobody counts them, a changed date format or one new empty column takes away half of the data, and the only sign of
it is a worse model.

Count what is lost and log it, or fail when it is too much: ``assert converted.isna().mean() < 0.01``, ``logger.info("dropped %d rows", before -
len(df))``. Name the columns in which a null matters: ``dropna(subset=[...])``.

Any look at the nulls (``isna()``, ``info()``, a schema), or at the rows that are left, in the same program is enough, in whatever function. Coerced
columns whose nulls are filled, dropped or imputed by name are deliberate, and so is ``dropna()`` after ``shift`` or ``rolling``, of chosen columns,
or for a plot or a figure. Checks outside the program cannot be seen; functions of a published library that nothing in it calls have low confidence.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity, Site
from mlops_lint.facts.distributions import DISTRIBUTION_FACTS, Distributions
from mlops_lint.facts.row_counts import RowCounts
from mlops_lint.facts.runs import REQUIRES, Run, Runs, runs
from mlops_lint.facts.silent_losses import COERCED, DROPPED, SKIPPED, Loss, losses
from mlops_lint.facts.tables import is_left_out

rule = Rule(
    code="DM217",
    summary="broken or missing values thrown away uncounted",
    consideration="data-quality",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    requires=(*REQUIRES, RowCounts, *DISTRIBUTION_FACTS),
    references=("https://pandas.pydata.org/docs/reference/api/pandas.to_numeric.html", "https://pandas.pydata.org/docs/user_guide/missing_data.html"),
)

_MESSAGES = {
    COERCED: "values that cannot be converted become nulls, and nothing counts them",
    SKIPPED: "lines that cannot be read are skipped, and nothing counts them",
    DROPPED: "rows with any null are dropped, and nothing counts them",
}


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each uncounted loss once, unless some program that has it counts it."""
    every: Runs = project.derive(runs)
    found: dict[Site, tuple[Loss, Run]] = {}
    seen: set[Site] = set()
    for run in every:
        if is_left_out(run.role) or run.trace.truncated:
            continue
        for loss in losses(run):
            found.setdefault(loss.event.site, (loss, run))
            if loss.is_seen:
                seen.add(loss.event.site)
    counts = {one.path: one for one in project.facts(RowCounts)}
    # Whoever calls a published library may count what its readers and converters lose.
    is_library = project.derive(Distributions.of).library("") == "published"
    for site, (loss, run) in found.items():
        counted = loss.kind != COERCED and site.path in counts and counts[site.path].covers(site.start, loss.event.function)
        if site not in seen and not counted:
            confidence = Confidence.LOW if run.role == "example" or loss.is_filled or (is_library and run.program is None) else None
            yield rule.finding(every.location(loss.event), _MESSAGES[loss.kind], confidence=confidence)
