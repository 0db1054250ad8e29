"""Validation: calls that look at data and raise, or that stop a pipeline, when the data are not as they should be."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from mlops_lint.flow.models.call import Call
from mlops_lint.flow.scopes import ClassInfo, Function
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.validation import CHECKER_MODULES, CHECKERS, CHECKING_DECORATORS, CHECKING_METHODS, CHECKING_WORDS, OPAQUE_PACKAGES
from mlops_lint.python.calls import CallPattern

_CHECKERS = CallPattern(CHECKERS)
_CHECKING_NAME = re.compile(CHECKING_WORDS, re.IGNORECASE)


def note(call: Call) -> None:
    """Give a call the role ``validate`` when it checks the data that it is given."""
    event = call.event
    if not call.args and not call.keywords and call.receiver is None:
        return
    if event.names:
        # A helper of a package nobody knows is taken at its word.
        checks = _are_checkers(event.names) or (_sounds_checking(event.method) and not _are_opaque(event.names))
    else:
        checks = _is_checking_method(call) or _sounds_checking(event.method)
    if checks:
        call.role("validate")


@lru_cache(maxsize=4096)
def _are_checkers(names: frozenset[str]) -> bool:
    return _CHECKERS.matches(names)


def _are_opaque(names: frozenset[str]) -> bool:
    return any(name.partition(".")[0] in OPAQUE_PACKAGES for name in names)


def _is_checking_method(call: Call) -> bool:
    method = call.event.method
    if call.receiver is None:
        return False
    if method in CHECKING_METHODS or method.startswith("expect_"):
        return True
    made = call.receiver.event
    if made is not None and any(name.startswith(CHECKER_MODULES) for name in made.names):
        return True
    owner = call.receiver.owner
    return owner is not None and any(name.startswith(CHECKER_MODULES) for name in owner.outside)


@lru_cache(maxsize=4096)
def _sounds_checking(method: str) -> bool:
    return bool(_CHECKING_NAME.search(method))


def note_own(event: Event, callees: tuple[Function | ClassInfo, ...]) -> bool:
    """The same for the project's own code: a decorator that checks, a class that extends a schema."""
    for callee in callees:
        if isinstance(callee, ClassInfo):
            checks = any(name.startswith(CHECKER_MODULES) for name in callee.outside)
        else:
            owner = callee.owner
            checks = any(CHECKING_DECORATORS & names_of(one) for one in callee.decorators)
            checks = checks or (owner is not None and any(name.startswith(CHECKER_MODULES) for name in owner.outside))
        if checks:
            event.mean("validate")
            return True
    return False


def names_of(decorator: Thing) -> frozenset[str]:
    """The qualified names of a decorator, called or not."""
    return decorator.names or (decorator.event.names if decorator.event is not None else frozenset())


def is_trivial(code: Any) -> bool:
    """Whether a test (in lowered code) says nothing of the data: only their presence or their type."""
    if code[0] == "o":
        return all(is_trivial(one) for one in code[1])
    if code[0] == "!":
        return is_trivial(code[2])
    if code[0] == "?":
        return all(operator in ("is", "is not") for operator in code[1])
    return bool(code[0] == "c" and code[1][0] == "n" and code[1][1] in ("isinstance", "hasattr", "callable"))
