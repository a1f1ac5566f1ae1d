"""The contrast set, and its measuring: what is counted as a wrong answer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.contrast import PAIRS, answered
from faq_component.settings import Settings
from faq_component.support.tsv import read_tsv
from faq_component.text import comparison_key
from tests.caches import warmed


def test_the_set_is_whole(in_the_checkout: None) -> None:
    rows = read_tsv(PAIRS)
    assert Counter(row["half"] for row in rows) == {"seen": 100, "unseen": 121}
    assert {row["kind"] for row in rows} == {"negation", "opposite", "number", "name"}
    for row in rows:
        texts = [comparison_key(row[name]) for name in ("post", "other", "same")]
        assert len(set(texts)) == 3, row
        assert all(texts), row
    assert len({comparison_key(row["post"]) for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("other", "same", "expected"), [("怎么退货", "完全无关", (True, False)), ("天气", "怎么退货", (False, True))]
)
def test_an_answer_to_the_other_question_is_wrong(
    other: str, same: str, expected: tuple[bool, bool], tmp_path: Path
) -> None:
    row = {"half": "seen", "kind": "opposite", "post": "怎么退货", "other": other, "same": same}
    ((_, wrong, right),) = answered([row], Settings(retriever="keyword", cache_dir=warmed(tmp_path)))
    assert (wrong, right) == expected
