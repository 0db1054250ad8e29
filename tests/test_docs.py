"""The documentation says what is so: generated parts are fresh, links lead somewhere, commands and code blocks work."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
import tomli
import yaml

from mlops_lint.cli.main import cli
from mlops_lint.config.schema import KEYS
from mlops_lint.engine.registry import built_in_rules
from mlops_lint.report.links import page_path
from mlops_lint.taxonomy import AREAS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
WRITTEN = [path for path in PAGES if "rules" not in path.relative_to(ROOT).parts]


def title_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def without_blocks(text: str) -> str:
    return re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "scripts" / "generate_docs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- what is generated -------------------------------------------------------------------------------------------------------------------------------


def test_generated_documentation_is_fresh(generator: ModuleType) -> None:
    assert generator.stale(generator.generate()) == [], "run: python scripts/generate_docs.py"


def test_the_generator_notices_what_is_stale(generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    pages = {"docs/rules/security/one.md": "one\n", "docs/two.md": "two\n"}
    assert generator.stale(pages) == ["docs/rules/security/one.md", "docs/two.md"]
    assert generator.write(pages) == ["docs/rules/security/one.md", "docs/two.md"]
    assert generator.stale(pages) == []
    (tmp_path / "docs/two.md").write_text("changed by hand\n")
    (tmp_path / "docs/rules/security/gone.md").write_text("a rule that no longer exists\n")
    assert generator.stale(pages) == ["docs/rules/security/gone.md", "docs/two.md"]
    generator.write(pages)
    assert not (tmp_path / "docs/rules/security/gone.md").exists()


def test_every_rule_has_a_page_with_both_verdicts() -> None:
    for loaded, _ in built_in_rules():
        text = (ROOT / page_path(loaded)).read_text("utf-8")
        assert "\n## Bad\n" in text and "\n## Good\n" in text, loaded.code


def test_no_page_shows_a_token_or_a_mark() -> None:
    for path in PAGES:
        if path.name != "writing-a-rule.md":
            assert not re.search(r"@@token:|expect:\s*[A-Z]+\d", path.read_text("utf-8")), title_of(path)


def test_coverage_shows_every_consideration() -> None:
    text = (ROOT / "docs/coverage.md").read_text("utf-8")
    assert [one.title for area in AREAS for one in area.considerations if one.title not in text] == []
    assert text.count("\n| ") == 36 + 1


def test_the_output_in_the_readme_is_what_the_tool_prints(generator: ModuleType) -> None:
    (shown,) = blocks(ROOT / "README.md", "console")
    command, output = shown.split("\n", 1)
    assert command.startswith("$ mlops-lint check examples/")
    assert output == generator.sample_output(tuple(command.split()[2:]))
    assert 20 <= output.count("\n") <= 60, "a screenful"


# -- links -------------------------------------------------------------------------------------------------------------------------------------------


def links(path: Path) -> Iterator[tuple[str, str]]:
    """The relative links of a page, as (path, anchor)."""
    text = without_blocks(path.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)", text):
        if not re.match(r"[a-z]+:", target):
            where, _, anchor = target.partition("#")
            yield where, anchor


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", without_blocks(path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=title_of)
def test_links_lead_somewhere(path: Path) -> None:
    dead = []
    for where, anchor in links(path):
        target = (path.parent / where).resolve() if where else path
        if not target.exists() or not target.is_relative_to(ROOT) or (anchor and anchor not in anchors(target)):
            dead.append(f"{where}#{anchor}")
    assert not dead


def test_every_page_is_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in seen or path.suffix != ".md" or not path.is_file():
            continue
        seen.add(path)
        waiting += [(path.parent / where).resolve() for where, _ in links(path) if where]
    assert [title_of(path) for path in PAGES if path not in seen] == []


# -- commands ----------------------------------------------------------------------------------------------------------------------------------------


def test_quick_start_is_two_commands() -> None:
    section = (ROOT / "README.md").read_text("utf-8").partition("\n## Quick start\n")[2].partition("\n## ")[0]
    found = re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert [language for language, _ in found] == ["bash", "bash"]
    main, tests = (command.strip() for _, command in found)
    assert "\n" not in main and "\n" not in tests
    assert re.search(r"mlops-lint check (\S+) --exit-zero$", main)
    assert (ROOT / main.split()[-2]).is_dir()
    # What CI runs is what the README says.
    assert tests.endswith("/pytest -n 2") and '/pytest" -n 2' in (ROOT / ".ci" / "run").read_text("utf-8")


def flags_of(command: click.Command) -> set[str]:
    found = {"--help", *(option for one in command.params for option in (*one.opts, *one.secondary_opts))}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found |= flags_of(below)
    return found


# Of other programs.
FOREIGN = {"--write", "--group", "--upgrade", "--check", "--quiet"}


@pytest.mark.parametrize("path", WRITTEN, ids=title_of)
def test_flags_and_commands_that_are_named_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    known = flags_of(cli) | FOREIGN
    named = set(re.findall(r"`(--[a-z][a-z-]+)", text))
    for line in re.findall(r"\bmlops-lint ((?:check|rule|rules|config|clean)\b[^`\n]*)", text):
        named |= set(re.findall(r"(?<!\S)--[a-z][a-z-]+", line))
    assert named - known == set()
    context = click.Context(cli)
    for name in re.findall(r"(?:`|\$ |^|&& )mlops-lint ([a-z]+)\b", text, re.MULTILINE):
        assert name in cli.list_commands(context), name


def test_configuration_example_says_what_the_page_says_it_says(tmp_path: Path) -> None:
    (example,) = blocks(ROOT / "docs/configuration.md", "toml")
    assert set(tomli.loads(example)["tool"]["mlops-lint"]) <= set(KEYS)
    place = tmp_path / "pyproject.toml"

    def validate(text: str) -> subprocess.CompletedProcess[str]:
        place.write_text(text, "utf-8")
        command = [sys.executable, "-m", "mlops_lint", "config", "validate"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    wrong = validate(example)
    number = example.splitlines().index('unpinned = "note"') + 1
    assert wrong.returncode == 2
    assert f"pyproject.toml:{number}:1" in wrong.stderr and "unpinned" in wrong.stderr
    right = validate(example.replace('unpinned = "note"', 'nan-equality = "note"'))
    assert (right.returncode, right.stderr) == (0, "")


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "docs/integrations.md"], ids=title_of)
def test_yaml_examples_are_yaml_and_name_our_hooks(path: Path) -> None:
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    found = blocks(path, "yaml")
    assert len(found) >= 3
    named: set[str] = set()
    for block in found:
        assert yaml.safe_load(block)
        named |= set(re.findall(r"- id: ([\w-]+)", block))
    assert named and named <= hooks


# -- the worked rules --------------------------------------------------------------------------------------------------------------------------------


def test_the_rules_on_the_page_about_writing_rules_work(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    page = ROOT / "docs/writing-a-rule.md"
    files = {}
    for block in [*blocks(page, "python"), *blocks(page, "toml")]:
        first, text = block.split("\n", 1)
        assert first.startswith("# "), first
        files[first.removeprefix("# ")] = text
    assert sum(name.startswith("src/") for name in files) == 3
    for name, text in files.items():
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    for folder in ("src/acme_rules", "src/acme_rules/rules"):
        (tmp_path / folder / "__init__.py").touch()
    points = tomli.loads(files["pyproject.toml"])["project"]["entry-points"]["mlops_lint.rules"]
    # What an installation leaves behind, without the installation.
    made = tmp_path / "src" / "acme_rules-1.0.dist-info"
    made.mkdir()
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-rules\nVersion: 1.0\n")
    (made / "entry_points.txt").write_text("[mlops_lint.rules]\n" + "".join(f"{name} = {value}\n" for name, value in points.items()))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {"PYTHONPATH": str(tmp_path / "src")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "tests/test_rules.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    cases = len({Path(name).parent for name in files if name.startswith("tests/fixtures/")})
    assert f"{cases} passed" in done.stdout, done.stdout + done.stderr
    # And a person sees them, in a repository that does not hold the plugin itself.
    repository = tmp_path_factory.mktemp("analysed")
    shutil.copytree(tmp_path / "tests/fixtures/metric_spelled_twice/bad_two_scripts", repository, dirs_exist_ok=True)
    check = [
        sys.executable,
        "-m",
        "mlops_lint",
        "check",
        str(repository),
        "--isolated",
        "--select",
        "ACME",
        "--output-format",
        "concise",
        "--no-cache",
    ]
    shown = subprocess.run(check, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    assert "train.py:3:23: ACME102 [metric-spelled-twice] metric val_acc is spelled val-acc elsewhere" in shown.stdout, shown.stdout + shown.stderr
