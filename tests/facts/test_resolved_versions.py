from __future__ import annotations

from mlops_lint.documents.classify import kind_of
from mlops_lint.documents.open import open_document
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.requirements import LockedVersion, Requirement, RequirementInclude
from mlops_lint.facts.resolved_versions import ResolvedVersions, environment_of


class Files:
    """A project of texts, as ``ResolvedVersions.of`` sees one."""

    def __init__(self, files: dict[str, str]) -> None:
        self.found: dict[type, list[object]] = {Requirement: [], LockedVersion: [], RequirementInclude: [], Manifest: []}
        for path, text in sorted(files.items()):
            kind = kind_of(path)
            assert kind is not None, path
            document = open_document(kind, path, text.encode())
            for fact in (Requirement, LockedVersion, RequirementInclude, Manifest):
                if kind in fact.kinds:
                    self.found[fact].extend(fact.collect(document))

    def facts(self, kind: type) -> tuple[object, ...]:
        return tuple(self.found[kind])


def versions(files: dict[str, str]) -> ResolvedVersions:
    return ResolvedVersions.of(Files(files))


def version(files: dict[str, str], name: str = "torch", near: str = "train.py") -> str | None:
    found = versions(files).version_of(name, near)
    return None if found is None else found.version


def lock(**packages: str) -> str:
    return "".join(f'[[package]]\nname = "{name}"\nversion = "{number}"\nsource = {{ registry = "r" }}\n\n' for name, number in packages.items())


def project(*dependencies: str, more: str = "") -> str:
    return f'[project]\nname = "a"\nversion = "1"\ndependencies = [{", ".join(chr(34) + one + chr(34) for one in dependencies)}]\n{more}'


def test_a_pin_says_the_version_and_where() -> None:
    found = versions({"requirements.txt": "numpy\ntorch==2.1.0\n"}).version_of("Torch", "src/train.py")
    assert found is not None
    assert (found.name, found.version, found.how, found.path, found.span.start) == ("torch", "2.1.0", "pin", "requirements.txt", 6)
    assert found.location.path == "requirements.txt"


def test_a_lock_says_what_a_range_leaves_open() -> None:
    found = versions({"pyproject.toml": project("torch>=2"), "uv.lock": lock(torch="2.3.1")}).version_of("torch", "a/b/c.py")
    assert found is not None
    assert (found.version, found.how, found.path) == ("2.3.1", "lock", "uv.lock")


def test_disagreement_is_unknown() -> None:
    assert version({"requirements.txt": "torch==2.1.0\n", "requirements-dev.txt": "torch==2.2.0\n"}) is None
    assert version({"requirements.txt": "torch==2.1.0\n", "pyproject.toml": project("torch"), "uv.lock": lock(torch="2.3.1")}) is None
    assert version({"requirements.txt": "torch==1.13.0; python_version < '3.8'\ntorch>=2; python_version >= '3.8'\n"}) is None
    assert version({"requirements.txt": "torch==2.1.0\ntorch @ git+https://example.org/torch\n"}) is None
    assert version({"uv.lock": lock(torch="2.1.0") + lock(torch="2.2.0")}) is None


def test_agreement_in_other_words() -> None:
    assert version({"requirements.txt": "torch==2.1\n", "requirements-dev.txt": "torch==2.1.0\n"}) == "2.1.0"
    assert version({"requirements.txt": "torch==2.1.0\n", "setup.cfg": "[options]\ninstall_requires = torch>=2\n"}) == "2.1.0"
    assert version({"uv.lock": lock(torch="2.1.0+cu118") + lock(torch="2.1.0+cpu")}) == "2.1.0"


def test_the_nearest_environment_upward_counts() -> None:
    files = {"requirements.txt": "torch==1.13.0\n", "serve/requirements.txt": "torch==2.1.0\n", "web/requirements.txt": "flask\n"}
    assert version(files, near="serve/app/main.py") == "2.1.0"
    assert version(files, near="train.py") == "1.13.0"
    assert version(files, near="web/main.py") == "1.13.0"


def test_otherwise_the_only_one_of_the_project() -> None:
    assert version({"backend/requirements.txt": "torch==2.1.0\n", "web/requirements.txt": "flask\n"}, near="train.py") == "2.1.0"
    assert version({"a/requirements.txt": "torch==2.1.0\n", "b/requirements.txt": "torch==2.1.0\n"}, near="train.py") is None
    assert version({"docs/requirements.txt": "torch==1.8.0\n"}, near="train.py") is None
    assert version({"docs/requirements.txt": "torch==1.8.0\n"}, near="docs/conf.py") == "1.8.0"


def test_build_requirements_are_another_environment() -> None:
    text = project("numpy>=1.20", more='[build-system]\nrequires = ["numpy==1.19.3"]\n')
    assert version({"pyproject.toml": text}, "numpy") is None


def test_includes_and_constraints_belong_to_the_environment() -> None:
    assert version({"requirements.txt": "-r reqs/ml.txt\n", "reqs/ml.txt": "torch==2.1.0\n"}) == "2.1.0"
    files = {"requirements.txt": "-c sub/constraints.txt\n-r base.txt\n", "base.txt": "torch\n", "sub/constraints.txt": "torch==2.1.0\nscipy==1.0\n"}
    assert version({"requirements.txt": "torch\n-c sub/constraints.txt\n", "sub/constraints.txt": "torch==2.1.0\nscipy==1.0\n"}) == "2.1.0"
    assert version({**files, "base-requirements.txt": ""}, "scipy") is None
    assert version({"requirements.txt": "torch\n", "constraints.txt": "torch==2.1.0\n"}) is None


def test_a_folder_of_requirements_belongs_to_the_one_above() -> None:
    assert environment_of("a/requirements/base.txt") == "a"
    assert environment_of("requirements/base.txt") == ""
    assert environment_of("a/base/requirements.txt") == "a/base"
    assert version({"requirements/base.txt": "torch==2.1.0\n"}, near="src/x.py") == "2.1.0"


def test_conda_names_and_locks() -> None:
    environment = "channels: [pytorch]\ndependencies:\n  - pytorch=2.1\n  - numpy=1.26.4\n"
    conda_lock = "package:\n" + "".join(
        f"- name: {name}\n  version: {number}\n  manager: conda\n  platform: {platform}\n"
        for name, number, platform in [("pytorch", "2.1.2", "linux-64"), ("pytorch", "2.1.2", "osx-arm64")]
    )
    assert version({"environment.yml": environment}, "numpy") == "1.26.4"
    assert version({"environment.yml": environment}) is None
    assert versions({"environment.yml": environment}).lower_bound("torch", "x.py") == "2.1"
    files = {"environment.yml": environment, "conda-lock.yml": conda_lock}
    assert version(files) == "2.1.2"
    assert versions(files).covers("environment.yml", "torch") == ("conda-lock.yml",)


def test_lower_bounds() -> None:
    def bound(files: dict[str, str]) -> str | None:
        return versions(files).lower_bound("torch", "x.py")

    assert bound({"requirements.txt": "torch==2.1.0\n"}) == "2.1.0"
    assert bound({"requirements.txt": "torch>=2.0,<3\n"}) == "2.0"
    assert bound({"requirements.txt": "torch>=2.0\n", "requirements-dev.txt": "torch>=1.13\n"}) == "1.13"
    assert bound({"requirements.txt": "torch>=2.0\n", "requirements-dev.txt": "torch\n"}) is None
    assert bound({"requirements.txt": "torch\n-c c/constraints.txt\n", "c/constraints.txt": "torch>=2.2\n"}) == "2.2"
    assert bound({"uv.lock": lock(torch="2.1.0") + lock(torch="2.2.0")}) == "2.1.0"
    assert bound({"requirements.txt": "torch<3\n"}) is None
    assert bound({}) is None


def test_locks_beside_their_manifest() -> None:
    files = {
        "pyproject.toml": project("torch", "numpy"),
        "uv.lock": lock(torch="2.1.0"),
        "a/pyproject.toml": project("torch"),
        "a/pylock.toml": '[[packages]]\nname = "torch"\nversion = "2.0"\n',
        "b/Pipfile": '[packages]\ntorch = "*"\n',
        "b/Pipfile.lock": '{"default": {"torch": {"version": "==2.0"}}}',
        "b/requirements.txt": "torch\n",
    }
    found = versions(files)
    assert found.covers("pyproject.toml") == ("uv.lock",)
    assert found.covers("pyproject.toml", "Torch") == ("uv.lock",)
    assert found.covers("pyproject.toml", "numpy") == ()
    assert found.covers("a/pyproject.toml") == ("a/pylock.toml",)
    assert found.covers("b/Pipfile", "torch") == ("b/Pipfile.lock",)
    assert found.covers("b/requirements.txt") == ()
    assert [one.version for one in found.locked("uv.lock", "torch")] == ["2.1.0"]
    assert found.environment("b/src/x.py") == ("b/Pipfile", "b/Pipfile.lock", "b/requirements.txt")


def test_a_uv_workspace_is_covered_by_its_root() -> None:
    workspace = '[tool.uv.workspace]\nmembers = ["packages/*", "libs/**"]\nexclude = ["packages/old"]\n'
    files = {
        "pyproject.toml": project(more=workspace),
        "uv.lock": lock(torch="2.1.0"),
        **{f"{folder}/pyproject.toml": project("torch>=2") for folder in ("packages/a", "packages/old", "libs/x/y", "other")},
    }
    found = versions(files)
    assert found.covers("packages/a/pyproject.toml", "torch") == ("uv.lock",)
    assert found.covers("libs/x/y/pyproject.toml") == ("uv.lock",)
    assert found.covers("packages/old/pyproject.toml") == ()
    assert found.covers("other/pyproject.toml") == ()
    resolved = found.version_of("torch", "packages/a/src/x.py")
    assert resolved is not None
    assert (resolved.version, resolved.path) == ("2.1.0", "uv.lock")


def test_compiled_files_cover_what_they_were_compiled_from() -> None:
    files = {
        "requirements/dev.in": "torch\n",
        "requirements/dev.txt": "# autogenerated by pip-compile with Python 3.10\n#    pip-compile requirements/dev.in\ntorch==2.1.0\n",
        "a/requirements.in": "torch\n",
        "a/requirements.txt": "torch==2.1.0 --hash=sha256:aa\n",
        "b/requirements.in": "torch\n",
        "b/requirements.txt": "torch==2.1.0\n",
    }
    found = versions(files)
    assert found.covers("requirements/dev.in", "torch") == ("requirements/dev.txt",)
    assert found.covers("a/requirements.in") == ("a/requirements.txt",)
    assert found.covers("b/requirements.in") == ()
    assert version(files, near="x.py") == "2.1.0"


def test_constraints_cover_only_what_they_pin() -> None:
    files = {
        "requirements.txt": "-r base-requirements.txt\n-c constraints.txt\n",
        "base-requirements.txt": "torch\nnumpy\npandas\n-r requirements.txt\n",
        "constraints.txt": "-c more-constraints.txt\nnumpy<2\n",
        "more-constraints.txt": "torch==2.1.0\n-c constraints.txt\n",
    }
    found = versions(files)
    assert set(found.covers("base-requirements.txt")) == {"constraints.txt", "more-constraints.txt"}
    assert found.covers("base-requirements.txt", "torch") == ("more-constraints.txt",)
    assert found.covers("base-requirements.txt", "numpy") == ()
    rows = {row.name: row for row in Files(files).found[Requirement] if isinstance(row, Requirement) and row.path == "base-requirements.txt"}
    assert [found.is_covered(rows[name]) for name in ("torch", "numpy", "pandas")] == [True, False, False]


def test_a_file_that_is_read_dynamically_is_covered_by_the_project_lock() -> None:
    files = {
        "pyproject.toml": project(more='[tool.setuptools.dynamic]\ndependencies = { file = ["requirements.txt"] }\n'),
        "requirements.txt": "torch\n",
        "uv.lock": lock(torch="2.1.0"),
    }
    assert versions(files).covers("requirements.txt", "torch") == ("uv.lock",)


def test_an_include_outside_the_project_leads_nowhere() -> None:
    found = versions({"requirements.txt": "torch\n-r ../../etc/passwd\n-c /etc/constraints.txt\n"})
    assert found.covers("requirements.txt") == ()
    assert found.version_of("torch", "x.py") is None


def test_what_keeps_a_package_below_a_version() -> None:
    def below(text: str) -> bool:
        return versions({"requirements.txt": text}).is_below("torch", "train.py", "1.9") is not None

    assert below("torch==1.8.1+cu111\n")
    assert below("torch>=1.4,<1.8\n")
    assert below("torch~=1.8.0\n")
    assert not below("torch==1.9.0\n")
    assert not below("torch<2\n")
    assert not below("torch>=1.4\n")
    assert not below("torch\n")
    assert not below("numpy==1.8\n")
