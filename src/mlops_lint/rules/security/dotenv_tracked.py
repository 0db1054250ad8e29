"""A file of credentials is tracked by git, or would be with the next ``git add``.

``.env``, ``kaggle.json``, service-account keys and their like exist to keep credentials apart from the code. Once git tracks one, every clone has the
credentials of today, and the history those of the past; one that is not ignored gets in with the next ``git add .`` by mistake.

Take the file out of git (``git rm --cached FILE``), list it in ``.gitignore`` and revoke what it held. A ``.env.example`` with empty values shows others what
to fill in.

A file counts only when something in it reads like a credential: ports, flags, paths, defaults such as ``postgres``, published sample keys and passwords that
only repeat the user's name are no secret. Example and template files and encrypted ones are silent, and so is a project without git. In tests only
credentials of a known format count, with low confidence.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Edit, Finding, Fix, Location, Project, Rule, Safety, Severity, Span
from mlops_lint.facts.secret_files import IgnoreFile, SecretFile

rule = Rule(
    code="SE104",
    summary="file of credentials is tracked by git or not ignored",
    consideration="unauthorized-access",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    fix=Safety.SAFE,
    requires=(SecretFile, IgnoreFile),
    references=(
        "https://git-scm.com/docs/gitignore",
        "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/removing-sensitive-data-from-a-repository",
    ),
)

_NAMED = 3


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each file that holds credentials and that git has, or would take."""
    repository = project.repository
    if not repository.available:
        return
    roles = {one.path: one.role for one in project.files}
    untracked = frozenset(repository.untracked())
    ignore = next((one for one in project.facts(IgnoreFile) if one.path == ".gitignore"), None)
    for fact in project.facts(SecretFile):
        role, tracked = roles.get(fact.path, "code"), repository.is_tracked(fact.path)
        if role == "vendored" or (role == "test" and not fact.known) or not (tracked or fact.path in untracked):
            continue
        confidence = Confidence.LOW if role == "test" else None
        held = _listed(fact.holds)
        if tracked:
            yield rule.finding(Location(fact.path), f"git tracks {fact.what} that holds credentials ({held})", confidence=confidence)
        else:
            yield rule.finding(
                Location(fact.path),
                f"{fact.what} with credentials ({held}) is not ignored, so the next git add takes it in",
                fix=_fix(fact.path, ignore),
                confidence=confidence,
                help=f"list {fact.path} in .gitignore",
            )


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _fix(path: str, ignore: IgnoreFile | None) -> Fix | None:
    """One line more in the root's ``.gitignore``; paths that would need quoting there are left to people."""
    if ignore is None or not path.replace("/", "").replace(".", "").replace("-", "").replace("_", "").isalnum():
        return None
    line = ("" if ignore.ended else "\n") + f"/{path}\n"
    return Fix("list the file in .gitignore", (Edit(ignore.path, Span(ignore.length, ignore.length), line),), Safety.SAFE)
