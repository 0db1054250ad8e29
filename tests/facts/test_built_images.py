from __future__ import annotations

import time

from mlops_lint.documents.markdown import MarkdownDocument
from mlops_lint.documents.text import TextDocument
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.facts.built_images import BuiltImage

MAKEFILE = """\
image:
\tdocker build \\
\t  -f Dockerfile.base \\
\t  -t team/base:latest -t localhost:5000/base .
\tdocker run -t other
\tpodman build --tag="quoted" .
\tdocker buildx build -t $(IMAGE) -t ghcr.io/a/b:${TAG} .
"""


def test_names_that_scripts_build() -> None:
    doc = TextDocument("Makefile", MAKEFILE.encode())
    found = list(BuiltImage.collect(doc))
    assert [(one.name, one.how) for one in found] == [
        ("team/base", "build"),
        ("localhost:5000/base", "build"),
        ("quoted", "build"),
        ("ghcr.io/a/b", "build"),
    ]
    assert doc.text[found[0].span.start : found[0].span.end] == "team/base:latest"
    readme = MarkdownDocument("README.md", b"```bash\ndocker image build -t churn .\n```\n")
    assert [one.name for one in BuiltImage.collect(readme)] == ["churn"]


def test_names_of_deployment_tools() -> None:
    def names(path: str, text: str) -> list[tuple[str, str]]:
        return [(one.name, one.how) for one in BuiltImage.collect(YamlDocument(path, text.encode()))]

    assert names("compose.yml", "services:\n  a:\n    build: .\n    image: churn:dev\n  b:\n    image: redis\n") == [("churn", "build")]
    assert names("kustomization.yaml", "images:\n  - name: a\n    newTag: v1\n  - name: b\n    newName: c\n") == [("a", "retag")]
    assert names("skaffold.yaml", "apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n  artifacts:\n    - image: a\n") == [("a", "retag")]
    workflow = "on: push\njobs:\n  b:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          tags: |\n            o/a:latest\n            o/b:${{ github.sha }}\n"
    assert names(".github/workflows/image.yml", workflow) == [("o/a", "build"), ("o/b", "build")]
    assert names("k8s.yaml", "images: 3\nbuild: [1]\n") == []


def test_long_lines_are_read_in_linear_time() -> None:
    started = time.process_time()
    text = "docker build " + "-t a " * 20_000 + "\\\n" * 20_000
    assert len(list(BuiltImage.collect(TextDocument("a.sh", text.encode())))) == 20_000
    assert time.process_time() - started < 2
