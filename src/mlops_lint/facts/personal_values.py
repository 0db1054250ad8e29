"""Personal values: whether what an expression gives is personal data in the clear, by the names it goes by and by where it comes from."""

from __future__ import annotations

import re
from typing import Any

from mlops_lint.facts.personal_names import is_masking, personal_kind
from mlops_lint.flow.lower import Code
from mlops_lint.flow.scopes import Function
from mlops_lint.flow.things import Thing
from mlops_lint.python.values import UNKNOWN

_DEPTH = 12
_SAME_METHODS = frozenset(
    "astype capitalize casefold copy decode drop_duplicates dropna encode fillna format head item iloc join lower lstrip reset_index rstrip sample sort_values "
    "sort_index strip tail title to_csv to_dict to_html to_json to_list to_markdown to_numpy to_string tolist unique upper values".split()
)
_SAME_FUNCTIONS = frozenset("str repr list tuple set sorted dict dumps format pformat array asarray Series DataFrame print".split())
_SAME_ATTRIBUTES = frozenset({"values", "str", "loc", "iloc", "at", "iat", "data", "text", "value", "T", "array"})
_GETTERS = frozenset({"get", "getattr", "pop", "getlist"})
# What belongs to the program or the machine, not to a person.
_PROGRAM = frozenset(
    "args arg opt opts options cfg conf config configs configuration settings setting env environ os parser flags hparams params smtp server socket host node "
    "app mailer secrets credentials creds author maintainer metadata __version__ setup project package cls".split()
)
_MASKS = re.compile(r"\*|x{3,}|X{3,}|#{3,}|redact|mask|hidden|\.{3}", re.IGNORECASE)
_GIVES_VALUES = ("item", "tolist", "unique")
_NO_VALUES = frozenset(
    {"number", "measure", "mask", "aggregate", "module", "keras-model", "optimizer", "dataset", "loader", "transformer", "classifier"}
)


def personal(code: Code | None, thing: Thing | None, depth: int = _DEPTH) -> tuple[str, str] | None:
    """The kind of personal data that an expression gives in the clear, and the name that says so; ``None`` when it gives none.

    ``code`` is the expression, ``thing`` what it was when it was evaluated; either may be missing.
    """
    if depth <= 0 or (thing is not None and _is_no_value(thing)):
        return None
    found = _by_code(code, thing, depth) if code is not None else None
    if found is None and thing is not None and (code is None or code[0] in ("n", "a", "s", "c")):
        found = _by_thing(thing, depth, set())
    return found


def is_masked(thing: Thing) -> bool:
    """Whether a value was hashed, masked or cut on its way, as far as its way can be seen."""
    waiting, seen = [(thing, 0)], {id(thing)}
    while waiting:
        one, far = waiting.pop()
        if one.event is not None and _masks(one):
            return True
        if one.how[:1] == ("column",) and len(one.parents) > 1 and isinstance(one.parents[0].constant, str):
            return True
        if one.how[:1] == ("column",) and (given := _assigned(one)) is not None:
            if isinstance(given.constant, str):
                return True
            waiting.append((given, far + 1))
        if one.how[:1] == ("binary",) and any(isinstance(part.constant, str) and _MASKS.search(part.constant) for part in one.parents):
            return True
        if one.how[:1] == ("text",) and any(isinstance(part.constant, str) and _MASKS.search(part.constant) for part in one.parents):
            return True
        if one.how[:1] in (("column",), ("item",), ("attribute",)) and not (len(one.parents) > 1 and far == 0):
            continue  # what it was taken from is another value
        for parent in one.parents[:1] if one.how[:1] == ("column",) else one.parents:
            if id(parent) not in seen and far < 8:
                seen.add(id(parent))
                waiting.append((parent, far + 1))
    return False


def _assigned(column: Thing) -> Thing | None:
    """What ``frame.assign(column=…)`` put into a column."""
    made = column.how[2].event
    return made.keywords[column.how[1]].thing if made is not None and made.method == "assign" and column.how[1] in made.keywords else None


def _masks(thing: Thing) -> bool:
    """Whether the call that made a thing masks: by its own name, or by that of the function it was given."""
    event = thing.event
    if event is None or event.result is not thing:
        return False
    if is_masking(event.method) or any(is_masking(name.rpartition(".")[2]) or name.startswith("hashlib.") for name in event.names):
        return True
    return any(_callee_masks(seen.thing) for seen in event.inputs())


def _callee_masks(thing: Thing) -> bool:
    if any(is_masking(name) or name == "builtins.hash" for name in thing.names):
        return True
    return any(isinstance(one, Function) and (is_masking(one.name) or _speaks_of_masking(one.body)) for one in thing.callees)


def _speaks_of_masking(code: Any) -> bool:
    """Whether some code calls something that masks, or writes a mask."""
    if not isinstance(code, list):
        return False
    if len(code) > 1 and code[0] in ("n", "k") and isinstance(code[1], str):
        return is_masking(code[1]) or (code[0] == "k" and _MASKS.search(code[1]) is not None)
    if len(code) > 2 and code[0] == "a" and isinstance(code[2], str) and is_masking(code[2]):
        return True
    return any(_speaks_of_masking(part) for part in code)


def _is_no_value(thing: Thing) -> bool:
    """Whether something is no personal value whatever it is called: a figure, a module, a function, a constant of the program."""
    if thing.names or thing.callees or (thing.kinds & _NO_VALUES and not (thing.event is not None and thing.event.method in _GIVES_VALUES)):
        return True
    constant = thing.constant
    if constant is UNKNOWN or isinstance(constant, (list, tuple)):
        return False
    if not isinstance(constant, str):
        return True
    return not ("@" in constant.strip("@") or sum(map(str.isdigit, constant)) >= 6)


# -- by the expression -------------------------------------------------------------------------------------------------------------------------------


def _by_code(code: Code, thing: Thing | None, depth: int) -> tuple[str, str] | None:
    kind = code[0]
    if kind == "n":
        return _named(code[1], False, thing)
    if kind == "a":
        return _of_attribute(code, thing, depth)
    if kind == "s":
        return _of_item(code, thing, depth)
    if kind == "c":
        return _of_call(code, thing, depth)
    if kind == "f":
        return _first(code[1], thing, depth)
    if kind == "b" and code[1] in ("+", "%"):
        return _first(code[2], thing, depth)
    if kind in ("t", "l", "S"):
        return _first(code[1], thing, depth)
    if kind == "o":
        return _first(code[1], None, depth)
    if kind == "d":
        return _of_dictionary(code, thing, depth)
    if kind == "i":
        return personal(code[2], None, depth - 1) or personal(code[3], None, depth - 1)
    if kind == "C":
        return personal(code[3], None, depth - 1) or (personal(code[4], None, depth - 1) if code[4] is not None else None)
    if kind in ("*", "A", "w"):
        return personal(code[-1], None, depth - 1)
    return None


def _named(name: str, is_keyed: bool, thing: Thing | None) -> tuple[str, str] | None:
    """What a name says, unless the value is known to be masked or the name is one of a constant."""
    kind = personal_kind(name, is_keyed)
    if not is_keyed and (name.isupper() or (thing is not None and thing.is_a("dataframe"))):
        return None  # a constant of the program, or a whole table
    if not kind or (thing is not None and is_masked(thing)):
        return None
    return kind, name


def _of_attribute(code: Code, thing: Thing | None, depth: int) -> tuple[str, str] | None:
    if code[2] in _SAME_ATTRIBUTES:
        return personal(code[1], None, depth - 1)
    return None if _is_of_program(code[1]) or code[2].isupper() else _named(code[2], True, thing)


def _of_item(code: Code, thing: Thing | None, depth: int) -> tuple[str, str] | None:
    key = code[2]
    if _is_of_program(code[1]):
        return None
    if key[0] == "t" and len(key[1]) == 2 and code[1][0] == "a" and code[1][2] in ("loc", "at"):
        key = key[1][1]
    if key[0] == "k":
        return _named(key[1], True, thing) if isinstance(key[1], str) else personal(code[1], None, depth - 1)
    if key[0] == "l":
        names = [one[1] for one in key[1] if one[0] == "k" and isinstance(one[1], str)]
        return next((found for name in names if (found := _named(name, True, None)) is not None), None)
    if key[0] == ":" and (thing is None or not thing.kinds & {"dataframe", "series", "list"}):
        return None  # a part of a text may be what a mask leaves
    return personal(code[1], None, depth - 1)


def _of_call(code: Code, thing: Thing | None, depth: int) -> tuple[str, str] | None:
    callee, arguments, keywords = code[1], code[2], code[3]
    name = callee[2] if callee[0] == "a" else callee[1] if callee[0] == "n" else ""
    if name in _GETTERS and arguments:
        key = arguments[1] if name == "getattr" and len(arguments) > 1 else arguments[0]
        holder = callee[1] if callee[0] == "a" else arguments[0]
        if key[0] == "k" and isinstance(key[1], str) and not _is_of_program(holder):
            return _named(key[1], True, thing)
        return None
    if name in _SAME_FUNCTIONS or name in _SAME_METHODS:
        found = next((one for part, given in _arguments(arguments, keywords, thing) if (one := personal(part, given, depth - 1)) is not None), None)
        if found is None and callee[0] == "a" and name in _SAME_METHODS:
            found = personal(callee[1], _receiver(thing), depth - 1)
        return found
    return None


def _arguments(arguments: list[Code], keywords: list[Code], thing: Thing | None) -> list[tuple[Code, Thing | None]]:
    """The arguments of the call that gave a thing, with what they were, as far as they stand side by side."""
    made = thing.event if thing is not None and thing.event is not None and thing.event.result is thing else None
    known: list[Thing | None] = (
        [seen.thing for seen in made.args] if made is not None and len(made.args) == len(arguments) else [None] * len(arguments)
    )
    named = [(code, made.keywords[name].thing if made is not None and name in made.keywords else None) for name, code in keywords]
    return [*zip(arguments, known, strict=True), *named]


def _of_dictionary(code: Code, thing: Thing | None, depth: int) -> tuple[str, str] | None:
    for key, value in code[1]:
        inside = None
        if key is not None and key[0] == "k" and isinstance(key[1], str):
            inside = thing.field(f"[{key[1]!r}]") if thing is not None else None
        found = personal(value, inside, depth - 1)
        if found is not None:
            return found
    return None


def _first(parts: list[Code], thing: Thing | None, depth: int) -> tuple[str, str] | None:
    things = list(thing.items or thing.parents) if thing is not None else []
    known = things if len(things) == len(parts) else [None] * len(parts)
    return next((found for part, one in zip(parts, known, strict=True) if (found := personal(part, one, depth - 1)) is not None), None)


def _is_of_program(code: Code) -> bool:
    """Whether an attribute or item is asked of the program's own settings."""
    while code[0] in ("a", "s", "c"):
        if code[0] == "a" and code[2].lower().strip("_") in _PROGRAM:
            return True
        code = code[1]
    return code[0] == "n" and code[1].lower().strip("_") in _PROGRAM


# -- by where it comes from --------------------------------------------------------------------------------------------------------------------------


def _by_thing(thing: Thing, depth: int, known: set[int]) -> tuple[str, str] | None:
    """The same of a value in a variable: what it was taken from, or put together of."""
    if depth <= 0 or id(thing) in known or _is_no_value(thing):
        return None
    known.add(id(thing))
    how = thing.how
    if how[:1] in (("column",), ("item",), ("attribute",)) and len(how) > 2:
        if not isinstance(how[1], str) or how[1] in _SAME_ATTRIBUTES:
            return (
                _by_thing(how[2], depth - 1, known) if isinstance(how[2], Thing) and (how[1] in _SAME_ATTRIBUTES or isinstance(how[1], int)) else None
            )
        if _is_program_thing(how[2]) or (how[0] == "attribute" and how[1].isupper()):
            return None
        return _named(how[1], True, thing)
    if how[:1] == ("columns",):
        return next((found for name in how[1] if isinstance(name, str) and (found := _named(name, True, None)) is not None), None)
    if how[:1] == ("rows",):
        return _by_thing(how[2], depth - 1, known)
    if how[:1] == ("element",) and len(how) > 1 and isinstance(how[1], Thing):
        return _by_thing(how[1], depth - 1, known)
    if thing.alternatives:
        return next((found for one in thing.alternatives if (found := _by_thing(one, depth - 1, known)) is not None), None)
    if how[:1] in (("text",), ("binary",)):
        return None if is_masked(thing) else next((found for one in thing.parents if (found := _by_thing(one, depth - 1, known)) is not None), None)
    if thing.is_a("dict") and thing.fields:
        return _of_fields(thing, depth, known)
    if thing.event is not None and thing.event.what == "parameter" and thing.event.result is thing:
        return _named(thing.event.method, False, None)
    receiver = _receiver(thing)
    if receiver is not None and thing.event is not None and thing.event.method in _SAME_METHODS:
        return _by_thing(receiver, depth - 1, known)
    return None


def _receiver(thing: Thing | None) -> Thing | None:
    """What the call was made on that gave a thing."""
    made = thing.event if thing is not None else None
    return made.receiver.thing if made is not None and made.result is thing and made.receiver is not None else None


def _of_fields(thing: Thing, depth: int, known: set[int]) -> tuple[str, str] | None:
    """What a dictionary holds under keys that name personal data."""
    for key, value in (thing.fields or {}).items():
        if key.startswith("['") and (kind := personal_kind(key[2:-2])) and not _is_no_value(value) and not is_masked(value):
            return kind, key[2:-2]
        if key.startswith("['") and (found := _by_thing(value, depth - 2, known)) is not None:
            return found
    return None


def _is_program_thing(thing: Any) -> bool:
    """Whether something was taken from the program's own settings."""
    for _ in range(4):
        if not isinstance(thing, Thing):
            return False
        made = thing.event
        if made is not None and (made.method.lower() in _PROGRAM or made.method in ("parse_args", "parse_known_args", "safe_load", "getenv")):
            return True
        if thing.how[:1] in (("attribute",), ("item",)) and str(thing.how[1]).lower() in _PROGRAM:
            return True
        if thing.how[:1] not in (("attribute",), ("item",)):
            return False
        thing = thing.how[2]
    return False
