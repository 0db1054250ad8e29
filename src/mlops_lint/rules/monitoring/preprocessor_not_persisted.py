"""Model is saved without the preprocessing it was fitted behind.

The model has learnt from rows that a scaler, an encoder, a vectoriser or a tokeniser had prepared. What these have learnt (means, categories, words
and their numbers) ends with the program, so whoever loads the model must fit them again on other rows, or leaves them out: the model then reads
numbers that mean something else, and answers with confidence. From outside this looks like drift that was there from the first day.

Put the steps and the model into one ``Pipeline`` and save that, or save the fitted steps beside the model, in the same file or the same run of the
tracker.

Known are the transformers of scikit-learn, category_encoders, feature-engine and Keras' ``Tokenizer``, and models of scikit-learn, boosting
libraries, Keras and PyTorch that are saved by joblib, pickle, MLflow, torch or themselves. A step counts as saved when it, its learnt figures or
something that holds it is written anywhere in the project, under whatever name. Stateless steps, label encoders of the target and layers inside the
model are left alone, and so is a program that saves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.runs import REQUIRES, Runs, runs
from mlops_lint.facts.unsaved_steps import unsaved_steps

rule = Rule(
    code="MO103",
    summary="model is saved without the preprocessing it was fitted behind",
    consideration="drift-detection",
    severity=Severity.ERROR,
    confidence=Confidence.MEDIUM,
    requires=REQUIRES,
    references=("https://scikit-learn.org/stable/model_persistence.html",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each save of a model whose fitted preprocessing is saved nowhere."""
    every: Runs = project.derive(runs)
    for one in project.derive(unsaved_steps):
        related = [every.location(step, "fitted here, and not saved") for step in one.steps[:3]]
        if one.fit.site not in {step.site for step in one.steps}:
            related.append(every.location(one.fit, "the model learns from what it gives here"))
        names = " and ".join(one.names) if len(one.names) < 3 else f"{one.names[0]} and {len(one.names) - 1} other steps"
        message = f"the model is saved without the fitted {names} that its rows went through"
        yield rule.finding(every.location(one.save), message, related=related, confidence=one.confidence)
