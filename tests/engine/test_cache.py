from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mlops_lint.engine import cache as module
from mlops_lint.engine.cache import FILE_NAME, Cache, digest_of

KEYS = [digest_of("key", str(number)) for number in range(20)]
TEXTS = {key: f"text \udcff {number}\n" * 3 for number, key in enumerate(KEYS)}


def opened(folder: Path) -> Cache:
    cache = Cache.open(folder)
    assert cache is not None
    return cache


def filled(folder: Path) -> Path:
    with opened(folder) as cache:
        cache.put(TEXTS)
    return folder / FILE_NAME


def test_what_is_put_is_got(tmp_path: Path) -> None:
    filled(tmp_path)
    with opened(tmp_path) as cache:
        assert cache.get(KEYS) == TEXTS
        assert cache.get([digest_of("another")]) == {} == cache.get([])
        cache.put({KEYS[0]: "newer"})
        assert cache.get(KEYS[:2]) == {KEYS[0]: "newer", KEYS[1]: TEXTS[KEYS[1]]}
    assert cache.get(KEYS) == {}


def test_keys_are_apart_by_their_parts() -> None:
    assert len({digest_of("ab", "c"), digest_of("a", "bc"), digest_of("abc"), digest_of("abc", "")}) == 4
    assert digest_of("ab") == digest_of(b"ab")


def test_more_keys_than_one_question_takes(tmp_path: Path) -> None:
    many = {digest_of(str(number)): str(number) for number in range(1_300)}
    with opened(tmp_path) as cache:
        cache.put(many)
        assert cache.get(many) == many


@pytest.mark.skipif(os.name == "nt", reason="other permissions")
def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    assert filled(tmp_path).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "data", [b"", b"no database at all" * 400, b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 5000], ids=["empty", "text", "zeros", "head"]
)
def test_what_is_no_cache_is_made_anew(tmp_path: Path, data: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(data)
    with opened(tmp_path) as cache:
        assert cache.get(KEYS) == {}
    with opened(tmp_path) as cache:
        cache.put(TEXTS)
    with opened(tmp_path) as cache:
        assert cache.get(KEYS) == TEXTS


def test_no_damage_gives_a_wrong_answer(tmp_path: Path) -> None:
    """Every seventh byte is turned; each text that is still given must be the one that was put."""
    whole = filled(tmp_path).read_bytes()
    for place in range(0, len(whole), 7):
        (tmp_path / FILE_NAME).write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        cache = Cache.open(tmp_path)
        if cache is not None:
            with cache:
                assert cache.get(KEYS).items() <= TEXTS.items()


def test_no_cut_gives_a_wrong_answer(tmp_path: Path) -> None:
    whole = filled(tmp_path).read_bytes()
    for place in range(0, len(whole), 97):
        (tmp_path / FILE_NAME).write_bytes(whole[:place])
        cache = Cache.open(tmp_path)
        if cache is not None:
            with cache:
                assert cache.get(KEYS).items() <= TEXTS.items()
                cache.put({KEYS[0]: "after"})


def test_an_entry_moved_to_another_key_is_none(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entry SET body = (SELECT body FROM entry WHERE key = ?) WHERE key = ?", (KEYS[1], KEYS[2]))
    connection.close()
    with opened(tmp_path) as cache:
        assert set(cache.get(KEYS)) == set(KEYS) - {KEYS[2]}


def test_where_none_can_be_had(tmp_path: Path) -> None:
    assert Cache.open(tmp_path / "absent") is None
    (tmp_path / "file").write_text("")
    assert Cache.open(tmp_path / "file") is None
    (tmp_path / "folder" / FILE_NAME).mkdir(parents=True)
    assert Cache.open(tmp_path / "folder") is None


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_in_its_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("data")
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "precious")
    assert Cache.open(tmp_path) is None
    assert (tmp_path / "precious").read_text() == "data"


def test_a_cache_that_another_process_holds_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = filled(tmp_path)
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    holder = sqlite3.connect(path)
    holder.execute("BEGIN EXCLUSIVE")
    cache = Cache.open(tmp_path)
    if cache is not None:
        with cache:
            assert cache.get(KEYS) == {}
            cache.put({KEYS[0]: "lost"})
    holder.rollback()
    holder.close()
    with opened(tmp_path) as again:
        assert again.get(KEYS) == TEXTS


def test_its_size_is_bounded_and_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 400_000)
    with opened(tmp_path) as cache:
        for number in range(60):
            cache._now = 1_000_000 + number
            cache.put({digest_of("bulk", str(number)): os.urandom(10_000).hex()})
        there = [number for number in range(60) if cache.get([digest_of("bulk", str(number))])]
    assert there == list(range(there[0], 60)) and len(there) > 15
    assert (tmp_path / FILE_NAME).stat().st_size < 600_000


def test_what_is_used_is_not_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    with opened(tmp_path) as cache:
        cache._now += 10 * 24 * 3600
        cache.get(KEYS[:1])
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        used = dict(connection.execute("SELECT key, used FROM entry"))
    connection.close()
    assert used[KEYS[0]] > used[KEYS[1]]


WRITER = """
import sys
from pathlib import Path
from mlops_lint.engine.cache import Cache, digest_of
for round in range(25):
    with Cache.open(Path(sys.argv[1])) as cache:
        for number in range(40):
            key = digest_of("shared", str(number))
            found = cache.get([key])
            assert found in ({}, {key: f"value {number}" * 50}), found
        cache.put({digest_of("shared", str(number)): f"value {number}" * 50 for number in range(40)})
"""


def test_many_processes_at_once(tmp_path: Path) -> None:
    Cache.open(tmp_path)
    running = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stderr=subprocess.PIPE) for _ in range(6)]
    for one in running:
        _, said = one.communicate(timeout=120)
        assert (one.returncode, said) == (0, b"")
    with opened(tmp_path) as cache:
        assert len(cache.get(digest_of("shared", str(number)) for number in range(40))) == 40


FILLER = """
import resource, signal, sys
from pathlib import Path
from mlops_lint.engine.cache import Cache, digest_of
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Cache.open(Path(sys.argv[1])) as cache:
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
    import os
    cache.put({digest_of("big"): os.urandom(200_000).hex()})
    assert cache.get([digest_of("big")]) == {}
"""


@pytest.mark.skipif(os.name == "nt", reason="no such limit there")
def test_no_room_is_no_failure(tmp_path: Path) -> None:
    filled(tmp_path)
    done = subprocess.run([sys.executable, "-c", FILLER, str(tmp_path)], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    with opened(tmp_path) as cache:
        assert cache.get(KEYS) == TEXTS
