from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from mlops_lint.config.load import find_config, load_layers
from mlops_lint.config.problem import ConfigError
from mlops_lint.config.read import Layer


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path: Path, config: Sequence[str] = (), *, isolated: bool = False) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_layers(tmp_path, config, isolated=isolated)
    return [str(one) for one in caught.value.problems]


def plain(layer: Layer) -> dict[str, object]:
    return {name: entry.value for name, entry in layer.entries.items()}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").touch()
    return tmp_path


def test_the_order_in_one_folder(repo: Path) -> None:
    assert find_config(repo) is None
    write(repo / "pyproject.toml", "[tool.mlops-lint]\n")
    assert find_config(repo) == repo / "pyproject.toml"
    write(repo / ".mlops-lint.toml", "")
    assert find_config(repo) == repo / ".mlops-lint.toml"
    write(repo / "mlops-lint.toml", "")
    assert find_config(repo) == repo / "mlops-lint.toml"


def test_the_nearest_wins_whole(repo: Path) -> None:
    write(repo / "mlops-lint.toml", 'profile = "all"\npreview = true\n')
    write(repo / "sub" / "pyproject.toml", '[tool.mlops-lint]\nprofile = "audit"\n')
    deep = repo / "sub" / "deep"
    deep.mkdir()
    layers = load_layers(deep)
    assert [layer.path for layer in layers] == [repo / "sub" / "pyproject.toml"]
    assert plain(layers[0]) == {"profile": "audit"}


def test_a_pyproject_without_our_table_does_not_count(repo: Path) -> None:
    write(repo / "mlops-lint.toml", "")
    write(repo / "sub" / "pyproject.toml", '[tool.ruff]\nx = "mlops-lint"\n')
    assert find_config(repo / "sub") == repo / "mlops-lint.toml"


def test_the_search_ends_at_the_top_of_the_repository(tmp_path: Path) -> None:
    write(tmp_path / "mlops-lint.toml", "")
    inner = tmp_path / "repo"
    (inner / ".git").mkdir(parents=True)
    (inner / ".git" / "HEAD").touch()
    (inner / "sub").mkdir()
    assert find_config(inner / "sub") is None
    (inner / ".git" / "HEAD").unlink()
    assert find_config(inner / "sub") == tmp_path / "mlops-lint.toml"


def test_a_project_elsewhere_is_asked_second(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / ".git").mkdir(parents=True)
    (here / ".git" / "HEAD").touch()
    write(there / "mlops-lint.toml", "preview = true")
    assert [layer.path for layer in load_layers(here, start=there)] == [there / "mlops-lint.toml"]
    write(here / "mlops-lint.toml", "")
    assert [layer.path for layer in load_layers(here, start=there)] == [here / "mlops-lint.toml"]


def test_a_folder_or_fifo_of_that_name_is_no_configuration(repo: Path) -> None:
    (repo / "mlops-lint.toml").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(repo / ".mlops-lint.toml")
    assert find_config(repo) is None


def test_unknown_keys_have_a_place_and_a_suggestion(repo: Path) -> None:
    write(repo / "pyproject.toml", '[project]\nname = "x"\n\n[tool.mlops-lint]\npreview = true\n  fail_level = "error"\noutput-file = "x"\n')
    assert problems(repo) == [
        "pyproject.toml:6:3: unknown key `fail_level`; did you mean `fail-level`?",
        "pyproject.toml:7:1: `output-file` can only be given on the command line",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("preview = 1", "1:11: `preview` is a whole number, not true or false"),
        ('jobs = "2"', '1:8: `jobs` is "2", not a whole number'),
        ("jobs = true", "1:8: `jobs` is true, not a whole number"),
        ("jobs = 0", "1:8: `jobs` is not between 1 and 1024"),
        (f"jobs = {10**30}", "1:8: `jobs` is not between 1 and 1024"),
        ('select = "SE"', '1:10: `select` is "SE", not a list of rule selectors'),
        ('select = ["SE", 3]', "1:17: `select` holds a whole number, not a string"),
        ("profile = 1979-05-27", '1:11: `profile` is "1979-05-27", not one of default, audit, all'),
        ('profile = "audti"', "1:11: `profile` is `audti`, not one of default, audit, all; did you mean `audit`?"),
        ("target-python = 3.10", '1:17: `target-python` is a number, not a Python version as a string, such as "3.11"'),
        ('target-python = "py311"', "1:17: `target-python` is `py311`, not a Python version such as 3.11"),
        ('output-format = ["sarif=x"]', "1:18: `output-format` holds `sarif=x`, not one of text,"),
        ('output-format = "jsn"', "1:17: `output-format` holds `jsn`, not one of text, concise, json, sarif; did you mean `json`?"),
        ("output-format = 3", "1:17: `output-format` is a whole number, not a format or a list of them"),
        ("[tool.mlops-lint]\nselect = []", "1:2: unknown key `tool`; in this file the settings stand at the top level, without `[tool.mlops-lint]`"),
        ('cache-dir = ""', "1:13: `cache-dir` is not a path"),
        ('severity = "error"', '1:12: `severity` is "error", not a table of rules, each with a level'),
        ('[severity]\nSE106 = "fatal"', "2:9: `severity.SE106` is `fatal`, not one of note, warning, error"),
        ("[severity]\nSE106 = 3", "2:9: `severity.SE106` is a whole number, not a level"),
        ('[per-file-ignores]\n"*.py" = "SE"', '2:10: `per-file-ignores.*.py` is "SE", not'),
        ("rules.large-file = 3", "1:20: `rules.large-file` is a whole number, not a table of options"),
        ("rules.large-file.max-size = {}", "1:29: `rules.large-file.max-size` is a table, not a plain value or a list of strings"),
    ],
)
def test_wrong_types_have_a_place(repo: Path, text: str, message: str) -> None:
    write(repo / "mlops-lint.toml", text)
    (found,) = problems(repo)
    assert found.startswith(f"mlops-lint.toml:{message}")


def test_all_problems_are_told_at_once(repo: Path) -> None:
    write(repo / "mlops-lint.toml", "a = 1\njobs = 0\npreview = 3\n")
    assert [one.split(": ")[0] for one in problems(repo)] == ["mlops-lint.toml:1:1", "mlops-lint.toml:2:8", "mlops-lint.toml:3:11"]


@pytest.mark.parametrize("name", ["mlops-lint.toml", ".mlops-lint.toml"])
def test_a_broken_file_of_ours_has_a_place(repo: Path, name: str) -> None:
    write(repo / name, 'preview = true\nselect = ["SE"\n')
    (found,) = problems(repo)
    assert found.startswith(f"{name}:3:1: not valid TOML")
    (repo / name).write_bytes(b'profile = "\xff"')
    (found,) = problems(repo)
    assert found.startswith(f"{name}:1:1: ")


def test_a_broken_pyproject_counts_when_it_bears_our_table_or_is_named(repo: Path) -> None:
    broken = "[project\n"
    write(repo / "pyproject.toml", f"{broken}\n# mlops-lint\n")
    assert load_layers(repo) == []
    (found,) = problems(repo, ["pyproject.toml"])
    assert found.startswith("pyproject.toml:1:9: not valid TOML")
    for header in ("[tool.mlops-lint]", "[tool.mlops-lint.rules.x]", '  [ tool . "mlops-lint" ]'):
        write(repo / "pyproject.toml", f"{header}\n{broken}")
        (found,) = problems(repo)
        assert found.startswith("pyproject.toml:2:9: not valid TOML")
    write(repo / "pyproject.toml", '[tool.mlops-lint\nselect = ["SE"]\n')
    assert len(problems(repo)) == 1
    write(repo / "pyproject.toml", "[tool.mlops-linter\n")
    assert load_layers(repo) == []


def test_our_table_must_be_a_table(repo: Path) -> None:
    write(repo / "pyproject.toml", "[tool]\nmlops-lint = 3\n")
    assert problems(repo) == ["pyproject.toml:2:1: `tool.mlops-lint` is not a table"]


def test_extend(repo: Path) -> None:
    write(repo / "base.toml", 'profile = "all"\npreview = true\n')
    write(repo / "sub" / "mid.toml", 'extend = "../base.toml"\nfail-level = "error"\n')
    write(repo / "sub" / "mlops-lint.toml", 'extend = "mid.toml"\nprofile = "audit"\n')
    layers = load_layers(repo / "sub")
    assert [layer.path for layer in layers] == [repo / "base.toml", repo / "sub" / "mid.toml", repo / "sub" / "mlops-lint.toml"]
    assert [layer.base for layer in layers] == [repo, repo / "sub", repo / "sub"]


def test_extend_of_a_pyproject_reads_its_table(repo: Path) -> None:
    write(repo / "pyproject.toml", "[tool.mlops-lint]\npreview = true\n")
    write(repo / "sub" / "mlops-lint.toml", 'extend = "../pyproject.toml"')
    assert plain(load_layers(repo / "sub")[0]) == {"preview": True}


def test_extend_in_a_circle_or_to_nowhere(repo: Path) -> None:
    write(repo / "mlops-lint.toml", 'extend = "b.toml"')
    assert problems(repo) == ["mlops-lint.toml:1:10: cannot read the configuration file `b.toml`: No such file or directory"]
    write(repo / "b.toml", 'preview = true\nextend = "./mlops-lint.toml"')
    assert problems(repo) == ["b.toml:2:10: configuration files extend each other in a circle: mlops-lint.toml -> b.toml -> mlops-lint.toml"]
    write(repo / "mlops-lint.toml", 'extend = "."')
    assert problems(repo) == [f"mlops-lint.toml:1:10: `{'.'}` is not a regular file, so it cannot be a configuration"]


def test_a_long_chain_is_refused(repo: Path) -> None:
    for number in range(40):
        write(repo / f"{number}.toml", f'extend = "{number + 1}.toml"')
    assert problems(repo, ["0.toml"]) == ["31.toml:1:10: more than 32 configuration files extend each other"]


def test_config_names_a_file_or_holds_a_setting(repo: Path) -> None:
    write(repo / "mlops-lint.toml", "preview = true")
    write(repo / "etc" / "other.toml", 'profile = "all"')
    layers = load_layers(repo, ["etc/other.toml", 'fail-level = "error"', "rules.large-file.max-size = 3\njobs = 2"])
    assert [(layer.source, plain(layer)) for layer in layers] == [
        ("file", {"profile": "all"}),
        ("inline", {"fail-level": "error"}),
        ("inline", {"rules": {"large-file": {"max-size": 3}}, "jobs": 2}),
    ]
    assert layers[0].base == repo


def test_isolated(repo: Path) -> None:
    write(repo / "mlops-lint.toml", "broken")
    assert load_layers(repo, isolated=True) == []
    assert [layer.source for layer in load_layers(repo, ["preview = true"], isolated=True)] == ["inline"]
    assert problems(repo, ["mlops-lint.toml"], isolated=True) == [
        "--config: the file `mlops-lint.toml` cannot be used with --isolated, which ignores configuration files"
    ]


def test_wrong_use_of_config(repo: Path) -> None:
    write(repo / "a.toml", "")
    write(repo / "b.toml", "")
    assert problems(repo, ["a.toml", "b.toml"]) == ["--config: only one configuration file can be named, not `a.toml` and `b.toml`"]
    assert problems(repo, ["c.toml"]) == ["--config: `c.toml` is neither a configuration file that exists nor a setting written as `key = value`"]
    assert problems(repo, [""])[0].startswith("--config: `` is neither")
    assert problems(repo, ["x" * 5000])[0].startswith("--config: ")
    assert problems(repo, ["preveiw = true"]) == ["--config:1:1: unknown key `preveiw`; did you mean `preview`?"]
    assert problems(repo, ["preview = "])[0].startswith("--config:1:11: not valid TOML")
    assert problems(repo, ["extend = 'a.toml'"]) == ["--config:1:1: `extend` cannot be set on the command line; name the file with --config"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_is_never_opened(repo: Path) -> None:
    os.mkfifo(repo / "pipe.toml")
    assert problems(repo, ["pipe.toml"]) == ["`pipe.toml` is not a regular file, so it cannot be a configuration"]


def test_a_huge_or_deep_file_is_refused(repo: Path) -> None:
    write(repo / "mlops-lint.toml", "#" * 1_000_001)
    assert problems(repo) == ["the configuration file `mlops-lint.toml` is larger than 1000000 bytes"]
    write(repo / "mlops-lint.toml", "select = " + "[" * 100_000)
    (found,) = problems(repo)
    assert "nested more than" in found


def test_one_format_needs_no_list(repo: Path) -> None:
    write(repo / "mlops-lint.toml", 'output-format = "json"\n')
    (layer,) = load_layers(repo)
    assert layer.entries["output-format"].value == ("json",)
