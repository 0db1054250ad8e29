from __future__ import annotations

import ast

import pytest

from mlops_lint.facts.defaults import Usual, origins, usual
from mlops_lint.python.names import Names
from mlops_lint.python.values import UNKNOWN


def asked(code: str) -> tuple[ast.expr, Names]:
    """The argument of the only call of ``ask`` in a program."""
    names = Names(ast.parse(code))
    [call] = [one for one in names.calls if ast.unparse(one.func) == "ask"]
    return call.args[0], names


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ask('a')", Usual("a")),
        ("NAME = 'a'\nask(NAME)", Usual("a")),
        ("def f(x='a'): ask(x)", Usual("a", True)),
        ("def f(*, x='a'): ask(x)", Usual("a", True)),
        ("def f(x): ask(x)", Usual(UNKNOWN)),
        ("def f(x='a'):\n  x = x or 'b'\n  ask(x)", Usual(UNKNOWN)),
        ("NAME = 'a'\ndef f(x=NAME): ask(x)", Usual("a", True)),
        ("def f(x: str = typer.Option('a')): ask(x)", Usual("a", True)),
        ("@click.option('--the-model', default='a')\ndef f(the_model): ask(the_model)", Usual("a", True)),
        ("class C:\n  x = 'a'\n  def f(self): ask(self.x)", Usual("a")),
        ("class C:\n  x = 'a'\nask(C.x)", Usual("a")),
        ("class C:\n  def __init__(self, x='a'): self.x = x\n  def f(self): ask(self.x)", Usual("a", True)),
        ("class C:\n  x = 'a'\n  def g(self): self.x = 'b'\n  def f(self): ask(self.x)", Usual(UNKNOWN)),
        ("class C:\n  def g(self): self.x, self.y = 'b'\n  def f(self): ask(self.x)", Usual(UNKNOWN)),
        ("class C:\n  x = 1\n  def g(self): self.x += 1\n  def f(self): ask(self.x)", Usual(UNKNOWN)),
        ("class C:\n  x: str = field(default='a')\ndef f(c: C): ask(c.x)", Usual("a", True)),
        ("class C:\n  x: str = 'a'\ndef f(c: 'C'): ask(c.x)", Usual("a", True)),
        ("class C:\n  x: str = 'a'\nc = C(x='b')\nask(c.x)", Usual("b")),
        ("class C:\n  x: str = 'a'\nc = C('b')\nask(c.x)", Usual(UNKNOWN)),
        ("p.add_argument('--x', default='a')\nargs = p.parse_args()\nask(args.x)", Usual("a", True)),
        ("p.add_argument('-x', '--the-x', default='a')\nargs = p.parse_args()\nask(args.the_x)", Usual("a", True)),
        ("p.add_argument('--y', dest='x', default='a')\ndef f(args): ask(args.x)", Usual("a", True)),
        ("p.add_argument('--x', default='a')\nq.add_argument('--x', default='b')\nargs = p.parse_args()\nask(args.x)", Usual(UNKNOWN)),
        ("p.add_argument('--x', default='a')\nargs = p.parse_args()\nargs.x = find()\nask(args.x)", Usual(UNKNOWN)),
        ("p.add_argument('--x', action='store_true')\nargs = p.parse_args()\nask(args.x)", Usual(UNKNOWN)),
        ("x = x\nask(x)", Usual(UNKNOWN)),
        ("class C:\n  def f(self):\n    self.x = self.x\n    ask(self.x)", Usual(UNKNOWN)),
    ],
)
def test_usual_values(code: str, expected: Usual) -> None:
    assert usual(*asked(code)) == expected


def test_the_way_back_to_an_expression() -> None:
    way = list(origins(*asked("import time\nclass C:\n  def __init__(self, x=time.time()): self.x = x\n  def f(self): ask(self.x)")))
    assert [(ast.unparse(one), is_default) for one, is_default in way] == [("self.x", False), ("x", False), ("time.time()", True)]
