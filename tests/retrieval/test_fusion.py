"""Hybrid recall, reciprocal rank fusion, and weights fitted on the FAQ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from faq_component.encoders import Vectors
from faq_component.errors import SettingsError
from faq_component.knowledge.checking import Faq, Topic
from faq_component.retrieval import DenseRetriever, Hit, HybridRetriever, KeywordRetriever
from faq_component.retrieval.agreement import pool_topics
from faq_component.retrieval.hybrid import FusionWeights
from faq_component.retrieval.learned import fit_weights
from faq_component.retrieval.question import Question
from faq_component.retrieval.rrf import RrfRetriever
from tests.fakes import CharacterEncoder


def faq_of(**posts: tuple[str, ...]) -> Faq:
    return Faq.of([Topic(name, name, of_topic, ("好",)) for name, of_topic in posts.items()])


def hybrid(faq: Faq, weights: FusionWeights) -> HybridRetriever:
    return HybridRetriever(DenseRetriever(faq, CharacterEncoder()), KeywordRetriever(faq, list), weights)


def pool(scores: dict[int, list[float]], sizes: list[int], agreement: float) -> tuple[list[int], list[float]]:
    """The topics, best first, and their scores."""
    topics = np.array([topic for topic, of_topic in scores.items() for _ in of_topic])
    flat = np.array([score for of_topic in scores.values() for score in of_topic], dtype=np.float32)
    places, pooled = pool_topics(topics, flat, np.array(sizes), agreement)
    return [int(topic) for topic in topics[places]], [float(score) for score in pooled]


def test_a_topic_is_the_weighted_mean_of_its_best_posts() -> None:
    # Weights 1, 1/2, 1/4, 1/8, 1/16 over 31/16.
    first = (16 * 0.8 + 8 * 0.6 + 4 * 0.4 + 2 * 0.2 + 1 * 0.1) / 31
    topics, scores = pool({0: [0.1, 0.8, 0.4, 0.2, 0.6, 0.05], 1: [0.5] * 5}, [6, 5], 0.5)
    assert topics == [0, 1]
    assert scores == pytest.approx([first, 0.5])


def test_without_agreement_the_best_post_counts_alone() -> None:
    topics, scores = pool({0: [0.1, 0.6], 1: [0.5, 0.5]}, [2, 2], 0.0)
    assert topics == [0, 1]
    assert scores == pytest.approx([0.6, 0.5])


def test_posts_that_agree_outweigh_one_that_is_a_little_nearer() -> None:
    assert pool({0: [0.7, 0.1, 0.1], 1: [0.65, 0.6, 0.6]}, [3, 3], 0.6)[0] == [1, 0]


def test_topics_of_one_post_keep_its_score_and_of_equal_ones_the_order() -> None:
    posts = {0: [0.5], 1: [0.7], 2: [0.5], 3: [1.0]}
    topics, scores = pool(posts, [1, 1, 1, 1], 0.6)
    assert topics == [3, 1, 0, 2]
    assert scores == pytest.approx([1.0, 0.7, 0.5, 0.5])
    assert topics == pool(posts, [1, 1, 1, 1, 2], 0.6)[0]


def test_a_topic_of_one_post_is_not_held_back() -> None:
    topics, scores = pool({0: [0.7], 1: [0.65, 0.65]}, [1, 2], 0.6)
    assert topics == [0, 1]
    assert scores == pytest.approx([0.7, 0.65])


def test_posts_beyond_the_candidates_count_as_the_worst_of_them() -> None:
    topics, scores = pool({0: [0.7], 1: [0.3, 0.2]}, [10, 2], 1.0)
    assert topics[0] == 0
    assert scores[0] == pytest.approx((0.7 + 4 * 0.2) / 5)


def test_a_post_that_says_just_what_was_asked_is_certain() -> None:
    topics, scores = pool({0: [0.999, 0.0, 0.0], 1: [0.9] * 3}, [3, 3], 0.6)
    assert topics[0] == 0
    assert scores[0] == pytest.approx(0.999)


def test_equal_topics_keep_the_order_of_the_faq() -> None:
    assert pool({0: [0.5], 1: [0.5], 2: [0.5]}, [1, 1, 1], 0.6)[0] == [0, 1, 2]


def test_the_score_is_the_weighted_mean_of_the_parts() -> None:
    faq = faq_of(a=("怎么退货",), b=("晚安",))
    query = "怎么退"
    meaning = DenseRetriever(faq, CharacterEncoder()).search(Question(query), 1)[0].score
    words = KeywordRetriever(faq, list).search(Question(query), 1)[0].score
    overlap = 2 / 3  # 怎么, 么退 of 怎么, 么退, 退货
    found = hybrid(faq, FusionWeights(keyword=0.3, overlap=0.2)).search(Question(query), 1)[0]
    assert found.score == pytest.approx(0.5 * meaning + 0.3 * words + 0.2 * overlap, abs=1e-5)


def test_weights_above_one_are_refused() -> None:
    with pytest.raises(
        SettingsError, match=r"'keyword_weight' \(0.7\) and 'overlap_weight' \(0.4\) add up to more than 1"
    ):
        FusionWeights(keyword=0.7, overlap=0.4)


class Fixed:
    """A retriever that gives what it was given."""

    def __init__(self, **scores: float) -> None:
        self._hits = [Hit(topic_id, topic_id, score) for topic_id, score in scores.items()]

    def search(self, question: Question, top_k: int) -> list[Hit]:
        return self._hits[:top_k]


def test_reciprocal_rank_fusion_by_hand() -> None:
    fused = RrfRetriever([Fixed(a=0.9, b=0.8, c=0.1), Fixed(b=0.6, c=0.5)], k=60)
    # b: 1/62 + 1/61, c: 1/63 + 1/62, a: 1/61.
    assert [hit.topic_id for hit in fused.search(Question("x"), 5)] == ["b", "c", "a"]
    # The mean of the scores, falling: a would have 0.45, more than c before it.
    assert [hit.score for hit in fused.search(Question("x"), 5)] == pytest.approx([0.7, 0.3, 0.3])


class LengthEncoder(CharacterEncoder):
    """Texts of one length are the same to it, all others have nothing in common."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        vectors[np.arange(len(texts)), [len(text) for text in texts]] = 1.0
        return vectors


def rank_found_without_the_post(faq: Faq, weights: FusionWeights) -> float:
    """Mean reciprocal rank of each post in an FAQ without it: what the fit stands for, the slow way."""
    found = []
    for topic in faq.topics:
        for post in topic.posts:
            kept = replace(topic, posts=tuple(other for other in topic.posts if other != post))
            rest = Faq.of([kept if other is topic else other for other in faq.topics])
            retriever = HybridRetriever(DenseRetriever(rest, LengthEncoder()), KeywordRetriever(rest, list), weights)
            ids = [hit.topic_id for hit in retriever.search(Question(post), len(faq.topics))]
            found.append(1 / (ids.index(topic.id) + 1))
    return sum(found) / len(found)


def test_the_fit_finds_the_side_that_knows() -> None:
    # A topic is one character, repeated: keywords tell topics apart, vectors only lengths.
    posts = {f"t{number}": tuple(chr(0x4E00 + number) * length for length in range(1, 5)) for number in range(15)}
    faq = faq_of(**posts)
    misled = HybridRetriever(DenseRetriever(faq, LengthEncoder()), KeywordRetriever(faq, list))
    fitted = rank_found_without_the_post(faq, fit_weights(misled))
    assert fitted > rank_found_without_the_post(faq, FusionWeights(keyword=0.1, agreement=0.0)) + 0.2


def test_the_fit_is_repeatable_and_needs_topics_of_two_posts() -> None:
    faq = faq_of(a=("怎么退货", "退货流程"), b=("晚安", "睡了"))
    assert fit_weights(hybrid(faq, FusionWeights())) == fit_weights(hybrid(faq, FusionWeights()))
    assert fit_weights(hybrid(faq_of(a=("一",), b=("二",)), FusionWeights())) == FusionWeights()
