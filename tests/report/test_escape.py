from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lint.report.escape import safe_characters, safe_path, safe_text, valid_text, write_text

ANY = st.text(st.characters(codec=None, categories=None))  # surrogates too


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain é 名", "plain é 名"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x00\x1b[31m\x7f\x9b", r"\x00\x1b[31m\x7f\x9b"),
        ("\u202a\u202e\u2066\u2069\u200e\u200f\u061c", r"\u202a\u202e\u2066\u2069\u200e\u200f\u061c"),
        ("\u2028\u2029\ufeff\u200b\U000e0041", r"\u2028\u2029\ufeff\u200b\U000e0041"),
        ("\udc80\udcff", r"\x80\xff"),
        ("\ud800\udbff\udc7f", r"\ud800\udbff\udc7f"),
        ("zero\u200djoiner\u200c", "zero\u200djoiner\u200c"),
        ("##[error]x ##vso[task.x]y # [z] ##", r"#\x23[error]x #\x23vso[task.x]y # [z] ##"),
    ],
)
def test_safe_text(raw: str, shown: str) -> None:
    assert safe_text(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("::error::x", "./::error::x"),
        ("  ::x", "./  ::x"),
        ("\u3000::x", "./\u3000::x"),
        ("\t::x", r"\t::x"),
        ("a::b", "a::b"),
        (":x", ":x"),
    ],
)
def test_safe_path_never_opens_a_command(raw: str, shown: str) -> None:
    assert safe_path(raw) == shown


def test_valid_text_keeps_all_but_surrogates() -> None:
    assert valid_text("a\n\x1b\u202e\udcfe\ud800é") == "a\n\x1b\u202e\\xfe\\ud800é"


@given(ANY)
def test_safe_text_is_one_visible_line(text: str) -> None:
    shown = safe_text(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in shown)
    assert not any(unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI") for char in shown)
    assert "##[" not in shown
    assert safe_text(shown) == shown


@given(ANY)
def test_pieces_are_the_safe_text(text: str) -> None:
    pieces = safe_characters(text)
    assert len(pieces) == len(text)
    assert "".join(pieces) == safe_text(text.replace("\t", "    "))


def test_last_stage_lets_only_line_feeds_and_colours_through() -> None:
    text = "a\tb\n\x1b[1;31mred\x1b[0m\x1b[2J\x1b]0;x\x07\r\u202e\n"
    colored, plain = io.StringIO(newline=""), io.StringIO(newline="")
    write_text(colored, text, color=True)
    write_text(plain, text)
    assert colored.getvalue() == "a\\tb\n\x1b[1;31mred\x1b[0m\\x1b[2J\\x1b]0;x\\x07\\r\\u202e\n"
    assert plain.getvalue() == "a\\tb\n\\x1b[1;31mred\\x1b[0m\\x1b[2J\\x1b]0;x\\x07\\r\\u202e\n"


def test_a_stream_without_the_character_gets_an_escape() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    write_text(stream, "é 名\n")
    stream.flush()
    assert raw.getvalue() == b"\\xe9 \\u540d\n"
