"""Damaged status files are left out with a warning, and their processes write them again."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq_component.knowledge import status
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.status import LiveStatus, read_statuses
from tests.support.damage import damaged

FAQ = load_faq("data/faq")


def test_no_damage_shows_other_values(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    LiveStatus(str(tmp_path), "bot").report(FAQ, ["甲", "乙"])
    (shown,) = read_statuses(str(tmp_path))
    (file,) = (tmp_path / "status").glob("*.json")
    for content in damaged(file.read_bytes(), 200):
        file.write_bytes(content)
        caplog.clear()
        assert read_statuses(str(tmp_path)) == []
        assert f"{file} is damaged" in caplog.text
    assert shown.faults == ("甲", "乙")


def test_the_process_writes_a_damaged_file_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveStatus(str(tmp_path), "bot")
    live.report(FAQ, [])
    (file,) = (tmp_path / "status").glob("*.json")
    file.write_bytes(b"{}")
    monkeypatch.setattr(status, "_BEAT_SECONDS", -1)
    live.report(FAQ, [])
    assert [each.process for each in read_statuses(str(tmp_path))] == ["bot"]


def test_files_and_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    LiveStatus(str(tmp_path / "new" / ".faq"), "bot").report(FAQ, [])
    (file,) = tmp_path.rglob("*.json")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [folder.stat().st_mode & 0o777 for folder in list(file.parents)[:3]] == [0o700] * 3
