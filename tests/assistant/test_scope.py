"""A scope in the whole of a bot: what is outside of it is not answered from what is inside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from faq_component.assistant.assistant import Assistant
from faq_component.knowledge.checking import Faq, load_faq
from faq_component.settings import Settings

QUESTIONS = ("退款几天到账", "运费多少钱", "讲个笑话", "晚安", "可以用支付宝吗")
FEW = 4  # posts of a topic: so few that nothing is fitted to them


@pytest.fixture
def assistant(in_the_checkout: None) -> Assistant:
    topics = load_faq("data/faq").topics
    tagged = [
        replace(topic, posts=topic.posts[:FEW], options=replace(topic.options, tags=(topic.id,))) for topic in topics
    ]
    settings = Settings(threads=1, log="none")
    return Assistant.over(Faq.of(tagged), settings)


def test_a_scope_of_one_topic_answers_what_is_asked_of_it_alone(assistant: Assistant) -> None:
    answered = {
        text: str(answer.topic.id) for text in QUESTIONS if (answer := assistant.answer(text)).topic is not None
    }
    assert len(answered) > 2
    for text, topic in answered.items():
        inside = assistant.answer(text, scope=topic)
        assert inside.topic is not None
        assert inside.topic.id == topic
        for other in set(answered.values()) - {topic}:
            assert assistant.answer(text, scope=other).topic is None, (text, other)
