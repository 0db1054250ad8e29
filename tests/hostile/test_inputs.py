"""Hostile texts (TRUST classes 1 to 8 and 10 to 16): each is analysed, a finding, or listed; never a crash, a hang or silence.

Every input stands beside one sound file with a known defect, whose finding must come through unchanged.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_lint.config.settings import Settings
from mlops_lint.core.outcome import Outcome
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.engine.request import Request
from mlops_lint.engine.run import run

RULESET = load_ruleset()
SOUND = "from sklearn.model_selection import KFold\n\nfolds = KFold(5, random_state=1)\n"
SECONDS = 20

CELL = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": "x = 1"}


def _notebook(**changes: object) -> bytes:
    return json.dumps({"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **changes}).encode()


def _bomb(levels: int = 30) -> bytes:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, levels)]
    return "\n".join(lines).encode()


FAILING: dict[str, tuple[str, bytes, str]] = {
    "invalid utf-8": ("a.py", b"x = '\xff\xfe\xfa'\n", "E901"),
    "unknown cookie": ("a.py", b"# coding: klingon\nx = 1\n", "E901"),
    "wrong cookie": ("a.py", b"# coding: ascii\nx = '\xe9'\n", "E901"),
    "utf-16": ("a.py", "x = 1\n".encode("utf-16"), "E901"),
    "utf-32": ("a.py", "x = 1\n".encode("utf-32"), "E901"),
    "utf-16 yaml": ("a.yaml", "x: 1\n".encode("utf-16"), "E901"),
    "nul bytes": ("a.py", b"x = 1\0\n", "E902"),
    "trailing nuls": ("a.py", b"x = 1\n" + b"\0" * 4096, "E902"),
    "python 2": ("a.py", b"print 'hello'\nexec 'x'\n", "E903"),
    "syntax error": ("a.py", b"def f(:\n", "E903"),
    "unclosed string": ("a.py", b"x = '''\n" * 3, "E903"),
    "brackets 150": ("a.py", b"x = " + b"[" * 150 + b"]" * 150, "E904"),
    "brackets 50000": ("a.py", b"x = " + b"[" * 50_000 + b"]" * 50_000, "E90"),
    "parentheses 50000": ("a.py", b"x = " + b"(" * 50_000 + b"1" + b")" * 50_000, "E90"),
    "lambdas 3000": ("a.py", b"x = " + b"lambda: " * 3_000 + b"1", "E90"),
    "sums 20000": ("a.py", b"x = " + b"+".join([b"1"] * 20_000), "E90"),
    "elif 9000": ("a.py", b"if a:\n  pass\n" + b"elif b:\n  pass\n" * 9_000, "E90"),
    "attributes 30000": ("a.py", b"x" + b".b" * 30_000, "E90"),
    "powers 20000": ("a.py", b"x = " + b"2**" * 20_000 + b"1", "E90"),
    "empty notebook": ("a.ipynb", b"", "E905"),
    "list notebook": ("a.ipynb", b"[]", "E905"),
    "bare notebook": ("a.ipynb", b"{}", "E905"),
    "bad json notebook": ("a.ipynb", b'{"cells": [', "E905"),
    "deep notebook": ("a.ipynb", b'{"a":' * 100_000, "E905"),
    "cells of numbers": ("a.ipynb", _notebook(cells=[1, 2]), "E905"),
    "broken cell": ("a.ipynb", _notebook(cells=[{**CELL, "source": "def f(:"}]), "E903"),
    "bad yaml": ("a.yaml", b"a: [1, 2\nb: }\n", "E906"),
    "deep yaml": ("a.yaml", b"[" * 20_000 + b"]" * 20_000, "E906"),
    "bad toml": ("a.toml", b"[table\nx = 1\n", "E906"),
    "deep toml": ("a.toml", b"x = " + b"[" * 5_000 + b"]" * 5_000, "E906"),
    "huge toml integer": ("a.toml", b"x = " + b"9" * 100_000, "E906"),
    "bad json": ("a.json", b'{"a": 1,, }', "E906"),
    "deep json": ("a.json", b"[" * 100_000, "E906"),
    "bad lock": ("poetry.lock", b"[[package]\nname = 1\n", "E906"),
    "bad requirement": ("requirements.txt", b"torch==2.3.1\n???not a requirement???\n", "E906"),
}

ANALYSED: dict[str, tuple[str, bytes]] = {
    "latin-1 cookie": ("a.py", b"# coding: latin-1\nx = '\xe9'\n"),
    "byte-order mark": ("a.py", b"\xef\xbb\xbfx = 1\n"),
    "crlf": ("a.py", b"x = 1\r\ny = 2\r\n"),
    "lone cr": ("a.py", b"x = 1\ry = 2\r"),
    "mixed ends": ("a.py", b"x = 1\r\ny = 2\nz = 3\r"),
    "form feed": ("a.py", b"x = 1\n\x0c\ny = 2\n"),
    "no final line end": ("a.py", b"x = 1"),
    "empty": ("a.py", b""),
    "one comment": ("a.py", b"# nothing"),
    "bidi": ("a.py", "x = 'a\u202eb'  # \u2066\n".encode()),
    "escaped surrogate": ("a.py", b"x = '\\ud800'\n"),
    "one long line": ("a.py", b"x = [" + b"1, " * 60_000 + b"]\n"),
    "format 3": ("a.ipynb", json.dumps({"metadata": {}, "nbformat": 3, "worksheets": [{"cells": []}]}).encode()),
    "notebook with NaN": ("a.ipynb", _notebook(metadata={"x": 0}).replace(b'"x": 0', b'"x": NaN')),
    "notebook with mark": ("a.ipynb", b"\xef\xbb\xbf" + _notebook()),
    "null source": ("a.ipynb", _notebook(cells=[{**CELL, "source": None}])),
    "duplicate keys": ("a.ipynb", _notebook()[:-1] + b', "nbformat": 4}'),
    "no cells": ("a.ipynb", _notebook(cells=[])),
    "r kernel": ("a.ipynb", _notebook(metadata={"kernelspec": {"language": "R"}}, cells=[{**CELL, "source": "x <- function() {"}])),
    "many cells": ("a.ipynb", _notebook(cells=[{**CELL, "source": f"x{n} = {n}"} for n in range(5_000)])),
    "alias bomb": ("a.yaml", _bomb()),
    "python tags": ("a.yaml", b"x: !!python/object/apply:os.system ['touch pwned']\n"),
    "impossible date": ("a.yaml", b"x: 2020-13-45\non: true\n"),
    "duplicate yaml keys": ("a.yaml", b"a: 1\na: 2\n"),
    "many documents": ("a.yaml", b"a: 1\n---\nb: 2\n---\n"),
    "merge keys": ("a.yaml", b"base: &b {x: 1}\nc:\n  <<: *b\n  y: 2\n"),
    "include cycle": ("requirements.txt", b"-r requirements.txt\n-r ../../etc/passwd\n-r https://example.com/x.txt\ntorch==2.3.1\n"),
    "deep marker": ("requirements.txt", b"torch==2.3.1 ; " + b"(" * 60 + b"python_version>'3'" + b")" * 60 + b"\n"),
    "unfinished docker": ("Dockerfile", b"FROM python:3.11-slim\nRUN cat <<EOF\nnever closed\n"),
}


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise TimeoutError("the analysis hangs")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    previous = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


def check(root: Path, name: str, data: bytes) -> Outcome:
    (root / "sound.py").write_text(SOUND, "utf-8")
    (root / name).write_bytes(data)
    active = frozenset({one.code for one in RULESET} | set(PROBLEMS))
    outcome = run(Request(root, (".",), active, Settings()), RULESET)
    assert ("RP303", "sound.py") in {(one.code, one.place.path) for one in outcome.results}
    assert not outcome.failed, [one.message for one in outcome.results if one.code == "E908"]
    assert outcome.files_analysed + len(outcome.not_analysed) == 2, "discovered = analysed + failed + skipped"
    assert not (root / "pwned").exists()
    return outcome


@pytest.mark.parametrize("case", FAILING)
def test_failing_input_is_a_finding_and_listed(case: str, tmp_path: Path) -> None:
    name, data, code = FAILING[case]
    outcome = check(tmp_path, name, data)
    found = [one for one in outcome.results if one.place.path == name and one.code.startswith("E")]
    assert [one.code[: len(code)] for one in found] == [code]
    assert [one.path for one in outcome.not_analysed] == [name]
    assert len(found[0].place.snippet) <= 200


@pytest.mark.parametrize("case", ANALYSED)
def test_odd_but_sound_input_is_analysed(case: str, tmp_path: Path) -> None:
    name, data = ANALYSED[case]
    outcome = check(tmp_path, name, data)
    assert [one.code for one in outcome.results if one.place.path == name and one.code.startswith("E")] == []
    assert outcome.not_analysed == ()


@pytest.mark.parametrize(("name", "size"), [("a.py", 2_100_000), ("a.yaml", 1_100_000), ("a.json", 1_100_000)])
def test_too_large_is_skipped_and_listed(name: str, size: int, tmp_path: Path) -> None:
    line = {"a.py": b"x = 1\n", "a.yaml": b"- x\n", "a.json": b" \n"}[name]
    outcome = check(tmp_path, name, line * (size // len(line)))
    assert [(one.path, one.skipped) for one in outcome.not_analysed] == [(name, True)]


def test_moderate_nesting_is_analysed(tmp_path: Path) -> None:
    outcome = check(tmp_path, "a.py", b"x = " + b"[" * 90 + b"]" * 90)
    assert outcome.not_analysed == ()
