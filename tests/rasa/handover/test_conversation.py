"""A user and a person, each in a browser, with a real Rasa between them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from faq_component.handover.bounds import Bound, note_refused
from faq_component.handover.tables import writing
from faq_component.rasa.process.launch import HOST
from tests.rasa.inbox_page import InboxPage, api, known, new_handover
from tests.rasa.web_chat.chat_page import ChatPage
from tests.servers import Bot

OPENED = "正在为您转接人工客服"


@pytest.fixture
def open_inbox(browser: Any, bot: Bot) -> Iterator[Callable[..., InboxPage]]:
    contexts = []

    def open_page(**settings: Any) -> InboxPage:
        contexts.append(browser.new_context(**{"locale": "zh-CN", **settings}))
        return InboxPage(contexts[-1].new_page(), bot)

    yield open_page
    for context in contexts:
        context.close()


def ask_for_a_person(chat: ChatPage, bot: Bot, text: str = "人工") -> str:
    before = known(bot)
    said = chat.say(text)
    assert OPENED in said[-1], said
    return new_handover(bot, before)


def test_a_person_answers_and_hands_back(chat: ChatPage, bot: Bot, open_inbox: Callable[..., InboxPage]) -> None:
    assert "59" in chat.say("运费多少钱")[0]
    number = ask_for_a_person(chat, bot)
    inbox = open_inbox()
    inbox.choose(number)
    assert "运费多少钱" in inbox.texts()
    assert inbox.texts()[-1] == "人工"

    chat.page.fill("#text", "我的电话是13812345678")
    chat.page.press("#text", "Enter")
    inbox.page.wait_for_selector('#messages .user .bubble:text-is("我的电话是13812345678")')
    before = len(chat.of("bot"))
    inbox.answer("您好，我来帮您查")
    chat.page.wait_for_selector(f"#messages .bot >> nth={before + 1}")
    assert chat.of("bot")[before:] == ["客服小林为您服务。", "您好，我来帮您查"]
    inbox.page.wait_for_selector('#messages .person:last-child .note:not(:has-text("还没送到"))')

    chat.page.reload()
    chat.wait_for_connection()
    assert chat.of("bot")[-2:] == ["客服小林为您服务。", "您好，我来帮您查"]
    before = len(chat.of("bot"))
    inbox.page.click("#end")
    chat.page.wait_for_selector(f"#messages .bot >> nth={before}")
    assert chat.of("bot")[before:] == ["人工客服已经把会话交还给我，还有问题可以接着问。"]
    assert "59" in chat.say("运费多少钱")[0]
    assert number not in known(bot)
    assert chat.faults == inbox.faults == []


def test_the_user_goes_back_to_the_bot_and_the_form_goes_on(chat: ChatPage, bot: Bot) -> None:
    (asked,) = chat.say("帮我查一下订单")
    number = ask_for_a_person(chat, bot, "我要找人工客服")
    assert api(bot, f"/{number}/messages", {"text": "稍等", "person": "小林", "key": "1"})[0] == 200
    assert api(bot, f"/{number}/messages", {"text": "稍等", "person": "小林", "key": "1"})[0] == 200
    chat.page.wait_for_selector('#messages .bot .bubble:text-is("稍等")')
    back = chat.press("回到机器人")
    assert back[0] == "好的，我回来了，有什么可以帮您？"
    chat.page.wait_for_selector("#messages .bot:last-child :text('订单号')")
    assert chat.of("bot")[-1] == asked
    assert chat.of("bot").count("稍等") == 1
    chat.page.reload()
    chat.wait_for_connection()
    assert chat.of("bot")[-2:] == [back[0], asked]
    assert chat.of("bot").count(asked) == 2
    assert "HW20261105" in chat.say("HW20261105")[0]
    assert api(bot, f"/{number}/messages", {"text": "hello?", "person": ""})[0] == 409


def test_asked_in_english(open_chat: Callable[..., ChatPage], bot: Bot) -> None:
    chat, before = open_chat(bot, locale="en-US"), known(bot)
    assert "passing you on" in chat.say("I would like to talk to a human being")[-1]
    number = new_handover(bot, before)
    assert api(bot, f"/{number}")[1]["handover"]["language"] == "en"
    assert chat.say("back to the bot") == ["All right, I'm back. How can I help you?"]


def test_three_messages_that_are_not_understood(chat: ChatPage, bot: Bot) -> None:
    before = known(bot)
    for text in ("法国大革命是哪一年开始的", "勾股定理怎么证明", "火星基地的氧气配比"):
        last = chat.say(text)
    assert OPENED in last[-1]
    assert api(bot, f"/{new_handover(bot, before)}")[1]["handover"]["reason"] == "misunderstood"


def test_a_person_is_offered_after_a_bad_rating(chat: ChatPage, bot: Bot) -> None:
    before = known(bot)
    chat.say("运费多少钱")
    assert chat.press("没用")[-1] == "要帮您转人工客服吗？"
    assert OPENED in chat.press("转人工")[-1]
    new_handover(bot, before)


def test_where_nobody_can_be_reached_it_is_said(bot: Bot) -> None:
    (_answer, said) = bot.say("转人工客服", "someone over rest")
    assert said["text"].startswith("抱歉，在这里没法为您转接")
    assert bot.say("运费多少钱", "someone over rest") != []


def test_only_the_token_opens_the_inbox(bot: Bot) -> None:
    assert api(bot, token="wrong")[0] == 401
    assert api(bot, "/0123/end", {}, token="")[0] == 401
    assert api(bot, "/0123/end", {})[0] == 404


def test_the_inbox_says_how_many_were_refused(bot: Bot, open_inbox: Callable[..., InboxPage]) -> None:
    inbox = open_inbox(locale="en-US")
    inbox.page.wait_for_selector("#desk:not([hidden])")
    assert not inbox.page.is_visible("#refused")
    with writing(Path(bot.handovers)) as connection:
        for bound in (Bound.SOURCE, Bound.SOURCE, Bound.ALL):
            note_refused(connection, bound)
    inbox.page.wait_for_selector('#refused:has-text("3 wishes for a person were refused")')
    assert api(bot)[1]["refused"] == {"all": 1, "source": 2}
    assert inbox.faults == []


@pytest.mark.parametrize(
    ("method", "address", "known"),
    [("POST", "/webhooks/rest/webhook", 200), ("GET", "/inbox/", 200), ("GET", "/chat/", 200), ("GET", "/inbox", 302)],
)
def test_a_strange_name_gets_nothing(bot: Bot, method: str, address: str, known: int) -> None:
    def status(host: str) -> int:
        connection = HTTPConnection(HOST, bot.port, timeout=60)
        body = json.dumps({"sender": "named", "message": "hi"}) if method == "POST" else None
        connection.request(method, address, body, {"Host": host, "Content-Type": "application/json"})
        with contextlib.closing(connection):
            return connection.getresponse().status

    assert [status(host) for host in ("evil.example", "localhost", "rasa:5005")] == [403, known, known]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing(
    chat: ChatPage, bot: Bot, open_inbox: Callable[..., InboxPage], colours: str, tmp_path: Any
) -> None:
    number = ask_for_a_person(chat, bot)
    for locale, width in (("zh-CN", 1200), ("en-US", 390)):
        inbox = open_inbox(color_scheme=colours, locale=locale, viewport={"width": width, "height": 760})
        inbox.choose(number)
        inbox.answer("您好")
        inbox.page.wait_for_selector("#messages .person")
        found = Axe().run(inbox.page).response["violations"]
        assert [(fault["id"], [node["html"][:100] for node in fault["nodes"]]) for fault in found] == []
        assert inbox.faults == []
