from __future__ import annotations

import json
import os
import pickle
from dataclasses import asdict, replace
from pathlib import Path

import jsonschema
import pytest

from mlops_lint.config.cache_dir import TAG, TAG_NAME, default_cache_dir, is_cache_dir
from mlops_lint.config.jsonschema import json_schema
from mlops_lint.config.load import load_layers
from mlops_lint.config.paths import locate, rebase
from mlops_lint.config.problem import ConfigError, Place
from mlops_lint.config.read import Layer, flag_layer
from mlops_lint.config.resolve import Configuration, cache_dir, disabled_plugins, resolve
from mlops_lint.config.schema import FORMATS, KEYS, SECTIONS
from mlops_lint.core.finding import Confidence, Severity
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.core.rule import Ruleset
from mlops_lint.project.patterns import PathPatterns


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = Path(os.path.realpath(tmp_path))
    (root / ".git").mkdir()
    return root


def configured(ruleset: Ruleset, repo: Path, text: str, *inline: str, **flags: object) -> Configuration:
    (repo / "mlops-lint.toml").write_text(text, encoding="utf-8")
    layers = load_layers(repo, inline)
    return resolve([*layers, flag_layer({name.replace("_", "-"): value for name, value in flags.items()}, repo)], ruleset, repo)


def problems(ruleset: Ruleset, repo: Path, text: str, *inline: str, **flags: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        configured(ruleset, repo, text, *inline, **flags)
    return [str(one) for one in caught.value.problems]


def rules_on(configuration: Configuration) -> set[str]:
    return set(configuration.active) - set(PROBLEMS)


def test_flags_beat_inline_beats_file_beats_default(ruleset: Ruleset, repo: Path) -> None:
    text = 'fail-level = "error"\nmin-confidence = "low"\nprofile = "audit"\n'
    found = configured(ruleset, repo, text, 'min-confidence = "high"', "jobs = 3", jobs=5)
    assert found.settings.min_confidence is Confidence.HIGH
    expected = {
        "fail-level": ("error", "file", "mlops-lint.toml:1:1"),
        "min-confidence": ("high", "inline", "--config:1:1"),
        "profile": ("audit", "file", "mlops-lint.toml:3:1"),
        "jobs": (5, "flag", "--jobs"),
        "color": ("auto", "default", ""),
    }
    shown = {name: (one.value, one.source, "".join(map(str, one.places))) for name, one in found.values.items()}
    assert {name: shown[name] for name in expected} == expected


def test_what_adds_up_and_what_replaces(ruleset: Ruleset, repo: Path) -> None:
    text = 'exclude = ["a"]\nextend-exclude = ["b"]\n'
    found = configured(ruleset, repo, text, exclude=("c",), extend_exclude=("d",))
    assert found.settings.exclude == ("c",)
    assert found.settings.extend_exclude == ("b", "d")
    assert found.values["extend-exclude"].places == (Place("mlops-lint.toml", 2, 1), Place("--extend-exclude"))


def test_selection_from_all_sources(ruleset: Ruleset, repo: Path) -> None:
    assert rules_on(configured(ruleset, repo, 'select = ["SE"]\nignore = ["SE2"]')) == {"SE106", "SE107"}
    assert rules_on(configured(ruleset, repo, 'select = ["SE"]', ignore=("SE106",))) == {"SE107", "SE201"}
    assert rules_on(configured(ruleset, repo, 'ignore = ["SE"]', extend_select=("SE106",))) == {"SE106", "DM110"}
    assert rules_on(configured(ruleset, repo, "preview = true", select=("RP",))) == {"RP301"}
    assert configured(ruleset, repo, "", select=("RP301",)).warnings


def test_unknown_rules_everywhere(ruleset: Ruleset, repo: Path) -> None:
    text = """select = ["SE", "DM11O"]
[per-file-ignores]
"tests/*" = ["securty"]
[severity]
large-fiel = "note"
[rules.larg-file]
max-size = 3
"""
    assert problems(ruleset, repo, text, "ignore = ['XX']", select=("SEE",)) == [
        "mlops-lint.toml:1:17: unknown rule selector `DM11O`; did you mean `DM110`?",
        "mlops-lint.toml:3:14: unknown rule selector `securty`; did you mean `security`?",
        "mlops-lint.toml:5:1: unknown rule selector `large-fiel`; did you mean `large-file`?",
        *problems(ruleset, repo, "", "ignore = ['XX']"),
        *problems(ruleset, repo, "", select=("SEE",)),
        "mlops-lint.toml:6:8: unknown rule `larg-file`; did you mean `large-file`?",
    ]
    assert problems(ruleset, repo, "", select=("SEE",))[0].startswith("--select: unknown rule selector `SEE`; did you mean `SE")
    assert problems(ruleset, repo, "", select=("",)) == ["--select: a rule selector is empty"]


def test_options_of_rules(ruleset: Ruleset, repo: Path) -> None:
    text = '[rules.large-file]\nmax-size = 3\nsuffixes = [".bin", ".pt"]\n'
    found = configured(ruleset, repo, text, "rules.DM110.ratio = 1", "rules.large-file.strict = true")
    assert asdict(found.settings.options["DM110"]) == {"max_size": 3, "ratio": 1.0, "strict": True, "suffixes": (".bin", ".pt")}
    assert isinstance(found.settings.options["DM110"].ratio, float)
    assert found.values["rules.large-file.max-size"].places == (Place("mlops-lint.toml", 2, 12),)
    default = configured(ruleset, repo, "")
    assert asdict(default.settings.options["DM110"]) == {"max_size": 10, "ratio": 0.5, "strict": False, "suffixes": (".csv",)}
    assert default.values["rules.large-file.max-size"].source == "default"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("max_size = 3", "2:1: unknown option `max_size` of rule `large-file`; did you mean `max-size`?"),
        ("max-size = '3'", "2:12: `rules.large-file.max-size` is not a whole number"),
        ("max-size = true", "2:12: `rules.large-file.max-size` is not a whole number"),
        ("max-size = 1.5", "2:12: `rules.large-file.max-size` is not a whole number"),
        ("strict = 1", "2:10: `rules.large-file.strict` is not true or false"),
        ("suffixes = '.csv'", "2:12: `rules.large-file.suffixes` is not a list of strings"),
        ("ratio = 'x'", "2:9: `rules.large-file.ratio` is not a number"),
    ],
)
def test_wrong_options(ruleset: Ruleset, repo: Path, option: str, message: str) -> None:
    assert problems(ruleset, repo, f"[rules.large-file]\n{option}\n") == [f"mlops-lint.toml:{message}"]


def test_options_of_a_rule_without_any(ruleset: Ruleset, repo: Path) -> None:
    assert problems(ruleset, repo, "rules.SE106.x = 1") == [
        "mlops-lint.toml:1:13: unknown option `x` of rule `unsafe-deserialization`; it has no options"
    ]


def test_severities_by_specificity_and_layer(ruleset: Ruleset, repo: Path) -> None:
    text = '[severity]\nSE106 = "error"\nSE = "note"\nE903 = "error"\n'
    assert configured(ruleset, repo, text).settings.severity == {
        "E903": Severity.ERROR,
        "SE106": Severity.ERROR,
        "SE107": Severity.NOTE,
        "SE201": Severity.NOTE,
    }
    found = configured(ruleset, repo, text, 'severity.unsafe-deserialization = "warning"')
    assert found.settings.severity["SE106"] is Severity.WARNING


def test_per_file_ignores(ruleset: Ruleset, repo: Path) -> None:
    text = '[per-file-ignores]\n"tests/*" = ["SE", "E903"]\n"!src/**" = ["DM110"]\n"*.ipynb" = []\n'
    assert configured(ruleset, repo, text).settings.per_file_ignores == (
        ("tests/*", frozenset({"SE106", "SE107", "SE201", "E903"})),
        ("!src/**", frozenset({"DM110"})),
        ("*.ipynb", frozenset()),
    )


def test_python_version_plugins_and_the_rest(ruleset: Ruleset, repo: Path) -> None:
    found = configured(ruleset, repo, 'target-python = "3.11"\nbaseline = "b.json"\nforce-exclude = true\ndisable-plugins = ["acme"]')
    assert found.settings.target_python == (3, 11)
    assert found.settings.baseline == "b.json"
    assert found.settings.force_exclude is True
    assert disabled_plugins(load_layers(repo)) == {"acme"}
    assert configured(ruleset, repo, "").settings.target_python is None


def test_settings_can_be_sent_to_a_worker(ruleset: Ruleset, repo: Path) -> None:
    # The options of a rule are pickled by the name of its module, which a class of conftest.py has not for sure.
    settings = replace(configured(ruleset, repo, 'exclude = ["a/b"]\n[severity]\nSE = "note"\n').settings, options={})
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_unusable_patterns(ruleset: Ruleset, repo: Path) -> None:
    text = 'exclude = ["", "a/**/b", "**/../x"]\n[per-file-ignores]\n"" = ["SE"]\n'
    found = problems(ruleset, repo, text)
    assert [one.split(" ")[0] for one in found] == ["mlops-lint.toml:1:12:", "mlops-lint.toml:1:26:", "mlops-lint.toml:3:1:"]


def test_a_repository_brings_no_cache_of_its_own(ruleset: Ruleset, repo: Path) -> None:
    assert problems(ruleset, repo, 'cache-dir = ".cache"') == [
        "mlops-lint.toml:1:13: `cache-dir` must not lie inside the project that is analysed; use the flag if it has to"
    ]
    configured(ruleset, repo, 'cache-dir = "../cache"')
    assert cache_dir(load_layers(repo)) == repo.parent / "cache"
    flags = flag_layer({"cache-dir": ".cache"}, repo)
    assert resolve([flags], ruleset, repo).value("cache-dir") == ".cache"
    assert cache_dir([flags]) == repo / ".cache"
    assert cache_dir([Layer("flag", repo)]) is None


@pytest.mark.parametrize(
    ("pattern", "rebased"),
    [
        ("data", ["data"]),
        ("data/", ["data/"]),
        ("*.ipynb", ["*.ipynb"]),
        ("**/old/*", ["**/old/*"]),
        ("a/b", ["sub/a/b"]),
        ("./a", ["sub/a"]),
        ("/a", ["sub/a"]),
        ("a/b/", ["sub/a/b/"]),
        ("../a", ["/a"]),
        ("../a/*.py", ["a/*.py"]),
        ("..", ["**"]),
        ("../..", ["**"]),
        ("../../other/x", []),
        ("../../repo/x", ["/x"]),
        ("../../*/x", ["/x"]),
        ("../../**/x", ["**/x"]),
    ],
)
def test_patterns_count_from_where_they_are_written(pattern: str, rebased: list[str]) -> None:
    assert list(rebase([pattern], Path("/home/repo/sub"), Path("/home/repo"))) == rebased


def test_absolute_patterns_and_odd_folder_names() -> None:
    assert list(rebase(["/home/repo/a/*"], Path("/home/repo/sub"), Path("/home/repo"))) == ["a/*"]
    (found,) = rebase(["a/*"], Path("/home/repo/x[1]{2}"), Path("/home/repo"))
    assert PathPatterns([found]).matches("x[1]{2}/a/b.py")
    assert not PathPatterns([found]).matches("x1/a/b.py")
    (above,) = rebase(["repo/a/*"], Path("/home"), Path("/home/repo"))
    assert above == "a/*"


def test_locate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert locate(tmp_path / "a", "../b") == tmp_path / "b"
    assert locate(tmp_path / "a", "~/c") == tmp_path / "c"


def test_the_schema_accepts_what_the_loader_accepts(ruleset: Ruleset) -> None:
    schema = json_schema(ruleset)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    good = {
        "select": ["SE"],
        "jobs": 2,
        "target-python": "3.11",
        "output-format": ["json"],
        "per-file-ignores": {"tests/*": ["SE"]},
        "severity": {"SE106": "note"},
        "rules": {"large-file": {"max-size": 3, "suffixes": [".csv"], "ratio": 0.1, "strict": True}},
    }
    validator.validate(good)
    for bad in ({"selct": []}, {"select": "SE"}, {"jobs": 0}, {"rules": {"x": {}}}, {"rules": {"large-file": {"max-size": "3"}}}, {"preview": 1}):
        assert not validator.is_valid(bad), bad
    assert set(schema["properties"]) == set(KEYS)
    json.dumps(schema)


def test_every_key_is_described(ruleset: Ruleset) -> None:
    from mlops_lint.report.reporter import FORMATS as built

    assert built == FORMATS
    for key in KEYS.values():
        assert key.section in SECTIONS
        assert key.description.endswith(".")
        assert key.default is not None or key.otherwise or key.name == "extend"


def test_default_cache_dir(tmp_path: Path) -> None:
    assert default_cache_dir({"XDG_CACHE_HOME": str(tmp_path)}, "linux") == tmp_path / "mlops-lint"
    assert default_cache_dir({"XDG_CACHE_HOME": "relative"}, "linux") == Path.home() / ".cache" / "mlops-lint"
    assert default_cache_dir({}, "darwin") == Path.home() / "Library" / "Caches" / "mlops-lint"
    assert default_cache_dir({"LOCALAPPDATA": str(tmp_path)}, "win32") == tmp_path / "mlops-lint" / "Cache"
    assert default_cache_dir({}, "win32") is None


def test_only_a_tagged_folder_is_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    assert not is_cache_dir(folder)
    (folder / TAG_NAME).write_text("Signature: 8a477f597d28d172789f06886806bc55\n# of another tool")
    assert not is_cache_dir(folder)
    (folder / TAG_NAME).write_text(TAG)
    assert is_cache_dir(folder)
    default = tmp_path / "mlops-lint"
    default.mkdir()
    assert is_cache_dir(default)
    (default / "pyproject.toml").touch()
    assert not is_cache_dir(default)
