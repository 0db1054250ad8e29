"""``mlops-lint config``: the settings, where they come from, and whether they hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from mlops_lint.cli.group import SuggestingGroup, show_help
from mlops_lint.cli.options import Suggesting, given_flags, setting_options, source_options


@click.group(cls=SuggestingGroup, invoke_without_command=True, no_args_is_help=False)
@click.pass_context
def config(ctx: click.Context) -> None:
    """Show and check the configuration."""
    show_help(ctx)


@config.command()
@setting_options(leave_out=("output-format",))
@source_options
@click.option("--output-format", type=Suggesting(["text", "json"]), default="text", help="How the settings are written.  [default: text]")
@click.pass_context
def show(ctx: click.Context, /, config: tuple[str, ...], isolated: bool, output_format: str, **_: Any) -> None:
    """Show each setting and where it comes from.

    Takes the flags of check too, to show what they would do.
    """
    from mlops_lint.cli.session import load_project, open_session, working_directory
    from mlops_lint.cli.streams import print_out
    from mlops_lint.config.cache_dir import default_cache_dir
    from mlops_lint.config.resolve import Value, cache_dir

    cwd = working_directory()
    flags = given_flags(ctx)
    flags.pop("output-format", None)
    session = open_session(cwd, *load_project(cwd, [cwd], config, isolated, flags))
    values: dict[str, Value] = {name: value for name, value in session.configuration.values.items() if name not in ("rules", "extend")}
    folder = cache_dir(session.layers) or default_cache_dir()
    values["cache-dir"] = replace(values["cache-dir"], value=None if folder is None else str(folder))
    files = [layer.path for layer in session.layers if layer.path is not None]
    if output_format == "json":
        document = {
            "version": 1,
            "files": [path.as_posix() for path in reversed(files)],
            "settings": [_as_json(name, value) for name, value in values.items()],
            "active": sorted(session.configuration.active),
        }
        print_out(json.dumps(document, indent=2) + "\n")
        return
    print_out("".join(_as_text(values, files, sum(rule.code in session.configuration.active for rule in session.ruleset), len(session.ruleset))))


@config.command()
def schema() -> None:
    """Print the JSON schema of the configuration."""
    from mlops_lint.cli.session import listed_rules
    from mlops_lint.cli.streams import print_out
    from mlops_lint.config.jsonschema import json_schema

    print_out(json.dumps(json_schema(listed_rules()), indent=2) + "\n")


@config.command()
@click.argument("file", required=False)
@source_options
def validate(file: str | None, config: tuple[str, ...], isolated: bool) -> None:
    """Check the configuration: FILE, or the one that is found.

    Says what is wrong and where, and exits with 2 when something is.
    """
    from mlops_lint.cli.failure import Failure
    from mlops_lint.cli.session import load_project, open_session, working_directory
    from mlops_lint.cli.streams import print_out
    from mlops_lint.report.escape import safe_text

    cwd = working_directory()
    if file is not None:
        if not (cwd / file).exists():
            raise Failure(f"there is no file {file}")
        config = (*config, str(cwd / file))
    session = open_session(cwd, *load_project(cwd, [cwd], config, isolated, {}))
    files = [layer.path for layer in session.layers if layer.path is not None]
    if not files:
        print_out("No configuration file was found; the defaults hold.\n")
    for path in reversed(files):
        print_out(f"{safe_text(_shown(path, cwd))} is valid.\n")


def _as_json(name: str, value: Any) -> dict[str, Any]:
    places = [{"path": one.label, "line": one.line or None, "column": one.column or None} for one in value.places]
    return {"key": name, "value": value.value, "source": value.source, "places": places}


def _as_text(values: Mapping[str, Any], files: Iterable[Path], on: int, rules: int) -> Iterable[str]:
    from mlops_lint.report.escape import safe_text

    lines = [
        (f"{name} = {_otherwise(name) if value.value is None else _toml(value.value)}", ", ".join(map(str, value.places)) or "default")
        for name, value in values.items()
    ]
    width = min(max((len(left) for left, _ in lines), default=0), 60)
    for left, right in lines:
        yield f"{safe_text(left):<{width}}  # {safe_text(right)}\n"
    yield f"# {on} of {rules} rules are on\n"


def _otherwise(name: str) -> str:
    """In words, what holds for a setting that the tool works out by itself."""
    from mlops_lint.config.schema import KEYS

    return f"({KEYS[name].otherwise})"


def _toml(value: Any) -> str:
    """A setting as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_toml_key(str(name))} = {_toml(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return str(value)


def _toml_key(name: str) -> str:
    return name if name.isascii() and name.replace("-", "").replace("_", "").isalnum() else json.dumps(name, ensure_ascii=False)


def _shown(path: Path, cwd: Path) -> str:
    return path.relative_to(cwd).as_posix() if path.is_relative_to(cwd) else str(path)
