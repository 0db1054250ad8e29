"""``mlops-lint check``: the linter."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlops_lint.cli.failure import EXIT_FAILURE, EXIT_FINDINGS, EXIT_OK, Failure
from mlops_lint.cli.options import given_flags, setting_options, source_options

if TYPE_CHECKING:
    from mlops_lint.cli.outputs import Output
    from mlops_lint.cli.replay import Replay, Watch
    from mlops_lint.cli.session import Session
    from mlops_lint.config.resolve import Configuration
    from mlops_lint.core.outcome import Outcome

STDIN = "-"
_BY_CHANCE = frozenset(("E904", "E909"))
"""Problems that another run may not have: a worker that was ended, or a machine that was busy."""


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.STRING)
@setting_options()
@source_options
@click.option("-o", "--output-file", metavar="FILE", help="File that the report goes to.")
@click.option("--stdin-filename", metavar="NAME", help="Path that stands for what is read from standard input, which is Python without one.")
@click.pass_context
def check(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    config: tuple[str, ...],
    isolated: bool,
    output_file: str | None,
    stdin_filename: str | None,
    **_: Any,
) -> None:
    """Look for problems in files and folders.

    PATHS are the working directory by default; a lone - reads one file from standard input. The exit code is 0 when there is nothing at or above the fail
    level, 1 when there is, and 2 when the command, the configuration or the tool itself is at fault.
    """
    from mlops_lint.cli.outputs import plan_outputs, write_outputs
    from mlops_lint.cli.replay import Replay, Watch
    from mlops_lint.cli.session import existing, load_project, open_session, working_directory
    from mlops_lint.cli.streams import say
    from mlops_lint.config.cache_dir import make_cache_dir
    from mlops_lint.config.resolve import cache_dir, cache_problems, effective

    began = time.perf_counter()
    flags = given_flags(ctx)
    if flags.get("quiet") and flags.get("verbose"):
        raise click.UsageError("--quiet and --verbose exclude each other.")
    cwd = working_directory()
    stdin = _read_stdin(paths, stdin_filename)
    named = [_stdin_path(cwd, stdin[0])] if stdin is not None else existing(cwd, paths or (".",))
    watch = Watch(cwd, named)
    root, layers = load_project(cwd, named, config, isolated, flags)
    settings = effective(layers)
    outputs = plan_outputs(settings["output-format"].value, output_file, cwd)
    folder = None if settings["no-cache"].value else cache_dir(layers) or _own_cache(root)
    if folder is not None and (any(cache_problems(layers, root)) or not make_cache_dir(folder)):
        folder = None
    replay = None
    if folder is not None and stdin is None and not settings["verbose"].value:
        replay = Replay(folder, root, cwd, named, layers, outputs, settings["color"].value)
        if (known := replay.find()) is not None:
            for line in known.lines:
                say(line)
            write_outputs(outputs, known.texts)
            ctx.exit(known.code)
    answer = _work_out(_Job(open_session(cwd, root, layers), named, stdin, stdin_filename is not None, outputs, folder, replay, watch))
    if settings["verbose"].value:
        say(f"time: {time.perf_counter() - began:8.3f} s  in all")
    ctx.exit(answer)


@dataclass(frozen=True, slots=True)
class _Job:
    """One run that has to be done. ``stdin`` is what is read from standard input, with its name, which the user may have given."""

    session: Session
    named: list[Path]
    stdin: tuple[str, bytes] | None
    is_named: bool
    outputs: list[Output]
    cache_dir: Path | None
    replay: Replay | None
    watch: Watch


def _work_out(job: _Job) -> int:
    """Run, report, and keep the answer where it may be kept; the exit code."""
    from mlops_lint.cli.outputs import render_outputs, write_outputs
    from mlops_lint.cli.session import relative
    from mlops_lint.cli.streams import say
    from mlops_lint.engine.request import Request

    session, configuration = job.session, job.session.configuration
    quiet, verbose = configuration.value("quiet"), configuration.value("verbose")
    lines = [] if quiet else [f"warning: {warning}" for warning in configuration.warnings]
    for line in lines:
        say(line)
    inner = (STDIN,) if job.stdin is not None and not job.is_named else relative(session.root, job.named)
    if verbose:
        _say_setup(session)
    request = Request(
        root=session.root,
        paths=inner,
        active=configuration.active,
        settings=configuration.settings,
        jobs=configuration.value("jobs") or _cores(),
        stdin=None if job.stdin is None else (inner[0], job.stdin[1]),
        line_hashes=any(one.format == "sarif" for one in job.outputs),
        cache_dir=job.cache_dir,
        verbose=verbose,
    )
    snapshot = None
    if job.replay is not None:
        from mlops_lint.project.snapshot import Snapshot

        snapshot = Snapshot(session.root)
    outcome = _run(request, session, not quiet, snapshot)
    texts = render_outputs(job.outputs, outcome, session.ruleset, configuration, "" if STDIN in inner else _below(session.cwd, session.root))
    write_outputs(job.outputs, texts)
    last = list(_remarks(outcome, quiet))
    for line in last:
        say(line)
    if verbose:
        _say_timings(outcome)
    code = exit_code(outcome, configuration)
    if job.replay is not None and snapshot is not None and not outcome.failed and not any(one.code in _BY_CHANCE for one in outcome.results):
        from mlops_lint.cli.answers import Answer
        from mlops_lint.engine.signature import plugin_folders

        arguments = sys.argv[1:] if sys.argv[1:2] == ["check"] and job.watch.covers(session.layers) else None
        job.replay.keep(Answer(texts, [*lines, *last], code), snapshot, plugin_folders(session.ruleset), arguments, job.watch)
    return code


def _remarks(outcome: Outcome, quiet: bool) -> Iterator[str]:
    """What a person is told beside the report."""
    if outcome.failed:
        yield "error: a rule failed (E908), so findings may be missing; the others hold"
    if not quiet:
        yield from (f"warning: {notice}" for notice in outcome.notices)
        if not outcome.files_analysed and not outcome.results and all(one.skipped for one in outcome.not_analysed):
            yield "warning: there is nothing to analyse under the given paths"


def exit_code(outcome: Outcome, configuration: Configuration) -> int:
    """What the outcome means to whoever called: the same for every output format."""
    from mlops_lint.core.finding import Severity, Status

    if outcome.failed:
        return EXIT_FAILURE
    level = configuration.value("fail-level")
    if level == "never" or configuration.value("exit-zero"):
        return EXIT_OK
    threshold = Severity[level.upper()]
    hit = any(one.status is Status.OPEN and one.severity >= threshold for one in outcome.results)
    return EXIT_FINDINGS if hit else EXIT_OK


def _run(request: Any, session: Session, progress: bool, snapshot: Any) -> Outcome:
    from mlops_lint.cli.progress import progress_bar
    from mlops_lint.engine.run import run

    with progress_bar(progress) as advance:
        return run(request, session.ruleset, advance, snapshot)


def _read_stdin(paths: tuple[str, ...], name: str | None) -> tuple[str, bytes] | None:
    """The name and content of the file on standard input, if that is what is to be checked; a name for it alone asks for it too, as in ruff."""
    if STDIN not in paths and (name is None or paths):
        if name is not None:
            raise click.UsageError("--stdin-filename goes with the path -, not with other paths.")
        return None
    if set(paths) - {STDIN}:
        raise click.UsageError("the path - stands alone.")
    if name == "":
        raise click.UsageError("--stdin-filename is empty.")
    if sys.stdin is None:
        raise Failure("cannot read standard input: it is closed")
    from mlops_lint.engine.examine import MAX_FILE_BYTES

    try:
        # One byte beyond the limit says that it is too large; a stream without an end would never say it.
        return name or STDIN, sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Failure(f"cannot read standard input: {error}") from error


def _stdin_path(cwd: Path, name: str) -> Path:
    from mlops_lint.cli.session import absolute, is_folder

    path = absolute(cwd, name)
    if is_folder(path):
        raise Failure(f"--stdin-filename names a folder: {name}")
    return path


def _own_cache(root: Path) -> Path | None:
    """The user's cache; none where it would lie in the project, which could then bring results of its own."""
    from mlops_lint.config.cache_dir import default_cache_dir

    folder = default_cache_dir()
    return None if folder is None or Path(os.path.realpath(folder)).is_relative_to(root) else folder


def _below(cwd: Path, root: Path) -> str:
    """The working directory below the project root; empty at the root and outside of it."""
    return cwd.relative_to(root).as_posix() if cwd != root and cwd.is_relative_to(root) else ""


def _cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def _say_setup(session: Session) -> None:
    from mlops_lint.cli.streams import say

    files = [str(layer.path) for layer in session.layers if layer.path is not None]
    on = sum(rule.code in session.configuration.active for rule in session.ruleset)
    say(f"project: {session.root}")
    say(f"configuration: {', '.join(reversed(files)) or 'defaults'}")
    say(f"rules: {on} of {len(session.ruleset)} are on")


def _say_timings(outcome: Outcome) -> None:
    from mlops_lint.cli.streams import say

    say(f"files: {outcome.files_analysed} analysed, {len(outcome.not_analysed)} not analysed")
    for name, value in sorted(outcome.timings.items(), key=lambda item: (-item[1], item[0])):
        say(f"time: {value:8.3f} s  {name}")
