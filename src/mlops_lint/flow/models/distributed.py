"""Training in several processes: who is told apart by a rank, and which rows each process gets."""

from __future__ import annotations

from typing import Any

from mlops_lint.flow.models.call import Call, Model
from mlops_lint.flow.things import Tag, Thing
from mlops_lint.knowledge.torch import PROCESS_VARIABLES, PROCESS_WORDS
from mlops_lint.python.values import UNKNOWN

OF_PROCESS = "of-process"
"""The mark of what differs from process to process: a rank, and what was made with it."""


def mark_process(thing: Thing, name: str) -> None:
    """An attribute or parameter called ``rank`` or ``world_size`` says which process this is."""
    if name.lower() in PROCESS_WORDS and thing.constant is UNKNOWN:
        thing.mark(Tag(OF_PROCESS, None))


def of_process(call: Call) -> Thing | None:
    """``dist.get_rank()``, ``dist.get_world_size()``."""
    result = call.gives("number")
    result.mark(Tag(OF_PROCESS, None))
    return result


def variable(call: Call) -> Thing | None:
    """``os.environ.get("RANK")``, ``os.getenv("LOCAL_RANK", 0)``: which process this is."""
    key: Any = call.args[0].constant if call.args else None
    if not isinstance(key, str) or key not in PROCESS_VARIABLES:
        return None
    return of_process(call)


def joined(call: Call) -> Thing | None:
    """``dist.init_process_group(…)``: the process joins a group."""
    call.role("join-group")
    return Thing(constant=None, event=call.event)


def spawned(call: Call) -> Thing | None:
    """``mp.spawn(main, args=(…), nprocs=n)``: the function runs once in each process, its rank the first argument."""
    function = call.argument("fn", 0)
    if function is None or not function.callees:
        return None
    rank = Thing(event=call.event)
    rank.mark(Tag(OF_PROCESS, None))
    rest = call.argument("args", 1)
    call.library.run_callback(function, [rank, *((rest.items or []) if rest is not None else [])], call.event)
    return Thing(constant=None, event=call.event)


def set_epoch(call: Call) -> Thing | None:
    """``sampler.set_epoch(epoch)``."""
    call.role("set-epoch")
    return Thing(constant=None, event=call.event)


def handed_over(call: Call) -> Thing | None:
    """``fabric.setup_dataloaders(loader)``, ``prepare_data_loader(loader)``: the loader gets a sampler of its own."""
    call.role("prepare")
    if len(call.args) == 1:
        return call.args[0]
    result = call.gives("tuple")
    result.items = list(call.args)
    return result


FUNCTIONS: dict[str, Model] = {
    **{
        f"torch.distributed.{below}{name}": of_process
        for below in ("", "distributed_c10d.")
        for name in ("get_rank", "get_world_size", "get_node_local_rank")
    },
    "torch.distributed.init_process_group": joined,
    "torch.distributed.distributed_c10d.init_process_group": joined,
    "torch.multiprocessing.spawn": spawned,
    "torch.multiprocessing.spawn.spawn": spawned,
    "torch.multiprocessing.start_processes": spawned,
    "os.getenv": variable,
    "os.environ.get": variable,
    "ray.train.torch.prepare_data_loader": handed_over,
    "horovod.torch.rank": of_process,
    "horovod.torch.size": of_process,
}
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {"set_epoch": set_epoch, "setup_dataloaders": handed_over, "prepare_data_loader": handed_over}
"""By method alone."""
