"""From selectors to rules: which codes a list of codes, prefixes, names and areas turns on.

The order of things is ruff's: sources are layers from weak to strong; inside a layer selectors apply from the least to the most specific, and ignoring
comes after selecting where two are equally specific; a layer that selects starts from nothing, any other changes what the weaker ones left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mlops_lint.core.problem import PROBLEM_BY_NAME, PROBLEMS
from mlops_lint.core.rule import LoadedRule, Ruleset
from mlops_lint.taxonomy import AREA_BY_PREFIX, AREAS
from mlops_lint.text.nearest import nearest, quote

_CODE = re.compile(r"([A-Z]+)(\d*)")
_ALL, _AREA, _RULE = 0, 1, 99
_OWN = frozenset(PROBLEMS)
_PROFILE_RULES = {"default": {"default"}, "audit": {"default", "audit"}, "all": {"default", "audit", "opt-in"}}


class UnknownSelector(ValueError):
    """A selector that names nothing; the message says which is the nearest that does."""


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector with the codes it stands for; a higher ``specificity`` wins."""

    text: str
    specificity: int
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class SelectionLayer:
    """What one source (a file, an inline setting, the flags) says about the rules; ``None`` where it says nothing."""

    profile: str | None = None
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The codes that are on, the tool's own ``E9xx`` among them, and what the user should know about selectors without effect."""

    active: frozenset[str]
    warnings: tuple[str, ...] = ()


class Selectors:
    """All selectors of a ruleset. Codes may be written in any case, as may names and areas."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._rules = {rule.code: rule for rule in ruleset}
        codes = [*self._rules, *PROBLEMS]
        self._table: dict[str, Selector] = {"all": Selector("ALL", _ALL, frozenset(self._rules))}
        for area in AREAS:
            members = frozenset(code for code in self._rules if _letters(code) == area.prefix)
            self._table[area.slug] = Selector(area.slug, _AREA, members)
        prefixes: dict[str, set[str]] = {}
        for prefix in AREA_BY_PREFIX:
            for known in (prefix, *(f"{prefix}{number}" for number in (1, 2, 3))):
                prefixes[known] = set()
        for code in codes:
            match = _CODE.fullmatch(code)
            letters = len(match[1]) if match is not None else len(code)
            for end in range(letters, len(code)):
                prefixes.setdefault(code[:end], set()).add(code)
        for prefix, members_of in prefixes.items():
            self._table[prefix.lower()] = Selector(prefix, _AREA + len(prefix) - len(_letters(prefix)), frozenset(members_of))
        for name, kind in PROBLEM_BY_NAME.items():
            self._table[name] = self._table[kind.code.lower()] = Selector(kind.code, _RULE, frozenset({kind.code}))
        for code, rule in self._rules.items():
            self._table[code.lower()] = self._table[rule.name] = Selector(code, _RULE, frozenset({code}))

    def find(self, text: str) -> Selector:
        """The selector of a code, a prefix of one, a name, an area or ``ALL``.

        Raises:
            UnknownSelector: there is none.
        """
        found = self._table.get(text.lower())
        if found is None:
            if not text:
                raise UnknownSelector("a rule selector is empty")
            raise UnknownSelector(f"unknown rule selector {quote(text)}{self.nearest(text)}")
        return found

    def nearest(self, text: str) -> str:
        """A clause with the nearest known selector; for what looks like a code, one that begins with the same letters if there is any."""
        known = list(self.known())
        code = _CODE.fullmatch(text.upper())
        alike = [one for one in known if one.isupper() and _letters(one) == code[1]] if code is not None else []
        return nearest(text, alike or known)

    def known(self) -> Iterator[str]:
        """The selectors that are worth suggesting: all but those prefixes that only cut a code short."""
        for key, selector in self._table.items():
            if key != selector.text.lower():
                yield key
            elif selector.specificity in (_ALL, _AREA, _RULE):
                yield selector.text

    def expand(self, texts: Iterable[str]) -> frozenset[str]:
        """The codes of several selectors together.

        Raises:
            UnknownSelector: one names nothing.
        """
        return frozenset().union(*(self.find(text).codes for text in texts))

    def resolve(self, layers: Sequence[SelectionLayer], *, preview: bool) -> Selection:
        """The codes that are on after all layers, from the weakest to the strongest.

        The tool's own codes are on unless they are ignored. A profile that is set in a stronger layer than a ``select`` starts anew from its rules.

        Raises:
            UnknownSelector: a selector names nothing.
        """
        active = self._profile("default", preview) | _OWN
        warnings: dict[str, None] = {}
        for layer in layers:
            selecting = [self.find(text) for text in (*(layer.select or ()), *layer.extend_select)]
            ignoring = [self.find(text) for text in (*layer.ignore, *layer.extend_ignore)]
            updates: dict[str, bool] = {}
            for level in sorted({one.specificity for one in (*selecting, *ignoring)}):
                for one in selecting:
                    if one.specificity == level:
                        allowed = self._allowed(one.codes, preview)
                        updates.update(dict.fromkeys(allowed, True))
                        if one.codes and not allowed:
                            warnings[f"selecting {quote(one.text)} has no effect without --preview: it is not yet stable"] = None
                for one in ignoring:
                    if one.specificity == level:
                        updates.update(dict.fromkeys(one.codes, False))
            if layer.select is not None:
                active &= _OWN
            elif layer.profile is not None:
                active = self._profile(layer.profile, preview) | (active & _OWN)
            active |= {code for code, on in updates.items() if on}
            active -= {code for code, on in updates.items() if not on}
        return Selection(frozenset(active), tuple(warnings))

    def _profile(self, name: str, preview: bool) -> set[str]:
        members = _PROFILE_RULES[name]
        return self._allowed((code for code, rule in self._rules.items() if rule.rule.profile in members), preview)

    def _allowed(self, codes: Iterable[str], preview: bool) -> set[str]:
        return {code for code in codes if preview or not _is_preview(self._rules.get(code))}


def _is_preview(rule: LoadedRule | None) -> bool:
    return rule is not None and rule.rule.stage == "preview"


def _letters(code: str) -> str:
    match = _CODE.match(code)
    return match[1] if match is not None else code
