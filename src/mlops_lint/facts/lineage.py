"""Lineage: the flows of all functions linked, so that data can be followed from its reader to where it is checked and trained on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlops_lint.facts.dataflow import CallSite, DataPoint, FunctionFlow
from mlops_lint.facts.definitions import CLASS, FUNCTION, Definition
from mlops_lint.facts.modules import Modules
from mlops_lint.facts.programs import modules
from mlops_lint.project.project import Project

_Node = tuple[str, str, str]
"""Path, function and node; attributes and module variables belong to no function."""

REQUIRES: tuple[type, ...] = (Definition, FunctionFlow)
"""The facts that :func:`lineage` needs."""

_COMMON_METHODS = frozenset(
    "fit transform fit_transform predict predict_proba score run train load save get set update add append items keys values copy read write call forward "
    "step build apply map filter drop join merge head describe close open start stop main execute process".split()
)


@dataclass(frozen=True, slots=True)
class Origin:
    """A read: the file, the function it stands in, and the read itself."""

    path: str
    function: str
    point: DataPoint


@dataclass(frozen=True, slots=True)
class Training:
    """A training call and the reads whose data reach it without any check on any of their ways."""

    path: str
    function: str
    point: DataPoint
    unchecked: tuple[Origin, ...]


class Lineage:
    """The graph of where values go. ``trainings`` are the training calls that data from a reader reaches, in path order."""

    def __init__(self, flows: Iterable[FunctionFlow], known: Modules) -> None:
        self._known = known
        self._flows = {(flow.path, flow.function): flow for flow in flows}
        self._edges: dict[_Node, set[_Node]] = {}
        self._checked: set[_Node] = set()
        self._by_method: dict[str, list[FunctionFlow]] = {}
        for flow in self._flows.values():
            self._by_method.setdefault(flow.function.rpartition(".")[2], []).append(flow)
        for flow in self._flows.values():
            self._link(flow)

    def trainings(self) -> list[Training]:
        """Every training call that is reached by reads none of which is checked anywhere on its way."""
        reached: dict[tuple[str, str, DataPoint], list[tuple[Origin, bool]]] = {}
        fits: dict[_Node, list[tuple[FunctionFlow, DataPoint]]] = {}
        preparing = self._preparing()
        for flow in self._flows.values():
            for point in flow.fits:
                if preparing.isdisjoint(_key(flow, node) for node in point.receiver):
                    for node in point.nodes:
                        fits.setdefault(_key(flow, node), []).append((flow, point))
        for flow in self._flows.values():
            for read in flow.reads:
                ways = self._forward(_key(flow, read.nodes[0]))
                checked = not ways.isdisjoint(self._checked)
                origin = Origin(flow.path, flow.function, read)
                hits = {(other.path, other.function, point) for node in ways for other, point in fits.get(node, ())}
                for hit in hits:
                    reached.setdefault(hit, []).append((origin, checked))
        found = []
        for (path, function, point), origins in reached.items():
            # One checked source is enough to be silent: ways that meet in a shared helper cannot be told apart here.
            if not any(checked for _, checked in origins):
                ordered = sorted((origin for origin, _ in origins), key=lambda one: (one.path, one.point.span))
                found.append(Training(path, function, point, tuple(ordered)))
        return sorted(found, key=lambda one: (one.path, one.point.span))

    def _preparing(self) -> set[_Node]:
        """Where scalers, encoders and the like go: fitting one is no training."""
        starts: set[_Node] = set()
        for flow in self._flows.values():
            named = [node for point in flow.fits for node in point.receiver] + [
                node for call in flow.calls for _, nodes in call.arguments for node in nodes
            ]
            named += [*flow.returns, *(node for _, nodes in flow.writes for node in nodes)]
            starts.update(_key(flow, node) for node in named if node[0] == "t")
        return self._forward(*starts)

    def _forward(self, *starts: _Node) -> set[_Node]:
        seen = set(starts)
        waiting = list(starts)
        while waiting:
            for target in self._edges.get(waiting.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return seen

    # -- linking -------------------------------------------------------------------------------------------------------------------------------------

    def _add(self, source: _Node, target: _Node) -> None:
        self._edges.setdefault(source, set()).add(target)

    def _link(self, flow: FunctionFlow) -> None:
        for check in flow.checks:
            self._checked.update(_key(flow, node) for node in check.nodes)
        for target, sources in flow.writes:
            for source in sources:
                self._add(_key(flow, source), _key(flow, target))
        every = {node for point in (*flow.fits, *flow.checks) for node in point.nodes} | set(flow.returns)
        every |= {node for call in flow.calls for _, nodes in call.arguments for node in nodes} | {
            node for call in flow.calls for node in call.receiver
        }
        every |= {node for _, sources in flow.writes for node in sources}
        for node in every:
            self._link_import(flow, node)
            self._link_inherited(flow, node)
        if flow.is_checked or any(self._raises(name, flow.path) for name in flow.decorators):
            self._checked.update((flow.path, flow.function, f"p:{name}") for name in flow.parameters)
            self._checked.update(_key(flow, node) for node in flow.returns)
        for call in flow.calls:
            self._link_call(flow, call)

    def _link_import(self, flow: FunctionFlow, node: str) -> None:
        if node.startswith("i:"):
            module, _, name = node[2:].rpartition(".")
            path = self._known.module(module, flow.path) if module else None
            if path is not None:
                self._add((path, "", f"g:{name}"), _key(flow, node))

    def _link_inherited(self, flow: FunctionFlow, node: str) -> None:
        if node.startswith("a:"):
            owner, _, attribute = node[2:].rpartition(".")
            definition = self._known.by_key.get((flow.path, owner))
            for base in self._known.ancestry(definition)[1:] if definition is not None else ():
                self._add((base.path, "", f"a:{base.qualname}.{attribute}"), _key(flow, node))
                self._add(_key(flow, node), (base.path, "", f"a:{base.qualname}.{attribute}"))

    def _raises(self, name: str, importer: str) -> bool:
        """Whether a decorator of the project's own checks something inside."""
        definition = self._known.definition(name, importer)
        if definition is None:
            return False
        inside = definition.qualname + "."
        return any(flow.checks for key, flow in self._flows.items() if key[0] == definition.path and (key[1] + ".").startswith(inside))

    def _link_call(self, flow: FunctionFlow, call: CallSite) -> None:
        result = _key(flow, call.result)
        targets = self._targets(flow, call)
        if not targets:
            for node in (*call.receiver, *(node for _, nodes in call.arguments for node in nodes)):
                self._add(_key(flow, node), result)
                if call.checks:
                    self._checked.add(_key(flow, node))
            return
        for target, instance in targets:
            callee = self._flows.get((target.path, target.qualname))
            if instance:
                # The object holds what its class keeps in its attributes.
                for method in self._known.methods(instance):
                    held = self._flows.get((method.path, method.qualname))
                    for name, _ in held.writes if held is not None else ():
                        if name.startswith("a:"):
                            self._add((method.path, "", name), result)
            if callee is None:
                continue
            for place, nodes in call.arguments:
                parameter = _parameter(callee, place)
                for node in nodes:
                    if parameter:
                        self._add(_key(flow, node), (callee.path, callee.function, f"p:{parameter}"))
            for node in callee.returns:
                self._add(_key(callee, node), result)

    def _targets(self, flow: FunctionFlow, call: CallSite) -> list[tuple[Definition, Definition | None]]:
        """The project's functions that a call may run; of a class its constructor, with the class."""
        found: list[tuple[Definition, Definition | None]] = []
        for name in call.names:
            definition = self._known.definition(name, flow.path)
            if definition is not None and definition.kind == CLASS:
                found.append((self._method(definition, "__init__") or definition, definition))
            elif definition is not None and definition.kind == FUNCTION:
                found.append((definition, None))
        if found or call.names:
            return found
        if call.owner:
            owner = self._known.by_key.get((flow.path, call.owner))
            method = self._method(owner, call.method) if owner is not None else None
            return [(method, None)] if method is not None else []
        for node in call.receiver:
            made = next((one for one in flow.calls if one.result == node), None)
            for name in made.names if made is not None else ():
                definition = self._known.definition(name, flow.path)
                if definition is not None and definition.kind == CLASS and (method := self._method(definition, call.method)) is not None:
                    found.append((method, None))
        if not found and call.method and call.method not in _COMMON_METHODS:
            candidates = [one for one in self._by_method.get(call.method, ()) if "." in one.function]
            if len(candidates) == 1 and (only := self._known.by_key.get((candidates[0].path, candidates[0].function))) is not None:
                found.append((only, None))
        return found

    def _method(self, owner: Definition, name: str) -> Definition | None:
        for one in self._known.ancestry(owner):
            found = self._known.by_key.get((one.path, f"{one.qualname}.{name}"))
            if found is not None:
                return found
        return None


def lineage(project: Project) -> Lineage:
    """The lineage of a project's data."""
    return Lineage(project.facts(FunctionFlow), project.derive(modules))


def _key(flow: FunctionFlow, node: str) -> _Node:
    return (flow.path, "" if node[:2] in ("a:", "g:") else flow.function, node)


def _parameter(callee: FunctionFlow, place: str) -> str:
    if place.isdigit():
        return callee.parameters[int(place)] if int(place) < len(callee.parameters) else ""
    return place if place in callee.parameters else ""
