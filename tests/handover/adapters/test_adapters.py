"""Each adapter, against a real receiver."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faq_component.handover.addressees import Addressee
from faq_component.handover.jobs import Job, Jobs
from faq_component.handover.sending import AdapterError, Sender
from faq_component.handover.settings import HandoverSettings
from faq_component.handover.store import HandoverStore
from faq_component.handover.types import Author, Ending, Reason
from tests.handover.adapters.receivers import http_receiver, mail_receiver

INBOX = "https://bot.example.com/inbox/"
Play = Callable[..., tuple[Sender, list[Job], str]]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """A handover in which the user writes, reported by one adapter; the webhook reports its end, too."""

    def played(
        name: str, long: bool = False, ended: bool = False, said: str = "怎么退货", **values: Any
    ) -> tuple[Sender, list[Job], str]:
        addressee = Addressee(name, values)
        store = HandoverStore(tmp_path / "handovers.sqlite", [name])
        before = [(Author.USER, said * (300 if long else 1), 1.0), (Author.BOT, "七天内可以退", 2.0)]
        number = store.open("secret conversation", "socketio", Reason.ASKED, language="zh", before=before).id
        store.add_user_words(number, "我的电话是13812345678")
        if ended or name == "webhook":
            store.end(number, Ending.PERSON)
        jobs, found = Jobs(store.file), []
        while job := jobs.claim(of_user=False):
            jobs.finish(job)
            found.append(job)
        return Sender(HandoverSettings(inbox_url=INBOX, addressees=(addressee,)), store), found, number

    return played


def test_the_webhook_is_signed_and_says_all_but_the_conversations_id(play: Play) -> None:
    with http_receiver() as received:
        sender, jobs, number = play("webhook", url=received.url, secret="s3cret")
        for job in jobs:
            sender.send(job)
        contents = received.wait(3)
        for headers, body in received.requests:
            signed = headers["X-Faq-Timestamp"].encode() + b"." + body
            assert headers["X-Faq-Signature"] == "sha256=" + hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
            assert b"secret conversation" not in body
    events = ["handover.opened", "handover.message", "handover.ended"]
    assert [content["event"] for content in contents] == events
    opened, message, _ended = contents
    assert [said["text"] for said in opened["messages"]] == ["怎么退货", "七天内可以退"]
    assert [said["text"] for said in message["messages"]] == ["我的电话是[手机号]"]
    assert opened["inbox"] == f"{INBOX}#handover={number}"
    assert opened["handover"]["id"] == number
    assert len({content["id"] for content in contents}) == 3


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_receiver_that_does_not_take_it(play: Play, status: int) -> None:
    with http_receiver() as received:
        sender, jobs, _number = play("webhook", url=received.url, secret="s3cret")
        received.answers = [(status, {})] * 3
        with pytest.raises(AdapterError, match=f"the receiver answered {status}"):
            sender.send(jobs[0])
    with pytest.raises(AdapterError, match="cannot be reached") as raised:
        sender.send(jobs[0])
    assert "key=k" not in str(raised.value)


def test_the_robot_of_wecom_gets_a_text_that_fits(play: Play) -> None:
    with http_receiver({"errcode": 0}) as received:
        sender, jobs, number = play("wecom", long=True, url=received.url)
        sender.send(jobs[0])
        (content,) = received.wait(1)
        text = content["text"]["content"]
        assert content["msgtype"] == "text"
        assert len(text.encode()) <= 2048
        assert f"{INBOX}#handover={number}" in text
        assert "七天内可以退" in text
        received.answers = [(200, {"errcode": 93000})]
        with pytest.raises(AdapterError, match="code 93000"):
            sender.send(jobs[0])
        received.answers = [(200, ["?"])]
        with pytest.raises(AdapterError, match="the robot answered 200"):
            sender.send(jobs[0])
    assert [job.kind for job in jobs] == ["opened"]


def test_the_robot_of_feishu_gets_a_signed_text(play: Play) -> None:
    with http_receiver({"code": 0}) as received:
        said = '怎么退货 <at user_id="all"></at> [看](http://evil.example)'
        sender, jobs, _number = play("feishu", said=said, url=received.url, secret="s3cret")
        sender.send(jobs[0])
        (content,) = received.wait(1)
    key = f"{content['timestamp']}\ns3cret".encode()
    assert content["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert "怎么退货" in content["content"]["text"]
    assert not {"<", "["} & set(content["content"]["text"])  # nobody is called, and nothing links


def test_a_mail(play: Play) -> None:
    with mail_receiver() as received:
        values = {"host": "127.0.0.1", "port": received.port, "security": "none", "from": "bot@example.com"}
        sender, jobs, number = play("email", **values, to=["a@example.com", "b@example.com"])
        sender.send(jobs[0])
        sender.send(jobs[0])
        first, second = received.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["To"] == "a@example.com, b@example.com"
    assert "七天内可以退" in first.get_content()
    assert number in first.get_content()
    with pytest.raises(AdapterError, match="the mail server failed"):
        sender.send(jobs[0])


def test_what_is_told_without_masking(play: Play, tmp_path: Path) -> None:
    with http_receiver() as received:
        _sender, jobs, _number = play("webhook", url=received.url, secret="s3cret")
        addressee = Addressee("webhook", {"url": received.url, "secret": "s3cret"})
        store = HandoverStore(tmp_path / "handovers.sqlite")
        Sender(HandoverSettings(mask=False, addressees=(addressee,)), store).send(jobs[1])
        assert "13812345678" in json.dumps(received.wait(1))


def test_who_answers_is_not_called_to_what_has_ended(play: Play) -> None:
    with mail_receiver() as received:
        values = {"host": "127.0.0.1", "port": received.port, "security": "none", "from": "bot@example.com"}
        sender, (opening,), _number = play("email", ended=True, **values, to="a@example.com")
        sender.send(opening)
    assert received.mails == []
