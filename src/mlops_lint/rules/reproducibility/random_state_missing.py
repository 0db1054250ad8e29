"""Stochastic estimator or splitter gets no random_state.

Another split or another forest at every run means that two results differ by luck as well as by merit, and that a model that went wrong cannot be made
again. Without ``random_state``, or with ``None``, scikit-learn takes its numbers from NumPy's global generator, which starts somewhere else every time.

Pass ``random_state=`` one configured number (or a generator made from one) here and at the other stochastic calls.

Only what is random as it is called counts: logistic regression with the solvers sag, saga and liblinear, SVC with ``probability=True``, PCA with a
randomised or arpack solver, boosting that samples rows or features, splitters that shuffle. Where every program that reaches the call seeds NumPy
first the confidence is low, as it is in tests. Of classes that a loop makes one after the other the first such one is named. Estimators inside
bagging and boosting ensembles get their seed from these; settings that cannot be seen (``**params``) and a later ``set_params(random_state=…)`` are
given the benefit of the doubt.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Fix, Location, Project, Rule, Safety, Severity
from mlops_lint.facts.programs import REQUIRES, modules, programs
from mlops_lint.facts.randomness import EVERYTHING, RandomSeed
from mlops_lint.facts.stochastic import UnseededEstimator
from mlops_lint.knowledge.randomness import NUMPY

rule = Rule(
    code="RP302",
    summary="stochastic estimator or splitter without random_state",
    consideration="randomness",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    fix=Safety.UNSAFE,
    requires=(UnseededEstimator, RandomSeed, *REQUIRES),
    references=("https://scikit-learn.org/stable/common_pitfalls.html#controlling-randomness",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each call; low confidence where NumPy's global generator is known to be seeded before it."""
    roles = {one.path: one.role for one in project.files}
    seeds = [one for one in project.facts(RandomSeed) if _seeds_numpy(one, project)]
    for call in project.facts(UnseededEstimator):
        role = roles.get(call.path, "code")
        if role == "vendored":
            continue
        is_weak = role == "test" or _is_seeded(call, seeds, project)
        given = "random_state=None" if call.is_none else "no random_state"
        because = f" although {call.because} makes it random" if call.because else ""
        message = f"{call.what} gets {given}{because}, so every run differs"
        fix = Fix("Pass random_state=42", (call.edit,), Safety.UNSAFE) if call.edit is not None else None
        yield rule.finding(Location(call.path, call.span), message, fix=fix, confidence=Confidence.LOW if is_weak else None)


def _seeds_numpy(seed: RandomSeed, project: Project) -> bool:
    """Whether a call seeds NumPy; of a helper of the project, what it seeds itself is known, and its name proves nothing."""
    if NUMPY in seed.libraries:
        return True
    return EVERYTHING in seed.libraries and (not seed.name or project.derive(modules).definition(seed.name, seed.path) is None)


def _is_seeded(call: UnseededEstimator, seeds: list[RandomSeed], project: Project) -> bool:
    """Whether all programs that reach the call seed NumPy, and not only after it."""
    reaching = [one for one in project.derive(programs) if (call.path, call.function) in one.closure.reached]
    if not reaching:
        # Nobody is known to run it: its own module's body and its own function are all there is.
        return any(one.path == call.path and one.function in ("", call.function) and _is_before(one, call) for one in seeds)
    return all(any(program.closure.may_run(one.path, one.function) and _is_before(one, call) for one in seeds) for program in reaching)


def _is_before(seed: RandomSeed, call: UnseededEstimator) -> bool:
    """Whether a seed can come before a call: anything elsewhere can, in the same body the order decides."""
    return (seed.path, seed.function) != (call.path, call.function) or seed.span.start < call.span.start
