"""Expressions and calls of an abstract run."""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_lint.flow.lower import Code
from mlops_lint.flow.models.library import Library
from mlops_lint.flow.scopes import Arguments, ClassInfo, Function, FunctionKey, Module, Scope, Source, constant_key
from mlops_lint.flow.things import Thing, derive, join, join_all
from mlops_lint.flow.trace import Branch, Context, Event, Loop, Site, Trace, seen
from mlops_lint.python.values import UNKNOWN

if TYPE_CHECKING:
    pass

MAX_DEPTH = 18
"""Calls of the project's own functions inside each other that are followed."""
MAX_RUNS = 6
"""How often one function is run in one program before it gives what it gave before."""
MAX_RUNS_OF_PROJECT = 16
"""The same over all programs; a program in which this ends a function counts as truncated."""

_BUILTINS = frozenset(dir(builtins))


@dataclass(slots=True)
class Frame:
    """A running function: what it has returned and yielded so far."""

    function: Function | None = None
    returns: list[Thing] = field(default_factory=list)
    yields: list[Thing] = field(default_factory=list)


class Evaluator:
    """The half of the machine that evaluates expressions; :class:`~mlops_lint.flow.machine.Machine` adds the statements."""

    source: Source
    trace: Trace

    def __init__(self) -> None:
        self.models = Library(self)
        self.scope: Scope = Scope(Module("", ""))
        self.frame = Frame()
        self.class_stack: list[ClassInfo] = []
        self.stack: tuple[Event, ...] = ()
        self.loops: tuple[Loop, ...] = ()
        self.branches: tuple[Branch, ...] = ()
        self.contexts: tuple[Context, ...] = ()
        self.passing = 0
        self.statement = 0
        self._order = 0
        self._running: list[Function] = []
        self._runs: Counter[FunctionKey] = Counter()
        self._runs_of_project: Counter[FunctionKey] = Counter()
        self._gave: dict[FunctionKey, Thing] = {}
        self._gave_last: dict[FunctionKey, Thing] = {}
        self._external: dict[str, Thing] = {}
        self._made: list[ClassInfo] = []

    # -- where we are --------------------------------------------------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """The file that is being run."""
        return self.scope.module.path

    def step(self) -> None:
        """Spend one step of the budget."""
        raise NotImplementedError

    def load(self, path: str) -> Module | None:
        """A module of the project, run when it is first asked for."""
        raise NotImplementedError

    def block(self, body: list[Code]) -> str:
        """Run statements."""
        raise NotImplementedError

    def bind(self, target: Code, value: Thing, start: int, end: int) -> None:
        """Give a value to a target."""
        raise NotImplementedError

    def next_order(self) -> int:
        """The number of the next event."""
        self._order += 1
        return self._order

    def reset(self) -> None:
        """Leave all loops, branches and calls (after something was given up, or before a new root is run)."""
        self.stack = self.loops = self.branches = self.contexts = ()
        self.passing = 0
        self._running.clear()
        self.class_stack.clear()
        self.frame = Frame()

    def forget(self) -> None:
        """Forget what functions were run and what they gave: another run begins."""
        self.reset()
        self._runs.clear()
        self._gave.clear()
        for info in self._made:
            info.instances.clear()
        self._made.clear()
        self.models.forget()

    @contextmanager
    def detached(self, scope: Scope) -> Iterator[None]:
        """Run something as if nothing were around it: the body of a module that is imported."""
        saved = (self.scope, self.frame, self.class_stack, self.stack, self.loops, self.branches, self.contexts, self.passing)
        self.scope, self.frame, self.class_stack = scope, Frame(), []
        self.stack, self.loops, self.branches, self.contexts, self.passing = (), (), (), (), 0
        try:
            yield
        finally:
            (self.scope, self.frame, self.class_stack, self.stack, self.loops, self.branches, self.contexts, self.passing) = saved

    def event(self, what: str, start: int, end: int) -> Event:
        """A new event here and now."""
        function = self.scope.function
        event = Event(what, self.next_order(), Site(self.path, start, end), function.qualname if function is not None else "")
        event.stack, event.loops, event.branches, event.contexts = self.stack, self.loops, self.branches, self.contexts
        event.passing, event.statement = self.passing, self.statement
        return event

    def keep(self, event: Event) -> None:
        """Put an event into the trace."""
        self.trace.events.append(event)

    def enter(self, thing: Thing) -> None:
        """Enter a context; the caller leaves it again."""
        names = thing.event.names if thing.event is not None else thing.names
        self.contexts = (*self.contexts, Context(names, thing))

    # -- expressions ---------------------------------------------------------------------------------------------------------------------------------

    def evaluate(self, code: Code) -> Thing:
        """What an expression may be."""
        return _EXPRESSIONS[code[0]](self, code)

    def words(self, code: Code) -> frozenset[str]:
        """The names and attributes that an expression speaks of."""
        found: set[str] = set()
        stack = [code]
        while stack:
            one = stack.pop()
            if one and one[0] == "n":
                found.add(one[1])
            elif one and one[0] == "a":
                found.add(one[2])
                stack.append(one[1])
            elif one and one[0] == "k":
                if isinstance(one[1], str):
                    found.add(one[1])
            else:
                stack.extend(part for part in one if isinstance(part, list))
        return frozenset(found)

    def _name(self, code: Code) -> Thing:
        name = code[1]
        found = self.scope.lookup(name)
        if found is not None:
            return found
        stars = self.scope.module.stars
        if name in _BUILTINS:
            return self.external(f"builtins.{name}")
        if stars:
            return Thing(names=frozenset(f"{star}.{name}" for star in stars))
        return Thing()

    def _constant(self, code: Code) -> Thing:
        return Thing(constant=code[1])

    def _unknown(self, code: Code) -> Thing:
        return Thing()

    def _attribute(self, code: Code) -> Thing:
        return self.attribute(self.evaluate(code[1]), code[2])

    def _subscript(self, code: Code) -> Thing:
        holder, key = self.evaluate(code[1]), self.evaluate(code[2])
        if (
            holder.items is not None
            and isinstance(key.constant, int)
            and not isinstance(key.constant, bool)
            and -len(holder.items) <= key.constant < len(holder.items)
        ):
            return holder.items[key.constant]
        name = constant_key(key)
        if name is not None and (not holder.kinds or holder.kinds == _DICT) and (found := holder.field(name)) is not None:
            return found
        return self.models.item(holder, key, code)

    def _slice(self, code: Code) -> Thing:
        parts = [self.evaluate(part) if part is not None else None for part in code[1:4]]
        return derive([part for part in parts if part is not None], how=("slice", *(self._spelled(part) for part in code[1:4])))

    def _spelled(self, code: Code | None) -> str:
        """An expression as one comparable text; empty for an absent one."""
        return "" if code is None else repr(_placeless(code))

    def _sequence(self, code: Code) -> Thing:
        if any(one[0] == "*" for one in code[1]):
            parts = [self.evaluate(one[1] if one[0] == "*" else one) for one in code[1]]
            result = derive(parts, kinds=_SEQUENCE_KINDS[code[0]])
            result.set_field(
                "[*]", join_all([self.models.element(part) if one[0] == "*" else part for part, one in zip(parts, code[1], strict=True)])
            )
            return result
        parts = [self.evaluate(one) for one in code[1]]
        result = derive(parts, kinds=_SEQUENCE_KINDS[code[0]])
        if code[0] != "S":
            result.items = parts
            if parts and len(parts) <= 32 and all(part.constant is not UNKNOWN for part in parts):
                constants = [part.constant for part in parts]
                result.constant = tuple(constants) if code[0] == "t" else constants
        elif parts:
            result.set_field("[*]", join_all(parts))
        return result

    def _dictionary(self, code: Code) -> Thing:
        result = Thing(_DICT)
        for key, value in code[1]:
            thing = self.evaluate(value)
            result.absorb(thing)
            if key is None:
                for name, inner in (thing.fields or {}).items():
                    result.set_field(name, inner)
                continue
            label = constant_key(self.evaluate(key))
            if label is not None:
                result.set_field(label, thing)
            else:
                known = result.field("[*]")
                result.set_field("[*]", thing if known is None else join(known, thing))
        return result

    def _binary(self, code: Code) -> Thing:
        return self.models.binary(code[1], [self.evaluate(one) for one in code[2]])

    def _boolean(self, code: Code) -> Thing:
        parts = [self.evaluate(one) for one in code[1]]
        result = join_all(parts)
        if len(parts) > 1 and not any(part.kinds or part.callees or part.names for part in parts):
            result = derive(parts, how=("boolean",))
        return result

    def _unary(self, code: Code) -> Thing:
        operand = self.evaluate(code[2])
        value = operand.constant
        if code[1] == "-" and isinstance(value, (int, float)) and not isinstance(value, bool):
            return Thing(constant=-value)
        if code[1] == "not" and isinstance(value, bool):
            return Thing(constant=not value)
        return derive([operand], kinds=operand.kinds if code[1] in ("-", "+", "~") else frozenset(), how=("unary", code[1], operand))

    def _compare(self, code: Code) -> Thing:
        parts = [self.evaluate(one) for one in code[2]]
        return self.models.compared(code[1], parts)

    def _conditional(self, code: Code) -> Thing:
        test = self.evaluate(code[1])
        site = Site(self.path, -1, id(code))
        words = self.words(code[1])
        results = []
        for number, part in enumerate(code[2:4]):
            self.branches = (*self.branches, Branch(site, number, test, words))
            results.append(self.evaluate(part))
            self.branches = self.branches[:-1]
        return join(results[0], results[1])

    def _comprehension(self, code: Code) -> Thing:
        _, kind, generators, element, value, start, end = code
        outer = self.scope
        outer_loops, outer_passing = self.loops, self.passing
        self.scope = Scope(outer.module, outer, outer.function)
        sources: list[Thing] = []
        tests: list[Thing] = []
        try:
            for target, iterable, conditions in generators:
                source = self.evaluate(iterable)
                sources.append(source)
                self.loops = (*self.loops, Loop("comprehension", Site(outer.module.path, start, end), source))
                self.bind(target, self.models.element(source), start, end)
                tests.extend(self.evaluate(condition) for condition in conditions)
            made = self.evaluate(element)
            entry = self.evaluate(value) if value is not None else made
        finally:
            self.scope, self.loops, self.passing = outer, outer_loops, outer_passing
        result = derive([entry, made, *tests], kinds=_SEQUENCE_KINDS.get(kind, _DICT if kind == "d" else _GENERATOR), how=("comprehension",))
        result.parents = (*result.parents, *sources)
        result.set_field("[*]", entry)
        self.models.comprehended(result, sources)
        return result

    def _lambda(self, code: Code) -> Thing:
        around = self.scope.function
        qualname = f"{around.qualname}.<lambda>" if around is not None else "<lambda>"
        function = Function("<lambda>", qualname, code[1], [["r", code[2]]], self.scope, 0, 0, is_lambda=True)
        thing = Thing()
        thing.callees = (function,)
        return thing

    def _joined(self, code: Code) -> Thing:
        parts = [self.evaluate(one) for one in code[1]]
        constants = [part.constant for part in parts]
        result = derive(parts, kinds=_TEXT, how=("text",))
        if all(constant is not UNKNOWN for constant in constants):
            result.constant = "".join(str(constant) for constant in constants)
        return result

    def _walrus(self, code: Code) -> Thing:
        value = self.evaluate(code[2])
        self.scope.assign(code[1], value)
        return value

    def _yield(self, code: Code) -> Thing:
        value = self.evaluate(code[1])
        self.frame.yields.append(self.models.element(value) if code[0] == "Y" else value)
        return Thing()

    def _await(self, code: Code) -> Thing:
        return self.evaluate(code[1])

    def _starred(self, code: Code) -> Thing:
        return self.evaluate(code[1])

    # -- names and attributes ------------------------------------------------------------------------------------------------------------------------

    def external(self, name: str) -> Thing:
        """The thing from outside the project that a qualified name stands for."""
        found = self._external.get(name)
        if found is None:
            found = self._external[name] = Thing(names=frozenset({name}))
        return found

    def imported(self, dotted: str) -> Thing:
        """What a qualified name stands for when it is imported here: a module, or what a module of the project holds under it."""
        path = self.source.module(dotted, self.path)
        if path is not None:
            self.load(path)
            return Thing(names=frozenset({dotted}), how=("module", path))
        base, _, name = dotted.rpartition(".")
        if base and (path := self.source.module(base, self.path)) is not None:
            module = self.load(path)
            if module is not None:
                found = module.scope.variables.get(name)
                if found is not None:
                    return found
                if module.stars:
                    return Thing(names=frozenset(f"{star}.{name}" for star in module.stars))
                return Thing(how=("missing", dotted))
        return self.external(dotted)

    def attribute(self, thing: Thing, name: str) -> Thing:
        """What an attribute of a thing may be."""
        if thing.how and thing.how[0] == "module":
            return self._of_module(thing, name)
        if thing.how and thing.how[0] == "super":
            return self._of_super(thing, name)
        found = thing.field(name)
        if found is not None:
            return found
        if thing.owner is not None and (found := self._of_instance(thing, name)) is not None:
            return found
        for callee in thing.callees:
            if isinstance(callee, ClassInfo) and (member := callee.member(name)) is not None:
                return self._bound(member, thing) if self._is_bound_to_class(member) else member
        if thing.names:
            if len(thing.names) == 1:
                return self.external(f"{next(iter(thing.names))}.{name}")
            return Thing(names=frozenset(f"{one}.{name}" for one in thing.names))
        if thing.alternatives:
            found = join_all([self.attribute(one, name) for one in thing.alternatives])
            if found.callees or found.kinds or found.names:
                return found
        return self.models.attribute(thing, name)

    def _of_module(self, thing: Thing, name: str) -> Thing:
        module = self.load(thing.how[1])
        found = module.scope.variables.get(name) if module is not None else None
        if found is not None:
            return found
        dotted = next(iter(thing.names), "")
        path = self.source.module(f"{dotted}.{name}", self.path)
        if path is not None:
            self.load(path)
            return Thing(names=frozenset({f"{dotted}.{name}"}), how=("module", path))
        if module is not None and module.stars:
            return Thing(names=frozenset(f"{star}.{name}" for star in module.stars))
        return Thing(names=frozenset({f"{dotted}.{name}"}))

    def _of_super(self, thing: Thing, name: str) -> Thing:
        _, owner, instance = thing.how
        member = instance.owner.member(name, owner) if instance.owner is not None else owner.member(name, owner)
        if member is not None:
            return self._bound(member, instance)
        return Thing(names=frozenset(f"{base}.{name}" for base in owner.outside), how=("super method", instance))

    def _of_instance(self, thing: Thing, name: str) -> Thing | None:
        owner = thing.owner
        member = owner.member(name) if owner is not None else None
        if member is None:
            return None
        functions = [callee for callee in member.callees if isinstance(callee, Function)]
        if not functions:
            return member
        if functions[0].decorated_by("property", "cached_property", "functools.cached_property"):
            return self.run(functions[0].bind(thing), [], {}, None)
        if functions[0].decorated_by("staticmethod"):
            return member
        return self._bound(member, thing)

    def _is_bound_to_class(self, member: Thing) -> bool:
        return any(isinstance(callee, Function) and callee.decorated_by("classmethod") for callee in member.callees)

    def _bound(self, member: Thing, instance: Thing) -> Thing:
        result = Thing(names=member.names)
        result.callees = tuple(callee.bind(instance) if isinstance(callee, Function) else callee for callee in member.callees)
        return result

    def typed(self, annotation: Code | None) -> Thing:
        """An unknown thing of the type that an annotation names."""
        if annotation is None:
            return Thing()
        named = self.evaluate(annotation)
        for callee in named.callees:
            if isinstance(callee, ClassInfo):
                if callee.instances:
                    return callee.instances[0]
                result = Thing(self.models.kinds_of_class(callee))
                result.owner = callee
                return result
        return Thing(self.models.kinds_of_type(named.names))

    # -- calls ---------------------------------------------------------------------------------------------------------------------------------------

    def call(self, code: Code, discarded: bool = False) -> Thing:
        """Run a call."""
        self.step()
        _, callee_code, argument_codes, keyword_codes, start, end = code
        receiver: Thing | None = None
        method = ""
        if callee_code[0] == "a":
            receiver = self.evaluate(callee_code[1])
            method = callee_code[2]
            callee = self.attribute(receiver, method)
        else:
            if callee_code == ["n", "super"]:
                return self._super(argument_codes)
            callee = self.evaluate(callee_code)
            method = callee_code[1] if callee_code[0] == "n" else ""
        arguments = self.arguments(argument_codes, keyword_codes)
        event = self.event("call", start, end)
        event.discarded = discarded
        event.code = code
        return self.invoke(callee, receiver, method, arguments, event)

    def _call(self, code: Code) -> Thing:
        return self.call(code)

    def _super(self, arguments: list[Code]) -> Thing:
        function = self._running[-1] if self._running else None
        owner = function.root.owner if function is not None else None
        instance = function.bound[0] if function is not None and function.bound else None
        if owner is None or instance is None:
            return Thing()
        return Thing(how=("super", owner, instance))

    def arguments(self, positional: list[Code], named: list[Code]) -> Arguments:
        """What a call is given."""
        args: list[Thing] = []
        keywords: dict[str, Thing] = {}
        unpacks = False
        for code in positional:
            if code[0] == "*":
                thing = self.evaluate(code[1])
                if thing.items is not None:
                    args.extend(thing.items)
                else:
                    unpacks = True
                    args.append(self.models.element(thing))
            else:
                args.append(self.evaluate(code))
        for name, code in named:
            thing = self.evaluate(code)
            if name is not None:
                keywords[name] = thing
                continue
            unpacks = True
            for key, inner in (thing.fields or {}).items():
                if key.startswith("['"):
                    keywords.setdefault(key[2:-2], inner)
        return args, keywords, unpacks

    def invoke(self, callee: Thing, receiver: Thing | None, method: str, arguments: Arguments, event: Event) -> Thing:
        """Call something with things: the project's own code is run, what lies outside is looked up in the models."""
        args, keywords, unpacks = arguments
        event.names = callee.names
        event.method = method or (min(callee.names).rpartition(".")[2] if callee.names else "")
        event.unpacks = unpacks
        event.args = tuple(seen(one) for one in args)
        event.keywords = {name: seen(one) for name, one in keywords.items()}
        if receiver is not None and not (receiver.names and not receiver.kinds) and not (receiver.how and receiver.how[0] == "module"):
            event.receiver = seen(receiver)
        own = [one for one in callee.callees if self._runnable(one)]
        if own:
            result = self._call_own(own, args, keywords, event)
        elif (target := self._instance_call(callee)) is not None:
            event.receiver = seen(callee)
            event.method = "__call__"
            inner = self.run(target, args, keywords, event)
            result = self.models.applied(event, callee, inner)
            event.result = result
            self.keep(event)
            return result
        else:
            if not callee.names and not callee.callees:
                event.operands["callee"] = callee
            if not callee.names and (callee.is_a(*_CALLED) or (method == "" and callee.kinds and event.receiver is None)):
                # A value is called, whatever variable or attribute holds it.
                receiver = callee
                event.receiver = seen(callee)
                event.method = "__call__"
            elif receiver is None and not callee.names and not callee.callees and callee.event is not None:
                event.receiver = seen(callee)
            result = self.models.called(event, receiver if event.receiver is not None else None, args, keywords, callee)
            event.result = result
            if self.models.matters(event):
                self.keep(event)
            return result
        event.result = result
        self.models.own_called(event)
        return result

    def _runnable(self, callee: Function | ClassInfo) -> bool:
        return isinstance(callee, ClassInfo) or True

    def _call_own(self, callees: list[Any], args: list[Thing], keywords: dict[str, Thing], event: Event) -> Thing:
        results = []
        for callee in callees[:3]:
            if isinstance(callee, ClassInfo):
                results.append(self.instantiate(callee, args, keywords, event))
            else:
                results.append(self.run(callee, args, keywords, event))
        return join_all(results)

    def _instance_call(self, callee: Thing) -> Function | None:
        """The method that runs when an instance of the project's own class is called."""
        if callee.owner is None:
            return None
        for name in ("__call__", "forward", "call"):
            member = callee.owner.member(name)
            for one in member.callees if member is not None else ():
                if isinstance(one, Function):
                    return one.bind(callee)
        return None

    def instantiate(self, info: ClassInfo, args: list[Thing], keywords: dict[str, Thing], event: Event | None) -> Thing:
        """A new instance of a class of the project, its ``__init__`` run."""
        result = derive([*args, *keywords.values()], kinds=self.models.kinds_of_class(info), event=event, how=("instance",))
        result.owner = info
        info.instances.append(result)
        self._made.append(info)
        member = info.member("__init__")
        for callee in member.callees if member is not None else ():
            if isinstance(callee, Function):
                self.run(callee.bind(result), args, keywords, event)
        if member is None and any(name.rpartition(".")[2] in ("dataclass", "define", "frozen") for one in info.decorators for name in one.names):
            fields = [name for one in reversed(info.lineage()) for name in one.scope.variables]
            for name, thing in [*zip(fields, args, strict=False), *keywords.items()]:
                result.set_field(name, thing)
            post = info.member("__post_init__")
            for callee in post.callees if post is not None else ():
                if isinstance(callee, Function):
                    self.run(callee.bind(result), [], {}, event)
        elif member is None and keywords:
            for name, thing in keywords.items():
                result.set_field(name, thing)
        return result

    def run(self, function: Function, args: list[Thing], keywords: dict[str, Thing], event: Event | None) -> Thing:
        """Run a function of the project with these arguments; what it gives."""
        root, key = function.root, function.key
        given = [*function.bound, *args]
        if self._running.count(function) or sum(one.root is root for one in self._running) >= 2 or len(self._running) >= MAX_DEPTH:
            return derive([*given, *keywords.values()], how=("recursion",))
        if self._runs[key] >= MAX_RUNS and key in self._gave:
            return derive([self._gave[key], *given, *keywords.values()], kinds=self._gave[key].kinds, event=event)
        if self._runs_of_project[key] >= MAX_RUNS_OF_PROJECT:
            self.trace.truncated = True
            before = self._gave_last.get(key)
            return derive(
                [*([before] if before is not None else []), *given, *keywords.values()],
                kinds=before.kinds if before is not None else frozenset(),
                event=event,
            )
        self._runs[key] += 1
        self._runs_of_project[key] += 1
        saved = (self.scope, self.frame, self.stack, self.loops, self.passing, self.contexts, self.class_stack, self.branches)
        scope = Scope(function.closure.module, function.closure, function)
        self._bind_parameters(function, given, keywords, scope)
        self.scope, self.frame, self.class_stack = scope, Frame(function), []
        if event is not None:
            self.stack = (*self.stack, event)
        for decorator in function.decorators:
            if decorator.names or decorator.event is not None or decorator.callees:
                self.enter(decorator)
        self._running.append(function)
        try:
            self.block(function.body)
            frame = self.frame
        finally:
            (self.scope, self.frame, self.stack, self.loops, self.passing, self.contexts, self.class_stack, self.branches) = saved
            if self._running:
                self._running.pop()
        if frame.yields:
            result = derive(frame.yields, kinds=_GENERATOR, how=("generator",))
            result.set_field("[*]", join_all(frame.yields))
        elif frame.returns:
            result = join_all(frame.returns)
        else:
            result = Thing(constant=None)
        self._gave[key] = self._gave_last[key] = result
        return result

    def _bind_parameters(self, function: Function, given: list[Thing], keywords: dict[str, Thing], scope: Scope) -> None:
        keywords = {**function.keywords, **keywords}
        place = 0
        for parameter in function.parameters:
            name, default, annotation, kind = parameter
            if kind == "*":
                rest = given[place:]
                scope.variables[name] = (
                    Thing(items=list(rest), parents=tuple(rest), kinds=_SEQUENCE_KINDS["t"]) if rest else Thing(_SEQUENCE_KINDS["t"])
                )
                place = len(given)
                continue
            if kind == "**":
                known = {parameter[0] for parameter in function.parameters}
                rest_named = Thing(_DICT)
                for key, thing in keywords.items():
                    if key not in known and not key.startswith("="):
                        rest_named.set_field(f"[{key!r}]", thing)
                        rest_named.absorb(thing)
                scope.variables[name] = rest_named
                continue
            if kind == "p" and place < len(given):
                value = given[place]
                place += 1
            elif name in keywords:
                value = keywords[name]
            elif f"={name}" in keywords:
                value = keywords[f"={name}"]
            elif default is not None:
                value = Thing(constant=default[1]) if default[0] == "k" else Thing()
            else:
                value = Thing()
            if annotation is not None and not value.kinds and not value.callees and value.owner is None and value.constant is UNKNOWN:
                outer, self.scope = self.scope, function.closure
                kinds = self.typed(annotation).kinds
                self.scope = outer
                if kinds and not value.tags and not value.origins and value.fields is None:
                    value = Thing(kinds)
                elif kinds:
                    value.kinds = kinds
            scope.variables[name] = value


def _placeless(code: Any) -> Any:
    """An expression without its places, so that two spellings of it are equal."""
    if not isinstance(code, list):
        return code
    if code and code[0] in ("a", "c", "s"):
        return [_placeless(part) for part in code[:-2]]
    return [_placeless(part) for part in code]


_SEQUENCE_KINDS = {"t": frozenset({"tuple"}), "l": frozenset({"list"}), "S": frozenset({"set"})}
_DICT = frozenset({"dict"})
_CALLED = ("module", "keras-model", "loss-function", "tokenizer", "processor")
"""Kinds of values that are made to be called."""
_GENERATOR = frozenset({"generator"})
_TEXT = frozenset({"text"})

_EXPRESSIONS: dict[str, Callable[[Any, Code], Thing]] = {
    "n": Evaluator._name,
    "k": Evaluator._constant,
    "u": Evaluator._unknown,
    "a": Evaluator._attribute,
    "c": Evaluator._call,
    "s": Evaluator._subscript,
    ":": Evaluator._slice,
    "t": Evaluator._sequence,
    "l": Evaluator._sequence,
    "S": Evaluator._sequence,
    "d": Evaluator._dictionary,
    "b": Evaluator._binary,
    "o": Evaluator._boolean,
    "!": Evaluator._unary,
    "?": Evaluator._compare,
    "i": Evaluator._conditional,
    "C": Evaluator._comprehension,
    "L": Evaluator._lambda,
    "f": Evaluator._joined,
    "w": Evaluator._walrus,
    "y": Evaluator._yield,
    "Y": Evaluator._yield,
    "A": Evaluator._await,
    "*": Evaluator._starred,
}
