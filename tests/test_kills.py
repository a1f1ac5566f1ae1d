"""What a writer that is killed leaves: as before or as after, for every kind of writing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.kills import KINDS, kill_once
from faq_component.usage.log import UsageLog

_NEEDS = {"conversations": "rasa", "fit": "torch"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_writer_leaves_no_damage(kind: str) -> None:
    if kind in _NEEDS:
        pytest.importorskip(_NEEDS[kind], reason=f"{_NEEDS[kind]} is not installed")
    assert kill_once(kind, seed=7) is None


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"fit"}))
def test_a_lost_first_write_is_damage(kind: str, tmp_path: Path) -> None:
    KINDS[kind].make(tmp_path)
    UsageLog(tmp_path / "usage.sqlite")
    (tmp_path / "status").mkdir()
    with closing(sqlite3.connect(tmp_path / "conversations.sqlite")) as file, file:
        file.execute("CREATE TABLE events (id INTEGER, data TEXT)")
    assert KINDS[kind].fault(tmp_path)
