"""The classifier of topics: softmax regression on the posts' vectors, kept on disk, and fitted anew where edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from faq_component.assistant.build_retrievers import build_retriever
from faq_component.assistant.build_rules import build_calibration, build_thresholds
from faq_component.encoders import Vectors
from faq_component.knowledge.checking import Faq, Topic, load_faq
from faq_component.retrieval import DenseRetriever, HybridRetriever, KeywordRetriever, Retriever
from faq_component.retrieval import classifier as module
from faq_component.retrieval.classifier import TopicClassifier
from faq_component.retrieval.hybrid import FusionWeights, updated_classifier
from faq_component.retrieval.indexes import RowNumbers
from faq_component.retrieval.question import Among, Question
from faq_component.settings import Settings
from faq_component.types import BELOW_CERTAIN, CERTAIN
from tests.fakes import CharacterEncoder

TOPICS = 4


def some_posts(dim: int = 6, of_each: int = 15) -> tuple[Vectors, RowNumbers]:
    """Unit vectors around four directions, so noisy that no plane parts them, and their topics."""
    draw = np.random.default_rng(0)
    topics = np.repeat(np.arange(TOPICS), of_each)
    vectors = np.eye(TOPICS, dim)[topics] + draw.normal(scale=0.4, size=(len(topics), dim)) + 0.3
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), topics


def scaled(vectors: Vectors) -> Vectors:
    centered = vectors - vectors.mean(axis=0)
    rows: Vectors = centered / np.sqrt((centered**2).sum(axis=1).mean())
    return rows


def loss(weights: Vectors, vectors: Vectors, topics: RowNumbers) -> float:
    logits = (scaled(vectors) @ weights[:, :-1].T + weights[:, -1]).astype(np.float64)
    entropy = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(topics)), topics]
    return float(50 * entropy.sum() + 0.5 * (weights[:, :-1].astype(np.float64) ** 2).sum())


def test_it_is_softmax_regression() -> None:
    vectors, topics = some_posts()
    reference = LogisticRegression(C=50, tol=1e-8, max_iter=1000).fit(scaled(vectors), topics)
    fitted = TopicClassifier.fit(vectors, topics, TOPICS)
    found = np.stack([fitted.log_probabilities(vector) for vector in vectors])
    assert found == pytest.approx(reference.predict_log_proba(scaled(vectors)), abs=0.02)
    assert np.exp(found).sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_the_length_of_vectors_does_not_matter() -> None:
    vectors, topics = some_posts()
    long = TopicClassifier.fit(7 * vectors, topics, TOPICS)
    assert long.scores(3 * vectors[0]) == pytest.approx(
        TopicClassifier.fit(vectors, topics, TOPICS).scores(vectors[0]), abs=0.01
    )


def test_scores_are_log_probabilities_on_a_scale_of_twelve() -> None:
    weights = np.array([[0, 0, 0], [0, 0, -6], [0, 0, -30]], dtype=np.float32)
    some = TopicClassifier(weights, np.zeros(2, dtype=np.float32), 1.0)
    assert some.scores(np.array([1, 0], dtype=np.float32)) == pytest.approx([1.0, 0.5, 0.0], abs=1e-3)


def test_a_topic_of_a_scope_is_no_surer_than_among_all() -> None:
    vectors, topics = some_posts()
    fitted = TopicClassifier.fit(vectors, topics, TOPICS)
    among = np.arange(TOPICS) == 1
    for vector in vectors:
        scores = fitted.scores(vector, among)
        assert scores[1] == fitted.scores(vector)[1]
        assert not scores[~among].any()


def test_some_topics_are_fitted_among_others_that_stay() -> None:
    vectors, topics = some_posts()
    start = TopicClassifier.fit(vectors, topics, TOPICS)
    spoilt = replace(start, weights=start.weights * np.array([[1], [0], [1], [-1]], dtype=np.float32))
    again = spoilt.refitted(vectors, topics, np.array([1, 3]))
    assert (again.weights[[0, 2]] == start.weights[[0, 2]]).all()
    assert loss(again.weights, vectors, topics) == pytest.approx(loss(start.weights, vectors, topics), rel=1e-3)
    assert start.refitted(vectors, topics, np.array([], dtype=np.int64)) is start


def test_posts_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, topics = some_posts()
    at_once = TopicClassifier.fit(vectors, topics, TOPICS)
    monkeypatch.setattr(module, "_CHUNK", 7 * TOPICS)
    in_parts = TopicClassifier.fit(vectors, topics, TOPICS)
    assert loss(in_parts.weights, vectors, topics) == pytest.approx(loss(at_once.weights, vectors, topics), rel=1e-4)


def test_equal_posts_leave_nothing_to_learn() -> None:
    draw = np.random.default_rng(0)
    for count in range(2, 8):
        vectors = np.tile(draw.normal(size=384).astype(np.float32), (2 * count, 1))
        some = TopicClassifier.fit(vectors, np.repeat([0, 1], count), 2)
        for question in (vectors[0], draw.normal(size=384).astype(np.float32)):
            assert some.log_probabilities(question) == pytest.approx(np.log([0.5, 0.5]), abs=1e-2)


def test_it_is_fitted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, topics = some_posts()
    fitted = TopicClassifier.load_or_fit(tmp_path, vectors, topics, TOPICS)
    with monkeypatch.context() as patched:
        patched.setattr(TopicClassifier, "fit", None)
        read = TopicClassifier.load_or_fit(tmp_path, vectors, topics, TOPICS)
    assert (read.weights == fitted.weights).all()
    assert (read.scores(vectors[0]) == fitted.scores(vectors[0])).all()
    for others in ((vectors[::-1].copy(), topics, TOPICS), (vectors, topics[::-1].copy(), TOPICS)):
        TopicClassifier.load_or_fit(tmp_path, *others)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_damaged_file_is_fitted_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    vectors, topics = some_posts()
    fitted = TopicClassifier.load_or_fit(tmp_path, vectors, topics, TOPICS)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert TopicClassifier.load_or_fit(tmp_path, vectors, topics, TOPICS).weights == pytest.approx(fitted.weights)
    assert "is damaged; it is rebuilt" in caplog.text


def faq_of(**posts: Sequence[str]) -> Faq:
    return Faq.of([Topic(name, name, tuple(of_topic), ("好",)) for name, of_topic in posts.items()])


RETURNS = ("我要退款", "怎么退款", "能退款吗", "退款要几天")
CHANGES = ("我要换款", "怎么换款", "能换款吗", "换款要几天")


def hybrid(faq: Faq, share: float = 0.5) -> HybridRetriever:
    dense = DenseRetriever(faq, CharacterEncoder())
    table = dense.table
    classifier = TopicClassifier.fit(dense.vectors, table.topics, len(table.ids))
    return HybridRetriever(dense, KeywordRetriever(faq, list), FusionWeights(classifier=share), classifier)


def test_it_learns_which_character_tells_topics_apart() -> None:
    faq = faq_of(returns=RETURNS, changes=CHANGES)
    question = "麻烦问下要怎么换"
    with_it, without = hybrid(faq).search(Question(question), 2), hybrid(faq, 0.0).search(Question(question), 2)
    assert [hit.topic_id for hit in with_it] == ["changes", "returns"]
    assert with_it[0].score - with_it[1].score > 1.5 * (without[0].score - without[1].score)


def test_the_score_of_a_topic_is_mixed_by_its_share() -> None:
    faq = faq_of(returns=RETURNS, changes=CHANGES, night=("晚安", "我睡了"))
    question = "怎么换"
    retriever = hybrid(faq, 0.3)
    without = {hit.topic_id: hit.score for hit in hybrid(faq, 0.0).search(Question(question), 3)}
    assert retriever.classifier is not None
    learned = dict(
        zip(faq.by_id, retriever.classifier.scores(retriever.dense.encode(Question(question))).tolist(), strict=True)
    )
    for hit in retriever.search(Question(question), 3):
        assert hit.score == pytest.approx(0.7 * without[hit.topic_id] + 0.3 * learned[hit.topic_id], abs=1e-5)


def test_what_the_answered_topic_had_goes_to_the_others() -> None:
    faq = faq_of(returns=RETURNS, changes=CHANGES, night=("晚安", "我睡了"))
    retriever = hybrid(faq, 1.0)
    asked = Question("我要退款和换款")
    everything = {hit.topic_id: hit.score for hit in retriever.search(asked, 3)}
    hits = retriever.search(asked.within(Among(answered="returns")), 3)
    assert [hit.topic_id for hit in hits] == ["changes", "night"]
    assert hits[0].score > everything["changes"]
    scoped = retriever.search(asked.within(Among(frozenset({"changes", "night"}))), 3)
    assert scoped[0].score == pytest.approx(everything["changes"])  # its users may ask what is not in their scope
    assert retriever.search(asked.within(Among(answered="gone")), 3)[0].score == pytest.approx(max(everything.values()))


def test_its_share_is_greater_where_topics_have_few_posts() -> None:
    for subwords, wanted in ((False, [0.577, 0.45, 0.317]), (True, [0.585, 0.5, 0.411])):
        shares = [
            FusionWeights(classifier=0.3).classifier_share(posts, 100, subwords=subwords)
            for posts in (100, 1_200, 20_000)
        ]
        assert shares == pytest.approx(wanted, abs=1e-3)
        assert FusionWeights(classifier=0.3).classifier_share(7, 7, subwords=subwords) == 0.3  # thresholds decide
        assert FusionWeights(classifier=0.9).classifier_share(100, 100, subwords=subwords) == 1.0
        assert FusionWeights(classifier=0.0).classifier_share(100, 100, subwords=subwords) == 0.0


def test_a_post_itself_is_certain_whatever_it_says() -> None:
    faq = faq_of(returns=(*RETURNS, "换换换款"), changes=CHANGES)
    first = hybrid(faq, 0.9).search(Question("换换换款"), 1)[0]
    assert first.topic_id == "returns"
    assert first.score == pytest.approx(1.0, abs=1e-3)


def test_what_is_only_likely_is_not_certain() -> None:
    hits = hybrid(faq_of(returns=RETURNS, changes=CHANGES), 1.0).search(Question("怎么换"), 2)
    assert 0.9 < hits[0].score <= np.float32(BELOW_CERTAIN) < CERTAIN


def test_its_likeliest_topics_are_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faq_component.retrieval.hybrid.CANDIDATES", 1)
    faq = faq_of(returns=RETURNS, changes=CHANGES, night=("晚安", "我睡了"))
    assert {hit.topic_id for hit in hybrid(faq).search(Question("怎么换"), 3)} == set(faq.by_id)


def test_an_edit_fits_only_what_it_changes() -> None:
    faq = faq_of(returns=RETURNS, changes=CHANGES, night=("晚安", "我睡了"))
    before = hybrid(faq)
    edited = faq_of(night=("晚安", "我睡了"), invoice=("开发票", "要发票", "有发票吗"), returns=RETURNS)
    after = before.updated(edited)
    assert before.classifier is not None
    assert after.classifier is not None
    numbers = list(faq.by_id).index("night"), list(faq.by_id).index("returns")
    assert (after.classifier.weights[[0, 2]] == before.classifier.weights[list(numbers)]).all()
    assert after.search(Question("发票怎么开"), 3)[0].topic_id == "invoice"
    assert "changes" not in {hit.topic_id for hit in after.search(Question("怎么换款"), 3)}


def test_a_very_large_edit_is_live_before_it_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faq_component.retrieval.hybrid.MOST_AT_ONCE", 7)
    after = hybrid(faq_of(returns=RETURNS)).updated(faq_of(returns=RETURNS, changes=CHANGES))
    assert after.classifier is not None
    assert not after.classifier.weights.any()
    assert after.search(Question("怎么换款"), 1)[0].topic_id == "changes"


def test_an_edit_of_responses_leaves_it_as_it_is() -> None:
    faq = faq_of(returns=RETURNS, changes=CHANGES)
    before = hybrid(faq)
    edited = Faq.of(replace(topic, responses=("请稍等",)) for topic in faq.topics)
    after = before.updated(edited).classifier
    assert before.classifier is not None
    assert after is not None
    assert (after.weights == before.classifier.weights).all()


def test_with_one_topic_or_none_there_is_no_classifier() -> None:
    before = hybrid(faq_of(returns=RETURNS, changes=CHANGES))
    left = before.updated(faq_of(returns=RETURNS))
    assert left.classifier is None  # it would be sure of any question
    assert left.search(Question("怎么退款"), 1)[0].topic_id == "returns"
    assert left.updated(faq_of(returns=RETURNS, night=("晚安",))).search(Question("晚安"), 1)[0].topic_id == "night"
    empty = left.updated(faq_of())
    assert empty.classifier is None
    assert empty.updated(faq_of(night=("晚安",))).search(Question("晚安"), 1)[0].topic_id == "night"


def test_a_very_large_faq_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    faq = faq_of(returns=RETURNS, changes=CHANGES)
    before = hybrid(faq)
    monkeypatch.setattr("faq_component.retrieval.hybrid.MOST", 8 * 2 - 1)
    assert before.classifier is not None
    assert updated_classifier(before.classifier, before.dense.table, before.dense) is None


def test_the_share_of_the_settings(tmp_path: Path) -> None:
    settings = Settings(cache_dir=str(tmp_path))
    faq = faq_of(returns=RETURNS, changes=CHANGES)
    built = [build_retriever(replace(settings, classifier_weight=share), faq) for share in (0.0, 0.4)]
    assert all(isinstance(retriever, HybridRetriever) for retriever in built)
    classifiers = [retriever.classifier for retriever in built if isinstance(retriever, HybridRetriever)]
    assert classifiers[0] is None
    assert classifiers[1] is not None
    assert (tmp_path / "classifiers").is_dir()


def test_thresholds_are_lower_where_there_is_no_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    faq = faq_of(returns=RETURNS, changes=CHANGES)
    shipped = build_thresholds(Settings(), faq)
    without = build_thresholds(Settings(classifier_weight=0.0), faq)
    assert without.answer < shipped.answer
    assert build_thresholds(Settings(retriever="milvus"), faq) == without
    monkeypatch.setattr("faq_component.retrieval.hybrid.MOST", 8 * 2 - 1)
    assert build_thresholds(Settings(), faq) == without


def test_the_confidence_of_a_very_large_faq_is_fitted_without_a_classifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faq = load_faq("data/faq")
    part = Faq.of(faq.topics[:10])
    posts = sum(len(topic.posts) for topic in part.topics)
    of_parts = []

    def build(settings: Settings, reduced: Faq) -> Retriever:
        of_parts.append(settings.classifier_weight)
        return build_retriever(settings, reduced)

    monkeypatch.setattr("faq_component.assistant.build_rules.build_retriever", build)
    for number, most in enumerate((posts * 10, posts * 10 - 1)):
        monkeypatch.setattr("faq_component.retrieval.hybrid.MOST", most)
        build_calibration(Settings(cache_dir=str(tmp_path / str(number))), part)
    assert of_parts == [0.3, 0.0]
