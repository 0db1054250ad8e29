"""Calls of an abstract run: the project's own functions are entered, what lies outside is looked up in the models."""

from __future__ import annotations

from mlops_lint.flow.attributes import Attributes
from mlops_lint.flow.lower import Code
from mlops_lint.flow.models.call import UNORDERED
from mlops_lint.flow.scopes import Arguments, Callee, ClassInfo, Function, Scope
from mlops_lint.flow.state import Frame
from mlops_lint.flow.things import Thing, derive, join_all
from mlops_lint.flow.trace import Event, Site, seen
from mlops_lint.python.values import UNKNOWN

MAX_DEPTH = 18
"""Calls of the project's own functions inside each other that are followed."""
MAX_RUNS = 6
"""How often one function is run in one program before it gives what it gave before."""
MAX_RUNS_OF_PROJECT = 16
"""The same over all programs; a program in which this ends a function counts as truncated."""


_TUPLE = frozenset({"tuple"})
_DICT = frozenset({"dict"})
_GENERATOR = frozenset({"generator"})
_REST = "=**"
"""Under this name an unpacked mapping is handed on: a parameter that nothing else fills is one of its entries."""
_SENDING = frozenset({"remote", "local", "spawn", "delay"})
"""Methods of a decorated function by which Ray, Modal and Celery run it, here or elsewhere."""
_CALLED = ("module", "keras-model", "adapting-layer", "loss-function", "tokenizer", "processor", "metric-object", "key-dropout")
"""Kinds of values that are made to be called."""


class Calls(Attributes):
    """Evaluates arguments, chooses what is called, makes instances, runs functions."""

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
            keywords.setdefault(_REST, thing)
        return args, keywords, unpacks

    def invoke(self, callee: Thing, receiver: Thing | None, method: str, arguments: Arguments, event: Event) -> Thing:
        """Call something with things: the project's own code is run, what lies outside is looked up in the models."""
        args, keywords, unpacks = arguments
        rest = keywords.get(_REST)
        if rest is not None:
            keywords = {name: one for name, one in keywords.items() if name != _REST}
        if callee.names and callee.how[:1] == ("partial",):
            # What a partial of something outside was given comes first.
            args, keywords = [*callee.how[1], *args], {**callee.how[2], **keywords}
        event.names = callee.names
        event.method = method or (min(callee.names).rpartition(".")[2] if callee.names else "")
        event.unpacks = unpacks
        event.args = tuple([seen(one) for one in args])
        if keywords:
            event.keywords = {name: seen(one) for name, one in keywords.items()}
        if receiver is not None and not (receiver.names and not receiver.kinds) and not (receiver.how and receiver.how[0] == "module"):
            event.receiver = seen(receiver)
        own = callee.callees
        if not own and method in _SENDING and receiver is not None:
            own = receiver.callees
            event.method = own[0].name if own else method
        if own:
            result = self._call_own(own, args, keywords if rest is None else {**keywords, _REST: rest}, event)
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
                event.callee = callee
            if not callee.names and (callee.is_a(*_CALLED) or (method == "" and callee.kinds and event.receiver is None)):
                # A value is called, whatever variable or attribute holds it.
                receiver = callee
                event.receiver = seen(callee)
                event.method = "__call__"
            elif receiver is None and not callee.names and not callee.callees and callee.event is not None:
                event.receiver = seen(callee)
                receiver = callee
            result = self.models.called(event, receiver if event.receiver is not None else None, args, keywords, callee)
            event.result = result
            if self.models.matters(event):
                self.keep(event)
            return result
        event.result = result
        self.models.own_called(event, callee)
        return result

    def _call_own(self, callees: tuple[Callee, ...], args: list[Thing], keywords: dict[str, Thing], event: Event) -> Thing:
        results = []
        for callee in callees[:6]:
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
        # Whether an instance goes by the order of what it is given is for its own code to say.
        result = derive(
            [*args, *keywords.values()], kinds=self.models.kinds_of_class(info), event=event, how=("instance",), without=frozenset({UNORDERED})
        )
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
                if name != _REST:
                    result.set_field(name, thing)
            post = info.member("__post_init__")
            for callee in post.callees if post is not None else ():
                if isinstance(callee, Function):
                    self.run(callee.bind(result), [], {}, event)
        elif member is None and keywords:
            for name, thing in keywords.items():
                if name != _REST:
                    result.set_field(name, thing)
        return result

    def run(self, function: Function, args: list[Thing], keywords: dict[str, Thing], event: Event | None) -> Thing:
        """Run a function of the project with these arguments; what it gives."""
        root, key = function.root, function.key
        given = [*function.bound, *args]
        if function in self._running or [one.root for one in self._running].count(root) >= 2 or len(self._running) >= MAX_DEPTH:
            return derive([*given, *keywords.values()], how=("recursion",))
        if self._runs[key] >= MAX_RUNS and key in self._gave:
            self._note_again(function, given, event)
            return derive([self._gave[key], *given, *keywords.values()], kinds=self._gave[key].kinds, event=event, how=("again",))
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
            if decorator.names or decorator.event is not None or decorator.callees or decorator.how[:1] == ("attribute",):
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
            result = derive(frame.yields, kinds=_GENERATOR, how=("generator", function))
            result.set_field("[*]", join_all(frame.yields))
        elif frame.returns:
            result = join_all(frame.returns)
        else:
            result = Thing(constant=None)
        self._gave[key] = self._gave_last[key] = result
        return result

    def _note_again(self, function: Function, given: list[Thing], event: Event | None) -> None:
        """Note that a function would have been run once more: what it does to what it is given happens again."""
        again = Event(
            "again", self.next_order(), event.site if event is not None else Site(function.path, function.start, function.end), function.qualname
        )
        again.note({"function": function.key})
        again.args = tuple(seen(one) for one in given)
        self.keep(again)

    def _bind_parameters(self, function: Function, given: list[Thing], keywords: dict[str, Thing], scope: Scope) -> None:
        keywords = {**function.keywords, **keywords}
        place = 0
        for parameter in function.parameters:
            name, default, annotation, kind = parameter
            if kind == "*":
                rest = given[place:]
                scope.variables[name] = Thing(items=list(rest), parents=tuple(rest), kinds=_TUPLE) if rest else Thing(_TUPLE)
                place = len(given)
                continue
            if kind == "**":
                known = {parameter[0] for parameter in function.parameters}
                rest_named = Thing(_DICT)
                for key, thing in keywords.items():
                    if key not in known and not key.startswith("="):
                        rest_named.set_field(f"[{key!r}]", thing)
                        rest_named.absorb(thing)
                if _REST in keywords:
                    rest_named.set_field("[*]", derive([keywords[_REST]], how=("item", None, keywords[_REST])))
                scope.variables[name] = rest_named
                continue
            if kind == "p" and place < len(given):
                value = given[place]
                place += 1
            elif name in keywords:
                value = keywords[name]
            elif function.decorators and (filled := self.models.filled(function, parameter)) is not None:
                value = filled
            elif f"={name}" in keywords:
                value = keywords[f"={name}"]
            elif default is not None:
                value = Thing(constant=default[1]) if default[0] == "k" else Thing()
            elif _REST in keywords:
                value = derive([keywords[_REST]], how=("item", name, keywords[_REST]))
            else:
                value = Thing(how=("unfilled", function.path, function.qualname))
            if annotation is not None and not value.kinds and not value.callees and value.owner is None and value.constant is UNKNOWN:
                outer, self.scope = self.scope, function.closure
                kinds = self.typed(annotation).kinds
                self.scope = outer
                if kinds and not value.tags and not value.origins and value.fields is None:
                    value = Thing(kinds)
                elif kinds:
                    value.kinds = kinds
            scope.variables[name] = value
