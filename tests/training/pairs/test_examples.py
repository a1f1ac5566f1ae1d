from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from faq_component.evaluation.pairs import Pair
from faq_component.text import comparison_key
from faq_component.training.pairs.examples import Example, from_pairs

sentences = st.sampled_from("abcdefgh")
pair_lists = st.lists(st.builds(Pair, sentences, sentences, st.booleans()), max_size=30)


def test_groups_by_hand() -> None:
    pairs = [
        Pair("天气怎么样", "今天几号", False),
        Pair("今天天气如何", "天气怎么样", True),
        Pair("天气怎么样？", "查天气", True),
        Pair("几号了", "今天几号", True),
    ]
    assert from_pairs(pairs) == [
        Example("天气怎么样", "今天几号", False, ("g0", "g1")),
        Example("今天天气如何", "天气怎么样", True, ("g0", "g0")),
        Example("天气怎么样？", "查天气", True, ("g0", "g0")),
        Example("几号了", "今天几号", True, ("g1", "g1")),
    ]


def test_no_pairs() -> None:
    assert from_pairs([]) == []


@given(pair_lists)
def test_groups_are_the_components_of_the_positive_pairs(pairs: list[Pair]) -> None:
    component = {text: {text} for text in "abcdefgh"}
    for pair in pairs:
        if pair.same:
            joined = component[pair.first] | component[pair.second]
            component |= dict.fromkeys(joined, joined)
    group: dict[str, str] = {}
    for example in from_pairs(pairs):
        for text, name in zip((example.first, example.second), example.groups, strict=True):
            assert group.setdefault(comparison_key(text), name) == name
    for one in group:
        for other in group:
            assert (group[one] == group[other]) == (other in component[one])


@given(pair_lists)
def test_groups_are_numbered_by_first_appearance(pairs: list[Pair]) -> None:
    names = list(dict.fromkeys(name for example in from_pairs(pairs) for name in example.groups))
    assert names == [f"g{number}" for number in range(len(names))]


def test_a_long_chain_is_one_group() -> None:
    pairs = [Pair(str(number), str(number + 1), True) for number in reversed(range(5_000))]
    assert {example.groups for example in from_pairs(pairs)} == {("g0", "g0")}
