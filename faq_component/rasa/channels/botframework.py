"""Rasa's Bot Framework channel (Microsoft Teams and others), with checks and working buttons."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import Any

import jwt
import requests
from rasa.core.channels.botframework import MICROSOFT_OPEN_ID_URI, BotFrameworkInput
from rasa.core.channels.botframework import BotFramework as BotFrameworkOutput
from rasa.core.channels.channel import UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from faq_component.dialogue.arbitration import SUGGEST_COMMAND
from faq_component.rasa import patches
from faq_component.rasa.channels.output import LogsSendErrors, payload_of
from faq_component.rasa.channels.webhook import Guarded, RefusalError, optional, require_sender, require_text, required

logger = logging.getLogger(__name__)

_MENTION = re.compile(r"<at>[^<]*</at>")  # Teams puts a mention of the bot before a message in a channel
_ISSUER = "https://api.botframework.com"
_KEY_SECONDS = 5  # time-out of each of the two requests for Microsoft's keys
_KEY_PAUSE = 60  # seconds between two attempts to fetch the keys
_KEY_LIFETIME = 24 * 60 * 60  # seconds


class _Output(LogsSendErrors, BotFrameworkOutput):
    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Send a card whose buttons have a type and a value; Rasa's have neither and do not work."""
        actions = [
            {
                "type": "messageBack",
                "title": button["title"],
                "displayText": button["title"],
                "text": payload_of(button),
                "value": payload_of(button),
            }
            for button in buttons
        ]
        card = {"contentType": "application/vnd.microsoft.card.hero", "content": {"text": text, "buttons": actions}}
        await self.send(self.prepare_message(recipient_id, {"attachments": [card]}))

    async def send(self, message_data: dict[str, Any]) -> None:
        """Send it in a thread: Rasa blocks the event loop."""
        await asyncio.to_thread(asyncio.run, super().send(message_data))


class _PatchedInput(BotFrameworkInput):
    on_start = SUGGEST_COMMAND
    _keys_until = 0.0  # of the monotonic clock

    def _update_cached_jwk_keys(self) -> None:
        """Fetch Microsoft's keys, with a time-out; Rasa has none."""
        place = requests.get(MICROSOFT_OPEN_ID_URI, timeout=_KEY_SECONDS)
        place.raise_for_status()
        keys = requests.get(place.json()["jwks_uri"], timeout=_KEY_SECONDS)
        keys.raise_for_status()
        self.jwt_keys = {key["kid"]: key for key in keys.json()["keys"]}
        self._keys_until = time.monotonic() + _KEY_LIFETIME

    def blueprint(self, on_new_message: Any) -> Blueprint:
        """Return the connector's routes, with our handler for messages."""

        async def receive(request: Request) -> HTTPResponse:
            activity = request.json
            said = activity.get("text") if activity["type"] == "message" else None
            if _is_start(activity):
                said = self.on_start
            if said:
                out = _Output(
                    self.app_id,
                    self.app_password,
                    activity["conversation"],
                    activity["recipient"],
                    activity["serviceUrl"],
                )
                metadata = self.add_attachments_to_metadata(activity, self.get_metadata(request))
                text, sender = _MENTION.sub("", said), activity["from"]["id"]
                await on_new_message(UserMessage(text, out, sender, input_channel=self.name(), metadata=metadata))
            return response.text("success")

        blueprint: Blueprint = super().blueprint(on_new_message)
        patches.replace_handlers(blueprint, lambda route: receive if route.uri == "/webhook" else route.handler)
        return blueprint


class BotFramework(Guarded, _PatchedInput):
    """Rasa's Bot Framework channel, with its settings and `on_start`: what is taken to be said at first."""

    def __init__(self, app_id: str, app_password: str) -> None:
        super().__init__(app_id, app_password)
        self._renewing = asyncio.Lock()
        self._next_renewal = 0.0

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> BotFramework:
        """Create the channel from the settings of Rasa's channel."""
        channel = cls(*required(credentials, "botframework", "app_id", "app_password"))
        channel.on_start = optional(credentials, "botframework", "on_start", SUGGEST_COMMAND)
        return channel

    async def prepare(self, request: Request) -> None:
        """Refresh Microsoft's keys if they are a day old or the token names another; at most once a minute."""
        try:
            key_id = _key_id(_token(request))
        except jwt.PyJWTError:
            return  # `check` refuses it
        if self._is_current(key_id):
            return
        async with self._renewing:
            if self._is_current(key_id) or time.monotonic() < self._next_renewal:
                return
            self._next_renewal = time.monotonic() + _KEY_PAUSE
            try:
                await asyncio.to_thread(self._update_cached_jwk_keys)
            except (requests.RequestException, ValueError, KeyError) as error:
                logger.error("Microsoft's keys could not be renewed: %s.", type(error).__name__)

    def check(self, request: Request) -> None:
        """Check the token and the shape of the activity."""
        self._check_token(request)
        activity = request.json
        require_text(activity["type"], "type")
        if activity["type"] != "message" and not _is_start(activity):
            return
        require_sender(activity["from"]["id"], "from.id")
        require_text(activity["conversation"]["id"], "conversation.id")
        require_text(activity["recipient"]["id"], "recipient.id")
        require_text(activity["serviceUrl"], "serviceUrl")
        require_text(activity.get("text") or "", "text")

    def _check_token(self, request: Request) -> None:
        """Check the token as Microsoft requires: signed with RS256 by one of its keys, for this bot and service."""
        service_url = request.json.get("serviceUrl")
        try:
            token = _token(request)
            key = jwt.PyJWK(self._key(_key_id(token)), algorithm="RS256")
            claims = jwt.decode(token, key.key, algorithms=["RS256"], audience=self.app_id, issuer=_ISSUER, leeway=300)
        except jwt.PyJWTError as error:
            raise RefusalError(401, f"the token is wrong or missing ({type(error).__name__})") from error
        if claims.get("serviceurl", service_url) != service_url:
            raise RefusalError(401, "the token is for another serviceUrl")

    def _is_current(self, key_id: Any) -> bool:
        return key_id in self.jwt_keys and time.monotonic() < self._keys_until

    def _key(self, key_id: Any) -> dict[str, Any]:
        key: dict[str, Any] | None = self.jwt_keys.get(key_id)
        if key is None:
            raise jwt.InvalidKeyError
        return key


def _is_start(activity: dict[str, Any]) -> bool:
    """Whether somebody has taken the bot into a conversation of their own with it."""
    if activity["type"] != "conversationUpdate" or activity["conversation"].get("isGroup"):
        return False
    bot = activity["recipient"]["id"]
    added = [member["id"] for member in activity.get("membersAdded") or ()]
    return bot in added and activity["from"]["id"] != bot


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer":
        raise jwt.InvalidTokenError
    return str(token)


def _key_id(token: str) -> Any:
    return jwt.get_unverified_header(token).get("kid")
