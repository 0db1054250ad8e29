from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lint.documents.notebook import NotebookDocument
from mlops_lint.facts.notebook_installs import NotebookInstall
from mlops_lint.testing.cases import make_notebook


def installs(*cells: str) -> tuple[NotebookDocument, list[NotebookInstall]]:
    doc = NotebookDocument("a.ipynb", make_notebook(*cells).encode())
    return doc, list(NotebookInstall.collect(doc))


def place(doc: NotebookDocument, one: NotebookInstall) -> tuple[int | None, int]:
    position = doc.position(one.span)
    return position.cell, position.region.line


@pytest.mark.parametrize(
    ("cell", "command", "in_kernel", "packages"),
    [
        ("!pip install pandas", "!pip", False, ["pandas"]),
        ("!pip3 install -q pandas>=2 scipy", "!pip3", False, ["pandas", "scipy"]),
        ("!!pip install pandas", "!!pip", False, ["pandas"]),
        ("! python -m pip install pandas", "!python -m pip", False, ["pandas"]),
        ("!sudo pip install pandas", "!pip", False, ["pandas"]),
        ("!mamba install -y pandas", "!mamba", False, ["pandas"]),
        ("%pip install pandas", "%pip", True, ["pandas"]),
        ("%conda install -c conda-forge pandas", "%conda", True, ["pandas"]),
        ("!{sys.executable} -m pip install pandas", "!pip", True, ["pandas"]),
        ("!conda install --yes --prefix {sys.prefix} pandas", "!conda", True, ["pandas"]),
        ("!uv pip install --system pandas", "!uv pip", True, ["pandas"]),
        ("get_ipython().system('pip install pandas')", "!pip", False, ["pandas"]),
        ("get_ipython().run_line_magic('pip', 'install pandas')", "%pip", True, ["pandas"]),
        ("pip install pandas", "pip", True, ["pandas"]),
        ("%%bash\npip install pandas", "%%bash pip", False, ["pandas"]),
        ("%%script bash\npip install pandas", "%%script pip", False, ["pandas"]),
    ],
)
def test_commands(cell: str, command: str, in_kernel: bool, packages: list[str]) -> None:
    _, found = installs(cell)
    assert [(one.command, one.in_kernel, [pin.shown for pin in one.packages]) for one in found] == [(command, in_kernel, packages)]


@pytest.mark.parametrize(
    "cell",
    [
        "!pip list",
        "!pip uninstall -y pandas",
        "!pip download pandas",
        "# !pip install pandas",
        "text = '!pip install pandas'",
        '"""\n!pip install pandas\n"""',
        "%%writefile setup.sh\npip install pandas",
        "!uv add pandas",
        "!uv tool install ruff",
        "!poetry add pandas",
        "!conda create -n other pandas",
        "!apt-get install -y ffmpeg",
        "%%script perl\npip install pandas",
        "get_ipython().system(command)",
        "pip = install = 1\npip",
    ],
)
def test_what_installs_nothing_into_an_environment_of_the_notebook(cell: str) -> None:
    assert installs(cell)[1] == []


def test_places_are_lines_of_cells() -> None:
    doc, found = installs(
        "import os",
        "if True:\n    !pip install a \\\n        b && pip install c",
        "%%bash\ncd x\npip install d && pip install e\npip install f",
    )
    assert [(place(doc, one), [pin.shown for pin in one.packages]) for one in found] == [
        ((2, 2), ["a", "b", "c"]),
        ((3, 3), ["d", "e"]),
        ((3, 4), ["f"]),
    ]
    assert doc.text[found[0].span.start : found[0].span.end].startswith("!pip install a")
    pin = found[0].packages[1]
    assert doc.text[pin.span.start : pin.span.end] == "b"


@pytest.mark.parametrize(
    ("cell", "replaced", "magic"),
    [
        ("!pip install pandas", "!pip", "%pip"),
        ("    ! pip3 install pandas", "! pip3", "%pip"),
        ("!python3 -m pip install pandas > log.txt", "!python3 -m pip", "%pip"),
        ("!conda install pandas", "!conda", "%conda"),
        ("!pip install pandas && echo done", None, ""),
        ("!pip install pandas | tail -1", None, ""),
        ("!cd lib; pip install .", None, ""),
        ("!sudo pip install pandas", None, ""),
        ("!PIP_QUIET=1 pip install pandas", None, ""),
        ("!python2 -m pip install pandas", None, ""),
        ("!/usr/bin/pip install pandas", None, ""),
        ("log = !pip install pandas", None, ""),
        ("!!pip install pandas", None, ""),
        ("%%bash\npip install pandas", None, ""),
    ],
)
def test_what_a_magic_can_stand_for(cell: str, replaced: str | None, magic: str) -> None:
    doc, (one,) = installs("if True:\n" + cell if cell.startswith("    ") else cell)
    span = one.magic_span
    assert (None if span is None else doc.text[span.start : span.end], one.magic) == (replaced, magic)


def test_files_constraints_and_moves() -> None:
    _, found = installs("%pip install -r a.txt wandb", "%pip install -c c.txt torch\n!git clone https://example.org/a")
    assert [(one.requirement_files, one.is_constrained, one.moves) for one in found] == [(("a.txt",), False, True), ((), True, True)]
    assert pickle.loads(pickle.dumps(found)) == found


def test_other_languages_and_broken_files_hold_none() -> None:
    doc = NotebookDocument("a.ipynb", b'{"cells": [{"cell_type": "code", "source": "!pip install a"')
    assert list(NotebookInstall.collect(doc)) == []


@given(st.text(alphabet="!%pipconda install\\\n&|;<>{}$\"'#=-", max_size=80))
def test_any_cell_can_be_read(text: str) -> None:
    doc, found = installs("%%bash\n" + text, "!pip install " + text, text)
    for one in found:
        assert 0 <= one.span.start <= one.span.end <= len(doc.text)
