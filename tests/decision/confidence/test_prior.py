"""The prior over FAQs: its file, its bounds, and how the posts of an FAQ move it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from faq_component.assistant.build_retrievers import build_retriever
from faq_component.assistant.build_rules import build_precision, has_prior
from faq_component.decision.confidence import OffsetPrior, PriorConfidence, shipped_prior
from faq_component.decision.confidence.evidence import NAMES
from faq_component.decision.confidence.fit import worth_fitting
from faq_component.decision.confidence.prior import Bounds, Line, Prior
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from tests.caches import warmed

COUNT = len(NAMES)
PRIOR = Prior(
    Line(-1.0, (1.0,) + (0.0,) * (COUNT - 1)),
    Line(1.0, (3.0,) + (0.0,) * (COUNT - 1)),
    (Bounds(0.9, 0.6, 0.7), Bounds(0.95, 0.8, 0.9)),
    (Bounds(0.5, 0.1, 0.2),),
    OffsetPrior(0.8, 0.3, 1.5, 12.0),
)


def faq_of(topics: int, posts: int) -> Faq:
    return Faq.of(
        Topic(f"t{number}", "题", tuple(f"{number}和{place}" for place in range(posts)), ("好",))
        for number in range(topics)
    )


def test_the_shipped_prior() -> None:
    prior = shipped_prior()
    assert Prior.from_json(json.loads(json.dumps(prior.to_json()))) == prior
    for line in (prior.few, prior.many):
        weights = dict(zip(NAMES, line.weights, strict=True))
        assert weights["lead over the second topic"] > 0
        assert weights["nearer to that post than posts of the other topics are"] > 0
    for share in (0.0, 0.3, 1.0):
        bounds = [prior.answer_from(precision, share) for precision in (0.5, 0.8, 0.9, 0.95, 0.97, 0.99, 1.0)]
        assert bounds == sorted(bounds)
        assert bounds[0] < bounds[3] < bounds[-1] == 1.0
        assert prior.ask_from(0.5, share, bounds[3]) < bounds[3]
        assert prior.ask_from(0.5, share, 0.01) == 0.01


def test_bounds_and_weights_are_interpolated() -> None:
    assert PRIOR.answer_from(0.95, 0.0) == pytest.approx(0.8)
    assert PRIOR.answer_from(0.95, 0.5) == pytest.approx(0.85)
    assert PRIOR.answer_from(0.925, 0.5) == pytest.approx(0.75)
    assert PRIOR.answer_from(0.2, 1.0) == pytest.approx(0.7)
    assert PRIOR.answer_from(0.96, 1.0) == 1.0
    middle = PRIOR.line(0.25)
    assert middle.intercept == pytest.approx(-0.5)
    assert middle.weights[0] == pytest.approx(1.5)


def without_offsets() -> dict[str, object]:
    return {name: value for name, value in shipped_prior().to_json().items() if name != "held-out posts"}


@pytest.mark.parametrize("content", [{}, None, {"features": [{"name": "length"}]}, {"features": []}, without_offsets()])
def test_a_file_that_is_no_prior(content: object) -> None:
    with pytest.raises(ValueError, match=r"not a prior|other features"):
        Prior.from_json(content)


@pytest.mark.parametrize(
    ("topics", "posts", "expected"), [(20, 12, False), (500, 2, False), (60, 12, False), (60, 13, True)]
)
def test_only_many_posts_are_worth_a_fit(topics: int, posts: int, expected: bool) -> None:
    assert worth_fitting(faq_of(topics, posts)) is expected


def test_the_prior_is_one_for_the_scores_of_hybrid_retrieval() -> None:
    small = faq_of(20, 1)
    assert has_prior(Settings(), small)
    assert not has_prior(Settings(), faq_of(60, 13))
    assert not has_prior(Settings(classifier_weight=0.0), small)
    for other in ({"retriever": "keyword"}, {"reranker": "cross"}, {"similarity": "dot"}):
        assert not has_prior(replace(Settings(), **other), small)  # type: ignore[arg-type]


def test_evidence_and_confidence_follow_an_edit(
    in_the_checkout: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = Settings(cache_dir=warmed(tmp_path_factory.mktemp("prior")), threads=1)
    posts = ("怎么退货", "运费多少", "怎么开发票", "几点上班", "保修多久", "有优惠吗", "密码忘了", "怎么改地址")
    faq = Faq.of(Topic(post, post, (post,), ("好",)) for post in posts)
    rule = build_precision(settings, faq)
    assert rule is not None
    assert isinstance(rule.confidence, PriorConfidence)
    evidence = rule.confidence.evidence
    assert evidence.share_of_many == 0
    question = Question("想退货怎么办理")
    hits = build_retriever(settings, faq).search(question, 5)
    values = dict(zip(NAMES, evidence.measure(question, hits), strict=True))
    assert values["lead over the second topic"] == pytest.approx(hits[0].score - hits[1].score)
    assert 0 < values["similarity to the nearest post"] < 1
    assert values["logarithm of the topic's posts"] == 0
    assert values["length up to 80 characters"] == 7
    before = rule.confidence.probability(question, hits)
    assert before > rule.confidence.probability(Question("今天会下雨吗"), hits)
    assert rule.confidence.probability(question, []) == 0
    edited = Faq.of([*faq.topics, Topic("退", "退货流程", ("退货怎么办理",), ("好",))])
    retriever = build_retriever(settings, edited)
    after = rule.updated(edited, retriever)
    now = retriever.search(question, 5)
    assert now[0].topic_id == "退"
    assert after.confidence.probability(question, now) > 0
    assert rule.confidence.probability(question, hits) == before
