from hypothesis import given
from hypothesis import strategies as st

from faq_component.knowledge.store.positions import STEP, place_in_order

names = st.lists(st.sampled_from("abcdefghij"), unique=True)
before = st.dictionaries(st.sampled_from("abcdefghij"), st.integers(-3, 12), max_size=8).filter(
    lambda positions: len(set(positions.values())) == len(positions)
)


@given(names, before)
def test_positions_ascend(order: list[str], before: dict[str, int]) -> None:
    placed = place_in_order(order, before)
    assert sorted(placed, key=placed.__getitem__) == order
    assert len(set(placed.values())) == len(order)


@given(names)
def test_the_same_order_keeps_every_position(order: list[str]) -> None:
    placed = place_in_order(order, {})
    assert place_in_order(order, placed) == placed


def test_a_topic_put_in_or_moved_moves_no_other() -> None:
    placed = place_in_order("abcd", {})
    for order in ("abxcd", "xabcd", "abcdx", "bcda", "dabc", "acd"):
        again = place_in_order(order, placed)
        assert sum(again[item] != placed.get(item) for item in order) <= 1
    assert place_in_order("abc", {"a": 0, "c": 1}) == {"a": 0, "b": STEP, "c": 2 * STEP}  # no room: all anew
