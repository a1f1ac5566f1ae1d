"""Batches: every pair once, of like length, and no topic twice where the loss forbids it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component.errors import SettingsError
from faq_component.training.settings import TrainingSettings
from faq_component.training.trainers.batches import PairBatches, plan_batches

pairs = st.lists(st.tuples(st.integers(2, 30), st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=120)


def _batches(items: list[tuple[int, int, int]], **changes: Any) -> PairBatches:
    options = {"batch_size": 4, "batch_tokens": 160, "unique_groups": False} | changes
    lengths = [item[0] for item in items]
    groups = [(f"g{item[1]}", f"g{item[2]}") for item in items]
    return PairBatches(lengths, groups, **options)


@given(pairs)
def test_no_group_occurs_in_two_pairs_of_a_batch(items: list[tuple[int, int, int]]) -> None:
    for batch in _batches(items, unique_groups=True):
        used = Counter(group for index in batch for group in {items[index][1], items[index][2]})
        assert max(used.values()) == 1


@given(pairs, st.booleans())
def test_batches_keep_their_bounds_and_repeat_no_pair(items: list[tuple[int, int, int]], unique: bool) -> None:
    batches = list(_batches(items, unique_groups=unique))
    assert max(Counter(index for batch in batches for index in batch).values()) == 1
    for batch in batches:
        longest = max(items[index][0] for index in batch)
        assert len(batch) <= 4
        assert len(batch) == 1 or 2 * longest * len(batch) <= 160


@given(pairs)
def test_nothing_is_left_out_where_groups_may_repeat(items: list[tuple[int, int, int]]) -> None:
    assert sorted(index for batch in _batches(items) for index in batch) == list(range(len(items)))


def test_passes_differ_and_a_seed_repeats_them() -> None:
    items = [(number % 20 + 2, number, number + 1_000) for number in range(400)]
    twice = list(_batches(items, epochs=2.0))
    assert len(twice) == 2 * len(_batches(items))
    assert twice[: len(twice) // 2] != twice[len(twice) // 2 :]
    assert twice == list(_batches(items, epochs=2.0))
    assert twice != list(_batches(items, epochs=2.0, seed=1))
    assert len(_batches(items, epochs=0.25)) == round(len(_batches(items)) / 4)


def test_little_is_padded() -> None:
    items = [(number % 29 + 2, number, number + 10_000) for number in range(5_000)]
    batches = list(_batches(items, batch_size=32, batch_tokens=10_000))
    padded = sum(len(batch) * max(items[index][0] for index in batch) for batch in batches)
    assert padded < 1.03 * sum(length for length, _, _ in items)


def test_pairs_of_one_large_topic_wait_for_other_batches() -> None:
    items = [(5, 0, 0) if number < 10 else (5, number, number) for number in range(50)]
    batches = list(_batches(items, unique_groups=True))
    assert sum(items[index][1] == 0 for batch in batches for index in batch) == 10


def test_few_topics_still_make_batches() -> None:
    groups = [(f"t{number % 8}", f"t{number % 8}") for number in range(160)]
    batches = PairBatches([5] * 160, groups, batch_size=64, batch_tokens=10_000, unique_groups=True)
    assert sum(map(len, batches)) > 140


def test_pairs_that_fill_no_quarter_of_a_batch_still_make_one() -> None:
    assert [sorted(batch) for batch in _batches([(5, 0, 1)] * 10, batch_size=64, batch_tokens=1_000)] == [[*range(10)]]


def test_nothing_to_train_on_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match="nothing to train on"):
        plan_batches([], None, TrainingSettings())
