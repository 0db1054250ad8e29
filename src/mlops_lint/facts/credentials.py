"""Credentials of known shape in a text."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.text.span import Span


def credential_spans(text: str) -> Iterator[Span]:
    """The spans of credentials of known shape, in order."""
    return iter(())
