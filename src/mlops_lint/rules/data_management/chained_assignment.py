"""Value is assigned through two selections in a row.

``df[df.age > 90]["age"] = 90`` first takes rows out of the frame and then writes into what was taken. That is a copy, or may be one: the frame often
keeps its old values, with a ``SettingWithCopyWarning`` at best. From pandas 3 on it always is a copy, and the assignment does nothing at all.

Select rows and columns in one step: ``df.loc[df.age > 90, "age"] = 90``.

Only assignments through a chain that is written in one expression are reported, and only where the value is known to be a DataFrame; that is an
error where the project's pandas is 3 or newer. A slice that is kept in a variable first and written to later is not reported. Where a parameter is a
DataFrame by its name alone, confidence is medium.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.chained_stores import chained_stores, copies_on_write
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.requirements import LockedVersion, Requirement, RequirementInclude
from mlops_lint.facts.resolved_versions import ResolvedVersions
from mlops_lint.facts.runs import REQUIRES, Runs, runs
from mlops_lint.facts.tables import is_hinted, is_left_out

rule = Rule(
    code="DM214",
    summary="value assigned through chained indexing",
    consideration="data-quality",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=(*REQUIRES, Requirement, LockedVersion, RequirementInclude, Manifest),
    references=(
        "https://pandas.pydata.org/docs/user_guide/copy_on_write.html",
        "https://pandas.pydata.org/docs/user_guide/indexing.html#returning-a-view-versus-a-copy",
    ),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each chained assignment once."""
    every: Runs = project.derive(runs)
    versions: ResolvedVersions = project.derive(ResolvedVersions.of)
    told = set()
    for run in every:
        if is_left_out(run.role):
            continue
        for event, frame in chained_stores(run):
            if event.site in told:
                continue
            told.add(event.site)
            lost = copies_on_write(versions, event.site.path)
            effect = "the frame itself keeps its old values" if lost else "the frame itself may keep its old values"
            confidence = Confidence.LOW if run.role == "example" else Confidence.MEDIUM if is_hinted(frame) else Confidence.HIGH
            yield rule.finding(
                every.location(event),
                f"value is assigned to a selection of a selection, so {effect}",
                severity=Severity.ERROR if lost else Severity.WARNING,
                confidence=confidence,
            )
