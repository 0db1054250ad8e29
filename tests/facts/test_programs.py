"""Programs and trainings over small projects: what an entry reaches, and where data goes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mlops_lint.documents.classify import kind_of, role_of
from mlops_lint.documents.open import open_document
from mlops_lint.facts.code import Code
from mlops_lint.facts.definitions import Definition
from mlops_lint.facts.entrypoints import EntryPoint
from mlops_lint.facts.modules import Modules
from mlops_lint.facts.programs import Program, programs
from mlops_lint.facts.randomness import RandomSeed, RandomUse
from mlops_lint.facts.trainings import trainings
from mlops_lint.project.project import Project, ProjectFile
from mlops_lint.project.repository import Repository

FACTS = (Code, Definition, EntryPoint, RandomUse, RandomSeed)


def project_of(files: dict[str, str], tmp_path: Path) -> Project:
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
    return Project(listed, facts, Repository.open(tmp_path))


def only_program(files: dict[str, str], tmp_path: Path) -> Program:
    (program,) = programs(project_of(files, tmp_path))
    return program


MAIN = "if __name__ == '__main__':\n    main()\n"


def test_calls_across_modules_and_reexports(tmp_path: Path) -> None:
    program = only_program(
        {
            "run.py": "from lib import start\n\n\ndef main():\n    start()\n\n\ndef unused():\n    pass\n\n\n" + MAIN,
            "lib/__init__.py": "from .core import begin as start\n",
            "lib/core.py": "def begin():\n    helper()\n\n\ndef helper():\n    pass\n\n\ndef other():\n    pass\n",
        },
        tmp_path,
    )
    assert (program.how, program.path) == ("main", "run.py")
    assert {("lib/core.py", "begin"), ("lib/core.py", "helper"), ("run.py", "main")} <= program.closure.reached
    assert not {("lib/core.py", "other"), ("run.py", "unused")} & program.closure.reached


def test_classes_bring_their_methods_when_these_are_called(tmp_path: Path) -> None:
    program = only_program(
        {
            "run.py": "from model import Net\n\n\ndef main():\n    net = Net()\n    net.train_all()\n\n\n" + MAIN,
            "model.py": "class Base:\n    def __init__(self):\n        self.prepare()\n    def prepare(self):\n        pass\n    def idle(self):\n        pass\n\n\n"
            "class Net(Base):\n    def train_all(self):\n        pass\n    def forward(self):\n        pass\n",
        },
        tmp_path,
    )
    names = {qualname for path, qualname in program.closure.reached if path == "model.py"}
    assert {"Base.__init__", "Base.prepare", "Net.train_all", "Net.forward"} <= names
    assert "Base.idle" not in names


def test_functions_handed_on_and_nested(tmp_path: Path) -> None:
    program = only_program(
        {
            "run.py": "import torch.multiprocessing as mp\n\n\ndef worker(rank):\n    def inner():\n        pass\n    inner()\n\n\ndef main():\n    mp.spawn(worker)\n\n\n"
            + MAIN
        },
        tmp_path,
    )
    assert {("run.py", "worker"), ("run.py", "worker.inner")} <= program.closure.reached
    assert "torch.multiprocessing.spawn" in program.closure.calls


@pytest.mark.parametrize(
    ("extra", "how"),
    [
        ({}, None),
        ({"Dockerfile": 'FROM python:3.11\nCMD ["python", "-u", "flat.py"]\n'}, "script"),
        ({"Makefile": "train:\n\tpython3 flat.py --lr 0.1\n"}, "script"),
        ({".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    steps:\n      - run: python -m flat\n"}, "script"),
        ({"dvc.yaml": "stages:\n  train:\n    cmd: python flat.py\n"}, "script"),
        ({"Dockerfile": "FROM python:3.11\n# python flat.py\n"}, None),
    ],
)
def test_started_scripts(extra: dict[str, str], how: str | None, tmp_path: Path) -> None:
    found = programs(project_of({"flat.py": "import os\n\nx = os.getcwd()\n", **extra}, tmp_path))
    assert [one.how for one in found] == ([how] if how else [])


def test_libraries_tests_and_setup_are_no_programs(tmp_path: Path) -> None:
    files = {
        "lib/tools.py": "def f():\n    pass\n",
        "tests/test_tools.py": "print('x')\n" + MAIN,
        "setup.py": "from setuptools import setup\nsetup()\n",
        "imported.py": "print('side effect')\n",
        "lib/uses.py": "import imported\n",
    }
    assert programs(project_of(files, tmp_path)) == ()


def test_console_script_starts_at_its_function(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "[project.scripts]\ngo = 'pkg.cli:run'\n",
        "src/pkg/__init__.py": "",
        "src/pkg/cli.py": "def run():\n    step()\n\n\ndef step():\n    pass\n",
    }
    program = only_program(files, tmp_path)
    assert (program.how, program.path) == ("console", "src/pkg/cli.py")
    assert ("src/pkg/cli.py", "step") in program.closure.reached


def test_ambiguous_module_is_unknown_and_the_nearest_wins(tmp_path: Path) -> None:
    files = {"a/utils.py": "def f(): pass\n", "b/utils.py": "def f(): pass\n", "c/run.py": "import utils\n", "a/run.py": "import utils\n"}
    known = Modules(project_of(files, tmp_path).facts(Definition))
    assert known.module("utils", "c/run.py") is None
    assert known.module("utils", "a/run.py") == "a/utils.py"


def test_import_cycle_and_recursion_end(tmp_path: Path) -> None:
    files = {
        "run.py": "from a import f\n\n\ndef main():\n    f()\n\n\n" + MAIN,
        "a.py": "from b import g as f\nfrom b import *\n\n\ndef h():\n    h()\n",
        "b.py": "from a import f as g\nfrom a import *\n",
    }
    assert ("run.py", "main") in only_program(files, tmp_path).closure.reached


READ = "import pandas as pd\n\n\ndef load():\n    return pd.read_csv('x.csv')\n\n\n"


@pytest.mark.parametrize(
    ("body", "unchecked"),
    [
        ("def train(m):\n    m.fit(load())\n", 1),
        ("def train(m):\n    d = load()\n    assert d.x.notna().all()\n    m.fit(d)\n", 0),
        ("def train(m):\n    d = load()\n    if d is None:\n        raise ValueError\n    m.fit(d)\n", 1),
        ("def train(m):\n    d = load()\n    if d.x.isna().any():\n        raise ValueError\n    m.fit(d)\n", 0),
        ("def train(m):\n    d = load()\n    if d.x.isna().any():\n        print('nulls')\n    m.fit(d)\n", 1),
        (
            "def check(d):\n    if (d.x < 0).any():\n        raise ValueError\n\n\ndef train(m):\n    d = load()\n    check(d)\n    m.fit(d[['x']])\n",
            0,
        ),
        ("def check(d):\n    print(d)\n\n\ndef train(m):\n    d = load()\n    check(d)\n    m.fit(d)\n", 1),
        ("class T:\n    def __init__(self):\n        self.d = load()\n\n    def run(self, m):\n        m.fit(self.d)\n", 1),
        (
            "class T:\n    def __init__(self):\n        self.d = load()\n\n    def verify(self):\n        assert self.d.x.ge(0).all()\n\n    def run(self, m):\n        m.fit(self.d)\n",
            0,
        ),
        ("def train(m):\n    d = load()\n    for _ in range(3):\n        d = d.sample(5)\n    m.fit(d)\n", 1),
        ("d = load()\n\n\ndef train(m):\n    m.fit(d)\n", 1),
        ("from unknown import validate_frame\n\n\ndef train(m):\n    d = load()\n    validate_frame(d)\n    m.fit(d)\n", 0),
        ("from unknown import clean\n\n\ndef train(m):\n    m.fit(clean(load()))\n", 1),
        ("from sklearn.preprocessing import StandardScaler\n\n\ndef prepare():\n    s = StandardScaler()\n    s.fit(load())\n    return s\n", 0),
        ("def train(m):\n    m.fit([1, 2])\n", 0),
    ],
)
def test_trainings(body: str, unchecked: int, tmp_path: Path) -> None:
    found = trainings(project_of({"train.py": READ + body}, tmp_path))
    assert len({read.site for one in found if not one.checked for read in one.reads}) == unchecked


def test_trainings_across_modules(tmp_path: Path) -> None:
    files = {
        "data/io.py": READ,
        "data/__init__.py": "from .io import load\n",
        "train.py": "import data\n\n\ndef go(model):\n    rows = data.load()\n    model.fit(rows)\n",
    }
    (training,) = trainings(project_of(files, tmp_path))
    assert (training.event.site.path, training.event.method, training.checked) == ("train.py", "fit", False)
    assert [read.site.path for read in training.reads] == ["data/io.py"]


@pytest.mark.parametrize(
    ("code", "uses"),
    [
        ("import random\nrandom.random()", [("random", "draw")]),
        ("import numpy as np\nnp.random.default_rng()", [("numpy", "generator")]),
        ("import numpy as np\nnp.random.default_rng(None)", [("numpy", "generator")]),
        ("import numpy as np\nnp.random.default_rng(3)", []),
        ("import numpy as np\nnp.random.RandomState(seed=s)", []),
        ("import torch\ntorch.randn(3)", [("torch", "probe")]),
        ("import torch\ntorch.randperm(3, generator=g)", []),
        ("from torch.utils.data import DataLoader\nDataLoader(d, shuffle=True)", [("torch", "training")]),
        ("from torch.utils.data import DataLoader\nDataLoader(d, shuffle=False)", []),
        ("import random, time\ntime.sleep(random.uniform(0, 1))", []),
        ("import random, time\nd = 1 + random.random()\ntime.sleep(d)\nprint(d)", []),
        ("import random, time\nd = 1 + random.random()\ntime.sleep(d)\nx = d", [("random", "draw")]),
        ("import random\nr = random.Random(4)\nr.random()", []),
        ("import random\nrandom.SystemRandom().random()", []),
    ],
)
def test_random_uses(code: str, uses: list[tuple[str, str]], tmp_path: Path) -> None:
    found = project_of({"a.py": code}, tmp_path).facts(RandomUse)
    assert [(one.library, one.how) for one in found] == uses


@pytest.mark.parametrize(
    ("code", "libraries"),
    [
        ("import torch\ntorch.manual_seed(0)", ("torch",)),
        ("import lightning as L\nL.seed_everything(0)", ("numpy", "random", "torch")),
        ("import keras\nkeras.utils.set_random_seed(0)", ("numpy", "random", "tensorflow", "torch")),
        ("from mylib import set_seed\nset_seed(0)", ("*",)),
        ("from trl import SFTTrainer\nSFTTrainer(model)", ("numpy", "random", "torch")),
        ("cfg.get_seed_value()", None),
        ("seedling.plant()", None),
    ],
)
def test_seeds(code: str, libraries: tuple[str, ...] | None, tmp_path: Path) -> None:
    found = project_of({"a.py": code}, tmp_path).facts(RandomSeed)
    assert [one.libraries for one in found] == ([libraries] if libraries else [])


def test_packages_that_import_everything_from_each_other_end(tmp_path: Path) -> None:
    names = [f"p{i}" for i in range(12)]
    files = {f"{name}/__init__.py": "".join(f"from {other} import *\n" for other in names if other != name) for name in names}
    files["main.py"] = "import p0\n\nif __name__ == '__main__':\n    p0.nowhere()\n    p0.elsewhere.deep()\n"
    started = time.process_time()
    assert [one.path for one in programs(project_of(files, tmp_path))] == ["main.py"]
    assert time.process_time() - started < 20  # exponential work would take hours


def test_names_that_no_module_of_a_package_has_end(tmp_path: Path) -> None:
    """A package that exports everything of its twelve modules, one of them called like the library that it imports."""
    names = ["torch", *(f"part{number}" for number in range(11))]
    files = {f"tools/{name}.py": f"import torch\n\n\ndef of_{name}():\n    return torch.ones(1)\n" for name in names}
    files["tools/__init__.py"] = "".join(f"from tools.{name} import *\n" for name in names)
    files["run.py"] = "from tools import *\n\n\ndef main():\n    of_part3()\n    torch.set_default_dtype(torch.float64)\n\n\n" + MAIN
    started = time.process_time()
    program = only_program(files, tmp_path)
    assert time.process_time() - started < 10  # without a bound it takes hours
    assert ("tools/part3.py", "of_part3") in program.closure.reached


def test_a_method_of_an_unknown_object_is_no_function_of_another_program(tmp_path: Path) -> None:
    program = only_program(
        {
            "mnist/run.py": "import shared\n\n\ndef main(model):\n    model.train()\n    model.prepare()\n    model.__init__()\n\n\n" + MAIN,
            "mnist/shared.py": "def prepare():\n    pass\n",
            "gan/library.py": "def train():\n    pass\n\n\nclass Net:\n    def __init__(self):\n        pass\n\n    def train(self):\n        pass\n",
        },
        tmp_path,
    )
    may_run = program.closure.may_run
    assert may_run("mnist/shared.py", "prepare")
    assert may_run("gan/library.py", "Net.train")
    assert not may_run("gan/library.py", "train")
    assert not may_run("gan/library.py", "Net.__init__")
