"""Logins: places in Python where a client of a known service is given a credential that is written in the program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.documents.notebook import NotebookDocument
from mlops_lint.documents.python import PythonDocument
from mlops_lint.facts.credentials import find_credentials, has_format_of
from mlops_lint.facts.secret_values import is_placeholder, looks_random, names_secret
from mlops_lint.knowledge.clients import CLIENT_ATTRIBUTES, CLIENTS, HOST_PARAMETERS, Client
from mlops_lint.knowledge.credentials import LOCAL_HOSTS, NAMED_FORMATS, NamedFormat
from mlops_lint.python.calls import CallPattern
from mlops_lint.python.values import argument, evaluate, keyword
from mlops_lint.text.span import Span

_PATTERNS = [(client, CallPattern(client.calls)) for client in CLIENTS]
_PARAMETERS = frozenset(("api_key", "apikey", "api_token", "access_token", "auth_token", "secret_key", "client_secret", "secret_access_key"))
# Without one of these no client is named, and no variable set.
_MAY_LOG_IN = tuple(
    sorted(
        {call.strip(".*").partition(".")[0] for client in CLIENTS for call in client.calls}
        | {name.partition(".")[0] for name in CLIENT_ATTRIBUTES}
        | {"env", *_PARAMETERS}
    )
)
_SETTERS = {"os.environ.setdefault": 0, "os.putenv": 0}
_ENV_MAGIC = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)(?:\s*=\s*|\s+)(?P<value>\S+)\s*$")
_LOCAL_URL = re.compile(rf"^(?:\w+://)?(?:{'|'.join(map(re.escape, sorted(LOCAL_HOSTS)))}|127\.[\d.]+)(?:[:/]|$)", re.IGNORECASE)
_MIN_KEY = 10
_PIECE = re.compile(r"[^\\\"'\s]{3,}")
_MIN_UNKNOWN = 24
_ISSUED = re.compile(r"[\w.~+/=:-]+")


@dataclass(frozen=True, slots=True)
class Login:
    """A credential in the program, handed to a client.

    ``what`` is the service (empty when the client is not known) or the environment variable that is set; ``place`` says how it is handed over
    (``wandb.login``, ``os.environ["HF_TOKEN"]``). ``span`` is the place of the call or assignment in the file, ``secret`` that of the literal where it is
    written right there (``None`` when a name stands for it; ``origin`` is then the literal's place). ``hidden`` are the parts of the file that must not
    be shown. ``format`` is the shape of the service's keys, if the value has it; ``known``: the text alone gives the value away, wherever it stands.
    ``local``: the service runs on this machine. ``chosen``: it is a password rather than an issued key. ``assigned``: to a variable, not passed to a call
    of the client.
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


@dataclass(frozen=True, slots=True)
class _Handing:
    """A value on its way to a service, before it is known whether it is a secret."""

    what: str
    place: str
    node: ast.AST
    value: ast.expr
    variable: str
    service: str = ""
    password: bool = False
    local: bool = False
    user: str = ""
    random: bool = False
    assigned: bool = False


def logins_of(doc: PythonDocument) -> Iterator[Login]:
    """The logins of a program whose credential is a literal that stands for nothing else, in source order."""
    if not any(word in doc.text for word in _MAY_LOG_IN):
        return
    written: set[str] | None = None
    for handing in sorted(_handings(doc), key=lambda one: _order(one.node)):
        value = evaluate(handing.value, doc.scopes, doc.scopes.scope_of(handing.value))
        if not isinstance(value, str) or not _is_credential(value, handing):
            continue
        if written is None:
            written = {doc.code[span.start : span.end] for one in find_credentials(doc.code) for span in one.secrets}
        literal = _literal(handing.value, doc)
        direct = literal is handing.value
        written_at = doc.span_of(literal) if literal is not None else None
        yield Login(
            handing.what,
            handing.place,
            value,
            doc.span_of(handing.node),
            written_at if direct else None,
            None if direct else written_at,
            tuple(_hidden(doc, written_at, value)) if written_at is not None else (),
            handing.value,
            handing.variable,
            has_format_of(handing.service, value) if direct and handing.service else None,
            any(text in value for text in written),
            handing.local,
            handing.password,
            handing.assigned,
        )
    if isinstance(doc, NotebookDocument):
        yield from _magics(doc)


def _handings(doc: PythonDocument) -> Iterator[_Handing]:
    for call in doc.scopes.calls:
        names = doc.scopes.names(call.func)
        attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        yield from _at_client(call, names, attribute)
        for name in names & _SETTERS.keys():
            variable = _text(argument(call, "key", 0))
            value = argument(call, "value" if name != "os.environ.setdefault" else "default", 1)
            if value is not None and names_secret(variable):
                yield _of_variable(variable, call, value)
        if "os.environ.update" in names:
            for given in call.args[:1]:
                if isinstance(given, ast.Dict):
                    yield from _of_dictionary(given)
            for one in call.keywords:
                if one.arg and names_secret(one.arg):
                    yield _of_variable(one.arg, one.value, one.value)
    if "environ" in doc.code or any(name.rpartition(".")[2] in doc.code for name in CLIENT_ATTRIBUTES):
        for node in ast.walk(doc.tree):
            if isinstance(node, ast.Assign):
                yield from _at_assignment(node, doc)


def _at_client(call: ast.Call, names: frozenset[str], attribute: str) -> Iterator[_Handing]:
    """What a call of a known client is given; of any other call, what its parameter says is a key and only chance would write so."""
    for client, pattern in _PATTERNS:
        if not pattern.matches(names, attribute):
            continue
        given = list(_given(call, client))
        if given:
            name = next((one for one in sorted(names) if pattern.matches((one,))), f"….{attribute}")
            for parameter, value in given:
                service = client.service
                chosen = client.password and parameter in ("password", "passwd", "token", "secret_key")
                user = next((text for one in ("user", "username", "access_key") if (text := _text(keyword(call, one)))), "")
                yield _Handing(client.what, name, call, value, client.variable, service, chosen, _is_local(call), user)
            return
    for one in call.keywords:
        if one.arg in _PARAMETERS:
            name = min(names, default="") or ("." if isinstance(call.func, ast.Attribute) else "") + (
                attribute or getattr(call.func, "id", "the call")
            )
            yield _Handing("", f"{name}({one.arg}=…)", call, one.value, "", "", False, _is_local(call), "", True)


def _given(call: ast.Call, client: Client) -> Iterator[tuple[str, ast.expr]]:
    """The arguments of a call that take a client's credential."""
    endings = tuple(one[1:] for one in client.parameters if one.startswith("*"))
    for one in call.keywords:
        if one.arg is not None and (one.arg in client.parameters or (endings and one.arg.endswith(endings) and names_secret(one.arg))):
            yield one.arg, one.value
    if client.position is not None and keyword(call, client.parameters[0]) is None:
        value = argument(call, client.parameters[0], client.position)
        if value is not None:
            yield client.parameters[0], value


def _at_assignment(node: ast.Assign, doc: PythonDocument) -> Iterator[_Handing]:
    for target in node.targets:
        if isinstance(target, ast.Attribute):
            for name in sorted(doc.scopes.names(target) & CLIENT_ATTRIBUTES.keys()):
                what, variable, service = CLIENT_ATTRIBUTES[name]
                yield _Handing(what, name, node, node.value, variable, service, assigned=True)
        elif isinstance(target, ast.Subscript) and "os.environ" in doc.scopes.names(target.value):
            variable = _text(target.slice)
            if names_secret(variable):
                yield _of_variable(variable, node, node.value)


def _of_dictionary(given: ast.Dict) -> Iterator[_Handing]:
    for key, value in zip(given.keys, given.values, strict=True):
        if names_secret(_text(key)):
            yield _of_variable(_text(key), value, value)


def _of_variable(variable: str, node: ast.AST, value: ast.expr) -> _Handing:
    service = next((one.service for one in NAMED_FORMATS if any(word in variable.lower() for word in one.words)), "")
    return _Handing(variable, f'os.environ["{variable}"]', node, value, "", service, _names_password(variable), assigned=True)


def _magics(doc: NotebookDocument) -> Iterator[Login]:
    """``%env NAME=value``."""
    for cell in doc.code_cells:
        known: set[str] | None = None
        for magic in cell.magics:
            match = _ENV_MAGIC.match(magic.argument) if magic.kind == "line" and magic.name in ("env", "set_env") else None
            if match is None or not names_secret(match["name"]):
                continue
            value = match["value"].strip("\"'")
            if "$" in value or "{" in value or not (_is_chosen(value) if _names_password(match["name"]) else _is_issued(value)):
                continue
            if known is None:
                text = cell.source.text
                known = {text[span.start : span.end] for one in find_credentials(text) for span in one.secrets}
            place = magic.argument_start + match.start("value") + match["value"].find(value)
            secret = cell.source.file_span(Span(place, place + len(value)))
            found = any(text in value for text in known)
            span = cell.source.file_span(magic.span)
            chosen = _names_password(match["name"])
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


def _is_credential(value: str, handing: _Handing) -> bool:
    if handing.password:
        return _is_chosen(value) and value.lower() != handing.user.lower()
    return _is_issued(value) and (not handing.random or (len(value) >= _MIN_UNKNOWN and looks_random(value)))


def _names_password(name: str) -> bool:
    return "pass" in name.lower() or "pwd" in name.lower()


def _is_chosen(value: str) -> bool:
    """Whether a value may be a password that somebody chose."""
    return len(value) >= 4 and not is_placeholder(value)


def _is_issued(value: str) -> bool:
    """Whether a value may be a key that a service gave out: one word, long enough, no placeholder, more than letters of one case."""
    if len(value) < _MIN_KEY or not _ISSUED.fullmatch(value) or is_placeholder(value):
        return False
    return any(c.isdigit() for c in value) or (len(value) >= 20 and value.isalpha() and not value.islower() and not value.isupper())


def _is_local(call: ast.Call) -> bool:
    return any(_LOCAL_URL.match(_text(one.value)) for one in call.keywords if one.arg in HOST_PARAMETERS)


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


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _order(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
