"""Personal names: which names of columns, attributes and variables say that they hold personal data."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from mlops_lint.knowledge.personal_data import KEYED_ONLY, MASKING_WORDS, NEUTRAL_ENDS, NOT_PERSONAL_STARTS, PERSONAL_WORDS, PERSONS, WITH_PERSONS

_KINDS: dict[str, str] = {phrase: kind for kind, by_language in PERSONAL_WORDS.items() for phrases in by_language.values() for phrase in phrases}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LONGEST = 4
_MAX_NAME = 60


@lru_cache(maxsize=20_000)
def personal_kind(name: str, is_keyed: bool = True) -> str:
    """What kind of personal data a name stands for; empty for anything else. ``is_keyed``: it is a column, key or attribute, not a plain variable."""
    words = _words(name)
    while len(words) > 1 and words[-1] in NEUTRAL_ENDS:
        words = words[:-1]
    for length in range(min(_LONGEST, len(words)), 0, -1):
        phrase = " ".join(words[-length:])
        for spelled in (phrase, phrase.removesuffix("s"), phrase.removesuffix("es")):
            if spelled in _KINDS:
                if not is_keyed and spelled in KEYED_ONLY and length == len(words):
                    return ""
                return "" if NOT_PERSONAL_STARTS & set(words[:-length]) else _KINDS[spelled]
    return ""


@lru_cache(maxsize=2_000)
def weak_kind(name: str) -> str:
    """What kind of personal data a name stands for in a table about persons."""
    return WITH_PERSONS.get(" ".join(_words(name)), "")


@lru_cache(maxsize=20_000)
def speaks_of_persons(name: str) -> bool:
    """Whether a name or a path says that persons are meant."""
    return not PERSONS.isdisjoint(_words(name[:200]))


@lru_cache(maxsize=20_000)
def is_masking(name: str) -> bool:
    """Whether a function's name says that it takes away what identifies a person."""
    lowered = name.lower()
    return any(word in lowered for word in MASKING_WORDS)


def _words(name: str) -> list[str]:
    """The words of a name in lower case, without accents: of ``userEMail_1`` they are ``user``, ``e``, ``mail`` and ``1``."""
    if len(name) > 200:
        return []
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word.lower() for word in _WORD.findall(plain)][:12] if len(plain) <= _MAX_NAME or "/" in plain else []
