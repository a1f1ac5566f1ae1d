"""The desk of a process, with real conversations and outputs, and without a server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, BotUttered, ConversationPaused, SlotSet, UserUttered
from socketio import AsyncServer

from faq_component.handover.addressees import Addressee
from faq_component.handover.jobs import Job
from faq_component.handover.settings import HandoverSettings
from faq_component.handover.types import Author, Ending, Reason
from faq_component.rasa.channels.front import client_address
from faq_component.rasa.handover import desk as desks
from faq_component.rasa.handover.desk import Desk
from faq_component.rasa.web_chat.output import PushOutput, WebOutput
from faq_component.settings import Settings
from faq_component.types import Decision, Hit, Outcome, Result
from faq_component.usage.log import UsageLog

DOMAIN = """
version: "3.1"
slots:
  order: {type: text, influence_conversation: false, mappings: [{type: from_text}]}
forms:
  order_form: {required_slots: [order]}
responses:
  utter_ask_order: [{text: "订单号是多少？"}]
"""
SETTINGS = HandoverSettings()


class Away(CollectingOutputChannel):  # type: ignore[misc]
    """An output whose platform does not answer."""

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        raise ConnectionError


@pytest.fixture
def processor() -> MessageProcessor:
    """Rasa's processor without a model: it keeps conversations and runs forms."""
    from rasa.core.nlg import TemplatedNaturalLanguageGenerator

    made: MessageProcessor = MessageProcessor.__new__(MessageProcessor)
    made.domain = Domain.from_yaml(DOMAIN)
    made.tracker_store = InMemoryTrackerStore(made.domain)
    made.nlg = TemplatedNaturalLanguageGenerator(made.domain.responses)
    made.action_endpoint, made.max_number_of_predictions = None, 10
    made.model_metadata = SimpleNamespace(model_id="m", assistant_id="a")
    made.message_preprocessor = None
    return made


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    monkeypatch.setenv("FAQ_HANDOVERS", str(tmp_path / "handovers.sqlite"))
    monkeypatch.setenv("FAQ_LOG", str(tmp_path / "usage.sqlite"))
    return lambda handover=SETTINGS: Desk(Settings(cache_dir=str(tmp_path)), handover)


@pytest.fixture
def desk(make: Callable[..., Desk]) -> Desk:
    return make()


def opened(desk: Desk, channel: str = "socketio", sender: str = "c") -> str:
    return desk.store.open(sender, channel, Reason.ASKED, language="zh").id


async def handled(message: UserMessage) -> str:
    return "answered"


def claim(desk: Desk) -> Job | None:
    return desk._jobs.claim(of_user=True, wants=desk._wants)


def test_a_fault_that_lasts_is_said_once_and_the_other_looks_go_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks = {"broken": 0, "whole": 0}

    async def broken() -> None:
        looks["broken"] += 1
        raise TypeError("odd")

    async def whole() -> None:
        looks["whole"] += 1

    async def play() -> None:
        desk._wake = asyncio.Event()
        tasks = [desk._repeat("broken", 0.001, broken), desk._repeat("whole", 0.001, whole)]
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.gather(*tasks), 2)

    asyncio.run(play())
    assert min(looks.values()) > 2
    assert [record.message for record in caplog.records] == [
        "The conversations that were handed over could not be looked after (TypeError)."
    ]


def test_a_message_is_passed_on_though_its_row_was_damaged(desk: Desk, processor: MessageProcessor) -> None:
    """The conversation goes back to the bot, which answers."""
    opened(desk)
    with sqlite3.connect(desk.store.file) as connection:
        connection.execute("UPDATE handovers SET last_user = 'abc'")
    message = UserMessage("在吗", CollectingOutputChannel(), "c", input_channel="socketio")
    assert asyncio.run(desk.receive(processor, message, handled)) == "answered"
    assert desk.store.of_conversation("c") is None


@pytest.mark.parametrize(
    ("address", "given"), [("8.8.8.8", {"faq_source": "forged", "id": "1"}), ("", {"faq_source": "x"})]
)
def test_only_this_server_says_whose_message_it_is(
    desk: Desk, processor: MessageProcessor, address: str, given: dict[str, str]
) -> None:
    seen: list[dict[str, str]] = []

    async def handle(message: UserMessage) -> None:
        seen.append(message.metadata)

    async def play() -> None:
        client_address.set(address)
        message = UserMessage("hi", CollectingOutputChannel(), "c", input_channel="socketio", metadata=given)
        await desk.receive(processor, message, handle)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, play()).result()
    source = {"faq_source": desk.store.source_of(address)} if address else {}
    assert seen == [{key: value for key, value in given.items() if key == "id"} | source]


async def connect(sender: str) -> PushOutput:
    server = AsyncServer(async_mode="asgi")
    socket_id = await server.manager.connect("e", "/")
    await server.manager.enter_room(socket_id, "/", sender)
    return PushOutput(server, "bot_uttered", "/")


def test_words_are_left_to_a_process_that_has_the_channel(make: Callable[..., Desk]) -> None:
    shell, telegram = make(), make()
    telegram._outputs = {"telegram": CollectingOutputChannel()}
    number = opened(shell, "telegram")
    shell.store.add_person_words(number, "在", "")
    assert claim(shell) is None
    assert claim(telegram)


def test_words_without_a_way_are_not_noted_as_sent(desk: Desk) -> None:
    number = opened(desk, "telegram")
    desk.store.add_person_words(number, "在", "")
    job = desk._jobs.claim(of_user=True)
    assert job
    asyncio.run(desk._do(job))
    assert [words.state for words in desk.store.messages(number)] == ["waiting"]
    assert [found.number for found in desk._jobs.waiting(number)] == [job.number]


def test_a_process_without_channels_notes_none_and_sends_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def server() -> Any:
        return SimpleNamespace(ctx=SimpleNamespace(input_channels=()))

    monkeypatch.setattr(desks, "_server", server)
    asyncio.run(asyncio.wait_for(desk.run(), 60))
    assert not desk.store.file.exists()


def test_words_in_the_web_chat_are_left_to_the_process_with_the_page(
    make: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        here, elsewhere = make(), make()
        here._outputs, elsewhere._outputs = {"socketio": await connect("c")}, {"socketio": await connect("other")}
        number = opened(here)
        here.store.add_person_words(number, "在", "")
        assert claim(elsewhere) is None
        job = claim(here)
        assert job
        here._jobs.retry(job)
        later = time.time() + 60
        monkeypatch.setattr("time.time", lambda: later)
        assert claim(elsewhere) is None  # it goes on leaving them, for a moment
        elsewhere._seen[job.number] -= 60
        assert claim(elsewhere) is not None  # nobody claimed them for long

    asyncio.run(play())


def test_servers_that_hang_hold_up_no_conversation(make: Callable[..., Desk]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        values = {"url": f"http://127.0.0.1:{silent.getsockname()[1]}/", "secret": "s3cret"}
        desk = make(HandoverSettings(addressees=(Addressee("webhook", values),)))

        async def play() -> None:
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
            opened(desk)
            job = desk._jobs.claim(of_user=False)
            assert job
            telling = asyncio.ensure_future(desk._tell(job))
            connection, _address = await asyncio.get_running_loop().run_in_executor(
                ThreadPoolExecutor(1), silent.accept
            )
            found = await asyncio.to_thread(desk.store.of_conversation, "c")
            assert found
            assert not telling.done()
            connection.close()
            await asyncio.wait([telling])
            assert telling.exception()

        asyncio.run(play())


def test_the_form_asks_again_and_nothing_that_was_said_is_lost(desk: Desk, processor: MessageProcessor) -> None:
    async def play() -> list[str]:
        tracker = await processor.get_tracker("c")
        asked = BotUttered("订单号是多少？", metadata={"utter_action": "utter_ask_order"})
        events = [UserUttered("查订单"), ActiveLoop("order_form"), asked, UserUttered("人工"), ConversationPaused()]
        tracker.update_with_events(events, processor.domain)
        await processor.save_tracker(tracker)
        opened(desk)
        message = UserMessage("回到机器人", CollectingOutputChannel(), "c", input_channel="socketio")
        await desk.receive(processor, message, handled)
        tracker = await processor.get_tracker("c")
        return [event.text for event in tracker.events if isinstance(event, (UserUttered, BotUttered))]

    said = asyncio.run(play())
    assert said[:3] == ["查订单", "订单号是多少？", "人工"]
    assert said[-2:] == ["好的，我回来了，有什么可以帮您？", "订单号是多少？"]


def test_another_channel_neither_reads_nor_writes_nor_hands_back(desk: Desk, processor: MessageProcessor) -> None:
    number = opened(desk)
    desk.store.add_person_words(number, "在", "")

    async def play(text: str) -> Any:
        message = UserMessage(text, CollectingOutputChannel(), "c", input_channel="rest")
        return await desk.receive(processor, message, handled)

    for text in ("我的电话是多少", "回到机器人", "/restart"):
        (answer,) = asyncio.run(play(text))
        assert answer["text"].startswith("抱歉，暂时转接不了")
    found = desk.store.of_id(number)
    assert found
    assert found.is_open
    assert [words.text for words in desk.store.messages(number)] == ["在"]


def test_a_message_is_answered_though_what_came_before_cannot_be_sent(desk: Desk, processor: MessageProcessor) -> None:
    number = opened(desk, "telegram")
    desk.store.add_person_words(number, "在", "")
    desk.store.end(number, Ending.PERSON)
    message = UserMessage("运费多少钱", Away(), "c", input_channel="telegram")
    assert asyncio.run(desk.receive(processor, message, handled)) == "answered"
    assert [words.state for words in desk.store.messages(number)] == ["waiting"]
    assert [(job.kind, job.attempts) for job in desk._jobs.waiting(number)] == [("words", 1), ("ended", 1)]
    tracker = asyncio.run(processor.get_tracker("c"))
    assert not tracker.is_paused()


def test_the_bot_answers_again_though_its_end_was_given_up(desk: Desk, processor: MessageProcessor) -> None:
    async def play() -> tuple[Any, bool]:
        tracker = await processor.get_tracker("c")
        tracker.update(ConversationPaused())
        await processor.save_tracker(tracker)
        number = opened(desk)
        desk.store.end(number, Ending.PERSON)
        job = desk._jobs.claim(of_user=True)
        assert job
        desk._jobs.fail(job)
        output = CollectingOutputChannel()
        await desk.receive(processor, UserMessage("运费", output, "c", input_channel="socketio"), handled)
        return output.messages, (await processor.get_tracker("c")).is_paused()

    messages, is_paused = asyncio.run(play())
    assert [message["text"] for message in messages] == ["人工客服已经把会话交还给我，还有问题可以接着问。"]
    assert not is_paused


@pytest.mark.parametrize(("output", "kept"), [(CollectingOutputChannel(), 2), (WebOutput(None, ""), 1)])
def test_only_the_page_names_its_messages(desk: Desk, processor: MessageProcessor, output: Any, kept: int) -> None:
    number = opened(desk)

    async def play() -> None:
        for text in ("一", "二"):
            message = UserMessage(text, output, "c", input_channel="socketio", metadata={"id": "user-17"})
            await desk.receive(processor, message, handled)

    asyncio.run(play())
    said = [words for words in desk.store.messages(number) if words.author == Author.USER.value]
    assert len(said) == kept


def test_what_is_under_way_is_done_though_the_model_is_replaced(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def server() -> Any:
        return SimpleNamespace(ctx=SimpleNamespace(input_channels=()))

    async def play() -> None:
        begun, goes_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def deliver(job: Job) -> None:
            begun.set()
            await goes_on.wait()
            done.set()

        monkeypatch.setattr(desks, "outputs_of", lambda _: {"socketio": CollectingOutputChannel()})
        monkeypatch.setattr(desk, "_deliver", deliver)
        desk.store.add_person_words(opened(desk), "在", "")
        task = asyncio.ensure_future(desk.run())
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])
        goes_on.set()
        await asyncio.wait_for(done.wait(), 60)

    monkeypatch.setattr(desks, "_server", server)
    asyncio.run(play())


def test_a_model_that_hands_nothing_over_closes_the_desk(desk: Desk) -> None:
    desk.store.set_channels(["socketio"])
    desks.watch.desk = desk
    desks.watch.close()
    assert desks.watch.desk is None
    assert not desk.store.reaches("socketio")


@pytest.mark.parametrize(
    ("rating", "logged"),
    [
        ('{"topic": "shipping", "useful": true}', "useful"),
        ('{"topic": "shipping", "useful": false, "faq_reason": "wrong"}', "wrong"),
        ('{"topic": "never answered", "useful": true}', None),
        ('{"topic": ["shipping"], "useful": {}}', None),
        ("", None),
    ],
)
def test_a_rating_is_logged_and_not_passed_on(
    desk: Desk, processor: MessageProcessor, tmp_path: Path, rating: str, logged: str | None
) -> None:
    number = opened(desk)

    async def play() -> None:
        tracker = await processor.tracker_store.get_or_create_tracker("c")
        hits = (Hit("shipping", "", 0.9),)
        result = Result(hits, Decision(Outcome.ANSWER, 0.9, hits), "")
        asked = UserUttered("运费多少", {"name": "faq"}, parse_data={"faq": result.to_json()})
        tracker.update_with_events([asked, SlotSet("faq_topic", "shipping"), ConversationPaused()], processor.domain)
        await processor.tracker_store.save(tracker)
        said = UserMessage(f"/faq_feedback{rating}", CollectingOutputChannel(), "c", input_channel="socketio")
        await desk.receive(processor, said, handled)

    asyncio.run(play())
    desk._usage.flush(20)
    log = UsageLog(tmp_path / "usage.sqlite")
    assert log.file.exists() == bool(logged)
    found = [(event.outcome, event.text, event.topic, event.channel) for event in log.events()] if logged else []
    assert found == ([(logged, "运费多少", "shipping", "socketio")] if logged else [])
    assert [words for words in desk.store.messages(number) if words.author == Author.USER.value] == []


@pytest.mark.parametrize(
    ("text", "is_wish"),
    [
        ("回到机器人", True),
        ("算了，回到机器人吧", True),
        ("never mind, back to the bot", True),
        ("不要回到机器人", False),
        ("怎么回到机器人", False),
        ("don't send me back to the bot", False),
        ("我刚才说了半天你们也没有人理我，那就回到机器人", False),
    ],
)
def test_the_wish_for_the_bot_may_stand_in_a_short_message(desk: Desk, text: str, is_wish: bool) -> None:
    assert desk._is_wish(text) is is_wish


def test_the_list_has_what_each_user_said_last(desk: Desk) -> None:
    first, second = opened(desk, sender="a"), opened(desk, sender="b")
    for text in ("一", "二"):
        desk.store.add_user_words(first, text)
    desk.store.add_person_words(first, "您好", "李")
    assert desk.store.last_words() == {first: "二"}
    desk.store.add_user_words(second, "三")
    desk.store.end(first, Ending.USER)
    desk.store.close(first)
    assert desk.store.last_words()[second] == "三"


def test_words_of_a_new_file_are_none_of_an_old_one(desk: Desk, processor: MessageProcessor) -> None:
    """The numbers of jobs begin anew, the conversation's events stay."""

    async def play(text: str) -> list[str]:
        number = opened(desk)
        desk.store.add_person_words(number, text, "李")
        texts = []
        for job in desk._jobs.waiting(number):
            handover = desk.store.of_id(number)
            assert handover is not None
            texts += (await desk._speaker.write(processor, handover, job))[0]
        return texts

    assert "旧的话" in asyncio.run(play("旧的话"))
    for file in desk.store.file.parent.glob(f"{desk.store.file.name}*"):
        file.unlink()
    said = asyncio.run(play("新的话"))
    assert "新的话" in said
    assert "旧的话" not in said
