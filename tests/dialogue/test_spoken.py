"""The language of a message."""

from __future__ import annotations

import pytest

from faq_component.dialogue.spoken import language_of, language_of_last


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("怎么退货", "zh"),
        ("iPhone 15 Pro 多少钱", "zh"),
        ("How do I return an item?", "en"),
        ("WHERE IS MY PARCEL", "en"),
        ("hello", "en"),
        ("please", "en"),
        ("cancel", "en"),
        ("opening hours", "en"),
        ("Good morning!", "en"),
        ("bye", None),
        ("refund", "en"),
        ("iPhone 15 Pro price", "en"),
        ("App Store", None),
        ("Apple Pay", None),
        ("Pro Max", None),
        ("tuihuo", None),
        ("ok", None),
        ("wifi", None),
        ("order_enquiry", None),
        ("the2", None),
        ("iPhone 15 Pro", None),
        ("E12", None),
        ("HW20261105", None),
        ("42", None),
        ("", None),
        ("？！", None),
    ],
)
def test_language_of(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_the_latest_message_that_tells_its_language() -> None:
    assert language_of_last(["HW20261105", "/faq_pick", "where is my order", "你好"]) == "en"
    assert language_of_last(['/faq_pick{"topic": "is_it"}', "42"]) is None
    assert language_of_last(["EXTERNAL: order enquiry", "你好"]) == "zh"
