"""Rasa's Slack channel, with checks and choices of any number and length."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from rasa.core.channels.channel import OutputChannel
from rasa.core.channels.slack import SlackBot, SlackInput
from sanic.request import Request
from slack_sdk.errors import SlackApiError

from faq_component.dialogue.message_limits import BUTTON_LIMITS, MESSAGE_LIMITS
from faq_component.dialogue.sent_texts import split_message
from faq_component.errors import HandoverStoreError
from faq_component.handover.store import HandoverStore, handover_file
from faq_component.rasa.channels.output import LogsSendErrors, numbered, payload_of
from faq_component.rasa.channels.webhook import FORM, JSON, Guarded, RefusalError, require_sender, required
from faq_component.settings import load_settings

logger = logging.getLogger(__name__)

_BUTTON = BUTTON_LIMITS["slack"]
_SECTION = MESSAGE_LIMITS["slack"].longest


class _SlackOutput(LogsSendErrors, SlackBot):
    """Buttons, or a numbered list if they do not fit; Rasa drops buttons beyond five, Slack refuses long ones."""

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Send buttons if they fit, else a numbered list."""
        complete = [{**button, "payload": payload_of(button)} for button in buttons]
        fits = len(complete) <= _BUTTON.most and len(text) <= _SECTION
        short = all(len(one["title"]) <= (_BUTTON.title or 0) and _BUTTON.allows(one["payload"]) for one in complete)
        if fits and short:
            await super().send_text_with_buttons(recipient_id, text, complete, **kwargs)
            return
        for part in split_message(numbered(text, complete), _SECTION):
            await self.send_text_message(recipient_id, part)

    @staticmethod
    def reason(error: Exception) -> str:
        """Return Slack's error code, such as ``not_in_channel``, or the type of another error."""
        return str(error.response["error"]) if isinstance(error, SlackApiError) else type(error).__name__


class _PushOutput(OutputChannel):
    """Output for a person's words: to the channel or thread of the user's last message."""

    def __init__(self, channel: Slack, places: HandoverStore) -> None:
        self._channel = channel
        self._places = places

    @classmethod
    def name(cls) -> str:
        """Return ``slack``."""
        return "slack"

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Send a text."""
        place = await asyncio.to_thread(self._places.place, self.name(), recipient_id)
        output = self._channel.get_output_channel(place.get("channel"), place.get("thread"))
        await output.send_text_message(recipient_id, text, **kwargs)


class Slack(Guarded, SlackInput):
    """Rasa's Slack channel; its settings are unchanged."""

    content_types = (JSON, FORM)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of_faq = load_settings()
        self._places = HandoverStore(handover_file(of_faq.cache_dir)) if of_faq.handover else None

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

    async def process_message(
        self, request: Request, on_new_message: Any, text: str, sender_id: str | None, metadata: dict[str, Any] | None
    ) -> Any:
        """Handle a message, after its channel and thread are kept where a conversation may be handed over."""
        if self._places is not None and sender_id and metadata and isinstance(metadata.get("out_channel"), str):
            thread = metadata.get("thread_id") if self.use_threads else None
            place = {"channel": metadata["out_channel"], "thread": thread}
            try:
                await asyncio.to_thread(self._places.keep_place, self.name(), sender_id, place)
            except HandoverStoreError as error:
                logger.error("%s", error)
        return await super().process_message(request, on_new_message, text, sender_id, metadata)

    def get_push_channel(self) -> OutputChannel | None:
        """Return the output for a person's words after a handover."""
        return None if self._places is None else _PushOutput(self, self._places)

    def get_output_channel(self, channel: str | None = None, thread_id: str | None = None) -> SlackBot:
        """Return the output channel for answers."""
        return _SlackOutput(self.slack_token, channel or self.slack_channel, thread_id, self.proxy)
