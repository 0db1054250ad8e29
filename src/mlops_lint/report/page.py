"""A rule explained: in the terminal, as the generated page of the documentation, and in short for other tools."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.core.option import OptionInfo, describe_options
from mlops_lint.core.problem import ProblemKind
from mlops_lint.core.rule import LoadedRule
from mlops_lint.report.escape import safe_text
from mlops_lint.report.links import page_url
from mlops_lint.report.prose import plain, sentence
from mlops_lint.report.style import Style

_WIDTH = 96
_PROFILES = {
    "default": "on by default",
    "audit": "on under `--profile audit`",
    "opt-in": "off unless it is named in `--select` or `--extend-select`",
}
_FIXES = {
    "safe": "safe: made by `--fix`",
    "unsafe": "unsafe: made by `--fix --unsafe-fixes`",
    "display": "shown, never made",
}
_LANGUAGES = {
    "py": "python",
    "pyi": "python",
    "ipynb": "json",
    "yml": "yaml",
    "yaml": "yaml",
    "toml": "toml",
    "json": "json",
    "md": "markdown",
    "sh": "bash",
    "cfg": "ini",
    "ini": "ini",
}
_FENCES = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Example:
    """A file of a fixture as it is shown on a page: its path inside the case and its text."""

    path: str
    text: str


def rule_page(subject: LoadedRule | ProblemKind, style: Style) -> str:
    """The page of a rule, or of one of the tool's own codes, for the terminal; ends with a line feed."""
    lines = [f"{style.bold(subject.code)} {style.bold(subject.name)}", "", *_wrapped(sentence(_summary(subject))), ""]
    rows = [(name, plain(text)) for name, text in _properties(subject)]
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        first, *rest = textwrap.wrap(safe_text(text), _WIDTH - width - 4, break_on_hyphens=False) or [""]
        lines.append(f"  {style.name(f'{name:<{width}}')}  {first}")
        lines += [" " * (width + 4) + more for more in rest]
    for title, text in _sections(subject):
        lines += ["", style.bold(title)]
        for number, paragraph in enumerate(text.split("\n\n")):
            lines += [""] if number else []
            lines += _wrapped(paragraph)
    options = _options(subject)
    if options:
        lines += ["", style.bold("Options")]
        for option in options:
            lines.append(f"  {style.name(option.name)}: {option.type} = {safe_text(json.dumps(option.default, ensure_ascii=False))}")
            lines += _wrapped(option.description, "    ")
    lines += ["", style.bold("References"), *(f"  {safe_text(address)}" for address in _addresses(subject))]
    return "\n".join(lines) + "\n"


def rule_markdown(subject: LoadedRule | ProblemKind, bad_example: Example | None = None, good_example: Example | None = None) -> str:
    """The generated page of a rule, or of one of the tool's own codes, in Markdown; ends with a line feed."""
    lines = [f"# {subject.name} ({subject.code})", "", _prose(sentence(_summary(subject))), "", "| property | value |", "|---|---|"]
    lines += [f"| {name} | {_table_cell(text)} |" for name, text in _properties(subject)]
    sections = dict(_sections(subject))
    limits = sections.pop("What it does not see", "")
    if isinstance(subject, LoadedRule):
        lines += ["", "## What it detects", "", _prose(sentence(subject.doc.title))]
    for title, text in sections.items():
        lines += ["", f"## {title}", "", _prose(text)]
    for title, example in (("Bad", bad_example), ("Good", good_example)):
        if example is not None:
            lines += ["", f"## {title}", "", *_fenced(example)]
    if limits:
        lines += ["", "## What it does not see", "", _prose(limits)]
    if options := _options(subject):
        lines += ["", "## Options", "", "| option | type | default | meaning |", "|---|---|---|---|"]
        for option in options:
            default = _table_cell(f"`{json.dumps(option.default, ensure_ascii=False)}`")
            lines.append(f"| `{option.name}` | {option.type} | {default} | {_table_cell(option.description)} |")
        table = f"[tool.mlops-lint.rules.{subject.name}]\n{options[0].name} = {json.dumps(options[0].default, ensure_ascii=False)}\n"
        lines += ["", *_fenced(Example("pyproject.toml", table))]
    lines += ["", "## How to suppress", "", *_suppressing(subject)]
    if references := _references(subject):
        lines += ["", "## References", "", *(f"- <{address}>" for address in references)]
    return "\n".join(lines) + "\n"


def help_text(subject: LoadedRule | ProblemKind) -> str:
    """What to do, in plain text, for a tool that shows a finding."""
    if isinstance(subject, ProblemKind):
        return sentence(plain(subject.advice))
    return f"{plain(subject.doc.advice)}\n\n{plain(subject.doc.limits)}"


def help_markdown(subject: LoadedRule | ProblemKind) -> str:
    """Why it matters and what to do, in Markdown, for a tool that shows a finding; made of the rule's own texts alone."""
    parts = [f"**{subject.name}** ({subject.code}): {_prose(sentence(_summary(subject)))}"]
    for title, text in _sections(subject):
        parts.append(f"## {title}\n\n{_prose(text)}")
    parts.append(f"## How to suppress\n\n{chr(10).join(_suppressing(subject))}")
    parts.append("## References\n\n" + "\n".join(f"- <{address}>" for address in _addresses(subject)))
    return "\n\n".join(parts) + "\n"


def _summary(subject: LoadedRule | ProblemKind) -> str:
    return subject.summary if isinstance(subject, ProblemKind) else subject.rule.summary


def _references(subject: LoadedRule | ProblemKind) -> tuple[str, ...]:
    return () if isinstance(subject, ProblemKind) else subject.rule.references


def _addresses(subject: LoadedRule | ProblemKind) -> dict[str, None]:
    """The rule's own page first, then its references, each once."""
    return dict.fromkeys([page_url(subject), *_references(subject)])


def _options(subject: LoadedRule | ProblemKind) -> tuple[OptionInfo, ...]:
    return () if isinstance(subject, ProblemKind) else describe_options(subject.rule.options)


def _properties(subject: LoadedRule | ProblemKind) -> Iterator[tuple[str, str]]:
    if isinstance(subject, ProblemKind):
        yield "code", subject.code
        yield "name", subject.name
        yield "severity", subject.severity.word
        yield "profile", "always on, unless it is ignored by name"
        yield "analysis", "the file, or a part of it, was not analysed" if subject.unread else "the rest of the file was analysed"
        return
    rule = subject.rule
    yield "code", subject.code
    yield "name", subject.name
    yield "area", f"{subject.area.title} (`{subject.area.slug}`)"
    yield "consideration", f"{subject.consideration.title} (`{subject.consideration.slug}`)"
    yield "severity", rule.severity.word
    yield "confidence", rule.confidence.word
    yield "profile", f"{rule.profile}: {_PROFILES[rule.profile]}"
    yield "stage", f"{rule.stage}, since {rule.since}" if rule.stage == "stable" else f"{rule.stage}, since {rule.since}: on with `--preview`"
    yield "fix", "none" if rule.fix is None else _FIXES[rule.fix.value]
    if subject.plugin:
        yield "plugin", subject.plugin


def _sections(subject: LoadedRule | ProblemKind) -> Iterator[tuple[str, str]]:
    if isinstance(subject, ProblemKind):
        yield "What to do", sentence(subject.advice)
        return
    yield "Why it matters", subject.doc.why
    yield "What to do", subject.doc.advice
    yield "What it does not see", subject.doc.limits


def _suppressing(subject: LoadedRule | ProblemKind) -> Iterator[str]:
    if isinstance(subject, ProblemKind):
        yield "Leave the file out, or switch the code off, in the configuration:"
        yield ""
        yield from _fenced(Example("pyproject.toml", f'[tool.mlops-lint]\nextend-ignore = ["{subject.code}"]\n'))
        return
    yield "At the end of the line, or on a line of its own before the statement:"
    yield ""
    yield from _fenced(Example("train.py", f"# mlops-lint: ignore[{subject.name}] -- why this place is right\n"))
    yield ""
    yield "Everywhere, in the configuration:"
    yield ""
    yield from _fenced(Example("pyproject.toml", f'[tool.mlops-lint]\nextend-ignore = ["{subject.name}"]\n'))


def _fenced(example: Example) -> Iterator[str]:
    """A code block whose fence is longer than any in the text."""
    longest = max((len(match[0]) for match in _FENCES.finditer(example.text)), default=2)
    fence = "`" * max(longest + 1, 3)
    name = example.path.rpartition("/")[2]
    language = "dockerfile" if name.lower().startswith("dockerfile") else _LANGUAGES.get(name.rpartition(".")[2].lower(), "text")
    yield f"{fence}{language}"
    yield from example.text.rstrip("\r\n").splitlines()
    yield fence


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    words = safe_text(" ".join(plain(text).split()))
    return textwrap.wrap(words, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _prose(text: str) -> str:
    """A docstring's paragraph in Markdown: code stays code, an angle bracket outside of it opens no tag."""
    pieces = plain(text).split("`")
    return "`".join(piece if number % 2 else piece.replace("<", "&lt;") for number, piece in enumerate(pieces))


def _table_cell(text: str) -> str:
    return _prose(" ".join(text.split())).replace("|", "\\|")
