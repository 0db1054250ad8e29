from __future__ import annotations

import pickle

import pytest

from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.facts.conda_environments import CondaEnvironment

ENVIRONMENT = """\
name: churn
channels: [conda-forge]
dependencies:
  - python=3.12
  - conda-forge::numpy
  - pip:
      - -r requirements.txt
      - "wandb"
      - torch==2.5.1  # pinned
      - --extra-index-url https://example.org/simple
prefix: /home/ana/env
"""


def environment(text: str, path: str = "environment.yml") -> tuple[YamlDocument, list[CondaEnvironment]]:
    doc = YamlDocument(path, text.encode())
    return doc, list(CondaEnvironment.collect(doc))


def test_an_environment() -> None:
    doc, (one,) = environment(ENVIRONMENT)
    assert [(pin.shown, pin.state) for pin in one.packages] == [("python", "bounded")]
    assert [(pin.shown, pin.state) for pin in one.pip_packages] == [("wandb", "open"), ("torch", "exact")]
    assert doc.text[one.pip_packages[0].span.start : one.pip_packages[0].span.end] == "wandb"
    assert doc.text[one.span.start : one.span.end] == "dependencies"
    assert one.has_channels and not one.has_constraints
    assert one.prefix_span is not None
    assert doc.text[one.prefix_span.start : one.prefix_span.end] == "prefix: /home/ana/env"
    assert pickle.loads(pickle.dumps(one)) == one


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("channels: [a]\ndependencies: [b]\nprefix: /x\n", "channels: [a]\ndependencies: [b]\n"),
        ("channels: [a]\ndependencies: [b]\nprefix: /x", "channels: [a]\ndependencies: [b]"),
        ("prefix: /x\nchannels: [a]\ndependencies: [b]\n", "channels: [a]\ndependencies: [b]\n"),
        ("channels: [a]\r\nprefix: /x\r\ndependencies: [b]\r\n", "channels: [a]\r\ndependencies: [b]\r\n"),
    ],
)
def test_the_line_of_the_prefix_can_go(text: str, expected: str) -> None:
    doc, (one,) = environment(text)
    assert one.prefix_line is not None
    assert doc.text[: one.prefix_line.start] + one.without_prefix + doc.text[one.prefix_line.end :] == expected


@pytest.mark.parametrize(
    "text",
    [
        "channels: [a]\ndependencies: [b]\nprefix: /x # mine\n",
        "{channels: [a], dependencies: [b], prefix: /x}\n",
        "dependencies: [b]\nprefix: >\n  /x\n",
    ],
)
def test_a_line_that_holds_more_stays(text: str) -> None:
    _, (one,) = environment(text)
    assert one.prefix_span is not None and one.prefix_line is None


def test_other_files_are_none() -> None:
    assert environment("dependencies: {a: b}\n")[1] == []
    assert environment("prefix: /x\n")[1] == []
    assert environment("dependencies: [", "environment.yml")[1] == []
    (one,) = environment("dependencies:\n  - a\n  - [b]\n  - pip: c\n  - pip:\nprefix:\n")[1]
    assert not one.has_channels and one.prefix_span is None
