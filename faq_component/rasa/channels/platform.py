"""What the channels of messengers share: verify, handle each message once and in order, answer later."""

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
from faq_component.rasa.channels.inbox import Inbox
from faq_component.rasa.channels.incoming import Incoming
from faq_component.rasa.channels.messages import Message, Offered, Outbox
from faq_component.rasa.channels.settings import PlatformSettings
from faq_component.rasa.channels.webhook import RefusalError

logger = logging.getLogger(__name__)

_STOP_SECONDS = 10


class PlatformChannel(InputChannel):
    """A channel at ``/webhooks/<name>/webhook``, behind `Guarded` in the class's bases.

    A request is verified and parsed by `read`, which refuses what is not the platform's: 4xx, one line in the log, and
    nothing is handled. Then `acknowledge` answers the platform, and `deliver` sends what the bot says.

    Args:
        settings: checked.
        api: the platform's interfaces.
    """

    redeliveries: ClassVar[int] = 3
    redelivery_seconds: ClassVar[float] = 60

    def __init__(self, settings: PlatformSettings, api: PlatformApi) -> None:
        self._settings = settings
        self._api = api
        self._offered = Offered()
        self._on_new_message: Callable[[UserMessage], Awaitable[Any]] = _not_started
        self._inbox: Inbox[Any] = Inbox(
            self.name(),
            self._handle,
            self.new_delivery,
            redeliveries=self.redeliveries,
            seconds=self.redelivery_seconds,
        )

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The health check, the check of the address where a platform makes one with GET, and the webhook."""
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
        """Sends without a message of the user, as reminders do; None where the platform has no way."""
        return Outbox(self.name(), lambda recipient, message: self.send(recipient, {}, message))

    def verify(self, request: Request) -> HTTPResponse:
        """Answer the platform's check of the address, which `check_get` lets through."""
        raise RefusalError(405, "only POST is accepted")

    @abstractmethod
    def read(self, request: Request) -> Incoming | HTTPResponse:
        """The message in a request, or the answer to a request that needs no bot.

        Raises:
            RefusalError: it is not from the platform, or malformed.
        """

    def new_delivery(self) -> Any:
        """What is kept of a message: nothing, where it is answered later."""
        return None

    async def acknowledge(self, request: Request, incoming: Incoming, delivery: Any) -> HTTPResponse:
        """Tell the platform that the message has come."""
        return json({})

    async def deliver(self, incoming: Incoming, delivery: Any, messages: Sequence[Message]) -> None:
        """Send what the bot says to a message."""
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
                text = self._offered.understand(incoming.sender, incoming.text)
                outbox, channel = Outbox(self.name(), keep), self.name()
                message = UserMessage(text, outbox, incoming.sender, input_channel=channel, message_id=incoming.id)
                await self._on_new_message(message)
        finally:
            # Also where the bot failed: what it has said is sent, and who waits is told that nothing comes.
            self._offered.remember(incoming.sender, messages)
            await self.deliver(incoming, delivery, messages)


async def _not_started(_: UserMessage) -> None:
    raise RuntimeError("the channel has no blueprint yet")
