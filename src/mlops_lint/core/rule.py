"""Rules: a value that describes, and pure generator functions that look."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mlops_lint.core.finding import Confidence, Finding, Location, Severity
from mlops_lint.taxonomy import Area, Consideration, find_consideration
from mlops_lint.text.edit import Fix, Safety
from mlops_lint.text.span import Span

Check = Callable[..., Iterator[Finding]]
_C = TypeVar("_C", bound=Check)

PROFILES = ("default", "audit", "opt-in")
STAGES = ("stable", "preview")


@dataclass(frozen=True, slots=True)
class Hook:
    """When a check runs: ``kind`` is ``call``, ``node``, ``text``, ``document`` or ``project``; ``targets`` are what it asks for.

    ``call``: qualified names (``torch.load``; ``pandas.read_*`` for a family; ``.fit`` for any call of an attribute of that name).
    ``node``: libcst node types. ``text``: one compiled pattern. ``document``: document classes. ``project``: nothing.
    """

    kind: str
    targets: tuple[Any, ...]
    check: Check


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """What a rule is. Its name and area come from its module's path, its documentation from the module's docstring.

    ``profile``: ``default`` (on), ``audit`` (only under ``--profile audit``) or ``opt-in`` (only when named). ``fix``: the most that its fixes dare, if
    it has any. ``requires``: the facts its project hook reads. ``options``: a frozen dataclass; a rule that has one gets an instance as last argument of
    each check. ``references``: addresses of the sources of its facts.
    """

    code: str
    summary: str
    consideration: str
    severity: Severity
    confidence: Confidence
    profile: str = "default"
    stage: str = "stable"
    since: str = "0.1.0"
    fix: Safety | None = None
    options: type | None = None
    requires: tuple[type, ...] = ()
    references: tuple[str, ...] = ()
    hooks: list[Hook] = field(default_factory=list, repr=False)

    def on_call(self, *names: str) -> Callable[[_C], _C]:
        """Run for each call of one of these: ``check(call, document)``."""
        return self._register("call", names)

    def on_node(self, *types: type) -> Callable[[_C], _C]:
        """Run for each libcst node of one of these exact types: ``check(node, document)``."""
        return self._register("node", types)

    def on_text(self, pattern: str, *kinds: str) -> Callable[[_C], _C]:
        """Run for each match of a pattern in the text of a document: ``check(match, document)``. ``kinds`` narrows the document kinds."""
        return self._register("text", (re.compile(pattern), *kinds))

    def on_document(self, *types: type) -> Callable[[_C], _C]:
        """Run once for each document of one of these classes or their subclasses: ``check(document)``."""
        return self._register("document", types)

    def on_project(self, check: _C) -> _C:
        """Run once, over the facts of the whole project: ``check(project)``."""
        self.hooks.append(Hook("project", (), check))
        return check

    def finding(
        self,
        at: Location,
        message: str,
        *,
        related: Iterable[Location] = (),
        fix: Fix | None = None,
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        help: str = "",
        secrets: Iterable[Span] = (),
    ) -> Finding:
        """A finding of this rule at a place (``document.at(node)`` or a fact's ``location``)."""
        return Finding(self.code, message, at, tuple(related), fix, severity, confidence, help, tuple(secrets))

    def _register(self, kind: str, targets: tuple[Any, ...]) -> Callable[[_C], _C]:
        def decorate(check: _C) -> _C:
            self.hooks.append(Hook(kind, targets, check))
            return check

        return decorate


@dataclass(frozen=True, slots=True)
class RuleDoc:
    """A rule module's docstring, by paragraph: title, why it matters, what to do, what the rule does not see."""

    title: str
    why: str
    advice: str
    limits: str

    @classmethod
    def parse(cls, docstring: str | None) -> RuleDoc:
        """Read a docstring of four paragraphs (``why`` and ``limits`` may run over several).

        Raises:
            ValueError: there are fewer than four paragraphs.
        """
        paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", (docstring or "").strip())]
        if len(paragraphs) < 4:
            raise ValueError("a rule's docstring has four paragraphs: title, why it matters, what to do, limits")
        return cls(paragraphs[0].rstrip("."), "\n\n".join(paragraphs[1:-2]), paragraphs[-2], paragraphs[-1])


@dataclass(frozen=True, slots=True, eq=False)
class LoadedRule:
    """A rule with what its place says of it. ``plugin`` is the entry point's name, empty for the built-in rules."""

    rule: Rule
    name: str
    doc: RuleDoc
    plugin: str = ""

    @property
    def code(self) -> str:
        return self.rule.code

    @property
    def area(self) -> Area:
        return find_consideration(self.rule.consideration)[0]

    @property
    def consideration(self) -> Consideration:
        return find_consideration(self.rule.consideration)[1]


class Ruleset:
    """All rules that could be loaded, by code; read-only."""

    def __init__(self, rules: Iterable[LoadedRule]) -> None:
        self._by_code = {one.code: one for one in sorted(rules, key=lambda one: one.code)}
        self._by_name = {one.name: one for one in self._by_code.values()}

    def __iter__(self) -> Iterator[LoadedRule]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def get(self, code_or_name: str) -> LoadedRule | None:
        """The rule of a code (any case) or of a name, if there is one."""
        return self._by_code.get(code_or_name.upper()) or self._by_name.get(code_or_name.lower())
