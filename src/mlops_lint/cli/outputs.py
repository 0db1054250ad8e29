"""Where reports go: which formats, to standard output or into which files."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlops_lint.cli.failure import Failure
from mlops_lint.cli.streams import check_target, print_out, wants_color, write_file
from mlops_lint.config.resolve import Configuration
from mlops_lint.core.outcome import Outcome
from mlops_lint.core.rule import Ruleset
from mlops_lint.report.reporter import ReportOptions, make_reporter

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Output:
    """One report: its format and the file it goes to, ``None`` for standard output."""

    format: str
    file: Path | None = None


def plan_outputs(formats: Sequence[str], output_file: str | None, cwd: Path) -> list[Output]:
    """The reports to write for values such as ``text`` and ``sarif=out.sarif``; ``output_file`` is where a single one goes.

    Raises:
        Failure: two reports would go to the same place, or a file cannot be written.
    """
    outputs: list[Output] = []
    for value in formats:
        name, _, file = value.partition("=")
        outputs.append(Output(name, None if file in ("", STDOUT) else cwd / file))
    if output_file is not None:
        if len(outputs) > 1:
            raise Failure("--output-file is for a single format; with several write --output-format FORMAT=FILE")
        if outputs and outputs[0].file is not None:
            raise Failure("the format already names a file; leave out --output-file")
        if not output_file:
            raise Failure("--output-file names no file")
        outputs = [Output(one.format, None if output_file == STDOUT else cwd / output_file) for one in outputs]
    to_stdout = [one.format for one in outputs if one.file is None]
    if len(to_stdout) > 1:
        names = " and ".join(to_stdout[:2])
        raise Failure(f"only one format can go to standard output, not {names}; write --output-format {to_stdout[1]}=FILE")
    files = [os.path.realpath(one.file) for one in outputs if one.file is not None]
    for path in files:
        if files.count(path) > 1:
            raise Failure(f"two formats would go to the same file {path}")
    for one in outputs:
        if one.file is not None:
            check_target(one.file)
    return outputs


def render_outputs(outputs: Sequence[Output], outcome: Outcome, ruleset: Ruleset, configuration: Configuration, base: str = "") -> list[str]:
    """The texts of all reports. ``base`` is the folder below the project root in which whoever reads standard output stands."""
    texts = []
    for one in outputs:
        options = ReportOptions(
            show_suppressed=configuration.value("show-suppressed"),
            show_skipped=configuration.value("show-skipped"),
            color=has_color(one, configuration.value("color")),
            statistics=configuration.value("statistics"),
            quiet=int(configuration.value("quiet")),
            active=configuration.active,
            base=base if one.file is None else "",
        )
        stream = io.StringIO(newline="\n")
        make_reporter(one.format, options).write(outcome, ruleset, stream)
        texts.append(stream.getvalue())
    return texts


def has_color(output: Output, choice: str) -> bool:
    """Whether a report is coloured, by the setting and by where it goes."""
    return choice == "always" if output.file is not None else wants_color(choice, sys.stdout)


def write_outputs(outputs: Sequence[Output], texts: Sequence[str]) -> None:
    """Write all reports, files first: a reader of standard output that goes away takes no file with it.

    Raises:
        Failure: one cannot be written.
        PipeClosed: the reader of standard output has gone.
    """
    for one, text in sorted(zip(outputs, texts, strict=True), key=lambda pair: pair[0].file is None):
        if one.file is None:
            print_out(text)
        else:
            write_file(one.file, text)
