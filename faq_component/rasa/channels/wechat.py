"""WeChat official accounts (微信公众号): plain or encrypted XML, answered in the response or later."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import OutputChannel
from sanic.request import Request
from sanic.response import HTTPResponse, text

from faq_component.dialogue.arbitration import SUGGEST_COMMAND
from faq_component.dialogue.message_limits import MESSAGE_LIMITS
from faq_component.dialogue.sent_texts import split_text
from faq_component.language import N_, _
from faq_component.rasa.channels.api import AccessToken, ApiError, PlatformApi
from faq_component.rasa.channels.handled import Handled
from faq_component.rasa.channels.incoming import Incoming, parse_xml, required_text
from faq_component.rasa.channels.messages import Message, numbered
from faq_component.rasa.channels.passive_reply import PassiveReply
from faq_component.rasa.channels.platform import PlatformChannel
from faq_component.rasa.channels.settings import (
    AES_KEY,
    PlatformSettings,
    api_url,
    channel_setting,
    read_settings,
    require_extra,
    setting_fault,
)
from faq_component.rasa.channels.webhook import Guarded, RefusalError
from faq_component.rasa.channels.wechat_cipher import XML_TYPES, WeChatCipher, xml_of
from faq_component.rasa.channels.wechat_message import incoming_of

logger = logging.getLogger(__name__)

_TEXT_BYTES = MESSAGE_LIMITS["wechat"].longest
_EXPIRED = (40001, 40014, 42001)
_HOLD_SECONDS = 6.0  # WeChat gives up after 5
_REMEMBERED = 20_000
_NOTHING = "success"  # the response without an answer


@dataclass(frozen=True, kw_only=True)
class WeChatSettings(PlatformSettings):
    """Settings of the channel, in its section of `credentials.yml`."""

    app_id: str = channel_setting("", "AppID（开发者ID）", required=True)
    token: str = channel_setting("", "Token（令牌）", required=True, shown=False)
    aes_key: str = channel_setting(
        "", "EncodingAESKey", shown=False, pattern=AES_KEY, noun=N_("the 43 letters and digits of EncodingAESKey")
    )
    app_secret: str = channel_setting("", "AppSecret; required with `customer_service`", shown=False)
    customer_service: bool = channel_setting(True, "send late answers as customer-service messages (客服消息)")
    reply_seconds: float = channel_setting(
        4.0, "seconds that a request of WeChat waits for the answer", low=0.1, high=4.5
    )
    on_subscribe: str = channel_setting(
        SUGGEST_COMMAND, "message to the bot when someone follows the account; empty: none"
    )
    api_url: str = api_url("https://api.weixin.qq.com")


class WeChat(Guarded, PlatformChannel):
    """The channel ``wechat``.

    An answer ready within `reply_seconds` is the response to WeChat's request, at most 2,048 bytes of it; later or
    longer answers are customer-service messages. An account that may not send these (`customer_service: false`) answers
    when WeChat redelivers the message, up to three times, five seconds apart; an answer that is ready even later
    precedes the answer to the user's next message.
    """

    content_types = XML_TYPES

    def __init__(self, settings: WeChatSettings) -> None:
        super().__init__(settings, PlatformApi(settings.api_url))
        self._settings: WeChatSettings = settings
        self._cipher = WeChatCipher(settings.token, settings.aes_key, settings.app_id)
        self._access = AccessToken(self._fetch_token)
        self._kept: dict[str, list[PassiveReply | str]] = {}  # pending answers by user
        self._sending: set[asyncio.Future[None]] = set()
        self._signatures = Handled("wechat signature")  # one does not cover a plain body

    @classmethod
    def name(cls) -> str:
        """Return ``wechat``."""
        return "wechat"

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> WeChat:
        """Create the channel from its section of `credentials.yml`."""
        require_extra()
        settings = read_settings(WeChatSettings, credentials, cls.name())
        if settings.customer_service and not settings.app_secret:
            raise setting_fault(cls.name(), _("app_secret must be set, or customer_service be false"))
        return cls(settings)

    def get_output_channel(self) -> OutputChannel | None:
        """Return the output through customer-service messages, or None without them."""
        return super().get_output_channel() if self._settings.customer_service else None

    def check_get(self, request: Request) -> None:
        """Check the signature of WeChat's URL verification."""
        self._cipher.check(request, self._settings.max_age)

    def verify(self, request: Request) -> HTTPResponse:
        """Return `echostr`."""
        return text(required_text(request.args.get("echostr"), "echostr"))

    def read(self, request: Request) -> Incoming | HTTPResponse:
        """Return the message: its text, the key of a menu button, or `on_subscribe` for a new follower."""
        body: bytes = request.body
        if self._settings.aes_key:
            encrypted = required_text(parse_xml(body).get("Encrypt"), "Encrypt", len(body))
            self._cipher.check(request, self._settings.max_age, encrypted=encrypted)
            fields = parse_xml(self._cipher.decrypt(encrypted))
        else:
            signature = self._cipher.check(request, self._settings.max_age)
            fields = parse_xml(body)
        incoming = incoming_of(fields, self._settings.on_subscribe)
        if incoming is None:
            return text(_NOTHING)
        if not self._settings.aes_key:
            self._use_signature(signature, f"{incoming.sender} {incoming.id}")
        return incoming

    def new_delivery(self) -> PassiveReply:
        """Create the reply that the deliveries of a message share."""
        return PassiveReply()

    async def acknowledge(self, request: Request, incoming: Incoming, delivery: PassiveReply) -> HTTPResponse:
        """Wait for the answer and respond with it; without one, respond ``success`` or let the request time out."""
        since = time.monotonic()
        delivery.returned = lambda: self._return(incoming, delivery)
        answer = await delivery.wait(self._settings.reply_seconds)
        if answer is None and not self._settings.customer_service and not delivery.given:
            # WeChat abandons this request and redelivers the message.
            await asyncio.sleep(_HOLD_SECONDS - (time.monotonic() - since))
        return text(_NOTHING) if not answer else self._passive(incoming.place, answer)

    async def deliver(self, incoming: Incoming, delivery: PassiveReply, messages: Sequence[Message]) -> None:
        """Answer the waiting request, and send or keep the rest."""
        said = "\n\n".join(numbered(message) for message in messages)
        parts = split_text("\n\n".join([*self._take_kept(incoming.sender), *([said] if said else [])]), _TEXT_BYTES)
        if not parts:
            delivery.give("")
            return
        if delivery.give(parts[0]):
            parts = parts[1:]
        elif not self._settings.customer_service:
            self._keep(incoming.sender, delivery)
            parts = parts[1:]
        else:
            delivery.take_back()
        if not self._settings.customer_service:
            self._keep(incoming.sender, *parts)
            return
        await self._send_all(incoming.sender, parts)

    async def send(self, recipient: str, place: dict[str, Any], message: Message) -> None:
        """Send a customer-service message."""
        for part in split_text(numbered(message), _TEXT_BYTES):
            await self._send_text(recipient, part)

    async def _send_all(self, recipient: str, parts: Sequence[str]) -> None:
        for place, part in enumerate(parts):
            try:
                await self._send_text(recipient, part)
            except ApiError as error:
                logger.error("The channel wechat keeps an answer for the user's next message: %s.", error)
                self._keep(recipient, *parts[place:])
                return

    async def _send_text(self, recipient: str, content: str) -> None:
        body = {"touser": recipient, "msgtype": "text", "text": {"content": content}}
        await self._api.call_with_token(self._access, "/cgi-bin/message/custom/send", body, expired=_EXPIRED)

    async def _fetch_token(self) -> tuple[str, float]:
        """Fetch from the stable endpoint, which does not revoke the token of another program of the account."""
        body = {
            "grant_type": "client_credential",
            "appid": self._settings.app_id,
            "secret": self._settings.app_secret,
        }
        answer = await self._api.call("/cgi-bin/stable_token", body)
        return str(answer["access_token"]), float(answer["expires_in"])

    def _passive(self, place: Mapping[str, str], answer: str) -> HTTPResponse:
        fields = {"ToUserName": place["user"], "FromUserName": place["account"], "CreateTime": str(int(time.time()))}
        xml = xml_of({**fields, "MsgType": "text", "Content": answer})
        return text(
            self._cipher.encrypt(xml) if self._settings.aes_key else xml, content_type="text/xml; charset=utf-8"
        )

    def _return(self, incoming: Incoming, delivery: PassiveReply) -> None:
        """Handle an answer whose request WeChat abandoned just as it was given."""
        if not self._settings.customer_service:
            self._keep(incoming.sender, delivery)
        elif answer := delivery.take_back():
            task = asyncio.ensure_future(self._send_all(incoming.sender, [answer]))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    def _keep(self, sender: str, *answers: PassiveReply | str) -> None:
        if answers:
            self._kept.setdefault(sender, []).extend(answers)
            if len(self._kept) > _REMEMBERED:
                del self._kept[next(iter(self._kept))]

    def _take_kept(self, sender: str) -> list[str]:
        kept = self._kept.pop(sender, [])
        texts = [answer if isinstance(answer, str) else answer.take_back() for answer in kept]
        return [answer for answer in texts if answer]

    def _use_signature(self, signature: str, message: str) -> None:
        """Accept a signature for one message only: whoever saw one could otherwise send another body with it."""
        earlier = self._signatures.add(signature, message)
        if earlier is None:
            self._signatures.finish(signature)
        elif not earlier.is_same:
            raise RefusalError(403, "the signature has been used for another message")
