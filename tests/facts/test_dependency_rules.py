"""Corners of RP201, RP202, RP204 and RP215 that are too small for a fixture: each line of an answer is ``path:line``."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lint.engine.registry import load_ruleset
from mlops_lint.testing.cases import check_repository

RULESET = load_ruleset()

APP = '[project]\nname = "app"\nversion = "1"\ndependencies = [\n%s\n]\n'
BUILT = '[build-system]\nrequires = ["setuptools"]\n' + APP
DRESSED = BUILT.replace("dependencies", 'classifiers = ["Topic :: Scientific/Engineering"]\ndependencies')
SETUP = """import os
from setuptools import setup
def read(name, folder="requirements"):
    return open(os.path.join(folder, name)).read().splitlines()
setup(name="app", version="1", install_requires=read("requirements.txt"), extras_require={"asr": read("requirements_asr.txt")},
      classifiers=["Topic :: Scientific/Engineering"])
"""
UV = 'version = 1\n\n[[package]]\nname = "torch"\nversion = "2.6.0"\nsource = { registry = "r" }\n'
SCRIPT = '# /// script\n# dependencies = [\n#   "torch>=2",\n# ]\n%s# ///\nimport torch\n'
SHA = "0123456789abcdef0123456789abcdef01234567"


def found(tmp_path: Path, code: str, files: dict[str, str], confidence: str = "medium") -> list[str]:
    for path, text in files.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    loaded = RULESET.get(code)
    assert loaded is not None
    results = check_repository(tmp_path, loaded, RULESET).results
    assert all(one.code == code for one in results), results
    return [f"{one.place.path}:{one.place.region.line}" for one in results if confidence == "low" or one.confidence.word != "low"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # What is exact, and what is a range.
        ({"requirements.txt": "torch==2.6.0\nnumpy===1.26\n"}, []),
        ({"requirements.txt": "torch==2.*\n"}, ["requirements.txt:1"]),
        ({"requirements.txt": "fastapi\ntorch~=2.6.0\n"}, ["requirements.txt:2"]),
        ({"requirements.txt": "torch>=2,<3\n"}, ["requirements.txt:1"]),
        ({"requirements.txt": "torch>=2 --hash=sha256:%s\n" % ("0" * 64)}, []),
        ({"requirements.txt": "torch @ https://h.invalid/torch-2.6.0-py3-none-any.whl#sha256=%s\n" % ("0" * 64)}, []),
        ({"requirements.txt": "torch @ https://h.invalid/torch-2.6.0-py3-none-any.whl\n"}, ["requirements.txt:1"]),
        ({"requirements.txt": "torch @ git+https://h.invalid/torch\n"}, []),
        ({"requirements.txt": "Scikit_Learn\n"}, ["requirements.txt:1"]),
        ({"environment.yml": "dependencies:\n  - pytorch=2.6\n"}, ["environment.yml:2"]),
        ({"environment.yml": "dependencies:\n  - pytorch=2.6.0=py311_0\n  - pip:\n      - numpy\n"}, ["environment.yml:4"]),
        # Which files count.
        ({"docs/requirements.txt": "torch\n"}, []),
        ({"requirements/test.txt": "torch\n"}, []),
        ({"requirements-docs.txt": "torch\n"}, []),
        ({"requirements-dev.txt": "torch\n"}, []),
        ({"vendor/x/requirements.txt": "torch\n"}, []),
        ({"constraints.txt": "torch<3\n"}, []),
        # Applications and libraries.
        ({"pyproject.toml": APP % '"torch>=2"'}, ["pyproject.toml:5"]),
        ({"pyproject.toml": DRESSED % '"torch>=2"'}, []),
        ({"pyproject.toml": BUILT % '"torch>=2"', "src/app/__init__.py": ""}, []),
        ({"pyproject.toml": BUILT % '"torch>=2"', "train.py": ""}, ["pyproject.toml:7"]),
        ({"pyproject.toml": BUILT % '"torch>=2"', "src/app/__init__.py": "", "src/app/train.py": ""}, ["pyproject.toml:7"]),
        ({"pyproject.toml": BUILT % '"torch>=2"', "src/app/__init__.py": "", "scripts/train_ranker.py": ""}, ["pyproject.toml:7"]),
        ({"pyproject.toml": BUILT % '"torch>=2"', "app/__init__.py": "", "app/engine/train.py": "", "app/engine/__init__.py": ""}, []),
        ({"pyproject.toml": BUILT % '"torch>=2"', "src/app/__init__.py": "", "src/app/main.py": "", "examples/train.py": ""}, []),
        ({"pyproject.toml": DRESSED % '"torch>=2"', "src/app/__init__.py": "", "src/app/train.py": ""}, []),
        ({"pyproject.toml": DRESSED.replace("Topic ::", "Private ::") % '"torch>=2"'}, ["pyproject.toml:8"]),
        ({"pyproject.toml": DRESSED % '"torch>=2"' + "\n[tool.uv]\npackage = false\n"}, ["pyproject.toml:8"]),
        ({"pyproject.toml": DRESSED % '"torch>=2"', "Dockerfile": "FROM a\nCOPY . .\nRUN pip install .\n"}, ["pyproject.toml:8"]),
        ({"pyproject.toml": DRESSED % '"torch>=2"', "requirements.txt": "torch>=2\n"}, []),
        (
            {
                "pyproject.toml": DRESSED % "",
                "requirements.txt": "torch>=2\n",
                "Dockerfile": "FROM a\nCOPY . .\nRUN pip install -r requirements.txt\n",
            },
            ["requirements.txt:1"],
        ),
        ({"pyproject.toml": APP.replace("dependencies", "optional") % "" + '\n[dependency-groups]\ntest = ["torch"]\n'}, []),
        ({"setup.py": 'from setuptools import setup\nsetup(name="app", version="1", install_requires=["torch"])\n', "main.py": ""}, []),
        (
            {"setup.py": SETUP, "requirements/requirements.txt": "torch\n", "requirements/requirements_asr.txt": "librosa\n"},
            [],
        ),
        # Environments of Hatch, and single scripts.
        ({"pyproject.toml": APP % "" + '\n[tool.hatch.envs.train]\ndependencies = ["torch>=2"]\n'}, ["pyproject.toml:9"]),
        ({"pyproject.toml": APP % "" + '\n[tool.hatch.envs.docs]\ndependencies = ["torch>=2"]\n'}, []),
        ({"pyproject.toml": DRESSED % "" + '\n[tool.hatch.envs.train]\ndependencies = ["torch>=2"]\n'}, []),
        ({"train.py": SCRIPT % ""}, ["train.py:3"]),
        ({"train.py": SCRIPT % "", "requirements.lock": "torch==2.6.0\n"}, ["train.py:3"]),
        ({"train.py": SCRIPT % "", "train.py.lock": UV}, []),
        ({"train.py": SCRIPT % "", "other.py.lock": UV}, ["train.py:3"]),
        ({"train.py": SCRIPT % '# [tool.uv]\n# exclude-newer = "2026-05-01T00:00:00Z"\n'}, []),
        ({"train.py": SCRIPT % '# [tool.uv]\n# exclude-newer = "1 week"\n'}, ["train.py:3"]),
        ({"train.py": (SCRIPT % "").replace("torch>=2", "torch==2.6.0")}, []),
        # Cover.
        ({"pyproject.toml": APP % '"torch>=2"', "uv.lock": UV}, []),
        ({"pyproject.toml": APP % '"torch>=2"', "uv.lock": UV, "Dockerfile": "FROM a\nCOPY . .\nRUN uv pip install .\n"}, ["pyproject.toml:5"]),
        ({"pyproject.toml": APP % '"torch>=2"', "uv.lock": UV, "Dockerfile": "FROM a\nCOPY . .\nRUN uv sync --locked\n"}, []),
        ({"pyproject.toml": APP % '"torch>=2"', "requirements.txt": "torch==2.6.0\n"}, []),
        ({"requirements.txt": "-c constraints.txt\ntorch\n", "constraints.txt": "torch==2.6.0\n"}, []),
        ({"requirements.txt": "torch\n", "constraints.txt": "torch==2.6.0\n"}, []),
        ({"requirements.txt": "torch\n", "requirements-lock.txt": "torch==2.6.0\n"}, []),
        ({"requirements.txt": "-r base-requirements.txt\ntorch==2.6.0\n", "base-requirements.txt": "torch\n"}, []),
        ({"a/requirements.txt": "torch\n", "b/constraints.txt": "torch==2.6.0\n"}, ["a/requirements.txt:1"]),
        ({"requirements.txt": 'torch==2.6.0 ; sys_platform == "linux"\ntorch ; sys_platform == "darwin"\n'}, ["requirements.txt:2"]),
    ],
)
def test_ml_requirement_unpinned(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert found(tmp_path, "RP201", files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"requirements.txt": "requests\n"}, ["requirements.txt:1"]),
        ({"requirements.txt": "requests==2.32.3\n"}, []),
        ({"requirements.txt": "-e .\n"}, []),
        ({"requirements.txt": "requests\n", "requirements.lock": "x"}, ["requirements.txt:1"]),
        ({"pyproject.toml": APP % '"torch>=2"', "poetry.lock": "broken ["}, []),
        ({"pyproject.toml": DRESSED % '"torch>=2"', "requirements-dev.txt": "pytest\n"}, []),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 100\n"}, []),
        ({"train.py": SCRIPT % ""}, []),
        ({"pyproject.toml": APP % '"torch==2.6.0"' + '\n[tool.hatch.envs.default]\ndependencies = ["pytest"]\n'}, []),
        ({"requirements.txt": "pip\nwheel\ntorch==2.6.0\n"}, []),
        ({"environment.yml": "dependencies:\n  - pytorch=2.6.0\n  - pip\n  - pip:\n      - transformers==4.46.1\n"}, []),
    ],
)
def test_lockfile_missing(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    if "poetry.lock" in files:
        for path, text in files.items():
            (tmp_path / path).write_text(text)
        loaded = RULESET.get("RP202")
        assert loaded is not None
        assert [one.code for one in check_repository(tmp_path, loaded, RULESET).results] == ["E906"]
        return
    assert found(tmp_path, "RP202", files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"requirements.txt": "torch==2.1\ntorch==2.2\n"}, ["requirements.txt:2"]),
        ({"requirements.txt": "torch==2.1.0\ntorch==2.1\n"}, []),
        ({"requirements.txt": "-r base-requirements.txt\nnumpy>=2\n", "base-requirements.txt": "numpy<2\n"}, ["requirements.txt:2"]),
        ({"requirements.txt": "numpy<2\n", "requirements-gpu.txt": "numpy>=2\n"}, []),
        ({"requirements.txt": "numpy<2\n", "requirements-dev.txt": "numpy>=2\n"}, ["requirements.txt:1"]),
        (
            {"requirements.txt": "a<2\n", "requirements-dev.txt": "a>=2\n", "requirements-test.txt": "a<2\n"},
            ["requirements.txt:1"],
        ),
        ({"Dockerfile": 'FROM a\nRUN pip install "numpy<2"\nRUN pip install "numpy>=2"\n'}, ["Dockerfile:3"]),
        ({"Dockerfile": 'FROM a\nRUN pip install "numpy<2"\nFROM b\nRUN pip install "numpy>=2"\n'}, []),
        ({"Dockerfile": 'FROM a\nRUN pip install "numpy<2"\nRUN pip install --force-reinstall "numpy>=2"\n'}, []),
        ({"pyproject.toml": APP % '"torch==2.5.0"', "uv.lock": UV}, ["uv.lock:5"]),
        ({"pyproject.toml": APP % '"torch==2.6"', "uv.lock": UV}, []),
        ({"requirements.txt": "torch==2.5.0\n", "pyproject.toml": APP % '"torch"', "uv.lock": UV}, ["uv.lock:5"]),
        ({"environment.yml": "dependencies:\n  - numpy<2\n", "requirements.txt": "numpy>=2\n"}, ["requirements.txt:1"]),
        ({"pyproject.toml": APP % '"numpy<2"' + '\n[build-system]\nrequires = ["numpy>=2"]\n'}, []),
        ({"pyproject.toml": APP % '"numpy<2"' + '\n[tool.hatch.envs.a]\ndependencies = ["x<1"]\n[tool.hatch.envs.b]\ndependencies = ["x>1"]\n'}, []),
        ({"pyproject.toml": APP % '"numpy<2"' + '\n[project.optional-dependencies]\nnew = ["numpy>=2"]\n'}, ["pyproject.toml:9"]),
        ({"requirements.txt": "x @ git+https://h.invalid/x@v2\nx==1\n"}, []),
        (
            {"requirements.in": "torch>=2.6\n", "requirements.txt": "# autogenerated by pip-compile\ntorch==2.5.0\n    # via -r requirements.in\n"},
            ["requirements.txt:2"],
        ),
    ],
)
def test_requirement_sets_conflict(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert found(tmp_path, "RP204", files) == expected


@pytest.mark.parametrize(
    ("revision", "floats"),
    [
        ("", True),
        ("@main", True),
        ("@master", True),
        ("@dev", True),
        ("@v2-dev", True),
        ("@feature-2.0", True),
        ("@fix/issue-12", True),
        ("@refs/heads/v1.2", True),
        ("@1.x", True),
        ("@nightly", True),
        ("@abcdef", True),
        ("@" + SHA, False),
        ("@" + SHA[:7], False),
        ("@v1.2", False),
        ("@1.2.3", False),
        ("@release-1.0", False),
        ("@v4", False),
        ("@v1.0.0-rc.1", False),
        ("@2.3.0.post1", False),
        ("@lib-v0.3.1", False),
        ("@refs/tags/autumn", False),
        ("@${REV}", False),
    ],
)
def test_vcs_dependency_floating(tmp_path: Path, revision: str, floats: bool) -> None:
    files = {"requirements.txt": f"-e git+ssh://git@h.invalid/acme/x.git{revision}#egg=x\n"}
    assert found(tmp_path, "RP215", files) == (["requirements.txt:1"] if floats else [])


def test_a_source_table_is_the_place_of_its_branch(tmp_path: Path) -> None:
    sources = '\n[tool.uv.sources.x]\ngit = "https://h.invalid/x"\nbranch = "v1.0"\n'
    assert found(tmp_path, "RP215", {"pyproject.toml": APP % '"x"' + sources}) == ["pyproject.toml:10"]


def test_examples_have_low_confidence(tmp_path: Path) -> None:
    files = {"examples/requirements.txt": "torch @ git+https://h.invalid/torch\nnumpy\n"}
    assert found(tmp_path, "RP215", files) == found(tmp_path, "RP201", files) == []
    assert found(tmp_path, "RP215", files, "low") == ["examples/requirements.txt:1"]
    assert found(tmp_path, "RP201", files, "low") == ["examples/requirements.txt:2"]
