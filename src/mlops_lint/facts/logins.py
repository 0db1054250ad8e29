"""Logins: places in Python where a client of a known service is given a credential that is written in the program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.documents.notebook import NotebookDocument
from mlops_lint.documents.python import PythonDocument
from mlops_lint.facts.credentials import Credential, find_credentials, has_format_of
from mlops_lint.facts.login_places import Handing, handings, names_password
from mlops_lint.facts.secret_values import is_chosen, is_derived, is_drawn, is_issued, is_wordy, names_secret
from mlops_lint.knowledge.credentials import NamedFormat
from mlops_lint.python.values import argument, evaluate
from mlops_lint.text.span import Span

_ENV_MAGIC = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)(?:\s*=\s*|\s+)(?P<value>\S+)\s*$")
_PIECE = re.compile(r"[^\\\"'\s]{3,}")
_MAX_STEPS = 6
_READERS = frozenset(("os.getenv", "os.environ.get", "os.environ.setdefault"))
_SAME = frozenset(("builtins.str", "pydantic.SecretStr", "pydantic.types.SecretStr"))


@dataclass(frozen=True, slots=True)
class Login:
    """A credential in the program, handed to a client.

    ``what`` is the service (empty when the client is not known) or the environment variable that is set; ``place`` says how it is handed over
    (``wandb.login``, ``os.environ["HF_TOKEN"]``). ``span`` is the place of the call or assignment in the file, ``secret`` that of the literal where it is
    written right there (``None`` when a name stands for it; ``origin`` is then the literal's place). ``hidden`` are the parts of the file that must not
    be shown. ``format`` is the shape of the service's keys, if the value has it; ``known``: the text alone gives the literal away where it is written.
    ``local``: the service runs on this machine, or in the same stack. ``chosen``: it is a password rather than an issued key. ``weak``: one made of words.
    ``assigned``: to a variable, not passed to a call of the client.
    """

    what: str
    place: str
    value: str
    span: Span
    secret: Span | None
    origin: Span | None
    hidden: tuple[Span, ...]
    argument: ast.expr | None
    variable: str
    format: NamedFormat | None
    known: bool
    local: bool
    chosen: bool
    assigned: bool
    weak: bool = False


def logins_of(doc: PythonDocument) -> tuple[Login, ...]:
    """The logins of a program whose credential is a literal that stands for nothing else, in source order."""
    found: tuple[Login, ...] = doc.derive(_every)
    return found


def _every(doc: PythonDocument) -> tuple[Login, ...]:
    return tuple(_logins(doc))


def _logins(doc: PythonDocument) -> Iterator[Login]:
    written: list[Span] | None = None
    for handing in handings(doc):
        found = next((one for one in _texts(handing.value, doc) if is_credential(one[0], handing)), None)
        if found is None:
            continue
        value, node = found
        local = handing.local
        if handing.address:
            secret = _in_address(value)
            if secret is None or isinstance(node, ast.Constant):
                continue
            local = not secret.sure
            value = value[secret.span.start : secret.span.end]
        if written is None:
            written = [span for one in find_credentials(doc.code) for span in one.secrets]
        literal = _literal(node, doc)
        direct = literal is handing.value
        written_at = doc.span_of(literal) if literal is not None else None
        yield Login(
            handing.what,
            handing.place,
            value,
            doc.span_of(handing.node),
            written_at if direct else None,
            _origin(doc, value, handing) if handing.address else None if direct else written_at,
            tuple(_everywhere(doc, value) if handing.address else _hidden(doc, written_at, value)) if written_at is not None else (),
            handing.value,
            handing.variable,
            has_format_of(handing.service, value) if direct and handing.service else None,
            literal is not None and any(span.overlaps(doc.program.span(literal)) for span in written),
            local,
            handing.password or handing.address,
            handing.assigned,
            handing.password and is_wordy(value),
        )
    if isinstance(doc, NotebookDocument):
        yield from _magics(doc)


def _magics(doc: NotebookDocument) -> Iterator[Login]:
    """``%env NAME=value``."""
    for cell in doc.code_cells:
        known: set[str] | None = None
        for magic in cell.magics:
            match = _ENV_MAGIC.match(magic.argument) if magic.kind == "line" and magic.name in ("env", "set_env") else None
            if match is None or not names_secret(match["name"]):
                continue
            value = match["value"].strip("\"'")
            if "$" in value or "{" in value or not (is_chosen(value) if names_password(match["name"]) else is_issued(value)):
                continue
            if known is None:
                text = cell.source.text
                known = {text[span.start : span.end] for one in find_credentials(text) for span in one.secrets}
            place = magic.argument_start + match.start("value") + match["value"].find(value)
            secret = cell.source.file_span(Span(place, place + len(value)))
            found = any(text in value for text in known)
            span = cell.source.file_span(magic.span)
            chosen = names_password(match["name"])
            yield Login(
                match["name"], f"%{magic.name} {match['name']}", value, span, secret, None, (secret,), None, "", None, found, False, chosen, True
            )


def _hidden(doc: PythonDocument, span: Span, value: str) -> Iterator[Span]:
    """The parts of a written literal that are its value: all of it in one piece, or, where it is written with escapes, the pieces between them."""
    text = doc.text[span.start : span.end]
    place = text.find(value)
    if place >= 0:
        yield Span(span.start + place, span.start + place + len(value))
        return
    for piece in _PIECE.finditer(text):
        yield Span(span.start + piece.start(), span.start + piece.end())


def is_credential(value: str, handing: Handing) -> bool:
    """Whether a text that is handed over is a credential rather than a word in its place."""
    if handing.address:
        return _in_address(value) is not None
    if handing.password:
        return is_chosen(value) and not is_derived(value, handing.user)
    return is_issued(value) and (not handing.random or is_drawn(value))


def _in_address(value: str) -> Credential | None:
    """The password in an address or connection string."""
    return next((one for one in find_credentials(value) if one.basis == "url" and not one.weak), None)


def _everywhere(doc: PythonDocument, value: str) -> Iterator[Span]:
    """All places of the file where a value stands."""
    place = doc.text.find(value)
    while place >= 0:
        yield Span(place, place + len(value))
        place = doc.text.find(value, place + len(value))


def _origin(doc: PythonDocument, value: str, handing: Handing) -> Span | None:
    """Where the password of an address is written, when that is not in the call."""
    place = next(_everywhere(doc, value), None)
    return place if place is not None and not place.overlaps(doc.span_of(handing.node)) else None


def _texts(node: ast.expr, doc: PythonDocument) -> Iterator[tuple[str, ast.expr]]:
    """The texts that an expression may be: its value, or the one that stands in for a variable of the environment which is not set."""
    for one in _alternatives(node, doc, _MAX_STEPS):
        value = evaluate(one, doc.scopes, doc.scopes.scope_of(one))
        if isinstance(value, str):
            yield value, one


def _alternatives(node: ast.expr, doc: PythonDocument, steps: int) -> Iterator[ast.expr]:
    inner: list[ast.expr | None] = []
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        inner.extend(node.values)
    elif isinstance(node, ast.IfExp):
        inner.extend((node.body, node.orelse))
    elif isinstance(node, ast.Call):
        names = doc.scopes.names(node.func)
        if names & _READERS:
            inner.append(argument(node, "default", 1))
        elif names & _SAME:
            inner.extend(node.args[:1])
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "strip":
            inner.append(node.func.value)
    elif isinstance(node, ast.Name):
        bound = doc.scopes.scope_of(node).lookup(node.id)
        if bound is not None and len(bound[1]) == 1 and bound[1][0].how == "assign" and not isinstance(bound[1][0].value, (ast.Constant, ast.Name)):
            inner.append(bound[1][0].value)
    if not inner or steps <= 0:
        yield node
        return
    for one in inner:
        if one is not None:
            yield from _alternatives(one, doc, steps - 1)


def _literal(node: ast.expr, doc: PythonDocument) -> ast.expr | None:
    """The string that an expression is, or that the one assignment of its name gives."""
    for _ in range(8):
        if isinstance(node, ast.Constant):
            return node
        found = doc.scopes.scope_of(node).lookup(node.id) if isinstance(node, ast.Name) else None
        if found is None or len(found[1]) != 1 or found[1][0].value is None:
            return node if not isinstance(node, ast.Name) else None
        node = found[1][0].value
    return None
