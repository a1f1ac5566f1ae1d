"""Who gets a message, the order enquiry or the FAQ, through the trained model: on messages nobody trained on."""

from __future__ import annotations

import pytest

from benchmarks.arbitration import confusion

REPLIES = {"inform_order_number", "affirm", "deny", "stop"}


@pytest.mark.filterwarnings("ignore")
def test_replies_inside_the_form_never_become_questions_and_few_messages_go_astray(trained: None) -> None:
    counts, mistakes = confusion()
    assert sum(counts.values()) >= 100
    assert not [mistake for mistake in mistakes if mistake[1] in REPLIES and mistake[2] in ("faq", "other")]
    assert len(mistakes) / sum(counts.values()) < 0.2, mistakes
