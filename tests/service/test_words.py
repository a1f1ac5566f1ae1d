"""Words that must not pass: every front end gives the same, and the log has counts alone."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from faq_component.assistant.answer import Answer
from faq_component.assistant.assistant import Assistant
from faq_component.cli import main
from faq_component.dialogue.voice import read_voice
from faq_component.service.openapi import describe
from faq_component.settings import Settings
from faq_component.types import Outcome
from faq_component.usage.log import UsageLog
from faq_component.usage.questions import open_questions
from tests.service.conftest import Open, service_of
from tests.service.faqs import settings_in

WORDS = """
user:
  refuse: [坏蛋]
  mask: [暗号]
  hand_over: [投诉你们]
bot:
  refuse: [常年28度, 押金, 泳帽]
  mask: [年卡, 小程序, 楼下]
"""
REFUSED, UNKNOWN = read_voice("zh").first("refused"), read_voice("zh").first("utter_unknown")


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Settings that name words and a log."""
    monkeypatch.delenv("FAQ_LOG", raising=False)
    (tmp_path / "words.yml").write_text(WORDS, "utf-8")
    return {"words": str(tmp_path / "words.yml"), "log": str(tmp_path / "usage.sqlite")}


@pytest.fixture
def settings(tmp_path: Path, given: dict[str, Any]) -> Settings:
    return settings_in(tmp_path, **given)


def answers(client: FlaskClient, settings: Settings, text: str, capsys: pytest.CaptureFixture[str]) -> Answer:
    """What `Assistant.answer` says; the service and the command say the same."""
    with Assistant(settings) as assistant:
        answer = assistant.answer(text)
    told = client.post("/v1/answer", json={"text": text}).get_json()
    assert [*told] == describe(service_of(client).limits, 5)["components"]["schemas"]["Answer"]["required"]
    config = Path(settings.cache_dir).parent / "config.yml"
    config.write_text(json.dumps({"pipeline": [{"name": "x.FaqRecall", **vars(settings)}]}), "utf-8")
    capsys.readouterr()
    assert main(["ask", text, "--json", "--config", str(config)]) == 0
    asked = json.loads(capsys.readouterr().out)
    assert {key: asked[key] for key in told} == told == answer.to_json()
    return answer


@pytest.mark.parametrize(
    ("text", "outcome", "said", "words"),
    [
        ("坏蛋，门票多少钱", Outcome.REJECT, REFUSED, ("user.refuse",)),
        ("坏 蛋，水温多少度", Outcome.ANSWER, UNKNOWN, ("bot.refuse",)),
        ("我要投訴你們", Outcome.REJECT, REFUSED, ("user.hand_over",)),
        ("停车怎么收费暗号", Outcome.ANSWER, "***停车两小时免费。", ("user.mask", "bot.mask")),
        ("怎么办年卡", Outcome.ANSWER, "前台或***都能办。", ("bot.mask",)),
        ("储物柜要钱吗", Outcome.ANSWER, UNKNOWN, ("bot.refuse",)),
        ("几点开门", Outcome.ANSWER, "每天6点到22点。", ()),
    ],
)
def test_front_ends_agree(
    open_client: Open,
    given: dict[str, Any],
    settings: Settings,
    text: str,
    outcome: Outcome,
    said: str,
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = answers(open_client(given), settings, text, capsys)
    assert (answer.outcome, answer.text, answer.words) == (outcome, said, words)
    assert answer.handoff is ("user.hand_over" in words)
    assert answer.to_json()["response"] is None if said == UNKNOWN else True
    assert not answer.refused or answer.hits == ()


def test_titles_of_choices_suggestions_and_completions(settings: Settings) -> None:
    with Assistant(settings) as assistant:
        hits = assistant.decide("怎么办年卡").hits
        assert assistant.answer("怎么办年卡").to_json()["title"] == "办***"
        assert [topic.id for topic in assistant.answer("泳帽水温年卡").choices if topic.id == "cap"] == []
        assert hits
        assert assistant.complete("泳帽") == []
        assert [each.text for each in assistant.complete("停车")] == ["停车场在哪"]
        assert all("年卡" not in each.text for each in assistant.complete("卡"))


def test_recall_finds_nothing_for_a_refused_message(open_client: Open, given: dict[str, Any]) -> None:
    client = open_client(given)
    found = client.post("/v1/recall", json={"text": "坏蛋，门票多少钱"}).get_json()
    assert (found["outcome"], found["hits"]) == ("reject", [])
    plain = client.post("/v1/recall", json={"text": "门票多少钱"}).get_json()
    masked = client.post("/v1/recall", json={"text": "门票多少钱"}).get_json()
    assert plain == masked


def test_the_log_counts_lists_without_words_or_messages(
    open_client: Open, given: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = open_client(given)
    for text in ("坏蛋，门票多少钱", "你这坏蛋", "投诉你们", "暗号是12，量子力学", "水温多少度", "停车怎么收费"):
        client.post("/v1/answer", json={"text": text})
    service_of(client)._usage.flush(20)
    events = list(UsageLog(tmp_path / "usage.sqlite").events())
    assert Counter(event.outcome for event in events if "." in event.outcome) == {
        "user.refuse": 2,
        "user.hand_over": 1,
        "user.mask": 1,
        "bot.refuse": 1,
        "bot.mask": 1,
    }
    assert [event.text for event in events if event.text] == ["***是12，量子力学", "水温多少度", "停车怎么收费"]
    texts = [question.text for question in open_questions(events, service_of(client).assistant.faq)]
    assert texts == ["***是12，量子力学"]
    config = tmp_path / "config.yml"
    component = {"name": "x.FaqRecall", "faq": service_of(client).settings.faq, **given}
    config.write_text(json.dumps({"pipeline": [component]}), "utf-8")
    capsys.readouterr()
    assert main(["usage", "--config", str(config)]) == 0
    said = capsys.readouterr().out
    assert "user.refuse 2, user.hand_over 1, user.mask 1, bot.refuse 1, bot.mask 1" in " ".join(said.split())
    for command, expected in ((["check", component["faq"]], 3), (["lint", "--only", "forbidden"], 3)):
        capsys.readouterr()
        (tmp_path / "x").mkdir(exist_ok=True)
        code = main([*command, *(["--config", str(config)] if command[0] == "lint" else [])])
        found = capsys.readouterr()
        if command[0] == "lint":
            assert code == 1
            assert found.out.count("[forbidden]") == expected


def test_an_edit_of_the_words_changes_what_the_cache_has(
    open_client: Open, given: dict[str, Any], tmp_path: Path
) -> None:
    client = open_client(given)
    assert client.post("/v1/answer", json={"text": "几点开门"}).get_json()["topic"] == "hours"
    (tmp_path / "words.yml").write_text("user: {refuse: [几点]}", "utf-8")
    assert client.post("/v1/answer", json={"text": "几点开门"}).get_json()["words"] == ["user.refuse"]
    (tmp_path / "words.yml").write_text("bot: {refuse: ['22点']}", "utf-8")
    assert client.post("/v1/answer", json={"text": "几点开门"}).get_json()["response"] is None
