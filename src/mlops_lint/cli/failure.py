"""How a command ends early: with a message and exit code 2, or quietly because nobody reads on."""

from __future__ import annotations

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_FAILURE = 2
EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 141
EXIT_TERMINATED = 143


class Failure(Exception):
    """The command cannot go on; each message is one line for standard error, and the exit code is 2."""

    def __init__(self, *messages: str) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


class PipeClosed(Exception):
    """Whoever read our standard output has gone; the exit code is that of a process which SIGPIPE ends."""
