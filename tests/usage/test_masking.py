from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.masking import MOST_WRONG, measure
from faq_component.usage.masking import WORDS, mask, without_words

CHINESE = st.text(alphabet="我的电话是号码请问怎么退货呀，。！、：abcHW ", max_size=12)
GAPS = st.sampled_from(["", " ", "-", "　", ".", "－"])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的手机13800138000收不到验证码", "我的手机[手机号]收不到验证码"),
        ("+86 138-0013-8000", "[手机号]"),
        ("打008613800138000", "打[手机号]"),
        ("86 13800138000", "[手机号]"),
        ("１３８００１３８０００", "[手机号]"),
        ("1 3 8 0 0 1 3 8 0 0 0", "[手机号]"),
        ("一三八零零幺三八零零零", "[手机号]"),
        ("一三八 零零一三-八零零零", "[手机号]"),
        ("138 - 0013 - 8000", "[手机号]"),
        ("0755 - 82345678", "[电话]"),
        ("我的电话号码是62345678", "我的电话号码[电话]"),
        ("座机号：62345678", "座机号[电话]"),
        ("订单20261105电话13912345678", "订单20261105电话[手机号]"),
        ("20261105 13912345678 5", "20261105 [手机号] 5"),
        ("wx13912345678abc", "wx[手机号]abc"),
        ("13912345678，13712345678", "[手机号]，[手机号]"),
        ("+852 9123 4567，香港的", "[手机号]，香港的"),
        ("+1 415 555 2671打不通", "[手机号]打不通"),
        ("010-62345678", "[电话]"),
        ("(0571)8765 4321转802", "[电话]"),
        ("（０２１）６２３４５６７８", "[电话]"),
        ("+86 755 8234 5678", "[电话]"),
        ("座机是87654321", "座机[电话]"),
        ("身份证11010519491231002X可以吗", "身份证[身份证号]可以吗"),
        ("110105 19491231 002x", "[身份证号]"),
        ("110105194912310021", "[身份证号]"),  # a mistyped check digit: birth date and place are still told
        ("110105 19491231 0021", "110105 19491231 0021"),
        ("110105491231002", "[身份证号]"),
        ("卡号6222021234567890128退款", "卡号[银行卡号]退款"),
        ("6222 0212 3456 7890 128", "[银行卡号]"),
        ("4111-1111-1111-1111", "[银行卡号]"),
        ("378282246310005", "[银行卡号]"),
        ("13800138000 4111 1111 1111 1111", "[手机号] [银行卡号]"),
        ("发到zhang.san@qq.com行吗", "发到[邮箱]行吗"),
        ("zhangsan＠１６３．com", "[邮箱]"),
        ("zhangsan@qq。com", "[邮箱]"),
        ("13800138000@139.com", "[邮箱]"),
        ("a" * 80 + "@qq.com", "a" * 16 + "[邮箱]"),
    ],
)
def test_personal_data_becomes_a_word(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "订单HW20261105到哪了",
        "hw 2026-1105",
        "客服热线400-800-1234",
        "电话是4008001234吗",
        "满59元免运费吗",
        "2026年11月5日买的，编号12345678",
        "订单号码62345678",
        "运单号1234567890123456",
        "1234567890",
        "@客服 在吗",
        "一二三四五六七八九十",
        "",
        "👍",
    ],
)
def test_what_is_not_personal_stays(text: str) -> None:
    assert mask(text) == text


def spaced(digits: str, gaps: list[str]) -> str:
    return "".join(digit + gap for digit, gap in zip(digits, [*gaps, ""], strict=True))


@given(
    CHINESE,
    CHINESE,
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.lists(GAPS, min_size=10, max_size=10),
    st.booleans(),
)
def test_no_mobile_number_is_left(before: str, after: str, number: str, gaps: list[str], wide: bool) -> None:
    shown = spaced(number, gaps)
    if wide:
        shown = shown.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    assert mask(f"{before}{shown}{after}") == f"{before}[手机号]{after}"


@given(st.integers(1, 9), st.lists(st.integers(0, 9), min_size=14, max_size=17), GAPS.filter(lambda gap: gap != "."))
def test_no_bank_card_is_left(first: int, rest: list[int], gap: str) -> None:
    digits = [first, *rest]
    total = sum(sum(divmod(2 * digit, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits[::-1]))
    number = "".join(map(str, [*digits, -total % 10]))
    shown = gap.join(number[start : start + 4] for start in range(0, len(number), 4))
    assert mask(f"卡号：{shown}。") in ("卡号：[银行卡号]。", "卡号：[身份证号]。")


@given(st.integers(0, 10**6))
def test_no_id_card_is_left(seed: int) -> None:
    draw = random.Random(seed)
    number = f"{draw.randint(110000, 659999)}{draw.randint(1930, 2024)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
    number += f"{draw.randint(0, 999):03}"
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    check = (12 - sum(weight * int(digit) for weight, digit in zip(weights, number, strict=True)) % 11) % 11
    number += "X" if check == 10 else str(check)
    assert mask(f"身份证{number}") == "身份证[身份证号]"
    assert mask(f"身份证{number[:6]} {number[6:14]} {number[14:]}") == "身份证[身份证号]"


@given(st.text(alphabet=st.characters(exclude_categories=("Nd", "No", "Nl", "Lo", "Cs")), max_size=40))
def test_a_text_without_digits_and_addresses_stays(text: str) -> None:
    if "@" not in text and "＠" not in text and "﹫" not in text:
        assert mask(text) == text


@given(st.text(alphabet="0123456789０１３８ -.@xXabc你+()（）转幺零①\ufe0f\u20e3[]【】点", max_size=60))
def test_masking_again_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


def test_a_long_text_is_cut_and_masked_in_no_time() -> None:
    assert mask("1" * 100_000) == "1" * 20_000
    assert mask("a" * 100_000) == "a" * 20_000
    assert mask("1 3" * 10_000)


def test_words_can_be_taken_out() -> None:
    assert without_words(mask("13800138000收不到短信")) == "收不到短信"
    assert all(without_words(word) == "" for word in WORDS)


def test_the_lines_written_for_it() -> None:
    left, wrong, personal, others = measure()
    assert (personal, others) == (292, 290)
    assert not left
    assert len(wrong) <= MOST_WRONG


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的号138/0013/8000", "我的号[手机号]"),
        ("138·0013·8000", "[手机号]"),
        ("138，0013，8000", "[手机号]"),
        ("壹叁捌零零壹叁捌零零零", "[手机号]"),
        ("1380013800013912345678", "[手机号]"),
        ("zhang﹫qq.com", "[邮箱]"),
        ("服务器203.0.113.7连不上", "服务器[IP地址]连不上"),
        ("2001:db8::7:1连不上", "[IP地址]连不上"),
        ("微信号：lily_88", "微信号：[微信号]"),
        ("密码是abc123!登不上", "密码是[密码]登不上"),
        ("手机9123 4567", "手机[电话]"),
        ("0912-345-678", "[手机号]"),
        ("(415) 555-2671", "[手机号]"),
        ("卡号4111.1111.1111.1111", "卡号[银行卡号]"),
        ("6222  0212  3456  7890  128", "[银行卡号]"),
        ("110105.19491231.002X", "[身份证号]"),
        ("138(1234)5678呢", "[手机号]呢"),
        ("(138)12345678", "[手机号]"),
        ("138【1234】5678", "[手机号]"),
        ("1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣！", "[手机号]！"),
        ("①③⑧⓪⓪①③⑧⓪⓪⓪", "[手机号]"),
        ("13800138000①工作日", "[手机号]①工作日"),
        ("one three eight zero zero one three eight zero zero zero", "[手机号]"),
        ("john (at) example.com", "[邮箱]"),
        ("john[at]example[dot]com", "[邮箱]"),
        ("it is john at example dot com", "it is [邮箱]"),
        ("zhangsan#qq.com", "[邮箱]"),
        ("mail bob at example.com please", "mail [邮箱] please"),
        ("密码 abc123", "密码 [密码]"),
        ("密码改成了wang870", "密码改成了[密码]"),
        ("password abc123", "password [密码]"),
        ("my password is sunshine", "my password is [密码]"),
        ("password=dragon", "password=[密码]"),
        ("my pin is 4821", "my pin is [密码]"),
        ("QQ 287 451 903", "QQ [QQ号]"),
    ],
)
def test_personal_data_of_further_forms(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "1.35,1.40,1.55,1.6哪个",
        "v1.2.3.4闪退",
        "密码是多少位",
        "my password is wrong",
        "12:30:45",
        "see you at example dot com talk",
        "look at example.com",
        "密码 忘记了怎么办",
        "password reset",
        "密码6-16位",
        "password win10",
        "密码错误 error1045",
        "验证码10690开头的短信",
        "1️⃣注册 2️⃣登录 3️⃣下单",
        "1999.2999.3999.4999",
        "3.1415926535897932",
        "one two three four five six seven eight nine ten",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert mask(text) == text
