"""Credentials in a text: which services' keys, tokens and passwords stand where.

Structure decides: a prefix and length, a checksum, a frame such as ``AccountKey=``, or, for services whose keys are plain random characters, the name that
the value is given to. In every case the random part must look random. All searches are linear in the text: each is one pass of a pattern without nested
quantifiers, started only where a literal part of it occurs, since looking for a literal costs a hundredth of that. Few of the patterns are ever needed: each
is compiled when its literal is first met.
"""

from __future__ import annotations

import base64
import binascii
import re
import string
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from mlops_lint.facts.secret_values import is_derived, is_placeholder, is_public, is_strong, is_wordy, looks_random
from mlops_lint.knowledge.credentials import (
    ACCESS_WORDS,
    FRAMED_FORMATS,
    LOCAL_HOSTS,
    NAMED_FORMATS,
    PLACEHOLDER_HOSTS,
    TOKEN_FORMATS,
    URL_SCHEMES,
    FramedFormat,
    NamedFormat,
    TokenFormat,
)
from mlops_lint.text.span import Span

_MAX_PEM = 12_000
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential. ``span`` is where to point at; ``secrets`` are the parts that must not be shown, none of which crosses a line end.

    ``what`` names it with its article. ``basis``: ``format`` (its own characters), ``frame`` (the text around it), ``name`` (what it is given to),
    ``url`` (a password in an address) or ``pem`` (a private key). ``sure``: nothing but a real one looks so. ``weak``: a word that a stack for developers
    may have been given. ``proven``: a checksum shows that the service issued it.
    """

    what: str
    span: Span
    secrets: tuple[Span, ...]
    basis: str
    sure: bool = True
    weak: bool = False
    proven: bool = False

    def described(self, text: str) -> str:
        """What it is, with its first four characters where they are no part worth guessing, and its length."""
        if self.basis in ("url", "pem"):
            return self.what
        return f"{self.what} {shown(text[self.span.start : self.span.end])}"


def shown(secret: str) -> str:
    """A secret as a message may show it: four characters of a long one, and the length."""
    return f'"{secret[:_SHOWN]}…" ({len(secret)} characters)' if len(secret) >= 16 else f"({len(secret)} characters)"


# A token may follow an escape such as the \n inside a string.
_START = r"(?:(?<![A-Za-z0-9_+-])(?<![A-Za-z0-9+]/)|(?<=(?<!\\)\\[nrt]))"
_END = r"(?![A-Za-z0-9_-])"
# What may stand between a name and its value: the sign, a type, the other arguments of an option's declaration, a keyword, an opening quote.
_SIGN = r"(?:[ \t]{0,20}(?:=>|:=|=(?!=)|[:,(])|[ \t])[ \t]{0,20}"
_TYPE = r"(?:(?:Optional\[)?(?:str|SecretStr)\]?(?:[ \t]?\|[ \t]?None)?[ \t]?=[ \t]?)?"
_OTHERS = r"(?:\s{0,40}[a-z_]{1,20}[ \t]?=[ \t]?(?:[\w.]{1,40}|\"[^\"\n]{0,120}\"|'[^'\n]{0,120}'),){0,4}\s{0,40}default[ \t]?=[ \t]?"
_GAP = (
    rf"(?P<gap>\\?[\"'`]?[\])]?{_SIGN}{_TYPE}(?:{_OTHERS}|(?:Field|SecretStr)\((?:default[ \t]?=[ \t]?)?|login[ \t]{{1,4}})?"
    r"(?:--?[a-z][a-z-]{0,20}[ =]){0,2}(?:(?:api_?)?(?:key|token|secret|password)[ \t]?=[ \t]?)?[rRbBuU]?\\?[\"'`]?"
    r"|\\?[\"']?[ \t]{0,20}\r?\n[ \t-]{0,40}[\"']?(?:value|default)[\"']?[ \t]{0,4}:[ \t]{0,4}[\"']?)"
)
_BY_SERVICE = {one.service: one for one in NAMED_FORMATS}
# What such a name also says of a digest, an id or a model's vocabulary.
_NO_ACCESS = re.compile(
    r"hash|sha(?:\d|$)|md5|digest|checksum|commit|revision|etag|tokeniz|tokens|version|[_-]ids?$|artifact|project_key|experiment_key", re.IGNORECASE
)
# Letters that a pattern which ignores case takes for those of ASCII, and that are written otherwise in lower case, one even as two characters.
_ODD_CASES = (("\u0130", "i"), ("\u0131", "i"), ("\u017f", "s"))
_AWS_PAIR = re.compile(r"(?i:secret)[\w. \t\"'\]]{0,40}[=:,][ \t]{0,9}[\"']?(?P<secret>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])")
_SCHEME = rf"(?<![A-Za-z0-9])(?P<scheme>{'|'.join(sorted(URL_SCHEMES, key=len, reverse=True))})(?:\+\w{{1,20}})?://"
_URL_START = re.compile(_SCHEME, re.IGNORECASE)
_LONGEST_SCHEME = max(map(len, URL_SCHEMES)) + 24
_LONGEST_LOGIN = 290
_URL = re.compile(
    _SCHEME + r"(?P<user>[^\s:@/?#\"'<>`\\|]{0,80}):(?P<secret>[^\s@/\"'<>`\\|]{1,200})@(?P<host>\[[0-9a-f:]{2,45}\]|[^\s:@/?#\"'<>`\\,;)|]{1,200})",
    re.IGNORECASE,
)
# Of drivers and servers: "Server=…;Uid=…;Pwd=…" and "host=… user=… password=…".
_PASSWORD_FIELD = re.compile(r"(?<![\w-])(?:password|pwd)[ ]?=[ ]?(?P<secret>[^\s;\"'`{}()$<>%\\,]{6,128})(?=[;\"'`\s\\]|$)", re.IGNORECASE)
_HOST_FIELD = re.compile(
    r"(?<![\w-])(?:server|data source|host|hostname|addr(?:ess)?)[ ]?=[ ]?(?:tcp:|np:)?(?P<host>[\w.-]{1,200})(?:[:,]\d{1,5})?(?=[;\s]|$)",
    re.IGNORECASE,
)
_USER_FIELD = re.compile(r"(?<![\w-])(?:user(?:name)?|uid|user id)[ ]?=[ ]?(?P<user>[^\s;\"'`,()]{1,100})(?=[;\s]|$)", re.IGNORECASE)
_PASSWORD_WORDS = ("password", "pwd")
_STRING_END = re.compile(r"[\"'`\r\n]")
_MAX_STRING = 500
_PEM = re.compile(r"-----BEGIN (?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----")
_PEM_FILLER = re.compile(r"\\[nrt]|[\s\"'`,\\#()]")
# As DER and OpenSSH begin; or long enough for a key whatever its header was.
_PEM_BODY = re.compile(r"(?:(?:MI|MC|MF|MH|MG|b3BlbnNza)[A-Za-z0-9+/]{60,}|[A-Za-z0-9+/]{400,})={0,2}")
_LINE = re.compile(r"[^\r\n]+")
_ASSIGNED = re.compile(
    r"(?:password|passwd|secret|token|api_?key|access_?key|auth)[\"'\]]{0,2}[ \t]{0,4}[=:,(][ \t]{0,4}[\"'](?P<secret>[^\"'\s]{8,200})[\"']",
    re.IGNORECASE,
)
_ASSIGNED_WORDS = ("password", "passwd", "secret", "token", "apikey", "api_key", "accesskey", "access_key", "auth")
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


@lru_cache(maxsize=4)
def find_credentials(text: str, named: bool = True) -> tuple[Credential, ...]:
    """The credentials in a text in order, none overlapping another. Without ``named``, those that only a name gives away are left out."""
    lower = _lower(text)
    found = [*_tokens(text), *_pems(text), *_frames(text), *_urls(text), *_connection_strings(text, lower)]
    if named:
        found.extend(_named(text, lower))
    return tuple(_apart(found))


def credential_spans(text: str) -> Iterator[Span]:
    """The spans of what must not be shown of a text, in order: its credentials, and literals given to the name of a secret.

    For display, not for findings.
    """
    spans = {span for one in find_credentials(text) for span in one.secrets}
    for match in _starting(_ASSIGNED, text, _lower(text), _ASSIGNED_WORDS):
        span = Span(*match.span("secret"))
        if not is_placeholder(match["secret"]) and any(c.isdigit() for c in match["secret"]) and not any(span.overlaps(one) for one in spans):
            spans.add(span)
    yield from sorted(spans)


def named_format(name: str, value: str) -> NamedFormat | None:
    """The format of a value that only its name gives away, such as ``wandb.api_key`` of a nested configuration."""
    lower = name.lower()
    if not any(word in lower for word in ACCESS_WORDS) or _NO_ACCESS.search(lower):
        return None
    for one in NAMED_FORMATS:
        if any(word in lower for word in one.words) and _value_of(one).fullmatch(value) and looks_random(value) and not is_public(value):
            return one
    return None


def has_format_of(service: str, value: str) -> NamedFormat | None:
    """The format of a service's keys, when a value that was given to that service has it."""
    known = _BY_SERVICE.get(service)
    return known if known is not None and _value_of(known).fullmatch(value) and looks_random(value) else None


@cache
def _token(one: TokenFormat) -> re.Pattern[str]:
    return re.compile(_START + one.pattern + _END)


@cache
def _frame(one: FramedFormat) -> re.Pattern[str]:
    return re.compile(one.pattern)


@cache
def _named_value(one: NamedFormat) -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in one.words)
    return re.compile(rf"(?P<name>(?i:{words})[\w./?&-]{{0,60}}){_GAP}(?P<secret>{one.value})(?![\w+/-])(?!\.[A-Za-z])")


@cache
def _value_of(one: NamedFormat) -> re.Pattern[str]:
    return re.compile(one.value)


def _lower(text: str) -> str:
    """A text in lower case, each character in its place: what a pattern that ignores case reads."""
    if not text.isascii():
        for odd, plain in _ODD_CASES:
            text = text.replace(odd, plain)
    return text.lower()


def _starting(pattern: re.Pattern[str], text: str, within: str, words: Iterable[str]) -> Iterator[re.Match[str]]:
    """The matches of a pattern that begins with one of some words, as ``finditer`` gives them; ``within`` is the text as the words are written."""
    places: set[int] = set()
    for word in words:
        place = within.find(word)
        while place >= 0:
            places.add(place)
            place = within.find(word, place + 1)
    end = 0
    for place in sorted(places):
        match = pattern.match(text, place) if place >= end else None
        if match is not None:
            yield match
            end = match.end()


def _tokens(text: str) -> Iterator[Credential]:
    for one in TOKEN_FORMATS:
        if one.literal in text:
            pattern = _token(one)
            for match in pattern.finditer(text) if one.inside else _starting(pattern, text, text, (one.literal,)):
                body = match["random"]
                if looks_random(body) and _holds(one.check, match[0]):
                    span = Span(match.start(), match.end())
                    yield Credential(one.what, span, (span,), "format", proven=one.check == "github")
    if "AKIA" in text or "ASIA" in text:
        for match in _AWS_PAIR.finditer(text):
            # The secret stands beside its id: within a few lines.
            near = text[max(0, match.start() - 400) : match.end() + 400]
            if ("AKIA" in near or "ASIA" in near) and looks_random(match["secret"]):
                span = Span(*match.span("secret"))
                yield Credential("an AWS secret key", span, (span,), "frame")


def _frames(text: str) -> Iterator[Credential]:
    for one in FRAMED_FORMATS:
        if one.literal in text:
            for match in _frame(one).finditer(text):
                secret = match["secret"]
                if one.unless and re.search(one.unless, match[0]):
                    continue
                if is_strong(secret) or (looks_random(secret) and not is_public(secret)):
                    span = Span(*match.span("secret"))
                    yield Credential(one.what, span, (span,), "frame")


def _named(text: str, lower: str) -> Iterator[Credential]:
    if not any(word in lower for word in ACCESS_WORDS):
        return
    for one in NAMED_FORMATS:
        if any(word in lower for word in one.words):
            for match in _starting(_named_value(one), text, lower, one.words):
                says = (match["name"] + match["gap"]).lower()
                if any(word in says for word in ACCESS_WORDS) and not _NO_ACCESS.search(match["name"]):
                    secret = match["secret"]
                    if looks_random(secret) and not is_public(secret):
                        span = Span(*match.span("secret"))
                        yield Credential(one.what, span, (span,), "name")


def _urls(text: str) -> Iterator[Credential]:
    for match in _addresses(text):
        user, secret, host = match["user"], match["secret"], match["host"].lower()
        if _opens(user, secret, host):
            span = Span(*match.span("secret"))
            kind = "a password" if match["scheme"].lower() in ("http", "https", "ftp", "ftps", "sftp") else "a database password"
            what = f"{kind} ({len(secret)} characters) in the address of {_shown_host(host)}"
            yield Credential(what, span, (span,), "url", _is_sure(secret, host), is_wordy(secret) and "." not in host)


def _addresses(text: str) -> Iterator[re.Match[str]]:
    """The addresses with a password. Looked for where a login may stand: few of the many addresses in a text have one."""
    end = 0
    sign = text.find("://")
    while sign >= 0:
        if text.find("@", sign, sign + _LONGEST_LOGIN) >= 0:
            # Neither an address before this one nor its sign belong to the scheme.
            start = _URL_START.search(text, max(end, sign - _LONGEST_SCHEME), sign + 3)
            match = _URL.match(text, start.start()) if start is not None else None
            if match is not None:
                yield match
                end = match.end()
        end = max(end, sign + 3)
        sign = text.find("://", end)


def _connection_strings(text: str, lower: str) -> Iterator[Credential]:
    """Passwords that stand in one string with a server and a user."""
    for match in _starting(_PASSWORD_FIELD, text, lower, _PASSWORD_WORDS):
        ends = list(_STRING_END.finditer(text, max(0, match.start() - _MAX_STRING), match.start()))
        after = _STRING_END.search(text, match.end(), match.end() + _MAX_STRING)
        around = text[ends[-1].end() if ends else max(0, match.start() - _MAX_STRING) : after.start() if after else match.end() + _MAX_STRING]
        at, by = _HOST_FIELD.search(around), _USER_FIELD.search(around)
        if at is None or by is None:
            continue
        secret, host = match["secret"], at["host"].lower()
        if host not in (".", "(local)") and _opens(by["user"], secret, host):
            span = Span(*match.span("secret"))
            what = f"a database password ({len(secret)} characters) in the connection string of {_shown_host(host)}"
            yield Credential(what, span, (span,), "url", _is_sure(secret, host), is_wordy(secret) and "." not in host)


def _opens(user: str, secret: str, host: str) -> bool:
    """Whether a user and password open a server that is not this machine; placeholders and defaults such as ``postgres:postgres`` do not."""
    if host in LOCAL_HOSTS or host.startswith("127.") or any(part in host for part in PLACEHOLDER_HOSTS) or not _is_host(host):
        return False
    return not (is_placeholder(secret) or is_derived(secret, user) or (user and is_template(user)))


def _is_sure(secret: str, host: str) -> bool:
    return (is_strong(secret) or looks_random(secret)) and "." in host


def is_template(text: str) -> bool:
    """Whether a part of an address is filled in elsewhere."""
    return any(sign in text for sign in "{}$<>%*")


def _is_host(host: str) -> bool:
    return not is_template(host) and host not in ("host", "server", "hostname", "...", "ip", "address", "endpoint", "url")


def _shown_host(host: str) -> str:
    return host if len(host) <= 60 else host[:57] + "…"


def _pems(text: str) -> Iterator[Credential]:
    if "PRIVATE KEY-----" not in text:
        return
    for match in _PEM.finditer(text):
        start = match.end()
        end = text.find("-----", start, start + _MAX_PEM)
        end = end if end >= 0 else min(len(text), start + _MAX_PEM)
        body = _PEM_FILLER.sub("", text[start:end])
        if not (_PEM_BODY.match(body) and looks_random(body[:1000])):
            continue
        lines = (Span(start + line.start(), start + line.end()) for line in _LINE.finditer(text[start:end]))
        secrets = tuple(line for line in lines if len(text[line.start : line.end].strip()) > _SHOWN)
        near = text[max(0, match.start() - 2000) : min(len(text), end + 2000)]
        what = "the private key of a Google service account" if "service_account" in near else "a private key"
        yield Credential(what, Span(match.start(), match.end()), secrets, "pem")


def _holds(check: str, token: str) -> bool:
    """Whether a token has the inner structure of its kind."""
    if check == "github":
        number, digits = zlib.crc32(token[4:34].encode()), ""
        while number:
            number, rest = divmod(number, 62)
            digits = _BASE62[rest] + digits
        return token[34:] == digits.rjust(6, "0")
    if check == "neptune":
        try:
            return b"api_key" in base64.b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            return False
    return True


def _apart(found: list[Credential]) -> list[Credential]:
    """The credentials in order; of two that overlap, the one whose basis is better."""
    order = ("format", "pem", "frame", "url", "name")
    kept: list[Credential] = []
    starts: list[int] = []
    ends: list[int] = []
    for one in sorted(found, key=lambda each: order.index(each.basis)):
        end = max(one.span.end, one.secrets[-1].end)
        place = bisect_left(starts, end)
        if place and ends[place - 1] > one.span.start:
            continue
        kept.insert(place, one)
        starts.insert(place, one.span.start)
        ends.insert(place, end)
    return kept
