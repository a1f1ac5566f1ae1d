"""The page on which a draft is looked at, published, planned and taken back."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.store import open_store
from faq_component.knowledge.topics import Faq
from faq_component.studio.workbench import Workbench, digest
from tests.studio.conftest import Page


def reword(workbench: Workbench, topic_id: str = "hours", text: str = "几点能进去") -> None:
    topic = workbench.faq.by_id[topic_id]
    edited = replace(topic, posts=(*topic.posts[:-1], text))
    workbench.change(topic_id, digest(topic), edited, who="li", what="reword")


def edit_live(file: Path, topic_id: str = "hours", **values: Any) -> None:
    def edited(faq: Faq) -> Faq:
        return Faq.of(replace(topic, **values) if topic.id == topic_id else topic for topic in faq.topics)

    open_store(str(file)).edit(edited, who="cli", what="elsewhere")


def seen(shown: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', shown)
    assert found
    return found[1]


def test_a_draft_without_changes_offers_nothing_to_publish(page: Page) -> None:
    shown = page.get("/publish")
    assert "The draft has no changes" in shown
    assert "Publish now" not in shown


def test_an_edit_is_in_the_draft_until_it_is_published(page: Page, file: Path, workbench: Workbench) -> None:
    published = load_faq(file).by_id["hours"]
    reword(workbench)
    assert load_faq(file).by_id["hours"] == published
    assert "几点能进去" in page.get("/topics/hours")
    shown = page.get("/publish")
    assert "1 topic differs" in shown
    assert "<ins>" in shown
    page.post("/publish/publish", 302, seen=seen(shown), what="新的问法")
    assert load_faq(file).by_id["hours"].posts[-1] == "几点能进去"
    shown = page.get("/publish?done=published")
    assert "within five seconds" in shown
    assert "The draft has no changes" in shown
    assert "新的问法" in shown
    assert open_store(str(file)).history()[0].who == "li"


def test_the_second_of_two_stale_tabs_is_told(page: Page, file: Path, workbench: Workbench) -> None:
    reword(workbench)
    first = seen(page.get("/publish"))
    reword(workbench, "card", "年卡多少钱一张")
    content = file.read_bytes()
    shown = page.post("/publish/publish", 409, seen=first)
    assert "The draft has changed since you opened this page" in shown
    assert file.read_bytes() == content
    page.post("/publish/publish", 302, seen=seen(shown))
    assert "The draft has changed" in page.post("/publish/publish", 409, seen=seen(shown))


def test_a_conflict_shows_both_versions_and_the_person_decides(page: Page, file: Path, workbench: Workbench) -> None:
    reword(workbench)
    stamp = seen(page.get("/publish"))
    edit_live(file, responses=("全天开放。",))
    shown = page.post("/publish/publish", 409, seen=stamp)
    assert "decide below: 营业时间" in shown
    assert "全天开放" in shown
    assert "几点能进去" in html.unescape(re.sub(r"</?(ins|del)>", "", shown))
    assert load_faq(file).by_id["hours"].responses == ("全天开放。",)
    page.post("/publish/decide", 302, topic="hours")
    shown = page.get("/publish")
    assert "conflict" not in shown
    page.post("/publish/publish", 302, seen=seen(shown))
    assert load_faq(file).by_id["hours"].posts[-1] == "几点能进去"
    assert load_faq(file).by_id["hours"].responses != ("全天开放。",)


def test_the_published_version_of_a_conflict_is_taken(page: Page, file: Path, workbench: Workbench) -> None:
    reword(workbench)
    edit_live(file, responses=("全天开放。",))
    assert "Take the published version" in page.get("/publish")
    page.post("/publish/discard", 302, topic="hours")
    assert workbench.faq.by_id["hours"].responses == ("全天开放。",)


def test_changes_are_discarded_and_put_back(page: Page, workbench: Workbench) -> None:
    published = workbench.live.fingerprint
    reword(workbench)
    reword(workbench, "card", "年卡多少钱一张")
    drafted = workbench.faq.fingerprint
    page.post("/publish/discard", 302, topic="hours")
    assert list(workbench.snapshot.state.changes) == ["card"]
    page.post("/publish/discard", 302)
    assert workbench.faq.fingerprint == published
    for one in workbench.snapshot.state.discarded:
        page.post("/publish/restore", 302, time=one.time)
    assert workbench.faq.fingerprint == drafted
    assert "Put it back" not in page.get("/publish")


def test_what_is_planned_is_published_at_its_time_without_later_edits(
    page: Page, file: Path, workbench: Workbench
) -> None:
    reword(workbench)
    due = datetime.now(timezone.utc) + timedelta(days=1)
    at = f"{due:%Y-%m-%dT%H:%M}"
    page.post("/publish/plan", 302, seen=seen(page.get("/publish")), due=at, zone="UTC", what="周末")
    shown = page.get("/publish")
    assert f"{due:%Y-%m-%d %H:%M} (UTC, UTC+00:00)" in shown
    reword(workbench, "hours", "夜里开到几点")
    reword(workbench, "card", "年卡多少钱一张")
    workbench.publisher.publish_due()
    assert load_faq(file).by_id["hours"].posts[-1] != "几点能进去"
    hasten(workbench)
    workbench.publisher.publish_due()
    assert load_faq(file).by_id["hours"].posts[-1] == "几点能进去"
    assert workbench.faq.by_id["hours"].posts[-1] == "夜里开到几点"
    assert set(workbench.snapshot.state.changes) == {"hours", "card"}
    assert not workbench.snapshot.conflicts
    shown = page.get("/publish")
    assert "Planned" not in shown
    assert "when the studio was not running" in shown
    page.post("/publish/dismiss", 302)
    assert "when the studio was not running" not in page.get("/publish")


def hasten(workbench: Workbench) -> None:
    """Put what is planned for tomorrow an hour back."""
    past = (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat()

    def earlier(before: Any) -> Any:
        return replace(before.state, plan=replace(before.state.plan, due=past))

    workbench.draft.update(earlier)


def test_a_plan_that_fails_leaves_the_draft_and_says_so(page: Page, file: Path, workbench: Workbench) -> None:
    reword(workbench)
    page.post("/publish/plan", 302, seen=seen(page.get("/publish")), due="2999-01-01T09:00", zone="Asia/Shanghai")
    assert "2999-01-01 09:00 (Asia/Shanghai, UTC+08:00)" in page.get("/publish")
    edit_live(file, responses=("全天开放。",))
    hasten(workbench)
    workbench.publisher.publish_due()
    shown = page.get("/publish")
    assert "could not be published" in shown
    assert "营业时间" in shown
    assert "hours" in workbench.snapshot.state.changes
    assert "news about the draft" in page.get("/topics")


def test_a_plan_is_cancelled_and_a_wrong_time_refused(page: Page, workbench: Workbench) -> None:
    reword(workbench)
    stamp = seen(page.get("/publish"))
    for due, zone, sentence in (
        ("2001-01-01T09:00", "UTC", "has passed"),
        ("tomorrow", "UTC", "is no time"),
        ("2999-01-01T09:00", "Mars", "not the name of a time zone"),
    ):
        assert sentence in page.post("/publish/plan", 422, seen=stamp, due=due, zone=zone)
    assert "The draft has changed" in page.post("/publish/plan", 409, seen="x", due="2999-01-01T09:00", zone="UTC")
    page.post("/publish/plan", 302, seen=stamp, due="2999-01-01T09:00", zone="UTC")
    page.post("/publish/cancel", 302)
    assert "Cancel the plan" not in page.get("/publish")
    assert "hours" in workbench.snapshot.state.changes


def test_an_earlier_version_is_brought_back(page: Page, file: Path, workbench: Workbench) -> None:
    before = load_faq(file)
    reword(workbench)
    page.post("/publish/publish", 302, seen=seen(page.get("/publish")))
    shown = page.get("/publish/version/1")
    assert "1 topic would change" in shown
    stamp = seen(shown)
    edit_live(file, "card", responses=("前台办理。",))
    assert "has changed since you opened that page" in page.post("/publish/back", 409, version=1, seen=stamp)
    page.post("/publish/back", 302, version=1, seen=seen(page.get("/publish/version/1")))
    assert load_faq(file).topics == before.topics
    page.get("/publish/version/99", 404)
    assert "as it was in this version" in page.get("/publish/version/1")


def test_a_faulty_draft_is_not_published_and_is_mended(page: Page, file: Path, workbench: Workbench) -> None:
    """Somebody else publishes a new topic with the title that the draft gives another one."""
    topic = workbench.faq.by_id["card"]
    workbench.change("card", digest(topic), replace(topic, title="寄存"), who="li", what="x")
    other = {"寄存": {"id": "store", "post": ["能寄存吗"], "resp": ["能。"]}}
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **other}, ensure_ascii=False), "utf-8")
    shown = page.get("/publish")
    assert "The draft is faulty" in shown
    assert "Nothing has been done" in page.post("/publish/publish", 422, seen=seen(shown))
    assert load_faq(file).by_id["card"].title == topic.title
    now = workbench.faq.by_id["card"]
    workbench.change("card", digest(now), replace(now, title="年卡"), who="li", what="x")
    shown = page.get("/publish")
    assert "The draft is faulty" not in shown
    page.post("/publish/publish", 302, seen=seen(shown))
    assert load_faq(file).by_id["card"].title == "年卡"


def test_scripts_in_a_difference_stay_texts(page: Page, workbench: Workbench) -> None:
    script = "<script>alert(1)</script>"
    topic = workbench.faq.by_id["hours"]
    edited = replace(topic, title=script, posts=(script,), responses=(script,))
    workbench.change("hours", digest(topic), edited, who=script, what=script)
    shown = page.get("/publish")
    page.post("/publish/publish", 302, seen=seen(shown), what=script)
    for text in (shown, page.get("/publish"), page.get("/publish/version/2"), page.get("/publish?done=" + script)):
        assert "<script>alert" not in text
