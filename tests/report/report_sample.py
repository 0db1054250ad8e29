"""A hand-made rule set and an outcome that has every feature a reporter must print; names and texts of the hostile kind beside them."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

from mlops_lint.core.finding import Confidence, Severity, Status
from mlops_lint.core.option import option
from mlops_lint.core.outcome import NotAnalysed, Outcome, Place, Region, ResolvedEdit, ResolvedFix, Result
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.core.rule import LoadedRule, Rule, RuleDoc, Ruleset
from mlops_lint.report.reporter import ReportOptions, make_reporter
from mlops_lint.text.edit import Safety

VERSION = "9.8.7"

HOSTILE_NAMES = (
    "new\nline.py",
    "carriage\r\nreturn.py",
    "esc\x1b[31mred\x1b]0;title\x07.py",
    "-rf",
    "undecodable\udcff\udc80.py",
    "x" * 255,
    "CON",
    "with space, comma:colon%41.py",
    "::error file=x::pwn",
    " \t::stop-commands::token",
    "bidi\u202egnp.py\u2066\u200f",
    "c1\x9b31m\x85\u2028\u2029.py",
    "##[add-mask]x ##vso[task.setvariable variable=a]b.py",
    '"><img src=x onerror=alert(1)>.py',
    "[click](https://evil.example)|`@team`.py",
    "lone\ud800surrogate.py",
    "ünï\u4e2d\U0001f40d.py",
)


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Options of the sample rule."""

    max_size: int = option(10, "Largest file in MB | that is let through.")
    allowed_hosts: tuple[str, ...] = option(("a.example", "b.example"), "Hosts that are trusted.")


PICKLE = LoadedRule(
    Rule(
        code="SE106",
        summary="model file read by full unpickling",
        consideration="unauthorized-access",
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        fix=Safety.SAFE,
        options=LoadOptions,
        references=("https://docs.example/torch.load",),
    ),
    "unsafe-deserialization",
    RuleDoc(
        "Model file is read by full unpickling",
        "A pickle runs code while it is read, so ``torch.load`` trusts the file.\n\nWhoever can replace the file owns the process.",
        "Pass ``weights_only=True``, or ship the weights as safetensors.",
        "A value computed elsewhere is left alone, so is ``Dict<str>``.",
    ),
)
SEED = LoadedRule(
    Rule(
        code="RP302",
        summary="estimator drawn without a seed",
        consideration="randomness",
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        profile="audit",
        stage="preview",
        fix=Safety.UNSAFE,
    ),
    "unseeded-estimator",
    RuleDoc("Estimator is drawn without a seed", "Two runs differ.", "Pass ``random_state``.", "Seeds set elsewhere."),
)
CARD = LoadedRule(
    Rule(
        code="GV101",
        summary="model without a card",
        consideration="model-governance",
        severity=Severity.NOTE,
        confidence=Confidence.LOW,
        profile="opt-in",
        references=("https://cards.example/why",),
    ),
    "model-without-card",
    RuleDoc("Model has no card", "Nobody knows what it is for.", "Write a card.", "Cards kept elsewhere."),
    plugin="acme-rules",
)
RULESET = Ruleset([PICKLE, SEED, CARD])


def place(path: str, line: int, column: int, snippet: str, length: int, note: str = "") -> Place:
    """A place inside one line of a plain file."""
    region = Region(line, column, line, column + length)
    return Place(path, region, region, note=note, snippet=snippet, caret=(column - 1, length))


def result(loaded: LoadedRule, at: Place, message: str = "file is loaded without weights_only", **changes: object) -> Result:
    """A result of one of the sample rules."""
    base = Result(
        loaded.code,
        loaded.name,
        loaded.area.slug,
        loaded.rule.consideration,
        loaded.rule.severity,
        loaded.rule.confidence,
        message,
        loaded.doc.advice,
        at,
        fingerprint=f"{loaded.code.lower()}-{at.region.line}",
        line_hash="1a2b3c:1",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def problem(code: str, path: str, message: str) -> Result:
    """One of the tool's own codes, about a whole file."""
    kind = PROBLEMS[code]
    return Result(
        code,
        kind.name,
        None,
        None,
        kind.severity,
        Confidence.HIGH,
        message,
        kind.advice,
        Place(path, whole_file=True),
        fingerprint=f"{code.lower()}-0",
    )


_LOAD = "    m = torch.load(path)"
_EDIT = ResolvedEdit("src/train.py", Region(3, 24, 3, 24), ", weights_only=True")
SAFE_FIX = ResolvedFix("pass weights_only=True", Safety.SAFE, (_EDIT,))
UNSAFE_FIX = ResolvedFix(
    "pass a seed",
    Safety.UNSAFE,
    (ResolvedEdit("src/a.py", Region(1, 1, 1, 1), "SEED = 1\n"), ResolvedEdit("src/b c.py", Region(2, 3, 4, 5), "random_state=SEED")),
)
DISPLAY_FIX = ResolvedFix("write a card", Safety.DISPLAY, ())
_CELL = Place(
    "nb/train.ipynb", Region(3, 5, 3, 16), Region(41, 10, 41, 21), cell=7, snippet='x = torch.load("m.pt")', caret=(4, 10), note="loaded here"
)

OUTCOME = Outcome(
    results=(
        result(SEED, _CELL, "forest has no seed", related=(replace(_CELL, cell=2), place("src/train.py", 1, 1, "import torch", 12, "first draw"))),
        problem("E903", "src/broken.py", "invalid syntax"),
        result(
            PICKLE,
            place("src/train.py", 3, 9, _LOAD, 16),
            fix=SAFE_FIX,
            related=(place("src/io.py", 10, 1, "PATH = 'm.pt'", 4, "path comes from here"), Place("models/m.pt", whole_file=True)),
        ),
        result(PICKLE, place("src/train.py", 12, 5, "\tif 名前:  torch.load(é, 'x')  ", 2), "wide and\ttabbed\x1b[31m", fix=UNSAFE_FIX),
        result(
            PICKLE,
            Place("src/train.py", Region(20, 5, 22, 2), Region(20, 5, 22, 2), snippet="m = torch.load(", caret=(4, 11)),
            "load goes over three lines",
            help="",
        ),
        result(PICKLE, place("src/train.py", 30, 9, _LOAD, 16), status=Status.SUPPRESSED, reason="trusted\nfile"),
        result(PICKLE, place("src/train.py", 31, 9, _LOAD, 16), status=Status.SUPPRESSED),
        result(SEED, place("src/train.py", 40, 1, "forest()", 8), "forest has no seed", status=Status.BASELINED, fix=SAFE_FIX),
        result(CARD, Place("weights/café 1.pt", whole_file=True), "model has no card", fix=DISPLAY_FIX, line_hash=""),
    ),
    not_analysed=(
        NotAnalysed("data/big.py", "larger than 2 MB", skipped=True),
        NotAnalysed("src/broken.py", "invalid syntax"),
    ),
    files_analysed=6,
)


def hostile_outcome(name: str) -> Outcome:
    """Findings of each kind in which everything that can be foreign is the same hostile text."""
    at = place(name, 2, 1, name, 4, note=name)
    fix = ResolvedFix(name, Safety.SAFE, (ResolvedEdit(name, Region(2, 1, 2, 5), name),))
    cell = replace(at, cell=3, physical=Region(9, 2, 9, 6))
    return Outcome(
        results=(
            result(PICKLE, at, name, related=(at, cell), fix=fix, help=name),
            result(PICKLE, cell, name, status=Status.SUPPRESSED, reason=name),
            problem("E907", name, name),
        ),
        not_analysed=(NotAnalysed(name, name), NotAnalysed(name, name, skipped=True)),
        files_analysed=1,
    )


def render(format_name: str, outcome: Outcome, **options: object) -> str:
    """The report of a format as text."""
    stream = io.StringIO(newline="")
    make_reporter(format_name, ReportOptions(version=VERSION, **options)).write(outcome, RULESET, stream)  # type: ignore[arg-type]
    return stream.getvalue()
