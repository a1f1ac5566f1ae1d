"""The page on which the bot is tried and taught."""

from __future__ import annotations

import html
import re

from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.options import Options
from faq_component.knowledge.topics import Faq, Topic
from faq_component.studio.workbench import Workbench
from tests.studio.conftest import Page


def state(shown: str, name: str) -> str:
    """What a page hands on to the next message."""
    found = re.search(rf'id="state".*name="{name}" value="([^"]*)"', shown)
    assert found
    return html.unescape(found[1])


def test_a_message_shows_its_decision_the_reasons_and_the_nearest_topics(page: Page) -> None:
    shown = page.post("/try", text="几点开门")
    assert "answered · 100 % sure" in shown
    assert "a phrasing says just what the message says" in shown
    assert "每天6点到22点。" in shown
    assert "/topics/hours" in shown
    assert state(shown, "after") == "hours"
    shown = page.post("/try", text="早上啥时候能进去游")
    assert "the bot is sure enough to answer" in shown
    assert re.search(r"It answers from [\d.]+ % on, and asks back from [\d.]+ % on. Topics searched: 10.", shown)
    assert len(re.findall(r'data-label="Meaning">0\.\d\d<', shown)) > 3
    assert "每天6点到22点。" not in page.post("/try", text="量子力学怎么学")
    page.post("/try", 422, text=" ")
    page.post("/try", 422, text="x" * 10_001)
    assert "<img" not in page.post("/try", text="<img src=x onerror=alert(1)>")


def test_a_conversation_carries_what_was_offered_and_answered(page: Page) -> None:
    shown = page.post("/try", text="量子力学")
    offered = state(shown, "offered").split()
    assert len(offered) > 1
    picked = page.post("/try", text="2", offered=" ".join(offered), after="hours")
    assert f'href="/topics/{offered[1]}"' in picked
    assert state(picked, "after") == offered[1]
    assert "none of the topics" in page.post("/try", text="都不是", offered=" ".join(offered))
    assert state(page.post("/try", pick="cap", text="泳帽"), "after") == "cap"
    follow = page.post("/try", text="那小孩呢", after="ticket")
    assert "it was read as a follow-up" in follow
    assert "it was read as a follow-up" not in page.post("/try", text="那小孩呢")


def test_who_writes_and_where_is_chosen(page: Page, workbench: Workbench) -> None:
    def tagged(faq: Faq) -> Faq:
        hall = Topic("hall", "一号馆", ("一号馆几点开门",), ("八点。",), Options(tags=("一号馆",)))
        return Faq.of([*faq.topics, hall])

    workbench.change_all(tagged, {}, who="li", what="x")
    shown = page.post("/try", text="几点开门", tag="一号馆")
    assert "八点。" in shown
    assert "Topics searched: 1." in shown
    assert "no topic" in page.post("/try", text="几点开门", tag="nobody").lower()
    assert "<option>一号馆</option>" in page.get("/try")


def test_it_is_taught_and_asked_again_at_once(page: Page, workbench: Workbench) -> None:
    text = "带娃玩水要花几个钱"
    shown = page.post("/try/teach", text=text, topic="ticket")
    assert "Added to “门票价格”" in shown
    before, now = re.findall(r'<dd class="outcome">(.*?)</dd>', shown, re.DOTALL)
    assert "100 % sure" not in before
    assert "100 % sure" in now
    assert load_faq(workbench.draft.place).by_id["ticket"].posts[-1] == text
    assert "100 % sure" in page.post("/try", text=text)
    assert "has this phrasing already" in page.post("/try/teach", text=text, topic="门票价格")
    assert "No topic is called" in page.post("/try/teach", 422, text=text, topic="飞行")
