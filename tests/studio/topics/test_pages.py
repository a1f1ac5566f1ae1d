"""The list and the form of topics, over a real file, and what somebody else changes meanwhile."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.options import Options, Validity
from faq_component.knowledge.store import open_store
from faq_component.studio.topics.form import TopicForm
from faq_component.studio.workbench import Workbench
from tests.studio.conftest import HOST, Page

HOURS: dict[str, Any] = {
    "title": "营业时间",
    "post": ["几点开门", "泳馆营业到几点", "周末开到什么时候"],
    "response": ["每天6点到22点。"],
    "enabled": "1",
}


def before(page: Page, topic_id: str) -> str:
    found = re.search(r'name="before" value="(\w+)"', page.get(f"/topics/{topic_id}"))
    assert found
    return found[1]


def titles(text: str) -> list[str]:
    return re.findall(r'<th scope="row"><a [^>]*>([^<]*)</a>', text)


def test_the_list_is_searched_by_words_and_by_meaning(page: Page) -> None:
    assert len(titles(page.get("/topics"))) > 5
    rows = page.get("/topics?q=年卡", headers={"HX-Request": "true"})
    assert titles(rows) == ["办年卡"]
    assert "<html" not in rows
    assert titles(page.get("/topics?q=200米")) == ["深水证"]  # in its answer
    assert titles(page.get("/topics?by=meaning&q=早上啥时候能进去游"))[0] == "营业时间"
    assert "No topic has this" in page.get("/topics?q=量子")


def test_the_list_is_filtered_by_state_and_tag(page: Page, workbench: Workbench) -> None:
    page.post("/topics/hours", 302, **{**HOURS, "enabled": "", "tags": "前台，时间"}, before=before(page, "hours"))
    assert titles(page.get("/topics?state=off")) == ["营业时间"]
    assert "营业时间" not in titles(page.get("/topics?state=on"))
    assert titles(page.get("/topics?tag=时间")) == ["营业时间"]
    assert workbench.faq.by_id["hours"].options.tags == ("前台", "时间")


def test_every_key_of_a_topic_is_saved_as_a_file_has_it(page: Page, draft: Path) -> None:
    keys = {"tags": "前台", "start": "2026-11-01", "until": "2026-12-01", "negatives": "几点关门\r\n\r\n几点熄灯"}
    keys |= {"related": "card", "follow": "ticket | 门票要多少\ncap", "recommend": "1", "handoff": "1"}
    rich = json.dumps({"text": "看图", "image": "https://example.org/a.png"}, ensure_ascii=False)
    given = {**HOURS, **keys, "response": ["第一行\r\n第二行", rich]}
    page.post("/topics/hours", 302, **given, before=before(page, "hours"))
    assert "Saved" in page.get("/topics/hours?saved=1")
    topic = json.loads(draft.read_text("utf-8"))["营业时间"]
    assert topic == {
        "id": "hours",
        "post": HOURS["post"],
        "resp": ["第一行\n第二行", {"text": "看图", "image": "https://example.org/a.png"}],
        "tags": ["前台"],
        "valid": {"from": "2026-11-01", "until": "2026-12-01"},
        "related": ["card"],
        "follow": [{"topic": "ticket", "title": "门票要多少"}, "cap"],
        "not": ["几点关门", "几点熄灯"],
        "recommend": True,
        "handoff": True,
    }


def test_a_form_gives_back_the_topic_that_it_was_filled_in_with(workbench: Workbench) -> None:
    for topic in workbench.faq.topics:
        assert TopicForm.of(topic).topic(topic) == (topic, [])
    options = Options(tags=("a", "b"), enabled=False, valid=Validity("2026-11-01", ""), negatives=("x",))
    found, _faults = TopicForm(title="t", tags="a、b", enabled=False, start="2026-11-01", negatives="x").topic()
    assert found.options == options


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"post": []}, "营业时间"),
        ({"until": "someday"}, "until"),
        ({"related": "nobody"}, "nobody"),
        ({"response": ['{"image": 5}']}, "Answer 1"),
        ({"title": "门票价格"}, "门票价格"),
    ],
)
def test_a_faulty_form_is_not_saved_and_stays_filled_in(
    page: Page, draft: Path, change: dict[str, Any], sentence: str
) -> None:
    content = draft.read_bytes()
    shown = page.post("/topics/hours", 422, **{**HOURS, "response": ["新答案"], **change}, before=before(page, "hours"))
    assert "Not saved" in shown
    assert sentence in shown
    assert change.get("until", "新答案" if "response" not in change else "image") in shown
    assert draft.read_bytes() == content


def test_the_second_of_two_editors_sees_both_and_loses_nothing(page: Page, draft: Path) -> None:
    stamp = before(page, "hours")
    page.post("/topics/hours", 302, **{**HOURS, "response": ["甲的答案"]}, before=stamp)
    shown = page.post("/topics/hours", 409, **{**HOURS, "response": ["乙的答案"]}, before=stamp)
    assert "甲的答案" in shown
    assert "乙的答案" in shown
    assert load_faq(draft).by_id["hours"].responses == ("甲的答案",)
    (again,) = set(re.findall(r'name="before" value="(\w+)"', shown))
    page.post("/topics/hours", 302, **{**HOURS, "response": ["乙的答案"]}, before=again)
    assert load_faq(draft).by_id["hours"].responses == ("乙的答案",)


def test_a_topic_is_made_and_removed(page: Page, draft: Path) -> None:
    page.post("/topics/new", 302, title="寄存宠物", post=["能带狗吗"], response=["不能。"], enabled="1")
    (topic,) = (topic for topic in load_faq(draft).topics if topic.title == "寄存宠物")
    assert topic.id.startswith("ji_cun_chong_wu_")
    stamp = before(page, topic.id)
    page.post(f"/topics/{topic.id}/remove", 409, before="0" * 32)
    page.post(f"/topics/{topic.id}/remove", 302, before=stamp)
    assert topic.id not in load_faq(draft).by_id
    assert "removed" in page.get(f"/topics/{topic.id}", 404)
    page.post(f"/topics/{topic.id}", 409, title="寄存宠物", post=["能带狗吗"], response=["不能。"], before=stamp)


def test_what_is_changed_elsewhere_is_seen_at_once(page: Page, file: Path) -> None:
    open_store(str(file)).edit(lambda faq: faq.without({"hours"}), who="cli", what="x")
    assert "营业时间" not in titles(page.get("/topics"))
    content = file.read_text("utf-8")
    file.write_text("{", "utf-8")
    shown = page.get("/topics")
    assert "faulty now" in shown
    assert "门票价格" in titles(shown)
    file.write_text(content, "utf-8")
    assert "faulty now" not in page.get("/topics")


def test_remarks_name_phrasings_that_find_another_topic(page: Page) -> None:
    shown = page.post("/topics/hours/check", **{**HOURS, "post": [*HOURS["post"], "年卡在哪里买", "几点开门？"]})
    assert "“办年卡” has this phrasing already" in shown
    assert "twice" in shown
    assert "Nothing to say" in page.post("/topics/hours/check", **HOURS)
    assert "/topics/ticket" in page.post("/topics/check", title="x", post=["门票是多少钱呀"], response=["y"])
    assert "TODO" in page.post("/topics/hours/check", **{**HOURS, "response": ["TODO 以后再写"]})


def test_pages_are_in_the_language_of_the_browser(page: Page) -> None:
    assert "主题" in page.get("/topics", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert "Topics" in page.get("/topics", headers={"Accept-Language": "en"})


def test_an_answer_that_begins_with_a_brace_is_a_text_unless_it_is_an_object(page: Page, draft: Path) -> None:
    page.post("/topics/hours", 302, **{**HOURS, "response": ["{见公告}", "[1]"]}, before=before(page, "hours"))
    assert load_faq(draft).by_id["hours"].responses == ("{见公告}", "[1]")


def test_a_list_is_in_pages(page: Page, file: Path) -> None:
    many = {f"主题{number}": {"id": f"t{number}", "post": [f"问题{number}"], "resp": ["答"]} for number in range(230)}
    file.write_text(json.dumps(many, ensure_ascii=False), "utf-8")
    assert len(titles(page.get("/topics"))) == 100
    assert len(titles(page.get("/topics?page=3"))) == 30
    assert page.client.get("/topics?page=x", base_url=HOST).status_code == 200


def test_an_untouched_form_changes_nothing(page: Page, file: Path, draft: Path) -> None:
    """Values that the fields of a form cannot show as they are."""
    odd = {
        "id": "hours",
        "post": ["邮费\n多少", " 几点开门 "],
        "resp": ['{"text": "看这里"}', "每天6点。\n"],
        "tags": ["退货、换货", "vip, gold"],
        "not": ["退货地址\n在哪里"],
    }
    content = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**content, "营业时间": odd}, ensure_ascii=False), "utf-8")
    stored = load_faq(file).by_id["hours"]
    shown = page.get("/topics/hours")
    values = {
        "title": "营业时间",
        "post": ["邮费多少", "几点开门"],
        "response": ['{"text": "看这里"}', "每天6点。\r\n"],
        "tags": html.unescape(re.findall(r'name="tags" value="([^"]*)"', shown)[0]),
        "negatives": "退货地址\r\n在哪里",
        "enabled": "1",
    }
    page.post("/topics/hours", 302, **values, before=before(page, "hours"))
    assert load_faq(draft).by_id["hours"] == stored
    page.post("/topics/hours", 302, **{**values, "post": ["邮费多少", "几点关门"]}, before=before(page, "hours"))
    assert load_faq(draft).by_id["hours"].posts == ("邮费\n多少", "几点关门")


def test_remarks_name_contradictions_and_words_that_must_not_pass(page: Page) -> None:
    shown = page.post("/topics/check", title="票", post=["门票是多少钱呀"], response=["单次99元。"])
    assert "which is asked nearly the same, says" in shown
    assert 'data-text="单次99元。"' in shown
