"""What a user is told who wishes for a person."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from faq_component.dialogue.voice import read_voice
from faq_component.handover import bounds, opening
from faq_component.handover.hours import Hours, read_hours
from faq_component.handover.opening import Opening, open_handover
from faq_component.handover.settings import HandoverSettings
from faq_component.handover.store import HandoverStore
from faq_component.handover.types import Author, Reason

NIGHT = datetime.fromisoformat("2026-11-30T03:00+08:00")


def ask(store: HandoverStore, hours: Hours, language: str = "zh") -> Opening:
    said = [(Author.USER, "我的电话是13812345678", 1.0), (Author.USER, "转人工", 2.0)]
    settings, voice = HandoverSettings(hours=hours), read_voice(language)
    return open_handover(
        settings, store, voice, conversation="c", channel="socketio", reason=Reason.ASKED, before=said, at=NIGHT
    )


@pytest.fixture
def store(tmp_path: Path) -> HandoverStore:
    found = HandoverStore(tmp_path / "handovers.sqlite")
    found.set_channels(["socketio"])
    return found


def test_open_with_what_was_said_masked(store: HandoverStore) -> None:
    opening = ask(store, Hours())
    assert opening.handover
    assert "正在为您转接" in opening.text
    assert [words.text for words in store.messages(opening.handover.id)] == ["我的电话是[手机号]", "转人工"]


@pytest.mark.parametrize(("language", "said"), [("zh", "11月30日09:00起有人"), ("en", "from 30 Nov, 09:00")])
def test_closed_until(store: HandoverStore, language: str, said: str) -> None:
    hours = read_hours({"time_zone": "Asia/Shanghai", "weekly": {"mon": "09:00-18:00"}}, [])
    opening = ask(store, hours, language)
    assert opening.handover is None
    assert said in opening.text
    assert store.unended() == []


def test_closed_for_long_and_a_channel_that_cannot_be_written_to(store: HandoverStore) -> None:
    assert "现在人工客服不在。" in ask(store, Hours(weekly=((),) * 7)).text
    store.set_channels([])
    assert "没法为您转接" in ask(store, Hours()).text


def test_only_the_end_of_what_was_said_is_masked(store: HandoverStore, monkeypatch: pytest.MonkeyPatch) -> None:
    masked: list[str] = []

    def mask(text: str) -> str:
        masked.append(text)
        return text

    monkeypatch.setattr(opening, "mask", mask)
    said = [(Author.USER, f"{place}", float(place)) for place in range(500)]
    opened = open_handover(
        HandoverSettings(),
        store,
        read_voice("zh"),
        conversation="c",
        channel="socketio",
        reason=Reason.ASKED,
        before=said,
    )
    assert masked == [f"{place}" for place in range(470, 500)]
    assert opened.handover
    assert [words.text for words in store.messages(opened.handover.id)] == masked


def test_a_flood_is_not_handed_over(store: HandoverStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_OPEN", 2)
    for place in range(2):
        store.open(f"{place}", "socketio", Reason.ASKED)
    assert "暂时转接不了" in ask(store, Hours()).text
    store.close(store.unended()[0].id)
    assert ask(store, Hours()).handover


def test_a_store_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "handovers.sqlite"
    file.write_bytes(b"no database" * 100)
    assert "暂时转接不了" in ask(HandoverStore(file), Hours()).text
