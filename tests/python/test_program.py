"""Programs: values, kinds, places in odd texts, code newer than the running Python."""

from __future__ import annotations

import ast
import sys
from typing import Any

import libcst as cst
import pytest

from mlops_lint.python.program import Program, argument_of, dotted_of, unpacks
from mlops_lint.python.values import UNKNOWN


def last_argument(code: str) -> tuple[Program, cst.BaseExpression]:
    program = Program(code)
    (call,) = [node for node in program.nodes(cst.Call) if dotted_of(node.func) == "f"]
    return program, call.args[-1].value


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("f(1 + 2 * 3)", 7),
        ("f(-1.5)", -1.5),
        ("N = 4\nf(N)", 4),
        ("N = 4\nN = 5\nf(N)", UNKNOWN),
        ("N = 4\ndef g():\n    global N\n    N = 2\nf(N)", UNKNOWN),
        ("N = 4\nN += 1\nf(N)", UNKNOWN),
        ("for N in range(3):\n    f(N)", UNKNOWN),
        ("def g(n=3):\n    f(n)", UNKNOWN),
        ("f('a' + 'b')", "ab"),
        ("name = 'x'\nf(f'{name}.csv')", "x.csv"),
        ("f([1, (2, 'a'), None])", [1, (2, "a"), None]),
        ("f({'a': 1, 'b': g()})", {"a": 1, "b": UNKNOWN}),
        ("f(1 / 0)", UNKNOWN),
        ("f(not True)", False),
        ("f(g())", UNKNOWN),
        ("a = b\nb = a\nf(a)", UNKNOWN),
    ],
)
def test_values(code: str, value: Any) -> None:
    program, node = last_argument(code)
    assert program.value(node) == value


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import pandas as pd\ndf = pd.read_csv('x').dropna()\nf(df)", "dataframe"),
        ("import pandas as pd\ndf = pd.read_csv('x')\nf(df[['a']])", "dataframe"),
        ("import pandas as pd\ndf = pd.read_csv('x')\nf(df['a'])", "series"),
        ("import pandas as pd\ndef g(df: pd.DataFrame):\n    f(df)", "dataframe"),
        ("import pandas as pd\ndef g(df: 'pd.DataFrame'):\n    f(df)", "dataframe"),
        ("import pandas as pd\ndef load():\n    return pd.DataFrame()\nf(load())", "dataframe"),
        ("import pandas as pd\ndf = pd.read_csv('x')\ndf = []\nf(df)", ""),
        ("def g(df):\n    f(df)", ""),
    ],
)
def test_kinds(code: str, kind: str) -> None:
    program, node = last_argument(code)
    assert program.kind(node) == kind


@pytest.mark.parametrize(
    "code",
    [
        "x = 'é'; call(1)\n",
        "a = 1\r\ncall(1)\r\n",
        "a = 1\rcall(1)\r",
        "\x0ccall(1)\n",
        "def f():\n    pass\n\x0c\nx = [\x0ccall(1)]\n",
        "x = '''\n\x0c'''\ncall(1)\n",
        "call(1)",
    ],
)
def test_places_in_odd_texts(code: str) -> None:
    program = Program(code)
    (call,) = list(program.nodes(cst.Call))
    span = program.span(call)
    assert code[span.start : span.end] == "call(1)"
    (same,) = [node for node in ast.walk(program.tree) if isinstance(node, ast.Call)]
    assert program.span(same) == span


@pytest.mark.parametrize(
    "code",
    [
        "type Rows[T] = list[T]\nimport torch\ntorch.load('x')\n",
        "def first[T](rows: list[T]) -> T:\n    import torch\n    return torch.load('x')\n",
        "import torch\ntry:\n    torch.load('x')\nexcept* OSError:\n    pass\n",
        'import torch\nprint(f"{torch.load(f"{\'x\'}")}")\n',
    ],
)
def test_code_newer_than_this_python_is_still_walked(code: str) -> None:
    program = Program(code)
    assert program.problem is None
    found = {name for call in program.nodes(cst.Call) for name in program.qualified(call.func)}
    assert "torch.load" in found


@pytest.mark.parametrize("code", ["def broken(:\n", "print 'hello'\n", "x = (1\n", "class A\n  pass\n", "except* x\n"])
def test_broken_code_has_a_problem_and_no_nodes(code: str) -> None:
    program = Program(code)
    assert program.problem is not None
    assert program.problem.code == "E903"
    assert list(program.nodes(cst.Call)) == []


NESTED = {
    "brackets": lambda depth: "x = " + "[" * depth + "]" * depth,
    "parentheses": lambda depth: "x = " + "(" * depth + "1" + ")" * depth,
    "dictionaries": lambda depth: "x = " + "{1:" * depth + "1" + "}" * depth,
    "lambdas": lambda depth: "x = " + "lambda: " * depth + "1",
    "calls": lambda depth: "x = " + "f(" * depth + ")" * depth,
    "blocks": lambda depth: "".join(" " * level + "if a:\n" for level in range(depth)) + " " * depth + "b\n",
}
CHAINS = {
    "sums": lambda length: "x = " + "+".join(["1"] * length),
    "attributes": lambda length: "x" + ".b" * length,
    "elif": lambda length: "if a:\n  pass\n" + "elif b:\n  pass\n" * length,
    "calls": lambda length: "x" + "()" * length,
    "unary": lambda length: "x = " + "-" * length + "1",
}


@pytest.mark.parametrize("shape", NESTED)
@pytest.mark.parametrize("depth", [150, 2_000, 50_000])
def test_deep_nesting_is_refused_and_survived(shape: str, depth: int) -> None:
    program = Program(NESTED[shape](min(depth, 3_000) if shape == "blocks" else depth))
    assert program.problem is not None
    assert program.problem.code in ("E903", "E904")
    assert list(program.nodes(cst.Name)) == []


@pytest.mark.parametrize("shape", NESTED)
def test_moderate_nesting_is_fine(shape: str) -> None:
    program = Program(NESTED[shape](40))
    assert program.problem is None
    assert program.index is not None


@pytest.mark.parametrize("shape", CHAINS)
@pytest.mark.parametrize("length", [5_000, 50_000])
def test_long_chains_are_refused(shape: str, length: int) -> None:
    program = Program(CHAINS[shape](length))
    assert program.problem is not None
    assert program.problem.code in ("E903", "E904")


def test_nesting_of_a_hundred_brackets_is_analysed() -> None:
    if sys.version_info < (3, 11):
        pytest.skip("the parser of 3.10 itself refuses a hundred brackets")
    assert Program("x = " + "[" * 99 + "]" * 99).problem is None


def test_arguments() -> None:
    program = Program("f(1, b=2, *c, **d)\ng(*a, 1)\n")
    first, second = program.nodes(cst.Call)
    assert argument_of(first, "a", 0) is first.args[0]
    assert argument_of(first, "b", 1) is first.args[1]
    assert argument_of(second, "x", 1) is None
    assert unpacks(first)
