"""Python files: encodings, comments, places, edits."""

from __future__ import annotations

import libcst as cst
import pytest

from mlops_lint.documents.python import PythonDocument
from mlops_lint.text.edit import apply_edits


def document(data: bytes, path: str = "pkg/mod.py") -> PythonDocument:
    return PythonDocument(path, data)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "\xe9"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n", "\u20ac"),
        (b"\xef\xbb\xbfx = '\xc3\xa9'\n", "\xe9"),
        (b"x = '\xc3\xa9'\n# coding: latin-1 is said too late\n# coding: ascii\n", "\xe9"),
    ],
)
def test_encodings(data: bytes, text: str) -> None:
    doc = document(data)
    doc.parse()
    assert doc.problems == ()
    assert f"'{text}'" in doc.text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"x = '\xff\xfe'\n", "E901"),
        (b"# coding: nonsense\nx = 1\n", "E901"),
        ("x = 1\n".encode("utf-16"), "E901"),
        ("x = 1\n".encode("utf-32"), "E901"),
        (b"x = 1\0\n", "E902"),
        (b"print 'two'\n", "E903"),
        (b"x = " + b"(" * 500 + b")" * 500, "E90"),
    ],
)
def test_problems(data: bytes, code: str) -> None:
    doc = document(data)
    doc.parse()
    assert [problem.code[: len(code)] for problem in doc.problems] == [code]
    assert list(doc.nodes(cst.Call)) == []


def test_problem_has_its_place() -> None:
    doc = document(b"import os\nx = (1\n")
    doc.parse()
    (problem,) = doc.problems
    assert problem.span is not None
    assert doc.position(problem.span).region.line == 2


def test_comments_are_those_of_the_tokenizer() -> None:
    doc = document(b"x = '# no'  # yes\r\n# own\r\ny = '''\r\n# no\r\n'''\r\n")
    assert [(one.text, one.own_line, doc.position(one.span).region.line) for one in doc.comments()] == [("yes", False, 1), ("own", True, 2)]


def test_module_and_relative_names() -> None:
    doc = document(b"from .tools import run\nrun()\n", "src/pkg/sub/mod.py")
    assert doc.module == "src.pkg.sub.mod"
    (call,) = doc.calls("src.pkg.sub.tools.run")
    assert doc.source(call) == "run()"
    package = document(b"from .tools import run\nrun()\n", "src/pkg/__init__.py")
    assert package.module == "src.pkg"
    assert len(list(package.calls("src.pkg.tools.run"))) == 1


def test_edits_keep_the_rest() -> None:
    doc = document("\ufeffé = f(1)  # c\r\n".encode())
    (call,) = doc.nodes(cst.Call)
    assert apply_edits(doc.text, [doc.replace(call, "g(2)")]) == "é = g(2)  # c\r\n"
    assert doc.position(doc.locate(call)).region.column == 5
