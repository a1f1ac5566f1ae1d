"""Rasa's REST and callback channels, with checks, an optional token, and retried answers."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from rasa.core.channels.callback import CallbackInput, CallbackOutput
from rasa.core.channels.channel import UserMessage
from rasa.core.channels.rest import RestInput
from rasa.shared.exceptions import InvalidConfigException
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from sanic.request import Request

from faq_component.language import _
from faq_component.rasa.channels.api import ApiError
from faq_component.rasa.channels.front import Front, client_address
from faq_component.rasa.channels.webhook import (
    MESSAGE_LENGTH,
    Guarded,
    RefusalError,
    require_secret,
    require_sender,
    require_text,
    required,
)

logger = logging.getLogger(__name__)

_PAUSES = (0.5, 1.0, 2.0)  # seconds before each retry
_METADATA_LENGTH = (
    4_000  # characters of JSON: metadata is kept with the message, and goes to the action server at each turn
)


class _Checked(Guarded):
    """Checks of the token and the fields of a message."""

    webhook_token: str | None = None
    front = Front()

    def check(self, request: Request) -> None:
        """Check the token, if one is set, else the host, and the fields.

        A page of a stranger's, for whose sake the host is checked, does not have the token. Who has it is a program
        that speaks for many users, so that its address says nothing of theirs.
        """
        client_address.set("" if self.webhook_token else self.front.client(request))
        if self.webhook_token:
            require_secret(request.headers.get("Authorization"), f"Bearer {self.webhook_token}", "the bearer token")
        elif fault := self.front.fault(request):
            raise RefusalError(403, fault)
        given = request.json
        require_text(given.get("message"), "message", MESSAGE_LENGTH)
        if given.get("sender") is not None:
            require_sender(given["sender"], "sender")
        if given.get("input_channel") is not None:
            require_text(given["input_channel"], "input_channel", 64)
            _require_own_channel(request, given["input_channel"], self.name())
        if not isinstance(given.get("metadata", {}), (dict, type(None))):
            raise RefusalError(400, "metadata must be an object")
        if len(json.dumps(given.get("metadata"))) > _METADATA_LENGTH:
            raise RefusalError(413, f"metadata is longer than {_METADATA_LENGTH:,} characters of JSON")


def _require_own_channel(request: Request, given: str, name: str) -> None:
    """Refuse the name of another channel of this server: whoever is reached there may be somebody else.

    Raises:
        RefusalError: it is such a name.
    """
    others = {channel.name() for channel in getattr(request.app.ctx, "input_channels", None) or ()} - {name}
    if given in others:
        raise RefusalError(400, "input_channel is the name of another channel of this server")


class Rest(_Checked, RestInput):
    """Rasa's REST channel. With `webhook_token`, a request needs ``Authorization: Bearer`` and that token."""

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Rest:
        """Create the channel; its settings are `webhook_token`, `hosts` and `proxies`."""
        channel = cls()
        channel.front = Front.taken_from(dict(credentials or {}))
        channel.webhook_token = _token(credentials, "rest")
        return channel

    @staticmethod
    async def on_message_wrapper(
        on_new_message: Callable[[UserMessage], Awaitable[Any]], text: str, queue: asyncio.Queue[Any], *message: Any
    ) -> None:
        """Handle a message with streamed answers, and close the stream; after a failure Rasa leaves it open."""
        try:
            await RestInput.on_message_wrapper(on_new_message, text, queue, *message)
        finally:
            await queue.put("DONE")


class Callback(_Checked, CallbackInput):
    """Rasa's callback channel. With `webhook_token`, a request needs ``Authorization: Bearer`` and that token.

    An answer that the receiver cannot have handled (no connection, or status 502, 503 or 504) is retried up to three
    times; Rasa gives up at once, loses further answers and forgets the user's message.
    """

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Callback:
        """Create the channel from the settings of Rasa's channel and those of `Rest`."""
        required(credentials, "callback", "url")
        given = dict(credentials or {})
        token = _token(credentials, "callback")
        given.pop("webhook_token", None)
        front = Front.taken_from(given)
        channel = cls(EndpointConfig.from_dict(given))
        channel.webhook_token = token
        channel.front = front
        return channel

    def get_output_channel(self) -> CallbackOutput:
        """Return the output channel for answers."""
        return _CallbackOutput(self.callback_endpoint)

    def get_push_channel(self) -> CallbackOutput:
        """Return the output for a person's words after a handover, which raises where they cannot be sent."""
        return _PushOutput(self.callback_endpoint)


class _CallbackOutput(CallbackOutput):
    async def _persist_message(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        for pause in (*_PAUSES, None):
            failure = await self._send(message)
            if failure is None:
                return
            reason, again = failure
            if pause is None or not again:
                self._fail(reason)
                return
            await asyncio.sleep(pause)

    def _fail(self, reason: str) -> None:
        logger.error("An answer could not be sent to the callback's address: %s.", reason)

    async def _send(self, message: dict[str, Any]) -> tuple[str, bool] | None:
        """Send an answer. Return None, or the reason of a failure and whether to retry."""
        try:
            await self.callback_endpoint.request("post", content_type="application/json", json=message)
        except ClientResponseError as error:
            return f"it answered {error.status}", error.status in {502, 503, 504}
        except aiohttp.ClientConnectorError:
            return "no connection", True
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            return type(error).__name__, False
        return None


class _PushOutput(_CallbackOutput):
    async def _persist_message(self, message: dict[str, Any]) -> None:
        await super()._persist_message(message)
        self.messages.clear()  # it lives as long as the server

    def _fail(self, reason: str) -> None:
        raise ApiError(reason)


def _token(credentials: dict[str, Any] | None, channel: str) -> str | None:
    token = (credentials or {}).get("webhook_token")
    if token is not None and (not isinstance(token, str) or not token):
        raise InvalidConfigException(
            _("credentials.yml: webhook_token of {channel} must be a text that is not empty.").format(channel=channel)
        )
    return token
