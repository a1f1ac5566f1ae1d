"""The action server closed or hanging: a polite sentence within five seconds, and the bot recovers."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain, InvalidDomain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from faq_component.rasa import patches
from faq_component.rasa.components import action_server_guard
from faq_component.rasa.components.action_server_guard import ActionServerGuard, wait_for_loop_time
from faq_component.rasa.process.launch import HOST
from tests.servers import Bot, new_sender

UNAVAILABLE = "抱歉，我这边出了点小问题，请稍后再试。"


@pytest.fixture
def own_bot(trained: None, tmp_path: Path) -> Iterator[Bot]:
    with Bot(tmp_path) as running:
        yield running


def test_closed_hanging_and_back_again(own_bot: Bot) -> None:
    bot, sender = own_bot, new_sender()
    assert bot.say("查订单", sender)[0]["text"].startswith("请告诉我订单号")
    process = bot.actions._process
    assert process is not None

    os.killpg(process.pid, signal.SIGSTOP)  # it accepts connections and never answers
    assert polite(bot, "非常感谢", new_sender())
    assert polite(bot, "HW20261105", sender)
    os.killpg(process.pid, signal.SIGCONT)
    assert "运输中" in bot.say("HW20261105", sender)[-1]["text"]  # the form stayed where it was

    bot.actions.stop()
    assert polite(bot, "非常感谢", new_sender())
    with answering_nonsense(bot.actions_port):
        assert polite(bot, "非常感谢", new_sender())
    bot.actions.__enter__()
    assert bot.say("非常感谢", sender)[0]["text"] != UNAVAILABLE


def make_guard(
    folder: Path, monkeypatch: pytest.MonkeyPatch, timeout: float = 3.0
) -> tuple[ActionServerGuard, Resource]:
    monkeypatch.setattr(action_server_guard._watch, "timeout", None)  # put back what the policy sets
    monkeypatch.setattr(action_server_guard._watch, "all_actions", False)
    given = {"timeout": timeout, "actions": "all"}
    settings, resource = {**ActionServerGuard.get_default_config(), **given}, Resource("guard")
    return ActionServerGuard(settings, LocalModelStorage(folder), resource, ExecutionContext(GraphSchema({}))), resource


@pytest.mark.parametrize("fault", [None, ValueError("no JSON")])
def test_a_failure_where_slots_are_filled_is_rasas_own_and_not_told_upon_the_next_message(
    fault: Exception | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        if fault:
            raise fault
        await asyncio.sleep(60)

    monkeypatch.setattr(RemoteAction, "run", fails)
    assert patches.watch_remote_actions(action_server_guard._watch)
    guard, _ = make_guard(tmp_path, monkeypatch, timeout=0.1)
    domain = Domain.from_dict(
        {"version": "3.1", "intents": ["faq"], "responses": {"utter_unavailable": [{"text": "x"}]}}
    )
    tracker = DialogueStateTracker("someone", [])
    action = RemoteAction("action_validate_slot_mappings", EndpointConfig(f"http://{HOST}:1"))

    def says_so() -> bool:
        probabilities = guard.predict_action_probabilities(tracker, domain).probabilities
        return bool(probabilities[domain.index_for_action("utter_unavailable")] == 1.0)

    for message in ("first", "second"):
        tracker.update(UserUttered("怎么退货", input_channel="rest", message_id=message))
        assert not says_so()
        with pytest.raises(RasaException):  # Rasa's filling of slots goes on after no other
            asyncio.run(action.run(None, None, tracker, domain))
        if message == "first":
            continue  # and no prediction followed
        assert says_so()
        assert not says_so()


def test_a_domain_without_the_response_is_refused_in_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guard, resource = make_guard(tmp_path, monkeypatch)
    domain = {"version": "3.1", "intents": ["faq"]}
    with pytest.raises(InvalidDomain, match=r"no response 'utter_unavailable'.*; add it to 'responses'"):
        guard.train([], Domain.from_dict(domain))
    said = {"responses": {"utter_unavailable": [{"text": UNAVAILABLE}]}}
    assert guard.train([], Domain.from_dict({**domain, **said})) is resource


def test_time_that_the_loop_was_held_up_is_not_the_action_servers() -> None:
    async def play(answer_after: float, held_up: float) -> str:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[str] = loop.create_future()
        loop.call_later(answer_after, answered.set_result, "answer")
        loop.call_soon(time.sleep, held_up)

        async def action() -> str:
            return await answered

        return await wait_for_loop_time(action(), 0.5)

    assert asyncio.run(play(answer_after=0.7, held_up=0.8)) == "answer"
    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(play(answer_after=60, held_up=0))


def polite(bot: Bot, text: str, sender: str) -> bool:
    start = time.monotonic()
    texts = [message["text"] for message in bot.say(text, sender)]
    return texts == [UNAVAILABLE] and time.monotonic() - start < 5


class answering_nonsense:  # noqa: N801 (used as a context manager)
    """A server that answers every request with status 500."""

    def __init__(self, port: int) -> None:
        self._listener = socket.create_server((HOST, port), reuse_port=False)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 500 Error\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._listener.close()
