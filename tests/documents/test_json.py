from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.documents.json import JsonDocument, JsonError, parse_json, string_offsets
from mlops_lint.documents.mapping import Node
from mlops_lint.text.span import Span


def plain(node: Node) -> Any:
    if node.kind == "mapping":
        assert isinstance(node.items, dict)
        return {key: plain(child) for key, child in node.items.items()}
    if node.kind == "sequence":
        assert isinstance(node.items, list)
        return [plain(child) for child in node.items]
    return node.value


def test_values_and_places() -> None:
    text = '{"a": [1, -2.5e3, "x\\ny"], "b": {"c": null},\n "d": true}'
    root = parse_json(text)
    assert plain(root) == {"a": [1, -2500.0, "x\ny"], "b": {"c": None}, "d": True}
    assert root.span == Span(0, len(text))
    deep = root.at("a", 2)
    assert deep is not None and text[deep.span.start : deep.span.end] == '"x\\ny"' and deep.text == "x\ny"
    node = root.at("b", "c")
    assert node is not None and node.key_span is not None and text[node.key_span.start : node.key_span.end] == '"c"'
    assert node.text == "null"


def test_what_editors_and_notebooks_write_is_read() -> None:
    text = '\ufeff// settings\n{"a": [1, 2,], /* b * / ** */ "a": NaN, "c": -Infinity, // end\n}\n'
    root = parse_json(text)
    assert str(plain(root)) == "{'a': nan, 'c': -inf}"


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("[1, 2", "text ends inside brackets", 5),
        ("[1 2]", "expected ',' or the closing bracket", 3),
        ("[,]", "expected a value", 1),
        ("{'a': 1}", "expected a key in double quotes", 1),
        ('{"a" 1}', "expected ':' after the key", 5),
        ('["a\nb"]', "string is not closed on its line", 1),
        ('["a\\x"]', "unknown escape in a string", 3),
        ("01", "expected a value", 0),
        ("[] []", "text goes on after the value", 3),
        ("[1] /*", "text goes on after the value", 4),
        ("[1}", "expected ',' or the closing bracket", 2),
        ("", "expected a value", 0),
        ("[" * 100_000, "nested more than 200 levels deep", 200),
        ('{"a":' * 100_000, "nested more than 200 levels deep", 1000),
    ],
)
def test_malformed_has_a_reason_and_an_offset(text: str, message: str, offset: int) -> None:
    with pytest.raises(JsonError) as caught:
        parse_json(text)
    assert (caught.value.message, caught.value.offset) == (message, offset)


def test_document_notes_the_place_of_what_is_malformed() -> None:
    doc = JsonDocument("config.json", b'{\n "a": oops}')
    doc.parse()
    (problem,) = doc.problems
    assert (problem.code, problem.message) == ("E906", "not valid JSON: expected a value")
    assert problem.span == Span(8, 9)


def test_large_files_are_data_and_left_alone() -> None:
    doc = JsonDocument("data.json", b"[" + b"1," * 600_000 + b"oops")
    doc.parse()
    assert doc.too_large and doc.roots == () and doc.problems == ()
    assert not JsonDocument("a.json", b"{}").too_large


@pytest.mark.parametrize("text", ['{"a": 1}\n\n{"a": 2}\n', '{"a": {{ value }}}', '{"a": 1\n{% if b %}, "c": 2{% endif %}}'])
def test_lines_and_templates_of_json_are_no_problem(text: str) -> None:
    doc = JsonDocument("a.json", text.encode())
    doc.parse()
    assert doc.roots == () and doc.problems == ()


def test_offsets_lead_from_the_decoded_string_to_the_raw_text() -> None:
    text = r'["plain", "a\n\u00e9\ud83d\ude00\"z\\u0041"]'
    root = parse_json(text)
    plain_node, escaped = root.at(0), root.at(1)
    assert plain_node is not None and escaped is not None
    assert string_offsets(text, plain_node.span) == range(2, 8)
    assert escaped.value == 'a\n\u00e9\U0001f600"z\\u0041'
    offsets = string_offsets(text, escaped.span)
    assert len(offsets) == len(escaped.value) + 1
    starts = [text[offsets[i] : offsets[i + 1]] for i in range(len(escaped.value))]
    assert starts[:7] == ["a", "\\n", "\\u00e9", "\\ud83d\\ude00", '\\"', "z", "\\\\"]
    assert text[offsets[-1]] == '"'


def test_half_a_surrogate_pair_is_replaced() -> None:
    text = r'"a\ud800b\udc00\ud800A"'
    node = parse_json(text)
    assert node.value == "a\ufffdb\ufffd\ufffdA"
    assert len(string_offsets(text, node.span)) == len(node.value) + 1


def test_a_notebook_of_five_megabytes_is_read_in_time() -> None:
    cell = {"cell_type": "code", "outputs": [{"data": {"image/png": "iVBOR/+" * 7100 + "\n"}}], "source": [f"x = {i}\n" for i in range(50)]}
    text = json.dumps({"cells": [cell] * 100}, indent=1)
    assert len(text) > 5_000_000
    start = time.process_time()
    root = parse_json(text)
    assert time.process_time() - start < 1.0
    assert root.get("cells", 99, "source", 49) == "x = 49\n"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(json_values, st.sampled_from([None, 1]), st.booleans())
def test_the_tree_equals_what_json_reads(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    root = parse_json(text)
    assert plain(root) == value
    stack = [root]
    while stack:
        node = stack.pop()
        assert json.loads(text[node.span.start : node.span.end]) == plain(node)
        if isinstance(node.value, str):
            offsets = string_offsets(text, node.span)
            for index, character in enumerate(node.value):
                piece = text[offsets[index] : offsets[index + 1]]
                assert json.loads(f'"{piece}"') == character
        stack.extend(child for _, child in node.children())


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet='[]{},:"\\u0dDc8truefalsN/*-1.e \n') | st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        root = parse_json(text)
    except JsonError as error:
        assert 0 <= error.offset <= len(text)
        return
    assert 0 <= root.span.start <= root.span.end <= len(text)
