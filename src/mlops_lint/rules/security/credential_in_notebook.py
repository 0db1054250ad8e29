"""A key, token or password stands in a notebook.

Notebooks keep what was typed and what was printed. A key pasted into a cell for one try, or an environment printed to look at something else, goes out with
the file, and nobody reads the outputs again before a commit.

Revoke the credential at its service, read the new one from the environment or a prompt (``getpass``, the secrets of Colab or Kaggle), and clear the outputs
that show it. Deleting the cell is not enough, since it stays in the history.

Sources of all cells and outputs that are text are read as they are displayed; images and other base64 are not. What counts as a credential, and what is left
alone, is the same as in other files. A key of no known format at a login is reported by the rule for logins.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Cell, Confidence, Finding, NotebookDocument, Rule, Severity, Span
from mlops_lint.facts.credentials import Credential, find_credentials, shown
from mlops_lint.facts.logins import logins_of

rule = Rule(
    code="SE102",
    summary="key, token or password stands in a notebook",
    consideration="unauthorized-access",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    references=(
        "https://docs.github.com/en/code-security/secret-scanning/introduction/about-secret-scanning",
        "https://cwe.mitre.org/data/definitions/798.html",
    ),
)


@rule.on_document(NotebookDocument)
def check(doc: NotebookDocument) -> Iterator[Finding]:
    """Report each credential in a cell's source, and each that its outputs show."""
    if doc.role == "vendored":
        return
    taken: list[Span] = []
    for cell in doc.cells:
        text = cell.source.text
        for one in find_credentials(text):
            if _counts(one, doc):
                secrets = tuple(cell.source.file_span(span) for span in one.secrets)
                taken.extend(secrets)
                where = "the source of this cell" if cell.kind == "code" else "the text of this cell"
                yield rule.finding(
                    doc.at(cell.source.file_span(one.span)),
                    f"{one.described(text)} stands in {where}",
                    confidence=_confidence(one, doc),
                    secrets=secrets,
                )
        yield from _in_outputs(doc, cell)
    if doc.role != "test":
        for login in logins_of(doc):
            if login.format is not None and login.hidden and not login.known and not any(login.hidden[0].overlaps(span) for span in taken):
                yield rule.finding(
                    doc.at(login.hidden[0]),
                    f"{login.format.what} {shown(login.value)} stands in the source of this cell",
                    confidence=Confidence.MEDIUM if login.local else None,
                    secrets=login.hidden,
                )


def _in_outputs(doc: NotebookDocument, cell: Cell) -> Iterator[Finding]:
    """The credentials that a cell's outputs show, each once however often and in whatever form it is shown."""
    shown_already: set[str] = set()
    for output in cell.outputs() if cell.kind == "code" else ():
        for one in find_credentials(output.text):
            secret = "".join(output.text[span.start : span.end] for span in one.secrets)
            if not _counts(one, doc) or secret in shown_already:
                continue
            shown_already.add(secret)
            secrets = tuple(output.file_span(span) for span in one.secrets)
            yield rule.finding(
                doc.at(output.file_span(one.span)),
                f"{one.described(output.text)} stands in the output of this cell",
                confidence=_confidence(one, doc),
                secrets=secrets,
            )


def _counts(one: Credential, doc: NotebookDocument) -> bool:
    return one.basis in ("format", "frame") or (doc.role != "test" and (one.basis != "url" or one.sure))


def _confidence(one: Credential, doc: NotebookDocument) -> Confidence | None:
    return Confidence.LOW if doc.role == "test" and not one.proven else None
