"""Fixture cases: a folder that is a small repository, and what a rule must say of it.

``bad*`` cases mark the lines of the findings, ``good*`` cases must stay silent. A line is marked by a comment ``# expect: SE106`` (several codes separated by
commas) at its end; where no comment can be written, or for a notebook, ``expected.txt`` in the case holds lines ``path:line CODE`` (line 0 for the whole file)
or ``path:cell N:line CODE``.

Names: ``dot.gitignore`` stands for ``.gitignore`` and so on; ``case.toml`` may say ``git = true`` (everything not ignored is committed),
``track = [...]`` (committed although ignored) and ``[options]`` of the rule. ``name.fixed.ext`` is ``name.ext`` after its fixes. ``@@token:NAME@@`` in
a file is replaced by a well-formed but inert credential, so that none stands in a repository.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli

from mlops_lint.config.settings import Settings
from mlops_lint.core.finding import Confidence
from mlops_lint.core.outcome import Outcome, Result
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.core.rule import LoadedRule, Ruleset
from mlops_lint.engine.request import Request
from mlops_lint.engine.run import run
from mlops_lint.testing.tokens import expand_tokens
from mlops_lint.text.edit import Edit, apply_edits
from mlops_lint.text.span import LineMap, Span

_MARK = re.compile(r"(?:#|<!--|//)\s*expect:\s*([A-Z]+\d{3}(?:\s*,\s*[A-Z]+\d{3})*)")
_EXPECTED = re.compile(r"^(?P<path>.+?):(?:cell (?P<cell>\d+):)?(?P<line>\d+) (?P<code>[A-Z]+\d{3})$")
_ASIDE = ("expected.txt", "case.toml")


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """One expected or actual finding: line 0 is the whole file, cell 0 no notebook."""

    path: str
    cell: int
    line: int
    code: str

    def __str__(self) -> str:
        cell = f"cell {self.cell}:" if self.cell else ""
        return f"{self.path}:{cell}{self.line} {self.code}"


@dataclass(frozen=True, slots=True)
class Case:
    """One case of one rule: ``bad`` or good, and where it lies."""

    name: str
    folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_bad(self) -> bool:
        """Whether the rule must speak here."""
        return self.name.startswith("bad")

    def files(self) -> Iterator[tuple[str, Path]]:
        """The files of the small repository: their paths in it, and where they lie."""
        for path in sorted(self.folder.rglob("*")):
            relative = path.relative_to(self.folder)
            if path.is_file() and relative.as_posix() not in _ASIDE and ".fixed." not in path.name and "__pycache__" not in relative.parts:
                yield "/".join(re.sub(r"^dot\.", ".", part) for part in relative.parts), path

    def expected(self) -> list[Mark]:
        """The marks of the case, sorted."""
        marks: list[Mark] = []
        listed = self.folder / "expected.txt"
        if listed.is_file():
            for text in listed.read_text("utf-8").splitlines():
                if text.strip():
                    match = _EXPECTED.match(text.strip())
                    if match is None:
                        raise ValueError(f"{listed}: not `path:line CODE`: {text!r}")
                    marks.append(Mark(match["path"], int(match["cell"] or 0), int(match["line"]), match["code"]))
        for name, path in self.files():
            if path.suffix == ".ipynb":
                continue
            for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
                if match := _MARK.search(line):
                    marks.extend(Mark(name, 0, number, code.strip()) for code in match[1].split(","))
        return sorted(marks)

    def fixed(self) -> Iterator[tuple[str, str]]:
        """The files that fixes change, and their text afterwards."""
        for path in sorted(self.folder.rglob("*.fixed.*")):
            name = path.relative_to(self.folder).as_posix().replace(".fixed.", ".")
            yield re.sub(r"(^|/)dot\.", r"\1.", name), path.read_text("utf-8")


def find_cases(folder: Path) -> list[Case]:
    """The cases of one rule, by name."""
    cases = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and path.name.startswith(("bad", "good")):
            settings = path / "case.toml"
            cases.append(Case(path.name, path, tomli.loads(settings.read_text("utf-8")) if settings.is_file() else {}))
    return cases


def build_repository(case: Case, target: Path) -> None:
    """Lay a case out as a repository of its own, with git when the case asks for it."""
    for name, path in case.files():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        data = path.read_bytes()
        if b"@@token:" in data:
            data = expand_tokens(data.decode("utf-8")).encode("utf-8")
        place.write_bytes(data)
        shutil.copymode(path, place)
    if case.settings.get("git"):
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        who = ["-c", "user.name=fixture", "-c", "user.email=fixture@example.invalid", "-c", "commit.gpgsign=false"]
        commands = [["init", "-q"], ["add", "-A"]]
        if tracked := case.settings.get("track"):
            commands.append(["add", "-f", *tracked])
        commands.append([*who, "commit", "-q", "-m", "fixture", "--allow-empty"])
        for command in commands:
            subprocess.run(["git", *command], cwd=target, env=environment, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def check_repository(root: Path, loaded: LoadedRule, ruleset: Ruleset, options: Mapping[str, Any] | None = None, jobs: int = 1) -> Outcome:
    """The outcome of one rule alone (and of the tool's own complaints) over a repository."""
    chosen = {}
    if loaded.rule.options is not None:
        plain = {name.replace("-", "_"): tuple(value) if isinstance(value, list) else value for name, value in (options or {}).items()}
        chosen[loaded.code] = loaded.rule.options(**plain)
    settings = Settings(options=chosen, min_confidence=Confidence.LOW, preview=True)
    return run(Request(root, (".",), frozenset({loaded.code, *PROBLEMS}), settings, jobs), ruleset)


def marks_of(results: Iterable[Result]) -> list[Mark]:
    """Results as marks, sorted."""
    return sorted(Mark(one.place.path, one.place.cell or 0, 0 if one.place.whole_file else one.place.region.line, one.code) for one in results)


def compare(expected: Iterable[Mark], results: Iterable[Result]) -> str:
    """What differs, one line each; empty when the results are exactly the marks."""
    found = list(results)
    want, have = Counter(expected), Counter(marks_of(found))
    messages = {mark: one.message for one in found for mark in marks_of([one])}
    lines = [f"missing:    {mark}" for mark in sorted((want - have).elements())]
    lines += [f"unexpected: {mark} ({messages[mark]})" for mark in sorted((have - want).elements())]
    return "\n".join(lines)


def apply_fixes(root: Path, results: Iterable[Result]) -> dict[str, str]:
    """The text of each file that the results' fixes change, all fixes applied."""
    edits: dict[str, list[Edit]] = {}
    texts: dict[str, str] = {}
    for result in results:
        for edit in result.fix.edits if result.fix is not None else ():
            if edit.path not in texts:
                texts[edit.path] = (root / edit.path).read_bytes().decode("utf-8")
            lines = LineMap(texts[edit.path])
            region = edit.region
            span = Span(lines.offset(region.line, region.column), lines.offset(region.end_line, region.end_column))
            edits.setdefault(edit.path, []).append(Edit(edit.path, span, edit.text))
    return {path: apply_edits(texts[path], one) for path, one in edits.items()}


def make_notebook(*cells: str | Mapping[str, Any], version: int = 4) -> str:
    """A notebook file: strings become code cells executed in order, mappings are taken as they are."""
    made = []
    for number, cell in enumerate(cells, 1):
        if isinstance(cell, str):
            cell = {
                "cell_type": "code",
                "execution_count": number,
                "metadata": {},
                "outputs": [],
                "source": cell.splitlines(keepends=True),
            }
        made.append(dict(cell))
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": version, "nbformat_minor": 5}, indent=1) + "\n"
