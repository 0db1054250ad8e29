from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from mlops_lint.documents.markers import can_coexist


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "python_version < '3.9'", True),
        ("python_version < '3.10'", "python_version >= '3.10'", False),
        ("python_version <= '3.10'", "python_version >= '3.10'", True),
        ("python_full_version < '3.10.2'", "python_full_version >= '3.10.2'", False),
        ("python_full_version > '3.10.2'", "python_version == '3.10'", True),
        ("python_version in '3.8, 3.9'", "python_version == '3.10'", False),
        ("sys_platform == 'darwin'", "platform_system == 'Linux'", False),
        ("sys_platform == 'linux'", "platform_system == 'Linux' and os_name == 'posix'", True),
        ("sys_platform != 'darwin'", "platform_machine == 'arm64'", True),
        ("platform_machine == 's390x'", "platform_machine != 's390x'", False),
        ("extra == 'cpu'", "extra == 'gpu'", False),
        ("implementation_name == 'pypy'", "platform_python_implementation == 'CPython'", False),
        ("python_version < ", "python_version >= '3.10'", None),
        ("no_such_name == 'x'", "python_version >= '3.10'", None),
    ],
)
def test_two_markers(first: str, second: str, expected: bool | None) -> None:
    assert can_coexist(first, second) is expected
    assert can_coexist(second, first) is expected


def test_hostile_markers_are_unknown() -> None:
    deep = "(" * 900 + "os_name == 'a'" + ")" * 900
    assert can_coexist(deep, "os_name == 'nt'") in (None, False)
    assert can_coexist("os_name == 'a' or " * 500 + "os_name == 'b'", "os_name == 'nt'") is None


@given(
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.integers(7, 14), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.integers(7, 14)
)
def test_agrees_with_trying_every_release(one: str, minor: int, two: str, other: int) -> None:
    first, second = f"python_version {one} '3.{minor}'", f"python_version {two} '3.{other}'"
    tried = [{"python_version": f"3.{number}"} for number in range(5, 17)]
    assert can_coexist(first, second) is any(Marker(first).evaluate(env) and Marker(second).evaluate(env) for env in tried)
