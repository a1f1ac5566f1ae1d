"""What the page is to eyes, keyboards, screen readers and attackers."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.rasa.web_chat.chat_page import ChatPage
from tests.servers import Bot

# Draws a message of the bot with the page's own module; what comes from elsewhere in the test is its argument.
DRAW = """async (message) => {
  const { botMessage } = await import("./drawing.js");
  document.getElementById("messages").append(botMessage(message, () => {}));
}"""
TWICE = """async (session) => {
  const { io } = await import("./vendor/socket.io.esm.min.js");
  const socket = io({ path: "/chat/socket.io/", forceNew: true });
  const said = [];
  socket.on("bot_uttered", (message) => said.push(message.text));
  const confirmed = new Promise((done) => socket.on("session_confirm", done));
  socket.emit("session_request", { session_id: session });
  await confirmed;
  const message = { message: "帮我查一下订单", session_id: session, metadata: { id: "the same" } };
  const send = () => new Promise((done) => socket.emit("user_uttered", message, done));
  await Promise.all([send(), send()]);
  await send();
  socket.close();
  return said;
}"""


def status_of(address: str, origin: str | None = None, body: bytes | None = None) -> int:
    headers = {"Content-Type": "application/json", **({"Origin": origin} if origin else {})}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=20) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_texts_are_never_markup_and_only_web_addresses_are_links(chat: ChatPage) -> None:
    chat.say('<img src=x onerror="document.title=1"> https://example.com/a?b=1。javascript:alert(1)')
    chat.page.evaluate(DRAW, {"text": "<b>bold</b> http://example.com"})
    chat.page.evaluate(DRAW, {"attachment": {"type": "image", "payload": {"src": "javascript:alert(1)"}}})
    chat.page.evaluate(DRAW, {"attachment": "data:text/html,<script>alert(1)</script>"})
    chat.page.evaluate(DRAW, {"custom": {"key": "<script>document.title=1</script>"}})
    assert chat.of("user") == ['<img src=x onerror="document.title=1"> https://example.com/a?b=1。javascript:alert(1)']
    assert chat.page.locator("#messages :is(img, b, script, iframe)").count() == 0
    links = [link.get_attribute("href") for link in chat.page.locator("#messages a").all()]
    assert links == ["https://example.com/a?b=1", "http://example.com"]
    assert chat.page.title() == "在线客服"


def test_a_file_is_shown_whatever_its_name_is_encoded_in(chat: ChatPage) -> None:
    names = {"%E9%80%80%E8%B4%A7.pdf": "退货.pdf", "100%.pdf": "100%.pdf", "%CD%CB%BB%F5.pdf": "%CD%CB%BB%F5.pdf"}
    for name in names:
        chat.page.evaluate(DRAW, {"attachment": f"https://example.com/{name}"})
    assert chat.of("bot")[-3:] == [f"附件: {shown}" for shown in names.values()]


def test_nothing_comes_from_another_place(chat: ChatPage, bot: Bot) -> None:
    chat.say("运费多少钱")
    assert chat.requested
    host = f"//127.0.0.1:{bot.port}/"
    assert [url for url in chat.requested if host not in url] == []


def test_pages_of_other_origins_cannot_use_the_socket(bot: Bot) -> None:
    own = f"http://127.0.0.1:{bot.port}"
    handshake = f"{own}/chat/socket.io/?EIO=4&transport=polling"
    assert status_of(handshake) == 200
    assert status_of(handshake, own) == 200
    assert status_of(handshake, "http://example.com") == 400


@pytest.mark.parametrize("body", [b'{"session_id": "default"}', b'{"session_id": null}', b"[]", b"{"])
def test_only_a_session_of_this_server_is_a_conversation(bot: Bot, body: bytes) -> None:
    bot.say("运费多少钱", "default")
    assert status_of(f"http://127.0.0.1:{bot.port}/chat/conversation", body=body) == 400


def test_a_message_that_is_sent_again_is_handled_once(chat: ChatPage) -> None:
    session = chat.page.evaluate("localStorage.getItem('faq.session')")
    assert len(chat.page.evaluate(TWICE, session)) == 1


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
@pytest.mark.parametrize(("width", "height"), [(320, 560), (390, 780), (1280, 800)])
def test_it_fits_phones_and_desktops(
    open_chat: Callable[..., ChatPage], bot: Bot, width: int, height: int, locale: str
) -> None:
    chat = open_chat(bot, viewport={"width": width, "height": height}, locale=locale)
    chat.say("https://example.com/" + "very-long-" * 30)
    chat.say("订单怎么取消")
    page = chat.page
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.documentElement.scrollHeight") <= height
    for box in (page.locator(item).last.bounding_box() for item in ("#form button", "#messages .bot", "#language")):
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height


def test_dark_light_and_reduced_motion_are_followed(open_chat: Callable[..., ChatPage], bot: Bot) -> None:
    def look(**settings: str) -> tuple[int, str]:
        page = open_chat(bot, **settings).page
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        red = int(colour.removeprefix("rgb(").split(",")[0])
        return red, page.evaluate("getComputedStyle(document.querySelector('#typing i')).animationName")

    assert look(color_scheme="dark")[0] < 64
    assert look(color_scheme="light")[0] > 192
    assert look(reduced_motion="no-preference")[1] == "beat"
    assert look(reduced_motion="reduce")[1] == "none"


def test_it_is_used_by_keyboard_alone(chat: ChatPage) -> None:
    keyboard, focused = chat.page.keyboard, chat.page.locator(":focus")
    assert focused.get_attribute("id") == "text"
    keyboard.type("订单怎么取消")
    keyboard.press("Enter")
    chat.answers_after(1)
    keyboard.press("Shift+Tab")
    assert focused.inner_text() == "都不是"
    keyboard.press("Enter")
    chat.answers_after(2)
    assert chat.of("user")[-1] == "都不是"
    assert focused.get_attribute("id") == "text"


@pytest.mark.parametrize(
    ("locale", "lang", "log", "box", "choices"),
    [("zh-CN", "zh", "对话", "您的消息", "请选择"), ("en-GB", "en", "Conversation", "Your message", "Choose")],
)
def test_screen_readers_are_told_in_their_language(
    open_chat: Callable[..., ChatPage], bot: Bot, locale: str, lang: str, log: str, box: str, choices: str
) -> None:
    chat = open_chat(bot, locale=locale)
    page = chat.page
    assert page.get_attribute("html", "lang") == lang
    chat.say("订单怎么取消")
    assert page.get_by_role("log", name=log).get_attribute("aria-live") == "polite"
    assert page.get_by_role("textbox", name=box).is_visible()
    assert page.get_by_role("group", name=choices).get_by_role("button").count() > 1
    assert page.get_by_role("status").count() == 1


def test_the_language_can_be_switched_and_stays(chat: ChatPage) -> None:
    chat.say("运费多少钱")
    chat.page.click("#language")
    chat.page.wait_for_selector('button:text-is("Helpful")')
    chat.page.reload()
    chat.wait_for_connection()
    assert chat.page.get_attribute("html", "lang") == "en"
    assert chat.page.get_by_role("button", name="Send").is_visible()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing(open_chat: Callable[..., ChatPage], bot: Bot, colours: str) -> None:
    chat = open_chat(bot, color_scheme=colours)
    for text in ("订单怎么取消", "运费多少钱", "给我看看 https://example.com"):
        chat.say(text)
    chat.page.evaluate(DRAW, {"attachment": {"type": "image", "payload": {"src": "/chat/icon.svg"}}})
    found = Axe().run(chat.page).response["violations"]
    assert [(fault["id"], [node["html"][:100] for node in fault["nodes"]]) for fault in found] == []


def test_marks_of_markdown_and_addresses_in_answers_are_drawn(chat: ChatPage) -> None:
    text = "**先看** [说明](https://example.com/a)，再打 tel:400-800-1234：\n- 填 `HW1`\n* 2*3*4 [x](javascript:x)"
    chat.page.evaluate(DRAW, {"text": text})
    last = chat.page.locator("#messages .bot .bubble").last
    assert last.inner_text() == "先看 说明，再打 400-800-1234：\n• 填 HW1\n• 2*3*4 [x](javascript:x)"
    assert last.locator("strong").all_text_contents() == ["先看"]
    assert last.locator("code").all_text_contents() == ["HW1"]
    hrefs = [link.get_attribute("href") for link in last.locator("a").all()]
    assert hrefs == ["https://example.com/a", "tel:400-800-1234"]
    chat.say("**我** `不` [说](https://example.com)")
    assert chat.of("user") == ["**我** `不` [说](https://example.com)"]


@pytest.mark.parametrize(
    "text",
    ["138****1234 或 139****5678", "2**3 和 4**5", "Hotel:1234，Intel:13th", "** 不是 ** 重点", "a*b*c", "`未完"],
)
def test_what_only_looks_like_marks_stays_as_it_is(chat: ChatPage, text: str) -> None:
    chat.page.evaluate(DRAW, {"text": text})
    last = chat.page.locator("#messages .bot .bubble").last
    assert last.inner_text() == text
    assert last.locator("strong, a, code").count() == 0


def test_a_picture_is_enlarged_and_closed_by_keyboard(chat: ChatPage) -> None:
    chat.page.evaluate(DRAW, {"attachment": {"type": "image", "payload": {"src": "/chat/icon.svg"}}})
    chat.page.locator("#messages a.image").focus()
    chat.page.keyboard.press("Enter")
    dialog = chat.page.get_by_role("dialog", name="图片")
    dialog.wait_for()
    assert dialog.get_by_role("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    chat.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert len(chat.page.context.pages) == 1


def test_a_message_that_is_too_long_is_told_and_stays_in_the_box(chat: ChatPage) -> None:
    chat.page.fill("#text", "长" * 10_001)
    chat.page.press("#text", "Enter")
    assert "10001 个字，最多 10000" in chat.page.locator("#status").inner_text()
    assert chat.of("user") == []
    assert chat.say("运" * 600) != []
    assert [len(text) for text in chat.of("user")] == [600]


def test_each_message_has_its_time(chat: ChatPage) -> None:
    chat.say("运费多少钱")
    assert chat.page.locator("#messages .user time").count() == 1
    chat.page.evaluate(DRAW, {"text": "昨天说的", "time": 1_000_000_000})
    assert "2001" in chat.page.locator("#messages time").last.inner_text()
    chat.page.reload()
    chat.wait_for_connection()
    times = chat.page.locator("#messages time").all()
    assert len(times) == 2
    assert all(time.get_attribute("datetime") for time in times)


def test_what_is_typed_is_completed_by_keyboard(chat: ChatPage) -> None:
    page, box = chat.page, chat.page.locator("#text")
    box.press_sequentially("运费")
    options = page.get_by_role("listbox", name="您是不是要问").get_by_role("option")
    options.first.wait_for()
    texts = options.all_text_contents()
    assert len(texts) > 1
    assert page.locator("#completed").inner_text() == f"{len(texts)} 条可选"
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    box.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    box.press("ArrowUp")
    assert options.last.get_attribute("aria-selected") == "true"
    box.press("Escape")
    assert options.count() == 0
    assert box.input_value() == "运费"
    box.press_sequentially("谁")
    options.first.wait_for()
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], [node["html"][:100] for node in fault["nodes"]]) for fault in found] == []
    first = options.first.inner_text()
    box.press("ArrowDown")
    box.press("Enter")
    chat.answers_after(1)
    assert chat.of("user") == [first]
    assert options.count() == 0
    assert page.evaluate("document.activeElement.id") == "text"


def test_a_completion_is_taken_by_a_click_and_enter_alone_sends_what_was_typed(chat: ChatPage) -> None:
    chat.page.locator("#text").press_sequentially("发票")
    option = chat.page.get_by_role("option").first
    option.wait_for()
    text = option.inner_text()
    option.click()
    chat.answers_after(1)
    chat.page.locator("#text").press_sequentially("运费")
    option.wait_for()
    chat.page.locator("#text").press("Enter")
    chat.answers_after(2)
    assert chat.of("user") == [text, "运费"]
