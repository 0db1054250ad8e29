"""Notebooks, YAML, TOML, INI, JSON, lock files and requirements that are broken, huge, deep, cyclic or odd (TRUST classes 10 to 16, 26, 27)."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hostile_run import examine

from mlops_lint.documents.classify import kind_of

CELL: dict[str, Any] = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": "x = 1"}


def notebook(*cells: Any, **more: Any) -> str:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more})


def cell(source: Any, **more: Any) -> dict[str, Any]:
    return {**CELL, "source": source, **more}


ODD: list[Any] = [None, True, 0, -1, 1.5, 1e999, "", "x", [], [1], {}, {"a": 1}, [[]], ["a", 1, None], "\ud800", "\x00", 10**400]
FIELDS = ("cells", "metadata", "nbformat", "nbformat_minor", "worksheets")
CELL_FIELDS = ("cell_type", "execution_count", "metadata", "outputs", "source", "id", "attachments")


def test_any_field_of_a_notebook_may_hold_anything(tmp_path: Path) -> None:
    files = {}
    for place, value in enumerate(ODD):
        for field in FIELDS:
            files[f"top-{field}-{place}.ipynb"] = notebook(CELL, **{field: value})
        for field in CELL_FIELDS:
            files[f"cell-{field}-{place}.ipynb"] = notebook({**CELL, field: value}, cell("y = 2"))
        files[f"kernel-{place}.ipynb"] = notebook(CELL, metadata={"kernelspec": value, "language_info": {"name": value}, "mlops-lint": value})
        files[f"ignore-{place}.ipynb"] = notebook({**CELL, "metadata": {"mlops-lint": {"ignore": value}, "tags": value}})
        files[f"output-{place}.ipynb"] = notebook({**CELL, "outputs": [value, {"output_type": value, "data": value, "text": value, "name": value}]})
    outcome = examine(tmp_path, files)
    assert {one.reason[:4] for one in outcome.not_analysed if not one.skipped} <= {"E903", "E905"}


NOTEBOOKS = {
    "empty": ("", "E905"),
    "blank": (" \n\t ", "E905"),
    "number": ("1", "E905"),
    "cut short": (notebook(CELL)[:-20], "E905"),
    "twice": (notebook(CELL) * 2, "E905"),
    "deep": ('{"cells": ' + "[" * 100_000, "E905"),
    "deep and closed": ('{"cells": ' + "[" * 5_000 + "]" * 5_000 + "}", "E905"),
    "deep output": (notebook(CELL).replace('"outputs": []', f'"outputs": {"[" * 300}{"]" * 300}'), "E905"),
    "bad escape": (notebook(CELL).replace("x = 1", "x = \\q"), "E905"),
    "HTML": ("<!DOCTYPE html><html></html>", "E905"),
    "conflict": ("<<<<<<< HEAD\n" + notebook(CELL), "E905"),
    "deep code": (notebook(cell("x = " + "[" * 150 + "]" * 150)), "E904"),
    "python 2": (notebook(cell("print 'x'")), "E903"),
    "LFS pointer": ("version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12\n", "E905"),
    "NaN": (notebook(CELL, metadata={"x": float("nan"), "y": float("inf")}), ""),
    "comment": ("// made by hand\n" + notebook(CELL), ""),
    "duplicate cells": (notebook(CELL)[:-1] + ', "cells": []}', ""),
    "lone surrogates": (notebook(cell("x = '\ud800'")), ""),
    "astral": (notebook(cell("x = '\U0001f600'  # 𝔘")), ""),
    "all line ends": (notebook(cell("x = 1\r\ny = 2\r# \u2028\nz = 3")), ""),
    "magics": (notebook(cell("%%bash\nrm -rf /\n"), cell("!ls {x}\n%time y = 1\nz?\n?z\n%%\n%\n!\n!!\n")), ""),
    "cell magic in the middle": (notebook(cell("x = 1\n%%time\ny = 2")), ""),
    "shell assignment": (notebook(cell("files = !ls\nx = %pwd\n")), ""),
    "R": (notebook(cell("x <- function(a) {"), metadata={"kernelspec": {"language": "R", "name": "ir"}}), ""),
    "raw": (notebook({"cell_type": "raw", "source": "def f(:", "metadata": {}}), ""),
    "markdown": (notebook({"cell_type": "markdown", "source": ["<script>", "<!-- mlops-lint: ignore[x] -->"], "metadata": {}}), "E912"),
    "unknown type": (notebook({"cell_type": "x" * 100_000, "source": "def f(:", "metadata": {}}), ""),
    "format 2": (
        json.dumps({"nbformat": 2, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1", "outputs": []}]}]}),
        "",
    ),
    "list of lines": (notebook(cell(["x = [\n", "1]\n", ""])), ""),
    "10,000 empty cells": (notebook(*[cell("")] * 10_000), ""),
    "long output": (notebook({**CELL, "outputs": [{"output_type": "stream", "name": "stdout", "text": ["x" * 100] * 20_000}]}), ""),
}


def test_notebooks(tmp_path: Path) -> None:
    _expect({f"{name}.ipynb": pair for name, pair in NOTEBOOKS.items()}, tmp_path)


def _bomb(levels: int, width: int = 2) -> str:
    return "\n".join(["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)])


YAML = {
    "bomb": (_bomb(60), ""),
    "wide bomb": (_bomb(12, 9), ""),
    "deep by aliases": (_bomb(260, 1), "E906"),
    "merge bomb": ("a: &a {" + ", ".join(f"k{n}: 1" for n in range(400)) + "}\n" + "\n".join(f"m{n}: {{<<: *a}}" for n in range(400)), "E906"),
    "itself": ("a: &a [*a]\n", ""),
    "itself in a mapping": ("a: &a\n  b: *a\n  <<: *a\n", ""),
    "unknown alias": ("a: *b\n", "E906"),
    "flow 250": ("[" * 250 + "]" * 250, "E906"),
    "flow 100,000": ("[" * 100_000, "E906"),
    "mapping 100,000": ("{a: " * 100_000, "E906"),
    "indented 400": ("".join(f"{' ' * n}a:\n" for n in range(400)), "E906"),
    "sequence 400": ("- " * 400 + "x", "E906"),
    "question marks": ("? " * 300 + "x", "E906"),
    "nodes": ("- x\n" * 150_000, "E906"),
    "tags": ("a: !!python/object/apply:os.system [x]\nb: !<tag:yaml.org,2002:python/name:os.system> x\nc: !!timestamp 2020-99-99\nd: !!int x\n", ""),
    "undefined tag handle": ("a: !x!y z\n", "E906"),
    "dates": ("a: 2020-13-45\nb: 2020-02-30T99:99:99Z\non: off\nno: yes\n", ""),
    "numbers": (f"a: {'9' * 10_000}\nb: 0x{'f' * 10_000}\nc: 1e{'9' * 400}\nd: 0o{'7' * 5_000}\ne: .\nf: -x\ng: 1_000\nh: +.5e\n", ""),
    "escapes": ('a: "\\UFFFFFFFF"\n', "E906"),
    "half an escape": ('a: "\\u12', "E906"),
    "surrogates": ('a: "\\ud800"\n', ""),
    "control": ("a: \x01\n", "E906"),
    "tab": ("a:\n\tb: 1\n", "E906"),
    "duplicate keys": ("a: 1\na: 2\n? [x]\n: 1\n? [x]\n: 2\n", ""),
    "documents": ("---\n" * 1000 + "a: 1\n...\n--- b\n", ""),
    "directives": ("%YAML 9.9\n---\na: 1\n", "E906"),
    "twice a directive": ("%YAML 1.1\n%YAML 1.1\n---\na: 1\n", "E906"),
    "block": ("a: |\n" + "  x\n" * 20_000, ""),
    "block indicator": ("a: |0\n  x\n", "E906"),
    "long key": ("x" * 200_000 + ": 1\n", "E906"),
    "only a mark": ("\ufeff", ""),
    "template": ("{{ if .Values.x }}\na: {{ .y }}\n{{ end }}\n", ""),
    "anchors": ("".join(f"- &a{n} x\n" for n in range(20_000)), ""),
    "comment": ("#" * 500_000, ""),
}


def test_yaml(tmp_path: Path) -> None:
    """No constructor runs: tags, dates and numbers cannot raise; what refers to itself is walked once."""
    _expect({f"{name.replace(' ', '_')}.yaml": pair for name, pair in YAML.items()}, tmp_path)


@pytest.mark.parametrize(
    "path",
    [".github/workflows/w{}.yml", ".gitlab-ci-{}.gitlab-ci.yml", "compose-{}.compose.yaml", "environment-{}.yml", "{}/dvc.yaml", "{}/MLproject"],
)
def test_yaml_where_a_shape_is_expected(path: str, tmp_path: Path) -> None:
    """The same values where jobs, services, dependencies or stages should be."""
    values = [
        "1",
        "[]",
        "{}",
        "~",
        "[[[1]]]",
        "{a: {b: {c: d}}}",
        "&a [*a]",
        "'x'",
        "|\n    x\n",
        "[{run: [1]}, 2]",
        "{steps: 3}",
        "*unknown",
        "[~, {image: {}}]",
    ]
    keys = [
        "jobs",
        "services",
        "dependencies",
        "stages",
        "entry_points",
        "on",
        "runs",
        "env",
        "defaults",
        "image",
        "script",
        "variables",
        "channels",
        "name",
    ]
    files = {}
    for number, value in enumerate(values):
        files[path.format(f"top{number}")] = "\n".join(f"{key}: {value}" for key in keys) + "\n"
        files[path.format(f"in{number}")] = "\n".join(f"{key}:\n  a: {value}\n  steps: {value}\n" for key in keys) + "\n"
    outcome = examine(tmp_path, files)
    assert {one.reason[:4] for one in outcome.not_analysed} <= {"E906"}


TOML = {
    "cut": ("[tool", "E906"),
    "twice": ("[a]\n[a]\n", "E906"),
    "deep": ("x = " + "[" * 5_000 + "]" * 5_000, "E906"),
    "deep table": ("x = " + "{a = " * 300 + "1" + "}" * 300, "E906"),
    "deep key": (".".join(["a"] * 5_000) + " = 1", "E906"),
    "deep header": ("[" + ".".join(["a"] * 5_000) + "]", "E906"),
    "integer": ("x = " + "9" * 10_000, "E906"),
    "float": ("x = 1e" + "9" * 400, ""),
    "dates": ("x = 2020-13-45", "E906"),
    "times": ("x = 99:99:99", "E906"),
    "string": ('x = "', "E906"),
    "text": ('x = """' + "y\n" * 1000, "E906"),
    "escape": ('x = "\\UFFFFFFFF"', "E906"),
    "surrogate": ('x = "\\ud800"', "E906"),
    "bare": ("x", "E906"),
    "odd keys": ('\'\' = 1\n"\\u00e9" = 2\n"a.b" = 3\n-_ = 4\n1 = 5\n', ""),
    "lone CR": ("x = 1\ry = 2\n", "E906"),
    "many": ("".join(f"[t{n}]\nx = {n}\n" for n in range(5_000)), ""),
    "array": ("x = [" + "1, " * 50_000 + "]", ""),
}


def test_toml(tmp_path: Path) -> None:
    _expect({f"{name}.toml": pair for name, pair in TOML.items()}, tmp_path)
    _expect(
        {f"{name}/pyproject.toml": (text + "\n# mlops-lint", code) for name, (text, code) in TOML.items() if name != "string"}, tmp_path / "second"
    )


@pytest.mark.parametrize(
    "path", ["{}/pyproject.toml", "{}/Pipfile", "{}/uv.lock", "{}/poetry.lock", "{}/pdm.lock", "{}/pylock.toml", "{}/Pipfile.lock"]
)
def test_manifests_of_odd_shapes(path: str, tmp_path: Path) -> None:
    values = [
        "1",
        "''",
        "[]",
        "{}",
        "[[]]",
        "[1]",
        "['torch']",
        "['']",
        "[{}]",
        "true",
        "1.5",
        "2020-01-01",
        "{version = 1}",
        "{version = []}",
        "['torch ==== 1 ; x']",
    ]
    keys = ["project", "tool", "build-system", "dependency-groups", "package", "packages", "metadata", "default", "dev-packages", "source", "_meta"]
    inner = ["dependencies", "optional-dependencies", "name", "version", "poetry", "uv", "files", "torch", "requires"]
    files: dict[str, str] = {}
    for number, value in enumerate(values):
        if path.endswith("Pipfile.lock"):
            plain = value.replace("'", '"').replace(" = ", ": ").replace("version", '"version"').replace("2020-01-01", '"x"')
            files[path.format(f"a{number}")] = "{" + ", ".join(f'"{key}": {plain}' for key in keys) + "}"
            files[path.format(f"b{number}")] = "{" + ", ".join(f'"{key}": {{"torch": {plain}, "hashes": {plain}}}' for key in keys) + "}"
            continue
        files[path.format(f"a{number}")] = "".join(f"{key} = {value}\n" for key in keys)
        files[path.format(f"b{number}")] = "".join(f"[{key}]\n" + "".join(f"{one} = {value}\n" for one in inner) for key in keys)
        files[path.format(f"c{number}")] = "".join(f"[[{key}]]\n" + "".join(f"{one} = {value}\n" for one in inner) for key in keys)
        files[path.format(f"d{number}")] = f"[tool.poetry.dependencies]\ntorch = {value}\npython = {value}\n[tool.uv.sources]\ntorch = {value}\n"
    outcome = examine(tmp_path, files)
    assert {one.reason[:4] for one in outcome.not_analysed} <= {"E906"}


JSON = {
    "deep": ("[" * 100_000, "E906"),
    "closed": ("[" * 300 + "]" * 300, "E906"),
    "objects": ('{"a":' * 100_000, "E906"),
    "integer": ("9" * 100_000, ""),
    "float": ("1e999999", ""),
    "word": ("nul", "E906"),
    "escape": ('"\\u12"', "E906"),
    "string": ('"' + "x" * 100_000, "E906"),
    "control": ('"a\nb"', "E906"),
    "trailing": ("[1, 2,]", ""),
    "comments": ("/* x */ [1] // y", ""),
    "open comment": ("[1] /* x", "E906"),
    "lines": ('{"a": 1}\n{"a": 2}\n', ""),
    "keys": ('{"": 1, "": 2, "\\ud800": 3}', ""),
    "empty": ("", ""),
}
INI = {
    "no section": ("a = 1\n", "E906"),
    "open": ("[a\nb = 1\n", "E906"),
    "same": ("[a]\nb = 1\n[a]\nb = 2\nb = 3\n", ""),
    "percent": ("[a]\nb = %(b)s %(c)s %\n", ""),
    "long": ("[a]\n" + "b" * 200_000 + "\n", ""),
    "folded": ("[options]\ninstall_requires =\n" + "    torch\n" * 5_000, ""),
    "empty": ("", ""),
    "brackets": ("[" * 10_000 + "]" * 10_000, ""),
    "directives": ("[options]\ninstall_requires = file: ../../../../etc/passwd\npackages = find:\n", ""),
}


def test_json_and_ini(tmp_path: Path) -> None:
    _expect({f"{name}.json": pair for name, pair in JSON.items()}, tmp_path)
    _expect({f"{name}/setup.cfg": pair for name, pair in INI.items()}, tmp_path / "second")


REQUIREMENTS = {
    "itself": ("-r requirements.txt\n-c requirements.txt\ntorch\n", ""),
    "outside": ("-r ../../../../../../etc/passwd\n-r /etc/shadow\n-c file:///etc/passwd\n-r ~/.ssh/id_rsa\n--requirement=/dev/zero\n", ""),
    "network": ("-r http://127.0.0.1:9/r.txt\n-i http://127.0.0.1:9/\ntorch @ http://127.0.0.1:9/t.whl\ngit+ssh://git@127.0.0.1/x.git\n", ""),
    "variables": ("-r ${HOME}/x.txt\ntorch==${VERSION}\n$(touch pwned)\n`touch pwned`\n", "E906"),
    "options": ("--hash=sha256:x\n-e\n-r\n--\n-\n--=x\n--index-url\n-e .[x] -r y\n", ""),
    "hashes": ("torch==1 \\\n" + "".join(f"    --hash=sha256:{n:064x} \\\n" for n in range(3_000)), ""),
    "deep marker": ("torch ; " + "(" * 3_000 + "python_version>'3'" + ")" * 3_000 + "\n", "E906"),
    "long marker": ("torch ; " + " and ".join(["python_version>'3'"] * 400) + "\n", ""),
    "specifiers": ("torch" + ",".join(["!=1.0"] * 1_500) + "\n", ""),
    "extras": ("torch[" + ",".join(["x"] * 2_000) + "]\n", ""),
    "long line": ("torch" + "," * 20_000 + "\n", "E906"),
    "continued": ("torch\\\n" * 20_000, "E906"),
    "versions": (f"torch=={'9' * 5_000}\ntorch==1!{'0' * 400}.1\ntorch==1.*.*\ntorch===\n", "E906"),
    "unicode": ("tоrch==1\nｔｏｒｃｈ==1\ntorch\u200b==1\n", "E906"),
    "null bytes of words": ("\x01\x02torch\n", "E906"),
    "many": ("torch==1\n" * 20_000, ""),
    "template": ("{% if x %}\ntorch=={{ y }}\n{% endif %}\n", ""),
}


def test_requirements(tmp_path: Path) -> None:
    _expect({f"{name.replace(' ', '_')}/requirements.txt": pair for name, pair in REQUIREMENTS.items()}, tmp_path)
    assert not (tmp_path / "pwned").exists()


def test_includes_in_rings_and_chains(tmp_path: Path) -> None:
    ring = {
        f"r{n}-requirements.txt": f"-r r{(n + 1) % 60}-requirements.txt\n-c r{(n + 7) % 60}-requirements.txt\ntorch\nnumpy=={n}.0\n"
        for n in range(60)
    }
    outcome = examine(tmp_path, {**ring, "Dockerfile": "FROM python:3.11\nCOPY . .\nRUN pip install -r r0-requirements.txt\n"})
    assert outcome.not_analysed == ()


def test_model_files_break_nothing(tmp_path: Path) -> None:
    """Their rules are to come; until then they are not read, and must not disturb (TRUST classes 26 and 27)."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("../../evil/data.pkl", b"\0" * 10_000_000)
    contents = [
        b"",
        b"\x80\x05.",
        b"cos\nsystem\n(S'x'\ntR.",
        pickle.dumps([1] * 1000),
        b"\x80\x04\x8e" + b"\xff" * 8,
        archive.getvalue(),
        archive.getvalue()[:-30],
    ]
    contents += [b"\x93NUMPY\x01\0v\0{'descr': '|O'}", b"I" + b"9" * 1_000_000 + b"\n."]
    suffixes = ("pkl", "pt", "pth", "bin", "joblib", "npy", "npz", "safetensors", "h5", "keras", "onnx", "gguf", "ckpt")
    files = {f"{number}.{suffix}": data for number, data in enumerate(contents) for suffix in suffixes}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    read = [name for name in files if kind_of(name) is not None]
    outcome = examine(tmp_path)
    assert outcome.files_analysed + len(outcome.not_analysed) == len(read) + 1


def _expect(cases: dict[str, tuple[str, str]], root: Path) -> None:
    """Write all of them into one folder, and hold what is said of each against what is expected; the account is held by ``examine``."""
    files = {name: text.encode("utf-8", "surrogatepass") for name, (text, _) in cases.items()}
    outcome = examine(root, files)
    found: dict[str, set[str]] = {name: set() for name in cases}
    for one in outcome.results:
        if one.place.path in found and one.code.startswith("E"):
            found[one.place.path].add(one.code)
    expected = {name: {code} if code else set() for name, (_, code) in cases.items()}
    assert {name: codes for name, codes in found.items() if codes != expected[name]} == {}
    lost = {one.path for one in outcome.not_analysed if not one.skipped}
    assert lost == {name for name, (_, code) in cases.items() if code and code < "E910"}
