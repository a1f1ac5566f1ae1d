"""What a webhook accepts, checked before the connector's own code reads it."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, ClassVar, TypeVar

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import InvalidConfigException
from sanic import Blueprint
from sanic.exceptions import InvalidUsage, PayloadTooLarge
from sanic.request import Request
from sanic.response import HTTPResponse, json
from sanic.views import stream

from faq_component.rasa import patches

logger = logging.getLogger(__name__)

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MESSAGE_LENGTH = 10_000  # characters

_MAX_BYTES = 1 << 20
_READ_PAST = 16 << 20  # bytes of a longer body are taken and dropped, so that its sender reads the refusal
_SENDER_LENGTH = 255  # of Rasa's table of conversations

Handler = Callable[..., Awaitable[Any]]
BodyReader = TypeVar("BodyReader", bound=Handler)

# Whether the message of the request under way has reached the bot: what fails before is the request's fault.
_reached_bot: ContextVar[bool] = ContextVar("reached_bot", default=False)
# What the bot failed with at that message: several connectors catch it, and respond as if nothing had been said.
_failure: ContextVar[Exception | None] = ContextVar("failure", default=None)


class RefusalError(Exception):
    """A request that is not handled.

    Args:
        status: of the response, 400 to 499.
        reason: one sentence without anything from the request, for the response and for the log.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Guarded(InputChannel):
    """Comes before a connector in a class's bases: its requests are checked, and bad ones get 4xx and one log line.

    The connector reads a request only if its body is at most `max_bytes`, of one of `content_types` and, where that is
    JSON, an object, and `check` has not refused it. What the connector itself then stumbles over before it has handed a
    message to the bot is refused with 400. A failure after that is 500, and one log line names its type only, since the
    texts of network errors can hold tokens.
    """

    content_types: ClassVar[tuple[str, ...]] = (JSON,)
    max_bytes: ClassVar[int] = _MAX_BYTES

    async def prepare(self, request: Request) -> None:
        """Wait for what `check` needs; by default nothing."""

    def check(self, request: Request) -> None:
        """Check the signature and the shape of a POST; the default accepts all.

        Raises:
            RefusalError: it is not to be handled. `LookupError`, `TypeError` and so on do the same, with 400.
        """

    def check_get(self, request: Request) -> None:
        """Check a GET to the webhook; the default refuses all."""
        raise RefusalError(405, "only POST is accepted")

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The connector's routes, guarded, but for its health check."""

        async def hand_over(message: UserMessage) -> Any:
            _reached_bot.set(True)
            try:
                return await on_new_message(message)
            except Exception as error:
                # Not seen by a connector that handles messages in tasks of their own, and has responded by then.
                _failure.set(error)
                raise

        def handler_of(route: Any) -> Handler:
            handler: Handler = route.handler
            return handler if route.uri == "/" else self._guarded(handler)

        blueprint: Blueprint = super().blueprint(hand_over)
        if not patches.replace_handlers(blueprint, handler_of):
            raise InvalidConfigException(
                f"credentials.yml: the channel {self.name()} cannot check requests: {patches.VARIABLE} switches off "
                "the patch replace_handlers; take it out there, or name Rasa's own channel in place of this one."
            )
        return blueprint

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> HTTPResponse:
            _reached_bot.set(False)
            _failure.set(None)
            try:
                if request.method == "GET":
                    self.check_get(request)
                else:
                    await self._read(request)
                    await self.prepare(request)
                    self.check(request)
                response: HTTPResponse = await handler(request)
            except RefusalError as refusal:
                return self._refuse(refusal.status, refusal.reason)
            except Exception as error:
                return self._failed(error)
            if (failure := _failure.get()) is not None:
                return self._failed(failure)
            if response.status >= 400 and not _reached_bot.get():
                return self._refuse(min(response.status, 499), "the connector refused it")
            return response

        return reads_body(guarded)

    async def _read(self, request: Request) -> None:
        """Read the body."""
        media_type = request.content_type.partition(";")[0].strip().lower()
        if media_type not in self.content_types:
            raise RefusalError(415, f"the content type must be {' or '.join(self.content_types)}")
        await receive_body(request, self.max_bytes)
        if media_type == JSON and not isinstance(_parsed(request), dict):
            raise RefusalError(400, "the body must be a JSON object")

    def _failed(self, error: Exception) -> HTTPResponse:
        if not _reached_bot.get() and isinstance(error, (LookupError, TypeError, AttributeError, ValueError)):
            return self._refuse(400, "the payload does not have the shape that the connector reads")
        logger.error("A message to the channel %s failed with %s.", self.name(), type(error).__name__)
        logger.debug("It failed here:", exc_info=error)
        return json({"error": "the message could not be handled"}, 500)

    def _refuse(self, status: int, reason: str) -> HTTPResponse:
        # As an error: where `make web` runs, less is not logged.
        logger.error("A request to the channel %s was refused with %d: %s.", self.name(), status, reason)
        return json({"error": reason}, status)


def reads_body(handler: BodyReader) -> BodyReader:
    """Have Sanic leave the body to a handler that calls `receive_body`; without our limit, Sanic keeps to its own."""
    if patches.is_on("limit_body"):
        stream(handler)  # type: ignore[no-untyped-call]  # marks it
    return handler


async def receive_body(request: Request, max_bytes: int) -> None:
    """Read the body of a request in a handler of `reads_body`, but not one that is too long.

    Raises:
        RefusalError: it is longer than `max_bytes`, or says that it will be.
    """
    too_long = RefusalError(413, f"the body is longer than {max_bytes:,} bytes")
    patches.limit_body(request, max_bytes)
    try:
        await request.receive_body()  # type: ignore[no-untyped-call]
    except PayloadTooLarge as error:
        patches.limit_body(request, _READ_PAST)
        raise too_long from error
    if len(request.body) > max_bytes:  # where Sanic has read it
        raise too_long


def _parsed(request: Request) -> Any:
    try:
        return request.json
    except InvalidUsage as error:
        raise RefusalError(400, "the body is not JSON") from error


def same_secret(given: Any, secret: str) -> bool:
    """Whether what a request gave is the secret, compared in constant time."""
    return isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def require_secret(given: Any, secret: str, what: str) -> None:
    """Check that a request gave the secret; `what` names it in the reason.

    Raises:
        RefusalError: it is wrong or missing.
    """
    if not same_secret(given, secret):
        raise RefusalError(401, f"{what} is wrong or missing")


def require_text(given: Any, what: str, length: int | None = None) -> None:
    """Check that a value is text that can be kept, at most `length` characters of it.

    Raises:
        RefusalError: it is not.
    """
    if not isinstance(given, str):
        raise RefusalError(400, f"{what} must be a text")
    if length is not None and len(given) > length:
        raise RefusalError(400, f"{what} is longer than {length:,} characters")
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise RefusalError(400, f"{what} holds half a character") from error


def require_sender(given: Any, what: str) -> None:
    """Check the id of who writes, which names the conversation: text or a whole number.

    Raises:
        RefusalError: it is neither, or longer than a conversation's name may be.
    """
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    require_text(text, what, _SENDER_LENGTH)
    if not text:
        raise RefusalError(400, f"{what} is empty")


def required(credentials: dict[str, Any] | None, channel: str, *keys: str) -> list[str]:
    """These settings of a channel's section in `credentials.yml`.

    Raises:
        InvalidConfigException: one is missing or empty.
    """
    given = credentials or {}
    missing = [key for key in keys if not given.get(key)]
    if missing:
        raise InvalidConfigException(
            f"credentials.yml: the channel {channel} lacks {', '.join(missing)}; see docs/channels/{channel}.md."
        )
    return [str(given[key]) for key in keys]
