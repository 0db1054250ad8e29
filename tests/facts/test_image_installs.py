from __future__ import annotations

import pickle

from mlops_lint.core.fact import Fact
from mlops_lint.documents.dockerfile import Dockerfile
from mlops_lint.facts.image_installs import ImageInstall, ImageInstalls
from mlops_lint.facts.manifests import Manifest


def installs(text: str, path: str = "Dockerfile") -> list[ImageInstall]:
    return list(ImageInstall.collect(Dockerfile(path, text.encode())))


def files(text: str, *manifests: str, path: str = "Dockerfile") -> list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], bool]]:
    """By command: requirements, constraints, projects, and whether something is unknown."""
    kinds = [Manifest(one, "pyproject" if one.endswith("toml") else "requirements") for one in manifests]
    resolved = ImageInstalls(installs(text, path), kinds).installs
    return [(one.requirements, one.constraints, tuple(name for name, _ in one.projects), one.unknown) for one in resolved]


def test_it_is_a_fact() -> None:
    (one,) = installs("FROM a\nRUN pip install torch==2.1\n")
    assert isinstance(one, Fact)
    assert pickle.loads(pickle.dumps(one)) == one


def test_packages_of_a_command() -> None:
    text = 'FROM a\nARG V=2.1.0\nRUN pip install torch==${V} "numpy>=1,<2" $MORE git+https://h.invalid/x.git#egg=x && conda install pandas=2.0\n'
    found = [(one.tool, [(package.name, package.specifier, package.source) for package in one.packages]) for one in installs(text)]
    assert found == [
        ("pip", [("torch", "==2.1.0", "registry"), ("numpy", ">=1,<2", "registry"), ("x", "", "git")]),
        ("conda", [("pandas", "==2.0.*", "registry")]),
    ]


def test_files_are_followed_through_copies() -> None:
    text = (
        "FROM a\nWORKDIR /srv\nCOPY deploy/requirements-prod.txt ./requirements.txt\nCOPY c/ /c/\nRUN pip install -r requirements.txt -c /c/all.txt\n"
    )
    assert files(text, "deploy/requirements-prod.txt", "requirements.txt", "c/all.txt") == [
        (("deploy/requirements-prod.txt",), ("c/all.txt",), (), False),
    ]


def test_a_bind_mount_and_a_changed_folder() -> None:
    text = (
        "FROM a\nRUN --mount=type=bind,source=reqs/base.txt,target=/tmp/r.txt pip install -r /tmp/r.txt\n"
        "COPY requirements.txt /app/\nRUN cd /app && pip install -r requirements.txt\n"
    )
    assert [one[0] for one in files(text, "reqs/base.txt", "requirements.txt")] == [("reqs/base.txt",), ("requirements.txt",)]


def test_the_context_may_lie_above_the_dockerfile() -> None:
    text = "FROM a\nCOPY . /app\nWORKDIR /app\nRUN pip install -e .[train]\n"
    assert files(text, "pyproject.toml", path="docker/train/Dockerfile") == [((), (), ("pyproject.toml",), False)]
    (one,) = installs(text)
    assert one.targets[0].extras == ("train",)


def test_what_is_not_known_is_said() -> None:
    assert files("FROM a\nRUN pip install -r $FILE\n", "requirements.txt") == [((), (), (), True)]
    assert files("FROM a\nRUN pip install -r https://h.invalid/r.txt\n", "requirements.txt") == [((), (), (), True)]


def test_environments_inside_an_image() -> None:
    text = (
        "FROM a AS base\nRUN pip install a\nRUN /opt/venv/bin/pip install b\nRUN /usr/local/bin/pip install c\nFROM base\nRUN pip install d\n"
        "RUN conda run -n x pip install e\nRUN . /v/bin/activate && pip install f\nFROM z\nRUN pip install g\n"
    )
    found = {one.packages[0].name: one for one in installs(text)}
    with_a = sorted(name for name, one in found.items() if one.shares_environment(found["a"]))
    assert with_a == ["a", "c", "d"]
    assert {found["b"].interpreter, found["f"].interpreter} == {"/opt/venv/bin/pip", "/v/bin/activate"}


def test_locks_and_options() -> None:
    text = "FROM a\nRUN uv sync --frozen\nRUN pipenv install --deploy\nRUN pip install --no-deps .\nRUN pip install --force-reinstall x==1\nRUN uv tool install ruff\n"
    found = installs(text)
    assert [(one.from_lock, one.no_deps, one.reinstalls) for one in found] == [
        (True, False, False),
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


def test_tests_and_vendored_images_are_left_out() -> None:
    assert files("FROM a\nRUN pip install x\n", path="tests/Dockerfile") == []
    assert files("FROM a\nRUN pip install x\n", path=".devcontainer/Dockerfile") == []
