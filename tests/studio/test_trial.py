"""The page on which the bot is tried and taught."""

from __future__ import annotations

import time

from faq_component.knowledge.checking import load_faq
from faq_component.studio.workbench import Workbench
from tests.studio.conftest import Page


def test_a_message_shows_its_decision_and_the_nearest_topics(page: Page) -> None:
    shown = page.post("/try", text="几点开门")
    assert "answered · 100 % sure" in shown
    assert "每天6点到22点。" in shown
    assert "/topics/hours" in shown
    assert "每天6点到22点。" not in page.post("/try", text="量子力学怎么学")
    page.post("/try", 422, text=" ")


def test_it_is_taught_and_asked_again(page: Page, workbench: Workbench) -> None:
    text = "带娃玩水要花几个钱"
    assert "Added to “门票价格”" in page.post("/try/teach", text=text, topic="ticket")
    assert load_faq(workbench.draft.place).by_id["ticket"].posts[-1] == text
    deadline = time.monotonic() + 60
    while workbench.assistant.faq.fingerprint != workbench.faq.fingerprint and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "100 % sure" in page.post("/try", text=text)
    assert "has this phrasing already" in page.post("/try/teach", text=text, topic="门票价格")
    assert "No topic is called" in page.post("/try/teach", 422, text=text, topic="飞行")
