from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component.evaluation.pairs import Pair, read_pairs
from faq_component.text import bare_key
from faq_component.training.pairs.cleaning import HeldOutCounts, ReasonCount, clean_pairs
from faq_component.training.pairs.near_texts import NearTexts, within_one_edit

DATA = Path(__file__).parents[4] / "shared" / "data" / "pairs"
words = st.text("ab", max_size=7)


def distance(first: str, second: str) -> int:
    """Levenshtein's distance, row by row."""
    row = list(range(len(second) + 1))
    for place, char in enumerate(first, start=1):
        above, row = row, [place]
        for column, other in enumerate(second, start=1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (char != other)))
    return row[-1]


@given(words, words)
def test_within_one_edit(first: str, second: str) -> None:
    assert within_one_edit(first, second) == (distance(first, second) <= 1)


@given(st.lists(words, max_size=12), words)
def test_near_texts_are_those_within_one_edit(texts: list[str], text: str) -> None:
    expected = {
        other for other in texts if other == text or (min(len(other), len(text)) >= 4 and distance(other, text) <= 1)
    }
    assert NearTexts(texts).near(text) == expected


def test_reasons_by_hand() -> None:
    test = [Pair("怎么退货给你们", "我想退掉这个", True), Pair("你好", "再见", False)]
    kept_pairs = [
        Pair("今天天气怎么样", "今天天气好吗", True),
        Pair("你好", "今天天气好吗", False),  # shares one sentence
        Pair("怎么退货给你们", "我要退掉这个东西", True),  # the other side is two edits away
        Pair("你号", "再见", False),  # too short to be near
    ]
    dropped = [
        Pair("我想退掉这个！", "怎么退货给你们？", False),  # equal, in the other order, whatever the label
        Pair("怎么退货给你", "我想退掉那个", True),  # near: one deletion, one substitution
        Pair("我想退掉这个", "怎么退货给你们呢", True),  # near: one insertion, in the other order
        Pair("几点开门", "什么时候开门", True),  # contradicts the next
        Pair("什么时候开门", "几点开门", False),
        Pair("谢谢", "谢谢！", True),  # trivial
        Pair("今天天气好吗", "今天天气怎么样？", True),  # repeats the first
    ]
    kept, report = clean_pairs([*kept_pairs, *dropped], {"test": test, "none": []})
    assert kept == kept_pairs
    assert (report.pairs, report.kept) == (11, 4)
    assert report.held_out == {"test": HeldOutCounts(equal=1, near=2, sharing=5), "none": HeldOutCounts(0, 0, 0)}
    assert (report.contradicting, report.trivial, report.repeated) == (ReasonCount(2, 1), ReasonCount(1, 1), 1)


def test_reasons_are_counted_independently() -> None:
    pairs = [Pair("退货的地址", "退货的地址", True)] * 2 + [Pair("退货的地址", "退货的地址", False)]
    kept, report = clean_pairs(pairs, {"dev": pairs[:1]})
    assert kept == []
    assert report.held_out["dev"] == HeldOutCounts(equal=3, near=0, sharing=3)
    assert (report.contradicting, report.trivial, report.repeated) == (ReasonCount(3, 1), ReasonCount(3, 1), 1)


def test_both_sides_may_be_near_the_same_sentence_but_no_pair() -> None:
    held_out = [Pair("怎么退货给你们", "几点关门啊", True)]
    pairs = [Pair("怎么退货给你", "怎么退货给你吧", True)]
    assert clean_pairs(pairs, {"dev": held_out})[0] == pairs


def test_report_in_words_and_as_json() -> None:
    pairs = [Pair("甲", "乙", True), Pair("乙", "甲", True), Pair("丙", "丁", False)]
    _, report = clean_pairs(pairs, {"dev": [Pair("甲", "乙", False)]})
    assert report.lines()[:2] == [
        "pairs: 3, kept: 1; a pair can be dropped for several of these reasons",
        "equal to a pair of dev, dropped: 2",
    ]
    assert report.as_dict() == {
        "pairs": 3,
        "kept": 1,
        "held_out": {"dev": {"equal": 2, "near": 0, "sharing": 2}},
        "contradicting": {"pairs": 0, "different": 0},
        "trivial": {"pairs": 0, "different": 0},
        "repeated": 1,
    }


texts = st.text("ab", min_size=1, max_size=6)
pair_lists = st.lists(st.builds(Pair, texts, texts, st.booleans()), max_size=12)


@given(pair_lists, pair_lists)
def test_what_is_kept_is_clean(pairs: list[Pair], held_out: list[Pair]) -> None:
    kept, report = clean_pairs(pairs, {"dev": held_out})
    assert report.kept == len(kept)
    again, found = clean_pairs(kept, {"dev": held_out})
    assert again == kept
    assert found.held_out["dev"].equal == found.held_out["dev"].near == found.repeated == 0
    assert found.contradicting == found.trivial == ReasonCount(0, 0)
    for pair in kept:
        for other in held_out:
            for first, second in ((other.first, other.second), (other.second, other.first)):
                assert not (_near(pair.first, first) and _near(pair.second, second))


def _near(one: str, other: str) -> bool:
    one, other = bare_key(one), bare_key(other)
    return one == other or (min(len(one), len(other)) >= 4 and distance(one, other) <= 1)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is absent: the pairs of LCQMC are not part of this repository")
def test_known_figures_of_lcqmc() -> None:
    pairs = read_pairs(DATA / "lcqmc_train.tsv.gz")
    against = {name: read_pairs(DATA / f"{name}.tsv.gz") for name in ("lcqmc_dev", "lcqmc_test")}
    kept, report = clean_pairs(pairs, against)
    assert report.pairs == 238_766
    assert report.held_out["lcqmc_dev"].equal == 1_093
    assert report.held_out["lcqmc_test"].equal == 1_810
    assert report.held_out["lcqmc_test"].sharing == 35_675
    assert report.contradicting.different == 737
    # 12,620 was counted with another normalisation, in which one of these sentences makes two.
    assert report.trivial.different == pytest.approx(12_620, abs=1)
    assert 195_000 < len(kept) < 205_000
