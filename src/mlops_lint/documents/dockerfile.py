"""Dockerfiles: instructions, stages and variables, each word of which leads back to its place.

The reader follows the Dockerfile reference of BuildKit: parser directives, comments, continued lines (in which comments and blank lines drop out),
here-documents, ``ONBUILD``, flags, exec and shell form, ``ARG`` before ``FROM``, and the ``${name:-default}`` substitutions.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, ClassVar

from mlops_lint.documents.document import Comment, Document
from mlops_lint.documents.instruction import Instruction, InstructionReader, directives
from mlops_lint.text.span import Span

MAX_VALUE = 4096
"""Characters beyond which the value of a variable counts as unknown; variables that double each other would grow without end."""
MAX_ANCESTORS = 50
"""How many stages built on each other a variable is looked up through."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One build stage. ``raw_image`` is what stands behind ``FROM``, ``image`` the same with its variables replaced as far as they are known.

    ``parent`` is the index of the stage that the image names, ``None`` when it comes from a registry. ``dynamic``: a variable is left.
    """

    index: int
    name: str | None
    image: str
    raw_image: str
    image_span: Span
    parent: int | None
    dynamic: bool
    platform: str | None
    instructions: tuple[Instruction, ...]

    @property
    def span(self) -> Span:
        """The stage from its ``FROM`` to its last instruction."""
        return Span(self.instructions[0].span.start, self.instructions[-1].span.end)


class Dockerfile(Document):
    """A Dockerfile or Containerfile."""

    kind: ClassVar[str] = "dockerfile"

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """All instructions in order; lines that start with no known instruction are left out."""
        found = tuple(InstructionReader(self.text).instructions())
        if not found and any(line.strip() and not line.lstrip().startswith("#") for line in self.text.splitlines()):
            self.add_problem("E906", "not a Dockerfile: no instruction found")
        return found

    @cached_property
    def syntax(self) -> str | None:
        """The frontend image that the ``# syntax=`` directive names."""
        return dict(directives(self.text)).get("syntax")

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The build stages in order."""
        members: dict[int, list[Instruction]] = {}
        for instruction in self.instructions:
            if instruction.stage is not None:
                members.setdefault(instruction.stage, []).append(instruction)
        stages: list[Stage] = []
        names: dict[str, int] = {}
        for index, instructions in members.items():
            stage = self._stage(index, tuple(instructions), names)
            stages.append(stage)
            if stage.name is not None:
                names[stage.name.lower()] = index
        return tuple(stages)

    @property
    def final_stage(self) -> Stage | None:
        """The stage that a build without ``--target`` makes the image of."""
        return self.stages[-1] if self.stages else None

    def parse(self) -> None:
        _ = self.instructions

    def locate(self, anchor: Any) -> Span:
        """The span of an instruction, of a stage (its image), or a span itself."""
        if isinstance(anchor, Instruction):
            return anchor.span
        if isinstance(anchor, Stage):
            return anchor.image_span
        return super().locate(anchor)

    def comments(self) -> Iterator[Comment]:
        """Comments are lines of their own here; a ``#`` behind something is part of it."""
        for match in _COMMENT.finditer(self.text):
            yield Comment(Span(match.start(1), match.end(1)), match[1].lstrip("#").strip(), True)

    def _stage(self, index: int, instructions: tuple[Instruction, ...], names: dict[str, int]) -> Stage:
        origin = instructions[0]
        words = origin.words()
        raw = words[0].text if words else ""
        image, dynamic = substitute(raw, self._arguments_before_stages.get)
        name = words[2].text if len(words) > 2 and words[1].text.upper() == "AS" else None
        platform = origin.flag("platform")
        return Stage(
            index,
            name,
            image,
            raw,
            words[0].span if words else origin.span,
            names.get(image.lower()),
            dynamic,
            platform.value if platform is not None else None,
            instructions,
        )

    @cached_property
    def _arguments_before_stages(self) -> dict[str, str | None]:
        known: dict[str, str | None] = {}
        for instruction in self.instructions:
            if instruction.stage is not None:
                break
            if instruction.name == "ARG":
                for setting in instruction.settings():
                    known[setting.name] = _known(setting.value, known.get)
        return known

    @cached_property
    def _histories(self) -> list[dict[str, list[tuple[int, str | None, bool]]]]:
        """By stage and variable: from which instruction on it has which value (``None`` unknown), and whether it is an ``ENV``."""
        histories: list[dict[str, list[tuple[int, str | None, bool]]]] = []
        for stage in self.stages:
            history: dict[str, list[tuple[int, str | None, bool]]] = {}
            histories.append(history)
            for instruction in stage.instructions:
                if instruction.onbuild:
                    continue
                for setting in instruction.settings() if instruction.name in ("ENV", "ARG") else ():
                    if instruction.name == "ARG" and setting.value is None:
                        value = self._arguments_before_stages.get(setting.name)
                    else:
                        value = _known(setting.value, partial(self._look_up, before=instruction.index, index=stage.index, histories=histories))
                    history.setdefault(setting.name, []).append((instruction.index, value, instruction.name == "ENV"))
        return histories

    def _look_up(self, name: str, before: int, index: int, histories: list[dict[str, list[tuple[int, str | None, bool]]]]) -> str | None:
        own = True
        for _ in range(MAX_ANCESTORS):
            entries = histories[index].get(name, [])
            position = bisect_left(entries, before, key=lambda entry: entry[0])
            # ARGs end with their stage, ENVs are part of the image; only the last few of many are looked at.
            for entry in reversed(entries[max(position - 8, 0) : position]):
                if own or entry[2]:
                    return entry[1]
            parent = self.stages[index].parent
            if parent is None:
                return None
            index, own, before = parent, False, len(self.instructions)
        return None

    def variable(self, name: str, instruction: Instruction) -> str | None:
        """The value of a variable where an instruction runs: from ``ARG`` defaults and ``ENV``, also of the stages it builds on."""
        if instruction.stage is None:
            return self._arguments_before_stages.get(name)
        return self._look_up(name, instruction.index, instruction.stage, self._histories)

    def expand(self, text: str, instruction: Instruction) -> tuple[str, bool]:
        """A text with the variables that are known where the instruction runs, and whether something is left that is not known."""
        return substitute(text, lambda name: self.variable(name, instruction))


_VARIABLE = re.compile(r"\\(.)|\$\{([A-Za-z_]\w*)(?:(:?[-+])([^${}]*))?\}|\$([A-Za-z_]\w*)")


def substitute(text: str, look_up: Callable[[str], str | None]) -> tuple[str, bool]:
    """A text with its variables replaced; what is not known stays as written, and the second item says so."""
    if "$" not in text:
        return text, False

    def replacement(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[0]
        name, operator, other = match[2] or match[5], match[3], match[4]
        value = look_up(name)
        if operator is None:
            return match[0] if value is None else value
        if operator.endswith("-"):
            return other if value is None or (operator == ":-" and not value) else value
        if value is None:
            return match[0]
        return other if value or operator == "+" else ""

    # Each pass resolves one level of ${A:-${B:-c}}.
    for _ in range(4):
        changed = _VARIABLE.sub(replacement, text)
        if changed == text or len(changed) > MAX_VALUE:
            break
        text = changed
    return text, "$" in text.replace("\\$", "")


def _known(value: str | None, look_up: Callable[[str], str | None]) -> str | None:
    """The expanded value, or ``None`` when a part of it is not known or it grows too long."""
    if value is None:
        return None
    expanded, unknown = substitute(value, look_up)
    return None if unknown or len(expanded) > MAX_VALUE else expanded


_COMMENT = re.compile(r"^[ \t]*(#[^\r\n]*)", re.MULTILINE)
