"""The hashed n-grams of Latin words that the classifier of an English FAQ reads beside the vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from faq_component.assistant.build_retrievers import build_retriever, refit_retriever, update_retriever
from faq_component.encoders import Vectors
from faq_component.knowledge.checking import Faq, Topic
from faq_component.retrieval import HybridRetriever
from faq_component.retrieval.question import Question
from faq_component.retrieval.subwords import with_subwords
from faq_component.settings import Settings

DIM, BUCKETS = 3, 512
ENGLISH = {
    "return": ("how do I return something", "I want to send it back", "returning goods"),
    "refund": ("when do I get my money back", "how long does a refund take", "refund time"),
    "cancel": ("cancel my order", "I do not want it any more", "stop the order"),
}
CHINESE = {
    "return": ("怎么退货", "我要退货"),
    "refund": ("什么时候退款", "退款要几天"),
    "cancel": ("取消订单", "不要了"),
}


def faq_of(topics: Mapping[str, Sequence[str]]) -> Faq:
    return Faq.of(Topic(name, name, tuple(posts), ("",)) for name, posts in topics.items())


def of_texts(*texts: str) -> Vectors:
    return with_subwords(np.full((len(texts), DIM), 2, dtype=np.float32), texts)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=str(tmp_path))


def inputs_of(retriever: object) -> int:
    assert isinstance(retriever, HybridRetriever)
    assert retriever.classifier is not None
    return len(retriever.classifier.center)


def test_a_text_has_its_vector_and_its_ngrams() -> None:
    row = of_texts("cancel my order")[0]
    assert row.shape == (DIM + BUCKETS,)
    assert np.linalg.norm(row[:DIM]) == pytest.approx(1.0)
    assert np.linalg.norm(row[DIM:]) == pytest.approx(0.35)


def test_forms_of_a_word_share_most_of_them() -> None:
    asked, same, other = of_texts("returns", "returned", "opening hours")[:, DIM:]
    assert asked @ same > 4 * abs(asked @ other)


def test_case_width_and_spaces_do_not_matter() -> None:
    plain, written = of_texts("x9 pro", "Ｘ9   PRO")
    assert (plain == written).all()


def test_chinese_characters_have_none() -> None:
    chinese, mixed, word = of_texts("怎么退货", "iphone怎么退货", "iphone")
    assert not chinese[DIM:].any()
    assert (mixed == word).all()


def test_only_an_english_faq_has_them(settings: Settings) -> None:
    dim = inputs_of(build_retriever(settings, faq_of(CHINESE)))
    assert inputs_of(build_retriever(settings, faq_of(ENGLISH))) == dim + BUCKETS
    half = {name: (*CHINESE[name], *ENGLISH[name][:2]) for name in CHINESE}
    assert inputs_of(build_retriever(settings, faq_of(half))) == dim


def test_a_very_large_faq_has_none(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faq_component.retrieval.hybrid._MOST_WITH_SUBWORDS", 9 * 3 - 1)
    assert inputs_of(build_retriever(settings, faq_of(ENGLISH))) == inputs_of(
        build_retriever(settings, faq_of(CHINESE))
    )


def test_an_edit_is_read_as_the_faq_was(settings: Settings) -> None:
    before = build_retriever(settings, faq_of(ENGLISH))
    edited = faq_of({**ENGLISH, "hours": ("opening hours", "when are you open")})
    after = update_retriever(settings, before, edited)
    assert inputs_of(after) == inputs_of(before)
    assert after.search(Question("opened when"), 1)[0].topic_id == "hours"
    part = Faq.of(edited.topics[1:])
    assert isinstance(after, HybridRetriever)
    assert inputs_of(after.over_part(part)) == inputs_of(before)


@pytest.mark.parametrize(("first", "then"), [(ENGLISH, CHINESE), (CHINESE, ENGLISH)])
def test_an_edit_that_changes_the_language_is_fitted_anew(
    settings: Settings, first: Mapping[str, Sequence[str]], then: Mapping[str, Sequence[str]]
) -> None:
    edited = faq_of(then)
    updated = update_retriever(settings, build_retriever(settings, faq_of(first)), edited)
    refitted = refit_retriever(settings, updated, edited)
    new = build_retriever(settings, edited)
    assert inputs_of(refitted) == inputs_of(new)
    for name, posts in then.items():
        question = Question(posts[0] + "?")
        assert refitted.search(question, 1)[0].topic_id == name
        assert refitted.search(question, 3) == new.search(question, 3)
