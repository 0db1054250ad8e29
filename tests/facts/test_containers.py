from __future__ import annotations

import pickle
from typing import Any

import pytest

from mlops_lint.core.fact import Fact
from mlops_lint.documents.dockerfile import Dockerfile
from mlops_lint.documents.document import Document
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.facts.containers import ImageReference, InstallCommand, InstallFile


def written(doc: Document, fact: Any) -> str:
    return doc.text[fact.span.start : fact.span.end]


DOCKERFILE = """\
ARG V=3.10
FROM python:${V}-slim AS base
ENV TORCH=2.1.0
RUN pip install --extra-index-url https://pypi.example/simple -c constraints.txt \\
      torch==${TORCH} \\
      "numpy>=1.2" $MORE && \\
    pip install -r requirements.txt -e . ./wheels/x.whl
FROM base
COPY --from=base /a /b
COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/
RUN conda install -y -c conda-forge pandas=2.0
FROM $UNKNOWN@sha256:abc
"""


def test_images_of_a_dockerfile() -> None:
    doc = Dockerfile("Dockerfile", DOCKERFILE.encode())
    found = list(ImageReference.collect(doc))
    assert [(one.image, one.stage_reference, one.unresolved, one.stage) for one in found] == [
        ("python:3.10-slim", False, False, 0),
        ("base", True, False, 1),
        ("base", True, False, 1),
        ("ghcr.io/astral-sh/uv:0.5", False, False, 1),
        ("$UNKNOWN@sha256:abc", False, True, 2),
    ]
    assert written(doc, found[0]) == "python:${V}-slim" == found[0].raw
    assert all(one.source == "dockerfile" and one.path == "Dockerfile" for one in found)


@pytest.mark.parametrize(
    ("image", "repository", "tag", "digest"),
    [
        ("python", "python", None, None),
        ("localhost:5000/a/b", "localhost:5000/a/b", None, None),
        ("localhost:5000/a/b:1", "localhost:5000/a/b", "1", None),
        ("a:1@sha256:00", "a", "1", "sha256:00"),
        ("a@sha256:00", "a", None, "sha256:00"),
    ],
)
def test_parts_of_an_image(image: str, repository: str, tag: str | None, digest: str | None) -> None:
    (one,) = ImageReference.collect(Dockerfile("Dockerfile", f"FROM {image}\n".encode()))
    assert (one.repository, one.tag, one.digest) == (repository, tag, digest)


def test_installs_of_a_dockerfile() -> None:
    doc = Dockerfile("Dockerfile", DOCKERFILE.encode())
    found = list(InstallCommand.collect(doc))
    assert [(one.tool, one.package, one.dynamic, one.stage, written(doc, one)) for one in found] == [
        ("pip", "torch==2.1.0", False, 0, "torch==${TORCH}"),
        ("pip", "numpy>=1.2", False, 0, '"numpy>=1.2"'),
        ("pip", "$MORE", True, 0, "$MORE"),
        ("conda", "pandas=2.0", False, 1, "pandas=2.0"),
    ]
    assert found[0].constraint_files == ("constraints.txt",) and found[0].requirement_files == ()
    assert found[0].options[0] == ("--extra-index-url", "https://pypi.example/simple")
    assert DOCKERFILE[found[0].command_span.start : found[0].command_span.end].startswith("pip install --extra")
    files = list(InstallFile.collect(doc))
    assert [(one.kind, one.target, written(doc, one)) for one in files] == [
        ("-c", "constraints.txt", "constraints.txt"),
        ("-r", "requirements.txt", "requirements.txt"),
        ("-e", ".", "."),
        (".", "./wheels/x.whl", "./wheels/x.whl"),
    ]


@pytest.mark.parametrize(
    ("path", "text", "source", "expected"),
    [
        (
            "docker-compose.yml",
            "services:\n  a:\n    image: redis\n  b:\n    build: .\n    image: own:1\n  c:\n    image: ${REG:-docker.io}/x:${TAG}\n",
            "compose",
            [("redis", False), ("docker.io/x:${TAG}", True)],
        ),
        (
            "cron.yaml",
            "apiVersion: batch/v1\nkind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          initContainers:\n"
            "            - {name: i, image: init}\n          containers:\n            - name: c\n              image: main:1\n",
            "kubernetes",
            [("init", False), ("main:1", False)],
        ),
        (
            "seldon.yaml",
            "apiVersion: v1\nkind: List\n---\napiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\nspec:\n  predictors:\n"
            "    - componentSpecs:\n        - spec:\n            containers:\n              - image: seldon/x:{{ tag }}\n",
            "kubernetes",
            [("seldon/x:{{ tag }}", True)],
        ),
        (
            "kfp.yaml",
            "deploymentSpec:\n  executors:\n    a:\n      container:\n        image: python:3.9\n",
            "kubernetes",
            [("python:3.9", False)],
        ),
        (
            ".github/workflows/ci.yml",
            "jobs:\n  a:\n    container: python:${{ matrix.v }}\n    steps:\n      - uses: docker://alpine:3\n      - uses: actions/checkout@v4\n",
            "github-workflow",
            [("python:${{ matrix.v }}", True), ("alpine:3", False)],
        ),
        (
            ".gitlab-ci.yml",
            "variables: {V: '3.10'}\nimage: python:$V\njob:\n  image: $CI_REGISTRY/x\n  script: a\n",
            "gitlab-ci",
            [("python:3.10", False), ("$CI_REGISTRY/x", True)],
        ),
        ("action.yml", "runs:\n  using: docker\n  image: Dockerfile\n", "github-action", []),
        (
            "pod.yaml",
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: gcr.io/<project>/x:1\n",
            "kubernetes",
            [("gcr.io/<project>/x:1", True)],
        ),
        ("values.yaml", "image: redis\n", "plain", []),
    ],
)
def test_images_of_yaml(path: str, text: str, source: str, expected: list[tuple[str, bool]]) -> None:
    doc = YamlDocument(path, text.encode())
    found = list(ImageReference.collect(doc))
    assert [(one.image, one.unresolved) for one in found] == expected
    for one in found:
        assert one.source == source and one.raw in written(doc, one)


def test_installs_of_a_workflow() -> None:
    doc = YamlDocument(
        ".github/workflows/ci.yml",
        b"jobs:\n  a:\n    steps:\n      - run: |\n          pip install torch ${{ matrix.x }}\n          uv pip install -r r.txt b\n",
    )
    assert [(one.tool, one.package, one.dynamic, one.source, written(doc, one)) for one in InstallCommand.collect(doc)] == [
        ("pip", "torch", False, "github-workflow", "torch"),
        ("pip", "${{ matrix.x }}", True, "github-workflow", "${{ matrix.x }}"),
        ("uv", "b", False, "github-workflow", "b"),
    ]
    assert [(one.kind, one.target, one.tool) for one in InstallFile.collect(doc)] == [("-r", "r.txt", "uv")]


def test_facts_are_plain_data_and_other_documents_have_none() -> None:
    doc = Dockerfile("Dockerfile", DOCKERFILE.encode())
    for fact in (ImageReference, InstallCommand, InstallFile):
        found = list(fact.collect(doc))
        assert found and pickle.loads(pickle.dumps(found)) == found
        assert isinstance(found[0], Fact)
        assert list(fact.collect(Document("notes.txt", b"FROM a"))) == []
