"""Rasa's Rocket.Chat channel, with checks; choices are a numbered list."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.rocketchat import RocketChatBot, RocketChatInput
from sanic.request import Request

from faq_component.dialogue.message_limits import MESSAGE_LIMITS
from faq_component.rasa.channels.output import LogsSendErrors, SplitsTexts, numbered
from faq_component.rasa.channels.webhook import (
    Guarded,
    RefusalError,
    require_secret,
    require_sender,
    require_text,
    required,
)

_TEXT = MESSAGE_LIMITS["rocketchat"].longest


class _RocketChatOutput(LogsSendErrors, SplitsTexts, RocketChatBot):
    longest = _TEXT

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Send a numbered list: a button would write its payload into the chat, where ``/`` starts a command."""
        await self.send_text_message(recipient_id, numbered(text, buttons))


class RocketChat(Guarded, RocketChatInput):
    """Rasa's Rocket.Chat channel; its settings, and `webhook_token`, the token of the outgoing webhook."""

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> RocketChat:
        """Create the channel from the settings of Rasa's channel and `webhook_token`."""
        *given, webhook_token = required(credentials, "rocketchat", "user", "password", "server_url", "webhook_token")
        channel = cls(*given)
        channel._webhook_token = webhook_token
        return channel

    def check(self, request: Request) -> None:
        """Check the token and the fields; Rasa accepts requests from anyone."""
        given = request.json
        if "visitor" in given:  # of Livechat
            require_secret(request.headers.get("X-RocketChat-Livechat-Token"), self._webhook_token, "the secret token")
            require_sender(given["_id"], "_id")
            require_text(given["messages"][0]["msg"], "messages[0].msg")
            require_text(given["messages"][0]["username"], "messages[0].username")
            return
        require_secret(given.get("token"), self._webhook_token, "token")
        require_sender(given.get("channel_id"), "channel_id")
        require_text(given.get("text"), "text")
        require_text(given.get("user_name"), "user_name")
        if not given["text"].strip():
            raise RefusalError(400, "text is empty")

    def get_output_channel(self) -> RocketChatBot:
        """Return the output channel for answers."""
        return _RocketChatOutput(self.user, self.password, self.server_url)
