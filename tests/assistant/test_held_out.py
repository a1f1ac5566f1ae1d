"""The own posts of an FAQ move the prior's confidence, whoever loads it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from faq_component.assistant import held_out
from faq_component.assistant.build_retrievers import build_retriever
from faq_component.assistant.build_rules import build_precision
from faq_component.assistant.held_out import build_offset, verdicts
from faq_component.decision.confidence import PriorConfidence, Verdict, shipped_prior
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval import HybridRetriever
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from tests.caches import warmed

_ASKED = (
    "怎么退货",
    "运费多少",
    "怎么开发票",
    "几点上班",
    "保修多久",
    "有优惠吗",
    "密码忘了怎么办",
    "怎么改收货地址",
    "能用支付宝付款吗",
    "你们店在哪里",
)
_BEFORE = ("", "请问", "我想问下", "想知道", "麻烦问一下", "那个")
_TOPICS, _POSTS = 20, 6


@pytest.fixture
def settings(in_the_checkout: None, tmp_path: Path) -> Settings:
    return Settings(cache_dir=warmed(tmp_path / "cache"), threads=1)


@pytest.fixture
def varied(in_the_checkout: None) -> Faq:
    """Topics of the demo, whose posts differ from each other."""
    topics = [topic for topic in load_faq("data/faq").topics if len(topic.posts) >= _POSTS]
    return Faq.of(replace(topic, posts=topic.posts[:_POSTS]) for topic in topics[:_TOPICS])


def faq_of(*topics: tuple[str, ...]) -> Faq:
    return Faq.of(Topic(f"t{number}", posts[0], posts, ("好",)) for number, posts in enumerate(topics))


def hybrid(settings: Settings, faq: Faq) -> HybridRetriever:
    retriever = build_retriever(settings, faq)
    assert isinstance(retriever, HybridRetriever)
    return retriever


def test_posts_are_asked_of_an_faq_without_them(settings: Settings, varied: Faq) -> None:
    found = list(verdicts(settings, varied, hybrid(settings, varied)))
    assert len(found) == _TOPICS * _POSTS
    assert all(0 < verdict.probability < 1 for verdict in found)
    right = [verdict.probability for verdict in found if verdict.right]
    wrong = [verdict.probability for verdict in found if not verdict.right]
    assert len(right) > len(wrong) > 0
    assert sum(right) / len(right) > sum(wrong) / len(wrong)


def test_the_same_post_with_other_courtesies_says_nothing(settings: Settings) -> None:
    """Otherwise an FAQ that a script blew up would be sure of everything."""
    blown_up = faq_of(*(tuple(f"{before}{asked}" for before in _BEFORE) for asked in _ASKED))
    assert list(verdicts(settings, blown_up, hybrid(settings, blown_up))) == []
    assert build_offset(settings, blown_up, hybrid(settings, blown_up)) == 0.0


def test_the_offset_is_part_of_the_confidence_and_is_kept(
    settings: Settings, varied: Faq, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_out, "verdicts", lambda *_arguments: [Verdict(0.9, True)] * 100)
    rule = build_precision(settings, varied)
    assert rule is not None
    confidence = rule.confidence
    assert isinstance(confidence, PriorConfidence)
    assert confidence.offset > 1
    retriever, question = hybrid(settings, varied), Question("晚上好，我想退掉昨天买的东西")
    hits = retriever.search(question, 5)
    without = PriorConfidence(shipped_prior(), confidence.evidence)
    assert confidence.probability(question, hits) > without.probability(question, hits)
    monkeypatch.setattr(held_out, "verdicts", None)
    assert build_offset(settings, varied, retriever) == confidence.offset
    edited = Faq.of([*varied.topics, Topic("新", "新品", ("有新品吗",), ("好",))])
    after = rule.updated(edited, hybrid(settings, edited)).confidence
    assert isinstance(after, PriorConfidence)
    assert after.offset == confidence.offset
    with pytest.raises(TypeError, match="NoneType"):
        build_precision(settings, edited)


def test_an_faq_of_one_post_a_topic_is_not_asked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_out, "verdicts", None)
    single = faq_of(*((asked,) for asked in _ASKED))
    assert build_offset(settings, single, hybrid(settings, single)) == 0.0
