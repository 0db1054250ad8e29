"""Write the generated part of the documentation, or say with ``--check`` what is not fresh.

Generated are the page of every rule and of every E9xx code, the list of rules, the coverage of the taxonomy, and, between markers, the table of settings in
``docs/configuration.md``, and the table of areas and the sample output in ``README.md`` and ``docs/quickstart.md``. The examples on a rule's page are taken
from its test fixtures, and the sample output is what the tool really prints, so neither can go stale without a test failing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from mlops_lint.config.schema import KEYS, SECTIONS, Key
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.core.rule import LoadedRule, Ruleset
from mlops_lint.engine.registry import built_in_rules
from mlops_lint.report.links import page_path
from mlops_lint.report.page import Example, rule_markdown
from mlops_lint.report.prose import sentence
from mlops_lint.taxonomy import AREAS
from mlops_lint.testing.cases import Case, find_cases
from mlops_lint.testing.tokens import make_token

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "tests" / "fixtures"
SAMPLE = "examples/churn-model"

_MARK = re.compile(r"[ \t]*(#|<!--|//)[ \t]*expect:[ \t]*([A-Z]+\d{3}(?:[ \t]*,[ \t]*[A-Z]+\d{3})*)[ \t]*(?:-->)?[ \t]*$", re.MULTILINE)
_TOKEN = re.compile(r"@@token:([\w-]+)@@")
_BLOCK = re.compile(r"(<!-- generated: (?P<name>[\w-]+)(?P<arguments>[^>]*?) -->\n).*?(<!-- end of generated -->)", re.DOTALL)
_LONGEST_EXAMPLE = 60


def generate() -> dict[str, str]:
    """All generated files: POSIX path from the top of the repository → text."""
    ruleset = Ruleset(one for one, _ in built_in_rules())
    pages = {page_path(one): rule_markdown(one, *_examples(one)) for one in ruleset}
    pages |= {page_path(kind): rule_markdown(kind) for kind in PROBLEMS.values()}
    pages["docs/rules/README.md"] = _list_of_rules(ruleset)
    pages["docs/coverage.md"] = _coverage(ruleset)
    for name in ("README.md", "docs/quickstart.md", "docs/configuration.md", "docs/index.md"):
        pages[name] = _BLOCK.sub(lambda match: match[1] + _block(match, ruleset) + match[4], (ROOT / name).read_text("utf-8"))
    return pages


def stale(pages: dict[str, str]) -> list[str]:
    """The files that are not as they would be generated, and pages of rules that no longer exist."""
    old = [name for name, text in pages.items() if not (ROOT / name).is_file() or (ROOT / name).read_text("utf-8") != text]
    return sorted([*old, *_orphans(pages)])


def write(pages: dict[str, str]) -> list[str]:
    """Write what is stale and remove the orphans; the paths that changed."""
    changed = stale(pages)
    for name in changed:
        place = ROOT / name
        if name in pages:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(pages[name], "utf-8", newline="\n")
        else:
            place.unlink()
    return changed


def _orphans(pages: dict[str, str]) -> list[str]:
    found = (path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "rules").rglob("*.md"))
    return [name for name in found if name not in pages]


# -- examples -----------------------------------------------------------------------------------------------------------------------------------------


def _examples(loaded: LoadedRule) -> tuple[Example | None, Example | None]:
    """The shortest marked file of the bad cases, and its mended form or the good file most like it."""
    cases = find_cases(FIXTURES / loaded.area.package / loaded.name.replace("-", "_"))
    bad = min(
        ((_badness(example), path, example, case) for case in cases if case.is_bad for path, example in _marked(case)), default=None, key=_first
    )
    if bad is None:
        return None, None
    _, _, example, case = bad
    for name, text in case.fixed():
        if name == example.path:
            return example, _shown(name, _MARK.sub("", text))
    good = [
        (_unlikeness(shown, example), shown)
        for one in cases
        if not one.is_bad
        for name, place in one.files()
        if (shown := _read(name, place)) is not None and shown.text.strip()
    ]
    return example, min(good, key=lambda pair: (pair[0], pair[1].path, pair[1].text))[1] if good else None


def _first(row: tuple[tuple[int, int], str, Example, Case]) -> tuple[tuple[int, int], str, str]:
    return row[0], row[1], row[3].name


def _badness(example: Example) -> tuple[int, int]:
    """Code before notebooks, whole short files before long ones."""
    return (example.path.endswith(".ipynb"), len(example.text.splitlines()))


def _unlikeness(good: Example, bad: Example) -> tuple[bool, bool, bool, int]:
    """Files of the same kind and name and of about the same length first."""
    name, suffix = bad.path.rpartition("/")[2], bad.path.rpartition(".")[2]
    lines = len(good.text.splitlines())
    return (
        lines > _LONGEST_EXAMPLE,
        not good.path.endswith("." + suffix),
        good.path.rpartition("/")[2] != name,
        abs(lines - len(bad.text.splitlines())),
    )


def _marked(case: Case) -> Iterator[tuple[str, Example]]:
    wanted = {mark.path for mark in case.expected()}
    for name, place in case.files():
        if name in wanted and (example := _read(name, place)) is not None:
            yield name, example


def _read(name: str, place: Path) -> Example | None:
    try:
        return _shown(name, place.read_text("utf-8"))
    except UnicodeDecodeError:
        return None


def _shown(name: str, text: str) -> Example:
    """A fixture's file as a reader should see it: marks cut down to the code, credentials to their first characters, notebooks as their cells."""
    text = _TOKEN.sub(lambda match: make_token(match[1])[:4] + "…", text)
    text = _MARK.sub(lambda match: f"  {match[1]} {match[2]}" + (" -->" if match[1] == "<!--" else ""), text)
    if name.endswith(".ipynb"):
        return Example(name.removesuffix(".ipynb") + ".py", _cells(text))
    return Example(name, text)


def _cells(text: str) -> str:
    try:
        notebook = json.loads(text)
        cells = notebook["cells"] if "cells" in notebook else [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    except (ValueError, KeyError, TypeError):
        return text
    shown = []
    for number, cell in enumerate(cells, 1):
        if cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            count = cell.get("execution_count", cell.get("prompt_number"))
            shown.append(f"# cell {number}, executed as [{' ' if count is None else count}]\n" + "".join(source).rstrip())
    return "\n\n".join(shown) + "\n"


# -- tables -------------------------------------------------------------------------------------------------------------------------------------------


def _list_of_rules(ruleset: Ruleset) -> str:
    lines = ["# Rules", "", f"{len(ruleset)} rules and {len(PROBLEMS)} codes of the tool's own. This page is generated.", ""]
    for area in AREAS:
        rules = [one for one in ruleset if one.area is area]
        if rules:
            lines += [f"## {area.title} (`{area.slug}`)", "", "| code | rule | severity | profile | what it finds |", "|---|---|---|---|---|"]
            lines += [
                f"| {one.code} | [{one.name}]({_link(one, 'docs/rules/')}) | {one.rule.severity.word} | {one.rule.profile} | {_cell(one.rule.summary)} |"
                for one in rules
            ]
            lines.append("")
    lines += ["## The tool's own codes", "", "| code | name | severity | what it says |", "|---|---|---|---|"]
    for kind in PROBLEMS.values():
        lines.append(f"| {kind.code} | [{kind.name}](tool/{kind.name.replace('-', '_')}.md) | {kind.severity.word} | {_cell(kind.summary)} |")
    return "\n".join(lines) + "\n"


def _coverage(ruleset: Ruleset) -> str:
    covered = {one.consideration.slug for one in ruleset}
    lines = [
        "# Coverage",
        "",
        "The twelve challenge areas of MLOps with three considerations each, and the rules that read them off a repository. "
        f"{len(covered)} of 36 considerations have rules today. This page is generated.",
        "",
        "| area | consideration | rules |",
        "|---|---|---|",
    ]
    for area in AREAS:
        for consideration in area.considerations:
            rules = [f'[{one.code}]({_link(one, "docs/")} "{one.name}")' for one in ruleset if one.consideration is consideration]
            lines.append(f"| {area.title} | {consideration.title} (`{consideration.slug}`) | {', '.join(rules) or 'none yet'} |")
    return "\n".join(lines) + "\n"


def _link(loaded: LoadedRule, base: str) -> str:
    return page_path(loaded).removeprefix(base)


def _cell(text: str) -> str:
    return sentence(text).replace("|", "\\|").replace("<", "&lt;")


def _block(match: re.Match[str], ruleset: Ruleset) -> str:
    """What stands between a pair of markers."""
    name, arguments = match["name"], match["arguments"].split()
    if name == "areas":
        return _areas(ruleset)
    if name == "settings":
        return _settings()
    if name == "output":
        return f"```console\n$ mlops-lint {' '.join(arguments)}\n{sample_output(tuple(arguments))}```\n"
    raise ValueError(f"no generated block is called {name!r}")


def _areas(ruleset: Ruleset) -> str:
    lines = ["| area | rules | on by default | for example |", "|---|---:|---:|---|"]
    for area in AREAS:
        rules = [one for one in ruleset if one.area is area]
        on = sum(one.rule.profile == "default" for one in rules)
        some = ", ".join(f"[{one.name}]({page_path(one)})" for one in rules[:3]) or "none yet"
        lines.append(f"| {area.title} (`{area.slug}`) | {len(rules)} | {on} | {some} |")
    return "\n".join(lines) + "\n"


def _settings() -> str:
    lines = []
    for section in SECTIONS:
        keys = [key for key in KEYS.values() if key.section == section]
        title = "Only in a file" if section == "File" else section
        lines += [f"### {title}", "", "| key | value | default | meaning |", "|---|---|---|---|"]
        lines += [f"| `{key.name}` | {_value(key)} | {_default(key)} | {_cell(key.description)} |" for key in keys]
        lines.append("")
    return "\n".join(lines)


_VALUES = {
    "bool": "`true` or `false`",
    "int": "number",
    "str": "text",
    "path": "path",
    "version": '`"3.N"`',
    "formats": "list of formats: ",
    "strings": "list of texts",
    "selectors": "list of rules",
    "ignores": "table: pattern → list of rules",
    "levels": "table: rule → level",
    "options": "table: rule → option → value",
}


def _value(key: Key) -> str:
    choices = ", ".join(f"`{one}`" for one in key.choices)
    return choices if key.kind == "choice" else _VALUES[key.kind] + (choices if key.kind == "formats" else "")


def _default(key: Key) -> str:
    if key.default is None:
        return key.otherwise or "none"
    if isinstance(key.default, (bool, int, str)):
        return f"`{json.dumps(key.default)}`"
    return f"`{json.dumps(list(key.default))}`" if key.default else "empty"


# -- output -------------------------------------------------------------------------------------------------------------------------------------------


@lru_cache
def sample_output(arguments: tuple[str, ...]) -> str:
    """What ``mlops-lint`` prints at the top of a repository that holds the sample and our own configuration, as a clone of ours does."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder, "repository")
        shutil.copytree(ROOT / SAMPLE, top / SAMPLE, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        shutil.copy(ROOT / "pyproject.toml", top)
        quiet = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "MLOPS_LINT"))}
        plain = quiet | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1", "XDG_CACHE_HOME": str(Path(folder, "cache"))}
        for command in (["init", "-q"], ["add", "--all"]):
            subprocess.run(["git", *command], cwd=top, env=plain, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        tool = [sys.executable, "-m", "mlops_lint", *arguments]
        done = subprocess.run(tool, cwd=top, env=plain, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(tool)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def main() -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something is stale")
    pages = generate()
    changed = stale(pages) if parser.parse_args().check else write(pages)
    for name in changed:
        print(name)
    if changed and "--check" in sys.argv:
        print("Not fresh. Run: python scripts/generate_docs.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
