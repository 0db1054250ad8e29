"""The gate before libcst, in a process that would die of what it lets through: every shape at every depth, with a call that makes the tool parse it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile_run import fresh, needs_fork, write

from mlops_lint.config.settings import Settings
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.engine import run as engine
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.engine.request import Request
from mlops_lint.python.skim import MAX_CHAIN, MAX_CHAIN_COST, MAX_NESTING, MAX_NODES, MAX_WORDS, Skim, block_depth, has_open_run, token_problem

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

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


DEPTHS = (40, 150, 1_500, 10_000, 50_000)
_PARSE = """
import json, os, sys, time
import libcst
from mlops_lint.engine.stack import call_with_large_stack
from mlops_lint.python.program import Program

def parse(text):
    began = time.process_time()
    program = Program(text)
    found = call_with_large_stack(lambda: (program.problem and program.problem.code, len(list(program.nodes(libcst.Call)))))
    return [*found, time.process_time() - began]

for name, texts in json.load(sys.stdin).items():
    sys.stdout.flush()
    if (child := os.fork()) == 0:
        print(json.dumps([name, [parse(text) for text in texts]]), flush=True)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        print(json.dumps([name, status]), flush=True)
"""


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """What became of every shape at every depth, each in a process of its own, on the small stack that other platforms give their main threads."""
    texts = {f"{shape}{newer}": [newer + SHAPES[shape](depth) + "\n" + KNOWN for depth in DEPTHS] for shape in SHAPES for newer in ("", NEWER)}
    command = ["sh", "-c", 'ulimit -s 1024; exec "$0" -c "$1"', sys.executable, _PARSE]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(line) for line in done.stdout.splitlines())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the limit of the stack is POSIX's")
@pytest.mark.parametrize("newer", ["", NEWER], ids=["", "newer syntax"])
@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_kills_or_stalls_the_parser(shape: str, newer: str, answers: dict[str, Any]) -> None:
    found = answers[f"{shape}{newer}"]
    assert isinstance(found, list), f"ended by signal {-found}"
    assert len(found) == len(DEPTHS)
    for problem, calls, seconds in found:
        assert (problem is None) is bool(calls)
        assert problem in (None, "E903", "E904")
        assert seconds < 5
    assert found[0][0] is None or newer, "what is not deep is read"
    assert found[-1][0] is not None


@needs_fork
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_command_lives_through_all_of_them_on_a_small_stack(jobs: str, tmp_path: Path) -> None:
    texts = {f"{number}_{depth}.py": make(depth) + "\n" + KNOWN for number, make in enumerate(SHAPES.values()) for depth in (40, 150, 20_000)}
    write(tmp_path, texts)

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 20))

    done = fresh("check", ".", "-j", jobs, "--output-format", "json", cwd=tmp_path, folder=tmp_path.parent, preexec_fn=small)
    summary = done.report["summary"]
    assert summary["files_analysed"] + summary["files_skipped"] == len(texts)
    assert {one["code"] for one in done.report["findings"]} == {"RP303", "E903", "E904"}
    assert all("RP303" in done.codes(name) for name in texts if name.endswith("_40.py"))
    assert all(done.codes(name) in (["E903"], ["E904"]) for name in texts if name.endswith("_20000.py"))
    assert "worker process died" not in done.out, "the gate held, no worker had to die"


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


@pytest.mark.parametrize("between", ["", " ", "\n", " # it's (\n", "\\\n", "\t#\r\n", "\n# '\n\f"])
@pytest.mark.parametrize("before", ["x = ", "x = '#', ", "'#'; x = ", "# (\nx = ", "f('#')[", "y = '\\\\' + '#', "])
def test_no_deep_brackets_are_overlooked(before: str, between: str) -> None:
    """Brackets that leave no node in the tree are found by a look at the text, whatever stands before and between them."""
    assert has_open_run(before + ("(" + between) * 150 + "1" + ")" * 150)
    problem = Skim(before + ("(" + between) * 150 + "1" + ")" * 150 + ("]" if before.endswith("[") else "") + "\n").problem
    assert problem is not None and problem.code in ("E903", "E904")
    assert not has_open_run("f(a)(b)[c]\n" * 100)


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
