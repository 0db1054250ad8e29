"""Model answers: which values of a run are text that a language model wrote, or arguments that it chose, and whether somebody checked them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlops_lint.facts.outside import places
from mlops_lint.facts.provenance import Carriers, Chain, allows, is_of, tests_around, tests_before, trace_back
from mlops_lint.facts.runs import Run, spelled
from mlops_lint.flow.scopes import Function
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.language_models import (
    ADDRESSES,
    ANSWERING_CLIENTS,
    ANSWERING_PATHS,
    ANSWERS,
    CHAIN_BINDING,
    CHAIN_METHODS,
    CHAIN_MODELS,
    CHAIN_OTHERS,
    CHAIN_PACKAGES,
    CODE_CHECKS,
    CONFIRMATIONS,
    CONFIRMING_WORDS,
    ENGINES,
    GENERATING_TASKS,
    MESSAGES_ARGUMENTS,
    MESSAGES_PATHS,
    MODEL_WORDS,
    TEXT_FUNCTIONS,
    TEXT_GIVEN,
    TEXT_METHODS,
    TOOL_BASES,
    TOOL_DECORATORS,
    TOOL_METHODS,
    TOOL_PACKAGES,
    TOOL_SERVERS,
)
from mlops_lint.knowledge.outside import CLOSED_WORDS, WRITING_METHODS
from mlops_lint.python.calls import CallPattern

ANSWER, TOOL = "answer", "tool"
"""Kinds of sources: what a model wrote, and what it hands to a tool."""

CARRIERS = Carriers(CallPattern(TEXT_FUNCTIONS), TEXT_METHODS, TEXT_GIVEN)
_MODELS, _OTHERS, _WORDS = re.compile(CHAIN_MODELS), re.compile(CHAIN_OTHERS), re.compile(MODEL_WORDS, re.IGNORECASE)
_ADDRESS, _CONFIRMING = re.compile(ADDRESSES), re.compile(CONFIRMING_WORDS, re.IGNORECASE)
_CONFIRMED, _CHECKED = CallPattern(CONFIRMATIONS), CallPattern(CODE_CHECKS)
_DECODING = frozenset({"decode", "batch_decode"})
_HTTP = frozenset({"post", "request"})


def may_answer(run: Run) -> bool:
    """Whether there is anything in a run that a language model wrote."""
    return bool(run.trace.select(_gives_answer))


def _gives_answer(event: Event) -> bool:
    return _answers(event) if event.what == "call" else event.what == "parameter" and bool(kind_of_parameter(event))


def _writes(event: Event) -> bool:
    return event.what == "call" and event.method in WRITING_METHODS and not event.names and event.receiver is not None and bool(event.args)


class Answers:
    """What of one run a language model wrote."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._kinds: dict[int, str] = {}
        self._files: dict[int, str] = {}
        self._paths: dict[str, str] = {}
        for event in run.trace.select(_writes):
            chain = self.source_of(event.args[0].thing)
            for place in places(event.receiver.thing) if chain is not None and event.receiver is not None else ():
                if isinstance(place.constant, str):
                    self._paths.setdefault(place.constant, chain.kind if chain is not None else "")
                elif not place.names:
                    self._files.setdefault(id(place), chain.kind if chain is not None else "")

    def source_of(self, value: Thing, through_files: bool = False) -> Chain | None:
        """Where a value comes from, if a model wrote it; the content of files too, or only what is handed on in memory."""
        return trace_back(value, self._kind_or_file if through_files else self._kind_of, CARRIERS)

    def is_written(self, value: Thing) -> bool:
        """Whether a value is the path of a file into which the program put what a model wrote."""
        if isinstance(value.constant, str):
            return value.constant in self._paths
        return any(id(one) in self._files for one in (value, *value.ancestors(6)))

    def _kind_or_file(self, thing: Thing) -> str:
        if isinstance(thing.constant, str):
            return self._paths.get(thing.constant, "") if thing.constant else ""
        return self._files.get(id(thing), "") or self._kind_of(thing)

    def _kind_of(self, thing: Thing) -> str:
        event = thing.event
        if thing.how[:1] == ("attribute",) or thing.how[:2] == ("item", "generated_text"):
            shows = thing.how[0] == "item" or _is_message(thing)
            return ANSWER if shows and not any(one.event is not None and self._of_call(one.event) for one in thing.ancestors(12)) else ""
        if event is None or thing.how:
            return ""
        if event.what == "parameter":
            return TOOL if kind_of_parameter(event) else ""
        return self._of_call(event)

    def _of_call(self, event: Event) -> str:
        key = id(event)
        if event.what != "call":
            return ""
        if key not in self._kinds:
            self._kinds[key] = ANSWER if _answers(event) else ""
        return self._kinds[key]

    # -- checks --------------------------------------------------------------------------------------------------------------------------------------

    def is_checked(self, chain: Chain, sink: Event) -> bool:
        """Whether somebody was asked, or the text was held against what is allowed, before it was used."""
        texts = {id(one) for one in chain.things}
        # In a loop the answer is another one each time: what was asked before the last one says nothing about it.
        source = chain.event
        given = [event.order for event in self.run.trace.events if source is not None and event.site == source.site and event.order < sink.order]
        start = max(given, default=source.order if source is not None else 0)
        around = list(tests_around(sink))
        for place, test in enumerate((*around, *tests_before(sink, self.run))):
            for one in (test, *test.ancestors(60)):
                made = one.event
                if made is not None and made.what == "call" and start < made.order < sink.order and _asks(made):
                    return True
                if allows(one, texts, CARRIERS) and not _is_marker(made):
                    return True
                # What looks at the parse tree and goes on either way only cuts it up.
                if place >= len(around) and made is not None and _looks_at(made, texts):
                    return True
        return False


def _is_marker(made: Event | None) -> bool:
    """``line.startswith("$ ")``: where the text stands, not what it says."""
    given = made.args[0].constant if made is not None and made.method == "startswith" and made.args else None
    return isinstance(given, str) and (given.startswith(("`", "<")) or not any(letter.isalpha() for letter in given))


def _looks_at(made: Event, texts: set[int]) -> bool:
    """Whether a call reads what a text means: its parse tree is looked at."""
    return made.what == "call" and _CHECKED.matches(made.names) and any(is_of(seen.thing, texts, CARRIERS) for seen in made.inputs())


def _asks(made: Event) -> bool:
    """Whether a call asks somebody."""
    return _CONFIRMED.matches(made.names) or bool(_CONFIRMING.search(made.method))


# -- sources ---------------------------------------------------------------------------------------------------------------------------------------------


def _answers(event: Event) -> bool:
    """Whether a call gives what a language model wrote."""
    if event.names & ANSWERS:
        return True
    written = spelled(event.code[1]) if isinstance(event.code, list) and event.code and event.code[0] == "c" else ""
    path = f".{written}"
    if path.endswith(ANSWERING_PATHS) and not event.names & {"builtins.open"}:
        return True
    if path.endswith(MESSAGES_PATHS) and event.keywords.keys() & MESSAGES_ARGUMENTS and not event.keywords.keys() & {"to", "from_"}:
        return True
    if event.names:
        return _is_asked_by_address(event)
    callee = event.callee
    called = callee if callee is not None and callee.event is not None else None
    receiver = event.receiver.thing if event.receiver is not None else None
    if event.method in _DECODING:
        return any(
            one.event is not None and one.event.method == "generate" and not one.how
            for seen in event.args
            for one in (seen.thing, *seen.thing.ancestors(60))
        )
    if called is not None and _is_generating(called):
        return True
    makers = [(called, ""), (receiver, event.method)]
    if any(one is not None and _is_client(one, method) for one, method in makers):
        return True
    if event.method in CHAIN_METHODS or called is not None:
        model = receiver if event.method in CHAIN_METHODS - {"", "__call__"} else called
        if model is not None and _is_model(model):
            return True
        words = written.rpartition(".")[0] if event.method in CHAIN_METHODS and "." in written else written
        made = model.event if model is not None else None
        known = made is not None and made.what == "call" and made.names
        return (
            not known and "(" not in words and bool(_WORDS.search(words.rpartition(".")[2])) and (event.method in CHAIN_METHODS or words == written)
        )
    return False


def _is_asked_by_address(event: Event) -> bool:
    """``requests.post("https://…/chat/completions", …)``."""
    if event.method not in _HTTP or not any(name.startswith(("requests.", "httpx.", "aiohttp.")) for name in event.names):
        return False
    return any(isinstance(text, str) and _ADDRESS.search(text) for seen in event.inputs() for text in _constants(seen.thing))


def _constants(thing: Thing) -> Iterable[object]:
    yield thing.constant
    if thing.how[:1] in (("text",), ("binary",)):
        yield from (one.constant for one in thing.parents)


def _is_generating(pipe: Thing) -> bool:
    """A pipeline of Transformers that writes text."""
    made = pipe.event
    if made is None or not any(name.endswith("pipeline") and name.startswith("transformers.") for name in made.names):
        return False
    task = made.argument("task", 0)
    return task is not None and task.constant in GENERATING_TASKS


def _is_client(thing: Thing, method: str) -> bool:
    """Whether a method of something (empty: it itself) answers because of what made it."""
    clients = tuple(start for start, methods in ANSWERING_CLIENTS.items() if method in methods)
    for one in (thing, *thing.ancestors(8)) if clients else ():
        made = one.event
        if made is None or made.what != "call":
            continue
        if any(name.startswith(clients) for name in made.names):
            return True
        if made.names:
            return False
    return False


def _is_model(thing: Thing) -> bool:
    """Whether something is a model, chain or agent of LangChain, LlamaIndex and their like."""
    waiting, place = [thing], 0
    while place < len(waiting) and place < 60:
        one = waiting[place]
        place += 1
        if one.alternatives:
            waiting.extend(one.alternatives)
            continue
        made = one.event if not one.how else None
        if made is not None and made.what == "call":
            names = [name for name in made.names if name.startswith(CHAIN_PACKAGES)]
            if any(_OTHERS.search(name) for name in names):
                continue
            if any(_MODELS.search(name.partition(".")[2]) for name in names) or (not made.names and made.method in ENGINES):
                return True
            if names or made.method in CHAIN_BINDING:
                waiting.extend(one.parents)
        elif one.how[:2] == ("binary", "|"):
            waiting.extend(one.parents)
    return False


def _is_message(thing: Thing) -> bool:
    """``….choices[0].message.content``, whoever was asked."""
    if thing.how[1] not in ("content", "tool_calls", "function_call", "parsed") or not isinstance(thing.how[2], Thing):
        return False
    message = thing.how[2]
    if message.how[:1] != ("attribute",) or message.how[1] not in ("message", "delta"):
        return False
    return any(one.how[:2] == ("attribute", "choices") for one in message.ancestors(6))


def kind_of_parameter(event: Event) -> str:
    """``tool`` for a parameter that a model fills, because the function is one of its tools."""
    function = event.operands.get("function")
    if not isinstance(function, Function) or event.method in ("self", "cls", "ctx", "context", "run_manager", "config", "state", "runtime"):
        return ""
    annotation = event.operands.get("annotation") or frozenset()
    if annotation & (CLOSED_WORDS | {"RunContext", "Context", "ToolRuntime", "InjectedState"}):
        return ""
    if event.operands.get("tool"):
        return TOOL
    for one in function.decorators:
        made = one.event
        names = one.names or (made.names if made is not None and made.what == "call" else frozenset())
        if names & TOOL_DECORATORS:
            return TOOL
        method, maker = (made.method, made.receiver) if made is not None and made.what == "call" else _method(one)
        source = maker.thing if maker is not None and not isinstance(maker, Thing) else maker
        server = source.event.names if source is not None and source.event is not None else frozenset()
        if method in TOOL_METHODS and any(name.startswith(TOOL_SERVERS) for name in server):
            return TOOL
    owner = function.owner
    if owner is None:
        return ""
    for name in owner.outside:
        if name.startswith(TOOL_PACKAGES) and function.name in TOOL_BASES.get(name.rpartition(".")[2], ()):
            return TOOL
    return ""


def _method(decorator: Thing) -> tuple[str, Thing | None]:
    """``@agent.tool``: the attribute and what it is of."""
    if decorator.how[:1] == ("attribute",) and isinstance(decorator.how[2], Thing):
        return str(decorator.how[1]), decorator.how[2]
    return "", None
