from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from faq_component.errors import FaqError
from faq_component.support.files import (
    digest,
    locked,
    private_file,
    private_folder,
    write_atomically,
    write_named,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_writes_a_new_file_and_the_folders_on_the_way(tmp_path: Path) -> None:
    file = tmp_path / "a/b/file.json"
    write_atomically(file, b"new")
    assert file.read_bytes() == b"new"
    assert names(file.parent) == ["file.json"]


def test_replaces_a_file_and_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a longer old content")
    file.chmod(0o640)
    write_atomically(file, b"")
    assert file.read_bytes() == b""
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_new_file_gets_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    write_atomically(tmp_path / "file", b"")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_umask_is_kept_without_being_set(
    mask: int, mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(mask)
    try:
        with monkeypatch.context() as patched:  # another thread would create its files with the umask of that moment
            patched.setattr(os, "umask", lambda _mask: pytest.fail("the umask was set"))
            write_atomically(tmp_path / "file", b"")
            write_atomically(tmp_path / "own" / "file", b"", private=True)
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == mode
    assert (tmp_path / "own" / "file").stat().st_mode & 0o777 == 0o600


def test_a_temporary_name_that_is_taken_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".file.aaaaaaaa").write_bytes(b"another's")
    tokens = iter(["aaaaaaaa", "bbbbbbbb"])
    monkeypatch.setattr("faq_component.support.files.secrets.token_hex", lambda _bytes: next(tokens))
    write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / ".file.aaaaaaaa").read_bytes() == b"another's"
    assert names(tmp_path) == [".file.aaaaaaaa", "file"]


def test_a_reader_that_has_the_old_file_open_keeps_it_whole(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    with file.open("rb") as reader:
        write_atomically(file, b"new and longer")
        assert reader.read() == b"old"


def test_after_an_error_the_old_content_stands_and_nothing_lies_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")

    def full(_descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_digest_is_of_content_and_of_names_inside_a_folder(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_atomically(tmp_path / name / "sub/a.txt", b"content")
        write_atomically(tmp_path / name / "b.txt", b"content")
    assert digest(tmp_path / "one") == digest(tmp_path / "other")
    assert digest(tmp_path / "one/b.txt") == digest(tmp_path / "other/sub/a.txt")
    (tmp_path / "other/b.txt").rename(tmp_path / "other/c.txt")
    assert digest(tmp_path / "one") != digest(tmp_path / "other")
    write_atomically(tmp_path / "one/b.txt", b"other content")
    assert digest(tmp_path / "one/b.txt") != digest(tmp_path / "other/c.txt")
    assert digest(tmp_path / "nothing") is None


def test_a_place_that_the_user_named_and_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FaqError, match=r"file/out\.json cannot be written: .*; name another place"):
        write_named(tmp_path / "file" / "out.json", b"new")


def test_one_at_a_time_holds_a_lock(tmp_path: Path) -> None:
    file, done = private_folder(tmp_path / "a/b") / "lock", []

    def wait_for_it() -> None:
        with locked(file):
            done.append("the other")

    other = threading.Thread(target=wait_for_it)
    with locked(file):
        other.start()
        other.join(0.2)  # it would be done by now
        done.append("the first")
    other.join()
    assert done == ["the first", "the other"]


def test_a_lock_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), locked(tmp_path / "absent/lock"):
        pass
    assert names(tmp_path) == []


def test_a_private_folder_is_only_of_its_user(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "a/b")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert private_folder(str(folder)) == folder


def test_a_database_keeps_its_locks_when_its_file_is_made_sure_of(tmp_path: Path) -> None:
    file = private_file(tmp_path / "log.sqlite")
    assert file.stat().st_mode & 0o777 == 0o600
    write = "import sqlite3, sys; sqlite3.connect(sys.argv[1], 0, isolation_level=None).execute('BEGIN IMMEDIATE')"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        private_file(file)
        other = subprocess.run([sys.executable, "-c", write, str(file)], check=False, capture_output=True, text=True)
    assert "database is locked" in other.stderr
