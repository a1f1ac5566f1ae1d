import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq_component.dialogue.choice import NONE_OF_THESE, read_choice

THREE = [("after", "发货后取消订单"), ("before", "发货前取消订单"), ("find", "找回删除的订单")]
TWO = THREE[:2]
CHAT = [("hello", "你好"), ("name", "你叫什么"), ("laugh", "哈哈")]

NUMBERS = {
    "after": "1 一 是第一个 那就第一个吧",
    "before": "２ 2。 二 选2 选项2 选择2 第二个 第2个吧 我问的是第二个 我选的是第二个 我想要第二个 我点第二个 "
    "是的，第二个 对，第二个 好的，2 嗯嗯，2 第二个问题 第二个啦 2哈 我想问一下第二个 谢谢，第二个 2️⃣ 中间那个",
    "find": "③ 3号 我要第三条，谢谢 最后一个 最后那个 最后那个吧 就最后那个 是最后那个 最后 倒数第一个",
}


@pytest.mark.parametrize(
    ("topic", "text"), [(topic, text) for topic, texts in NUMBERS.items() for text in texts.split()]
)
def test_numbers_and_ordinals(topic: str, text: str) -> None:
    assert read_choice(text, THREE) == topic


NONE = """
4 第四个 都不是 都不是。 都不是的 都不是啊 嗯，都不是 都不是，谢谢 一个都不是 不是 没有我要的 没有我想要的 以上都不是
都不要
"""


@pytest.mark.parametrize("text", NONE.split())
def test_none_of_these(text: str) -> None:
    assert read_choice(text, THREE) == NONE_OF_THESE


TITLES = {
    "before": "发货前 是发货前取消 发货前的那个",
    "after": "发货后取消订单 我想问的是发货后",
    "find": "找回 我想问找回删除的订单怎么弄 删除的吧",
}


@pytest.mark.parametrize(
    ("topic", "text"), [(topic, text) for topic, texts in TITLES.items() for text in texts.split()]
)
def test_part_of_a_title(topic: str, text: str) -> None:
    assert read_choice(text, THREE) == topic


OF_TWO = {
    "after": "前者 上面那个 前面那个吧 前面的 前面的那个 上面的那个",
    "before": "后面那个 后一个 是后面那个 我要后面那个",
}


@pytest.mark.parametrize(
    ("topic", "text"), [(topic, text) for topic, texts in OF_TWO.items() for text in texts.split()]
)
def test_of_two_the_former_or_the_latter(topic: str, text: str) -> None:
    assert read_choice(text, TWO) == topic
    assert read_choice(text, THREE) is None


@pytest.mark.parametrize("text", ["是", "是的", "对", "嗯"])
def test_yes_picks_the_only_one(text: str) -> None:
    assert read_choice(text, THREE[:1]) == "after"
    assert read_choice(text, THREE) is None


NOTHING = """
取消订单 订单 发货 2个订单怎么退 3条 第二天能到吗 5 第五个 12 你好 ？ 退款几天到账 一个 二手的收吗 个 不是发货前取消订单
我不想找回删除的订单
"""


@pytest.mark.parametrize("text", NOTHING.split())
def test_other_messages_pick_nothing(text: str) -> None:
    assert read_choice(text, THREE) is None


@pytest.mark.parametrize("text", ["谢" * 300_000 + "x", "呢" * 300_000 + "x", "嗯" * 300_000 + "x"])
def test_a_very_long_text_picks_nothing_at_once(text: str) -> None:
    assert read_choice(text, THREE) is None  # the patterns alone would take minutes


@pytest.mark.parametrize("text", ["你好，运费多少", "哈哈 那怎么退货", "什么？"])
def test_a_title_within_another_question_is_not_picked(text: str) -> None:
    assert read_choice(text, CHAT) is None


@pytest.mark.parametrize("text", ["没有", "不是", "1", "第一个", "最后一个", "其他", "是", "都不是"])
def test_nothing_is_picked_where_nothing_was_offered(text: str) -> None:
    assert read_choice(text, []) is None


@settings(deadline=None)
@given(st.text(), st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=3))
def test_any_text_gives_an_offered_topic_or_none(text: str, choices: list[tuple[str, str]]) -> None:
    assert read_choice(text, choices) in {*(topic for topic, _ in choices), NONE_OF_THESE, None}


@pytest.mark.parametrize("text", ["#2", "-2", "2.", "（2）", "选#2", "２、"])
def test_a_number_with_a_sign_of_lists(text: str) -> None:
    assert read_choice(text, [("a", "退货"), ("b", "换货")]) == "b"


@pytest.mark.parametrize(("text", "picked"), [("x9 pro", "a"), ("X9 Pro+", "b"), ("C", None)])
def test_titles_that_only_a_sign_tells_apart(text: str, picked: str | None) -> None:
    assert read_choice(text, [("a", "X9 Pro"), ("b", "X9 Pro+"), ("c", "C++"), ("d", "C#")]) == picked
