"""Chinese numerals: their values, and what each of their readers makes of them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component.chinese import DIGIT_VALUES, ONE_TO_NINE, STYLE, has_unit, numeral_value
from faq_component.decision.contrast import turns_meaning
from faq_component.dialogue.choice import read_choice
from faq_component.lint.quantities import read_number
from faq_component.retrieval.rewrite import digits
from faq_component.usage.masking import MOBILE, mask

DIGITS = "零" + ONE_TO_NINE


def written(value: int) -> str:
    """A number below 10,000 亿 in the standard form: 10,305 is 一万零三百零五."""
    if value == 0:
        return "零"
    parts, gap = "", False
    for size, unit in ((10**8, "亿"), (10**4, "万"), (1, "")):
        section, value = divmod(value, size)
        if section:
            parts += ("零" if parts and (gap or section < 1_000) else "") + section_written(section) + unit
        gap = not section
    return parts


def section_written(value: int) -> str:
    text = ""
    for size, unit in ((1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, size)
        if digit:
            text += DIGITS[digit] + unit
        elif text and value and not text.endswith("零"):
            text += "零"
    return text


@given(st.integers(0, 10**12 - 1))
def test_a_numeral_has_the_value_that_was_written(value: int) -> None:
    assert numeral_value(written(value)) == value


@given(st.integers(1, 10**12))
def test_a_number_said_digit_by_digit(value: int) -> None:
    said = "".join(DIGITS[int(digit)] for digit in str(value))
    assert not has_unit(said)
    assert numeral_value(said) == value


@pytest.mark.parametrize(
    ("numeral", "value", "colloquially"),
    [
        ("三百五", 305, 350),
        ("三千五", 3_005, 3_500),
        ("两万三", 20_003, 23_000),
        ("三百零五", 305, 305),
        ("三百五十", 350, 350),
        ("十五", 15, 15),
        ("二十五", 25, 25),
        ("五", 5, 5),
        ("一万亿", 10**12, 10**12),
        ("三亿五千万", 350_000_000, 350_000_000),
        ("〇", 0, 0),
    ],
)
def test_values(numeral: str, value: int, colloquially: int) -> None:
    assert (numeral_value(numeral), numeral_value(numeral, colloquial=True)) == (value, colloquially)


@pytest.mark.parametrize("text", ["三百x", "12", "几百"])
def test_what_is_no_numeral_has_no_value(text: str) -> None:
    with pytest.raises(KeyError):
        numeral_value(text)


# What each reader made of a numeral when it had code of its own: retrieval (before 元), lint, and the contrast check.
READ = [
    ("一", "1", 1, "一"),
    ("两", "2", 2, "2"),
    ("零", "0", 0, None),
    ("〇", "0", 0, None),
    ("十", "10", 10, "10"),
    ("百", "百", 100, "100"),
    ("十二", "12", 12, "12"),
    ("三五", "三五", 35, "5"),
    ("九九八", "九九八", 998, "8"),
    ("三百五", "350", 305, "305"),
    ("三千五", "3500", 3_005, "3005"),
    ("三百零五", "305", 305, None),
    ("三百五十", "350", 350, "350"),
    ("两千零二十", "2020", 2_020, None),
    ("百五十", "百五十", 150, "150"),
    ("三百零", "三百零", 300, None),
    ("一万五千", "一万五千", 15_000, "15000"),
    ("十万", "十万", 100_000, "100000"),
    ("万", "万", 10_000, "10000"),
]


@pytest.mark.parametrize(("numeral", "rewritten", "stated", "compared"), READ)
def test_each_reader_reads_as_before(numeral: str, rewritten: str, stated: float, compared: str | None) -> None:
    assert digits(f"付{numeral}元") == f"付{rewritten}元"
    assert read_number(numeral) == stated
    if compared is not None and compared.isdigit():
        assert not turns_meaning(f"满了{numeral}元包邮吗", f"满了{compared}元包邮吗")
        assert turns_meaning(f"满了{numeral}元包邮吗", f"满了{int(compared) + 1}元包邮吗")


@pytest.mark.parametrize("place", range(1, 4))
def test_a_choice_is_named_by_its_numeral(place: int) -> None:
    offered = [("a", "退货"), ("b", "换货"), ("c", "保修")]
    assert read_choice(f"第{DIGITS[place]}个", offered) == offered[place - 1][0] == read_choice(f"第{place}个", offered)


def test_a_mobile_number_said_in_numerals_is_masked() -> None:
    assert mask("我的号码是幺三八零〇一二三四五六") == f"我的号码是{MOBILE}"


def test_a_numeral_of_hundreds_of_digits_is_read() -> None:
    assert read_number("九" * 400) == math.inf


def test_no_character_of_style_is_a_numeral() -> None:
    assert STYLE.isdisjoint(DIGIT_VALUES)
