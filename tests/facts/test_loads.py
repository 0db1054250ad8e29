from __future__ import annotations

import time

import pytest

from mlops_lint.documents.notebook import NotebookDocument
from mlops_lint.documents.python import PythonDocument
from mlops_lint.facts.load_defaults import torch_default
from mlops_lint.facts.loads import ModelLoad
from mlops_lint.facts.requirements import Requirement
from mlops_lint.facts.resolved_versions import ResolvedVersions
from mlops_lint.testing.cases import make_notebook
from mlops_lint.text.span import Span


def loads(code: str) -> list[ModelLoad]:
    return list(ModelLoad.collect(PythonDocument("pkg/load.py", code.encode())))


def test_where_and_what() -> None:
    code = "import torch as t\n\ndef read(p):\n    return t.load(p)\n"
    (load,) = loads(code)
    assert (load.name, load.written, load.function, load.mode, load.switch) == ("torch.load", "t.load", "read", "torch", "absent")
    assert code[load.span.start : load.span.end] == "t.load(p)"
    assert load.insert_at == code.index("p)\n", 30) + 1
    assert load.role == "code"


@pytest.mark.parametrize(
    ("call", "switch"),
    [
        ("torch.load(p, weights_only=False)", "unsafe"),
        ("torch.load(p, weights_only=True)", ""),
        ("torch.load(p, weights_only=None)", "absent"),
        ("torch.load(p, weights_only=flag)", ""),
        ("torch.load(p, **options)", ""),
        ("torch.load(p, **{'map_location': 'cpu'})", "absent"),
        ("torch.load(p, **{'weights_only': True})", ""),
        ("torch.load()", ""),
        ("numpy.load(p)", "absent"),
        ("numpy.load(p, **options)", ""),
        ("numpy.load(p, **{'allow_pickle': True})", "unsafe"),
        ("functools.partial(torch.load, map_location='cpu')", "absent"),
        ("functools.partial(torch.load, weights_only=True)", ""),
        ("functools.partial(pickle.load)", "unsafe"),
        ("numpy.load(p, None, True)", "unsafe"),
        ("keras.saving.load_model(p, safe_mode=False)", "unsafe"),
        ("keras.models.load_model(p)", ""),
        ("skops.io.load(p, trusted=True)", "unsafe"),
        ("skops.io.load(p, trusted=skops.io.get_untrusted_types(file=p))", "unsafe"),
        ("skops.io.load(p, trusted=['numpy.ndarray'])", ""),
        ("pickle.loads(p)", "unsafe"),
        ("shelve.open(p)", "unsafe"),
        ("shelve.open(p, 'n')", ""),
        ("pandas.read_pickle(p)", "unsafe"),
        ("json.load(p)", ""),
    ],
)
def test_switches(call: str, switch: str) -> None:
    found = loads(f"import functools, json, keras, numpy, pandas, pickle, shelve, skops.io, torch\n{call}\n")
    assert [one.switch for one in found] == ([switch] if switch else [])


def test_where_an_argument_can_be_added() -> None:
    code = "import torch\ntorch.load(\n    p,  # (here)\n)\ntorch.load((p))\ntorch.load(p, **{})\n"
    assert [one.insert_at for one in loads(code)] == [code.index("p,") + 1, None, None]


def test_what_a_function_wrote_itself_is_its_own() -> None:
    code = """\
import pickle, torch
def copy(x): return pickle.loads(pickle.dumps(x))
def same(x, path):
    with open(path, "wb") as out:
        pickle.dump(x, out)
    with open(path, "rb") as out:
        return pickle.load(out)
def best(model, n):
    for i in range(n):
        if i % 2:
            torch.save(model, "best.pt")
    return torch.load("best.pt")
"""
    assert [one.is_own for one in loads(code)] == [True, True, True]


def test_what_may_come_from_elsewhere_is_not() -> None:
    code = """\
import pickle
def first(path):
    made = pickle.load(open(path, "rb"))
    pickle.dump(made, open(path, "wb"))
def sometimes(path, fresh):
    if fresh:
        pickle.dump([], open(path, "wb"))
    return pickle.load(open(path, "rb"))
def either(path, fresh):
    if fresh:
        pickle.dump([], open(path, "wb"))
    else:
        return pickle.load(open(path, "rb"))
def other(path, other):
    pickle.dump([], open(path, "wb"))
    return pickle.load(open(other, "rb"))
def apart(path):
    return pickle.load(open(path, "rb"))
"""
    assert [one.is_own for one in loads(code)] == [False] * 5


def test_checked_before() -> None:
    code = """\
import hashlib, hmac, pickle
def signed(data, tag):
    if not hmac.compare_digest(hmac.digest(b"", data, "sha256"), tag):
        raise ValueError
    return pickle.loads(data)
def hashed(data, tag):
    assert hashlib.sha256(data).hexdigest() == tag
    return pickle.loads(data)
def named(data):
    return hashlib.sha256(data).hexdigest(), pickle.loads(data)
"""
    assert [one.is_checked for one in loads(code)] == [True, True, False]


def test_state_dicts() -> None:
    code = """\
import torch
model.load_state_dict(torch.load(p), strict=False)
weights = torch.load(p)
model.load_state_dict(weights)
checkpoint = torch.load(p)
model.load_state_dict(checkpoint["model"])
both = torch.load(p)
model.load_state_dict(both); print(both)
"""
    assert [one.is_state_dict for one in loads(code)] == [True, True, False, False]


def test_notebooks() -> None:
    document = NotebookDocument("n.ipynb", make_notebook("%time\nimport joblib", "m = joblib.load('m')").encode())
    (load,) = ModelLoad.collect(document)
    assert document.text[load.span.start : load.span.end] == "joblib.load('m')"


@pytest.mark.parametrize(
    ("specifier", "is_safe", "has_switch"),
    [
        ("==2.1.0", False, True),
        ("==1.12.1", False, False),
        ("==2.6.0+cu124", True, True),
        (">=2.7", True, True),
        (">=2.0", None, True),
        ("", None, True),
    ],
)
def test_default_of_torch(specifier: str, is_safe: bool | None, has_switch: bool) -> None:
    versions = ResolvedVersions([Requirement("requirements.txt", "torch", Span(0, 5), specifier)])
    default = torch_default(versions, "src/a.py")
    assert (default.is_safe, default.has_switch) == (is_safe, has_switch)


def test_cost_is_linear() -> None:
    started = time.process_time()
    code = "import pickle, hashlib\n" + "pickle.dump(x, f)\nhashlib.md5(x)\ny = pickle.load(f)\n" * 3_000
    assert len(loads(code)) == 3_000
    assert time.process_time() - started < 8


def test_lists_of_safe_types() -> None:
    code = "import torch\nwith torch.serialization.safe_globals([A]):\n    m = torch.load(p)\n"
    assert [one.is_allow_listed for one in loads(code)] == [True]
    assert [one.is_allow_listed for one in loads("import torch\nm = torch.load(p)\n")] == [False]
