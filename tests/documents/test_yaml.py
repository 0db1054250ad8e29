from __future__ import annotations

import re
import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.documents.mapping import Node
from mlops_lint.documents.yaml import DuplicateKey, YamlDocument
from mlops_lint.text.span import Span


def read(text: str, path: str = "config.yaml") -> YamlDocument:
    return YamlDocument(path, text.encode())


def at(doc: YamlDocument, *path: str | int) -> tuple[str, str | None]:
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


def test_scalars_have_the_types_of_the_core_schema() -> None:
    doc = read(
        "on: yes\noff: no\nday: 2020-13-45\ntime: 12:30:45\nbool: true\nnone: ~\nempty:\nint: 010\nhex: 0x1F\noct: 0o17\nfloat: 1e-3\n"
        "version: 3.10\nquoted: '3.10'\ninf: -.inf\nunder: 1_000\ntagged: !!str 5\ndash: '-'\nplus: +5\ndot: .\n"
    )
    assert doc.root is not None
    assert plain(doc.root) == {
        "on": "yes", "off": "no", "day": "2020-13-45", "time": "12:30:45", "bool": True, "none": None, "empty": None, "int": 10, "hex": 31,
        "oct": 15, "float": 0.001, "version": 3.1, "quoted": "3.10", "inf": float("-inf"), "under": "1_000", "tagged": "5", "dash": "-",
        "plus": 5, "dot": ".",
    }  # fmt: skip
    version = doc.node("version")
    assert version is not None and version.text == "3.10"


def test_places_of_keys_values_and_blocks() -> None:
    doc = read("a:\n  - x: 1  # note\n    y: [2, {z: 3}]\n\n  # after\nb: |\n  one\n  two\n\nc: >-\n  three\nd: 'q'\n")
    assert at(doc, "a", 0, "x") == ("1", "x")
    assert at(doc, "a", 0) == ("x: 1  # note\n    y: [2, {z: 3}]", None)
    assert at(doc, "a") == ("- x: 1  # note\n    y: [2, {z: 3}]", "a")
    assert at(doc, "a", 0, "y", 1) == ("{z: 3}", None)
    assert at(doc, "a", 0, "y", 1, "z") == ("3", "z")
    assert at(doc, "b") == ("|\n  one\n  two", "b")
    assert doc.get("b") == "one\ntwo\n"
    assert at(doc, "d") == ("'q'", "d")
    assert doc.root is not None and doc.root.span == Span(0, len(doc.text) - 1)


def test_line_ends_and_byte_order_mark_do_not_shift_places() -> None:
    doc = YamlDocument("a.yaml", "\ufeffä: 1\r\nb:\r\n  - \U0001f600 c\r\n".encode())
    assert at(doc, "ä") == ("1", "ä")
    assert at(doc, "b", 0) == ("\U0001f600 c", None)


def test_several_documents() -> None:
    doc = read("a: 1\n---\nb: 2\n---\n- 3\n")
    assert [plain(root) for root in doc.roots] == [{"a": 1}, {"b": 2}, [3]]
    assert [path for path, _ in doc.find("b")] == [("b",)]


def test_an_alias_has_its_own_key_and_its_anchors_children() -> None:
    doc = read("base: &b\n  x: 1\nother: *b\nlist: [*b]\n")
    assert at(doc, "other") == ("*b", "other")
    assert at(doc, "other", "x") == ("1", "x")
    assert doc.node("other", "x") is doc.node("base", "x")
    assert doc.get("list", 0, "x") == 1


def test_merge_keys_bring_in_what_is_not_set() -> None:
    doc = read("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: *a\n  x: own\nd:\n  z: own\n  <<: [*b, *a]\n")
    c, d = doc.node("c"), doc.node("d")
    assert c is not None and d is not None
    assert plain(c) == {"x": "own", "y": 2}
    assert plain(d) == {"z": "own", "y": 3, "x": 1}


def test_duplicate_keys_keep_the_last_and_are_told() -> None:
    doc = read("a: 1\nb: 2\na: 3\n")
    assert doc.get("a") == 3
    assert doc.duplicate_keys == (DuplicateKey("a", Span(10, 11), Span(0, 1)),)


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("a: [1, 2\nb: 3\n", "not valid YAML: expected ',' or ']', but got ':'", (2, 2)),
        ("a: 1\n\tb: 2\n", "not valid YAML: found character '\\t' that cannot start any token", (2, 1)),
        ("a: *nowhere\n", "not valid YAML: alias of an unknown anchor", (1, 4)),
        ("a: \x01\n", "not valid YAML: character U+0001 is not allowed", (1, 4)),
        ("a: b: c\n", "not valid YAML: mapping values are not allowed here", (1, 5)),
    ],
)
def test_malformed_has_a_place_and_a_reason(text: str, message: str, place: tuple[int, int]) -> None:
    doc = read(text)
    doc.parse()
    (problem,) = doc.problems
    assert (problem.code, problem.message) == ("E906", message)
    assert problem.span is not None and doc.line_map.position(problem.span.start) == place
    assert doc.roots == ()


MERGES = "a: &a {" + ",".join(f"k{i}: 1" for i in range(2000)) + "}\nb:\n" + "- <<: *a\n" * 1000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "YAML is nested more than 200 levels deep"),
        ("- " * 100_000, "YAML is nested more than 200 levels deep"),
        ("\n".join(" " * i + "a:" for i in range(400)), "YAML is nested more than 200 levels deep"),
        ("{a: " * 10_000, "YAML is nested more than 200 levels deep"),
        ("- a\n" * 110_000, "YAML has more than 100,000 nodes"),
        ('"\\UFFFFFFFF"', "not valid YAML: a value cannot be read"),
        ("a: &a0 [x]\n" + "".join(f"a: &a{i} [*a{i - 1}]\n" for i in range(1, 300)), "YAML is nested more than 200 levels deep"),
        (MERGES, "merge keys of the YAML bring in more than 100,000 entries"),
    ],
)
def test_hostile_sizes_are_problems(text: str, message: str) -> None:
    doc = read(text)
    start = time.process_time()
    doc.parse()
    assert [(problem.code, problem.message) for problem in doc.problems] == [("E906", message)]
    assert time.process_time() - start < 10


def test_an_alias_bomb_is_walked_once() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    doc = read("\n".join(lines))
    assert sum(1 for _ in doc.walk()) < 250
    assert sum(1 for _ in doc.find("**")) < 500
    loop = read("a: &a [*a, {b: *a}]\n")
    assert sum(1 for _ in loop.walk()) == 5


def test_tags_build_nothing() -> None:
    doc = read('a: !!python/object/apply:os.system ["false"]\nb: !Ref x\n')
    assert doc.root is not None and plain(doc.root) == {"a": ["false"], "b": "x"}


def test_large_files_are_data_and_left_alone() -> None:
    doc = read("a: 1\n" * 200_001)
    doc.parse()
    assert doc.too_large and doc.roots == () and doc.problems == () and doc.duplicate_keys == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("chart/templates/deploy.yaml", "a: b: c\n"),
        ("meta.yaml", '{% set version = "1" %}\npackage:\n  version: {{ version }}\n'),
        ("deploy.yaml", "image: {{ .Values.image }}:{{ .Values.tag }}\n"),
    ],
)
def test_templates_of_yaml_are_no_problem(path: str, text: str) -> None:
    doc = read(text, path)
    doc.parse()
    assert doc.is_template and doc.roots == () and doc.problems == ()


def test_a_template_value_is_a_string() -> None:
    doc = read("image: {{ .Values.image }}\nrun: echo ${{ github.ref }}\n")
    assert doc.get("image") == "{{ .Values.image }}"
    assert doc.get("run") == "echo ${{ github.ref }}"
    assert not doc.is_template


@pytest.mark.parametrize(
    ("path", "text", "flavour"),
    [
        ("docker-compose.yml", "services:\n  a:\n    command: x\n", "compose"),
        ("stack.yaml", "services:\n  a:\n    image: x\n", "compose"),
        ("services.yaml", "services:\n  a: 1\n", "plain"),
        ("k8s.yaml", "apiVersion: v1\nkind: Pod\n", "kubernetes"),
        (".github/workflows/ci.yml", "on: push\njobs: {}\n", "github-workflow"),
        ("sub/action.yml", "runs:\n  using: composite\n", "github-action"),
        (".gitlab-ci.yml", "job:\n  script: x\n", "gitlab-ci"),
        (".gitlab/ci/build.yml", "job:\n  script: x\n", "gitlab-ci"),
        ("environment.yml", "dependencies: [python=3.10]\n", "conda"),
        ("deps.yaml", "name: x\ndependencies:\n- python\n- pip:\n  - torch\n", "conda"),
        ("deps.yaml", "channels: [a]\ndependencies: [b]\n", "conda"),
        ("gpu.yaml", "name: gpu\ndependencies:\n- python=3.11\n- conda-forge::numpy >=2\n", "conda"),
        ("gpu.yaml", "prefix: /opt/gpu\ndependencies:\n- numpy=2.1=py312_0\n", "conda"),
        ("exp.yaml", "name: e\nprefix: /data/e\ndependencies: [raw, clean]\n", "plain"),
        ("unet.yml", "name: u\nchannels: [64, 128]\ndependencies: [data/train.csv]\n", "plain"),
        ("Chart.yaml", "name: x\ndependencies:\n- name: redis\n", "plain"),
        ("dvc.yaml", "stages: {}\n", "dvc"),
        ("data/a.csv.dvc", "outs: []\n", "dvc"),
        ("MLproject", "name: x\n", "mlproject"),
        (".pre-commit-config.yaml", "repos: []\n", "pre-commit"),
        ("configs/train.yaml", "# @package _global_\na: 1\n", "hydra"),
        ("configs/train.yaml", "defaults:\n  - model: a\n", "hydra"),
        ("params.yaml", "lr: 1e-3\n", "plain"),
        ("empty.yaml", "", "plain"),
        ("list.yaml", "- 1\n", "plain"),
    ],
)
def test_flavours(path: str, text: str, flavour: str) -> None:
    assert read(text, path).flavour == flavour


# PyYAML writes YAML 1.1: it does not read back the three line breaks left out here, and leaves plain what only 1.2 reads as a number (``1e5``, ``0o7``).
yaml_strings = st.text(st.characters(exclude_characters="\x85\u2028\u2029", codec="utf-8")).filter(lambda text: not re.match(r"[-+.]?\d", text))
yaml_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | yaml_strings,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet="abc #:", min_size=1, max_size=5), inner, max_size=4),
    max_leaves=15,
)


@settings(deadline=None)
@given(yaml_values, st.sampled_from([None, True, False]))
def test_the_tree_equals_what_was_dumped(value: Any, flow: bool | None) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)
    doc = read(text)
    assert doc.root is not None and doc.problems == ()
    assert _same(plain(doc.root), value)
    for _, node in doc.walk():
        assert 0 <= node.span.start <= node.span.end <= len(doc.text)


def _same(ours: Any, dumped: Any) -> bool:
    if isinstance(dumped, dict):
        return isinstance(ours, dict) and ours.keys() == dumped.keys() and all(_same(ours[key], dumped[key]) for key in dumped)
    if isinstance(dumped, list):
        return isinstance(ours, list) and len(ours) == len(dumped) and all(map(_same, ours, dumped))
    return bool(ours == dumped) and type(ours) is type(dumped)


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="ab:-?[]{}&*!|>'\"%@#,<\n 01.~\\xU\t") | st.text())
def test_no_text_raises(text: str) -> None:
    doc = read(text)
    doc.parse()
    assert isinstance(doc.flavour, str)
    for _, node in doc.walk():
        assert 0 <= node.span.start <= node.span.end <= len(doc.text)
        if node.key_span is not None:
            assert node.key_span.end <= len(doc.text)
