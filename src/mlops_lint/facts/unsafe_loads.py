"""Unsafe loads: the loads that can run code from what they read, by their own arguments or by the library's version, and which of them read from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.core.finding import Confidence, Location
from mlops_lint.facts.load_defaults import LoadDefault, numpy_default, torch_default
from mlops_lint.facts.loads import ABSENT, ModelLoad
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.outside import Outside
from mlops_lint.facts.provenance import Chain
from mlops_lint.facts.requirements import LockedVersion, Requirement, RequirementInclude
from mlops_lint.facts.resolved_versions import ResolvedVersions
from mlops_lint.facts.runs import REQUIRES as RUNS
from mlops_lint.facts.runs import Run, Runs, runs
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.loaders import LOADERS, NUMPY, TORCH
from mlops_lint.knowledge.outside import COMMAND_LINE, HUB, REQUEST, UPLOAD, URL
from mlops_lint.project.project import Project

REQUIRES: tuple[type, ...] = (ModelLoad, Requirement, LockedVersion, RequirementInclude, Manifest, *RUNS)
"""The facts that :func:`unsafe_loads` and :func:`outside_loads` need."""

_GRAVEST = (UPLOAD, REQUEST, URL, HUB, COMMAND_LINE)


@dataclass(frozen=True, slots=True)
class UnsafeLoad:
    """A load that can run code: ``default`` is what its library does where the switch is left out, ``version`` the place that says so."""

    load: ModelLoad
    default: LoadDefault | None
    confidence: Confidence
    version: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class OutsideLoad:
    """An unsafe load whose path or content comes from outside, with the call in a run and the way there."""

    unsafe: UnsafeLoad
    event: Event
    chain: Chain
    run: Run


def unsafe_loads(project: Project) -> tuple[UnsafeLoad, ...]:
    """The loads of a project that can run code, in path order; those whose content is checked, or which read what was just written, are none."""
    return tuple(_unsafe(project))


def _unsafe(project: Project) -> Iterator[UnsafeLoad]:
    versions: ResolvedVersions = project.derive(ResolvedVersions.of)
    for load in project.facts(ModelLoad):
        if load.is_own or load.is_checked or load.role == "vendored":
            continue
        confidence = Confidence.HIGH if load.is_certain else Confidence.MEDIUM
        version: tuple[Location, ...] = ()
        default = torch_default(versions, load.path) if load.mode == TORCH else None
        if load.mode == NUMPY and load.switch == ABSENT:
            default = numpy_default(versions, load.path)
            if default.is_safe is not False:
                continue
        if default is not None and load.switch == ABSENT:
            if default.is_safe or (load.is_allow_listed and default.version is None):
                continue
            if default.version is None:
                confidence = Confidence.MEDIUM
            else:
                held = "locked" if default.version.how == "lock" else "pinned"
                used = f"{default.version.name} {default.version.version}"
                version = (Location(default.version.path, default.version.span, f"{used} is {held} here"),)
        yield UnsafeLoad(load, default, Confidence.LOW if load.role == "test" else confidence, version)


def outside_loads(project: Project) -> dict[Location, OutsideLoad]:
    """Those of the unsafe loads that read from outside unchecked, by their place."""
    wanted = {(one.load.path, one.load.span.start, one.load.span.end): one for one in project.derive(unsafe_loads)}
    found: dict[Location, OutsideLoad] = {}
    if not wanted:
        return found
    every: Runs = project.derive(runs)
    for run in every:
        sinks = [event for event in run.trace.events if event.what == "call" and tuple(event.site) in wanted and event.names & LOADERS.keys()]
        outside = Outside(run) if sinks else None
        for event in sinks:
            loader = LOADERS[min(event.names & LOADERS.keys())]
            given = event.argument(loader.source, 0)
            chain = outside.source_of(given.thing) if outside is not None and given is not None else None
            if outside is None or chain is None or outside.is_checked(chain, event):
                continue
            unsafe = wanted[(event.site.path, event.site.start, event.site.end)]
            known = found.get(unsafe.load.location)
            if known is None or _GRAVEST.index(chain.kind) < _GRAVEST.index(known.chain.kind):
                found[unsafe.load.location] = OutsideLoad(unsafe, event, chain, run)
    return found
