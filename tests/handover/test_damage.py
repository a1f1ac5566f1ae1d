"""Damaged rows of the handovers are set aside, said once, and the others go on."""

from __future__ import annotations

import json
import logging
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faq_component.errors import DamagedHandoversError, HandoverStoreError
from faq_component.handover.damage import COLUMNS
from faq_component.handover.jobs import Jobs
from faq_component.handover.settings import TimeOut
from faq_component.handover.store import HandoverStore
from faq_component.handover.types import ENDED, Author, Reason

ODD: list[Any] = ["abc", b"\xff\xfe", -1, 2**62, "nan", '{"a":', "[[]]", "null", "\N{PILE OF POO}" * 5000]


@pytest.fixture
def store(tmp_path: Path) -> HandoverStore:
    found = HandoverStore(tmp_path / "handovers.sqlite", ["webhook"])
    found.set_channels(["rest"])
    for name in ("a", "b"):
        number = found.open(name, "rest", Reason.ASKED, before=[(Author.USER, "人工", 1.0)]).id
        found.add_person_words(number, "在", "小林")
        found.add_user_words(number, "在吗")
    found.keep_place("rest", "a", {"x": 1})
    return found


def damage(store: HandoverStore, table: str, column: str, value: Any, where: str = "1") -> None:
    with sqlite3.connect(store.file) as connection:
        connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {where}", (value,))  # noqa: S608


def use(store: HandoverStore) -> int:
    """Do all that Rasa does with a store; return how often it could not."""
    jobs, failures = Jobs(store.file), 0
    tasks: list[Callable[[], object]] = [
        lambda: store.of_conversation("a"),
        store.unended,
        store.last_words,
        lambda: [store.messages(found.id) for found in store.unended()],
        lambda: store.reaches("rest"),
        lambda: store.set_channels(["rest"]),
        lambda: store.place("rest", "a"),
        lambda: store.end_overdue(TimeOut()),
        lambda: store.prune(30),
        lambda: store.refuse("n", "rest"),
        store.refused,
        lambda: store.source_of("8.8.8.8"),
        lambda: jobs.claim(of_user=True),
        lambda: jobs.claim(of_user=False),
        lambda: [jobs.waiting(found.id) for found in store.unended()],
    ]
    for task in tasks:
        try:
            json.dumps(getattr(task(), "__dict__", None), default=str)
        except HandoverStoreError:
            failures += 1
    return failures


def test_a_damaged_row_is_said_once_and_set_aside(store: HandoverStore, caplog: pytest.LogCaptureFixture) -> None:
    damage(store, "handovers", "last_person", "abc", "conversation = 'a'")
    with caplog.at_level(logging.ERROR), pytest.raises(DamagedHandoversError, match="set aside in its table 'damaged'"):
        store.unended()
    for _ in range(5):
        assert use(store) == 0
    assert [record.message.split(". ")[0].rpartition("/")[2] for record in caplog.records] == [
        "handovers.sqlite had 1 damaged rows"
    ]
    with sqlite3.connect(store.file) as connection:
        ((table, content),) = connection.execute("SELECT source, content FROM damaged").fetchall()
    assert table == "handovers"
    assert json.loads(content)["last_person"] == "abc"


def test_a_conversation_whose_state_is_lost_goes_back_to_the_bot(store: HandoverStore) -> None:
    damage(store, "handovers", "state", "lost", "conversation = 'a'")
    use(store)
    found, other = store.of_conversation("a"), store.of_conversation("b")
    assert found is not None
    assert other is not None
    assert (found.state, found.ending, other.state) == ("ending", "no_person", "taken")
    assert [job.kind for job in Jobs(store.file).waiting(found.id)][-1] == ENDED
    assert [words.text for words in store.messages(found.id)] == ["人工", "在", "在吗"]


@pytest.mark.parametrize("table", COLUMNS)
def test_whatever_a_value_is_the_second_look_goes_well(store: HandoverStore, table: str) -> None:
    for column in COLUMNS[table]:
        for value in ODD:
            damage(store, table, column, value, f"rowid = (SELECT max(rowid) FROM {table})")  # noqa: S608
            for _ in COLUMNS:  # a look may meet damage of one table at a time
                if not use(store):
                    break
            assert use(store) == 0, (table, column, value)


def test_many_damaged_values_at_once(store: HandoverStore) -> None:
    draw = random.Random(30)
    for _ in range(100):
        table = draw.choice(list(COLUMNS))
        damage(store, table, draw.choice(list(COLUMNS[table])), draw.choice(ODD))
    use(store)
    assert use(store) == 0
    number = store.open("new", "rest", Reason.ASKED).id
    assert store.add_person_words(number, "在", "小林")
