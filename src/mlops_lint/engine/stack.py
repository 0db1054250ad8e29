"""A thread with a stack large enough for libcst's native parser and for deep, but bounded, recursion."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")
STACK_BYTES = 64 * 1024 * 1024
RECURSION_LIMIT = 12_000


def call_with_large_stack(function: Callable[[], _T], meanwhile: Callable[[], None] | None = None) -> _T:
    """The result of a function that was run on such a thread; what it raises is raised here.

    The thread is a daemon, so that an interrupt ends the process without waiting for it. ``meanwhile`` is called here twice a second as long as it runs.
    """
    results: list[_T] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    old_size, old_limit = threading.stack_size(STACK_BYTES), sys.getrecursionlimit()
    sys.setrecursionlimit(max(RECURSION_LIMIT, old_limit))
    try:
        thread = threading.Thread(target=work, name="mlops-lint", daemon=True)
        thread.start()
        while thread.is_alive():
            # A bounded wait lets the main thread see Ctrl-C on every platform.
            thread.join(0.5)
            if meanwhile is not None:
                meanwhile()
    finally:
        threading.stack_size(old_size)
        sys.setrecursionlimit(old_limit)
    if errors:
        raise errors[0]
    return results[0]
