"""One requirement as pip reads it: PEP 508, a bare URL, or a local path."""

from __future__ import annotations

import re
import warnings
from contextlib import nullcontext
from dataclasses import dataclass, replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, canonicalize_name, parse_sdist_filename, parse_wheel_filename

MAX_LENGTH = 10_000
"""Characters of one requirement beyond which it is refused."""
MAX_NESTING = 1_000
"""Brackets that a requirement may open; a marker in use opens a handful."""

_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")
_URL = re.compile(r"(?:(?:git|hg|svn|bzr)\+\S|[A-Za-z][A-Za-z0-9.+-]*://|file:)")
_VCS = re.compile(r"(git|hg|svn|bzr)\+(.*)", re.DOTALL)
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz)$", re.IGNORECASE)
_HEAD = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?")
_MARKER_START = re.compile(r"\s;|;\s")
_HASH_NAME = re.compile(r"md5|sha(?:1|224|256|384|512)")


class RequirementError(ValueError):
    """A text that is no requirement; the message is one clause that repeats nothing of the text."""


@dataclass(frozen=True, slots=True)
class ParsedRequirement:
    """What one requirement says.

    ``name`` is canonical (PEP 503) and empty where only a URL or a path stands. ``specifier`` keeps the written order; of a wheel or source
    archive it is the ``==`` version its file name gives. ``source`` is ``registry``, ``url``, ``path``, or the version control (``git``, ``hg``,
    ``svn``, ``bzr``) whose ``revision`` follows the ``@``. ``url`` holds no user name, token or password. ``variable`` tells that an
    environment variable stands in the name or the version, which therefore are not known.
    """

    name: str = ""
    specifier: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    url: str = ""
    revision: str = ""
    source: str = "registry"
    hashed: bool = False
    variable: bool = False


def canonical_name(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return str(canonicalize_name(name))


def parse_requirement(text: str) -> ParsedRequirement:
    """Read one requirement, without comment and options.

    Raises:
        RequirementError: it is none, or longer than :data:`MAX_LENGTH`.
    """
    if len(text) > MAX_LENGTH:
        raise RequirementError(f"it is longer than {MAX_LENGTH:,} characters")
    text = text.strip()
    if _URL.match(text):
        address, marker = _split_marker(text)
        return replace(parse_url(address), marker=marker)
    if _is_path(text):
        return _parse_path(text)
    if _VARIABLE.search(text.partition("@")[0]):
        head = _HEAD.match(text)
        name = "" if head is None or _VARIABLE.match(text, head.end(1)) else canonical_name(head[1])
        return ParsedRequirement(name, extras=_split_extras((head[2] if head else None) or ""), variable=True)
    if text.count("(") > MAX_NESTING:
        # How deep Python itself gets depends on its version and on who calls.
        raise RequirementError("its marker is nested too deeply")
    try:
        with warnings.catch_warnings() if "\\" in text else nullcontext():
            if "\\" in text:
                # A marker's strings are read as Python's, which warns of their escapes.
                warnings.simplefilter("ignore")
            parsed = Requirement(text)
    except InvalidRequirement as error:
        raise RequirementError(_reason(str(error))) from None
    except RecursionError:
        raise RequirementError("its marker is nested too deeply") from None
    try:
        marker = str(parsed.marker) if parsed.marker is not None else ""
    except RecursionError:
        raise RequirementError("its marker is nested too deeply") from None
    extras = tuple(sorted(parsed.extras))
    name = canonical_name(parsed.name)
    if parsed.url is not None:
        found = parse_url(parsed.url)
        return replace(found, name=name, extras=extras or found.extras, marker=marker)
    return ParsedRequirement(name, _written_specifier(text), extras, marker)


def parse_url(url: str) -> ParsedRequirement:
    """Read a direct reference: an archive or a repository, with ``@revision`` and ``#egg=…&sha256=…``."""
    address, _, fragment = url.partition("#")
    name, hashed = "", False
    extras: tuple[str, ...] = ()
    for part in fragment.split("&"):
        key, _, value = part.partition("=")
        if key == "egg" and (head := _HEAD.match(value)) is not None:
            name, extras = canonical_name(head[1]), _split_extras(head[2] or "")
        elif _HASH_NAME.fullmatch(key) and value:
            hashed = True
    vcs = _VCS.match(address)
    if vcs is not None:
        address, revision = _split_revision(vcs[2])
        return ParsedRequirement(name, "", extras, "", without_user(address), revision, vcs[1], hashed)
    file_name, version = _archive_name(address)
    source = "path" if address.startswith("file:") else "url"
    return ParsedRequirement(name or file_name, f"=={version}" if version else "", extras, "", without_user(address), "", source, hashed)


def without_user(url: str) -> str:
    """A URL without the user name, token or password before its host, because what is kept of it may be shown."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    host, slash, path = rest.partition("/")
    return scheme + separator + host.rpartition("@")[2] + slash + path


def _split_revision(address: str) -> tuple[str, str]:
    """A repository's address and the revision after the last ``@`` of its path."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        scheme, rest = "", address
    # The first "@" of "git@host:owner/name" or "user@host/name" stands before any slash.
    host, slash, path = rest.partition("/")
    path, _, revision = path.rpartition("@") if "@" in path else (path, "", "")
    return scheme + separator + host + slash + path, revision


def _archive_name(address: str) -> tuple[str, str]:
    """The canonical name and version that a wheel's or source archive's file name gives, or two empty strings."""
    file_name = address.partition("?")[0].replace("\\", "/").rpartition("/")[2].replace("%2B", "+").replace("%2b", "+")
    try:
        if file_name.endswith(".whl"):
            wheel = parse_wheel_filename(file_name)
            return str(wheel[0]), str(wheel[1])
        if file_name.endswith((".tar.gz", ".zip")) and "-" in file_name:
            archive = parse_sdist_filename(file_name)
            return str(archive[0]), str(archive[1])
    except (InvalidWheelFilename, InvalidSdistFilename, ValueError):
        pass
    return "", ""


def _is_path(text: str) -> bool:
    head = text.split(";", 1)[0].strip()
    if head.startswith((".", "/", "~", "\\")) or re.match(r"[A-Za-z]:[\\/]", head):
        return True
    if "@" in head:
        return False
    return "/" in head or "\\" in head or bool(_ARCHIVE.search(head.split("[", 1)[0]))


def _parse_path(text: str) -> ParsedRequirement:
    path, marker = _split_marker(text)
    extras: tuple[str, ...] = ()
    if path.endswith("]") and "[" in path:
        path, _, inner = path[:-1].rpartition("[")
        extras = _split_extras(inner)
    path, _, fragment = path.partition("#")
    name, version = _archive_name(path)
    for part in fragment.split("&"):
        if part.startswith("egg=") and (head := _HEAD.match(part[4:])) is not None:
            name, extras = canonical_name(head[1]), extras or _split_extras(head[2] or "")
    return ParsedRequirement(name, f"=={version}" if version else "", extras, marker, path.strip(), source="path")


def _split_marker(text: str) -> tuple[str, str]:
    """A URL or path and its marker, which a blank beside the semicolon sets apart."""
    found = _MARKER_START.search(text)
    if found is None:
        return text, ""
    return text[: found.start()].strip(), text[found.end() :].lstrip("; \t").strip()


def _split_extras(text: str) -> tuple[str, ...]:
    return tuple(sorted(part.strip() for part in text.split(",") if part.strip()))


def _written_specifier(text: str) -> str:
    """The version specifier of a valid requirement in its written order."""
    head = _HEAD.match(text)
    rest = text[head.end() :] if head is not None else ""
    rest = rest.partition(";")[0].strip()
    if rest.startswith("(") and rest.endswith(")"):
        rest = rest[1:-1]
    return ",".join("".join(part.split()) for part in rest.split(",") if part.strip())


def _reason(message: str) -> str:
    first = message.partition("\n")[0].partition(":")[0].strip().rstrip(".")[:120] or "not a requirement"
    return first[0].lower() + first[1:]
