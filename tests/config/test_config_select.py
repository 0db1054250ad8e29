from __future__ import annotations

import pytest

from mlops_lint.config.select import SelectionLayer, Selectors, UnknownSelector
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.core.rule import Ruleset

OWN = frozenset(PROBLEMS)
DEFAULT = {"SE106", "SE201", "DM110"}
STABLE = DEFAULT | {"SE107", "GV109"}


def active(ruleset: Ruleset, *layers: SelectionLayer, preview: bool = False) -> set[str]:
    return set(Selectors(ruleset).resolve(layers, preview=preview).active)


def rules(ruleset: Ruleset, *layers: SelectionLayer, preview: bool = False) -> set[str]:
    return active(ruleset, *layers, preview=preview) - OWN


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("SE106", {"SE106"}),
        ("se106", {"SE106"}),
        ("SE", {"SE106", "SE107", "SE201"}),
        ("SE1", {"SE106", "SE107"}),
        ("SE10", {"SE106", "SE107"}),
        ("unsafe-deserialization", {"SE106"}),
        ("Unsafe-Deserialization", {"SE106"}),
        ("security", {"SE106", "SE107", "SE201"}),
        ("data-management", {"DM110"}),
        ("ALL", {"SE106", "SE107", "SE201", "DM110", "GV109", "RP301"}),
        ("TS", set()),
        ("TS3", set()),
        ("talent", set()),
        ("E903", {"E903"}),
        ("syntax-error", {"E903"}),
        ("E", set(PROBLEMS)),
        ("E91", {"E910", "E911", "E912"}),
    ],
)
def test_a_selector_stands_for_codes(ruleset: Ruleset, text: str, codes: set[str]) -> None:
    assert Selectors(ruleset).find(text).codes == codes


@pytest.mark.parametrize("text", ["", "S", "SE9", "SE999", "TS4", "TS10", "data_management", "SE106 ", "unsafe"])
def test_anything_else_is_unknown(ruleset: Ruleset, text: str) -> None:
    with pytest.raises(UnknownSelector):
        Selectors(ruleset).find(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("unsafe-deserialisation", "did you mean `unsafe-deserialization`?"),
        ("securty", "did you mean `security`?"),
        ("data_management", "did you mean `data-management`?"),
        ("SE160", "did you mean `SE10"),
        ("SE999", "the nearest known is `SE`"),
        ("zzz", "the nearest known is `"),
    ],
)
def test_the_nearest_selector_is_named(ruleset: Ruleset, text: str, hint: str) -> None:
    with pytest.raises(UnknownSelector) as caught:
        Selectors(ruleset).find(text)
    assert hint in str(caught.value)


def test_profiles(ruleset: Ruleset) -> None:
    assert rules(ruleset) == DEFAULT
    assert rules(ruleset, SelectionLayer(profile="default")) == DEFAULT
    assert rules(ruleset, SelectionLayer(profile="audit")) == DEFAULT | {"GV109"}
    assert rules(ruleset, SelectionLayer(profile="all")) == STABLE
    assert rules(ruleset, SelectionLayer(profile="all"), preview=True) == STABLE | {"RP301"}


def test_select_replaces_the_profile_and_extend_select_adds_to_it(ruleset: Ruleset) -> None:
    assert rules(ruleset, SelectionLayer(select=("SE",))) == {"SE106", "SE107", "SE201"}
    assert rules(ruleset, SelectionLayer(select=("SE",), profile="all")) == {"SE106", "SE107", "SE201"}
    assert rules(ruleset, SelectionLayer(extend_select=("GV109",))) == DEFAULT | {"GV109"}
    assert rules(ruleset, SelectionLayer(select=())) == set()


def test_the_more_specific_selector_wins(ruleset: Ruleset) -> None:
    assert rules(ruleset, SelectionLayer(select=("ALL",), ignore=("SE",))) == {"DM110", "GV109"}
    assert rules(ruleset, SelectionLayer(ignore=("SE",), extend_select=("SE106",))) == {"SE106", "DM110"}
    assert rules(ruleset, SelectionLayer(select=("SE1",), ignore=("SE",))) == {"SE106", "SE107"}
    assert rules(ruleset, SelectionLayer(select=("unsafe-deserialization",), ignore=("SE10",))) == {"SE106"}
    assert rules(ruleset, SelectionLayer(select=("security",), ignore=("SE",))) == set()
    assert rules(ruleset, SelectionLayer(select=("SE106",), ignore=("unsafe-deserialization",))) == set()
    assert rules(ruleset, SelectionLayer(select=("SE",), extend_ignore=("SE2",))) == {"SE106", "SE107"}


def test_layers_are_applied_from_weak_to_strong_as_ruff_does(ruleset: Ruleset) -> None:
    file = SelectionLayer(select=("SE", "DM"), ignore=("SE106",))
    assert rules(ruleset, file) == {"SE107", "SE201", "DM110"}
    assert rules(ruleset, file, SelectionLayer(select=("SE1",))) == {"SE106", "SE107"}
    assert rules(ruleset, file, SelectionLayer(ignore=("SE107",))) == {"SE201", "DM110"}
    assert rules(ruleset, file, SelectionLayer(extend_select=("SE106",))) == {"SE106", "SE107", "SE201", "DM110"}
    assert rules(ruleset, file, SelectionLayer(profile="audit")) == DEFAULT | {"GV109"}
    assert rules(ruleset, file, SelectionLayer()) == {"SE107", "SE201", "DM110"}


def test_own_codes_are_on_unless_ignored(ruleset: Ruleset) -> None:
    assert active(ruleset) >= OWN
    assert active(ruleset, SelectionLayer(select=("SE106",))) == {"SE106"} | OWN
    assert active(ruleset, SelectionLayer(ignore=("ALL",))) == OWN
    assert OWN - active(ruleset, SelectionLayer(ignore=("E903",))) == {"E903"}
    assert OWN - active(ruleset, SelectionLayer(ignore=("E903",)), SelectionLayer(select=("SE",))) == {"E903"}
    assert OWN - active(ruleset, SelectionLayer(ignore=("E91",), extend_select=("unused-suppression",))) == {"E910", "E912"}


def test_preview_rules_need_preview(ruleset: Ruleset) -> None:
    named = SelectionLayer(select=("RP301",))
    assert rules(ruleset, named) == set()
    assert rules(ruleset, named, preview=True) == {"RP301"}
    warnings = Selectors(ruleset).resolve([named], preview=False).warnings
    assert warnings == ("selecting `RP301` has no effect without --preview: it is not yet stable",)
    assert Selectors(ruleset).resolve([named], preview=True).warnings == ()
    assert Selectors(ruleset).resolve([SelectionLayer(select=("ALL",))], preview=False).warnings == ()
    assert Selectors(ruleset).resolve([SelectionLayer(ignore=("RP",))], preview=False).warnings == ()
