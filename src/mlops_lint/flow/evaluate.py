"""Expressions of an abstract run."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from mlops_lint.flow.calls import Calls
from mlops_lint.flow.lower import Code
from mlops_lint.flow.models.call import UNORDERED
from mlops_lint.flow.scopes import Function, Scope, constant_key
from mlops_lint.flow.things import Thing, derive, join, join_all, unmarked
from mlops_lint.flow.trace import Branch, Loop
from mlops_lint.python.values import UNKNOWN

_BUILTINS = frozenset(dir(builtins))


class Evaluator(Calls):
    """Evaluates expressions."""

    # -- expressions ---------------------------------------------------------------------------------------------------------------------------------

    def evaluate(self, code: Code) -> Thing:
        """What an expression may be."""
        return _EXPRESSIONS[code[0]](self, code)

    def words(self, code: Code) -> frozenset[str]:
        """The names and attributes that an expression speaks of."""
        known = self._words.get(id(code))
        if known is not None and known[0] is code:
            return known[1]
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
        words = frozenset(found)
        self._words[id(code)] = (code, words)
        return words

    def words_of_loop(self, code: Code) -> frozenset[str]:
        """The names and attributes that the head of a ``for`` speaks of."""
        known = self._words.get(id(code))
        if known is None or known[0] is not code:
            known = self._words[id(code)] = (code, self.words(code[1]) | self.words(code[2]))
        return known[1]

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
        return self.subscripted(self.evaluate(code[1]), self.evaluate(code[2]), code)

    def subscripted(self, holder: Thing, key: Thing, code: Code) -> Thing:
        """What ``holder[key]`` may be."""
        if (
            holder.items is not None
            and isinstance(key.constant, int)
            and not isinstance(key.constant, bool)
            and -len(holder.items) <= key.constant < len(holder.items)
        ):
            return holder.items[key.constant]
        name = constant_key(key)
        if name is not None and not holder.is_a("dataframe", "series", "array", "tensor") and (found := holder.field(name)) is not None:
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
        # Written out, the order of the items is that of the text; what is in them has an order of its own.
        result = derive(parts, kinds=_SEQUENCE_KINDS[code[0]], how=("literal", self.next_order(), len(parts)), without=_UNORDERED)
        if code[0] != "S":
            result.items = parts
            if parts and len(parts) <= 32 and all(part.constant is not UNKNOWN for part in parts):
                constants = [part.constant for part in parts]
                result.constant = tuple(constants) if code[0] == "t" else constants
        elif parts:
            result.set_field("[*]", join_all(parts))
        return result

    def _dictionary(self, code: Code) -> Thing:
        result = Thing(_DICT, how=("literal", self.next_order()))
        for key, value in code[1]:
            thing = self.evaluate(value)
            result.absorb(thing)
            if key is not None:
                result.tags = unmarked(result.tags, UNORDERED)
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
        if test.tags:
            self.models.tested(test, code[1], [])
        site = self.site(-1, id(code))
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
                self.loops = (*self.loops, Loop("comprehension", self.site(start, end), source, order=self.next_order()))
                self.bind(target, self.models.element(source), start, end)
                tests.extend(self.evaluate(condition) for condition in conditions)
            made = self.evaluate(element)
            entry = self.evaluate(value) if value is not None else made
        finally:
            self.scope, self.loops, self.passing = outer, outer_loops, outer_passing
        result = derive([entry, made, *tests], kinds=_SEQUENCE_KINDS.get(kind, _DICT if kind == "d" else _GENERATOR), how=("comprehension",))
        result.parents = (*result.parents, *sources)
        result.set_field("[*]", entry)
        self.models.comprehended(result, sources, (made, entry), self.site(start, end))
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


def _placeless(code: Any) -> Any:
    """An expression without its places, so that two spellings of it are equal."""
    if not isinstance(code, list):
        return code
    if code and code[0] in ("a", "c", "s"):
        return [_placeless(part) for part in code[:-2]]
    return [_placeless(part) for part in code]


_UNORDERED = frozenset({UNORDERED})
_SEQUENCE_KINDS = {"t": frozenset({"tuple"}), "l": frozenset({"list"}), "S": frozenset({"set"})}
_DICT = frozenset({"dict"})
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
