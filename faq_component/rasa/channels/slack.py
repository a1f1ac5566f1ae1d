"""Rasa's Slack channel, with checks and choices of any number and length."""

from __future__ import annotations

import json
from typing import Any

from rasa.core.channels.slack import SlackBot, SlackInput
from sanic.request import Request
from slack_sdk.errors import SlackApiError

from faq_component.dialogue.message_limits import MESSAGE_LIMITS
from faq_component.rasa.channels.output import LogsSendErrors, numbered, payload_of, split_message
from faq_component.rasa.channels.webhook import FORM, JSON, Guarded, RefusalError, require_sender, required

_TITLE, _VALUE, _BUTTONS = 75, 2000, 5  # Slack's limits of a button, Rasa's of a row
_SECTION = MESSAGE_LIMITS["slack"].longest


class _SlackOutput(LogsSendErrors, SlackBot):
    """Buttons, or a numbered list if they do not fit; Rasa drops buttons beyond five, Slack refuses long ones."""

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Send buttons if they fit, else a numbered list."""
        complete = [{**button, "payload": payload_of(button)} for button in buttons]
        fits = len(complete) <= _BUTTONS and len(text) <= _SECTION
        if fits and all(len(one["title"]) <= _TITLE and len(one["payload"]) <= _VALUE for one in complete):
            await super().send_text_with_buttons(recipient_id, text, complete, **kwargs)
            return
        for part in split_message(numbered(text, complete), _SECTION):
            await self.send_text_message(recipient_id, part)

    @staticmethod
    def reason(error: Exception) -> str:
        """Return Slack's error code, such as ``not_in_channel``, or the type of another error."""
        return str(error.response["error"]) if isinstance(error, SlackApiError) else type(error).__name__


class Slack(Guarded, SlackInput):
    """Rasa's Slack channel; its settings are unchanged."""

    content_types = (JSON, FORM)

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Slack:
        """Create the channel from the settings of Rasa's channel."""
        required(credentials, "slack", "slack_token", "slack_signing_secret")
        channel: Slack = super().from_credentials(credentials)
        return channel

    def check(self, request: Request) -> None:
        """Check the signature, and the fields that Rasa's code assumes."""
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        if not timestamp.isdecimal() or not self.is_request_from_slack_authentic(request):
            raise RefusalError(401, "the X-Slack-Signature is wrong, missing or old")
        if request.content_type.partition(";")[0].strip().lower() == JSON:
            # Rasa compares the whole header, and answers OK to any other without handling it.
            request.headers["content-type"] = JSON
            self._check_event(request.json)
        else:
            request.headers["content-type"] = FORM
            self._check_action(json.loads(request.form["payload"][0]))

    def delivery_of(self, request: Request) -> str | None:
        """Name the event, which Slack delivers again with another signature, or a press of a button by its signature.

        The signature is of the time too, and older ones are refused.
        """
        event = request.json.get("event_id") if request.headers["content-type"] == JSON else None
        return event if isinstance(event, str) else str(request.headers["X-Slack-Signature"])

    @staticmethod
    def _check_event(event: dict[str, Any]) -> None:
        if "challenge" in event:
            return
        if not isinstance(event.get("event"), dict):
            raise RefusalError(400, "event must be an object")
        if event["event"].get("type") in ("message", "app_mention") and not event["event"].get("bot_id"):
            if "user" in event["event"]:
                require_sender(event["event"]["user"], "event.user")
            if not isinstance(event["event"].get("text", ""), str):
                raise RefusalError(400, "event.text must be a text")

    @staticmethod
    def _check_action(payload: dict[str, Any]) -> None:
        require_sender(payload["user"]["id"], "user.id")
        if not isinstance(payload["actions"][0]["type"], str):
            raise RefusalError(400, "actions[0].type must be a text")

    def get_output_channel(self, channel: str | None = None, thread_id: str | None = None) -> SlackBot:
        """Return the output channel for answers."""
        return _SlackOutput(self.slack_token, channel or self.slack_channel, thread_id, self.proxy)
