"""Why a message is decided as it is; the decision is the one without an explanation."""

from __future__ import annotations

import json

import pytest

from faq_component.assistant.assistant import Assistant
from faq_component.assistant.explanation import Reason
from faq_component.knowledge.checking import load_faq
from faq_component.settings import Settings
from tests.caches import warmed
from tests.pool import TOPICS

LONG = "你好，我昨天下午带着两个孩子从很远的地方坐地铁来过你们这里，他们玩得特别开心，想问一下你们几点开门，谢谢"
MESSAGES = ["几点开门", "早上啥时候能进去游", "量子力学", "What time do you open?", "", LONG]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("faq")
    (folder / "pool.json").write_text(json.dumps(TOPICS, ensure_ascii=False), "utf-8")
    settings = Settings(cache_dir=warmed(folder / "cache"))
    return Assistant.over(load_faq(folder), settings)


def test_the_decision_is_the_same(assistant: Assistant) -> None:
    for message in MESSAGES:
        for after in (None, "ticket"):
            why = assistant.explain(message, after=after)
            assert why.result == assistant.decide(message, after=after), message
            assert why.reasons


def test_the_answer_is_that_of_the_decision_which_is_explained(assistant: Assistant) -> None:
    for message in MESSAGES:
        for after in (None, "ticket"):
            answer, why = assistant.answer_explained(message, after=after)
            assert why == assistant.explain(message, after=after)
            expected = assistant.answer(message, after=after)
            assert (answer.result, answer.topic, answer.words) == (expected.result, expected.topic, expected.words)


def test_reasons_name_what_decided(assistant: Assistant) -> None:
    assert assistant.explain("几点开门").reasons == (Reason.EXACT,)
    assert assistant.explain("早上啥时候能进去游").reasons == (Reason.SURE,)
    assert assistant.explain("那小孩呢", after="ticket").reasons == (Reason.CONTEXT,)
    assert assistant.explain("").reasons == (Reason.NOTHING,)


def test_scores_are_those_of_the_hits(assistant: Assistant) -> None:
    why = assistant.explain("几点开门")
    best = why.hits[0]
    assert best.parts is not None
    assert (best.hit.topic_id, round(best.parts.meaning, 3), best.parts.overlap) == ("hours", 1.0, 1.0)
    assert why.searched == len(TOPICS)
    assert 0.5 <= why.answer_from <= 1
    assert why.ask_from < why.answer_from
    assert why.to_json()["scores"][0]["topic"] == "hours"


def test_a_long_message_names_the_segment_that_decided(assistant: Assistant) -> None:
    why = assistant.explain(LONG)
    assert len(why.segments) > 1
    assert why.decided_on in why.segments
