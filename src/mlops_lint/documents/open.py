"""From a kind and bytes to a document; the parsers are imported only when a file needs them."""

from __future__ import annotations

import importlib

from mlops_lint.documents.document import Document

_CLASSES = {
    "python": ("python", "PythonDocument"),
    "notebook": ("notebook", "NotebookDocument"),
    "requirements": ("requirements", "RequirementsDocument"),
    "lockfile": ("lockfile", "LockfileDocument"),
    "toml": ("toml", "TomlDocument"),
    "yaml": ("yaml", "YamlDocument"),
    "json": ("json", "JsonDocument"),
    "ini": ("ini", "IniDocument"),
    "dockerfile": ("dockerfile", "Dockerfile"),
    "dotenv": ("dotenv", "DotenvDocument"),
    "markdown": ("markdown", "MarkdownDocument"),
    "text": ("text", "TextDocument"),
}


def open_document(kind: str, path: str, data: bytes) -> Document:
    """The document of a kind (as :func:`~mlops_lint.documents.classify.kind_of` names it) over one file's bytes."""
    module, name = _CLASSES[kind]
    document: Document = getattr(importlib.import_module(f"mlops_lint.documents.{module}"), name)(path, data)
    return document
