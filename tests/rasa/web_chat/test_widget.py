"""The chat on a page of another site in a real browser, under a strict policy: of an allowed and a strange origin."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from faq_component.rasa.process.launch import HOST
from tests.rasa.web_chat.site import Site
from tests.servers import ROOT, Bot

STATIC = ROOT / "faq_component/rasa/web_chat/static"


@pytest.fixture
def site(bot: Bot) -> Iterator[Site]:
    with Site(f"http://{HOST}:{bot.port}", bot.site_port) as running:
        yield running


class SitePage:
    """A page of a site with the chat's button."""

    def __init__(self, context: Any, site: Site, path: str = "/", **attributes: str) -> None:
        site.attributes = " ".join(f'data-{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        self.page = context.new_page()
        self.console: list[str] = []
        self.page.on("console", lambda message: self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.set_default_timeout(120_000)
        self.page.goto(site.address + path)
        self.bubble = self.page.locator("faq-chat button")
        self.badge = self.page.locator("faq-chat b")
        self.panel = self.page.locator("faq-chat section")
        self.chat = self.page.frame_locator("faq-chat iframe")

    def open(self) -> None:
        self.bubble.click()
        self.connected()

    def connected(self) -> None:
        self.chat.locator("#messages > li").first.wait_for()
        self.chat.locator("#status:empty").wait_for(state="attached")

    def say(self, text: str) -> str:
        before = self.chat.locator("#messages .bot").count()
        self.chat.locator("#text").fill(text)
        self.chat.locator("#text").press("Enter")
        answer = self.chat.locator(f"#messages .bot >> nth={before}").locator(".bubble")
        answer.wait_for()
        return str(answer.inner_text())


@pytest.fixture
def open_page(browser: Any, site: Site) -> Iterator[Callable[..., SitePage]]:
    contexts = []

    def open_one(path: str = "/", context: dict[str, Any] | None = None, **attributes: str) -> SitePage:
        contexts.append(browser.new_context(**{"locale": "zh-CN", **(context or {})}))
        return SitePage(contexts[-1], site, path, **attributes)

    yield open_one
    for opened in contexts:
        opened.close()


def test_an_allowed_site_s_page_asks_under_a_strict_policy(open_page: Callable[..., SitePage]) -> None:
    shown = open_page(title="问问小店", greeting="欢迎光临", color="#ffcc00", language="en")
    assert shown.bubble.get_attribute("aria-label") == "问问小店"
    assert shown.bubble.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 204, 0)"
    assert shown.bubble.evaluate("one => getComputedStyle(one).color") == "rgb(0, 0, 0)"
    shown.open()
    assert shown.panel.get_attribute("aria-label") == "问问小店"
    assert shown.chat.locator("h1").inner_text() == "问问小店"
    assert shown.chat.locator("#messages .bot .bubble").first.inner_text() == "欢迎光临"
    assert (
        shown.chat.get_by_role("button", name="Send").evaluate("one => getComputedStyle(one).color") == "rgb(0, 0, 0)"
    )
    assert "59" in shown.say("运费多少钱")
    assert shown.console == []


def test_a_stranger_s_page_shows_no_chat(browser: Any, bot: Bot) -> None:
    with Site(f"http://{HOST}:{bot.port}") as stranger, browser.new_context() as context:
        shown = SitePage(context, stranger)
        with shown.page.expect_console_message(lambda said: "frame-ancestors" in said.text):
            shown.bubble.click()
        assert shown.chat.locator("#text").count() == 0
        with shown.page.expect_console_message(lambda said: said.text.startswith("faq-chat:")) as told:
            pass
        assert told.value.text.endswith(f'Add {stranger.address} to "origins" of the web chat in its credentials.yml.')


def test_it_is_opened_and_closed_by_keyboard(open_page: Callable[..., SitePage]) -> None:
    shown = open_page()
    shown.page.get_by_role("button", name="加入购物车").focus()
    shown.page.keyboard.press("Tab")
    assert shown.page.evaluate("document.activeElement.tagName") == "FAQ-CHAT"
    shown.page.keyboard.press("Enter")
    shown.connected()
    assert shown.bubble.get_attribute("aria-expanded") == "true"
    shown.page.wait_for_function("document.activeElement.shadowRoot.activeElement.tagName == 'IFRAME'")
    shown.page.keyboard.type("运费多少钱")
    shown.page.keyboard.press("Enter")
    shown.chat.locator("#messages .bot >> nth=1").wait_for()
    shown.page.keyboard.press("Escape")
    shown.panel.wait_for(state="hidden")
    assert shown.page.evaluate("document.activeElement.shadowRoot.activeElement.tagName") == "BUTTON"
    assert shown.bubble.get_attribute("aria-expanded") == "false"


def test_what_comes_while_it_is_closed_is_counted_until_it_is_opened(open_page: Callable[..., SitePage]) -> None:
    shown = open_page()
    shown.open()
    shown.chat.locator("#text").fill("运费多少钱")
    shown.chat.locator("#text").evaluate(
        "box => { box.form.requestSubmit(); document.getElementById('close').click(); }"
    )
    shown.badge.wait_for()
    assert shown.badge.inner_text() == "1"
    assert shown.bubble.get_attribute("aria-label") == "在线客服, 1 条未读"
    shown.page.reload()
    shown.badge.wait_for()  # of a restored conversation, too
    assert shown.badge.inner_text() == "1"
    shown.bubble.click()
    shown.badge.wait_for(state="hidden")
    shown.page.reload()  # which it stays open over
    shown.connected()
    shown.page.keyboard.press("Tab")
    shown.chat.locator("#close").click()
    shown.panel.wait_for(state="hidden")
    assert shown.badge.is_hidden()


def test_it_is_hidden_on_the_pages_that_the_site_names(open_page: Callable[..., SitePage]) -> None:
    shown = open_page("/checkout/pay", hidden_on="/checkout, /admin")
    assert shown.bubble.is_hidden()
    shown.page.evaluate("history.pushState(null, '', '/checkouts')")
    shown.bubble.wait_for()
    shown.page.evaluate("history.pushState(null, '', '/admin')")
    shown.bubble.wait_for(state="hidden")
    assert open_page("/other", hidden_on="/checkout").bubble.is_visible()


def test_on_a_phone_it_fills_the_screen(open_page: Callable[..., SitePage]) -> None:
    shown = open_page(context={"viewport": {"width": 360, "height": 640}}, position="left")
    assert shown.bubble.bounding_box()["x"] < 40
    shown.open()
    assert shown.panel.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 640}
    assert shown.bubble.is_hidden()
    assert shown.page.evaluate("document.documentElement.scrollWidth") == 360
    shown.chat.get_by_role("button", name="关闭对话").click()
    shown.bubble.wait_for()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing(open_page: Callable[..., SitePage], colours: str) -> None:
    shown = open_page(context={"color_scheme": colours, "bypass_csp": True})  # axe is a script of its own
    for opened in (False, True):
        if opened:
            shown.open()
            shown.say("订单怎么取消")
        found = Axe().run(shown.page).response["violations"]
        assert [(fault["id"], [node["html"][:100] for node in fault["nodes"]]) for fault in found] == []


def test_a_page_of_its_own_takes_nothing_from_its_address(browser: Any, bot: Bot) -> None:
    with browser.new_context(locale="zh-CN") as context:
        page = context.new_page()
        page.goto(f"http://{HOST}:{bot.port}/chat/#title=Phish&greeting=Phish&color=%23ff0000")
        page.wait_for_selector("#messages > li")
        assert "Phish" not in page.inner_text("body")
        assert page.locator("#close").is_hidden()


def test_it_is_small() -> None:
    files = [file for file in STATIC.rglob("*") if file.suffix in {".js", ".css", ".html", ".svg"}]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 60_000
    assert len(gzip.compress((STATIC / "faq-chat.js").read_bytes())) < 6_000


def test_ten_visitors_are_answered_at_once(open_page: Callable[..., SitePage]) -> None:
    pages = [open_page() for _ in range(10)]
    for page in pages:
        page.open()
    for page in pages:
        page.chat.locator("#text").fill("运费多少钱")
        page.chat.locator("#text").press("Enter")
    for page in pages:
        page.chat.locator("#messages .bot .bubble", has_text="59").wait_for()
        assert page.console == []
