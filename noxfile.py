"""The chores, in one list: ``nox`` runs them all, ``nox -s lint`` one of them, ``nox -s tests-3.12 -- -k notebook`` one with arguments."""

from __future__ import annotations

import nox

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["lint", "types", "docs", "tests"]
nox.options.error_on_missing_interpreters = False

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
PROJECT = nox.project.load_toml("pyproject.toml")


def install(session: nox.Session, *groups: str) -> None:
    """The package as it stands, and groups of development dependencies."""
    session.install("-e", ".", *nox.project.dependency_groups(PROJECT, *groups))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests, on each Python that is at hand."""
    install(session, "test")
    session.run("pytest", "-n", "2", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, and our own linter on our own code."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mlops-lint", "check", "src", "scripts", "noxfile.py")


@nox.session
def types(session: nox.Session) -> None:
    """Types of the package, strictly."""
    install(session, "lint")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Fresh pages of rules; ``nox -s docs -- --write`` writes them."""
    install(session)
    session.run("python", "scripts/generate_docs.py", *([] if "--write" in session.posargs else ["--check"]))


@nox.session
def precommit(session: nox.Session) -> None:
    """Our pre-commit hooks over all files, and the hooks we offer in a repository of their own."""
    install(session, "test", "lint")
    session.run("pre-commit", "run", "--all-files")
    session.run("pytest", "tests/test_precommit.py", *session.posargs)
