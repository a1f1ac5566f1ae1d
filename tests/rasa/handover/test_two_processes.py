"""Two processes of Rasa, users and people who write at once, and a process that is killed in the middle."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from faq_component.rasa.process.launch import HOST
from tests.handover.adapters.receivers import Received, http_receiver
from tests.rasa.channels.china.platforms import wait_until
from tests.rasa.inbox_page import api, known, new_handover
from tests.redis_server import RedisServer
from tests.servers import ROOT, Bot, copy_checkout, new_sender

HANDOVER = "adapters: {webhook: {url: '${DESK_URL}', secret: '${DESK_SECRET}'}}\n"


class CallbackBot(Bot):
    """A bot whose users get their answers at the callback's address."""

    def command(self) -> list[str]:
        return [*super().command(), "--credentials", str(self._endpoints.with_name("credentials.yml"))]

    def write(self, sender: str, text: str) -> None:
        """Let a user write."""
        body = json.dumps({"sender": sender, "message": text}).encode()
        url = f"http://{HOST}:{self.port}/webhooks/callback/webhook"
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=300).close()


@dataclass
class Desk:
    """Two processes, what the users were sent, and what the program behind the webhook was."""

    bots: tuple[CallbackBot, CallbackBot]
    callback: Received
    webhook: Received

    def hand_over(self, place: int) -> tuple[str, str]:
        """Let a new user ask for a person; return the sender and the handover."""
        sender, before = new_sender(), known(self.bots[1])
        self.bots[place % 2].write(sender, "转人工客服")
        return sender, new_handover(self.bots[1], before)

    def sent_to(self, sender: str) -> list[str]:
        """What a user was sent."""
        bodies = [json.loads(body) for _headers, body in list(self.callback.requests)]
        return [body["text"] for body in bodies if body["recipient_id"] == sender]

    def told(self, number: str) -> list[str]:
        """The user's messages that were reported to the webhook; a repetition has the same id."""
        bodies = [json.loads(body) for _headers, body in list(self.webhook.requests)]
        of_this = {body["id"]: body for body in bodies if body["handover"]["id"] == number}
        return [
            said["text"]
            for body in of_this.values()
            if body["event"] == "handover.message"
            for said in body["messages"]
        ]

    def person_words(self, number: str, state: str = "sent") -> list[str]:
        """The person's words in the inbox, in this state."""
        messages = api(self.bots[1], f"/{number}")[1]["messages"]
        return [said["text"] for said in messages if said["author"] == "person" and said["state"] == state]


@pytest.fixture(scope="module")
def desk(trained: None, redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("two")
    checkout = copy_checkout(folder / "checkout")
    (checkout / "bot").unlink()
    shutil.copytree(ROOT / "bot", checkout / "bot")
    (checkout / "bot/handover.yml").write_text(HANDOVER, "utf-8")
    lock_store = {"url": HOST, "port": redis.port, "password": redis.password, "key_prefix": "two"}
    tracker_store = {"type": "faq_component.rasa.SqliteConversations", "db": str(folder / "conversations.sqlite")}
    endpoints = {
        "lock_store": {"type": "faq_component.rasa.RedisLocks", **lock_store},
        "nlg": {"type": "faq_component.rasa.VoiceNlg"},
        "tracker_store": tracker_store,
    }
    lines = [f"{name}: {json.dumps(section)}" for name, section in endpoints.items()]
    # Rasa fills variables into plain texts only.
    action_server = "action_endpoint:\n  url: ${ACTIONS_URL}\n  enable_selective_domain: true"
    (folder / "endpoints.yml").write_text("\n".join([action_server, *lines]), "utf-8")
    with http_receiver() as callback, http_receiver() as webhook:
        channel = {"url": callback.url}
        sections = {"faq_component.rasa.channels.rest.Callback": channel, "faq_component.rasa.handover.Inbox": {}}
        (folder / "credentials.yml").write_text(json.dumps(sections), "utf-8")
        environment = {"DESK_URL": webhook.url, "DESK_SECRET": "s3cret", "FAQ_HANDOVERS": str(folder / "h.sqlite")}
        first, second = (
            CallbackBot(_made(folder / name), checkout, endpoints=folder / "endpoints.yml", **environment)
            for name in ("first", "second")
        )
        with first, second:
            yield Desk((first, second), callback, webhook)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_all_write_at_once_and_nothing_is_lost_or_twice(desk: Desk) -> None:
    talks = [desk.hand_over(place) for place in range(4)]

    def write(job: tuple[int, int]) -> None:
        talk, place = job
        sender, number = talks[talk]
        bot, other = desk.bots[place % 2], desk.bots[(place + 1) % 2]
        bot.write(sender, f"用户{place}")
        answer: dict[str, Any] = {"text": f"客服{place}", "person": "", "key": f"k{place}"}
        assert api(bot, f"/{number}/messages", answer)[0] == 200
        assert api(other, f"/{number}/messages", answer)[0] == 200  # sent again, as after a lost connection

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, [(talk, place) for place in range(5) for talk in range(4)]))
    wait_until(lambda: all(len(desk.person_words(number)) == 5 for _sender, number in talks))
    wait_until(lambda: all(len(desk.told(number)) == 5 for _sender, number in talks))
    for sender, number in talks:
        written = desk.person_words(number)
        assert [text for text in desk.sent_to(sender) if text.startswith("客服")] == written
        assert sorted(desk.told(number)) == [f"用户{place}" for place in range(5)]
        spoken = [text for _who, text in desk.bots[0].spoken(sender)]
        assert [text for text in spoken if text.startswith("客服")] == written
        assert sorted(text for text in spoken if text.startswith("用户")) == sorted(desk.told(number))
        assert api(desk.bots[0], f"/{number}/end", {})[0] == 200
        wait_until(lambda sender=sender: "把会话交还给我" in desk.sent_to(sender)[-1])  # type: ignore[misc]
        desk.bots[1].write(sender, "运费多少钱")
        wait_until(lambda sender=sender: "59" in desk.sent_to(sender)[-1])  # type: ignore[misc]
        assert "59" in desk.sent_to(sender)[-1]


def test_a_process_that_is_killed_in_the_middle(desk: Desk) -> None:
    first, second = desk.bots
    sender, number = desk.hand_over(0)
    texts = [f"第{place}句" for place in range(12)]
    for text in texts:
        assert api(first, f"/{number}/messages", {"text": text, "person": ""})[0] == 200
    first.kill_rasa()
    second.write(sender, "你们还在吗")
    wait_until(lambda: len(desk.person_words(number)) == len(texts))
    assert desk.person_words(number) == texts
    got = [text for text in desk.sent_to(sender) if text.startswith("第")]
    assert list(dict.fromkeys(got)) == texts
    assert len(got) <= len(texts) + 1  # what was under way when the process ended
    assert [text for _who, text in second.spoken(sender) if text.startswith("第")] == texts
    wait_until(lambda: desk.told(number) == ["你们还在吗"])
    assert desk.told(number) == ["你们还在吗"]
    first.start_rasa()
    first.wait()
    first.write(sender, "回到机器人")
    wait_until(lambda: "我回来了" in desk.sent_to(sender)[-1])
    first.write(sender, "运费多少钱")
    wait_until(lambda: "59" in desk.sent_to(sender)[-1])
    assert "59" in desk.sent_to(sender)[-1]


def test_what_the_webhooks_receiver_does_not_take_is_sent_again_in_order(desk: Desk) -> None:
    desk.webhook.answers = [(500, {})] * 3
    sender, number = desk.hand_over(0)
    desk.bots[0].write(sender, "一")
    desk.bots[1].write(sender, "二")
    wait_until(lambda: desk.told(number) == ["一", "二"])
    bodies = [json.loads(body) for _headers, body in desk.webhook.requests]
    events = [body["event"] for body in bodies if body["handover"]["id"] == number]
    assert list(dict.fromkeys(events)) == ["handover.opened", "handover.message"]
