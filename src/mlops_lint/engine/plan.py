"""The plan of a run: the hooks of the active rules, joined by what they ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mlops_lint.core.finding import Finding
from mlops_lint.core.rule import Check, LoadedRule, Ruleset
from mlops_lint.documents.document import Document
from mlops_lint.documents.python import PythonDocument
from mlops_lint.python.calls import CallPattern
from mlops_lint.python.program import attribute_of


@dataclass(frozen=True, slots=True)
class Bound:
    """One hook of one rule with the rule's options bound to its check."""

    code: str
    check: Check


@dataclass(frozen=True, slots=True)
class CallHook:
    """A hook on calls: the pattern it waits for and the words without one of which no text can match."""

    pattern: CallPattern
    words: frozenset[str]
    bound: Bound


@dataclass(frozen=True, slots=True)
class TextHook:
    """A hook on text: its pattern, and the document kinds it is held to (empty: all but notebooks)."""

    pattern: re.Pattern[str]
    kinds: frozenset[str]
    bound: Bound


class Plan:
    """What to run on which document, built once per run and per worker from the active rules."""

    def __init__(self, ruleset: Ruleset, active: Iterable[str], options: Mapping[str, Any]) -> None:
        wanted = frozenset(active)
        self.rules: tuple[LoadedRule, ...] = tuple(one for one in ruleset if one.code in wanted)
        self.calls: list[CallHook] = []
        self.nodes: dict[type[Any], list[Bound]] = {}
        self.texts: list[TextHook] = []
        self.documents: list[tuple[tuple[type, ...], Bound]] = []
        self.project: list[Bound] = []
        for loaded in self.rules:
            for hook in loaded.rule.hooks:
                bound = Bound(loaded.code, _with_options(hook.check, loaded, options))
                if hook.kind == "call":
                    pattern = CallPattern(hook.targets)
                    self.calls.append(CallHook(pattern, pattern.words(), bound))
                elif hook.kind == "node":
                    for target in hook.targets:
                        self.nodes.setdefault(target, []).append(bound)
                elif hook.kind == "text":
                    self.texts.append(TextHook(hook.targets[0], frozenset(hook.targets[1:]), bound))
                elif hook.kind == "document":
                    self.documents.append((hook.targets, bound))
                else:
                    self.project.append(bound)
        types = {fact for loaded in self.rules for fact in loaded.rule.requires}
        self.facts: tuple[type, ...] = tuple(sorted(types, key=lambda one: (one.__module__, one.__qualname__)))

    def hooks_on(self, document: Document) -> Iterator[tuple[str, Iterator[Finding]]]:
        """The findings of each hook that matches something in a document, as (rule code, lazy findings)."""
        for types, bound in self.documents:
            if isinstance(document, types):
                yield bound.code, lazily(bound.check, document)
        for hook in self.texts:
            if document.kind in hook.kinds or (not hook.kinds and document.kind != "notebook"):
                yield from ((hook.bound.code, lazily(hook.bound.check, match, document)) for match in hook.pattern.finditer(document.text))
        if isinstance(document, PythonDocument) and (self.calls or self.nodes):
            yield from self._hooks_on_code(document)

    def _hooks_on_code(self, document: PythonDocument) -> Iterator[tuple[str, Iterator[Finding]]]:
        import libcst as cst

        hooks = self._matching_calls(document)
        if not hooks and not self.nodes:
            return
        if hooks:
            for call in document.nodes(cst.Call):
                names, attribute = document.names(call), attribute_of(call.func)
                for hook in hooks:
                    if hook.pattern.matches(names, attribute):
                        yield hook.bound.code, lazily(hook.bound.check, call, document)
        for kind, bounds in self.nodes.items():
            for found in document.nodes(kind):
                yield from ((bound.code, lazily(bound.check, found, document)) for bound in bounds)

    def _matching_calls(self, document: PythonDocument) -> list[CallHook]:
        """The call hooks for which the skim saw a call that may match; without one, libcst need not read the file."""
        code = document.code
        hooks = [hook for hook in self.calls if any(word in code for word in hook.words)]
        if not hooks or document.program.skim.tree is None:
            return hooks
        seen = {(document.scopes.names(call.func), getattr(call.func, "attr", "")) for call in document.scopes.calls}
        return [hook for hook in hooks if any(hook.pattern.matches(names, attribute) for names, attribute in seen)]


def lazily(check: Check, *arguments: Any) -> Iterator[Finding]:
    """The findings of a check, which is not called before they are taken: one that is no generator may raise right away."""
    yield from check(*arguments)


def _with_options(check: Check, loaded: LoadedRule, options: Mapping[str, Any]) -> Check:
    if loaded.rule.options is None:
        return check
    return partial(_call_with, check, options.get(loaded.code) or loaded.rule.options())


def _call_with(check: Check, options: Any, *arguments: Any) -> Iterator[Finding]:
    return check(*arguments, options)
