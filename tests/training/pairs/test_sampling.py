from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq_component.encoders import Vectors
from faq_component.errors import SettingsError
from faq_component.evaluation.pairs import Pair
from faq_component.knowledge.topics import Faq, Topic
from faq_component.training.pairs.clusters import CLUSTERINGS, cluster
from faq_component.training.pairs.difficulty import measure_difficulty
from faq_component.training.pairs.examples import Example, from_pairs
from faq_component.training.pairs.negatives import hard_negatives
from faq_component.training.pairs.posts import Posts
from faq_component.training.pairs.sampling import Sample, positive_rows, sample
from faq_component.training.pairs.sampling_settings import SamplingSettings
from tests.fakes import CharacterEncoder


def make_faq(topics: dict[str, list[str]]) -> Faq:
    return Faq.of(Topic(name, name, tuple(posts), ()) for name, posts in topics.items())


def sized(*sizes: int) -> Faq:
    return make_faq({f"t{topic}": [f"t{topic}p{post}" for post in range(size)] for topic, size in enumerate(sizes)})


def vectors_of(faq: Faq) -> Vectors:
    return CharacterEncoder().encode(Posts.of(faq).texts)


def at_angles(*degrees: float) -> Vectors:
    radians = np.deg2rad(degrees)
    vectors: Vectors = np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)
    return vectors


def unordered(examples: list[Example]) -> Counter[frozenset[str]]:
    return Counter(frozenset((example.first, example.second)) for example in examples)


faqs = st.lists(st.integers(1, 7), min_size=1, max_size=8).map(lambda sizes: sized(*sizes))
choices = st.builds(
    SamplingSettings,
    positives_per_post=st.integers(1, 4),
    negatives_per_post=st.integers(1, 4),
    strategy=st.sampled_from(["local", "global", "hard"]),
    beta=st.sampled_from([0.5, 2.0, 5.0]),
    skip=st.integers(0, 3),
    max_cosine=st.sampled_from([None, 0.99]),
    balance=st.sampled_from([None, 0.5, 1.0, 3.0]),
    seed=st.integers(0, 3),
)


@settings(max_examples=60, deadline=None)
@given(faqs, choices)
def test_every_sample_keeps_its_invariants(faq: Faq, chosen: SamplingSettings) -> None:
    drawn = sample(faq, chosen, vectors_of(faq))
    topic_of = dict(zip(Posts.of(faq).texts, Posts.of(faq).topics, strict=True))
    for example in drawn.examples:
        assert example.groups == (topic_of[example.first], topic_of[example.second])
        assert example.same == (example.groups[0] == example.groups[1])
        assert example.first != example.second
    assert max(unordered(drawn.examples).values(), default=1) == 1
    assert Counter(example.same for example in drawn.examples) == +Counter(
        {True: drawn.counts.positives, False: drawn.counts.negatives}
    )
    if chosen.balance:
        assert abs(drawn.counts.negatives - chosen.balance * drawn.counts.positives) <= max(chosen.balance, 1) / 2


@settings(max_examples=30, deadline=None)
@given(faqs, choices)
def test_a_sample_depends_on_the_seed_alone(faq: Faq, chosen: SamplingSettings) -> None:
    vectors = vectors_of(faq)
    assert sample(faq, chosen, vectors) == sample(Faq.of(reversed(faq.topics)), chosen, vectors)


def positives(faq: Faq, per_post: int, seed: int) -> list[tuple[str, str]]:
    posts = Posts.of(faq)
    return [(posts.texts[first], posts.texts[second]) for first, second in positive_rows(posts, per_post, seed)]


@given(st.integers(1, 9), st.integers(0, 5), st.integers(0, 3))
def test_positives_are_as_many_as_there_can_be(size: int, per_post: int, seed: int) -> None:
    pairs = positives(sized(size), per_post, seed)
    assert len(pairs) == min(size * per_post, size * (size - 1) // 2)
    assert max(Counter(first for first, _ in pairs).values(), default=0) <= per_post


def test_positives_differ_with_the_seed() -> None:
    assert len({tuple(positives(sized(9), 1, seed)) for seed in range(5)}) > 1


@pytest.mark.parametrize("size", [2, 3, 12, 190])
def test_the_pairs_of_a_topic_connect_it_in_a_file_too(size: int) -> None:
    for seed in range(5):
        pairs = [Pair(first, second, True) for first, second in positives(sized(size, size), 1, seed)]
        assert len({group for example in from_pairs(pairs) for group in example.groups}) == 2


def test_all_negatives_are_drawn_where_there_are_few() -> None:
    drawn = sample(sized(2, 2), SamplingSettings(strategy="global"))
    assert set(unordered([example for example in drawn.examples if not example.same])) == {
        frozenset((f"t0p{one}", f"t1p{other}")) for one in (0, 1) for other in (0, 1)
    }


def test_global_negatives_come_from_everywhere() -> None:
    faq = sized(*[2] * 10)
    seen = Counter[str]()
    for seed in range(50):
        drawn = sample(faq, SamplingSettings(positives_per_post=0, negatives_per_post=1, strategy="global", seed=seed))
        seen.update(example.groups[1] for example in drawn.examples if example.groups[0] == "t3")
    assert set(seen) == {f"t{number}" for number in range(10)} - {"t3"}


def test_local_negatives_come_from_the_cluster() -> None:
    # Four topics in two heaps: a and b near 0 degrees, c and d near 90.
    faq = make_faq({name: [f"{name}{number}" for number in range(3)] for name in "abcd"})
    vectors = at_angles(0, 1, 2, 3, 4, 5, 90, 91, 92, 93, 94, 95)
    heap = {"a": 0, "b": 0, "c": 1, "d": 1}
    for clustering in CLUSTERINGS:
        drawn = sample(faq, SamplingSettings(negatives_per_post=1, clustering=clustering, beta=2.0), vectors)
        assert (drawn.counts.clusters, drawn.counts.filled, drawn.counts.negatives) == (2, 0, 12)
        assert all(heap[example.groups[0]] == heap[example.groups[1]] for example in drawn.examples)


def test_negatives_a_cluster_lacks_are_filled_from_all_posts() -> None:
    faq = make_faq({"a": ["a0", "a1"], "b": ["b0", "b1"]})
    drawn = sample(faq, SamplingSettings(negatives_per_post=2, beta=1.0), at_angles(0, 1, 90, 91))
    assert (drawn.counts.clusters, drawn.counts.negatives, drawn.counts.filled) == (2, 4, 4)


@pytest.mark.parametrize(
    ("skip", "max_cosine", "expected"),
    [
        # a0 at 0 and a1 at 5 degrees; b0 at 10, c0 at 30, c1 at 60: the nearest of other topics.
        (0, None, {("a0", "b0"), ("a1", "b0"), ("c0", "b0"), ("c1", "b0")}),
        (1, None, {("a0", "c0"), ("a1", "c0"), ("b0", "a0"), ("c1", "a1")}),
        (0, 0.97, {("a0", "c0"), ("a1", "c0"), ("b0", "c0"), ("c1", "b0")}),  # cosines of 14 degrees and more
        (2, 0.7, {("a0", "c1"), ("c1", "a0"), ("b0", "c1"), ("a1", "c1")}),
        (9, None, set()),
    ],
)
def test_hard_negatives_by_hand(skip: int, max_cosine: float | None, expected: set[tuple[str, str]]) -> None:
    posts = Posts.of(make_faq({"a": ["a0", "a1"], "b": ["b0"], "c": ["c0", "c1"]}))
    pairs = hard_negatives(posts, at_angles(0, 5, 10, 30, 60), 1, skip=skip, max_cosine=max_cosine)
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    found = {frozenset((posts.texts[one], posts.texts[other])) for one, other in pairs}
    assert found == {frozenset(pair) for pair in expected}


@settings(max_examples=30, deadline=None)
@given(faqs, st.integers(1, 3), st.integers(0, 4), st.sampled_from([None, 0.9, 0.5, -1.0]))
def test_hard_negatives_are_those_of_a_sorted_list(faq: Faq, per_post: int, skip: int, most: float | None) -> None:
    posts = Posts.of(faq)
    vectors = np.random.default_rng(len(posts)).normal(size=(len(posts), 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = vectors @ vectors.T
    expected = set()
    for row in range(len(posts)):
        others = [other for other in range(len(posts)) if posts.topics[other] != posts.topics[row]]
        ranked = sorted(others, key=lambda other: -cosines[row, other])[skip:]
        allowed = [other for other in ranked if most is None or cosines[row, other] <= most]
        expected |= {frozenset((row, other)) for other in allowed[:per_post]}
    assert {
        frozenset(pair) for pair in hard_negatives(posts, vectors, per_post, skip=skip, max_cosine=most)
    } == expected


def test_posts_of_several_topics_and_repeated_ones() -> None:
    posts = Posts.of(make_faq({"b": ["你好", "再见", "再见！"], "a": ["你好。", "早"], "c": ["你好"]}))
    assert (posts.texts, posts.topics, posts.ambiguous) == (("早", "再见"), ("a", "b"), 1)
    assert posts.spans == {"a": (0, 1), "b": (1, 2)}


def test_nothing_to_draw_from() -> None:
    for strategy in ("global", "local", "hard"):
        assert sample(make_faq({}), SamplingSettings(strategy=strategy), np.zeros((0, 4), np.float32)).examples == []


@pytest.mark.parametrize("clustering", CLUSTERINGS)
def test_clusters_are_repeatable_and_no_more_than_vectors(clustering: str) -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    labels = cluster(vectors, 5, clustering, seed=1)
    assert labels.tolist() == cluster(vectors, 5, clustering, seed=1).tolist()
    assert set(labels.tolist()) == set(range(5))
    assert len(cluster(vectors[:3], 9, clustering)) == 3
    assert cluster(vectors, 1, clustering).tolist() == [0] * 40


def test_many_vectors_are_clustered_in_mini_batches() -> None:
    vectors = np.repeat(at_angles(0, 90, 180), 3_500, axis=0)
    labels = cluster(vectors, 3).reshape(3, 3_500)
    assert sorted({tuple(set(line)) for line in labels.tolist()}) == [(0,), (1,), (2,)]


def test_difficulty_by_hand() -> None:
    posts = Posts.of(make_faq({"a": ["a0", "a1"], "b": ["b0"]}))
    examples = [
        Example("a0", "a1", True, ("a", "a")),
        Example("a0", "b0", False, ("a", "b")),
        Example("a1", "b0", False, ("a", "b")),
    ]
    found = measure_difficulty(examples, posts, at_angles(0, 60, 90))
    assert found.mean_positive == pytest.approx(0.5)
    assert found.mean_negative == pytest.approx(np.cos(np.pi / 6) / 2, abs=1e-6)
    assert found.negatives_above == pytest.approx(0.5)


def test_fewer_clusters_make_easier_negatives() -> None:
    faq = sized(*[8] * 24)
    posts = Posts.of(faq)
    draw = np.random.default_rng(0)
    vectors = np.repeat(draw.normal(size=(24, 8)), 8, axis=0) + draw.normal(size=(192, 8))
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def mean_negative(**chosen: Any) -> float:
        return measure_difficulty(sample(faq, SamplingSettings(**chosen), unit).examples, posts, unit).mean_negative

    means = [mean_negative(beta=beta) for beta in (1.0, 3.0, 12.0)]
    order = [mean_negative(strategy="hard"), *means, mean_negative(strategy="global")]
    assert order == sorted(order, reverse=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"strategy": "near"}, "setting 'strategy' is 'near'; choose one of local, global, hard"),
        ({"clustering": "dbscan"}, "setting 'clustering' is 'dbscan'; choose one of kmeans, mixture"),
        ({"positives_per_post": -1}, "setting 'positives_per_post' is -1; it must be between 0 and 1000"),
        ({"negatives_per_post": 1.5}, "setting 'negatives_per_post' is 1.5; it must be a whole number"),
        ({"beta": 0.0}, "setting 'beta' is 0.0; it must be between 0.01 and 1000000.0"),
        ({"beta": None}, "setting 'beta' is None; it must be a number"),
        ({"max_cosine": 2.0}, "setting 'max_cosine' is 2.0; it must be between -1.0 and 1.0"),
        ({"balance": "1"}, "setting 'balance' is '1'; it must be a number"),
        ({"positives_per_post": 0, "negatives_per_post": 0}, "are both 0; draw at least one kind of pair"),
        ({"positives_per_post": 0, "balance": 1.0}, "balance is 1.0, but only one kind of pair is drawn"),
    ],
)
def test_settings_out_of_bounds(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        SamplingSettings(**values)


def test_vectors_that_do_not_fit() -> None:
    with pytest.raises(SettingsError, match="strategy 'local' needs vectors of the posts; give them, or take 'global'"):
        sample(sized(2, 2), SamplingSettings())
    with pytest.raises(
        SettingsError, match=r"there are 3 vectors for 4 posts; give one for each text of Posts.of\(faq\)"
    ):
        sample(sized(2, 2), SamplingSettings(), at_angles(0, 1, 2))


def test_balance_cuts_the_longer_side() -> None:
    def counts(balance: float) -> Sample:
        return sample(sized(4, 4), SamplingSettings(1, 2, strategy="global", balance=balance))

    assert (counts(0.5).counts.positives, counts(0.5).counts.negatives, counts(0.5).counts.cut) == (8, 4, 12)
    assert (counts(4.0).counts.positives, counts(4.0).counts.negatives, counts(4.0).counts.cut) == (4, 16, 4)


def test_sampling_is_imported_without_heavy_packages() -> None:
    code = "import sys, json, faq_component.training.pairs.sampling; print(json.dumps(sorted(sys.modules)))"
    result = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, check=True, text=True)
    assert not set(json.loads(result.stdout)) & {"sklearn", "torch", "transformers", "rasa", "faq_component.cli"}
