"""Messages in a language that the FAQ is not written in: answered, or declined."""

from __future__ import annotations

import pytest

from faq_component.assistant.assistant import Assistant
from faq_component.decision.languages import LanguageRule
from faq_component.decision.rules import ThresholdRule
from faq_component.decision.spoken_languages import languages_of
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from faq_component.types import Hit, Outcome

RULE = LanguageRule(ThresholdRule(0.8, 0.3, 0.1), ("zh",))
HITS = [Hit("return", "怎么退货", 0.6), Hit("swap", "怎么换货", 0.5)]


def outcome_of(text: str, hits: list[Hit] = HITS, rule: LanguageRule = RULE) -> Outcome:
    return rule.decide(Question(text), hits).outcome


def test_no_clarifying_question_in_a_language_of_another() -> None:
    assert outcome_of("退货吗") is Outcome.CLARIFY
    assert outcome_of("iPhone 15") is Outcome.CLARIFY  # a name may stand in a message of any language
    assert outcome_of("can I return it") is Outcome.REJECT
    assert RULE.decide(Question("can I return it"), HITS).confidence == pytest.approx(0.6)
    assert outcome_of("can I return it", [Hit("return", "怎么退货", 0.95)]) is Outcome.ANSWER
    english = LanguageRule(RULE.rule, ("en",))
    assert outcome_of("退货吗", rule=english) is Outcome.REJECT


def test_languages_of_an_faq() -> None:
    def faq(*posts: str) -> Faq:
        return Faq.of(Topic(str(number), "题", (post,), ("好",)) for number, post in enumerate(posts))

    assert languages_of(faq("怎么退货", "运费多少")) == ("zh",)
    assert languages_of(faq("how do I pay", "where is it")) == ("en",)
    assert languages_of(faq("怎么退货", "how do I pay")) == ("zh", "en")
    assert languages_of(faq()) == ("zh", "en")
    updated = RULE.updated(faq("how do I pay", "where is it"), None)  # type: ignore[arg-type]
    assert updated.languages == ("en",)


def test_english_messages_to_the_demo(in_the_checkout: None) -> None:
    settings = Settings(threads=1, log="none", voice="zh")
    assistant = Assistant.over(load_faq("data/faq"), settings)
    answered = {
        "are you a robot": "你是机器人吗",
        "I can't remember my password": "忘记密码",
        "what can you do": "你会做什么",
        "good night": "晚安",
    }
    for text, title in answered.items():
        answer = assistant.answer(text)
        assert answer.topic is not None, text
        assert answer.topic.title == title
    for text in ("i want to cancel", "what's the weather today", "best pizza in town", "where is my parcel"):
        answer = assistant.answer(text)
        assert answer.result.decision.outcome is Outcome.REJECT, text
        assert answer.response == "Sorry, I don't know that one yet. You could put it differently."
