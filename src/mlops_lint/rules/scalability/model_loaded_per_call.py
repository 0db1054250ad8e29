"""Model is loaded over and over.

Loading reads hundreds of megabytes and builds the model anew. In a request handler every user waits for it and the memory may hold several copies; in a
function that is applied to each row, or in a loop, nearly all the time goes into loading.

Load once: in the body of the module, in the handler of the start-up or lifespan event, in the ``setup``, ``init`` or ``load`` hook of the server, behind
``functools.lru_cache`` or ``st.cache_resource``; and before the loop.

Silent when the name or path of the model differs from call to call, when a test loads it only if it is not there yet, when what is loaded is trained
afterwards, and for functions that one program calls once.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Event, Finding, Project, Rule, Severity
from mlops_lint.facts.repeated_loads import repeated_loads
from mlops_lint.facts.runs import REQUIRES, Runs, runs

rule = Rule(
    code="SC306",
    summary="model is loaded over and over",
    consideration="resource-utilization",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=(
        "https://fastapi.tiangolo.com/advanced/events/",
        "https://docs.streamlit.io/develop/api-reference/caching-and-state/st.cache_resource",
    ),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report the call in the handler or loop that leads to the load; the load is related where it stands elsewhere."""
    every: Runs = project.derive(runs)
    for one in project.derive(repeated_loads):
        related = [] if one.load is one.place else [every.location(one.load, "the model is loaded here")]
        message = f"{_name_of(one.place)} loads the model {one.when}"
        yield rule.finding(every.location(one.place), message, related=related, confidence=one.confidence)


def _name_of(event: Event) -> str:
    """How the call is written, in short."""
    if event.names:
        words = min(event.names).split(".")
        return ".".join(words[-2:]) if words[-1] in ("load", "from_pretrained", "load_model", "loads") else words[-1]
    return event.method or "this call"
