"""English words that turn a meaning, and those that do not."""

import pytest

from faq_component.decision.contrast import ContrastCheck, mine_pairs, turns_meaning
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval.question import Question


@pytest.mark.parametrize(
    ("query", "post"),
    [
        ("how do I unsubscribe from the newsletter", "how do I subscribe to the newsletter"),
        ("why is my order not refundable", "is my order refundable"),
        ("I didn't receive the parcel", "I received the parcel"),
        ("can I cancel before it ships", "can I cancel after it ships"),
        ("what is the fee for two bags", "what is the fee for three bags"),
        ("what is the fee for 2 bags", "what is the fee for three bags"),
        ("what does it cost per month", "what does it cost per year"),
        ("how heavy is it in pounds", "how heavy is it in kilos"),
        ("how much is the X9 Pro", "how much is the X9"),
        ("what is the gold card's annual fee", "what is the platinum card's annual fee"),
        ("do you ship domestic orders for free", "do you ship international orders for free"),
        ("How do I lock my card?", "How do I unlock my card?"),
        ("are you open on sunday", "are you open on monday"),
        ("turn the speaker's volume down", "turn up the volume of my speakers"),
        ("turn off the garage light", "turn the corner light on"),
        ("enable the smart socket", "turn off my smart sockets"),
        ("brighten the lights in this room", "in my room the lights should be dimmer"),
    ],
)
def test_a_turned_meaning(query: str, post: str) -> None:
    assert turns_meaning(query, post)
    assert turns_meaning(post, query)


@pytest.mark.parametrize(
    ("query", "post"),
    [
        ("how can I return something", "How do I return an item?"),
        ("can I have an invoice please", "How do I get an invoice?"),
        ("how long do I have warranty", "How long is the warranty?"),
        ("do you deliver to France", "Do you ship abroad?"),
        ("can't I track my parcel", "Can I track my parcel?"),
        ("can I cancel an order or not", "Can I cancel my order?"),
        ("what is the fee for 2 bags", "what is the fee for two bags"),
        ("how many days does it take", "how many day does it take"),
        ("what's the weather today", "How do I return an item?"),
        ("is your shop open on public holidays", "I want to take some days off"),
        ("turn off the radio", "what is on at the cinema"),
    ],
)
def test_the_same_meaning_or_another_question(query: str, post: str) -> None:
    assert not turns_meaning(query, post)
    assert not turns_meaning(post, query)


def test_words_that_tell_topics_apart_are_mined() -> None:
    faq = Faq.of(
        [
            Topic("visa", "Visa", ("how do I pay with Visa", "how do I pay by Visa"), ()),
            Topic("paypal", "PayPal", ("how do I pay with PayPal", "how do I settle with PayPal"), ()),
        ]
    )
    same, contrasts = mine_pairs(faq, list)
    assert ("pay", "settle") in same
    assert ("visa", "paypal") in contrasts
    assert ("paypal", "visa") in contrasts
    check = ContrastCheck(faq, list)
    assert check.doubts(Question("how can I pay with Visa"), "paypal", "how do I pay with PayPal")
    assert not check.doubts(Question("how can I pay with PayPal"), "paypal", "how do I pay with PayPal")
