"""What every retriever must do, run over all of them; and what each does for itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from faq_component.faq import Faq, Topic
from faq_component.recall import DenseRetriever, HybridRetriever, KeywordRetriever, Retriever
from faq_component.recall.tokens import JiebaWords
from tests.fakes import CharacterEncoder


def characters(text: str) -> list[str]:
    return [char for char in text if not char.isspace()]


def keyword(faq: Faq) -> KeywordRetriever:
    return KeywordRetriever(faq, characters)


def dense(faq: Faq) -> DenseRetriever:
    return DenseRetriever(faq, CharacterEncoder())


def hybrid(faq: Faq) -> HybridRetriever:
    return HybridRetriever(dense(faq), keyword(faq), 0.4)


ALL: list[Callable[[Faq], Retriever]] = [keyword, dense, hybrid]
every = pytest.mark.parametrize("build", ALL, ids=lambda build: build.__name__)

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
    hits = build(SHOP).search("怎么退货呢", 3)
    assert hits[0].topic_id == "return"
    assert hits[0].post == "怎么退货"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.topic_id for hit in hits}) == len(hits)
    assert all(0.0 <= hit.score <= 1.0 for hit in hits)


@every
def test_a_post_itself_scores_one(build: Callable[[Faq], Retriever]) -> None:
    for topic in SHOP.topics:
        for post in topic.posts:
            best = build(SHOP).search(post, 1)[0]
            assert (best.topic_id, best.score) == (topic.id, pytest.approx(1.0, abs=1e-4))


@every
@pytest.mark.parametrize("query", ODD)
def test_odd_queries(build: Callable[[Faq], Retriever], query: str) -> None:
    hits = build(SHOP).search(query, 3)
    assert len(hits) <= 3
    assert all(np.isfinite(hit.score) and 0.0 <= hit.score <= 1.0 for hit in hits)


@every
def test_an_empty_query_finds_nothing(build: Callable[[Faq], Retriever]) -> None:
    assert build(SHOP).search(" \u200b ", 3) == []


@every
def test_more_topics_asked_for_than_there_are(build: Callable[[Faq], Retriever]) -> None:
    assert 1 <= len(build(SHOP).search("怎么退货", 50)) <= 4


@every
def test_one_topic_and_one_post(build: Callable[[Faq], Retriever]) -> None:
    only = Faq.of([Topic("night", "晚安", ("晚安",), ("好",))])
    assert build(only).search("晚安", 5)[0].topic_id == "night"


@every
def test_a_topic_of_many_alike_posts_does_not_hide_the_others(build: Callable[[Faq], Retriever]) -> None:
    crowd = Topic("crowd", "退", tuple(f"退货{number}" for number in range(300)), ("好",))
    faq = Faq.of([crowd, Topic("other", "退款", ("退款",), ("好",)), Topic("more", "退换", ("退换",), ("好",))])
    assert {hit.topic_id for hit in build(faq).search("退货", 3)} == {"crowd", "other", "more"}


@every
def test_the_same_post_in_two_topics_gives_both_in_the_order_of_the_faq(build: Callable[[Faq], Retriever]) -> None:
    faq = Faq.of([Topic("b", "乙", ("重复的话",), ("好",)), Topic("a", "甲", ("重复的话", "别的"), ("好",))])
    assert [hit.topic_id for hit in build(faq).search("重复的话", 2)] == ["b", "a"]


@every
def test_case_width_and_zero_width_do_not_matter(build: Callable[[Faq], Retriever]) -> None:
    faq = Faq.of([Topic("app", "APP", ("app闪退",), ("好",)), Topic("x", "乙", ("别的话",), ("好",))])
    assert build(faq).search("ＡＰＰ\u200b闪退", 1) == build(faq).search("app闪退", 1)


def test_keyword_scores_against_hand_worked_bm25() -> None:
    faq = Faq.of(
        [Topic("a", "甲", ("ab",), ("好",)), Topic("b", "乙", ("cd",), ("好",)), Topic("c", "丙", ("ef",), ("好",))]
    )
    scores = keyword(faq).scores("ax")
    # Three posts of two tokens, query of two: every length norm is k1 = 1.5, so each known token weighs its IDF.
    known = np.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    unknown = np.log(1 + (3 + 0.5) / 0.5)
    np.testing.assert_allclose(scores, [known / (known + unknown), 0, 0], rtol=1e-6)


def test_dense_scores_against_hand_worked_cosines() -> None:
    faq = Faq.of([Topic("a", "甲", ("ab",), ("好",)), Topic("b", "乙", ("ac",), ("好",))])
    retriever = dense(faq)
    assert retriever.floor == pytest.approx(0.5, abs=0.01)  # "ab" and "ac" share one of two characters
    best, second = retriever.search("ab", 2)
    assert (best.score, second.score) == (pytest.approx(1.0, abs=1e-4), pytest.approx(0.0, abs=1e-4))
    cosine = 1 / np.sqrt(2)  # "a" against "ab"
    assert retriever.search("a", 1)[0].score == pytest.approx((cosine - 0.5) / 0.5, abs=0.01)


def test_hybrid_is_the_weighted_mean_of_both() -> None:
    query = "怎么退"
    scores = {}
    for build in ALL:
        scores[build.__name__] = {hit.topic_id: hit.score for hit in build(SHOP).search(query, 1)}["return"]
    assert scores["hybrid"] == pytest.approx(0.6 * scores["dense"] + 0.4 * scores["keyword"], abs=1e-5)


def test_jieba_keeps_its_cache_in_a_private_folder(tmp_path: Path) -> None:
    import jieba

    words = JiebaWords(tmp_path / "cache")
    jieba.dt.initialized = False  # as in a process that has not used jieba yet
    assert "退货" in words("我要退货！")
    assert all(any(char.isalnum() for char in word) for word in words("退货，？！ 123 abc。"))
    assert (tmp_path / "cache" / "jieba.cache").exists()
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0
