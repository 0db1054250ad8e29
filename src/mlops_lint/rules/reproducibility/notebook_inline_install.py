"""Notebook installs packages from a cell, into another environment or in no fixed version.

``!pip`` runs whichever pip the shell finds first, which need not belong to the Python behind the kernel: the package lands elsewhere and the import still
fails, or an old copy is used. And a package without a version is another one next month, so that the notebook runs today and breaks, or quietly gives other
numbers, when somebody opens it later.

Install with ``%pip`` or ``%conda``, which act on the kernel's own environment, and name exact versions there or in a requirements file of the repository.

Lines that start with ``!``, ``%`` or nothing at all, cells for a shell, and calls of ``get_ipython().system`` are read; subprocesses are not. An interpreter
named in the command (``!{sys.executable} -m pip``) and ``uv pip`` are taken to be the kernel's own. With ``%pip`` an upper bound is enough, ``-r`` is fine for
a file that the repository holds, and pip, setuptools, wheel and uv themselves are exempt. ``uv add`` and ``poetry add`` write down what they install and
are left alone, as is what a variable holds.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from mlops_lint.api import Confidence, Edit, Finding, Fix, Location, Project, Rule, Safety, Severity
from mlops_lint.facts.notebook_installs import NotebookInstall
from mlops_lint.facts.package_pins import PackagePin, listed, pinned_names
from mlops_lint.facts.requirements import Requirement
from mlops_lint.knowledge.python_tools import CONDA_BASICS, INSTALLERS

rule = Rule(
    code="RP213",
    summary="notebook installs packages into another environment than its kernel's, or without fixed versions",
    consideration="dependencies",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    fix=Safety.SAFE,
    requires=(NotebookInstall, Requirement),
    references=(
        "https://ipython.readthedocs.io/en/stable/interactive/magics.html#magic-pip",
        "https://jakevdp.github.io/blog/2017/12/05/installing-python-packages-from-jupyter/",
    ),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each line that installs elsewhere, and each that installs into the kernel what it does not pin."""
    roles = {one.path: one.role for one in project.files}
    for install in project.facts(NotebookInstall):
        if roles.get(install.path) != "vendored":
            yield from _judge(install, project)


def _judge(install: NotebookInstall, project: Project) -> Iterator[Finding]:
    loose = [] if install.is_constrained else [one for one in install.packages if _is_loose(one, install, project)]
    if not install.in_kernel:
        message = f"{install.command} installs into whatever environment the shell finds, which need not be the kernel's"
        if loose:
            message += f", and leaves the version of {listed(loose)} open"
        fix = None
        if install.magic_span is not None:
            edit = Edit(install.path, install.magic_span, install.magic)
            fix = Fix(f"Replace the shell command by {install.magic}, which installs where the kernel runs", (edit,), Safety.SAFE)
        yield rule.finding(install.location, message, related=_related(loose, install), fix=fix)
        return
    if loose:
        message = f"{install.command} install leaves the version of {listed(loose)} open"
        yield rule.finding(install.location, message, related=_related(loose, install), help="name an exact version for each package (name==version)")
        return
    for target in install.requirement_files:
        if reason := _missing(target, install, project):
            advice = "add the requirements file to the repository and install from there"
            yield rule.finding(
                install.location, f"{install.command} installs from {target[:80]}, {reason}", help=advice, confidence=Confidence.MEDIUM
            )
            return


def _is_loose(package: PackagePin, install: NotebookInstall, project: Project) -> bool:
    if not package.is_open or package.name in INSTALLERS:
        return False
    if "conda" in install.command or "mamba" in install.command:
        return package.name not in CONDA_BASICS
    # The file that is installed with it may pin it.
    pinned = project.derive(pinned_names)
    return not any(package.name in pinned.get(posixpath.basename(target), ()) for target in install.requirement_files)


def _missing(target: str, install: NotebookInstall, project: Project) -> str:
    """Why a requirements file is none that the repository keeps; empty where it is, or where that cannot be told."""
    if "$" in target or "{" in target:
        return ""
    if "://" in target:
        moving = any(f"/{branch}/" in target for branch in ("main", "master", "HEAD", "dev", "develop"))
        return "which changes with its branch" if moving else ""
    if install.moves or target.startswith(("/", "~")):
        return ""
    repository = project.repository
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(install.path), target))
    candidates = [one.path for one in project.files if posixpath.basename(one.path) == posixpath.basename(target)]
    if not candidates:
        return "" if repository.available and repository.is_tracked(beside) else "which the repository does not hold"
    if repository.available and repository.tracked() and not any(repository.is_tracked(path) for path in candidates):
        return "which git does not track"
    return ""


def _related(packages: list[PackagePin], install: NotebookInstall) -> list[Location]:
    if len(packages) < 2 or all(one.span == packages[0].span for one in packages):
        return []
    return [Location(install.path, one.span, "no version is named here") for one in packages]
