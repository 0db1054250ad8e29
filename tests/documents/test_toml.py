from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.documents.mapping import Node
from mlops_lint.documents.toml import MAX_DEPTH, TomlDocument
from mlops_lint.text.span import Span


def toml(text: str) -> TomlDocument:
    return TomlDocument("pyproject.toml", text.encode())


def at(doc: TomlDocument, *path: str | int) -> tuple[str, str | None]:
    """The written value and the written key at a path."""
    node = doc.node(*path)
    assert node is not None, path
    return doc.text[node.span.start : node.span.end], doc.text[node.key_span.start : node.key_span.end] if node.key_span else None


def plain(node: Node) -> Any:
    if node.kind == "mapping":
        assert isinstance(node.items, dict)
        return {key: plain(child) for key, child in node.items.items()}
    if node.kind == "sequence":
        assert isinstance(node.items, list)
        return [plain(child) for child in node.items]
    return node.value


PYPROJECT = '''\
# the project
[project]
name = "demo"
dependencies = [
    "torch>=2.0",  # with, a comma and a ]
    'numpy',
    ["nested", {a.b = 1, "c d" = [2]}],
]
version = 3.10
"quoted key" = true
tool.x.y = """
two "lines" ""\\""""

[tool."black.x".z]
line-length = 88
[[tool.mypy.overrides]]
module = "a"
[[tool.mypy.overrides]]
module = "b"
when = 1979-05-27 07:32:00Z
'''


def test_values_and_places_of_every_shape() -> None:
    doc = toml(PYPROJECT)
    assert doc.root is not None and doc.problems == ()
    assert at(doc, "project", "name") == ('"demo"', "name")
    assert at(doc, "project", "dependencies", 0) == ('"torch>=2.0"', None)
    assert doc.get("project", "dependencies", 1) == "numpy"
    assert at(doc, "project", "dependencies", 2, 1, "a") == ("a.b = 1", "a")
    assert at(doc, "project", "dependencies", 2, 1, "a", "b") == ("1", "b")
    assert at(doc, "project", "dependencies", 2, 1, "c d", 0) == ("2", None)
    assert at(doc, "project", "dependencies", 2, 1, "c d") == ("[2]", '"c d"')
    version = doc.node("project", "version")
    assert version is not None and (version.value, version.text) == (3.1, "3.10")
    assert at(doc, "project", "quoted key") == ("true", '"quoted key"')
    assert doc.get("project", "tool", "x", "y") == 'two "lines" """'
    assert at(doc, "tool", "black.x", "z", "line-length") == ("88", "line-length")
    assert at(doc, "tool", "mypy", "overrides", 1, "module") == ('"b"', "module")
    assert doc.get("tool", "mypy", "overrides", 1, "when") == "1979-05-27 07:32:00Z"


def test_a_table_spans_its_section() -> None:
    doc = toml("[a]\nx = 1\n\n[b.c]\n# empty\n[b]\ny = [1,\n2]\n")
    assert at(doc, "a") == ("[a]\nx = 1", "a")
    assert at(doc, "b", "c") == ("[b.c]", "c")
    assert at(doc, "b") == ("[b]\ny = [1,\n2]", "b")
    assert doc.locate(("b", "y")) == Span(doc.text.index("y ="), doc.text.index("y =") + 1)


def test_line_ends_and_byte_order_mark_do_not_shift_places() -> None:
    doc = TomlDocument("a.toml", b"\xef\xbb\xbfa = 1\r\n[t]\r\nb = '''x\r\ny'''\r\n")
    assert at(doc, "t", "b") == ("'''x\r\ny'''", "b")
    assert doc.get("t", "b") == "x\ny"


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        ("a = 1\nb = \n", "not valid TOML: invalid value", (2, 5)),
        ("a = 1\na = 2\n", "not valid TOML: cannot overwrite a value", (2, 6)),
        ("[a\n", "not valid TOML: expected ']' at the end of a table declaration", (1, 3)),
    ],
)
def test_malformed_has_a_place_and_a_reason(text: str, reason: str, place: tuple[int, int]) -> None:
    doc = toml(text)
    doc.parse()
    (problem,) = doc.problems
    assert (problem.code, problem.message) == ("E906", reason)
    assert problem.span is not None
    assert doc.line_map.position(problem.span.start) == place
    assert doc.roots == () and doc.get("a") is None and list(doc.walk()) == []


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 500 + "]" * 500,
        "a = " + "[" * 100_000,
        "a = " + "{a=" * 50_000,
        ".".join("a" * 200_000) + " = 1",
        "[" + ".".join("a" * 200_000) + "]",
        "a = 1" + "0" * 5000,
    ],
)
def test_hostile_sizes_are_problems(text: str) -> None:
    doc = toml(text)
    doc.parse()
    assert [problem.code for problem in doc.problems] == ["E906"]


def test_a_template_of_toml_is_no_problem() -> None:
    doc = toml("[project]\n{% if cli %}\nscripts = {}\n{% endif %}\n")
    doc.parse()
    assert doc.roots == () and doc.problems == ()


def test_nesting_up_to_the_limit_is_read() -> None:
    doc = toml("a = " + "[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert doc.root is not None and doc.problems == ()


keys = st.text(alphabet="abcXYZ_-09", min_size=1, max_size=4) | st.text(max_size=4)
scalars = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.dates(min_value=date(1000, 1, 1))
    | st.times()
    | st.datetimes(min_value=datetime(1000, 1, 1))
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8)
tables = st.dictionaries(keys, values, max_size=5)


def write_string(value: str, style: int) -> str:
    if style == 1 and "'" not in value and value.isprintable():
        return f"'{value}'"
    escaped = "".join(f"\\U{ord(c):08x}" if not c.isprintable() or c in '"\\' else c for c in value)
    return f'"""{escaped}"""' if style == 2 else f'"{escaped}"'


def write_key(key: str) -> str:
    bare = key and all(c.isascii() and (c.isalnum() or c in "_-") for c in key)
    return key if bare else write_string(key, 0)


def write_value(value: Any, draw: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return write_string(value, draw(st.integers(0, 2)))
    if isinstance(value, list):
        gap = draw(st.sampled_from(["", " ", "\n", " # note ]\n"]))
        return "[" + gap + f",{gap}".join(write_value(item, draw) for item in value) + gap + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{write_key(key)} = {write_value(item, draw)}" for key, item in value.items()) + "}"
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return repr(value)


@st.composite
def toml_texts(draw: Any) -> str:
    lines = [f"{write_key(key)} = {write_value(value, draw)}" for key, value in draw(tables).items()]
    for header in draw(st.lists(st.lists(keys, min_size=1, max_size=3), max_size=4)):
        name = ".".join(write_key(part) for part in header)
        lines.append(draw(st.sampled_from(["[{}]", "[[{}]]", "[ {} ] # note"])).format(name))
        lines += [f"{write_key(key)} = {write_value(value, draw)}" for key, value in draw(tables).items()]
    return draw(st.sampled_from(["\n", "\r\n", "\n\n  "])).join(lines)


@settings(deadline=None, max_examples=150)
@given(toml_texts())
def test_the_tree_equals_what_tomli_reads(text: str) -> None:
    doc = toml(text)
    try:
        expected = tomli.loads(text)
    except tomli.TOMLDecodeError:
        doc.parse()
        # What only a template engine can turn into TOML is none yet, and no problem.
        is_template = "{{" in text or "{%" in text
        assert [problem.code for problem in doc.problems] == ([] if is_template else ["E906"])
        return
    assert doc.root is not None, text
    dates = [node for _, node in doc.walk() if isinstance(node.value, str)]
    assert _without_dates(plain(doc.root), expected)
    for node in dates:
        assert node.text == node.value
    for _, node in doc.walk():
        assert 0 <= node.span.start <= node.span.end <= len(doc.text)
        if node.key_span is not None:
            written = doc.text[node.key_span.start : node.key_span.end]
            assert list(tomli.loads(f"{written} = 1"))  # a key, whole and alone
        if node.kind == "scalar":
            written = doc.text[node.span.start : node.span.end]
            again = tomli.loads(f"a = {written}")["a"]
            assert again == node.value or isinstance(again, (date, datetime, time))


def _without_dates(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and ours.keys() == theirs.keys() and all(_without_dates(ours[key], theirs[key]) for key in theirs)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(_without_dates, ours, theirs))
    if isinstance(theirs, (date, datetime, time)):
        return isinstance(ours, str)
    return bool(ours == theirs)


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="ab=.[]{}\"'\\#,\n\r 01-:T") | st.text())
def test_no_text_raises(text: str) -> None:
    doc = toml(text)
    doc.parse()
    assert doc.roots or doc.problems or "{{" in text
    assert all(node.span.end <= len(doc.text) for _, node in doc.walk())
    assert not any("cannot be told" in problem.message for problem in doc.problems)
