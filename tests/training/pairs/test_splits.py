from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component.errors import SettingsError
from faq_component.evaluation.queries import Query
from faq_component.knowledge.topics import Faq, Topic
from faq_component.text import comparison_key
from faq_component.training.pairs.splits import split_posts, split_posts_by_hash, split_topics


def make_faq(topics: dict[str, list[str]]) -> Faq:
    return Faq.of(Topic(name, name, tuple(posts), ()) for name, posts in topics.items())


faqs = st.dictionaries(
    st.sampled_from("abcdefghijkl"),
    st.lists(st.text("xy!", min_size=1, max_size=4), min_size=1, max_size=6),
    min_size=2,
).map(make_faq)


def keys(faq: Faq) -> set[str]:
    return {comparison_key(post) for topic in faq.topics for post in topic.posts}


def test_held_out_posts_are_in_no_topic_of_the_training_part() -> None:
    faq = make_faq({"a": ["1", "2", "3", "4"], "b": ["1!", "2!", "3!", "4!", "5", "6"]})
    corpus, queries = split_posts(faq, 0.25, seed=0)
    assert [query.topic_id for query in queries] == ["a", "b", "b"]
    assert keys(corpus) == {"1", "2", "3", "4", "5", "6"} - {comparison_key(query.text) for query in queries}


def test_a_topic_whose_posts_are_all_held_out_elsewhere_goes() -> None:
    faq = make_faq({"a": ["same"], "b": ["same!", "other"]})
    splits = [split_posts(faq, 0.5, seed) for seed in range(20)]
    assert {(tuple(t.id for t in corpus.topics), tuple(queries)) for corpus, queries in splits} == {
        (("b",), (Query("same!", "b"),)),
        (("a", "b"), (Query("other", "b"),)),
    }


@given(faqs, st.integers(0, 5))
def test_split_posts_leaves_every_question_its_topic(faq: Faq, seed: int) -> None:
    corpus, queries = split_posts(faq, 0.3, seed)
    assert keys(corpus).isdisjoint(comparison_key(query.text) for query in queries)
    assert {query.topic_id for query in queries} <= set(corpus.by_id)


@given(faqs, st.integers(0, 5))
def test_split_topics_shares_no_topic_and_no_text(faq: Faq, seed: int) -> None:
    training, held_out = split_topics(faq, 0.3, seed)
    assert len(held_out.topics) == min(max(round(0.3 * len(faq.topics)), 1), len(faq.topics) - 1)
    assert set(training.by_id).isdisjoint(held_out.by_id)
    assert keys(training) == keys(faq) - keys(held_out)
    assert all(topic == faq.by_id[topic.id] for topic in held_out.topics)
    assert all(topic.posts for topic in training.topics)
    again = split_topics(Faq.of(reversed(faq.topics)), 0.3, seed)
    assert set(again[1].by_id) == set(held_out.by_id)


def test_one_in_ten_topics() -> None:
    faq = make_faq({f"t{number:03}": [f"post {number}"] for number in range(100)})
    training, held_out = split_topics(faq)
    assert (len(training.topics), len(held_out.topics)) == (90, 10)
    assert split_topics(faq, seed=1)[1] != held_out == split_topics(faq)[1]


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
def test_share_out_of_bounds(share: float) -> None:
    for split in (split_posts, split_topics):
        with pytest.raises(SettingsError, match="it must be between 0 and 1"):
            split(make_faq({"a": ["x"], "b": ["y"]}), share)


def test_one_topic_cannot_be_split() -> None:
    with pytest.raises(SettingsError, match="1 topic is too few to hold some out; there must be at least two"):
        split_topics(make_faq({"a": ["x"]}))


@given(faqs, st.integers(0, 5))
def test_a_split_by_hash_leaves_every_question_its_topic(faq: Faq, seed: int) -> None:
    corpus, queries = split_posts_by_hash(faq, 0.3, seed)
    assert keys(corpus).isdisjoint(comparison_key(query.text) for query in queries)
    assert {query.topic_id for query in queries} <= set(corpus.by_id)


def test_a_split_by_hash_outlives_edits() -> None:
    posts = {topic: [f"{topic}{number}" for number in range(40)] for topic in "ab"}
    _, before = split_posts_by_hash(make_faq(posts))
    _, after = split_posts_by_hash(make_faq({"new": ["n1", "n2"], "b": ["first", *posts["b"]], "a": posts["a"][5:]}))
    gone = {f"a{number}" for number in range(5)}
    assert {query.text for query in before} - gone <= {query.text for query in after}
    assert 2 <= len(before) <= 16
