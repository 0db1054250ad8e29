"""The command ``mlops-lint``: from arguments to an exit code. Imports no parser, no rule and no git, so that ``--version`` and ``--help`` are quick."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from mlops_lint import __version__
from mlops_lint.cli.failure import EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_OK, EXIT_PIPE_CLOSED, EXIT_TERMINATED, Failure, PipeClosed
from mlops_lint.cli.group import LazyGroup, show_help
from mlops_lint.cli.streams import abandon_stdout, prepare_streams, print_out, say
from mlops_lint.config.problem import ConfigError

_MOST_PROBLEMS = 20


class _Interrupted(Exception):
    """Ctrl-C, kept from click, which would print an empty line for it."""


class _Terminated(BaseException):
    """SIGTERM, raised where the main thread is, so that worker processes and half-written files are cleaned up on the way out."""


class CommandLine(LazyGroup):
    """The group of all commands. Whatever happens below it ends in one of the documented exit codes."""

    lazy = {  # noqa: RUF012  (click's classes declare no class variables either)
        "check": ("mlops_lint.cli.check", "check"),
        "rule": ("mlops_lint.cli.rule", "rule"),
        "rules": ("mlops_lint.cli.rule", "rules"),
        "config": ("mlops_lint.cli.config", "config"),
        "clean": ("mlops_lint.cli.clean", "clean"),
    }

    def main(self, *args: Any, **extra: Any) -> Any:
        standalone = extra.pop("standalone_mode", True)
        arguments = args[0] if args else extra.get("args")
        verbose = bool({"-v", "--verbose"} & set(sys.argv[1:] if arguments is None else arguments))
        code = self._run(verbose, args, {**extra, "standalone_mode": False})
        if standalone:
            sys.exit(code)
        return code

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _kept_from_click():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _kept_from_click():
            return super().invoke(ctx)

    def _run(self, verbose: bool, args: tuple[Any, ...], extra: dict[str, Any]) -> int:
        try:
            code = super().main(*args, **extra)
            print_out("")
            return code if isinstance(code, int) else EXIT_OK
        except click.ClickException as error:
            _show_usage(error)
        except (_Interrupted, click.Abort):
            return EXIT_INTERRUPTED
        except _Terminated:
            abandon_stdout()
            return EXIT_TERMINATED
        except PipeClosed:
            abandon_stdout()
            return EXIT_PIPE_CLOSED
        except Failure as error:
            abandon_stdout()
            for message in error.messages:
                say(f"error: {message}")
        except ConfigError as error:
            for problem in error.problems[:_MOST_PROBLEMS]:
                say(f"error: {problem}")
            if len(error.problems) > _MOST_PROBLEMS:
                say(f"error: and {len(error.problems) - _MOST_PROBLEMS} more like these")
        except OSError as error:
            # The system refused something, such as room for what is printed: no fault of ours as a rule.
            abandon_stdout()
            say(f"error: {error.filename}: {error.strerror}" if error.filename else f"error: {error.strerror or error}")
            if verbose:
                _show_traceback(error)
        except Exception as error:
            abandon_stdout()
            say(f"error: mlops-lint itself failed: {type(error).__name__}: {error}")
            if verbose:
                _show_traceback(error)
            else:
                say("Run it again with -v to see where, and please report it.")
        return EXIT_FAILURE


@contextmanager
def _kept_from_click() -> Iterator[None]:
    """Keep from click what it would end with codes of its own."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise _Interrupted from error
    except BrokenPipeError as error:
        raise PipeClosed from error


def _show_usage(error: click.ClickException) -> None:
    ctx = getattr(error, "ctx", None)
    if isinstance(ctx, click.Context):
        for line in ctx.get_usage().splitlines():
            say(line)
        say(f"Try '{ctx.command_path} --help' for help.")
        say("")
    for line in error.format_message().splitlines():
        say(f"Error: {line}")


def _show_traceback(error: Exception) -> None:
    import traceback

    for line in "".join(traceback.format_exception(error)).splitlines():
        say(line)


@click.group(
    cls=CommandLine,
    invoke_without_command=True,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.version_option(__version__, "-V", "--version", prog_name="mlops-lint", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """A linter that reads a machine-learning repository as one system."""
    show_help(ctx)


def _terminate(*_: object) -> None:
    # A second one ends us at once; workers see that by themselves.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise _Terminated


def main() -> None:
    """The console script; ends the process with an exit code."""
    prepare_streams()
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)
    # Worker processes that are spawned begin with `python -c`, which would put the working directory first on their path (from Python 3.11 on).
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    cli.main(prog_name="mlops-lint")
