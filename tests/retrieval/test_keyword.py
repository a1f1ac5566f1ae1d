"""The formulas of keyword recall against numbers worked out by hand, and against libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from faq_component.knowledge.checking import Faq, Topic
from faq_component.retrieval import KeywordRetriever
from faq_component.retrieval.inverted import InvertedIndex
from faq_component.retrieval.question import Question
from faq_component.retrieval.weighting import Bm25, TfIdf, Weighting

DOCUMENTS = [["退", "货", "退"], ["换", "货"], ["晚", "安"], ["退", "款", "多", "久"]]
words = st.lists(st.sampled_from("abcdefg"), max_size=8)


def scores(index: InvertedIndex, query: list[str]) -> list[float]:
    rows, found = index.search(query)
    dense = np.zeros(index.posts)
    dense[rows] = found
    return [float(score) for score in dense]


def test_tf_idf_by_hand() -> None:
    # 退 stands in 2 of 4 posts: lg(4 / 2) = 0.30103; it is 2 of the 3 words of the first, 1 of 4 of the last.
    # 货 stands in 2 of 4 too, and is 1 of 3 words of the first, 1 of 2 of the second.
    assert scores(InvertedIndex(DOCUMENTS, TfIdf()), ["退", "货"]) == pytest.approx(
        [0.30103 * (2 / 3 + 1 / 3), 0.30103 / 2, 0, 0.30103 / 4], abs=1e-6
    )


def test_bm25_by_hand_as_it_is_written() -> None:
    index = InvertedIndex(DOCUMENTS, Bm25(k1=1.2, b=0.75, negative_idf="keep"))
    # 晚 is in 1 of 4 posts: lg(3.5 / 1.5) = 0.367977. Its post has 2 words, the mean is 11 / 4:
    # K = 1.2 * (0.25 + 0.75 * 2 / 2.75) = 0.954545, so 1 * 2.2 / 1.954545 = 1.125582.
    assert scores(index, ["晚"])[2] == pytest.approx(0.367977 * 1.125582, abs=1e-5)
    # 退 is in 2 of 4: lg(2.5 / 2.5) = 0; it counts nothing.
    assert scores(index, ["退"]) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("negative_idf", "expected"),
    [
        ("keep", math.log10(0.5 / 3.5)),
        ("zero", 0.0),
        ("shift", math.log10(1 + 0.5 / 3.5)),
        # The vocabulary is a (in all 3 posts) and b, c (in 1 each): lg(0.5 / 3.5), lg(2.5 / 1.5) twice.
        ("epsilon", 0.25 * (math.log10(0.5 / 3.5) + 2 * math.log10(2.5 / 1.5)) / 3),
    ],
)
def test_what_a_word_of_every_post_counts(negative_idf: str, expected: float) -> None:
    documents = [["a", "b"], ["a", "c"], ["a", "a"]]
    index = InvertedIndex(documents, Bm25(negative_idf=negative_idf))
    assert scores(index, ["a"])[0] == pytest.approx(expected, abs=1e-6)  # a post of mean length: the rest is 1


@given(documents=st.lists(words, min_size=1, max_size=12).filter(any), query=words)
def test_epsilon_is_rank_bm25(documents: list[list[str]], query: list[str]) -> None:
    ours = scores(InvertedIndex(documents, Bm25(negative_idf="epsilon")), query)
    theirs = BM25Okapi(documents).get_scores(query) / math.log(10)  # the decimal logarithm against the natural one
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("weighting", [TfIdf(), Bm25(), Bm25(negative_idf="epsilon")], ids=repr)
@given(data=st.data(), before=st.lists(words, max_size=12), query=words)
def test_an_updated_index_is_what_a_new_one_would_be(
    weighting: Weighting, data: st.DataObject, before: list[list[str]], query: list[str]
) -> None:
    rows = st.sampled_from([-1, *range(len(before))])
    old_rows = np.array(data.draw(st.lists(rows, max_size=12)), dtype=np.int64)
    added = [data.draw(words) for row in old_rows if row < 0]
    remaining = iter(added)
    after = [before[row] if row >= 0 else next(remaining) for row in old_rows]
    old = InvertedIndex(before, weighting)
    updated, new = old.updated(old_rows, added), InvertedIndex(after, weighting)
    np.testing.assert_allclose(scores(updated, query), scores(new, query), rtol=1e-6, atol=1e-12)
    assert updated.greatest_score([*query, "never"]) == pytest.approx(new.greatest_score([*query, "never"]))
    assert scores(old, query) == scores(InvertedIndex(before, weighting), query)


@given(documents=st.lists(words, min_size=1, max_size=12).filter(any), query=words)
def test_shift_is_the_lucene_method_of_bm25s(documents: list[list[str]], query: list[str]) -> None:
    import bm25s

    known = [word for word in query if any(word in document for document in documents)]
    if not known:
        return
    library = bm25s.BM25(method="lucene", dtype="float64")
    library.index(documents, show_progress=False)
    ours = scores(InvertedIndex(documents, Bm25()), known)
    theirs = library.get_scores(known) * 2.5 / math.log(10)  # bm25s leaves out the constant k1 + 1
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


@given(documents=st.lists(words, min_size=1, max_size=40), query=words)
def test_few_and_many_postings_are_added_up_alike(documents: list[list[str]], query: list[str]) -> None:
    weighting = Bm25()
    padded = documents + [["z"]] * 1_000  # few postings among many posts take the other way
    few, many = InvertedIndex(padded, weighting), InvertedIndex(padded, weighting)
    many.posts = 0
    rows, found = few.search(query)
    expected = np.zeros(len(padded))
    for word in query:
        for row, score in zip(*few.search([word]), strict=True):
            expected[row] += score
    np.testing.assert_allclose(found, expected[rows], rtol=1e-5, atol=1e-6)
    assert sorted(set(rows.tolist())) == rows.tolist()


def test_a_score_is_the_share_of_the_best_there_could_be() -> None:
    faq = Faq.of([Topic(name, name, (post,), ("好",)) for name, post in [("a", "ab"), ("b", "cd"), ("c", "ef")]])
    (hit,) = KeywordRetriever(faq, list).search(Question("ax"), 3)
    # Three posts of two words, query of two: every length norm is k1, so each known word weighs its IDF.
    known, unknown = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5)), math.log(1 + (3 + 0.5) / 0.5)
    assert hit.score == pytest.approx(known / (known + unknown))


def test_a_negative_idf_that_is_kept_still_orders_the_posts() -> None:
    faq = Faq.of([Topic("a", "a", ("xx", "x"), ("好",)), Topic("b", "b", ("xy",), ("好",))])
    hits = KeywordRetriever(faq, list, Bm25(negative_idf="keep")).search(Question("x"), 2)
    assert [hit.topic_id for hit in hits] == ["b", "a"]  # x counts against a post: the one with less of it comes first
    assert all(hit.score == 0.0 for hit in hits)
