"""Executions: where what a language model wrote is run as code or as a command, asked of a database, opened as a file or unpickled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.facts.model_answers import ANSWER, Answers, may_answer
from mlops_lint.facts.provenance import Chain
from mlops_lint.facts.runs import Run, spelled
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Seen
from mlops_lint.knowledge.language_models import (
    CHAIN_PACKAGES,
    CODE,
    CODE_METHODS,
    CODE_OPTIONS,
    CODE_TOOLS,
    DATABASE_WORDS,
    DATABASES,
    FILE_METHODS,
    FILES,
    INTERPRETER_METHODS,
    INTERPRETERS,
    INTERPRETERS_OF_TOOLS,
    NAME_CLEANERS,
    PROCESSES,
    PROCESSES_BY_WORD,
    QUERY_METHODS,
    SANDBOXES,
    SHELL,
    SHELL_METHODS,
    SQL_TOOLS,
    STATEMENT_METHODS,
    STATEMENTS,
)
from mlops_lint.knowledge.loaders import LOADERS
from mlops_lint.python.calls import CallPattern

RUN, COMMAND, STATEMENT, FILE, UNPICKLED, AGENT = "run", "command", "statement", "file", "unpickled", "agent"
"""What becomes of the text."""

_INTERPRETERS, _SANDBOXES = re.compile(INTERPRETERS), re.compile(SANDBOXES)
_TOOLS, _SQL_TOOLS, _WORDS = re.compile(INTERPRETERS_OF_TOOLS), re.compile(SQL_TOOLS), re.compile(DATABASE_WORDS)
_CLEANED = CallPattern(NAME_CLEANERS)
_READ_ONLY = ("mode=ro", "immutable=1")


@dataclass(frozen=True, slots=True, eq=False)
class Execution:
    """One use of what a model wrote: the call, what becomes of the text, and the way from the model to there."""

    event: Event
    what: str
    chain: Chain

    @property
    def is_of_tool(self) -> bool:
        """Whether it is the argument of a tool."""
        return self.chain.kind != ANSWER


def executions(run: Run) -> Iterator[Execution]:
    """The uses in one run that nobody checks."""
    for event in run.trace.select(_makes_agent):
        if (tool := _armed(event)) is not None:
            yield Execution(event, AGENT, Chain(ANSWER, (tool,), tool.event))
    if not may_answer(run):
        return
    sinks = [(event, what, thing) for event in run.trace.select(_runs_something) for what, thing in _sinks(event)]
    if not sinks:
        return
    answers = Answers(run)
    # Of the passes of a loop the last one counts: what was asked in the first one is known then.
    last = {(event.site, tuple(call.site for call in event.stack), what): (event, what, thing) for event, what, thing in sinks}
    for event, what, thing in last.values():
        written = what == _SCRIPT
        if written and not answers.is_written(thing):
            continue
        chain = answers.source_of(thing, what not in (FILE, COMMAND))
        if chain is None or (what == FILE and not _is_free(chain)) or answers.is_checked(chain, event):
            continue
        yield Execution(event, RUN if written else what, chain)


_SCRIPT = "script"


def _makes_agent(event: Event) -> bool:
    return event.what == "call" and any(name.startswith(CHAIN_PACKAGES) and "agent" in name.rpartition(".")[2].lower() for name in event.names)


def _runs_something(event: Event) -> bool:
    return event.what == "call" and next(_sinks(event), None) is not None


def _armed(event: Event) -> Thing | None:
    """The tool that runs code or commands, where an agent is made with it; the agent itself, where it is allowed to run code."""
    allowed = event.keywords.get("allow_dangerous_code")
    if allowed is not None and allowed.constant is True:
        agent: Thing = event.result
        return agent
    for seen in event.inputs():
        things: list[Thing] = [seen.thing, *(seen.thing.items or ())]
        for one in things:
            made = one.event if not one.how else None
            if made is None or made.what != "call":
                continue
            if any(_TOOLS.search(name) for name in made.names):
                return one
            words = made.args[0].thing.items if made.method == "load_tools" and made.args else None
            if any(word.constant in CODE_TOOLS for word in words or ()):
                return one
    return None


def _sinks(event: Event) -> Iterator[tuple[str, Thing]]:
    """What a call runs, asks or opens."""
    for table, what in ((CODE, RUN), (SHELL, COMMAND), (STATEMENTS, STATEMENT), (FILES, FILE)):
        for name in sorted(event.names & table.keys()):
            given = event.argument(*table[name])
            if given is not None:
                yield what, given.thing
    if event.names & PROCESSES:
        yield from _of_process(event)
    elif event.names & PROCESSES_BY_WORD:
        yield from _of_words([seen.thing for seen in event.args])
    for name in sorted(event.names & LOADERS.keys()):
        given = event.argument(LOADERS[name].source, 0)
        if given is not None and name.rpartition(".")[2] == "loads":
            yield UNPICKLED, given.thing
    if event.names or event.receiver is None:
        return
    receiver = event.receiver
    first = event.args[0].thing if event.args else next((seen.thing for name, seen in event.keywords.items() if name in _FIRST), None)
    if event.method in FILE_METHODS and _is_path(receiver.thing):
        yield FILE, receiver.thing
    if first is None:
        return
    if event.method in CODE_METHODS:
        yield RUN, first
    elif event.method in SHELL_METHODS:
        yield COMMAND, first
    elif (event.method in INTERPRETER_METHODS or event.callee is not None) and _is_made_by(event, _TOOLS):
        yield RUN, first
    if event.method in STATEMENT_METHODS | QUERY_METHODS and _is_database(event, receiver):
        yield STATEMENT, first


_FIRST = frozenset({"sql", "query", "statement", "operation", "command", "code"})


def _of_process(event: Event) -> Iterator[tuple[str, Thing]]:
    given = event.argument("args", 0)
    if given is None:
        return
    command = given.thing
    shell = event.keywords.get("shell")
    through_shell = shell is not None and shell.constant is True
    if command.items is not None and not through_shell:
        yield from _of_words(command.items)
    elif through_shell and command.items:
        yield COMMAND, command.items[0]
    elif not command.is_a("list", "tuple") or through_shell or (command.event is not None and not command.how):
        yield COMMAND, command


def _of_words(words: list[Thing]) -> Iterator[tuple[str, Thing]]:
    """A command given word by word: the program is run, and so is code given to an interpreter; other words are only arguments."""
    if not words:
        return
    program = words[0].constant
    if isinstance(program, str) and _SANDBOXES.search(program):
        return
    yield COMMAND, words[0]
    interprets = any(_is_interpreter(one) for one in (words[0], *words[0].ancestors(12)))
    for place, word in enumerate(words[1:], 1) if interprets else ():
        if words[place - 1].constant in CODE_OPTIONS:
            yield RUN, word
        elif place == 1:
            yield _SCRIPT, word


def _is_interpreter(program: Thing) -> bool:
    """``"python"``, ``sys.executable``, ``venv / "bin" / "python"``."""
    last = program.how[1] if program.how[:1] == ("path",) else program.constant
    return "sys.executable" in program.names or (isinstance(last, str) and bool(_INTERPRETERS.search(last)))


def _is_path(thing: Thing) -> bool:
    """Whether something is a path of pathlib."""
    for one in (thing, *thing.ancestors(10)):
        if one.how[:1] == ("path",) or (one.event is not None and any(name.startswith("pathlib.") for name in one.event.names)):
            return True
        if one.event is not None and one.event.what == "call" and one.event.names:
            return False
    return False


def _is_made_by(event: Event, pattern: re.Pattern[str]) -> bool:
    """Whether what is called, or whose method is called, was made by a class of this name."""
    things = [event.receiver.thing] if event.receiver is not None else []
    if (callee := event.callee) is not None:
        things.append(callee)
    return any(
        one.event is not None and one.event.what == "call" and not one.how and any(pattern.search(name) for name in one.event.names)
        for thing in things
        for one in thing.each()
    )


def _is_database(event: Event, receiver: Seen) -> bool:
    """Whether a method is one of a database, which may be written to."""
    known = _is_made_by(event, _SQL_TOOLS)
    for one in (receiver.thing, *receiver.thing.ancestors(24)):
        made = one.event
        if isinstance(one.constant, str) and any(word in one.constant for word in _READ_ONLY):
            return False
        if made is None or made.what != "call":
            continue
        only = made.keywords.get("read_only")
        if only is not None and only.constant is True:
            return False
        given = made.args[0].constant if made.args else None
        if isinstance(given, str) and any(word in given for word in _READ_ONLY):
            return False
        if any(name.startswith(DATABASES) for name in made.names) or any(_SQL_TOOLS.search(name) for name in made.names):
            known = True
    if known:
        return True
    if event.method not in STATEMENT_METHODS or receiver.kinds - {"hinted"}:
        return False
    written = spelled(event.code[1]) if isinstance(event.code, list) and event.code[0] == "c" else ""
    return bool(_WORDS.search(written.rpartition(".")[0].rpartition(".")[2].replace("(…)", "")))


def _is_free(chain: Chain) -> bool:
    """Whether the name of a file may be anything: nothing on the way leaves only harmless letters."""
    for thing in chain.things[:-1]:
        if thing.how[:1] == ("comprehension",) or thing.how[:2] in (("attribute", "name"), ("attribute", "stem")):
            return False
        made = thing.event if not thing.how else None
        if made is None or made.what != "call":
            continue
        if _CLEANED.matches(made.names):
            return False
        if made.method in ("replace", "translate") and made.args and made.args[0].constant in ("/", "\\", "..", "../"):
            return False
    return True
