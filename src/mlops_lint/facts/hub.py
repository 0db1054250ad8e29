"""Models and datasets that a project fetches from the Hugging Face Hub by a name that stands in its files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.documents.classify import role_of
from mlops_lint.documents.document import Document
from mlops_lint.documents.mapping import MappingDocument, Node
from mlops_lint.documents.python import PythonDocument
from mlops_lint.facts.defaults import Usual, usual
from mlops_lint.knowledge.hub import (
    BARE_DATASETS,
    BARE_MODELS,
    BARE_SENTENCE_MODELS,
    COMMIT,
    CONFIGURED_MODELS,
    DATASET,
    HUB_PREFIXES,
    HUB_WORDS,
    LOCAL_FOLDERS,
    LOCAL_WRITERS,
    MODEL,
    PACKAGED_BUILDERS,
    PLACEHOLDER_OWNER,
    RECORD_FOLDERS,
    REPOSITORY_ID,
    SAVED_CONFIGURATIONS,
    HubCall,
    hub_call,
)
from mlops_lint.python.values import argument, evaluate
from mlops_lint.text.span import Span

_WORDS = re.compile(HUB_WORDS)
_MAX_TEXT = 1_000_000


@dataclass(frozen=True, slots=True)
class HubReference:
    """One place that fetches a repository of the Hub.

    ``repository`` is its id as the Hub knows it (bare names of Sentence Transformers get their owner), ``kind`` is ``model``, ``dataset`` or ``space``.
    ``revision`` is as written, empty where none is given. ``source`` is ``call``, ``target`` (a callable that a configuration names) or ``key`` (a
    configuration key that names a model). ``is_default``: the name is the default of a parameter or an option. ``span`` is the call, or the
    configuration's value. Names that may be folders, and places whose revision nobody can tell, are not listed.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook", "yaml", "toml", "json")
    path: str
    repository: str
    kind: str
    revision: str
    source: str
    span: Span
    is_default: bool = False

    @classmethod
    def collect(cls, document: Document) -> Iterator[HubReference]:
        """The references of one document in source order."""
        if isinstance(document, PythonDocument):
            yield from _from_code(document)
        elif isinstance(document, MappingDocument):
            yield from _from_configuration(document)

    @property
    def is_pinned(self) -> bool:
        """Whether the revision is a commit hash, which cannot move."""
        return COMMIT.fullmatch(self.revision) is not None

    @property
    def location(self) -> Location:
        """The place that fetches."""
        return Location(self.path, self.span)

    @property
    def role(self) -> str:
        """What the file is for (``documents.classify.role_of``)."""
        return role_of(self.path)


@dataclass(frozen=True, slots=True)
class LocalName:
    """A name in the form of a repository's that a program writes to, or looks for on disk: it is a folder."""

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    name: str

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[LocalName]:
        """The names of one program."""
        names = document.scopes
        found: set[str] = set()
        for call in names.calls:
            attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            given = [one.value for one in call.keywords if one.arg in ("output_dir", "local_dir", "save_directory")]
            if attribute in LOCAL_WRITERS or names.names(call.func) & {"pathlib.Path", "builtins.open"}:
                given.extend(call.args[:1])
            found.update(value for one in given if isinstance(value := usual(one, names).value, str) and REPOSITORY_ID.fullmatch(value))
        for name in sorted(found):
            yield cls(document.path, name)


# -- Python --------------------------------------------------------------------------------------------------------------------------------------------


def _from_code(document: PythonDocument) -> Iterator[HubReference]:
    if not _WORDS.search(document.code):
        return
    names = document.scopes
    for call in names.calls:
        for name in sorted(names.names(call.func)):
            how = hub_call(name)
            if how is not None:
                reference = _of_call(call, name, how, document)
                if reference is not None:
                    yield reference
                break


def _of_call(call: ast.Call, name: str, how: HubCall, document: PythonDocument) -> HubReference | None:
    names = document.scopes
    unpacked: dict[object, object] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            value = evaluate(keyword.value, names)
            if not isinstance(value, dict):
                return None  # it may hold a revision
            unpacked.update(value)

    def given(parameter: str, position: int | None = None) -> Usual:
        node = argument(call, parameter, position)
        return usual(node, names) if node is not None else Usual(unpacked.get(parameter))

    name_of = next(
        (one for place, key in enumerate(how.parameters) if (one := given(key, None if place else how.position)).value is not None), Usual(None)
    )
    identifier = name_of.value
    kind = given("repo_type").value or how.kind
    asked = given("revision")
    revision = asked.value
    if not isinstance(identifier, str) or not isinstance(kind, str) or given("local_files_only").value not in (None, False):
        return None
    if asked.is_default or not (revision is None or isinstance(revision, str)):
        return None  # the caller may say which
    repository, at = repository_of(identifier, kind, name)
    if not repository:
        return None
    return HubReference(document.path, repository, kind, revision or at, "call", document.span_of(call), name_of.is_default)


def repository_of(identifier: str, kind: str, name: str) -> tuple[str, str]:
    """The repository that an identifier means to a callee, and the revision inside the identifier; empty where it may be a folder or a file."""
    revision = ""
    if name.startswith("timm."):
        prefix = next((one for one in HUB_PREFIXES if identifier.startswith(one)), None)
        if prefix is None:
            return "", ""
        identifier, _, revision = identifier[len(prefix) :].partition("@")
    if REPOSITORY_ID.fullmatch(identifier):
        owner = identifier.partition("/")[0]
        if owner.lower() in LOCAL_FOLDERS or PLACEHOLDER_OWNER.fullmatch(owner) or _is_file(identifier):
            return "", ""
        return identifier, revision
    if kind == DATASET:
        return (identifier, revision) if identifier in BARE_DATASETS and identifier not in PACKAGED_BUILDERS else ("", "")
    if BARE_MODELS.fullmatch(identifier):
        return identifier, revision
    if name.startswith("sentence_transformers.") and BARE_SENTENCE_MODELS.fullmatch(identifier):
        return f"sentence-transformers/{identifier}", revision
    return "", ""


def _is_file(identifier: str) -> bool:
    return identifier.lower().endswith(
        (".json", ".jsonl", ".csv", ".parquet", ".txt", ".py", ".bin", ".pt", ".pth", ".safetensors", ".ckpt", ".zip", ".gguf")
    )


# -- configuration -------------------------------------------------------------------------------------------------------------------------------------


def _from_configuration(document: MappingDocument) -> Iterator[HubReference]:
    text = document.text
    if len(text) > _MAX_TEXT or ("name_or_path" not in text and "_target_" not in text):
        return
    if document.kind == "json" and (document.name in SAVED_CONFIGURATIONS or not RECORD_FOLDERS.isdisjoint(document.path.lower().split("/")[:-1])):
        return
    for path, node in document.walk():
        if node.kind == "mapping":
            yield from _of_target(node, document)
        elif node.kind == "scalar" and path and path[-1] in CONFIGURED_MODELS:
            parent = _parent(document, path)
            if isinstance(node.value, str) and parent is not None and parent.child("_target_") is None:
                yield from _of_key(node, parent, document)


def _parent(document: MappingDocument, path: tuple[str | int, ...]) -> Node | None:
    return next((found for root in document.roots if (found := root.at(*path[:-1])) is not None and found.child(path[-1]) is not None), None)


def _of_target(mapping: Node, document: MappingDocument) -> Iterator[HubReference]:
    """A callable that Hydra is told to call with the keys beside it."""
    target = mapping.get("_target_")
    how = hub_call(target) if isinstance(target, str) else None
    if how is None or mapping.get("local_files_only"):
        return
    for parameter in how.parameters:
        node = mapping.child(parameter)
        if node is not None and isinstance(node.value, str):
            kind = mapping.get("repo_type") or how.kind
            repository, at = repository_of(node.value, kind, target)
            revision = mapping.child("revision")
            if repository and not _is_dynamic(revision):
                yield HubReference(document.path, repository, kind, _written(revision) or at, "target", node.span)
            return


def _of_key(node: Node, parent: Node, document: MappingDocument) -> Iterator[HubReference]:
    repository, at = repository_of(node.value, MODEL, "")
    revision = next((child for key, child in parent.children() if str(key) in ("revision", "model_revision", "model_name_revision")), None)
    if repository and not _is_dynamic(revision) and not parent.get("local_files_only"):
        yield HubReference(document.path, repository, MODEL, _written(revision) or at, "key", node.span)


def _written(node: Node | None) -> str:
    return node.text if node is not None and node.value is not None else ""


def _is_dynamic(node: Node | None) -> bool:
    return node is not None and ("$" in node.text or "{{" in node.text)
