"""What an installation command installs: the packages and files of ``pip install``, ``uv``, ``conda`` and ``poetry``, option values told apart.

The tables of options that take a value follow the tools' own reference pages: pip 25, uv 0.9, conda 25 with micromamba 2, poetry 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlops_lint.documents.shell import Command, Word, commands, unwrapped
from mlops_lint.text.span import Span


@dataclass(frozen=True, slots=True)
class InstallOption:
    """An option as written (``-U``, ``--index-url``) and its value, if it takes one."""

    name: str
    value: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class PipInstall:
    """One installation command.

    ``tool`` is ``pip``, ``uv``, ``conda``, ``mamba`` or ``poetry``, ``verb`` what it was told (``install``, ``add``, ``sync``, ``create``,
    ``update``). ``packages`` are the requirements on the command line as the shell hands them over: of an unquoted ``torch>=2`` that is ``torch``,
    because the shell redirects the output to ``=2``. ``local_paths`` are folders and archives of the file system. An installation from a lock
    (``poetry install``) has no packages.
    """

    tool: str
    verb: str
    packages: tuple[Word, ...]
    span: Span
    words: tuple[Word, ...]
    local_paths: tuple[Word, ...] = ()
    requirement_files: tuple[Word, ...] = ()
    constraint_files: tuple[Word, ...] = ()
    editable: tuple[Word, ...] = ()
    options: tuple[InstallOption, ...] = ()

    def option(self, *names: str) -> InstallOption | None:
        """The first option of these names."""
        return next((option for option in self.options if option.name in names), None)

    @property
    def no_deps(self) -> bool:
        """Whether dependencies are left out."""
        return self.option("--no-deps", "--no-dependencies") is not None

    @property
    def index_options(self) -> tuple[InstallOption, ...]:
        """The options that say where packages come from."""
        names = _CHANNEL_OPTIONS if self.tool in ("conda", "mamba") else _INDEX_OPTIONS
        return tuple(option for option in self.options if option.name in names)


_INDEX_OPTIONS = frozenset(
    "-i --index-url --pypi-url --extra-index-url -f --find-links --no-index --trusted-host --index --default-index --torch-backend --source".split()
)
_CHANNEL_OPTIONS = frozenset(("-c", "--channel", "--override-channels"))


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The options of one tool that take a value, and those among them that name files."""

    shorts: str
    longs: frozenset[str]
    requirements: frozenset[str] = frozenset()
    constraints: frozenset[str] = frozenset()
    editable: frozenset[str] = frozenset()
    flags: str = ""
    """Letters that may stand together behind one dash."""


_REQUIREMENT = frozenset(("-r", "--requirement", "--requirements"))
_CONSTRAINT = frozenset(("-c", "--constraint", "--constraints"))
_EDITABLE = frozenset(("-e", "--editable"))


def _options(text: str) -> frozenset[str]:
    return frozenset(f"--{name}" for name in text.split())


_PIP = _Grammar(
    "iftcredC",
    _options(
        "index-url pypi-url extra-index-url find-links target constraint requirement editable platform python-version implementation abi root prefix"
        " src upgrade-strategy progress-bar cache-dir log log-file proxy retries timeout default-timeout exists-action trusted-host cert client-cert"
        " global-option install-option config-settings config-setting no-binary only-binary report python use-feature use-deprecated"
        " root-user-action build-constraint group uploaded-prior-to keyring-provider resume-retries download download-dir build requirements-from-script"
    ),
    _REQUIREMENT,
    _CONSTRAINT,
    _EDITABLE,
    "UIqvVh",
)
_UV = _Grammar(
    "ifcrepPbCmtwd",
    _options(
        "index-url extra-index-url find-links target constraint constraints requirement requirements editable prefix python python-version"
        " python-platform index default-index index-strategy keyring-provider resolution prerelease fork-strategy config-setting config-settings"
        " config-settings-package no-build-isolation-package exclude-newer exclude-newer-package link-mode torch-backend override overrides exclude"
        " excludes build-constraint build-constraints upgrade-package upgrade-group reinstall-package refresh-package no-binary only-binary"
        " no-binary-package no-build-package no-sources-package extra no-extra group only-group no-group optional-group optional rev tag branch bounds"
        " marker script package python-preference allow-insecure-host directory project config-file color cache-dir trusted-host only-install-package"
        " no-install-package output-file with with-editable with-requirements progress-bar upgrade-strategy timeout retries proxy"
    ),
    _REQUIREMENT,
    _CONSTRAINT,
    _EDITABLE,
    "Uqvnh",
)
_CONDA = _Grammar(
    "npc",
    _options(
        "name prefix channel file solver experimental-solver repodata-fn platform subdir root-prefix rc-file copy-from clone"
        " revision download-threads env-spec relocate-prefix"
    ),
    frozenset(("--file",)),
    flags="yqdvmSh",
)
_MICROMAMBA = _Grammar(
    "npcfr",
    _CONDA.longs | _options("channel-priority cacert-path ssl-verify retry-clean-cache"),
    frozenset(("-f", "--file")),
    flags="yqdvmSh",
)
_POETRY = _Grammar(
    "GEPC",
    _options("group extras python platform source project directory markers with without only"),
    editable=_EDITABLE,
    flags="vqnhD",
)

_PIP_NAME = re.compile(r"pip[\d.]*(\.exe)?")
_PIP_VARIABLE = re.compile(r"\$[({]?\w*pip3?[)}]?", re.IGNORECASE)
_PYTHON_NAME = re.compile(r"(python|pypy)[\d.]*(\.exe)?|py|\$[({]?\w*python3?[)}]?|\{?sys\.executable\}?|\$\{sys\.executable\}", re.IGNORECASE)


def pip_installs(text: str) -> tuple[PipInstall, ...]:
    """The installation commands of a shell script, in order."""
    return tuple(installs_in(commands(text)))


def installs_in(found: Iterable[Command]) -> Iterator[PipInstall]:
    """The installation commands among commands."""
    for command in found:
        install = read_install(command)
        if install is not None:
            yield install


def read_install(command: Command) -> PipInstall | None:
    """The command as an installation, or ``None`` when it is none."""
    words = command.words
    start = unwrapped(words)
    if start >= len(words):
        return None
    name = words[start].text.rpartition("/")[2].rpartition("\\")[2]
    if _PIP_NAME.fullmatch(name) or _PIP_VARIABLE.fullmatch(words[start].text):
        return _read(command, "pip", start + 1, _PIP, ("install",))
    if _PYTHON_NAME.fullmatch(name) or _PYTHON_NAME.fullmatch(words[start].text):
        index = _module(words, start + 1)
        if index is None:
            return None
        module = words[index].text
        if module == "pip":
            return _read(command, "pip", index + 1, _PIP, ("install",))
        return _read_uv(command, index + 1) if module == "uv" else None
    if name == "uv":
        return _read_uv(command, start + 1)
    if name in ("conda", "mamba", "micromamba"):
        return _read_conda(command, start + 1, name)
    if name == "poetry":
        return _read(command, "poetry", start + 1, _POETRY, ("add", "install", "sync"))
    return None


def _module(words: tuple[Word, ...], index: int) -> int | None:
    """The index of the module after ``python -m``."""
    while index < len(words) and words[index].text.startswith("-"):
        if words[index].text == "-m":
            return index + 1 if index + 1 < len(words) else None
        if words[index].text in ("-c", "-"):
            return None
        index += 2 if words[index].text in ("-W", "-X") else 1
    return None


def _read_uv(command: Command, index: int) -> PipInstall | None:
    words = command.words
    verb = _verb(words, index, _UV)
    if verb is None:
        return None
    if words[verb].text == "pip":
        return _read(command, "uv", verb + 1, _UV, ("install", "sync"))
    if words[verb].text == "tool":
        return _read(command, "uv", verb + 1, _UV, ("install",))
    return _read(command, "uv", verb, _UV, ("add", "sync"))


def _read_conda(command: Command, index: int, name: str) -> PipInstall | None:
    grammar = _MICROMAMBA if name == "micromamba" else _CONDA
    words = command.words
    verb = _verb(words, index, grammar)
    if verb is None:
        return None
    tool = "conda" if name == "conda" else "mamba"
    if words[verb].text == "env":
        # "conda env create -f environment.yml"; here -f is the file for every front end.
        return _read(command, tool, verb + 1, _MICROMAMBA, ("create", "update"))
    return _read(command, tool, verb, grammar, ("install", "create", "update"))


def _verb(words: tuple[Word, ...], index: int, grammar: _Grammar) -> int | None:
    """The index of the first word that is neither an option nor an option's value."""
    while index < len(words):
        text = words[index].text
        if not text.startswith("-") or text == "-":
            return index
        index += 2 if _takes_next(text, grammar) else 1
    return None


def _takes_next(text: str, grammar: _Grammar) -> bool:
    if text.startswith("--"):
        return text in grammar.longs
    letter = _valued_letter(text, grammar)
    return letter is not None and letter == len(text) - 1


def _valued_letter(text: str, grammar: _Grammar) -> int | None:
    """The index of the letter of ``-Ur`` that takes a value, when all before it are flags."""
    for index, letter in enumerate(text[1:], 1):
        if letter in grammar.shorts:
            return index
        if letter not in grammar.flags:
            return None
    return None


def _read(command: Command, tool: str, index: int, grammar: _Grammar, verbs: tuple[str, ...]) -> PipInstall | None:
    words = command.words
    verb = _verb(words, index, grammar)
    if verb is None or words[verb].text not in verbs:
        return None
    options: list[InstallOption] = []
    plain: list[Word] = []
    position = index
    literal = False
    while position < len(words):
        word = words[position]
        text = word.text
        position += 1
        if position - 1 == verb:
            continue
        if literal or not text.startswith("-") or text == "-":
            plain.append(word)
        elif text == "--":
            literal = True
        else:
            following = words[position] if position < len(words) else None
            for option, taken in _split(word, following, grammar):
                options.append(option)
                position += taken
    files = [option for option in options if option.value is not None]
    requirement_files = [option.value for option in files if option.name in grammar.requirements and option.value is not None]
    if tool == "uv" and words[verb].text == "sync" and plain and "pip" in (one.text for one in words[:verb]):
        requirement_files += plain
        plain = []
    return PipInstall(
        tool,
        words[verb].text,
        tuple(word for word in plain if word.text and not is_local_path(word.text)),
        Span(words[0].span.start, max(word.span.end for word in words)) if len(words) > 1 else command.span,
        words,
        tuple(word for word in plain if is_local_path(word.text)),
        tuple(requirement_files),
        tuple(option.value for option in files if option.name in grammar.constraints and option.value is not None),
        tuple(option.value for option in files if option.name in grammar.editable and option.value is not None),
        tuple(options),
    )


def _split(word: Word, following: Word | None, grammar: _Grammar) -> Iterator[tuple[InstallOption, int]]:
    """The options one word holds, each with how many of the following words it takes (0 or 1)."""
    text = word.text
    if text.startswith("--"):
        name, equals, value = text.partition("=")
        if equals:
            yield InstallOption(name, _tail(word, len(value)), word.span), 0
        elif name in grammar.longs and following is not None:
            yield InstallOption(name, following, Span(word.span.start, max(word.span.end, following.span.end))), 1
        else:
            yield InstallOption(name, None, word.span), 0
        return
    letter = _valued_letter(text, grammar)
    flags = text[1:letter] if letter is not None else text[1:] if all(one in grammar.flags for one in text[1:]) else ""
    for flag in flags:
        yield InstallOption(f"-{flag}", None, word.span), 0
    if letter is None:
        if not flags:
            yield InstallOption(text, None, word.span), 0
        return
    name = f"-{text[letter]}"
    if letter < len(text) - 1:
        yield InstallOption(name, _tail(word, len(text) - letter - 1), word.span), 0
    elif following is not None:
        yield InstallOption(name, following, Span(word.span.start, max(word.span.end, following.span.end))), 1
    else:
        yield InstallOption(name, None, word.span), 0


def _tail(word: Word, length: int) -> Word:
    """The last part of a word as a word; its span is exact when the word is written without quotes."""
    text = word.text[len(word.text) - length :] if length else ""
    if len(word.span) == len(word.text):
        return Word(text, Span(word.span.end - length, word.span.end), word.dynamic)
    return Word(text.removeprefix("="), word.span, word.dynamic)


_ARCHIVE = re.compile(r"\.(whl|tar\.gz|tgz|zip|tar\.bz2)(\[[^\]]*\])?$")


def is_local_path(text: str) -> bool:
    """Whether a package argument is a folder or archive of the file system rather than a name or an address."""
    if "://" in text or "::" in text or " @ " in text:
        return False
    return text == "." or text.startswith(("./", "../", "/", "~", ".[")) or text == ".." or _ARCHIVE.search(text) is not None
