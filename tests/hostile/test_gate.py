"""The gate before libcst, in a process that would die of what it lets through: every shape at every depth, with a call that makes the tool parse it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_lint.config.settings import Settings
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.engine import run as engine
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.engine.request import Request
from mlops_lint.python.skim import MAX_CHAIN, MAX_CHAIN_COST, MAX_NESTING, MAX_NODES, MAX_WORDS, Skim, block_depth, token_problem

KNOWN = "from sklearn.model_selection import KFold\n\nfolds = KFold(5, random_state=1)\n"
NEWER = "try:\n    pass\nexcept A, B:\n    pass\n"  # a list of exceptions without brackets: no Python before 3.14 reads it

SHAPES: dict[str, Callable[[int], str]] = {
    "list": lambda n: "x = " + "[" * n + "]" * n,
    "brackets": lambda n: "x = " + "(" * n + "1" + ")" * n,
    "dictionary": lambda n: "x = " + "{1:" * n + "1" + "}" * n,
    "lambda": lambda n: "x = " + "lambda:" * n + "1",
    "or": lambda n: "x = " + "a or " * n + "a",
    "elif": lambda n: "if a:\n    pass\n" + "elif b:\n    pass\n" * n,
    "sum": lambda n: "x = " + "1+" * n + "1",
    "attribute": lambda n: "x = a" + ".b" * n,
    "call": lambda n: "x = a" + "()" * n,
    "unary": lambda n: "x = " + "-" * n + "1",
    "power": lambda n: "x = " + "2**" * n + "1",
    "ternary": lambda n: "x = " + "1 if a else " * n + "1",
    "not": lambda n: "x = " + "not " * n + "a",
    "strings": lambda n: "x = " + "'a' " * n,
    "strings in lines": lambda n: "x = (\n" + "    'a'  # it's\n" * n + ")",
    "formatted strings": lambda n: "x = " + "f'{a}' " * n,
    "fields": lambda n: "x = f'" + "{a:" * n + "}" * n + "'",
    "import": lambda n: "import " + ".".join(["a"] * n),
    "from": lambda n: "from " + ".".join(["a"] * n) + " import b",
    "few brackets at a time": lambda n: "x = " + "-(((((((((" * (n // 10) + "1" + ")" * (n // 10 * 9),
}


@pytest.mark.skipif(os.name == "nt", reason="the limit of the stack is POSIX's")
@pytest.mark.parametrize("newer", [False, True], ids=["", "newer syntax"])
@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_kills_or_stalls_the_parser(shape: str, newer: bool) -> None:
    # One interpreter for all depths, on the small stack that other platforms give their main threads.
    code = (
        "import json, sys, time\n"
        "import libcst\n"
        "from mlops_lint.engine.stack import call_with_large_stack\n"
        "from mlops_lint.python.program import Program\n"
        "for text in json.load(sys.stdin):\n"
        "    began = time.process_time()\n"
        "    program = Program(text)\n"
        "    found = call_with_large_stack(lambda: (program.problem and program.problem.code, len(list(program.nodes(libcst.Call)))))\n"
        "    print(json.dumps([*found, time.process_time() - began]), flush=True)\n"
    )
    texts = [(NEWER if newer else "") + SHAPES[shape](depth) + "\n" + KNOWN for depth in (40, 150, 1_500, 10_000, 50_000)]
    command = ["sh", "-c", 'ulimit -s 1024; exec "$0" -c "$1"', sys.executable, code]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"ended by signal {-done.returncode}" if done.returncode < 0 else done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(texts)
    for problem, calls, seconds in answers:
        assert (problem is None) is bool(calls)
        assert problem in (None, "E903", "E904")
        assert seconds < 5
    assert answers[0][0] is None or newer, "what is not deep is read"
    assert answers[-1][0] is not None


def test_limits_speak_of_what_broke_them() -> None:
    def reason(code: str) -> str:
        problem = Skim(code).problem
        assert problem is not None and problem.code == "E904"
        return problem.message

    assert f"more than {MAX_CHAIN} links" in reason("x = " + "'a' " * (MAX_CHAIN + 1))
    assert f"more than {MAX_CHAIN} parts" in reason("import " + ".".join(["a"] * (MAX_CHAIN + 2)))
    assert "nodes" in reason("x = [" + "1," * MAX_NODES + "]\n")
    assert "words" in reason("x = 1\n" * (MAX_WORDS // 2 + 1))
    assert "too long" in reason(("x = a" + ".b" * 900 + "\n") * (2 * MAX_CHAIN_COST // 900**2 + 1))
    assert f"limit {MAX_NESTING}" in reason("x = " + "(" * 150 + "1" + ")" * 150)


@pytest.mark.parametrize(
    "code",
    [
        "x = [" + "'a', " * 20_000 + "]\n",
        'x = """' + "it's 'a' 'b'\n" * 4_000 + '"""\n',
        "x = '" + "a" * 100_000 + "'\n",
        "x = (\n" + "    'some words'\n" * 300 + ")\n",
        "f(a)(b)(c).d.e.f[1][2]\n" * 300,
        KNOWN * 200,
    ],
    ids=["many strings", "one long text", "one long string", "strings in lines", "short chains", "plain code"],
)
def test_large_but_plain_code_passes(code: str) -> None:
    assert Skim(code).problem is None


@pytest.mark.parametrize(
    ("code", "passes"),
    [
        (NEWER + KNOWN, True),
        (NEWER + "x = [" + "(1, -2), " * 3_000 + "]\n", True),
        (NEWER + "def f(a, *b, **c):\n    return not a and -1 or {**c, 'x': [*b]}\n" * 300, True),
        (NEWER + "x = '''" + "({[" * 300 + "'''\n", True),
        (NEWER + "x = " + "[(" * 60 + ")]" * 60 + "\n", False),
        (NEWER + "x = " + "f(a)." * 1_200 + "b\n", False),
        (NEWER + "x = t'" + "{a:" * 200 + "}" * 200 + "'\n", False),
    ],
)
def test_tokens_of_newer_syntax(code: str, passes: bool) -> None:
    assert (token_problem(code) is None) is passes


def test_blocks_are_counted_by_open_indentations() -> None:
    assert block_depth("if a:\n" + "        x\n" * 50) == 1
    assert block_depth("".join(" " * n + "if a:\n" for n in range(80))) == 79


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a worker of its own needs a fork")
def test_a_file_that_takes_too_long_is_given_up_even_with_one_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlops_lint.engine import examine, workers

    def spin(self: object, task: examine.Task, document: object, examined: object) -> None:
        if task.path == "slow.py":
            began = time.monotonic()
            while time.monotonic() - began < 30:
                pass
        original(self, task, document, examined)

    original = examine.Examiner._look
    monkeypatch.setattr(examine.Examiner, "_look", spin)
    monkeypatch.setattr(workers, "CPU_SECONDS", 0.3)
    monkeypatch.setattr(workers, "FILE_SECONDS", 3.0)
    (tmp_path / "slow.py").write_text("x = 1\n")
    (tmp_path / "sound.py").write_text(KNOWN)
    ruleset = load_ruleset()
    outcome = engine.run(Request(tmp_path, (".",), frozenset({"RP303", *PROBLEMS}), Settings()), ruleset)
    assert [(one.code, one.place.path) for one in outcome.results] == [("E909", "slow.py"), ("RP303", "sound.py")]
    assert [one.path for one in outcome.not_analysed] == ["slow.py"]
    assert not outcome.failed
