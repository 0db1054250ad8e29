"""Options of a rule: a frozen dataclass of plain values, described by its field metadata."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any


def option(default: Any, description: str) -> Any:
    """A field of a rule's options class: its default and, in one sentence, what it means and its unit.

    The default's type is the option's type: ``bool``, ``int``, ``float``, ``str`` or a tuple of strings.
    """
    return dataclasses.field(default=default, metadata={"description": description})


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """One option as documentation and configuration see it; ``type`` is ``bool``, ``int``, ``float``, ``str`` or ``list``."""

    name: str
    type: str
    default: Any
    description: str


def describe_options(options: type | None) -> tuple[OptionInfo, ...]:
    """The options of a rule in the order they are declared; names in kebab-case, as they are configured."""
    if options is None:
        return ()
    found = []
    for one in dataclasses.fields(options):
        kind = "list" if isinstance(one.default, tuple) else type(one.default).__name__
        default = list(one.default) if isinstance(one.default, tuple) else one.default
        found.append(OptionInfo(one.name.replace("_", "-"), kind, default, str(one.metadata.get("description", ""))))
    return tuple(found)
