"""What is read out of numbers, in figures and in Chinese."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component.lint.quantities import quantities, read_number
from tests.lint.planting import _chinese


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2,000", 2000),
        ("3.5", 3.5),
        ("2万", 20_000),
        ("三百五十", 350),
        ("十二", 12),
        ("一万五千", 15_000),
        ("九五", 95),
        ("半", 0.5),
    ],
)
def test_numerals(text: str, value: float) -> None:
    assert read_number(text) == value


@given(st.integers(1, 99))
def test_chinese_numerals_are_read_as_they_are_written(value: int) -> None:
    assert read_number(_chinese(value)) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("48小时", ("time", 48, 48)),
        ("两天", ("time", 48, 48)),
        ("半小时", ("time", 0.5, 0.5)),
        ("一周", ("time", 168, 168)),
        ("2至3天", ("time", 48, 72)),
        ("1天到2天", ("time", 24, 48)),
        ("1–3个工作日", ("working days", 1, 3)),
        ("一年", ("months", 12, 12)),
        ("¥59", ("money", 59, 59)),
        ("五十九块钱", ("money", 59, 59)),
        ("８．５折", ("discount", 8.5, 8.5)),
        ("85折", ("discount", 8.5, 8.5)),
        ("百分之三十", ("percent", 30, 30)),
        ("晚上10点半", ("time of day", 22.5, 22.5)),
        ("9:00～22:00", ("time of day", 9, 22)),
        ("九点到十八点", ("time of day", 9, 18)),
        ("3张", ("张", 3, 3)),
    ],
)
def test_quantities(text: str, expected: tuple[str, float, float]) -> None:
    (found,) = quantities(f"您好，需要{text}。")
    assert (found.dimension, found.low, found.high) == expected
    assert found.text == text


@pytest.mark.parametrize("text", ["第七天", "一两天", "有一点慢", "每单一张", "三五件", "早点来", "一下子"])
def test_what_is_no_quantity(text: str) -> None:
    assert quantities(text) == []


@given(st.text(alphabet="0123456789一二两十百千万半.,:：-–到点元天小时个工作日折%¥百分之第号上午晚。 ", max_size=30))
def test_any_text_can_be_read(text: str) -> None:
    for each in quantities(text):
        assert each.text in text
        assert each.low >= 0
