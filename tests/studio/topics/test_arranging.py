"""Phrasings that change their topic, in one edit each, and what somebody else changes meanwhile."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from faq_component.knowledge.options import Options
from faq_component.knowledge.topics import Faq
from faq_component.studio.workbench import Workbench
from tests.studio.conftest import Page


def stamps(shown: str) -> list[str]:
    return re.findall(r'name="before(?:_other)?" value="(\w+)"', shown)


def test_phrasings_move_split_and_merge_in_one_edit_each(page: Page, workbench: Workbench) -> None:
    hours, ticket = workbench.faq.by_id["hours"], workbench.faq.by_id["ticket"]
    moved = hours.posts[0]
    shown = page.get("/topics/hours/arrange")
    (before,) = set(stamps(shown))
    page.post("/topics/hours/move", 422, before=before, target="门票价格")
    page.post("/topics/hours/move", 422, before=before, post=[moved], target="nobody")
    page.post("/topics/hours/move", 302, before=before, post=[moved], target="门票价格")
    assert workbench.faq.by_id["ticket"].posts == (*ticket.posts, moved)
    assert moved not in workbench.faq.by_id["hours"].posts

    shown = html.unescape(page.post("/topics/hours/move", 409, before=before, post=[hours.posts[1]], target="ticket"))
    assert "Somebody has changed “营业时间” meanwhile" in shown

    shown = page.get("/topics/ticket/arrange")
    (before,) = set(stamps(shown))
    page.post("/topics/ticket/split", 422, before=before, post=[moved], title="", answer="x")
    page.post("/topics/ticket/split", 302, before=before, post=[moved], title="开门", response=["0"], answer="六点。")
    new = next(topic for topic in workbench.faq.topics if topic.title == "开门")
    assert (new.posts, new.responses) == ((moved,), (ticket.responses[0], "六点。"))
    assert workbench.faq.by_id["ticket"].posts == ticket.posts

    def leads(faq: Faq) -> Faq:
        options = {"cap": Options(related=(new.id,)), "hours": Options(tags=("a",)), new.id: Options(tags=("b",))}
        return Faq.of(replace(one, options=options.get(one.id, one.options)) for one in faq.topics)

    workbench.change_all(leads, {}, who="li", what="x")
    shown = html.unescape(page.get(f"/topics/hours/merge?with={new.id}"))
    assert "both together" in shown
    before, before_other = stamps(shown)
    answers = [str(one) for one in workbench.faq.by_id["hours"].responses]
    decided = {"with": new.id, "id": "mine", "title": "other", "tags": "both", "response": [*answers, "六点。"]}
    page.post("/topics/hours/merge", 409, before=before, before_other="0" * 32, **decided)
    page.post("/topics/hours/merge", 302, before=before, before_other=before_other, **decided)
    merged = workbench.faq.by_id["hours"]
    assert new.id not in workbench.faq.by_id
    assert merged.title == "开门"
    assert merged.posts == (*hours.posts[1:], moved)
    assert merged.options.tags == ("a", "b")
    assert merged.responses == (*hours.responses, "六点。")
    assert workbench.faq.by_id["cap"].options.related == ("hours",)


def test_a_topic_may_not_be_left_without_phrasings_or_answers(page: Page, workbench: Workbench) -> None:
    faq = workbench.faq
    (before,) = set(stamps(page.get("/topics/hours/arrange")))
    posts = list(faq.by_id["hours"].posts)
    page.post("/topics/hours/move", 422, before=before, post=posts, target="ticket")
    first, second = stamps(page.get("/topics/hours/merge?with=ticket"))
    page.post("/topics/hours/merge", 422, before=first, before_other=second, **{"with": "ticket"})
    page.get("/topics/hours/merge?with=hours", 422)
    page.get("/topics/nobody/arrange", 404)
    assert workbench.faq == faq
