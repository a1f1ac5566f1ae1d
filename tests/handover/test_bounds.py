"""A stranger does not fill the inbox."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from faq_component.handover import bounds
from faq_component.handover.bounds import Bound
from faq_component.handover.store import HandoverStore
from faq_component.handover.types import Reason


@pytest.fixture
def store(tmp_path: Path) -> HandoverStore:
    return HandoverStore(tmp_path / "handovers.sqlite")


def hand_over(store: HandoverStore, conversation: str, channel: str = "rest", source: str = "") -> Bound | None:
    bound = store.refuse(conversation, channel, source)
    if bound is None:
        store.open(conversation, channel, Reason.ASKED, source=source)
    return bound


def test_one_address_leaves_room_for_the_others(store: HandoverStore) -> None:
    stranger, other = store.source_of("8.8.8.8"), store.source_of("9.9.9.9")
    refused = [hand_over(store, f"s{place}", source=stranger) for place in range(bounds.MOST_OF_SOURCE + 5)]
    assert refused == [None] * bounds.MOST_OF_SOURCE + [Bound.SOURCE] * 5
    assert hand_over(store, "other", source=other) is None
    assert hand_over(store, "unknown") is None
    assert store.refuse("s0", "rest", stranger) is None  # it is handed over already
    assert store.refused() == {"source": 5}
    store.close(store.unended()[0].id)
    assert hand_over(store, "s99", source=stranger) is None


def test_one_channel_leaves_room_for_the_others(store: HandoverStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_OF_CHANNEL", 3)
    monkeypatch.setattr(bounds, "MOST_OPEN", 5)
    assert [hand_over(store, f"r{place}") for place in range(4)] == [None] * 3 + [Bound.CHANNEL]
    assert [hand_over(store, f"s{place}", "slack") for place in range(3)] == [None, None, Bound.ALL]
    assert store.refused() == {"channel": 1, "all": 1}


def test_a_conversation_is_not_handed_over_again_and_again(store: HandoverStore) -> None:
    for _ in range(bounds.MOST_AN_HOUR):
        assert hand_over(store, "c") is None
        store.close(store.unended()[0].id)
    assert hand_over(store, "c") is Bound.CONVERSATION
    assert hand_over(store, "d") is None


def test_an_address_is_not_kept(store: HandoverStore, tmp_path: Path) -> None:
    source = store.source_of("8.8.8.8")
    assert source == HandoverStore(store.file).source_of("8.8.8.8")
    assert source != HandoverStore(tmp_path / "other.sqlite").source_of("8.8.8.8")
    hand_over(store, "c", source=source)
    assert b"8.8.8.8" not in store.file.read_bytes()


def test_a_file_of_the_version_before_is_taken_over(store: HandoverStore) -> None:
    number = store.open("c", "rest", Reason.ASKED).id
    with sqlite3.connect(store.file) as connection:
        for table in ("refused", "damaged", "secret"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE handovers DROP COLUMN source")
        connection.execute("PRAGMA user_version = 1")
    found = store.of_conversation("c")
    assert found is not None
    assert found.id == number
    assert hand_over(store, "d", source=store.source_of("8.8.8.8")) is None
