"""Rasa's Twilio channel, with checks; it splits long texts."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs

from rasa.core.channels.twilio import TwilioInput, TwilioOutput
from sanic.request import Request
from sanic.response import HTTPResponse, text
from twilio.request_validator import RequestValidator

from faq_component.dialogue.message_limits import MESSAGE_LIMITS
from faq_component.rasa.channels.output import LogsSendErrors, SplitsTexts
from faq_component.rasa.channels.webhook import FORM, Guarded, RefusalError, require_sender, require_text, required

_TEXT = MESSAGE_LIMITS["twilio"].longest  # Twilio refuses longer ones


class _TwilioOutput(LogsSendErrors, SplitsTexts, TwilioOutput):
    longest = _TEXT

    async def _send_message(self, message_data: dict[str, Any]) -> Any:
        """Send it in a thread: Twilio's client blocks the event loop."""
        return await asyncio.to_thread(asyncio.run, super()._send_message(message_data))


class Twilio(Guarded, TwilioInput):
    """Rasa's Twilio channel; its settings, and `webhook_url`, the address that Twilio signs with each request."""

    content_types = (FORM,)

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Twilio:
        """Create the channel from the settings of Rasa's channel and `webhook_url`."""
        *given, webhook_url = required(
            credentials, "twilio", "account_sid", "auth_token", "twilio_number", "webhook_url"
        )
        channel = cls(*given)
        channel._webhook_url = webhook_url
        return channel

    def check(self, request: Request) -> None:
        """Check the signature and the fields; Rasa accepts requests from anyone."""
        signature = request.headers.get("X-Twilio-Signature", "")
        form = parse_qs(request.body.decode(), keep_blank_values=True)  # Twilio signs empty fields too
        if not RequestValidator(self.auth_token).validate(self._webhook_url, _Form(form), signature):
            raise RefusalError(401, "the X-Twilio-Signature is wrong or missing")
        require_sender(request.form.get("From"), "From")
        if not self._is_location_message(request):
            # Status reports and pictures have no text.
            require_text(request.form.get("Body"), "Body")

    def delivery_of(self, request: Request) -> str:
        """Name the message by Twilio's id, or else by the signature of its content."""
        return str(request.form.get("MessageSid") or request.headers["X-Twilio-Signature"])

    def repeated(self) -> HTTPResponse:
        """Return an empty answer."""
        return text("")

    def get_output_channel(self) -> TwilioOutput:
        """Return the output channel for answers."""
        return _TwilioOutput(self.account_sid, self.auth_token, self.twilio_number)


class _Form(dict[str, list[str]]):
    """A form with the method that Twilio's validator calls."""

    def getall(self, key: str) -> list[str]:
        return self[key]
