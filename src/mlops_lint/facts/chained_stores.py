"""Chained stores: assignments that select from a frame, and then select once more from what that gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mlops_lint.documents.specifiers import parse_version
from mlops_lint.facts.resolved_versions import ResolvedVersions
from mlops_lint.facts.runs import Run
from mlops_lint.facts.tables import INDEXERS, certainly, selects_many
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Path
from mlops_lint.knowledge.frames import COPY_ON_WRITE_SINCE

# What a part of a target is: the frame, some rows and columns of it, one column, one row, either of these, or an indexer of one of them.
_FRAME: Final = "frame"
_COLUMN: Final = "column"
_ROW: Final = "row"
_EITHER: Final = "either"
_PARTS: Final = (_FRAME, _COLUMN, _ROW, _EITHER)
# Attributes of a frame that are no columns, and those that something taken from it may be given.
_NO_COLUMNS = frozenset({"values", "array", "T", "columns", "index", "dtypes", "style", "plot", "attrs", "flags", "str", "dt", "cat", "axes", "data"})


def chained_stores(run: Run) -> Iterator[tuple[Event, Thing]]:
    """The chained stores of a run, with the frame that keeps its values; the same place may come up several times."""
    for event in run.trace.events:
        if event.what != "store" or not (path := event.path) or len(path) < 2:
            continue
        frame = _written_through(event.code, path)
        if frame is not None:
            yield event, frame


def copies_on_write(versions: ResolvedVersions, near: str) -> bool:
    """Whether the pandas of a file's environment is one in which a chained assignment never reaches the frame."""
    floor, since = parse_version(versions.lower_bound("pandas", near) or ""), parse_version(COPY_ON_WRITE_SINCE)
    return floor is not None and since is not None and floor >= since


def _written_through(target: Any, path: Path) -> Thing | None:
    """The frame from which the target selects in two steps or more; ``None`` when it does not certainly do so."""
    steps: list[Any] = []
    code = target[1]
    while code[0] in ("s", "a"):
        steps.append(code)
        code = code[1]
    steps.reverse()
    start = next((place for place, (thing, _) in enumerate(path) if certainly(thing, "dataframe")), None)
    if start is None:
        return None
    state: str = _FRAME
    selections = 0
    for step, (_, key) in zip(steps[start:], path[start + 1 :], strict=True):
        if step[0] == "a":
            state = _attribute(state, step[2])
            selections += state == _COLUMN
        else:
            state = _item(state, key if key is not None else Thing())
            selections += 1
        if not state:
            return None
    if target[0] == "a" and (state not in (_FRAME, _ROW) or target[2] in _NO_COLUMNS | {"name"}):
        return None
    return path[start][0] if selections else None


def _attribute(state: str, name: str) -> str:
    """What an attribute of a part is; empty where nothing can be said."""
    if name in INDEXERS and state in _PARTS:
        return f"{name} {state}"
    return _COLUMN if state == _FRAME and name not in _NO_COLUMNS else ""


def _item(state: str, key: Thing) -> str:
    """What an item of a part is; empty for what may be a cell, which may hold an object that is rightly changed in place."""
    indexer, _, part = state.rpartition(" ")
    many = selects_many(key)
    if indexer in ("at", "iat"):
        return ""
    if part in (_COLUMN, _ROW):
        return part if many else ""
    if part == _EITHER:
        return _EITHER if many else ""
    if not indexer:
        return _FRAME if many else _COLUMN if isinstance(key.constant, str) else _EITHER
    if key.items is not None and len(key.items) == 2 and key.is_a("tuple"):
        rows, columns = key.items
        if selects_many(rows):
            return _FRAME if selects_many(columns) else _COLUMN
        return _ROW if selects_many(columns) else ""
    return _FRAME if many else _ROW
