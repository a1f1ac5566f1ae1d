import json

import pytest

from faq_component.decision.confidence import Calibration, FittedConfidence, Sample
from faq_component.decision.contrast import ContrastCheck
from faq_component.decision.rules import ContrastRule, DecisionRule, PrecisionRule, ThresholdRule
from faq_component.dialogue.arbitration import intent_stands
from faq_component.dialogue.payload import result_of
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval.question import Question
from faq_component.retrieval.rewrite import to_simplified
from faq_component.types import Decision, Hit, Outcome, Result

THRESHOLDS = ThresholdRule(answer=0.6, clarify=0.4, margin=0.1)


def hits(*scores: float) -> list[Hit]:
    return [Hit(f"t{number}", "甲乙丙丁"[number], score) for number, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("scores", "outcome", "topics"),
    [
        ((), Outcome.REJECT, 0),
        ((0.39, 0.1), Outcome.REJECT, 0),
        ((0.4, 0.1), Outcome.CLARIFY, 1),
        ((0.7, 0.5, 0.1), Outcome.ANSWER, 1),
        ((0.7,), Outcome.ANSWER, 1),
        ((0.7, 0.65, 0.3), Outcome.CLARIFY, 2),
        ((0.7, 0.69, 0.68, 0.67), Outcome.CLARIFY, 3),
        ((1.0, 0.85), Outcome.ANSWER, 1),
        ((1.0, 0.95), Outcome.CLARIFY, 2),
        ((1.0, 1.0), Outcome.CLARIFY, 2),
    ],
)
def test_decide(scores: tuple[float, ...], outcome: Outcome, topics: int) -> None:
    decision = THRESHOLDS.decide(Question("怎么退货"), hits(*scores))
    assert (decision.outcome, len(decision.hits)) == (outcome, topics)
    assert decision.confidence == (min(scores[0], 0.99) if scores else 0.0)


# A confidence that is 0.5 where the best score is 0.5, and more above.
STEEP = FittedConfidence(Calibration((10.0, 0.0, 0.0), -5.0, (Sample(0.9, True, True, 1.0),)))


@pytest.mark.parametrize(
    ("scores", "outcome", "topics", "confidence"),
    [
        ((), Outcome.REJECT, 0, 0.0),
        ((0.3,), Outcome.REJECT, 0, 0.119),
        ((0.5, 0.3, 0.2), Outcome.CLARIFY, 2, 0.5),
        ((0.7, 0.69), Outcome.ANSWER, 1, 0.881),
        ((1.0, 0.9), Outcome.ANSWER, 1, 0.99),
        ((0.7, 0.696), Outcome.CLARIFY, 2, 0.881),
        ((1.0, 1.0), Outcome.CLARIFY, 2, 0.99),
        ((0.999, 0.999), Outcome.CLARIFY, 2, 0.99),
    ],
)
def test_decide_by_precision(scores: tuple[float, ...], outcome: Outcome, topics: int, confidence: float) -> None:
    decision = PrecisionRule(STEEP, answer=0.8, ask=0.4).decide(Question("怎么退货"), hits(*scores))
    assert (decision.outcome, len(decision.hits)) == (outcome, topics)
    assert decision.confidence == pytest.approx(confidence, abs=1e-3)


BOTH_RULES = pytest.mark.parametrize(
    "rule", [THRESHOLDS, PrecisionRule(STEEP, answer=0.8, ask=0.4)], ids=["thresholds", "precision"]
)


@BOTH_RULES
@pytest.mark.parametrize(
    ("text", "post", "certain"),
    [
        ("怎么退货", "怎么退货", True),
        ("怎么退货？", "怎么 退货。", True),
        ("Ｃ＋＋怎么学", "c++怎么学", True),
        ("C++怎么学", "C怎么学", False),
        ("-5度能用吗", "5度能用吗", False),
        ("怎么退货的", "怎么退货", False),
    ],
)
def test_only_a_post_with_the_key_of_the_question_is_certain(
    text: str, post: str, certain: bool, rule: DecisionRule
) -> None:
    for score in (1.0, 0.9):  # a retriever may not tell the two apart, or see a difference in the punctuation
        decision = rule.decide(Question(text), [Hit("a", post, score), Hit("b", "别的", 0.1)])
        assert (decision.confidence == 1.0) is certain
        assert decision.outcome is Outcome.ANSWER


@BOTH_RULES
def test_a_post_that_is_the_question_needs_no_lead(rule: DecisionRule) -> None:
    found = [Hit("a", "怎么退货", 0.95), Hit("b", "怎么退款", 0.94)]
    assert rule.decide(Question("怎么退货？"), found).outcome is Outcome.ANSWER


@BOTH_RULES
@pytest.mark.parametrize("text", ["👍", "？？", "?", "1", "１"])
def test_what_cannot_be_read_is_answered_only_where_a_post_says_just_that(text: str, rule: DecisionRule) -> None:
    near = [Hit("a", "1+1等于几", 0.95), Hit("b", "你好", 0.3)]
    assert rule.decide(Question(text), near).outcome is Outcome.REJECT
    assert rule.decide(Question(text), [Hit("a", text, 0.5), near[1]]).outcome is Outcome.ANSWER


@BOTH_RULES
@pytest.mark.parametrize("text", ["C++", "C#", "R", "5%", "-5", "12", "/退货", "é", "①号"])
def test_short_names_and_codes_are_decided_by_their_score(text: str, rule: DecisionRule) -> None:
    assert rule.decide(Question(text), [Hit("a", "别的", 0.95), Hit("b", "你好", 0.3)]).outcome is Outcome.ANSWER


@BOTH_RULES
def test_a_post_of_two_topics_is_not_certain(rule: DecisionRule) -> None:
    decision = rule.decide(Question("晚安"), [Hit("a", "晚安", 1.0), Hit("b", "晚安！", 1.0)])
    assert decision.confidence == 0.99


def test_what_is_certain_is_compared_after_rewriting() -> None:
    rule = PrecisionRule(STEEP, answer=0.8, ask=0.4, rewrite=to_simplified())
    for text in ("退貨流程", "退货流程"):
        assert rule.decide(Question(text), [Hit("a", "退货流程", 1.0)]).confidence == 1.0


@pytest.mark.parametrize(("answer", "outcome"), [(0.9925, Outcome.ANSWER), (0.9935, Outcome.CLARIFY)])
def test_a_bound_above_the_greatest_confidence_can_be_reached(answer: float, outcome: Outcome) -> None:
    decision = PrecisionRule(STEEP, answer=answer, ask=0.4).decide(
        Question("怎么退货"), hits(0.9945, 0.9)
    )  # its probability is 0.9929
    assert (decision.outcome, decision.confidence) == (outcome, 0.99)


def test_no_question_reaches_a_bound_that_there_is_not() -> None:
    sure = Calibration((1e9, 0.0, 0.0), 0.0, (Sample(0.9, False, False, 1.0),))
    bound = sure.answer_from(1.0)
    assert (
        PrecisionRule(FittedConfidence(sure), answer=bound, ask=bound).decide(Question("怎么退货"), hits(0.9)).outcome
        is Outcome.REJECT
    )


def test_what_is_more_likely_wrong_than_right_is_not_answered() -> None:
    decision = PrecisionRule(STEEP, answer=0.1, ask=0.05).decide(Question("怎么退货"), hits(0.49))
    assert decision.outcome is Outcome.CLARIFY
    assert decision.confidence == pytest.approx(0.475, abs=1e-3)


def test_siblings_that_the_question_does_not_tell_apart_are_asked_about() -> None:
    cards = [Hit(card, f"{card}卡年费多少", 0.7 - place / 100) for place, card in enumerate(("金", "钻石", "普"))]
    found = [*cards, Hit("退货", "怎么退货", 0.2)]
    rule = PrecisionRule(STEEP, answer=0.8, ask=0.4)
    asked = rule.decide(Question("年费多少钱"), found)
    assert (asked.outcome, asked.hits) == (Outcome.CLARIFY, tuple(cards))
    assert asked.confidence == pytest.approx(0.881 / 3, abs=1e-3)
    assert rule.decide(Question("金卡的年费多少钱"), found).hits == (cards[0],)
    unlikely = [Hit(hit.topic_id, hit.post, hit.score / 4) for hit in found]
    assert rule.decide(Question("年费多少钱"), unlikely).outcome is Outcome.REJECT


def test_a_doubted_answer_becomes_a_question_back() -> None:
    faq = Faq.of([Topic("return", "退货", ("怎么退货",), ()), Topic("invoice", "发票", ("开发票",), ())])
    rule = ContrastRule(THRESHOLDS, ContrastCheck(faq, list))
    found = [Hit("return", "怎么退货", 0.9), Hit("invoice", "开发票", 0.2)]
    assert rule.decide(Question("怎么退货呢"), found).outcome is Outcome.ANSWER
    doubted = rule.decide(Question("怎么换货"), found)
    assert (doubted.outcome, doubted.confidence, doubted.hits) == (Outcome.CLARIFY, 0.45, (found[0],))


ANSWER = Decision(Outcome.ANSWER, 0.8, tuple(hits(0.8)))
EXACT = Decision(Outcome.ANSWER, 1.0, tuple(hits(1.0)))
REJECT = Decision(Outcome.REJECT, 0.1, ())


@pytest.mark.parametrize(
    ("intent", "probability", "decision", "in_dialogue", "stands"),
    [
        (None, 0.0, ANSWER, False, False),
        ("faq", 0.99, REJECT, True, False),
        ("faq_pick", 0.99, REJECT, False, False),
        ("order_enquiry", 0.9, ANSWER, False, True),
        ("order_enquiry", 0.9, EXACT, False, False),
        ("stop", 0.9, EXACT, True, True),
        ("stop", 0.3, ANSWER, True, False),
        ("stop", 0.3, REJECT, True, True),
        ("stop", 0.3, REJECT, False, False),
        ("stop", 0.2, REJECT, True, False),
        ("stop", 0.45, ANSWER, True, False),
        ("stop", 0.45, Decision(Outcome.ANSWER, 0.4, ()), True, True),
        ("stop", 0.45, Decision(Outcome.ANSWER, 0.4, ()), False, False),
    ],
)
def test_intent_stands(
    intent: str | None, probability: float, decision: Decision, in_dialogue: bool, stands: bool
) -> None:
    assert intent_stands(intent, probability, decision, in_dialogue=in_dialogue, threshold=0.5) is stands


def test_a_result_round_trip() -> None:
    result = Result((*ANSWER.hits, Hit("t1", "", 0.3)), ANSWER, "0123456789abcdef")
    there = Result.from_json(json.loads(json.dumps(result.to_json())))
    assert there is not None
    assert (there.version, there.decision.outcome, there.decision.confidence) == (result.version, Outcome.ANSWER, 0.8)
    assert [(hit.topic_id, hit.score) for hit in there.hits] == [(hit.topic_id, hit.score) for hit in result.hits]
    assert result_of({"faq": result.decided().to_json()}) == Result(there.decision.hits, there.decision, there.version)
    assert Result.from_json(result.to_json(), topics={"t1"}) is None  # its topic is gone


@pytest.mark.parametrize("version", ["../../etc/passwd", "0123", 7, None])
def test_a_version_that_is_none_is_left_out(version: object) -> None:
    message = {"faq": {**Result(ANSWER.hits, ANSWER, "").to_json(), "version": version}}
    result = result_of(message)
    assert result is not None
    assert result.version == ""


HIT = {"topic": "t", "score": 0.5}


@pytest.mark.parametrize(
    "message",
    [
        None,
        {},
        {"faq": 3},
        {"faq": {"outcome": "maybe", "confidence": 1, "topics": [], "hits": []}},
        {"faq": {"outcome": "answer", "confidence": "x", "topics": ["t"], "hits": [HIT]}},
        {"faq": {"outcome": "answer", "confidence": 1, "topics": "x", "hits": [HIT]}},
        {"faq": {"outcome": "answer", "confidence": 1, "topics": [1], "hits": [{"topic": 1, "score": 1}]}},
        {"faq": {"outcome": "answer", "confidence": 1, "topics": ["t"]}},
        {"faq": {"outcome": "answer", "confidence": 1, "topics": [], "hits": [HIT]}},
        {"faq": {"outcome": "reject", "confidence": 0, "topics": ["t"], "hits": [HIT]}},
    ],
)
def test_foreign_payloads_are_none(message: dict[str, object] | None) -> None:
    assert result_of(message) is None
