"""Plain data as JSON and back: what one file gave, kept between runs.

Results, facts and directives are dataclasses of numbers, texts, tuples, sets and other such dataclasses. Each becomes a list that begins with a number: a
dataclass with the place of its class in a table of names, anything else with one of the marks below. Nothing is called on the way back but dataclasses and
enumerations of this package and of loaded plugins.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

_TUPLE, _LIST, _FROZENSET, _DICT, _FLOAT, _BYTES, _SET = 0, -1, -2, -3, -4, -5, -6
_PLAIN = frozenset((str, int, bool, type(None)))
_PACKAGE = "mlops_lint"


class NotPlain(Exception):
    """Something that cannot be kept: its type is none of those that plain data is made of."""


class Encoder:
    """Turns plain data into what ``json.dumps`` takes; ``classes`` are the names that the numbers of dataclasses and enumerations stand for."""

    def __init__(self) -> None:
        self.classes: list[str] = []
        self._numbers: dict[type, tuple[int, Callable[[Any], Sequence[Any]]]] = {}

    def encode(self, value: Any) -> Any:
        """The encoded form.

        Raises:
            NotPlain: the value, or something in it, is no plain data.
        """
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is tuple:
            return [_TUPLE, *[one if type(one) in _PLAIN else self.encode(one) for one in value]]
        known = self._numbers.get(kind)
        if known is None:
            if kind is list:
                return [_LIST, *map(self.encode, value)]
            if kind in (frozenset, set):
                return [_FROZENSET if kind is frozenset else _SET, *map(self.encode, sorted(value, key=_by_name))]
            if kind is dict:
                return [_DICT, *(self.encode(part) for item in value.items() for part in item)]
            if kind is float:
                return [_FLOAT, repr(value)]
            if kind is bytes:
                return [_BYTES, value.decode("latin-1")]
            known = self._number(kind)
        number, fields_of = known
        return [number, *[one if type(one) in _PLAIN else self.encode(one) for one in fields_of(value)]]

    def _number(self, kind: type) -> tuple[int, Callable[[Any], Sequence[Any]]]:
        fields_of: Callable[[Any], Sequence[Any]]
        if issubclass(kind, enum.Enum):
            fields_of = _name_of
        elif dataclasses.is_dataclass(kind):
            fields_of = _reader(tuple(one.name for one in dataclasses.fields(kind) if one.init))
        else:
            raise NotPlain(f"{kind.__module__}.{kind.__qualname__}")
        name = f"{kind.__module__}:{kind.__qualname__}"
        if _class_of(name) is not kind:
            raise NotPlain(name)
        self.classes.append(name)
        self._numbers[kind] = known = (len(self.classes), fields_of)
        return known


class Decoder:
    """The way back, for one table of class names.

    Raises:
        NotPlain: a name is that of no dataclass or enumeration that may be made.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self._makers: list[Callable[..., Any]] = [_nothing, *map(_maker, classes)]

    def decode(self, value: Any) -> Any:
        """The value that was encoded.

        Raises:
            NotPlain: this is no encoded form.
        """
        if type(value) is not list:
            return value
        mark = value[0]
        parts = [self.decode(one) if type(one) is list else one for one in value[1:]]
        if mark > 0:
            return self._makers[mark](*parts)
        if mark == _TUPLE:
            return tuple(parts)
        if mark == _LIST:
            return parts
        if mark == _FROZENSET:
            return frozenset(parts)
        if mark == _SET:
            return set(parts)
        if mark == _DICT:
            return dict(zip(parts[::2], parts[1::2], strict=True))
        if mark == _FLOAT:
            return float(parts[0])
        if mark == _BYTES:
            return parts[0].encode("latin-1")
        raise NotPlain(f"mark {mark}")


def _nothing(*_: Any) -> Any:
    raise NotPlain("mark 0")


def _reader(names: tuple[str, ...]) -> Callable[[Any], Sequence[Any]]:
    if not names:
        return lambda value: ()
    read = attrgetter(*names)
    return read if len(names) > 1 else lambda value: (read(value),)


def _name_of(value: enum.Enum) -> Sequence[Any]:
    return (value.name,)


def _by_name(value: Any) -> tuple[str, str]:
    return (type(value).__name__, repr(value))


def _maker(name: str) -> Callable[..., Any]:
    kind: Any = _class_of(name)
    if kind is None:
        raise NotPlain(name)
    maker: Callable[..., Any] = kind.__getitem__ if issubclass(kind, enum.Enum) else kind
    return maker


@lru_cache(maxsize=1024)
def _class_of(name: str) -> Any:
    """The dataclass or enumeration of a name such as ``package.module:Class``, if there is one that may be made."""
    module_name, _, qualname = name.partition(":")
    if module_name.partition(".")[0] != _PACKAGE and module_name not in sys.modules:
        return None
    try:
        found: Any = importlib.import_module(module_name)
        for part in qualname.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return None
    return found if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, enum.Enum)) else None
