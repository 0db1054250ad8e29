"""What rules and plugins build on: the floors below the engine, under one name.

A rule module imports from here, from ``mlops_lint.facts``, ``mlops_lint.knowledge``, libcst and the standard library, and from nothing else.
"""

from __future__ import annotations

from mlops_lint.core.fact import Fact as Fact
from mlops_lint.core.finding import Confidence as Confidence
from mlops_lint.core.finding import Finding as Finding
from mlops_lint.core.finding import Location as Location
from mlops_lint.core.finding import Severity as Severity
from mlops_lint.core.option import option as option
from mlops_lint.core.rule import Rule as Rule
from mlops_lint.documents.classify import role_of as role_of
from mlops_lint.documents.dockerfile import Dockerfile as Dockerfile
from mlops_lint.documents.document import Comment as Comment
from mlops_lint.documents.document import Document as Document
from mlops_lint.documents.dotenv import DotenvDocument as DotenvDocument
from mlops_lint.documents.ini import IniDocument as IniDocument
from mlops_lint.documents.json import JsonDocument as JsonDocument
from mlops_lint.documents.lockfile import LockfileDocument as LockfileDocument
from mlops_lint.documents.magics import Magic as Magic
from mlops_lint.documents.mapping import MappingDocument as MappingDocument
from mlops_lint.documents.mapping import Node as Node
from mlops_lint.documents.markdown import MarkdownDocument as MarkdownDocument
from mlops_lint.documents.notebook import Cell as Cell
from mlops_lint.documents.notebook import NotebookDocument as NotebookDocument
from mlops_lint.documents.python import PythonDocument as PythonDocument
from mlops_lint.documents.requirements import RequirementsDocument as RequirementsDocument
from mlops_lint.documents.text import TextDocument as TextDocument
from mlops_lint.documents.toml import TomlDocument as TomlDocument
from mlops_lint.documents.yaml import YamlDocument as YamlDocument
from mlops_lint.flow.scopes import ClassInfo as ClassInfo
from mlops_lint.flow.scopes import Function as Function
from mlops_lint.flow.things import Tag as Tag
from mlops_lint.flow.things import Thing as Thing
from mlops_lint.flow.trace import Branch as Branch
from mlops_lint.flow.trace import Context as Context
from mlops_lint.flow.trace import Event as Event
from mlops_lint.flow.trace import Loop as Loop
from mlops_lint.flow.trace import Seen as Seen
from mlops_lint.flow.trace import Site as Site
from mlops_lint.flow.trace import Trace as Trace
from mlops_lint.project.project import Project as Project
from mlops_lint.project.project import ProjectFile as ProjectFile
from mlops_lint.python.program import argument_of as argument_of
from mlops_lint.python.program import arguments as arguments
from mlops_lint.python.program import attribute_of as attribute_of
from mlops_lint.python.program import dotted_of as dotted_of
from mlops_lint.python.program import unpacks as unpacks
from mlops_lint.python.values import UNKNOWN as UNKNOWN
from mlops_lint.text.edit import Edit as Edit
from mlops_lint.text.edit import Fix as Fix
from mlops_lint.text.edit import Safety as Safety
from mlops_lint.text.span import Span as Span
