"""The messages that `benchmarks.long_messages` measures on."""

from __future__ import annotations

import pytest

from benchmarks.long_messages import own_messages


@pytest.mark.parametrize(("half", "known", "unknown"), [("dev", 70, 30), ("test", 60, 40)])
def test_messages_that_no_topic_answers_are_among_them(
    in_the_checkout: None, half: str, known: int, unknown: int
) -> None:
    sets = own_messages(half)
    assert (len(sets["with a topic"]), len(sets["without"])) == (known, unknown)
    assert all(topic is None for _text, topic in sets["without"])
