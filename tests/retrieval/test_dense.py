from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from faq_component.encoders import Vectors
from faq_component.knowledge.checking import Faq, Topic
from faq_component.retrieval import DenseRetriever
from faq_component.retrieval.indexes import build_index
from faq_component.retrieval.question import Question
from tests.fakes import CharacterEncoder


def faq_of(**posts: tuple[str, ...]) -> Faq:
    return Faq.of([Topic(name, name, of_topic, ("好",)) for name, of_topic in posts.items()])


def test_scores_against_cosines_worked_out_by_hand() -> None:
    retriever = DenseRetriever(faq_of(a=("ab",), b=("ac",)), CharacterEncoder())
    assert retriever.floor == pytest.approx(0.5, abs=0.01)  # "ab" and "ac" share one of two characters
    best, second = retriever.search(Question("ab"), 2)
    assert (best.score, second.score) == pytest.approx((1.0, 0.0), abs=1e-4)
    cosine = 1 / np.sqrt(2)  # "a" against "ab"
    assert retriever.search(Question("a"), 1)[0].score == pytest.approx((cosine - 0.5) / 0.5, abs=0.01)


@pytest.mark.parametrize("kind", ["flat", "hnsw"])
def test_an_edited_faq_encodes_only_what_is_new(kind: str) -> None:
    encoder = CharacterEncoder()
    retriever = DenseRetriever(
        faq_of(a=("怎么退货", "我要退货"), b=("晚安",)), encoder, build=lambda vectors: build_index(vectors, kind)
    )
    encoder.encoded.clear()
    edited = faq_of(c=("开发票",), a=("怎么退货", "东西退掉"), b=("晚安",))
    newer = retriever.updated(edited)
    assert encoder.encoded == ["开发票", "东西退掉"]
    for query in ("开发票", "东西退掉", "晚安", "我要退货"):
        anew = DenseRetriever(edited, CharacterEncoder()).search(Question(query), 3)
        found = newer.search(Question(query), 3)
        assert [hit.topic_id for hit in found] == [hit.topic_id for hit in anew]
        assert [hit.score for hit in found] == pytest.approx([hit.score for hit in anew], abs=1e-5)
    assert retriever.search(Question("我要退货"), 1)[0].post == "我要退货"  # the one before is as it was


def test_posts_may_move_to_another_topic_and_be_repeated() -> None:
    retriever = DenseRetriever(faq_of(a=("退货", "退货"), b=("晚安",)), CharacterEncoder())
    newer = retriever.updated(faq_of(a=("退货",), b=("晚安", "退货", "退货")))
    assert [hit.topic_id for hit in newer.search(Question("退货"), 2)] == ["a", "b"]


def test_every_post_may_go() -> None:
    assert DenseRetriever(faq_of(a=("退货",)), CharacterEncoder()).updated(Faq.of([])).search(Question("退货"), 1) == []


class LongVectors(CharacterEncoder):
    """Vectors whose length is the number of characters."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        lengths = np.array([[max(len(text), 1)] for text in texts], dtype=np.float32)
        return np.multiply(super().encode(texts), lengths, dtype=np.float32)


def test_without_unit_length_it_is_the_inner_product_that_counts() -> None:
    retriever = DenseRetriever(faq_of(a=("退",), b=("退退退货",)), LongVectors())
    assert retriever.search(Question("退"), 1)[0].topic_id == "b"  # the longer vector, though not the nearer direction
    assert all(0.0 <= hit.score <= 1.0 for hit in retriever.search(Question("退货吗"), 2))
