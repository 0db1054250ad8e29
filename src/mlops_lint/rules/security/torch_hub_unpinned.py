"""Code is fetched from a GitHub repository by torch.hub without a fixed version.

``torch.hub.load`` downloads a repository and runs its ``hubconf.py`` on this machine. Without a tag or commit that is whatever the default branch holds on
the day of the download: a push by its owner, or by whoever took the account over, changes the model, its weights and the code that runs here. With
``trust_repo=True`` nobody is asked either.

Put a release tag or, better, a commit hash behind the repository: ``torch.hub.load("pytorch/vision:v0.10.0", ...)``.

Both a tag and a commit hash pass, also together with ``trust_repo=True``, which unattended jobs need; names known to be branches (``main``, ``master``,
``torchhub`` …) do not, and any other name is taken for a tag. ``source="local"`` and repositories whose name is computed elsewhere are left alone; one that
is the default of a parameter or an option has medium confidence. Calls in tests have low confidence, vendored code is silent. Weights fetched by URL are
another rule's business.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, PythonDocument, Rule, Severity
from mlops_lint.facts.defaults import given_to, usual
from mlops_lint.knowledge.hub import BRANCHES, TORCH_HUB_CALLS

rule = Rule(
    code="SE112",
    summary="torch.hub fetches and runs a repository without a tag or commit",
    consideration="unauthorized-access",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    references=("https://docs.pytorch.org/docs/stable/hub.html",),
)

_REPOSITORY = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(?::(?P<ref>[^\s:]+))?")


@rule.on_document(PythonDocument)
def check(doc: PythonDocument) -> Iterator[Finding]:
    """Flag each repository on GitHub that is named with no ref, or with that of a branch."""
    if doc.role == "vendored" or "hub" not in doc.code:
        return
    for call in doc.scopes.calls:
        parameter = next((TORCH_HUB_CALLS[name] for name in sorted(doc.scopes.names(call.func)) if name in TORCH_HUB_CALLS), "")
        given = given_to(call, parameter, 0) if parameter else None
        if given is not None and not _may_be_local(call, doc):
            yield from _check(call, given, doc)


def _check(call: ast.Call, given: ast.expr, doc: PythonDocument) -> Iterator[Finding]:
    named = usual(given, doc.scopes)
    match = _REPOSITORY.fullmatch(named.value) if isinstance(named.value, str) else None
    if match is None or match["name"].startswith((".", "-")):
        return
    ref = match["ref"]
    if ref is not None and ref.lower() not in BRANCHES:
        return
    asked = ", and trust_repo=True asks nobody" if usual(given_to(call, "trust_repo"), doc.scopes).value is True else ""
    held = f"the branch {ref!r} of {match['name']}" if ref else f"the default branch of {match['name']}"
    yield rule.finding(
        doc.at(call),
        f"code of {held} is fetched and run, whatever it holds by then{asked}",
        confidence=Confidence.LOW if doc.role == "test" else Confidence.MEDIUM if named.is_default else None,
        help=f'name a release tag or a commit hash behind the repository: "{match["name"]}:<tag or commit>"',
    )


def _may_be_local(call: ast.Call, doc: PythonDocument) -> bool:
    """Whether the first argument may be a folder: the source says so, or nobody knows what it says."""
    unpacked = [one.value for one in call.keywords if one.arg is None]
    source = given_to(call, "source")
    if source is None:
        return any(not isinstance(usual(one, doc.scopes).value, dict) for one in unpacked) or any(isinstance(one, ast.Starred) for one in call.args)
    return bool(usual(source, doc.scopes).value != "github")
