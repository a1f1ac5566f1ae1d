"""How long a text the channels send as one message; a longer one is divided."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MessageLimit:
    """The longest text of a channel.

    Args:
        channel: the name of the platform.
        longest: characters, or bytes of UTF-8.
        in_bytes: whether it is counted in bytes.
    """

    channel: str
    longest: int
    in_bytes: bool = False

    def allows(self, text: str) -> bool:
        """Whether a text is sent as one message."""
        return (len(text.encode()) if self.in_bytes else len(text)) <= self.longest


# By the channel's name in Rasa; from the platforms' documentation.
MESSAGE_LIMITS = {
    "twilio": MessageLimit("Twilio", 1600),
    "wechat": MessageLimit("WeChat", 2048, in_bytes=True),
    "wecom": MessageLimit("WeCom", 2048, in_bytes=True),
    "facebook": MessageLimit("Messenger", 2000),
    "webex": MessageLimit("Webex", 2400),  # Webex allows 7,439 bytes
    "slack": MessageLimit("Slack", 3000),  # of a section
    "telegram": MessageLimit("Telegram", 4096),
    "rocketchat": MessageLimit("Rocket.Chat", 5000),  # the server's default
    "mattermost": MessageLimit("Mattermost", 16_383),
}


@dataclass(frozen=True)
class ButtonLimit:
    """The buttons that a channel shows with one message.

    Args:
        most: number of buttons.
        title: characters of a title; None for any.
        payload: characters of a payload, or bytes of UTF-8.
        in_bytes: whether payloads are counted in bytes.
    """

    most: int
    title: int | None
    payload: int
    in_bytes: bool = False

    def allows(self, payload: str) -> bool:
        """Whether a payload is short enough."""
        return (len(payload.encode()) if self.in_bytes else len(payload)) <= self.payload


# By the channel's name; from the platforms' documentation, Slack's number from Rasa, which drops buttons beyond it.
BUTTON_LIMITS = {
    "slack": ButtonLimit(5, 75, 2000),
    "facebook": ButtonLimit(13, 20, 1000),
    "wecom": ButtonLimit(6, None, 1024, in_bytes=True),
}
BYTES_OF_TEXT = {"dingtalk": 15_000, "feishu": 30_000}  # of channels that divide long texts for the reader only
TEXT_OF_CARD = {"wecom": 112}  # characters that a card with buttons shows in full
