import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq_component.cli import main
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.topic_id import derive_topic_id, is_valid_topic_id


@settings(deadline=None)  # the first one loads pypinyin
@given(st.text(min_size=1))
@example("UTTER")
@example("utter_ 晚安")
def test_every_title_gets_a_valid_id(title: str) -> None:
    assert is_valid_topic_id(derive_topic_id(title))


def test_pinyin_and_digest() -> None:
    assert derive_topic_id("晚安").startswith("wan_an_")
    assert derive_topic_id("晚安") == derive_topic_id("晚安")


def test_homophones_stay_apart() -> None:
    assert derive_topic_id("公式") != derive_topic_id("公事")


def test_a_title_that_is_an_id_stays() -> None:
    assert derive_topic_id("good_night") == "good_night"


@pytest.mark.parametrize("bad", ["", "a/b", "晚安", "Good", "_a", "x" * 65, "utter_faq", "a utter_", "a b"])
def test_invalid_ids(bad: str) -> None:
    assert not is_valid_topic_id(bad)


def test_written_ids_survive_an_edit_of_the_title(tmp_path: Path) -> None:
    file = tmp_path / "faq.json"
    file.write_text('{"晚安": {"post": ["睡了"], "resp": ["好梦"]}}', encoding="utf-8")
    before = load_faq(file).topics[0].id
    assert main(["ids", str(file), "--write"]) == 0
    file.write_text(file.read_text(encoding="utf-8").replace("晚安", "道晚安"), encoding="utf-8")
    topic = load_faq(file).topics[0]
    assert (topic.id, topic.title) == (before, "道晚安")
    assert json.loads(file.read_text(encoding="utf-8"))["道晚安"]["post"] == ["睡了"]
