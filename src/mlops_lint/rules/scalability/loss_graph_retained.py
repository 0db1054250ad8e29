"""Loss is summed or collected together with its graph.

A loss tensor hangs on everything that was computed to get it. To add it to a running total, or to append it to a list, from batch to batch keeps all of that
alive: memory grows with every step until the GPU has none left, often hours into the training, and the total grows slower to handle each time.

Keep the number, not the tensor: ``total += loss.item()``, or ``loss.detach()`` where it should stay on the device.

Reported where the loss has its own ``backward()`` in the loop, also when the total is kept by a meter or a function elsewhere; and, with medium confidence, in
loops over a loader that compute losses with gradients switched on and never go backward. Sums that are themselves sent backward (tasks, time steps, roll-outs)
are what they should be, and so are lists that keep only a bounded number.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.api import Confidence, Finding, Project, Rule, Severity, Site
from mlops_lint.facts.retained_graphs import Retained, retained
from mlops_lint.facts.runs import REQUIRES, Run, Runs, runs

rule = Rule(
    code="SC305",
    summary="loss is summed or collected together with its graph",
    consideration="resource-utilization",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=REQUIRES,
    references=("https://docs.pytorch.org/docs/stable/notes/faq.html",),
)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report each place that keeps a loss with its graph, once."""
    every: Runs = project.derive(runs)
    found: dict[Site, tuple[Retained, Run]] = {}
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for one in retained(run):
            known = found.get(one.place.site)
            if known is None or (known[0].backward is None and one.backward is not None):
                found[one.place.site] = (one, run)
    for _, (one, run) in sorted(found.items()):
        related = [every.location(one.loop.site, "kept from round to round of this loop")]
        if one.event.site != one.place.site:
            related.append(every.location(one.event, "kept here"))
        if one.backward is not None:
            related.append(every.location(one.backward, "its backward pass"))
        kept = "summed" if one.summed else "collected"
        confidence = Confidence.HIGH if one.backward is not None else Confidence.MEDIUM
        yield rule.finding(
            every.location(one.place),
            f"loss is {kept} over steps without .item() or .detach(), so the graph of every step stays in memory",
            related=related,
            confidence=Confidence.LOW if run.role == "example" else confidence,
        )
