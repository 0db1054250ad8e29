"""Suppressions in every comment syntax: what they cover, and what is said of those that do not hold."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from mlops_lint.config.settings import Settings
from mlops_lint.core.finding import Confidence, Status
from mlops_lint.core.outcome import Outcome
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.engine.request import Request
from mlops_lint.engine.run import run
from mlops_lint.testing.cases import make_notebook
from mlops_lint.testing.tokens import make_token

RULESET = load_ruleset()
SPLITTER = "from sklearn.model_selection import KFold\n"
BAD = "KFold(5, random_state=1)"


def check(root: Path, files: dict[str, str], *codes: str) -> Outcome:
    for name, text in files.items():
        (root / name).write_text(text, "utf-8")
    active = frozenset({*(codes or ("RP303",)), *PROBLEMS})
    return run(Request(root, (".",), active, Settings(min_confidence=Confidence.LOW)), RULESET)


def states(outcome: Outcome) -> list[tuple[str, int, str]]:
    return [(one.code, one.place.region.line, one.status.value) for one in outcome.results]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"{BAD}  # mlops-lint: ignore[RP303] -- rows are ordered\n", [("RP303", 2, "suppressed")]),
        (f"{BAD}  # mlops-lint: ignore[random-state-without-shuffle]\n", [("RP303", 2, "suppressed")]),
        (f"{BAD}  # noqa: E501 # mlops-lint: ignore[RP301, RP303]\n", [("RP303", 2, "suppressed")]),
        (f"# mlops-lint: ignore[RP303]\n{BAD}\n{BAD}\n", [("RP303", 3, "suppressed"), ("RP303", 4, "open")]),
        (f"# mlops-lint: ignore[RP303]\nfolds = [\n    1,\n    {BAD},\n]\n", [("RP303", 5, "suppressed")]),
        (f"# mlops-lint: ignore[RP303]\n\n# and why\ndef f():\n    return {BAD}\n", [("RP303", 6, "suppressed")]),
        ("KFold(\n    5,\n    random_state=1,\n)  # mlops-lint: ignore[RP303]\n", [("RP303", 2, "suppressed")]),
        (
            f"# mlops-lint: disable[RP303]\n{BAD}\n# mlops-lint: enable[RP303]\n{BAD}\n",
            [("RP303", 3, "suppressed"), ("RP303", 5, "open")],
        ),
        (f"{BAD}\n# mlops-lint: disable[RP303]\n{BAD}\n", [("RP303", 2, "open"), ("RP303", 4, "suppressed")]),
        (f"{BAD}\n# mlops-lint: ignore-file[RP303] -- generated\n", [("RP303", 2, "suppressed")]),
        (f"{BAD}  # mlops-lint: ignore\n", [("RP303", 2, "open"), ("E910", 2, "open")]),
        (f"{BAD}  # mlops-lint: ignore[]\n", [("RP303", 2, "open"), ("E910", 2, "open")]),
        (f"{BAD}  # mlops-lint: ignore[RP999]\n", [("RP303", 2, "open"), ("E912", 2, "open")]),
        ("x = 1  # mlops-lint: ignore[RP303]\n", [("E911", 2, "open")]),
        ("x = 1  # mlops-lint: ignore[RP301]\n", []),
        (f"x = 1, \\\n    {BAD}, \\\n    2  # mlops-lint: ignore[RP303]\n", [("RP303", 3, "suppressed")]),
        (f"# mlops-lint: disable[RP303]\n{BAD}\n# mlops-lint: enable\n{BAD}\n", [("RP303", 3, "suppressed"), ("RP303", 5, "open")]),
        (f"# mlops-lint: disable[RP303]\n{BAD}\n# mlops-lint: enable[E911]\n{BAD}\n", [("RP303", 3, "suppressed"), ("RP303", 5, "suppressed")]),
        (f'x = """\n{BAD}  # mlops-lint: ignore[RP303]\n"""\n', []),
        (
            f"# mlops-lint: ignore-file[E911]\n{BAD}  # mlops-lint: ignore[RP303]\nx = 1  # mlops-lint: ignore[RP303]\n",
            [("RP303", 3, "suppressed"), ("E911", 4, "suppressed")],
        ),
    ],
)
def test_python(tmp_path: Path, body: str, expected: list[tuple[str, int, str]]) -> None:
    assert states(check(tmp_path, {"train.py": SPLITTER + body})) == expected


def test_reason_is_kept_and_nothing_counts(tmp_path: Path) -> None:
    outcome = check(tmp_path, {"train.py": f"{SPLITTER}{BAD}  # mlops-lint: ignore[RP303] -- rows are ordered\n"})
    (result,) = outcome.results
    assert (result.status, result.reason) == (Status.SUPPRESSED, "rows are ordered")
    assert (outcome.summary.findings, outcome.summary.suppressed) == (0, 1)


def test_notebook_comment_and_metadata(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "execution_count": 3, "outputs": [], "source": BAD, "metadata": {"mlops-lint": {"ignore": ["RP303"]}}}
    idle = {**cell, "source": "x = 1"}
    text = make_notebook(SPLITTER, f"{BAD}  # mlops-lint: ignore[RP303]", cell, BAD, idle)
    outcome = check(tmp_path, {"n.ipynb": text})
    assert [(one.code, one.place.cell, one.status.value) for one in outcome.results] == [
        ("RP303", 2, "suppressed"),
        ("RP303", 3, "suppressed"),
        ("RP303", 4, "open"),
        ("E911", 5, "open"),
    ]


def test_disabled_range_crosses_cells(tmp_path: Path) -> None:
    text = make_notebook(SPLITTER, f"# mlops-lint: disable[RP303]\n{BAD}", BAD, f"# mlops-lint: enable[RP303]\n{BAD}")
    outcome = check(tmp_path, {"n.ipynb": text})
    assert [(one.place.cell, one.status.value) for one in outcome.results] == [(2, "suppressed"), (3, "suppressed"), (4, "open")]


def test_project_finding_is_suppressed_at_its_place(tmp_path: Path) -> None:
    body = 'import random\n\nif __name__ == "__main__":  # mlops-lint: ignore[RP301] -- a game\n    print(random.random())\n'
    assert states(check(tmp_path, {"play.py": body}, "RP301")) == [("RP301", 3, "suppressed")]


TOKEN = make_token("huggingface")


@pytest.mark.parametrize(
    ("name", "text", "code", "expected"),
    [
        ("requirements.txt", "# mlops-lint: ignore[RP201]\ntorch\n", "RP201", ["suppressed"]),
        ("requirements.txt", "torch  # mlops-lint: ignore[RP201] -- latest on purpose\n", "RP201", ["suppressed"]),
        ("requirements.txt", "# mlops-lint: ignore[RP201]\npytest\ntorch\n", "RP201", ["E911", "open"]),
        ("Dockerfile", "# mlops-lint: ignore[RP110]\nFROM python:latest\n", "RP110", ["suppressed"]),
        ("Dockerfile", "FROM python:3.12\n# mlops-lint: ignore[RP216]\nRUN echo 1 && \\\n    pip install torch\n", "RP216", ["suppressed"]),
        ("Dockerfile", "FROM python:3.12\nRUN pip install torch  # mlops-lint: ignore[RP216]\n", "RP216", ["suppressed"]),
        ("Dockerfile", "FROM python:3.12\n# mlops-lint: ignore[RP216]\nRUN <<END\necho 1\npip install torch\nEND\n", "RP216", ["suppressed"]),
        ("a.yaml", f"# mlops-lint: ignore[SE101]\ntoken: {TOKEN}\n", "SE101", ["suppressed"]),
        ("a.yaml", f"token: {TOKEN}  # mlops-lint: ignore[SE101]\n", "SE101", ["suppressed"]),
        ("a.yaml", f"a:\n  # mlops-lint: ignore[SE101]\n  b:\n    c: |\n      x\n\n      {TOKEN}\n  d: 1\n", "SE101", ["suppressed"]),
        ("a.yaml", f"a:\n  # mlops-lint: ignore[SE101]\n  b:\n    c: 1\n  d: {TOKEN}\n", "SE101", ["E911", "open"]),
        ("a.yaml", f"# mlops-lint: ignore[SE101]\n- name: a\n  token: {TOKEN}\n- token: {TOKEN}\n", "SE101", ["suppressed", "open"]),
        ("a.yaml", f"# mlops-lint: disable[SE101]\na: {TOKEN}\n# mlops-lint: enable[SE101]\nb: {TOKEN}\n", "SE101", ["suppressed", "open"]),
        ("a.yaml", f"a: {TOKEN}\n# mlops-lint: ignore-file[SE101]\n", "SE101", ["suppressed"]),
        ("a.toml", f'# mlops-lint: ignore[SE101]\na = [\n  1,\n  "{TOKEN}",\n]\nb = "{TOKEN}"\n', "SE101", ["suppressed", "open"]),
        ("a.toml", f'# mlops-lint: ignore[SE101]\n[a]\nb = 1\nc = "{TOKEN}"\n[d]\ne = "{TOKEN}"\n', "SE101", ["suppressed", "open"]),
        ("a.toml", f'# mlops-lint: ignore[SE101]\n[[a]]\nb = "{TOKEN}"\n[[a]]\nb = "{TOKEN}"\n', "SE101", ["suppressed", "open"]),
        (".env", f"# mlops-lint: ignore[SE101]\nHF_TOKEN={TOKEN}\n", "SE101", ["suppressed"]),
        (".env", f"HF_TOKEN={TOKEN} # mlops-lint: ignore[SE101]\n", "SE101", ["suppressed"]),
        ("a.ini", f"[a]\n; mlops-lint: ignore[SE101]\nb =\n    1\n    {TOKEN}\nc = {TOKEN}\n", "SE101", ["suppressed", "open"]),
        ("a.ini", f"[a]\nb = {TOKEN}  # mlops-lint: ignore[SE101]\n", "SE101", ["suppressed"]),
        ("a.md", f"# Title\n\n<!-- mlops-lint: ignore[SE101] -->\n# Two\n{TOKEN}\n\n{TOKEN}\n", "SE101", ["suppressed", "open"]),
        ("a.md", f"{TOKEN} <!-- mlops-lint: ignore[SE101] -- shown on purpose -->\n", "SE101", ["suppressed"]),
        ("a.md", f"<!-- mlops-lint: ignore[SE101] -->\n```sh\n\nexport A={TOKEN}\n```\n", "SE101", ["suppressed"]),
        ("a.py", f"def broken(:\n\nTOKEN = '{TOKEN}'  # mlops-lint: ignore[SE101]\n", "SE101", ["E903", "suppressed"]),
        ("a.py", f'TEXT = """\n{TOKEN}\n"""  # mlops-lint: ignore[SE101]\n', "SE101", ["suppressed"]),
    ],
)
def test_every_kind_of_file(tmp_path: Path, name: str, text: str, code: str, expected: list[str]) -> None:
    outcome = check(tmp_path, {name: text}, code)
    assert [one.status.value if one.code == code else one.code for one in outcome.results] == expected


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("!pip install torch  # mlops-lint: ignore[RP213]", "RP213"),
        ("# mlops-lint: ignore[RP213]\n!pip install torch", "RP213"),
        ("%%bash\n# mlops-lint: ignore[RP213]\npip install torch", "RP213"),
        ("x = 1\n# mlops-lint: ignore[RP213]\n%pip install \\\n  torch", "RP213"),
        ({"cell_type": "markdown", "metadata": {}, "source": f"<!-- mlops-lint: ignore[SE102] -->\nthe {TOKEN}"}, "SE102"),
    ],
)
def test_cells_that_are_no_python(tmp_path: Path, cell: object, code: str) -> None:
    outcome = check(tmp_path, {"n.ipynb": make_notebook(cell)}, code)
    assert [(one.code, one.status.value) for one in outcome.results] == [(code, "suppressed")]


def test_cells_of_another_language(tmp_path: Path) -> None:
    text = make_notebook(f"# mlops-lint: ignore[SE102]\ntoken <- '{TOKEN}'\ntoken <- '{TOKEN}'").replace('"python"', '"R"')
    outcome = check(tmp_path, {"n.ipynb": text}, "SE102")
    assert [(one.place.region.line, one.status.value) for one in outcome.results] == [(2, "suppressed"), (3, "open")]


@pytest.mark.parametrize("kind", ["ignore", "disable"])
def test_a_finding_about_the_whole_file_is_suppressed_at_its_head(tmp_path: Path, kind: str) -> None:
    secret = f"AWS_SECRET_ACCESS_KEY={make_token('aws-secret')}\n"
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    outcome = check(tmp_path, {".env": f"# settings\n\n# mlops-lint: {kind}[SE104]\n{secret}"}, "SE104")
    assert states(outcome) == [("SE104", 1, "suppressed")]
    outcome = check(tmp_path, {".env": f"{secret}# mlops-lint: {kind}[SE104]\nA=1\n"}, "SE104")
    assert states(outcome) == [("SE104", 1, "open"), ("E911", 2, "open")]


def test_finding_across_files_is_suppressed_where_it_stands(tmp_path: Path) -> None:
    """Also when a hook names only the file that it touches."""
    files = {
        "main.py": "from draw import draw\n\nif __name__ == '__main__':  # mlops-lint: ignore[RP301]\n    draw()\n",
        "draw.py": "import random\n\n\ndef draw():\n    return random.random()\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    outcome = run(Request(tmp_path, ("draw.py",), frozenset({"RP301", *PROBLEMS}), Settings()), RULESET)
    assert states(outcome) == [("RP301", 3, "suppressed")]


def test_suppression_of_what_is_hidden_is_not_idle(tmp_path: Path) -> None:
    """Whoever asks for less confidence, or lifts an ignore, would miss it."""
    (tmp_path / "a.py").write_text(f"{SPLITTER}{BAD}  # mlops-lint: ignore[RP303]\n", "utf-8")
    active = frozenset({"RP303", *PROBLEMS})
    settings = Settings(per_file_ignores=(("*.py", frozenset({"RP303"})),))
    assert run(Request(tmp_path, (".",), active, settings), RULESET).results == ()


def test_unknown_name_gets_the_nearest_one(tmp_path: Path) -> None:
    outcome = check(tmp_path, {"a.py": "x = 1  # mlops-lint: ignore[random-state-without-shufle]\n"})
    assert outcome.results[0].message.endswith("which is no rule; did you mean `random-state-without-shuffle`?")


def test_thousands_of_suppressions_take_no_time(tmp_path: Path) -> None:
    lines = "".join(f"# mlops-lint: ignore[RP303, nothing-{number}]\n{BAD}  # mlops-lint: ignore[RP303]\n" for number in range(1500))
    began = time.process_time()
    outcome = check(tmp_path, {"a.py": SPLITTER + lines})
    assert time.process_time() - began < 20
    assert outcome.summary.suppressed == 1500
