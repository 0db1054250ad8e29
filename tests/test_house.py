"""The laws of the house (docs/architecture.md), held against the source itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

from mlops_lint.core.problem import PROBLEMS
from mlops_lint.core.rule import LoadedRule, RuleDoc
from mlops_lint.engine.registry import built_in_rules
from mlops_lint.taxonomy import AREAS
from mlops_lint.testing.cases import find_cases

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "mlops_lint"
FIXTURES = ROOT / "tests" / "fixtures"
RULES = [loaded for loaded, _ in built_in_rules()]
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def folder_of(loaded: LoadedRule) -> str:
    return f"{loaded.area.package}/{loaded.name.replace('-', '_')}"


# -- floors ------------------------------------------------------------------------------------------------------------------------------------------


class Floor(NamedTuple):
    """What the modules of a package may import: packages of ours, and packages of others."""

    ours: str
    others: str = ""


ZERO_TO_FOUR = "text taxonomy core python knowledge flow documents facts project"
FLOORS = {
    "text": Floor("text"),
    "taxonomy": Floor(""),
    "core": Floor("text taxonomy core"),
    "knowledge": Floor("knowledge"),
    # A departure: what kind of thing a value is stands in tables about the world.
    "python": Floor("text taxonomy core knowledge python", "libcst"),
    # Beside them: one abstract run of a program, over plain data.
    "flow": Floor("text taxonomy core python knowledge flow"),
    "documents": Floor("text taxonomy core python knowledge documents", "libcst yaml tomli packaging"),
    "facts": Floor(ZERO_TO_FOUR, "libcst packaging"),
    "project": Floor(ZERO_TO_FOUR, "packaging"),
    "api": Floor(ZERO_TO_FOUR),
    "rules": Floor("api facts knowledge", "libcst"),
    # What is kept between runs is of one version only.
    "engine": Floor(f"{ZERO_TO_FOUR} engine config __version__", "libcst"),
    "config": Floor(f"{ZERO_TO_FOUR} config"),
    "report": Floor("text taxonomy core report __version__"),
    "cli": Floor(f"{ZERO_TO_FOUR} engine config report cli __version__", "click"),
    "testing": Floor(f"{ZERO_TO_FOUR} engine config report cli testing", "tomli"),
    "__init__": Floor(""),
    "__main__": Floor("cli"),
}
# Modules that one module alone may import, with the modules that may.
ALONE = {
    "git": {"project/repository.py"},
    # A fixture may be a git repository, and the harness has to make it one.
    "subprocess": {"project/repository.py", "testing/cases.py"},
    "multiprocessing": {"engine/workers.py"},
    # Positions, worked out only for a file of which a place is asked for.
    "libcst.metadata": {"python/index.py"},
    "threading": {"engine/stack.py", "engine/workers.py", "project/repository.py", "cli/progress.py"},
}
# What never stands in the package: the network, and ways to run what was read.
BANNED = {
    *(
        "socket",
        "ssl",
        "http",
        "urllib.request",
        "ftplib",
        "smtplib",
        "xmlrpc",
        "socketserver",
        "webbrowser",
        "asyncio",
        "requests",
        "httpx",
        "aiohttp",
    ),
    *("pickle", "marshal", "shelve", "dill", "runpy", "code", "ctypes", "libcst.matchers"),
}
# What rules, facts and the tables they use never touch: files, processes, the clock.
OUTSIDE = {"os", "io", "pathlib", "shutil", "tempfile", "glob", "subprocess", "multiprocessing", "threading", "sys", "importlib", "time", "random"}


class Import(NamedTuple):
    module: str
    line: int


@lru_cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports_of(path: Path) -> Iterator[Import]:
    """Every module that a module imports, wherever the statement stands; of ``from package import name``, package and name."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            yield from (Import(f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def is_or_below(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_floors_hold(path: Path) -> None:
    package = name_of(path).removesuffix(".py").split("/")[0]
    assert package in FLOORS, f"{package} stands on no floor"
    floor = FLOORS[package]
    wrong = []
    for module, line in imports_of(path):
        first, *rest = module.split(".")
        if first == "mlops_lint":
            if rest[0] not in floor.ours.split():
                wrong.append(f"line {line}: {module}")
        elif first not in sys.stdlib_module_names and first not in (*floor.others.split(), *(name for name in ALONE if name_of(path) in ALONE[name])):
            wrong.append(f"line {line}: {module}")
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_what_one_module_alone_may_import_and_what_none_may(path: Path) -> None:
    for module, line in imports_of(path):
        for name, allowed in ALONE.items():
            assert not is_or_below(module, name) or name_of(path) in allowed, f"line {line}: {module} belongs to {allowed}"
        assert not any(is_or_below(module, name) for name in BANNED), f"line {line}: {module} has no place here"


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path).startswith(("rules/", "facts/", "knowledge/", "python/"))], ids=name_of)
def test_rules_and_facts_see_documents_and_nothing_outside(path: Path) -> None:
    # Which syntax can be read depends on the running Python.
    allowed = {"sys"} if name_of(path).startswith("python/") else set()
    for module, line in imports_of(path):
        assert not any(is_or_below(module, name) for name in OUTSIDE - allowed), f"line {line}: {module}"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "print", "input"), f"line {node.lineno}: {node.func.id}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_that_was_read_is_run(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "compile", "__import__"), f"line {node.lineno}: {node.func.id}"


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path).startswith("rules/")], ids=name_of)
def test_no_rule_knows_another(path: Path) -> None:
    assert not [module for module, _ in imports_of(path) if module.startswith("mlops_lint.rules")]


def test_engine_takes_nothing_of_config_but_the_settings() -> None:
    seen = {module for path in MODULES if name_of(path).startswith("engine/") for module, _ in imports_of(path)}
    assert {module for module in seen if is_or_below(module, "mlops_lint.config")} == {"mlops_lint.config.settings.Settings"}


def test_start_up_is_light() -> None:
    code = (
        "import sys\n"
        "from mlops_lint.cli.main import cli\n"
        "for arguments in (['--version'], ['--help'], ['check', '--help']):\n"
        "    cli.main(arguments, prog_name='mlops-lint', standalone_mode=False)\n"
        "print('loaded:', *sorted({'libcst', 'git', 'yaml', 'packaging', 'tomli'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded:"


# -- rules -------------------------------------------------------------------------------------------------------------------------------------------

# Codes of rules that are gone; none of them may come back as something else.
RETIRED: frozenset[str] = frozenset()

# Considerations that no rule reads off a repository yet. The list only gets shorter.
WITHOUT_RULES = {
    "data-volume",
    "scaling-costs",
    *("production-monitoring", "update-stability"),
    *("team-bridging", "communication", "skill-sets"),
    *("tool-stack", "compatibility", "tooling-complexity"),
    *("model-governance", "transparency", "regulations"),
    *("secure-pipelines", "access-control"),
    *("maintainability", "versioning"),
    "model-freshness",
    *("resource-costs", "operational-costs", "cost-strategies"),
    *("talent", "upskilling", "evolving-tools"),
}


def test_codes_say_area_and_consideration_and_are_never_reused() -> None:
    codes = [loaded.code for loaded in RULES]
    assert len(codes) == len(set(codes))
    assert not RETIRED & set(codes)
    for loaded in RULES:
        assert re.fullmatch(rf"{loaded.area.prefix}{loaded.consideration.number}\d\d", loaded.code)


def test_a_rules_module_has_its_name_and_stands_in_its_area() -> None:
    expected = {folder_of(loaded) + ".py" for loaded in RULES}
    modules = [name_of(path) for path in MODULES if name_of(path).startswith("rules/") and path.name != "__init__.py"]
    found = {name.removeprefix("rules/") for name in modules if name.count("/") == 2}
    assert found == expected


def test_considerations_without_rules() -> None:
    everything = {one.slug for area in AREAS for one in area.considerations}
    assert len(everything) == 36
    assert everything - {loaded.consideration.slug for loaded in RULES} == WITHOUT_RULES


@pytest.mark.parametrize("loaded", RULES, ids=lambda one: one.code)
def test_a_rules_words(loaded: LoadedRule) -> None:
    path = PACKAGE / "rules" / f"{folder_of(loaded)}.py"
    docstring = ast.get_docstring(tree_of(path))
    doc = RuleDoc.parse(docstring)
    assert docstring is not None and docstring.splitlines()[0].endswith("."), "the title is a sentence of one line"
    assert doc.title and doc.why and doc.advice and doc.limits
    assert all(part.rstrip("`)").endswith((".", ":")) for part in (doc.why, doc.advice, doc.limits))
    assert is_clause(loaded.rule.summary), loaded.rule.summary
    assert loaded.rule.references, "the facts of a rule have a source"
    assert all(one.startswith("https://") for one in loaded.rule.references)
    for message in literal_messages(tree_of(path)):
        assert is_clause(message), message


def test_the_tools_own_words() -> None:
    for kind in PROBLEMS.values():
        assert is_clause(kind.summary) and is_clause(kind.advice)


def is_clause(text: str) -> bool:
    """Lower-case start, except for names as they are written (``KFold``, ``PYTHONHASHSEED``, ``Dockerfile``), and no full stop at the end."""
    first = re.split(r"[\s.(]", text, maxsplit=1)[0]
    is_name = not first.isalpha() or first[1:] != first[1:].lower() or first in NAMES
    return (not text[0].isupper() or is_name) and not text.endswith(".")


NAMES = {"Dockerfile", "Python", "Lightning", "Pipfile"}


def literal_messages(tree: ast.Module) -> Iterator[str]:
    """The messages of a rule's findings as far as they are written down: what opens an f-string counts as its start, what closes it as its end."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "finding" and len(node.args) > 1:
            yield from _texts(node.args[1])
        elif isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == "message" for one in node.targets):
            yield from _texts(node.value)


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


@pytest.mark.parametrize("loaded", RULES, ids=lambda one: one.code)
def test_a_rule_has_its_fixtures(loaded: LoadedRule) -> None:
    cases = find_cases(FIXTURES / folder_of(loaded))
    bad = [case.name for case in cases if case.is_bad]
    good = [case.name for case in cases if not case.is_bad]
    assert len(bad) >= 2 and len(good) >= 3, (bad, good)
    assert all(any(True for _ in case.files()) for case in cases)


def test_every_fixture_folder_is_a_rules() -> None:
    folders = {path.relative_to(FIXTURES).as_posix() for path in FIXTURES.glob("*/*") if path.is_dir() and path.name != "__pycache__"}
    assert folders - {folder_of(loaded) for loaded in RULES} == set()
    strays = [path for path in FIXTURES.glob("*/*/*") if path.is_dir() and not path.name.startswith(("bad", "good", "__pycache__"))]
    assert not strays


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path).startswith("knowledge/") and path.name != "__init__.py"], ids=name_of)
def test_tables_about_the_world_have_a_source_and_a_date(path: Path) -> None:
    docstring = ast.get_docstring(tree_of(path)) or ""
    assert re.search(r"\bsources?\b|\bfrom the\b", docstring, re.IGNORECASE)
    assert re.search(r"\b20\d\d-\d\d\b", docstring)


# -- files -------------------------------------------------------------------------------------------------------------------------------------------

MOST_LINES = 450
# name → why it stays in one piece
LONG_FILES: dict[str, str] = {}


def test_no_file_is_a_drawer_of_odds_and_ends() -> None:
    names = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "misc.py", "tools.py", "shared.py"}
    assert not [name_of(path) for path in MODULES if path.name.lstrip("_") in names]


def test_long_files_are_two_files() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name for name, lines in lengths.items() if lines > MOST_LINES} == set(LONG_FILES)


# A version alone; and the module that must import nothing before it has cleaned the path.
BARE = ("__init__.py", "__main__.py")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_open_alike(path: Path) -> None:
    tree = tree_of(path)
    assert ast.get_docstring(tree), "a module says what it is"
    if any(not isinstance(node, ast.Expr) for node in tree.body):
        assert "from __future__ import annotations" in path.read_text("utf-8") or name_of(path) in BARE


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode == 0 and listing.stdout:
        return [ROOT / name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in path.parts)]


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    # Put together here, so that this file is not the first to be found.
    places = ["/".join(("", *parts)) for parts in (("work", "main"), ("work", "shared"), ("opt", "corpus"), ("opt", "ml", "bin"), ("tmp", "brief"))]
    if len(ROOT.parts) > 3:
        places.append(str(ROOT))
    if len(Path.home().parts) > 2:
        places.append(f"{Path.home()}/")
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {place}" for place in places if place in text]
    assert not found


def test_the_package_passes_its_own_check() -> None:
    command = [sys.executable, "-m", "mlops_lint", "check", "src", "scripts", "noxfile.py", "--no-cache", "--output-format", "concise"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert done.stdout.startswith("Found 0 findings "), done.stdout
