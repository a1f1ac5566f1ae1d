"""From a message to the decision, a long one in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from benchmarks.long_messages import DONE, MESSAGES, what_is_done
from faq_component.assistant.assistant import Assistant
from faq_component.assistant.decide import decide
from faq_component.assistant.live import Knowledge, build_knowledge
from faq_component.decision.confidence import Calibration, FittedConfidence, Sample
from faq_component.decision.contrast import ContrastCheck
from faq_component.decision.rules import ContrastRule, DecisionRule, PrecisionRule, ThresholdRule
from faq_component.decision.segments import Segment, segments_of
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval.question import Question
from faq_component.settings import Settings, load_settings
from faq_component.support.tsv import read_tsv
from faq_component.types import Decision, Hit, Outcome
from tests.servers import Bot, new_sender

# A probability of 0.5 where the best score is 0.5, and odds of 9 where it is 0.72.
STEEP = Calibration((10.0, 0.0, 0.0), -5.0, (Sample(0.9, True, True, 1.0),))
RULE = PrecisionRule(FittedConfidence(STEEP), answer=0.7, ask=0.3)
BY_SCORE = ThresholdRule(answer=0.6, clarify=0.4, margin=0.1)


def segment(score: float, topic: str, *others: str) -> Segment:
    return Segment(
        Question(f"{topic} {score}"), [Hit(topic, f"post of {topic}", score), *(Hit(t, "", score / 2) for t in others)]
    )


def test_the_probability_of_parts_by_hand() -> None:
    # The likeliest parts of the starts have the probabilities 0.9, 0.5 and 0.5: odds of 9, 1 and 1.
    starts = [[segment(0.4, "a"), segment(0.7197, "a")], [segment(0.5, "b")], [segment(0.5, "a")]]
    chosen, decision = RULE.decide_on_segments(starts)
    assert chosen is starts[0][1]
    assert decision.confidence == pytest.approx((9 / 3 + 1 / 3) / (1 + 11 / 3), abs=1e-3)
    assert decision.outcome is Outcome.ANSWER
    assert decision.hits == (chosen.hits[0],)


def test_one_start_is_as_probable_as_a_message() -> None:
    only = segment(0.6, "a")
    assert RULE.decide_on_segments([[only]]) == (only, RULE.decide(only.question, only.hits))


def test_what_is_asked_twice_is_asked_back() -> None:
    first, second = segment(0.75, "a", "c"), segment(0.74, "b")
    chosen, decision = RULE.decide_on_segments([[first], [second]])
    assert decision.outcome is Outcome.CLARIFY
    assert [hit.topic_id for hit in decision.hits] == ["a", "b", "c"]
    assert chosen is first


def test_two_that_would_be_answered_are_asked_back_however_often_one_is_found() -> None:
    first, second = segment(0.75, "a", "c"), segment(0.6, "b")  # alone 0.92 and 0.73
    _, decision = RULE.decide_on_segments([[first], [first], [first], [second]])
    assert decision.confidence > RULE.answer
    assert decision.outcome is Outcome.CLARIFY
    assert [hit.topic_id for hit in decision.hits] == ["a", "b"]


def test_a_weak_part_of_a_topic_does_not_take_it_from_the_choices() -> None:
    first = Segment(Question("怎么退"), [Hit("a", "", 0.6), Hit("b", "", 0.58)])
    for weak in (segment(0.2, "b"), segment(0.2, "c")):
        offered = [hit.topic_id for hit in RULE.decide_on_segments([[first], [segment(0.2, "c")], [weak]])[1].hits]
        assert offered == ["a", "b"]


def test_a_clause_that_finds_nothing_counts_as_a_start() -> None:
    asked, nothing = segment(0.7, "a"), Segment(Question("天气"), [])
    assert RULE.decide_on_segments([[nothing], [asked]])[0] is asked
    with_nothing = RULE.decide_on_segments([[asked], [nothing], [nothing]])[1].confidence
    with_hardly_any = RULE.decide_on_segments([[asked], [segment(0.0, "b")], [segment(0.0, "c")]])[1].confidence
    assert with_nothing == pytest.approx(with_hardly_any, abs=0.01)


def test_a_long_post_that_the_message_repeats_is_certain() -> None:
    found = segment(1.0, "a")
    whole = Segment(Question(found.hits[0].post), found.hits)
    assert RULE.decide_on_segments([[whole], [segment(0.9, "b")]]) == (
        whole,
        Decision(Outcome.ANSWER, 1.0, (whole.hits[0],)),
    )


@pytest.mark.parametrize(
    ("rule", "starts"), [(RULE, 4), (ContrastRule(RULE, ContrastCheck(Faq.of([]), list)), 4), (BY_SCORE, 1)]
)
def test_only_a_calibrated_rule_weighs_segments(rule: DecisionRule, starts: int) -> None:
    message = "我上周在你们店里给家里人买了一件外套颜色跟图片上差得太多了，我妈妈不喜欢它，要怎么办理退货"
    knowledge = Knowledge(Faq.of([]), OfWords(), rule)
    assert len(knowledge.segments(Question(message))) == starts
    assert texts(knowledge.segments(Question(message[:20]))) == [[message[:20]]]
    assert len(replace(knowledge, segmented=False).segments(Question(message))) == 1


def texts(segments: list[list[Question]]) -> list[list[str]]:
    return [[question.written for question in start] for start in segments]


def test_with_a_reranker_no_message_is_searched_in_segments() -> None:
    settings = Settings(reranker="cross", answer_threshold=0.5)
    assert not build_knowledge(settings, Faq.of([]), OfWords()).segmented


def test_thresholds_decide_on_the_whole() -> None:
    whole = segment(0.7, "a")
    assert BY_SCORE.decide_on_segments([[whole]]) == (whole, BY_SCORE.decide(whole.question, whole.hits))


def test_the_guard_looks_at_the_part() -> None:
    faq = Faq.of([Topic("return", "退货", ("怎么退货",), ()), Topic("invoice", "发票", ("开发票",), ())])
    rule = ContrastRule(RULE, ContrastCheck(faq, list))
    for text, outcome in (("怎么退货呢", Outcome.ANSWER), ("怎么换货", Outcome.CLARIFY)):
        asked = Segment(Question(text), [Hit("return", "怎么退货", 0.9), Hit("invoice", "开发票", 0.2)])
        assert rule.decide_on_segments([[segment(0.1, "invoice")], [asked]])[1].outcome is outcome


class OfWords:
    """Finds a topic where its word is in the text."""

    def search(self, question: Question, top_k: int) -> list[Hit]:
        return [
            Hit(topic, word, 0.9) for topic, word in (("return", "退货"), ("invoice", "发票")) if word in question.text
        ]


def test_a_message_without_hits_is_not_known() -> None:
    for message in ("天气", "今天天气怎么样，" * 10):
        result = decide(Knowledge(Faq.of([]), OfWords(), RULE), Question(message), 5)
        assert (result.hits, result.decision) == ((), Decision(Outcome.REJECT, 0.0, ()))


def test_the_hits_decided_on_come_first_then_those_of_the_segment() -> None:
    story = "我上周在你们店里给家里人买了一件外套颜色跟图片上差得太多了，要怎么办理退货，另外还要能开发票"
    result = decide(Knowledge(Faq.of([]), OfWords(), RULE), Question(story), 5)
    assert result.decision.outcome is Outcome.CLARIFY
    assert result.hits[: len(result.decision.hits)] == result.decision.hits
    assert len({hit.topic_id for hit in result.hits}) == len(result.hits)


@pytest.fixture(scope="module")
def served(in_the_checkout: None) -> Assistant:
    settings = load_settings("config.yml")
    return Assistant.over(load_faq(settings.faq), settings)


STORIES = [
    (
        "我妈生日快到了我前天在你们店里给她挑了一条围巾，她说颜色太艳了戴不出去。我想问一下，怎么退货？谢谢了",
        "return_how",
    ),
    (
        "不好意思打扰了，我这个人比较笨，手机都是女儿教的，她今天上班去了没人问，所以只好来问你们，能开发票吗",
        "invoice_issue",
    ),
]


@pytest.mark.parametrize(("story", "topic"), STORIES)
def test_what_a_story_asks_is_found(served: Assistant, story: str, topic: str) -> None:
    assert len(segments_of(Question(story))) > 1
    result = served.decide(story)
    hits, decision = result.hits, result.decision
    assert topic in [hit.topic_id for hit in decision.hits]
    assert hits[0].topic_id == decision.hits[0].topic_id
    assert len({hit.topic_id for hit in hits}) == len(hits)


FOREIGN = [
    "我妈妈这几天一直说头晕，量了血压是一百六，以前也没有这个毛病，家里就她一个人，要不要带她去医院看看",
    "上个星期在银行办了一张卡，柜台说开通了手机银行，可是我回来以后怎么也登不上去，密码也改过了",
]


def test_two_questions_of_a_story_are_both_offered(served: Assistant) -> None:
    story = "我前天在你们店里给我妈挑了一条围巾，她说颜色太艳了戴不出去，一直放在那里没有动过，"
    story += "请问应该怎么退货呢，请问能不能开发票呢"
    decision = served.decide(story).decision
    assert decision.outcome is Outcome.CLARIFY
    assert {"return_how", "invoice_issue"} <= {hit.topic_id for hit in decision.hits}


def test_a_long_message_of_another_domain_is_not_answered(served: Assistant) -> None:
    for message in FOREIGN:
        assert served.decide(message).decision.outcome is not Outcome.ANSWER


def test_a_real_bot_understands_stories(served: Assistant, bot: Bot) -> None:
    for story, topic_id in STORIES:
        topic = served.faq.by_id[topic_id]
        said = bot.say(story, new_sender())[0]
        assert said["text"] in topic.responses or topic.title in [b["title"] for b in said.get("buttons", [])]
    for message in FOREIGN:
        sender = new_sender()
        bot.say(message, sender)
        assert bot.latest_message(sender)["intent"]["name"] != "faq"


def test_the_set_is_whole(served: Assistant) -> None:
    rows = read_tsv(MESSAGES)
    topics = [row["topic"] for row in rows]
    assert (len(rows), topics.count("无")) == (200, 70)
    assert set(topics) - {"无"} <= set(served.faq.by_id)
    assert len({row["text"] for row in rows}) == 200
    assert all(len(row["text"]) >= 45 for row in rows)


@pytest.mark.parametrize(
    ("outcome", "topics", "topic", "done"),
    [
        (Outcome.ANSWER, ("a",), "a", 0),
        (Outcome.ANSWER, ("a",), None, 1),
        (Outcome.CLARIFY, ("b", "a"), "a", 2),
        (Outcome.CLARIFY, ("b",), None, 3),
        (Outcome.REJECT, (), "a", 4),
    ],
)
def test_what_is_done(outcome: Outcome, topics: Sequence[str], topic: str | None, done: int) -> None:
    decision = Decision(outcome, 0.5, tuple(Hit(name, "", 0.5) for name in topics))
    assert what_is_done(decision, topic) == DONE[done]
