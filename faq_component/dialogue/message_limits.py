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
