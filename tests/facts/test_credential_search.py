"""Credentials are looked for where a literal stands; nothing that the patterns alone would find may be missed by that."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.facts.credentials import _ASSIGNED, _ASSIGNED_WORDS, _PASSWORD_FIELD, _PASSWORD_WORDS, _lower, _named_value, _starting, _token
from mlops_lint.knowledge.credentials import NAMED_FORMATS, TOKEN_FORMATS

_LETTERS = "pasPAS sſ wdWD=:\"'k\u212aı\u0130i_toen,;x0"


@pytest.mark.parametrize("one", TOKEN_FORMATS, ids=lambda one: one.pattern[:12])
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_token_begins_with_its_literal_or_holds_it(one, data) -> None:  # type: ignore[no-untyped-def]
    token = data.draw(st.from_regex(re.compile(one.pattern, re.ASCII), fullmatch=True))
    assert one.literal in token if one.inside else token.startswith(one.literal)
    text = f"{token} x{token}\n{token}{token}"
    if not one.inside:
        found = list(_starting(_token(one), text, text, (one.literal,)))
        assert [match.span() for match in found] == [match.span() for match in _token(one).finditer(text)]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [(_ASSIGNED, _ASSIGNED_WORDS), (_PASSWORD_FIELD, _PASSWORD_WORDS), *((_named_value(one), one.words) for one in NAMED_FORMATS)],
)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_search_by_words_finds_what_the_pattern_finds(pattern: re.Pattern[str], words: tuple[str, ...], data: st.DataObject) -> None:
    word = st.sampled_from(words).flatmap(
        lambda one: st.sampled_from((one, one.upper(), one.title(), one.replace("s", "ſ"), one.replace("i", "\u0130")))
    )
    piece = st.one_of(
        word, st.text(_LETTERS, max_size=6), st.sampled_from(("=", '="', "_key = '", "a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f6a7b8c9d0", '" ', "1234abcd"))
    )
    text = "".join(data.draw(st.lists(piece, max_size=12)))
    assert [match.span() for match in _starting(pattern, text, _lower(text), words)] == [match.span() for match in pattern.finditer(text)]
