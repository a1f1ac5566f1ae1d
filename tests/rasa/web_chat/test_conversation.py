"""Whole conversations in a real browser, with a real Rasa."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from faq_component.knowledge.checking import load_faq
from faq_component.usage.events import Kind
from tests.rasa.web_chat.chat_page import ChatPage
from tests.servers import Bot
from tests.usage.test_bot import events_of


def test_ask_be_asked_back_press_and_rate(chat: ChatPage, usage_log: Path) -> None:
    topics = load_faq("data/faq").by_id
    assert chat.say("订单怎么取消") == ["您是不是想问："]
    (answer,) = chat.press(topics["cancel_before"].title)
    assert answer in topics["cancel_before"].responses
    assert chat.of("user") == ["订单怎么取消", topics["cancel_before"].title]
    assert chat.page.locator(".choices button:not([aria-disabled])").count() == 0
    assert chat.page.locator('.choices [aria-pressed="true"]').all_text_contents() == [topics["cancel_before"].title]
    asked_why, offered = chat.press("没用")
    assert asked_why.startswith("谢谢您的反馈！是哪里不好呢？")
    assert "转人工" in offered
    (invited,) = chat.press("已经过时")
    assert "直接写给我" in invited
    assert chat.say("上个月就改规则了") == ["谢谢您的反馈！"]
    assert "59" in chat.say("运费多少钱")[0]
    texts = {"订单怎么取消", "上个月就改规则了"}
    events = events_of(usage_log, texts, lambda found: any(event.outcome == "comment" for event in found))
    asked, comment = "订单怎么取消", "上个月就改规则了"
    mine = {event.conversation for event in events if event.outcome == "comment"}  # other tests write to the log, too
    rated = [event for event in events if event.kind is Kind.FEEDBACK and event.conversation in mine]
    said = [(event.outcome, event.text) for event in rated]
    assert said == [("useless", asked), ("outdated", asked), ("comment", comment)]
    assert not [event for event in events if event.kind is Kind.DECISION and event.text == comment]
    assert chat.faults == []


def test_a_question_after_a_reason_is_answered(chat: ChatPage) -> None:
    chat.say("运费多少钱")
    chat.press("没用")
    chat.press("没说清楚")
    assert chat.say("订单怎么取消") == ["您是不是想问："]


def test_a_form_with_a_question_between_is_kept_over_a_reload(chat: ChatPage) -> None:
    assert "订单号" in chat.say("帮我查一下订单")[0]
    freight, asked_again = chat.say("运费多少钱")
    assert "59" in freight
    assert "订单号" in asked_again
    chat.press("有用")
    before = chat.said()
    chat.reload()
    assert chat.said() == before
    assert chat.page.locator('.ratings [aria-pressed="true"]').all_text_contents() == ["有用"]
    assert "HW20261105" in chat.say("hw 2026 1105")[0]


def test_a_new_conversation_knows_nothing_of_the_one_before(chat: ChatPage) -> None:
    chat.say("帮我查一下订单")
    chat.page.once("dialog", lambda dialog: dialog.accept())
    chat.page.click("#again")
    chat.page.wait_for_selector("#messages .user", state="detached")
    chat.wait_for_connection()
    assert "接着查订单" not in chat.say("好的")[0]


def test_a_new_conversation_in_another_tab_leaves_this_one_its_own(chat: ChatPage, bot: Bot) -> None:
    other = ChatPage(chat.page.context.new_page(), bot)
    chat.say("帮我查一下订单")
    other.page.once("dialog", lambda dialog: dialog.accept())
    other.page.click("#again")
    other.wait_for_connection()
    assert "接着查订单" not in other.say("好的")[0]
    assert "HW20261105" in chat.say("HW20261105")[0]
    assert other.of("user") == ["好的"]


def test_another_tab_of_the_same_conversation_shows_questions_too(chat: ChatPage, bot: Bot) -> None:
    other = ChatPage(chat.page.context.new_page(), bot)
    chat.say("订单怎么取消")
    pressed = load_faq("data/faq").by_id["cancel_before"].title
    chat.press(pressed)
    other.page.wait_for_selector(f"#messages .bot >> nth={len(chat.of('bot')) - 1}")
    assert other.of("user") == ["订单怎么取消", pressed]
    assert other.of("bot") == chat.of("bot")
    assert other.page.locator('.choices [aria-pressed="true"]').all_text_contents() == [pressed]
    assert other.faults == []


def test_the_sign_of_typing_is_there_until_the_bot_has_answered(chat: ChatPage, bot: Bot) -> None:
    os.killpg(bot.rasa.pid, signal.SIGSTOP)
    try:
        chat.page.fill("#text", "运费多少钱")
        chat.page.press("#text", "Enter")
        chat.page.wait_for_selector("#typing", state="visible")
    finally:
        os.killpg(bot.rasa.pid, signal.SIGCONT)
    assert "59" in chat.answers_after(1)[0]


def test_messages_one_after_the_other_are_answered_in_their_order(chat: ChatPage) -> None:
    for text in ("帮我查一下订单", "HW20261105", "运费多少钱"):
        chat.page.fill("#text", text)
        chat.page.press("#text", "Enter")
    chat.answers_after(3)
    asked, status, freight = chat.of("bot")[1:]
    assert "订单号" in asked
    assert "HW20261105" in status
    assert "59" in freight


def test_enter_within_a_word_that_is_being_composed_sends_nothing(chat: ChatPage) -> None:
    chat.page.fill("#text", "yunfei")
    chat.page.dispatch_event("#text", "keydown", {"key": "Enter", "isComposing": True})
    assert chat.page.input_value("#text") == "yunfei"
    chat.page.press("#text", "Shift+Enter")
    assert chat.page.input_value("#text") == "yunfei\n"
    assert chat.of("user") == []
