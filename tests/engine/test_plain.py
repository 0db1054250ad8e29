from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lint.core.finding import Severity
from mlops_lint.core.outcome import Place, Region
from mlops_lint.engine.examine import Examiner, Task
from mlops_lint.engine.plain import Decoder, Encoder, NotPlain
from mlops_lint.engine.plan import Plan
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.testing.cases import build_repository, find_cases
from mlops_lint.text.span import Span

FIXTURES = Path(__file__).parent.parent / "fixtures"


def round_trip(value: Any) -> Any:
    encoder = Encoder()
    encoded = encoder.encode(value)
    classes, encoded = json.loads(json.dumps([encoder.classes, encoded]))
    return Decoder(classes).decode(encoded)


def shape(value: Any) -> Any:
    """A value with the types of all that is in it, since ``1 == True`` and a list is no tuple."""
    if isinstance(value, (tuple, list)):
        return type(value), [shape(one) for one in value]
    if isinstance(value, dict):
        return dict, [(shape(key), shape(one)) for key, one in value.items()]
    if hasattr(value, "__dataclass_fields__"):
        return type(value), [shape(getattr(value, name)) for name in value.__dataclass_fields__]
    return type(value), repr(sorted(map(repr, value))) if isinstance(value, (set, frozenset)) else repr(value)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.binary()
    | st.sampled_from(Severity)
    | st.builds(Span, st.integers(0, 9), st.integers(9, 99)),
    lambda inner: (
        st.lists(inner).map(tuple)
        | st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | st.builds(Place, st.text(), note=st.text())
        | st.frozensets(st.text())
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_round_trip(value: Any) -> None:
    assert shape(round_trip(value)) == shape(value)


@pytest.mark.parametrize("value", [object(), round_trip, Path(), {"a": 1j}, (Span(1, 2), range(3)), type("Made", (), {})()])
def test_what_is_not_plain(value: Any) -> None:
    with pytest.raises(NotPlain):
        Encoder().encode(value)


@pytest.mark.parametrize(
    "name",
    [
        "os:system",
        "builtins:eval",
        "subprocess:Popen",
        "no_such_module:Thing",
        "mlops_lint.engine.plain:Encoder",
        "mlops_lint.engine.plain:round",
        "",
        ":",
    ],
)
def test_nothing_else_is_called(name: str) -> None:
    with pytest.raises(NotPlain):
        Decoder([name])


@pytest.mark.parametrize("encoded", [[-99, 1], [5, 1], [0.5], ["x"], []])
def test_what_is_no_encoded_form(encoded: Any) -> None:
    with pytest.raises((NotPlain, IndexError, TypeError)):
        Decoder([]).decode(encoded)


def test_nested_dataclasses() -> None:
    place = Place("a.py", Region(1, 2, 3, 4), caret=(1, 2))
    assert round_trip((place, [place], {"x": place})) == (place, [place], {"x": place})


RULESET = load_ruleset()
CASES = [case for area in sorted(FIXTURES.iterdir()) for rule in sorted(area.iterdir()) for case in find_cases(rule) if case.name.startswith("bad")]


@pytest.mark.parametrize("case", CASES[::10], ids=lambda case: f"{case.folder.parent.name}/{case.name}")
def test_all_that_files_give(case: Any, tmp_path: Path) -> None:
    """Each result, fact and directive of real files comes back as it was."""
    build_repository(case, tmp_path)
    from mlops_lint.documents.classify import kind_of

    plan = Plan(RULESET, {one.code for one in RULESET}, {})
    examiner = Examiner(tmp_path, plan, RULESET, {}, True)
    for path in sorted(tmp_path.rglob("*")):
        kind = kind_of(path.relative_to(tmp_path).as_posix())
        if not path.is_file() or kind is None or ".git" in path.parts:
            continue
        examined = examiner.examine(Task(path.relative_to(tmp_path).as_posix(), kind, True))
        for part in (examined.results, examined.facts, examined.directives, examined.not_analysed):
            assert shape(round_trip(part)) == shape(part)
