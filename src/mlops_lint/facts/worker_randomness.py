"""What the workers of a loader draw: the NumPy numbers that reading one row of a dataset takes from the global generator."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.facts.definitions import FUNCTION, Definition
from mlops_lint.facts.modules import Key, Modules
from mlops_lint.facts.programs import modules
from mlops_lint.facts.randomness import EVERYTHING, RandomSeed, RandomUse
from mlops_lint.flow.scopes import ClassInfo, Function
from mlops_lint.flow.things import Thing
from mlops_lint.knowledge.loading import DATASET_BASES, ROW_METHODS, WORKER_CALLS
from mlops_lint.knowledge.randomness import NUMPY
from mlops_lint.project.project import Project

_CALLED = ("__call__", "forward")
_MOST = 400


def drawn_by_workers(dataset: Thing, collate: Thing | None, project: Project) -> list[RandomUse]:
    """The draws from NumPy's global generator that happen when rows are read, in place order; none where the dataset looks after its workers itself."""
    found: set[RandomUse] = set()
    for one in _datasets(dataset):
        reached = _Reached(project.derive(modules), one)
        reached.start_with_rows()
        if collate is not None:
            reached.add_value(collate)
        reached.follow()
        if not _seeds_itself(reached, project):
            found.update(
                use for use in project.facts(RandomUse) if use.library == NUMPY and use.how == "draw" and (use.path, use.function) in reached.keys
            )
    return sorted(found, key=lambda use: (use.path, use.span))


def _datasets(thing: Thing) -> Iterator[Thing]:
    """The datasets of the project that a value is, or is made from: a subset, a concatenation."""
    direct = [one for one in thing.each() if one.owner is not None and _reads_rows(one.owner)]
    if direct:
        yield from direct
        return
    for one in thing.ancestors(80):
        if one.owner is not None and _reads_rows(one.owner) and not one.owner.outside.isdisjoint(DATASET_BASES):
            yield one


def _reads_rows(info: ClassInfo) -> bool:
    return any(info.member(name) is not None for name in ROW_METHODS)


def _seeds_itself(reached: _Reached, project: Project) -> bool:
    """Whether code that the workers run seeds NumPy, or asks which worker it is."""
    if any(name in WORKER_CALLS for key in reached.keys for name in reached.known.by_key[key].calls):
        return True
    return any(
        (NUMPY in seed.libraries or EVERYTHING in seed.libraries) and (seed.path, seed.function) in reached.keys for seed in project.facts(RandomSeed)
    )


class _Reached:
    """The definitions that run when rows of one dataset are read."""

    def __init__(self, known: Modules, dataset: Thing) -> None:
        self.known = known
        self.dataset = dataset
        self.keys: set[Key] = set()
        self._waiting: list[Definition] = []
        assert dataset.owner is not None
        self._lineage = [(one.module.path, one.qualname) for one in dataset.owner.lineage()]

    def start_with_rows(self) -> None:
        """Begin with the methods that give a row."""
        for name in ROW_METHODS:
            self._add_method(name)

    def add_value(self, thing: Thing, depth: int = 4) -> None:
        """Add what runs when a value is called: a function, an instance, or the parts of a composition."""
        for callee in thing.callees:
            if isinstance(callee, Function):
                self._add(self.known.by_key.get((callee.path, callee.qualname)))
        if thing.owner is not None:
            for name in _CALLED:
                for one in thing.owner.lineage():
                    self._add(self.known.by_key.get((one.module.path, f"{one.qualname}.{name}")))
        if depth:
            for part in (*(thing.items or ()), *thing.parents[:20], *thing.alternatives):
                self.add_value(part, depth - 1)

    def follow(self) -> None:
        """Follow calls until nothing new is met."""
        while self._waiting and len(self.keys) < _MOST:
            one = self._waiting.pop()
            for name in (*one.calls, *one.references):
                target = self.known.definition(name, one.path)
                if target is not None and target.kind == FUNCTION:
                    self._add(target)
            for inner in self.known.methods(one):
                self._add(inner)
            for name in one.attributes:
                self._add_method(name)
                held = self.dataset.field(name)
                if held is not None:
                    self.add_value(held)

    def _add_method(self, name: str) -> None:
        for path, qualname in self._lineage:
            found = self.known.by_key.get((path, f"{qualname}.{name}"))
            if found is not None:
                self._add(found)
                return

    def _add(self, definition: Definition | None) -> None:
        if definition is not None and definition.kind == FUNCTION and (definition.path, definition.qualname) not in self.keys:
            self.keys.add((definition.path, definition.qualname))
            self._waiting.append(definition)
