"""The console script: gives an answer that is known already, and otherwise hands over to the command line proper.

Nothing but the cache is loaded for a known answer, so that a hook or a save in an editor, where mostly nothing has changed, feels instant.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_lint.cli.answers import Answer


def main() -> None:
    """Run the tool; ends the process with an exit code."""
    try:
        answer = _known() if sys.argv[1:2] == ["check"] else None
        if answer is not None:
            sys.exit(_give(answer))
    except KeyboardInterrupt:
        from mlops_lint.cli.failure import EXIT_INTERRUPTED

        sys.exit(EXIT_INTERRUPTED)
    from mlops_lint.cli.main import main as command_line

    command_line()


def _known() -> Answer | None:
    """The kept answer to this very command line, in this folder, if nothing has changed since."""
    from mlops_lint.cli.answers import command_key, find_answer, is_apart
    from mlops_lint.config.cache_dir import default_cache_dir, make_cache_dir
    from mlops_lint.engine.cache import Cache

    arguments = sys.argv[1:]
    try:
        folder = _named_folder(arguments)
        if folder is None:
            folder = default_cache_dir()
            if folder is None or not is_apart(folder, [one for one in arguments if not one.startswith("-")]):
                return None
        cache = Cache.open(folder) if folder.is_dir() and make_cache_dir(folder) else None
        if cache is None:
            return None
        with cache:
            return find_answer(cache, command_key(arguments))
    except (OSError, ValueError):
        return None


def _named_folder(arguments: list[str]) -> Path | None:
    """The folder after ``--cache-dir``."""
    from pathlib import Path

    for place, one in enumerate(arguments):
        if one == "--cache-dir" and place + 1 < len(arguments):
            return Path(os.path.realpath(arguments[place + 1]))
        if one.startswith("--cache-dir="):
            return Path(os.path.realpath(one.partition("=")[2]))
    return None


def _give(answer: Answer) -> int:
    from mlops_lint.cli.failure import EXIT_FAILURE, EXIT_PIPE_CLOSED, Failure, PipeClosed
    from mlops_lint.cli.streams import abandon_stdout, prepare_streams, print_out, say

    prepare_streams()
    try:
        print_out("".join(answer.texts))
    except PipeClosed:
        abandon_stdout()
        return EXIT_PIPE_CLOSED
    except Failure as error:
        abandon_stdout()
        for message in error.messages:
            say(f"error: {message}")
        return EXIT_FAILURE
    for line in answer.lines:
        say(line)
    return answer.code
