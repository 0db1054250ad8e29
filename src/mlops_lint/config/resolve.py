"""All layers together, resolved against the rules that are loaded."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_lint.config.paths import locate, rebase
from mlops_lint.config.problem import ConfigError, ConfigProblem, Place
from mlops_lint.config.read import Entry, Layer, Leaf, python_version
from mlops_lint.config.schema import KEYS
from mlops_lint.config.select import SelectionLayer, Selectors, UnknownSelector
from mlops_lint.config.settings import Settings
from mlops_lint.core.finding import Confidence, Severity
from mlops_lint.core.option import OptionInfo, describe_options
from mlops_lint.core.rule import LoadedRule, Ruleset
from mlops_lint.project.patterns import PathPatterns
from mlops_lint.text.nearest import nearest, quote

_SELECTION = ("select", "extend-select", "ignore", "extend-ignore")


@dataclass(frozen=True, slots=True)
class Value:
    """The effective value of a setting and the places that gave it, the strongest last; none when it is the default."""

    value: Any
    places: tuple[Place, ...] = ()
    source: str = "default"


@dataclass(frozen=True, slots=True)
class Configuration:
    """A resolved configuration: what an analysis depends on, the codes that are on, every setting with its origin, and warnings for the user."""

    settings: Settings
    active: frozenset[str]
    values: Mapping[str, Value]
    warnings: tuple[str, ...] = ()

    def value(self, name: str) -> Any:
        """The effective value of a setting by its key; of options, ``rules.<rule>.<option>``."""
        return self.values[name].value


def disabled_plugins(layers: Sequence[Layer]) -> frozenset[str]:
    """The plugins that any layer switches off; needed before the rules are loaded."""
    return frozenset(str(name) for entry in _entries(layers, "disable-plugins") for name in entry.value)


def effective(layers: Sequence[Layer]) -> dict[str, Value]:
    """Every setting but the options of rules: the strongest layer's value, sums where a setting adds up, tables merged entry by entry."""
    values: dict[str, Value] = {}
    for key in KEYS.values():
        given = [(layer, layer.entries[key.name]) for layer in layers if key.name in layer.entries]
        if not given:
            values[key.name] = Value(dict(key.default) if isinstance(key.default, Mapping) else key.default)
            continue
        places = tuple(entry.place for _, entry in given)
        source = given[-1][0].source
        if key.adds:
            values[key.name] = Value(tuple(item for _, entry in given for item in entry.value), places, source)
        elif key.kind in ("ignores", "levels", "options"):
            values[key.name] = Value(_merged(entry.value for _, entry in given), places, source)
        else:
            values[key.name] = Value(given[-1][1].value, places[-1:], source)
    return values


def resolve(layers: Sequence[Layer], ruleset: Ruleset, root: Path) -> Configuration:
    """The configuration that all layers, from weak to strong, make for the rules that are loaded.

    Raises:
        ConfigError: a rule, an area or an option is named that there is not, or an option has the wrong type.
    """
    selectors = Selectors(ruleset)
    problems = [*_unknown_selectors(layers, selectors), *_bad_patterns(layers, root), *cache_problems(layers, root)]
    options, option_values = _options(layers, ruleset, problems)
    if problems:
        raise ConfigError(problems)
    values = effective(layers)
    selection = selectors.resolve([_selection_layer(layer) for layer in layers], preview=values["preview"].value)
    target = values["target-python"].value
    settings = Settings(
        exclude=_patterns(layers, "exclude", root),
        extend_exclude=_patterns(layers, "extend-exclude", root),
        force_exclude=values["force-exclude"].value,
        per_file_ignores=_per_file_ignores(layers, selectors, root),
        severity=_severities(layers, selectors),
        options=options,
        min_confidence=Confidence[values["min-confidence"].value.upper()],
        preview=values["preview"].value,
        target_python=None if target is None else python_version(target),
        baseline=values["baseline"].value,
    )
    return Configuration(settings, selection.active, {**values, **option_values}, selection.warnings)


def cache_dir(layers: Sequence[Layer]) -> Path | None:
    """The cache folder that is set, as an absolute path; ``None`` for the default one."""
    for layer in reversed(layers):
        entry = layer.entries.get("cache-dir")
        if entry is not None:
            return locate(layer.base, entry.value)
    return None


def _entries(layers: Sequence[Layer], name: str) -> Iterator[Entry]:
    for layer in layers:
        if name in layer.entries:
            yield layer.entries[name]


def _merged(tables: Iterator[Mapping[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for table in tables:
        for name, value in table.items():
            known = merged.get(name)
            merged[name] = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def _selection_layer(layer: Layer) -> SelectionLayer:
    def given(name: str) -> Any:
        entry = layer.entries.get(name)
        return None if entry is None else entry.value

    return SelectionLayer(given("profile"), given("select"), given("extend-select") or (), given("ignore") or (), given("extend-ignore") or ())


def _unknown_selectors(layers: Sequence[Layer], selectors: Selectors) -> Iterator[ConfigProblem]:
    for layer in layers:
        for entry in layer.entries.values():
            for text, place in _named(entry):
                try:
                    selectors.find(text)
                except UnknownSelector as error:
                    yield ConfigProblem(place, str(error))


def _named(entry: Entry) -> Iterator[tuple[str, Place]]:
    """The selectors that a setting names, each with its place."""
    for leaf in entry.leaves:
        if entry.key.name in _SELECTION or (entry.key.kind == "ignores" and len(leaf.path) > 1):
            yield leaf.value, leaf.place
        elif entry.key.kind == "levels":
            yield leaf.path[0], leaf.key_places[0]


def _bad_patterns(layers: Sequence[Layer], root: Path) -> Iterator[ConfigProblem]:
    for layer in layers:
        for name in ("exclude", "extend-exclude", "per-file-ignores"):
            for leaf in layer.entries[name].leaves if name in layer.entries else ():
                pattern = leaf.path[0].removeprefix("!") if leaf.path else leaf.value
                try:
                    PathPatterns(rebase([pattern], layer.base, root))
                except ValueError as error:
                    if len(leaf.path) < 2:
                        yield ConfigProblem(leaf.place, str(error))


def cache_problems(layers: Sequence[Layer], root: Path) -> Iterator[ConfigProblem]:
    """A repository must not bring its own cache: it could hold forged results. A person may put it where they like."""
    for layer in layers:
        entry = layer.entries.get("cache-dir")
        if entry is not None and layer.source == "file":
            folder = Path(os.path.realpath(locate(layer.base, entry.value)))
            if folder.is_relative_to(os.path.realpath(root)):
                yield ConfigProblem(entry.leaves[0].place, "`cache-dir` must not lie inside the project that is analysed; use the flag if it has to")


def _options(layers: Sequence[Layer], ruleset: Ruleset, problems: list[ConfigProblem]) -> tuple[dict[str, Any], dict[str, Value]]:
    """The options of each rule that has some, and each option with its origin; what is unknown or of the wrong type is added to the problems."""
    chosen: dict[tuple[str, str], tuple[Leaf, str]] = {}
    infos = {rule.code: {info.name: info for info in describe_options(rule.rule.options)} for rule in ruleset}
    for layer in layers:
        for leaf in layer.entries["rules"].leaves if "rules" in layer.entries else ():
            rule = ruleset.get(leaf.path[0])
            if rule is None:
                if len(leaf.path) == 1:
                    near = nearest(leaf.path[0], (one.name for one in ruleset))
                    problems.append(ConfigProblem(leaf.place, f"unknown rule {quote(leaf.path[0])}{near}"))
                continue
            if len(leaf.path) == 1:
                continue
            name = leaf.path[1]
            info = infos[rule.code].get(name)
            if info is None:
                near = nearest(name, infos[rule.code]) or "; it has no options"
                problems.append(ConfigProblem(leaf.key_places[-1], f"unknown option {quote(name)} of rule {quote(rule.name)}{near}"))
            elif not _fits(info, leaf.value):
                problems.append(ConfigProblem(leaf.place, f"{quote(f'rules.{rule.name}.{name}')} is not {_OPTION_WORDS[info.type]}"))
            else:
                chosen[rule.code, name] = (leaf, layer.source)
    options: dict[str, Any] = {}
    values: dict[str, Value] = {}
    for rule in ruleset:
        if rule.rule.options is not None:
            options[rule.code] = _instance(rule, infos[rule.code], chosen, values)
    return options, values


def _instance(rule: LoadedRule, infos: Mapping[str, OptionInfo], chosen: Mapping[tuple[str, str], tuple[Leaf, str]], values: dict[str, Value]) -> Any:
    """A rule's options with what was set; notes each of them in ``values``."""
    given: dict[str, Any] = {}
    for one in dataclasses.fields(rule.rule.options or object):
        name = one.name.replace("_", "-")
        value, origin = one.default, Value(one.default)
        if (rule.code, name) in chosen:
            leaf, source = chosen[rule.code, name]
            value = float(leaf.value) if infos[name].type == "float" else leaf.value
            origin = Value(value, (leaf.place,), source)
        given[one.name] = value
        values[f"rules.{rule.name}.{name}"] = origin
    return rule.rule.options(**given) if rule.rule.options is not None else None


_OPTION_WORDS = {"bool": "true or false", "int": "a whole number", "float": "a number", "str": "a string", "list": "a list of strings"}


def _fits(info: OptionInfo, value: Any) -> bool:
    if isinstance(value, bool) or info.type == "bool":
        return isinstance(value, bool) and info.type == "bool"
    wanted: dict[str, type | tuple[type, ...]] = {"int": int, "float": (int, float), "str": str, "list": tuple}
    return isinstance(value, wanted[info.type])


def _severities(layers: Sequence[Layer], selectors: Selectors) -> dict[str, Severity]:
    """Code → level; the more specific selector wins, and between equal ones the stronger layer."""
    levels = [(selectors.find(text), level) for entry in _entries(layers, "severity") for text, level in entry.value.items()]
    found: dict[str, Severity] = {}
    for selector, level in sorted(levels, key=lambda one: one[0].specificity):
        found.update(dict.fromkeys(selector.codes, Severity[level.upper()]))
    return dict(sorted(found.items()))


def _per_file_ignores(layers: Sequence[Layer], selectors: Selectors, root: Path) -> tuple[tuple[str, frozenset[str]], ...]:
    found: dict[str, frozenset[str]] = {}
    for layer in layers:
        entry = layer.entries.get("per-file-ignores")
        for pattern, names in entry.value.items() if entry is not None else ():
            negation = "!" if pattern.startswith("!") else ""
            for rebased in rebase([pattern[len(negation) :]], layer.base, root):
                found[negation + rebased] = selectors.expand(names)
    return tuple(found.items())


def _patterns(layers: Sequence[Layer], name: str, root: Path) -> tuple[str, ...]:
    """The patterns of a setting, relative to the root."""
    given = [(layer, layer.entries[name]) for layer in layers if name in layer.entries]
    if not KEYS[name].adds:
        given = given[-1:]
    return tuple(dict.fromkeys(one for layer, entry in given for one in rebase(entry.value, layer.base, root)))
