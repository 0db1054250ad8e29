"""Text of a language model is executed.

What a model writes is not code that somebody wrote. Whoever can put a sentence into its prompt (a user, a web page, a document that was retrieved, a mail)
can make it write what they like, and it also errs on its own. Where its answer is run, handed to a shell, sent to a database as a statement, or names the
file that is opened, the prompt decides what happens, with the rights and credentials of this process.

Let the model choose among actions that you wrote (compare its answer with a list), parse values with ``json.loads`` or ``ast.literal_eval``, and give them
as bound parameters or as single arguments without a shell. Code that must be run belongs into a container without network and secrets; statements belong on
a connection that may only read; a person may confirm.

Follows answers of the usual clients (OpenAI, Anthropic, Google, Bedrock, Ollama, LiteLLM, Transformers, LangChain, LlamaIndex and others) and the arguments
of tools through functions, classes, modules and files that the program writes. Answers held against a list, a folder or a pattern, code whose parse tree is
looked at, read-only connections, commands inside Docker and questions asked of a person in between are right. Statements and file names have medium
confidence.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity
from mlops_lint.facts.executions import AGENT, COMMAND, FILE, RUN, STATEMENT, UNPICKLED, Execution, executions
from mlops_lint.facts.runs import REQUIRES, Runs, apart, runs

rule = Rule(
    code="SE117",
    summary="text of a language model is executed",
    consideration="unauthorized-access",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=(
        "https://genai.owasp.org/llmrisk/llm052025-improper-output-handling/",
        "https://cwe.mitre.org/data/definitions/94.html",
        "https://cwe.mitre.org/data/definitions/78.html",
    ),
)

_BECOMES = {
    RUN: "is run as code",
    COMMAND: "is run as a command",
    STATEMENT: "is sent to the database as a statement",
    FILE: "decides which file is touched",
    UNPICKLED: "is unpickled, which runs whatever code it holds",
}
_GRAVEST = (RUN, COMMAND, UNPICKLED, STATEMENT, FILE, AGENT)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each place where something that a model wrote takes effect unchecked, with the answer it comes from."""
    every: Runs = project.derive(runs)
    found: dict[object, tuple[Execution, str]] = {}
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for one in executions(run):
            # One answer that names a file does so wherever the file is touched.
            start = one.chain.event
            key = (FILE, start.site) if one.what == FILE and start is not None else one.event.site
            known = found.get(key)
            if known is None or _GRAVEST.index(one.what) < _GRAVEST.index(known[0].what):
                found[key] = (one, run.role)
    for one, role in found.values():
        start = one.chain.event
        related = []
        if start is not None and start.site != one.event.site:
            note = "a model fills this parameter" if one.is_of_tool else "the tool" if one.what == AGENT else "the model answers here"
            related.append(every.location(start, note))
        related.extend(every.location(call, "from here") for call in apart(one.event.stack, start.stack if start is not None else ())[-2:])
        confidence = Confidence.MEDIUM if one.what in (STATEMENT, FILE, AGENT) else None
        who = "what a language model hands to this tool" if one.is_of_tool else "what a language model wrote"
        yield rule.finding(
            every.location(one.event),
            "the agent may run code and commands of its own on this machine" if one.what == AGENT else f"{who} {_BECOMES[one.what]}",
            related=related,
            confidence=Confidence.LOW if role == "example" else confidence,
        )
