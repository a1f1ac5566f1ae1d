"""Answers in retrieval: what they say finds topics of few posts, as far as the posts find their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from faq_component.assistant.build_encoders import build_encoders
from faq_component.assistant.build_retrievers import build_retriever, refit_retriever, update_retriever
from faq_component.decision.confidence import Evidence
from faq_component.decision.confidence.evidence import NAMES
from faq_component.knowledge.responses import RichResponse
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval import HybridRetriever
from faq_component.retrieval.hybrid import FusionWeights
from faq_component.retrieval.question import Among, Question
from faq_component.settings import Settings

SHOP = {
    "支持哪些支付方式": "可以用微信、支付宝和银行卡支付。",
    "运费多少": "满59元免运费，不满的话快递收8元。",
    "怎么退货": "七天内在订单页申请退货，商品要完好。",
    "什么时候发货": "付款后48小时内发货。",
    "怎么开发票": "在订单页申请，发票发到您的邮箱。",
    "保修多久": "所有商品保修一年，坏了免费修。",
    "怎么联系人工客服": "请打热线电话，真人客服在九点到晚上十点之间接听。",
    "营业时间是几点": "门店早上九点开门，晚上九点关门。",
    "忘记密码怎么办": "在登录页点找回密码，用短信重设。",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def settings(in_the_checkout: None, cache: Path) -> Settings:
    return Settings(cache_dir=str(cache), threads=1, log="none")


def faq_of(answers: Mapping[str, str], posts: Mapping[str, tuple[str, ...]] | None = None) -> Faq:
    return Faq.of(
        Topic(f"t{number}", post, (posts or {}).get(post, (post,)), (answer,))
        for number, (post, answer) in enumerate(answers.items())
    )


def hybrid(settings: Settings, faq: Faq) -> HybridRetriever:
    retriever = build_retriever(settings, faq)
    assert isinstance(retriever, HybridRetriever)
    return retriever


def first(retriever: HybridRetriever, faq: Faq, text: str) -> str:
    return faq.by_id[retriever.search(Question(text), 1)[0].topic_id].title


@pytest.mark.parametrize(
    ("text", "title"),
    [("能用微信吗", "支持哪些支付方式"), ("坏了怎么办", "保修多久"), ("要等48小时吗", "什么时候发货")],
)
def test_words_of_the_answer_find_the_topic(settings: Settings, text: str, title: str) -> None:
    faq = faq_of(SHOP)
    assert first(hybrid(settings, faq), faq, text) == title
    assert first(hybrid(settings.override(answers_weight=0.0), faq), faq, text) != title


def test_the_score_of_a_topic_is_mixed_by_their_share(settings: Settings) -> None:
    faq, question = faq_of(SHOP), Question("能用微信付吗")
    retriever, without = hybrid(settings, faq), hybrid(settings.override(answers_weight=0.0), faq)
    assert retriever.answers is not None
    share = FusionWeights().answers_share(9, 9, retriever.answers.found)
    assert 0.2 < share <= 0.5
    plain = {hit.topic_id: hit.score for hit in without.search(question, 9)}
    hits = retriever.search(question, 9)
    for hit, parts in zip(hits, retriever.part_scores(question, hits), strict=True):
        assert parts.answers is not None
        assert hit.score == pytest.approx((1 - share) * plain[hit.topic_id] + share * parts.answers, abs=1e-5)
    assert [parts.answers for parts in without.part_scores(question, hits)] == [None] * 9


def test_their_share_falls_with_posts_and_with_answers_that_no_post_finds() -> None:
    weights = FusionWeights()
    shares = [weights.answers_share(posts, 100, found) for posts, found in ((100, 1.0), (100, 0.25), (316, 1.0))]
    assert shares == pytest.approx([0.5, 0.2, 1 / 3], abs=1e-3)
    assert weights.answers_share(1_000, 100, 1.0) == 0.0
    assert weights.answers_share(100, 100, 0.0) == 0.0
    assert weights.answers_share(7, 7, 1.0) == 0.0  # thresholds decide
    assert replace(weights, answers=0.0).answers_share(100, 100, 1.0) == 0.0


@pytest.mark.parametrize(
    "faq",
    [
        faq_of(dict.fromkeys(SHOP, "好")),
        faq_of(dict.fromkeys(SHOP, "")),
        Faq.of(Topic(post, post, (post,), ()) for post in SHOP),
        Faq.of(Topic(post, post, (post,), (RichResponse(image="https://example.org/a.png"),)) for post in SHOP),
        faq_of(SHOP, {post: tuple(f"{post}{number}" for number in range(10)) for post in SHOP}),
        faq_of(dict(list(SHOP.items())[:7])),
    ],
    ids=["alike", "empty", "none", "images", "many posts", "few topics"],
)
def test_answers_that_tell_nothing_do_not_count(settings: Settings, faq: Faq) -> None:
    retriever = hybrid(settings, faq)
    assert retriever.answers is None
    found = retriever.search(Question("能用微信付吗"), 9)
    assert found == hybrid(settings.override(answers_weight=0.0), faq).search(Question("能用微信付吗"), 9)


def test_too_many_answers_are_not_searched(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faq_component.retrieval.answers.MOST_ANSWERS", 8)
    assert hybrid(settings, faq_of(SHOP)).answers is None


def test_topics_without_an_answer_have_no_score_of_answers(settings: Settings) -> None:
    faq = faq_of({**SHOP, "运费多少": "", "忘记密码怎么办": " "})
    retriever, question = hybrid(settings, faq), Question("能用微信付吗")
    scores = retriever.answer_scores(question, retriever.dense.encode(question))
    assert scores is not None
    assert scores[[1, 8]].tolist() == [0.0, 0.0]
    assert scores.argmax() == 0
    assert scores[0] > 0.1


def test_topics_out_of_scope_are_not_found_by_their_answers(settings: Settings) -> None:
    faq = faq_of(SHOP)
    among = Among(frozenset(list(faq.by_id)[1:]))
    hits = hybrid(settings, faq).search(Question("能用微信付吗", among), 9)
    assert {hit.topic_id for hit in hits} <= set(list(faq.by_id)[1:])


def test_a_post_itself_is_certain_whatever_the_answers_say(settings: Settings) -> None:
    faq = faq_of({**SHOP, "运费多少": "怎么退货怎么退货怎么退货", "怎么退货": "看订单页"})
    best = hybrid(settings, faq).search(Question("怎么退货"), 1)[0]
    assert (faq.by_id[best.topic_id].title, round(best.score, 3)) == ("怎么退货", 1.0)


def test_an_edited_answer_is_searched_at_once(settings: Settings) -> None:
    before, after = faq_of(SHOP), faq_of({**SHOP, "怎么开发票": "开票找财务，数字人民币付款的也可以开。"})
    updated = update_retriever(settings, build_retriever(settings, before), after)
    assert isinstance(updated, HybridRetriever)
    for retriever in (updated, refit_retriever(settings, updated, after)):
        assert retriever.search(Question("数字人民币"), 9) == hybrid(settings, after).search(Question("数字人民币"), 9)
    assert first(updated, after, "数字人民币") == "怎么开发票"
    gone = update_retriever(settings, updated, faq_of(dict.fromkeys(SHOP, "好")))
    assert isinstance(gone, HybridRetriever)
    assert gone.answers is None


def test_they_are_evidence(settings: Settings) -> None:
    faq, question = faq_of(SHOP), Question("能用微信付吗")

    def measured(settings: Settings) -> dict[str, float]:
        retriever = hybrid(settings, faq)
        hits = retriever.search(question, 5)
        evidence = Evidence(retriever, *build_encoders(settings))
        return dict(zip(NAMES, evidence.measure(question, hits), strict=True))

    retriever = hybrid(settings, faq)
    parts = retriever.part_scores(question, retriever.search(question, 1))[0]
    assert parts.answers
    part = "answers' part of the score"
    assert measured(settings)[part] == pytest.approx(retriever.answers_share * parts.answers)
    assert measured(settings.override(answers_weight=0.0))[part] == 0.0
