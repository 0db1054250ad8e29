"""Notebooks: one program, magics blanked, every place found again in cell and file."""

from __future__ import annotations

import ast
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lint.documents.magics import blank_magics
from mlops_lint.documents.notebook import NotebookDocument
from mlops_lint.testing.cases import make_notebook
from mlops_lint.text.edit import apply_edits
from mlops_lint.text.span import Span


def notebook(*cells: object) -> NotebookDocument:
    return NotebookDocument("n.ipynb", make_notebook(*cells).encode())  # type: ignore[arg-type]


def names_with_places(document: NotebookDocument) -> list[tuple[str, int | None, int, int]]:
    found = []
    for node in ast.walk(document.tree):
        if isinstance(node, ast.Name):
            span = document.span_of(node)
            assert document.text[span.start : span.end] == node.id
            where = document.position(span)
            found.append((node.id, where.cell, where.region.line, where.region.column))
    return sorted(found, key=lambda one: (one[1] or 0, one[2], one[3]))


def test_cells_are_one_program_with_places() -> None:
    markdown = {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "text"]}
    document = notebook("a = 'é\\n'\nb", markdown, "%%time\nif c:\n\td\n!ls {x}\ne")
    document.parse()
    assert document.problems == ()
    assert names_with_places(document) == [("a", 1, 1, 1), ("b", 1, 2, 1), ("c", 3, 2, 4), ("d", 3, 3, 2), ("e", 3, 5, 1)]


def test_source_as_one_string_and_escapes() -> None:
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": 'x = "\\t"\ny = "\u00fc\\"" + z'}
    document = notebook(cell)
    assert names_with_places(document) == [("x", 1, 1, 1), ("y", 1, 2, 1), ("z", 1, 2, 13)]


def test_format_3_and_byte_order_mark() -> None:
    old = {
        "metadata": {},
        "nbformat": 3,
        "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y"], "language": "python", "outputs": [], "prompt_number": 7}]}],
    }
    document = NotebookDocument("old.ipynb", b"\xef\xbb\xbf" + json.dumps(old).encode())
    assert names_with_places(document) == [("x", 1, 1, 1), ("y", 1, 2, 1)]
    assert document.cells[0].count == 7


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"null", b"{", b'{"cells": 3}', b'{"cells": [1]}', b"\xff\xfe{}", b'{"a":' * 100_000])
def test_malformed(data: bytes) -> None:
    document = NotebookDocument("n.ipynb", data)
    document.parse()
    assert document.problems
    assert document.problems[0].code in ("E905", "E901")
    assert document.code.strip() == ""


def test_broken_cell_is_named_and_the_rest_goes_on() -> None:
    document = notebook("import os", "def broken(:\n    pass", "os.getcwd()")
    document.parse()
    (problem,) = document.problems
    assert problem.code == "E903"
    assert "cell 2" in problem.message
    assert problem.span is not None
    assert document.position(problem.span).cell == 2
    assert len(document.scopes.calls) == 1


def test_other_language_has_no_program() -> None:
    data = json.dumps(
        {
            "cells": [{"cell_type": "code", "source": "x <- 1", "outputs": [], "metadata": {}}],
            "metadata": {"kernelspec": {"language": "R"}},
            "nbformat": 4,
        }
    )
    document = NotebookDocument("n.ipynb", data.encode())
    document.parse()
    assert (document.problems, document.is_python, document.code.strip()) == ((), False, "")
    assert document.cells[0].source.text == "x <- 1"


def test_outputs_are_texts_and_never_images() -> None:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["one\n", "two"]},
        {
            "output_type": "display_data",
            "data": {"image/png": "aGVsbG8=", "text/plain": ["<Figure>"], "application/json": {"k": "deep"}},
            "metadata": {},
        },
        {"output_type": "error", "ename": "E", "evalue": "bad", "traceback": ["\u001b[31mline"]},
    ]
    document = notebook({"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": outputs, "source": "f()"})
    texts = [one.text for one in document.cells[0].outputs()]
    assert texts == ["one\ntwo", "<Figure>", "deep", "bad", "\x1b[31mline"]
    two = next(document.cells[0].outputs()).file_span(Span(4, 7))
    assert document.text[two.start : two.end] == "two"


def test_edit_is_escaped() -> None:
    document = notebook('x = "a"\ny = x')
    node = document.tree.body[1]
    assert isinstance(node, ast.Assign)
    text = apply_edits(document.text, [document.replace(node.value, 'f("b")\n')])
    assert "".join(json.loads(text)["cells"][0]["source"]) == 'x = "a"\ny = f("b")\n'


@pytest.mark.parametrize(
    ("source", "blanked", "kinds"),
    [
        ("x = 1\n", "x = 1\n", []),
        ("%matplotlib inline\nx", "0                 \nx", [("line", "matplotlib")]),
        ("!pip install a \\\n  b\nx", "0               \n   \nx", [("shell", "pip")]),
        ("if a:\n    !ls\n", "if a:\n    0  \n", [("shell", "ls")]),
        ("files = !ls -l\nx", "files = 0     \nx", [("shell", "ls")]),
        ("[last] = !ls -t | head -1\nx", "[last] = 0               \nx", [("shell", "ls")]),
        ("(a, b) = %who\nx", "(a, b) = 0   \nx", [("line", "who")]),
        ("%time fit(x)\n", "0;    fit(x)\n", [("line", "time")]),
        ("%%time\nfit(x)\n", "      \nfit(x)\n", [("cell", "time")]),
        ("%%bash\nrm -rf x\n", "      \n        \n", [("cell", "bash")]),
        ("# note\n%%sql\nselect 1", "      \n     \n        ", [("cell", "sql")]),
        ("df?\nx", "0  \nx", [("help", "?")]),
        ("x = '''\n%matplotlib\n'''", "x = '''\n%matplotlib\n'''", []),
        ("x = (a\n% b)", "x = (a\n% b)", []),
        ("pip install -q 'torch>=2'\n", "0                        \n", [("line", "pip")]),
        ("cd ..", "0    ", [("line", "cd")]),
        ("ls - 1", "ls - 1", []),
        ("pip = install", "pip = install", []),
        ("%%capture\npip install a", "         \n0            ", [("cell", "capture"), ("line", "pip")]),
        ("%%capture out\n!pip install a\nx", "             \n0             \nx", [("cell", "capture"), ("shell", "pip")]),
    ],
)
def test_magics(source: str, blanked: str, kinds: list[tuple[str, str]]) -> None:
    text, magics = blank_magics(source)
    assert text == blanked
    assert [(one.kind, one.name) for one in magics] == kinds
    ast.parse(text)
    for magic in magics:
        assert source[magic.argument_start :].startswith(magic.argument)


@given(st.text(alphabet="%!?=ab \n\r\t\\'\"()#;:", max_size=60))
def test_blanking_keeps_length_and_lines(source: str) -> None:
    text, magics = blank_magics(source)
    assert len(text) == len(source)
    assert [place for place, one in enumerate(text) if one in "\r\n"] == [place for place, one in enumerate(source) if one in "\r\n"]
    assert all(0 <= one.span.start <= one.span.end <= len(source) for one in magics)


@given(st.lists(st.text(max_size=20), max_size=4), st.data())
def test_every_place_in_the_code_is_found_in_the_file(cells: list[str], data: st.DataObject) -> None:
    document = notebook(*cells)
    code = document.code
    if code:
        start = data.draw(st.integers(0, len(code) - 1))
        span = document.text_span(Span(start, start + 1))
        assert 0 <= span.start <= span.end <= len(document.text)
        where = document.position(span)
        assert where.region.line >= 1
        assert where.physical.line >= 1
