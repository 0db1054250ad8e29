"""Files that exist to hold credentials, and what credentials are really in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from mlops_lint.documents.document import Document
from mlops_lint.documents.dotenv import DotenvDocument
from mlops_lint.documents.ini import IniDocument
from mlops_lint.documents.mapping import MappingDocument
from mlops_lint.facts.credentials import find_credentials
from mlops_lint.facts.secret_values import is_derived, is_secret_value, is_strong, looks_random, names_secret
from mlops_lint.text.span import Span

_TEMPLATE_NAME = re.compile(
    r"(?:^|[._-])(?:examples?|samples?|templates?|tmpl|tpl|dist|defaults?|schema|skeleton|stub|vault|enc|encrypted|sops|j2)(?:$|[._-])", re.IGNORECASE
)
_PASSWORD_OF_NETRC = re.compile(r"\bpassword\s{1,9}(\S{1,400})")
_PRIVATE_KEYS = frozenset(("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"))
_BY_NAME = {".git-credentials": "git passwords", ".databrickscfg": "Databricks tokens", ".pgpass": "database passwords"}


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file of a kind that holds credentials, and holds some.

    ``what`` says which kind with its article, ``holds`` names the credentials without their values. ``known``: one of them has the format of a service's keys.
    """

    kinds: ClassVar[tuple[str, ...]] = ("dotenv", "json", "ini", "text", "toml")

    path: str
    what: str
    holds: tuple[str, ...]
    known: bool

    @classmethod
    def collect(cls, document: Any) -> Iterator[SecretFile]:
        """The document itself, if it is such a file."""
        what = kind_of_secret_file(document.path)
        if not what or is_template_name(document.path):
            return
        holds = tuple(dict.fromkeys(_holdings(document)))
        if holds:
            yield cls(document.path, what, holds, bool(_certain(document)))


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """A ``.gitignore``: how long it is, and whether its last line is ended."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)

    path: str
    length: int
    ended: bool

    @classmethod
    def collect(cls, document: Any) -> Iterator[IgnoreFile]:
        """The document itself, if it is one."""
        if document.name == ".gitignore":
            yield cls(document.path, len(document.text), not document.text or document.text.endswith(("\n", "\r")))


def kind_of_secret_file(path: str) -> str:
    """What a file that is made to hold credentials is, by its path; empty for all others."""
    folder, _, name = path.rpartition("/")
    lower, parent = name.lower(), folder.rpartition("/")[2].lower()
    if re.fullmatch(r"\.env(\..+)?|\.?\w*\.env|\.envrc|\.flaskenv", lower):
        return "an environment file"
    if lower == "kaggle.json":
        return "the Kaggle API key file"
    if lower in (".netrc", "_netrc"):
        return "a netrc file"
    if lower == ".pypirc":
        return "a PyPI login file"
    if lower == "credentials" and parent in (".aws", "aws"):
        return "an AWS credentials file"
    if lower == "secrets.toml":
        return "a secrets file"
    if lower.endswith(".json"):
        return "a service-account key file"
    return "a credentials file" if lower == "credentials" else ""


def is_template_name(path: str) -> bool:
    """Whether a file's name says that it shows what to fill in (``.env.example``), or that it is encrypted."""
    return _TEMPLATE_NAME.search(path.rpartition("/")[2]) is not None


def holds_by_name(path: str) -> str:
    """What a file holds whose name alone says it and whose content is not read; empty for all others."""
    name = path.rpartition("/")[2].lower()
    return "a private key" if name in _PRIVATE_KEYS else _BY_NAME.get(name, "")


def _holdings(document: Document) -> Iterator[str]:
    """The credentials of a file by name."""
    if isinstance(document, DotenvDocument):
        yield from _of_settings(document, [(entry.key, entry.value, entry.value_span) for entry in document.entries])
    elif isinstance(document, IniDocument):
        yield from _of_settings(document, [(one.key, one.value, one.span) for section in document.sections for one in section.options])
    elif isinstance(document, MappingDocument):
        yield from _of_mapping(document)
    elif any(is_secret_value(match[1]) for match in _PASSWORD_OF_NETRC.finditer(document.text)):
        yield "password"


def _of_settings(document: Document, settings: list[tuple[str, str, Span]]) -> Iterator[str]:
    """The settings with a credential; one that only repeats another setting (``POSTGRES_USER``) with a word to it is a default."""
    certain = _certain(document)
    others = {value for key, value, _ in settings if not names_secret(key) and len(value) <= 40}
    for key, value, span in settings:
        named = names_secret(key) and is_secret_value(value) and _is_chosen(value)
        if any(one.overlaps(span) for one in certain) or (named and not any(is_derived(value, other) for other in others)):
            yield key


def _is_chosen(value: str) -> bool:
    return is_strong(value) or (looks_random(value) and not value.islower() and not value.isupper())


def _of_mapping(document: MappingDocument) -> Iterator[str]:
    name = document.name.lower()
    if name == "kaggle.json":
        key = document.get("key")
        if document.get("username") and isinstance(key, str) and looks_random(key):
            yield "key"
    elif name == "secrets.toml":
        for path, node in document.walk():
            if node.kind == "scalar" and isinstance(node.value, str) and path:
                key = str(path[-1])
                if (names_secret(key) and is_secret_value(node.value) and _is_chosen(node.value)) or find_credentials(f'{key} = "{node.value}"'):
                    yield ".".join(map(str, path))
    elif (
        '"service_account"' in document.text and "PRIVATE KEY" in document.text and any(one.basis == "pem" for one in find_credentials(document.text))
    ):
        yield "private_key"


def _certain(document: Document) -> list[Span]:
    return [span for one in find_credentials(document.text) for span in one.secrets]
