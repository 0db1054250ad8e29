from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.core.fact import Fact
from mlops_lint.documents.classify import kind_of
from mlops_lint.documents.document import Document
from mlops_lint.documents.open import open_document
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.requirements import LockedVersion, Requirement, RequirementInclude, inside_project


def document(path: str, text: str) -> Document:
    kind = kind_of(path)
    assert kind is not None
    return open_document(kind, path, text.encode())


def rows(path: str, text: str) -> list[Requirement]:
    return list(Requirement.collect(document(path, text)))


def brief(path: str, text: str) -> list[tuple[str, str, str]]:
    return [(row.name, row.specifier, row.group) for row in rows(path, text)]


def shown(path: str, text: str) -> list[str]:
    """What the span of each row shows."""
    return [text[row.span.start : row.span.end] for row in rows(path, text)]


def manifest(path: str, text: str) -> Manifest:
    (found,) = Manifest.collect(document(path, text))
    return found


PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.24"]

[project]
name = "demo"
version = "1.0"
classifiers = ["Programming Language :: Python :: 3"]
dependencies = [
    "torch>=2.0,<3",  # the framework
    'Scikit_Learn[extra] ; python_version < "3.12"',
    "lib @ git+https://example.org/lib@0123abcd",
    "not a requirement",
]

[project.optional-dependencies]
gpu = ["cupy-cuda12x==13.0.0"]

[project.scripts]
demo = "demo:main"

[dependency-groups]
test = ["pytest>=8", { include-group = "Typing" }]
typing = ["mypy", { include-group = "test" }]
dev = [{ include-group = "test" }, "nox"]

[tool.pdm.dev-dependencies]
lint = ["ruff", "-e ./plugin#egg=plugin"]

[tool.hatch.envs.docs]
dependencies = ["mkdocs~=1.5"]

[tool.uv]
dev-dependencies = ["ipython"]
constraint-dependencies = ["numpy<2"]
override-dependencies = ["protobuf==4.25.0"]

[tool.uv.sources]
torch = { git = "https://example.org/torch.git", tag = "v2.1" }
mypy = { workspace = true }
nox = [{ index = "a", marker = "sys_platform == 'linux'" }, { path = "x" }]
numpy = { path = "../numpy" }

[tool.uv.workspace]
members = ["packages/*"]
exclude = ["packages/old"]
"""


def test_pyproject() -> None:
    assert brief("pyproject.toml", PYPROJECT) == [
        ("torch", ">=2.0,<3", ""),
        ("scikit-learn", "", ""),
        ("lib", "", ""),
        ("cupy-cuda12x", "==13.0.0", "extra:gpu"),
        ("pytest", ">=8", "group:test"),
        ("mypy", "", "group:typing"),
        ("nox", "", "group:dev"),
        ("hatchling", ">=1.24", "build"),
        ("ruff", "", "group:lint"),
        ("plugin", "", "group:lint"),
        ("mkdocs", "~=1.5", "env:docs"),
        ("ipython", "", "group:dev"),
        ("numpy", "<2", "constraint"),
        ("protobuf", "==4.25.0", "constraint"),
    ]
    texts = shown("pyproject.toml", PYPROJECT)
    assert texts[:3] == ["torch>=2.0,<3", 'Scikit_Learn[extra] ; python_version < "3.12"', "lib @ git+https://example.org/lib@0123abcd"]
    assert texts[9] == "./plugin#egg=plugin"
    by_name = {row.name: row for row in rows("pyproject.toml", PYPROJECT)}
    assert (by_name["torch"].source, by_name["torch"].revision, by_name["torch"].url) == ("git", "v2.1", "https://example.org/torch.git")
    assert (by_name["mypy"].source, by_name["nox"].source, by_name["numpy"].source) == ("workspace", "registry", "registry")
    assert (by_name["lib"].source, by_name["lib"].revision, by_name["lib"].is_exact) == ("git", "0123abcd", True)
    assert by_name["scikit-learn"].extras == ("extra",)
    assert by_name["scikit-learn"].marker == 'python_version < "3.12"'
    assert (by_name["plugin"].editable, by_name["plugin"].source) == (True, "path")
    assert by_name["cupy-cuda12x"].location.path == "pyproject.toml"


def test_groups_that_include_each_other_share_their_rows() -> None:
    by_name = {row.name: row for row in rows("pyproject.toml", PYPROJECT)}
    assert set(by_name["pytest"].groups) == {"group:test", "group:typing", "group:dev"}
    assert set(by_name["mypy"].groups) == {"group:typing", "group:test", "group:dev"}
    assert by_name["nox"].groups == ("group:dev",)
    assert by_name["torch"].groups == ("",)


def test_pyproject_manifest() -> None:
    found = manifest("pyproject.toml", PYPROJECT)
    assert (found.kind, found.project_name, found.manager) == ("pyproject", "demo", "uv")
    assert (found.has_build_metadata, found.is_published, found.is_application) == (True, True, False)
    assert found.console_scripts == ("demo",)
    assert (found.members, found.excluded) == (("packages/*",), ("packages/old",))


@pytest.mark.parametrize(
    ("text", "built", "application"),
    [
        ('[project]\nname = "a"\nversion = "1"\n', False, True),
        ('[project]\nname = "a"\nversion = "1"\n[build-system]\nrequires = []\n', True, True),
        ('[project]\nname = "a"\ndynamic = ["version"]\nclassifiers = ["X"]\n[build-system]\nrequires = []\n', True, False),
        ('[project]\nname = "a"\nversion = "1"\nclassifiers = ["Private :: Do Not Upload"]\n[build-system]\nrequires = []\n', True, True),
        ('[project]\nname = "a"\nversion = "1"\nreadme = "r"\nlicense = "MIT"\nkeywords = ["k"]\n[build-system]\nrequires = []\n', True, False),
        ('[project]\nname = "a"\nversion = "1"\nclassifiers = ["X"]\n[build-system]\nrequires = []\n[tool.uv]\npackage = false\n', False, True),
        ('[tool.poetry]\nname = "a"\nversion = "1"\npackage-mode = false\nclassifiers = ["X"]\n', False, True),
        ('[tool.poetry]\nname = "a"\nversion = "1"\nclassifiers = ["X"]\n', True, False),
    ],
)
def test_libraries_and_applications(text: str, built: bool, application: bool) -> None:
    found = manifest("pyproject.toml", text)
    assert (found.has_build_metadata, found.is_application) == (built, application)


def test_a_pyproject_that_only_configures_tools_is_no_manifest() -> None:
    text = "[tool.ruff]\nline-length = 100\n"
    assert list(Manifest.collect(document("pyproject.toml", text))) == []
    assert rows("pyproject.toml", text) == []
    assert rows("config.toml", PYPROJECT) == []


POETRY = """\
[tool.poetry]
name = "demo"
version = "0.1.0"

[tool.poetry.dependencies]
python = "^3.10"
torch = "^2.1"
numpy = "*"
scipy = { version = "~1.11", extras = ["b", "a"], markers = "sys_platform == 'linux'" }
cupy = { version = "13.0.0", optional = true }
lib = { git = "https://example.org/lib.git", branch = "main" }
local = { path = "../local", develop = true }
wheel = { url = "https://example.org/demo-1.2-py3-none-any.whl" }
pandas = [
    { version = "1.5.3", python = "<3.9" },
    { version = "^2.0", python = ">=3.9", platform = "linux" },
]

[tool.poetry.dependencies.dask]
version = ">=2023.1"

[tool.poetry.extras]
gpu = ["cupy"]
all = ["cupy"]

[tool.poetry.dev-dependencies]
black = "^21.9b0"

[tool.poetry.group.test.dependencies]
pytest = "7.4.0"
"""


def test_poetry() -> None:
    assert brief("pyproject.toml", POETRY) == [
        ("torch", ">=2.1,<3.0", ""),
        ("numpy", "", ""),
        ("scipy", ">=1.11,<1.12", ""),
        ("cupy", "==13.0.0", "extra:gpu"),
        ("lib", "", ""),
        ("local", "", ""),
        ("wheel", "==1.2", ""),
        ("pandas", "==1.5.3", ""),
        ("pandas", ">=2.0,<3.0", ""),
        ("dask", ">=2023.1", ""),
        ("black", ">=21.9b0,<22.0", "group:dev"),
        ("pytest", "==7.4.0", "group:test"),
    ]
    assert [text for text in shown("pyproject.toml", POETRY) if "\n" not in text][:2] == ['torch = "^2.1"', 'numpy = "*"']
    assert shown("pyproject.toml", POETRY)[7] == '{ version = "1.5.3", python = "<3.9" }'
    assert shown("pyproject.toml", POETRY)[9] == "dask"
    _, _, scipy, cupy, lib, local, wheel, old, new, *_ = rows("pyproject.toml", POETRY)
    assert (scipy.extras, scipy.marker) == (("a", "b"), "sys_platform == 'linux'")
    assert cupy.groups == ("extra:gpu", "extra:all")
    assert (lib.source, lib.revision, lib.is_exact) == ("git", "main", False)
    assert (local.source, local.editable) == ("path", True)
    assert (wheel.source, wheel.exact) == ("url", "1.2")
    assert old.marker == 'python_version < "3.9"'
    assert new.marker == 'python_version >= "3.9" and sys_platform == "linux"'


def test_poetry_only_adds_sources_to_what_project_declares() -> None:
    text = (
        '[project]\nname = "a"\nversion = "1"\ndependencies = ["lib>=1", "numpy"]\n'
        '[tool.poetry.dependencies]\nlib = { git = "https://example.org/lib", rev = "0123abcd" }\nnumpy = "*"\n'
    )
    assert [(row.name, row.specifier, row.source, row.revision) for row in rows("pyproject.toml", text)] == [
        ("lib", ">=1", "git", "0123abcd"),
        ("numpy", "", "registry", ""),
    ]


PIPFILE = """\
[[source]]
url = "https://example.org/simple"
name = "main"

[packages]
torch = "==2.1.0"
numpy = "*"
lib = { git = "https://example.org/lib.git", ref = "main", editable = true }
scipy = { version = ">=1.10", markers = "sys_platform == 'linux'", os_name = "== 'posix'" }

[dev-packages]
pytest = "~=7.0"

[docs]
sphinx = "*"

[requires]
python_version = "3.10"
"""


def test_pipfile() -> None:
    assert brief("app/Pipfile", PIPFILE) == [
        ("torch", "==2.1.0", ""),
        ("numpy", "", ""),
        ("lib", "", ""),
        ("scipy", ">=1.10", ""),
        ("pytest", "~=7.0", "group:dev"),
        ("sphinx", "", "group:docs"),
    ]
    assert shown("app/Pipfile", PIPFILE)[0] == 'torch = "==2.1.0"'
    lib, scipy = rows("app/Pipfile", PIPFILE)[2:4]
    assert (lib.source, lib.revision, lib.editable) == ("git", "main", True)
    assert scipy.marker == "sys_platform == 'linux' and os_name == 'posix'"
    assert manifest("app/Pipfile", PIPFILE).kind == "pipfile"


CONDA = """\
name: demo
channels:
  - pytorch
  - conda-forge
dependencies:
  - python=3.10
  - pytorch=2.1
  - numpy=1.26.4
  - "conda-forge::scipy >=1.10,<2"
  - cudatoolkit=11.8=h6a678d5_0
  - pandas==2.1.0
  - pip
  - pip:
      - transformers==4.40.0
      - "git+https://example.org/lib@main#egg=lib"
      - -r requirements.txt
      - -e .
prefix: /home/user/envs/demo
"""


def test_conda() -> None:
    found = rows("environment.yml", CONDA)
    assert [(row.name, row.specifier, row.manager) for row in found] == [
        ("pytorch", "==2.1.*", "conda"),
        ("numpy", "==1.26.4", "conda"),
        ("scipy", ">=1.10,<2", "conda"),
        ("cudatoolkit", "==11.8", "conda"),
        ("pandas", "==2.1.0", "conda"),
        ("pip", "", "conda"),
        ("transformers", "==4.40.0", "pip"),
        ("lib", "", "pip"),
        ("", "", "pip"),
    ]
    assert [row.exact for row in found[:5]] == [None, "1.26.4", None, "11.8", "2.1.0"]
    assert shown("environment.yml", CONDA)[1:3] == ["numpy=1.26.4", "conda-forge::scipy >=1.10,<2"]
    assert shown("environment.yml", CONDA)[7:] == ["git+https://example.org/lib@main#egg=lib", "."]
    (include,) = RequirementInclude.collect(document("sub/environment.yml", CONDA))
    assert (include.kind, include.target, CONDA[include.span.start : include.span.end]) == ("requirement", "sub/requirements.txt", "requirements.txt")
    found_manifest = manifest("environment.yml", CONDA)
    assert found_manifest.channels == ("pytorch", "conda-forge")
    assert found_manifest.prefix is not None
    assert CONDA[found_manifest.prefix.start : found_manifest.prefix.end] == "prefix: /home/user/envs/demo"


def test_other_yaml_is_no_environment() -> None:
    assert rows("chart.yaml", "apiVersion: v2\nkind: x\nname: demo\ndependencies:\n  - name: redis\n") == []


SETUP_CFG = """\
[metadata]
name = demo
classifiers =
    Programming Language :: Python
[options]
install_requires =
    torch>=2  # framework
    # numpy
    scipy; python_version < "3.9"
setup_requires = wheel
tests_require = pytest
[options.extras_require]
gpu =
    cupy==13.0
[options.entry_points]
console_scripts =
    demo = demo.cli:main
"""


def test_setup_cfg() -> None:
    assert brief("setup.cfg", SETUP_CFG) == [
        ("torch", ">=2", ""),
        ("scipy", "", ""),
        ("pytest", "", "group:tests"),
        ("wheel", "", "build"),
        ("cupy", "==13.0", "extra:gpu"),
    ]
    assert shown("setup.cfg", SETUP_CFG) == ["torch>=2", 'scipy; python_version < "3.9"', "pytest", "wheel", "cupy==13.0"]
    found = manifest("setup.cfg", SETUP_CFG)
    assert (found.project_name, found.console_scripts, found.is_application) == ("demo", ("demo",), False)
    (include,) = RequirementInclude.collect(document("setup.cfg", "[options]\ninstall_requires = file: reqs/base.txt\n"))
    assert include.target == "reqs/base.txt"
    assert list(Manifest.collect(document("setup.cfg", "[flake8]\nmax-line-length = 100\n"))) == []


SETUP_PY = """\
import setuptools
from setuptools import find_packages

REQUIRED = ["torch>=2.0", "numpy"]
grown = ["scipy"]
grown += ["pandas"]
extras = {}
extras["dev"] = ["pytest", 'black==23.1']
extras["all"] = extras["dev"] + ["x"]

setuptools.setup(
    name="demo",
    install_requires=REQUIRED,
    tests_require=grown,
    setup_requires=open("requirements.txt").read().splitlines(),
    extras_require=extras,
    classifiers=["Programming Language :: Python"],
    entry_points={"console_scripts": ["demo = demo:main"]},
)
"""


def test_setup_py() -> None:
    assert brief("setup.py", SETUP_PY) == [
        ("torch", ">=2.0", ""),
        ("numpy", "", ""),
        ("pytest", "", "extra:dev"),
        ("black", "==23.1", "extra:dev"),
    ]
    assert shown("setup.py", SETUP_PY) == ["torch>=2.0", "numpy", "pytest", "black==23.1"]
    found = manifest("setup.py", SETUP_PY)
    assert (found.kind, found.project_name, found.has_build_metadata, found.is_application) == ("setup.py", "demo", True, False)
    assert found.console_scripts == ("demo",)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('setup(install_requires=["a", *BASE, f"x{y}"])', ["a", "base"]),
        ('setup(install_requires=("a",))', ["a"]),
        ('setup(install_requires="""\n  a>=1\n  b\n""")', ["a", "b"]),
        ('setup(extras_require={"x": ["a"], y: ["b"], **z})', ["a"]),
        ("setup(install_requires=read())", []),
        ("setup(**config)", []),
        ("configure()", []),
        ("setup(", []),
    ],
)
def test_only_literals_of_setup_py_count(call: str, expected: list[str]) -> None:
    text = f'BASE = ["base"]\n{call}\n'
    found = rows("setup.py", text)
    assert [row.name for row in found] == expected
    assert [text[row.span.start :].startswith(row.name) for row in found] == [True] * len(found)


SCRIPT = """\
#!/usr/bin/env python
# é /// a header
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "torch>=2",
#
#   "rich",
# ]
# [tool.uv.sources]
# rich = { git = "https://example.org/rich", rev = "main" }
# ///
import torch
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_script_metadata(newline: str) -> None:
    text = SCRIPT.replace("\n", newline)
    found = rows("tools/run.py", text)
    assert [(row.name, row.specifier, row.source) for row in found] == [("torch", ">=2", "registry"), ("rich", "", "git")]
    assert shown("tools/run.py", text) == ["torch>=2", "rich"]
    assert document("tools/run.py", text).line_map.position(found[1].span.start) == (8, 6)
    assert manifest("tools/run.py", text).kind == "script"


@pytest.mark.parametrize(
    "text", ["# /// script\n# dependencies = ['a']\n", "# /// script\n# dependencies = [\n# ///\n", "x = '# /// script'\n", "# /// script"]
)
def test_script_blocks_that_are_none(text: str) -> None:
    assert rows("run.py", text) == []


def test_requirements_files() -> None:
    text = "-r base.txt\n-c ../../elsewhere.txt\n-r https://example.org/r.txt\ntorch==2.1.0 --hash=sha256:aa\nnumpy\n-e .\nscipy==${V}\n"
    found = rows("requirements/train.txt", text)
    assert [(row.name, row.specifier, row.hashed, row.group) for row in found] == [
        ("torch", "==2.1.0", True, ""),
        ("numpy", "", False, ""),
        ("", "", False, ""),
    ]
    includes = list(RequirementInclude.collect(document("requirements/train.txt", text)))
    assert [(one.kind, one.target, one.raw) for one in includes] == [
        ("requirement", "requirements/base.txt", "base.txt"),
        ("constraint", "", "../../elsewhere.txt"),
        ("requirement", "", "https://example.org/r.txt"),
    ]
    assert [row.group for row in rows("constraints.txt", "numpy<2\n")] == ["constraint"]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ('[tool.setuptools.dynamic]\ndependencies = { file = ["requirements.txt"] }\n', "requirements.txt"),
        ('[tool.setuptools.dynamic]\noptional-dependencies.dev = { file = "reqs/dev.txt" }\n', "reqs/dev.txt"),
        ('[tool.hatch.metadata.hooks.requirements_txt]\nfiles = ["requirements.txt"]\n', "requirements.txt"),
    ],
)
def test_requirements_files_of_a_build_backend(text: str, target: str) -> None:
    (include,) = RequirementInclude.collect(document("pyproject.toml", text))
    assert include.target == target
    assert text[include.span.start : include.span.end] == target


@pytest.mark.parametrize(
    ("path", "raw", "target"),
    [
        ("a/b.txt", "../c.txt", "c.txt"),
        ("a/b.txt", "./d/../c.txt", "a/c.txt"),
        ("a/b.txt", "sub\\c.txt", "a/sub/c.txt"),
        ("a/b.txt", "../../c.txt", ""),
        ("b.txt", "/etc/passwd", ""),
        ("b.txt", "C:\\x.txt", ""),
        ("b.txt", "~/x.txt", ""),
        ("b.txt", "${DIR}/x.txt", ""),
        ("b.txt", "https://example.org/x.txt", ""),
        ("b.txt", "file:c.txt", "c.txt"),
        ("b.txt", ".", ""),
    ],
)
def test_only_files_of_the_project_are_targets(path: str, raw: str, target: str) -> None:
    assert inside_project(path, raw) == target


@pytest.mark.parametrize(
    ("line", "exact", "is_exact"),
    [
        ("torch==2.1.0", "2.1.0", True),
        ("torch===2.1.0", "2.1.0", True),
        ("torch==2.1.*", None, False),
        ("torch~=2.1.0", None, False),
        ("torch>=2", None, False),
        ("torch --hash=sha256:aa", None, True),
        ("https://example.org/torch.zip#sha256=aa", None, True),
        ("https://example.org/torch.zip", None, False),
        ("git+https://example.org/torch@0123abcd#egg=torch", None, True),
        ("git+https://example.org/torch@v1.0#egg=torch", None, False),
        ("./wheels/torch-2.1.0-py3-none-any.whl", "2.1.0", True),
        ("-e .", None, True),
    ],
)
def test_what_is_exact(line: str, exact: str | None, is_exact: bool) -> None:
    (row,) = rows("requirements.txt", line + "\n")
    assert (row.exact, row.is_exact) == (exact, is_exact)


def test_questions_to_a_row() -> None:
    torch, other, odd = rows(
        "pyproject.toml", '[project]\ndependencies = ["torch>=2,<3", "torch==1.13"]\n[tool.poetry.group.x.dependencies]\ntorch = "^1 || ^2"\n'
    )
    assert (torch.lower_bound, torch.has_upper_bound, torch.admits("2.5"), torch.admits("3.0")) == ("2", True, True, False)
    assert (torch.conflicts_with(other), torch.conflicts_with(torch), torch.conflicts_with(odd)) == (True, False, None)
    assert (odd.exact, odd.lower_bound, odd.admits("1.0")) == (None, None, None)


def test_locked_versions() -> None:
    text = '[[package]]\nname = "numpy"\nversion = "1.0"\n'
    (found,) = LockedVersion.collect(document("uv.lock", text))
    assert (found.name, found.version, found.location.path) == ("numpy", "1.0", "uv.lock")
    assert text[found.span.start : found.span.end] == "numpy"
    assert text[found.version_span.start : found.version_span.end] == "1.0"


def test_facts_are_plain_data_of_the_protocol() -> None:
    for path, text in [("requirements.txt", "-r b.txt\nnumpy\n"), ("environment.yml", CONDA), ("pyproject.toml", PYPROJECT)]:
        for kind in (Requirement, RequirementInclude, Manifest):
            for fact in kind.collect(document(path, text)):
                assert isinstance(fact, Fact)
                assert pickle.loads(pickle.dumps(fact)) == fact


def test_collecting_twice_and_in_turn_gives_the_same() -> None:
    first, second = document("requirements.txt", "numpy\n"), document("requirements.txt", "scipy\n")
    assert [row.name for one in (first, second, first) for row in Requirement.collect(one)] == ["numpy", "scipy", "numpy"]


_PATHS = st.sampled_from(["requirements.txt", "pyproject.toml", "Pipfile", "setup.cfg", "setup.py", "environment.yml", "run.py", "uv.lock"])
_SEEDS = [PYPROJECT, POETRY, PIPFILE, CONDA, SETUP_CFG, SETUP_PY, SCRIPT]


@settings(max_examples=120, deadline=None)
@given(_PATHS, st.sampled_from(_SEEDS), st.data())
def test_no_manifest_however_broken_raises(path: str, seed: str, data: st.DataObject) -> None:
    lines = seed.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at] = data.draw(st.sampled_from(["", "[", "]\n", "x = 1\n", "dependencies = 3\n", "- a\n", lines[at][:-3], "{}\n", lines[at] * 2]))
    found = document(path, "".join(lines))
    for kind in (Requirement, RequirementInclude, Manifest, LockedVersion):
        for fact in kind.collect(found):
            if getattr(fact, "span", None) is not None:
                assert 0 <= fact.span.start <= fact.span.end <= len(found.text)


_TABLE_KEYS = ["version", "git", "rev", "path", "file", "python", "include-group", "dependencies", "a"]
_KEYS = """
    project project.dependencies project.optional-dependencies project.scripts dependency-groups dependency-groups.a build-system
    build-system.requires packages tool tool.poetry tool.poetry.dependencies tool.poetry.dependencies.a tool.poetry.group tool.poetry.group.x
    tool.poetry.extras tool.pdm.dev-dependencies tool.hatch.envs tool.hatch.envs.x.dependencies tool.uv tool.uv.sources tool.uv.sources.a
    tool.uv.workspace tool.setuptools.dynamic tool.setuptools.dynamic.dependencies
""".split()


def _collections(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.lists(st.tuples(st.sampled_from(_TABLE_KEYS), inner), max_size=2, unique_by=lambda pair: pair[0])
    tables = pairs.map(lambda items: "{ " + ", ".join(f"{key} = {value}" for key, value in items) + " }")
    return st.one_of(tables, st.lists(inner, max_size=2).map(lambda items: "[" + ", ".join(items) + "]"))


_VALUES = st.recursive(st.sampled_from(['"numpy>=1"', '"x"', "1", "true", '"^1"']), _collections, max_leaves=6)


@settings(max_examples=80, deadline=None)
@given(_VALUES, st.sampled_from(_KEYS))
def test_values_of_any_shape_under_any_key_are_borne(value: str, key: str) -> None:
    for path in ("pyproject.toml", "Pipfile"):
        found = document(path, f"{key} = {value}\n")
        for kind in (Requirement, RequirementInclude, Manifest):
            list(kind.collect(found))
