"""The optional keys of a topic: their form, their faults, and when a topic is answered."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from faq_component.knowledge.checking import check_faq, load_faq
from faq_component.knowledge.leads import Follow
from faq_component.knowledge.options import KEYS, NONE, Options, Validity, options_from_json
from faq_component.knowledge.topics import Faq, Topic, topic_from_list, topic_to_list

FULL = Options(
    ("售后", "金卡"),
    enabled=False,
    valid=Validity("2026-11-01", "2026-11-11T20:00+08:00"),
    related=("parcel",),
    follow=(Follow("refund", "多久到账"), Follow("parcel")),
    negatives=("押金怎么退",),
    recommend=True,
    handoff=True,
)
OTHERS = {
    "退款": {"id": "refund", "post": ["退款"], "resp": ["好"]},
    "包裹": {"id": "parcel", "post": ["件"], "resp": ["好"]},
}


def write(folder: Path, **keys: Any) -> Path:
    path = folder / "faq.json"
    topic = {"post": ["怎么退"], "resp": ["可以"], **keys}
    path.write_text(json.dumps({"退货": topic, **OTHERS}, ensure_ascii=False, indent=1), "utf-8")
    return path


def test_an_faq_file_holds_them(tmp_path: Path) -> None:
    topic = load_faq(write(tmp_path, **FULL.to_json())).topics[0]
    assert tuple(FULL.to_json()) == KEYS
    assert topic.options == FULL
    assert options_from_json(FULL.to_json()) == FULL
    assert topic_from_list(json.loads(json.dumps(topic_to_list(topic)))) == topic


def test_a_topic_without_them_is_written_and_fingerprinted_as_before() -> None:
    assert NONE.to_json() == {}
    plain = Topic("a", "甲", ("甲",), ("乙",))
    assert topic_to_list(plain) == ["a", "甲", ("甲",), ["乙"]]
    other = Faq.of([Topic("a", "甲", ("甲",), ("乙",), Options(("标签",)))])
    assert other.fingerprint != Faq.of([plain]).fingerprint


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("tags", "售后", "tags is not a list; write a list of texts"),
        ("tags", ["售后", " "], "tags holds what is no text, or an empty one"),
        ("tags", ["售后", "售后"], "tags names a tag twice"),
        ("tags", ["\ud800"], "holds half a surrogate pair"),
        ("enabled", "yes", "enabled is not true or false"),
        ("enabled", 0, "enabled is not true or false"),
        ("valid", "2026-11-01", "valid is not of the form"),
        ("valid", {}, "valid is not of the form"),
        ("valid", {"to": "2026-11-01"}, "valid is not of the form"),
        ("valid", {"until": 20261101}, "valid 'until' is no text"),
        ("valid", {"until": "2026-11-31"}, "valid 'until' is '2026-11-31'; write a day such as 2026-11-01"),
        ("valid", {"from": "明天"}, "valid 'from' is '明天'; write a day"),
        ("valid", {"from": "2026-11-02", "until": "2026-11-01"}, "valid ends ('2026-11-01') before it begins"),
        ("related", "refund", "related is not a list; write a list of topic ids"),
        ("related", [1], "related[0] is no text; write the id of a topic"),
        ("related", [{"topic": "refund", "title": "x"}], "related[0] is no text"),
        ("related", ["退款 多久"], "related[0] is '退款 多久', which is no topic id"),
        ("related", ["a", "a"], "related[1] names 'a' a second time"),
        ("related", [f"t{n}" for n in range(11)], "related names 11 topics, more than 10"),
        ("follow", [{"topic": "refund"}], "follow[0] is neither a topic id nor of the form"),
        ("follow", [{"topic": "refund", "title": " "}], "follow[0] holds what is no text, or an empty one"),
        ("follow", [{"topic": "refund", "title": "长" * 1_001}], "follow[0] has 1,001 characters, more than 1,000"),
        ("not", "怎么退", "not is not a list; write a list of texts"),
        ("not", ["押金", ""], "not[1] is no text, or an empty one"),
        ("not", ["长" * 10_001], "not[0] has 10,001 characters, more than 10,000"),
        ("recommend", 1, "recommend is not true or false"),
        ("handoff", "yes", "handoff is not true or false"),
        ("tag", ["售后"], "unknown key 'tag'; did you mean 'tags'?"),
    ],
)
def test_what_is_wrong_with_one_is_named_by_its_line(key: str, value: Any, fault: str, tmp_path: Path) -> None:
    path = write(tmp_path)
    text = json.dumps({"退货": {"post": ["怎么退"], "resp": ["可以"], key: value}}, indent=1)
    path.write_text(text, "utf-8")
    (found,) = check_faq(path).faults
    line = next(number for number, line in enumerate(text.splitlines(), 1) if f'"{key}"' in line)
    assert found.startswith(f"{path}:{line}: topic '退货': ")
    assert fault in found


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("related", ["refund", "gone"], "related[1] is 'gone', which no topic has as its id; correct or remove it"),
        ("follow", [{"topic": "gone", "title": "多久"}], "follow[0] is 'gone', which no topic has as its id"),
        ("related", ["tui_huo"], "related[0] names the topic itself; remove it"),
        ("not", ["押金", "怎么退？"], "not[1] '怎么退？' is also a post of the topic; keep it in one of them"),
    ],
)
def test_what_is_wrong_beside_other_topics_is_named(key: str, value: Any, fault: str, tmp_path: Path) -> None:
    (found,) = check_faq(write(tmp_path, id="tui_huo", **{key: value})).faults
    assert found.startswith(f"{tmp_path / 'faq.json'}:2: topic '退货': ")
    assert fault in found


def test_a_title_in_place_of_an_id_is_told_with_the_id(tmp_path: Path) -> None:
    path = tmp_path / "faq.json"
    topics = {"a": {"id": "first", "post": ["a"], "resp": ["b"]}, "c": {"post": ["c"], "resp": ["d"], "related": ["a"]}}
    path.write_text(json.dumps(topics), "utf-8")
    (found,) = check_faq(path).faults
    assert "related[0] is 'a', the title of a topic; write its id 'first'" in found


@pytest.mark.parametrize(
    ("start", "until", "moment", "holds"),
    [
        ("", "", "2026-11-01T00:00+00:00", True),
        ("2026-11-01T09:30+08:00", "", "2026-11-01T01:29:59+00:00", False),
        ("2026-11-01T09:30+08:00", "", "2026-11-01T01:30:00+00:00", True),
        ("", "2026-11-01T09:30:15Z", "2026-11-01T09:30:14+00:00", True),
        ("", "2026-11-01T09:30:15Z", "2026-11-01T09:30:15+00:00", False),
        ("2026-11-01 09:30+08:00", "2026-11-02 00:00-05:00", "2026-11-02T04:59+00:00", True),
    ],
)
def test_a_moment_with_a_time_zone(start: str, until: str, moment: str, holds: bool) -> None:
    assert Validity(start, until).holds(datetime.fromisoformat(moment)) is holds


def test_a_day_is_one_of_this_machine_and_counts_as_a_whole() -> None:
    one_day = Validity("2026-11-01", "2026-11-01")
    assert [one_day.holds(datetime(2026, *rest).astimezone()) for rest in ((10, 31, 23), (11, 1, 0), (11, 1, 23))] == [
        False, True, True,
    ]  # fmt: skip
    assert not one_day.holds(datetime(2026, 11, 2).astimezone())


def test_the_years_at_both_ends() -> None:
    assert Validity("0001-01-01", "9999-12-31").holds(datetime(2026, 11, 1).astimezone())


def test_which_topics_are_inactive() -> None:
    at = datetime(2026, 11, 1, 12).astimezone()
    options = {"on": NONE, "off": Options(enabled=False), "over": Options(valid=Validity("", "2026-10-31"))}
    faq = Faq.of(Topic(name, name, (name,), (name,), given) for name, given in options.items())
    assert faq.inactive(at) == {"off", "over"}
    assert [topic.id for topic in faq.without(faq.inactive(at)).topics] == ["on"]
    assert faq.without(()) is faq
