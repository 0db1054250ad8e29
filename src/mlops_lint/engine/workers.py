"""Worker processes: each holds one file at a time, so that a death or a hang costs that file alone."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mlops_lint.engine.examine import Examine, Examined, Task
from mlops_lint.engine.stack import call_with_large_stack

CPU_SECONDS = 10.0
"""A file that takes more time of a processor is given up (E909); unlike the clock it hardly depends on what else the machine does."""
FILE_SECONDS = 60.0
"""The same by the clock, for what waits, and for platforms that cannot measure the other."""

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
    if not tasks:
        return
    waiting = sorted(tasks, key=lambda one: (one.size, one.path))
    retried: set[str] = set()
    workers: list[_Worker] = []
    if can_fork():
        # So many files that processes are worth their while hold one that needs it, and a fork shares what is loaded before it.
        import libcst  # noqa: F401
    try:
        for _ in range(min(jobs, len(waiting))):
            workers.append(_start(factory, workers))
    except OSError:
        # No process, or no more of them, can be had.
        if not workers:
            examine = factory()
            for task in waiting:
                yield call_with_large_stack(partial(examine, task))
            return
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
                        over_time = _died_of_time(worker)
                        workers[place] = _replace(worker, factory, workers)
                        if over_time:
                            yield lost(task, "E909")
                        elif task.path in retried:
                            yield lost(task, "E904")
                        else:
                            retried.add(task.path)
                            waiting.append(task)
                        continue
                    worker.task = None
                    yield examined
                elif time.monotonic() > worker.deadline:
                    task = worker.task
                    workers[place] = _replace(worker, factory, workers)
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


def can_fork() -> bool:
    """Whether a worker costs next to nothing here: a fork shares the loaded rules, and is only safe while this process has one thread."""
    alone = threading.active_count() == 1 and not multiprocessing.current_process().daemon
    return alone and "fork" in multiprocessing.get_all_start_methods()


def can_start() -> bool:
    """Whether a worker can be started at all without a chance that it runs what lies in the working directory; see :func:`_elsewhere`."""
    return not multiprocessing.current_process().daemon and (_HAS_SAFE_PATH or threading.active_count() == 1)


_HAS_SAFE_PATH = sys.version_info >= (3, 11)


def _start(factory: Factory, others: Sequence[_Worker]) -> _Worker:
    forks = can_fork()
    context: Any = multiprocessing.get_context("fork" if forks else "spawn")
    ours, theirs = context.Pipe()
    # A fork holds copies of our ends of all pipes, and no worker would see its own pipe close when we die.
    copies = [ours, *(worker.connection for worker in others)] if forks else []
    process = context.Process(target=_work, args=(theirs, factory, os.getpid(), copies), daemon=True)
    with contextlib.nullcontext() if forks else _elsewhere():
        process.start()
    theirs.close()
    return _Worker(process, ours)


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    """A process that is spawned begins with ``python -c``, which looks for modules in its working directory first: a ``multiprocessing.py`` of the analysed
    project would be run. From Python 3.11 on ``PYTHONSAFEPATH`` forbids that; before, it has to start in a folder of Python's own.
    """
    if _HAS_SAFE_PATH:
        before = os.environ.get("PYTHONSAFEPATH")
        os.environ["PYTHONSAFEPATH"] = "1"
        try:
            yield
        finally:
            if before is None:
                del os.environ["PYTHONSAFEPATH"]
            else:
                os.environ["PYTHONSAFEPATH"] = before
        return
    here = os.open(".", os.O_RDONLY) if os.chdir in os.supports_fd else Path.cwd()
    os.chdir(Path(multiprocessing.__file__).parent.parent)
    try:
        yield
    finally:
        os.chdir(here)
        if isinstance(here, int):
            os.close(here)


def _replace(worker: _Worker, factory: Factory, workers: Sequence[_Worker]) -> _Worker:
    worker.process.kill()
    worker.process.join()
    worker.connection.close()
    return _start(factory, [one for one in workers if one is not worker])


def _died_of_time(worker: _Worker) -> bool:
    """Whether a worker whose pipe is closed was ended by its timer."""
    worker.process.join(1.0)
    return _HAS_TIMER and worker.process.exitcode == -signal.SIGPROF


_HAS_TIMER = hasattr(signal, "setitimer") and hasattr(signal, "SIGPROF")


def _allow(seconds: float) -> None:
    """Let the system end this process after so much time of a processor; zero lifts it."""
    if _HAS_TIMER:
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _work(connection: Connection, factory: Factory, parent: int, copies: Sequence[Connection]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if _HAS_TIMER:
        # No handler of Python's: it would wait for a parser or a pattern in C that does not come back.
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
    for copy in copies:
        copy.close()

    def end_with_parent() -> None:
        # Killed outright, it closes the pipe, which a worker in the middle of a file does not see.
        if os.name == "posix" and os.getppid() != parent:
            os._exit(1)

    examine = factory()
    # What was loaded before stays; only what a file leaves behind is garbage.
    gc.freeze()
    call_with_large_stack(lambda: _serve(connection, examine), end_with_parent)


def _serve(connection: Connection, examine: Examine) -> None:
    while True:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            return
        _allow(CPU_SECONDS)
        examined = examine(task)
        _allow(0)
        try:
            connection.send(examined)
        except OSError:  # nobody waits for it any more
            return
