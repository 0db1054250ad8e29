from __future__ import annotations

import dataclasses
import re

import pytest
from report_sample import DISPLAY_FIX, OUTCOME, PICKLE, SAFE_FIX, UNSAFE_FIX, place, render, result

from mlops_lint.core.finding import Status
from mlops_lint.core.outcome import NotAnalysed, Outcome, Place, Region
from mlops_lint.report.reporter import FORMATS, UnknownFormatError, make_reporter
from mlops_lint.report.text import underline

HEADLINE = re.compile(r"^(.+?):(?:cell (\d+):)?(\d+):(\d+): ([A-Z]{1,2}\d{3}) \[([a-z0-9-]+)\] (.+)$")
LAST = "Found 6 findings (3 errors, 2 warnings, 1 notes) in 4 files; 2 suppressed; 1 baselined; 2 files not analysed."
NOTHING = "Found 0 findings (0 errors, 0 warnings, 0 notes) in 0 files; 0 suppressed; 0 baselined; 0 files not analysed.\n"
AT = place("a.py", 12, 5, "x = load(p)", 7)


def block(**changes: object) -> list[str]:
    """The lines of one finding in the text format."""
    text = render("text", Outcome((result(PICKLE, AT, "bad load", **changes),)))
    return text.split("\n\n")[0].split("\n")


def test_a_finding_in_full() -> None:
    related = (place("b.py", 3, 9, "", 1, "path is read here"),)
    assert block(help="use\n  safetensors", related=related) == [
        "a.py:12:5: SE106 [unsafe-deserialization] bad load",
        " 12 | x = load(p)",
        "    |     ^^^^^^^ error",
        "    = help: use safetensors",
        "    = seen at b.py:3: path is read here",
    ]


def test_a_place_in_a_notebook_counts_in_its_cell() -> None:
    region = Region(3, 12, 3, 13)
    at = Place("path.ipynb", region, Region(88, 30, 88, 31), cell=7, snippet="            y", caret=(11, 1))
    text = render("text", Outcome((result(PICKLE, at, "bad", related=(at,)),)))
    assert text.startswith("path.ipynb:cell 7:3:12: SE106 [unsafe-deserialization] bad\n 3 | ")
    assert "   = seen at path.ipynb:cell 7:3\n" in text


def test_a_whole_file_has_no_snippet() -> None:
    text = render("text", Outcome((result(PICKLE, Place("a.py", whole_file=True), "bad", help=""),)))
    assert text == (
        "a.py:1:1: SE106 [unsafe-deserialization] bad\n   = level: error\n\n"
        "Found 1 findings (1 errors, 0 warnings, 0 notes) in 1 files; 0 suppressed; 0 baselined; 0 files not analysed.\n"
    )


@pytest.mark.parametrize(
    ("fix", "marked", "advice"),
    [
        (SAFE_FIX, True, "pass weights_only=True"),
        (UNSAFE_FIX, False, "pass a seed (with --unsafe-fixes)"),
        (DISPLAY_FIX, False, "write a card"),
        (None, False, "Pass `weights_only=True`, or ship the weights as safetensors."),
    ],
)
def test_the_mark_and_the_help(fix: object, marked: bool, advice: str) -> None:
    lines = block(fix=fix)
    assert lines[0].endswith(" [*]") is marked
    assert lines[3] == f"    = help: {advice}"


@pytest.mark.parametrize(
    ("snippet", "caret", "code", "carets"),
    [
        ("\tx = 1", (1, 1), "    x = 1", "    ^"),
        ("a\tb", (1, 2), "a    b", " ^^^^^"),
        ("名前 = f(é)", (5, 4), "名前 = f(é)", "       ^^^^"),
        ("x = '名前'", (4, 4), "x = '名前'", "    ^^^^^^"),
        ("e\u0301 = 1", (3, 1), "e\u0301 = 1", "  ^"),
        ("x\x1b[0m y", (6, 1), r"x\x1b[0m y", "         ^"),
        ("##[error] x", (10, 1), r"#\x23[error] x", "             ^"),
        ("short", (3, 99), "short", "   ^^"),
        ("short", (99, 2), "short", "     ^"),
        ("empty", (2, 0), "empty", "  ^"),
        ("blank  ", (0, 5), "blank", "^^^^^"),
    ],
)
def test_carets_stand_under_the_region(snippet: str, caret: tuple[int, int], code: str, carets: str) -> None:
    assert underline(Place("a.py", snippet=snippet, caret=caret)) == (code, carets)


def test_decided_findings_show_only_when_asked() -> None:
    shown = render("text", OUTCOME, show_suppressed=True)
    hidden = render("text", OUTCOME)
    assert "(suppressed: trusted\\nfile)\n" in shown
    assert "(baselined)\n" in shown
    assert "suppressed:" not in hidden
    assert "(baselined)" not in hidden
    assert shown.splitlines()[-1] == hidden.splitlines()[-1] == LAST


@pytest.mark.parametrize("status", [Status.SUPPRESSED, Status.BASELINED])
def test_fix_mark_is_for_open_findings(status: Status) -> None:
    text = render("concise", Outcome((result(PICKLE, AT, status=status, fix=SAFE_FIX),)), show_suppressed=True)
    assert "[*]" not in text


def test_skipped_files_are_listed_when_asked() -> None:
    outcome = Outcome(not_analysed=(NotAnalysed("::x.py", "too\nlarge", skipped=True), NotAnalysed("b.py", "broken")))
    text = render("text", outcome, show_skipped=True)
    last = NOTHING.replace("0 files not", "2 files not")
    assert text == f"Not analysed:\n  ./::x.py: too\\nlarge\n  b.py: broken\nFiles: 2 found; 0 analysed, 1 failed, 1 skipped.\n\n{last}"
    assert render("text", outcome) == last


def test_what_became_of_every_file_is_told_when_asked() -> None:
    assert render("text", Outcome(files_analysed=3), show_skipped=True) == f"Files: 3 found; 3 analysed, 0 failed, 0 skipped.\n\n{NOTHING}"


def test_statistics_count_open_findings() -> None:
    """They take the place of the findings, as in ruff."""
    lines = render("concise", OUTCOME, statistics=True).splitlines()
    assert lines == [
        "3 SE106 [unsafe-deserialization] [*]",
        "1 E903 [syntax-error]",
        "1 GV101 [model-without-card]",
        "1 RP302 [unseeded-estimator]",
        "",
        LAST,
    ]


@pytest.mark.parametrize("format_name", ["text", "concise"])
def test_nothing_found_is_still_said(format_name: str) -> None:
    assert render(format_name, Outcome()) == NOTHING
    assert render(format_name, Outcome(), quiet=1) == ""
    assert render(format_name, OUTCOME, quiet=2, statistics=True, show_skipped=True) == ""
    assert "Found" not in render(format_name, OUTCOME, quiet=1)


def test_concise_is_the_first_lines() -> None:
    lines = render("concise", OUTCOME).splitlines()
    full = render("text", OUTCOME).splitlines()
    assert len(lines) == 7
    assert all(HEADLINE.match(line) for line in lines[:-1])
    assert lines == [line for line in full if HEADLINE.match(line) or line == LAST]


def test_colour_adds_codes_and_nothing_else() -> None:
    options = {"show_suppressed": True, "show_skipped": True}
    colored = render("text", OUTCOME, color=True, **options)
    assert "\x1b[1;31mSE106\x1b[0m" in colored
    assert "\x1b[1;33mE903\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render("text", OUTCOME, **options)


def test_order_is_the_outcome_s() -> None:
    turned = dataclasses.replace(OUTCOME, results=OUTCOME.results[::-1])
    assert render("concise", turned).splitlines()[:-1] == render("concise", OUTCOME).splitlines()[:-1][::-1]


def test_formats() -> None:
    for name in FORMATS:
        make_reporter(name)
    with pytest.raises(UnknownFormatError, match=r"^no output format 'html5'; there are text, concise, json, sarif"):
        make_reporter("html5")


def test_paths_can_be_followed_from_the_folder_one_stands_in() -> None:
    at = Place("src/a.py", Region(3, 1, 3, 2), Region(3, 1, 3, 2))
    outcome = Outcome(
        (result(PICKLE, at, "bad", related=(Place("data/b.py", note="read here"),)),), (NotAnalysed("src/big.py", "large", skipped=True),)
    )
    text = render("text", outcome, base="src", show_skipped=True)
    assert text.startswith("a.py:3:1: SE106 ")
    assert "= seen at ../data/b.py:1: read here\n" in text
    assert "\n  big.py: large\n" in text
    assert render("text", outcome, base="src/deep").startswith("../a.py:3:1: ")
    assert '"path": "src/a.py"' in render("json", outcome, base="src")
