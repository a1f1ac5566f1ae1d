"""WeCom (企业微信): encrypted callbacks, application messages, template cards for buttons."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse, text

from faq_component.dialogue.arbitration import SUGGEST_COMMAND
from faq_component.dialogue.message_limits import BUTTON_LIMITS, MESSAGE_LIMITS, TEXT_OF_CARD
from faq_component.dialogue.sent_texts import split_text
from faq_component.language import N_
from faq_component.rasa.channels.api import AccessToken, ApiError, PlatformApi
from faq_component.rasa.channels.incoming import Incoming, parse_xml, required_text
from faq_component.rasa.channels.messages import Message, numbered
from faq_component.rasa.channels.platform import PlatformChannel
from faq_component.rasa.channels.settings import (
    AES_KEY,
    PlatformSettings,
    api_url,
    channel_setting,
    read_settings,
    require_extra,
)
from faq_component.rasa.channels.webhook import Guarded
from faq_component.rasa.channels.wechat_cipher import XML_TYPES, WeChatCipher
from faq_component.rasa.channels.wechat_message import incoming_of

logger = logging.getLogger(__name__)

_TEXT_BYTES = MESSAGE_LIMITS["wecom"].longest
_BUTTON = BUTTON_LIMITS["wecom"]  # on a card
_TITLE, _SUBTITLE = 26, TEXT_OF_CARD["wecom"]  # characters that a card shows in full
_EXPIRED = (40014, 42001)


@dataclass(frozen=True, kw_only=True)
class WeComSettings(PlatformSettings):
    """Settings of the channel, in its section of `credentials.yml`."""

    corp_id: str = channel_setting("", "企业ID", required=True)
    agent_id: str = channel_setting("", "AgentId of the app", required=True)
    secret: str = channel_setting("", "Secret of the app", required=True, shown=False)
    token: str = channel_setting("", "Token of 接收消息", required=True, shown=False)
    aes_key: str = channel_setting(
        "",
        "EncodingAESKey of 接收消息",
        required=True,
        shown=False,
        pattern=AES_KEY,
        noun=N_("the 43 letters and digits of EncodingAESKey"),
    )
    on_subscribe: str = channel_setting(SUGGEST_COMMAND, "message to the bot when someone gets the app; empty: none")
    api_url: str = api_url("https://qyapi.weixin.qq.com")


class WeCom(Guarded, PlatformChannel):
    """The channel ``wecom``: a custom app (自建应用). All answers are application messages."""

    content_types = XML_TYPES

    def __init__(self, settings: WeComSettings) -> None:
        super().__init__(settings, PlatformApi(settings.api_url))
        self._settings: WeComSettings = settings
        self._cipher = WeChatCipher(settings.token, settings.aes_key, settings.corp_id)
        self._access = AccessToken(self._fetch_token)

    @classmethod
    def name(cls) -> str:
        """Return ``wecom``."""
        return "wecom"

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> WeCom:
        """Create the channel from its section of `credentials.yml`."""
        require_extra()
        return cls(read_settings(WeComSettings, credentials, cls.name()))

    def check_get(self, request: Request) -> None:
        """Check the signature of WeCom's URL verification."""
        echo = required_text(request.args.get("echostr"), "echostr", 1000)
        self._cipher.check(request, self._settings.max_age, encrypted=echo)

    def verify(self, request: Request) -> HTTPResponse:
        """Return the decrypted `echostr`."""
        return text(self._cipher.decrypt(request.args.get("echostr")))

    def read(self, request: Request) -> Incoming | HTTPResponse:
        """Return the message: its text, or the key of a card or menu button."""
        encrypted = required_text(parse_xml(request.body).get("Encrypt"), "Encrypt", self.max_bytes)
        self._cipher.check(request, self._settings.max_age, encrypted=encrypted)
        fields = parse_xml(self._cipher.decrypt(encrypted))
        incoming = incoming_of(fields, self._settings.on_subscribe)
        if incoming is None:
            return text("")
        if fields.get("ResponseCode"):
            incoming.place["response_code"] = fields["ResponseCode"]
        return incoming

    async def acknowledge(self, request: Request, incoming: Incoming, delivery: Any) -> HTTPResponse:
        """Respond with an empty body; the answer follows."""
        return text("")

    async def deliver(self, incoming: Incoming, delivery: Any, messages: Sequence[Message]) -> None:
        """Send what the bot says, and disable the card whose button was pressed."""
        await super().deliver(incoming, delivery, messages)
        if "response_code" in incoming.place:
            body = {
                "userids": [incoming.sender],
                "response_code": incoming.place["response_code"],
                "button": {"replace_name": "已选择"},
            }
            try:
                await self._post("/cgi-bin/message/update_template_card", body)
            except ApiError as error:
                logger.error("A card of the channel wecom could not be disabled: %s.", error)

    async def send(self, recipient: str, place: dict[str, Any], message: Message) -> None:
        """Send a text, or a card if there are buttons and they fit."""
        payloads = [button.payload for button in message.buttons]
        card = 0 < len(payloads) <= _BUTTON.most and all(map(_BUTTON.allows, payloads))
        if not card or len(message.text) > _SUBTITLE:
            for part in split_text(message.text if card else numbered(message), _TEXT_BYTES):
                await self._send(recipient, "text", {"content": part})
        if card:
            await self._send(recipient, "template_card", _card(message))

    async def _send(self, recipient: str, kind: str, content: dict[str, Any]) -> None:
        await self._post("/cgi-bin/message/send", {"touser": recipient, "msgtype": kind, kind: content})

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        agent = self._settings.agent_id
        body = {**body, "agentid": int(agent) if agent.isdecimal() else agent}
        await self._api.call_with_token(self._access, path, body, expired=_EXPIRED)

    async def _fetch_token(self) -> tuple[str, float]:
        params = {"corpid": self._settings.corp_id, "corpsecret": self._settings.secret}
        answer = await self._api.call("/cgi-bin/gettoken", params=params)
        return str(answer["access_token"]), float(answer["expires_in"])


def _card(message: Message) -> dict[str, Any]:
    """Return a card of type 按钮交互型; a text too long for it has been sent before."""
    text = message.text if 0 < len(message.text) <= _SUBTITLE else "请选择："
    return {
        "card_type": "button_interaction",
        **({"main_title": {"title": text}} if len(text) <= _TITLE else {"sub_title_text": text}),
        "task_id": uuid.uuid4().hex,
        "button_list": [{"text": button.title, "style": 1, "key": button.payload} for button in message.buttons],
    }
