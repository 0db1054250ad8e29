"""Groups of commands: imported when they are called, and helpful with a name that is none."""

from __future__ import annotations

from importlib import import_module

import click

from mlops_lint.cli.streams import say
from mlops_lint.text.nearest import nearest


class SuggestingGroup(click.Group):
    """A group that names the nearest command when it gets another."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            ctx.fail(f"No such command {name!r}{nearest(name, self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


class LazyGroup(SuggestingGroup):
    """A group whose commands are named by module and attribute; each module is imported when its command is asked for."""

    lazy: dict[str, tuple[str, str]]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy:
            return None
        module, name = self.lazy[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command


def show_help(ctx: click.Context) -> None:
    """Called for a group without a command: its help on standard error, and the exit code of wrong usage, as in ruff."""
    if ctx.invoked_subcommand is None:
        for line in ctx.get_help().splitlines():
            say(line)
        ctx.exit(2)
