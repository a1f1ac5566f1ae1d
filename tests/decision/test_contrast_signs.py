"""Signs, codes and variants that turn a meaning."""

from __future__ import annotations

import pytest

from faq_component.decision.contrast import ContrastCheck, turns_meaning
from faq_component.decision.contrast_signs import quantities, signs_in_one_way
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval.question import Question


@pytest.mark.parametrize(
    ("query", "post"),
    [
        ("X9 Pro+多少钱", "X9 Pro多少钱"),
        ("X9Pro Plus多少钱", "X9 Pro多少钱"),
        ("X9多少钱", "X9 Pro多少钱"),
        ("X9 Max多少钱", "X9 Pro多少钱"),
        ("X9 ProMax多少钱", "X9 Pro多少钱"),
        ("iPhone15怎么保修", "iPhone15 mini怎么保修"),
        ("C++课程多少钱", "C课程多少钱"),
        ("C#课程多少钱", "C课程多少钱"),
        ("C#课程多少钱", "C++课程多少钱"),
        ("A+会员有什么权益", "A会员有什么权益"),
        ("A-会员有什么权益", "A会员有什么权益"),
        ("会员+有什么权益", "会员有什么权益"),
        ("3/4寸水管有货吗", "34寸水管有货吗"),
        ("3.4寸水管有货吗", "34寸水管有货吗"),
        ("3/4寸水管有货吗", "3/8寸水管有货吗"),
        ("-5度能用吗", "5度能用吗"),
        ("零下5度能用吗", "5度能用吗"),
        ("零下五度能用吗", "5度能用吗"),
        ("负五度能用吗", "5度能用吗"),
        ("满100减10%什么时候有", "满100减10什么时候有"),
        ("满100减百分之十什么时候有", "满100减10什么时候有"),
        ("3-5天能到吗", "35天能到吗"),
        ("K2-600怎么换墨盒", "K2-500打印机怎么换墨盒"),
        ("E22是什么意思", "错误代码E21是什么意思"),
        ("会员D套餐多少钱", "会员A套餐多少钱"),
        ("how much is the C++ course", "how much is the C course"),
        ("price of the X9 Pro+", "price of the X9 Pro"),
    ],
)
def test_a_turned_meaning(query: str, post: str) -> None:
    assert turns_meaning(query, post)
    assert turns_meaning(post, query)


@pytest.mark.parametrize(
    ("query", "post"),
    [
        ("X9 Pro+多少钱", "X9Pro Plus价格多少"),
        ("x9pro多少钱", "X9 Pro多少钱？"),
        ("k2500 换墨盒", "K2-500打印机怎么换墨盒"),
        ("K2 800的墨盒怎么换", "K2-800打印机怎么换墨盒"),
        ("E12是什么意思", "错误代码E12是什么意思"),
        ("B套餐多少钱", "会员B套餐多少钱"),
        ("零下5度能用吗", "-5度能用吗"),
        ("负5度能用吗", "零下五度能用吗"),
        ("减百分之十什么时候有", "减10%什么时候有"),
        ("¾寸水管有货吗", "3/4寸水管有货吗"),
        ("满1,000减10吗", "满1000减10吗"),
        ("C和C++怎么选", "C怎么选"),
        ("app-闪退怎么办", "APP闪退怎么办"),
        ("退货+换货怎么办", "退货换货怎么办"),
        ("e-mail怎么改", "email怎么改"),
        ("3~5天能到吗", "3-5天能到吗"),
        ("the minimum order", "what is the minimum order"),
    ],
)
def test_the_same_meaning(query: str, post: str) -> None:
    assert not turns_meaning(query, post)
    assert not turns_meaning(post, query)


def test_only_a_post_with_the_variant_takes_the_doubt_away() -> None:
    def topic(*posts: str) -> ContrastCheck:
        return ContrastCheck(Faq.of([Topic("a", "甲", posts, ())]), list)

    asked, found = Question("X9 Pro+多少钱"), "X9 Pro多少钱"
    assert topic(found, "多少钱", "X9多少钱").doubts(asked, "a", found)
    assert not topic(found, "多少钱", "X9 Pro+要多少钱").doubts(asked, "a", found)


def test_quantities() -> None:
    assert quantities("-5度到5度") == {-5.0, 5.0}
    assert quantities("3-5天, 3/4寸, 1.5公斤, 10%") == {3.0, 5.0, 0.75, 1.5, (10.0, "%")}
    assert quantities("5/0") == {5.0}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("k2-300和k2 300", "k2300和k2300"),
        ("iphone15 128g", "iphone15 128g"),
        ("e-mail", "email"),
        ("零下5度，负十度，minus 5", "-5度，-十度，-5"),
        ("5 degrees celsius below zero", "-5"),
        ("百分之十", "十%"),
        ("x9 pro plus", "x9 pro+"),
        ("surplus负责", "surplus负责"),
    ],
)
def test_signs_are_written_in_one_way(text: str, written: str) -> None:
    assert signs_in_one_way(text) == written
