"""The whole answer of an earlier run, for a project in which nothing has changed since: neither the rules nor libcst are loaded for it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_lint.cli.outputs import Output, has_color
from mlops_lint.config.read import Layer
from mlops_lint.engine.cache import Cache, digest_of
from mlops_lint.engine.signature import tool_signature, tree_signature
from mlops_lint.project.snapshot import Snapshot, is_unchanged

_ENVIRONMENT = ("PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "GIT_INDEX_FILE")
"""What may change an answer besides the project and the configuration: which git is found, and what it reads."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run gave its caller: the texts of its reports, its lines on standard error, and its exit code."""

    texts: tuple[str, ...]
    lines: tuple[str, ...]
    code: int


_OF_NO_MATTER = frozenset(("cache-dir", "color", "jobs", "output-format"))
"""Settings that change no answer; of formats and colours, what came of them counts."""


def _settings(layer: Layer) -> list[tuple[str, str]]:
    return sorted((name, repr(one.value)) for name, one in layer.entries.items() if name not in _OF_NO_MATTER)


class Replay:
    """The kept answer to one command. What it was asked for, and by which tool, is the key; a snapshot of the disk says whether it still holds."""

    def __init__(
        self, folder: Path, root: Path, cwd: Path, paths: Sequence[Path], layers: Sequence[Layer], outputs: Sequence[Output], color: str
    ) -> None:
        self._folder = folder
        self._root = root
        said = [(layer.source, str(layer.base), str(layer.path), _settings(layer)) for layer in layers]
        shown = [(one.format, one.file is None, has_color(one, color)) for one in outputs]
        places = [str(root), str(cwd), *map(str, paths)]
        environment = [os.environ.get(name, "") for name in _ENVIRONMENT]
        self._key = digest_of("answer", tool_signature(), repr(places), repr(said), repr(shown), repr(environment))

    def find(self) -> Answer | None:
        """The answer, if it is there and nothing has changed since it was given."""
        cache = Cache.open(self._folder)
        if cache is None:
            return None
        with cache:
            text = cache.get([self._key]).get(self._key)
        if text is None:
            return None
        try:
            kept = json.loads(text)
            if any(tree_signature(folder) != state for folder, state in kept["plugins"]) or not is_unchanged(kept["snapshot"], self._root):
                return None
            return Answer(tuple(kept["texts"]), tuple(kept["lines"]), int(kept["code"]))
        except (ValueError, TypeError, KeyError):
            return None

    def keep(self, answer: Answer, snapshot: Snapshot, plugin_folders: Sequence[str]) -> None:
        """Keep an answer with the state of the disk that it was given for."""
        kept: dict[str, Any] = {
            "texts": answer.texts,
            "lines": answer.lines,
            "code": answer.code,
            "plugins": [(folder, tree_signature(folder)) for folder in plugin_folders],
            "snapshot": snapshot.plain(),
        }
        cache = Cache.open(self._folder) if snapshot.is_good else None
        if cache is not None:
            with cache:
                cache.put({self._key: json.dumps(kept, separators=(",", ":"))})
