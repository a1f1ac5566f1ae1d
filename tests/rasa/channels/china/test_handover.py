"""A person's words reach the user on each platform, and the user's the person."""

from __future__ import annotations

import pytest

from tests.rasa.channels.china.conftest import ChannelBot
from tests.rasa.channels.china.platforms import Platform, wait_until
from tests.rasa.inbox_page import api, known, new_handover
from tests.servers import new_sender


def test_a_person_answers_and_hands_back(platform: Platform, channel_bot: ChannelBot) -> None:
    user, before = new_sender(), known(channel_bot)
    shown = platform.say(user, "转人工客服", platform.messages(2))
    assert "正在为您转接人工客服" in "\n".join(message.text for message in shown)
    number = new_handover(channel_bot, before)
    written = len(platform.shown[user])
    platform.do(platform.deliver(user, "我的包裹丢了"))
    wait_until(lambda: api(channel_bot, f"/{number}")[1]["messages"][-1]["text"] == "我的包裹丢了")
    assert api(channel_bot, f"/{number}/messages", {"text": "马上帮您查", "person": "小林"})[0] == 200
    texts = [message.text for message in platform.wait_for(user, written, 2)]
    assert texts == ["客服小林为您服务。", "马上帮您查"]
    wait_until(lambda: api(channel_bot, f"/{number}")[1]["messages"][-1]["state"] == "sent")
    assert api(channel_bot, f"/{number}/end", {})[0] == 200
    (ended,) = platform.wait_for(user, written + 2, 1)
    assert ended.text.startswith("人工客服已经把会话交还给我")
    wait_until(lambda: api(channel_bot, f"/{number}")[1]["handover"]["state"] == "ended")
    assert "59" in platform.say(user, "运费多少钱")[0].text
    assert platform.problems == []


def test_words_that_the_platform_does_not_take_are_sent_later(
    platforms: dict[str, Platform], channel_bot: ChannelBot
) -> None:
    wecom = next(found for found in platforms.values() if found.name == "wecom")
    user, before = new_sender(), known(channel_bot)
    wecom.say(user, "转人工客服", 2)
    number, written = new_handover(channel_bot, before), len(wecom.shown[user])
    wecom.refuse_sending = 3  # more than the channel itself tries
    assert api(channel_bot, f"/{number}/messages", {"text": "在的", "person": ""})[0] == 200
    (words,) = wecom.wait_for(user, written, 1)
    wecom.refuse_sending = 0
    assert words.text == "在的"


@pytest.fixture(autouse=True)
def ended_afterwards(channel_bot: ChannelBot) -> None:
    """No handover of an earlier test is taken for that of this one."""
    for number in known(channel_bot):
        api(channel_bot, f"/{number}/end", {})
