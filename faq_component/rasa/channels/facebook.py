"""Rasa's Facebook Messenger channel, with checks; it handles all messages of a delivery, and sends all choices."""

from __future__ import annotations

import hashlib
import hmac
import logging
from typing import Any

import requests
from fbmessenger import MessengerClient
from rasa.core.channels.channel import UserMessage
from rasa.core.channels.facebook import FacebookInput, Messenger, MessengerBot
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from faq_component.dialogue.message_limits import BUTTON_LIMITS, MESSAGE_LIMITS
from faq_component.dialogue.sent_texts import split_message
from faq_component.rasa import patches
from faq_component.rasa.channels.output import LogsSendErrors, SplitsTexts, numbered, payload_of
from faq_component.rasa.channels.webhook import (
    Guarded,
    RefusalError,
    require_secret,
    require_sender,
    require_text,
    required,
)

logger = logging.getLogger(__name__)

_BUTTON = BUTTON_LIMITS["facebook"]  # of quick replies
_TEXT = MESSAGE_LIMITS["facebook"].longest
_SECONDS = 20


class _Client(MessengerClient):
    """A client of the Send API that logs refusals, which Rasa ignores; no error shows the token."""

    def __init__(self, page_access_token: str) -> None:
        super().__init__(page_access_token, session=requests.Session())

    def send(self, payload: Any, recipient_id: str, *args: Any, **kwargs: Any) -> Any:
        return self._attempt(super().send, payload, recipient_id, *args, **{"timeout": _SECONDS, **kwargs})

    def send_action(self, sender_action: Any, recipient_id: str, timeout: int | None = None) -> Any:
        return self._attempt(super().send_action, sender_action, recipient_id, timeout or _SECONDS)

    @staticmethod
    def _attempt(send: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            answer = send(*args, **kwargs)
        except (requests.RequestException, ValueError) as error:
            logger.error("Facebook could not be reached: %s.", type(error).__name__)
            return {}
        if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
            logger.error("Facebook refused a message: code %s.", answer["error"].get("code"))
        return answer


class _FacebookOutput(LogsSendErrors, SplitsTexts, MessengerBot):
    longest = _TEXT

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Send quick replies; Rasa's buttons are three at most, and it drops a fourth choice.

        If Messenger would cut titles, the text lists them numbered and the quick replies are the numbers. Choices that
        do not fit quick replies are a numbered list.
        """
        if len(buttons) > _BUTTON.most or not all(_BUTTON.allows(payload_of(button)) for button in buttons):
            await self.send_text_message(recipient_id, numbered(text, buttons))
            return
        titles = [button["title"] for button in buttons]
        if any(len(title) > (_BUTTON.title or 0) for title in titles):
            text, titles = numbered(text, buttons), [str(number) for number in range(1, len(buttons) + 1)]
        replies = [
            {"title": title, "payload": payload_of(button)} for title, button in zip(titles, buttons, strict=True)
        ]
        *before, last = list(split_message(text, _TEXT))
        for part in before:
            await self.send_text_message(recipient_id, part)
        await self.send_quick_replies(recipient_id, last, replies)


class _Messenger(Messenger):
    def __init__(self, client: _Client, on_new_message: Any) -> None:
        super().__init__("", on_new_message)
        self.client = client

    async def handle(self, payload: dict[str, Any], metadata: dict[str, Any] | None) -> None:
        """Handle all messages of a delivery; Rasa handles the first only."""
        for entry in payload["entry"]:
            for message in entry.get("messaging", []):
                self.last_message = message
                try:
                    if message.get("message") and not message["message"].get("is_echo"):
                        await self.message(message, metadata)
                    elif message.get("postback"):
                        await self.postback(message, metadata)
                except Exception as error:  # the other messages still need answers
                    logger.error("A message of Facebook failed with %s.", type(error).__name__)
                    logger.debug("It failed here:", exc_info=error)

    async def _handle_user_message(self, text: str, sender_id: str, metadata: dict[str, Any] | None) -> None:
        out = _FacebookOutput(self.client)
        await out.send_action(sender_id, sender_action="mark_seen")
        await out.send_action(sender_id, sender_action="typing_on")
        await self.on_new_message(UserMessage(text, out, sender_id, input_channel=self.name(), metadata=metadata))


class _PatchedInput(FacebookInput):
    def blueprint(self, on_new_message: Any) -> Blueprint:
        """Return the connector's routes, with our handler for messages."""

        async def receive(request: Request) -> HTTPResponse:
            messenger = _Messenger(_Client(self.fb_access_token), on_new_message)
            await messenger.handle(request.json, self.get_metadata(request))
            return response.text("success")

        blueprint: Blueprint = super().blueprint(on_new_message)
        patches.replace_handlers(blueprint, lambda route: receive if "POST" in route.methods else route.handler)
        return blueprint

    def get_output_channel(self) -> MessengerBot:
        """Return the output channel for answers."""
        return _FacebookOutput(_Client(self.fb_access_token))


class Facebook(Guarded, _PatchedInput):
    """Rasa's Facebook Messenger channel; its settings are unchanged."""

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Facebook:
        """Create the channel from the settings of Rasa's channel."""
        return cls(*required(credentials, "facebook", "verify", "secret", "page-access-token"))

    def check_get(self, request: Request) -> None:
        """Check the token of Facebook's webhook verification."""
        require_secret(request.args.get("hub.verify_token"), self.fb_verify, "hub.verify_token")
        require_text(request.args.get("hub.challenge"), "hub.challenge")

    def check(self, request: Request) -> None:
        """Check the signature, and the fields of every message."""
        kind, _, given = request.headers.get("X-Hub-Signature-256", "").partition("=")
        digest = hashlib.sha256
        if kind != "sha256":
            digest, (kind, _, given) = hashlib.sha1, request.headers.get("X-Hub-Signature", "").partition("=")
        expected = hmac.new(self.fb_secret.encode(), request.body, digest).hexdigest()
        require_secret(given, expected, "X-Hub-Signature-256")
        for entry in request.json["entry"]:
            for message in entry.get("messaging", []):
                _check_message(message)

    def delivery_of(self, request: Request) -> str:
        """Name the delivery by its content, which holds the time and the messages' ids."""
        return hashlib.sha256(request.body).hexdigest()


def _check_message(message: dict[str, Any]) -> None:
    if message.get("message") or message.get("postback"):
        require_sender(message["sender"]["id"], "sender.id")
    if message.get("message"):
        require_text(message["message"].get("text", ""), "message.text")
        if message["message"].get("quick_reply"):
            require_text(message["message"]["quick_reply"]["payload"], "quick_reply.payload")
    elif message.get("postback"):
        require_text(message["postback"]["payload"], "postback.payload")
    if not isinstance(message.get("message", {}), dict):
        raise RefusalError(400, "message must be an object")
