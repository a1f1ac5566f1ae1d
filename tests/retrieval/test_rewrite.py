from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component.assistant.build_retrievers import build_retriever
from faq_component.errors import SettingsError
from faq_component.knowledge.checking import Faq, Topic
from faq_component.retrieval.comparison_encoder import ComparisonEncoder
from faq_component.retrieval.pinyin import pinyin_bigrams
from faq_component.retrieval.question import Question
from faq_component.retrieval.rewrite import (
    Synonyms,
    compose,
    digits,
    read_synonyms,
    to_simplified,
)
from faq_component.retrieval.tokens import JiebaWords, read_word_list
from faq_component.settings import Settings
from faq_component.text import normalize
from tests.caches import warmed
from tests.fakes import CharacterEncoder

GROUPS = [["哈尔滨工业大学", "哈工大", "哈尔滨工大"], ["微信", "wx"], ["密码", "pwd"], ["优惠券", "券"]]


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("哈工大怎么走", "哈尔滨工业大学怎么走"),
        ("哈尔滨工大和哈工大", "哈尔滨工业大学和哈尔滨工业大学"),
        ("ＷＸ能付吗", "微信能付吗"),
        ("wxyz不变, 2wx也不变", "wxyz不变, 2wx也不变"),
        ("哈尔滨工业大学", "哈尔滨工业大学"),
        ("app哈工大2站", "app哈尔滨工业大学2站"),
        ("优惠券和券", "优惠券和优惠券"),
        ("优惠券包", "优惠券包"),
    ],
)
def test_synonyms(text: str, rewritten: str) -> None:
    assert Synonyms(GROUPS)(normalize(text)) == rewritten


@given(st.text(alphabet="哈工大尔滨业学wxpd微信优惠券 ", max_size=12))
def test_a_second_rewriting_changes_nothing(text: str) -> None:
    rewrite = Synonyms(GROUPS)
    once = rewrite(text)
    assert rewrite(once) == once


def test_without_synonyms_nothing_changes() -> None:
    assert Synonyms([])("怎么退货") == "怎么退货"


def test_faults_of_a_synonym_file_are_all_named_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "synonyms.txt"
    file.write_text("# words\n微信 wx\n孤单\n\n密码, ＷＸ\n\u200b 无\n", "utf-8")
    with pytest.raises(SettingsError) as caught:
        read_synonyms(str(file))
    assert str(caught.value).startswith(
        f"setting 'synonyms': {file}: line 3: '孤单' is not two different words; line 5: 'wx' is in line 2 already; "
        f"line 6: "
    )


def test_a_synonym_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"setting 'synonyms': .*absent\.txt cannot be read"):
        read_synonyms(str(tmp_path / "absent.txt"))


def test_synonyms_may_be_parted_by_commas_and_repeated(tmp_path: Path) -> None:
    file = tmp_path / "synonyms.txt"
    file.write_text("  # words\n微信，wx, WX vx\n", "utf-8")
    assert read_synonyms(str(file))("wx和vx") == "微信和微信"


def test_synonyms_in_traditional_characters_are_found_in_simplified_texts(tmp_path: Path) -> None:
    file = tmp_path / "synonyms.txt"
    file.write_text("統一發票 發票 发票\n", "utf-8")
    simplify = to_simplified()
    rewrite = compose([simplify, read_synonyms(str(file), simplify)])
    assert rewrite("發票呢") == rewrite("发票呢") == rewrite("統一發票呢") == "统一发票呢"


def test_the_shipped_synonyms_can_be_read(in_the_checkout: None) -> None:
    assert read_synonyms("data/synonyms.txt")("哈工大免邮吗") == "哈尔滨工业大学包邮吗"


def test_the_shipped_user_dictionary_keeps_its_words_whole(in_the_checkout: None, tmp_path: Path) -> None:
    import jieba

    words = read_word_list("data/user_dictionary.txt", "user_dictionary")
    before = JiebaWords(tmp_path, search=False)
    assert all(len(before(word)) > 1 for word in words), "jieba knows this one already"
    try:
        tokenize = JiebaWords(tmp_path, search=False, user_dictionary="data/user_dictionary.txt")
        assert [tokenize(f"我的{word}呢") for word in words] == [["我", "的", word, "呢"] for word in words]
    finally:
        for word in words:
            jieba.del_word(word)


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("十点了 我要睡觉", "10点了 我要睡觉"),
        ("三百二十块和一千零五元", "320块和1005元"),
        ("二零二六年十一月二十三日", "2026年11月23日"),
        ("两天没到", "2天没到"),
        ("三百五块和三千五元", "350块和3500元"),
        ("两点半、一点半和零点", "2点半、1点半和0点"),
        ("星期三十点", "星期三十点"),
        ("三五天、四五十块、十二三岁、九九八十一天、千百次", None),
        ("几十块、数百元、上百元、十几天", None),
        ("一万五千元、十万元", None),
        ("统一年费、唯一件、万一天黑、星期一天气、一次性", None),
        ("一点都不好，十分生气，一下就好，一样，万一坏了，我们一块去，三心二意，一百零件", None),
    ],
)
def test_numbers_in_digits(text: str, rewritten: str | None) -> None:
    assert digits(text) == (rewritten or text)


def chinese(number: int) -> str:
    """A number from 1 to 9,999 as it is read out."""
    text = ""
    for place, unit in ((1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            text += "零一二三四五六七八九"[digit] + unit
        elif text and not text.endswith("零") and number % place:
            text += "零"
    return text.removeprefix("一") if 10 <= number < 20 else text


def test_every_number_that_is_read_out_in_full() -> None:
    assert chinese(1_005) == "一千零五"
    assert chinese(12) == "十二"
    numbers = range(1, 10_000)
    assert [digits(f"要{chinese(number)}元") for number in numbers] == [f"要{number}元" for number in numbers]


@given(st.text(alphabet="零〇一二两三九十百千万几第点块天元年的", max_size=10))
def test_numbers_are_rewritten_once(text: str) -> None:
    assert digits(digits(text)) == digits(text)


def test_traditional_characters_become_simplified() -> None:
    assert to_simplified()("我要退貨，發票呢") == "我要退货，发票呢"


def test_rewriters_run_in_order() -> None:
    assert compose([lambda text: text + "一", lambda text: text + "二"])("零") == "零一二"


def test_an_encoder_gets_the_rewritten_text() -> None:
    encoder = ComparisonEncoder(CharacterEncoder(), to_simplified())
    np.testing.assert_array_equal(encoder.encode(["退貨"]), CharacterEncoder().encode(["退货"]))


def test_pinyin_is_the_same_for_characters_of_one_sound() -> None:
    assert pinyin_bigrams("退货流程") == pinyin_bigrams("退或流成") == ["tui-huo", "huo-liu", "liu-cen"]
    assert pinyin_bigrams("app 退a货") == []


@pytest.mark.parametrize(("text", "heard"), [("这里", "责你"), ("是陈", "四层"), ("牛奶", "流奶"), ("名声", "民森")])
def test_sounds_that_many_do_not_tell_apart_are_one(text: str, heard: str) -> None:
    assert pinyin_bigrams(text) == pinyin_bigrams(heard)


def test_the_word_decides_how_a_character_is_read() -> None:
    assert pinyin_bigrams("银行") == ["yin-han"]
    assert pinyin_bigrams("行走") == ["xin-zou"]


FAQ = Faq.of([Topic("return", "退货", ("怎么退货",), ("好",)), Topic("night", "晚安", ("十点睡觉",), ("好",))])


@pytest.mark.parametrize(
    ("settings", "query", "topic_id"),
    [
        ({"simplify": True}, "怎麼退貨", "return"),
        ({"pinyin": True}, "宰么推或", "return"),
        ({"digits": True}, "10点", "night"),
    ],
)
def test_each_switch_reaches_recall(settings: dict[str, object], query: str, topic_id: str, tmp_path: Path) -> None:
    chosen = Settings.from_mapping({"retriever": "keyword", "cache_dir": warmed(tmp_path), **settings})
    off = Settings(retriever="keyword", cache_dir=warmed(tmp_path), simplify=False)
    assert build_retriever(chosen, FAQ).search(Question(query), 1)[0].topic_id == topic_id
    best = build_retriever(off, FAQ).search(Question(query), 1)
    assert not best or best[0].score < build_retriever(chosen, FAQ).search(Question(query), 1)[0].score
