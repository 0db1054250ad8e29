"""Plain text that only the text rules read: scripts, Makefiles, notes."""

from __future__ import annotations

from typing import ClassVar

from mlops_lint.documents.document import Document


class TextDocument(Document):
    """A text file without a structure of its own here."""

    kind: ClassVar[str] = "text"
