"""The flags of the command line, made from the table of settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from mlops_lint.config.read import complaint_about, unknown_choice
from mlops_lint.config.schema import KEYS, MAX_JOBS, Key
from mlops_lint.text.nearest import nearest

_F = TypeVar("_F", bound=Callable[..., Any])
_METAVARS = {"selectors": "RULES", "strings": "PATTERNS", "version": "VERSION", "path": "DIR", "int": "N"}


class FormatParam(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic only in later versions of click
    """``FORMAT`` or ``FORMAT=FILE``; the value stays as it is written."""

    name = "format"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        name, equals, file = str(value).partition("=")
        choices = KEYS["output-format"].choices
        if name not in choices:
            self.fail(unknown_choice(name, choices), param, ctx)
        if equals and not file:
            self.fail(f"there is no file name after {value!r}", param, ctx)
        return value


class Suggesting(click.Choice):  # type: ignore[type-arg,unused-ignore]  # generic only in later versions of click
    """A choice that names the nearest word when it gets another."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value not in self.choices:
            words = tuple(map(str, self.choices))
            self.fail(f"{value!r} is not one of {', '.join(words)}{nearest(str(value), words)}", param, ctx)
        return value


def setting_options(*, leave_out: tuple[str, ...] = ()) -> Callable[[_F], _F]:
    """All settings that have a flag, as options of a command."""

    def decorate(function: _F) -> _F:
        for key in reversed(list(KEYS.values())):
            if key.flag and key.name not in leave_out:
                function = _option(key)(function)
        return function

    return decorate


def source_options(function: _F) -> _F:
    """Where the configuration comes from: ``--config`` and ``--isolated``."""
    function = click.option("--isolated", is_flag=True, help="Read no configuration file.")(function)
    return click.option(
        "--config",
        multiple=True,
        metavar="FILE|'KEY = VALUE'",
        help="Configuration file to use instead of the one that is found, or one setting in TOML; repeatable.",
    )(function)


def setting_option(name: str) -> Callable[[_F], _F]:
    """One setting as an option of a command."""
    return _option(KEYS[name])


def given_flags(ctx: click.Context) -> dict[str, Any]:
    """The settings that were given as flags, by key; lists are split at commas."""
    given: dict[str, Any] = {}
    for parameter, value in ctx.params.items():
        key = KEYS.get(parameter.replace("_", "-"))
        if key is not None and key.flag and ctx.get_parameter_source(parameter) is ParameterSource.COMMANDLINE:
            if key.kind in ("selectors", "strings"):
                value = tuple(part.strip() for one in value for part in one.split(","))
            given[key.name] = value
    return given


def _option(key: Key) -> Callable[[_F], _F]:
    names = [f"{key.flag}/--no-{key.name}" if key.negatable else key.flag, *([key.short] if key.short else [])]
    help = key.description
    if key.kind in ("choice", "formats"):
        default = key.default if isinstance(key.default, str) else ", ".join(key.default)
        help = f"{help}  [default: {default}]"
    elif key.otherwise:
        help = f"{help}  [default: {key.otherwise}]"
    if key.kind == "bool":
        return click.option(*names, is_flag=True, help=help)
    if key.kind in ("selectors", "strings"):
        return click.option(*names, multiple=True, metavar=_METAVARS[key.kind], help=help)
    if key.kind == "formats":
        return click.option(*names, multiple=True, type=FormatParam(), metavar="FORMAT[=FILE]", help=f"{help} Formats: {', '.join(key.choices)}.")
    if key.kind == "choice":
        return click.option(*names, type=Suggesting(list(key.choices)), help=help)
    if key.kind == "int":
        return click.option(*names, type=click.IntRange(1, MAX_JOBS), metavar=_METAVARS[key.kind], help=help)
    return click.option(*names, callback=_checked(key), metavar=_METAVARS[key.kind], help=help)


def _checked(key: Key) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def check(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
        complaint = complaint_about(key, value) if value is not None else ""
        if complaint:
            raise click.BadParameter(f"it {complaint}", ctx, parameter)
        return value

    return check
