from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlops_lint.project import read
from mlops_lint.project.read import NotReadable, TooLarge, is_inside, read_file


def test_bytes_come_back_as_they_are(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbfa\r\nb\rc\0\xff"
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.py").write_bytes(data)
    assert read_file(tmp_path, "d/a.py", 100) == data
    assert read_file(str(tmp_path), "d/a.py", len(data)) == data
    (tmp_path / "empty").write_bytes(b"")
    assert read_file(tmp_path, "empty", 0) == b""


def test_too_large_says_how_large(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1234)
    with pytest.raises(TooLarge) as caught:
        read_file(tmp_path, "a", 1233)
    assert (caught.value.size, caught.value.limit, caught.value.skipped) == (1234, 1233, True)
    assert str(caught.value) == "is larger than the limit: 1,234 of 1,233 bytes"


def test_a_file_that_grows_while_it_is_read_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 10)
    real = os.read

    def growing(handle: int, size: int) -> bytes:
        with path.open("ab") as stream:
            stream.write(b"y" * 10)
        return real(handle, size)

    monkeypatch.setattr(read.os, "read", growing)
    with pytest.raises(TooLarge):
        read_file(tmp_path, "a", 15)


@pytest.mark.parametrize("path", ["../a", "d/../../a", "/etc/passwd", "", "a\0b"])
def test_paths_out_of_the_project_are_not_followed(tmp_path: Path, path: str) -> None:
    with pytest.raises(NotReadable, match="outside the project") as caught:
        read_file(tmp_path, path, 10)
    assert caught.value.skipped and not is_inside(path)


def test_what_is_gone_is_a_problem_not_a_skip(tmp_path: Path) -> None:
    for path in ("absent.py", "no/such/folder.py"):
        with pytest.raises(NotReadable, match=r"^file is gone$") as caught:
            read_file(tmp_path, path, 10)
        assert caught.value.skipped is False


def test_a_name_that_the_system_refuses_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(NotReadable) as caught:
        read_file(tmp_path, "x" * 5000, 10)
    assert caught.value.skipped is False
