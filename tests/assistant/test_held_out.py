"""The own posts of an FAQ move the prior's confidence, whoever loads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq_component.assistant import held_out
from faq_component.assistant.build_retrievers import build_retriever
from faq_component.assistant.build_rules import build_precision
from faq_component.assistant.held_out import build_offset, verdicts
from faq_component.decision.confidence import PriorConfidence, shipped_prior
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


@pytest.fixture
def settings(in_the_checkout: None, tmp_path: Path) -> Settings:
    return Settings(cache_dir=warmed(tmp_path / "cache"), threads=1)


def faq_of(*topics: tuple[str, ...]) -> Faq:
    return Faq.of(Topic(f"t{number}", posts[0], posts, ("好",)) for number, posts in enumerate(topics))


CLEAR = faq_of(*(tuple(f"{before}{asked}" for before in _BEFORE) for asked in _ASKED))
# Every question is half of the posts of two topics.
BLURRED = faq_of(
    *(
        tuple(f"{before}{asked}" for before in _BEFORE[half::2] for asked in (first, second))
        for first, second in zip(_ASKED[::2], _ASKED[1::2], strict=True)
        for half in (0, 1)
    )
)


def hybrid(settings: Settings, faq: Faq) -> HybridRetriever:
    retriever = build_retriever(settings, faq)
    assert isinstance(retriever, HybridRetriever)
    return retriever


def test_an_faq_whose_posts_find_their_topics_is_answered_more_readily(settings: Settings) -> None:
    assert build_offset(settings, CLEAR, hybrid(settings, CLEAR)) > 0.05
    assert build_offset(settings, BLURRED, hybrid(settings, BLURRED)) == pytest.approx(0, abs=0.05)


def test_posts_are_asked_of_an_faq_without_them(settings: Settings) -> None:
    found = list(verdicts(settings, CLEAR, hybrid(settings, CLEAR)))
    assert len(found) == len(_ASKED) * len(_BEFORE)
    assert all(verdict.right for verdict in found)
    assert all(0 < verdict.probability < 1 for verdict in found)
    twice = faq_of(*((*topic.posts[:2], f"{topic.posts[0]}？！") for topic in CLEAR.topics))
    alike = list(verdicts(settings, twice, hybrid(settings, twice)))
    assert len(alike) == len(_ASKED), "what another post says too is certain anyway"


def test_the_offset_is_part_of_the_confidence_and_is_kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = build_precision(settings, CLEAR)
    assert rule is not None
    confidence = rule.confidence
    assert isinstance(confidence, PriorConfidence)
    assert confidence.offset > 0.05
    retriever, question = hybrid(settings, CLEAR), Question("你好，运费大概要多少钱")
    hits = retriever.search(question, 5)
    without = PriorConfidence(shipped_prior(), confidence.evidence)
    assert confidence.probability(question, hits) > without.probability(question, hits)
    monkeypatch.setattr(held_out, "verdicts", None)
    assert build_offset(settings, CLEAR, retriever) == confidence.offset
    edited = Faq.of([*CLEAR.topics, Topic("新", "新品", ("有新品吗",), ("好",))])
    after = rule.updated(edited, hybrid(settings, edited)).confidence
    assert isinstance(after, PriorConfidence)
    assert after.offset == confidence.offset
    with pytest.raises(TypeError, match="NoneType"):
        build_precision(settings, edited)
