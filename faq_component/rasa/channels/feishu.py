"""Feishu and Lark (飞书): events of version 2, plain or encrypted; interactive cards for buttons."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from faq_component.dialogue.arbitration import SUGGEST_COMMAND
from faq_component.dialogue.message_limits import BYTES_OF_TEXT
from faq_component.dialogue.sent_texts import split_text
from faq_component.rasa.channels.api import AccessToken, PlatformApi
from faq_component.rasa.channels.incoming import Incoming, check_time, parse_json, required_text
from faq_component.rasa.channels.messages import Message
from faq_component.rasa.channels.platform import PlatformChannel
from faq_component.rasa.channels.settings import PlatformSettings, api_url, channel_setting, read_settings
from faq_component.rasa.channels.webhook import Guarded, RefusalError, require_secret

_TEXT_BYTES = BYTES_OF_TEXT["feishu"]
_EXPIRED = (99991661, 99991663, 99991664, 99991668)
_BUSY = (99991400, 230020)
_ENTERED = "im.chat.access_event.bot_p2p_chat_entered_v1"
_ID = re.compile(r"[A-Za-z0-9_=+/-]{1,200}")  # of a message or chat; becomes part of a URL


@dataclass(frozen=True, kw_only=True)
class FeishuSettings(PlatformSettings):
    """Settings of the channel, in its section of `credentials.yml`."""

    app_id: str = channel_setting("", "App ID", required=True)
    app_secret: str = channel_setting("", "App Secret", required=True, shown=False)
    verification_token: str = channel_setting("", "Verification Token", required=True, shown=False)
    encrypt_key: str = channel_setting("", "Encrypt Key; if set, requests must be encrypted and signed", shown=False)
    on_enter: str = channel_setting(
        SUGGEST_COMMAND, "message to the bot when someone opens the chat for the first time; empty: none"
    )
    api_url: str = api_url("https://open.feishu.cn")


class Feishu(Guarded, PlatformChannel):
    """The channel ``feishu``: a custom app with a bot (企业自建应用, 机器人).

    Each user has one conversation with the bot, and one in each group, where the bot replies to the message.
    """

    # Feishu redelivers after 15 seconds, 5 minutes, an hour and 6 hours.
    redeliveries = 4
    redelivery_seconds = 8 * 3600

    def __init__(self, settings: FeishuSettings) -> None:
        super().__init__(settings, PlatformApi(settings.api_url, code="code", busy=_BUSY))
        self._settings: FeishuSettings = settings
        self._access = AccessToken(self._fetch_token)

    @classmethod
    def name(cls) -> str:
        """Return ``feishu``."""
        return "feishu"

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> Feishu:
        """Create the channel from its section of `credentials.yml`."""
        return cls(read_settings(FeishuSettings, credentials, cls.name()))

    def read(self, request: Request) -> Incoming | HTTPResponse:
        """Return the message: its text, or the payload of a card button. Answer a challenge."""
        event = self._open(request)
        header = event.get("header")
        if event.get("type") == "url_verification":
            require_secret(event.get("token"), self._settings.verification_token, "the verification token")
            return json_response({"challenge": required_text(event.get("challenge"), "challenge")})
        if not isinstance(header, dict) or not isinstance(event.get("event"), dict):
            raise RefusalError(400, "it is not an event of version 2.0")
        require_secret(header.get("token"), self._settings.verification_token, "the verification token")
        if self._settings.encrypt_key:
            check_time(request.headers.get("X-Lark-Request-Timestamp"), self._settings.max_age)
        else:
            # The time of the event, which does not change when it is redelivered.
            check_time(str(header.get("create_time")), max(self._settings.max_age, self.redelivery_seconds), 0.001)
        kinds = {"im.message.receive_v1": _message, "card.action.trigger": _press, _ENTERED: self._entered}
        read = kinds.get(header.get("event_type", ""))
        incoming = read(event["event"], required_text(header.get("event_id"), "event_id")) if read else None
        return incoming or json_response({})

    async def send(self, recipient: str, place: dict[str, Any], message: Message) -> None:
        """Send texts, or a card if there are buttons."""
        if message.buttons:
            await self._send(recipient, place, "interactive", _card(message, group=":" in recipient))
            return
        for part in split_text(message.text, _TEXT_BYTES):
            await self._send(recipient, place, "text", {"text": part})

    async def _send(self, recipient: str, place: dict[str, Any], kind: str, content: dict[str, Any]) -> None:
        # Feishu sends a message with the same uuid once, so that a call can be retried.
        body = {"msg_type": kind, "content": json.dumps(content, ensure_ascii=False), "uuid": uuid.uuid4().hex}
        params: dict[str, str] = {}
        path = "/open-apis/im/v1/messages"
        chat, _, _ = recipient.partition(":")
        if "reply_to" in place:
            path = f"{path}/{place['reply_to']}/reply"
        else:
            body["receive_id"] = chat
            params["receive_id_type"] = "open_id" if chat == recipient else "chat_id"
        await self._api.call_with_token(
            self._access, path, body, params=params, expired=_EXPIRED, in_header=True, repeatable=True
        )

    async def _fetch_token(self) -> tuple[str, float]:
        body = {"app_id": self._settings.app_id, "app_secret": self._settings.app_secret}
        answer = await self._api.call("/open-apis/auth/v3/tenant_access_token/internal", body)
        return str(answer["tenant_access_token"]), float(answer["expire"])

    def _entered(self, event: dict[str, Any], event_id: str) -> Incoming | None:
        """Read that a user opens the chat with the bot, in which nobody has written anything yet."""
        if not self._settings.on_enter or event.get("last_message_id"):
            return None
        return Incoming(event_id, _id(event["operator_id"]["open_id"]), self._settings.on_enter)

    def _open(self, request: Request) -> dict[str, Any]:
        """Check the signature, and return the decrypted event."""
        given: dict[str, Any] = request.json
        key = self._settings.encrypt_key
        if not key:
            if "encrypt" in given:
                raise RefusalError(400, "it is encrypted, but encrypt_key is not set")
            return given
        encrypted = required_text(given.get("encrypt"), "encrypt", self.max_bytes)
        signature = request.headers.get("X-Lark-Signature")
        if signature is None:  # challenges are unsigned
            event = parse_json(decrypt(key, encrypted))
            if event.get("type") != "url_verification":
                raise RefusalError(401, "the signature is missing")
            return event
        parts = [request.headers.get(f"X-Lark-Request-{part}", "") for part in ("Timestamp", "Nonce")]
        expected = hashlib.sha256("".join([*parts, key]).encode("utf-8", "replace") + request.body).hexdigest()
        require_secret(signature, expected, "the signature")
        return parse_json(decrypt(key, encrypted))


def decrypt(key: str, encrypted: str) -> str:
    """Decrypt a text: AES-256-CBC, keyed with the SHA-256 of `key`, after 16 bytes of IV.

    Raises:
        RefusalError: it was encrypted with another key, or not at all.
    """
    try:
        data = base64.b64decode(encrypted, validate=True)
        cipher = Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.CBC(data[:16])).decryptor()
        padding = PKCS7(128).unpadder()
        padded = cipher.update(data[16:]) + cipher.finalize()
        return (padding.update(padded) + padding.finalize()).decode()
    except ValueError as error:
        raise RefusalError(401, "the event cannot be decrypted") from error


def _message(event: dict[str, Any], _: str) -> Incoming | None:
    """Read a user's message; in a group only with a mention, which is the bot's if it may read no others."""
    message, sender = event["message"], event["sender"]
    if sender.get("sender_type", "user") != "user":
        return None
    message_id, user = _id(message["message_id"]), _id(sender["sender_id"]["open_id"])
    mentions = message.get("mentions") or []
    group = message.get("chat_type") != "p2p"
    if group and not mentions:
        return None
    text: str | None = None
    if message.get("message_type") == "text":
        text = str(parse_json(message["content"])["text"])
        for mention in mentions:
            text = text.replace(str(mention["key"]), " ")
        text = " ".join(text.split())
        if not text:
            return None
    if group:
        return Incoming(message_id, f"{_id(message['chat_id'])}:{user}", text, {"reply_to": message_id})
    return Incoming(message_id, user, text)


def _press(event: dict[str, Any], event_id: str) -> Incoming | None:
    """Read a button press on a card of `_card`."""
    value, user = event["action"].get("value"), _id(event["operator"]["open_id"])
    if not isinstance(value, dict) or "payload" not in value:
        return None
    payload = required_text(value["payload"], "payload", 10_000)
    context = event.get("context") or {}
    if value.get("group"):
        place = {"reply_to": _id(context["open_message_id"])}
        return Incoming(event_id, f"{_id(context['open_chat_id'])}:{user}", payload, place)
    return Incoming(event_id, user, payload)


def _card(message: Message, *, group: bool) -> dict[str, Any]:
    text = [{"tag": "div", "text": {"tag": "plain_text", "content": message.text}}] if message.text else []
    buttons = [
        {
            "tag": "button",
            "text": {"tag": "plain_text", "content": button.title},
            "type": "default",
            "value": {"payload": button.payload, "group": group},
        }
        for button in message.buttons
    ]
    return {"config": {"wide_screen_mode": True}, "elements": [*text, {"tag": "action", "actions": buttons}]}


def _id(given: Any) -> str:
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise RefusalError(400, "an id is missing, or not one of Feishu's")
    return given
