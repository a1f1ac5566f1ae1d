"""What is derived is made once, used only whole, and never more of it kept than wanted."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faq_component.support.artifacts import ArtifactStore


class Makes:
    """Makes lists of numbers, and counts how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> list[int]:
        self.calls += 1
        return [1, 2, self.calls]


def load_or_make(store: ArtifactStore, made_from: object, make: Callable[[], list[int]]) -> Any:
    return store.load_or_make(
        made_from, make, lambda made: json.dumps(made).encode(), lambda kept: json.loads(bytes(kept))
    )


def store_in(folder: Path, **options: Any) -> ArtifactStore:
    return ArtifactStore(folder, "list of numbers", **{"version": 1, **options})


def the_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_what_is_made_is_found_by_the_next_start(tmp_path: Path) -> None:
    make = Makes()
    for made_from in ({"faq": "1", "k": 2}, {"k": 2, "faq": "1"}, {"faq": "2", "k": 2}, {"faq": "1", "k": 2}):
        load_or_make(store_in(tmp_path / "kept"), made_from, make)
    assert make.calls == 2
    assert load_or_make(store_in(tmp_path / "kept"), {"faq": "2", "k": 2}, make) == [1, 2, 2]
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700


def test_another_version_of_the_code_makes_its_own(tmp_path: Path) -> None:
    make = Makes()
    load_or_make(store_in(tmp_path), "faq", make)
    assert load_or_make(store_in(tmp_path, version=2), "faq", make) == [1, 2, 2]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1] + b"x",
        lambda content: b"0" + content[1:],
        lambda content: content + b" ",
        lambda content: content[65:],
        lambda _: b"",
    ],
)
def test_what_is_damaged_is_not_used_but_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[bytes], bytes]
) -> None:
    make = Makes()
    load_or_make(store_in(tmp_path), "faq", make)
    the_file(tmp_path).write_bytes(damage(the_file(tmp_path).read_bytes()))
    assert load_or_make(store_in(tmp_path), "faq", make) == [1, 2, 2]
    assert [record.levelno for record in caplog.records if record.levelno >= logging.WARNING] == [logging.WARNING]
    assert f"The list of numbers in {the_file(tmp_path)} is damaged; it is rebuilt." in caplog.text
    assert load_or_make(store_in(tmp_path), "faq", make) == [1, 2, 2]


def test_a_file_under_the_name_of_another_is_not_used(tmp_path: Path) -> None:
    make = Makes()
    load_or_make(store_in(tmp_path / "one"), "one", make)
    load_or_make(store_in(tmp_path / "other"), "other", make)
    the_file(tmp_path / "one").write_bytes(the_file(tmp_path / "other").read_bytes())
    assert load_or_make(store_in(tmp_path / "one"), "one", make) == [1, 2, 3]


def test_content_that_cannot_be_used_is_replaced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store_in(tmp_path).write("faq", b"{")
    assert load_or_make(store_in(tmp_path), "faq", Makes()) == [1, 2, 1]
    assert "cannot be used (" in caplog.text
    assert bytes(store_in(tmp_path).read("faq") or b"") == b"[1, 2, 1]"


def test_those_used_last_are_kept(tmp_path: Path) -> None:
    store = store_in(tmp_path, kept=2)
    for number in range(2):
        store.write(number, b"")
    for file in tmp_path.iterdir():
        os.utime(file, (1, 1))
    assert store.read(0) is not None
    store.write(2, b"")
    assert [store.read(number) is not None for number in range(3)] == [True, False, True]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_that_another_process_removes_meanwhile_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "gone.artifact").symlink_to(tmp_path / "absent")
    store_in(tmp_path, kept=1).write("faq", b"content")
    assert bytes(store_in(tmp_path).read("faq") or b"") == b"content"


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    make = Makes()
    for calls in (1, 2):
        caplog.clear()
        assert load_or_make(store_in(tmp_path / "file/kept"), "faq", make) == [1, 2, calls]
        warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        assert warnings == [f"The list of numbers cannot be kept in {tmp_path}/file/kept (Not a directory)."]


def test_a_file_that_can_only_be_read_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path) -> None:
        raise PermissionError

    make = Makes()
    load_or_make(store_in(tmp_path), "faq", make)
    monkeypatch.setattr(Path, "touch", refuse)
    load_or_make(store_in(tmp_path), "faq", make)
    assert make.calls == 1


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store_in(tmp_path).write("faq", b"content")
    file = the_file(tmp_path)
    file.unlink()
    file.mkdir()
    assert store_in(tmp_path).read("faq") is None
    assert f"The list of numbers in {file} cannot be read (Is a directory)." in caplog.text
