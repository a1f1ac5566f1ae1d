"""Completion while typing: what fits, in which order, and what is never offered."""

from __future__ import annotations

import pytest

from faq_component.assistant.assistant import Assistant
from faq_component.assistant.build_text import build_rewriter
from faq_component.assistant.completion import Completions
from faq_component.dialogue.scope import Scope
from faq_component.errors import ScopeError
from faq_component.knowledge.options import NONE, Options, Validity
from faq_component.knowledge.topics import Faq, Topic
from faq_component.settings import Settings


def topic(name: str, *posts: str, options: Options = NONE, title: str = "") -> Topic:
    return Topic(name, title or f"标题{name}", posts, ("答",), options)


SHOP = Faq.of(
    [
        topic("freight", "运费怎么算", "要付多少运费？", "运费多少", title="邮寄的费用"),
        topic("return", "怎么退货", "退货的运费谁出", options=Options(("金店",))),
        topic("ship", "How long does shipping take?", "Do you ship to Japan?"),
        topic("fee", "Is there a transport fee", "Airport pick-up"),
        topic("gone", "运费险", options=Options(enabled=False)),
        topic("over", "运费活动", options=Options(valid=Validity(until="2020-01-01"))),
    ]
)


def completed(text: str, count: int = 6, scope: object = None, faq: Faq = SHOP) -> list[str]:
    completions = Completions(build_rewriter(Settings()))
    return [found.text for found in completions.of(faq, text, count, Scope.of(scope))]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("运费", ["运费多少", "退货的运费谁出"]),  # one of each topic, those that begin with it first
        ("運費", ["运费多少", "退货的运费谁出"]),
        ("运费谁", ["退货的运费谁出"]),
        ("运费 退货", ["退货的运费谁出"]),
        ("，运费？ ", ["运费多少", "退货的运费谁出"]),
        ("邮寄", ["运费怎么算"]),  # by its title, its first post
        ("SHIP", ["Do you ship to Japan?"]),
        ("shipping", ["How long does shipping take?"]),
        ("ship jap", ["Do you ship to Japan?"]),
        ("port", []),  # within transport and airport
        ("fee trans", ["Is there a transport fee"]),
        ("险", []),
        ("活动", []),
        ("没有的", []),
        ("", []),
        (" ？", []),
        ("\n", []),
        ("运" * 101, []),
    ],
)
def test_what_fits(typed: str, found: list[str]) -> None:
    assert completed(typed) == found


def test_count_and_scope_limit_it() -> None:
    assert completed("运费", count=1) == ["运费多少"]
    assert completed("运费", scope="金店") == ["退货的运费谁出"]
    with pytest.raises(ScopeError, match="no topic has the tag '银店'"):
        completed("运费", scope="银店")


def test_an_edit_is_taken_in() -> None:
    completions = Completions(str)
    assert [found.text for found in completions.of(SHOP, "怎么退")] == ["怎么退货"]
    edited = Faq.of([*(one for one in SHOP.topics if one.id != "return"), topic("new", "怎么退")])
    assert "怎么退货" not in [found.text for found in completions.of(edited, "怎么退")]  # before it is taken in, too
    completions.prepare(edited).join()
    assert [found.text for found in completions.of(edited, "怎么退")] == ["怎么退"]


def test_the_assistant_completes() -> None:
    settings = Settings(retriever="keyword", log="none", answer_threshold=0.5)
    found = Assistant.over(SHOP, settings).complete("怎么退", 3, scope="金店")
    assert [one.to_json() for one in found] == [{"topic": "return", "title": "标题return", "text": "怎么退货"}]


def test_repeated_and_many_words_are_compared_once_and_in_a_bounded_number() -> None:
    faq = Faq.of([topic("a", "how do I send a parcel back to you again at last")])
    completions = Completions(str)
    assert completions.of(faq, "a " * 49 + "p")
    assert completions.of(faq, "how do send parcel back you again at zz")  # only the longest eight are compared
    assert not completions.of(faq, "send parcel zzz")
