"""What single files gave in earlier runs, from the cache: findings and facts of a file whose content has not changed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator

from mlops_lint.core.outcome import Result
from mlops_lint.engine.cache import Cache, digest_of
from mlops_lint.engine.examine import MAX_FILE_BYTES, Examined, Task
from mlops_lint.engine.plain import Decoder, Encoder, NotPlain
from mlops_lint.engine.plan import Plan
from mlops_lint.engine.request import Request
from mlops_lint.engine.signature import code_signature, content_signature, plugin_folders
from mlops_lint.project.read import NotReadable, native, read_file
from mlops_lint.project.snapshot import Snapshot, stamp_of


class Remembered:
    """The answers of earlier runs for the files of one request; what is new is written when :meth:`keep` is called.

    An answer depends on the file's path and bytes, on the tool, and on the plan of the run: the active rules with their options, the facts they
    require, the configured severities. Answers of which something went wrong are not kept.
    """

    def __init__(self, cache: Cache, request: Request, plan: Plan, snapshot: Snapshot | None = None) -> None:
        self._cache = cache
        self._snapshot = snapshot
        self._root = request.root
        self._context = digest_of(code_signature(), *map(content_signature, plugin_folders(plan.rules)), *_said(request, plan))
        self._new: dict[str, tuple[bytes, str]] = {}

    def recall(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Examined | None]]:
        """Each task with its answer, or ``None`` where there is none. Of a file that is only to give facts, the answer to more will do."""
        keys: list[tuple[Task, list[bytes]]] = []
        for task in tasks:
            digest = self._digest(task)
            keys.append((task, [] if digest is None else [self._key(task, digest, wanted) for wanted in sorted({True, task.wanted}, reverse=True)]))
        texts = self._cache.get(key for _, some in keys for key in some)
        for task, some in keys:
            text = next((texts[key] for key in some if key in texts), None)
            examined = _read(text, task.path) if text is not None else None
            if examined is not None and not task.wanted:
                examined.results = []
            yield task, examined

    def note(self, task: Task, examined: Examined) -> None:
        """Take in an answer, to be kept; those of files with secrets would quote them."""
        if not examined.digest or examined.failed or examined.bears_secrets:
            return
        try:
            self._new[task.path] = (self._key(task, examined.digest, task.wanted), _written(examined))
        except NotPlain:
            return  # a plugin's fact that cannot be kept: its file is read each time

    def keep(self, but: frozenset[str]) -> None:
        """Write what is new, but for some files."""
        self._cache.put({key: text for path, (key, text) in self._new.items() if path not in but})
        self._new = {}

    def _digest(self, task: Task) -> bytes | None:
        stamp = None if self._snapshot is None else stamp_of(os.path.join(self._root, native(task.path)))  # noqa: PTH118
        try:
            data = task.data if task.data is not None else read_file(self._root, task.path, MAX_FILE_BYTES)
        except NotReadable:
            digest = None
        else:
            digest = hashlib.sha256(data).digest()
        if self._snapshot is not None:
            self._snapshot.note(task.path, stamp, digest or b"")
        return digest

    def _key(self, task: Task, digest: bytes, wanted: bool) -> bytes:
        return digest_of("file" if wanted else "facts", self._context, task.path, task.kind, digest)


def _said(request: Request, plan: Plan) -> Iterator[str]:
    settings = request.settings
    yield ",".join(sorted(one.code for one in plan.rules))
    yield ",".join(f"{fact.__module__}.{fact.__qualname__}" for fact in plan.facts)
    yield repr(sorted((code, repr(options)) for code, options in settings.options.items()))
    yield repr(sorted((code, level.name) for code, level in settings.severity.items()))
    yield repr(request.line_hashes)


def _written(examined: Examined) -> str:
    encoder = Encoder()
    body = [encoder.encode(part) for part in (examined.results, examined.facts, examined.directives, examined.not_analysed)]
    return json.dumps([encoder.classes, *body], separators=(",", ":"))


def _read(text: str, path: str) -> Examined | None:
    try:
        classes, *body = json.loads(text)
        decoder = Decoder(classes)
        results, facts, directives, not_analysed = map(decoder.decode, body)
        found: list[Result] = results
        return Examined(path, found, facts, directives, not_analysed, analysed=not not_analysed)
    except (ValueError, TypeError, IndexError, KeyError, NotPlain):
        return None
