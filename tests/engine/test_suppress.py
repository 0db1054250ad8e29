"""Suppressions in every comment syntax: what they cover, and what is said of those that do not hold."""

from __future__ import annotations

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
