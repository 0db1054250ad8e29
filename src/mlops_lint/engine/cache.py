"""The cache: what was worked out before, kept by what it was worked out from.

One SQLite file per user holds pairs of a key (a digest of content, tool and configuration) and a text. Nothing in it is taken on trust: each text carries
a digest of itself and its key, and what does not fit is as good as absent. Whatever goes wrong with the file (damage, a full disk, another process that
holds it, a folder that cannot be written) costs time, never a result.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

FILE_NAME = "cache-v1.sqlite"
MAX_BYTES = 512 << 20
"""Beyond this the entries that were not used for longest are dropped, until three quarters of it are left."""
MAX_TEXT_BYTES = 256 << 20
_DIGEST_BYTES = 16
_DAY = 24 * 3600
_PATIENCE = 2.0  # seconds to wait for another process that writes
_AT_ONCE = 500  # keys per question, of which SQLite takes 999 in old builds, and texts per step of writing

_SCHEMA = "CREATE TABLE IF NOT EXISTS entry (key BLOB PRIMARY KEY, used INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID"


def digest_of(*parts: str | bytes) -> bytes:
    """A key: the digest of some parts, kept apart by their lengths."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()


class Cache:
    """The cache in one folder; :meth:`open` gives it. Close it when done, or use it in a ``with`` block."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._connection: sqlite3.Connection | None = connection
        self._now = int(time.time())

    @classmethod
    def open(cls, folder: Path) -> Cache | None:
        """The cache in a folder that is there and is ours; ``None`` where none can be had."""
        try:
            import sqlite3
        except ImportError:  # a Python that was built without it
            return None

        path = folder / FILE_NAME
        if path.is_symlink():
            return None
        for _ in (1, 2):
            try:
                return cls(folder, _connect(path))
            except (OSError, sqlite3.OperationalError):
                return None
            except sqlite3.Error:
                _remove(path)  # it is damaged, or no cache at all
        return None

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it; asked afterwards it knows nothing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(_error()):
                connection.close()

    def get(self, keys: Iterable[bytes]) -> dict[bytes, str]:
        """The texts of those keys that are there."""
        found: dict[bytes, str] = {}
        old: list[bytes] = []
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), _AT_ONCE):
            batch = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(batch))
            for key, used, body in self._ask(f"SELECT key, used, body FROM entry WHERE key IN ({marks})", batch):
                text = _opened(key, body)
                if text is not None:
                    found[key] = text
                    if abs(self._now - used) > _DAY:
                        old.append(key)
        if old:
            self._write("UPDATE entry SET used = ? WHERE key = ?", [(self._now, key) for key in old])
        return found

    def put(self, texts: dict[bytes, str]) -> None:
        """Keep texts, some at a time, so that no other process waits long."""
        rows = [(key, self._now, body) for key, text in texts.items() if (body := _sealed(key, text)) is not None]
        for start in range(0, len(rows), _AT_ONCE):
            self._write("INSERT OR REPLACE INTO entry (key, used, body) VALUES (?, ?, ?)", rows[start : start + _AT_ONCE])
        self._shrink()

    def _shrink(self) -> None:
        pages = self._number("PRAGMA page_count") - self._number("PRAGMA freelist_count")
        size = pages * self._number("PRAGMA page_size")
        if size <= MAX_BYTES:
            return
        excess = size - MAX_BYTES * 3 // 4
        dropped: list[tuple[bytes]] = []
        for key, length in self._ask("SELECT key, length(body) FROM entry ORDER BY used, key", []):
            if excess <= 0:
                break
            dropped.append((key,))
            excess -= length
        if self._write("DELETE FROM entry WHERE key = ?", dropped):
            self._ask("PRAGMA incremental_vacuum", [])

    def _number(self, question: str) -> int:
        return next((int(row[0]) for row in self._ask(question, [])), 0)

    def _ask(self, question: str, values: list[bytes]) -> list[tuple]:  # type: ignore[type-arg]
        if self._connection is None:
            return []
        try:
            return self._connection.execute(question, values).fetchall()
        except _error() as error:
            self._failed(error)
            return []

    def _write(self, statement: str, rows: list[tuple]) -> bool:  # type: ignore[type-arg]
        if self._connection is None:
            return False
        try:
            with self._connection:
                self._connection.executemany(statement, rows)
        except _error() as error:
            self._failed(error)
            return False
        return True

    def _failed(self, error: Exception) -> None:
        """Go on without the file; one that is damaged is removed, for the next run to begin anew."""
        import sqlite3

        self.close()
        if not isinstance(error, sqlite3.OperationalError):
            _remove(self.folder / FILE_NAME)


def _error() -> type[Exception]:
    import sqlite3

    return sqlite3.Error


def _connect(path: Path) -> sqlite3.Connection:
    import sqlite3

    # Made here first, since SQLite would let others read it.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))
    connection = sqlite3.connect(path, timeout=_PATIENCE)
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        # What a power cut leaves behind is found by the digests; waiting for the disk would cost more than it saves.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _remove(path: Path) -> None:
    for name in (path, path.with_name(path.name + "-journal")):
        with contextlib.suppress(OSError):
            name.unlink()


def _sealed(key: bytes, text: str) -> bytes | None:
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > MAX_TEXT_BYTES:
        return None
    packed = zlib.compress(data, 1)
    return _seal(key, packed) + packed


def _opened(key: bytes, body: bytes) -> str | None:
    seal, packed = body[:_DIGEST_BYTES], body[_DIGEST_BYTES:]
    if seal != _seal(key, packed):
        return None
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, MAX_TEXT_BYTES)
        return data.decode("utf-8", "surrogatepass") if unpacker.eof else None
    except (zlib.error, UnicodeDecodeError):
        return None


def _seal(key: bytes, packed: bytes) -> bytes:
    return digest_of(key, packed)[:_DIGEST_BYTES]
