"""Every regular expression of the package takes linear time (TRUST class 25): shown of its parts, and tried on long texts made against it."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

import mlops_lint

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    if sys.version_info >= (3, 11):
        from re import _constants as constants
        from re import _parser as parser
    else:
        import sre_constants as constants
        import sre_parse as parser

REPEATS = {constants.MAX_REPEAT, constants.MIN_REPEAT}
POSSESSIVE = {getattr(constants, "POSSESSIVE_REPEAT", None), getattr(constants, "ATOMIC_GROUP", None)} - {None}
LENGTH = 100_000
SECONDS = 1.0
"""For a hundred thousand characters; a quadratic pattern takes minutes."""
MANY = 200
"""A repetition of more than this counts as one without an end."""


def patterns() -> dict[str, re.Pattern[str] | re.Pattern[bytes]]:
    """All compiled patterns that stand in the modules of the package, in their tables and their rules' hooks."""
    found: dict[str, re.Pattern[Any]] = {}
    for info in pkgutil.walk_packages(mlops_lint.__path__, "mlops_lint."):
        if info.name == "mlops_lint.__main__":
            continue
        module = importlib.import_module(info.name)
        seen: set[int] = set()
        for name, value in sorted(vars(module).items()):
            for number, one in enumerate(_compiled(value, seen)):
                found.setdefault(f"{info.name.removeprefix('mlops_lint.')}.{name}{f'-{number}' if number else ''}", one)
    unique: dict[tuple[Any, int], str] = {}
    for name, one in found.items():
        unique.setdefault((one.pattern, one.flags), name)
    return {name: found[name] for name in unique.values()}


def _compiled(value: Any, seen: set[int], depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
        return
    if id(value) in seen or depth > 5 or isinstance(value, (str, bytes, int, type)) or value is None:
        return
    seen.add(id(value))
    inner: Iterable[Any] = ()
    if isinstance(value, dict):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        inner = value
    elif type(value).__module__.startswith("mlops_lint."):
        names = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        inner = [*vars(value).values()] if hasattr(value, "__dict__") else [getattr(value, name, None) for name in names]
    for one in inner:
        yield from _compiled(one, seen, depth + 1)


PATTERNS = patterns()


def test_the_walk_finds_them() -> None:
    assert len(PATTERNS) > 200
    assert {"documents.json._BLANK", "python.skim._TOKEN", "engine.directives._DIRECTIVE", "report.escape._UNSAFE"} <= set(PATTERNS)


# -- what a pattern is made of -----------------------------------------------------------------------------------------------------------------------
#
# A repetition inside a repetition is exponential when the text of the inner one can be cut in several ways: when what may follow an item inside it may
# also begin another item. Sets of characters are worked out over those below 256 and some of the rest, which stand for their classes.

SAMPLE = [chr(code) for code in range(256)] + ["\u0131", "\u0661", "\u2028", "\u4e00", "\ufeff", "\U0001f600"]
ALL = frozenset(SAMPLE)


def characters(kind: Any, value: Any, flags: int) -> frozenset[str]:
    """The characters that one item of a pattern matches."""
    if kind is constants.LITERAL:
        return _folded({chr(value)}, flags)
    if kind is constants.NOT_LITERAL:
        return ALL - {chr(value)}
    if kind is constants.ANY:
        return ALL if flags & re.DOTALL else ALL - {"\n"}
    if kind is constants.IN:
        found: set[str] = set()
        negated = False
        for inner, one in value:
            if inner is constants.NEGATE:
                negated = True
            elif inner is constants.LITERAL:
                found.add(chr(one))
            elif inner is constants.RANGE:
                found.update(char for char in SAMPLE if one[0] <= ord(char) <= one[1])
                found.update(chr(code) for code in (one[0], one[1]))
            else:
                found |= _category(one, flags)
        folded = _folded(found, flags)
        return ALL - folded if negated else folded
    raise AssertionError(kind)


def _folded(found: set[str], flags: int) -> frozenset[str]:
    if flags & re.IGNORECASE:
        found = {other for char in found for other in (char, char.lower(), char.upper()) if len(other) == 1}
    return frozenset(found)


def _category(name: Any, flags: int) -> frozenset[str]:
    word = str(name).lower().removeprefix("category_")
    negated = word.startswith("not_")
    escape = {"digit": r"\d", "space": r"\s", "word": r"\w"}[word.removeprefix("not_")]
    compiled = re.compile(escape, re.ASCII if flags & re.ASCII else 0)
    return frozenset(char for char in SAMPLE if (compiled.match(char) is None) is negated)


def first(items: list[Any], flags: int) -> tuple[frozenset[str], bool]:
    """The characters that a sequence may begin with, and whether it may be empty."""
    found: frozenset[str] = frozenset()
    for kind, value in items:
        one, empty = _first(kind, value, flags)
        found |= one
        if not empty:
            return found, False
    return found, True


def _first(kind: Any, value: Any, flags: int) -> tuple[frozenset[str], bool]:
    if kind in (constants.LITERAL, constants.NOT_LITERAL, constants.ANY, constants.IN):
        return characters(kind, value, flags), False
    if kind in REPEATS or kind is getattr(constants, "POSSESSIVE_REPEAT", None):
        low, _, inner = value
        found, empty = first(list(inner), flags)
        return found, empty or low == 0
    if kind is constants.SUBPATTERN:
        return first(list(value[3]), flags)
    if kind is getattr(constants, "ATOMIC_GROUP", None):
        return first(list(value), flags)
    if kind is constants.BRANCH:
        several = [first(list(one), flags) for one in value[1]]
        return frozenset().union(*(found for found, _ in several)), any(empty for _, empty in several)
    if kind is constants.GROUPREF:
        return ALL, True
    if kind is constants.GROUPREF_EXISTS:
        several = [first(list(one), flags) for one in value[1:] if one is not None]
        return frozenset().union(*(found for found, _ in several)), True
    return frozenset(), True  # an assertion


def endless(kind: Any, value: Any) -> bool:
    return kind in REPEATS and (value[1] is constants.MAXREPEAT or value[1] > MANY)


def complaints(items: list[Any], flags: int, after: frozenset[str] = frozenset()) -> Iterator[str]:
    """What may take more than linear time inside one repetition, ``after`` being what may come after the items: the beginning of the next round."""
    for place, (kind, value) in enumerate(items):
        following, empty = first(items[place + 1 :], flags)
        following |= after if empty else frozenset()
        if kind in REPEATS:
            inner = list(value[2])
            begins, may_be_empty = first(inner, flags)
            if endless(kind, value):
                if may_be_empty and any(endless(*one) for one in _within(inner)):
                    yield "a repetition of what may be empty"
                if after and begins & following:
                    yield f"a repetition inside a repetition, and both go on with {sorted(begins & following)[:5]}"
                yield from complaints(inner, flags, begins | (following if after else frozenset()))
            else:
                yield from complaints(inner, flags, following if after else frozenset())
        elif kind is constants.SUBPATTERN:
            yield from complaints(list(value[3]), flags, following if after else frozenset())
        elif kind is constants.BRANCH:
            for one in value[1]:
                yield from complaints(list(one), flags, following if after else frozenset())
        elif kind in (constants.ASSERT, constants.ASSERT_NOT):
            yield from complaints(list(value[1]), flags)


def _within(items: list[Any]) -> Iterator[tuple[Any, Any]]:
    for kind, value in items:
        yield kind, value
        if kind in REPEATS:
            yield from _within(list(value[2]))
        elif kind is constants.SUBPATTERN:
            yield from _within(list(value[3]))
        elif kind is constants.BRANCH:
            for one in value[1]:
                yield from _within(list(one))


def read(pattern: re.Pattern[Any]) -> tuple[list[Any], int]:
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    return list(parser.parse(source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags)), pattern.flags


# What the judge cannot see, because it does not read assertions and does not know that a pattern cannot fail; each with a text made against it.
EXCUSED = {
    "documents.json._BLANK": ("nothing comes after it, so it never tries again", "/*" + "*//" * 1_000 + "/*"),
    "documents.toml._BLANK": ("nothing comes after it, so it never tries again", "#" * 5_000 + "x"),
    "documents.requirements._TOKEN": ("nothing comes after it, so it never tries again", "\"'" * 3_000 + " x"),
    "facts.entrypoints._COMMAND": ("a value is held to its end by an assertion", "python " + '-a=b,-a="-a=" ' * 1_000 + "x"),
}


@pytest.mark.parametrize("name", EXCUSED)
def test_what_is_excused_is_linear_all_the_same(name: str) -> None:
    _, text = EXCUSED[name]
    assert list(complaints(*read(PATTERNS[name]))), "it needs no excuse any more"
    began = time.process_time()
    assert sum(1 for _ in PATTERNS[name].finditer(text)) >= 0
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("name", sorted(set(PATTERNS) - set(EXCUSED)))
def test_no_repetition_is_inside_another_with_two_ways_to_read_it(name: str) -> None:
    assert sorted(set(complaints(*read(PATTERNS[name])))) == []


@pytest.mark.parametrize(
    "bad", [r"(a+)+b", r"(a*)*", r"(?:\w+\s*)+:", r"(?:a|\w+)+x", r"(\s*#.*\s*)*$", r"(?:[^\"]+|\\.)*\"", r"([a-z]+[0-9]*)+!", r"(?:[^\"\\]+|\\.)*\""]
)
def test_the_judge_knows_bad_ones(bad: str) -> None:
    assert list(complaints(*read(re.compile(bad))))


@pytest.mark.parametrize("good", [r"[^\"\\]*(?:\\.[^\"\\]*)*\"", r"(?:\d+\.)*\d+", r"(?:a|b)+", r"\w+(?:\.\w+)*", r"(?:#[^\n]*\n)*"])
def test_the_judge_knows_good_ones(good: str) -> None:
    assert not list(complaints(*read(re.compile(good))))


# -- long texts --------------------------------------------------------------------------------------------------------------------------------------


def pumps(items: list[Any], flags: int) -> Iterator[tuple[str, str]]:
    """For each repetition without an end: what leads to it, and what it goes on with, as a text that fits."""
    lead = ""
    for kind, value in items:
        if kind in REPEATS and endless(kind, value):
            yield lead, sample(list(value[2]), flags) or "a"
        if kind in REPEATS:
            for more, one in pumps(list(value[2]), flags):
                yield lead + more, one
        elif kind is constants.SUBPATTERN:
            for more, one in pumps(list(value[3]), flags):
                yield lead + more, one
        elif kind is constants.BRANCH:
            for branch in value[1]:
                for more, one in pumps(list(branch), flags):
                    yield lead + more, one
        lead += sample([(kind, value)], flags)


def sample(items: list[Any], flags: int) -> str:
    """A text that a sequence matches, as far as that is easily told."""
    text = ""
    for kind, value in items:
        if kind in (constants.LITERAL, constants.NOT_LITERAL, constants.ANY, constants.IN):
            found = characters(kind, value, flags)
            text += chr(value) if kind is constants.LITERAL else next((one for one in "a1 .-/=\"'" if one in found), min(found, default=""))
        elif kind in REPEATS:
            text += sample(list(value[2]), flags) * max(value[0], 1)
        elif kind is constants.SUBPATTERN:
            text += sample(list(value[3]), flags)
        elif kind is constants.BRANCH:
            text += sample(list(value[1][0]), flags)
    return text


@pytest.mark.parametrize("name", PATTERNS)
def test_long_texts_take_linear_time(name: str) -> None:
    pattern = PATTERNS[name]
    items, flags = read(pattern)
    texts = {f"{lead}{one * (LENGTH // max(len(one), 1))}" for lead, one in list(dict.fromkeys(pumps(items, flags)))[:6]}
    for text in sorted(texts)[:6]:
        for given in (text, text + "\x00"):
            data: Any = given.encode("utf-8", "surrogatepass") if isinstance(pattern.pattern, bytes) else given
            began = time.process_time()
            pattern.match(data)
            assert time.process_time() - began < SECONDS
