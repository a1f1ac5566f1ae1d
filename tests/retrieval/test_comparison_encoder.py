"""Texts that an encoder cannot read: none is near to another, and each is near to itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faq_component.assistant.build_retrievers import build_retriever
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval.comparison_encoder import ComparisonEncoder, vector_of
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from tests.caches import warmed
from tests.fakes import CharacterEncoder

TEXTS = ["晚安", "👍", "😡", "👍"]


def test_each_text_that_cannot_be_read_has_a_direction_of_its_own() -> None:
    inner = CharacterEncoder()
    encoder = ComparisonEncoder(inner, reads=str.isalnum)
    vectors = encoder.encode(TEXTS)
    products = vectors @ vectors.T
    np.testing.assert_allclose(np.diag(products), 1.0, atol=1e-5)
    assert products[1, 3] == pytest.approx(1.0, abs=1e-5)
    assert abs(products[1, 2]) < 0.5
    np.testing.assert_array_equal(vectors[0], inner.encode(["晚安"])[0])
    np.testing.assert_array_equal(encoder.encode(["😡"])[0], vectors[2])
    assert vectors.dtype == np.float32
    assert encoder.fingerprint != inner.fingerprint
    assert encoder.encode([]).shape == (0, inner.dim)


@pytest.mark.parametrize("retriever", ["dense", "hybrid"])
def test_an_emoji_is_not_taken_for_another(retriever: str, in_the_checkout: None, tmp_path: Path) -> None:
    posts = {"thumb": ("👍", "你真棒"), "hello": ("안녕하세요?", "你好"), "return": ("怎么退货", "东西不想要了")}
    faq = Faq.of(Topic(name, name, texts, ("好",)) for name, texts in posts.items())
    found = build_retriever(Settings(retriever=retriever, cache_dir=warmed(tmp_path)), faq)
    for text, topic_id in (("👍", "thumb"), ("안녕하세요?", "hello")):
        assert found.search(Question(text), 1)[0].topic_id == topic_id
    for text in ("😡", "สวัสดี", "배송은 언제 오나요?"):
        assert all(hit.score < 0.4 for hit in found.search(Question(text), 3)), text


def test_only_the_same_emoji_is_certain(in_the_checkout: None, tmp_path: Path) -> None:
    faq = Faq.of([Topic("thumb", "赞", ("👍",), ("好",)), Topic("night", "晚安", ("晚安",), ("好",))])
    found = build_retriever(Settings(retriever="dense", cache_dir=warmed(tmp_path)), faq)
    assert found.search(Question("👍"), 1)[0].score == pytest.approx(1.0, abs=1e-4)


def test_a_question_is_encoded_once_whoever_asks_for_its_vector() -> None:
    model = CharacterEncoder()
    question = Question("怎么退货")
    rewritten = ComparisonEncoder(model, lambda text: text.replace("货", "款"))
    assert vector_of(question, model) is vector_of(question, model)
    np.testing.assert_array_equal(vector_of(question, ComparisonEncoder(model)), model.encode(["怎么退货"])[0])
    np.testing.assert_array_equal(vector_of(question, rewritten), rewritten.encode(["怎么退货"])[0])
    assert model.encoded == ["怎么退货", "怎么退货", "怎么退款", "怎么退款"]  # each form once for the question
