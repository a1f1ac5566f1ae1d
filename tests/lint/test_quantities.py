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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Orders ship within three business days.", ("working days", 3, 3)),
        ("It takes 3-5 days.", ("time", 72, 120)),
        ("three to five days", ("time", 72, 120)),
        ("between three and five days", ("time", 72, 120)),
        ("one or two hours", ("time", 1, 2)),
        ("a two-year warranty", ("months", 24, 24)),
        ("One hundred and five dollars", ("dollars", 105, 105)),
        ("$1,299.50 in all", ("dollars", 1299.5, 1299.5)),
        ("twenty-five percent off", ("percent", 25, 25)),
        ("two thousand points", ("points", 2000, 2000)),
        ("Open 9 am to 6:30 p.m.", ("time of day", 9, 18.5)),
        ("open 9-6 pm", ("time of day", 9, 18)),
        ("two people", ("people", 2, 2)),
    ],
)
def test_in_english(text: str, expected: tuple[str, float, float]) -> None:
    (found,) = quantities(text)
    assert (found.dimension, found.low, found.high) == expected


@pytest.mark.parametrize("text", ["call one person", "the C-3 day", "no one", "one of them", "up to 10 MB", "someone"])
def test_no_quantities_in_english(text: str) -> None:
    assert quantities(text) == []


_ENGLISH = {5: "five", 12: "twelve", 20: "twenty", 45: "forty-five", 105: "one hundred and five", 2000: "two thousand"}


@given(st.sampled_from(sorted(_ENGLISH)), st.sampled_from(["days", "hours", "dollars", "percent", "people"]))
def test_numbers_in_words_are_those_in_figures(value: int, unit: str) -> None:
    (in_words,), (in_figures,) = quantities(f"It is {_ENGLISH[value]} {unit}."), quantities(f"It is {value} {unit}.")
    assert (in_words.dimension, in_words.low) == (in_figures.dimension, in_figures.low)
