"""Lists, dictionaries, strings and builtins: what goes in and what comes out."""

from __future__ import annotations

from mlops_lint.flow.models import order
from mlops_lint.flow.models.call import ROW_TAGS, UNORDERED, Call, Model
from mlops_lint.flow.scopes import Function
from mlops_lint.flow.things import Thing, derive, join, join_all
from mlops_lint.python.values import UNKNOWN

ENDING_CALLS: frozenset[str] = frozenset(
    {
        *("sys.exit", "builtins.exit", "builtins.quit", "os._exit", "os.abort"),
        *("flask.abort", "quart.abort", "bottle.abort", "werkzeug.exceptions.abort", "streamlit.stop"),
    }
)
"""Calls that never come back: they end the program, or the request."""


_CONVERTED = {"list": "list", "tuple": "tuple", "set": "set", "frozenset": "set", "sorted": "list", "reversed": "list", "iter": "generator"}
"""Builtins that make a container of another one, with its kind."""


def append(call: Call) -> Thing | None:
    """``append``, ``add``, ``insert``: the container holds one more thing."""
    holder = call.receiver
    if holder is None or not call.args or holder.kinds & {"dataframe", "module", "optimizer"}:
        return None
    value = call.args[-1]
    for one in holder.each():
        before = one.tags
        _hold(one, value)
        order.grown(call, one, before)
    if holder.items is not None and not call.event.loops and call.event.method == "append":
        holder.items = [*holder.items, value]
    else:
        holder.items = None
    holder.constant = UNKNOWN
    call.role("grow")
    return Thing(constant=None)


def extend(call: Call) -> Thing | None:
    """``extend``, ``update``: the container holds all of another."""
    holder = call.receiver
    if holder is None or not call.args or holder.kinds & {"dataframe", "module"}:
        return None
    value = call.args[0]
    if value.fields:
        for name, thing in list(value.fields.items()):
            if name != "[*]":
                holder.set_field(name, thing)
    before = holder.tags
    _hold(holder, call.library.element(value))
    holder.absorb(value)
    order.grown(call, holder, before, value)
    if holder.items is not None and value.items is not None and not call.event.loops:
        holder.items = [*holder.items, *value.items]
    else:
        holder.items = None
    holder.constant = UNKNOWN
    call.role("grow")
    return Thing(constant=None)


def _hold(holder: Thing, value: Thing) -> None:
    known = holder.field("[*]")
    if holder.fields is None:
        holder.fields = {}
    holder.fields["[*]"] = value if known is None else join(known, value)
    holder.absorb(value)


def remove(call: Call) -> Thing | None:
    """``remove``, ``discard``: the container holds one thing less."""
    holder = call.receiver
    if holder is None or len(call.args) != 1 or not holder.is_a("list", "set"):
        return None
    constant = call.args[0].constant
    place = next((place for place, one in enumerate(holder.items or ()) if constant is not UNKNOWN and one.constant == constant), None)
    holder.items = [one for number, one in enumerate(holder.items) if number != place] if holder.items is not None and place is not None else None
    if isinstance(holder.constant, list) and constant in holder.constant:
        holder.constant = [one for number, one in enumerate(holder.constant) if number != holder.constant.index(constant)]
    else:
        holder.constant = UNKNOWN
        holder.how = ("without", constant, holder.how) if constant is not UNKNOWN else ("shrunk",)
    return Thing(constant=None)


def shrink(holder: Thing) -> None:
    """Something unknown was taken out of a list."""
    if holder.is_a("list"):
        if holder.items and holder.field("[*]") is None:
            holder.set_field("[*]", join_all(holder.items))
        holder.items, holder.constant, holder.how = None, UNKNOWN, ("shrunk",)


def sort(call: Call) -> Thing | None:
    """``results.sort(key=…)``: the list is put in order."""
    holder = call.receiver
    if holder is None or not holder.is_a("list"):
        return None
    order.sorted_in_place(call)
    shrink(holder)  # which element stands where is no longer known
    holder.how = ("sorted",)
    return Thing(constant=None)


def get(call: Call) -> Thing | None:
    """``get``, ``pop``, ``setdefault`` of a dictionary."""
    holder = call.receiver
    if holder is None or holder.kinds & {"dataframe", "series"}:
        return None
    key = call.argument("key", 0)
    if key is not None and isinstance(key.constant, (str, int)):
        found = holder.field(f"[{key.constant!r}]")
        if found is not None:
            return found
    inside = holder.field("[*]")
    if inside is None and key is not None and key.constant is UNKNOWN and (entries := functions_in(holder)):
        return join_all(entries)
    if inside is None and holder.items and call.event.method == "pop":
        inside = holder.items[-1]
    if call.event.method == "pop":
        shrink(holder)
    return call.library.renewed(inside) if inside is not None else call.gives()


def functions_in(holder: Thing) -> list[Thing]:
    """The entries of a dictionary of functions or classes of the project; none of any other one."""
    values = [thing for name, thing in (holder.fields or {}).items() if name.startswith("[")]
    return values if holder.is_a("dict") and values and all(one.callees for one in values) else []


def entries(call: Call) -> Thing | None:
    """``items``, ``values``, ``keys`` of a dictionary."""
    holder = call.receiver
    if holder is None or holder.kinds & {"dataframe", "series"}:
        return None
    values = [thing for name, thing in (holder.fields or {}).items() if name.startswith("[")]
    if not values:
        return None
    value = _joined(values)
    result = call.gives("generator")
    if call.event.method == "items":
        key = derive([holder])
        pair = derive([key, value], kinds=frozenset({"tuple"}))
        pair.items = [key, value]
        result.set_field("[*]", pair)
    elif call.event.method == "values":
        result.set_field("[*]", value)
    else:
        result = derive([holder], kinds=frozenset({"generator"}), event=call.event)
    return result


def _joined(things: list[Thing]) -> Thing:
    result = things[0]
    for thing in things[1:]:
        result = join(result, thing)
    return result


def copied(call: Call) -> Thing | None:
    """``copy``, ``copy.deepcopy``, ``list(x)``: another thing with the same inside."""
    source = call.receiver if call.receiver is not None else (call.args[0] if call.args else None)
    if source is None:
        return call.gives()
    result = derive([source], kinds=source.kinds, event=call.event)
    result.items = list(source.items) if source.items is not None else None
    result.fields = dict(source.fields) if source.fields is not None else None
    result.owner = source.owner
    result.names = source.names
    result.constant = source.constant
    result.learned = list(source.learned) if source.learned else None
    return result


def converted(call: Call) -> Thing | None:
    """``list(x)``, ``tuple(x)``, ``set(x)``, ``sorted(x)``, ``reversed(x)``, ``iter(x)``."""
    # The function may go by another name: ``kind = list; kind(x)``.
    name = next((one.rpartition(".")[2] for one in sorted(call.event.names) if one.rpartition(".")[2] in _CONVERTED), "")
    kind = _CONVERTED.get(name)
    if kind is None:
        return None
    if not call.args:
        result = Thing(frozenset({kind}), event=call.event)
        result.items = [] if kind in ("list", "tuple") else None
        return result
    source = call.args[0]
    orders = kind == "set" or name == "sorted"
    result = derive([source], kinds=frozenset({kind}), event=call.event, without=frozenset({UNORDERED}) if orders else frozenset())
    if not orders:
        order.taken(call, source, result)
    if kind != "set" and name != "sorted":
        result.items = list(source.items) if source.items is not None else None
    result.set_field("[*]", call.library.element(source))
    return result


def made_dict(call: Call) -> Thing | None:
    """``dict(a=1)``, ``dict(pairs)``."""
    result = derive(call.inputs(), kinds=frozenset({"dict"}), event=call.event)
    for name, thing in call.keywords.items():
        result.set_field(f"[{name!r}]", thing)
    for source in call.args[:1]:
        for field_name, thing in (source.fields or {}).items():
            result.set_field(field_name, thing)
        order.keyed(call, source)
    return result


def enumerated(call: Call) -> Thing | None:
    """``enumerate(x)``: pairs of a number and an element."""
    if not call.args:
        return None
    element = call.library.element(call.args[0])
    number = Thing(frozenset({"number"}))
    pair = Thing(frozenset({"tuple"}), items=[number, element])
    result = derive([call.args[0]], kinds=frozenset({"generator"}), event=call.event)
    result.set_field("[*]", pair)
    order.taken(call, call.args[0], result)
    number.tags = order.numbered(result)
    return result


def zipped(call: Call) -> Thing | None:
    """``zip(a, b)``: tuples of elements."""
    pair = Thing(frozenset({"tuple"}), items=[call.library.element(one) for one in call.args])
    result = derive(call.args, kinds=frozenset({"generator"}), event=call.event)
    result.set_field("[*]", pair)
    order.paired(call, result, pair)
    return result


def mapped(call: Call) -> Thing | None:
    """``map(f, x)``, ``filter(f, x)``: the function is run on an element."""
    if len(call.args) < 2:
        return None
    made = call.library.run_callback(call.args[0], [call.library.element(one) for one in call.args[1:]], call.event)
    result = derive([*call.args[1:], *([made] if made is not None else [])], kinds=frozenset({"generator"}), event=call.event)
    element = call.library.element(call.args[1]) if call.event.method == "filter" or made is None else made
    result.set_field("[*]", element)
    return result


def element_of(call: Call) -> Thing | None:
    """``next(x)``: an element."""
    return call.library.element(call.args[0]) if call.args else None


def measured(call: Call) -> Thing | None:
    """``len(x)``, ``isinstance(x, t)``: a figure about a value, not the value."""
    return call.gives("number", without=ROW_TAGS)


def nothing(call: Call) -> Thing | None:
    """``print(x)``: gives nothing."""
    return Thing(constant=None, event=call.event)


def got_attribute(call: Call) -> Thing | None:
    """``getattr(x, "name")``."""
    name = call.constant("", 1)
    if call.args and isinstance(name, str):
        return call.library.machine.attribute(call.args[0], name)
    return None


def set_attribute(call: Call) -> Thing | None:
    """``setattr(x, "name", value)``."""
    name = call.constant("", 1)
    if len(call.args) > 2 and isinstance(name, str):
        call.args[0].set_field(name, call.args[2])
    call.role("set-attribute")
    return Thing(constant=None)


def partial(call: Call) -> Thing | None:
    """``functools.partial(f, …)``: the same function with some arguments given."""
    if not call.args:
        return None
    source = call.args[0]
    result = Thing(source.kinds, names=source.names, event=call.event, how=("partial", tuple(call.args[1:]), dict(call.keywords)))
    result.callees = tuple(one.bind(*call.args[1:], **call.keywords) if isinstance(one, Function) else one for one in source.callees)
    return result


def same_function(call: Call) -> Thing | None:
    """``jax.jit(f)``, ``tf.function(f)``, ``torch.compile(f)``: the same function, run another way."""
    source = call.argument("fun", 0) or call.argument("func") or call.argument("model")
    if source is None or not (source.callees or source.owner or source.kinds):
        return None
    return source


def exits(call: Call) -> Thing | None:
    """``sys.exit()``: the program ends."""
    return Thing(names=call.event.names, how=("exit",))


def instance_of(call: Call) -> Thing | None:
    """``type(x)``: its class."""
    if len(call.args) == 1 and call.args[0].owner is not None:
        result = Thing()
        result.callees = (call.args[0].owner,)
        return result
    return None


def vars_of(call: Call) -> Thing | None:
    """``vars(x)``: what it holds."""
    return call.args[0] if call.args else None


FUNCTIONS: dict[str, Model] = {
    **{f"builtins.{name}": converted for name in ("list", "tuple", "set", "frozenset", "sorted", "reversed", "iter")},
    "builtins.dict": made_dict,
    "builtins.enumerate": enumerated,
    "tqdm.tqdm": lambda call: call.args[0] if call.args else call.argument("iterable"),
    "tqdm.auto.tqdm": lambda call: call.args[0] if call.args else call.argument("iterable"),
    "tqdm.notebook.tqdm": lambda call: call.args[0] if call.args else call.argument("iterable"),
    "tqdm.notebook.tqdm_notebook": lambda call: call.args[0] if call.args else call.argument("iterable"),
    "tqdm.trange": lambda call: Thing(frozenset({"generator"})),
    "rich.progress.track": lambda call: call.args[0] if call.args else None,
    "builtins.zip": zipped,
    "builtins.map": mapped,
    "builtins.filter": mapped,
    "builtins.next": element_of,
    **{f"builtins.{name}": measured for name in ("len", "isinstance", "issubclass", "hasattr", "callable", "id", "hash")},
    "builtins.type": instance_of,
    "builtins.print": nothing,
    "builtins.getattr": got_attribute,
    "builtins.setattr": set_attribute,
    "builtins.vars": vars_of,
    "functools.partial": partial,
    "copy.copy": copied,
    "copy.deepcopy": copied,
    **dict.fromkeys(
        (
            "jax.jit",
            "jax.pmap",
            "jax.vmap",
            "tensorflow.function",
            "torch.compile",
            "torch.jit.script",
            "numba.jit",
            "numba.njit",
            "functools.lru_cache",
            "functools.cache",
            "joblib.delayed",
            "ray.remote",
            "functools.wraps",
        ),
        same_function,
    ),
    **dict.fromkeys(ENDING_CALLS, exits),
}
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {
    "append": append,
    "add": append,
    "insert": append,
    "appendleft": append,
    "remove": remove,
    "discard": remove,
    "sort": sort,
    "extend": extend,
    "update": extend,
    "get": get,
    "pop": get,
    "setdefault": get,
    "items": entries,
    "values": entries,
    "keys": entries,
    "copy": copied,
}
"""Methods of containers and of what may be one."""
