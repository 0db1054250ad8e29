from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.documents.dotenv import DotenvDocument
from mlops_lint.text.span import Span


def read(text: str) -> DotenvDocument:
    return DotenvDocument(".env", text.encode())


TEXT = """\
# settings
A=1
export B = two words  # note
C="x # y\\n\\"z\\"" # after
D='multi
line $x'
E=
F=a#b
G= # empty
cd somewhere
  H.I-J=k
A=3
K="open
"""


def test_entries_with_their_places() -> None:
    doc = read(TEXT)
    assert [(one.key, one.value, one.exported) for one in doc.entries] == [
        ("A", "1", False), ("B", "two words", True), ("C", 'x # y\n"z"', False), ("D", "multi\nline $x", False), ("E", "", False),
        ("F", "a#b", False), ("G", "", False), ("H.I-J", "k", False), ("A", "3", False), ("K", '"open', False),
    ]  # fmt: skip
    assert [TEXT[one.value_span.start : one.value_span.end] for one in doc.entries][:6] == [
        "1", "two words", '"x # y\\n\\"z\\""', "'multi\nline $x'", "", "a#b",
    ]  # fmt: skip
    assert all(TEXT[one.key_span.start : one.key_span.end] == one.key for one in doc.entries)
    assert doc.get("A") == "3" and doc.get("none") is None
    assert doc.locate(doc.entries[0]) == Span(11, 14)


def test_comments_are_not_in_values() -> None:
    doc = read(TEXT)
    assert [(one.text, one.own_line) for one in doc.comments()] == [("settings", True), ("note", False), ("after", False), ("empty", False)]
    assert all(TEXT[one.span.start] == "#" for one in doc.comments())


def test_windows_line_ends() -> None:
    doc = DotenvDocument(".env", b"\xef\xbb\xbfA=1\r\nB='x'\r\n# c\r\n")
    assert [(one.key, one.value) for one in doc.entries] == [("A", "1"), ("B", "x")]
    assert [one.text for one in doc.comments()] == ["c"]


@settings(deadline=None)
@given(st.text(alphabet="AB=#'\"\\ \n\r\texport") | st.text())
def test_no_text_raises_and_places_lie_inside(text: str) -> None:
    doc = read(text)
    doc.parse()
    end = 0
    for one in doc.entries:
        assert end <= one.key_span.start < one.key_span.end <= one.value_span.start <= one.value_span.end <= len(doc.text)
        end = one.value_span.end
    assert all(doc.text[one.span.start] == "#" for one in doc.comments())


def test_open_quotes_take_linear_time() -> None:
    start = time.process_time()
    for text in ("A='\n" + 'A="x\n' * 1 + "B=\\'\n" * 30_000, 'A="\\"\n' * 30_000, "A=\n" * 50_000):
        read(text).parse()
    assert time.process_time() - start < 3
