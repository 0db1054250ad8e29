"""What a file is, by its name: its kind (which document reads it) and its role (what it is for)."""

from __future__ import annotations

import re
from functools import lru_cache

_BY_NAME = {
    "pipfile": "toml",
    "pipfile.lock": "lockfile",
    "poetry.lock": "lockfile",
    "uv.lock": "lockfile",
    "pdm.lock": "lockfile",
    "pixi.lock": "yaml",
    "dvc.lock": "yaml",
    "conda-lock.yml": "lockfile",
    "conda-lock.yaml": "lockfile",
    "setup.cfg": "ini",
    "tox.ini": "ini",
    "makefile": "text",
    "gnumakefile": "text",
    "justfile": "text",
    "procfile": "text",
    "mlproject": "yaml",
    ".netrc": "text",
    "_netrc": "text",
    ".pypirc": "ini",
    ".gitattributes": "text",
    ".gitignore": "text",
    ".dockerignore": "text",
    ".gcloudignore": "text",
    "jenkinsfile": "text",
    "credentials": "ini",
    ".condarc": "yaml",
}
_BY_SUFFIX = {
    "py": "python",
    "pyi": "python",
    "pyw": "python",
    "ipynb": "notebook",
    "toml": "toml",
    "yaml": "yaml",
    "yml": "yaml",
    "dvc": "yaml",
    "json": "json",
    "cfg": "ini",
    "ini": "ini",
    "conf": "text",
    "properties": "text",
    "md": "markdown",
    "markdown": "markdown",
    "rst": "text",
    "txt": "text",
    "sh": "text",
    "bash": "text",
    "zsh": "text",
    "ps1": "text",
    "bat": "text",
    "sql": "text",
    "r": "text",
    "scala": "text",
    "js": "text",
    "ts": "text",
    "tf": "text",
    "tfvars": "text",
    "mk": "text",
    "service": "text",
    "j2": "text",
}
_PYLOCK = re.compile(r"pylock(\.[^.]+)?\.toml$")
_REQUIREMENTS = re.compile(r"(^|[-_.])(requirements?|constraints?|reqs?)([-_.][\w.-]*)?\.(txt|in|pip)$|^requirements[\w.-]*\.(txt|in|pip)$")
_REQUIREMENTS_FOLDERS = {"requirements", "requirement", "reqs", "constraints"}
_DOCKERFILE = re.compile(r"(^|[-_.])(dockerfile|containerfile)([-_.].*)?$")
_DOTENV = re.compile(r"^\.env(\..+)?$|^\.?\w*\.env$|^\.envrc$|^\.flaskenv$")


@lru_cache(maxsize=65536)
def kind_of(path: str) -> str | None:
    """The kind of a file by its POSIX path, or ``None`` when it is none that is read (data, models, images, other languages)."""
    folder, _, name = path.rpartition("/")
    lower = name.lower()
    if lower in _BY_NAME:
        return _BY_NAME[lower]
    if _PYLOCK.fullmatch(lower) or lower.endswith(".py.lock"):
        return "lockfile"
    if _DOTENV.match(lower):
        return "dotenv"
    suffix = lower.rpartition(".")[2] if "." in lower.lstrip(".") else ""
    if suffix in ("txt", "in", "pip") and (_REQUIREMENTS.search(lower) or folder.rpartition("/")[2].lower() in _REQUIREMENTS_FOLDERS):
        return "requirements"
    if suffix not in ("py", "md", "sh", "txt", "yml", "yaml", "json", "ipynb", "dockerignore") and _DOCKERFILE.search(lower):
        return "dockerfile"
    return _BY_SUFFIX.get(suffix)


_ROLE_FOLDERS = {
    "test": "test",
    "tests": "test",
    "testing": "test",
    "unittests": "test",
    "example": "example",
    "examples": "example",
    "sample": "example",
    "samples": "example",
    "demo": "example",
    "demos": "example",
    "tutorial": "example",
    "tutorials": "example",
    "doc": "docs",
    "docs": "docs",
    "third_party": "vendored",
    "third-party": "vendored",
    "thirdparty": "vendored",
    "vendor": "vendored",
    "vendored": "vendored",
    "_vendor": "vendored",
    "external": "vendored",
    "node_modules": "vendored",
    "site-packages": "vendored",
    ".venv": "vendored",
    "venv": "vendored",
}
_TEST_FILE = re.compile(r"(^test_.*|.*_test|^conftest|^tests?)\.py$")
_ROLE_ORDER = ("vendored", "test", "example", "docs")


@lru_cache(maxsize=65536)
def role_of(path: str) -> str:
    """What a file is for, by its POSIX path: ``vendored``, ``test``, ``example``, ``docs``, or ``code`` when nothing says otherwise."""
    folder, _, name = path.rpartition("/")
    found = {_ROLE_FOLDERS[part] for part in folder.lower().split("/") if part in _ROLE_FOLDERS}
    if _TEST_FILE.match(name):
        found.add("test")
    return next((role for role in _ROLE_ORDER if role in found), "code")
