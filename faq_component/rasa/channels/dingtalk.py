"""DingTalk (钉钉): messages to a robot over HTTP, answers through the session webhook, action cards for buttons."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from rasa.core.channels.channel import OutputChannel
from sanic.request import Request
from sanic.response import HTTPResponse

from faq_component.dialogue.message_limits import BYTES_OF_TEXT
from faq_component.dialogue.sent_texts import split_text
from faq_component.errors import HandoverStoreError
from faq_component.handover.store import HandoverStore, handover_file
from faq_component.rasa.channels.api import ApiError, PlatformApi
from faq_component.rasa.channels.incoming import Incoming, check_time, required_text
from faq_component.rasa.channels.messages import Message, Outbox
from faq_component.rasa.channels.platform import PlatformChannel
from faq_component.rasa.channels.settings import PlatformSettings, api_url, channel_setting, read_settings
from faq_component.rasa.channels.webhook import Guarded, RefusalError, require_secret
from faq_component.settings import load_settings

logger = logging.getLogger(__name__)

_TEXT_BYTES = BYTES_OF_TEXT["dingtalk"]
_TITLE = 50
_WEBHOOK_LENGTH = 2_000
_SEND = "dtmd://dingtalkclient/sendMessage?content="  # a link that sends a message as the user


@dataclass(frozen=True, kw_only=True)
class DingTalkSettings(PlatformSettings):
    """Settings of the channel, in its section of `credentials.yml`."""

    app_secret: str = channel_setting("", "AppSecret (Client Secret) of the app", required=True, shown=False)
    max_age: int = channel_setting(3600, "maximum age of a signed request, in seconds", low=10, high=86_400)
    api_url: str = api_url("https://oapi.dingtalk.com")


class DingTalk(Guarded, PlatformChannel):
    """The channel ``dingtalk``: the robot of an internal app (企业内部应用机器人) in HTTP mode.

    Each user has one conversation with the robot, and one in each group. The signature covers the timestamp only, so
    answers go to addresses of `api_url` only, whatever a request says.
    """

    def __init__(self, settings: DingTalkSettings) -> None:
        super().__init__(settings, PlatformApi(settings.api_url))
        self._settings: DingTalkSettings = settings
        of_faq = load_settings()
        self._places = HandoverStore(handover_file(of_faq.cache_dir)) if of_faq.handover else None

    @classmethod
    def name(cls) -> str:
        """Return ``dingtalk``."""
        return "dingtalk"

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> DingTalk:
        """Create the channel from its section of `credentials.yml`."""
        return cls(read_settings(DingTalkSettings, credentials, cls.name()))

    def get_output_channel(self) -> OutputChannel | None:
        """Return None: answers need the session webhook of a user's message, and it expires."""
        return None

    def get_push_channel(self) -> OutputChannel | None:
        """Return the output for a person's words after a handover: to the session webhook of the last message."""
        return None if self._places is None else Outbox(self.name(), self._push)

    async def acknowledge(self, request: Request, incoming: Incoming, delivery: Any) -> HTTPResponse:
        """Respond, after the session webhook is kept where a conversation may be handed over."""
        if self._places is not None:
            try:
                await asyncio.to_thread(self._places.keep_place, self.name(), incoming.sender, incoming.place)
            except HandoverStoreError as error:
                logger.error("%s", error)
        return await super().acknowledge(request, incoming, delivery)

    async def _push(self, recipient: str, message: Message) -> None:
        place = await asyncio.to_thread(self._places.place, self.name(), recipient) if self._places else {}
        if not place:
            raise ApiError("the session webhook of the last message is not known")
        await self.send(recipient, place, message)

    def read(self, request: Request) -> Incoming | HTTPResponse:
        """Check the signature, and return the message."""
        timestamp, secret = request.headers.get("timestamp"), self._settings.app_secret
        data = f"{timestamp}\n{secret}".encode("utf-8", "replace")
        expected = base64.b64encode(hmac.new(secret.encode(), data, hashlib.sha256).digest()).decode()
        require_secret(request.headers.get("sign"), expected, "the signature")
        check_time(timestamp, self._settings.max_age, 0.001)
        given: dict[str, Any] = request.json
        webhook = required_text(given.get("sessionWebhook"), "sessionWebhook", _WEBHOOK_LENGTH)
        if urlsplit(webhook)[:2] != urlsplit(self._settings.api_url)[:2]:
            raise RefusalError(403, "the session webhook is not an address of api_url")
        user = required_text(given.get("senderStaffId") or given.get("senderId"), "senderId")
        message_id = required_text(given.get("msgId"), "msgId")
        text: str | None = None
        if given.get("msgtype") == "text":
            text = str(given["text"]["content"]).strip()
        place = {"webhook": webhook, "until": float(given.get("sessionWebhookExpiredTime") or "inf") / 1000}
        if given.get("conversationType") != "1":
            user = f"{required_text(given.get('conversationId'), 'conversationId', 150)}:{user[:100]}"
            place["at"] = given.get("senderStaffId")
        return Incoming(message_id, user, text, place)

    async def send(self, recipient: str, place: dict[str, Any], message: Message) -> None:
        """Send texts, or a card if there are buttons."""
        if message.buttons:
            await self._send(place, "actionCard", _card(message))
            return
        for part in split_text(message.text, _TEXT_BYTES):
            await self._send(place, "text", {"content": part})

    async def _send(self, place: dict[str, Any], kind: str, content: dict[str, Any]) -> None:
        if time.time() > place["until"]:
            raise ApiError("the session webhook has expired")
        body: dict[str, Any] = {"msgtype": kind, kind: content}
        if place.get("at"):
            body["at"] = {"atUserIds": [place["at"]]}
        await self._api.call(place["webhook"], body)


def _card(message: Message) -> dict[str, Any]:
    """Return a card whose buttons send their titles. Its text is Markdown: two spaces end a line."""
    return {
        "title": message.text.partition("\n")[0][:_TITLE] or message.buttons[0].title,
        "text": message.text.replace("\n", "  \n"),
        "btnOrientation": "0",
        "btns": [{"title": button.title, "actionURL": _SEND + quote(button.title)} for button in message.buttons],
    }
