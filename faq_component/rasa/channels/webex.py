"""Rasa's Webex channel, with checks."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from rasa.core.channels.webexteams import WebexTeamsBot, WebexTeamsInput
from sanic.request import Request

from faq_component.dialogue.message_limits import MESSAGE_LIMITS
from faq_component.rasa.channels.output import LogsSendErrors, SplitsTexts
from faq_component.rasa.channels.webhook import Guarded, require_secret, require_text, required

_TEXT = MESSAGE_LIMITS["webex"].longest


class _WebexOutput(LogsSendErrors, SplitsTexts, WebexTeamsBot):
    longest = _TEXT


class Webex(Guarded, WebexTeamsInput):
    """Rasa's Webex channel; its settings, and `webhook_secret`, the secret given when the webhook was created."""

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Webex:
        """Create the channel from the settings of Rasa's channel and `webhook_secret`."""
        token, secret = required(credentials, "webex", "access_token", "webhook_secret")
        channel = cls(token, (credentials or {}).get("room"))
        channel._secret = secret
        return channel

    def check(self, request: Request) -> None:
        """Check the signature and the message's id; Rasa accepts requests from anyone."""
        expected = hmac.new(self._secret.encode(), request.body, hashlib.sha1).hexdigest()
        require_secret(request.headers.get("X-Spark-Signature"), expected, "X-Spark-Signature")
        require_text(request.json["data"]["id"], "data.id")

    def get_output_channel(self) -> WebexTeamsBot:
        """Return the output channel for answers."""
        return _WebexOutput(self.token, self.room)
