"""Entry points: where manifests, images, workflows and scripts say that a Python program is started."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from mlops_lint.documents.document import Document
from mlops_lint.documents.ini import IniDocument
from mlops_lint.documents.mapping import MappingDocument
from mlops_lint.text.span import Span

# A value ends where its quotes do, or with the last character that is no blank: there is one way to read it, and the pattern stays linear.
_VALUE = r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s"']+(?![^\s"']))"""
_OPTIONS = rf"""(?:["',\s]+-(?!m\b)[\w-]+(?:={_VALUE})?(?:\s+(?=[\w./-]*\d)[\d.]+)?)*"""
_COMMAND = re.compile(
    r"\b(?:python(?:3(?:\.\d+)?)?|torchrun|deepspeed|accelerate\s+launch|papermill|streamlit\s+run|coverage\s+run|uv\s+run|poetry\s+run\s+python)\b"
    + _OPTIONS
    + r"""["',\s]+(?:-m["',\s]+(?P<module>[A-Za-z_][\w.]*)|(?P<script>[\w./-]+\.(?:py|ipynb)))\b"""
)
_TEXT_NAMES = ("makefile", "gnumakefile", "justfile", "procfile")
_TEXT_SUFFIXES = (".sh", ".bash", ".zsh", ".mk", ".bat", ".ps1")
_TOOLS = frozenset(
    {"pip", "venv", "pytest", "unittest", "build", "http.server", "ipykernel", "virtualenv", "black", "ruff", "mypy", "flake8", "twine", "spacy"}
)


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """One place that starts a program.

    ``how`` is ``script`` (``target`` is the path as it is written), ``module`` (a dotted name) or ``function`` (``package.module:function``).
    """

    kinds: ClassVar[tuple[str, ...]] = ("toml", "ini", "dockerfile", "yaml", "text")
    path: str
    how: str
    target: str
    span: Span

    @classmethod
    def collect(cls, document: Document) -> Iterator[EntryPoint]:
        """The entry points that one file names."""
        if document.kind == "toml" and isinstance(document, MappingDocument):
            yield from _from_pyproject(document)
        elif isinstance(document, IniDocument):
            yield from _from_setup_cfg(document)
        elif document.kind != "text" or document.name.lower() in _TEXT_NAMES or document.name.lower().endswith(_TEXT_SUFFIXES):
            yield from _from_commands(document)


def _from_pyproject(document: MappingDocument) -> Iterator[EntryPoint]:
    if document.name != "pyproject.toml":
        return
    for table in (("project", "scripts"), ("project", "gui-scripts"), ("tool", "poetry", "scripts")):
        node = document.node(*table)
        for _, child in node.children() if node is not None else ():
            if isinstance(child.value, str) and ":" in child.value:
                yield EntryPoint(document.path, "function", child.value.strip(), child.span)


def _from_setup_cfg(document: Any) -> Iterator[EntryPoint]:
    if document.name != "setup.cfg":
        return
    for match in re.finditer(r"^\s+[\w.-]+\s*=\s*([A-Za-z_][\w.]*:[A-Za-z_][\w.]*)\s*$", document.text, re.MULTILINE):
        yield EntryPoint(document.path, "function", match[1], Span(match.start(1), match.end(1)))


def _from_commands(document: Document) -> Iterator[EntryPoint]:
    text = document.text
    if "python" not in text and "run" not in text and "launch" not in text and "papermill" not in text:
        return
    for match in _COMMAND.finditer(text):
        line = text.rfind("\n", 0, match.start()) + 1
        if text[line : match.start()].lstrip().startswith("#"):
            continue
        if script := match["script"]:
            yield EntryPoint(document.path, "script", script, Span(match.start("script"), match.end("script")))
        elif (module := match["module"]) and module.partition(".")[0] not in _TOOLS and module not in _TOOLS:
            yield EntryPoint(document.path, "module", module, Span(match.start("module"), match.end("module")))
