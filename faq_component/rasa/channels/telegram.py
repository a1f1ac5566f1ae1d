"""Rasa's Telegram channel, with checks; choices are in one column."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import re
from typing import Any

import aiohttp
from aiogram.utils.exceptions import TelegramAPIError
from rasa.core.channels.channel import UserMessage
from rasa.core.channels.telegram import TelegramInput, TelegramOutput
from rasa.shared.exceptions import RasaException
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, text

from faq_component.dialogue.arbitration import SUGGEST_COMMAND
from faq_component.dialogue.message_limits import MESSAGE_LIMITS
from faq_component.dialogue.sent_texts import split_message
from faq_component.language import _
from faq_component.rasa import patches
from faq_component.rasa.channels.output import LogsSendErrors, SplitsTexts, payload_of
from faq_component.rasa.channels.webhook import (
    Guarded,
    RefusalError,
    optional,
    require_secret,
    require_sender,
    required,
)

_CALLBACK_BYTES = 64  # Telegram's limit for the data of a button
_TEXT = MESSAGE_LIMITS["telegram"].longest
# What Telegram sends when somebody presses "Start", with the payload of a link, or begins anew with /restart.
_START = re.compile(r"/start(?:@\w+)?(?: [\w-]{1,64})?")
_UPDATES = ["message", "edited_message", "callback_query"]


class _TelegramOutput(LogsSendErrors, SplitsTexts, TelegramOutput):
    longest = _TEXT

    def __init__(self, access_token: str, secret: str) -> None:
        super().__init__(access_token)
        self._secret = secret

    async def set_webhook(self, url: str, **kwargs: Any) -> bool:
        """Register the address with Telegram, and a secret that it sends with each update."""
        data = {"url": url, "secret_token": self._secret, "allowed_updates": str(_UPDATES).replace("'", '"')}
        return bool(await self.request("setWebhook", data))

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], button_type: str | None = None, **kwargs: Any
    ) -> None:
        """Send buttons in one column; Rasa's default is one row, in which the titles of four choices are cut.

        If a payload exceeds Telegram's 64 bytes, at which Rasa fails, send a keyboard that types the titles.
        """
        complete = [{**button, "payload": payload_of(button)} for button in buttons]
        fits = all(len(button["payload"].encode()) <= _CALLBACK_BYTES for button in complete)
        chosen = button_type or ("vertical" if fits else "reply")
        *before, last = list(split_message(text, _TEXT)) or [text]
        for part in before:
            await self.send_text_message(recipient_id, part)
        await super().send_text_with_buttons(recipient_id, last, complete, chosen, **kwargs)


class _PatchedInput(TelegramInput):
    on_start = SUGGEST_COMMAND

    def blueprint(self, on_new_message: Any) -> Blueprint:
        """Return the connector's routes, without the one that lets anyone change the webhook."""

        async def begin(message: UserMessage) -> Any:
            if self.on_start and message.text and _START.fullmatch(message.text):
                message.text = self.on_start
            return await on_new_message(message)

        def handler_of(route: Any) -> Any:
            if route.uri == "/set_webhook":
                return None
            return self._patched(route.handler) if route.uri == "/webhook" else route.handler

        blueprint: Blueprint = super().blueprint(begin)
        patches.replace_handlers(blueprint, handler_of)
        return blueprint

    def _patched(self, handler: Any) -> Any:
        async def patched(request: Request) -> HTTPResponse:
            update = request.json
            if "callback_query" in update:
                with contextlib.suppress(TelegramAPIError, aiohttp.ClientError, asyncio.TimeoutError):
                    await self._output.answer_callback_query(update["callback_query"]["id"])
            if _message(update) is None:
                return text("nothing to answer")
            response: HTTPResponse = await handler(request)
            return response

        return patched

    @property
    def _secret(self) -> str:
        return hmac.new(str(self.access_token).encode(), b"telegram webhook", "sha256").hexdigest()

    def get_output_channel(self) -> TelegramOutput:
        """Return the output channel for answers, after registering the webhook with Telegram."""
        self._output = _TelegramOutput(str(self.access_token), self._secret)
        asyncio.run(self._register())
        return self._output

    def get_push_channel(self) -> TelegramOutput | None:
        """Return the output for a person's words after a handover, which registers nothing."""
        return getattr(self, "_output", None)

    async def _register(self) -> None:
        try:
            await self._output.set_webhook(str(self.webhook_url))
        except TelegramAPIError as error:
            raise RasaException(
                _("Telegram did not accept the address of the webhook: {error}").format(error=error)
            ) from error
        finally:
            await self._output.session.close()  # it belongs to this event loop, which ends here


class Telegram(Guarded, _PatchedInput):
    """Rasa's Telegram channel, with its settings and `on_start`: what the bot is taken to have been told at the start.

    It differs in three more points. An update needs the secret given to Telegram at the start; Rasa accepts any from
    anyone. A button press is confirmed, so that the button stops spinning. Updates of other kinds are accepted and
    ignored; Rasa fails at them, so that Telegram repeats them and holds back later ones.
    """

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Telegram:
        """Create the channel from the settings of Rasa's channel."""
        channel = cls(*required(credentials, "telegram", "access_token", "verify", "webhook_url"))
        channel.on_start = optional(credentials, "telegram", "on_start", SUGGEST_COMMAND)
        return channel

    def check(self, request: Request) -> None:
        """Check the secret, and the fields that Rasa's code assumes."""
        header = "X-Telegram-Bot-Api-Secret-Token"
        require_secret(request.headers.get(header), self._secret, header)
        update = request.json
        if not isinstance(update.get("update_id"), int):
            raise RefusalError(400, "update_id must be a number")
        for kind in _UPDATES:
            if kind in update and not isinstance(update[kind], dict):
                raise RefusalError(400, f"{kind} must be an object")
        message = _message(update)
        if message is not None:
            require_sender(message["chat"]["id"], "chat.id")

    def delivery_of(self, request: Request) -> str:
        """Name the update by its number."""
        return str(request.json["update_id"])


def _message(update: dict[str, Any]) -> dict[str, Any] | None:
    """Return the message of an update that needs an answer, or None."""
    pressed = update.get("callback_query")
    if pressed is not None:
        return pressed.get("message") if "data" in pressed else None
    message: dict[str, Any] = update.get("edited_message") or update.get("message") or {}
    return message if "text" in message or ("location" in message and "edit_date" not in message) else None
