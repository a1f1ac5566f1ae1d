import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq_component.errors import FaqDataError
from faq_component.knowledge.checking import Faq, Topic, check_faq, load_faq
from faq_component.knowledge.files import JOURNAL, replace_files

GOOD: dict[str, dict[str, Any]] = {
    "晚安": {"id": "good_night", "post": ["睡了", "晚安"], "resp": ["好梦"]},
    "感谢": {"post": ["谢谢"], "resp": ["客气"]},
}


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    return path


def faults(path: Path, content: Any, **options: Any) -> tuple[str, ...]:
    return check_faq(write(path / "faq.json", content), **options).faults


def test_load_file(tmp_path: Path) -> None:
    faq = load_faq(write(tmp_path / "faq.json", GOOD))
    assert faq.topics[0] == Topic("good_night", "晚安", ("睡了", "晚安"), ("好梦",))
    assert faq.by_id["good_night"].title == "晚安"
    assert faq.topics[1].id.startswith("gan_xie_")


def test_load_folder_in_the_order_of_names(tmp_path: Path) -> None:
    write(tmp_path / "b.json", {"感谢": GOOD["感谢"]})
    write(tmp_path / "a.json", {"晚安": GOOD["晚安"]})
    write(tmp_path / "notes.txt", "not an FAQ")
    assert [topic.title for topic in load_faq(tmp_path).topics] == ["晚安", "感谢"]


def test_fingerprint_follows_the_content(tmp_path: Path) -> None:
    first = load_faq(write(tmp_path / "faq.json", GOOD))
    assert load_faq(write(tmp_path / "other.json", GOOD)).fingerprint == first.fingerprint
    changed = {**GOOD, "感谢": {"post": ["谢谢"], "resp": ["不客气"]}}
    assert load_faq(write(tmp_path / "faq.json", changed)).fingerprint != first.fingerprint


def test_every_fault_is_named_at_once_with_its_place(tmp_path: Path) -> None:
    source = """{
  "晚安": {"post": ["睡了", "  "], "resp": "好梦"},
  "感谢": {
    "posts": ["谢谢"],
    "resp": ["客气", 3, ""]
  },
  "空": {"post": [], "resp": []},
  "数": 5,
  "晚安 ": {"post": ["睡觉"], "resp": ["安"]},
  "坏号": {"id": "a/b", "post": ["甲"], "resp": ["乙"]},
  "": {"post": ["丙"], "resp": ["丁"]},
  "再": {"post": ["戊"], "post": ["己"], "resp": ["庚"]}
}"""
    file = tmp_path / "faq.json"
    found = faults(tmp_path, source)
    assert found == (
        f"{file}:2: topic '晚安': post[1] is empty; write a text or remove it",
        f"{file}:2: topic '晚安': 'resp' is a text; write a list of texts",
        f"{file}:4: topic '感谢': unknown key 'posts'; did you mean 'post'?",
        f"{file}:3: topic '感谢': has no 'post'; write at least one",
        f"{file}:5: topic '感谢': resp[1] is a number; write a text in quotes",
        f"{file}:5: topic '感谢': resp[2] is empty; write a text or remove it",
        f"{file}:7: topic '空': 'post' is an empty list; write at least one text",
        f"{file}:7: topic '空': 'resp' is an empty list; write at least one text",
        f'{file}:8: topic \'数\': is a number; write {{"post": [...], "resp": [...]}}',
        f"{file}:10: topic '坏号': id is 'a/b'; use 1 to 64 of a-z 0-9 _ -, first a letter or digit, without 'utter_'",
        f"{file}:11: topic '': the title is empty; write one",
        f"{file}:12: topic '再': key 'post' appears twice; join the two",
    )


def test_duplicate_topics_over_files(tmp_path: Path) -> None:
    write(tmp_path / "a.json", GOOD)
    write(tmp_path / "b.json", {" 晚安": {"post": ["安"], "resp": ["好"]}, "新": {**GOOD["感谢"], "id": "good_night"}})
    found = check_faq(tmp_path).faults
    assert len(found) == 2
    assert "duplicate topic" in found[0]
    assert "id 'good_night' is already used by topic '晚安'" in found[1]


def test_the_same_key_twice_in_one_file_is_a_duplicate_topic(tmp_path: Path) -> None:
    found = faults(tmp_path, '{"甲": {"post": ["一"], "resp": ["二"]},\n "甲": {"post": ["三"], "resp": ["四"]}}')
    assert len(found) == 1
    assert "faq.json:2: topic '甲': duplicate topic" in found[0]


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ('{"晚安": 1}'.encode("gbk"), ":1: not UTF-8 (byte 2)"),
        (b'{"a": \n[1,}', ":2: not JSON"),
        (b"[1]", "the file holds a list"),
        (b"{}", "there is no topic in it"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": {"post": ["\\ud800"], "resp": ["b"]}}', "post[0] holds half a surrogate pair"),
    ],
)
def test_faulty_files(tmp_path: Path, data: bytes, part: str) -> None:
    file = tmp_path / "faq.json"
    file.write_bytes(data)
    with pytest.raises(FaqDataError, match="1 fault") as caught:
        load_faq(file)
    assert part in str(caught.value)


def test_a_file_beyond_the_bound_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.json", GOOD)
    with (tmp_path / "b.json").open("wb") as file:
        file.truncate(4 * 2**30)  # bytes, none of which is on the disk
    read: list[str] = []
    read_bytes = Path.read_bytes

    def noted(path: Path) -> bytes:
        read.append(path.name)
        return read_bytes(path) if path.name != "b.json" else b""

    monkeypatch.setattr(Path, "read_bytes", noted)
    assert check_faq(tmp_path).faults == (
        f"{tmp_path / 'b.json'}: has 4,096 MiB, more than 256; divide it into several files",
    )
    assert "b.json" not in read
    with pytest.raises(FaqDataError, match="has 4,096 MiB"):
        load_faq(tmp_path)


def test_a_file_up_to_the_bound_is_read_and_none_beyond_it_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "faq.json", GOOD)
    monkeypatch.setattr("faq_component.knowledge.files.FILE", len(file.read_bytes()))
    assert check_faq(tmp_path).faults == ()
    with pytest.raises(FaqDataError, match="has 1 MiB, more than 0; divide it into several files"):
        replace_files(tmp_path, {file: file.read_bytes() + b" "})
    assert check_faq(tmp_path).faults == ()


def test_a_journal_beyond_the_bound_is_damaged(tmp_path: Path) -> None:
    write(tmp_path / "faq.json", GOOD)
    with (tmp_path / JOURNAL).open("wb") as file:
        file.truncate(8 * 2**30)
    (fault,) = check_faq(tmp_path).faults
    assert f"{tmp_path / JOURNAL}: is damaged" in fault


def test_absent_path_and_empty_folder(tmp_path: Path) -> None:
    assert "no such file or folder" in check_faq(tmp_path / "absent").faults[0]
    assert "holds no *.json file" in check_faq(tmp_path).faults[0]


def test_a_post_in_two_topics_is_a_warning_and_strictly_a_fault(tmp_path: Path) -> None:
    content = {"晚安": {"post": ["睡了！"], "resp": ["好梦"]}, "午安": {"post": ["睡了"], "resp": ["午安"]}}
    report = check_faq(write(tmp_path / "faq.json", content))
    assert report.faq is not None
    assert "post '睡了' is also in topic '晚安'" in report.warnings[0]
    assert len(check_faq(tmp_path / "faq.json", strict=True).faults) == 1


def test_for_measuring_responses_may_be_absent_and_the_short_form_is_accepted(tmp_path: Path) -> None:
    content = {"晚安": ["睡了"], "感谢": {"post": ["谢谢"]}}
    faq = load_faq(write(tmp_path / "faq.json", content), responses_required=False)
    assert [topic.posts for topic in faq.topics] == [("睡了",), ("谢谢",)]
    assert len(faults(tmp_path, content)) == 2


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["post", "resp", "id", "x"]) | st.text(), inner),
    max_leaves=12,
)


@settings(deadline=None)  # the first title without an id loads pypinyin
@given(st.dictionaries(st.text(), json_values))
def test_any_json_object_gives_a_whole_faq_or_faults(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    file = tmp_path_factory.mktemp("faq") / "faq.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    report = check_faq(file)
    assert (report.faq is None) == bool(report.faults)
    if report.faq is not None:
        assert all(topic.id and topic.posts and topic.responses for topic in report.faq.topics)


texts = st.lists(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1, max_size=4)


@settings(deadline=None)
@given(st.dictionaries(st.text("晚安感谢退货", min_size=1, max_size=4), st.tuples(texts, texts), min_size=1))
def test_a_good_faq_comes_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    file = tmp_path_factory.mktemp("faq") / "faq.json"
    written = {title: {"post": posts, "resp": responses} for title, (posts, responses) in content.items()}
    file.write_text(json.dumps(written), encoding="utf-8")
    read = {topic.title: {"post": [*topic.posts], "resp": [*topic.responses]} for topic in load_faq(file).topics}
    assert read == written


def test_topics_with_equal_ids_are_refused() -> None:
    topic = Topic("a", "甲", ("一",), ("二",))
    with pytest.raises(FaqDataError, match="topic id 'a' is used more than once"):
        Faq.of([topic, topic])
