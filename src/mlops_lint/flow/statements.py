"""Statements of an abstract run: branches are joined, loops run twice."""

from __future__ import annotations

from collections.abc import Callable

from mlops_lint.flow.definitions import Definitions
from mlops_lint.flow.lower import Code
from mlops_lint.flow.models.containers import ENDING_CALLS, shrink
from mlops_lint.flow.scopes import constant_key
from mlops_lint.flow.things import Thing, derive, join
from mlops_lint.flow.trace import Branch, End, Loop, Path, Site, seen

_EXITS = ENDING_CALLS
_EXCEPT = frozenset({"except"})


class Statements(Definitions):
    """Runs statements. ``_again`` is set inside the second pass of a loop, ``_entry`` is the file that runs as ``__main__``."""

    _again = False
    _entry = ""

    # -- statements ----------------------------------------------------------------------------------------------------------------------------------

    def block(self, body: list[Code]) -> str:
        """Run statements in order; how they ended: ``""`` went on, else ``return``, ``raise``, ``exit``, ``break`` or ``continue``."""
        for code in body:
            self.step()
            self.statement = id(code)
            ended = _STATEMENTS[code[0]](self, code)
            if ended:
                return ended
        return ""

    def _assign(self, code: Code) -> str:
        value = self.evaluate(code[2])
        if code[2][0] == "b" and code[2][1] == "+" and len(code[1]) == 1 and code[1][0][0] in ("n", "a", "s"):
            self._note_sum(code, value)
        for target in code[1]:
            self.bind(target, value, code[3], code[4])
        return ""

    def _note_sum(self, code: Code, value: Thing) -> None:
        """``total = total + x`` is ``total += x``, and so is ``mean = 0.9 * mean + 0.1 * x``."""
        target = self._spelled(code[1][0])
        parts = [part[2] if part[0] == "b" and part[1] == "*" else [part] for part in code[2][2]]
        place = next((number for number, part in enumerate(parts) if any(self._spelled(one) == target for one in part)), None)
        if place is None or place >= len(value.parents):
            return
        event = self.event("augment", code[3], code[4])
        event.code, event.method = code[1][0], "+"
        event.receiver = seen(value.parents[place])
        event.args = tuple(seen(part) for number, part in enumerate(value.parents) if number != place)
        event.result = value
        self.keep(event)

    def _annotated(self, code: Code) -> str:
        if code[3] is None:
            if self.scope.function is None and code[1][0] == "n" and code[2] is not None:
                self.scope.variables.setdefault(code[1][1], self.typed(code[2]))
            return ""
        value = self.evaluate(code[3])
        if code[2] is not None and not value.kinds and not value.callees and value.constant is not None:
            value.kinds = value.kinds or self.typed(code[2]).kinds
        self.bind(code[1], value, code[4], code[5])
        return ""

    def _augment(self, code: Code) -> str:
        _, target, operator, operand, start, end = code
        before, value = self.evaluate(target), self.evaluate(operand)
        event = self.event("augment", start, end)
        event.code, event.method = target, operator
        event.receiver, event.args = seen(before), (seen(value),)
        self.keep(event)
        result = self.models.binary(operator, [before, value])
        if before.items is not None and value.items is not None and operator == "+":
            result.items = [*before.items, *value.items]
        event.result = result
        self.bind(target, result, start, end)
        return ""

    def _expression(self, code: Code) -> str:
        expression = code[1]
        if expression[0] == "c":
            result = self.call(expression, discarded=True)
            return "exit" if result is not None and not result.names.isdisjoint(_EXITS) and result.how == ("exit",) else ""
        thing = self.evaluate(expression)
        if expression[0] in ("a", "s"):
            event = self.event("expression", expression[-2], expression[-1])
            event.code = expression
            event.args = (seen(thing),)
            self.keep(event)
        return ""

    def _return(self, code: Code) -> str:
        self.frame.returns.append(self.evaluate(code[1]))
        return "return"

    def _raise(self, code: Code) -> str:
        if code[1] is not None:
            event = self.event("raise", 0, 0)
            thing = self.evaluate(code[1])
            if thing.event is not None:
                event.site = thing.event.site
                event.args = (seen(thing),)
                self.keep(event)
        return "raise"

    def _assert(self, code: Code) -> str:
        self._check(code[1], code[2], code[3])
        return ""

    def _check(self, test: Code, start: int, end: int) -> None:
        event = self.event("check", start, end)
        event.code = test
        event.args = (seen(self.evaluate(test)),)
        self.keep(event)

    def _if(self, code: Code) -> str:
        _, arms, orelse, start, end = code
        site = self.site(start, end)
        if (verdict := self._main_test(arms[0][0])) is not None and len(arms) == 1:
            return self.block(arms[0][1] if verdict else orelse)
        bodies = [*(body for _, body in arms), orelse]
        tests: list[Thing | None] = [self.evaluate(test) for test, _ in arms]
        for place, test in enumerate(tests):
            if test is not None and test.tags:
                self.models.tested(test, arms[place][0], bodies)
        tests.append(None)
        words = [self.words(test) for test, _ in arms]
        words.append(words[0] if len(words) == 1 else frozenset().union(*words))
        ended = []
        merged: dict[str, Thing] | None = None
        scope, branches, before = self.scope, self.branches, self.scope.variables
        for number, (body, test) in enumerate(zip(bodies, tests, strict=True)):
            scope.variables = dict(before)
            self.branches = (*branches, Branch(site, number, test, words[number]))
            how = self.block(body)
            self.branches = branches
            if how in ("raise", "exit") or (how == "return" and self._returned_nothing(body)):
                self._note_gate(test if test is not None else tests[0], site, arms[min(number, len(arms) - 1)][0])
            ended.append(how)
            if how:
                function = self.scope.function
                self.trace.end(site, number, End(how, function.qualname if function is not None else "", test))
            else:
                merged = self._merge(merged, scope.variables)
        scope.variables = merged if merged is not None else before
        return ended[0] if all(ended) and ended[0] == ended[-1] else ("return" if all(ended) else "")

    def _main_test(self, test: Code) -> bool | None:
        """Whether ``__name__ == "__main__"`` holds; ``None`` for any other test."""
        if test[0] != "?" or test[1] != ["=="] or ["n", "__name__"] not in test[2]:
            return None
        return self.path == self._entry

    def _returned_nothing(self, body: list[Code]) -> bool:
        last = body[-1] if body else None
        return bool(last and last[0] == "r" and last[1][0] == "k" and not last[1][1])

    def _note_gate(self, test: Thing | None, site: Site, code: Code) -> None:
        """A test that can end the function or the program is a check of what it looks at."""
        if test is not None:
            event = self.event("check", site.start, site.end)
            event.code = code
            event.args = (seen(test),)
            self.keep(event)

    def _merge(self, merged: dict[str, Thing] | None, variables: dict[str, Thing]) -> dict[str, Thing]:
        if merged is None:
            return variables
        for name, thing in variables.items():
            known = merged.get(name)
            if known is not thing:
                merged[name] = join(known, thing)
        return merged

    def _for(self, code: Code) -> str:
        _, target, iterable, body, orelse, start, end = code
        source = self.evaluate(iterable)
        return self._loop("for", body, orelse, start, end, source, target, words=self.words_of_loop(code))

    def _while(self, code: Code) -> str:
        _, test, body, orelse, start, end = code
        self.evaluate(test)
        return self._loop("while", body, orelse, start, end, None, None, test)

    def _loop(
        self,
        kind: str,
        body: list[Code],
        orelse: list[Code],
        start: int,
        end: int,
        source: Thing | None,
        target: Code | None,
        test: Code | None = None,
        words: frozenset[str] = frozenset(),
    ) -> str:
        loop = Loop(kind, self.site(start, end), source, words, self.next_order())
        outer, outer_passing, outer_again = self.loops, self.passing, self._again
        before = dict(self.scope.variables)
        self.loops = (*outer, loop)
        how = ""
        # Inside a second pass, inner loops are run once: what they carry around is known by then.
        for passing in (0,) if self._again else (0, 1):
            self.passing = passing
            self._again = self._again or bool(passing)
            if target is not None and source is not None:
                self.bind(target, self.models.element(source), start, end)
            if test is not None and passing:
                self.evaluate(test)
            how = self.block(body)
            if how in ("return", "raise", "exit", "break"):
                break
        self.loops, self.passing, self._again = outer, outer_passing, outer_again
        # The body may not have run at all.
        for name, thing in before.items():
            now = self.scope.variables.get(name)
            if now is not thing:
                self.scope.variables[name] = join(thing, now)
        ended = self.block(orelse)
        return ended or (how if kind == "while" and how == "return" and test == ["k", True] else "")

    def _with(self, code: Code) -> str:
        entered: list[Thing] = []
        for item, target in code[1]:
            thing = self.evaluate(item)
            self.enter(thing)
            entered.append(thing)
            inside = self.models.entered(thing)
            if target is not None:
                self.bind(target, inside, 0, 0)
        how = self.block(code[2])
        for thing in reversed(entered):
            self.models.left(thing)
        self.contexts = self.contexts[: len(self.contexts) - len(entered)]
        return how

    def _try(self, code: Code) -> str:
        _, body, handlers, orelse, final = code
        scope, branches, before = self.scope, self.branches, dict(self.scope.variables)
        how = self.block(body)
        if not how:
            how = self.block(orelse)
        merged = None if how else dict(scope.variables)
        # A handler starts from wherever the body broke off.
        broken = self._merge(before, scope.variables)
        site = self.site(-2, id(code))
        for number, (name, handler) in enumerate(handlers, 1):
            scope.variables = dict(broken)
            if name:
                scope.variables[name] = Thing(how=("exception",))
            self.branches = (*branches, Branch(site, number, None, _EXCEPT))
            ended = self.block(handler)
            self.branches = branches
            if not ended:
                merged = self._merge(merged, scope.variables)
        scope.variables = merged if merged is not None else broken
        ended = self.block(final)
        return ended or (how if merged is None else "")

    def _delete(self, code: Code) -> str:
        for target in code[1]:
            if target[0] == "n":
                self.scope.variables.pop(target[1], None)
            elif target[0] == "s":
                event = self.event("delete", target[3], target[4])
                event.code = target
                holder = self.evaluate(target[1])
                event.receiver, event.args = seen(holder), (seen(self.evaluate(target[2])),)
                self.keep(event)
                shrink(holder)
        return ""

    def _global(self, code: Code) -> str:
        self.scope.elsewhere.update(dict.fromkeys(code[1], code[0]))
        return ""

    def _match(self, code: Code) -> str:
        subject = self.evaluate(code[1])
        site = self.site(-1, id(code))
        scope, branches, before = self.scope, self.branches, self.scope.variables
        merged = dict(before)
        for number, body in enumerate(code[2]):
            scope.variables = dict(before)
            self.branches = (*branches, Branch(site, number, subject, self.words(code[1])))
            how = self.block(body)
            self.branches = branches
            if how:
                function = scope.function
                self.trace.end(site, number, End(how, function.qualname if function is not None else "", subject))
            else:
                merged = self._merge(merged, scope.variables)
        scope.variables = merged
        return ""

    def _break(self, code: Code) -> str:
        return "break"

    def _continue(self, code: Code) -> str:
        return "continue"

    # -- binding -------------------------------------------------------------------------------------------------------------------------------------

    def bind(self, target: Code, value: Thing, start: int, end: int) -> None:
        """Give a value to a target: a name, a tuple, an attribute or an item."""
        kind = target[0]
        if kind == "n":
            self.scope.assign(target[1], value)
            self.models.named(target[1], value)
        elif kind in ("t", "l"):
            self._unpack(target[1], value, start, end)
        elif kind == "*":
            self.bind(target[1], value, start, end)
        elif kind == "a":
            path = self._path(target[1])
            holder = path[-1][0]
            event = self.event("store", start, end)
            event.code, event.method = target, target[2]
            event.path = path
            event.receiver, event.args = seen(holder), (seen(value),)
            self.keep(event)
            holder.set_field(target[2], value)
            self.models.attribute_set(holder, target[2], value)
        elif kind == "s":
            path = self._path(target[1])
            holder, key = path[-1][0], self.evaluate(target[2])
            event = self.event("store", start, end)
            event.code = target
            event.path = path
            event.receiver, event.args = seen(holder), (seen(key), seen(value))
            self.keep(event)
            self.models.item_set(holder, key, value, event)
            name = constant_key(key)
            if name is not None:
                holder.set_field(name, value)

    def _path(self, code: Code) -> Path:
        """What a target stands in (``Event.path``)."""
        if code[0] == "s":
            path = self._path(code[1])
            key = self.evaluate(code[2])
            return (*path, (self.subscripted(path[-1][0], key, code), key))
        if code[0] == "a":
            path = self._path(code[1])
            return (*path, (self.attribute(path[-1][0], code[2]), None))
        return ((self.evaluate(code), None),)

    def _unpack(self, targets: list[Code], value: Thing, start: int, end: int) -> None:
        starred = next((place for place, target in enumerate(targets) if target[0] == "*"), None)
        items = value.items
        if items is not None and starred is None and len(items) == len(targets):
            for target, item in zip(targets, items, strict=True):
                self.bind(target, item, start, end)
            return
        if items is not None and starred is not None and len(items) >= len(targets) - 1:
            after = len(targets) - starred - 1
            middle = items[starred : len(items) - after]
            for target, item in zip(targets[:starred], items, strict=False):
                self.bind(target, item, start, end)
            self.bind(targets[starred][1], Thing(items=list(middle), parents=tuple(middle)), start, end)
            for target, item in zip(targets[starred + 1 :], items[len(items) - after :], strict=False):
                self.bind(target, item, start, end)
            return
        parts = self.models.unpacked(value, len(targets)) if starred is None else None
        for place, target in enumerate(targets):
            self.bind(target, parts[place] if parts is not None else derive([value], how=("part", place)), start, end)


_STATEMENTS: dict[str, Callable[[Statements, Code], str]] = {
    "=": Statements._assign,
    "ann": Statements._annotated,
    "+=": Statements._augment,
    "x": Statements._expression,
    "r": Statements._return,
    "raise": Statements._raise,
    "assert": Statements._assert,
    "if": Statements._if,
    "for": Statements._for,
    "while": Statements._while,
    "with": Statements._with,
    "try": Statements._try,
    "del": Statements._delete,
    "global": Statements._global,
    "nonlocal": Statements._global,
    "match": Statements._match,
    "break": Statements._break,
    "continue": Statements._continue,
    "import": Statements._import,
    "from": Statements._from,
    "def": Statements._define,
    "class": Statements._class,
}
