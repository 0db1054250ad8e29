from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lint.facts.package_pins import BOUNDED, EXACT, OPEN, UNKNOWN, PackagePin, conda_pin, is_cut, is_fixed_revision, listed, pip_pin
from mlops_lint.text.span import Span

HERE = Span(0, 1)


@pytest.mark.parametrize(
    ("text", "name", "shown", "state"),
    [
        ("torch", "torch", "torch", OPEN),
        ("tensorflow_datasets", "tensorflow-datasets", "tensorflow_datasets", OPEN),
        ("zenml[server]>=0.70", "zenml", "zenml", OPEN),
        ("numpy!=1.24.0", "numpy", "numpy", OPEN),
        ("numpy>=1.26,<2", "numpy", "numpy", BOUNDED),
        ("numpy~=1.26", "numpy", "numpy", BOUNDED),
        ("numpy==1.*", "numpy", "numpy", BOUNDED),
        ("torch==2.9.1+cpu", "torch", "torch", EXACT),
        ("torch===2.9.1", "torch", "torch", EXACT),
        ("git+https://github.com/huggingface/peft", "", "peft", OPEN),
        ("git+https://github.com/huggingface/peft.git@main", "", "peft", OPEN),
        ("peft[test]@git+https://github.com/huggingface/peft", "peft", "peft", OPEN),
        ("git+https://github.com/huggingface/peft@v0.13.2", "", "peft", EXACT),
        ("git+https://github.com/huggingface/peft@3f2a9c1#egg=peft", "peft", "peft", EXACT),
        ("https://example.org/ranker-1.4.0-py3-none-any.whl", "ranker", "ranker", EXACT),
        ("https://github.com/kubeflow/batch-predict/tarball/master", "", "batch-predict", OPEN),
        ("https://github.com/kubeflow/batch-predict/archive/refs/tags/v1.zip", "", "v1.zip", EXACT),
        ("./ranker", "", ".", EXACT),
        ("not a requirement", "", "not a requirement", UNKNOWN),
    ],
)
def test_pins_of_pip(text: str, name: str, shown: str, state: str) -> None:
    pin = pip_pin(text, HERE)
    assert (pin.name, pin.state) == (name, state)
    assert state in (EXACT, UNKNOWN) or pin.shown == shown


def test_what_a_variable_holds_is_unknown() -> None:
    assert pip_pin("torch==${TORCH}", HERE, dynamic=True).state == UNKNOWN
    assert conda_pin("numpy", HERE, dynamic=True).state == UNKNOWN


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("numpy", OPEN),
        ("conda-forge::numpy", OPEN),
        ("numpy>=1.26", OPEN),
        ("numpy=1.26", BOUNDED),
        ("numpy=1.26.4=py312h1", BOUNDED),
        ("numpy==1.26.4", EXACT),
        ("numpy=1.*", BOUNDED),
        ("numpy>=1.26,<2", BOUNDED),
        ("numpy 1.26.*", BOUNDED),
        ("numpy[version='1.26']", BOUNDED),
    ],
)
def test_pins_of_conda(text: str, state: str) -> None:
    assert (conda_pin(text, HERE).name, conda_pin(text, HERE).state) == ("numpy", state)


@pytest.mark.parametrize(
    ("revision", "fixed"),
    [
        ("v4.46.1", True),
        ("0.9", True),
        ("release-1.2.0", True),
        ("peft-v0.3.0rc1", True),
        ("refs/tags/v1", True),
        ("release/1.2", True),
        ("peft@0.3.0", True),
        ("2026-05-01", True),
        ("v1_2_0", True),
        ("fix-12", False),
        ("fix/issue-12", False),
        ("feature-2.0", False),
        ("dev2", False),
        ("3f2a9c1", True),
        ("a" * 40, True),
        ("main", False),
        ("", False),
        ("v4.28-release", False),
        ("2.x", False),
        ("1" * 300, False),
    ],
)
def test_revisions_that_cannot_move(revision: str, fixed: bool) -> None:
    assert is_fixed_revision(revision) is fixed


@pytest.mark.parametrize("piece", ["a-", "1.", "1_1", "rel-", "-01", "v1."])
def test_a_long_revision_is_read_in_one_pass(piece: str) -> None:
    assert not is_fixed_revision("1" + (piece * 99)[:190] + "!")


def test_an_upper_bound_that_the_shell_takes_away_was_meant() -> None:
    assert is_cut("numpy<2 pandas", 5)
    assert is_cut("numpy>=1.20,<2", 5)
    assert not is_cut("numpy>=1.20 < file", 5)


def test_messages_name_four_at_most() -> None:
    pins = [PackagePin(name, name, OPEN, "registry", HERE) for name in "abcdef"]
    assert [listed(pins[:count]) for count in (1, 2, 4)] == ["a", "a and b", "a, b, c and d"]
    assert listed(pins) == "a, b, c and 3 more"
    assert listed(pins[:1] * 2) == "a"


@given(st.text(max_size=60))
def test_any_text_has_a_pin(text: str) -> None:
    assert pip_pin(text, HERE).state in (EXACT, BOUNDED, OPEN, UNKNOWN)
    assert conda_pin(text, HERE).state in (EXACT, BOUNDED, OPEN, UNKNOWN)
