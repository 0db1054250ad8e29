"""Worker processes: each holds one file at a time, so that a death or a hang costs that file alone."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from mlops_lint.engine.examine import Examine, Examined, Task
from mlops_lint.engine.stack import call_with_large_stack

FILE_SECONDS = 60.0
"""A file that takes longer is given up (E909)."""

Factory = Callable[[], Examine]
Lost = Callable[[Task, str], Examined]


@dataclass(slots=True)
class _Worker:
    process: Any
    connection: Connection
    task: Task | None = None
    deadline: float = 0.0


def examine_all(tasks: Sequence[Task], factory: Factory, jobs: int, lost: Lost) -> Iterator[Examined]:
    """The examined files, in no particular order.

    ``factory`` makes the examining function inside each process. ``lost`` says what to report of a file whose worker died twice (``E904``) or that went
    over its time (``E909``).
    """
    waiting = sorted(tasks, key=lambda one: (one.size, one.path))
    retried: set[str] = set()
    workers = [_start(factory) for _ in range(min(jobs, len(waiting)))]
    try:
        while waiting or any(worker.task for worker in workers):
            for worker in workers:
                if worker.task is None and waiting:
                    _give(worker, waiting.pop())
            busy = [worker for worker in workers if worker.task is not None]
            ready = multiprocessing.connection.wait([worker.connection for worker in busy], timeout=0.5)
            for place, worker in enumerate(workers):
                if worker.task is None:
                    continue
                if worker.connection in ready:
                    task = worker.task
                    try:
                        examined = worker.connection.recv()
                    except (EOFError, OSError):
                        workers[place] = _replace(worker, factory)
                        if task.path in retried:
                            yield lost(task, "E904")
                        else:
                            retried.add(task.path)
                            waiting.append(task)
                        continue
                    worker.task = None
                    yield examined
                elif time.monotonic() > worker.deadline:
                    task = worker.task
                    workers[place] = _replace(worker, factory)
                    yield lost(task, "E909")
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()
            worker.connection.close()


def _give(worker: _Worker, task: Task) -> None:
    worker.task = task
    worker.deadline = time.monotonic() + FILE_SECONDS
    with contextlib.suppress(OSError):  # it has died; the wait sees the closed pipe
        worker.connection.send(task)


def _start(factory: Factory) -> _Worker:
    # A fork shares the loaded rules; it is only safe while this process has one thread.
    can_fork = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    context: Any = multiprocessing.get_context("fork" if can_fork else "spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, factory), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _replace(worker: _Worker, factory: Factory) -> _Worker:
    worker.process.kill()
    worker.process.join()
    worker.connection.close()
    return _start(factory)


def _work(connection: Connection, factory: Factory) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    call_with_large_stack(lambda: _serve(connection, factory()))


def _serve(connection: Connection, examine: Examine) -> None:
    while True:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(examine(task))
