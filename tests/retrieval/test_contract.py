"""What every retriever must do, run over all of them; and what each does for itself."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_component.knowledge.checking import Faq, Topic
from faq_component.retrieval import DenseRetriever, HybridRetriever, KeywordRetriever, Retriever
from faq_component.retrieval.classifier import TopicClassifier
from faq_component.retrieval.engines.libraries import Bm25sRetriever, RankBm25Retriever, SklearnTfidfRetriever
from faq_component.retrieval.engines.lucene_engine import LuceneRetriever
from faq_component.retrieval.engines.whoosh_engine import WhooshRetriever
from faq_component.retrieval.hybrid import FusionWeights
from faq_component.retrieval.indexes import build_index
from faq_component.retrieval.learned import learned_hybrid
from faq_component.retrieval.question import Among, Question
from faq_component.retrieval.rrf import RrfRetriever
from faq_component.retrieval.weighting import Bm25, TfIdf
from tests.fakes import CharacterEncoder
from tests.retrieval.engines.lucene import needs_lucene


def characters(text: str) -> list[str]:
    return [char for char in text if not char.isspace()]


def keyword(faq: Faq) -> KeywordRetriever:
    return KeywordRetriever(faq, characters)


def dense(faq: Faq) -> DenseRetriever:
    return DenseRetriever(faq, CharacterEncoder())


def hybrid(faq: Faq) -> HybridRetriever:
    return HybridRetriever(dense(faq), keyword(faq))


def hybrid_of_best_posts(faq: Faq) -> HybridRetriever:
    return HybridRetriever(dense(faq), keyword(faq), FusionWeights(keyword=0.3, overlap=0.2, agreement=0.0))


def hybrid_with_classifier(faq: Faq) -> HybridRetriever:
    found = dense(faq)
    classifier = TopicClassifier.fit(found.vectors, found.table.topics, len(found.table.ids)) if faq.topics else None
    return HybridRetriever(found, keyword(faq), classifier=classifier)


def rrf(faq: Faq) -> RrfRetriever:
    return RrfRetriever([dense(faq), keyword(faq)])


def learned(faq: Faq) -> Retriever:
    return learned_hybrid(hybrid(faq))


def tfidf(faq: Faq) -> Retriever:
    return KeywordRetriever(faq, characters, TfIdf())


def bm25_without_negative_idf(faq: Faq) -> Retriever:
    return KeywordRetriever(faq, characters, Bm25(negative_idf="zero"))


def sklearn(faq: Faq) -> Retriever:
    return SklearnTfidfRetriever(faq, characters)


def rank_bm25(faq: Faq) -> Retriever:
    return RankBm25Retriever(faq, characters)


def bm25s(faq: Faq) -> Retriever:
    return Bm25sRetriever(faq, characters)


def whoosh(faq: Faq) -> Retriever:
    return WhooshRetriever(faq, characters, Path(tempfile.mkdtemp()) / "index")


def lucene(faq: Faq) -> Retriever:
    return LuceneRetriever(faq, characters)


def _dense_with(kind: str) -> Callable[[Faq], Retriever]:
    def build(faq: Faq) -> Retriever:
        return DenseRetriever(faq, CharacterEncoder(), build=lambda vectors: build_index(vectors, kind))

    build.__name__ = f"dense_{kind}"
    return build


ALL: list[Any] = [
    keyword,
    dense,
    hybrid,
    hybrid_of_best_posts,
    hybrid_with_classifier,
    rrf,
    learned,
    tfidf,
    bm25_without_negative_idf,
    sklearn,
    rank_bm25,
    bm25s,
    whoosh,
    pytest.param(lucene, id="lucene", marks=needs_lucene),
    *map(_dense_with, ("exact", "hnsw", "ivf", "sq8")),
]
every = pytest.mark.parametrize("build", ALL, ids=lambda build: getattr(build, "__name__", None))

SHOP = Faq.of(
    [
        Topic("return", "退货", ("怎么退货", "我要退货", "东西不想要了", "退货退货"), ("好",)),
        Topic("exchange", "换货", ("怎么换货", "换个大一码的"), ("好",)),
        Topic("night", "晚安", ("晚安", "我睡了"), ("好",)),
        Topic("invoice", "发票", ("开发票",), ("好",)),
    ]
)
ODD = ["", "   ", "？！", "\u200b\ufeff", "\x00\x07", "😀😀", "退" * 100_000, "unknown words only", "'; DROP TABLE --"]


@every
def test_the_right_topic_first_scores_falling_one_hit_per_topic(build: Callable[[Faq], Retriever]) -> None:
    hits = build(SHOP).search(Question("请问怎么退货"), 3)
    assert hits[0].topic_id == "return"
    assert hits[0].post == "怎么退货"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.topic_id for hit in hits}) == len(hits)
    assert all(0.0 <= hit.score <= 1.0 for hit in hits)


@every
def test_a_post_itself_scores_one(build: Callable[[Faq], Retriever]) -> None:
    for topic in SHOP.topics:
        for post in topic.posts:
            best = build(SHOP).search(Question(post), 1)[0]
            assert best.topic_id == topic.id
            assert best.score == pytest.approx(1.0, abs=1e-4)


@every
@pytest.mark.parametrize("query", ODD)
def test_odd_queries(build: Callable[[Faq], Retriever], query: str) -> None:
    hits = build(SHOP).search(Question(query), 3)
    assert len(hits) <= 3
    assert all(np.isfinite(hit.score) and 0.0 <= hit.score <= 1.0 for hit in hits)


@every
def test_an_empty_query_finds_nothing(build: Callable[[Faq], Retriever]) -> None:
    assert build(SHOP).search(Question(" \u200b "), 3) == []


@every
def test_an_empty_faq_finds_nothing(build: Callable[[Faq], Retriever]) -> None:
    assert build(Faq.of([])).search(Question("怎么退货"), 3) == []


@every
def test_more_topics_asked_for_than_there_are(build: Callable[[Faq], Retriever]) -> None:
    assert 1 <= len(build(SHOP).search(Question("怎么退货"), 50)) <= 4


@every
def test_one_topic_and_one_post(build: Callable[[Faq], Retriever]) -> None:
    only = Faq.of([Topic("night", "晚安", ("晚安",), ("好",))])
    assert build(only).search(Question("晚安"), 5)[0].topic_id == "night"


@every
def test_a_topic_of_many_alike_posts_does_not_hide_the_others(build: Callable[[Faq], Retriever]) -> None:
    crowd = Topic("crowd", "退", tuple(f"退货{number}" for number in range(300)), ("好",))
    faq = Faq.of([crowd, Topic("other", "退款", ("退款",), ("好",)), Topic("more", "退换", ("退换",), ("好",))])
    assert {hit.topic_id for hit in build(faq).search(Question("退货"), 3)} == {"crowd", "other", "more"}


@every
def test_the_same_post_in_two_topics_gives_both_in_the_order_of_the_faq(build: Callable[[Faq], Retriever]) -> None:
    others = Topic("c", "丙", ("晚安", "你好", "谢谢", "早上好"), ("好",))
    faq = Faq.of([Topic("b", "乙", ("重复的话",), ("好",)), Topic("a", "甲", ("重复的话", "别的"), ("好",)), others])
    assert [hit.topic_id for hit in build(faq).search(Question("重复的话"), 2)] == ["b", "a"]


@every
@pytest.mark.parametrize("topics", [{"exchange", "night"}, {"return", "invoice", "night"}, {"night"}, set()])
def test_a_scope_limits_what_is_found_before_the_best_are_taken(
    build: Callable[[Faq], Retriever], topics: set[str]
) -> None:
    retriever = build(SHOP)
    for text in ("怎么退货", "我要换货开发票", "晚安我睡了"):
        every_hit = retriever.search(Question(text), 4)
        for without in (frozenset[str](), frozenset({"night"})):
            allowed = topics - without
            hits = retriever.search(Question(text, Among(frozenset(topics), without)), 2)
            assert {hit.topic_id for hit in hits} <= allowed
            assert len(hits) == min(2, sum(hit.topic_id in allowed for hit in every_hit))
            if build not in (rrf, hybrid_with_classifier):  # whose scores depend on the other topics
                expected = [hit for hit in every_hit if hit.topic_id in allowed][:2]
                assert [(hit.topic_id, hit.post) for hit in hits] == [(hit.topic_id, hit.post) for hit in expected]
                assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in expected], abs=1e-6)


@every
def test_topics_that_are_taken_out_are_not_found(build: Callable[[Faq], Retriever]) -> None:
    hits = build(SHOP).search(Question("怎么退货", Among(without=frozenset({"return", "gone"}))), 3)
    assert hits
    assert hits[0].topic_id == "exchange"
    assert "return" not in {hit.topic_id for hit in hits}


def test_the_classifier_is_no_surer_of_a_topic_in_a_scope() -> None:
    retriever = hybrid_with_classifier(SHOP)
    question = Question("怎么换货", Among(frozenset({"exchange", "night"})))
    vector = retriever.dense.encode(question)
    scores = retriever.classified(question, vector)
    among_all = retriever.classified(Question("怎么换货"), vector)
    assert scores is not None
    assert among_all is not None
    assert (scores[1:3] == among_all[1:3]).all()
    assert scores[0] == scores[3] == 0.0


@every
def test_case_width_and_zero_width_do_not_matter(build: Callable[[Faq], Retriever]) -> None:
    faq = Faq.of([Topic("app", "APP", ("app闪退",), ("好",)), Topic("x", "乙", ("别的话",), ("好",))])
    assert build(faq).search(Question("ＡＰＰ\u200b闪退"), 1) == build(faq).search(Question("app闪退"), 1)
