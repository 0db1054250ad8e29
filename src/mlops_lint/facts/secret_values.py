"""Whether a text is a real secret: what its name says, what only stands in a secret's place, what looks drawn at random."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from itertools import pairwise

from mlops_lint.knowledge.credentials import (
    ACCESS_WORDS,
    DEFAULT_PASSWORDS,
    HARMLESS_NAME,
    PLACEHOLDER_WORDS,
    PUBLIC_DIGESTS,
    RARE_IN_RANDOM,
    SECRET_NAME,
    VOCABULARY,
)

MAX_LENGTH = 10_000
"""Characters beyond which a value is data rather than a secret."""

_SECRET_NAME = re.compile(SECRET_NAME, re.IGNORECASE)
_HARMLESS_NAME = re.compile(HARMLESS_NAME, re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Templates of shells, Jinja, Python, Windows, CI systems and secret stores; a secret that is encrypted or named by reference is not one in the clear.
_TEMPLATE = re.compile(
    r"\$\{|\$\(|^\$\w|\{\{|^\{.*\}$|\{[A-Za-z_][\w.]*\}|^<.*>$|<[\w -]+>|%\(|^%\w*%?$|%s|\.\.\.|…|\*{3}|@@|^\[.*\]$|^@\w+@$|^__\w+__$|(?:^|[-_])[xX]{3,}"
    r"|^(?:ENC\[|encrypted:|enc:|vault:|arn:|op://|ssm:|file:|secretref:|keyvault:|projects/[^/]+/secrets/|/run/secrets/)",
    re.DOTALL,
)
_FEW_DIGITS = 4
_SAYS_PASSWORD = re.compile(r"passw(?:or)?d|pass|secret|pwd|token|user")
_WORDY = re.compile(r"[A-Za-z]+(?:[-_.@ ][A-Za-z]+)*[-_.@]?\d{0,4}[!]?")
_NO_CORE = frozenset(("", *DEFAULT_PASSWORDS))
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_WORDS = re.compile(r"[A-Za-z]+|\d+")
_REPEATED = re.compile(r"(.)\1{5,}|(.{2,4})\2{3,}", re.DOTALL)
_ZEROS = re.compile(r"0{8}-0{4}|1234-")
_HEX = re.compile(r"[0-9a-f_-]+|[0-9A-F_-]+")
_ISSUED = re.compile(r"[\w.~+/=:!@#%^&*?-]+")
_MIN_KEY = 10
_MIN_DRAWN = 24
_PLAIN = re.compile(r"[-+]?[\d.,:]*|(?:true|false|yes|no|on|off|null|none)", re.IGNORECASE)
_PATH = re.compile(r"(?:~|\.{1,2})?/[\w./~ -]*|[\w./\\:-]+\.(?:json|pem|key|txt|ya?ml|toml|env|crt|p12|cfg|ini)|[A-Za-z]:\\.*")


def names_secret(name: str) -> bool:
    """Whether a variable, key or parameter of this name holds what opens something."""
    snake = _CAMEL.sub("_", name)[:200]
    return _SECRET_NAME.search(snake) is not None and _HARMLESS_NAME.search(snake) is None


def is_placeholder(value: str) -> bool:
    """Whether a value stands for a secret (templates, ``your-key``, ``changeme``, names of variables, rows of one character) or opens a fresh service only."""
    bare = value.strip().strip("\"'`").strip()
    lower = bare.lower()
    if len(bare) < 4 or len(bare) > MAX_LENGTH or lower in DEFAULT_PASSWORDS or _TEMPLATE.search(bare):
        return True
    if any(word in lower for word in PLACEHOLDER_WORDS) or is_public(bare) or is_monotonous(bare):
        return True
    if _VARIABLE.fullmatch(bare) and any(word in lower for word in ACCESS_WORDS):
        return True
    words = [word.lower() for word in _WORDS.findall(_CAMEL.sub(" ", bare))]
    letters = [word for word in words if not word.isdigit()]
    digits = sum(len(word) for word in words if word.isdigit())
    if not letters or digits > _FEW_DIGITS:
        return False
    unknown = [word for word in letters if word not in VOCABULARY and word not in DEFAULT_PASSWORDS]
    # A letter or two beside words, as in "s3_password", say nothing.
    return not unknown or (len(letters) > 1 and len(unknown) == 1 and len(unknown[0]) < 3) or _core(bare) in _NO_CORE


def is_derived(value: str, name: str) -> bool:
    """Whether a password is a name with a word or a few digits to it (``mlflow123`` or ``mlflow_secret`` for ``mlflow``): a default, not a choice."""
    return value.lower() == name.lower() or (len(name) >= 3 and _core(value) == re.sub(r"[^a-z]", "", name.lower()) != "")


def is_wordy(value: str) -> bool:
    """Whether a password is made of words and at most a year or a few digits."""
    return _WORDY.fullmatch(value) is not None


def _core(value: str) -> str:
    """What a password says besides ``password``, ``secret``, digits and signs; the value itself where it has many digits."""
    if sum(c.isdigit() for c in value) > _FEW_DIGITS:
        return value
    core = re.sub(r"[^a-z]", "", _SAYS_PASSWORD.sub("", value.lower()))
    half = len(core) // 2
    return core[:half] if len(core) > 5 and core[:half] == core[half:] else core


def is_monotonous(value: str) -> bool:
    """Whether a value is a row of few characters, one of steps (``123456``, ``abcdef``), or a repeated piece."""
    if len(set(value)) <= max(2, min(4, len(value) // 6)) or _REPEATED.search(value) or _ZEROS.search(value):
        return True
    longest = run = 1
    lower = value.lower()
    for before, after in pairwise(lower):
        run = run + 1 if ord(after) - ord(before) == 1 or (before, after) == ("9", "0") else 1
        longest = max(longest, run)
    return longest >= 8 or longest * 2 > len(value)


def looks_random(value: str) -> bool:
    """Whether a text has the entropy and the mix of characters of one drawn at random from its alphabet, and no word that chance does not make."""
    length = len(value)
    if length < 8 or length > MAX_LENGTH:
        return False
    lower = value.lower()
    if any(word in lower for word in RARE_IN_RANDOM) or is_monotonous(value):
        return False
    classes = any(c.islower() for c in value) + any(c.isupper() for c in value) + any(c.isdigit() for c in value)
    if length >= 20 and classes < 2:
        return False
    alphabet = 16 if _HEX.fullmatch(value) else 36 if classes < 3 else 62
    return entropy(value) >= (0.78 if length >= 24 else 0.72) * math.log2(min(length, alphabet))


def entropy(value: str) -> float:
    """Shannon entropy of a text's characters, in bits for each."""
    length = len(value)
    return -sum(count / length * math.log2(count / length) for count in Counter(value).values()) if length else 0.0


def is_strong(value: str) -> bool:
    """Whether a password is one that somebody chose to keep others out: eight characters of two classes at least, and no placeholder."""
    classes = any(c.isalpha() for c in value) + any(c.isdigit() for c in value) + any(not c.isalnum() for c in value)
    return len(value) >= 8 and classes >= 2 and not is_placeholder(value)


def is_public(value: str) -> bool:
    """Whether a value is a credential that everybody knows, such as the key of an emulator."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest() in PUBLIC_DIGESTS


def is_secret_value(value: str) -> bool:
    """Whether the value of a setting with a secret's name is one: no placeholder, number, switch, path or address."""
    bare = value.strip()
    if len(bare) < 6 or "://" in bare or len(bare.split()) > 3:
        return False
    return not (is_placeholder(bare) or _PLAIN.fullmatch(bare) or _PATH.fullmatch(bare))


def is_chosen(value: str) -> bool:
    """Whether a value that is handed over as a password may be one that somebody chose."""
    return len(value) >= 4 and not is_placeholder(value)


def is_issued(value: str) -> bool:
    """Whether a value may be a key that a service gave out: one word, long enough, no placeholder, more than letters of one case."""
    if len(value) < _MIN_KEY or not _ISSUED.fullmatch(value) or is_placeholder(value):
        return False
    return any(c.isdigit() for c in value) or (len(value) >= 20 and value.isalpha() and not value.islower() and not value.isupper())


def is_drawn(value: str) -> bool:
    """Whether a value is so long and so random that nothing but a key is written so, whatever it is handed to."""
    return len(value) >= _MIN_DRAWN and looks_random(value)
