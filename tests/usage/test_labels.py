"""What the log says about the topics of questions."""

from __future__ import annotations

from dataclasses import replace

from faq_component.usage.events import Event, Kind
from faq_component.usage.labels import Label, labels_of

PICKED = Event(Kind.PICK, "picked", text="能退么", topic="return", topics=(("return", None), ("swap", None)))
NONE = replace(PICKED, outcome="none", topic="")
USELESS = Event(Kind.FEEDBACK, "useless", text="能退么", topic="swap")


def test_each_kind_of_label() -> None:
    asked = Event(Kind.DECISION, "clarify", text="能退么")
    assert labels_of([asked]) == []
    (picked,) = labels_of([asked, PICKED])
    assert (picked.is_right("return"), picked.is_right("swap")) == (True, False)
    (none,) = labels_of([NONE])
    assert (none.is_right("return"), none.is_right("swap"), none.is_right("other")) == (False, False, None)
    (useless,) = labels_of([USELESS])
    assert (useless.is_right("swap"), useless.is_right("return")) == (False, None)
    (useful,) = labels_of([replace(USELESS, outcome="useful")])
    assert (useful.is_right("swap"), useful.is_right("return")) == (True, False)
    (outside,) = labels_of([Event(Kind.REVIEW, "out_of_scope", text="能退么")])
    assert not outside.is_right("return")
    assert labels_of([Event(Kind.REVIEW, "done", text="能退么"), replace(USELESS, text="")]) == []


def test_the_last_word_of_a_user_and_a_review_count() -> None:
    changed = labels_of([replace(USELESS, outcome="useful", conversation="甲"), replace(USELESS, conversation="甲")])
    assert changed == [Label("能退么", "", frozenset(["swap"]), "", "甲")]
    both = [replace(PICKED, conversation=who) for who in "甲乙"]
    assert len(labels_of(both)) == 2
    (reviewed,) = labels_of([*both, Event(Kind.REVIEW, "post", text="能退么？", topic="swap")])
    assert (reviewed.topic, reviewed.conversation) == ("swap", "")


def test_an_answer_that_is_unclear_or_outdated_had_the_right_topic() -> None:
    for reason, kept in (("unclear", 0), ("outdated", 0), ("wrong", 1), ("other", 1)):
        assert len(labels_of([USELESS, replace(USELESS, outcome=reason)])) == kept
    picked = replace(PICKED, text=USELESS.text, conversation=USELESS.conversation)  # of another topic
    assert labels_of([picked, replace(USELESS, outcome="unclear")]) == labels_of([picked])
    assert labels_of([replace(USELESS, outcome="comment")]) == []
