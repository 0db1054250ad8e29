"""Places in Python where a client of a known service, or a variable of the environment, is given what may be a credential."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.documents.python import PythonDocument
from mlops_lint.facts.secret_values import names_secret
from mlops_lint.knowledge.clients import CLIENT_ATTRIBUTES, CLIENTS, HOST_PARAMETERS, Client
from mlops_lint.knowledge.credentials import LOCAL_HOSTS, NAMED_FORMATS
from mlops_lint.python.calls import CallPattern
from mlops_lint.python.values import argument, evaluate, keyword

_PATTERNS = [(client, CallPattern(client.calls)) for client in CLIENTS]
_ANY_CLIENT = CallPattern([call for client in CLIENTS for call in client.calls])
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
_LOCAL_URL = re.compile(rf"^(?:\w+://)?(?:{'|'.join(map(re.escape, sorted(LOCAL_HOSTS)))}|127\.[\d.]+)(?:[:/]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Handing:
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
    address: bool = False


def handings(doc: PythonDocument) -> tuple[Handing, ...]:
    """The places of a program in source order."""
    found: tuple[Handing, ...] = doc.derive(_in_order)
    return found


def _in_order(doc: PythonDocument) -> tuple[Handing, ...]:
    if not any(word in doc.text for word in _MAY_LOG_IN):
        return ()
    return tuple(sorted(_handings(doc), key=lambda one: _order(one.node)))


def _handings(doc: PythonDocument) -> Iterator[Handing]:
    for call in doc.scopes.calls:
        if not call.args and not call.keywords:
            continue
        names = doc.scopes.names(call.func)
        attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        yield from _at_client(call, names, attribute, doc)
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
        for node in doc.scopes.nodes(ast.Assign):
            yield from _at_assignment(node, doc)


def _at_client(call: ast.Call, names: frozenset[str], attribute: str, doc: PythonDocument) -> Iterator[Handing]:
    """What a call of a known client is given; of any other call, what its parameter says is a key and only chance would write so."""
    for client, pattern in _PATTERNS if _ANY_CLIENT.matches(names, attribute) else ():
        if not pattern.matches(names, attribute):
            continue
        given = list(_given(call, client))
        if given:
            name = next((one for one in sorted(names) if pattern.matches((one,))), f"….{attribute}")
            for parameter, value in given:
                service = client.service
                chosen = client.password and parameter in ("password", "passwd", "token", "secret_key")
                user = _user(call, doc) if chosen else ""
                yield Handing(client.what, name, call, value, client.variable, service, chosen, _is_local(call), user, address=client.address)
            return
    for one in call.keywords:
        if one.arg in _PARAMETERS:
            name = min(names, default="") or ("." if isinstance(call.func, ast.Attribute) else "") + (
                attribute or getattr(call.func, "id", "the call")
            )
            yield Handing("", f"{name}({one.arg}=…)", call, one.value, "", "", False, _is_local(call), "", True)


def _user(call: ast.Call, doc: PythonDocument) -> str:
    """The user that a call logs in as, where it is written in the program."""
    named = (evaluate(keyword(call, one), doc.scopes) for one in ("user", "username", "access_key"))
    return next((one for one in named if isinstance(one, str)), "")


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


def _at_assignment(node: ast.Assign, doc: PythonDocument) -> Iterator[Handing]:
    for target in node.targets:
        if isinstance(target, ast.Attribute):
            for name in sorted(doc.scopes.names(target) & CLIENT_ATTRIBUTES.keys()):
                what, variable, service = CLIENT_ATTRIBUTES[name]
                yield Handing(what, name, node, node.value, variable, service, assigned=True)
        elif isinstance(target, ast.Subscript) and "os.environ" in doc.scopes.names(target.value):
            variable = _text(target.slice)
            if names_secret(variable):
                yield _of_variable(variable, node, node.value)


def _of_dictionary(given: ast.Dict) -> Iterator[Handing]:
    for key, value in zip(given.keys, given.values, strict=True):
        if names_secret(_text(key)):
            yield _of_variable(_text(key), value, value)


def _of_variable(variable: str, node: ast.AST, value: ast.expr) -> Handing:
    service = next((one.service for one in NAMED_FORMATS if any(word in variable.lower() for word in one.words)), "")
    return Handing(variable, f'os.environ["{variable}"]', node, value, "", service, names_password(variable), assigned=True)


def _is_local(call: ast.Call) -> bool:
    return any(_LOCAL_URL.match(_text(one.value)) for one in call.keywords if one.arg in HOST_PARAMETERS)


def names_password(name: str) -> bool:
    """Whether a variable holds a word that somebody chose rather than an issued key."""
    return "pass" in name.lower() or "pwd" in name.lower()


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _order(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
