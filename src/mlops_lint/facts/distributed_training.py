"""Training in several processes: which loader feeds which training loop, and which rows each process is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlops_lint.facts.runs import Run
from mlops_lint.facts.training_steps import came_from
from mlops_lint.flow.models.distributed import OF_PROCESS
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Loop
from mlops_lint.knowledge.torch import DISTRIBUTED_WRAPPERS, SELF_SHARDING_DATASETS, TRAINING_ENGINES

_LOADER_CALLS = frozenset({"torch.utils.data.DataLoader", "torch.utils.data.dataloader.DataLoader", "torch_geometric.loader.DataLoader"})
_SHARDING = ("shard", "split_dataset_by_node", "by_node", "partition", "scatter", "by_rank")


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """A loader that feeds a training loop: its ``DataLoader`` call, the loop over its batches, and the loop of epochs around that, where there is one."""

    loader: Thing
    made: Event
    loop: Loop
    epochs: Loop | None
    backward: Event


def feeds(run: Run) -> list[list[Feed]]:
    """The loaders of each training loop of a run; those of one loop (it may go through the one or the other) stand together."""
    found: dict[tuple[Loop, Loop | None], list[Feed]] = {}
    for backward in run.trace.with_role("backward"):
        for place in range(len(backward.loops) - 1, -1, -1):
            loop = backward.loops[place]
            epochs = backward.loops[place - 1] if place else None
            loaders = list(_loaders(loop.iterable)) if loop.iterable is not None else []
            if loaders:
                found.setdefault((loop, epochs), [Feed(one, made, loop, epochs, backward) for one, made in loaders])
                break
        else:
            loss = backward.operands.get("loss")
            if backward.loops and isinstance(loss, Thing) and (backward.loops[-1], None) not in found:
                # ``for step in range(n): batch = next(batches)``
                loaders = [(one, one.event) for one in loss.ancestors(300) if one.event is not None and _is_loader(one)]
                if loaders:
                    found[backward.loops[-1], None] = [Feed(one, made, backward.loops[-1], None, backward) for one, made in loaders]
    return list(found.values())


@dataclass(frozen=True, slots=True, eq=False)
class Handed:
    """A loader whose batches go, in a loop of epochs, to training code that is out of sight and is not told the epoch."""

    loader: Thing
    made: Event
    epochs: Loop


def handed_loaders(run: Run) -> Iterator[Handed]:
    """The loaders that a run hands to unknown training code: as a whole (``train_one_epoch(model, loader)``), or batch by batch."""
    for event in run.trace.events:
        if event.what != "call" or event.roles or not event.loops or not _trains(event):
            continue
        for one in event.inputs():
            if one.is_a("loader"):
                yield from _in_epochs(event, one.thing, event.loops)
        source = event.loops[-1].iterable
        if source is not None:
            yield from _in_epochs(event, source, event.loops[:-1])


def _in_epochs(event: Event, source: Thing, around: tuple[Loop, ...]) -> Iterator[Handed]:
    if not around or any(came_from(one.thing, around[-1].iterable) for one in event.inputs()):
        return
    for loader, made in _loaders(source):
        yield Handed(loader, made, around[-1])


def _trains(event: Event) -> bool:
    """Whether an unknown call looks like training: by its name, or because it is given an optimiser."""
    if any(one.is_a("optimizer") for one in event.inputs()):
        return not any(name.startswith(("torch.", "builtins.")) for name in event.names)
    return any(word in event.method for word in ("train", "fit")) and not any(word in event.method for word in ("eval", "valid", "test"))


def shuffled_loaders(run: Run) -> list[Event]:
    """The ``DataLoader`` calls of a run that shuffle: such a loader is for training, even where its loop is out of sight."""
    made = [event for event in run.trace.events if event.what == "call" and not event.names.isdisjoint(_LOADER_CALLS)]
    return [event for event in made if (shuffle := event.argument("shuffle", 2)) is not None and shuffle.constant is True]


def _loaders(iterable: Thing) -> Iterator[tuple[Thing, Event]]:
    """The loaders that a loop goes through, ``enumerate`` and the like taken off; what only counts their batches has none."""
    seen: set[int] = set()
    waiting = [iterable]
    while waiting and len(seen) < 300:
        one = waiting.pop()
        if id(one) in seen or one.is_a("number"):
            continue
        seen.add(id(one))
        if one.event is not None and _is_loader(one):
            yield one, one.event
            continue
        waiting.extend((*one.parents, *one.alternatives))


def _is_loader(thing: Thing) -> bool:
    return thing.is_a("loader") and thing.event is not None and not thing.event.names.isdisjoint(_LOADER_CALLS)


def is_self_driving(run: Run, besides: str = "") -> bool:
    """Whether a run hands its loop, or what goes through it, to a library (``besides`` does not count) that deals out the rows itself."""
    engines = tuple(name for name in TRAINING_ENGINES if name != besides)
    return any(name.startswith(engines) for event in run.trace.events if event.what == "call" for name in event.names)


def is_handed_over(run: Run, loader: Thing) -> bool:
    """Whether a loader is handed to Accelerate, Fabric or the like."""
    return any(one.thing is loader for event in run.trace.with_role("prepare") for one in event.inputs())


def samplers_of(made: Event) -> list[Thing] | None:
    """What the sampler of a ``DataLoader`` call may be; empty when there is none, ``None`` when that cannot be told."""
    found: list[Thing] = []
    for name, place in (("sampler", 3), ("batch_sampler", 4)):
        given = made.argument(name, place)
        if given is not None and given.constant is not None:
            found.extend(given.thing.alternatives or (given.thing,))
            found.extend(one for one in given.thing.ancestors(40) if one.is_a("sampler"))
    return found if found or not made.unpacks else None


def distributed_samplers(made: Event) -> list[Thing]:
    """The samplers of a ``DataLoader`` call that give each process rows of its own."""
    return [one for one in samplers_of(made) or () if one.is_a("distributed-sampler")]


def deals_out_all_rows(made: Event) -> bool:
    """Whether a ``DataLoader`` call certainly gives every process all rows of a data set that is the same in each."""
    samplers = samplers_of(made)
    if samplers is None or not all(one.is_a("plain-sampler") for one in samplers):
        return False
    dataset = made.argument("dataset", 0)
    return dataset is not None and not any(_knows_process(one) for one in (dataset.thing, *dataset.thing.ancestors(80)))


def _knows_process(thing: Thing) -> bool:
    """Whether a data set (or what it is made from) picks its rows by process, or streams them."""
    if thing.tagged(OF_PROCESS):
        return True
    # ``args`` knows the rank, and so does a data set that is handed all of it, but not one that is handed ``args.data``.
    holders = [thing, *(one.thing for one in thing.event.inputs())] if thing.event is not None else [thing]
    if (thing.is_a("dataset") or thing.owner is not None) and any(
        value.tagged(OF_PROCESS) for one in holders for value in (one.fields or {}).values()
    ):
        return True
    owner = thing.owner
    if owner is not None and (owner.member("__iter__") is not None or any(name.endswith("IterableDataset") for name in owner.outside)):
        return True
    made = thing.event
    if made is None or made.what != "call":
        return False
    if any(part in made.method for part in _SHARDING) or any(name.startswith(SELF_SHARDING_DATASETS) for name in made.names):
        return True
    streaming = made.keywords.get("streaming")
    return streaming is not None and streaming.constant is not False


def groups(run: Run) -> tuple[list[Event], Sequence[Event]]:
    """The calls that wrap a network for training in several processes, and those that join a group of processes."""
    wraps = [event for event in run.trace.with_role("wrap") if not event.names.isdisjoint(DISTRIBUTED_WRAPPERS)]
    return wraps, run.trace.with_role("join-group")
