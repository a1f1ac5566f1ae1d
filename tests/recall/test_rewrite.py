from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component.build import build_retriever
from faq_component.errors import SettingsError
from faq_component.faq import Faq, Topic
from faq_component.recall.pinyin import pinyin_bigrams
from faq_component.recall.rewrite import (
    RewritingEncoder,
    Synonyms,
    compose,
    digits,
    read_synonyms,
    to_simplified,
)
from faq_component.settings import Settings
from tests.fakes import CharacterEncoder

GROUPS = [["哈尔滨工业大学", "哈工大", "哈尔滨工大"], ["微信", "wx"], ["密码", "pwd"]]


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("哈工大怎么走", "哈尔滨工业大学怎么走"),
        ("哈尔滨工大和哈工大", "哈尔滨工业大学和哈尔滨工业大学"),
        ("ＷＸ能付吗", "微信能付吗"),
        ("wxyz不变, 2wx也不变", "wxyz不变, 2wx也不变"),
        ("哈尔滨工业大学", "哈尔滨工业大学"),
    ],
)
def test_synonyms(text: str, rewritten: str) -> None:
    assert Synonyms(GROUPS)(text) == rewritten


@given(st.text(alphabet="哈工大尔滨业学wxpd微信 ", max_size=12))
def test_a_second_rewriting_changes_nothing(text: str) -> None:
    rewrite = Synonyms([["微信", "wx"], ["密码", "pwd"], ["学", "大学"]])
    once = rewrite(text)
    assert rewrite(once) == once or "大" in once  # 大大学 becomes 大学, which is a synonym again


def test_without_synonyms_nothing_changes() -> None:
    assert Synonyms([])("怎么退货") == "怎么退货"


def test_faults_of_a_synonym_file_are_all_named(tmp_path: Path) -> None:
    file = tmp_path / "synonyms.txt"
    file.write_text("# words\n微信 wx\n孤单\n密码 WX\n", "utf-8")
    with pytest.raises(SettingsError, match="'孤单' stands alone; 'wx' is in the groups of '微信' and of '密码'"):
        read_synonyms(str(file))


def test_the_shipped_synonyms_can_be_read(in_the_checkout: None) -> None:
    assert read_synonyms("data/synonyms.txt")("哈工大免邮吗") == "哈尔滨工业大学包邮吗"


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("十点了 我要睡觉", "10点了 我要睡觉"),
        ("三百二十块和一千零五元", "320块和1005元"),
        ("二零二六年十一月二十三日", "2026年11月23日"),
        ("两天没到", "2天没到"),
        ("三五天吧", "三五天吧"),
        ("一点都不好，十分生气，一下就好，万一坏了，我们一块去，三心二意", None),
    ],
)
def test_numbers_in_digits(text: str, rewritten: str | None) -> None:
    assert digits(text) == (rewritten or text)


@given(st.text(alphabet="零一二两三九十百千点块天元的", max_size=10))
def test_numbers_are_rewritten_once(text: str) -> None:
    assert digits(digits(text)) == digits(text)


def test_traditional_characters_become_simplified() -> None:
    assert to_simplified()("我要退貨，發票呢") == "我要退货，发票呢"


def test_rewriters_run_in_order() -> None:
    assert compose([lambda text: text + "一", lambda text: text + "二"])("零") == "零一二"


def test_an_encoder_gets_the_rewritten_text() -> None:
    encoder = RewritingEncoder(CharacterEncoder(), to_simplified())
    np.testing.assert_array_equal(encoder.encode(["退貨"]), CharacterEncoder().encode(["退货"]))


def test_pinyin_is_the_same_for_characters_of_one_sound() -> None:
    assert pinyin_bigrams("退货流程") == pinyin_bigrams("退或流成") == ["tui-huo", "huo-liu", "liu-cheng"]
    assert pinyin_bigrams("app 退a货") == []


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
    chosen = Settings.from_mapping({"retriever": "keyword", "cache_dir": str(tmp_path), **settings})
    off = Settings(retriever="keyword", cache_dir=str(tmp_path), simplify=False)
    assert build_retriever(chosen, FAQ).search(query, 1)[0].topic_id == topic_id
    best = build_retriever(off, FAQ).search(query, 1)
    assert not best or best[0].score < build_retriever(chosen, FAQ).search(query, 1)[0].score
