from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.documents.ini import IniDocument

SETUP_CFG = """\
# head
[metadata]
name = demo
Version: 1.0

[options]
install_requires =
    numpy>=1.2
    # a comment inside
    ; and another

    torch
python_requires = >=3.8
[options.extras_require]
test = pytest
"""


def ini(text: str, path: str = "setup.cfg") -> IniDocument:
    document = IniDocument(path, text.encode())
    document.parse()
    return document


def test_sections_options_and_their_places() -> None:
    document = ini(SETUP_CFG)
    assert [section.name for section in document.sections] == ["metadata", "options", "options.extras_require"]
    assert document.get("metadata", "version") == "1.0"
    assert document.get("metadata", "nothing") is None
    option = document.option("options", "install_requires")
    assert option is not None
    assert [line.text for line in option.lines] == ["numpy>=1.2", "torch"]
    assert option.value == "numpy>=1.2\ntorch"
    assert [document.line_map.position(line.span.start) for line in option.lines] == [(8, 5), (12, 5)]
    assert [document.text[line.span.start : line.span.end] for line in option.lines] == ["numpy>=1.2", "torch"]
    assert document.text[option.key_span.start : option.key_span.end] == "install_requires"
    assert document.line_map.position(document.locate(("options", "python_requires")).start) == (13, 1)
    assert document.problems == ()
    with pytest.raises(KeyError):
        document.locate(("options", "nothing"))


def test_comments_of_both_kinds() -> None:
    comments = [(comment.text, comment.own_line) for comment in ini(SETUP_CFG).comments()]
    assert comments == [("head", True), ("a comment inside", True), ("and another", True)]


def test_sections_may_repeat_and_lines_may_lack_a_value() -> None:
    document = ini("[net]\nbatch=1\nflag\n[net]\nbatch=2\n", "yolo.cfg")
    assert len(document.sections) == 2
    assert document.get("net", "batch") == "2"
    flag = document.option("net", "flag")
    assert flag is not None
    assert (flag.has_separator, flag.value) == (False, "")


def test_only_files_that_must_be_ini_are_malformed() -> None:
    assert [(one.code, one.span and one.span.start) for one in ini("name = x\n[metadata\n").problems] == [("E906", 0)]
    assert ini("hostname router\n", "device.cfg").problems == ()


def test_crlf_and_byte_order_mark() -> None:
    document = IniDocument("setup.cfg", b"\xef\xbb\xbf[a]\r\nb =\r\n  c\r\n  d\r\n")
    option = document.option("a", "b")
    assert option is not None
    assert option.value == "c\nd"
    assert document.text[option.span.start : option.span.end] == "c\r\n  d"


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="[]=:#; \t\r\nab", max_size=60))
def test_reading_never_raises_and_spans_hold(text: str) -> None:
    document = ini(text)
    for section in document.sections:
        for option in section.options:
            assert document.text[option.key_span.start : option.key_span.end] == option.key
            for line in option.lines:
                assert document.text[line.span.start : line.span.end] == line.text
    list(document.comments())
