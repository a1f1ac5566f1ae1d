"""Messages that leave out what the last answer was about."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.follow_up import FILES, what_happens
from faq_component.assistant.build_retrievers import build_retriever
from faq_component.assistant.decide import decide
from faq_component.assistant.follow_up import in_context, search_in_context
from faq_component.assistant.live import Knowledge
from faq_component.decision.rules import DecisionRule, ThresholdRule
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval import Retriever
from faq_component.retrieval.question import MAX_QUERY_CHARS, Question
from faq_component.settings import Settings
from faq_component.support.tsv import read_tsv
from faq_component.types import Decision, Hit, Outcome, Result

RETURN = Topic("return", "退货", ("怎么退货", "退货流程"), ())
RETURN_FEE = Topic("return_fee", "退货运费", ("退货运费谁出", "退货邮费"), ())
SHIPPING = Topic("shipping", "运费", ("运费", "寄到上海邮费多少"), ())
FAQ = Faq.of([RETURN, RETURN_FEE, SHIPPING])
RULE = ThresholdRule(answer=0.6, clarify=0.1, margin=0.05)


@pytest.fixture
def retriever(tmp_path: Path) -> Retriever:
    return build_retriever(Settings(retriever="keyword", cache_dir=str(tmp_path)), FAQ)


def ask(retriever: Retriever, rule: DecisionRule, text: str, last: Topic | None) -> Result:
    return decide(Knowledge(FAQ, retriever, rule), Question(text), 3, last)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("那运费呢？", "退货运费"),
        ("那么运费的话呢", "退货运费"),
        ("运费", "退货运费"),
        ("如果是西藏呢", "退货西藏"),
        ("那呢？", "退货那呢？"),
    ],
)
def test_the_title_comes_before_what_is_asked(query: str, expected: str) -> None:
    assert in_context(query, RETURN) == expected


def test_a_very_long_message_is_cut_before_it_is_put_in_context() -> None:
    assert in_context("?" * 300_000 + "x", RETURN) == "退货" + "?" * MAX_QUERY_CHARS  # nothing is left without them


def test_the_topic_answered_last_helps_and_is_left_out(retriever: Retriever) -> None:
    assert retriever.search(Question("那运费呢？"), 3)[0].topic_id == "shipping"
    hits = search_in_context(retriever, Question("那运费呢？"), RETURN, 3)
    assert hits[0].topic_id == "return_fee"
    assert "return" not in [hit.topic_id for hit in hits]
    assert len(search_in_context(retriever, Question("那运费呢？"), RETURN, 1)) == 1


def test_it_is_looked_at_only_after_an_answer_and_only_if_unclear(retriever: Retriever) -> None:
    alone = ask(retriever, RULE, "那运费呢？", None)
    assert list(alone.hits) == retriever.search(Question("那运费呢？"), 3)
    assert ask(retriever, RULE, "那运费呢？", RETURN).hits[0].topic_id == "return_fee"
    result = ask(retriever, RULE, "退货邮费", SHIPPING)
    assert (result.decision.outcome, result.hits[0].topic_id) == (Outcome.ANSWER, "return_fee")


def test_a_message_that_sounds_like_a_follow_up_is_one_even_if_it_is_clear(retriever: Retriever) -> None:
    bold = ThresholdRule(answer=0.3, clarify=0.1, margin=0.0)
    for said, found in (("运费多少", "shipping"), ("运费呢", "return_fee")):
        result = ask(retriever, bold, said, RETURN)
        assert (result.decision.outcome, result.hits[0].topic_id) == (Outcome.ANSWER, found), said
    assert ask(retriever, bold, "运费", RETURN).hits[0].topic_id == "shipping"  # just a post


def test_what_context_does_not_make_clear_stays_as_it_was(retriever: Retriever) -> None:
    strict = ThresholdRule(answer=0.99, clarify=0.9, margin=0.0)
    result = ask(retriever, strict, "天气", RETURN)
    assert (list(result.hits), result.decision.outcome) == (retriever.search(Question("天气"), 3), Outcome.REJECT)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_sets_are_whole(path: Path, in_the_checkout: None) -> None:
    turns, faq = read_tsv(path), load_faq("data/faq")
    assert len(turns) >= 60
    for turn in turns:
        assert {turn["first_topic"], turn["second_topic"]} <= faq.by_id.keys()
    assert max(Counter((turn["first"], turn["second"]) for turn in turns).values()) == 1


def test_what_happens_is_counted() -> None:
    hit = Hit("a", "p", 0.9)
    found = [
        what_happens(Decision(outcome, 0.5, hits), "a")
        for outcome, hits in (
            (Outcome.ANSWER, (hit,)),
            (Outcome.ANSWER, (Hit("b", "p", 0.9),)),
            (Outcome.CLARIFY, (hit,)),
            (Outcome.CLARIFY, (Hit("b", "p", 0.9),)),
            (Outcome.REJECT, ()),
        )
    ]
    assert found == [
        "answered correctly",
        "answered incorrectly",
        "asked to clarify with it",
        "asked to clarify without it",
        "rejected",
    ]
