"""Personal data is printed or logged.

What is printed or logged is kept for months, copied to other systems and read by people who have no need to know it. An e-mail address or a passport
number that gets there can hardly be taken back, and a request to delete a person's data does not reach it. Messages of exceptions end up in the same
logs, and the parameters and tags of a run in a tracker that the whole company reads.

Log an internal identifier, a count or a hash, or leave the value out.

What is personal is told by the names of columns, keys, attributes and variables (e-mail, phone, names of persons, birth dates, identity, passport
and card numbers), also through variables and functions of the project. Names of columns, counts and other figures, what was masked or hashed,
constants, settings and arguments of the program are left alone; so is a value that a function nobody knows has worked on. Whole rows and frames are
not reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.loose_expressions import LooseExpressions
from mlops_lint.facts.personal_sinks import shown
from mlops_lint.facts.runs import REQUIRES, Runs, runs
from mlops_lint.facts.tables import is_left_out

rule = Rule(
    code="DM302",
    summary="personal data printed or logged",
    consideration="data-privacy",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    requires=(*REQUIRES, LooseExpressions),
    references=("https://gdpr-info.eu/art-5-gdpr/", "https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html#data-to-exclude"),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each place that shows personal data once."""
    every: Runs = project.derive(runs)
    loose = {one.path: one for one in project.facts(LooseExpressions)}
    told = set()
    for run, found in shown((run for run in every if not is_left_out(run.role)), loose):
        if found.event.site in told:
            continue
        told.add(found.event.site)
        # Addresses of clients stand in access logs for a purpose; what else is personal does not.
        confidence = Confidence.LOW if run.role == "example" or found.kind == "IP address" else None
        yield rule.finding(every.location(found.event), f"{found.kind} ({found.name}) {found.how}", confidence=confidence)
