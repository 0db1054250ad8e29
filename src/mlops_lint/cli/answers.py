"""Whole answers of earlier runs, as the cache holds them: what was printed, and the state of the disk for which that is still true.

Imports little, since everything here is asked before anything else is loaded.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlops_lint.engine.cache import Cache, digest_of
from mlops_lint.engine.signature import tool_signature, tree_signature
from mlops_lint.project.folders import CONFIG_FILES
from mlops_lint.project.snapshot import Snapshot, is_unchanged

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = ("PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "GIT_INDEX_FILE")
"""What may change an answer besides the project and the configuration: which git is found, and what it reads."""
_SHOWN_BY = ("NO_COLOR", "FORCE_COLOR", "TERM", "PYTHONIOENCODING", "XDG_CACHE_HOME", "LOCALAPPDATA")


class Answer:
    """What a run gave its caller: the texts of its reports, its lines on standard error, and its exit code."""

    def __init__(self, texts: Iterable[str], lines: Iterable[str], code: int) -> None:
        self.texts = list(texts)
        self.lines = list(lines)
        self.code = code


def find_answer(cache: Cache, key: bytes) -> Answer | None:
    """The answer to a question, if it is there and nothing has changed since it was given."""
    text = cache.get([key]).get(key)
    if text is None:
        return None
    try:
        kept = json.loads(text)
        if any(tree_signature(folder) != state for folder, state in kept["plugins"]) or not is_unchanged(kept["snapshot"]):
            return None
        return Answer(map(str, kept["texts"]), map(str, kept["lines"]), int(kept["code"]))
    except (ValueError, TypeError, KeyError):
        return None


def keep_answer(cache: Cache, key: bytes, answer: Answer, snapshot: Snapshot, plugin_folders: Sequence[str]) -> None:
    """Keep an answer with the state of the disk that it was given for."""
    kept: Mapping[str, Any] = {
        "texts": answer.texts,
        "lines": answer.lines,
        "code": answer.code,
        "plugins": [(folder, tree_signature(folder)) for folder in plugin_folders],
        "snapshot": snapshot.plain(),
    }
    cache.put({key: json.dumps(kept, separators=(",", ":"))})


def command_key(arguments: Sequence[str]) -> bytes:
    """The key of a command line as it was typed here: with it an answer is found before the command line and the configuration are read."""
    shown = [os.environ.get(name, "") for name in (*ENVIRONMENT, *_SHOWN_BY)]
    streams = [stream is not None and not stream.closed and stream.isatty() for stream in (sys.stdout, sys.stderr)]
    return digest_of("command", tool_signature(), repr(list(arguments)), os.path.realpath(os.getcwd()), repr(shown), repr(streams))  # noqa: PTH109


def configuration_places(folders: Iterable[str]) -> list[str]:
    """Where a configuration may lie for somebody who works in these folders: a file that appears or goes there changes every answer."""
    found: dict[str, None] = {}
    for folder in folders:
        here = os.path.realpath(folder)
        while True:
            found.update(dict.fromkeys(os.path.join(here, name) for name in CONFIG_FILES))  # noqa: PTH118
            above = os.path.dirname(here)  # noqa: PTH120
            if above == here:
                break
            here = above
    return list(found)


def is_apart(folder: Path, arguments: Sequence[str]) -> bool:
    """Whether a cache folder certainly lies in no project that these arguments may name: a project must not bring answers of its own."""
    here = os.path.realpath(folder)
    bases = [os.path.realpath(one) for one in (".", *arguments)]
    if any(here == base or here.startswith(base.rstrip(os.sep) + os.sep) for base in bases):
        return False
    above = here
    while (parent := os.path.dirname(above)) != above:  # noqa: PTH120
        above = parent
        if any(os.path.lexists(os.path.join(above, name)) for name in (".git", *CONFIG_FILES)):  # noqa: PTH118
            return False
    return True
