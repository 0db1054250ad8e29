"""The words of rules as they are shown: docstrings mark code with two backticks, everything else with one."""

from __future__ import annotations


def plain(text: str) -> str:
    """A docstring's words with code in single backticks."""
    return text.replace("``", "`")


def sentence(text: str) -> str:
    """A clause as a sentence: a capital first and a full stop last; an identifier at its start keeps its case."""
    text = plain(text).strip()
    first = text.split(" ", 1)[0]
    if first.isalpha() and first.islower():
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
