"""The channel without a server: origins, what may come with a message, and what is shown again."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.actions.action import create_bot_utterance
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException

from faq_component.dialogue.scope import NO_SCOPE, scope_of
from faq_component.errors import ScopeError
from faq_component.rasa.web_chat import WebChat
from faq_component.rasa.web_chat.opening import Opening
from faq_component.rasa.web_chat.output import shown_events
from faq_component.settings import Settings
from tests.caches import warmed

SESSION = "0123456789abcdef" * 2


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a thread of its own: Playwright's loop may be running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("origin", "headers", "peer", "may"),
    [
        ("http://shop:5005", {"host": "shop:5005"}, "10.0.0.9", True),
        ("http://Shop:5005", {"host": "SHOP:5005"}, "10.0.0.9", True),
        ("http://127.0.0.1:5005", {"host": "127.0.0.1:5005"}, "127.0.0.1", True),
        ("http://[::1]:5005", {"host": "[::1]:5005"}, "::1", True),
        ("https://shop", {"host": "shop", "x-forwarded-host": "evil.example"}, "10.0.0.9", True),
        ("https://shop", {"host": "rasa:5005", "x-forwarded-host": "shop"}, PROXY, True),
        ("https://friend.example", {"host": "shop"}, "10.0.0.9", True),
        (None, {"host": "shop"}, "10.0.0.9", True),  # no page of a browser
        (None, {"host": "evil.example"}, "127.0.0.1", False),  # a rebound name: GET of its own page has no Origin
        (None, {}, "127.0.0.1", False),
        ("http://evil.example", {"host": "evil.example"}, "127.0.0.1", False),
        ("http://evil.example", {"host": "shop", "x-forwarded-host": "evil.example"}, "10.0.0.9", False),
        ("http://evil.example", {"host": "shop", "x-forwarded-host": "evil.example"}, PROXY, False),
        ("https://friend.example", {"host": "evil.example"}, "127.0.0.1", False),
        ("https://shop", {"host": "rasa:5005", "x-forwarded-host": "shop"}, "10.0.0.9", False),
        ("https://shop.example", {"host": "shop"}, "10.0.0.9", False),
        ("null", {"host": "shop"}, "10.0.0.9", False),
        ("http://shop:5006", {"host": "shop:5005"}, "10.0.0.9", False),
    ],
)
def test_which_pages_may_connect(origin: str | None, headers: dict[str, str], peer: str, may: bool) -> None:
    settings = {"origins": ["https://friend.example"], "hosts": ["Shop"], "proxies": [PROXY]}
    channel = WebChat.from_credentials(settings)
    request: Any = SimpleNamespace(headers=headers, ip=peer)
    is_known = channel.front.fault(request) is None
    assert (is_known and channel._may_connect(origin, {"sanic.request": request})) is may


@pytest.mark.parametrize(
    ("host", "known"),
    [("localhost:5005", True), ("shop", True), ("shop.example", False), ("localhost.evil.example", False)],
)
def test_by_default_names_of_this_network_are_known(host: str, known: bool) -> None:
    request: Any = SimpleNamespace(headers={"host": host}, ip="127.0.0.1")
    assert (WebChat.from_credentials(None).front.fault(request) is None) is known


def handled(*given: tuple[str, Any], texts: Iterable[str] = itertools.repeat("hi")) -> list[UserMessage]:
    """The messages that reach Rasa, of those with this session, metadata and text, which come at the same time."""
    reached: list[UserMessage] = []

    async def on_new_message(message: UserMessage) -> None:
        reached.append(message)
        await asyncio.sleep(0)
        if message.text == "fail":
            raise ValueError

    async def play() -> None:
        channel = WebChat.from_credentials(None)
        channel.blueprint(on_new_message)
        messages = [
            UserMessage(text, sender_id=session, metadata=metadata)
            for (session, metadata), text in zip(given, texts, strict=False)
        ]
        await asyncio.gather(*(channel._handle_once(message, on_new_message) for message in messages))

    run(play())
    return reached


def test_only_known_metadata_of_known_sessions_reaches_rasa() -> None:
    metadata = {"id": "1", "shown": "x" * 9999, "language": ["en"], "feedback": "yes", "more": {}}
    (message,) = handled((SESSION, metadata), ("default", metadata), (SESSION[:-1], {}))
    assert message.metadata == {"id": "1", "shown": "x" * 500, "feedback": False}


def test_the_scope_of_the_metadata_reaches_rasa_where_the_setting_names_its_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = Settings(scope={"metadata": "shop"})
    monkeypatch.setattr("faq_component.rasa.web_chat.channel.load_settings", lambda: settings)
    first, second = handled((SESSION, {"id": "1", "shop": "金店"}), (SESSION, {"id": "2", "shop": {"x": 1}}))
    assert first.metadata == {"id": "1", "shop": [["金店"]], "feedback": False}
    assert second.metadata == {"id": "2", "shop": NO_SCOPE, "feedback": False}


@pytest.mark.parametrize("odd", [{"x": 1}, 1, [1], [["金店"], 1], ["a"] * 101, ["a" * 1001], "a" * 1001])
def test_a_malformed_scope_does_not_become_none(monkeypatch: pytest.MonkeyPatch, odd: Any) -> None:
    settings = Settings(scope={"metadata": "shop"})
    monkeypatch.setattr("faq_component.rasa.web_chat.channel.load_settings", lambda: settings)
    (message,) = handled((SESSION, {"id": "1", "shop": odd}))
    with pytest.raises(ScopeError):
        scope_of(settings.scope, slots={}, metadata=message.metadata, channel="web_chat")


def test_questions_to_begin_with_are_buttons_that_send_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    topics = {
        "a": {"post": ["几点开门"], "resp": ["九点"], "recommend": True, "tags": ["金店"]},
        "b": {"post": ["在吗"], "resp": ["在"], "recommend": True},
    }
    (tmp_path / "faq.json").write_text(json.dumps(topics), "utf-8")
    given: dict[str, Any] = {"faq": str(tmp_path / "faq.json"), "cache_dir": warmed(tmp_path / "cache"), "log": "none"}
    open_door = {"title": "几点开门", "payload": "几点开门"}
    assert Opening(Settings(**given), "web").buttons({}) == [open_door, {"title": "在吗", "payload": "在吗"}]
    assert Opening(Settings(**given, scope={"slot": "shop"}), "web").buttons({"shop": "金店"}) == [open_door]
    assert Opening(Settings(**given, scope={"channel": {"web": "铜店"}}), "web").buttons({}) == []
    assert "no topic has the tag '铜店'" in caplog.text


def test_a_lone_surrogate_in_metadata_is_left_out() -> None:
    (message,) = handled((SESSION, {"id": "\ud800", "shown": "好"}))
    assert message.metadata == {"shown": "好", "feedback": False}


def test_metadata_of_another_form_is_none() -> None:
    assert [message.metadata for message in handled((SESSION, ["x"]), (SESSION, None))] == [{"feedback": False}] * 2


def test_a_message_sent_again_is_handled_once_but_not_one_of_another_session() -> None:
    assert len(handled((SESSION, {"id": "1"}), (SESSION, {"id": "1"}), (SESSION[::-1], {"id": "1"}))) == 2
    # A client whose ids begin anew, such as after a reload.
    assert len(handled((SESSION, {"id": "1"}), (SESSION, {"id": "1"}), texts=("一", "二"))) == 2


@pytest.mark.parametrize(
    "sent",
    [None, "hi", ["hi"], {}, {"message": 5}, {"message": None}, {"message": "\ud800"}, {"message": "一" * 10_001}],
    ids=lambda sent: str(sent)[:20].encode("ascii", "replace").decode(),
)
def test_what_is_no_text_that_rest_would_take_is_ignored(sent: Any, caplog: pytest.LogCaptureFixture) -> None:
    reached: list[str | None] = []

    async def on_new_message(message: UserMessage) -> None:
        reached.append(message.text)

    async def play() -> None:
        channel = WebChat.from_credentials(None)
        channel.blueprint(on_new_message)
        receive = channel.sio.handlers["/"]["user_uttered"]
        await receive("socket", {**sent, "session_id": SESSION} if isinstance(sent, dict) else sent)
        await receive("socket", {"message": "一" * 10_000, "session_id": SESSION})

    run(play())
    assert reached == ["一" * 10_000]
    assert [record.message[:34] for record in caplog.records] == ["What came over the socket was igno"]


def test_a_conversation_is_shown_again_as_it_was_sent() -> None:
    said = [
        {"text": "一\n\n二", "buttons": [{"title": "去", "payload": "/go"}, {"title": "无"}]},
        {"text": "看", "image": "https://example.com/a.png"},
        {"custom": {"key": 1}},
        {"attachment": "https://example.com/a.pdf"},
    ]
    user = UserUttered("/go", metadata={"id": "7", "shown": "去"})
    tracker = DialogueStateTracker.from_events(SESSION, [user, *map(create_bot_utterance, said)])
    shown = run(shown_events(tracker))
    assert [message.pop("time") for message in shown] == [
        event.timestamp
        for event, messages in zip(tracker.events, (1, 2, 2, 1, 1), strict=True)
        for _ in range(messages)
    ]
    assert shown == [
        {"from": "user", "id": "7", "text": "去", "payload": "/go"},
        {"from": "bot", "text": "一", "quick_replies": []},
        {
            "from": "bot",
            "text": "二",
            "quick_replies": [
                {"content_type": "text", "title": "去", "payload": "/go"},
                {"content_type": "text", "title": "无", "payload": "无"},
            ],
        },
        {"from": "bot", "text": "看"},
        {"from": "bot", "attachment": {"type": "image", "payload": {"src": "https://example.com/a.png"}}},
        {"from": "bot", "custom": {"key": 1}},
        {"from": "bot", "attachment": "https://example.com/a.pdf"},
    ]


@pytest.mark.parametrize(
    "origin",
    ["shop.example", "https://shop.example/path", "https://a; script-src *", "*", 5, "https://a\n", "javascript:x"],
)
def test_what_is_no_origin_is_one_sentence(origin: Any) -> None:
    with pytest.raises(InvalidConfigException, match=r"credentials\.yml, channel .*: 'origins' has .* is no origin"):
        WebChat.from_credentials({"origins": ["https://shop.example", origin]})


def test_origins_are_those_that_browsers_write() -> None:
    channel = WebChat.from_credentials({"origins": ["HTTPS://Shop.example/", "http://[::1]:80"]})
    assert channel._origins == ["https://shop.example", "http://[::1]:80"]


def test_completion_keeps_to_the_scope_and_can_be_switched_off(tmp_path: Path) -> None:
    topics = {
        "a": {"post": ["几点开门"], "resp": ["九点"], "tags": ["金店"]},
        "b": {"post": ["几点关门"], "resp": ["八点"]},
    }
    (tmp_path / "faq.json").write_text(json.dumps(topics), "utf-8")
    given: dict[str, Any] = {"faq": str(tmp_path / "faq.json"), "cache_dir": warmed(tmp_path / "cache"), "log": "none"}
    assert Opening(Settings(**given), "web").completions("几点", {}) == ["几点开门", "几点关门"]
    opening = Opening(Settings(**given, scope={"slot": "shop"}), "web")
    assert opening.needs_slots
    assert opening.completions("几点", {"shop": "金店"}) == ["几点开门"]
    assert opening.completions("几点", {"shop": "铜店"}) == []
    channel = WebChat.from_credentials({"complete": False})
    conversations: Any = None
    assert run(channel._completion({"text": "几", "session_id": SESSION}, conversations)) == {"questions": []}
