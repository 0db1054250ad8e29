from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lint.project.patterns import PathPatterns


@pytest.mark.parametrize(
    ("pattern", "hits", "misses"),
    [
        ("data", ["data/x.csv", "src/data/deep/x.py", "data"], ["database/x.py", "src/mydata.py"]),
        ("data/", ["data/x.csv", "src/data/x.py"], ["data", "src/data"]),
        ("*.ipynb", ["a.ipynb", "deep/er/b.ipynb", "odd.ipynb/x.py"], ["a.ipynb.py", "ipynb"]),
        ("tests/*", ["tests/a.py", "tests/deep/a.py"], ["src/tests/a.py", "tests"]),
        ("tests/*.py", ["tests/a.py"], ["tests/deep/a.py", "tests/a.pyc"]),
        ("src/**/old", ["src/old/x.py", "src/a/b/old/x.py"], ["old/x.py", "src/olds/x.py"]),
        ("**/old", ["old/x", "a/old/x", "a/old"], ["older/x"]),
        ("data/**", ["data/x", "data/a/b"], ["data", "src/data/x"]),
        ("**", ["a", "a/b"], []),
        ("**/*.py", ["a.py", "a/b.py"], ["a.txt"]),
        ("./data", ["data/x"], ["a/data/x"]),
        ("/data", ["data/x"], ["a/data/x"]),
        ("/home/me/proj/data", ["data/x"], ["a/data/x"]),
        ("/home/me/proj2/data", [], ["data/x"]),
        ("a?c", ["abc", "x/abc/y"], ["ac", "abbc"]),
        ("[ab]x.py", ["ax.py"], ["cx.py"]),
        ("[!ab]x.py", ["cx.py"], ["ax.py"]),
        ("[ab", ["[ab"], ["a"]),
        ("*.{py,ipynb}", ["a.py", "a.ipynb"], ["a.md", "a.{py,ipynb}"]),
        ("{a,b/c}/x", ["a/x", "b/c/x/y"], ["b/x"]),
        ("a.b", ["a.b"], ["axb"]),
        ("ĥ*\udce9", ["ĥx\udce9"], ["ĥx"]),
        ("x\n*", ["x\ny", "x\n\ny/z"], ["x"]),
    ],
)
def test_what_a_pattern_means(pattern: str, hits: list[str], misses: list[str]) -> None:
    one = PathPatterns([pattern], "/home/me/proj")
    assert [path for path in hits if not one.matches(path)] == []
    assert [path for path in misses if one.matches(path)] == []


def test_folders_that_are_covered_are_known_as_such() -> None:
    one = PathPatterns(["data/", "src/gen"])
    assert one.matches_folder("data") and one.matches_folder("a/data/b") and one.matches_folder("src/gen")
    assert not one.matches_folder("") and not one.matches_folder("src") and not one.matches_folder("gen")
    assert PathPatterns([]).empty and not PathPatterns([]).matches("a")


@pytest.mark.parametrize("pattern", ["", "  ", "/", "./", "a\0b", "../x", "a/../b", "x" * 1001, "{a,b}" * 7])
def test_patterns_that_cannot_be_used(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        PathPatterns([pattern])


def test_hostile_patterns_stay_cheap() -> None:
    hostile = ["/".join(["**", "*"] * 160) + "/nope", "*a" * 300 + "b", "/".join(["**", "*a*a*a*"] * 80) + "/b", "?*" * 400 + "/x"]
    paths = ["/".join(["a" * 200] * 15) + "/x", "a" * 250, "/".join(["a"] * 900)]
    started = time.process_time()
    one = PathPatterns(hostile)
    assert [one.matches(path) for path in paths] == [False, False, False]
    assert time.process_time() - started < 10  # exponential work would not end in a lifetime


@given(st.lists(st.sampled_from(["a", "b", "*", "**", "?"]), min_size=1, max_size=6), st.lists(st.sampled_from("ab"), min_size=1, max_size=6))
def test_the_matcher_agrees_with_the_definition(pattern: list[str], parts: list[str]) -> None:
    def holds(want: list[str], have: list[str]) -> bool:
        if not want:
            return not have
        if want[0] == "**":
            # At the end ``**`` asks for something to span.
            if len(want) == 1:
                return bool(have)
            return any(holds(want[1:], have[at:]) for at in range(len(have) + 1))
        return bool(have) and (want[0] in ("*", "?") or want[0] == have[0]) and holds(want[1:], have[1:])

    collapsed = [part for at, part in enumerate(pattern) if not (part == "**" and at and pattern[at - 1] == "**")]
    expected = any(holds(collapsed, parts[:length]) for length in range(1, len(parts) + 1))
    assert PathPatterns(["/" + "/".join(pattern)]).matches("/".join(parts)) is expected
