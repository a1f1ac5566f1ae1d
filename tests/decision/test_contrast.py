"""Small words that turn a meaning."""

import pytest

from faq_component.decision.contrast import ContrastCheck, mine_pairs, turns_meaning
from faq_component.knowledge.topics import Faq, Topic
from faq_component.retrieval.question import Question
from faq_component.retrieval.rewrite import to_simplified


@pytest.mark.parametrize(
    ("query", "post"),
    [
        ("为什么不能退货", "能退货吗"),
        ("包裹没收到怎么办", "包裹收到了怎么办"),
        ("怎么换货", "怎么退货"),
        ("发货后怎么取消订单", "发货前怎么取消订单"),
        ("满59包邮吗", "满99包邮吗"),
        ("满五十九包邮吗", "满99包邮吗"),
        ("1.5公斤怎么寄", "15公斤怎么寄"),
        ("三天能到吗", "五天能到吗"),
        ("ios怎么安装", "android怎么安装"),
        ("养老金怎么提取", "公积金怎么提取"),
    ],
)
def test_a_turned_meaning(query: str, post: str) -> None:
    assert turns_meaning(query, post)
    assert turns_meaning(post, query)


@pytest.mark.parametrize(
    ("query", "post"),
    [
        ("能不能退货", "能退货吗"),
        ("可不可以退货", "可以退货吗"),
        ("退货呢？", "怎么退货"),
        ("满九十九包邮吗", "满99包邮吗"),
        ("三百五十块能退吗", "350块能退吗"),
        ("一万两千元怎么付", "12000元怎么付"),
        ("不好意思，怎么退货", "怎么退货"),
        ("我要退货怎么操作", "我要退货咋操作"),
        ("明天天气好吗", "怎么退货"),
        ("买了没几天就坏了，怎么申请退货退款呀", "怎么申请退货退款"),
    ],
)
def test_the_same_meaning_or_another_question(query: str, post: str) -> None:
    assert not turns_meaning(query, post)


def topics(**posts: tuple[str, ...]) -> Faq:
    return Faq.of(Topic(name, name, texts, ()) for name, texts in posts.items())


def test_pairs_are_mined() -> None:
    faq = topics(cancel=("优惠券怎么使用", "优惠券怎么花掉"), use=("积分怎么使用",))
    same, contrasts = mine_pairs(faq, lambda text: [text[:-4], text[-4:-2], text[-2:]])
    assert ("使用", "花掉") in same
    assert ("优惠券", "积分") in contrasts
    assert not same & contrasts


def test_words_of_one_topic_are_no_contrast() -> None:
    def split(text: str) -> list[str]:
        return [text[:-2], text[-2:]]

    alone = ContrastCheck(topics(a=("商品怎么申请退款",)), split)
    assert alone.doubts(Question("商品怎么申请保修"), "a", "商品怎么申请退款")
    both = ContrastCheck(topics(a=("商品怎么申请退款", "商品怎么申请保修"), b=("其他问题都在这里",)), split)
    assert not both.doubts(Question("商品怎么申请保修"), "a", "商品怎么申请退款")


def test_another_near_post_of_the_topic_takes_the_doubt_away() -> None:
    faq = topics(a=("能退货吗", "不能退货吗", "怎么退"))
    assert not ContrastCheck(faq, list).doubts(Question("为什么不能退货"), "a", "能退货吗")


def test_numbers_that_vary_in_a_topic_do_not_matter() -> None:
    assert ContrastCheck(topics(a=("身高165穿什么码",)), list).doubts(
        Question("身高180穿什么码"), "a", "身高165穿什么码"
    )
    varied = ContrastCheck(topics(a=("身高165穿什么码", "身高170该选多大")), list)
    assert not varied.doubts(Question("身高180穿什么码"), "a", "身高165穿什么码")


def test_traditional_characters_are_compared_as_simplified_ones() -> None:
    faq = Faq.of([Topic("a", "退货", ("能退货吗",), ()), Topic("b", "换货", ("能换货吗",), ())])
    plain, rewriting = (ContrastCheck(faq, list, *more) for more in ((), (to_simplified(),)))
    assert not plain.doubts(Question("為什麼不能退貨"), "a", "能退货吗")
    assert rewriting.doubts(Question("為什麼不能退貨"), "a", "能退货吗")
    assert rewriting.updated(faq).doubts(Question("為什麼不能退貨"), "a", "能退货吗")
