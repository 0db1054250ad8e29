"""Nothing of the analysed repository is run, nothing is written into it, and no network is asked (TRUST section 2), whatever it holds.

Every command here runs under the guard of ``hostile_run``, which ends the process at the first such deed.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_run import GUARD_EXIT, PYTHON_PATH, SOUND, command, fresh, needs_fork, script, write

pytestmark = needs_fork

DEEDS = {
    "connect": "import socket; socket.create_connection(('127.0.0.1', 9), 1)",
    "a socket": "import socket; socket.socket()",
    "a name": "import socket; socket.getaddrinfo('localhost', 80)",
    "an address": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
    "a shell": "import os; os.system('true')",
    "a program": "import subprocess; subprocess.run(['true'])",
    "its git": "import subprocess; subprocess.run([ROOT + '/git'])",
    "exec": "import os; os.execv('/bin/true', ['true'])",
    "its module": "import sys; sys.path.insert(0, ROOT); import evil",
    "its code": "exec(compile('x = 1', ROOT + '/evil.py', 'exec'))",
    "its pickle": "import pickle; pickle.loads(b'cposix\\nsystem\\n(S\"true\"\\ntR.')",
    "a new file": "open(ROOT + '/new', 'w')",
    "a changed file": "open(ROOT + '/evil.py', 'a')",
    "a lost file": "import os; os.remove(ROOT + '/evil.py')",
    "a moved file": "import os; os.rename(ROOT + '/evil.py', ROOT + '/other.py')",
    "a folder": "import os; os.mkdir(ROOT + '/folder')",
}


@pytest.mark.parametrize("deed", DEEDS)
def test_the_guard_sees_it(deed: str, tmp_path: Path) -> None:
    """The trap is live: a tool that did this would be caught."""
    repo = tmp_path / "repo"
    write(repo, {"evil.py": "x = 1\n"})
    path = script(tmp_path, repo)
    path.write_text(path.read_text().partition("\nfrom mlops_lint")[0] + "\n" + DEEDS[deed], "utf-8")
    done = subprocess.run([sys.executable, "-S", path], capture_output=True, check=False)
    assert (done.returncode, done.stderr[:5]) == (GUARD_EXIT, b"GUARD"), done.stderr


class _Bomb:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.marker}",)


MODULES = (
    *(
        "click",
        "yaml",
        "tomli",
        "libcst",
        "git",
        "packaging",
        "json",
        "os",
        "re",
        "ast",
        "typing",
        "multiprocessing",
        "tokenize",
        "encodings",
        "codecs",
    ),
    *(
        "sitecustomize",
        "usercustomize",
        "conftest",
        "setup",
        "__init__",
        "mlops_lint_rules",
        "_pickle",
        "site",
        "signal",
        "subprocess",
        "gitdb",
        "smmap",
    ),
)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository that would run something wherever it is given a chance; all of it would leave a file ``pwned``."""
    root, marker = tmp_path / "repo", tmp_path / "pwned"
    evil = f"open({str(marker)!r}, 'w')\nraise SystemExit(98)\n"
    write(root, {f"{name}.py": evil for name in MODULES})
    write(root, {f"{name}/__init__.py": evil for name in ("mlops_lint", "mlops_lint.rules", "encodings", "click")})
    write(root, {"plugin/pl/__init__.py": evil, "train.py": SOUND, "a.pth": f"import os; os.system('touch {marker}')\n"})
    write(
        root,
        {"plugin-1.0.dist-info/entry_points.txt": "[mlops_lint.rules]\npl = evil\n", "plugin-1.0.dist-info/METADATA": "Name: plugin\nVersion: 1.0\n"},
    )
    write(
        root,
        {
            "tags.yaml": f"a: !!python/object/apply:os.system ['touch {marker}']\nb: !!python/object/new:os.system ['touch {marker}']\n"
            f"c: !!python/name:os.system\nd: !include /etc/passwd\ne: !ENV ${{HOME}}\n",
            "notebook.ipynb": '{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1, "source": '
            f'"!touch {marker}\\n%run evil.py\\n%load_ext evil\\nimport os; os.system(\'touch {marker}\')"}}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}',
            "Dockerfile": f"FROM python:3.11\nRUN touch {marker}\n",
            "requirements.txt": f"-e .\n-e git+file://{root}#egg=x\n--index-url http://127.0.0.1:9/simple\ntorch @ http://127.0.0.1:9/torch.whl\n-r http://127.0.0.1:9/x.txt\n",
            "setup.cfg": "[metadata]\nversion = attr: evil.version\ndescription = file: /etc/passwd\n",
            "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "evil"\nbackend-path = ["."]\n[tool.poetry]\nname = "x"\n',
            ".pre-commit-config.yaml": f"repos:\n- repo: local\n  hooks:\n  - id: x\n    entry: touch {marker}\n    language: system\n",
            "Makefile": f"$(shell touch {marker})\n",
            ".envrc": f"touch {marker}\n",
            "dvc.yaml": f"stages:\n  a:\n    cmd: touch {marker}\n",
        },
    )
    bomb = pickle.dumps(_Bomb(marker))
    write(root, {f"model.{suffix}": bomb for suffix in ("pkl", "pickle", "joblib", "pt", "pth", "bin", "ckpt", "npy", "dill", "model", "sav")})
    for suffix in ("pt", "npz", "keras", "zip"):
        with zipfile.ZipFile(root / f"archive.{suffix}", "w") as archive:
            archive.writestr("archive/data.pkl", bomb)
    return root


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], cwd=root, check=True, capture_output=True)


def spring(root: Path) -> None:
    """Make it a git repository whose own configuration names commands for everything git can be talked into running."""
    marker = root.parent / "pwned"
    evil = root / "evil.sh"
    evil.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    evil.chmod(0o755)
    (root / "git").write_text(evil.read_text())
    (root / "git").chmod(0o755)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x")
    (root / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    (root / ".gitmodules").write_text('[submodule "x"]\npath = sub\nurl = ext::sh -c touch% pwned\n')
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.gitProxy",
        "core.askPass",
        "diff.external",
        "credential.helper",
    ):
        git(root, "config", key, str(evil))
    for key in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "uploadpack.packObjectsHook",
    ):
        git(root, "config", key, str(evil))
    git(root, "config", "core.hooksPath", str(root))
    git(root, "config", "alias.ls-files", f"!{evil}")
    (root / "tags.yaml").write_text((root / "tags.yaml").read_text() + "f: 1\n")
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout"):
        (root / name).write_text(evil.read_text())
        (root / name).chmod(0o755)
    marker.unlink(missing_ok=True)


ARGUMENTS = {
    "check": ("check", "."),
    "one file": ("check", "train.py"),
    "jobs": ("check", ".", "-j", "3"),
    "json": ("check", ".", "--output-format", "json"),
    "sarif": ("check", ".", "--output-format", "sarif", "--select", "ALL", "--preview"),
    "skipped": ("check", ".", "--show-skipped", "-v"),
    "show": ("config", "show"),
    "rules": ("rules",),
}


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
@pytest.mark.parametrize("kind", ["folder", "git"])
def test_nothing_of_it_is_run(arguments: tuple[str, ...], kind: str, repo: Path) -> None:
    if kind == "git":
        spring(repo)
    before = listing(repo)
    env = {"XDG_CACHE_HOME": str(repo.parent / "cache"), "PATH": f"{repo}{os.pathsep}.{os.pathsep}{os.environ['PATH']}"}
    done = command(*arguments, cwd=repo, env=env)
    assert not (repo.parent / "pwned").exists()
    assert listing(repo) == before
    assert done.code in ((0,) if arguments[0] != "check" else (1,)), done.err
    if arguments[0] == "check" and "sarif" not in arguments:
        assert "RP303" in done.out
    if kind == "git" and arguments == ARGUMENTS["check"]:
        subprocess.run(["git", "status"], cwd=repo, capture_output=True, check=False)
        assert (repo.parent / "pwned").exists(), "the trap is live: one careless call springs it"


@pytest.mark.parametrize("module", [False, True], ids=["script", "python -m"])
def test_nothing_of_it_is_run_from_the_start(module: bool, repo: Path, tmp_path: Path) -> None:
    """In an interpreter of its own, whose working directory is the repository."""
    if module:
        # A decoy of our own name cannot be told from us there; SECURITY.md says so.
        for name in ("mlops_lint/__init__.py", "mlops_lint.rules/__init__.py"):
            (repo / name).unlink()
        env = {**os.environ, "PYTHONPATH": PYTHON_PATH}
        done = subprocess.run(
            [sys.executable, "-m", "mlops_lint", "check", ".", "-j", "2"], cwd=repo, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1 and "RP303" in done.stdout and "Traceback" not in done.stderr, done.stderr
    else:
        done = fresh("check", ".", "-j", "2", cwd=repo, folder=tmp_path)
        assert done.code == 1 and "RP303" in done.out
    assert not (tmp_path / "pwned").exists()


EVIL_SETTINGS = {
    "plugins": 'plugins = ["pl"]\n',
    "plugin": 'plugin = "plugin/pl"\n',
    "load-plugins": 'load-plugins = ["evil"]\n',
    "init-hook": "init-hook = \"import os; os.system('touch pwned')\"\n",
    "cache-dir": 'cache-dir = "cache"\n',
    "output-file": 'output-file = "report.txt"\n',
    "output-format with a file": 'output-format = ["json=report.json"]\n',
    "fix": "fix = true\n",
    "enable-plugins": 'enable-plugins = ["pl"]\n',
    "jobs": "jobs = 100000\n",
    "baseline outside": 'baseline = "/etc/passwd"\n',
}


@pytest.mark.parametrize("setting", EVIL_SETTINGS)
def test_no_configuration_of_it_names_code_or_a_place_to_write(setting: str, repo: Path) -> None:
    (repo / "mlops-lint.toml").write_text(EVIL_SETTINGS[setting])
    before = listing(repo)
    done = command("check", ".", cwd=repo, env={"XDG_CACHE_HOME": str(repo.parent / "cache")})
    assert listing(repo) == before
    assert not (repo.parent / "pwned").exists()
    if done.code == 2:
        assert done.err.startswith("error: mlops-lint.toml:1:"), done.err
    else:
        assert "RP303" in done.out


def listing(root: Path) -> dict[str, tuple[int, int]]:
    """Every file with its size and time of change."""
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in root.rglob("*")}
