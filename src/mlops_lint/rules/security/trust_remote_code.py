"""Loader is allowed to run code out of a model or dataset repository.

With ``trust_remote_code`` the loader downloads Python files that lie beside the weights and imports them. They run with the rights of the training job or
the server, before a single tensor is read, and on the next start they are whatever the repository holds by then: its owner, or whoever took the account
over, can push new code at any time.

Drop the option and use an architecture that the library has built in. Where the repository's own code is needed, read it, and pin it to the commit that was
read: ``revision="<commit>"`` (``code_revision`` when the code lies elsewhere).

Seen are arguments, dictionaries, assignments and defaults in Python, command lines in scripts, images, workflows and notebooks, configuration keys, and the
environment variables that do the same. A value computed elsewhere is left alone, and so are prose, comments, options that merely exist, and results that
were recorded. A default of True has medium confidence, because the caller may turn it off. Beside a revision that is a commit hash the code cannot change
any more: that is a note with medium confidence, for the code runs all the same. Hits in tests have low confidence; vendored code is silent.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from mlops_lint.api import (
    Confidence,
    Document,
    Finding,
    JsonDocument,
    Location,
    MappingDocument,
    Node,
    NotebookDocument,
    PythonDocument,
    Rule,
    Severity,
    Span,
    TomlDocument,
    YamlDocument,
)
from mlops_lint.knowledge.hub import COMMIT, REMOTE_CODE_FLAG, REMOTE_CODE_VARIABLES

rule = Rule(
    code="SE110",
    summary="code of a model or dataset repository is trusted and run",
    consideration="unauthorized-access",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    references=(
        "https://huggingface.co/docs/transformers/models#custom-models",
        "https://docs.vllm.ai/en/latest/configuration/engine_args.html",
    ),
)

_OPTION = "trust_remote_code"
_WORDS = re.compile(r"trust[-_]?remote[-_]?code", re.IGNORECASE)
_FLAG = re.compile(REMOTE_CODE_FLAG)
_TRUE = frozenset({"true", "1", "yes", "on"})
_SHELLS = frozenset({"subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "os.system"})
_OPTION_MAKERS = frozenset({"add_argument", "option", "Option", "add_option"})
_SCRIPT_NAMES = ("makefile", "gnumakefile", "justfile", "procfile", "jenkinsfile")
_SCRIPT_SUFFIXES = (".sh", ".bash", ".zsh", ".ps1", ".bat", ".mk", ".service", ".j2", ".tf")
# Folders whose files record what was run rather than say what to run.
_RECORDS = frozenset("results result outputs output logs log runs wandb mlruns experiments checkpoints".split())
_PINNED_ADVICE = "the pinned commit fixes the code: read it once, and read it again when the pin moves"


def _finding(doc: Document, at: Location, message: str, *, is_pinned: bool = False, is_default: bool = False) -> Finding:
    if is_pinned:
        pinned = Confidence.LOW if doc.role == "test" else Confidence.MEDIUM
        return rule.finding(at, message, severity=Severity.NOTE, confidence=pinned, help=_PINNED_ADVICE)
    weaker = Confidence.MEDIUM if is_default or doc.role == "docs" else None
    return rule.finding(at, message, confidence=Confidence.LOW if doc.role == "test" else weaker)


# -- Python --------------------------------------------------------------------------------------------------------------------------------------------


@rule.on_document(PythonDocument)
def check_code(doc: PythonDocument) -> Iterator[Finding]:
    """Flag what turns the option on: each call, dictionary, assignment, default and command once."""
    if doc.role == "vendored" or not _WORDS.search(doc.text):
        return
    if isinstance(doc, NotebookDocument):
        yield from _shell_cells(doc)
    if not _WORDS.search(doc.code):
        return
    seen: set[Span] = set()
    for node, message, is_pinned, is_default in _places(doc):
        at = doc.at(node)
        if at.span is not None and at.span not in seen:
            seen.add(at.span)
            yield _finding(doc, at, message, is_pinned=is_pinned, is_default=is_default)


_Place = tuple[ast.AST | Span, str, bool, bool]


def _places(doc: PythonDocument) -> Iterator[_Place]:
    names = doc.scopes
    for call in names.calls:
        yield from _in_call(call, doc)
    for dictionary in names.nodes(ast.Dict):
        yield from _in_dictionary(dictionary, doc)
    for assign in names.nodes(ast.Assign):
        for target in assign.targets:
            yield from _assigned(target, assign.value, assign, doc)
    for annotated in names.nodes(ast.AnnAssign):
        if annotated.value is not None:
            yield from _assigned(annotated.target, annotated.value, annotated, doc)
    for arguments in names.nodes(ast.arguments):
        for parameter, default in _defaults(arguments):
            if parameter.arg == _OPTION and _is_true_default(default, doc):
                whole = Span(doc.span_of(parameter).start, doc.span_of(default).end)
                yield whole, "parameter trust_remote_code is True unless the caller turns it off", False, True
    sequences: list[ast.List | ast.Tuple] = [*names.nodes(ast.List), *names.nodes(ast.Tuple)]
    for listed in sequences:
        yield from _in_command(listed, doc)


def _defaults(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    yield from zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True)
    for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield parameter, default


def _in_call(call: ast.Call, doc: PythonDocument) -> Iterator[_Place]:
    given = _named(call, _OPTION)
    if given is not None:
        if doc.value(given) is True and not isinstance(doc.scopes.parent(call), ast.Compare):
            title = _title(_written(call.func, doc))
            yield call, f"{title} may run code out of the repository it loads: trust_remote_code=True", _is_pinned(call, doc), False
        return
    if _last(call.func) in _OPTION_MAKERS:
        default = _named(call, "default")
        if default is not None and doc.value(default) is True and any(_is_flag(one, doc) for one in _given(call)):
            yield call, "option --trust-remote-code is on by default", False, True
    elif call.args and doc.scopes.names(call.func) & _SHELLS:
        command = doc.value(call.args[0])
        if isinstance(command, str) and _FLAG.search(command):
            yield call, "the command may run code out of the repository it loads: --trust-remote-code", False, False


def _named(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def _last(callee: ast.expr) -> str:
    return callee.attr if isinstance(callee, ast.Attribute) else getattr(callee, "id", "")


def _given(call: ast.Call) -> list[ast.expr]:
    return [*(one for one in call.args if not isinstance(one, ast.Starred)), *(one.value for one in call.keywords if one.arg is not None)]


def _is_flag(node: ast.expr, doc: PythonDocument) -> bool:
    return _FLAG.fullmatch(str(doc.value(node))) is not None


def _written(node: ast.expr, doc: PythonDocument) -> str:
    span = doc.program.span(node)
    return doc.code[span.start : span.end]


def _title(name: str) -> str:
    """A callee in lower case or in the middle of a clause, for the start of a message."""
    return f"loading with {name.rpartition('.')[2] if len(name) > 60 else name}"


def _is_pinned(call: ast.Call, doc: PythonDocument) -> bool:
    given = [doc.value(_named(call, name)) for name in ("revision", "code_revision")]
    return any(isinstance(one, str) and COMMIT.fullmatch(one) is not None for one in given)


def _in_dictionary(dictionary: ast.Dict, doc: PythonDocument) -> Iterator[_Place]:
    names = doc.scopes
    found: Span | None = None
    is_pinned = False
    for key, value in zip(dictionary.keys, dictionary.values, strict=True):
        if not isinstance(key, (ast.Constant, ast.Name)):
            continue
        written = doc.value(key)
        if written == _OPTION and doc.value(value) is True:
            found = Span(doc.span_of(key).start, doc.span_of(value).end)
        elif written in ("revision", "code_revision", "model_revision"):
            revision = doc.value(value)
            is_pinned = isinstance(revision, str) and COMMIT.fullmatch(revision) is not None
    above = names.parent(dictionary)
    if found is None or isinstance(above, ast.Compare):
        return
    call = names.parent(above) if isinstance(above, ast.keyword) else above
    if isinstance(call, ast.Call):
        title = _title(_written(call.func, doc))
        yield call, f"{title} may run code out of the repository it loads: trust_remote_code is True", is_pinned, False
    else:
        yield found, "dictionary lets a loader run code out of the repository it loads: trust_remote_code is True", is_pinned, False


def _assigned(target: ast.expr, value: ast.expr, statement: ast.stmt, doc: PythonDocument) -> Iterator[_Place]:
    if isinstance(target, ast.Subscript):
        key = doc.value(target.slice)
        if key == _OPTION or (isinstance(key, str) and key in REMOTE_CODE_VARIABLES):
            known = doc.value(value)
            if known is True or (key != _OPTION and str(known).lower() in _TRUE):
                yield statement, f"{key} is turned on, so a loader may run code out of the repository it loads", False, False
    elif isinstance(target, ast.Attribute):
        name = target.attr
        if (name == _OPTION or name in REMOTE_CODE_VARIABLES) and doc.value(value) is True:
            message = f"{_written(target, doc)} is turned on, so a loader may run code out of the repository it loads"
            yield statement, message, False, False
    elif isinstance(target, ast.Name) and target.id == _OPTION and _is_field(statement, doc) and _is_true_default(value, doc):
        yield statement, "field trust_remote_code is True unless the caller turns it off", False, True


def _is_field(statement: ast.stmt, doc: PythonDocument) -> bool:
    """Whether an assignment stands in a class body."""
    holders = (one for one in doc.scopes.ancestors(statement) if isinstance(one, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)))
    return isinstance(next(holders, None), ast.ClassDef)


def _is_true_default(value: ast.expr, doc: PythonDocument) -> bool:
    """Whether a default is True, as such or in a ``field(default=True)``, ``Field(True)`` or ``typer.Option(True)``."""
    if isinstance(value, ast.Call):
        if _last(value.func) not in ("field", "Field", "Option", "Argument"):
            return False
        given = _named(value, "default") or (value.args[0] if value.args and not isinstance(value.args[0], ast.Starred) else None)
        return doc.value(given) is True
    return doc.value(value) is True


def _in_command(sequence: ast.List | ast.Tuple, doc: PythonDocument) -> Iterator[_Place]:
    """A command that is given as its words; the words of a lone option are somebody's to add or not."""
    elements = sequence.elts
    if len(elements) < 2 or isinstance(doc.scopes.parent(sequence), (ast.For, ast.AsyncFor, ast.comprehension, ast.Compare)):
        return
    texts = [one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else "" for one in elements]
    if all(text.startswith("-") for text in texts):
        return  # a table of the options there are
    for place, text in enumerate(texts):
        if _FLAG.fullmatch(text):
            following = doc.value(elements[place + 1]) if place + 1 < len(elements) else None
            if str(following).lower() not in ("false", "0", "no"):
                yield elements[place], "the command may run code out of the repository it loads: --trust-remote-code", False, False


def _shell_cells(doc: NotebookDocument) -> Iterator[Finding]:
    for cell in doc.code_cells:
        for magic in cell.magics:
            if magic.kind in ("shell", "cell"):
                text = cell.source.text[magic.span.start : magic.span.end]
                for start, end in _flags(text):
                    at = doc.at(cell.source.file_span(Span(magic.span.start + start, magic.span.start + end)))
                    yield _finding(doc, at, "the command may run code out of the repository it loads: --trust-remote-code")


# -- configuration and command lines -------------------------------------------------------------------------------------------------------------------


@rule.on_document(YamlDocument, TomlDocument, JsonDocument)
def check_configuration(doc: MappingDocument) -> Iterator[Finding]:
    """Flag a key that turns the option on, and an environment variable that does."""
    if doc.role == "vendored" or _is_record(doc) or not _WORDS.search(doc.text):
        return
    parents: dict[int, Node] = {}
    for path, node in doc.walk():
        for _, child in node.children():
            parents.setdefault(id(child), node)
        key = str(path[-1]).replace("-", "_") if path else ""
        if node.kind == "scalar" and (key.lower() == _OPTION or key == "trustRemoteCode" or key in REMOTE_CODE_VARIABLES) and _is_on(node, key):
            span = Span(node.key_span.start, node.span.end) if node.key_span is not None and node.key_span.start <= node.span.end else node.span
            yield _finding(
                doc, doc.at(span), f"{path[-1]} is on, so code out of the loaded repository is run", is_pinned=_has_commit(parents.get(id(node)))
            )
        elif node.kind == "mapping" and node.get("name") in REMOTE_CODE_VARIABLES:
            value = node.child("value")
            if value is not None and value.text.strip().lower() in _TRUE:
                yield _finding(doc, doc.at(value), f"{node.get('name')} is on, so code out of the loaded repository is run")


def _is_on(node: Node, key: str) -> bool:
    return node.value is True or (
        isinstance(node.value, (str, int)) and node.text.strip().lower() in (_TRUE if key in REMOTE_CODE_VARIABLES else {"true"})
    )


def _has_commit(mapping: Node | None) -> bool:
    """Whether a revision beside the option is a commit hash."""
    children = mapping.children() if mapping is not None else ()
    return any(str(key).lower().endswith("revision") and COMMIT.fullmatch(child.text.strip()) is not None for key, child in children)


def _is_record(doc: Document) -> bool:
    return doc.kind == "json" and not _RECORDS.isdisjoint(doc.path.lower().split("/")[:-1])


@rule.on_text(REMOTE_CODE_FLAG, "dockerfile", "yaml", "toml", "json", "text", "dotenv")
def check_command(match: re.Match[str], doc: Document) -> Iterator[Finding]:
    """Flag the option on a command line."""
    if doc.role == "vendored" or _is_record(doc) or not _is_script(doc) or _is_aside(match, doc.text):
        return
    if doc.kind == "json" and doc.text[match.start() - 1 : match.start()] != '"':
        return
    yield _finding(doc, doc.at(Span(match.start(), match.end())), "the command may run code out of the repository it loads: --trust-remote-code")


@rule.on_text(rf"\b(?P<name>{'|'.join(sorted(REMOTE_CODE_VARIABLES))})(?:=| +)[\"']?(?i:true|1|yes|on)\b", "dockerfile", "yaml", "text", "dotenv")
def check_variable(match: re.Match[str], doc: Document) -> Iterator[Finding]:
    """Flag an environment variable that turns the option on."""
    text = doc.text
    line = text[_line_start(text, match.start()) : match.start()]
    if doc.role == "vendored" or not _is_script(doc) or "#" in line or re.match(r"\s*echo\b", line):
        return
    if not line.strip().upper().startswith(("ENV", "ARG")) and " " in match.group():
        return
    if (
        doc.kind == "text"
        and not line.rstrip().endswith("export")
        and (line.strip() or not re.match(r"[ \t]+[\w./]", text[match.end() : match.end() + 20]))
    ):
        return  # a shell variable that no program sees
    yield _finding(doc, doc.at(Span(match.start(), match.end())), f"{match['name']} is on, so code out of the loaded repository is run")


def _is_script(doc: Document) -> bool:
    name = doc.name.lower()
    return doc.kind != "text" or name in _SCRIPT_NAMES or name.endswith(_SCRIPT_SUFFIXES)


def _flags(text: str) -> Iterator[tuple[int, int]]:
    for match in _FLAG.finditer(text):
        if not _is_aside(match, text):
            yield match.start(), match.end()


_VALUE = re.compile(r"""(?:\s*=\s*|[\s"',\\]+(?:-[ \t]+)?)["']?(?P<value>[^\s"',\])]+)""")
_MAX_LINE = 2_000
_SPOKEN = re.compile(r"\s*(?:REM\b|::|//|@?echo\b|printf\b|(?:-[ \t]+)?(?:description|help|title|summary|doc)[ \t]*:)")
_ASKED = re.compile(r"\b(?:if|case)\b|\[\[|&&|:\+")


def _line_start(text: str, offset: int) -> int:
    """The start of the line of an offset, or of as much of it as is looked at."""
    far = max(0, offset - _MAX_LINE)
    return max(far, text.rfind("\n", far, offset) + 1)


def _is_aside(match: re.Match[str], text: str) -> bool:
    """Whether the option is off, computed, handled, asked for or spoken of rather than given."""
    start, end = match.start(), match.end()
    line_start = _line_start(text, start)
    before = text[line_start:start]
    if "#" in before and re.search(r"(?:^|\s)#", before):
        return True
    if _SPOKEN.match(before) or before.endswith(("[", "|", ":+", "`")) or text[end : end + 1] in (")", "|", "]", "`"):
        return True
    following = _VALUE.match(text, end, end + 200)
    if following is not None:
        value = following["value"].lower()
        assigned = following.group().lstrip().startswith("=")
        if value in ("false", "0", "no", "off") or (assigned and value not in _TRUE) or (value[:1] in "${" and "trust" in value):
            return True
    line_end = text.find("\n", end, end + _MAX_LINE)
    around = text[_line_start(text, max(0, line_start - 1)) : start] + text[end : line_end if line_end >= 0 else end]
    return _ASKED.search(around) is not None and "trust" in around.lower()
