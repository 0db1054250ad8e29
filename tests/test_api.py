"""What plugins build on: the names of ``mlops_lint.api``, and that nothing above them comes along."""

from __future__ import annotations

import dataclasses
import inspect
import subprocess
import sys

import libcst as cst

from mlops_lint import api
from mlops_lint.api import UNKNOWN, Confidence, Finding, Fix, Location, PythonDocument, Rule, Safety, Severity, Span, argument_of, option, unpacks

# Taking a name away breaks plugins: it goes through a release in which it is deprecated.
NAMES = {
    *("Rule", "Finding", "Location", "Severity", "Confidence", "Fact", "option"),
    *("Edit", "Fix", "Safety", "Span"),
    *("Project", "ProjectFile"),
    *("Document", "PythonDocument", "NotebookDocument", "Cell", "Magic", "Comment"),
    *("MappingDocument", "Node", "TomlDocument", "YamlDocument", "JsonDocument", "IniDocument"),
    *("RequirementsDocument", "LockfileDocument", "Dockerfile", "DotenvDocument", "MarkdownDocument", "TextDocument"),
    *("UNKNOWN", "argument_of", "arguments", "attribute_of", "dotted_of", "unpacks"),
}


def public_names() -> set[str]:
    return {name for name in vars(api) if not name.startswith("_") and name != "annotations"}


def test_no_name_is_lost() -> None:
    assert NAMES - public_names() == set()


def test_names_come_from_the_floors_below_the_engine_and_say_what_they_are() -> None:
    for name in public_names():
        one = getattr(api, name)
        if inspect.isclass(one) or inspect.isfunction(one):
            assert one.__module__.split(".")[1] in ("core", "documents", "flow", "project", "python", "text"), name
            assert inspect.getdoc(one), name


def test_nothing_above_comes_along() -> None:
    code = "import sys, mlops_lint.api\nprint(*sorted({name.split('.')[1] for name in sys.modules if name.startswith('mlops_lint.')}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"engine", "config", "report", "cli", "rules", "testing"} & set(done.stdout.split())


def test_a_rule_can_be_written_with_it_alone() -> None:
    rule = Rule("ACME101", "a summary", "communication", Severity.NOTE, Confidence.MEDIUM)

    @rule.on_call("wandb.init")
    def check(call: cst.Call, doc: PythonDocument) -> object:
        project = argument_of(call, "project", 0)
        if project is None and not unpacks(call):
            fix = Fix("Name the project", (doc.insert_after(call.func, "(project='x')"),), Safety.DISPLAY)
            yield rule.finding(doc.at(call, "here"), f"{doc.source(call.func)} names no project", related=[Location("x.py")], fix=fix)
        elif project is not None and doc.value(project.value) is UNKNOWN:
            yield rule.finding(doc.at(project.value), "project is not known")

    doc = PythonDocument("train.py", b"import wandb as w\nw.init()\nw.init(**more)\nw.init('churn')\nw.init(project=name())\n")
    (hook,) = rule.hooks
    assert (hook.kind, hook.targets, hook.check) == ("call", ("wandb.init",), check)
    found = [one for call in doc.calls(*hook.targets) for one in hook.check(call, doc)]
    assert [(one.rule, one.message, doc.position(one.location.span).region.line) for one in found] == [
        ("ACME101", "w.init names no project", 2),
        ("ACME101", "project is not known", 5),
    ]
    assert found[0].location == Location("train.py", Span(18, 26), "here")
    assert isinstance(found[0], Finding) and found[0].fix is not None and found[0].fix.edits[0].span == Span(24, 24)


def test_options_are_described_where_they_stand() -> None:
    @dataclasses.dataclass(frozen=True)
    class Options:
        limit: int = option(10, "Most megabytes that a file may have.")

    assert Options().limit == 10
    assert dataclasses.fields(Options)[0].metadata["description"] == "Most megabytes that a file may have."
