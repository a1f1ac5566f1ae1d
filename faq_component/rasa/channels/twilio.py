"""Rasa's Twilio channel, guarded, with texts that are not too long."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs

from rasa.core.channels.twilio import TwilioInput, TwilioOutput
from sanic.request import Request
from twilio.request_validator import RequestValidator

from faq_component.rasa.channels.output import InParts, Tried
from faq_component.rasa.channels.webhook import FORM, Guarded, RefusalError, require_sender, require_text, required

_TEXT = 1600  # characters of a message; Twilio refuses longer ones


class _TwilioOutput(Tried, InParts, TwilioOutput):
    longest = _TEXT

    async def _send_message(self, message_data: dict[str, Any]) -> Any:
        """Send it without holding up others, which Twilio's client does."""
        return await asyncio.to_thread(asyncio.run, super()._send_message(message_data))


class Twilio(Guarded, TwilioInput):
    """Rasa's Twilio channel, with its settings and `webhook_url`, the address that Twilio signs with each request."""

    content_types = (FORM,)

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Twilio:
        """The settings of Rasa's channel, and `webhook_url`."""
        *given, webhook_url = required(
            credentials, "twilio", "account_sid", "auth_token", "twilio_number", "webhook_url"
        )
        channel = cls(*given)
        channel._webhook_url = webhook_url
        return channel

    def check(self, request: Request) -> None:
        """Check the signature and the fields; Rasa takes a request from anybody."""
        signature = request.headers.get("X-Twilio-Signature", "")
        form = parse_qs(request.body.decode(), keep_blank_values=True)  # Twilio signs empty fields too
        if not RequestValidator(self.auth_token).validate(self._webhook_url, _Form(form), signature):
            raise RefusalError(401, "the X-Twilio-Signature is wrong or missing")
        require_sender(request.form.get("From"), "From")
        if not self._is_location_message(request):
            # Without a text it is a report on a message sent, or a picture.
            require_text(request.form.get("Body"), "Body")

    def get_output_channel(self) -> TwilioOutput:
        """Where the answers go."""
        return _TwilioOutput(self.account_sid, self.auth_token, self.twilio_number)


class _Form(dict[str, list[str]]):
    """A form as Twilio's validator reads it."""

    def getall(self, key: str) -> list[str]:
        return self[key]
