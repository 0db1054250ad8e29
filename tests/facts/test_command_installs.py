from __future__ import annotations

import pickle
from typing import Any

import pytest

from mlops_lint.documents.dockerfile import Dockerfile
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.facts.command_installs import CommandInstall


def of_image(text: str) -> list[CommandInstall]:
    return list(CommandInstall.collect(Dockerfile("Dockerfile", text.encode())))


def states(one: CommandInstall) -> list[tuple[str, str]]:
    return [(pin.shown, pin.state) for pin in one.packages]


DOCKERFILE = """\
FROM python:3.12
ARG TORCH=2.5.1
RUN apt-get update && \\
    pip install torch==${TORCH} \\
      "scipy>=1" $MORE numpy<2 && uv pip install --system ray
RUN pip install a && pip install -c c.txt b
RUN uv sync && uv add c && uv tool install ruff && pip download d && conda install e
ONBUILD RUN ["pip", "install", "f"]
CMD pip install g
"""


def test_commands_of_an_image() -> None:
    doc = Dockerfile("Dockerfile", DOCKERFILE.encode())
    found = list(CommandInstall.collect(doc))
    assert [doc.line_map.position(one.span.start)[0] for one in found] == [4, 5, 6, 8, 9]
    assert [one.command for one in found] == ["pip install", "uv pip install", *["pip install"] * 3]
    assert states(found[0]) == [("torch", "exact"), ("scipy", "open"), ("$MORE", "unknown"), ("numpy", "bounded")]
    assert states(found[1]) == [("ray", "open")]
    # The constraints hold for the second command of the line alone.
    assert states(found[2]) == [("a", "open")] and not found[2].is_constrained
    assert states(found[3]) == [("f", "open")]
    assert states(found[4]) == [("g", "open")]
    assert [one.at_start for one in found] == [False] * 4 + [True]
    assert all(one.source == "dockerfile" for one in found)
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    ("line", "constrained"),
    [
        ("RUN pip install -c c.txt a", True),
        ("RUN pip install --require-hashes a", True),
        ("RUN pip install --no-index a", True),
        ("RUN pip install --find-links=/wheels a", True),
        ("RUN pip install -f https://example.org/wheels a", False),
        ("ENV PIP_CONSTRAINT=/c.txt\nRUN pip install a", True),
        ("RUN PIP_CONSTRAINT=/c.txt pip install a", True),
        ("RUN pip install --no-cache-dir a", False),
    ],
)
def test_constraints(line: str, constrained: bool) -> None:
    (one,) = of_image(f"FROM python:3.12\n{line}\n")
    assert one.is_constrained is constrained


def of_yaml(path: str, text: str) -> list[Any]:
    return list(CommandInstall.collect(YamlDocument(path, text.encode())))


def test_workflows_and_containers() -> None:
    (one,) = of_yaml(
        ".github/workflows/ci.yml",
        "on: push\njobs:\n  t:\n    runs-on: x\n    steps:\n      - run: pip install --pre torch --index-url https://x.org/nightly\n",
    )
    assert (one.source, one.is_prerelease, states(one)) == ("github-workflow", True, [("torch", "open")])
    (two,) = of_yaml("compose.yml", "services:\n  a:\n    image: b:1\n    command: sh -c 'pip install fastapi'\n")
    assert (two.source, two.is_prerelease) == ("compose", False)
    assert of_yaml("dvc.yaml", "stages:\n  a:\n    cmd: pip install b\n") == []
    assert of_yaml("notes.yaml", "text: pip install b\n") == []
