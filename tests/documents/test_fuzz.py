"""Every reader of ours on texts that were sound a moment ago: cut, doubled, mixed with others and with what means something to some reader.

Nothing raises, every place lies in the text, lines agree with their offsets, and twice the text takes about twice the time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_lint.config.settings import Settings
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.documents.classify import kind_of
from mlops_lint.documents.dockerfile import Dockerfile
from mlops_lint.documents.document import Document
from mlops_lint.documents.installs import pip_installs
from mlops_lint.documents.mapping import MappingDocument
from mlops_lint.documents.markers import can_coexist
from mlops_lint.documents.open import open_document
from mlops_lint.documents.specifiers import admits, disjoint, exact_version, has_upper_bound, lower_bound
from mlops_lint.documents.workflow import run_commands
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.engine.directives import read_directives
from mlops_lint.engine.examine import Examiner, Task
from mlops_lint.engine.plan import Plan
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.engine.stack import call_with_large_stack
from mlops_lint.engine.suppress import Suppressions
from mlops_lint.text.span import Span

ROOT = Path(__file__).resolve().parents[2]
RULESET = load_ruleset()
EXAMINER = Examiner(ROOT, Plan(RULESET, {one.code for one in RULESET} | set(PROBLEMS), Settings().options), RULESET, {}, True)
fuzz = settings(derandomize=True, deadline=None, max_examples=50, suppress_health_check=list(HealthCheck), database=None)

PATHS = {
    "python": "pkg/a.py",
    "notebook": "a.ipynb",
    "requirements": "requirements.txt",
    "dockerfile": "Dockerfile",
    "toml": "pyproject.toml",
    "yaml": ".github/workflows/a.yml",
    "json": "a.json",
    "ini": "setup.cfg",
    "dotenv": ".env",
    "lockfile": "uv.lock",
    "markdown": "README.md",
    "text": "run.sh",
}
_EXTRA = {
    "lockfile": [
        b'version = 1\n\n[[package]]\nname = "torch"\nversion = "2.3.1"\nsource = { registry = "https://pypi.org/simple" }\nwheels = [\n    { hash = "sha256:00" },\n]\n'
    ],
    "text": [
        b"#!/bin/sh\nset -e\npip install -r requirements.txt 'torch==2.3.1' && python -m train --lr=0.1 <<EOF\nx\nEOF\nsh -c \"uv pip install $X\"\n"
    ],
    "ini": [b"[metadata]\nname = x\n\n[options]\ninstall_requires =\n    torch>=2\n    numpy==1.26.4 ; python_version < '3.12'\n"],
    "json": [b'{"a": [1, 2.5, null, "x\\u00e9"], /* c */ "b": {"c": true,},}'],
    "dotenv": [b"export A=1\nB='x y' # c\nC=\"a\\nb\nc\"\nD=${A}\n"],
}


def _seeds() -> dict[str, list[bytes]]:
    """A few sound files of each kind: of the fixtures, and what those lack."""
    found: dict[str, list[bytes]] = {kind: list(_EXTRA.get(kind, ())) for kind in PATHS}
    for path in sorted((ROOT / "tests" / "fixtures").rglob("*")):
        kind = kind_of(path.name) if path.is_file() else None
        if kind in found and len(found[kind]) < 25 and 0 < path.stat().st_size < 3_000:
            found[kind].append(path.read_bytes())
    return found


SEEDS = _seeds()
PIECES = [
    *(
        b"(",
        b")",
        b"[",
        b"]",
        b"{",
        b"}",
        b"'",
        b'"',
        b'"""',
        b"\\",
        b"\n",
        b"\r",
        b"\r\n",
        b"\t",
        b"\x0c",
        b"#",
        b":",
        b",",
        b"=",
        b"*",
        b"@",
        b";",
        b"|",
    ),
    *(
        b">",
        b"<",
        b"<<E\n",
        b"$",
        b"${",
        b"$(",
        b"`",
        b"&a ",
        b"*a ",
        b"<<: ",
        b"!!x ",
        b"---\n",
        b"? ",
        b"~",
        b"==",
        b"~=",
        b"===1",
        b"-r ",
        b"-e ",
        b"--",
    ),
    *(
        b"\xc3\xa9",
        b"\xf0\x9f\x98\x80",
        b"\xe2\x80\xa8",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\0",
        b"\\ud800",
        b"\\u12",
        b"NaN",
        b"1e999",
        b"0x",
        b"9" * 30,
        b"null",
    ),
    *(
        b"# mlops-lint: ignore[RP303] -- x",
        b"# mlops-lint: disable[",
        b"# mlops-lint: enable",
        b"<!-- mlops-lint: ignore-file[x] -->",
        b"lambda: ",
        b"async ",
    ),
    *(
        b"def f():\n",
        b"class A:\n",
        b"import x\n",
        b"%%bash\n",
        b"!pip install ",
        b"FROM ",
        b"RUN ",
        b"ONBUILD ",
        b"[[package]]\n",
        b"[a]\n",
        b"```\n",
        b"    ",
    ),
]


@st.composite
def broken(draw: st.DrawFn, kind: str) -> bytes:
    """A sound file after a few accidents."""
    data = draw(st.sampled_from(SEEDS[kind]))
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from([1, 2, 5, 20, 200]))
        how = draw(st.integers(0, 6))
        if how == 0:
            data = data[:place] + data[place + length :]
        elif how == 1:
            data = data[:place] + draw(st.sampled_from(PIECES)) + data[place:]
        elif how == 2:
            data = data[:place] + data[place : place + length] * draw(st.sampled_from([2, 3, 30])) + data[place + length :]
        elif how == 3:
            lines = data.split(b"\n")
            one, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
            lines[one], lines[other] = lines[other], lines[one]
            data = b"\n".join(lines)
        elif how == 4:
            other_data = draw(st.sampled_from(SEEDS[kind]))
            start = draw(st.integers(0, len(other_data)))
            data = data[:place] + other_data[start : start + length] + data[place:]
        elif how == 5:
            data = data.replace(b"\n", draw(st.sampled_from([b"\r\n", b"\r", b"\n\n"])))
        else:
            data = data[:place]
    return data


def spans_of(value: Any, depth: int = 0) -> Iterator[Span]:
    """All spans in what a document answers."""
    if isinstance(value, Span):
        yield value
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from spans_of(one, depth)
    elif is_dataclass(value) and not isinstance(value, type) and depth < 4:
        for one in fields(value):
            yield from spans_of(getattr(value, one.name), depth + 1)


def questions(document: Document) -> Iterator[Any]:
    """What rules ask of a document, as far as it needs no more than the document."""
    document.parse()
    yield tuple(document.comments())
    yield tuple(problem.span for problem in document.problems if problem.span is not None)
    for name in ("entries", "includes", "options", "packages", "stages", "code_blocks", "sections", "cells", "duplicate_keys"):
        if (answer := getattr(document, name, None)) is not None and not callable(answer):
            yield tuple(answer)
    if isinstance(document, Dockerfile):
        for one in document.instructions:
            yield one.span, one.words(), one.settings(), one.commands(), one.heredocs
    if isinstance(document, MappingDocument):
        for _, node in document.walk():
            yield node.span, node.key_span
    if isinstance(document, YamlDocument):
        yield run_commands(document)


@pytest.mark.parametrize("kind", PATHS)
def test_broken_files_raise_nothing_and_every_place_lies_in_them(kind: str) -> None:
    @fuzz
    @given(broken(kind))
    def hold(data: bytes) -> None:
        document = open_document(kind, PATHS[kind], data)
        text, lines = document.text, document.line_map
        for answer in questions(document):
            for span in spans_of(answer):
                assert span.end <= len(text)
                line, column = lines.position(span.start)
                assert lines.offset(line, column) == span.start
                assert text.count("\n", 0, span.start) + text.count("\r", 0, span.start) >= line - 1
        directives = read_directives(document)
        assert all(one.span.end <= len(text) and one.first <= one.last for one in directives)
        list(Suppressions(directives, RULESET).complaints(frozenset(one.code for one in RULESET), RULESET))

    call_with_large_stack(hold)


@pytest.mark.parametrize("kind", PATHS)
def test_no_rule_and_no_fact_breaks_on_broken_files(kind: str) -> None:
    @fuzz
    @given(broken(kind))
    def hold(data: bytes) -> None:
        examined = EXAMINER.examine(Task(PATHS[kind], kind, True, len(data), data))
        assert not examined.failed, [one.reason for one in examined.not_analysed]
        for one in examined.results:
            region, physical = one.place.region, one.place.physical
            assert 1 <= region.line <= region.end_line and region.column >= 1 and 1 <= physical.line <= physical.end_line
            assert region.line < region.end_line or region.column <= region.end_column
            assert len(one.place.snippet) <= 200 and one.place.caret[0] >= 0

    call_with_large_stack(hold)


_MARKER = st.lists(
    st.sampled_from(
        [
            "python_version",
            "sys_platform",
            "extra",
            "'3.9'",
            "'linux'",
            '"',
            "'",
            " and ",
            " or ",
            "(",
            ")",
            "<",
            ">=",
            "==",
            "in",
            " not in ",
            "~=",
            "3",
            "é",
            "\\",
        ]
    ),
    max_size=14,
).map(" ".join)
_SPECIFIER = st.lists(
    st.sampled_from(
        ["==", ">=", "<", "~=", "!=", "===", "1", "2.0", ".*", "rc1", "+cu118", "1!", ",", " ", "*", "^", "||", "dev", "9" * 200, "v", "é"]
    ),
    max_size=12,
).map("".join)


@fuzz
@given(_MARKER, _MARKER)
def test_markers_raise_nothing(first: str, second: str) -> None:
    assert can_coexist(first, second) in (True, False, None)
    assert can_coexist(first, second) == can_coexist(second, first)


@fuzz
@given(_SPECIFIER, _SPECIFIER)
def test_specifiers_raise_nothing(first: str, second: str) -> None:
    assert disjoint(first, second) == disjoint(second, first)
    for one in (first, second):
        exact_version(one), lower_bound(one), has_upper_bound(one), admits(one, "1.0")
    pip_installs(f"pip install 'x{first}' \"{second}\" -r {first}")


@pytest.mark.parametrize("kind", PATHS)
def test_twice_the_text_takes_about_twice_the_time(kind: str) -> None:
    """On long files of one unit: four times the text may take eight times as long, and little time is no matter."""
    units = {"notebook": [b""], "toml": [b"[a%d]\nb = 1\n", b"x%d = [1, 2, {a = 1}]\n"], "yaml": [b"a%d: [1, {b: c}]\n", b"- &a%d x\n"]}.get(
        kind, [SEEDS[kind][0] + b"\n", SEEDS[kind][-1] + b"\n", *PIECES]
    )

    def seconds(unit: bytes, size: int) -> float:
        count = max(size // max(len(unit), 1), 1)
        data = b"".join(unit % number for number in range(count)) if b"%d" in unit else unit * count
        if kind == "notebook":
            cell = b'{"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": ["x = 1\\n", "%time y"]}'
            data = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + b", ".join([cell] * (size // 60)) + b"]}"
        document = open_document(kind, PATHS[kind], data)
        began = time.process_time()
        for answer in questions(document):
            del answer
        read_directives(document)
        return time.process_time() - began

    def measure() -> list[tuple[bytes, float, float]]:
        return [(unit, seconds(unit, 10_000), seconds(unit, 40_000)) for unit in units]

    for unit, once, fourfold in call_with_large_stack(measure):
        assert fourfold < 0.5 or fourfold < 8 * once, (unit, once, fourfold)
