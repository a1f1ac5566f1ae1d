"""Questions made from the posts of an FAQ."""

from __future__ import annotations

import random

import pytest

from faq_component.decision.confidence.questions import CHINESE, ENGLISH, Manner, manner_of, rephrase
from faq_component.knowledge.topics import Faq, Topic


def rephrased(post: str, manner: Manner, count: int = 200) -> list[str]:
    draw = random.Random(0)
    return [rephrase(post, list, draw, manner) for _ in range(count)]


@pytest.mark.parametrize(
    ("posts", "manner"),
    [
        (("How do I return an order?", "Refund"), ENGLISH),
        (("How do I return an order?", "Refund", "退货"), ENGLISH),
        (("good night", "晚安"), CHINESE),
        (("怎么退PS5", "多少钱"), CHINESE),
        ((), CHINESE),
    ],
)
def test_users_ask_in_the_language_of_most_posts(posts: tuple[str, ...], manner: Manner) -> None:
    assert manner_of(Faq.of([Topic("t", "t", posts, ("",))])) is manner


@pytest.mark.parametrize("post", ["How do I return an order?", "Refund", "PS5", "Où est ma commande"])
def test_words_of_english_stay_apart(post: str) -> None:
    said = rephrased(post, ENGLISH)
    assert len(set(said)) > 20
    assert all(char < "\u4e00" for text in said for char in text)
    words = set(post.lower().split())
    assert all(words & set(text.split()) for text in said)
    assert any(text.startswith("please tell me ") for text in said)
    assert any(text.endswith(" thanks") for text in said)
    assert all(text == text.strip() for text in said)


def test_a_post_in_chinese_is_rephrased_in_chinese() -> None:
    said = rephrased("PS5怎么退货", CHINESE)
    assert len(set(said)) > 20
    assert any(text.startswith("请问") for text in said)
    assert any(text.endswith("谢谢") for text in said)
    assert not any(" " in text for text in said)
