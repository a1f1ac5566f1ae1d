"""Questions made from the posts of an FAQ."""

from __future__ import annotations

import random

import pytest

from faq_component.decision.confidence.questions import rephrase


def rephrased(post: str, count: int = 200) -> list[str]:
    draw = random.Random(0)
    return [rephrase(post, list, draw) for _ in range(count)]


@pytest.mark.parametrize("post", ["How do I return an order?", "Refund", "PS5", "Où est ma commande"])
def test_a_post_in_latin_letters_is_rephrased_in_english(post: str) -> None:
    said = rephrased(post)
    assert len(set(said)) > 20
    assert all(char < "\u4e00" for text in said for char in text)
    words = set(post.lower().split())
    assert all(words & set(text.split()) for text in said), "words stay apart"
    assert any(text.startswith("please tell me ") for text in said)
    assert any(text.endswith(" thanks") for text in said)
    assert all(text == text.strip() for text in said)


def test_a_post_in_chinese_is_rephrased_in_chinese() -> None:
    said = rephrased("PS5怎么退货")
    assert len(set(said)) > 20
    assert any(text.startswith("请问") for text in said)
    assert any(text.endswith("谢谢") for text in said)
    assert not any(" " in text for text in said)
