"""The settings as a JSON schema, for editors and for whoever generates configuration; draft 7, which TOML tools read."""

from __future__ import annotations

from typing import Any

from mlops_lint.config.schema import KEYS, MAX_JOBS, Key
from mlops_lint.core.finding import Severity
from mlops_lint.core.option import OptionInfo, describe_options
from mlops_lint.core.rule import LoadedRule, Ruleset

_SELECTORS = {"type": "array", "items": {"$ref": "#/definitions/selector"}}
_TYPES: dict[str, dict[str, Any]] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer", "minimum": 1, "maximum": MAX_JOBS},
    "path": {"type": "string", "minLength": 1},
    "version": {"type": "string", "pattern": r"^3\.\d{1,3}$"},
    "strings": {"type": "array", "items": {"type": "string"}},
    "selectors": _SELECTORS,
    "ignores": {"type": "object", "additionalProperties": _SELECTORS},
    "levels": {"type": "object", "additionalProperties": {"enum": [level.word for level in Severity]}},
}
_OPTION_TYPES: dict[str, dict[str, Any]] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "str": {"type": "string"},
    "list": {"type": "array", "items": {"type": "string"}},
}


def json_schema(ruleset: Ruleset) -> dict[str, Any]:
    """The schema of the table ``[tool.mlops-lint]``, which is also that of ``mlops-lint.toml``, with the options of all rules that are loaded."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "mlops-lint",
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: _property(key, ruleset) for key in sorted(KEYS.values(), key=lambda key: key.name)},
        "definitions": {
            "selector": {"type": "string", "minLength": 1, "description": "A code, a code prefix, the name of a rule, an area or ALL."},
        },
    }


def _property(key: Key, ruleset: Ruleset) -> dict[str, Any]:
    if key.kind == "choice":
        shape: dict[str, Any] = {"enum": list(key.choices)}
    elif key.kind == "formats":
        one = {"enum": list(key.choices)}
        shape = {"anyOf": [one, {"type": "array", "items": one}]}
    elif key.kind == "options":
        shape = {"type": "object", "additionalProperties": False, "properties": _rules(ruleset)}
    else:
        shape = dict(_TYPES[key.kind])
    shape["description"] = key.description
    if key.default is not None and not isinstance(key.default, (tuple, dict)) and key.kind not in ("ignores", "levels", "options"):
        shape["default"] = key.default
    elif isinstance(key.default, tuple):
        shape["default"] = list(key.default)
    return shape


def _rules(ruleset: Ruleset) -> dict[str, Any]:
    rules = sorted((rule for rule in ruleset if rule.rule.options is not None), key=lambda rule: rule.name)
    return {rule.name: _rule(rule) for rule in rules}


def _rule(rule: LoadedRule) -> dict[str, Any]:
    return {
        "type": "object",
        "description": f"{rule.code}: {rule.doc.title}.",
        "additionalProperties": False,
        "properties": {info.name: _option(info) for info in describe_options(rule.rule.options)},
    }


def _option(info: OptionInfo) -> dict[str, Any]:
    return {**_OPTION_TYPES[info.type], "description": info.description, "default": info.default}
