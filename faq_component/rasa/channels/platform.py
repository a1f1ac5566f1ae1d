"""Base of the channels for Chinese messengers: verify, handle each message once and in order, answer later."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from faq_component.rasa.channels.api import ApiError, PlatformApi
from faq_component.rasa.channels.handled import Handled
from faq_component.rasa.channels.inbox import Inbox
from faq_component.rasa.channels.incoming import Incoming
from faq_component.rasa.channels.messages import LastButtons, Message, Outbox
from faq_component.rasa.channels.settings import PlatformSettings
from faq_component.rasa.channels.webhook import RefusalError

logger = logging.getLogger(__name__)

_STOP_SECONDS = 10


class PlatformChannel(InputChannel):
    """A channel at ``/webhooks/<name>/webhook``; `Guarded` precedes it in bases.

    `read` verifies and parses a request, and refuses any that is not from the platform. Then `acknowledge` responds to
    the platform, and `deliver` sends what the bot says.

    Args:
        settings: checked settings of the channel.
        api: client of the platform's API.
    """

    redeliveries: ClassVar[int] = 3
    redelivery_seconds: ClassVar[float] = 60

    def __init__(self, settings: PlatformSettings, api: PlatformApi) -> None:
        self._settings = settings
        self._api = api
        self._last_buttons = LastButtons()
        self._on_new_message: Callable[[UserMessage], Awaitable[Any]] = _not_started
        self._inbox: Inbox[Any] = Inbox(
            self.name(),
            self._handle,
            self.new_delivery,
            redeliveries=self.redeliveries,
            seconds=self.redelivery_seconds,
            handled=Handled(self.name()),
        )

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes: health check, URL verification with GET, and webhook."""
        self._on_new_message = on_new_message
        blueprint = Blueprint(f"faq_{self.name()}", strict_slashes=False)

        async def health(_: Request) -> HTTPResponse:
            return json({"status": "ok"})

        async def verify(request: Request) -> HTTPResponse:
            return self.verify(request)

        async def receive(request: Request) -> HTTPResponse:
            read = self.read(request)
            if isinstance(read, HTTPResponse):
                return read
            return await self.acknowledge(request, read, self._inbox.put(read))

        async def stop(_: Any, __: Any) -> None:
            await self._inbox.close(_STOP_SECONDS)
            await self._api.close()

        blueprint.add_route(health, "/", methods=["GET"])
        blueprint.add_route(verify, "/webhook", methods=["GET"])
        blueprint.add_route(receive, "/webhook", methods=["POST"])
        blueprint.listener("before_server_stop")(stop)
        return blueprint

    def get_output_channel(self) -> OutputChannel | None:
        """Return the output for messages without a preceding one, such as reminders; None if the platform has none."""
        return Outbox(self.name(), lambda recipient, message: self.send(recipient, {}, message))

    def verify(self, request: Request) -> HTTPResponse:
        """Respond to the platform's URL verification, after `check_get`."""
        raise RefusalError(405, "only POST is accepted")

    @abstractmethod
    def read(self, request: Request) -> Incoming | HTTPResponse:
        """Return the message in a request, or the response to a request that needs no bot.

        Raises:
            RefusalError: it is not from the platform, or malformed.
        """

    def new_delivery(self) -> Any:
        """Create the state of a message that its deliveries share; the default needs none."""
        return None

    async def acknowledge(self, request: Request, incoming: Incoming, delivery: Any) -> HTTPResponse:
        """Respond to the platform that the message has arrived."""
        return json({})

    async def deliver(self, incoming: Incoming, delivery: Any, messages: Sequence[Message]) -> None:
        """Send the bot's messages."""
        for message in messages:
            try:
                await self.send(incoming.sender, incoming.place, message)
            except ApiError as error:
                logger.error("An answer could not be sent by the channel %s: %s.", self.name(), error)

    @abstractmethod
    async def send(self, recipient: str, place: dict[str, Any], message: Message) -> None:
        """Send one message.

        Raises:
            ApiError: it could not be sent.
        """

    async def _handle(self, incoming: Incoming, delivery: Any) -> None:
        messages: list[Message] = []

        async def keep(_: str, message: Message) -> None:
            messages.append(message)

        try:
            if incoming.text is None:
                if self._settings.other_messages:
                    messages.append(Message(self._settings.other_messages))
            else:
                text = self._last_buttons.resolve(incoming.sender, incoming.text)
                outbox, channel = Outbox(self.name(), keep), self.name()
                message = UserMessage(text, outbox, incoming.sender, input_channel=channel, message_id=incoming.id)
                await self._on_new_message(message)
        finally:
            # Also after a failure of the bot: send what it has said, and release a waiting request.
            self._last_buttons.remember(incoming.sender, messages)
            await self.deliver(incoming, delivery, messages)


async def _not_started(_: UserMessage) -> None:
    raise RuntimeError("the channel has no blueprint yet")
