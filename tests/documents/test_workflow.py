from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.documents.installs import installs_in
from mlops_lint.documents.shell import Script
from mlops_lint.documents.workflow import GitlabPipeline, Workflow, run_commands, run_scripts, scalar_script
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.text.span import Span


def read(text: str, path: str = ".github/workflows/ci.yml") -> YamlDocument:
    return YamlDocument(path, text.encode())


def places(doc: YamlDocument, script: Script) -> list[str]:
    """What stands in the file where the words of a script are said to stand."""
    return [doc.text[word.span.start : word.span.end] for command in script.commands() for word in command.words]


GITHUB = """\
on: push
defaults:
  run:
    shell: bash
jobs:
  test:
    container: python:3.10
    services:
      db:
        image: postgres:15
    env: {A: 1}
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - run: pip install torch
      - name: more
        run: |
          # note
          pip install -r requirements.txt \\
            numpy

          if true; then
            pytest
          fi
      - run: >-
          pip install
          pandas
      - run: "pip install 'a b'"
      - run: "pip\\x20install c"
      - shell: python
        run: import pip
  other:
    container: {image: ubuntu, options: x}
    steps: []
  call:
    uses: ./.github/workflows/x.yml
"""


def test_jobs_steps_and_images() -> None:
    doc = read(GITHUB)
    jobs = Workflow(doc).jobs
    assert [(job.name, len(job.steps), [node.text for node in job.images]) for job in jobs] == [
        ("test", 7, ["python:3.10", "postgres:15"]),
        ("other", 0, ["ubuntu"]),
        ("call", 0, []),
    ]
    checkout = jobs[0].steps[0]
    assert checkout.uses is not None and checkout.uses.text == "actions/checkout@v4" and checkout.run is None
    assert checkout.inputs is not None and checkout.inputs.get("fetch-depth") == 0
    assert jobs[0].env is not None and jobs[0].steps[6].shell == "python"


def test_words_of_scripts_have_their_places() -> None:
    doc = read(GITHUB)
    scripts = run_scripts(doc)
    assert [script.where for script in scripts] == [f"jobs.test.steps[{index}].run" for index in range(1, 6)]
    assert [places(doc, script) for script in scripts[:4]] == [
        ["pip", "install", "torch"],
        ["pip", "install", "-r", "requirements.txt", "numpy", "true", "pytest"],
        ["pip", "install", "pandas"],
        ["pip", "install", "'a b'"],
    ]
    escaped = scripts[4]
    assert not escaped.exact and places(doc, escaped) == ['"pip\\x20install c"'] * 3
    numpy = scripts[1].commands()[0].words[4]
    assert doc.line_map.position(numpy.span.start) == (20, 13)


def test_windows_line_ends_do_not_shift_scripts() -> None:
    doc = read(GITHUB.replace("\n", "\r\n"))
    assert [script.exact for script in run_scripts(doc)] == [True] * 4 + [False]
    assert places(doc, run_scripts(doc)[1])[4] == "numpy"


def test_a_script_that_is_not_written_as_read_stands_on_its_first_line() -> None:
    doc = read('a: "x\\\n  y\\ty"\n')
    node = doc.node("a")
    assert node is not None
    script = scalar_script(doc, node)
    assert not script.exact and script.locate(Span(0, 1)) == Span(3, 6)


def test_composite_action() -> None:
    doc = read("runs:\n  using: composite\n  steps:\n    - run: pip install x\n      shell: bash\n    - run: x\n      shell: pwsh\n", "action.yml")
    assert [places(doc, script) for script in run_scripts(doc)] == [["pip", "install", "x"]]


def test_gitlab() -> None:
    doc = read(
        "image: python:$V\nvariables:\n  V: '3.10'\n  W: {value: w}\n.base: &b\n  - pip install a\ndefault:\n  services: [redis:7]\n"
        "job:\n  image: {name: x/y}\n  before_script:\n    - *b\n    - [pip install b]\n  script: pip install c\nstages: [x]\n",
        ".gitlab-ci.yml",
    )
    pipeline = GitlabPipeline(doc)
    assert [job.name for job in pipeline.jobs] == ["job"]
    assert [node.text for node in pipeline.images] == ["python:$V", "redis:7", "x/y"]
    assert (pipeline.variable("V"), pipeline.variable("W"), pipeline.variable("Z")) == ("3.10", "w", None)
    assert [install.packages[0].text for install in installs_in(run_commands(doc))] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("compose.yml", "services:\n  a:\n    image: x\n    command: python a.py --x 1\n", [("python", "a.py", "--x", "1")]),
        ("compose.yml", "services:\n  a:\n    image: x\n    command: [python, a.py]\n", [("python", "a.py")]),
        ("dvc.yaml", "stages:\n  t:\n    cmd: python t.py\n  u:\n    cmd:\n      - a\n      - b\n", [("python", "t.py"), ("a",), ("b",)]),
        ("MLproject", "entry_points:\n  main:\n    command: 'python t.py {x}'\n", [("python", "t.py", "{x}")]),
        ("params.yaml", "command: x\n", []),
    ],
)
def test_commands_of_other_documents(path: str, text: str, expected: list[tuple[str, ...]]) -> None:
    assert [command.texts for command in run_commands(read(text, path))] == expected


def test_the_script_of_a_kubernetes_container_has_its_places() -> None:
    doc = read(
        "apiVersion: batch/v1\nkind: Job\nspec:\n  template:\n    spec:\n      containers:\n        - image: x\n"
        "          command: [bash, -c]\n          args:\n            - |\n              pip install torch\n              python train.py\n",
        "job.yaml",
    )
    outer, install, train = run_commands(doc)
    assert outer.texts[:2] == ("bash", "-c") and train.texts == ("python", "train.py")
    assert doc.text[install.words[2].span.start : install.words[2].span.end] == "torch"


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(["run: ", "run: |\n  ", "run: >\n  ", 'run: "', "- run: ", "script:\n  - "]),
    st.text(alphabet="pi nst\n  |&;'\"\\#$:x") | st.text(),
    st.sampled_from([".github/workflows/a.yml", ".gitlab-ci.yml", "compose.yaml", "dvc.yaml"]),
)
def test_no_text_raises_and_places_lie_inside(start: str, body: str, path: str) -> None:
    doc = read("jobs:\n a:\n  steps:\n  - " + start + body, path)
    run_commands(doc)
    for _, node in doc.walk():
        if node.kind == "scalar":
            script = scalar_script(doc, node)
            for command in script.commands():
                for word in command.words:
                    assert 0 <= word.span.start <= word.span.end <= len(doc.text)
                    if script.exact and len(word.text) == 1 and "\\" not in body and "'" not in body:
                        assert word.text in doc.text[word.span.start : word.span.end]
