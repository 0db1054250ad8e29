"""JAX: keys for random numbers, and the functions that loop and branch.

A key is a thing of its own (``rng-key``): using it up is an event that notes which one it was (``operands["rng-key"]``), with the role ``key-draw`` or
``key-split``, or ``key-init`` where a module makes its weights from it. What ``split`` gives (``rng-keys``) is made of distinct keys; splitting the same
key the same way gives the same ones again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mlops_lint.flow.models.call import Call, Model
from mlops_lint.flow.models.containers import same_function
from mlops_lint.flow.scopes import Function
from mlops_lint.flow.things import Thing, derive
from mlops_lint.flow.trace import Branch, Loop, Site
from mlops_lint.knowledge.jax import INITIALIZERS, KEY_DERIVERS, KEY_DRAWS, KEY_MAKERS, KEY_SPLITTERS, KEYED_DROPOUT, KEYED_LAYERS, LAX, SAME_FUNCTION
from mlops_lint.python.values import UNKNOWN

if TYPE_CHECKING:
    from mlops_lint.flow.state import State

_KEY = frozenset({"rng-key"})
_KEYS = frozenset({"rng-keys"})
_INITIALIZER = frozenset({"key-initializer"})
_GRADIENT = frozenset({"gradient-function"})
_WEIGHTS = "['params']"
_KEY_NAMES = frozenset({"rng", "key", "prng", "prng_key", "rng_key", "init_rng", "init_key", "params_rng", "params_key"})
_KNOWN = KEY_MAKERS | KEY_DERIVERS | KEY_SPLITTERS | KEY_DRAWS | KEYED_DROPOUT
_MOST_PARTS = 64
_DEEPEST = 3


# -- keys ------------------------------------------------------------------------------------------------------------------------------------------------


def new_key(machine: State, parents: Iterable[Thing] = ()) -> Thing:
    """A key that is no other; ``how`` holds the loops in which it came to be."""
    return derive(parents, kinds=_KEY, how=("rng-key", machine.loops))


def _made(call: Call) -> Thing:
    result = new_key(call.library.machine, call.inputs())
    result.event = call.event
    return result


def _take(call: Call, key: Thing | None, role: str) -> None:
    """Note that a key is used up."""
    if key is None or key.names or key.constant is not UNKNOWN:
        return
    if not key.is_a("rng-keys"):
        # Whatever it was called before, it is known for a key now.
        key.kinds |= _KEY
    call.role(role)
    call.event.note({"rng-key": key})


def _drawn(call: Call) -> Thing | None:
    _take(call, call.argument("key", 0), "key-draw")
    return call.gives("array")


def _split(call: Call) -> Thing | None:
    key = call.argument("key", 0)
    if key is None:
        return None
    _take(call, key, "key-split")
    number = call.constant("num", 1)
    number = 2 if number is None else number
    known = isinstance(number, int) and 0 < number <= _MOST_PARTS
    if known and (before := key.field(f"<split {number}>")) is not None and not key.alternatives:
        return before
    result = derive([key], kinds=_KEYS, event=call.event, how=("split", key))
    if known:
        result.items = [new_key(call.library.machine, [key]) for _ in range(number)]
        if not key.alternatives:
            key.set_field(f"<split {number}>", result)
    return result


def item(holder: Thing, key: Thing, machine: State) -> Thing:
    """``keys[i]`` of split keys whose number is not known, or whose place is not."""
    if key.how[:1] == ("slice",):
        return derive([holder], kinds=_KEYS, how=("slice", holder))
    place = key.constant
    if not isinstance(place, int) or isinstance(place, bool):
        return new_key(machine, [holder])
    found = holder.field(f"[{place!r}]")
    if found is None:
        found = new_key(machine, [holder])
        holder.set_field(f"[{place!r}]", found)
    return found


def renewed(thing: Thing, machine: State, depth: int = _DEEPEST) -> Thing:
    """What a container gives this time: a key is another one each time, alone or in a tuple."""
    if thing.is_a("rng-key"):
        return new_key(machine, [thing])
    if thing.is_a("rng-keys"):
        return derive([thing], kinds=_KEYS, how=("element", thing))
    if depth and thing.items is not None and thing.is_a("tuple"):
        items = [renewed(one, machine, depth - 1) for one in thing.items]
        if any(one is not other for one, other in zip(items, thing.items, strict=True)):
            result = derive(items, kinds=thing.kinds, event=thing.event, how=thing.how)
            result.items = items
            return result
    return thing


def is_known(name: str) -> bool:
    """Whether a qualified name is one that :func:`made` knows."""
    return name in _KNOWN or name.startswith((*INITIALIZERS, *KEYED_LAYERS))


def made(call: Call) -> Thing | None:
    """Keys, draws, initialisers and layers, by qualified name."""
    for name in sorted(call.event.names):
        if name in KEY_MAKERS or name in KEY_DERIVERS:
            return _made(call)
        if name in KEY_SPLITTERS:
            return _split(call)
        if name in KEY_DRAWS:
            return _drawn(call)
        if name.startswith(INITIALIZERS):
            return derive([], kinds=_INITIALIZER, event=call.event)
        if name in KEYED_DROPOUT:
            return call.gives("key-dropout")
        if name.startswith(KEYED_LAYERS) and (key := call.argument("key")) is not None:
            _take(call, key, "key-draw")
            return call.gives()
    return None


def initialised(call: Call) -> Thing | None:
    """``module.init(key, x)`` of Flax and Haiku: the first weights, from keys that it makes of this one."""
    key = call.argument("rngs", 0)
    if key is not None and key.is_a("dict"):
        key = key.field(_WEIGHTS)
    if key is None or not (key.is_a("rng-key") or _may_be_key(key)):
        return None
    _take(call, key, "key-init")
    return call.gives()


def _may_be_key(thing: Thing) -> bool:
    """Whether an unknown argument is called like a key."""
    event = thing.event
    return event is not None and event.what == "parameter" and event.method in _KEY_NAMES


def sampled(call: Call) -> Thing | None:
    """``distribution.sample(seed=key)``, ``distribution.sample(key)``."""
    key = call.argument("seed") or call.argument("key") or call.argument("", 0)
    if key is None or not key.is_a("rng-key", "rng-keys"):
        return None
    _take(call, key, "key-draw")
    return call.gives("array")


# -- loops and branches ----------------------------------------------------------------------------------------------------------------------------------


def _looped(call: Call, function: Thing, start: list[Thing], place: int, carried: int | None) -> Thing | None:
    """Run the body of a loop twice; ``place`` is where it takes what it carries, ``carried`` where it gives it (``None``: as a whole)."""
    machine = call.library.machine
    outer, outer_passing = machine.loops, machine.passing
    machine.loops = (*outer, Loop("for", call.event.site))
    given, result = list(start), None
    try:
        for passing in (0, 1):
            machine.passing = passing
            result = call.library.run_callback(function, given, call.event)
            if result is None:
                return None
            after = result.items[carried] if carried is not None and result.items else result if carried is None else derive([result])
            # What it goes through gives something else each time.
            given = [after if number == place else renewed(one, machine) for number, one in enumerate(given)]
    finally:
        machine.loops, machine.passing = outer, outer_passing
    return result


def _scan(call: Call) -> Thing | None:
    function, start, rows = call.argument("f", 0), call.argument("init", 1), call.argument("xs", 2)
    if function is None or start is None:
        return None
    return _looped(call, function, [start, _row(call, rows) if rows is not None else Thing(constant=None)], 0, 0)


def _row(call: Call, rows: Thing, depth: int = _DEEPEST) -> Thing:
    """One row of arrays that stand side by side in a tuple or dictionary."""
    if depth and rows.is_a("tuple", "list") and rows.items:
        items = [_row(call, one, depth - 1) for one in rows.items]
        result = derive(items, kinds=rows.kinds)
        result.items = items
        return result
    if depth and rows.is_a("dict") and rows.fields:
        result = derive([rows], kinds=rows.kinds)
        result.fields = {name: _row(call, one, depth - 1) for name, one in rows.fields.items()}
        return result
    return call.library.element(rows)


def _counted(call: Call) -> Thing | None:
    function, start = call.argument("body_fun", 2), call.argument("init_val", 3)
    if function is None or start is None:
        return None
    return _looped(call, function, [Thing(frozenset({"number"})), start], 1, None)


def _repeated(call: Call) -> Thing | None:
    function, start = call.argument("body_fun", 1), call.argument("init_val", 2)
    if function is None or start is None:
        return None
    return _looped(call, function, [start], 0, None)


def _chosen(call: Call) -> Thing | None:
    """``cond(test, yes, no, *operands)`` and ``switch(index, branches, *operands)``: one of the functions is run."""
    if len(call.args) < 2 or (call.event.method == "cond" and len(call.args) < 3):
        return None
    if call.event.method == "cond":
        functions, operands = list(call.args[1:3]), call.args[3:]
    else:
        functions, operands = list(call.args[1].items or ()), call.args[2:]
    machine = call.library.machine
    before, results = machine.branches, []
    site = Site(call.event.site.path, -1, call.event.order)
    for number, function in enumerate(functions):
        machine.branches = (*before, Branch(site, number, call.args[0], frozenset()))
        try:
            result = call.library.run_callback(function, operands or [Thing()], call.event)
        finally:
            machine.branches = before
        results.extend([result] if result is not None else [])
    return derive([*results, *operands], event=call.event) if results else None


# -- gradients -------------------------------------------------------------------------------------------------------------------------------------------


def _gradient(call: Call) -> Thing | None:
    """``grad(f)``, ``value_and_grad(f)``: a function that runs ``f``."""
    function = call.argument("fun", 0)
    if function is None or not function.callees:
        return None
    result = derive([], kinds=_GRADIENT, event=call.event)
    result.set_field("<function>", function)
    return result


def called(call: Call) -> Thing | None:
    """A value of JAX that is called: an initialiser, a dropout, or the gradient of a function."""
    callee = call.receiver
    if callee is None:
        return None
    if callee.is_a("key-dropout"):
        _take(call, call.argument("key"), "key-draw")
        return call.gives(of=call.args)
    if callee.is_a("key-initializer"):
        return _drawn(call)
    function = callee.field("<function>")
    inside = [one for one in function.callees if isinstance(one, Function)] if function is not None else []
    if not inside:
        return None
    call.role("gradient")
    value = call.library.machine.run(inside[0], call.args, call.keywords, call.event)
    gradient = call.gives(of=[value, *call.args])
    if callee.event is None or callee.event.method != "value_and_grad":
        return gradient
    result = call.gives("tuple", of=[value, gradient])
    result.items = [value, gradient]
    return result


FUNCTIONS: dict[str, Model] = {
    "jax.grad": _gradient,
    "jax.value_and_grad": _gradient,
    f"{LAX}scan": _scan,
    f"{LAX}fori_loop": _counted,
    f"{LAX}while_loop": _repeated,
    f"{LAX}cond": _chosen,
    f"{LAX}switch": _chosen,
    **dict.fromkeys(SAME_FUNCTION, same_function),
}
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {
    **dict.fromkeys(("init", "init_with_output"), initialised),
    **dict.fromkeys(("sample", "sample_and_log_prob"), sampled),
}
"""By method alone."""
