"""Column of personal data is a feature of the model.

A model that learns from e-mail addresses, names or card numbers learns individual people by heart: it may give them away again, it has to be
retrained when one of them asks to be forgotten, and what it learnt about them is of no use for anybody else.

Drop the column before training, or replace it by what matters of it (the domain, the age, a region) or by a hash where it only joins tables.

What is personal is told by the names of columns. A column counts when the code itself names it on its way to ``fit``: in a list of features, in a
``ColumnTransformer``, or by using the column of a frame from which it is not dropped. Frames whose columns are not named are left alone, and so are
columns that were masked, hashed or turned into something else. ``name``, ``address`` and ``ip`` count only where the table is about persons.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.personal_features import PersonalFeatures, personal_features, trains
from mlops_lint.facts.runs import REQUIRES, Run, Runs, runs
from mlops_lint.facts.tables import is_left_out

rule = Rule(
    code="DM301",
    summary="column of personal data given to a model",
    consideration="data-privacy",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    requires=REQUIRES,
    references=("https://gdpr-info.eu/art-5-gdpr/", "https://gdpr-info.eu/art-25-gdpr/"),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each set of personal columns once for each program, where a model is trained on it first."""
    every: Runs = project.derive(runs)
    told = set()
    for run in every:
        if is_left_out(run.role):
            continue
        for found in _first_ones(run):
            if found.event.site not in told:
                told.add(found.event.site)
                yield _finding(found, run, every)


def _first_ones(run: Run) -> Iterator[PersonalFeatures]:
    """For each set of columns the first training, or what else learns from it first."""
    groups: dict[frozenset[str], list[PersonalFeatures]] = {}
    for found in personal_features(run):
        if found.by_tokenizer:
            yield found
            continue
        groups.setdefault(frozenset(found.columns), []).append(found)
    for group in groups.values():
        yield next((one for one in group if trains(one.event)), group[0])


def _finding(found: PersonalFeatures, run: Run, every: Runs) -> Finding:
    names = sorted(found.columns)
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    kinds = sorted(set(found.columns.values()))
    what = "columns" if len(names) > 1 else "column"
    verb = "reach" if len(names) > 1 else "reaches"
    target = "the tokenizer" if found.by_tokenizer else f"{every.written(found.event)}()"
    confidence = Confidence.LOW if run.role == "example" else None
    return rule.finding(every.location(found.event), f"{what} {listed} ({', '.join(kinds)}) {verb} {target} in the clear", confidence=confidence)
