"""Frames: in which running of which function something happened, and whether two things can happen in one running of the program."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lint.flow.trace import Branch, Event, Trace

_LEAVES_LOOP = ("break", "continue")


def root_of(event: Event) -> tuple[str, str]:
    """The file and function in which the calls began that led to an event: the program's entry, or a function that was run on its own."""
    first = event.stack[0] if event.stack else event
    return first.site.path, first.function


def common(one: Event, other: Event) -> int:
    """How many calls of the project's own functions lead to both, from the outside in."""
    count = 0
    for mine, theirs in zip(one.stack, other.stack, strict=False):
        if mine is not theirs:
            break
        count += 1
    return count


def own_call(event: Event, other: Event) -> Event:
    """What leads to an event, but not to the other one, in the innermost function that leads to both: a call there, or the event itself."""
    shared = common(event, other)
    return event.stack[shared] if shared < len(event.stack) else event


def are_alternatives(one: Event, other: Event) -> bool:
    """Whether two things happened in functions of one name that a single call may mean: methods of different classes, of which only one is run."""
    mine, theirs = own_call(one, other), own_call(other, one)
    if mine.function == theirs.function and mine.site.path == theirs.site.path:
        return False
    return bool(mine.function) and mine.function.rpartition(".")[2] == theirs.function.rpartition(".")[2]


def extra_branches(event: Event, other: Event) -> Iterator[Branch]:
    """The arms in which an event stands and the other one does not."""
    shared = {(branch.site, branch.arm) for branch in other.branches}
    for branch in event.branches:
        if (branch.site, branch.arm) not in shared:
            yield branch


def both_happen(first: Event, later: Event, trace: Trace) -> bool:
    """Whether one running can go through both: not through two arms of one ``if``, nor past an arm that leaves, nor on two tests that speak of the same."""
    if first.excludes(later):
        return False
    for branch in extra_branches(first, later):
        end = trace.ends.get((branch.site, branch.arm))
        if end is None:
            continue
        if end.how in _LEAVES_LOOP:
            if later.loops[: len(first.loops)] == first.loops and later.passing == first.passing:
                return False
        elif end.how == "return":
            if _same_running(first, later, end.function):
                return False
        else:
            return False
    mine = [branch.words for branch in extra_branches(first, later)]
    theirs = [branch.words for branch in extra_branches(later, first)]
    return not any(words & others for words in mine for others in theirs)


def _same_running(first: Event, later: Event, function: str) -> bool:
    """Whether both happened in, or below, one running of a function."""
    frames = [*first.stack, first]
    for depth in range(len(frames) - 1, -1, -1):
        if frames[depth].function == function:
            return len(later.stack) >= depth and all(one is other for one, other in zip(first.stack[:depth], later.stack[:depth], strict=True))
    return True
