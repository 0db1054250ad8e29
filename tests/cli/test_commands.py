from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result

import mlops_lint.engine.registry
from mlops_lint import __version__
from mlops_lint.config.cache_dir import TAG, TAG_NAME
from mlops_lint.engine.registry import PluginError

Invoke = Callable[..., Result]


def test_version(invoke: Invoke) -> None:
    for flag in ("--version", "-V"):
        result = invoke(flag)
        assert (result.exit_code, result.stdout) == (0, f"mlops-lint {__version__}\n")


@pytest.mark.parametrize("command", [[], ["check"], ["rule"], ["rules"], ["config"], ["config", "show"], ["config", "schema"], ["clean"]])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_on_every_level(invoke: Invoke, command: list[str], flag: str) -> None:
    result = invoke(*command, flag)
    assert result.exit_code == 0
    assert result.stdout.startswith(" ".join(["Usage: mlops-lint", *command]))


def test_without_a_command_there_is_help_and_2(invoke: Invoke) -> None:
    for command in ([], ["config"]):
        result = invoke(*command)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Commands:" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["chekc"], "No such command 'chekc'; did you mean `check`?"),
        (["config", "shwo"], "No such command 'shwo'; did you mean `show`?"),
        (["check", "--slect", "SE"], "--select"),
        (["--verson"], "--version"),
        (["check", "--fail-level", "warn"], "'warn' is not one of note, warning, error, never; did you mean `warning`?"),
        (["check", "-j", "0"], "0 is not in the range 1<=x<=1024"),
        (["check", "--bad\x1b[31m"], "\\x1b[31m"),
    ],
)
def test_wrong_usage_is_2_with_a_suggestion(invoke: Invoke, arguments: list[str], hint: str) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert hint in result.stderr
    assert "\x1b" not in result.stderr


def test_rule_explains_by_code_and_name(invoke: Invoke) -> None:
    result = invoke("rule", "se106", "large-file", "E903", "unsafe-deserialization", "syntax-error")
    assert result.exit_code == 0
    heads = [line for line in result.stdout.splitlines() if line.startswith(("SE106 ", "DM110 ", "E903 "))]
    assert heads == ["SE106 unsafe-deserialization", "DM110 large-file", "E903 syntax-error"]


def test_rule_as_json(invoke: Invoke) -> None:
    found = json.loads(invoke("rule", "SE106", "E903", "--output-format", "json").stdout)
    assert found["version"] == 1
    assert [(one["code"], one["rule"], one["area"]) for one in found["rules"]] == [
        ("SE106", "unsafe-deserialization", "security"),
        ("E903", "syntax-error", None),
    ]


def test_an_unknown_rule_is_2_with_the_nearest(invoke: Invoke) -> None:
    result = invoke("rule", "SE106", "large-fiel", "E93")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[0] == "error: there is no rule `large-fiel`; did you mean `large-file`?"
    assert result.stderr.splitlines()[1].startswith("error: there is no rule `E93`; did you mean `E9")
    assert invoke("rule").exit_code == 2


def test_rules(invoke: Invoke) -> None:
    text = invoke("rules")
    assert text.exit_code == 0
    assert "unsafe-deserialization" in text.stdout
    assert "\x1b" not in text.stdout
    assert "\x1b" in invoke("rules", "--color", "always", color=True).stdout
    found = json.loads(invoke("rules", "--output-format", "json").stdout)
    assert [one["code"] for one in found["rules"]] == ["DM110", "RP301", "SE106"]


def test_a_broken_configuration_does_not_keep_rules_from_being_explained(invoke: Invoke, repo: Path) -> None:
    (repo / "mlops-lint.toml").write_text("broken")
    assert invoke("rules").exit_code == 0
    assert invoke("rule", "SE106").exit_code == 0


def test_a_plugin_that_cannot_be_loaded_is_2(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise PluginError("acme", "has no 'rule'")

    monkeypatch.setattr(mlops_lint.engine.registry, "load_ruleset", broken)
    result = invoke("check")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: plugin 'acme' cannot be loaded: has no 'rule'; `disable-plugins = [\"acme\"]` switches it off\n"


def test_disabled_plugins_are_not_loaded(invoke: Invoke, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    load = mlops_lint.engine.registry.load_ruleset
    monkeypatch.setattr(mlops_lint.engine.registry, "load_ruleset", lambda disabled, **more: (asked.append((disabled, more)), load())[1])
    (repo / "mlops-lint.toml").write_text('disable-plugins = ["acme"]')
    assert invoke("check", "--config", "disable-plugins = ['other']").exit_code == 0
    assert asked == [(frozenset({"acme", "other"}), {"project_root": repo})]


# -- config ------------------------------------------------------------------------------------------------------------------------------------------------


def test_config_show_tells_where_each_setting_comes_from(invoke: Invoke, repo: Path) -> None:
    (repo / "pyproject.toml").write_text(
        '[tool.mlops-lint]\npreview = true\nselect = ["SE", "large-file"]\n[tool.mlops-lint.rules.large-file]\nmax-size = 3\n'
    )
    result = invoke("config", "show", "--fail-level", "error", "--config", "jobs = 2")
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    for line in (
        "preview = true # pyproject.toml:2:1",
        'select = ["SE", "large-file"] # pyproject.toml:3:1',
        "rules.large-file.max-size = 3 # pyproject.toml:5:12",
        'fail-level = "error" # --fail-level',
        "jobs = 2 # --config:1:1",
        'profile = "default" # default',
        "# 2 of 3 rules are on",
    ):
        assert line in lines


def test_config_show_as_json(invoke: Invoke, repo: Path) -> None:
    (repo / "mlops-lint.toml").write_text('\nignore = ["SE106"]\n')
    found = json.loads(invoke("config", "show", "--output-format", "json", "--ignore", "E903").stdout)
    assert found["files"] == [str(repo / "mlops-lint.toml")]
    settings = {one["key"]: one for one in found["settings"]}
    assert settings["ignore"] == {
        "key": "ignore",
        "value": ["SE106", "E903"],
        "source": "flag",
        "places": [{"path": "mlops-lint.toml", "line": 2, "column": 1}, {"path": "--ignore", "line": None, "column": None}],
    }
    assert settings["rules.large-file.max-size"] == {"key": "rules.large-file.max-size", "value": 10, "source": "default", "places": []}
    assert "SE106" not in found["active"]
    assert "E903" not in found["active"]
    assert "DM110" in found["active"]


def test_config_schema(invoke: Invoke) -> None:
    result = invoke("config", "schema")
    schema = json.loads(result.stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["properties"]["rules"]["properties"]["large-file"]["properties"]["max-size"]["default"] == 10


def test_config_validate(invoke: Invoke, repo: Path) -> None:
    result = invoke("config", "validate")
    assert (result.exit_code, result.stdout) == (0, "No configuration file was found; the defaults hold.\n")
    (repo / "base.toml").write_text("")
    (repo / "mlops-lint.toml").write_text('extend = "base.toml"\n')
    result = invoke("config", "validate")
    assert (result.exit_code, result.stdout) == (0, "mlops-lint.toml is valid.\nbase.toml is valid.\n")
    (repo / "other.toml").write_text('select = ["XX"]\n')
    result = invoke("config", "validate", "other.toml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: other.toml:1:11: unknown rule selector `XX`")
    assert invoke("config", "validate", "gone.toml").exit_code == 2


def test_many_problems_are_cut(invoke: Invoke, repo: Path) -> None:
    (repo / "mlops-lint.toml").write_text("\n".join(f"k{number} = 1" for number in range(50)))
    lines = invoke("config", "validate").stderr.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "error: and 30 more like these"


# -- clean -------------------------------------------------------------------------------------------------------------------------------------------------


def test_clean(invoke: Invoke, repo: Path) -> None:
    folder = repo.parent / "cache" / "mlops-lint"
    result = invoke("clean")
    assert (result.exit_code, result.stdout) == (0, f"There is no cache at {folder}.\n")
    (folder / "v1").mkdir(parents=True)
    (folder / "v1" / "x.json").touch()
    result = invoke("clean")
    assert (result.exit_code, result.stdout) == (0, f"Removed the cache at {folder}.\n")
    assert not folder.exists()


def test_clean_leaves_alone_what_is_not_ours(invoke: Invoke, repo: Path) -> None:
    own, other, linked = repo.parent / "own", repo.parent / "other", repo.parent / "linked"
    for folder in (own, other):
        folder.mkdir()
    (own / TAG_NAME).write_text(TAG)
    linked.symlink_to(own)
    for name in (other, linked, repo / "train.py"):
        result = invoke("clean", "--cache-dir", str(name))
        assert (result.exit_code, result.stderr) == (2, f"error: {name} is not a cache of mlops-lint; it was left alone\n")
        assert name.exists()
    assert invoke("clean", "--cache-dir", "../own").exit_code == 0
    assert not own.exists()


def test_clean_takes_the_folder_of_the_configuration(invoke: Invoke, repo: Path) -> None:
    folder = repo.parent / "elsewhere"
    folder.mkdir()
    (folder / TAG_NAME).write_text(TAG)
    (repo / "mlops-lint.toml").write_text('cache-dir = "../elsewhere"')
    assert invoke("clean", "--isolated").exit_code == 0
    assert folder.exists()
    assert invoke("clean").exit_code == 0
    assert not folder.exists()
