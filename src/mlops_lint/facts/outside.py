"""Outside: whether a value comes from a request, an upload, a URL, a hub or the command line, and whether it was checked on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlops_lint.facts.provenance import Carriers, Chain, allows, is_of, tests_around, tests_before, trace_back
from mlops_lint.facts.runs import Run
from mlops_lint.flow.scopes import Function
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.outside import (
    CARRYING_FUNCTIONS,
    CARRYING_METHODS,
    CLIENTS,
    CLOSED_WORDS,
    COMMAND_LINE,
    COMMAND_METHODS,
    COMMANDS,
    COPIES,
    FETCHED_INTO,
    FETCHING,
    FETCHING_COMMAND,
    HUB,
    HUB_CLIENTS,
    HUB_METHODS,
    NAME_GUARDS,
    NOT_GIVEN,
    PARSERS,
    PARSING,
    READING_FILES,
    REQUEST,
    REQUEST_FIELDS,
    SAVING_METHODS,
    SIGNATURES,
    SOURCES,
    UPLOAD,
    UPLOAD_WORDS,
    URL,
    WRITES,
    WRITING_METHODS,
)
from mlops_lint.knowledge.serving import APPLICATIONS, HANDLER_DECORATORS, HANDLER_METHODS, REQUEST_PARAMETERS
from mlops_lint.python.calls import CallPattern

_CARRIERS = Carriers(CallPattern(CARRYING_FUNCTIONS), CARRYING_METHODS)
_SIGNED = CallPattern(SIGNATURES)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LINK = re.compile(r"(?:https?|ftp)://\S+")
_FETCHING, _INTO = re.compile(FETCHING_COMMAND), re.compile(FETCHED_INTO)
_COMMANDS = frozenset({"os.system", *(f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen", "getoutput"))})
_DIGESTS = frozenset({"hash", "md5", "sha256", "known_hash", "file_hash", "md5_hash", "hash_prefix", "expected_hash", "checksum"})
_ROUTING = frozenset("get post put patch delete route websocket api_route api_operation".split())
_WEB_BASES = ("flask", "django.", "rest_framework.", "tornado.", "starlette.", "aiohttp.", "http.server.", "fastapi")
_ENUMS = frozenset({"enum.Enum", "enum.StrEnum", "enum.IntEnum"})


class Outside:
    """What of one run comes from outside: values, and the files that it writes them to."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._files: dict[int, str] = {}
        self._paths: dict[str, str] = {}
        self._note_written()

    # -- sources -------------------------------------------------------------------------------------------------------------------------------------

    def source_of(self, value: Thing) -> Chain | None:
        """Where a value comes from, if it comes from outside and may be anything."""
        text = value.constant
        if isinstance(text, str) and _LINK.fullmatch(text):
            return Chain(URL, (value,), value.event)
        chain = trace_back(value, self._kind_of, _CARRIERS)
        if chain is None or (chain.kind == COMMAND_LINE and self._is_closed(chain)):
            return None
        if chain.kind != UPLOAD and any(one.event is not None and one.event.names & NAME_GUARDS and not one.how for one in chain.things[:-1]):
            return None
        return chain

    def _kind_of(self, thing: Thing) -> str:
        if thing.how[:1] == ("instance",):
            return ""
        if id(thing) in self._files:
            return self._files[id(thing)]
        if isinstance(thing.constant, str):
            return self._paths.get(thing.constant, "") if thing.constant else ""
        event = thing.event
        if event is not None and event.what == "parameter":
            return _kind_of_parameter(event, thing)
        if thing.how[:1] == ("attribute",):
            if thing.how[1] == "rfile" and isinstance(thing.how[2], Thing) and thing.how[2].owner is not None:
                return REQUEST
            return REQUEST_FIELDS.get(thing.how[1], "") if isinstance(thing.how[2], Thing) and _is_request(thing.how[2]) else _named(thing.names)
        if event is None or thing.how:
            return _named(thing.names)
        if event.what != "call":
            return ""
        return _kind_of_call(event) or _named(thing.names)

    def _is_closed(self, chain: Chain) -> bool:
        """Whether an option of the command line can only be one of a few, or is only the name of a file that says more."""
        if any(one.event is not None and one.event.names & READING_FILES and not one.how for one in chain.things):
            return True
        asked = chain.things[-2].how if len(chain.things) > 1 else ()
        option = asked[1] if asked[:1] in (("attribute",), ("item",), ("measure",)) and isinstance(asked[1], str) else ""
        for event in self.run.trace.events if option else ():
            if event.method == "add_argument" and "choices" in event.keywords:
                words = [seen.constant for seen in event.args]
                destination = event.keywords["dest"].constant if "dest" in event.keywords else None
                if option in [destination, *(word.lstrip("-").replace("-", "_") for word in words if isinstance(word, str))]:
                    return True
        return False

    # -- files ---------------------------------------------------------------------------------------------------------------------------------------

    def _note_written(self) -> None:
        for event in self.run.trace.events:
            if event.what != "call":
                continue
            for place, kind in self._written_by(event):
                if isinstance(place.constant, str):
                    self._paths.setdefault(place.constant, kind)
                elif not place.names:
                    self._files.setdefault(id(place), kind)

    def _written_by(self, event: Event) -> Iterator[tuple[Thing, str]]:
        """Where a call puts something from outside."""
        for name in sorted(event.names & WRITES.keys()):
            given = event.argument(*WRITES[name][0])
            if given is not None and not event.keywords.keys() & _DIGESTS:
                yield given.thing, URL
        for name in sorted(event.names & COPIES.keys()):
            place, what = COPIES[name]
            if len(event.args) > max(place, what) and (chain := self._of_file(event.args[what].thing)) is not None:
                yield from ((one, chain.kind) for one in places(event.args[place].thing))
        if event.names & _COMMANDS:
            yield from ((Thing(constant=path), URL) for path in _fetched(event))
        if event.receiver is None or event.names or not event.args:
            return
        if event.method in WRITING_METHODS and (chain := self._of_file(event.args[0].thing)) is not None:
            yield from ((one, chain.kind) for one in places(event.receiver.thing))
        elif event.method in SAVING_METHODS and (chain := self._of_file(event.receiver.thing)) is not None and chain.kind == UPLOAD:
            yield from ((one, chain.kind) for one in places(event.args[0].thing))

    def _of_file(self, value: Thing) -> Chain | None:
        chain = trace_back(value, self._kind_of, _CARRIERS)
        return chain if chain is not None and chain.kind != COMMAND_LINE else None

    # -- checks --------------------------------------------------------------------------------------------------------------------------------------

    def is_checked(self, chain: Chain, sink: Event) -> bool:
        """Whether a signature or hash was checked, or (a path) whether it was held against what is allowed."""
        texts = {id(one) for one in chain.texts()}
        for test in (*tests_around(sink), *tests_before(sink, self.run)):
            for one in (test, *test.ancestors(120)):
                made = one.event
                if made is not None and made.what == "call" and _SIGNED.matches(made.names):
                    return True
                if chain.kind != UPLOAD and allows(one, texts, _CARRIERS):
                    return True
        for event in self.run.trace.events:
            if event.what == "call" and event.order < sink.order:
                if event.discarded and event.names and _SIGNED.matches(event.names):
                    return True
                if event.discarded and event.method == "relative_to" and event.receiver is not None and is_of(event.receiver.thing, texts, _CARRIERS):
                    return True
                if "validate" in event.roles and chain.kind != UPLOAD and any(is_of(seen.thing, texts, _CARRIERS) for seen in event.inputs()):
                    return True
        return False


def _named(names: frozenset[str]) -> str:
    for name in sorted(names):
        while name:
            if name in SOURCES:
                return SOURCES[name]
            name = name.rpartition(".")[0]
    return ""


def _kind_of_call(event: Event) -> str:
    maker = _maker(event)
    found = _named(event.names)
    if not found and event.method in FETCHING and any(name.startswith(CLIENTS) for name in maker):
        found = URL
    if not found and event.method in HUB_METHODS and any(name.startswith(HUB_CLIENTS) for name in maker):
        found = HUB
    if not found and event.method in PARSING and not event.names and (not maker or any(name.startswith(PARSERS) for name in maker)):
        found = COMMAND_LINE
    if not found and event.receiver is not None and _is_request(event.receiver.thing):
        found = REQUEST_FIELDS.get(event.method, "")
    if found in (URL, HUB) and event.keywords.keys() & _DIGESTS:
        return ""
    revision = event.keywords.get("revision")
    if found == HUB and revision is not None and isinstance(revision.constant, str) and _COMMIT.fullmatch(revision.constant):
        return ""
    return found


def _maker(event: Event) -> frozenset[str]:
    """The qualified names of what made the receiver of a call."""
    thing = event.receiver.thing if event.receiver is not None else None
    return thing.event.names if thing is not None and thing.event is not None else frozenset()


def _is_request(thing: Thing) -> bool:
    """Whether a thing is the request object that a framework hands to a view."""
    event = thing.event
    if event is None or event.what != "parameter":
        return thing.how[:2] == ("attribute", "request") and isinstance(thing.how[2], Thing) and thing.how[2].owner is not None
    annotation = event.operands.get("annotation") or frozenset()
    return "Request" in annotation or (event.method in REQUEST_PARAMETERS and not annotation - {"Request", "HttpRequest", "web", "WSGIRequest"})


def _kind_of_parameter(event: Event, thing: Thing) -> str:
    """What the parameter of a route or of a command is."""
    function = event.operands.get("function")
    if not isinstance(function, Function) or event.method in ("self", "cls", "ctx", "context"):
        return ""
    if "served" in event.operands:
        return str(event.operands["served"])
    annotation, default = event.operands.get("annotation") or frozenset(), event.operands.get("default") or frozenset()
    if (annotation & CLOSED_WORDS) or (annotation | default) & NOT_GIVEN or (thing.owner is not None and thing.owner.outside & _ENUMS):
        return ""
    if _is_route(function) and not _is_request(thing):
        return UPLOAD if (annotation | default) & UPLOAD_WORDS else REQUEST
    if function.name == "lambda_handler" and event.method == "event":
        return REQUEST
    if (event.operands.get("command") and not _is_chosen(function, event.method)) or _is_command(function, event.method):
        return COMMAND_LINE
    return ""


def _is_route(function: Function) -> bool:
    for one in function.decorators:
        made = one.event
        names = one.names or (made.names if made is not None else frozenset())
        if names & HANDLER_DECORATORS and not any(name.startswith(("bentoml", "modal", "celery")) for name in names):
            return True
        if made is not None and made.method in _ROUTING:
            maker = _maker(made)
            path = made.args[0].constant if made.args else None
            if any(name.startswith(APPLICATIONS) for name in maker) or (not maker and isinstance(path, str) and path.startswith("/")):
                return True
    owner = function.owner
    if owner is None:
        return False
    return any(name.startswith(_WEB_BASES) and function.name in HANDLER_METHODS.get(name, ()) for name in owner.outside)


def _is_command(function: Function, parameter: str) -> bool:
    for one in function.decorators:
        made = one.event
        names = one.names or (made.names if made is not None else frozenset())
        if any(name.startswith(COMMANDS) for name in names) or (
            made is not None and made.method in COMMAND_METHODS and any(name.startswith(COMMANDS) for name in _maker(made))
        ):
            return not _is_chosen(function, parameter)
    return False


def _is_chosen(function: Function, parameter: str) -> bool:
    """Whether an option can only be one of a few."""
    for one in function.decorators:
        made = one.event
        if made is not None and (given := made.keywords.get("type")) is not None:
            choice = given.thing.event.names if given.thing.event is not None else frozenset()
            words = [seen.constant.lstrip("-").replace("-", "_") for seen in made.args if isinstance(seen.constant, str)]
            if parameter in words and any(name.rpartition(".")[2] == "Choice" for name in choice):
                return True
    return False


def _fetched(event: Event) -> Iterator[str]:
    """The files into which a command of a shell fetches a URL (``wget -O model.pkl https://…``)."""
    given = event.args[0].thing if event.args else None
    if given is None:
        return
    words = [given] if given.items is None else given.items
    texts = [one.constant if isinstance(one.constant, str) else "?" for one in words]
    command = " ".join(texts)
    if not _FETCHING.search(command):
        return
    named = _INTO.search(command)
    if named is not None:
        yield named.group(1)
    elif "wget" in command:
        yield from (text.split("?")[0].rstrip("/").rpartition("/")[2] for text in command.split() if _LINK.fullmatch(text))


def places(thing: Thing) -> Iterator[Thing]:
    """What names the file that a handle or path stands for."""
    for one in (thing, *thing.ancestors(12)):
        made = one.event
        if one is thing or (made is not None and made.method in ("open", "NamedTemporaryFile", "GFile") and not one.how):
            yield one
            if made is not None and made.method == "open" and not one.how:
                if "builtins.open" in made.names or made.names:
                    given = made.argument("file", 0)
                    if given is not None:
                        yield given.thing
                elif made.receiver is not None:
                    yield made.receiver.thing
