"""A key, token or password stands in a file of the project.

Whoever can read the repository, a copy of it or one of its past commits can use the credential: train on your account, read your data, publish models in
your name. Keys on public hosts are found by bots within minutes, and private repositories get copied, shared and opened up later.

Revoke the credential at its service and make a new one, which the program reads from the environment or a secret manager. Deleting the line is not enough,
since it stays in the history.

Keys with a format of their own are known by prefix, length and checksum; keys that are plain random characters only where a name or a client next to them
tells their service. Placeholders, templates, documented example keys, defaults of fresh services and passwords for this machine are left alone. In tests
only formats that cannot be mistaken count, with low confidence where no checksum tells a real one from a made-up one; vendored files are silent. Values
that are assembled from parts are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlops_lint.api import Confidence, Document, Finding, IniDocument, MappingDocument, NotebookDocument, PythonDocument, Rule, Severity, Span
from mlops_lint.facts.credentials import Credential, find_credentials, named_format, shown
from mlops_lint.facts.image_settings import image_settings
from mlops_lint.facts.logins import logins_of
from mlops_lint.knowledge.credentials import ACCESS_WORDS, NAMED_FORMATS

rule = Rule(
    code="SE101",
    summary="key, token or password stands in a file of the project",
    consideration="unauthorized-access",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    references=(
        "https://docs.github.com/en/code-security/secret-scanning/introduction/about-secret-scanning",
        "https://huggingface.co/docs/hub/security-tokens",
        "https://cwe.mitre.org/data/definitions/798.html",
    ),
)

_PLACES = {"python": "the source", "dotenv": "this environment file", "markdown": "this document"}
# Rows of hashes, in which a name beside a value says nothing.
_LISTS = ("requirements", "lockfile")
_MAX_NESTED = 200_000
_INLINE_COMMENT = re.compile(r"\s+[#;].*$")


@rule.on_document(Document)
def check(doc: Document) -> Iterator[Finding]:
    """Report each credential where it stands; notebooks and the settings of images have rules of their own."""
    if isinstance(doc, NotebookDocument) or doc.role == "vendored" or not doc.text:
        return
    place = _PLACES.get(doc.kind, "this file")
    found = find_credentials(doc.text, doc.kind not in _LISTS)
    elsewhere = [one.span for one in image_settings(doc)] if found and doc.kind in ("dockerfile", "yaml") else []
    for one in found:
        confidence = _confidence(one, doc)
        if confidence is not None and not any(span.overlaps(one.span) for span in elsewhere):
            yield rule.finding(doc.at(one.span), f"{one.described(doc.text)} stands in {place}", confidence=confidence, secrets=one.secrets)
    if doc.role != "test":
        taken = [*(span for one in found for span in one.secrets), *elsewhere]
        for what, span, confidence in (*_nested(doc), *_at_logins(doc)):
            if not any(span.overlaps(one) for one in taken):
                yield rule.finding(doc.at(span), f"{what} stands in {place}", confidence=confidence, secrets=(span,))


def _confidence(one: Credential, doc: Document) -> Confidence | None:
    """How sure a credential is at this place; ``None`` where it is left alone."""
    if doc.role == "test":
        # What a test is given is mostly made up in the right format.
        return (Confidence.MEDIUM if one.proven else Confidence.LOW) if one.basis in ("format", "frame") else None
    prose = doc.kind == "markdown" or doc.role == "docs" or doc.path.endswith(".rst")
    if one.basis == "url" and not one.sure:
        return None if prose else Confidence.LOW if one.weak else Confidence.MEDIUM
    return Confidence.MEDIUM if prose and one.basis in ("name", "url", "pem") else Confidence.HIGH


def _nested(doc: Document) -> Iterator[tuple[str, Span, Confidence]]:
    """Values that the path of keys above them gives away: ``wandb: {api_key: …}``, ``[comet] api_key = …``."""
    if not isinstance(doc, (MappingDocument, IniDocument)) or len(doc.text) > _MAX_NESTED:
        return
    lower = doc.text.lower()
    if not (any(word in lower for word in ACCESS_WORDS) and any(word in lower for one in NAMED_FORMATS for word in one.words)):
        return
    if isinstance(doc, IniDocument):
        values = [
            (f"{option.section}.{option.key}", _INLINE_COMMENT.sub("", option.value).strip("\"'"), option.span)
            for section in doc.sections
            for option in section.options
        ]
    else:
        values = [
            (".".join(map(str, path[-3:])), node.text, node.span)
            for path, node in doc.walk()
            if node.kind == "scalar" and isinstance(node.value, str)
        ]
    for name, value, span in values:
        known = named_format(name, value)
        if known is not None:
            start = doc.text.find(value, span.start, span.end)
            yield f"{known.what} {shown(value)}", Span(start, start + len(value)) if start >= 0 else span, Confidence.HIGH


def _at_logins(doc: Document) -> Iterator[tuple[str, Span, Confidence]]:
    """Literals of a service's own format at a call of its client."""
    if isinstance(doc, PythonDocument):
        for login in logins_of(doc):
            if login.format is not None and login.hidden and not login.known:
                confidence = Confidence.MEDIUM if login.local else Confidence.HIGH
                yield f"{login.format.what} {shown(login.value)}", login.hidden[0], confidence
