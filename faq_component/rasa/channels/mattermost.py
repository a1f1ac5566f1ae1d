"""Rasa's Mattermost channel, with checks; it reads the whole message and confirms clicks."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import requests
from rasa.core.channels.channel import UserMessage
from rasa.core.channels.mattermost import MattermostBot, MattermostInput
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from faq_component.dialogue.message_limits import MESSAGE_LIMITS
from faq_component.dialogue.sent_texts import split_message
from faq_component.rasa import patches
from faq_component.rasa.channels.output import LogsSendErrors, payload_of
from faq_component.rasa.channels.webhook import Guarded, require_secret, require_sender, require_text, required

logger = logging.getLogger(__name__)

_TEXT = MESSAGE_LIMITS["mattermost"].longest
_SECONDS = 20


class _MattermostOutput(LogsSendErrors, MattermostBot):
    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Send a text, in several posts if it is too long for one."""
        for part in split_message(text, _TEXT):
            for paragraph in part.split("\n\n"):
                await self._post({"channel_id": self.bot_channel, "message": paragraph})

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Send buttons, each with a signature that Mattermost returns with the click and shows to nobody."""
        actions = [
            {
                "id": f"choice{number}",
                "name": button["title"],
                "integration": {
                    "url": self.webhook_url,
                    "context": {"action": payload_of(button), "signature": _sign(self.token, payload_of(button))},
                },
            }
            for number, button in enumerate(buttons)
        ]
        props = {"attachments": [{"actions": actions}]}
        await self._post({"channel_id": self.bot_channel, "message": text, "props": props})

    async def send_image_url(self, recipient_id: str, image: str, **kwargs: Any) -> None:
        """Send an image."""
        await self._post({"channel_id": self.bot_channel, "props": {"attachments": [{"image_url": image}]}})

    async def send_custom_json(self, recipient_id: str, json_message: dict[str, Any], **kwargs: Any) -> None:
        """Send a post with the given fields."""
        await self._post({"channel_id": self.bot_channel, "message": "", **json_message})

    async def _post(self, data: dict[str, Any]) -> None:
        """Send a post in a thread, with a time-out. Rasa blocks the event loop, and takes 201 for a failure."""
        answer = await asyncio.to_thread(
            requests.post,
            f"{self.url}/posts",
            headers={"Authorization": f"Bearer {self.token}"},
            data=json.dumps(data),
            timeout=_SECONDS,
        )
        if not answer.ok:
            logger.error("Mattermost refused a post: status %d.", answer.status_code)


class _PatchedInput(MattermostInput):
    def blueprint(self, on_new_message: Any) -> Blueprint:
        """Return the connector's routes, responding with JSON: Mattermost takes anything else for a failed click."""

        async def receive(request: Request) -> HTTPResponse:
            output = request.json
            handle = self.message_with_trigger_word if "trigger_word" in output else self.action_from_button
            await handle(on_new_message, output, self.get_metadata(request))
            return response.json({})

        blueprint: Blueprint = super().blueprint(on_new_message)
        patches.replace_handlers(blueprint, lambda route: receive if route.uri == "/webhook" else route.handler)
        return blueprint

    async def message_with_trigger_word(
        self,
        on_new_message: Callable[[UserMessage], Awaitable[None]],
        output: dict[str, Any],
        metadata: dict[str, Any] | None,
    ) -> None:
        """Remove the trigger word; Rasa removes the first word, whatever it is."""
        text, word = output["text"].strip(), output["trigger_word"]
        if word and text.startswith(word):
            text = text[len(word) :].strip() or text
        await self._handle_message(text, output["user_id"], output["channel_id"], metadata, on_new_message)

    async def _handle_message(
        self,
        message: str,
        sender_id: str,
        bot_channel: str,
        metadata: dict[str, Any] | None,
        on_new_message: Callable[[UserMessage], Awaitable[None]],
    ) -> None:
        out = _MattermostOutput(self.url, self.token, bot_channel, self.webhook_url)
        await on_new_message(UserMessage(message, out, sender_id, input_channel=self.name(), metadata=metadata))


class Mattermost(Guarded, _PatchedInput):
    """Rasa's Mattermost channel; its settings, and `webhook_token`, the token of the outgoing webhook."""

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Mattermost:
        """Create the channel from the settings of Rasa's channel and `webhook_token`."""
        *given, webhook_token = required(credentials, "mattermost", "url", "token", "webhook_url", "webhook_token")
        channel = cls(*given)
        channel._webhook_token = webhook_token
        return channel

    def check(self, request: Request) -> None:
        """Check the webhook's token or the button's signature; Rasa accepts requests from anyone."""
        given = request.json
        if "trigger_word" in given:
            require_secret(given.get("token"), self._webhook_token, "token")
            require_text(given["trigger_word"], "trigger_word")
            require_text(given["text"], "text")
        else:
            action = given["context"]["action"]
            require_text(action, "context.action")
            require_secret(given["context"].get("signature"), _sign(self.token, action), "context.signature")
        require_sender(given["user_id"], "user_id")
        require_text(given["channel_id"], "channel_id")

    def delivery_of(self, request: Request) -> str | None:
        """Name the post with the trigger word, or the click of a button."""
        given = request.json.get("post_id" if "trigger_word" in request.json else "trigger_id")
        return given if isinstance(given, str) and given else None


def _sign(token: str, action: str) -> str:
    return hmac.new(token.encode(), action.encode(), "sha256").hexdigest()
