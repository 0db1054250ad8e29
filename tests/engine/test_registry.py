from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from mlops_lint.engine import registry
from mlops_lint.engine.registry import PluginError, RegistryError, load_plugin, load_ruleset

PLUGINS = Path(__file__).parents[1] / "plugins"

DOC = '''"""Title of it.

Why it matters.

What to do.

What it does not see.
"""
'''
RULE = """
from mlops_lint.core.finding import Confidence, Severity
from mlops_lint.core.rule import Rule

rule = Rule(code={code!r}, summary="a thing is wrong", consideration={consideration!r}, severity=Severity.WARNING, confidence=Confidence.HIGH{more})


@rule.on_project
def check(project):
    yield from ()
"""


def module(code: str = "SE101", consideration: str = "unauthorized-access", doc: str = DOC, more: str = "") -> str:
    return doc + RULE.format(code=code, consideration=consideration, more=more)


class Packages:
    """Packages of rules written to a folder on ``sys.path``; each has a name that no other test uses."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder
        self.name = f"made_up_rules_{number}"

    def write(self, **modules: str) -> str:
        for path, text in {"__init__": "", **modules}.items():
            target = self.folder / self.name / (path.replace("__in__", "/") + ".py")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return self.name


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packages:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(registry, "entry_points", lambda group: [])
    Packages.number = getattr(Packages, "number", 0) + 1  # type: ignore[attr-defined]
    return Packages(tmp_path, Packages.number)  # type: ignore[attr-defined]


def point(value: str, name: str = "acme") -> EntryPoint:
    return EntryPoint(name, value, registry.GROUP)


# Built-in rules


def test_rules_are_found_by_where_they_stand(packages: Packages) -> None:
    name = packages.write(
        security__in__unsafe_load=module("SE106"),
        security__in___shared="raise SystemExit('private modules are not imported')",
        reproducibility__in__no_seed=module("RP301", "randomness"),
    )
    found = load_ruleset(package=name)
    assert [(one.code, one.name, one.area.slug, one.consideration.slug, one.plugin) for one in found] == [
        ("RP301", "no-seed", "reproducibility", "randomness", ""),
        ("SE106", "unsafe-load", "security", "unauthorized-access", ""),
    ]
    one = found.get("unsafe-load")
    assert one is not None and one is found.get("se106")
    assert (one.doc.title, one.doc.why, one.doc.advice, one.doc.limits) == ("Title of it", "Why it matters.", "What to do.", "What it does not see.")
    assert [again.rule for again in load_ruleset(package=name)] == [again.rule for again in found]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no 'rule'"),
        ("rule = 1", "'rule' is no Rule but a int"),
        (module("SE10"), "code 'SE10' is not two or more capitals and three digits"),
        (module("E901"), "code 'E901' is not two or more capitals and three digits"),
        (module("SE2011"), "code 'SE2011' is not two or more capitals and three digits"),
        (module("SE206"), "code 'SE206' does not begin with SE1, as its consideration asks"),
        (module("DM106"), "code 'DM106' does not begin with SE1, as its consideration asks"),
        (module(consideration="secrets"), "no consideration is called 'secrets'"),
        (module("RP301", "randomness"), "consideration 'randomness' belongs to 'reproducibility'"),
        (module(doc=""), "a rule's docstring has four paragraphs: title, why it matters, what to do, limits"),
        (module(doc='"""Title only."""\n'), "a rule's docstring has four paragraphs: title, why it matters, what to do, limits"),
        (module(more=', profile="off"'), "profile 'off' or stage 'stable' is not known"),
        (module(more=", options=dict"), "options is no dataclass"),
        (module().replace("@rule.on_project", ""), "has no check"),
        (module().replace('"a thing is wrong"', '" "'), "has no summary"),
        (module().replace("Severity.WARNING", "2"), "severity or confidence is not one of theirs"),
    ],
)
def test_a_defective_rule_is_named_by_its_module(packages: Packages, text: str, message: str) -> None:
    name = packages.write(security__in__good=module("SE102"), security__in__wrong=text)
    with pytest.raises(RegistryError) as caught:
        load_ruleset(package=name)
    assert (caught.value.module, caught.value.message) == (f"{name}.security.wrong", message)


def test_codes_and_names_are_unique(packages: Packages) -> None:
    name = packages.write(security__in__a=module("SE101"), security__in__b=module("SE101"))
    with pytest.raises(RegistryError, match=rf"^{name}\.security\.b: code 'SE101' is already that of {name}\.security\.a$"):
        load_ruleset(package=name)


def test_names_are_unique_across_areas(packages: Packages) -> None:
    name = packages.write(reproducibility__in__a=module("RP301", "randomness"), security__in__a=module("SE101"))
    with pytest.raises(RegistryError, match=r"security\.a: name 'a' is already that of"):
        load_ruleset(package=name)


@pytest.mark.parametrize("taken", ["syntax_error", "governance"])
def test_names_that_mean_something_else_already(packages: Packages, taken: str) -> None:
    name = packages.write(**{f"security__in__{taken}": module()})
    with pytest.raises(RegistryError, match="cannot be a rule's"):
        load_ruleset(package=name)


def test_a_folder_that_is_no_area(packages: Packages) -> None:
    name = packages.write(safety__in__a=module())
    with pytest.raises(RegistryError, match=r"\.safety: no challenge area has a package of this name"):
        load_ruleset(package=name)


# Plugins


def test_a_plugin_may_be_a_module_or_a_package_with_folders(packages: Packages) -> None:
    name = packages.write(
        alone=module("ACME101"),
        more__in__inner=module("ACME103", "randomness"),
        more__in____init__="",
        _private="1/0",
        more__in___private="1/0",
    )
    assert [(one.code, one.name, one.plugin, one.area.slug) for one in load_plugin(point(name))] == [
        ("ACME101", "alone", "acme", "security"),
        ("ACME103", "inner", "acme", "reproducibility"),
    ]
    assert [one.code for one in load_plugin(point(f"{name}.alone"))] == ["ACME101"]
    assert [one.code for one in load_plugin(point(f"{name}.more"))] == ["ACME103"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import not_there_at_all", "ModuleNotFoundError: No module named 'not_there_at_all'"),
        ("def", "SyntaxError: "),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def f(): f()\nf()", "RecursionError: "),
        ("rules = []", "has no 'rule'"),
        ("rule = {}", "'rule' is no Rule but a dict"),
        (module("acme1"), "code 'acme1' is not two or more capitals"),
        (module("ALL101"), "code 'ALL101' is not two or more capitals"),
        (module("ACME101", "everything"), "no consideration is called 'everything'"),
        (module("ACME101", doc=""), "a rule's docstring has four paragraphs"),
        (module("SE101"), "code 'SE101' is already that of "),
    ],
)
def test_a_plugin_that_fails_is_named(packages: Packages, monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    name = packages.write(core__in____init__="", core__in__security__in__good=module("SE101"), bad=text)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point(f"{name}.bad")])
    with pytest.raises(PluginError) as caught:
        load_ruleset(package=f"{name}.core")
    assert caught.value.plugin == "acme" and message in caught.value.message
    assert str(caught.value).startswith("plugin 'acme' cannot be loaded: ")
    assert len(load_ruleset(frozenset({"ACME"}), package=f"{name}.core")) == 1


def test_a_plugin_of_nothing_and_of_an_object(packages: Packages) -> None:
    name = packages.write(_private="")
    with pytest.raises(PluginError, match="holds no rule"):
        load_plugin(point(name))
    for value in (f"{name}:thing", "not a reference", "", "."):
        with pytest.raises(PluginError):
            load_plugin(point(value))


def test_two_plugins_of_one_name(packages: Packages, monkeypatch: pytest.MonkeyPatch) -> None:
    name = packages.write(a=module("ACME101"), core__in____init__="")
    same = [point(f"{name}.a", "acme-rules"), point(f"{name}.a", "acme_rules")]
    monkeypatch.setattr(registry, "entry_points", lambda group: same)
    assert [one.code for one in load_ruleset(package=f"{name}.core")] == ["ACME101"]
    monkeypatch.setattr(registry, "entry_points", lambda group: [same[0], point(f"{name}.b", "Acme.Rules")])
    with pytest.raises(PluginError, match="two installed packages register it"):
        load_ruleset(package=f"{name}.core")


# Plugins that are really installed

_LIST = """
import json, sys
from pathlib import Path
from mlops_lint.engine.registry import PluginError, load_ruleset
root = Path(sys.argv[2]) if len(sys.argv) > 2 else None
try:
    found = load_ruleset(frozenset(sys.argv[1].split(",")), package="made_up_core", project_root=root)
except PluginError as error:
    print(json.dumps({"plugin": error.plugin, "message": error.message}))
else:
    print(json.dumps([[one.code, one.name, one.area.slug, one.plugin] for one in found]))
"""


def install(plugin: str, target: Path) -> None:
    pytest.importorskip("pip")
    pytest.importorskip("hatchling")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--no-cache-dir"),
            *("--disable-pip-version-check", "--no-compile", "--target", str(target), str(PLUGINS / plugin)),
        ],
        check=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
    )


def rules_seen_with(target: Path, *arguments: str) -> object:
    core = target / "made_up_core" / "security"
    core.mkdir(parents=True, exist_ok=True)
    core.joinpath("good.py").write_text(module("SE101"))
    core.joinpath("__init__.py").touch()
    core.with_name("__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_LIST), *arguments],
        cwd=target.parent,
        env=os.environ | {"PYTHONPATH": str(target), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_installed_plugin_is_found_without_naming_it_anywhere(tmp_path: Path) -> None:
    project, site = tmp_path / "project", tmp_path / "site"
    project.mkdir()
    assert rules_seen_with(site, "") == [["SE101", "good", "security", ""]]
    install("mlops-lint-demo", site)
    both = [["DEMO101", "unnamed-run", "collaboration", "demo"], ["SE101", "good", "security", ""]]
    assert rules_seen_with(site, "", str(project)) == both
    assert rules_seen_with(site, "Demo") == [["SE101", "good", "security", ""]]
    # The same installation inside the analysed project is that project's, not ours.
    assert rules_seen_with(site, "", str(tmp_path)) == [["SE101", "good", "security", ""]]


_RUN = """
from mlops_lint.api import PythonDocument
from mlops_lint.engine.registry import load_ruleset
found = load_ruleset()
print(len(found) > 1, [one.code for one in found if one.plugin])
source = b"import mlflow as m\\nm.start_run()\\nm.start_run(run_name='x')\\nm.start_run(run_id='x')\\nm.start_run(**known)\\nm.start_run(tags={})\\n"
doc = PythonDocument("train.py", source)
(hook,) = found.get("unnamed-run").rule.hooks
print([doc.position(one.location.span).region.line for call in doc.calls(*hook.targets) for one in hook.check(call, doc)])
"""


def test_an_installed_plugins_rule_runs_beside_the_built_in_ones(tmp_path: Path) -> None:
    install("mlops-lint-demo", tmp_path)
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", _RUN], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["True ['DEMO101']", "[2, 6]"], done.stderr


def test_an_installed_plugin_that_is_broken_is_named_and_can_be_switched_off(tmp_path: Path) -> None:
    install("mlops-lint-broken", tmp_path / "site")
    assert rules_seen_with(tmp_path / "site", "") == {
        "plugin": "broken",
        "message": "ModuleNotFoundError: No module named 'mlops_lint_broken_needs_this'",
    }
    assert rules_seen_with(tmp_path / "site", "broken") == [["SE101", "good", "security", ""]]
