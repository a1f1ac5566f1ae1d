"""What users see of an answer in each channel, without sending it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faq_component.dialogue.message_limits import BUTTON_LIMITS, BYTES_OF_TEXT, MESSAGE_LIMITS, TEXT_OF_CARD
from faq_component.dialogue.sent_texts import numbered, split_message, split_text
from faq_component.language import N_

CHANNELS = {
    "socketio": N_("Web chat"),
    "wechat": N_("WeChat"),
    "wecom": N_("WeCom"),
    "dingtalk": N_("DingTalk"),
    "feishu": N_("Feishu"),
    "slack": "Slack",
    "telegram": "Telegram",
    "facebook": "Messenger",
    "mattermost": "Mattermost",
    "rocketchat": "Rocket.Chat",
    "botframework": "Microsoft Teams",
    "twilio": "Twilio",
    "webexteams": "Webex",
}
_OWN = ("wechat", "wecom", "dingtalk", "feishu")  # which send the address of a picture
_NUMBERED = ("wechat", "rocketchat")
_LINES = ("twilio", "webexteams")  # where each button is a message of its own


@dataclass(frozen=True)
class Shown:
    """A message as users see it.

    Args:
        text: of the message; empty for a picture.
        buttons: the titles of its buttons.
        image: the address of a picture that is shown.
    """

    text: str
    buttons: tuple[str, ...] = ()
    image: str = ""


def shown_messages(answer: Mapping[str, Any], channel: str) -> list[Shown]:
    """Return the messages that a channel shows of an answer.

    Args:
        answer: the keys of a response in Rasa's domain: text, buttons, image, attachment.
        channel: one of `CHANNELS`.
    """
    text, buttons = str(answer.get("text") or ""), list(answer.get("buttons") or ())
    found = _with_buttons(text, buttons, channel) if buttons else [Shown(part) for part in _divided(text, channel)]
    if image := answer.get("image"):
        found.append(Shown(str(image)) if channel in _OWN else Shown("", image=str(image)))
    if attachment := answer.get("attachment"):
        found.append(Shown(str(attachment) if channel in _OWN else f"Attachment: {attachment}"))
    if channel == "wechat":  # a turn is one message there, where it is short enough
        return [Shown(part) for part in _divided("\n\n".join(one.text for one in found), channel)]
    return found


def _with_buttons(text: str, buttons: Sequence[Mapping[str, Any]], channel: str) -> list[Shown]:
    titles = tuple(str(button["title"]) for button in buttons)
    payloads = [str(button.get("payload") or title) for button, title in zip(buttons, titles, strict=True)]
    limit = BUTTON_LIMITS.get(channel)
    fits = limit is None or (len(titles) <= limit.most and all(map(limit.allows, payloads)))
    too_long = limit is not None and limit.title is not None and any(len(title) > limit.title for title in titles)
    if channel in _LINES:
        pairs = enumerate(zip(titles, payloads, strict=True), 1)
        lines = [f"{number}: {title} ({payload})" for number, (title, payload) in pairs]
        return [*map(Shown, _divided(text, channel)), *map(Shown, lines)]
    if channel == "facebook" and fits and too_long:
        *before, last = _divided(numbered(text, titles), channel)
        return [*map(Shown, before), Shown(last, tuple(str(number) for number in range(1, len(titles) + 1)))]
    if channel in _NUMBERED or not fits or (channel == "slack" and (too_long or not _is_one(text, channel))):
        said = numbered(text, titles)
        longest = MESSAGE_LIMITS["slack"].longest
        return list(map(Shown, split_message(said, longest) if channel == "slack" else _divided(said, channel)))
    if channel == "wecom" and len(text) > TEXT_OF_CARD["wecom"]:
        return [*map(Shown, _divided(text, channel)), Shown("请选择：", titles)]
    if channel in ("facebook", "telegram"):
        *before, last = _divided(text, channel) or [text]
        return [*map(Shown, before), Shown(last, titles)]
    return [Shown(text, titles)]


def _is_one(text: str, channel: str) -> bool:
    return channel not in MESSAGE_LIMITS or MESSAGE_LIMITS[channel].allows(text)


def _divided(text: str, channel: str) -> list[str]:
    """Return the messages in which a channel sends a text."""
    limit = MESSAGE_LIMITS.get(channel.removesuffix("teams"))
    if channel in BYTES_OF_TEXT:
        return split_text(text, BYTES_OF_TEXT[channel])
    if limit is None or channel == "slack":
        return [text] if text else []
    if limit.in_bytes:
        return split_text(text, limit.longest)
    return list(split_message(text, limit.longest))
