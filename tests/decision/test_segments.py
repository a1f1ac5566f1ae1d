"""Cutting a long message into the segments that may be what is asked."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from faq_component.decision.confidence.out_of_domain import out_of_domain_messages, out_of_domain_sentences
from faq_component.decision.segments import LONGEST, segments_of
from faq_component.retrieval.question import Question
from faq_component.text import normalize

STORY = "你好，我是你们的老顾客了，上周在你们店里给家里人买了一件外套，一直挺满意的。请问一下，这件怎么退货？谢谢你们了"


def texts_of(message: str) -> list[list[str]]:
    """The texts of a message's segments."""
    return [[segment.text for segment in start] for start in segments_of(Question(message))]


def is_long(text: str) -> bool:
    return len(texts_of(text)) > 1


def test_a_short_message_is_its_own_segment() -> None:
    question = Question("你好，怎么退货？")
    assert segments_of(question) == [[question]]
    assert not is_long("你好，怎么退货？")


def test_the_segments_of_a_story() -> None:
    bought = "上周在你们店里给家里人买了一件外套"
    assert is_long(STORY)
    assert texts_of(STORY) == [
        [normalize(STORY)],
        ["我是你们的老顾客了", f"我是你们的老顾客了,{bought}", f"我是你们的老顾客了,{bought},一直挺满意的"],
        [bought, f"{bought},一直挺满意的", f"{bought},一直挺满意的,这件怎么退货"],
        ["一直挺满意的", "一直挺满意的,这件怎么退货"],
        ["这件怎么退货"],
    ]


def test_traditional_characters_are_cut_alike() -> None:
    story = "我前天在你們店裡給我媽挑了一條圍巾，她說顏色太艷了戴不出去，一直放在那裡，請問一下，怎麼退貨，謝謝你們了"
    parts = [part for start in texts_of(story)[1:] for part in start]
    assert "怎麼退貨" in parts
    assert not any("謝" in part or "請問" in part for part in parts)


@pytest.mark.parametrize("pause", ["，", "\n", "……", "。", "\r\n", "...", "！", "～"])
def test_pauses(pause: str) -> None:
    clauses = [
        "上周在你们店里买的外套订单号是A20230412",
        "颜色跟图片上的差得太多了XL",
        "我妈妈不喜欢它😀",
        "我想问的是",
        "要怎么办理退货",
    ]
    parts = texts_of(pause.join(clauses))
    assert [start[0] for start in parts[1:]] == [normalize(clause) for clause in (*clauses[:3], clauses[4])]


def test_what_is_dictated_without_a_pause_is_cut_as_well() -> None:
    dictated = "我上周在你们店里给家里人买了一件外套颜色跟图片上差得太多了我妈不喜欢我想把它退掉要怎么办理"
    whole, *parts = texts_of(dictated)
    assert whole == [dictated]
    assert "".join(start[0] for start in parts) == dictated
    assert [len(start) for start in parts] == [2, 2, 1]


def test_words_of_english_are_not_cut() -> None:
    message = (
        "Hello, I bought an air fryer of 1.5 kg in your shop last week and my mother does not like the colour of it at "
        "all. How can I return it? Thanks"
    )
    words = set(normalize(message).replace(",", " ").replace(".", " ").replace("?", " ").split())
    parts = [part for start in texts_of(message)[1:] for part in start]
    assert "how can i return it" in parts
    assert {word for part in parts for word in part.replace(",", " ").replace(".", " ").split()} <= words
    assert not any("thanks" in part for part in parts)


def test_a_message_of_courtesies_keeps_them() -> None:
    assert texts_of("谢谢你，" * 20)[1][0].startswith("谢谢你")


@pytest.mark.parametrize("clause", ["谢" * 38 + "天", "请问" * 19 + "天", "你好" * 19 + "啊天", "thanks " * 8 + "x"])
def test_repeated_courtesies_take_no_time(clause: str) -> None:
    assert len(texts_of(f"{clause}，" * 12)) > 1  # a pattern that goes back over them would not end


@given(st.text(alphabet="退货ab1，。 \n？谢你好!!.", max_size=700))
@example("退" * 700)
@example("，" * 700)
@example("a，" * 350)
def test_the_segments_of_any_message(message: str) -> None:
    whole, *parts = texts_of(message)
    if not is_long(message):
        assert ([Question(message).text], []) == (whole, parts)
        return
    assert whole == [Question(message).text]
    assert 1 <= len(parts) <= 20
    for start in parts:
        assert 1 <= len(start) <= 3
        assert all(part.strip() for part in start)
        assert all(not is_long(part) for part in start[1:])
        assert len(start[0]) <= 2 * LONGEST


@pytest.mark.parametrize("texts", [out_of_domain_sentences(), out_of_domain_messages()])
def test_the_out_of_domain_messages_are_what_they_are_for(texts: list[str]) -> None:
    assert len(set(map(normalize, texts))) == len(texts)
    for english in (False, True):
        short, long = (
            [len(text) for text in some if text.isascii() is english]
            for some in (out_of_domain_sentences(), out_of_domain_messages())
        )
        assert max(short) < min(long)


def test_segments_are_cut_once() -> None:
    question = Question(STORY)
    assert segments_of(question) is segments_of(question)
    assert segments_of(question)[0] == [question]
