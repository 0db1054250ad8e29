"""The whole answer of an earlier run, for a project in which nothing has changed since: neither the rules nor libcst are loaded for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from mlops_lint.cli.answers import ENVIRONMENT, Answer, command_key, configuration_places, find_answer, keep_answer
from mlops_lint.cli.outputs import Output, has_color
from mlops_lint.config.read import Layer
from mlops_lint.engine.cache import Cache, digest_of
from mlops_lint.engine.signature import tool_signature
from mlops_lint.project.snapshot import Note, Snapshot, note_of

_OF_NO_MATTER = frozenset(("cache-dir", "color", "jobs", "output-format"))
"""Settings that change no answer; of formats and colours, what came of them counts."""


class Watch:
    """The places where a configuration may lie, noted before any is read."""

    def __init__(self, cwd: Path, paths: Sequence[Path]) -> None:
        self.notes: dict[str, Note] = {}
        for place in configuration_places([str(cwd), *(str(path if path.is_dir() else path.parent) for path in paths)]):
            note = note_of(place)
            if note is not None:
                self.notes[place] = note

    def covers(self, layers: Sequence[Layer]) -> bool:
        """Whether all files that settings came from are among what was noted."""
        return all(layer.path is None or os.path.realpath(layer.path) in self.notes for layer in layers)


class Replay:
    """The kept answer to one command. What it was asked for, and by which tool, is the key; a snapshot of the disk says whether it still holds."""

    def __init__(
        self, folder: Path, root: Path, cwd: Path, paths: Sequence[Path], layers: Sequence[Layer], outputs: Sequence[Output], color: str
    ) -> None:
        self._folder = folder
        said = [(layer.source, str(layer.base), str(layer.path), _settings(layer)) for layer in layers]
        shown = [(one.format, one.file is None, has_color(one, color)) for one in outputs]
        places = [str(root), str(cwd), *map(str, paths)]
        environment = [os.environ.get(name, "") for name in ENVIRONMENT]
        self._key = digest_of("answer", tool_signature(), repr(places), repr(said), repr(shown), repr(environment))
        self._prints_only = all(one.file is None for one in outputs)

    def find(self) -> Answer | None:
        """The answer, if it is there and nothing has changed since it was given."""
        cache = Cache.open(self._folder)
        if cache is None:
            return None
        with cache:
            return find_answer(cache, self._key)

    def keep(self, answer: Answer, snapshot: Snapshot, plugin_folders: Sequence[str], arguments: Sequence[str] | None, watch: Watch) -> None:
        """Keep an answer with the state of the disk that it was given for; also under the command line's own ``arguments``, if they alone make it."""
        cache = Cache.open(self._folder) if snapshot.is_good else None
        if cache is None:
            return
        with cache:
            keep_answer(cache, self._key, answer, snapshot, plugin_folders)
            if arguments is not None and self._prints_only:
                snapshot.add_texts(watch.notes)
                keep_answer(cache, command_key(arguments), answer, snapshot, plugin_folders)


def _settings(layer: Layer) -> list[tuple[str, str]]:
    return sorted((name, repr(one.value)) for name, one in layer.entries.items() if name not in _OF_NO_MATTER)
