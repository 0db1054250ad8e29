"""A login is given a credential that is written in the program.

Whatever its format, a literal that a client logs in with is a credential in the clear: it goes wherever the file goes, stays in every commit since, and has
to be changed by editing the program. Everybody who runs the code runs it as the same user.

Leave the argument out where the client reads its variable by itself, or pass ``os.environ[...]``; then revoke the credential that was written here.

Known clients are recognised by name, also through aliases, a constant that is assigned once in the program or in a module of the project, an address that
is put together from constants, and the value that stands in for a variable of the environment. Values that come from a parameter, a file or a prompt are left
alone, and so are placeholders, defaults of a fresh service and keys for a server on this machine. Tests and vendored files are silent. A literal in the
format of a known service is reported by the rules for hard-coded credentials, not here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mlops_lint.api import (
    Confidence,
    Edit,
    Finding,
    Fix,
    Location,
    NotebookDocument,
    Project,
    PythonDocument,
    Rule,
    Safety,
    Severity,
    Span,
    role_of,
)
from mlops_lint.facts.login_constants import REQUIRES, logins_through_constants
from mlops_lint.facts.logins import Login, logins_of
from mlops_lint.facts.secret_values import is_drawn

rule = Rule(
    code="SE103",
    summary="login is given a credential that is written in the program",
    consideration="unauthorized-access",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    fix=Safety.UNSAFE,
    requires=REQUIRES,
    references=("https://cwe.mitre.org/data/definitions/798.html", "https://12factor.net/config"),
)


@rule.on_document(PythonDocument)
def check(doc: PythonDocument) -> Iterator[Finding]:
    """Report each login with a literal of no known format, once for each call."""
    if doc.role in ("test", "vendored"):
        return
    every = logins_of(doc)
    # A call of which another rule reports a credential is one defect, also when it is given a second one.
    reported = {one.span for one in every if one.known or one.format is not None}
    logins = [one for one in every if one.span not in reported and not _is_word_for_local(one)]
    for login in logins:
        if login.span in reported:
            continue
        reported.add(login.span)
        together = [one for one in logins if one.span == login.span]
        yield rule.finding(
            doc.at(login.span),
            _message(login.what, login.place, len(login.value), login.assigned),
            related=[doc.at(login.origin, "the value is written here")] if login.origin is not None else (),
            fix=_fix(login, doc) if len(together) == 1 else None,
            confidence=(Confidence.LOW if login.weak else Confidence.MEDIUM) if login.local else None,
            help=_help(login.variable),
            secrets=[span for one in together for span in one.hidden],
        )


@rule.on_project
def check_constants(project: Project) -> Iterator[Finding]:
    """Report each login with a constant of another module or a class that is written there and has no known format."""
    for login, constant in logins_through_constants(project):
        if role_of(login.path) in ("test", "vendored") or constant.known or (login.local and not login.password and not constant.drawn):
            continue
        yield rule.finding(
            Location(login.path, login.span),
            _message(login.what, login.place, constant.length, login.assigned),
            related=[Location(constant.path, constant.span, "the value is written here")],
            confidence=Confidence.MEDIUM if login.local else None,
            help=_help(login.variable),
        )


def _is_word_for_local(login: Login) -> bool:
    """Whether a server on this machine asks for a key and is given a word; a password, or a key that was drawn, may be used elsewhere too."""
    return login.local and not login.chosen and not is_drawn(login.value)


def _message(what: str, place: str, size: int, assigned: bool) -> str:
    length = f"{size} characters"
    if not what:
        return f"{place} is given a credential that is written in the program ({length})"
    if assigned:
        return f"{place} is set to a credential that is written in the program ({length})"
    return f"{place} logs in to {what} with a credential that is written in the program ({length})"


def _help(variable: str) -> str:
    return f"leave the argument out: the client reads {variable} from the environment" if variable else ""


def _fix(login: Login, doc: PythonDocument) -> Fix | None:
    """Read the variable instead, importing ``os`` where the file does not."""
    if login.secret is None or login.argument is None or not login.variable or isinstance(doc, NotebookDocument):
        return None
    edits = [Edit(doc.path, login.secret, f'os.environ["{login.variable}"]')]
    if "os" not in doc.scopes.root.bindings:
        first = next(
            (one for one in doc.tree.body if isinstance(one, (ast.Import, ast.ImportFrom)) and getattr(one, "module", "") != "__future__"), None
        )
        if first is None or first.col_offset:
            return None
        start = doc.span_of(first).start
        edits.insert(0, Edit(doc.path, Span(start, start), "import os\n"))
    elif doc.scopes.resolve("os.environ", doc.scopes.root) != {"os.environ"}:
        return None
    return Fix(f"read {login.variable} from the environment", tuple(edits), Safety.UNSAFE)
