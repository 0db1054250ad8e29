"""Git's index as it lies on disk, read for one thing: whether what git tracks has changed.

The format is that of git's ``Documentation/gitformat-index``: a header, entries with what git saw of each file and then its mode, id, flags and name, and
extensions.
"""

from __future__ import annotations

import hashlib

_HEADER = 12
_FIXED = 40  # bytes of an entry before its id: times, device, inode, mode, owner, size
_EXTENDED = 0x4000
_NAME_BITS = 0x0FFF


def index_digest(data: bytes) -> str | None:
    """A digest of the modes, ids, stages and names in an index; ``None`` for a format that is not read here (version 4, SHA-256, damage)."""
    version, count = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:_HEADER], "big")
    if data[:4] != b"DIRC" or version not in (2, 3) or count * 63 > len(data):
        return None
    digest = hashlib.sha256()
    place = _HEADER
    for _ in range(count):
        mode, rest = data[place + 24 : place + 28], place + _FIXED + 20
        flags = int.from_bytes(data[rest : rest + 2], "big")
        name = rest + (4 if flags & _EXTENDED else 2)
        end = data.find(b"\0", name)
        length = flags & _NAME_BITS
        if end < 0 or (length != _NAME_BITS and end - name != length):
            return None
        digest.update(mode + data[place + _FIXED : rest] + (flags & ~_NAME_BITS).to_bytes(2, "big") + data[rest + 2 : end + 1])
        # Entries are filled up with one to eight zeros, to a multiple of eight bytes.
        place += (end - place + 8) // 8 * 8
    # What follows are extensions, of which only a split index ("link") says something of what is tracked, and a digest of everything.
    return None if b"link" in data[place:] else digest.hexdigest()
