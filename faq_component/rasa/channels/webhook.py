"""Checks of webhook requests, before the connector's code reads them."""

from __future__ import annotations

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

from faq_component.language import _, listed
from faq_component.rasa import patches
from faq_component.rasa.channels.handled import Handled
from faq_component.support.secret import same_secret

logger = logging.getLogger(__name__)

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MESSAGE_LENGTH = 10_000  # characters

_MAX_BYTES = 1 << 20
_READ_PAST = 16 << 20  # bytes of an oversized body that are read and dropped, so that its sender gets the response
_SENDER_LENGTH = 255  # of the column in Rasa's events table

Handler = Callable[..., Awaitable[Any]]
BodyReader = TypeVar("BodyReader", bound=Handler)

# Whether the message of the current request has reached the bot: an earlier failure is the request's fault.
_reached_bot: ContextVar[bool] = ContextVar("reached_bot", default=False)
# The bot's failure at that message: several connectors catch it and respond as if it had said nothing.
_failure: ContextVar[Exception | None] = ContextVar("failure", default=None)


class RefusalError(Exception):
    """A request is refused.

    Args:
        status: HTTP status of the response, 400 to 499.
        reason: one sentence for the response and the log, without any content of the request.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Guarded(InputChannel):
    """A mixin that checks a connector's requests: bad ones get 4xx and a log line. It precedes the connector in bases.

    A request reaches the connector only if its body has at most `max_bytes` and one of `content_types`, is an object
    if JSON, and passes `check`. An exception of the connector before a message reaches the bot is answered with 400, a
    later one with 500. Its log line names the type only, since the texts of network errors can hold tokens.
    """

    content_types: ClassVar[tuple[str, ...]] = (JSON,)
    max_bytes: ClassVar[int] = _MAX_BYTES

    async def prepare(self, request: Request) -> None:
        """Fetch what `check` needs; the default fetches nothing."""

    def check(self, request: Request) -> None:
        """Check the signature and the shape of a POST; the default accepts all.

        Raises:
            RefusalError: the request is refused. `LookupError`, `TypeError`, `AttributeError` and `ValueError` refuse
                it with 400.
        """

    def delivery_of(self, request: Request) -> str | None:
        """Name what a checked POST delivers, the same for a replay; None where it cannot be told from another."""
        return None

    def repeated(self) -> HTTPResponse:
        """Return the answer to what has been handled already."""
        return json({})

    def check_get(self, request: Request) -> None:
        """Check a GET to the webhook; the default refuses all."""
        raise RefusalError(405, "only POST is accepted")

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the connector's routes, with checks on all but its health check."""

        async def hand_over(message: UserMessage) -> Any:
            _reached_bot.set(True)
            try:
                return await on_new_message(message)
            except Exception as error:
                # Has no effect on connectors that handle messages in tasks: they have responded by then.
                _failure.set(error)
                raise

        def handler_of(route: Any) -> Handler:
            handler: Handler = route.handler
            return handler if route.uri == "/" else self._guarded(handler)

        patches.keep_arrival_order()
        blueprint: Blueprint = super().blueprint(hand_over)
        if not patches.replace_handlers(blueprint, handler_of):
            raise InvalidConfigException(
                _(
                    "credentials.yml: the channel {channel} cannot check requests: {variable} switches off the patch "
                    "replace_handlers; take it out there, or name Rasa's own channel in place of this one."
                ).format(channel=self.name(), variable=patches.VARIABLE)
            )
        return blueprint

    def _guarded(self, handler: Handler) -> Handler:
        handled = Handled(self.name())

        async def guarded(request: Request) -> HTTPResponse:
            _reached_bot.set(False)
            _failure.set(None)
            delivery: str | None = None
            try:
                if request.method == "GET":
                    self.check_get(request)
                else:
                    await self._read(request)
                    await self.prepare(request)
                    self.check(request)
                    delivery = self.delivery_of(request)
                    if delivery is not None and handled.add(delivery) is not None:
                        logger.warning("A request to the channel %s was handled before.", self.name())
                        return self.repeated()
                response: HTTPResponse = await handler(request)
            except RefusalError as refusal:
                return self._refuse(refusal.status, refusal.reason)
            except Exception as error:
                failure: Exception | None = error
            else:
                failure = _failure.get()
            if delivery is not None:
                (handled.discard if failure else handled.finish)(
                    delivery
                )  # the platform may deliver a failed one again
            if failure is not None:
                return self._failed(failure)
            if response.status >= 400 and not _reached_bot.get():
                return self._refuse(min(response.status, 499), "the connector refused it")
            return response

        return reads_body(guarded)

    async def _read(self, request: Request) -> None:
        """Read the body, and check its type and size."""
        media_type = request.content_type.partition(";")[0].strip().lower()
        if media_type not in self.content_types:
            raise RefusalError(415, f"the content type must be {' or '.join(self.content_types)}")
        await receive_body(request, self.max_bytes)
        if media_type == JSON and not isinstance(_parsed(request), dict):
            raise RefusalError(400, "the body must be a JSON object")

    def _failed(self, error: Exception) -> HTTPResponse:
        if not _reached_bot.get() and isinstance(error, (LookupError, TypeError, AttributeError, ValueError)):
            return self._refuse(400, "the payload does not have the shape that the connector expects")
        logger.error("A message to the channel %s failed with %s.", self.name(), type(error).__name__)
        logger.debug("It failed here:", exc_info=error)
        return json({"error": "the message could not be handled"}, 500)

    def _refuse(self, status: int, reason: str) -> HTTPResponse:
        # At level error: `make web` logs nothing below it.
        logger.error("A request to the channel %s was refused with %d: %s.", self.name(), status, reason)
        return json({"error": reason}, status)


def reads_body(handler: BodyReader) -> BodyReader:
    """Have Sanic leave reading the body to the handler, which calls `receive_body`; see `patches.limit_body`."""
    if patches.is_on("limit_body"):
        stream(handler)  # type: ignore[no-untyped-call]  # marks it
    return handler


async def receive_body(request: Request, max_bytes: int) -> None:
    """Read the body of a request, in a handler marked by `reads_body`.

    Raises:
        RefusalError: 413, the body or its declared length exceeds `max_bytes`; 400, its chunks are malformed.
    """
    too_long = RefusalError(413, f"the body is longer than {max_bytes:,} bytes")
    patches.limit_body(request, max_bytes)
    try:
        await request.receive_body()  # type: ignore[no-untyped-call]
    except PayloadTooLarge as error:
        patches.limit_body(request, _READ_PAST)
        raise too_long from error
    except InvalidUsage as error:
        raise RefusalError(400, "the body's chunks are malformed") from error
    if len(request.body) > max_bytes:  # where Sanic has read it
        raise too_long


def _parsed(request: Request) -> Any:
    try:
        return request.json
    except InvalidUsage as error:
        raise RefusalError(400, "the body is not JSON") from error


def require_secret(given: Any, secret: str, what: str) -> None:
    """Check a value against the secret; `what` names it in the reason.

    Raises:
        RefusalError: it is wrong or missing.
    """
    if not same_secret(given, secret):
        raise RefusalError(401, f"{what} is wrong or missing")


def require_text(given: Any, what: str, length: int | None = None) -> None:
    """Check that a value is a text in valid Unicode of at most `length` characters.

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
        raise RefusalError(400, f"{what} contains a lone surrogate") from error


def require_sender(given: Any, what: str) -> None:
    """Check a sender's id, which names the conversation: a text or a whole number.

    Raises:
        RefusalError: it is neither, is empty, or is longer than 255 characters.
    """
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    require_text(text, what, _SENDER_LENGTH)
    if not text:
        raise RefusalError(400, f"{what} is empty")


def required(credentials: dict[str, Any] | None, channel: str, *keys: str) -> list[str]:
    """Return required settings of a channel's section in `credentials.yml`.

    Raises:
        InvalidConfigException: one is missing or empty.
    """
    given = credentials or {}
    missing = [key for key in keys if not given.get(key)]
    if missing:
        raise InvalidConfigException(
            _("credentials.yml: the channel {channel} lacks {settings}; see docs/channels/{channel}.md.").format(
                channel=channel, settings=listed(missing)
            )
        )
    return [str(given[key]) for key in keys]


def optional(credentials: dict[str, Any] | None, channel: str, key: str, default: str) -> str:
    """Return a setting that a channel's section in `credentials.yml` may lack.

    Raises:
        InvalidConfigException: it is no text.
    """
    given = (credentials or {}).get(key, default)
    if not isinstance(given, str):
        raise InvalidConfigException(
            _("credentials.yml: {setting} of the channel {channel} must be a text, or empty.").format(
                setting=key, channel=channel
            )
        )
    return given
