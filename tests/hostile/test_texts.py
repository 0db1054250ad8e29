"""Texts as they come (TRUST classes 1 to 6 and 9): encodings, line ends, marks, old and new syntax. What can be read is read at the right place."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import libcst as cst
import pytest
from hostile_run import SOUND, account, examine

from mlops_lint.documents.python import PythonDocument
from mlops_lint.testing.tokens import make_token

CALL = "folds = KFold(5, random_state=1)"
IMPORT = "from sklearn.model_selection import KFold"
KEY = make_token("anthropic")

# What may stand before a line without moving it: none of these ends a line in Python, though some do elsewhere.
BEFORE = {
    "nothing": [],
    "form feed": ["\x0c", "x = 1\x0c", "\x0cy = 2"],
    "separators": ["x = '\u2028\u2029\x85'", "# \u2028 \x0b \x1c \x1d \x1e"],
    "wide": ["名前 = '名前'  # 𝔘𝔫𝔦", "ä = 'e\u0301'"],
    "direction": ["x = '\u202eabc\u2066'  # \u202b"],
    "tabs": ["if True:", "\tx = 1", "        \ty = 2" if False else "\ty = 2"],
    "continued": ["x = 1 + \\", "    2"],
    "long string": ["x = '''", "a", "\x0c", "# no comment '''"],
    "odd numbers": ["x = 0xFFFF_FFFF + 1_000j + 0o17"],
    "surrogate escapes": ["x = '\\ud800\\udfff'", "y = b'\\xff'"],
}
ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_lines_and_columns_are_pythons(end: str, tmp_path: Path) -> None:
    files: dict[str, bytes] = {}
    places: dict[str, tuple[int, int]] = {}
    for number, (before, mark, last) in enumerate(itertools.product(BEFORE.values(), (b"", b"\xef\xbb\xbf"), (True, False))):
        lines = [IMPORT, *before, f"é = [1]; {CALL}"]
        name = f"t{number}.py"
        files[name] = mark + (end.join(lines) + (end if last else "")).encode()
        places[name] = (len(lines), len("é = [1]; folds = ") + 1)
        tree = ast.parse(files[name].decode("utf-8-sig"))
        assert tree.body[-1].lineno == len(lines), "the test itself"
    outcome = examine(tmp_path, files)
    found = {one.place.path: (one.place.region.line, one.place.region.column) for one in outcome.results if one.code == "RP303"}
    assert {name: place for name, place in found.items() if name != "sound.py"} == places
    assert all(one.place.snippet.endswith(CALL) for one in outcome.results if one.code == "RP303")
    assert outcome.not_analysed == ()


def test_mixed_line_ends(tmp_path: Path) -> None:
    text = f"{IMPORT}\r\nx = 1\ry = 2\n\r\n\n\r{CALL}\r"
    outcome = examine(tmp_path, {"a.py": text})
    assert [one.place.region.line for one in outcome.results if one.place.path == "a.py"] == [7]
    # libcst and ast agree on where a line begins, for all such texts.
    for ends in itertools.product(("\n", "\r", "\r\n"), repeat=4):
        code = "".join(f"x{n} = {n}{end}" for n, end in enumerate(ends)) + "f()"
        document = PythonDocument("a.py", code.encode())
        assert [document.at(node).span for node in document.nodes(cst.Call)] == [document.span_of(ast.parse(code).body[-1])]


READ = [
    "latin-1",
    "iso-8859-15",
    "cp1252",
    "koi8-r",
    "mac-roman",
    "shift_jis",
    "euc-jp",
    "gb18030",
    "big5",
    "euc-kr",
    "utf-8",
    "UTF8",
    "utf-8-sig",
    "latin_1",
]
REFUSED = [
    *("klingon", "rot13", "rot_13", "zlib", "bz2", "hex", "base64", "uu", "quopri", "undefined", "idna", "punycode", "utf-16", "utf-32", "utf-16-le"),
    *("ascii", "os", "..os", "a" * 3000, "-", "unicode_escape.x", "string-escape", "mbcs" if __import__("os").name != "nt" else "klingon"),
]


def test_declared_encodings_are_read_or_refused(tmp_path: Path) -> None:
    words = {"shift_jis": "モデル", "euc-jp": "モデル", "gb18030": "模型", "big5": "模型", "euc-kr": "모델", "koi8-r": "модель"}
    files: dict[str, bytes] = {}
    for number, name in enumerate(READ):
        word = words.get(name, "Modèle")
        files[f"read{number}.py"] = f"# -*- coding: {name} -*-\n{IMPORT}\nx = '{word}'; {CALL}\n".encode(name)
    for number, name in enumerate(REFUSED):
        files[f"refused{number}.py"] = f"#!/usr/bin/python\n# vim: set fileencoding={name} :\n{IMPORT}\nx = 'é'; {CALL}\n".encode()
    # Two codecs of Python's own that read nearly everything, and warn while they do.
    for number, name in enumerate(("unicode_escape", "raw_unicode_escape")):
        files[f"escape{number}.py"] = f"# coding: {name}\nx = '\\d \\u12'\n".encode()
    outcome = examine(tmp_path, files)
    codes = {name: [one.code for one in outcome.results if one.place.path == name] for name in files}
    assert all(codes[f"read{number}.py"] == ["RP303"] for number in range(len(READ))), codes
    assert all(codes[f"refused{number}.py"] == ["E901"] for number in range(len(REFUSED))), codes
    for name in files:
        if name.startswith("escape"):
            assert codes[name] in ([], ["E901"], ["E903"])


@pytest.mark.parametrize(
    "name", ["a.py", "a.ipynb", "a.yaml", "a.toml", "a.json", "a.md", "a.sh", "a.ini", "requirements.txt", "Dockerfile", ".env", "uv.lock"]
)
def test_bytes_that_are_no_text_are_told_in_every_kind(name: str, tmp_path: Path) -> None:
    samples = {
        "E901": [
            b"\xff\xfe" + "x = 1".encode("utf-16-le"),
            b"\xfe\xff" + "x = 1".encode("utf-16-be"),
            "x = 1".encode("utf-32"),
            b"x = '\xff'",
            b"\xc3",
        ],
        "E902": [b"x = 1\0", b"\0" * 4096, b"\0x", b"\x7fELF\x02\x01\x01\0\0\0", b"PK\x03\x04\0\0"],
    }
    files = {f"{code}-{number}/{name}": data for code, several in samples.items() for number, data in enumerate(several)}
    outcome = examine(tmp_path, files)
    found = {one.place.path: one.code for one in outcome.results if one.place.path != "sound.py"}
    assert found == {path: path[:4] for path in files}
    assert {one.path for one in outcome.not_analysed} == set(files)


def test_text_rules_still_read_what_python_cannot(tmp_path: Path) -> None:
    broken = {
        "two.py": f"print 'x'\nkey = '{KEY}'\n",
        "unclosed.py": f"def f(:\nkey = '{KEY}'\n",
        "deep.py": f"x = {'[' * 300}{']' * 300}\nkey = '{KEY}'\n",
        "large.py": f"key = '{KEY}'\n" + f"x = '{'-' * 190}'\n" * 10_500,
    }
    outcome = examine(tmp_path, broken)
    assert {one.place.path for one in outcome.results if one.code == "SE101"} == set(broken)
    assert {one.path for one in outcome.not_analysed} == set(broken)


NEWER = {
    "match": "match x:\n    case {'a': [1, *rest]} | None if y:\n        pass\n",
    "except*": "try:\n    pass\nexcept* ValueError as error:\n    raise\n",
    "type parameters": "def first[T: (int, str), *Ts, **P](x: T) -> T:\n    return x\n\n\nclass Box[T]:\n    pass\n",
    "type statement": "type Pair[T] = tuple[T, T]\n",
    "defaults": "class Box[T = int]:\n    pass\n",
    "nested quotes": "x = f\"{a['b']} {f\"{1 + 1}\"} {'\\n'.join(c)}\"\n",
    "exception list": "try:\n    pass\nexcept ValueError, TypeError:\n    pass\n",
    "template string": "x = t'{a!r:>{width}}'\n",
    "parenthesised with": "with (open(a) as b, open(c) as d,):\n    pass\n",
    "walrus": "if (n := len(a)) > 1 and [y := 1, y**2]:\n    pass\n",
    "positional": "def f(a, /, b, *, c):\n    return a\n",
    "star index": "x[*a, 1:2]\n",
    "decorator": "@a[0].b(c)\ndef f():\n    pass\n",
    "soft keywords": "match = case = type = _ = 1\nprint(match, case, type)\n",
    "async": "async def f():\n    async with a as b:\n        return [x async for x in b if await c]\n",
}


def test_every_python_reads_newer_syntax(tmp_path: Path) -> None:
    outcome = examine(tmp_path, {f"{name.replace(' ', '_')}.py": SOUND + code for name, code in NEWER.items()})
    assert outcome.not_analysed == ()
    assert sum(one.code == "RP303" for one in outcome.results) == len(NEWER) + 1


def test_files_of_nothing_much(tmp_path: Path) -> None:
    nothing = [
        b"",
        b"\n",
        b"\r",
        b"\r\n",
        b" ",
        b"\t",
        b"\x0c",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\n",
        b"#",
        b"# %%\n# %%\n",
        b"\\\n",
        b"pass",
        b"'''x'''",
        b";" * 0,
    ]
    kinds = [
        "a.py",
        "b.md",
        "c.yaml",
        "d.toml",
        "e.ini",
        "f.sh",
        "requirements.txt",
        "Dockerfile",
        ".env",
        "uv.lock",
        "poetry.lock",
        "g.json",
        "Makefile",
    ]
    files = {f"{number}/{name}": data for number, data in enumerate(nothing) for name in kinds}
    outcome = examine(tmp_path, files)
    account(outcome, len(files) + 1)
    assert not [one.place.path for one in outcome.results if one.place.path.endswith(".py") and one.place.path != "sound.py" and one.code != "E903"]
