from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lint.documents import specifiers
from mlops_lint.documents.constraint_dialects import conda_specifier, poetry_specifier


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("*", ""),
        ("^1.2.3", ">=1.2.3,<2.0.0"),
        ("^1.2", ">=1.2,<2.0"),
        ("^1", ">=1,<2"),
        ("^0.2.3", ">=0.2.3,<0.3.0"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("^21.9b0", ">=21.9b0,<22.0"),
        ("~1.2.3", ">=1.2.3,<1.3.0"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.4.2", "~=1.4.2"),
        ("1.2.*", "==1.2.*"),
        ("!=1.2.*", "!=1.2.*"),
        ("1.2.3", "==1.2.3"),
        ("=1.2.3", "==1.2.3"),
        (">= 1.2, < 1.5", ">=1.2,<1.5"),
        (">=1.2 <1.5", ">=1.2,<1.5"),
        ("^1.0 || ^2.0", "^1.0 || ^2.0"),
        ("latest", "==latest"),
        ("@@", "@@"),
    ],
)
def test_poetry(constraint: str, expected: str) -> None:
    assert poetry_specifier(constraint) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", ""),
        ("=*", ""),
        ("=1.2", "==1.2.*"),
        ("=1.2.3", "==1.2.3"),
        ("=1.2=py39_0", "==1.2"),
        ("==1.2", "==1.2"),
        (" 1.2.3 py_0", "==1.2.3"),
        ("=2.*", "==2.*"),
        ("2.*", "==2.*"),
        (">=1.2,<2", ">=1.2,<2"),
        (">=1.2,<2.0a0", ">=1.2,<2.0a0"),
        ("!=1.2.*", "!=1.2.*"),
        ("=1.2|1.3", "=1.2|1.3"),
        ("~=1.2", "~=1.2"),
    ],
)
def test_conda(written: str, expected: str) -> None:
    assert conda_specifier(written) == expected


@pytest.mark.parametrize(
    ("specifier", "exact", "floor", "capped"),
    [
        ("", None, None, False),
        ("==1.2.3", "1.2.3", "1.2.3", True),
        ("===1.2.3", "1.2.3", "1.2.3", True),
        ("==1.*", None, "1", True),
        ("~=1.4", None, "1.4", True),
        (">=1.2,>1.3,!=1.5", None, "1.3", False),
        ("<2", None, None, True),
        ("^1.0 || ^2.0", None, None, False),
    ],
)
def test_exact_floor_and_cap(specifier: str, exact: str | None, floor: str | None, capped: bool) -> None:
    assert specifiers.exact_version(specifier) == exact
    assert specifiers.lower_bound(specifier) == floor
    assert specifiers.has_upper_bound(specifier) is capped


def test_admits() -> None:
    assert specifiers.admits(">=1.2,<2", "1.9rc1") is True
    assert specifiers.admits("==2.0", "2.0+cu118") is True
    assert specifiers.admits("<2", "2.1") is False
    assert specifiers.admits("^1.0 || ^2.0", "1.0") is None
    assert specifiers.admits(">=1", "main") is None


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("==1.0", "==2.0", True),
        ("==1.0", "==1.0.0", False),
        ("==1.0", "==1.0+cpu", False),
        ("==1.0+cu118", "==1.0+cpu", True),
        ("==1.0", ">=1.1", True),
        (">=2", "<2", True),
        (">=2", "<=2", False),
        (">2", "<=2", True),
        ("==1.2.*", ">=1.3", True),
        ("~=1.4.2", ">=1.5", True),
        ("~=1.4", ">=1.5", False),
        (">=1,<2", ">=1.5,<3", False),
        ("", "==1.0", False),
        ("^1 || ^2", "==1.0", None),
    ],
)
def test_disjoint_is_symmetric(first: str, second: str, expected: bool | None) -> None:
    assert specifiers.disjoint(first, second) is expected
    assert specifiers.disjoint(second, first) is expected


_VERSIONS = st.sampled_from(["0.9", "1", "1.0", "1.2.3", "1.5", "2", "2.0.1"])
_SPECIFIERS = st.lists(st.tuples(st.sampled_from(["==", ">=", "<=", "<", ">", "!="]), _VERSIONS).map("".join), max_size=3).map(",".join)


@given(_SPECIFIERS, _SPECIFIERS, _VERSIONS)
def test_sets_with_a_common_version_are_never_disjoint(first: str, second: str, version: str) -> None:
    if specifiers.admits(first, version) and specifiers.admits(second, version):
        assert specifiers.disjoint(first, second) is False


def test_versions_that_differ_in_their_label_alone_agree() -> None:
    assert specifiers.same_public_version(["2.1.0+cu118", "2.1.0+cpu"]) == "2.1.0"
    assert specifiers.same_public_version(["2.1.0+cu118", "2.1.0+cu118"]) == "2.1.0+cu118"
    assert specifiers.same_public_version(["2.1", "2.1.0"]) == "2.1"
    assert specifiers.same_public_version(["2.1", "2.2"]) is None
    assert specifiers.same_public_version([]) is None


@given(st.text(alphabet="^~=<>!*|., 0123456789ab+-", max_size=40))
def test_no_dialect_raises(text: str) -> None:
    for specifier in (poetry_specifier(text), conda_specifier(text), text):
        specifiers.exact_version(specifier)
        specifiers.lower_bound(specifier)
        specifiers.admits(specifier, "1.0")
        specifiers.disjoint(specifier, ">=1")
