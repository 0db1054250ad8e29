"""``mlops-lint rule`` and ``mlops-lint rules``: what a rule is about, and which rules there are."""

from __future__ import annotations

import io
import sys

import click

from mlops_lint.cli.failure import Failure
from mlops_lint.cli.options import Suggesting, setting_option

_format = click.option("--output-format", type=Suggesting(["text", "json"]), default="text", help="How it is written.  [default: text]")


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME_OR_CODE...")
@_format
@setting_option("color")
def rule(names: tuple[str, ...], output_format: str, color: str | None) -> None:
    """Explain rules, by name or code."""
    from mlops_lint.cli.session import listed_rules
    from mlops_lint.cli.streams import print_out, wants_color
    from mlops_lint.core.problem import PROBLEM_BY_NAME, PROBLEMS
    from mlops_lint.report.page import rule_page
    from mlops_lint.report.rules import write_rules_json
    from mlops_lint.report.style import Style
    from mlops_lint.text.nearest import nearest, quote

    ruleset = listed_rules()
    found = []
    unknown = []
    for name in dict.fromkeys(names):
        subject = ruleset.get(name) or PROBLEMS.get(name.upper()) or PROBLEM_BY_NAME.get(name.lower())
        if subject is None:
            words = [word for one in (*ruleset, *PROBLEMS.values()) for word in (one.code, one.name)]
            unknown.append(f"there is no rule {quote(name)}{nearest(name, words)}")
        elif subject not in found:
            found.append(subject)
    if unknown:
        raise Failure(*unknown)
    if output_format == "json":
        stream = io.StringIO()
        write_rules_json(found, stream)
        print_out(stream.getvalue())
        return
    style = Style(wants_color(color or "auto", sys.stdout))
    print_out("\n\n".join(rule_page(one, style) for one in found))


@click.command()
@_format
@setting_option("color")
def rules(output_format: str, color: str | None) -> None:
    """List all rules."""
    from mlops_lint.cli.session import listed_rules
    from mlops_lint.cli.streams import print_out, wants_color
    from mlops_lint.report.rules import rules_table, write_rules_json
    from mlops_lint.report.style import Style

    ruleset = listed_rules()
    if output_format == "json":
        stream = io.StringIO()
        write_rules_json(ruleset, stream)
        print_out(stream.getvalue())
        return
    print_out(rules_table(ruleset, Style(wants_color(color or "auto", sys.stdout))))
