from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from faq_component.decision.rules import ThresholdRule
from faq_component.errors import FaqDataError
from faq_component.evaluation import (
    Query,
    count_decisions,
    halves,
    hold_out,
    leave_one_out,
    load_queries,
    tune_thresholds,
)
from faq_component.evaluation.metrics import bootstrap
from faq_component.evaluation.nlu_test_data import nlu_test_yaml
from faq_component.evaluation.overlap import topic_overlaps
from faq_component.evaluation.results import DataSetResults, search_all
from faq_component.knowledge.checking import Faq, Topic
from faq_component.retrieval import DenseRetriever
from faq_component.retrieval.question import Question
from faq_component.types import Hit
from tests.fakes import CharacterEncoder

FAQ = Faq.of(Topic(f"t{n}", f"题{n}", tuple(f"{n}号第{p}句" for p in range(20)), ("好",)) for n in range(5))


class Fixed:
    """Gives the hits that were written down for a question."""

    def __init__(self, **hits: list[str]) -> None:
        self._hits = hits

    def search(self, question: Question, top_k: int) -> list[Hit]:
        return [Hit(topic_id, "post", 1 - rank / 10) for rank, topic_id in enumerate(self._hits[question.text][:top_k])]


def test_metrics_against_hand_worked_ranks() -> None:
    retriever = Fixed(a=["x", "y"], b=["y", "x"], c=["y", "z", "w", "x"], d=["y"])
    results = search_all(lambda _: retriever, [(FAQ, [Query(text, "x") for text in "abcd"])])
    report = DataSetResults("x", {}, 0, {"fixed": results}, {}).report("fixed")
    values = {name: interval.value for name, interval in report.metrics.items()}
    assert values == {"hit@1": 0.25, "hit@3": 0.5, "hit@10": 0.75, "MRR@10": pytest.approx((1 + 1 / 2 + 1 / 4) / 4)}
    for interval in report.metrics.values():
        assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert report.queries == 4


def test_the_times_of_every_retriever_hold_encoding() -> None:
    encoder = CharacterEncoder()
    queries = [Query(text, "t0") for text in "abcd"]
    for _ in range(2):
        encoder.encoded.clear()
        search_all(lambda faq: DenseRetriever(faq, encoder), [(FAQ, queries)])
        assert encoder.encoded[-len(queries) :] == list("abcd")


def test_bootstrap_covers_about_95_percent() -> None:
    draw = np.random.default_rng(1)
    covered = 0
    for seed in range(100):
        interval = bootstrap(draw.random(150) < 0.7, seed)
        covered += interval.low <= 0.7 <= interval.high
    assert 88 <= covered <= 100


def test_leave_one_out_asks_every_post_once_in_a_corpus_that_lacks_just_that_post_of_its_topic() -> None:
    faq = Faq.of([Topic("a", "甲", ("1", "2", "3"), ("好",)), Topic("b", "乙", ("4",), ("好",)), FAQ.topics[0]])
    splits = leave_one_out(faq)
    asked = [query.text for _, queries in splits for query in queries]
    assert sorted(asked) == sorted([*faq.topics[0].posts, *faq.topics[2].posts])
    for corpus, queries in splits:
        for query in queries:
            topic, whole = corpus.by_id[str(query.topic_id)], faq.by_id[str(query.topic_id)]
            assert set(whole.posts) - set(topic.posts) == {query.text}
        assert corpus.by_id["b"] == faq.by_id["b"]
    assert len(leave_one_out(faq, rounds=2)) == 2


def test_hold_out_is_repeatable_and_splits_every_topic() -> None:
    corpus, queries = hold_out(FAQ, 0.1, seed=4)
    assert hold_out(FAQ, 0.1, seed=4) == (corpus, queries)
    assert hold_out(FAQ, 0.1, seed=5)[1] != queries
    assert len(queries) == 10
    for topic in corpus.topics:
        held = {query.text for query in queries if query.topic_id == topic.id}
        assert len(held) == 2
        assert held | set(topic.posts) == set(FAQ.by_id[topic.id].posts)
        assert not held & set(topic.posts)


def test_hold_out_never_takes_the_last_post() -> None:
    single = Faq.of([Topic("one", "一", ("只有一句",), ())])
    assert hold_out(single, 1.0) == (single, [])


def test_halves() -> None:
    first, second = halves(range(11), seed=2)
    assert (len(first), len(second)) == (6, 5)
    assert sorted(first + second) == list(range(11))


def test_queries_find_their_topics_by_id_or_title(tmp_path: Path) -> None:
    file = tmp_path / "queries.json"
    file.write_text(json.dumps({"题1": ["问一"], "另名": {"id": "t2", "post": ["问二"]}}), "utf-8")
    assert load_queries(file, FAQ) == [Query("问一", "t1"), Query("问二", "t2")]
    file.write_text(json.dumps({"没有的": ["问"]}), "utf-8")
    with pytest.raises(FaqDataError, match="topic '没有的' is not in the corpus"):
        load_queries(file, FAQ)


SEARCHED = [
    (Query("right", "a"), [Hit("a", "p", 0.9), Hit("b", "p", 0.2)]),
    (Query("wrong", "a"), [Hit("b", "p", 0.9), Hit("a", "p", 0.2)]),
    (Query("close", "a"), [Hit("b", "p", 0.7), Hit("a", "p", 0.69)]),
    (Query("close, without it", "c"), [Hit("b", "p", 0.7), Hit("a", "p", 0.69)]),
    (Query("low", "a"), [Hit("a", "p", 0.1)]),
    (Query("unknown, high", None), [Hit("a", "p", 0.8)]),
    (Query("unknown, middle", None), [Hit("a", "p", 0.4)]),
    (Query("unknown, low", None), []),
]


def test_decisions_are_counted() -> None:
    counts = count_decisions(SEARCHED, ThresholdRule(answer=0.5, clarify=0.3, margin=0.1))
    assert vars(counts) == dict.fromkeys(vars(counts), 1)
    assert (counts.known, counts.unknown) == (5, 3)
    assert counts.utility == 1 + 0.5 - 0.25 - 0.25 - 1 - 1


def test_chosen_thresholds_separate_what_can_be_separated() -> None:
    known = [(Query("怎么退货", "a"), [Hit("a", "p", score)]) for score in (0.6, 0.7, 0.8, 0.9)]
    unknown = [(Query("天气", None), [Hit("a", "p", score)]) for score in (0.1, 0.3, 0.5)]
    counts = count_decisions(known + unknown, tune_thresholds(known + unknown))
    assert (counts.right, counts.unknown_rejected) == (4, 3)


def test_overlap_finds_templates() -> None:
    templated = Topic("a", "模板", ("你喜欢苹果吗", "你喜欢香蕉吗"), ())
    varied = Topic("b", "多样", ("睡了", "晚安啦"), ())
    first, second = topic_overlaps(Faq.of([varied, templated]))
    assert (first.title, second.mean) == ("模板", 0.0)
    assert first.mean == pytest.approx(2 / 8)


def test_nlu_test_data_is_what_rasa_reads() -> None:
    import yaml

    faq = Faq.of([Topic("a", "甲", ("一\n二", "# 三: 四"), ())])
    assert yaml.safe_load(nlu_test_yaml(faq, {"stop": ["算了"]}))["nlu"] == [
        {"intent": "faq/a", "examples": "- 一 二\n- # 三: 四\n"},
        {"intent": "stop", "examples": "- 算了\n"},
    ]
