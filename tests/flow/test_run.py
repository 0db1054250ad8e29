"""Abstract runs of small projects: what values are, where they come from, and in which order things happen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.documents.classify import kind_of, role_of
from mlops_lint.documents.open import open_document
from mlops_lint.engine.stack import call_with_large_stack
from mlops_lint.facts.code import Code
from mlops_lint.facts.definitions import Definition
from mlops_lint.facts.entrypoints import EntryPoint
from mlops_lint.facts.runs import Run, Runs, runs
from mlops_lint.flow.trace import Event
from mlops_lint.project.project import Project, ProjectFile
from mlops_lint.project.repository import Repository
from mlops_lint.python.values import UNKNOWN

FACTS = (Code, Definition, EntryPoint)


def runs_of(files: dict[str, str], root: Path) -> Runs:
    facts: dict[type, list[object]] = {kind: [] for kind in FACTS}
    listed = []
    for path in sorted(files):
        kind = kind_of(path)
        assert kind is not None
        listed.append(ProjectFile(path, kind, role_of(path)))
        document = open_document(kind, path, files[path].encode())
        for fact in FACTS:
            if document.kind in fact.kinds:
                facts[fact].extend(fact.collect(document))  # type: ignore[attr-defined]
    project = Project(listed, facts, Repository.open(root))
    return call_with_large_stack(lambda: project.derive(runs))  # type: ignore[no-any-return]


def only_run(code: str, root: Path) -> Run:
    (run,) = [run for run in runs_of({"train.py": code}, root) if run.path == "train.py"]
    return run


def looked_at(code: str, root: Path) -> list[Event]:
    """The calls of ``look``, which no one knows."""
    return list(only_run("from nowhere import look\n" + code + "\nprint()\n", root).trace.called("nowhere.look"))


@pytest.mark.parametrize(
    ("code", "constant"),
    [
        ("look(3)", 3),
        ("x = 'a'\nlook(x + 'b')", "ab"),
        ("x = [1, 2, 3]\nlook(x[1])", 2),
        ("x = {'a': 1}\nlook(x['a'])", 1),
        ("x = {'a': 1}\nx['a'] = 4\nlook(x['a'])", 4),
        ("a, *b, c = 1, 2, 3, 4\nlook(c)", 4),
        ("def f(x, y=2):\n    return y\nlook(f(1))", 2),
        ("def f(x, y=2):\n    return y\nlook(f(1, y=5))", 5),
        ("def f(*args, **kwargs):\n    return kwargs['k']\nlook(f(1, k=7))", 7),
        ("def f(*args):\n    return args[1]\nlook(f(1, 8))", 8),
        ("def f(make=list):\n    return make([8])\nlook(f()[0])", 8),
        ("make = tuple if input() else list\nlook(make([8])[0])", 8),
        ("def f(a):\n    return 8\ndef g(a):\n    return 8\nx = {'f': f, 'g': g}\nlook(x[input()](1))", 8),
        ("def f(a):\n    return 8\ndef g(a):\n    return 8\nx = {'f': f, 'g': g}\nlook(x.get(input())(1))", 8),
        ("f = lambda x: x\nlook(f(9))", 9),
        ("make = tuple\nlook(make([1, 10])[1])", 10),
        ("from functools import partial\ndef f(x, y):\n    return y\nlook(partial(f, y=6)(1))", 6),
        ("class A:\n    def __init__(self, v):\n        self.v = v\n    def get(self):\n        return self.v\nlook(A(11).get())", 11),
        ("class A:\n    def __init__(self):\n        self.v = 12\nclass B(A):\n    def __init__(self):\n        super().__init__()\nlook(B().v)", 12),
        ("class A:\n    @property\n    def v(self):\n        return 13\nlook(A().v)", 13),
        ("class A:\n    @staticmethod\n    def v(x):\n        return x\nlook(A.v(14))", 14),
        ("class A:\n    @classmethod\n    def make(cls):\n        return cls()\n    def v(self):\n        return 15\nlook(A.make().v())", 15),
        ("from dataclasses import dataclass\n@dataclass\nclass C:\n    a: int\n    b: int\nlook(C(1, b=16).b)", 16),
        ("def outer():\n    n = 17\n    def inner():\n        return n\n    return inner\nlook(outer()())", 17),
        ("n = 0\ndef f():\n    global n\n    n = 18\nf()\nlook(n)", 18),
        ("for name, n in {'a': 19}.items():\n    look(n)", 19),
        ("for i, n in enumerate([20]):\n    look(n)", 20),
        ("look([n for n in [21]][0])", UNKNOWN),
        ("import os\nx = 1 if os.name else 1\nlook(x)", 1),
        ("import os\nx = 1 if os.name else 2\nlook(x)", UNKNOWN),
        ("def f(x):\n    if x:\n        return 22\n    raise ValueError\nlook(f(1))", 22),
        ("def f(n):\n    return f(n)\nlook(f(1))", UNKNOWN),
        ("x = None\nfor _ in range(3):\n    x = 23\nlook(x)", 23),
        ("def wrap(f):\n    def inner(*a, **k):\n        return f(*a, **k)\n    return inner\n@wrap\ndef g(x):\n    return x\nlook(g(24))", 24),
        ("if (n := 25) > 3:\n    look(n)", 25),
        ("try:\n    x = 26\nexcept ValueError:\n    raise\nlook(x)", 26),
        ("async def f():\n    return 27\nasync def main():\n    look(await f())\nmain()", 27),
        ("n = 0\nclass C:\n    def __enter__(self):\n        global n\n        n = 31\nwith C():\n    look(n)", 31),
        ("n = 0\nclass C:\n    def __exit__(self, *a):\n        global n\n        n = 32\nwith C():\n    pass\nlook(n)", 32),
        ("def gen():\n    yield 28\nfor x in gen():\n    look(x)", 28),
        ("__name__ == '__main__'\nif __name__ == '__main__':\n    x = 29\nelse:\n    x = 30\nlook(x)", 29),
    ],
)
def test_values_travel(code: str, constant: object, tmp_path: Path) -> None:
    events = looked_at(code, tmp_path)
    assert events and events[0].args[0].constant == constant


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("import pandas as pd\nlook(pd.read_csv('a').dropna())", {"dataframe"}),
        ("import pandas as pd\nlook(pd.read_csv('a')['x'])", {"series"}),
        ("import pandas as pd\nlook(pd.read_csv('a')[['x', 'y']])", {"dataframe"}),
        ("import pandas as pd\ndef f(df: pd.DataFrame):\n    look(df.groupby('a'))\n", {"groupby"}),
        ("def f(df):\n    look(df)\n", {"dataframe", "hinted"}),
        ("from sklearn.linear_model import LogisticRegression as L\nlook(L())", {"classifier"}),
        ("from sklearn.svm import SVC\nfrom sklearn.pipeline import make_pipeline\nlook(make_pipeline(SVC()))", {"composite", "classifier"}),
        ("import torch.nn as nn\nlook(nn.Linear(1, 2))", {"module"}),
        ("from torch import nn\nclass Net(nn.Module):\n    pass\nlook(Net().to('cuda'))", {"module"}),
        ("import torch\nlook(torch.optim.Adam([]))", {"optimizer"}),
        ("from torch import nn\nlook(nn.CrossEntropyLoss()(1, 2))", {"loss"}),
        ("try:\n    import cudf as pd\nexcept ImportError:\n    import pandas as pd\nlook(pd.read_csv('a'))", {"dataframe"}),
    ],
)
def test_kinds(code: str, kinds: set[str], tmp_path: Path) -> None:
    assert looked_at(code, tmp_path)[0].args[0].kinds == kinds


def test_a_run_goes_through_modules_in_order(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "from .data import load\n",
        "pkg/data.py": "import pandas as pd\n\n\ndef load(path):\n    return pd.read_csv(path)\n",
        "pkg/seed.py": "import numpy as np\nnp.random.seed(1)\n",
        "main.py": "import pkg\nfrom pkg import seed\nfrom sklearn.svm import SVC\n\nif __name__ == '__main__':\n    rows = pkg.load('a.csv')\n    SVC().fit(rows, rows)\n",
    }
    run = next(run for run in runs_of(files, tmp_path) if run.path == "main.py")
    read, fit = run.trace.with_role("read", "fit")
    (seed,) = run.trace.called("numpy.random.seed")
    assert read.site.path == "pkg/data.py" and [call.site.path for call in read.stack] == ["main.py"]
    assert fit.args[0].origins == {read}
    assert seed.order < read.order < fit.order


def test_loops_branches_and_contexts_are_known_across_functions(tmp_path: Path) -> None:
    code = (
        "import torch\nfrom torch import nn\n\n\ndef step(model, loss, optimizer):\n    loss.backward()\n    optimizer.step()\n\n\n"
        "def main(flag):\n    model = nn.Linear(1, 1)\n    optimizer = torch.optim.SGD(model.parameters())\n    for epoch in range(3):\n        if flag:\n"
        "            step(model, model(1), optimizer)\n        else:\n            with torch.no_grad():\n                model(2)\n"
    )
    trace = only_run(code, tmp_path).trace
    backward = trace.with_role("backward")[0]
    applied = [event for event in trace.with_role("apply") if event.under("torch.no_grad")]
    assert backward.function == "step" and [loop.kind for loop in backward.loops] == ["for"]
    assert applied and all(event.excludes(backward) for event in applied)
    assert {event.passing for event in trace.with_role("optimizer-step")} == {0, 1}


def test_a_decorator_that_is_a_method_of_an_object_is_a_context(tmp_path: Path) -> None:
    code = "import discord\nfrom nowhere import look\n\nclient = discord.Client()\n\n\n@client.event\nasync def on_message(message):\n    look(message)\n"
    (event,) = only_run(code, tmp_path).trace.called("nowhere.look")
    (context,) = event.contexts
    assert context.thing.how[:2] == ("attribute", "event")


def test_a_network_that_is_called_often_still_answers_what_it_is_given(tmp_path: Path) -> None:
    code = (
        "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layer = nn.Linear(2, 2)\n\n"
        "    def forward(self, x):\n        return self.layer(x)\n\n\nnet = Net()\n" + "".join(f"look(net(make({number})))\n" for number in range(9))
    )
    calls = looked_at(code, tmp_path)
    assert len(calls) == 9
    for call in calls:
        answer = call.args[0].thing
        assert answer.how[:1] != ("again",) and any(one.event is not None and one.event.method == "make" for one in answer.ancestors())


def test_a_loaded_network_that_moves_is_the_same(tmp_path: Path) -> None:
    before, after = looked_at("import torch\nmodel = torch.load('model.pt')\nlook(model)\nmodel = model.to('cuda')\nlook(model)", tmp_path)
    assert before.args[0].thing is after.args[0].thing


def test_functions_that_no_program_reaches_are_run_with_unknown_arguments(tmp_path: Path) -> None:
    code = "from sklearn.svm import SVC\n\n\nclass Job:\n    def __init__(self, rows):\n        self.model = SVC()\n        self.rows = rows\n\n    def run(self):\n        self.model.fit(self.rows)\n"
    (fit,) = only_run(code, tmp_path).trace.with_role("fit")
    assert fit.function == "Job.run" and {origin.what for origin in fit.args[0].origins} == {"parameter"}


def test_notebook_cells_are_one_program(tmp_path: Path) -> None:
    cells = ["import pandas as pd\nframe = pd.read_csv('a')", "from sklearn.svm import SVC\nSVC().fit(frame, frame)"]
    notebook = {
        "cells": [{"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": cell} for cell in cells],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    every = runs_of({"a.ipynb": json.dumps(notebook)}, tmp_path)
    (run,) = every
    read, fit = run.trace.with_role("read", "fit")
    assert (every.cell(read), every.cell(fit)) == (1, 2) and not every.together(read, fit)
    assert fit.args[0].origins == {read}


def test_what_is_too_much_is_given_up_and_told(tmp_path: Path) -> None:
    deep = (
        "\n".join(f"def f{i}():\n    for a in x:\n        f{i + 1}()\n        f{i + 1}()" for i in range(40))
        + "\ndef f40():\n    pass\nx = 1\nf0()\n"
    )
    run = only_run(deep, tmp_path)
    assert len(run.trace.events) < 50_000
    chain = "x = " + "a" + ".b()" * 400 + "\nprint(x)\n"
    assert only_run(chain, tmp_path) is not None


NAMES = st.sampled_from(["a", "b", "f", "df", "self"])
EXPRESSIONS = st.recursive(
    st.one_of(NAMES, st.just("1"), st.just("'s'"), st.just("None")),
    lambda inner: st.one_of(
        st.builds("{}.fit({})".format, inner, inner),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("({} + {})".format, inner, inner),
        st.builds("[{} for a in {}]".format, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("f({}, k={})".format, inner, inner),
        st.builds("(lambda b: {})({})".format, inner, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
    ),
    max_leaves=6,
)
STATEMENTS = st.recursive(
    st.one_of(st.builds("{} = {}".format, NAMES, EXPRESSIONS), EXPRESSIONS, st.builds("return {}".format, EXPRESSIONS)),
    lambda inner: st.one_of(
        st.builds(lambda test, body: f"if {test}:\n" + indent(body), EXPRESSIONS, inner),
        st.builds(lambda source, body: f"for a in {source}:\n" + indent(body), EXPRESSIONS, inner),
        st.builds(lambda body: "try:\n" + indent(body) + "\nexcept ValueError:\n    pass", inner),
        st.builds(lambda one, other: f"{one}\n{other}", inner, inner),
        st.builds(lambda body: "def f(a, b=1, *c, **d):\n" + indent(body), inner),
    ),
    max_leaves=8,
)


def indent(text: str) -> str:
    return "\n".join("    " + line for line in text.split("\n"))


def test_a_store_knows_the_way_to_what_it_writes_to(tmp_path: Path) -> None:
    code = "import pandas as pd\ndf = pd.read_csv('a.csv')\ndf[df.x > 0].loc[3]['y'] = 1\n"
    (store,) = [event for event in only_run(code, tmp_path).trace.events if event.what == "store"]
    path = store.path
    assert [thing.is_a("dataframe") for thing, _ in path] == [True, True, True, True]
    assert [key.constant if key is not None else None for _, key in path] == [None, UNKNOWN, None, 3]
    assert store.receiver is not None and store.receiver.thing is path[-1][0]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ("", "dataframe"),
        (", sheet_name='may'", "dataframe"),
        (", sheet_name=None", "dict"),
        (", sheet_name=['may', 'june']", "dict"),
        (", chunksize=100", "generator"),
        (", iterator=True", "generator"),
    ],
)
def test_a_reader_gives_one_frame_or_several(tmp_path: Path, options: str, kind: str) -> None:
    (event,) = looked_at(f"import pandas as pd\nlook(pd.read_excel('a.xlsx'{options}))", tmp_path)
    assert event.args[0].kinds == {kind}


def test_what_is_deleted_and_what_stands_alone_is_seen(tmp_path: Path) -> None:
    code = "import pandas as pd\ndf = pd.read_csv('a.csv')\ndf.shape\ndel df['x']\n"
    shown, deleted = (event for event in only_run(code, tmp_path).trace.events if event.what in ("expression", "delete"))
    assert shown.args[0].is_a("measure")
    assert deleted.receiver is not None and deleted.receiver.is_a("dataframe") and deleted.args[0].constant == "x"


def test_builtins_go_by_other_names_too(tmp_path: Path) -> None:
    (event,) = looked_at("expected_type = list\nlook(expected_type((1, 2)))", tmp_path)
    assert event.args[0].kinds == {"list"}
    (event,) = looked_at("import torch\nact = torch.sigmoid\nlook(act(torch.ones(3)))", tmp_path)
    assert event.args[0].thing.how[0] == "activation"


@settings(max_examples=150, deadline=None)
@given(STATEMENTS)
def test_any_code_is_run_to_an_end(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    code = "def main(a, b, df):\n" + indent(body) + "\n\n\nmain(1, 2, 3)\n"
    runs_of({"x.py": code}, tmp_path_factory.getbasetemp())


def test_unpacked_mapping_fills_parameters(tmp_path: Path) -> None:
    code = "import json\ndef f(a, b=1, **rest):\n    look(a)\n    look(b)\n    look(rest)\nx = json.loads(input())\nf(**x)"
    first, second, third = looked_at(code, tmp_path)
    (a,), (b,), (rest,) = first.args, second.args, third.args
    made = a.thing.parents[0].event
    assert a.thing.how[:2] == ("item", "a")
    assert made is not None
    assert made.names == {"json.loads"}
    assert b.constant == 1
    assert rest.thing.field("[*]") is not None


def test_a_model_that_a_loop_put_into_a_dictionary(tmp_path: Path) -> None:
    code = (
        "from sklearn.svm import SVC\nmodels = {}\nfor c in (1, 10):\n    models[c] = SVC(C=c)\n"
        "rows = {}\nfor side in ('train', 'test'):\n    rows[side] = [side]\n"
        "look(models[10])\nlook(rows['train'])"
    )
    model, part = looked_at(code, tmp_path)
    assert model.args[0].is_a("classifier")
    assert not part.args[0].is_a("classifier")


@pytest.mark.parametrize("sent", ["work.remote(3)", "work.delay(3)", "work.local(3)"])
def test_a_function_that_is_sent_to_a_worker_runs(sent: str, tmp_path: Path) -> None:
    (event,) = looked_at(f"from queues import app\n\n@app.task\ndef work(x):\n    look(x)\n\n{sent}", tmp_path)
    assert event.args[0].constant == 3


def test_a_decorator_that_is_called_by_hand(tmp_path: Path) -> None:
    found = looked_at("from queues import app\n\ndef work(x):\n    look(x)\n\nsent = app.function()(work)\nsent.remote(3)", tmp_path)
    assert 3 in [event.args[0].constant for event in found]


def test_a_method_called_remote_of_something_else(tmp_path: Path) -> None:
    (event,) = looked_at("from queues import place\nlook(place.remote(3))", tmp_path)
    assert event.args[0].constant is UNKNOWN
