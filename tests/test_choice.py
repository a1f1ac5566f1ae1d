import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq_component.choice import NONE_OF_THESE, read_choice

THREE = [("after", "发货后取消订单"), ("before", "发货前取消订单"), ("find", "找回删除的订单")]
TWO = THREE[:2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", "after"), ("２", "before"), ("③", "find"), ("2。", "before"), ("二", "before"), ("选2", "before"),
        ("我选 3", "find"), ("第二个", "before"), ("第2个吧", "before"), ("是第一个", "after"), ("3号", "find"),
        ("我要第三条，谢谢", "find"), ("最后一个", "find"), ("最后那个", "find"), ("我问的是第二个", "before"),
        ("那就第一个吧", "after"),
    ],
)  # fmt: skip
def test_numbers_and_ordinals(text: str, expected: str) -> None:
    assert read_choice(text, THREE) == expected


@pytest.mark.parametrize("text", ["4", "都不是", "都不是。", "不是", "没有我要的", "以上都不是", "第四个"])
def test_none_of_these(text: str) -> None:
    assert read_choice(text, THREE) == NONE_OF_THESE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("发货前", "before"), ("发货后取消订单", "after"), ("是发货前取消", "before"), ("找回", "find"),
        ("我想问的是发货后", "after"), ("我想问找回删除的订单怎么弄", "find"), ("删除的吧", "find"),
    ],
)  # fmt: skip
def test_part_of_a_title(text: str, expected: str) -> None:
    assert read_choice(text, THREE) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("前者", "after"), ("后面那个", "before"), ("后一个", "before"), ("上面那个", "after")]
)
def test_of_two_the_former_or_the_latter(text: str, expected: str) -> None:
    assert read_choice(text, TWO) == expected
    assert read_choice(text, THREE) is None


@pytest.mark.parametrize(
    "text",
    [
        "取消订单",
        "订单",
        "发货",
        "2个订单怎么退",
        "第二天能到吗",
        "5",
        "第五个",
        "12",
        "你好",
        "？",
        "退款几天到账",
        "一个",
        "二手的收吗",
        "个",
    ],
)
def test_other_messages_pick_nothing(text: str) -> None:
    assert read_choice(text, THREE) is None


@settings(deadline=None)
@given(st.text(), st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=3))
def test_any_text_gives_an_offered_topic_or_none(text: str, choices: list[tuple[str, str]]) -> None:
    assert read_choice(text, choices) in {*(topic for topic, _ in choices), NONE_OF_THESE, None}
