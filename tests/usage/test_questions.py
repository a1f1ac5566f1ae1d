from __future__ import annotations

from dataclasses import replace

import pytest

from faq_component.knowledge.topics import Faq, Topic
from faq_component.types import Hit
from faq_component.usage.clusters import make_clusters
from faq_component.usage.events import Event, Kind
from faq_component.usage.questions import Question, Reason, open_questions, out_of_scope_texts
from faq_component.usage.summary import summarize
from tests.fakes import CharacterEncoder

FAQ = Faq.of([Topic("return", "退货", ("怎么退货",), ("可以退",)), Topic("night", "晚安", ("晚安",), ("好梦",))])


def asked(text: str, outcome: str = "reject", who: str = "甲", day: int = 1) -> Event:
    return Event(Kind.DECISION, outcome, text=text, conversation=who, time=f"2026-11-{day:02}T08:00:00.000Z")


def picked(text: str, topic: str, who: str = "甲") -> Event:
    return Event(Kind.PICK, "picked" if topic else "none", text=text, topic=topic, conversation=who)


def rated(text: str, topic: str, outcome: str, who: str = "甲") -> Event:
    return Event(Kind.FEEDBACK, outcome, text=text, topic=topic, conversation=who, time="2026-11-09T08:00:00.000Z")


def reviewed(text: str, outcome: str) -> Event:
    return Event(Kind.REVIEW, outcome, text=text)


def test_what_was_not_answered_well_is_joined_and_ordered() -> None:
    events = [
        asked("退货"),
        asked("能退么", "clarify", day=2),
        asked("能退么？", "clarify", day=4),
        asked("能 退 么", "clarify", "乙", day=3),
        picked("能退么？", "return"),
        picked("能 退 么", "", "乙"),
        asked("晚安", "answer"),
        asked("晚安啊", "answer"),
        rated("晚安啊", "night", "useless"),
    ]
    first, second, third = open_questions(events, FAQ)
    assert (first.text, first.count, first.last_seen[:10]) == ("能退么？", 3, "2026-11-04")
    assert first.reasons == {Reason.LEFT: 1, Reason.PICKED: 1, Reason.NONE_OF_THESE: 1}
    assert first.picked == {"return": 1}
    assert (second.text, second.reasons, second.useless) == ("晚安啊", {Reason.USELESS: 1}, {"night": 1})
    assert (third.text, third.reasons) == ("退货", {Reason.UNANSWERED: 1})


@pytest.mark.parametrize("outcome", ["post", "done", "out_of_scope"])
def test_a_review_closes_what_was_before_it(outcome: str) -> None:
    events = [asked("量子"), reviewed("量子！", outcome), asked("别的")]
    assert [question.text for question in open_questions(events, FAQ)] == ["别的"]
    again = [question.text for question in open_questions([*events, asked("量子", day=2)], FAQ)]
    assert again == (["别的"] if outcome == "out_of_scope" else ["量子", "别的"])


def test_what_is_a_post_by_now_is_answered() -> None:
    assert open_questions([asked("怎么退货"), asked("怎么退货？我的号是[手机号]")], FAQ) == [
        Question("怎么退货？我的号是[手机号]", 1, asked("").time, {Reason.UNANSWERED: 1}, {}, {})
    ]
    (question,) = open_questions([asked("怎么退货"), rated("怎么退货", "return", "useless")], FAQ)
    assert question.reasons == {Reason.USELESS: 1}


def test_of_a_users_ratings_the_last_counts() -> None:
    events = [
        rated("晚安啊", "night", "useless"),
        rated("晚安啊", "night", "useless"),
        rated("晚安啊", "night", "useless", "乙"),
        rated("晚安啊", "night", "useful", "乙"),
    ]
    (question,) = open_questions(events, FAQ)
    assert question.count == 1
    assert open_questions([*events, rated("晚安啊", "night", "useful")], FAQ) == []


def test_what_is_out_of_scope_is_remembered_until_reviewed_otherwise() -> None:
    events = [reviewed("量子", "out_of_scope"), reviewed("股票", "out_of_scope"), reviewed("股票？", "post")]
    assert out_of_scope_texts(events) == ["量子"]


def test_questions_that_mean_the_same_are_one_cluster_with_the_topics_near_them() -> None:
    texts = ["怎么退货呢", "怎么退货呀", "量子力学", "量子力学吗"]
    questions = open_questions([asked(text, day=day) for day, text in enumerate(texts, 1)] + [asked("量子力学")], FAQ)
    questions[-1] = replace(questions[-1], picked={"night": 2, "gone": 1})

    def search(text: str) -> list[Hit]:
        return [Hit("return", "怎么退货", 0.8 if "退" in text else 0.1)]

    clusters = make_clusters(questions, CharacterEncoder(), search, FAQ)
    assert [set(cluster.texts) for cluster in clusters] == [{"量子力学", "量子力学吗"}, {"怎么退货呢", "怎么退货呀"}]
    assert [cluster.count for cluster in clusters] == [3, 2]
    assert clusters[0].last_seen[:10] == "2026-11-04"
    assert [(near.topic_id, near.picked) for near in clusters[1].nearest] == [("night", 2), ("return", 0)]
    assert clusters[1].nearest[1].score == pytest.approx(0.8)
    assert clusters == make_clusters(questions, CharacterEncoder(), search, FAQ)
    assert len(make_clusters(questions[:1], CharacterEncoder(), search, FAQ)) == 1
    assert make_clusters([], CharacterEncoder(), search, FAQ) == []


def test_the_log_in_figures() -> None:
    events = [
        asked("a", "answer"),
        asked("b", "clarify"),
        picked("b", "return"),
        asked("c", day=2),
        rated("a", "night", "useless"),
        rated("a", "night", "useless"),
        rated("a", "night", "useless", "乙"),
        rated("b", "return", "useless"),
        rated("b", "return", "useful"),
    ]
    events[2] = replace(events[2], time=events[0].time)
    summary = summarize(events)
    assert summary.days == {"2026-11-01": {"answer": 1, "clarify": 1, "picked": 1}, "2026-11-02": {"reject": 1}}
    assert [(item.topic, item.useful, item.useless, item.questions) for item in summary.rated] == [
        ("night", 0, 2, ("a",)),
        ("return", 1, 0, ()),
    ]


def test_a_reason_takes_the_place_of_its_rating_and_comments_belong_to_it() -> None:
    events = [
        rated("晚安啊", "night", "useless"),
        rated("晚安啊", "night", "outdated"),
        rated("早就不是这样了", "night", "comment"),
        rated("晚安啊", "night", "useless", "乙"),
        rated("晚安啊", "night", "wrong", "丙"),
        rated("好", "night", "comment", "丁"),  # of no rating that is known
    ]
    (question,) = open_questions(events, FAQ)
    assert question.reasons == {Reason.OUTDATED: 1, Reason.USELESS: 1, Reason.WRONG: 1}
    assert (question.count, question.useless, question.comments) == (3, {"night": 3}, ("早就不是这样了",))
    (summary,) = summarize(events).rated
    assert (summary.useless, summary.why) == (3, {"outdated": 1, "wrong": 1})
    again = [*events, rated("晚安啊", "night", "useful")]
    (question,) = open_questions(again, FAQ)
    assert (question.count, question.comments) == (2, ())
